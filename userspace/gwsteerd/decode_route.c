// SPDX-License-Identifier: MIT
/*
 * HTTPRoute. Fields of the API that this release does not carry out are noted
 * with their path, for the conditions.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/gwsteer.h>

#include "../lib/jsonx.h"
#include "../lib/mem.h"
#include "decode_kinds.h"
#include "regex.h"
#include "schema.h"

/* What is decoded, and what the expressions of the object may still cost. */
struct decoder {
	struct gws_object *object;
	struct gws_route_rule *rule;
	size_t work;
};

/* A field that this release does not carry out; the caller says what it is. */
__attribute__((format(printf, 3, 4)))
static struct gws_unsupported *note(struct gws_object *object,
				    struct gws_route_rule *rule,
				    const char *format, ...)
{
	struct gws_unsupported *unsupported;
	char field[128];
	va_list args;

	va_start(args, format);
	vsnprintf(field, sizeof(field), format, args);
	va_end(args);
	unsupported = gws_mem_push(object->arena, rule->unsupported,
				   rule->nunsupported);
	unsupported->field = gws_mem_strdup(object->arena, field);
	return unsupported;
}

static void decode_parent(struct gws_object *object, const cJSON *item)
{
	struct gws_httproute *route = &object->route;
	struct gws_parent_ref *parent;

	parent = gws_mem_push(object->arena, route->parents, route->nparents);
	parent->group = gws_decode_text(object, item, "group", GWS_GROUP);
	parent->kind = gws_decode_text(object, item, "kind", "Gateway");
	parent->namespace = gws_decode_text(object, item, "namespace",
					    object->namespace);
	parent->name = gws_decode_text(object, item, "name", "");
	parent->section = gws_decode_text(object, item, "sectionName", NULL);
	parent->port = (uint16_t)gws_json_int(item, "port", 0);
	parent->has_namespace = gws_json_get(item, "namespace");
}

/* NULL: noted, with what is wrong with it. */
static const struct gws_regex *decode_regex(struct decoder *decoder,
					    const char *text,
					    const char *field)
{
	const struct gws_regex *regex;
	const char *why;

	regex = gws_regex_compile(decoder->object->arena, text, &decoder->work,
				  &why);
	if (!regex)
		note(decoder->object, decoder->rule, "%s", field)->why =
			gws_mem_printf(decoder->object->arena,
				       "regular expression \"%.200s\" %s", text,
				       why);
	return regex;
}

static void decode_values(struct decoder *decoder,
			  struct gws_route_value **values, size_t *count,
			  const cJSON *tree, const char *path, const char *list)
{
	struct gws_arena *arena = decoder->object->arena;
	struct gws_route_value *value;
	const cJSON *item;
	char field[128];
	int i = 0;

	cJSON_ArrayForEach(item, tree) {
		value = gws_mem_push(arena, *values, *count);
		value->name = gws_decode_text(decoder->object, item, "name", "");
		value->value = gws_decode_text(decoder->object, item, "value",
					       "");
		snprintf(field, sizeof(field), "%s.%s[%d].value", path, list,
			 i++);
		if (!strcmp(gws_json_str(item, "type", "Exact"),
			    "RegularExpression"))
			value->regex = decode_regex(decoder, value->value,
						    field);
	}
}

/* @item may be NULL: the default match. */
static void decode_match(struct decoder *decoder, const cJSON *item,
			 const char *path)
{
	const cJSON *where = gws_json_get(item, "path");
	const char *type = gws_json_str(where, "type", "PathPrefix");
	struct gws_object *object = decoder->object;
	struct gws_route_match *match;
	char field[128];

	match = gws_mem_push(object->arena, decoder->rule->matches,
			     decoder->rule->nmatches);
	match->path_type = !strcmp(type, "Exact") ? GWS_MATCH_EXACT :
							GWS_MATCH_PREFIX;
	match->path = gws_decode_text(object, where, "value", "/");
	if (!strcmp(type, "RegularExpression")) {
		snprintf(field, sizeof(field), "%s.path.value", path);
		match->path_type = GWS_MATCH_REGEX;
		match->regex = decode_regex(decoder, match->path, field);
	}
	match->method = gws_decode_text(object, item, "method", NULL);
	decode_values(decoder, &match->headers, &match->nheaders,
		      gws_json_get(item, "headers"), path, "headers");
	decode_values(decoder, &match->queries, &match->nqueries,
		      gws_json_get(item, "queryParams"), path, "queryParams");
}

static void decode_filters(struct gws_object *object, const cJSON *tree,
			   const char *path, struct gws_route_filter **filters,
			   size_t *n)
{
	const cJSON *item;
	size_t i = 0;

	cJSON_ArrayForEach(item, gws_json_get(tree, "filters"))
		gws_decode_filter(object, item, path, i++, filters, n);
}

