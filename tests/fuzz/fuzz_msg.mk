# SPDX-License-Identifier: MIT
fuzz_msg_SRC = $(addprefix $(TOP)/userspace/,lib/arena.c lib/msg_get.c \
	lib/msg_put.c lib/nl.c gwsteerd/state.c)
fuzz_msg_LIBS = $(shell pkg-config --libs libnl-genl-3.0)
