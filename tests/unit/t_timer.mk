# SPDX-License-Identifier: MIT
t_timer_SRC = $(TOP)/kmod/timer.c
# The kernel's names, as far as it uses them, in user space.
$(OUT)/obj/kmod/timer.o $(OUT)/obj/tests/unit/t_timer.o: CPPFLAGS += -Ikernel
