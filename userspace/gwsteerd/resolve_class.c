// SPDX-License-Identifier: MIT
/*
 * GatewayClasses of our controller. The class "gwsteer" is there without a
 * manifest.
 */
#include <stdlib.h>
#include <string.h>

#include "../lib/mem.h"
#include "resolve_steps.h"

static void add(struct gws_resolver *resolver, const char *name,
		const struct gws_object *object)
{
	struct gws_graph *graph = resolver->graph;
	struct gws_graph_class *class;
	const char *wrong = NULL;

	class = gws_mem_push(resolver->arena, graph->classes, graph->nclasses);
	class->name = name;
	class->object = object;
	if (object && object->class.parameters)
		wrong = gws_resolve_config(resolver, object->class.parameters,
					   object->class.parameters->namespace,
					   &class->config);
	if (wrong)
		gws_cond_fail(resolver->arena, &class->conds, GWS_COND_ACCEPTED,
			      GWS_R_INVALID_PARAMETERS,
			      "spec.parametersRef: %s", wrong);
	else
		gws_cond_set(resolver->arena, &class->conds, GWS_COND_ACCEPTED,
			     GWS_TRUE, GWS_R_ACCEPTED, NULL);
}

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct gws_graph_class *)a)->name,
		      ((const struct gws_graph_class *)b)->name);
}

void gws_resolve_classes(struct gws_resolver *resolver)
{
	struct gws_graph *graph = resolver->graph;
	struct gws_object *const *objects;
	size_t count, i;

	objects = gws_store_kind(resolver->store, GWS_KIND_GATEWAYCLASS,
				 &count);
	for (i = 0; i < count; i++)
		if (!strcmp(objects[i]->class.controller, GWS_CONTROLLER))
			add(resolver, objects[i]->name, objects[i]);
	if (!gws_store_find(resolver->store, GWS_KIND_GATEWAYCLASS, "",
			    GWS_CLASS))
		add(resolver, GWS_CLASS, NULL);
	if (graph->nclasses)
		qsort(graph->classes, graph->nclasses, sizeof(*graph->classes),
		      compare);
}
