/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* What timer.c needs of the kernel's header; the test sets the clock. */
#ifndef GWS_TEST_JIFFIES_H
#define GWS_TEST_JIFFIES_H

#include <stdbool.h>

#define HZ			250
#define MAX_SCHEDULE_TIMEOUT	__LONG_MAX__

extern unsigned long jiffies;

#define time_after(a, b)	((long)((b) - (a)) < 0)
#define time_before(a, b)	time_after(b, a)
#define time_before_eq(a, b)	((long)((a) - (b)) <= 0)
#define max(a, b)		((a) > (b) ? (a) : (b))

static inline unsigned long msecs_to_jiffies(unsigned int ms)
{
	return (ms * HZ + 999) / 1000;
}

#endif
