# SPDX-License-Identifier: MIT
include pipeline.mk
t_store_SRC = $(PIPELINE)
t_store_CPPFLAGS = -I$(TOP)/include/uapi -I$(TOP)/userspace/gwsteerd
t_store_LIBS = $(PIPELINE_LIBS)
