# SPDX-License-Identifier: MIT
fuzz_nodeports_SRC = $(addprefix $(TOP)/userspace/,gwsteerd/nodeports.c \
	lib/arena.c lib/file.c lib/jsonx.c lib/mem.c)
fuzz_nodeports_LIBS = -lcjson
fuzz_nodeports_DICT = json.dict
fuzz_nodeports_INPUTS = 5000
