// SPDX-License-Identifier: MIT
/*
 * What a lookup costs does not depend on how many matches a table has. The walk,
 * which compares them one after the other, is measured with the same yardstick and
 * must not pass.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>

#include "match.h"
#include "match_index.h"

/* FEW is the least that has an index. */
enum { FEW = GWS_MATCH_WALK_MAX + 1, MANY = 5000, LOOKUPS = 200, ROUNDS = 25 };
/* More memory is looked at, so it is not quite the same; the walk takes 100 times. */
enum { FACTOR = 8 };

/* A table with an index, and the same one without. */
struct both {
	struct gws_match_table table;
	struct gws_match_table plain;
	char (*paths)[32];
	char (*below)[32];	/* what is asked for: all of them, in that order */
};

static struct gws_http_request request;

static void request_make(void)
{
	static char head[128 + GWS_HEAD_SLACK] =
		"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
	u32 resume = 0;
	int len = strlen(head);

	assert_int_equal(gws_http_parse_request(head, len, &resume, &request),
			 len);
}

static struct gws_str text(const char *s)
{
	return (struct gws_str){ s, strlen(s) };
}

/* All paths are of one length. @add: what requests have behind them. */
static void both_make(struct both *b, u32 n, u8 kind, const char *add)
{
	struct gws_match *matches = calloc(n, sizeof(*matches));
	u32 i;

	b->paths = calloc(n, sizeof(*b->paths));
	b->below = calloc(n, sizeof(*b->below));
	for (i = 0; i < n; i++) {
		snprintf(b->paths[i], sizeof(*b->paths), "/api/s%06u/x", i);
		snprintf(b->below[i], sizeof(*b->below), "%s%s", b->paths[i],
			 add);
		matches[i].path = text(b->paths[i]);
		matches[i].path_kind = kind;
	}
	b->plain = (struct gws_match_table){ .matches = matches, .nmatches = n };
	b->table = b->plain;
	gws_match_index_build(&b->table, matches, malloc(gws_match_index_size(n)),
			      12345);
}

static void both_free(struct both *b)
{
	free((void *)b->table.matches);
	free((void *)b->table.nodes);
	free(b->paths);
	free(b->below);
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

/* Nanoseconds for so many lookups, all over the table. @found: they have a rule. */
static uint64_t one_round(const struct gws_match_table *table,
			  const struct both *b, bool found)
{
	uint64_t began = now();
	u32 k, i;
	int got;

	for (k = 0; k < LOOKUPS; k++) {
		i = k * 7919 % table->nmatches;
		got = gws_match_find(table, text(b->below[i]), &request);
		if (got != (found ? (int)i : -1))
			fail_msg("%s: match %d", b->below[i], got);
	}
	return now() - began;
}

/* The least of several rounds: what else runs on the machine only adds. */
static uint64_t cost(const struct gws_match_table *table, const struct both *b,
		     bool found)
{
	uint64_t least = UINT64_MAX, took;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		took = one_round(table, b, found);
		if (took < least)
			least = took;
	}
	return least;
}

static void cost_is_the_same(u8 kind, const char *add, bool found)
{
	struct both few, many;
	uint64_t of_few, of_many, of_walk;

	both_make(&few, FEW, kind, add);
	both_make(&many, MANY, kind, add);
	of_few = cost(&few.table, &few, found);
	of_many = cost(&many.table, &many, found);
	of_walk = one_round(&many.plain, &many, found);
	both_free(&few);
	both_free(&many);
	if (of_many > FACTOR * of_few)
		fail_msg("kind %u%s: %d lookups take %llu ns with %d matches and "
			 "%llu with %d", kind, add, LOOKUPS,
			 (unsigned long long)of_few, FEW,
			 (unsigned long long)of_many, MANY);
	if (of_walk <= FACTOR * of_few)
		fail_msg("a walk of %d takes %llu ns, and would pass", MANY,
			 (unsigned long long)of_walk);
}

static void test_prefixes(void **state)
{
	(void)state;
	request_make();
	cost_is_the_same(GWS_PATH_PREFIX, "", true);
	cost_is_the_same(GWS_PATH_PREFIX, "/below", true);
}

static void test_exact_paths(void **state)
{
	(void)state;
	request_make();
	cost_is_the_same(GWS_PATH_EXACT, "", true);
}

/* A request that nothing takes costs no more, either. */
static void test_misses(void **state)
{
	(void)state;
	request_make();
	cost_is_the_same(GWS_PATH_PREFIX, "y", false);
	cost_is_the_same(GWS_PATH_EXACT, "/below", false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_prefixes),
		cmocka_unit_test(test_exact_paths),
		cmocka_unit_test(test_misses),
	};

	return cmocka_run_group_tests_name("match_cost", tests, NULL, NULL);
}
