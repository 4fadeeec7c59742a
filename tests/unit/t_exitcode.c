// SPDX-License-Identifier: MIT
/*
 * The table of errors: every code has texts of its own, and userspace/ERRORS.md
 * says them word for word.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "../../userspace/lib/exitcode.h"

#define PAGE	"../../userspace/ERRORS.md"

static void test_page(void **state)
{
	FILE *page = fopen(PAGE, "r");
	char line[1024], want[1024];
	int code = 0;

	(void)state;
	assert_non_null(page);
	while (fgets(line, sizeof(line), page)) {
		const struct gws_exit_row *row;

		/* Rows of the table start with their code; it is the first. */
		if (line[0] != '|' && code)
			break;
		if (line[0] != '|' || line[2] < '0' || line[2] > '9')
			continue;
		assert_true(code < GWS_EXIT_COUNT);
		row = gws_exit_row(code);
		snprintf(want, sizeof(want), "| %d | %s | %s | %s | %s |\n",
			 code, row->name, row->text, row->cause, row->remedy);
		assert_string_equal(line, want);
		code++;
	}
	fclose(page);
	assert_int_equal(code, GWS_EXIT_COUNT);
}

static void test_rows_differ(void **state)
{
	int a, b;

	(void)state;
	for (a = 0; a < GWS_EXIT_COUNT; a++) {
		assert_true(*gws_exit_row(a)->text);
		for (b = 0; b < a; b++) {
			assert_string_not_equal(gws_exit_row(a)->name,
						gws_exit_row(b)->name);
			assert_string_not_equal(gws_exit_row(a)->text,
						gws_exit_row(b)->text);
		}
	}
}

/* Scripts rely on the numbers. */
static void test_numbers(void **state)
{
	(void)state;
	assert_int_equal(GWS_EXIT_OK, 0);
	assert_int_equal(GWS_EXIT_USAGE, 1);
	assert_int_equal(GWS_EXIT_UNHEALTHY, 2);
	assert_int_equal(GWS_EXIT_NOT_LOADED, 3);
	assert_int_equal(GWS_EXIT_SECOND_DAEMON, 10);
	assert_int_equal(GWS_EXIT_SYSTEM, 19);
}

static void test_errno(void **state)
{
	(void)state;
	assert_int_equal(gws_exit_of_errno(0), GWS_EXIT_OK);
	assert_int_equal(gws_exit_of_errno(-ENOENT), GWS_EXIT_NOT_LOADED);
	assert_int_equal(gws_exit_of_errno(-EPERM), GWS_EXIT_NOT_ROOT);
	assert_int_equal(gws_exit_of_errno(-ENOMEM), GWS_EXIT_SYSTEM);
}

static void test_report_returns_code(void **state)
{
	(void)state;
	assert_int_equal(gws_exit_report(GWS_EXIT_NO_DAEMON, "%s", "x"),
			 GWS_EXIT_NO_DAEMON);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_page),
		cmocka_unit_test(test_rows_differ),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_errno),
		cmocka_unit_test(test_report_returns_code),
	};

	return cmocka_run_group_tests_name("exitcode", tests, NULL, NULL);
}
