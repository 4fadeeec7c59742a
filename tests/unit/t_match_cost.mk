# SPDX-License-Identifier: MIT
t_match_cost_SRC = $(CORE)
