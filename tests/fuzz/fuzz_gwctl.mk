# SPDX-License-Identifier: MIT
fuzz_gwctl_SRC = $(wildcard $(TOP)/userspace/lib/*.c) \
	$(addprefix $(TOP)/userspace/gwctl/,health.c listing.c rows_conn.c rows_daemon.c \
	  rows_kernel.c view.c) \
	$(addprefix $(TOP)/userspace/gwsteerd/,json_escape.c yaml_scalar.c \
	  yaml_tree.c)
fuzz_gwctl_LIBS = $(shell pkg-config --libs libnl-genl-3.0) -lyaml -lcjson -lz -lm
fuzz_gwctl_DICT = json.dict
