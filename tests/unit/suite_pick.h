/* SPDX-License-Identifier: MIT */
/*
 * Suite gws_pick: the bounds that pick.h states, checked over many weights.
 */
#ifndef GWS_SUITE_PICK_H
#define GWS_SUITE_PICK_H

#include "core_test.h"
#include "pick.h"

/*
 * How far the weight vectors go that are tried one after the other, and how many
 * long ones are tried: in the debug kernel 200 of these are most of the time of
 * all suites.
 */
#ifdef __KERNEL__
#define PICK_WEIGHTS	5
#define PICK_ROUNDS	10
#else
#define PICK_WEIGHTS	9
#define PICK_ROUNDS	200
#endif

static u8 pick_slots[GWS_SCHEDULE_MAX];

static int make_pick(struct gws_pick *pick, const u32 *weights, u32 n)
{
	int len = gws_pick_schedule_len(weights, n);

	if (len > 0) {
		gws_pick_build(weights, n, pick_slots, len);
		gws_pick_init(pick, weights, n, pick_slots, len);
	} else if (len == -E2BIG) {
		gws_pick_init(pick, weights, n, NULL, 0);
	}
	return len;
}

/*
 * The largest deviation of any backend from its share over the first @m picks,
 * for all m up to @picks, in units of 1 / W; and whether the whole is exact.
 */
static u64 worst_prefix(const struct gws_pick *pick, const u32 *weights, u32 n,
			u64 picks, bool *exact)
{
	u64 count[GWS_BACKENDS_MAX] = { 0 };
	u64 sum = pick->sums[n], worst = 0, m;
	u32 i;

	for (m = 1; m <= picks; m++) {
		count[gws_pick_at(pick, m - 1)]++;
		for (i = 0; i < n; i++) {
			u64 have = count[i] * sum, want = m * weights[i];
			u64 off = have > want ? have - want : want - have;

			if (off > worst)
				worst = off;
		}
	}
	*exact = true;
	for (i = 0; i < n; i++)
		if (count[i] * sum != picks * weights[i])
			*exact = false;
	return worst;
}

/* The same over every run of picks within two periods, for backend @who. */
static u64 worst_run(const struct gws_pick *pick, const u32 *weights, u32 n,
		     u32 who)
{
	s64 sum = pick->sums[n], off = 0, low = 0, high = 0;
	u32 m;

	/* A run's deviation is the difference of two prefixes' deviations. */
	for (m = 0; m < 2 * pick->len; m++) {
		off += gws_pick_at(pick, m) == who ? sum - weights[who] :
						     -(s64)weights[who];
		if (off < low)
			low = off;
		if (off > high)
			high = off;
	}
	return high - low;
}

#define CHECK_PICK(weights, n)						\
	do {								\
		struct gws_pick pick_;					\
		int len_ = make_pick(&pick_, weights, n);		\
		bool exact_;						\
		u64 off_;						\
									\
		if (!len_)						\
			break;						\
		CHECK(len_ > 0);					\
		off_ = worst_prefix(&pick_, weights, n, len_, &exact_);	\
		CHECK_MSG(off_ < pick_.sums[n] && exact_,		\
			  "%u %u %u %u of %u: off by %llu/%u, exact %d", \
			  (weights)[0], (weights)[1], (weights)[2],	\
			  (weights)[3], n, (unsigned long long)off_,	\
			  pick_.sums[n], exact_);			\
	} while (0)

CORE_TEST(pick_small_weights)
{
	u32 w[4];

	for (w[0] = 0; w[0] <= PICK_WEIGHTS; w[0]++)
		for (w[1] = 0; w[1] <= PICK_WEIGHTS; w[1]++)
			for (w[2] = 0; w[2] <= PICK_WEIGHTS; w[2]++)
				for (w[3] = 0; w[3] <= PICK_WEIGHTS; w[3]++)
					CHECK_PICK(w, 4);
}

/* A small generator of our own: the same vectors on every run. */
static u32 random_below(u32 *seed, u32 n)
{
	*seed = *seed * 1664525 + 1013904223;
	return (u64)(*seed >> 8) * n >> 24;
}

