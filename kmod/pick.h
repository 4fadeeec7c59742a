/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Exact weighted choice by a counter: the same counter value always gives the
 * same backend, and the shares hold in every stretch of requests.
 *
 * Let W be the sum of weights. Backend i should have m * w_i / W of the first m
 * picks. The schedule gives its j-th pick a window: not before that share has
 * passed j - 1, not after it reaches j. Always taking the open window that
 * closes first keeps every backend strictly within 1 of its share at any m
 * (Tijdeman, The chairman assignment problem, 1980), so any run of picks is
 * within 2 of its share. Weights 3:2:1, W = 6; windows as positions [from, to]:
 *
 *	foo (3)  [1,2] [3,4] [5,6]
 *	bar (2)  [1,3] [4,6]
 *	baz (1)  [1,6]
 *
 *	position   1    2    3    4    5    6
 *	pick       foo  bar  foo  bar  foo  baz
 *
 * With two backends the choice is floor((m + 1) w / W) - floor(m w / W), which
 * keeps any run, wherever it starts, strictly within 1.
 *
 * When W / gcd is above GWS_SCHEDULE_MAX nothing is precomputed: the backends
 * are leaves of a balanced binary tree, each node splits its share of the
 * counter between its halves by the two-backend rule. Each level adds less
 * than 1 to the deviation: with n backends every backend is within
 * ceil(log2 n) of its share at any m (4 for 16) and exact after W picks.
 */
#ifndef GWS_PICK_H
#define GWS_PICK_H

#include "core.h"
#include "limits.h"

struct gws_pick {
	const u8 *schedule;	/* NULL: calculated */
	u32 len;		/* entries of @schedule; without it W; never 0 */
	u32 n;
	u32 sums[GWS_BACKENDS_MAX + 1];	/* sums[i]: weights before backend i */
};

/*
 * Entries of the schedule for @weights: W / gcd, or 0 when all weights are 0.
 * -E2BIG when it is above GWS_SCHEDULE_MAX: pass no schedule to
 * gws_pick_init(). -EINVAL: more than GWS_BACKENDS_MAX backends or a weight
 * above GWS_WEIGHT_MAX.
 */
int gws_pick_schedule_len(const u32 *weights, u32 n);

/*
 * Fills @schedule (@len bytes, from gws_pick_schedule_len(), above 0) with
 * backend indices. O(n * len).
 */
void gws_pick_build(const u32 *weights, u32 n, u8 *schedule, u32 len);

/*
 * Readies @pick. @schedule is borrowed and lives as long as @pick; NULL and
 * @len 0 when gws_pick_schedule_len() said -E2BIG. At least one weight is not
 * 0: with none there is nothing to pick and the rule answers 500.
 */
void gws_pick_init(struct gws_pick *pick, const u32 *weights, u32 n,
		   const u8 *schedule, u32 len);

/*
 * The backend of pick number @counter, from 0. A backend of weight 0 is never
 * returned. Any context, no lock: @pick is immutable.
 */
u32 gws_pick_at(const struct gws_pick *pick, u64 counter);

/*
 * Is number @counter, from 0, one of the @part in @whole? Of any @whole numbers in
 * a row exactly @part are, spread evenly. 0 < @whole < 2^31.
 */
bool gws_pick_takes(u64 counter, u32 part, u32 whole);

#endif /* GWS_PICK_H */
