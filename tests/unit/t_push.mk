# SPDX-License-Identifier: MIT
t_push_SRC = $(addprefix $(TOP)/userspace/,gwsteerd/push.c gwsteerd/state.c \
	gwsteerd/wire.c lib/arena.c lib/log.c)
t_push_CPPFLAGS = -I$(TOP)/include/uapi -DGWS_VERSION='"0.0.0-test"'
