// SPDX-License-Identifier: MIT
/*
 * The print layer: one tree in four forms.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../userspace/lib/print.h"

static const struct gws_column columns[] = {
	{ "NAME", "name", false },
	{ "PORTS", "ports", false },
	{ "READY", "ready", false },
	{ "AGE", "age", false },
	{ "ID", "id", true },
};

static const char rows_json[] =
	"[{\"name\":\"web-gw\",\"ports\":[80,443],\"ready\":true,\"id\":7},"
	" {\"name\":\"a\",\"ports\":[],\"ready\":false,\"age\":null,"
	"  \"id\":9007199254740991}]";

static char *rows_text(enum gws_output output, const char *json, bool titles)
{
	cJSON *rows = cJSON_Parse(json);
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(rows);
	assert_int_equal(gws_print_rows(out, output, columns, 5, rows, titles),
			 0);
	fclose(out);
	cJSON_Delete(rows);
	return text;
}

static char *object_text(enum gws_output output, const char *json)
{
	cJSON *object = cJSON_Parse(json);
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(object);
	assert_int_equal(gws_print_object(out, output, object), 0);
	fclose(out);
	cJSON_Delete(object);
	return text;
}

static void check(char *text, const char *want)
{
	assert_string_equal(text, want);
	free(text);
}

static void test_table(void **state)
{
	(void)state;
	check(rows_text(GWS_OUTPUT_TABLE, rows_json, true),
	      "NAME     PORTS    READY   AGE\n"
	      "web-gw   80,443   True    -\n"
	      "a        -        False   -\n");
	check(rows_text(GWS_OUTPUT_WIDE, rows_json, true),
	      "NAME     PORTS    READY   AGE   ID\n"
	      "web-gw   80,443   True    -     7\n"
	      "a        -        False   -     9007199254740991\n");
	check(rows_text(GWS_OUTPUT_TABLE, rows_json, false),
	      "web-gw   80,443   True    -\n"
	      "a        -        False   -\n");
	check(rows_text(GWS_OUTPUT_TABLE, "[]", false), "");
	check(rows_text(GWS_OUTPUT_TABLE, "[{\"name\":{\"reset\":2,\"connect\":1},"
			"\"ports\":{}}]", false),
	      "reset=2,connect=1   -   -   -\n");
}

static void test_json(void **state)
{
	char *text = rows_text(GWS_OUTPUT_JSON, rows_json, true);
	cJSON *parsed = cJSON_Parse(text), *want = cJSON_Parse(rows_json);

	(void)state;
	assert_true(cJSON_Compare(parsed, want, true));
	cJSON_Delete(want);
	cJSON_Delete(parsed);
	free(text);
}

static void test_yaml(void **state)
{
	(void)state;
	check(object_text(GWS_OUTPUT_YAML,
			  "{\"a\":{\"num\":80,\"t\":\"true\",\"s\":\"80\","
			  "\"p\":\"/x\",\"e\":\"\",\"x\":null,\"c\":\"a: b\"},"
			  "\"l\":[1,\"no\",{\"k\":[]}],\"o\":{}}"),
	      "a:\n"
	      "  num: 80\n"
	      "  t: \"true\"\n"
	      "  s: \"80\"\n"
	      "  p: /x\n"
	      "  e: \"\"\n"
	      "  x: null\n"
	      "  c: 'a: b'\n"
	      "l:\n"
	      "- 1\n"
	      "- \"no\"\n"
	      "- k: []\n"
	      "o: {}\n");
}

static void test_block(void **state)
{
	(void)state;
	check(object_text(GWS_OUTPUT_TABLE,
			  "{\"name\":\"x\",\"ports\":[1,2],\"in\":{\"a\":\"\","
			  "\"rows\":[{\"b\":1},{\"b\":2}]},"
			  "\"words\":[\"two words\",\"one\"]}"),
	      "name: x\n"
	      "ports: 1,2\n"
	      "in:\n"
	      "  a: -\n"
	      "  rows:\n"
	      "    b: 1\n"
	      "\n"
	      "    b: 2\n"
	      "words:\n"
	      "  two words\n"
	      "  one\n");
}

/* What a manifest's author wrote never moves the reader's cursor. */
static void test_controls(void **state)
{
	char *text;

	(void)state;
	text = rows_text(GWS_OUTPUT_TABLE,
			 "[{\"name\":\"a\\u001b[2Jb\\nc\\u007f\\u009b2J\\u00a0\"}]",
			 false);
	assert_null(strchr(text, '\033'));
	assert_null(strchr(text, '\177'));
	assert_non_null(strstr(text, "a?[2Jb?c??2J\xc2\xa0"));
	free(text);
}

static void test_names(void **state)
{
	enum gws_output output;

	(void)state;
	assert_int_equal(gws_output_parse("yaml", &output), 0);
	assert_int_equal(output, GWS_OUTPUT_YAML);
	assert_int_equal(gws_output_parse("xml", &output), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table), cmocka_unit_test(test_json),
		cmocka_unit_test(test_yaml), cmocka_unit_test(test_block),
		cmocka_unit_test(test_controls), cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests_name("print", tests, NULL, NULL);
}
