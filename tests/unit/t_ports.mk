# SPDX-License-Identifier: MIT
t_ports_SRC = $(addprefix $(TOP)/userspace/lib/,ports.c ip.c)