CORE_TEST(pick_many_backends)
{
	u32 seed = 1, round, i, n, w[GWS_BACKENDS_MAX];

	for (round = 0; round < PICK_ROUNDS; round++) {
		n = 4 + random_below(&seed, GWS_BACKENDS_MAX - 3);
		for (i = 0; i < n; i++)
			w[i] = random_below(&seed, 4096 / n);
		CHECK_PICK(w, n);
	}
	/* A giant beside fourteen dwarfs, and equals. */
	for (i = 0; i < GWS_BACKENDS_MAX; i++)
		w[i] = i == 7 ? 4000 : 1;
	CHECK_PICK(w, GWS_BACKENDS_MAX);
	for (i = 0; i < GWS_BACKENDS_MAX; i++)
		w[i] = 12345;
	CHECK_EQ(gws_pick_schedule_len(w, GWS_BACKENDS_MAX), GWS_BACKENDS_MAX);
	CHECK_PICK(w, GWS_BACKENDS_MAX);
}

/* With two backends every run is within 1, wherever it starts. */
CORE_TEST(pick_two_backends)
{
	u32 w[4] = { 0 };
	struct gws_pick pick;

	for (w[0] = 1; w[0] <= 60; w[0]++) {
		for (w[1] = 1; w[1] <= 60; w[1]++) {
			CHECK(make_pick(&pick, w, 2) > 0);
			CHECK(worst_run(&pick, w, 2, 0) < pick.sums[2]);
			CHECK(worst_run(&pick, w, 2, 1) < pick.sums[2]);
		}
	}
	/* Others of weight 0 do not change that. */
	w[0] = 0;
	w[1] = 31;
	w[3] = 69;
	CHECK(make_pick(&pick, w, 4) > 0);
	CHECK(worst_run(&pick, w, 4, 1) < pick.sums[4]);
}

/* The story: 20 calls are 16 and 4, 1000 are 800 and 200, from any start. */
CORE_TEST(pick_eighty_twenty)
{
	const u32 w[2] = { 80, 20 };
	struct gws_pick pick;
	u32 start, i, n20, n1000;

	CHECK_EQ(make_pick(&pick, w, 2), 5);
	for (start = 0; start < 50; start++) {
		n20 = 0;
		n1000 = 0;
		for (i = 0; i < 20; i++)
			n20 += gws_pick_at(&pick, start + i) == 1;
		for (i = 0; i < 1000; i++)
			n1000 += gws_pick_at(&pick, start + i) == 1;
		CHECK_EQ(n20, 4);
		CHECK_EQ(n1000, 200);
	}
}

/* The pass that pick.h shows. */
CORE_TEST(pick_worked_pass)
{
	static const u8 want[] = { 0, 1, 0, 1, 0, 2 };
	const u32 w[3] = { 3, 2, 1 };
	struct gws_pick pick;
	u32 i;

	CHECK_EQ(make_pick(&pick, w, 3), 6);
	for (i = 0; i < 12; i++)
		CHECK_EQ(gws_pick_at(&pick, i), want[i % 6]);
	/* Far ahead as well. */
	CHECK_EQ(gws_pick_at(&pick, 6ULL * 3000000000000000000ULL / 6 + 5), 2);
}

CORE_TEST(pick_lengths)
{
	const u32 zero[2] = { 0, 0 }, one[2] = { 0, 7 };
	const u32 at[2] = { 4095, 1 }, above[2] = { 4096, 1 };
	const u32 heavy[2] = { GWS_WEIGHT_MAX + 1, 1 };
	u32 many[GWS_BACKENDS_MAX + 1] = { 1 };
	struct gws_pick pick;

	CHECK_EQ(gws_pick_schedule_len(zero, 2), 0);
	CHECK_EQ(gws_pick_schedule_len(zero, 0), 0);
	CHECK_EQ(gws_pick_schedule_len(at, 2), 4096);
	CHECK_EQ(gws_pick_schedule_len(above, 2), -E2BIG);
	CHECK_EQ(gws_pick_schedule_len(heavy, 2), -EINVAL);
	CHECK_EQ(gws_pick_schedule_len(many, GWS_BACKENDS_MAX + 1), -EINVAL);
	CHECK_EQ(make_pick(&pick, one, 2), 1);
	CHECK_EQ(gws_pick_at(&pick, 0), 1);
	CHECK_EQ(gws_pick_at(&pick, ~0ULL), 1);
}

/*
 * Without a schedule: within the number of levels at any m, exact after W. The
 * mode works for any sum, so small ones are tried exhaustively too.
 */
#define CHECK_TREE(weights, n, levels)					\
	do {								\
		struct gws_pick pick_;					\
		bool exact_;						\
		u64 off_;						\
									\
		gws_pick_init(&pick_, weights, n, NULL, 0);		\
		if (!pick_.len)						\
			break;						\
		off_ = worst_prefix(&pick_, weights, n, pick_.len, &exact_); \
		CHECK_MSG(off_ < (u64)(levels) * pick_.sums[n] && exact_, \
			  "%u backends: off by %llu/%u, exact %d", n,	\
			  (unsigned long long)off_, pick_.sums[n], exact_); \
	} while (0)

