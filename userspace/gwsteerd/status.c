// SPDX-License-Identifier: MIT
/*
 * What the kernel acknowledged, on top of what the resolver found.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../lib/jsonx.h"
#include "../lib/mem.h"
#include "graph.h"
#include "status.h"

struct writer {
	const struct gws_graph *graph;
	const struct gws_push_result *push;
	struct gws_arena *arena;
};

static bool uses_cluster(const struct gws_graph_route *route, const char *key)
{
	const struct gws_graph_cluster *cluster;
	size_t i, j;

	for (i = 0; i < route->nrules; i++)
		for (j = 0; j < route->rules[i].nbackends; j++) {
			cluster = route->rules[i].backends[j].cluster;
			if (cluster && !strcmp(cluster->key, key))
				return true;
		}
	return false;
}

static bool is_attached(const struct gws_graph_route *route,
			const struct gws_graph_listener *listener)
{
	size_t i, j;

	for (i = 0; i < route->nparents; i++)
		for (j = 0; j < route->parents[i].nlisteners; j++)
			if (route->parents[i].listeners[j] == listener)
				return true;
	return false;
}

/* The listener itself, a table of its ("key|hostname"), a cluster it needs. */
static bool concerns(const struct writer *writer,
		     const struct gws_graph_listener *listener, const char *key)
{
	const struct gws_graph *graph = writer->graph;
	size_t len = strlen(listener->key), i;

	if (!strncmp(key, listener->key, len) && (!key[len] || key[len] == '|'))
		return true;
	for (i = 0; i < graph->nroutes; i++)
		if (uses_cluster(&graph->routes[i], key) &&
		    is_attached(&graph->routes[i], listener))
			return true;
	return false;
}

static const struct gws_push_error *
find_error(const struct writer *writer, const struct gws_graph_listener *listener)
{
	size_t i;

	for (i = 0; i < writer->push->nerrors; i++)
		if (concerns(writer, listener, writer->push->errors[i].key))
			return &writer->push->errors[i];
	return NULL;
}

/* Programmed as far as the whole push decides it; false: it does not. */
static bool set_from_push(const struct writer *writer, struct gws_conds *conds)
{
	const struct gws_push_result *push = writer->push;

	if (push->state == GWS_PUSH_PENDING)
		gws_cond_set(writer->arena, conds, GWS_COND_PROGRAMMED,
			     GWS_UNKNOWN, GWS_R_PENDING, NULL);
	else if (push->state == GWS_PUSH_FAILED)
		gws_cond_set(writer->arena, conds, GWS_COND_PROGRAMMED,
			     GWS_FALSE, push->err == -ENOMEM ?
			     GWS_R_NO_RESOURCES : GWS_R_PENDING, "%s",
			     push->text ? push->text : strerror(-push->err));
	return push->state != GWS_PUSH_DONE;
}

static bool node_port_only(const struct gws_graph_listener *listener)
{
	size_t i;

	for (i = 0; i < listener->nbinds; i++)
		if (listener->binds[i].kind != GWS_BIND_NODEPORT)
			return false;
	return true;
}

static void set_listener(const struct writer *writer,
			 const struct gws_graph_listener *listener,
			 struct gws_conds *conds)
{
	const struct gws_cond *accepted = &conds->list[GWS_COND_ACCEPTED];
	const struct gws_push_error *error;

	if (accepted->status != GWS_TRUE) {
		gws_cond_set(writer->arena, conds, GWS_COND_PROGRAMMED,
			     GWS_FALSE, gws_cond_is(conds, GWS_COND_CONFLICTED,
						    GWS_TRUE) ?
			     accepted->reason : GWS_R_INVALID, "%s",
			     accepted->message);
		return;
	}
	if (!listener->programmable) {
		gws_cond_set(writer->arena, conds, GWS_COND_PROGRAMMED,
			     GWS_FALSE, GWS_R_INVALID,
			     listener->http_routes ?
			     "The Gateway is not accepted" :
			     "The listener can take no kind of route");
		return;
	}
	/* The resolver's word on ports stands, whatever the kernel says. */
	if (gws_cond_is(conds, GWS_COND_PROGRAMMED, GWS_FALSE) ||
	    set_from_push(writer, conds))
		return;
	error = find_error(writer, listener);
	if (error)
		gws_cond_set(writer->arena, conds, GWS_COND_PROGRAMMED,
			     GWS_FALSE, GWS_R_INVALID,
			     "The kernel refused %s: %s", error->key,
			     error->text);
	else
		gws_cond_set(writer->arena, conds, GWS_COND_PROGRAMMED,
			     GWS_TRUE, GWS_R_PROGRAMMED,
			     "Port %u is reached at NodePort %u%s",
			     listener->spec->port, listener->node_port,
			     node_port_only(listener) ? " only" : "");
}

