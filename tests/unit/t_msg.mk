# SPDX-License-Identifier: MIT
t_msg_SRC = $(addprefix $(TOP)/userspace/lib/,arena.c msg_filter.c msg_get.c msg_put.c nl.c)
t_msg_LIBS = $(shell pkg-config --libs libnl-genl-3.0)
