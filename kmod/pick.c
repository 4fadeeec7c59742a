// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Exact weighted choice; pick.h says how it works.
 */
#include "pick.h"

static u32 common_divisor(u32 a, u32 b)
{
	while (b) {
		u32 rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

int gws_pick_schedule_len(const u32 *weights, u32 n)
{
	u32 sum = 0, divisor = 0;
	u32 i;

	if (n > GWS_BACKENDS_MAX)
		return -EINVAL;
	for (i = 0; i < n; i++) {
		if (weights[i] > GWS_WEIGHT_MAX)
			return -EINVAL;
		sum += weights[i];
		divisor = common_divisor(divisor, weights[i]);
	}
	if (!sum)
		return 0;
	return sum / divisor > GWS_SCHEDULE_MAX ? -E2BIG :
						  (int)(sum / divisor);
}

/*
 * Entry number @m of the first of two backends' share @part of @whole: does
 * the share pass a whole number between m and m + 1? All are below 2^31.
 */
static bool takes_turn(u64 m, u32 part, u32 whole)
{
	return (m + 1) * part / whole > m * part / whole;
}

bool gws_pick_takes(u64 counter, u32 part, u32 whole)
{
	return part >= whole || takes_turn(counter % whole, part, whole);
}

static void build_two(u8 *schedule, u32 len, u32 first, u32 second, u32 share)
{
	u32 m;

	for (m = 0; m < len; m++)
		schedule[m] = takes_turn(m, share, len) ? first : second;
}

/*
 * Windows in positions counted from 0: pick number j of a backend with share w
 * of len may come from floor(j len / w) on and before ceil((j + 1) len / w).
 */
static void build_windows(const u32 *shares, u32 n, u8 *schedule, u32 len)
{
	u32 opens[GWS_BACKENDS_MAX], closes[GWS_BACKENDS_MAX];
	u32 picks[GWS_BACKENDS_MAX];
	u32 i, m;

	for (i = 0; i < n; i++) {
		picks[i] = 0;
		opens[i] = shares[i] ? 0 : len;
		closes[i] = shares[i] ? (len + shares[i] - 1) / shares[i] : 0;
	}
	for (m = 0; m < len; m++) {
		u32 best = n;

		for (i = 0; i < n; i++)
			if (opens[i] <= m &&
			    (best == n || closes[i] < closes[best]))
				best = i;
		/* One is always open: the shares of m positions are not m + 1. */
		schedule[m] = best;
		picks[best]++;
		opens[best] = picks[best] * len / shares[best];
		closes[best] = ((picks[best] + 1) * len + shares[best] - 1) /
			       shares[best];
	}
}

void gws_pick_build(const u32 *weights, u32 n, u8 *schedule, u32 len)
{
	u32 shares[GWS_BACKENDS_MAX];
	u32 sum = 0, used = 0, first = 0, second = 0;
	u32 i;

	for (i = 0; i < n; i++)
		sum += weights[i];
	for (i = 0; i < n; i++) {
		shares[i] = weights[i] / (sum / len);
		if (!shares[i])
			continue;
		if (!used++)
			first = i;
		else
			second = i;
	}
	if (used <= 2)
		build_two(schedule, len, first, second, shares[first]);
	else
		build_windows(shares, n, schedule, len);
}

void gws_pick_init(struct gws_pick *pick, const u32 *weights, u32 n,
		   const u8 *schedule, u32 len)
{
	u32 i;

	pick->sums[0] = 0;
	for (i = 0; i < n; i++)
		pick->sums[i + 1] = pick->sums[i] + weights[i];
	pick->n = n;
	pick->schedule = schedule;
	pick->len = schedule ? len : pick->sums[n];
}

/*
 * Walks down the tree: @m is the count of earlier picks in the subtree of the
 * backends from @low to before @high. A half of weight 0 never has a turn.
 */
static u32 pick_by_tree(const u32 *sums, u32 n, u64 m)
{
	u32 low = 0, high = n;

	while (high - low > 1) {
		u32 mid = low + (high - low) / 2;
		u32 part = sums[mid] - sums[low];
		u32 whole = sums[high] - sums[low];
		u64 before = m * part / whole;

		if ((m + 1) * part / whole > before) {
			high = mid;
			m = before;
		} else {
			low = mid;
			m -= before;
		}
	}
	return low;
}

u32 gws_pick_at(const struct gws_pick *pick, u64 counter)
{
	u64 m = counter % pick->len;

	if (likely(pick->schedule))
		return pick->schedule[m];
	return pick_by_tree(pick->sums, pick->n, m);
}
