// SPDX-License-Identifier: MIT
/*
 * What "gwctl route test" says of a match that fits and yet does not decide.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../userspace/gwctl/precedence.h"

static struct gws_msg_rule rules[] = {
	{ .kind = 1, .namespace = "a", .route = "r", .name = "0" },
	{ .kind = 1, .namespace = "a", .route = "r", .name = "1" },
	{ .kind = 1, .namespace = "b", .route = "r", .name = "0" },
};

static struct gws_msg_regex regexes[] = { { .text = "/a.*" }, { .text = "/a" } };

static const struct gws_msg_table table = {
	.hostname = "a.example", .rules = rules, .n_rules = 3,
	.regexes = regexes, .n_regexes = 2,
};

static const struct gws_msg_table other = {
	.hostname = "*.example", .rules = rules, .n_rules = 3,
};

/* @text: what is said of @later beside @first. */
static void say(const struct gws_msg_match *first, const struct gws_msg_match *later,
		const char *text)
{
	const struct gws_placed a = { &table, first }, b = { &table, later };

	assert_string_equal(gws_precedence_why(&a, &b), text);
}

static const struct gws_msg_match exact = { .path_kind = GWS_PATH_EXACT, .path = "/a" };
static const struct gws_msg_match regex = { .path_kind = GWS_PATH_REGEX, .path_regex = 1 };
static const struct gws_msg_match short_regex = {
	.path_kind = GWS_PATH_REGEX, .path_regex = 2,
};
static const struct gws_msg_match prefix = { .path_kind = GWS_PATH_PREFIX, .path = "/a" };
static const struct gws_msg_match root = { .path_kind = GWS_PATH_PREFIX, .path = "/" };
static const struct gws_msg_match any = { .path_kind = GWS_PATH_ANY };

static void path(void **state)
{
	(void)state;
	say(&exact, &regex, "fits, but its type of path comes later");
	say(&regex, &prefix, "fits, but its type of path comes later");
	say(&exact, &any, "fits, but its type of path comes later");
	say(&regex, &short_regex, "fits, but its path is shorter");
	say(&prefix, &root, "fits, but its path is shorter");
	say(&prefix, &any, "fits, but its path is shorter");
}

static void number(void **state)
{
	struct gws_msg_match first = prefix, later = prefix;

	(void)state;
	first.n_queries = 1;
	say(&first, &later, "fits, but it has fewer query parameters");
	later.n_queries = 2;
	first.n_headers = 1;
	say(&first, &later, "fits, but it has fewer headers");
	later.n_headers = 2;
	first.method = "GET";
	say(&first, &later, "fits, but it names no method");
}

static void tie(void **state)
{
	struct gws_msg_match second = root, theirs = root;

	(void)state;
	second.rule = 1;
	theirs.rule = 2;
	say(&root, &second, "fits, but it comes later in its route");
	say(&any, &second, "fits, but it comes later in its route");
	say(&root, &theirs, "fits, but its route is younger, or later by name");
}

static void hostname(void **state)
{
	const struct gws_placed first = { &table, &root }, later = { &other, &exact };

	(void)state;
	assert_string_equal(gws_precedence_why(&first, &later),
			    "fits, but its hostname is less specific");
	/* Of one table: that of its route was, as written there. */
	say(&root, &exact, "fits, but its hostname is less specific");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(path),
		cmocka_unit_test(number),
		cmocka_unit_test(tie),
		cmocka_unit_test(hostname),
	};

	return cmocka_run_group_tests_name("precedence", tests, NULL, NULL);
}
