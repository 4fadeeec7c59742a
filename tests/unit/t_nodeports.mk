# SPDX-License-Identifier: MIT
include pipeline.mk
t_nodeports_SRC = $(PIPELINE)
t_nodeports_LIBS = $(PIPELINE_LIBS)
