# SPDX-License-Identifier: MIT
t_exitcode_SRC = $(addprefix $(TOP)/userspace/lib/,exitcode.c log.c)
