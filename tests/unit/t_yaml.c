// SPDX-License-Identifier: MIT
/*
 * YAML as kubectl takes it: types of scalars, documents, lines, limits.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../userspace/lib/jsonx.h"
#include "yaml_tree.h"

enum { DOCS = 8 };

struct docs {
	cJSON *root[DOCS];
	int line[DOCS];
	char error[DOCS][256];
	int n;
};

static void take(const struct gws_yaml_doc *doc, void *data)
{
	struct docs *docs = data;

	assert_true(docs->n < DOCS);
	docs->root[docs->n] = doc->root;
	docs->line[docs->n] = doc->line;
	snprintf(docs->error[docs->n], sizeof(docs->error[0]), "%s",
		 doc->error ? doc->error : "");
	docs->n++;
}

/* From memory that ends with the text, so that ASan sees any byte beyond. */
static void read_text(const char *text, struct docs *docs)
{
	size_t len = strlen(text);
	char *copy = malloc(len ? len : 1);

	memcpy(copy, text, len);
	memset(docs, 0, sizeof(*docs));
	gws_yaml_read(copy, len, take, docs);
	free(copy);
}

static void clear(struct docs *docs)
{
	while (docs->n)
		cJSON_Delete(docs->root[--docs->n]);
}

static void scalars(void **state)
{
	static const struct {
		const char *yaml;
		const char *json;
	} cases[] = {
		{ "true", "true" }, { "True", "true" }, { "TRUE", "true" },
		{ "tRUE", "\"tRUE\"" },
		{ "yes", "true" }, { "No", "false" }, { "on", "true" },
		{ "OFF", "false" }, { "y", "true" }, { "N", "false" },
		{ "'yes'", "\"yes\"" }, { "\"true\"", "\"true\"" },
		{ "!!str yes", "\"yes\"" }, { "! yes", "\"yes\"" },
		{ "!!bool 'yes'", "true" }, { "!!int '17'", "17" },
		{ "null", "null" }, { "~", "null" }, { "", "null" },
		{ "''", "\"\"" }, { "Null", "null" }, { "nil", "\"nil\"" },
		{ "80", "80" }, { "+80", "80" }, { "-80", "-80" },
		{ "0x1F", "31" }, { "017", "15" }, { "0o17", "15" },
		{ "0b101", "5" }, { "1_000", "1000" }, { "08", "8" },
		{ "1e3", "1000" }, { "1.5", "1.5" }, { ".5", "0.5" },
		{ "1.", "1" }, { ".", "\".\"" },
		{ "1e", "\"1e\"" }, { "0x", "\"0x\"" }, { "0x0x1", "\"0x0x1\"" },
		{ "1.2.3.4", "\"1.2.3.4\"" }, { "--1", "\"--1\"" },
		{ "10s", "\"10s\"" }, { ".inf", "\".inf\"" },
		{ "2024-05-01", "\"2024-05-01\"" },
		{ "2024-05-01T00:00:00Z", "\"2024-05-01T00:00:00Z\"" },
		{ "99999999999999999999", "1e+20" },
		{ "12:30", "\"12:30\"" },
	};
	struct docs docs;
	char text[128];
	char *json;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(text, sizeof(text), "v: %s\n", cases[i].yaml);
		read_text(text, &docs);
		assert_int_equal(docs.n, 1);
		json = cJSON_PrintUnformatted(docs.root[0]->child);
		assert_string_equal(json, cases[i].json);
		free(json);
		clear(&docs);
	}
}

static void keys(void **state)
{
	struct docs docs;

	(void)state;
	read_text("yes: a\n1: b\n0x10: c\n'null': d\n1.5: e\n", &docs);
	assert_string_equal(gws_json_str(docs.root[0], "true", ""), "a");
	assert_string_equal(gws_json_str(docs.root[0], "1", ""), "b");
	assert_string_equal(gws_json_str(docs.root[0], "16", ""), "c");
	assert_string_equal(gws_json_str(docs.root[0], "null", ""), "d");
	assert_string_equal(gws_json_str(docs.root[0], "1.5", ""), "e");
	clear(&docs);
}

