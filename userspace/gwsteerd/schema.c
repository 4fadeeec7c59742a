// SPDX-License-Identifier: MIT
/*
 * Walks a JSON tree along a schema table and reports every mistake with the
 * path of its field.
 */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/jsonx.h"
#include "problem.h"
#include "schema.h"
#include "yaml_tree.h"

enum {
	PATH_MAX_TEXT = 512,
	ERRORS_MAX = 20,	/* of one object; more help nobody */
	NAME_MAX_TEXT = 64,	/* names longer than this are like no other */
};

struct gws_check {
	const char *file;
	const char *object;
	struct gws_problems *problems;
	char path[PATH_MAX_TEXT];
	size_t len;
	int errors;
};

static void check_node(struct gws_check *check, const struct gws_schema *schema,
		       const cJSON *node);

static void report(struct gws_check *check, const cJSON *node, const char *text)
{
	if (++check->errors > ERRORS_MAX)
		return;
	gws_problems_add(check->problems, GWS_LEVEL_ERROR, check->file,
			 gws_yaml_line(node), check->object, check->path,
			 "%s", text);
}

/* At the place itself. */
#define fail(check, node, ...)	gws_check_fail(check, node, NULL, __VA_ARGS__)

/* Returns the length to give back to leave(). */
static size_t enter(struct gws_check *check, const char *name)
{
	size_t before = check->len;
	int n = snprintf(check->path + before, sizeof(check->path) - before,
			 "%s%s", before && *name != '[' ? "." : "", name);

	check->len += (size_t)n;
	if (check->len >= sizeof(check->path))
		check->len = sizeof(check->path) - 1;
	return before;
}

static size_t enter_index(struct gws_check *check, int index)
{
	char name[16];

	snprintf(name, sizeof(name), "[%d]", index);
	return enter(check, name);
}

static void leave(struct gws_check *check, size_t before)
{
	check->len = before;
	check->path[before] = '\0';
}

void gws_check_fail(struct gws_check *check, const cJSON *node,
		    const char *below, const char *format, ...)
{
	size_t before = below ? enter(check, below) : check->len;
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	report(check, node, text);
	leave(check, before);
}

static bool is_integer(const cJSON *node)
{
	return cJSON_IsNumber(node) &&
	       node->valuedouble == trunc(node->valuedouble);
}

static const char *type_of(const cJSON *node)
{
	if (cJSON_IsBool(node))
		return "a boolean";
	if (cJSON_IsNumber(node))
		return is_integer(node) ? "an integer" : "a fraction";
	if (cJSON_IsString(node))
		return "a string";
	return cJSON_IsArray(node) ? "a list" : "a mapping";
}

/* What to do with a string that is a number or a boolean but for its quotes. */
static const char *unquote_hint(const cJSON *node, bool boolean)
{
	const char *text = cJSON_IsString(node) ? node->valuestring : "";
	bool fits;

	if (boolean)
		fits = !strcmp(text, "true") || !strcmp(text, "false");
	else
		fits = *text && !text[strspn(text, "0123456789")];
	return fits ? " (write it without quotes)" : "";
}

static bool check_type(struct gws_check *check, const struct gws_schema *schema,
		       const cJSON *node)
{
	static const char *const wanted[] = {
		[GWS_S_OBJECT] = "a mapping", [GWS_S_MAP] = "a mapping",
		[GWS_S_ARRAY] = "a list", [GWS_S_STRING] = "a string",
		[GWS_S_INTEGER] = "an integer", [GWS_S_BOOLEAN] = "a boolean",
		[GWS_S_INT_OR_STRING] = "an integer or a string",
	};
	const char *hint = "";
	bool fits = true;

	switch (schema->type) {
	case GWS_S_ANY:
		break;
	case GWS_S_OBJECT:
	case GWS_S_MAP:
		fits = cJSON_IsObject(node);
		break;
	case GWS_S_ARRAY:
		fits = cJSON_IsArray(node);
		break;
	case GWS_S_STRING:
		fits = cJSON_IsString(node);
		if (cJSON_IsBool(node) || cJSON_IsNumber(node))
			hint = " (write it in quotes)";
		break;
	case GWS_S_INTEGER:
		fits = is_integer(node);
		hint = unquote_hint(node, false);
		break;
	case GWS_S_BOOLEAN:
		fits = cJSON_IsBool(node);
		hint = unquote_hint(node, true);
		break;
	case GWS_S_INT_OR_STRING:
		fits = cJSON_IsString(node) || is_integer(node);
		break;
	}
	if (!fits)
		fail(check, node, "must be %s, not %s%s", wanted[schema->type],
		     type_of(node), hint);
	return fits;
}

