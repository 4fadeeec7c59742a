# SPDX-License-Identifier: MIT
include pipeline.mk
t_yaml_SRC = $(PIPELINE)
t_yaml_LIBS = $(PIPELINE_LIBS)
