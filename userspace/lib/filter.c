// SPDX-License-Identifier: MIT
/*
 * Filters as data: copied, compared, measured and shown.
 */
#include <string.h>

#include "digest.h"
#include "filter.h"
#include "jsonx.h"
#include "mem.h"

static const char *const types[__GWS_FILTER_LAST] = {
	[GWS_FILTER_REQUEST_HEADERS] = "RequestHeaderModifier",
	[GWS_FILTER_RESPONSE_HEADERS] = "ResponseHeaderModifier",
	[GWS_FILTER_REDIRECT] = "RequestRedirect",
	[GWS_FILTER_REWRITE] = "URLRewrite",
	[GWS_FILTER_CORS] = "CORS",
	[GWS_FILTER_MIRROR] = "RequestMirror",
};

const char *gws_filter_type(uint8_t kind)
{
	return kind && kind < __GWS_FILTER_LAST ? types[kind] : "unknown";
}

uint8_t gws_filter_kind(const char *type)
{
	uint8_t kind;

	for (kind = 1; kind < __GWS_FILTER_LAST; kind++)
		if (!strcmp(types[kind], type))
			return kind;
	return GWS_FILTER_UNSPEC;
}

const struct gws_filter *gws_filter_find(const struct gws_filter *filters,
					 size_t n, uint8_t kind)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (filters[i].kind == kind)
			return &filters[i];
	return NULL;
}

static struct gws_filter_field *copy_fields(struct gws_arena *arena,
					    const struct gws_filter_field *from,
					    size_t n)
{
	struct gws_filter_field *to = gws_mem_take(arena, n * sizeof(*to));
	size_t i;

	for (i = 0; i < n; i++) {
		to[i].name = gws_mem_strdup(arena, from[i].name);
		to[i].value = gws_mem_strdup(arena, from[i].value);
	}
	return to;
}

static const char **copy_texts(struct gws_arena *arena, const char **from,
			       size_t n)
{
	const char **to = gws_mem_take(arena, n * sizeof(*to));
	size_t i;

	for (i = 0; i < n; i++)
		to[i] = gws_mem_strdup(arena, from[i]);
	return to;
}

struct gws_filter gws_filter_copy(struct gws_arena *arena,
				  const struct gws_filter *from)
{
	struct gws_filter to = *from;

	to.set = copy_fields(arena, from->set, from->n_set);
	to.add = copy_fields(arena, from->add, from->n_add);
	to.remove = copy_texts(arena, from->remove, from->n_remove);
	to.scheme = gws_mem_strdup(arena, from->scheme);
	to.hostname = gws_mem_strdup(arena, from->hostname);
	to.path = gws_mem_strdup(arena, from->path);
	to.prefix = gws_mem_strdup(arena, from->prefix);
	to.origins = copy_texts(arena, from->origins, from->n_origins);
	to.methods = copy_texts(arena, from->methods, from->n_methods);
	to.headers = copy_texts(arena, from->headers, from->n_headers);
	to.expose = copy_texts(arena, from->expose, from->n_expose);
	to.mirror = gws_mem_strdup(arena, from->mirror);
	return to;
}

static uint64_t digest_fields(uint64_t digest,
			      const struct gws_filter_field *fields, size_t n)
{
	size_t i;

	digest = gws_digest_u64(digest, n);
	for (i = 0; i < n; i++) {
		digest = gws_digest_str(digest, fields[i].name);
		digest = gws_digest_str(digest, fields[i].value);
	}
	return digest;
}

static uint64_t digest_texts(uint64_t digest, const char *const *texts,
			     size_t n)
{
	size_t i;

	digest = gws_digest_u64(digest, n);
	for (i = 0; i < n; i++)
		digest = gws_digest_str(digest, texts[i]);
	return digest;
}

/* No text is not the same as an empty one. */
static uint64_t digest_optional(uint64_t digest, const char *text)
{
	return text ? gws_digest_str(gws_digest_u64(digest, 1), text) :
		      gws_digest_u64(digest, 0);
}

uint64_t gws_filter_digest(uint64_t digest, const struct gws_filter *filter)
{
	digest = gws_digest_u64(digest, filter->kind);
	digest = digest_fields(digest, filter->set, filter->n_set);
	digest = digest_fields(digest, filter->add, filter->n_add);
	digest = digest_texts(digest, filter->remove, filter->n_remove);
	digest = digest_optional(digest, filter->scheme);
	digest = digest_optional(digest, filter->hostname);
	digest = gws_digest_u64(digest, filter->port);
	digest = gws_digest_u64(digest, filter->status);
	digest = gws_digest_u64(digest, filter->replace);
	digest = digest_optional(digest, filter->path);
	digest = digest_optional(digest, filter->prefix);
	digest = digest_texts(digest, filter->origins, filter->n_origins);
	digest = digest_texts(digest, filter->methods, filter->n_methods);
	digest = digest_texts(digest, filter->headers, filter->n_headers);
	digest = digest_texts(digest, filter->expose, filter->n_expose);
	digest = gws_digest_u64(digest, filter->credentials);
	digest = gws_digest_u64(digest, filter->max_age);
	digest = digest_optional(digest, filter->mirror);
	digest = gws_digest_u64(digest, filter->numerator);
	return gws_digest_u64(digest, filter->denominator);
}

