// SPDX-License-Identifier: MIT
/*
 * Regular expressions: what they mean, what is refused and how it is said, and
 * what regcomp(3) thinks of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>

#include "../../userspace/gwsteerd/regex.h"
#include "../../userspace/lib/mem.h"
#include "regex_gen.h"

static const struct gws_regex *compile(struct gws_arena *arena,
				       const char *text, const char **why)
{
	size_t work = GWS_REGEX_WORK_MAX;

	return gws_regex_compile(arena, text, &work, why);
}

static void test_meaning(void **state)
{
	static const struct {
		const char *regex;
		const char *fits[4];
		const char *not[5];
	} cases[] = {
		{ "/api/v[0-9]+/.*", { "/api/v1/", "/api/v12/x/y" },
		  { "/api/v/", "/x/api/v1/", "/api/v1", "/API/v1/" } },
		{ "^/(en|de)(/.*)?$", { "/en", "/de/", "/de/x" },
		  { "/fr", "/enx", "/x/en" } },
		{ "(?:^/a|^/b)\\z", { "/a", "/b" }, { "/c", "" } },
		{ "\\A/x", { "/x" }, { "/x/" } },
		{ "(?i)/Foo\\.(JPG|png)", { "/foo.jpg", "/FOO.PNG" },
		  { "/fooxjpg" } },
		{ "(?i:a)b", { "ab", "Ab" }, { "aB" } },
		{ "a(?i)b", { "ab", "aB" }, { "Ab" } },
		{ "((?i)a)b", { "Ab" }, { "AB" } },
		{ "(?i)a(?-i)b", { "Ab" }, { "AB" } },
		{ "(?i)[^a]", { "b" }, { "a", "A" } },
		{ "\\d+\\.\\d{1,2}", { "1.5", "10.25" }, { "1.", "1x5", "1.123" } },
		{ "[\\w.-]+", { "a_B-1.2" }, { "a b", "" } },
		{ "\\S+\\s\\S*", { "a b", "a\t" }, { " a", "ab" } },
		{ "\\D\\W", { "a " }, { "1 ", "aa" } },
		{ ".*?x", { "x", "axbx" }, { "xa" } },
		{ "a{2,3}?", { "aa", "aaa" }, { "a", "aaaa" } },
		{ "(ab){2,}", { "abab", "ababab" }, { "ab", "aba" } },
		{ "a{0}b", { "b" }, { "ab" } },
		{ "x{,3}", { "x{,3}" }, { "xxx" } },
		{ "/{id}", { "/{id}" }, { "/id" } },
		{ "[]a-]+", { "]", "-a" }, { "b" } },
		{ "[^]a-]+", { "b" }, { "]", "-", "a" } },
		{ "[\\]^-]+", { "]^-" }, { "\\" } },
		{ "[-^]", { "-", "^" }, { "a" } },
		{ "[^^]", { "a" }, { "^" } },
		{ "[\\d_]+", { "1_2" }, { "a" } },
		{ "[[:digit:][:upper:]]+", { "1A" }, { "a" } },
		{ "[\x01-\x7f]+", { "a~\x7f" }, { "\xc3" } },
		{ "[!-~]", { "]", "^", "-", "a" }, { " " } },
		{ "(?P<name>a)(?<n2>b)", { "ab" }, { "a" } },
		{ "\\x41\\x{42}\\t", { "AB\t" }, { "ab\t" } },
		{ "\\*\\(\\)\\[\\]\\{\\}\\.\\+\\?\\|\\^\\$\\\\",
		  { "*()[]{}.+?|^$\\" }, { "" } },
		{ "\xc3\xa9+", { "\xc3\xa9\xc3\xa9" }, { "\xc3\xa9\xa9" } },
		{ "a.c", { "abc", "a\xff""c" }, { "a\nc", "ac" } },
		{ "(?s)a.c", { "a\nc" }, { "ac" } },
		{ "a|", { "a", "" }, { "b" } },
		{ "(|a)b", { "b", "ab" }, { "a" } },
		{ "()", { "" }, { "a" } },
	};
	struct gws_arena *arena = gws_mem_arena();
	const struct gws_regex *regex;
	const char *why;
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		regex = compile(arena, cases[i].regex, &why);
		if (!regex)
			fail_msg("%s %s", cases[i].regex, why);
		assert_true(gws_dfa_valid(regex->dfa, regex->size));
		for (j = 0; j < 4 && cases[i].fits[j]; j++)
			if (!regex_run(regex->dfa, cases[i].fits[j]))
				fail_msg("%s, %s", cases[i].regex,
					 cases[i].fits[j]);
		for (j = 0; j < 5 && cases[i].not[j]; j++)
			if (regex_run(regex->dfa, cases[i].not[j]))
				fail_msg("%s, not %s", cases[i].regex,
					 cases[i].not[j]);
	}
	gws_arena_destroy(arena);
}

static void test_refusals(void **state)
{
	static const struct {
		const char *regex, *why;
	} cases[] = {
		{ "", "is empty" },
		{ "(a", "has ( without )" },
		{ "a)", "has ) without (" },
		{ "[a-", "has [ without ]" },
		{ "[z-a]", "has a range whose ends are not in order" },
		{ "[\\d-z]", "has a range whose ends are not in order" },
		{ "[[:foo:]]", "has an unknown class [:foo:]]" },
		{ "[^\\x01-\xff]", "has a character in brackets that is not ASCII" },
		{ "[^\\d\\D]", "has a class that no byte is in" },
		{ "[\xc3\xa9]", "has a character in brackets that is not ASCII" },
		{ "\\", "ends with a backslash" },
		{ "a\\b", "has the word boundary \\b" },
		{ "(a)\\1", "has the back reference \\1" },
		{ "\\pL", "has the Unicode class \\p" },
		{ "\\y", "has the unknown escape \\y" },
		{ "\\xg", "has \\x without hex digits" },
		{ "\\xff", "has \\xff, which is no ASCII character" },
		{ "(?=a)", "has look-ahead (?=" },
		{ "(?!a)", "has look-ahead (?!" },
		{ "(?<=a)", "has look-behind (?<=" },
		{ "(?m)a", "has the unknown flag (?m" },
		{ "(?<na me>a)", "has a group with a bad name" },
		{ "a^b", "has the anchor ^ inside" },
		{ "(a$)b", "has the anchor $ inside" },
		{ "a$b", "has the anchor $ inside" },
		{ "(^a)*", "repeats an anchor" },
		{ "*a", "has * with nothing to repeat" },
		{ "(+)", "has + with nothing to repeat" },
		{ "{2}", "has {} with nothing to repeat" },
		{ "a**", "repeats a repetition" },
		{ "a{2}{3}", "repeats a repetition" },
		{ "a{3,2}",
		  "has the repetition {3,2}, which is out of order or above 1024" },
		{ "a{99999999999999999999}",
		  "has the repetition {99999999999999999999}, which is out of order or above 1024" },
		{ "((a{10}){10}){11}",
		  "needs more than 1024 characters with its repetitions written out" },
		{ "(a|b)*a(a|b){14}", "needs an automaton with too many states" },
		{ "(a?){1000}",
		  "needs more work than there may be for one route" },
	};
	struct gws_arena *arena = gws_mem_arena();
	char deep[200] = "";
	const char *why;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (compile(arena, cases[i].regex, &why))
			fail_msg("%s was taken", cases[i].regex);
		assert_string_equal(why, cases[i].why);
	}
	for (i = 0; i <= GWS_REGEX_DEPTH_MAX; i++)
		strcat(deep, "(");
	assert_null(compile(arena, deep, &why));
	assert_string_equal(why, "has more than 50 groups in each other");
	gws_arena_destroy(arena);
}

/* All that one route may cost together: the last ones have nothing left. */
static void test_budget(void **state)
{
	struct gws_arena *arena = gws_mem_arena();
	size_t work = GWS_REGEX_WORK_MAX;
	const char *why;
	int i;

	(void)state;
	for (i = 0; i < 5; i++)
		gws_regex_compile(arena, "(a?){300}", &work, &why);
	assert_null(gws_regex_compile(arena, "(a?){300}", &work, &why));
	assert_string_equal(why, "needs more work than there may be for one route");
	assert_int_equal(work, 0);
	gws_arena_destroy(arena);
}

