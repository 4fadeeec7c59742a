# SPDX-License-Identifier: MIT
include pipeline.mk
t_decode_SRC = $(PIPELINE)
t_decode_LIBS = $(PIPELINE_LIBS)
