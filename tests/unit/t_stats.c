// SPDX-License-Identifier: MIT
/*
 * Rows of counters: which backends are one rule's, which is the same one as
 * before, and how long answers took.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../userspace/gwctl/rows_stats.h"
#include "../../userspace/gwctl/sample.h"
#include "../../userspace/lib/jsonx.h"
#include "../../userspace/lib/mem.h"

/* sample.c looks at a kernel by these; here the looks are made by hand. */
int gws_view_open(struct gws_view *view, const struct gws_call *call)
{
	(void)view;
	(void)call;
	fail();
	return 0;
}

int gws_view_need_kernel(const struct gws_view *view)
{
	(void)view;
	fail();
	return 0;
}

/* @index: of a backend, or -1 for the rule itself. */
static struct gws_msg_stat stat(const char *route, const char *set, int index,
				const char *backend, uint64_t requests)
{
	return (struct gws_msg_stat){
		.namespace = "gw", .gateway = "web", .section = "http",
		.set = set, .set_namespace = set ? "sets" : NULL,
		.rule = { .kind = GWS_ROUTE_HTTP, .namespace = "ns",
			  .route = route, .name = "0" },
		.has_backend = index >= 0,
		.backend = { .index = index < 0 ? 0 : index, .name = backend,
			     .weight = requests },
		.stats = { .requests = requests },
	};
}

/* The rows of @stats in any order, as "route backend observed rate," each. */
static void rows_are(struct gws_msg_stat *stats, size_t n, double seconds,
		     const char *want)
{
	struct gws_view view = { .arena = gws_mem_arena(), .stats = stats,
				 .n_stats = n };
	char text[512] = "";
	size_t len = 0;
	const cJSON *row;
	cJSON *rows;

	gws_stats_sort(&view);
	rows = gws_stats_backends(&view, seconds);
	cJSON_ArrayForEach(row, rows)
		len += snprintf(text + len, sizeof(text) - len, "%s %s %s %lld,",
				gws_json_str(row, "route", ""),
				gws_json_str(row, "backend", "-"),
				gws_json_str(row, "observed", "-"),
				gws_json_int(row, "rate", -1));
	cJSON_Delete(rows);
	gws_arena_destroy(view.arena);
	assert_string_equal(text, want);
}

static void test_shares(void **state)
{
	struct gws_msg_stat stats[] = {
		stat("b", NULL, -1, NULL, 9), stat("a", NULL, 1, "y", 10),
		stat("b", NULL, 0, "x", 8), stat("a", NULL, -1, NULL, 40),
		stat("a", NULL, 0, "x", 30), stat("c", NULL, -1, NULL, 6),
	};

	(void)state;
	rows_are(stats, 6, 2, "a x 75.0% 15,a y 25.0% 5,b x 100.0% 4,c - - 3,");
	rows_are(stats, 6, 0, "a x 75.0% -1,a y 25.0% -1,b x 100.0% -1,c - - -1,");
	rows_are(stats, 0, 1, "");
}

/* What is sorted alike is not one rule: listeners of two ListenerSets. */
static void test_sets_are_not_mixed(void **state)
{
	static const char *const shares[] = {
		[30] = "75.0%", [10] = "25.0%", [70] = "58.3%", [50] = "41.7%",
	};
	struct gws_msg_stat stats[] = {
		stat("a", "s", 0, "x", 30), stat("a", "t", 0, "x", 70),
		stat("a", "s", 1, "y", 10), stat("a", "t", 1, "y", 50),
		stat("a", "s", -1, NULL, 40), stat("a", "t", -1, NULL, 120),
	};
	struct gws_view view = { .arena = gws_mem_arena(), .stats = stats,
				 .n_stats = 6 };
	const cJSON *row;
	cJSON *rows;
	size_t i;

	(void)state;
	gws_stats_sort(&view);
	for (i = 0; i < 6; i++)
		assert_ptr_equal(gws_stats_find(stats, 6, &stats[i]), &stats[i]);
	rows = gws_stats_backends(&view, 0);
	assert_int_equal(cJSON_GetArraySize(rows), 4);
	cJSON_ArrayForEach(row, rows)
		assert_string_equal(gws_json_str(row, "observed", "-"),
				    shares[gws_json_int(row, "requests", 0)]);
	cJSON_Delete(rows);
	gws_arena_destroy(view.arena);
}