/* States are numbered as they are met from the start on, byte by byte. */
static void check_order(const struct gws_dfa *dfa)
{
	uint16_t order[GWS_REGEX_STATES_MAX], last[2] = { 0, dfa->accept };
	bool met[GWS_REGEX_STATES_MAX + 1] = { [0] = true };
	size_t n = 0, i;
	uint16_t next;
	int byte;

	met[dfa->start] = true;
	order[n++] = dfa->start;
	for (i = 0; i < n; i++)
		for (byte = 0; byte < 256; byte++) {
			next = dfa->next[order[i] * dfa->classes +
					 dfa->class_of[byte]];
			if (met[next])
				continue;
			met[next] = true;
			order[n++] = next;
		}
	assert_int_equal(n, dfa->states - 1);
	for (i = 0; i < n; i++) {
		bool accepts = order[i] >= dfa->accept;

		assert_true(order[i] >= last[accepts]);
		last[accepts] = order[i];
	}
}

/*
 * So the same expression gives the same table, and the same digest, wherever
 * malloc() put libfa's states.
 */
static void test_order(void **state)
{
	static const char *const texts[] = {
		"a", "(?i)/api/v[0-9]+/(en|de|fr)/x.*y?", "(ab|cd|ef){3}", ".*",
		"/x/[^/]+/(a|b)?", "[a-f]{2}-[0-9]{4}(-z)*",
	};
	struct gws_arena *arena = gws_mem_arena();
	const char *why;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		check_order(compile(arena, texts[i], &why)->dfa);
	gws_arena_destroy(arena);
}

static unsigned int dice(void *data, unsigned int n)
{
	uint32_t *seed = data;

	*seed = *seed * 1664525 + 1013904223;
	return (*seed >> 16) % n;
}

static void test_second_opinion(void **state)
{
	uint32_t seed = 1;
	struct regex_gen gen = { .pick = dice, .data = &seed };
	const struct gws_regex *regex;
	char text[REGEX_GEN_TEXT + 1];
	int round, i, compared = 0;
	struct gws_arena *arena;
	const char *why;
	regex_t posix;

	(void)state;
	for (round = 0; round < 500; round++) {
		arena = gws_mem_arena();
		regex_gen(&gen);
		regex = compile(arena, gen.text, &why);
		if (regex && regex_posix(gen.text, &posix)) {
			for (i = 0; i < 20; i++, compared++) {
				regex_gen_text(&gen, text);
				if (regex_run(regex->dfa, text) !=
				    !regexec(&posix, text, 0, NULL, 0))
					fail_msg("%s on %s", gen.text, text);
			}
			regfree(&posix);
		}
		gws_arena_destroy(arena);
	}
	assert_true(compared > 7000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_meaning),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_budget),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_second_opinion),
	};

	return cmocka_run_group_tests_name("regex", tests, NULL, NULL);
}
