# SPDX-License-Identifier: MIT
include pipeline.mk
t_ip_SRC = $(PIPELINE)
t_ip_LIBS = $(PIPELINE_LIBS)
