# SPDX-License-Identifier: MIT
t_push_SRC = $(addprefix $(TOP)/userspace/,gwsteerd/push.c gwsteerd/state.c \
	gwsteerd/wire.c lib/arena.c lib/log.c)
