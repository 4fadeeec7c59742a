# SPDX-License-Identifier: MIT
include pipeline.mk
t_store_SRC = $(PIPELINE)
t_store_LIBS = $(PIPELINE_LIBS)
