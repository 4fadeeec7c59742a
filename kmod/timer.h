/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Coarse time-outs of one worker: a wheel of lists. Setting a later deadline
 * costs a store; the wheel moves the entry on when its slot comes round. Only
 * the worker touches its wheel.
 */
#ifndef GWS_TIMER_H
#define GWS_TIMER_H

#include <linux/jiffies.h>
#include <linux/list.h>

enum {
	GWS_WHEEL_SLOTS = 64,
	GWS_WHEEL_MS = 100,	/* resolution: a deadline fires up to this late */
	GWS_WHEEL_FIRES = 64,	/* in one run; connections of one burst are due at once */
	GWS_WHEEL_MOVES = 64,	/* that count as one: most entries are only moved on */
};

struct gws_timer {
	struct list_head node;
	unsigned long deadline;	/* jiffies */
	unsigned long slot;	/* tick in which the wheel looks at it */
};

struct gws_wheel {
	struct list_head slots[GWS_WHEEL_SLOTS];
	unsigned long tick;	/* the last one that was run */
	unsigned long next;	/* no slot in use before this one */
	unsigned int armed;
};

void gws_wheel_init(struct gws_wheel *wheel);
void gws_timer_set(struct gws_wheel *wheel, struct gws_timer *t,
		   unsigned int ms);
void gws_timer_cancel(struct gws_wheel *wheel, struct gws_timer *t);
/*
 * Calls @fire for entries that are due; it may set or cancel any entry. Where there
 * are more than GWS_WHEEL_FIRES, the wheel wants to run again at once.
 */
void gws_wheel_run(struct gws_wheel *wheel, void (*fire)(struct gws_timer *t));
/* Jiffies until the wheel wants to run again; MAX_SCHEDULE_TIMEOUT if empty. */
long gws_wheel_next(const struct gws_wheel *wheel);

static inline void gws_timer_init(struct gws_timer *t)
{
	INIT_LIST_HEAD(&t->node);
}

#endif /* GWS_TIMER_H */
