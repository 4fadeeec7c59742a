# SPDX-License-Identifier: MIT
include pipeline.mk
t_resolve_SRC = $(PIPELINE)
t_resolve_LIBS = $(PIPELINE_LIBS)
