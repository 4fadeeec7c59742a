# SPDX-License-Identifier: MIT
t_http_body_SRC = $(CORE)
