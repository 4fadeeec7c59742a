# SPDX-License-Identifier: MIT
t_precedence_SRC = $(TOP)/userspace/gwctl/precedence.c