/* Characters of UTF-8, as the API counts lengths. */
static long long characters(const char *text)
{
	long long n = 0;

	for (; *text; text++)
		n += (*text & 0xc0) != 0x80;
	return n;
}

static void check_enum(struct gws_check *check, const struct gws_schema *schema,
		       const cJSON *node)
{
	const char *const *value;
	char list[256] = "";
	size_t len = 0;

	for (value = schema->values; *value; value++)
		if (!strcmp(*value, node->valuestring))
			return;
	for (value = schema->values; *value && len < sizeof(list); value++)
		len += (size_t)snprintf(list + len, sizeof(list) - len, "%s%s",
					len ? ", " : "", *value);
	fail(check, node, "\"%.100s\" is not one of %s", node->valuestring,
	     list);
}

static void check_string(struct gws_check *check,
			 const struct gws_schema *schema, const cJSON *node)
{
	long long n = characters(node->valuestring);
	const char *wrong;

	if (n < schema->min) {
		fail(check, node, "must not be empty");
	} else if (schema->max && n > schema->max) {
		fail(check, node, "has %lld characters, at most %lld are allowed",
		     n, schema->max);
	} else if (schema->values) {
		check_enum(check, schema, node);
	} else if (schema->format) {
		wrong = schema->format(node->valuestring);
		if (wrong)
			fail(check, node, "\"%.100s\" %s", node->valuestring,
			     wrong);
	}
}

static void check_number(struct gws_check *check,
			 const struct gws_schema *schema, const cJSON *node)
{
	double number = node->valuedouble;

	if (schema->max && (number < (double)schema->min ||
			    number > (double)schema->max))
		fail(check, node, "must be %lld to %lld, not %.15g",
		     schema->min, schema->max, number);
	else if (number < (double)schema->min)
		fail(check, node, "must be at least %lld, not %.15g",
		     schema->min, number);
}

static bool same_item(const struct gws_schema *schema, const cJSON *a,
		      const cJSON *b)
{
	if (schema->key) {
		a = gws_json_get(a, schema->key);
		b = gws_json_get(b, schema->key);
	}
	if (cJSON_IsString(a) && cJSON_IsString(b))
		return !strcmp(a->valuestring, b->valuestring);
	return cJSON_IsNumber(a) && cJSON_IsNumber(b) &&
	       a->valuedouble == b->valuedouble;
}

/* Lists of this kind have at most 64 items, so every pair may be compared. */
static void check_unique(struct gws_check *check,
			 const struct gws_schema *schema, const cJSON *node)
{
	const cJSON *item, *other;
	size_t before;
	int i = 0;

	cJSON_ArrayForEach(item, node) {
		for (other = node->child; other != item; other = other->next)
			if (same_item(schema, item, other))
				break;
		if (other != item) {
			before = enter_index(check, i);
			if (schema->key)
				enter(check, schema->key);
			fail(check, item, "stands twice in the list");
			leave(check, before);
		}
		i++;
	}
}

static void check_array(struct gws_check *check,
			const struct gws_schema *schema, const cJSON *node)
{
	int n = cJSON_GetArraySize(node), i = 0;
	const cJSON *item;
	size_t before;

	if (n < schema->min)
		fail(check, node, "must not be empty");
	if (schema->max && n > schema->max) {
		fail(check, node, "has %d items, at most %lld are allowed", n,
		     schema->max);
		return;
	}
	cJSON_ArrayForEach(item, node) {
		before = enter_index(check, i++);
		if (cJSON_IsNull(item))
			fail(check, item, "must not be null");
		else
			check_node(check, schema->item, item);
		leave(check, before);
	}
	if (schema->key || schema->set)
		check_unique(check, schema, node);
}

