# SPDX-License-Identifier: MIT
t_pick_SRC = $(CORE)
