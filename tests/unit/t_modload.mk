# SPDX-License-Identifier: MIT
t_modload_SRC = $(TOP)/userspace/lib/modload.c
t_modload_LIBS = -lz
