// SPDX-License-Identifier: MIT
/*
 * HTTPRoutes: which rules can be carried out, which listeners they attach to.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/mem.h"
#include "resolve_steps.h"

#define NAMES_MAX 8	/* in a message */

/* How far a route came towards a listener; the farthest names the reason. */
enum attach {
	ATTACH_NO_LISTENER,
	ATTACH_NO_KIND,
	ATTACH_NO_NAMESPACE,
	ATTACH_NO_HOSTNAME,
	ATTACH_DONE,
};

static int compare_gateway(const void *key, const void *element)
{
	const struct gws_parent_ref *ref = key;
	const struct gws_object *object =
		((const struct gws_graph_gateway *)element)->object;
	int cmp = strcmp(ref->namespace, object->namespace);

	return cmp ? cmp : strcmp(ref->name, object->name);
}

static struct gws_graph_gateway *find_gateway(const struct gws_graph *graph,
					      const struct gws_parent_ref *ref)
{
	return graph->ngateways ?
		bsearch(ref, graph->gateways, graph->ngateways,
			sizeof(*graph->gateways), compare_gateway) : NULL;
}

static bool fits_hostname(const struct gws_httproute *route,
			  const char *hostname)
{
	size_t i;

	for (i = 0; i < route->nhostnames; i++)
		if (gws_hostname_intersect(route->hostnames[i], hostname))
			return true;
	return !route->nhostnames;
}

static enum attach try_listener(const struct gws_resolver *resolver,
				const struct gws_object *route,
				const struct gws_parent_ref *ref,
				const struct gws_graph_listener *listener)
{
	if (ref->section && strcmp(ref->section, listener->spec->name))
		return ATTACH_NO_LISTENER;
	if (ref->port && ref->port != listener->spec->port)
		return ATTACH_NO_LISTENER;
	if (!listener->http_routes)
		return ATTACH_NO_KIND;
	if (!gws_resolve_namespace(resolver, listener->spec,
				   listener->gateway->object->namespace,
				   route->namespace))
		return ATTACH_NO_NAMESPACE;
	if (!fits_hostname(&route->route, listener->spec->hostname))
		return ATTACH_NO_HOSTNAME;
	return ATTACH_DONE;
}

/* "a, b and 3 more": enough to find a slip, and no more than one can read. */
static const char *add_name(struct gws_arena *arena, const char *list,
			    size_t index, size_t count, const char *name)
{
	if (index < NAMES_MAX)
		return gws_mem_printf(arena, "%s%s%s", list,
				      index ? ", " : "", name);
	return index > NAMES_MAX ? list :
	       gws_mem_printf(arena, "%s and %zu more", list, count - index);
}

/* The names of a Gateway's listeners, each with its port. */
static const char *list_listeners(struct gws_arena *arena,
				  const struct gws_graph_gateway *gateway)
{
	const struct gws_listener_spec *spec;
	const char *list = "", *name;
	size_t i;

	for (i = 0; i < gateway->nlisteners; i++) {
		spec = gateway->listeners[i].spec;
		name = gws_mem_printf(arena, "%s (%u)", spec->name,
				      spec->port);
		list = add_name(arena, list, i, gateway->nlisteners, name);
	}
	return list;
}

static void refuse_listener(struct gws_resolver *resolver,
			    struct gws_graph_parent *parent)
{
	const struct gws_object *gateway = parent->gateway->object;
	const struct gws_parent_ref *ref = parent->ref;
	struct gws_arena *arena = resolver->arena;
	const char *section = "", *port = "";

	if (ref->section)
		section = gws_mem_printf(arena, " %s", ref->section);
	if (ref->port)
		port = gws_mem_printf(arena, " with port %u", ref->port);
	gws_cond_fail(arena, &parent->conds, GWS_COND_ACCEPTED,
		      GWS_R_NO_MATCHING_PARENT,
		      "Gateway %s/%s has no listener%s%s, only %s",
		      gateway->namespace, gateway->name, section, port,
		      list_listeners(arena, parent->gateway));
}

static const char *hindrance(const struct gws_listener_spec *spec,
			     enum attach reached)
{
	if (reached == ATTACH_NO_HOSTNAME)
		return spec->hostname;
	return strcmp(spec->protocol, "HTTP") ? spec->protocol :
						"allowedRoutes.kinds";
}

/* The listeners at which a route came so far, and what it did not come past. */
static const char *list_reached(const struct gws_resolver *resolver,
				const struct gws_object *route,
				const struct gws_graph_parent *parent,
				enum attach reached)
{
	const struct gws_graph_gateway *gateway = parent->gateway;
	const struct gws_listener_spec *spec;
	size_t i, n = 0, all = 0;
	const char *list = "";

