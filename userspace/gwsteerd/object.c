// SPDX-License-Identifier: MIT
/*
 * Life and order of decoded objects.
 */
#include <stdlib.h>
#include <string.h>

#include "../lib/mem.h"
#include "object.h"

const char *gws_kind_name(enum gws_kind kind)
{
	static const char *const names[] = {
		[GWS_KIND_GATEWAYCLASS] = "GatewayClass",
		[GWS_KIND_GATEWAY] = "Gateway",
		[GWS_KIND_HTTPROUTE] = "HTTPRoute",
		[GWS_KIND_REFERENCEGRANT] = "ReferenceGrant",
		[GWS_KIND_SERVICE] = "Service",
		[GWS_KIND_ENDPOINTSLICE] = "EndpointSlice",
		[GWS_KIND_NAMESPACE] = "Namespace",
		[GWS_KIND_CONFIGMAP] = "ConfigMap",
	};

	return names[kind];
}

struct gws_object *gws_object_create(void)
{
	struct gws_object *object = gws_mem_check(calloc(1, sizeof(*object)));

	object->arena = gws_mem_arena();
	object->namespace = "";
	object->name = "";
	object->created = INT64_MAX;
	object->refs = 1;
	return object;
}

struct gws_object *gws_object_get(struct gws_object *object)
{
	object->refs++;
	return object;
}

void gws_object_put(struct gws_object *object)
{
	if (!object || --object->refs)
		return;
	gws_arena_destroy(object->arena);
	free(object);
}

const char *gws_object_label(const struct gws_object *object,
			     const char *name)
{
	size_t i;

	for (i = 0; i < object->nlabels; i++)
		if (!strcmp(object->labels[i].name, name))
			return object->labels[i].value;
	return NULL;
}

int gws_object_cmp(const struct gws_object *a, const struct gws_object *b)
{
	int cmp;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	cmp = strcmp(a->namespace, b->namespace);
	return cmp ? cmp : strcmp(a->name, b->name);
}
