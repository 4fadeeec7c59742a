# SPDX-License-Identifier: MIT
include pipeline.mk
t_report_SRC = $(PIPELINE) $(TOP)/userspace/gwsteerd/report.c
t_report_CPPFLAGS = -I$(TOP)/include/uapi -I$(TOP)/userspace/gwsteerd \
	-DGWS_VERSION='"0.0.0-test"'
t_report_LIBS = $(PIPELINE_LIBS)
