// SPDX-License-Identifier: MIT
/*
 * The order of resolution, and what its steps share.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/digest.h"
#include "../lib/mem.h"
#include "problem.h"
#include "resolve.h"
#include "resolve_steps.h"

/* The graph keeps every object, so that the store may change under it. */
static void hold_all(struct gws_resolver *resolver)
{
	struct gws_graph *graph = resolver->graph;
	struct gws_object *const *objects;
	size_t count, i;
	int kind;

	for (kind = 0; kind < GWS_KIND_COUNT; kind++) {
		objects = gws_store_kind(resolver->store, (enum gws_kind)kind,
					 &count);
		for (i = 0; i < count; i++)
			*gws_mem_push(resolver->arena, graph->held,
				      graph->nheld) =
				gws_object_get(objects[i]);
	}
}

struct gws_graph *gws_resolve(const struct gws_store *store,
			      const struct gws_env *env)
{
	struct gws_graph *graph = gws_mem_check(calloc(1, sizeof(*graph)));
	struct gws_resolver resolver = {
		.store = store, .env = env, .graph = graph,
	};

	graph->arena = gws_mem_arena();
	graph->notes = gws_problems_create();
	resolver.arena = graph->arena;
	hold_all(&resolver);
	gws_resolve_classes(&resolver);
	gws_resolve_gateways(&resolver);
	gws_resolve_addresses(&resolver);
	gws_resolve_routes(&resolver);
	gws_resolve_backends(&resolver);
	return graph;
}

void gws_graph_destroy(struct gws_graph *graph)
{
	size_t i;

	if (!graph)
		return;
	for (i = 0; i < graph->nheld; i++)
		gws_object_put(graph->held[i]);
	gws_problems_destroy(graph->notes);
	gws_arena_destroy(graph->arena);
	free(graph);
}

const struct gws_problems *gws_graph_notes(const struct gws_graph *graph)
{
	return graph->notes;
}

/* "*.example.com" has "example.com" behind it; NULL for other names. */
static const char *wildcard_suffix(const char *name)
{
	return strncmp(name, "*.", 2) ? NULL : name + 1;
}

static bool ends_with(const char *name, const char *suffix)
{
	size_t n = strlen(name), m = strlen(suffix);

	return n > m && !strcmp(name + n - m, suffix);
}

const char *gws_hostname_intersect(const char *a, const char *b)
{
	const char *suffix_a = wildcard_suffix(a);
	const char *suffix_b = wildcard_suffix(b);

	if (!*a || !strcmp(a, b))
		return b;
	if (!*b)
		return a;
	/* The more specific of the two, when the other one covers it. */
	if (suffix_b && ends_with(suffix_a ? suffix_a : a, suffix_b))
		return a;
	if (suffix_a && ends_with(suffix_b ? suffix_b : b, suffix_a))
		return b;
	return NULL;
}

const char *gws_gateway_service_name(struct gws_arena *arena,
				     const char *gateway)
{
	static const char prefix[] = "gwsteer-gateway-";
	uint64_t hash = gws_digest_str(GWS_DIGEST_INIT, gateway);
	char *name, *c;

	if (strlen(prefix) + strlen(gateway) <= 63 && !strchr(gateway, '.'))
		return gws_mem_printf(arena, "%s%s", prefix, gateway);
	/* 16 + 38 + 1 + 8 = 63. A label has no dots, so they become "-". */
	name = gws_mem_printf(arena, "%s%.38s-%08x", prefix, gateway,
			      (unsigned int)(hash ^ hash >> 32));
	for (c = name; *c; c++)
		if (*c == '.')
			*c = '-';
	return name;
}

/* As of the texts "namespace/name", where some come before the '/'. */
static int full_name_cmp(const struct gws_object *a, const struct gws_object *b)
{
	const char *x = a->namespace, *y = b->namespace;

	for (; *x && *x == *y; x++, y++)
		;
	if (*x == *y)
		return strcmp(a->name, b->name);
	return (*x ? *x : '/') - (*y ? *y : '/');
}

int gws_object_age_cmp(const struct gws_object *a, const struct gws_object *b)
{
	if (a->created != b->created)
		return a->created < b->created ? -1 : 1;
	return full_name_cmp(a, b);
}

void gws_resolve_note(struct gws_resolver *resolver, enum gws_level level,
		      const struct gws_object *object, const char *field,
		      const char *format, ...)
{
	char label[384], text[512];
	va_list args;

	snprintf(label, sizeof(label), "%s %s%s%s", gws_kind_name(object->kind),
		 object->namespace, *object->namespace ? "/" : "",
		 object->name);
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	gws_problems_add(resolver->graph->notes, level, object->file,
			 object->line, label, field, "%s", text);
}