/* "80 at NodePort 30731, 8080 at NodePort 31002" */
static const char *list_ports(const struct writer *writer,
			      const struct gws_graph_gateway *gateway)
{
	const struct gws_graph_listener *listener;
	const char *list = "";
	size_t i, j;

	for (i = 0; i < gateway->nlisteners; i++) {
		listener = &gateway->listeners[i];
		for (j = 0; j < i; j++)
			if (gateway->listeners[j].spec->port ==
			    listener->spec->port)
				break;
		if (j == i && listener->programmable)
			list = gws_mem_printf(writer->arena,
					      "%s%s%u at NodePort %u", list,
					      *list ? ", " : "",
					      listener->spec->port,
					      listener->node_port);
	}
	return list;
}

static void set_gateway(const struct writer *writer,
			const struct gws_graph_gateway *gateway,
			struct gws_conds *conds)
{
	const struct gws_push_error *error;
	size_t i;

	if (!gws_cond_is(conds, GWS_COND_ACCEPTED, GWS_TRUE)) {
		gws_cond_set(writer->arena, conds, GWS_COND_PROGRAMMED,
			     GWS_FALSE, gws_cond_is(conds, GWS_COND_ACCEPTED,
						    GWS_FALSE) ?
			     GWS_R_INVALID : GWS_R_PENDING,
			     "The Gateway is not accepted");
		return;
	}
	/* The resolver's word on addresses stands, whatever the kernel says. */
	if (gws_cond_is(conds, GWS_COND_PROGRAMMED, GWS_FALSE) ||
	    set_from_push(writer, conds))
		return;
	for (i = 0; i < gateway->nlisteners; i++) {
		error = gateway->listeners[i].programmable ?
			find_error(writer, &gateway->listeners[i]) : NULL;
		if (!error)
			continue;
		gws_cond_set(writer->arena, conds, GWS_COND_PROGRAMMED,
			     GWS_FALSE, GWS_R_INVALID,
			     "The kernel refused %s: %s", error->key,
			     error->text);
		return;
	}
	gws_cond_set(writer->arena, conds, GWS_COND_PROGRAMMED, GWS_TRUE,
		     GWS_R_PROGRAMMED, "Ports: %s",
		     list_ports(writer, gateway));
}

static cJSON *add_object(cJSON *array, const char *kind, const char *namespace,
			 const char *name, int64_t generation)
{
	cJSON *item = gws_json_append(array, gws_json_object()), *metadata;

	gws_json_add_str(item, "apiVersion", GWS_GROUP "/v1");
	gws_json_add_str(item, "kind", kind);
	metadata = gws_json_add(item, "metadata", gws_json_object());
	gws_json_add_str(metadata, "name", name);
	if (*namespace)
		gws_json_add_str(metadata, "namespace", namespace);
	gws_json_add_int(metadata, "generation", generation);
	return gws_json_add(item, "status", gws_json_object());
}

static void write_classes(const struct writer *writer, cJSON *array)
{
	const struct gws_graph_class *class;
	int64_t generation;
	cJSON *status;
	size_t i;

	for (i = 0; i < writer->graph->nclasses; i++) {
		class = &writer->graph->classes[i];
		generation = class->object ? class->object->generation : 1;
		status = add_object(array, "GatewayClass", "", class->name,
				    generation);
		gws_json_add(status, "conditions",
			     gws_cond_json(&class->conds, generation));
	}
}

