# SPDX-License-Identifier: MIT
t_metrics_SRC = $(addprefix $(TOP)/userspace/lib/,arena.c client.c file.c ip.c \
	error_name.c fault.c jsonx.c log.c mem.c metrics.c metrics_route.c msg_filter.c msg_get.c \
	msg_get_log.c msg_put.c nl.c place.c record.c rundir.c) \
	$(TOP)/userspace/gwsteerd/metrics_server.c $(CORE)
t_metrics_LIBS = $(shell pkg-config --libs libnl-genl-3.0 libcjson) -lpthread
