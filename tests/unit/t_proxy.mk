# SPDX-License-Identifier: MIT
t_proxy_SRC = $(CORE)
