# SPDX-License-Identifier: MIT
fuzz_format_SRC = $(addprefix $(TOP)/userspace/,gwsteerd/schema_format.c lib/ip.c)