	for (i = 0; i < gateway->nlisteners; i++)
		all += try_listener(resolver, route, parent->ref,
				    &gateway->listeners[i]) == reached;
	for (i = 0; i < gateway->nlisteners; i++) {
		spec = gateway->listeners[i].spec;
		if (try_listener(resolver, route, parent->ref,
				 &gateway->listeners[i]) == reached)
			list = add_name(resolver->arena, list, n++, all,
					gws_mem_printf(resolver->arena,
						       "%s (%s)", spec->name,
						       hindrance(spec, reached)));
	}
	return list;
}

static void refuse(struct gws_resolver *resolver,
		   const struct gws_object *route,
		   struct gws_graph_parent *parent, enum attach farthest)
{
	const struct gws_object *gateway = parent->gateway->object;

	if (farthest == ATTACH_NO_LISTENER)
		refuse_listener(resolver, parent);
	else if (farthest == ATTACH_NO_KIND)
		gws_cond_fail(resolver->arena, &parent->conds,
			      GWS_COND_ACCEPTED, GWS_R_NOT_ALLOWED_BY_LISTENERS,
			      "No listener of Gateway %s/%s takes routes of kind HTTPRoute: %s",
			      gateway->namespace, gateway->name,
			      list_reached(resolver, route, parent, farthest));
	else if (farthest == ATTACH_NO_NAMESPACE)
		gws_cond_fail(resolver->arena, &parent->conds,
			      GWS_COND_ACCEPTED, GWS_R_NOT_ALLOWED_BY_LISTENERS,
			      "No listener of Gateway %s/%s allows routes from namespace %s",
			      gateway->namespace, gateway->name,
			      route->namespace);
	else if (farthest == ATTACH_NO_HOSTNAME)
		gws_cond_fail(resolver->arena, &parent->conds,
			      GWS_COND_ACCEPTED,
			      GWS_R_NO_MATCHING_LISTENER_HOSTNAME,
			      "None of spec.hostnames fits a listener of Gateway %s/%s: %s",
			      gateway->namespace, gateway->name,
			      list_reached(resolver, route, parent, farthest));
}

static void attach(struct gws_resolver *resolver,
		   struct gws_graph_route *route,
		   struct gws_graph_parent *parent)
{
	enum attach farthest = ATTACH_NO_LISTENER, reached;
	struct gws_graph_listener *listener;
	size_t i;

	for (i = 0; i < parent->gateway->nlisteners; i++) {
		listener = &parent->gateway->listeners[i];
		reached = try_listener(resolver, route->object, parent->ref,
				       listener);
		if (reached > farthest)
			farthest = reached;
		if (reached == ATTACH_DONE)
			*gws_mem_push(resolver->arena, parent->listeners,
				      parent->nlisteners) = listener;
	}
	refuse(resolver, route->object, parent, farthest);
	/* What is wrong with the route itself is so at every parent. */
	if (gws_cond_is(&route->conds, GWS_COND_ACCEPTED, GWS_FALSE))
		gws_cond_fail(resolver->arena, &parent->conds,
			      GWS_COND_ACCEPTED,
			      route->conds.list[GWS_COND_ACCEPTED].reason, "%s",
			      route->conds.list[GWS_COND_ACCEPTED].message);
	if (gws_cond_is(&parent->conds, GWS_COND_ACCEPTED, GWS_FALSE)) {
		parent->nlisteners = 0;
		return;
	}
	gws_cond_set(resolver->arena, &parent->conds, GWS_COND_ACCEPTED,
		     GWS_TRUE, GWS_R_ACCEPTED, NULL);
}

/* Two parentRefs of a route may name one listener: it is attached once. */
static bool attached_before(const struct gws_graph_route *route,
			    const struct gws_graph_parent *last,
			    const struct gws_graph_listener *listener)
{
	const struct gws_graph_parent *parent;
	size_t i;

	for (parent = route->parents; parent != last; parent++)
		for (i = 0; i < parent->nlisteners; i++)
			if (parent->listeners[i] == listener)
				return true;
	return false;
}

static void count_attached(struct gws_graph_route *route)
{
	struct gws_graph_parent *parent;
	size_t i, j;

	for (i = 0; i < route->nparents; i++) {
		parent = &route->parents[i];
		for (j = 0; j < parent->nlisteners; j++)
			if (!attached_before(route, parent,
					     parent->listeners[j]))
				parent->listeners[j]->attached++;
	}
}

/* A namespace that has such a Gateway, for who forgot to write it. */
static const char *elsewhere(struct gws_resolver *resolver,
			     const struct gws_parent_ref *ref)
{
	struct gws_object *const *objects;
	size_t count, i;

	objects = gws_store_kind(resolver->store, GWS_KIND_GATEWAY, &count);
	for (i = 0; i < count; i++)
		if (!strcmp(objects[i]->name, ref->name))
			return gws_mem_printf(resolver->arena,
					      "; there is one in namespace %s",
					      objects[i]->namespace);
	return "";
}

