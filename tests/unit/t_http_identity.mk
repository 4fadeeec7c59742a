# SPDX-License-Identifier: MIT
t_http_identity_SRC = $(CORE)
