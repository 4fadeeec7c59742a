// SPDX-License-Identifier: MIT
/*
 * The filters of an HTTPRoute as they are written; resolve_filter.c judges them.
 */
#include <string.h>

#include "../lib/jsonx.h"
#include "../lib/mem.h"
#include "decode_kinds.h"

/* Members of the types that are carried out, by kind. */
static const char *const members[__GWS_FILTER_LAST] = {
	[GWS_FILTER_REQUEST_HEADERS] = "requestHeaderModifier",
	[GWS_FILTER_RESPONSE_HEADERS] = "responseHeaderModifier",
	[GWS_FILTER_REDIRECT] = "requestRedirect",
	[GWS_FILTER_REWRITE] = "urlRewrite",
	[GWS_FILTER_CORS] = "cors",
	[GWS_FILTER_MIRROR] = "requestMirror",
};

static void decode_fields(struct gws_object *object, const cJSON *list,
			  struct gws_filter_field **fields, size_t *n)
{
	struct gws_filter_field *field;
	const cJSON *item;

	cJSON_ArrayForEach(item, list) {
		field = gws_mem_push(object->arena, *fields, *n);
		field->name = gws_decode_text(object, item, "name", "");
		field->value = gws_decode_text(object, item, "value", "");
	}
}

static void decode_texts(struct gws_object *object, const cJSON *list,
			 const char ***texts, size_t *n)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, list)
		*gws_mem_push(object->arena, *texts, *n) =
			gws_mem_strdup(object->arena, item->valuestring);
}

static void decode_modifier(struct gws_object *object, const cJSON *tree,
			    struct gws_filter *filter)
{
	decode_fields(object, gws_json_get(tree, "set"), &filter->set,
		      &filter->n_set);
	decode_fields(object, gws_json_get(tree, "add"), &filter->add,
		      &filter->n_add);
	decode_texts(object, gws_json_get(tree, "remove"), &filter->remove,
		     &filter->n_remove);
}

static void decode_path(struct gws_object *object, const cJSON *tree,
			struct gws_filter *filter)
{
	if (gws_json_get(tree, "replaceFullPath")) {
		filter->replace = GWS_REPLACE_FULL;
		filter->path = gws_decode_text(object, tree, "replaceFullPath",
					       "");
	} else if (gws_json_get(tree, "replacePrefixMatch")) {
		filter->replace = GWS_REPLACE_PREFIX;
		filter->path = gws_decode_text(object, tree,
					       "replacePrefixMatch", "");
	}
}

/* Of a redirect and of a rewrite, which have the same names for them. */
static void decode_target(struct gws_object *object, const cJSON *tree,
			  struct gws_filter *filter)
{
	filter->hostname = gws_decode_text(object, tree, "hostname", NULL);
	decode_path(object, gws_json_get(tree, "path"), filter);
	if (filter->kind != GWS_FILTER_REDIRECT)
		return;
	filter->scheme = gws_decode_text(object, tree, "scheme", NULL);
	filter->port = (uint16_t)gws_json_int(tree, "port", 0);
	filter->status = (uint16_t)gws_json_int(tree, "statusCode", 302);
}

static void decode_cors(struct gws_object *object, const cJSON *tree,
			struct gws_filter *filter)
{
	decode_texts(object, gws_json_get(tree, "allowOrigins"),
		     &filter->origins, &filter->n_origins);
	decode_texts(object, gws_json_get(tree, "allowMethods"),
		     &filter->methods, &filter->n_methods);
	decode_texts(object, gws_json_get(tree, "allowHeaders"),
		     &filter->headers, &filter->n_headers);
	decode_texts(object, gws_json_get(tree, "exposeHeaders"),
		     &filter->expose, &filter->n_expose);
	filter->credentials = gws_json_bool(tree, "allowCredentials", false);
	filter->max_age = (uint32_t)gws_json_int(tree, "maxAge", 5);
}

void gws_decode_ref(struct gws_object *object, const cJSON *tree,
		    struct gws_backend_ref *ref)
{
	ref->group = gws_decode_text(object, tree, "group", "");
	ref->kind = gws_decode_text(object, tree, "kind", "Service");
	ref->namespace = gws_decode_text(object, tree, "namespace",
					 object->namespace);
	ref->name = gws_decode_text(object, tree, "name", "");
	ref->port = (uint16_t)gws_json_int(tree, "port", 0);
}

/* Without percent and fraction: all. */
static void decode_mirror(struct gws_object *object, const cJSON *tree,
			  struct gws_route_filter *to)
{
	const cJSON *fraction = gws_json_get(tree, "fraction");
	long long part = gws_json_int(tree, "percent", 100), whole = 100;

	to->mirror = gws_mem_take(object->arena, sizeof(*to->mirror));
	gws_decode_ref(object, gws_json_get(tree, "backendRef"), to->mirror);
	if (fraction) {
		part = gws_json_int(fraction, "numerator", 0);
		whole = gws_json_int(fraction, "denominator", 100);
	}
	to->filter.numerator = (uint32_t)part;
	to->filter.denominator = (uint32_t)whole;
}

/* Of a type that is none of ours: what it is, for it must not be skipped. */
static void decode_extension(struct gws_object *object, const cJSON *tree,
			     struct gws_route_filter *to)
{
	const cJSON *ref = gws_json_get(tree, "extensionRef");

	if (!ref) {
		to->extension = to->type;
		return;
	}
	to->extension = gws_mem_printf(object->arena, "%s/%s",
				       gws_json_str(ref, "group", ""),
				       gws_json_str(ref, "kind", ""));
}

void gws_decode_filter(struct gws_object *object, const cJSON *tree,
		       const char *path, size_t index,
		       struct gws_route_filter **filters, size_t *n)
{
	const char *type = gws_json_str(tree, "type", "");
	uint8_t kind = gws_filter_kind(type);
	struct gws_route_filter *to;

	to = gws_mem_push(object->arena, *filters, *n);
	to->type = gws_mem_strdup(object->arena, type);
	to->field = gws_mem_printf(object->arena, "%s.filters[%zu]", path,
				   index);
	to->filter.kind = kind;
	if (!kind) {
		decode_extension(object, tree, to);
		return;
	}
	tree = gws_json_get(tree, members[kind]);
	if (kind == GWS_FILTER_REQUEST_HEADERS ||
	    kind == GWS_FILTER_RESPONSE_HEADERS)
		decode_modifier(object, tree, &to->filter);
	else if (kind == GWS_FILTER_CORS)
		decode_cors(object, tree, &to->filter);
	else if (kind == GWS_FILTER_MIRROR)
		decode_mirror(object, tree, to);
	else
		decode_target(object, tree, &to->filter);
}
