# SPDX-License-Identifier: MIT
include pipeline.mk
t_status_SRC = $(PIPELINE)
t_status_LIBS = $(PIPELINE_LIBS)
