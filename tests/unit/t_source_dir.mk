# SPDX-License-Identifier: MIT
include pipeline.mk
t_source_dir_SRC = $(PIPELINE)
t_source_dir_LIBS = $(PIPELINE_LIBS)
