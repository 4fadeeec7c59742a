# SPDX-License-Identifier: MIT
t_watch_SRC = $(addprefix $(TOP)/userspace/,gwctl/watch.c lib/arena.c lib/jsonx.c \
	lib/mem.c)
t_watch_LIBS = $(shell pkg-config --libs libcjson)
