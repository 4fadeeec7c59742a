# SPDX-License-Identifier: MIT
t_http_parse_SRC = $(CORE)
