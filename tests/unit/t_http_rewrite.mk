# SPDX-License-Identifier: MIT
t_http_rewrite_SRC = $(CORE)
