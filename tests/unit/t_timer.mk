# SPDX-License-Identifier: MIT
t_timer_SRC = $(TOP)/kmod/timer.c
t_timer_CPPFLAGS = -Ikernel
