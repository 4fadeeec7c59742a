# SPDX-License-Identifier: MIT
t_regex_SRC = $(addprefix $(TOP)/userspace/,gwsteerd/regex.c \
	gwsteerd/regex_posix.c lib/mem.c lib/arena.c lib/log.c) \
	$(TOP)/kmod/dfa.c
t_regex_LIBS = -lfa