static void write_listener(const struct writer *writer, cJSON *array,
			   const struct gws_graph_listener *listener)
{
	cJSON *item = gws_json_append(array, gws_json_object()), *kinds, *kind;
	struct gws_conds conds = listener->conds;

	gws_json_add_str(item, "name", listener->spec->name);
	kinds = gws_json_add(item, "supportedKinds", gws_json_array());
	if (listener->http_routes) {
		kind = gws_json_append(kinds, gws_json_object());
		gws_json_add_str(kind, "group", GWS_GROUP);
		gws_json_add_str(kind, "kind", "HTTPRoute");
	}
	gws_json_add_int(item, "attachedRoutes", listener->attached);
	set_listener(writer, listener, &conds);
	gws_json_add(item, "conditions",
		     gws_cond_json(&conds,
				   listener->gateway->object->generation));
}

static bool is_refused(const struct writer *writer,
		       const struct gws_graph_listener *listener)
{
	size_t i;

	for (i = 0; i < writer->push->nerrors; i++)
		if (!strcmp(writer->push->errors[i].key, listener->key))
			return true;
	return false;
}

/*
 * Whether the kernel has a listener of the Gateway. A refused table or cluster
 * takes no address away: what else the listener has is served.
 */
static bool is_served(const struct writer *writer,
		      const struct gws_graph_gateway *gateway)
{
	size_t i;

	for (i = 0; i < gateway->nlisteners; i++)
		if (gateway->listeners[i].programmable &&
		    !is_refused(writer, &gateway->listeners[i]))
			return writer->push->state == GWS_PUSH_DONE;
	return false;
}

/* Addresses are there when traffic to them is: not before the kernel's word. */
static void write_addresses(const struct writer *writer, cJSON *status,
			    const struct gws_graph_gateway *gateway)
{
	cJSON *array = gws_json_add(status, "addresses", gws_json_array());
	char text[GWS_IP_TEXT];
	cJSON *item;
	size_t i;

	for (i = 0; i < gateway->naddresses && is_served(writer, gateway); i++) {
		item = gws_json_append(array, gws_json_object());
		gws_json_add_str(item, "type", "IPAddress");
		gws_json_add_str(item, "value",
				 gws_ip_text(&gateway->addresses[i], text));
	}
}

static void write_gateways(const struct writer *writer, cJSON *array)
{
	const struct gws_graph_gateway *gateway;
	struct gws_conds conds;
	cJSON *status, *list;
	size_t i, j;

	for (i = 0; i < writer->graph->ngateways; i++) {
		gateway = &writer->graph->gateways[i];
		status = add_object(array, "Gateway",
				    gateway->object->namespace,
				    gateway->object->name,
				    gateway->object->generation);
		conds = gateway->conds;
		set_gateway(writer, gateway, &conds);
		write_addresses(writer, status, gateway);
		gws_json_add(status, "conditions",
			     gws_cond_json(&conds,
					   gateway->object->generation));
		list = gws_json_add(status, "listeners", gws_json_array());
		for (j = 0; j < gateway->nlisteners; j++)
			write_listener(writer, list, &gateway->listeners[j]);
	}
}

static void write_parent(cJSON *array, const struct gws_graph_route *route,
			 const struct gws_graph_parent *parent)
{
	cJSON *item = gws_json_append(array, gws_json_object()), *ref;
	const struct gws_parent_ref *from = parent->ref;
	struct gws_conds conds = parent->conds;

	ref = gws_json_add(item, "parentRef", gws_json_object());
	gws_json_add_str(ref, "group", from->group);
	gws_json_add_str(ref, "kind", from->kind);
	if (from->has_namespace)
		gws_json_add_str(ref, "namespace", from->namespace);
	gws_json_add_str(ref, "name", from->name);
	if (from->section)
		gws_json_add_str(ref, "sectionName", from->section);
	if (from->port)
		gws_json_add_int(ref, "port", from->port);
	gws_json_add_str(item, "controllerName", GWS_CONTROLLER);
	conds.list[GWS_COND_RESOLVED_REFS] =
		route->conds.list[GWS_COND_RESOLVED_REFS];
	if (gws_cond_is(&conds, GWS_COND_ACCEPTED, GWS_TRUE))
		conds.list[GWS_COND_PARTIALLY_INVALID] =
			route->conds.list[GWS_COND_PARTIALLY_INVALID];
	gws_json_add(item, "conditions",
		     gws_cond_json(&conds, route->object->generation));
}

