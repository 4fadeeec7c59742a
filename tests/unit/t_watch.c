// SPDX-License-Identifier: MIT
/*
 * From one look at a list to the next: what is new, what has changed, what is gone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../userspace/gwctl/watch.h"

static const char *const keys[] = { "name", "port", NULL };

struct fixture {
	struct gws_watch watch;
	char shown[256];
	char gone[256];
};

static int setup(void **state)
{
	*state = calloc(1, sizeof(struct fixture));
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	gws_watch_clear(&f->watch);
	free(f);
	return 0;
}

static void names(char text[256], const cJSON *rows)
{
	const cJSON *row;
	size_t len = 0;

	text[0] = '\0';
	cJSON_ArrayForEach(row, rows)
		len += snprintf(text + len, 256 - len, "%s ",
				cJSON_GetObjectItem(row, "name")->valuestring);
}

/* A look at @json: the names of what is shown, and of what is gone. */
static void look(struct fixture *f, const char *json, const char *shown,
		 const char *gone)
{
	cJSON *rows = cJSON_Parse(json), *left;

	assert_non_null(rows);
	left = gws_watch_step(&f->watch, rows, keys);
	names(f->shown, rows);
	names(f->gone, left);
	cJSON_Delete(left);
	cJSON_Delete(rows);
	assert_string_equal(f->shown, shown);
	assert_string_equal(f->gone, gone);
}

/* An age is no change, and neither is the order. */
static void test_once(void **state)
{
	static const char first[] = "[{\"name\":\"c\",\"age\":\"1s\",\"ageMs\":1},"
				    "{\"name\":\"a\",\"age\":\"1s\",\"ageMs\":1},"
				    "{\"name\":\"b\",\"age\":\"1s\",\"ageMs\":1}]";
	static const char later[] = "[{\"name\":\"a\",\"age\":\"3s\",\"ageMs\":3},"
				    "{\"name\":\"c\",\"age\":\"3s\",\"ageMs\":3},"
				    "{\"name\":\"b\",\"age\":\"3s\",\"ageMs\":3}]";
	struct fixture *f = *state;
	int i;

	look(f, first, "c a b ", "");
	for (i = 0; i < 3; i++)
		look(f, later, "", "");
}

static void test_changed(void **state)
{
	struct fixture *f = *state;

	look(f, "[{\"name\":\"a\",\"n\":1},{\"name\":\"b\",\"n\":1}]", "a b ",
	     "");
	look(f, "[{\"name\":\"a\",\"n\":1},{\"name\":\"b\",\"n\":2}]", "b ", "");
	look(f, "[{\"name\":\"a\"},{\"name\":\"b\",\"n\":2}]", "a ", "");
}

static void test_gone(void **state)
{
	struct fixture *f = *state;

	look(f, "[{\"name\":\"a\"},{\"name\":\"b\",\"n\":7},{\"name\":\"c\"}]",
	     "a b c ", "");
	look(f, "[{\"name\":\"c\"},{\"name\":\"d\"}]", "d ", "a b ");
	look(f, "[]", "", "c d ");
	look(f, "[]", "", "");
	look(f, "[{\"name\":\"a\"}]", "a ", "");
}

/* All keys count, and none of them needs to be there. */
static void test_keys(void **state)
{
	struct fixture *f = *state;

	look(f, "[{\"name\":\"a\",\"port\":1},{\"name\":\"a\",\"port\":2},"
		"{\"name\":\"a\"}]", "a a a ", "");
	look(f, "[{\"name\":\"a\",\"port\":2},{\"name\":\"a\"}]", "", "a ");
	look(f, "[{\"name\":\"a\",\"port\":2}]", "", "a ");
}

/* Each of two rows that have one name is told when it changes. */
static void test_same_name(void **state)
{
	struct fixture *f = *state;

	look(f, "[{\"name\":\"a\",\"n\":1},{\"name\":\"a\",\"n\":2}]", "a a ",
	     "");
	look(f, "[{\"name\":\"a\",\"n\":2},{\"name\":\"a\",\"n\":1}]", "", "");
	look(f, "[{\"name\":\"a\",\"n\":2},{\"name\":\"a\",\"n\":3}]", "a ", "");
}

int main(void)
{
#define CASE(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_once), CASE(test_changed), CASE(test_gone),
		CASE(test_keys), CASE(test_same_name),
	};

	return cmocka_run_group_tests_name("watch", tests, NULL, NULL);
}
