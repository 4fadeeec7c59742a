# SPDX-License-Identifier: MIT
include pipeline.mk
t_report_SRC = $(PIPELINE) $(TOP)/userspace/gwsteerd/report.c
t_report_LIBS = $(PIPELINE_LIBS)
