// SPDX-License-Identifier: MIT
/*
 * Gateways of our classes and their listeners: protocols, kinds of routes,
 * conflicts inside a Gateway.
 */
#include <string.h>

#include "../lib/mem.h"
#include "resolve_steps.h"

static const struct gws_graph_class *find_class(const struct gws_graph *graph,
						const char *name)
{
	size_t i;

	for (i = 0; i < graph->nclasses; i++)
		if (!strcmp(graph->classes[i].name, name))
			return &graph->classes[i];
	return NULL;
}

/*
 * Protocols that can share a port, told apart by hostname. 0: unknown ones,
 * which conflict with nothing; UDP shares no port space with the others.
 */
static int protocol_family(const char *protocol)
{
	static const struct {
		const char *name;
		int family;
	} protocols[] = {
		{ "HTTP", 1 }, { "HTTPS", 2 }, { "TLS", 2 }, { "TCP", 3 },
	};
	size_t i;

	for (i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++)
		if (!strcmp(protocols[i].name, protocol))
			return protocols[i].family;
	return 0;
}

static void conflict(struct gws_resolver *resolver,
		     struct gws_graph_listener *listener,
		     const struct gws_graph_listener *other,
		     enum gws_reason reason)
{
	bool protocols = reason == GWS_R_PROTOCOL_CONFLICT;
	const char *what = protocols ? "protocol" : "hostname";
	const char *value = protocols ? other->spec->protocol :
					other->spec->hostname;
	static const char format[] = "Listener %s has port %u with %s \"%s\"";

	gws_cond_set(resolver->arena, &listener->conds, GWS_COND_CONFLICTED,
		     GWS_TRUE, reason, format, other->spec->name,
		     other->spec->port, what, value);
	/* Outranks an unsupported protocol: it would stay when that is mended. */
	gws_cond_set(resolver->arena, &listener->conds, GWS_COND_ACCEPTED,
		     GWS_FALSE, reason, format, other->spec->name,
		     other->spec->port, what, value);
}

/*
 * "An implementation MUST NOT pick one conflicting Listener as the winner"
 * (GatewaySpec.Listeners), so every one of a conflict is marked.
 */
static void find_conflicts(struct gws_resolver *resolver,
			   struct gws_graph_gateway *gateway)
{
	struct gws_graph_listener *a, *b;
	int family_a, family_b;
	size_t i, j;

	for (i = 0; i < gateway->nlisteners; i++) {
		a = &gateway->listeners[i];
		family_a = protocol_family(a->spec->protocol);
		for (j = 0; j < gateway->nlisteners; j++) {
			b = &gateway->listeners[j];
			family_b = protocol_family(b->spec->protocol);
			if (i == j || a->spec->port != b->spec->port ||
			    !family_a || !family_b)
				continue;
			if (family_a != family_b)
				conflict(resolver, a, b,
					 GWS_R_PROTOCOL_CONFLICT);
			else if (!strcmp(a->spec->hostname, b->spec->hostname))
				conflict(resolver, a, b,
					 GWS_R_HOSTNAME_CONFLICT);
			else
				continue;
			break;
		}
	}
}

/* allowedRoutes.kinds; by default all that the protocol has. */
static void resolve_kinds(struct gws_resolver *resolver,
			  struct gws_graph_listener *listener)
{
	const struct gws_listener_spec *spec = listener->spec;
	const struct gws_group_kind *kind;
	size_t i;

	gws_cond_set(resolver->arena, &listener->conds, GWS_COND_RESOLVED_REFS,
		     GWS_TRUE, GWS_R_RESOLVED_REFS, NULL);
	listener->http_routes = !spec->nkinds;
	for (i = 0; i < spec->nkinds; i++) {
		kind = &spec->kinds[i];
		if (!strcmp(kind->group, GWS_GROUP) &&
		    !strcmp(kind->kind, "HTTPRoute"))
			listener->http_routes = true;
		else
			gws_cond_fail(resolver->arena, &listener->conds,
				      GWS_COND_RESOLVED_REFS,
				      GWS_R_INVALID_ROUTE_KINDS,
				      "allowedRoutes.kinds[%zu]: %s%s%s is not supported for protocol %s",
				      i, kind->group, *kind->group ? "/" : "",
				      kind->kind, spec->protocol);
	}
}