static void check_map(struct gws_check *check, const struct gws_schema *schema,
		      const cJSON *node)
{
	int n = cJSON_GetArraySize(node);
	const cJSON *member;
	size_t before;

	if (schema->max && n > schema->max)
		fail(check, node, "has %d entries, at most %lld are allowed", n,
		     schema->max);
	cJSON_ArrayForEach(member, node) {
		before = enter(check, member->string);
		if (!cJSON_IsNull(member))
			check_node(check, schema->item, member);
		leave(check, before);
	}
}

/* Levenshtein's. */
size_t gws_schema_distance(const char *a, const char *b)
{
	size_t row[NAME_MAX_TEXT + 1], i, j, diagonal, above;
	size_t m = strlen(a), n = strlen(b);

	if (m > NAME_MAX_TEXT || n > NAME_MAX_TEXT)
		return NAME_MAX_TEXT;
	for (j = 0; j <= n; j++)
		row[j] = j;
	for (i = 1; i <= m; i++) {
		diagonal = row[0];
		row[0] = i;
		for (j = 1; j <= n; j++) {
			above = row[j];
			if (a[i - 1] != b[j - 1])
				diagonal++;
			if (above + 1 < diagonal)
				diagonal = above + 1;
			if (row[j - 1] + 1 < diagonal)
				diagonal = row[j - 1] + 1;
			row[j] = diagonal;
			diagonal = above;
		}
	}
	return row[n];
}

/* Fields that are known, but not in the standard channel. */
static bool is_experimental(const char *name)
{
	static const char *const names[] = {
		"defaultScope", "externalAuth", "routability",
		"sessionPersistence", "useDefaultGateways",
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(names[i], name))
			return true;
	return false;
}

static void unknown_field(struct gws_check *check,
			  const struct gws_schema *fields, const cJSON *node)
{
	const char *best = NULL;
	size_t least = strlen(node->string) < 4 ? 2 : 3, d;

	for (; fields->name; fields++) {
		d = gws_schema_distance(node->string, fields->name);
		if (d < least) {
			least = d;
			best = fields->name;
		}
	}
	if (best)
		fail(check, node, "unknown field, did you mean \"%s\"?", best);
	else if (is_experimental(node->string))
		fail(check, node,
		     "unknown field: of the experimental channel, which is not read");
	else
		fail(check, node, "unknown field");
}

static const struct gws_schema *find_field(const struct gws_schema *fields,
					   const char *name)
{
	for (; fields->name; fields++)
		if (!strcmp(fields->name, name))
			return fields;
	return NULL;
}

static void check_object(struct gws_check *check,
			 const struct gws_schema *schema, const cJSON *node)
{
	const struct gws_schema *field;
	const cJSON *member;
	size_t before;

	cJSON_ArrayForEach(member, node) {
		field = find_field(schema->fields, member->string);
		before = enter(check, member->string);
		if (!field)
			unknown_field(check, schema->fields, member);
		else if (!cJSON_IsNull(member))
			check_node(check, field, member);
		leave(check, before);
	}
	for (field = schema->fields; field->name; field++) {
		if (!field->required || gws_json_get(node, field->name))
			continue;
		before = enter(check, field->name);
		fail(check, node, "is required");
		leave(check, before);
	}
}

static void check_node(struct gws_check *check, const struct gws_schema *schema,
		       const cJSON *node)
{
	int before = check->errors;

	if (!check_type(check, schema, node))
		return;
	if (schema->type == GWS_S_OBJECT)
		check_object(check, schema, node);
	else if (schema->type == GWS_S_MAP)
		check_map(check, schema, node);
	else if (schema->type == GWS_S_ARRAY)
		check_array(check, schema, node);
	else if (schema->type == GWS_S_STRING)
		check_string(check, schema, node);
	else if (schema->type == GWS_S_INTEGER)
		check_number(check, schema, node);
	/* Rules may rely on the types of what they look at. */
	if (schema->rule && check->errors == before)
		schema->rule(check, node);
}

int gws_schema_check(const struct gws_schema *schema, const cJSON *node,
		     const char *file, const char *object,
		     struct gws_problems *problems)
{
	struct gws_check check = {
		.file = file, .object = object, .problems = problems,
	};

	check_node(&check, schema, node);
	if (check.errors > ERRORS_MAX)
		gws_problems_add(problems, GWS_LEVEL_ERROR, file,
				 gws_yaml_line(node), object, NULL,
				 "%d more mistakes",
				 check.errors - ERRORS_MAX);
	return check.errors;
}