/* An attribute's head, the NUL and what aligns it. */
static size_t text_size(const char *text)
{
	return text ? strlen(text) + 8 : 0;
}

static size_t fields_size(const struct gws_filter_field *fields, size_t n)
{
	size_t i, size = 0;

	for (i = 0; i < n; i++)
		size += 4 + text_size(fields[i].name) +
			text_size(fields[i].value);
	return size;
}

static size_t texts_size(const char *const *texts, size_t n)
{
	size_t i, size = 0;

	for (i = 0; i < n; i++)
		size += text_size(texts[i]);
	return size;
}

size_t gws_filter_size(const struct gws_filter *filter)
{
	size_t size = 10 * 8;		/* its own head, nine numbers */

	size += fields_size(filter->set, filter->n_set);
	size += fields_size(filter->add, filter->n_add);
	size += texts_size(filter->remove, filter->n_remove);
	size += texts_size(filter->origins, filter->n_origins);
	size += texts_size(filter->methods, filter->n_methods);
	size += texts_size(filter->headers, filter->n_headers);
	size += texts_size(filter->expose, filter->n_expose);
	return size + text_size(filter->scheme) + text_size(filter->hostname) +
	       text_size(filter->path) + text_size(filter->prefix) +
	       text_size(filter->mirror);
}

static void add_fields(cJSON *item, const char *name,
		       const struct gws_filter_field *fields, size_t n)
{
	cJSON *map;
	size_t i;

	if (!n)
		return;
	map = gws_json_add(item, name, gws_json_object());
	for (i = 0; i < n; i++)
		gws_json_add_str(map, fields[i].name, fields[i].value);
}

static void add_texts(cJSON *item, const char *name, const char *const *texts,
		      size_t n)
{
	cJSON *list;
	size_t i;

	if (!n)
		return;
	list = gws_json_add(item, name, gws_json_array());
	for (i = 0; i < n; i++)
		gws_json_append(list, cJSON_CreateString(texts[i]));
}

static void add_text(cJSON *item, const char *name, const char *text)
{
	if (text)
		gws_json_add_str(item, name, text);
}

static void add_cors(cJSON *item, const struct gws_filter *filter)
{
	add_texts(item, "allowOrigins", filter->origins, filter->n_origins);
	add_texts(item, "allowMethods", filter->methods, filter->n_methods);
	add_texts(item, "allowHeaders", filter->headers, filter->n_headers);
	add_texts(item, "exposeHeaders", filter->expose, filter->n_expose);
	if (filter->credentials)
		gws_json_add_bool(item, "allowCredentials", true);
	gws_json_add_int(item, "maxAge", filter->max_age);
}

static void add_mirror(cJSON *item, const struct gws_filter *filter)
{
	gws_json_add_str(item, "backend", filter->mirror);
	gws_json_add_int(item, "numerator", filter->numerator);
	gws_json_add_int(item, "denominator", filter->denominator);
}

static void add_filter(cJSON *list, const struct gws_filter *filter)
{
	cJSON *item = gws_json_append(list, gws_json_object());

	gws_json_add_str(item, "type", gws_filter_type(filter->kind));
	add_fields(item, "set", filter->set, filter->n_set);
	add_fields(item, "add", filter->add, filter->n_add);
	add_texts(item, "remove", filter->remove, filter->n_remove);
	add_text(item, "scheme", filter->scheme);
	add_text(item, "hostname", filter->hostname);
	if (filter->port)
		gws_json_add_int(item, "port", filter->port);
	add_text(item, "prefix", filter->prefix);
	if (filter->replace)
		add_text(item, filter->replace == GWS_REPLACE_FULL ?
			 "replaceFullPath" : "replacePrefixMatch",
			 filter->path);
	if (filter->status)
		gws_json_add_int(item, "statusCode", filter->status);
	if (filter->kind == GWS_FILTER_CORS)
		add_cors(item, filter);
	if (filter->kind == GWS_FILTER_MIRROR)
		add_mirror(item, filter);
}

cJSON *gws_filter_json(const struct gws_filter *filters, size_t n)
{
	cJSON *list = gws_json_array();
	size_t i;

	for (i = 0; i < n; i++)
		add_filter(list, &filters[i]);
	return list;
}