static void note_parent(struct gws_resolver *resolver,
			const struct gws_object *object,
			const struct gws_parent_ref *ref, size_t index)
{
	char field[48];

	snprintf(field, sizeof(field), "spec.parentRefs[%zu]", index);
	if (strcmp(ref->group, GWS_GROUP) || strcmp(ref->kind, "Gateway"))
		gws_resolve_note(resolver, GWS_LEVEL_WARNING, object, field,
				 "a parent of kind %s is not supported by this release",
				 ref->kind);
	else if (!gws_store_find(resolver->store, GWS_KIND_GATEWAY,
				 ref->namespace, ref->name))
		gws_resolve_note(resolver, GWS_LEVEL_WARNING, object, field,
				 "no Gateway %s/%s%s", ref->namespace,
				 ref->name, elsewhere(resolver, ref));
}

static void resolve_parents(struct gws_resolver *resolver,
			    struct gws_graph_route *route)
{
	const struct gws_httproute *spec = &route->object->route;
	struct gws_graph_gateway *gateway;
	struct gws_graph_parent *parent;
	size_t i;

	for (i = 0; i < spec->nparents; i++) {
		gateway = NULL;
		if (!strcmp(spec->parents[i].group, GWS_GROUP) &&
		    !strcmp(spec->parents[i].kind, "Gateway"))
			gateway = find_gateway(resolver->graph,
					       &spec->parents[i]);
		if (!gateway) {
			note_parent(resolver, route->object, &spec->parents[i],
				    i);
			continue;
		}
		parent = gws_mem_push(resolver->arena, route->parents,
				      route->nparents);
		parent->ref = &spec->parents[i];
		parent->gateway = gateway;
		attach(resolver, route, parent);
	}
	if (!spec->nparents)
		gws_resolve_note(resolver, GWS_LEVEL_WARNING, route->object,
				 "spec.parentRefs",
				 "is empty; the route is attached to no Gateway");
	count_attached(route);
}

static const char *unsupported(struct gws_resolver *resolver,
			       const struct gws_unsupported *field)
{
	return field->why ?
		gws_mem_printf(resolver->arena, "%s: %s", field->field,
			       field->why) :
		gws_mem_printf(resolver->arena,
			       "%s: this release does not support %s",
			       field->field, field->what);
}

/* Why a rule cannot be carried out; NULL: it can. */
static const char *rule_wrong(struct gws_resolver *resolver,
			      const struct gws_route_rule *rule, size_t index)
{
	const char *wrong = gws_matches_wrong(resolver, rule, index);
	size_t i;

	if (!wrong)
		wrong = gws_filters_wrong(resolver, rule, index);
	for (i = 0; i < rule->nunsupported; i++)
		wrong = gws_cond_join(resolver->arena, wrong ? wrong : "",
				      unsupported(resolver,
						  &rule->unsupported[i]));
	return wrong;
}

/*
 * PartiallyInvalid: "Dropped Rule" is how the API wants the message of a route
 * to start whose other rules stay (RouteConditionPartiallyInvalid).
 */
static void drop_rules(struct gws_resolver *resolver,
		       struct gws_graph_route *route)
{
	const struct gws_httproute *spec = &route->object->route;
	const char *all = "", *some = "", *wrong;
	struct gws_arena *arena = resolver->arena;
	struct gws_graph_rule *rule;
	size_t i, dropped = 0;

	for (i = 0; i < spec->nrules; i++) {
		rule = gws_mem_push(arena, route->rules, route->nrules);
		rule->rule = &spec->rules[i];
		wrong = rule_wrong(resolver, rule->rule, i);
		rule->dropped = wrong;
		if (!wrong)
			continue;
		dropped++;
		all = gws_cond_join(arena, all, wrong);
		wrong = gws_mem_printf(arena, "Dropped Rule %zu: %s", i, wrong);
		some = gws_cond_join(arena, some, wrong);
	}
	if (dropped == route->nrules)
		gws_cond_fail(arena, &route->conds, GWS_COND_ACCEPTED,
			      GWS_R_UNSUPPORTED_VALUE, "%s", all);
	else if (dropped)
		gws_cond_set(arena, &route->conds, GWS_COND_PARTIALLY_INVALID,
			     GWS_TRUE, GWS_R_UNSUPPORTED_VALUE, "%s", some);
}

void gws_resolve_routes(struct gws_resolver *resolver)
{
	struct gws_graph *graph = resolver->graph;
	struct gws_graph_route *route;
	struct gws_object *const *objects;
	size_t count, i;

	objects = gws_store_kind(resolver->store, GWS_KIND_HTTPROUTE, &count);
	graph->routes = gws_mem_take(resolver->arena,
				     count * sizeof(*graph->routes));
	for (i = 0; i < count; i++) {
		route = &graph->routes[graph->nroutes++];
		route->object = objects[i];
		drop_rules(resolver, route);
		resolve_parents(resolver, route);
	}
}
