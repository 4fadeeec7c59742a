# SPDX-License-Identifier: MIT
t_record_SRC = $(addprefix $(TOP)/userspace/lib/,arena.c ip.c msg_filter.c msg_get.c \
	msg_get_log.c msg_put.c nl.c place.c record.c)
t_record_LIBS = $(shell pkg-config --libs libnl-genl-3.0 libcjson)
