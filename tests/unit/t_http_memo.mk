# SPDX-License-Identifier: MIT
t_http_memo_SRC = $(CORE)
