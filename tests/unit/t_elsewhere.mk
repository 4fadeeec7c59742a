# SPDX-License-Identifier: MIT
t_elsewhere_SRC = $(TOP)/userspace/gwctl/elsewhere.c \
	$(addprefix $(TOP)/userspace/lib/,arena.c jsonx.c mem.c)
t_elsewhere_LIBS = $(shell pkg-config --libs libcjson)
