# SPDX-License-Identifier: MIT
t_stats_SRC = $(addprefix $(TOP)/userspace/,gwctl/rows_stats.c gwctl/sample.c lib/arena.c \
	lib/error_name.c lib/jsonx.c lib/mem.c)
t_stats_LIBS = $(shell pkg-config --libs libcjson)
