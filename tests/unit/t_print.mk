# SPDX-License-Identifier: MIT
t_print_SRC = $(addprefix $(TOP)/userspace/lib/,print.c yaml_out.c)
t_print_LIBS = $(shell pkg-config --libs yaml-0.1 libcjson)
