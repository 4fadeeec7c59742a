# SPDX-License-Identifier: MIT
fuzz_msg_SRC = $(addprefix $(TOP)/userspace/,lib/arena.c lib/ip.c \
	lib/msg_filter.c lib/msg_get.c lib/msg_get_log.c lib/msg_put.c \
	lib/nl.c lib/place.c lib/record.c gwsteerd/state.c)
fuzz_msg_LIBS = $(shell pkg-config --libs libnl-genl-3.0 libcjson)