static void decode_backend(struct gws_object *object,
			   struct gws_route_rule *rule, const cJSON *item,
			   const char *path)
{
	struct gws_backend_ref *backend;

	backend = gws_mem_push(object->arena, rule->backends, rule->nbackends);
	gws_decode_ref(object, item, backend);
	backend->weight = (uint32_t)gws_json_int(item, "weight", 1);
	decode_filters(object, item, path, &backend->filters,
		       &backend->nfilters);
}

/*
 * What would end after more than 24 days ends then: the kernel counts milliseconds
 * in 31 bits.
 */
static uint32_t decode_duration(const cJSON *tree, const char *name)
{
	const char *text = gws_json_str(tree, name, NULL);
	long long ms = text ? gws_duration_ms(text) : 0;

	return (uint32_t)(ms < INT32_MAX ? ms : INT32_MAX);
}

static bool is_zero(const cJSON *tree, const char *name)
{
	const char *text = gws_json_str(tree, name, NULL);

	return text && !gws_duration_ms(text);
}

/*
 * One that says 0s wants no limit, not the node's response_timeout: that is not the
 * same as to say nothing.
 */
static void decode_timeouts(struct gws_tries *tries, const cJSON *timeouts)
{
	tries->timeout = decode_duration(timeouts, "request");
	tries->try_timeout = decode_duration(timeouts, "backendRequest");
	if (!tries->timeout && !tries->try_timeout &&
	    (is_zero(timeouts, "request") ||
	     is_zero(timeouts, "backendRequest")))
		tries->timeout = INT32_MAX;
}

static int compare_codes(const void *a, const void *b)
{
	return *(const uint16_t *)a - *(const uint16_t *)b;
}

static void decode_codes(struct gws_object *object, struct gws_tries *tries,
			 const cJSON *list)
{
	uint16_t *codes = gws_mem_take(object->arena, sizeof(*codes) *
				       (size_t)cJSON_GetArraySize(list));
	const cJSON *item;

	cJSON_ArrayForEach(item, list)
		codes[tries->n_codes++] = (uint16_t)item->valuedouble;
	if (tries->n_codes)
		qsort(codes, tries->n_codes, sizeof(*codes), compare_codes);
	tries->codes = codes;
}

static void decode_tries(struct gws_object *object, struct gws_route_rule *rule,
			 const cJSON *item, const char *path)
{
	const cJSON *retry = gws_json_get(item, "retry");
	struct gws_tries *tries = &rule->tries;
	long long attempts = gws_json_int(retry, "attempts", 1);

	decode_timeouts(tries, gws_json_get(item, "timeouts"));
	if (!retry)
		return;
	tries->retry = true;
	tries->attempts = (uint32_t)attempts;
	tries->backoff = decode_duration(retry, "backoff");
	decode_codes(object, tries, gws_json_get(retry, "codes"));
	if (attempts > GWS_ATTEMPTS_MAX)
		note(object, rule, "%s.retry.attempts", path)->what =
			gws_mem_printf(object->arena, "more than %d attempts",
				       GWS_ATTEMPTS_MAX);
}

static void decode_rule(struct decoder *decoder, const cJSON *item, int index)
{
	struct gws_object *object = decoder->object;
	struct gws_httproute *route = &object->route;
	struct gws_route_rule *rule;
	const cJSON *part;
	char path[96];
	int i = 0;

	rule = gws_mem_push(object->arena, route->rules, route->nrules);
	decoder->rule = rule;
	rule->name = gws_decode_text(object, item, "name", NULL);
	cJSON_ArrayForEach(part, gws_json_get(item, "matches")) {
		snprintf(path, sizeof(path), "spec.rules[%d].matches[%d]",
			 index, i++);
		decode_match(decoder, part, path);
	}
	if (!i)
		decode_match(decoder, NULL, "");
	i = 0;
	cJSON_ArrayForEach(part, gws_json_get(item, "backendRefs")) {
		snprintf(path, sizeof(path), "spec.rules[%d].backendRefs[%d]",
			 index, i++);
		decode_backend(object, rule, part, path);
	}
	snprintf(path, sizeof(path), "spec.rules[%d]", index);
	decode_filters(object, item, path, &rule->filters,
		       &rule->nfilters);
	decode_tries(object, rule, item, path);
}

void gws_decode_httproute(struct gws_object *object, const cJSON *tree)
{
	const cJSON *spec = gws_json_get(tree, "spec"), *item;
	struct decoder decoder = { object, NULL, GWS_REGEX_WORK_MAX };
	struct gws_httproute *route = &object->route;
	int i = 0;

	cJSON_ArrayForEach(item, gws_json_get(spec, "parentRefs"))
		decode_parent(object, item);
	cJSON_ArrayForEach(item, gws_json_get(spec, "hostnames"))
		*gws_mem_push(object->arena, route->hostnames,
			      route->nhostnames) =
			gws_mem_strdup(object->arena, item->valuestring);
	cJSON_ArrayForEach(item, gws_json_get(spec, "rules"))
		decode_rule(&decoder, item, i++);
	if (!i)
		decode_rule(&decoder, NULL, 0);
}
