# SPDX-License-Identifier: MIT
t_http_cors_SRC = $(CORE)