static void documents(void **state)
{
	struct docs docs;

	(void)state;
	read_text("# comment\n---\na: 1\n--- # next\n\n---\nb: [\n---\nc: 3\n...\n---\n",
		  &docs);
	assert_int_equal(docs.n, 3);
	assert_int_equal(gws_json_int(docs.root[0], "a", 0), 1);
	assert_int_equal(docs.line[0], 3);
	assert_null(docs.root[1]);
	assert_int_equal(docs.line[1], 8);
	assert_int_equal(gws_json_int(docs.root[2], "c", 0), 3);
	assert_int_equal(docs.line[2], 9);
	clear(&docs);
	/* A separator only at the start of a line, with nothing behind it. */
	read_text("a: |\n  x\n  ---\n  y\nb: ---x\n", &docs);
	assert_int_equal(docs.n, 1);
	assert_string_equal(gws_json_str(docs.root[0], "a", ""), "x\n---\ny\n");
	clear(&docs);
	read_text("", &docs);
	assert_int_equal(docs.n, 0);
	read_text("\r\n---\r\na: 1\r\n---\r\nb: 2", &docs);
	assert_int_equal(docs.n, 2);
	clear(&docs);
}

static void lines(void **state)
{
	struct docs docs;
	const cJSON *list;

	(void)state;
	read_text("---\na:\n  - x\n  - {b: 5,\n     c: 6}\n", &docs);
	list = gws_json_get(docs.root[0], "a");
	assert_int_equal(gws_yaml_line(list), 3);
	assert_int_equal(gws_yaml_line(list->child), 3);
	assert_int_equal(gws_yaml_line(gws_json_get(list->child->next, "b")), 4);
	assert_int_equal(gws_yaml_line(gws_json_get(list->child->next, "c")), 5);
	assert_int_equal(gws_json_int(list->child->next, "c", 0), 6);
	assert_int_equal(gws_yaml_line(NULL), 0);
	clear(&docs);
}

static void json_text(void **state)
{
	struct docs docs;

	(void)state;
	read_text("{\n\t\"a\":1,\"b\":[true,null,\"x\\/y\\u00e9\"],\n\t\"c\":{}}\n",
		  &docs);
	assert_int_equal(docs.n, 1);
	assert_string_equal(gws_json_get(docs.root[0], "b")->child->next->next
			    ->valuestring, "x/y\xc3\xa9");
	clear(&docs);
}

/* A character beyond U+FFFF is two escapes in JSON, and none in YAML. */
static void json_surrogates(void **state)
{
	static const struct {
		const char *text;
		const char *value;	/* of "a"; NULL: an error */
	} cases[] = {
		{ "{\"a\":\"\\ud83d\\ude00\"}", "\xf0\x9f\x98\x80" },
		{ " {\"a\":\"<\\uD83D\\uDE00>\"} \n", "<\xf0\x9f\x98\x80>" },
		{ "{\"a\":\"\\\\ud83d\\\\ude00\"}", "\\ud83d\\ude00" },
		{ "{\"a\":\"\\\\\\ud83d\\ude00\"}", "\\\xf0\x9f\x98\x80" },
		{ "{\"a\":\"\\u00e9\\\"\"}", "\xc3\xa9\"" },
		/* Halves of a pair are no characters. */
		{ "{\"a\":\"\\ud83d\"}", NULL },
		{ "{\"a\":\"\\ud83dx\"}", NULL },
		{ "{\"a\":\"\\ude00\\ud83d\"}", NULL },
		/* No JSON: the characters stand for themselves, or are wrong. */
		{ "{a: '\\ud83d\\ude00'}", "\\ud83d\\ude00" },
		{ "a: \"\\ud83d\\ude00\"", NULL },
	};
	struct docs docs;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		read_text(cases[i].text, &docs);
		assert_int_equal(docs.n, 1);
		if (cases[i].value)
			assert_string_equal(gws_json_str(docs.root[0], "a", ""),
					    cases[i].value);
		else
			assert_null(docs.root[0]);
		clear(&docs);
	}
	/* Lines stay where they are. */
	read_text("{\n\"a\":\"\\ud83d\\ude00\",\n\"b\":{}\n}", &docs);
	assert_int_equal(gws_yaml_line(gws_json_get(docs.root[0], "b")), 3);
	clear(&docs);
}

