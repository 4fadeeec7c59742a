# SPDX-License-Identifier: MIT
t_inet_SRC = $(CORE)
