/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* What timer.c needs of the kernel's header. */
#ifndef GWS_TEST_SCHED_H
#define GWS_TEST_SCHED_H

static inline void cond_resched(void)
{
}

#endif
