# SPDX-License-Identifier: MIT
t_match_SRC = $(CORE)