static void resolve_listener(struct gws_resolver *resolver,
			     struct gws_graph_gateway *gateway,
			     const struct gws_listener_spec *spec)
{
	struct gws_graph_listener *listener;

	listener = gws_mem_push(resolver->arena, gateway->listeners,
				gateway->nlisteners);
	listener->gateway = gateway;
	listener->spec = spec;
	listener->key = gws_mem_printf(resolver->arena, "%s/%s/%s",
				       gateway->object->namespace,
				       gateway->object->name, spec->name);
	resolve_kinds(resolver, listener);
	if (!strcmp(spec->protocol, "HTTP"))
		return;
	listener->http_routes = false;
	gws_cond_fail(resolver->arena, &listener->conds, GWS_COND_ACCEPTED,
		      GWS_R_UNSUPPORTED_PROTOCOL,
		      "Protocol %s is not supported by this release",
		      spec->protocol);
}

/* The class's configuration, and over it the Gateway's own. */
static void configure(struct gws_resolver *resolver,
		      struct gws_graph_gateway *gateway)
{
	const struct gws_object *object = gateway->object;
	const struct gws_parameters_ref *ref = object->gateway.parameters;
	struct gws_client_config *config = &gateway->config;
	const char *wrong;

	*config = gateway->class->config;
	if (!ref)
		return;
	wrong = gws_resolve_config(resolver, ref, object->namespace, config);
	if (!wrong && config->ports != gateway->class->config.ports)
		wrong = gws_resolve_proxy_ports(resolver, &object->gateway,
						config);
	if (wrong)
		gws_cond_fail(resolver->arena, &gateway->conds,
			      GWS_COND_ACCEPTED, GWS_R_INVALID_PARAMETERS,
			      "spec.infrastructure.parametersRef: %s", wrong);
}

/* After all causes to refuse have been looked at, but addresses. */
static void accept(struct gws_resolver *resolver,
		   struct gws_graph_gateway *gateway)
{
	const struct gws_graph_class *class = gateway->class;
	struct gws_graph_listener *listener;
	size_t i;

	for (i = 0; i < gateway->nlisteners; i++) {
		listener = &gateway->listeners[i];
		if (!gws_cond_is(&listener->conds, GWS_COND_ACCEPTED,
				 GWS_FALSE))
			gws_cond_set(resolver->arena, &listener->conds,
				     GWS_COND_ACCEPTED, GWS_TRUE,
				     GWS_R_ACCEPTED, NULL);
	}
	if (!gws_cond_is(&class->conds, GWS_COND_ACCEPTED, GWS_TRUE))
		gws_cond_set(resolver->arena, &gateway->conds,
			     GWS_COND_ACCEPTED, GWS_UNKNOWN, GWS_R_PENDING,
			     "GatewayClass %s is not accepted", class->name);
	else
		configure(resolver, gateway);
}

/* Nobody of ours will write a status that could tell it. */
static void note_class(struct gws_resolver *resolver,
		       const struct gws_object *gateway)
{
	const struct gws_object *class;

	class = gws_store_find(resolver->store, GWS_KIND_GATEWAYCLASS, "",
			       gateway->gateway.class);
	if (class)
		gws_resolve_note(resolver, GWS_LEVEL_NOTE, gateway,
				 "spec.gatewayClassName",
				 "GatewayClass \"%s\" is left to its controller %s",
				 class->name, class->class.controller);
	else
		gws_resolve_note(resolver, GWS_LEVEL_WARNING, gateway,
				 "spec.gatewayClassName",
				 "no GatewayClass \"%s\"; nothing is programmed",
				 gateway->gateway.class);
}

static void resolve_gateway(struct gws_resolver *resolver,
			    const struct gws_object *object)
{
	struct gws_graph *graph = resolver->graph;
	const struct gws_graph_class *class;
	struct gws_graph_gateway *gateway;
	size_t i;

	class = find_class(graph, object->gateway.class);
	if (!class) {
		note_class(resolver, object);
		return;
	}
	gateway = &graph->gateways[graph->ngateways++];
	gateway->object = object;
	gateway->class = class;
	for (i = 0; i < object->gateway.nlisteners; i++)
		resolve_listener(resolver, gateway,
				 &object->gateway.listeners[i]);
	find_conflicts(resolver, gateway);
	accept(resolver, gateway);
	for (i = 0; i < object->gateway.nunsupported; i++)
		gws_resolve_note(resolver, GWS_LEVEL_WARNING, object,
				 object->gateway.unsupported[i].field,
				 "%s is not supported by this release and has no effect",
				 object->gateway.unsupported[i].what);
}

void gws_resolve_gateways(struct gws_resolver *resolver)
{
	struct gws_graph *graph = resolver->graph;
	struct gws_object *const *objects;
	size_t count, i;

	objects = gws_store_kind(resolver->store, GWS_KIND_GATEWAY, &count);
	/* Listeners and routes point at Gateways, so the array never moves. */
	graph->gateways = gws_mem_take(resolver->arena,
				       count * sizeof(*graph->gateways));
	for (i = 0; i < count; i++)
		resolve_gateway(resolver, objects[i]);
}
