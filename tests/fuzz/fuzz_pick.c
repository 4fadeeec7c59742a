// SPDX-License-Identifier: MIT
/*
 * Any weights: every backend has its exact share of a cycle, and on the way
 * never more than pick.h says beside it. So has any share.
 */
#include "fuzz.h"
#include "pick.h"

enum {
	TREE_PICKS = 6000,	/* of a cycle that may have sixteen million */
};

struct weights {
	u32 n;
	u32 w[40];
	u64 sum;
	u64 divisor;
};

static u64 divisor_of(u64 a, u64 b)
{
	return b ? divisor_of(b, a % b) : a;
}

static void read_weights(struct fuzz_input *in, struct weights *weights)
{
	/* Small ones make schedules, others trees, and too large ones nothing. */
	static const u32 limits[] = { 4, 300, 70000, GWS_WEIGHT_MAX + 10 };
	u32 limit = limits[fuzz_byte(in) % ARRAY_SIZE(limits)];
	u32 i;

	weights->n = fuzz_byte(in) % 20;
	for (i = 0; i < weights->n; i++) {
		weights->w[i] = fuzz_u32(in) % limit;
		weights->sum += weights->w[i];
		weights->divisor = divisor_of(weights->divisor, weights->w[i]);
	}
}

/* What gws_pick_schedule_len() must say. */
static int expected_len(const struct weights *weights)
{
	u32 i;

	for (i = 0; i < weights->n; i++)
		if (weights->n > GWS_BACKENDS_MAX ||
		    weights->w[i] > GWS_WEIGHT_MAX)
			return -EINVAL;
	if (!weights->sum)
		return 0;
	if (weights->sum / weights->divisor > GWS_SCHEDULE_MAX)
		return -E2BIG;
	return weights->sum / weights->divisor;
}

/* The least and the largest of count * W - m * w over all m so far. */
struct deviation {
	s64 now;
	s64 least;
	s64 most;
};

static void step(struct deviation *d, s64 by)
{
	d->now += by;
	if (d->now < d->least)
		d->least = d->now;
	if (d->now > d->most)
		d->most = d->now;
}

/* @bound: of the deviation from a share, in picks; never reached. */
static void check_cycle(const struct gws_pick *pick,
			const struct weights *weights, u64 cycle, s64 bound)
{
	struct deviation d[GWS_BACKENDS_MAX] = {};
	u64 whole = weights->sum, m;
	u32 chosen, i;

	for (m = 0; m < cycle && m < TREE_PICKS; m++) {
		chosen = gws_pick_at(pick, m);
		MUST(chosen < weights->n && weights->w[chosen]);
		for (i = 0; i < weights->n; i++) {
			step(&d[i], (i == chosen ? whole : 0) - weights->w[i]);
			MUST(d[i].most < bound * (s64)whole);
			MUST(d[i].least > -bound * (s64)whole);
		}
	}
	for (i = 0; i < weights->n; i++) {
		MUST(m < cycle || !d[i].now);
		/* Of two, any run is within one of its share. */
		MUST(weights->n != 2 || d[i].most - d[i].least < (s64)whole);
	}
}

static s64 levels(u32 n)
{
	s64 levels = 0;

	while (1U << levels < n)
		levels++;
	return levels ? levels : 1;
}

static void check_pick(const struct weights *weights, int len, u64 counter)
{
	char *schedule = len > 0 ? fuzz_copy("", 0, len, 0xff) : NULL;
	u64 cycle = len > 0 ? (u64)len : weights->sum;
	struct gws_pick pick;

	if (schedule)
		gws_pick_build(weights->w, weights->n, (u8 *)schedule, len);
	gws_pick_init(&pick, weights->w, weights->n, (u8 *)schedule,
		      schedule ? len : 0);
	check_cycle(&pick, weights, cycle, schedule ? 1 : levels(weights->n));
	MUST(gws_pick_at(&pick, counter) == gws_pick_at(&pick, counter % cycle));
	free(schedule);
}

/* Any row of requests has its part, less or more by one where it is cut. */
static void check_share(u64 counter, u32 part, u32 whole)
{
	u64 n, taken = 0;

	counter %= whole;
	for (n = 1; n <= whole && n <= TREE_PICKS; n++) {
		taken += gws_pick_takes(counter + n - 1, part, whole);
		MUST(taken * whole < n * part + whole);
		MUST(taken * whole + whole > n * part);
	}
	MUST(n <= whole || taken == part);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	struct weights weights = {};
	u64 counter = (u64)fuzz_u32(&in) << 32;
	int len;

	counter |= fuzz_u32(&in);
	read_weights(&in, &weights);
	len = gws_pick_schedule_len(weights.w, weights.n);
	MUST(len == expected_len(&weights));
	if (len > 0 || len == -E2BIG)
		check_pick(&weights, len, counter);
	if (weights.n > 1 && weights.w[0] && weights.w[1] <= weights.w[0])
		check_share(counter, weights.w[1], weights.w[0]);
	return 0;
}