static void test_find(void **state)
{
	struct gws_msg_stat stats[] = {
		stat("a", NULL, 0, "x", 1), stat("a", NULL, 1, "y", 2),
		stat("a", NULL, -1, NULL, 3), stat("b", NULL, -1, NULL, 4),
	};
	struct gws_msg_stat like = stat("a", NULL, 1, "y", 0);

	(void)state;
	assert_ptr_equal(gws_stats_find(stats, 4, &like), &stats[1]);
	assert_null(gws_stats_find(stats, 1, &like));
	assert_null(gws_stats_find(stats, 0, &like));
	/* Another Service in its place began at 0. */
	like.backend.name = "z";
	assert_null(gws_stats_find(stats, 4, &like));
	like = stat("b", NULL, 0, "x", 0);
	assert_null(gws_stats_find(stats, 4, &like));
	like = stat("b", NULL, -1, NULL, 0);
	assert_ptr_equal(gws_stats_find(stats, 4, &like), &stats[3]);
	like = stat("c", NULL, -1, NULL, 0);
	assert_null(gws_stats_find(stats, 4, &like));
}

/* p50 and p99 of a rule with that many answers in each of these buckets. */
static void quantiles_are(const uint64_t counts[GWS_LATENCY_BUCKETS],
			  const char *p50, const char *p99)
{
	struct gws_msg_stat one = stat("a", NULL, -1, NULL, 9);
	struct gws_view view = { .arena = gws_mem_arena(), .stats = &one,
				 .n_stats = 1 };
	const cJSON *row;
	cJSON *rows;

	memcpy(one.stats.latency, counts, sizeof(one.stats.latency));
	rows = gws_stats_rules(&view, 0);
	row = cJSON_GetArrayItem(rows, 0);
	assert_string_equal(gws_json_str(row, "p50", "-"), p50);
	assert_string_equal(gws_json_str(row, "p99", "-"), p99);
	cJSON_Delete(rows);
	gws_arena_destroy(view.arena);
}

enum { FIGURES = sizeof(struct gws_msg_stats) / sizeof(uint64_t) };

/*
 * Each figure is what was counted in between, but for what is under way now. The
 * quantiles of all that was ever counted are others.
 */
static void test_difference(void **state)
{
	static const struct gws_msg_stats more = {
		.requests = 100, .errors = 36, .bytes_rx = 11, .bytes_tx = 12,
		.active = 3, .latency_sum = 13,
		.mirrors = 14, .mirrors_answered = 15,
		.class = { 1, 2, 3, 4, 5, 6 },
		.error = { 1, 2, 3, 4, 5, 6, 7, 8 },
		.latency = { [8] = 98, [17] = 2 },
	};
	struct gws_msg_stat now[] = { stat("a", NULL, -1, NULL, 0) };
	struct gws_msg_stat then[] = { stat("a", NULL, -1, NULL, 0) };
	struct gws_sample before = { .view.n_stats = 1, .stats = then };
	struct gws_sample after = {
		.view = { .stats = now, .n_stats = 1 }, .at.tv_sec = 2,
	};
	uint64_t was[FIGURES], add[FIGURES], is[FIGURES];
	size_t i, active = offsetof(struct gws_msg_stats, active) / sizeof(*is);

	(void)state;
	memcpy(add, &more, sizeof(more));
	for (i = 0; i < FIGURES; i++) {
		was[i] = 1000 + 10 * i;
		is[i] = was[i] + add[i];
	}
	memcpy(&then[0].stats, was, sizeof(was));
	memcpy(&now[0].stats, is, sizeof(is));
	assert_true(gws_sample_subtract(&after, &before) == 2.0);
	memcpy(is, &now[0].stats, sizeof(is));
	assert_int_equal(is[active], was[active] + add[active]);
	is[active] = add[active];
	for (i = 0; i < FIGURES; i++)
		assert_int_equal(is[i], add[i]);
	quantiles_are(now[0].stats.latency, "<256us", "<131ms");
}

/* Bucket n: from 2^(n-1) microseconds on and less than 2^n; the last: all above. */
static void test_quantiles(void **state)
{
	static const struct {
		uint64_t counts[GWS_LATENCY_BUCKETS];
		const char *p50, *p99;
	} cases[] = {
		{ { 0 }, "-", "-" },
		{ { [0] = 1 }, "<1us", "<1us" },
		{ { [9] = 1 }, "<512us", "<512us" },
		{ { [14] = 50, [15] = 50 }, "<16ms", "<33ms" },
		{ { [14] = 49, [15] = 51 }, "<33ms", "<33ms" },
		{ { [8] = 99, [17] = 1 }, "<256us", "<256us" },
		{ { [8] = 98, [17] = 2 }, "<256us", "<131ms" },
		{ { [22] = 1 }, "<4194ms", "<4194ms" },
		{ { [3] = 9, [GWS_LATENCY_BUCKETS - 1] = 1 }, "<8us", ">4s" },
		{ { [GWS_LATENCY_BUCKETS - 1] = 5 }, ">4s", ">4s" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		quantiles_are(cases[i].counts, cases[i].p50, cases[i].p99);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shares),
		cmocka_unit_test(test_sets_are_not_mixed),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_difference),
		cmocka_unit_test(test_quantiles),
	};

	return cmocka_run_group_tests_name("stats", tests, NULL, NULL);
}
