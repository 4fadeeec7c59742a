# SPDX-License-Identifier: MIT
include pipeline.mk
t_status_SRC = $(PIPELINE)
t_status_CPPFLAGS = -I$(TOP)/include/uapi -I$(TOP)/userspace/gwsteerd
t_status_LIBS = $(PIPELINE_LIBS)
