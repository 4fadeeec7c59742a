// SPDX-License-Identifier: MIT
/*
 * What "gwctl route test" says of routes that a request's host kept it from.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "../../userspace/gwctl/elsewhere.h"

static void covers(void **state)
{
	static const struct {
		const char *hostname, *host;
		bool covered;
	} rows[] = {
		{ "", "a.example", true },
		{ "a.example", "A.Example:8080", true },
		{ "a.example", "a.example.", true },
		{ "a.example", "b.a.example", false },
		{ "a.example", "a.exampl", false },
		{ "*.example", "a.example", true },
		{ "*.example", "b.a.EXAMPLE:1", true },
		{ "*.example", "example", false },
		{ "*.example", ".example", false },
		{ "*.example", "a.example.org", false },
		{ "::1", "[::1]:80", false },
		{ "", "[::1]:80", true },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (gws_hostname_covers(rows[i].hostname, rows[i].host) !=
		    rows[i].covered)
			fail_msg("%s and %s", rows[i].hostname, rows[i].host);
}

static struct gws_msg_bind any = { .port = 80 };
static struct gws_msg_bind one = { .addr = { { 10, 0, 0, 1 }, 4 }, .port = 80 };
static struct gws_msg_bind two = { .addr = { { 10, 0, 0, 2 }, 4 }, .port = 80 };
static struct gws_msg_bind port = { .port = 81 };

static struct gws_msg_listener listeners[] = {
	{ .id = 1, .binds = &any, .n_binds = 1 },
	{ .id = 2, .binds = &one, .n_binds = 1 },
	{ .id = 3, .binds = &two, .n_binds = 1 },
	{ .id = 4, .binds = &port, .n_binds = 1 },
};

static struct gws_msg_rule rules[] = {
	{ .namespace = "n", .route = "r", .name = "0" },
	{ .namespace = "n", .route = "s", .name = "0" },
	{ .namespace = "n", .route = "r", .name = "1" },
};

static struct gws_msg_table tables[] = {
	{ .listener = 1, .hostname = "a.example", .rules = rules, .n_rules = 3 },
	{ .listener = 1, .hostname = "b.example", .rules = rules, .n_rules = 3 },
	{ .listener = 1, .hostname = "", .rules = rules, .n_rules = 1 },
	{ .listener = 2, .hostname = "a.example", .rules = rules, .n_rules = 1 },
	{ .listener = 3, .hostname = "a.example", .rules = rules, .n_rules = 1 },
	{ .listener = 4, .hostname = "a.example", .rules = rules, .n_rules = 1 },
	{ .listener = 5, .hostname = "a.example", .rules = rules, .n_rules = 1 },
};

static const struct gws_msg_config config = {
	.listeners = listeners, .n_listeners = 4, .tables = tables, .n_tables = 7,
};

/* What is told, a word for each row. */
static void told(uint32_t listener, int most, const char *expected)
{
	static const struct gws_msg_addr addr = { { 10, 0, 0, 1 }, 4 };
	const struct gws_arrival request = { &addr, 80, listener, "a.example:80" };
	cJSON *rows = cJSON_CreateArray(), *row;
	char text[512] = "";
	size_t len = 0;

	gws_elsewhere_add(rows, most, &config, &request);
	cJSON_ArrayForEach(row, rows)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
					"%s(%s,%s) ",
					gws_json_str(row, "lost", "?"),
					gws_json_str(row, "route", "?"),
					gws_json_str(row, "hostname", "?"));
	assert_string_equal(text, expected);
	cJSON_Delete(rows);
}

static void routes(void **state)
{
	(void)state;
	told(1, 64, "hostname(n/r,b.example) hostname(n/s,b.example) "
	     "listener(n/r,a.example) ");
	told(2, 64, "listener(n/r,a.example) listener(n/s,a.example) "
	     "listener(n/r,b.example) listener(n/s,b.example) "
	     "listener(n/r,*) ");
	told(0, 64, "listener(n/r,a.example) listener(n/s,a.example) "
	     "listener(n/r,b.example) listener(n/s,b.example) "
	     "listener(n/r,*) ");
	told(1, 2, "hostname(n/r,b.example) hostname(n/s,b.example) ");
	told(1, 0, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(covers),
		cmocka_unit_test(routes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
