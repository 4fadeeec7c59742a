# SPDX-License-Identifier: MIT
t_legible_SRC = $(TOP)/userspace/lib/legible.c
