// SPDX-License-Identifier: MIT
/*
 * What is cut or broken becomes '?', whole characters stay.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../../userspace/lib/legible.h"

static void expect(const char *text, const char *wanted)
{
	char room[64];

	strcpy(room, text);
	assert_ptr_equal(gws_legible(room), room);
	assert_string_equal(room, wanted);
}

static void whole_characters_stay(void **state)
{
	(void)state;
	expect("", "");
	expect("plain ~", "plain ~");
	expect("\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80",
	       "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80");
}

static void what_is_cut_goes(void **state)
{
	(void)state;
	expect("a\xc3", "a?");
	expect("a\xe2\x82\"", "a??\"");
	expect("\xf0\x9f\x98", "???");
	expect("\xa9" "b", "?b");
	expect("\xc0\xaf\xff", "???");
}

static void control_characters_go(void **state)
{
	(void)state;
	expect("a\nb\tc\x7f\x1b[1m", "a?b?c??[1m");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_characters_stay),
		cmocka_unit_test(what_is_cut_goes),
		cmocka_unit_test(control_characters_go),
	};

	return cmocka_run_group_tests_name("legible", tests, NULL, NULL);
}
