// SPDX-License-Identifier: GPL-2.0-only
/*
 * Coarse time-outs of one worker.
 *
 * A busy connection moves its deadline with every message. So a later deadline
 * is only stored; the entry stays where it is, and when the wheel comes to its
 * slot, it is moved on. An earlier deadline moves the entry at once.
 */
#include <linux/sched.h>
#include "timer.h"

static unsigned long tick_now(void)
{
	return jiffies / msecs_to_jiffies(GWS_WHEEL_MS);
}

static unsigned long tick_of(unsigned long deadline)
{
	return deadline / msecs_to_jiffies(GWS_WHEEL_MS) + 1;
}

static void wheel_insert(struct gws_wheel *wheel, struct gws_timer *t)
{
	unsigned long last = wheel->tick + GWS_WHEEL_SLOTS - 1;
	unsigned long slot = tick_of(t->deadline);

	if (time_after(slot, last))
		slot = last;
	if (time_before_eq(slot, wheel->tick))
		slot = wheel->tick + 1;
	t->slot = slot;
	if (time_before(slot, wheel->next))
		wheel->next = slot;
	list_add_tail(&t->node, &wheel->slots[slot % GWS_WHEEL_SLOTS]);
}

static void wheel_start(struct gws_wheel *wheel)
{
	wheel->tick = tick_now();
	wheel->next = wheel->tick + GWS_WHEEL_SLOTS;
}

void gws_wheel_init(struct gws_wheel *wheel)
{
	int i;

	for (i = 0; i < GWS_WHEEL_SLOTS; i++)
		INIT_LIST_HEAD(&wheel->slots[i]);
	wheel_start(wheel);
	wheel->armed = 0;
}

void gws_timer_set(struct gws_wheel *wheel, struct gws_timer *t,
		   unsigned int ms)
{
	unsigned long deadline = jiffies + msecs_to_jiffies(ms);
	bool later = !time_before(deadline, t->deadline);

	t->deadline = deadline;
	if (!list_empty(&t->node)) {
		if (later || !time_before(tick_of(deadline), t->slot))
			return;
		list_del(&t->node);
	} else if (!wheel->armed++) {
		/* An empty wheel has not been turned: bring it to the present. */
		wheel_start(wheel);
	}
	wheel_insert(wheel, t);
}

void gws_timer_cancel(struct gws_wheel *wheel, struct gws_timer *t)
{
	if (list_empty(&t->node))
		return;
	list_del_init(&t->node);
	wheel->armed--;
}

/* True when it fired. */
static bool wheel_expire(struct gws_wheel *wheel, struct gws_timer *t,
			 void (*fire)(struct gws_timer *t))
{
	list_del_init(&t->node);
	if (time_after(t->deadline, jiffies)) {
		wheel_insert(wheel, t);
		return false;
	}
	/*
	 * Counted until then: the wheel must not take itself for empty and start
	 * anew in the middle of a turn. @t may be gone afterwards.
	 */
	fire(t);
	wheel->armed--;
	return true;
}

static unsigned long wheel_first(const struct gws_wheel *wheel)
{
	unsigned long slot = wheel->tick + 1;

	while (slot < wheel->tick + GWS_WHEEL_SLOTS &&
	       list_empty(&wheel->slots[slot % GWS_WHEEL_SLOTS]))
		slot++;
	return slot;
}

/* The slot of the last tick; false when @left moves were used up before its end. */
static bool slot_run(struct gws_wheel *wheel, int *left,
		     void (*fire)(struct gws_timer *t))
{
	struct list_head *slot = &wheel->slots[wheel->tick % GWS_WHEEL_SLOTS];
	struct gws_timer *t;

	/* What is set meanwhile lands in later slots: this ends. */
	while (!list_empty(slot)) {
		if (*left <= 0)
			return false;
		t = list_first_entry(slot, struct gws_timer, node);
		*left -= wheel_expire(wheel, t, fire) ? GWS_WHEEL_MOVES : 1;
	}
	return true;
}

void gws_wheel_run(struct gws_wheel *wheel, void (*fire)(struct gws_timer *t))
{
	unsigned long now = tick_now();
	int left = GWS_WHEEL_FIRES * GWS_WHEEL_MOVES;

	if (!wheel->armed || time_before(now, wheel->next))
		return;
	while (slot_run(wheel, &left, fire)) {
		if (!wheel->armed || !time_before(wheel->tick, now)) {
			/* Looked up once a tick, not at every sleep of the worker. */
			wheel->next = wheel_first(wheel);
			return;
		}
		wheel->tick++;
	}
	/* The rest of that slot is due, too. */
	wheel->next = wheel->tick;
}

long gws_wheel_next(const struct gws_wheel *wheel)
{
	long left = wheel->next * msecs_to_jiffies(GWS_WHEEL_MS) - jiffies;

	return wheel->armed ? max(left, 0L) : MAX_SCHEDULE_TIMEOUT;
}