static void write_routes(const struct writer *writer, cJSON *array)
{
	const struct gws_graph_route *route;
	cJSON *status, *list;
	size_t i, j;

	for (i = 0; i < writer->graph->nroutes; i++) {
		route = &writer->graph->routes[i];
		status = add_object(array, "HTTPRoute",
				    route->object->namespace,
				    route->object->name,
				    route->object->generation);
		list = gws_json_add(status, "parents", gws_json_array());
		for (j = 0; j < route->nparents; j++)
			write_parent(list, route, &route->parents[j]);
	}
}

cJSON *gws_status_build(const struct gws_graph *graph,
			const struct gws_push_result *push)
{
	struct writer writer = {
		.graph = graph, .push = push, .arena = gws_mem_arena(),
	};
	cJSON *array = gws_json_array();

	write_classes(&writer, array);
	write_gateways(&writer, array);
	write_routes(&writer, array);
	gws_arena_destroy(writer.arena);
	return array;
}

static bool same_text(const cJSON *a, const cJSON *b, const char *name)
{
	return !strcmp(gws_json_str(a, name, ""), gws_json_str(b, name, ""));
}

static const cJSON *find_condition(const cJSON *conditions, const cJSON *like)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, conditions)
		if (same_text(item, like, "type"))
			return item;
	return NULL;
}

static void stamp_conditions(cJSON *owner, const cJSON *old, const char *now)
{
	cJSON *item;

	cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(owner,
							"conditions")) {
		const cJSON *before = find_condition(
			gws_json_get(old, "conditions"), item);
		const char *time = before && same_text(before, item, "status") ?
			gws_json_str(before, "lastTransitionTime", now) : now;

		gws_json_add_str(item, "lastTransitionTime", time);
	}
}

/* The element of @list that stands for the same listener or parentRef. */
static const cJSON *find_like(const cJSON *list, const cJSON *like)
{
	const cJSON *ref = gws_json_get(like, "parentRef"), *item;

	cJSON_ArrayForEach(item, list)
		if (ref ? cJSON_Compare(gws_json_get(item, "parentRef"), ref,
					true) :
			  same_text(item, like, "name"))
			return item;
	return NULL;
}

static void stamp_status(cJSON *status, const cJSON *old, const char *now)
{
	static const char *const lists[] = { "listeners", "parents" };
	const cJSON *before;
	cJSON *item;
	size_t i;

	stamp_conditions(status, old, now);
	for (i = 0; i < 2; i++) {
		before = gws_json_get(old, lists[i]);
		cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(
						status, lists[i]))
			stamp_conditions(item, find_like(before, item), now);
	}
}

static bool same_object(const cJSON *a, const cJSON *b)
{
	const cJSON *meta_a = gws_json_get(a, "metadata");
	const cJSON *meta_b = gws_json_get(b, "metadata");

	return same_text(a, b, "kind") && same_text(meta_a, meta_b, "name") &&
	       same_text(meta_a, meta_b, "namespace");
}

/* Both lists are in one order, so the search goes on where it found the last. */
static const cJSON *find_object(const cJSON *list, const cJSON **from,
				const cJSON *like)
{
	const cJSON *start = *from ? *from : list ? list->child : NULL;
	const cJSON *item = start;

	while (item) {
		if (same_object(item, like)) {
			*from = item->next;
			return item;
		}
		item = item->next ? item->next : list->child;
		if (item == start)
			break;
	}
	return NULL;
}

void gws_status_stamp(cJSON *next, const cJSON *prev, const char *now)
{
	const cJSON *from = NULL, *old;
	cJSON *item;

	cJSON_ArrayForEach(item, next) {
		old = find_object(prev, &from, item);
		stamp_status(cJSON_GetObjectItemCaseSensitive(item, "status"),
			     gws_json_get(old, "status"), now);
	}
}