static void aliases(void **state)
{
	struct docs docs;
	const cJSON *b;

	(void)state;
	read_text("a: &x {p: 1, q: 2}\nb: {<<: *x, q: 3}\nc: *x\nd: {<<: [{p: 7}, *x]}\n",
		  &docs);
	b = gws_json_get(docs.root[0], "b");
	assert_int_equal(gws_json_int(b, "p", 0), 1);
	assert_int_equal(gws_json_int(b, "q", 0), 3);
	assert_int_equal(cJSON_GetArraySize(b), 2);
	assert_int_equal(gws_json_int(gws_json_get(docs.root[0], "c"), "q", 0),
			 2);
	b = gws_json_get(docs.root[0], "d");
	assert_int_equal(gws_json_int(b, "p", 0), 7);
	assert_int_equal(gws_json_int(b, "q", 0), 2);
	clear(&docs);
	/* What was merged is no part of the tree, and has its name still. */
	read_text("a: {<<: &x {p: 1}}\nb: *x\n", &docs);
	b = gws_json_get(docs.root[0], "b");
	assert_int_equal(gws_json_int(b, "p", 0), 1);
	clear(&docs);
}

static void errors(void **state)
{
	static const struct {
		const char *text;
		const char *error;
		int line;
	} cases[] = {
		{ "a: 1\na: 2\n", "key \"a\" stands twice", 2 },
		{ "a: 1\n'a': 2\n", "key \"a\" stands twice", 2 },
		{ "? [a]\n: 1\n", "a key must be a scalar", 1 },
		{ "~: 1\n", "a key must not be null", 1 },
		{ "a: \"x\\0y\"\n", "a NUL character in a string", 1 },
		{ "a: !!int x\n", "\"x\" does not fit its tag tag:yaml.org,2002:int",
		  1 },
		{ "a: !!binary eA==\n", "\"eA==\" does not fit its tag tag:yaml.org,2002:binary",
		  1 },
		{ "a: &x [*x]\n", "alias *x contains itself", 1 },
		{ "a:\n  b: *y\n", "alias *y has no anchor", 2 },
		{ "a: {<<: 5}\n", "\"<<\" needs a mapping or a list of them", 1 },
		{ "a: {<<: [5]}\n", "\"<<\" needs a mapping or a list of them", 1 },
		{ "\xff\xfe", NULL, 0 },
		{ "a: \x01\n", NULL, 1 },
		{ "a: \"unclosed\n", NULL, 0 },
	};
	struct docs docs;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		read_text(cases[i].text, &docs);
		assert_true(docs.n <= 1);
		if (cases[i].error || docs.n) {
			assert_null(docs.root[0]);
			assert_true(*docs.error[0]);
		}
		if (cases[i].error)
			assert_string_equal(docs.error[0], cases[i].error);
		if (cases[i].line)
			assert_int_equal(docs.line[0], cases[i].line);
		clear(&docs);
	}
}

static void limits(void **state)
{
	size_t n = 4 * GWS_YAML_DEPTH_MAX, i;
	char *text = malloc(n + GWS_YAML_KEYS_MAX * 12 + 64), *at;
	struct docs docs;

	(void)state;
	memset(text, '[', n);
	text[n] = '\0';
	read_text(text, &docs);
	assert_string_equal(docs.error[0], "nested more than 100 deep");
	clear(&docs);
	at = text;
	for (i = 0; i <= GWS_YAML_KEYS_MAX; i++)
		at += sprintf(at, "k%zu: 1\n", i);
	read_text(text, &docs);
	assert_string_equal(docs.error[0], "a mapping of more than 20000 keys");
	assert_int_equal(docs.line[0], GWS_YAML_KEYS_MAX + 1);
	clear(&docs);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scalars), cmocka_unit_test(keys),
		cmocka_unit_test(documents), cmocka_unit_test(lines),
		cmocka_unit_test(json_text), cmocka_unit_test(json_surrogates),
		cmocka_unit_test(aliases),
		cmocka_unit_test(errors), cmocka_unit_test(limits),
	};

	return cmocka_run_group_tests_name("yaml", tests, NULL, NULL);
}
