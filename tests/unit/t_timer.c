// SPDX-License-Identifier: MIT
/* The wheel of time-outs, with a clock of ours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "timer.h"

unsigned long jiffies;

static struct gws_wheel wheel;
static struct gws_timer timers[3];
static unsigned int fired, again_ms;
static struct gws_timer *victim;

static void fire(struct gws_timer *t)
{
	assert_in_range(fired, 0, 1000);
	fired++;
	if (again_ms)
		gws_timer_set(&wheel, t, again_ms);
	if (victim)
		gws_timer_cancel(&wheel, victim);
}

static int setup(void **state)
{
	unsigned int i;

	(void)state;
	jiffies = 100000;
	fired = 0;
	again_ms = 0;
	victim = NULL;
	gws_wheel_init(&wheel);
	for (i = 0; i < 3; i++)
		gws_timer_init(&timers[i]);
	return 0;
}

static void run_at(unsigned long when)
{
	jiffies = when;
	gws_wheel_run(&wheel, fire);
}

static void fires_within_a_tick(void **state)
{
	unsigned long due = jiffies + msecs_to_jiffies(1000);

	(void)state;
	gws_timer_set(&wheel, &timers[0], 1000);
	run_at(due - 1);
	assert_int_equal(fired, 0);
	run_at(due + msecs_to_jiffies(GWS_WHEEL_MS));
	assert_int_equal(fired, 1);
	assert_int_equal(wheel.armed, 0);
	assert_true(gws_wheel_next(&wheel) == MAX_SCHEDULE_TIMEOUT);
}

static void beyond_the_wheel(void **state)
{
	unsigned long due = jiffies + msecs_to_jiffies(60000);

	(void)state;
	gws_timer_set(&wheel, &timers[0], 60000);
	while (jiffies + gws_wheel_next(&wheel) < due)
		run_at(jiffies + gws_wheel_next(&wheel));
	assert_int_equal(fired, 0);
	run_at(due + msecs_to_jiffies(GWS_WHEEL_MS));
	assert_int_equal(fired, 1);
}

/*
 * The only timer fires late and is set again from there: the wheel may not take
 * itself for empty and start anew in the middle of a turn.
 */
static void set_again_when_late(void **state)
{
	unsigned int late, phase;

	for (phase = 0; phase < 64; phase++)
		for (late = 0; late < 100; late++) {
			setup(state);
			jiffies += phase;
			gws_timer_set(&wheel, &timers[0], 2500);
			again_ms = 10000;
			run_at(jiffies + gws_wheel_next(&wheel) + late);
			assert_int_equal(fired, 1);
			assert_int_equal(wheel.armed, 1);
			again_ms = 0;
			run_at(jiffies + msecs_to_jiffies(10000 + GWS_WHEEL_MS));
			assert_int_equal(fired, 2);
			assert_int_equal(wheel.armed, 0);
		}
}

static void fire_cancels_another(void **state)
{
	(void)state;
	gws_timer_set(&wheel, &timers[0], 1000);
	gws_timer_set(&wheel, &timers[1], 1000);
	victim = &timers[1];
	run_at(jiffies + msecs_to_jiffies(1000 + GWS_WHEEL_MS));
	assert_int_equal(fired, 1);
	assert_int_equal(wheel.armed, 0);
}

static void later_is_moved_on_and_earlier_at_once(void **state)
{
	unsigned long begin = jiffies;

	(void)state;
	gws_timer_set(&wheel, &timers[0], 1000);
	gws_timer_set(&wheel, &timers[0], 3000);
	gws_timer_set(&wheel, &timers[1], 5000);
	gws_timer_set(&wheel, &timers[1], 500);
	run_at(begin + msecs_to_jiffies(500 + GWS_WHEEL_MS));
	assert_int_equal(fired, 1);
	run_at(begin + msecs_to_jiffies(2900));
	assert_int_equal(fired, 1);
	run_at(begin + msecs_to_jiffies(3000 + GWS_WHEEL_MS));
	assert_int_equal(fired, 2);
	assert_int_equal(wheel.armed, 0);
}

/* @n timers that are not in the wheel yet, due in @ms. */
static void set_many(struct gws_timer *many, unsigned int n, unsigned int ms)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		gws_timer_init(&many[i]);
		gws_timer_set(&wheel, &many[i], ms);
	}
}

/* A burst is due at once: each run fires some, and the wheel does not sleep. */
static void many_at_once(void **state)
{
	enum { MANY = 3 * GWS_WHEEL_FIRES + 1 };
	static struct gws_timer many[MANY];
	unsigned long begin = jiffies;
	unsigned int i;

	(void)state;
	set_many(many, MANY, 1000);
	gws_timer_set(&wheel, &timers[0], 1500);
	jiffies = begin + msecs_to_jiffies(1000 + GWS_WHEEL_MS);
	for (i = 1; i <= 3; i++) {
		assert_int_equal(gws_wheel_next(&wheel), 0);
		gws_wheel_run(&wheel, fire);
		assert_int_equal(fired, i * GWS_WHEEL_FIRES);
	}
	/* What is set or due meanwhile is not lost. */
	gws_timer_set(&wheel, &timers[1], 100);
	run_at(begin + msecs_to_jiffies(1500 + GWS_WHEEL_MS));
	assert_int_equal(fired, MANY + 2);
	assert_int_equal(wheel.armed, 0);
}

/* What is only moved on is not what a run of the wheel ends after. */
static void moves_are_cheap(void **state)
{
	enum { MANY = 3 * GWS_WHEEL_FIRES * GWS_WHEEL_MOVES };
	static struct gws_timer many[MANY];
	unsigned long begin = jiffies;
	unsigned int i;

	(void)state;
	set_many(many, MANY / 4, 1000);
	set_many(many + MANY / 4, MANY - MANY / 4, 2000);
	for (i = 0; i < MANY; i++)
		gws_timer_set(&wheel, &many[i], 5000);
	gws_timer_set(&wheel, &timers[0], 1000);
	run_at(begin + msecs_to_jiffies(1000 + GWS_WHEEL_MS));
	assert_int_equal(fired, 1);
	/* There is an end of it all the same. */
	run_at(begin + msecs_to_jiffies(2000 + GWS_WHEEL_MS));
	assert_int_equal(gws_wheel_next(&wheel), 0);
	for (i = 0; i < MANY; i++)
		gws_timer_cancel(&wheel, &many[i]);
	assert_int_equal(wheel.armed, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(fires_within_a_tick, setup),
		cmocka_unit_test_setup(beyond_the_wheel, setup),
		cmocka_unit_test_setup(set_again_when_late, setup),
		cmocka_unit_test_setup(fire_cancels_another, setup),
		cmocka_unit_test_setup(many_at_once, setup),
		cmocka_unit_test_setup(moves_are_cheap, setup),
		cmocka_unit_test_setup(later_is_moved_on_and_earlier_at_once,
				       setup),
	};

	/* A turn of the wheel that does not end is a failure. */
	alarm(60);
	return cmocka_run_group_tests_name("timer", tests, NULL, NULL);
}