CORE_TEST(pick_without_schedule)
{
	u32 w[GWS_BACKENDS_MAX], seed = 7, round, i;
	struct gws_pick pick;

	for (w[0] = 0; w[0] <= PICK_WEIGHTS; w[0]++)
		for (w[1] = 0; w[1] <= PICK_WEIGHTS; w[1]++)
			for (w[2] = 0; w[2] <= PICK_WEIGHTS; w[2]++)
				for (w[3] = 0; w[3] <= PICK_WEIGHTS; w[3]++)
					CHECK_TREE(w, 4, 2);
	for (round = 0; round < 30; round++) {
		for (i = 0; i < GWS_BACKENDS_MAX; i++)
			w[i] = random_below(&seed, 1 << random_below(&seed, 11));
		CHECK_TREE(w, GWS_BACKENDS_MAX, 4);
	}
	w[0] = 5000;
	w[1] = 4001;
	gws_pick_init(&pick, w, 2, NULL, 0);
	CHECK(worst_run(&pick, w, 2, 0) < pick.sums[2]);
}

/* The largest sum that the API allows, a part of its period. */
CORE_TEST(pick_largest_sum)
{
	u32 w[GWS_BACKENDS_MAX], i;
	struct gws_pick pick;
	bool exact;

	for (i = 0; i < GWS_BACKENDS_MAX; i++)
		w[i] = GWS_WEIGHT_MAX - i;
	CHECK_EQ(make_pick(&pick, w, GWS_BACKENDS_MAX), -E2BIG);
	CHECK(worst_prefix(&pick, w, GWS_BACKENDS_MAX, 100000, &exact) <
	      4ULL * pick.len);
	CHECK(gws_pick_at(&pick, ~0ULL) < GWS_BACKENDS_MAX);
	CHECK_EQ(gws_pick_at(&pick, 5), gws_pick_at(&pick, 5 + (u64)pick.len));
	/* One request in a million finds its backend, once a period. */
	w[0] = GWS_WEIGHT_MAX - 1;
	w[1] = 1;
	CHECK_EQ(make_pick(&pick, w, 2), -E2BIG);
	CHECK(worst_prefix(&pick, w, 2, pick.len, &exact) < pick.len);
	CHECK(exact);
}

#define SHARE_MAX	0x7fffffffu

/* A share holds in any row of requests, wherever it begins. */
static bool share_holds(u32 part, u32 whole)
{
	u64 first;
	u32 i, n;

	for (first = 0; first < 2 * whole; first++) {
		for (i = 0, n = 0; i < whole; i++)
			n += gws_pick_takes(first + i, part, whole);
		if (n != part)
			return false;
	}
	return true;
}

CORE_TEST(pick_shares)
{
	u32 part, whole;
	u64 i, n;

	for (whole = 1; whole <= 4 * PICK_WEIGHTS; whole++)
		for (part = 0; part <= whole; part++)
			CHECK(share_holds(part, whole));
	CHECK(share_holds(20, 100));
	/* Spread evenly: of each five one. */
	for (i = 0; i < 100; i += 5) {
		for (n = 0; n < 5 && !gws_pick_takes(i + n, 20, 100); n++)
			;
		CHECK_EQ(n, 4);
	}
	/* The largest that the API has; the counter may be anything. */
	CHECK(gws_pick_takes(~0ULL, SHARE_MAX, SHARE_MAX));
	CHECK(!gws_pick_takes(~0ULL, 0, SHARE_MAX));
	CHECK(gws_pick_takes(SHARE_MAX - 1, 1, SHARE_MAX));
	CHECK(!gws_pick_takes(SHARE_MAX, 1, SHARE_MAX));
	CHECK(!gws_pick_takes(0, SHARE_MAX - 1, SHARE_MAX));
	CHECK(gws_pick_takes(1, SHARE_MAX - 1, SHARE_MAX));
}

#define PICK_TESTS(X)							\
	X(pick_small_weights)						\
	X(pick_many_backends)						\
	X(pick_two_backends)						\
	X(pick_eighty_twenty)						\
	X(pick_worked_pass)						\
	X(pick_lengths)							\
	X(pick_without_schedule)					\
	X(pick_largest_sum)						\
	X(pick_shares)

#endif /* GWS_SUITE_PICK_H */
