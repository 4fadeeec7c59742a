# SPDX-License-Identifier: MIT
include pipeline.mk
t_decode_SRC = $(PIPELINE)
t_decode_CPPFLAGS = -I$(TOP)/include/uapi -I$(TOP)/userspace/gwsteerd
t_decode_LIBS = $(PIPELINE_LIBS)
