# SPDX-License-Identifier: MIT
t_http_edit_SRC = $(CORE)
