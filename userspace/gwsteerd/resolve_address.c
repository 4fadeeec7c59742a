// SPDX-License-Identifier: MIT
/*
 * Where a Gateway is reached: NodePorts, addresses of its own, ports of the
 * node's addresses. Who comes first is decided by age, then by name.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/mem.h"
#include "nodeports.h"
#include "resolve_steps.h"

/* A NodePort that a Service fixes. */
struct fixed {
	const struct gws_object *service;
	uint16_t port;
	uint16_t node_port;
	const struct gws_object *owner;	/* who has it already, or NULL */
};

/* An address or a port of the node, and the Gateway that has it. */
struct claim {
	struct gws_ip addr;	/* .len 0: @port of the node's addresses */
	uint16_t port;
	const struct gws_graph_gateway *gateway;
};

struct addresses {
	struct gws_resolver *resolver;
	struct fixed *fixed;
	size_t nfixed;
	struct claim *claims;
	size_t nclaims;
};

static void collect_fixed(struct addresses *addresses)
{
	struct gws_resolver *resolver = addresses->resolver;
	const struct gws_service_port *port;
	struct gws_object *const *services;
	struct fixed *fixed;
	size_t count, i, j, k;

	services = gws_store_kind(resolver->store, GWS_KIND_SERVICE, &count);
	for (i = 0; i < count; i++)
		for (j = 0; j < services[i]->service.nports; j++) {
			port = &services[i]->service.ports[j];
			if (!port->node_port || strcmp(port->protocol, "TCP"))
				continue;
			fixed = gws_mem_push(resolver->arena, addresses->fixed,
					     addresses->nfixed);
			fixed->service = services[i];
			fixed->port = port->port;
			fixed->node_port = port->node_port;
			if (gws_nodeports_fix(resolver->env->nodeports,
					      port->node_port))
				continue;
			for (k = 0; addresses->fixed[k].node_port !=
				    port->node_port; k++)
				;
			fixed->owner = addresses->fixed[k].service;
		}
}

/* The entry of the Gateway's own Service for @port. */
static const struct fixed *find_fixed(const struct addresses *addresses,
				      const struct gws_object *gateway,
				      uint16_t port)
{
	const char *name = gws_gateway_service_name(addresses->resolver->arena,
						    gateway->name);
	size_t i;

	for (i = 0; i < addresses->nfixed; i++)
		if (addresses->fixed[i].port == port &&
		    !strcmp(addresses->fixed[i].service->name, name) &&
		    !strcmp(addresses->fixed[i].service->namespace,
			    gateway->namespace))
			return &addresses->fixed[i];
	return NULL;
}

static void add_bind(struct gws_resolver *resolver,
		     struct gws_graph_listener *listener,
		     enum gws_bind_kind kind, const struct gws_ip *addr,
		     uint16_t port)
{
	struct gws_ir_bind *bind = gws_mem_push(resolver->arena,
						listener->binds,
						listener->nbinds);

	if (addr)
		bind->addr = *addr;
	bind->port = port;
	bind->kind = (uint8_t)kind;
}

static void assign_node_port(struct addresses *addresses,
			     struct gws_graph_listener *listener)
{
	struct gws_resolver *resolver = addresses->resolver;
	const struct gws_object *object = listener->gateway->object;
	const struct fixed *fixed = find_fixed(addresses, object,
					       listener->spec->port);

	if (fixed && fixed->owner) {
		gws_cond_fail(resolver->arena, &listener->conds,
			      GWS_COND_ACCEPTED, GWS_R_PORT_UNAVAILABLE,
			      "NodePort %u of Service %s/%s belongs to Service %s/%s",
			      fixed->node_port, fixed->service->namespace,
			      fixed->service->name, fixed->owner->namespace,
			      fixed->owner->name);
		return;
	}
	listener->node_port = fixed ? fixed->node_port :
		gws_nodeports_get(resolver->env->nodeports, object->namespace,
				  object->name, listener->spec->port);
	if (listener->node_port)
		add_bind(resolver, listener, GWS_BIND_NODEPORT, NULL,
			 listener->node_port);
	else
		gws_cond_fail(resolver->arena, &listener->conds,
			      GWS_COND_ACCEPTED, GWS_R_PORT_UNAVAILABLE,
			      "No NodePort is left between %d and %d",
			      GWS_NODEPORT_MIN, GWS_NODEPORT_MAX);
}

/* The Gateway that has it already; @gateway itself when it is new. */
static const struct gws_graph_gateway *
claim(struct addresses *addresses, const struct gws_graph_gateway *gateway,
      const struct gws_ip *addr, uint16_t port)
{
	struct claim *claim;
	size_t i;

	for (i = 0; i < addresses->nclaims; i++) {
		claim = &addresses->claims[i];
		if (claim->port == port && (addr ? !gws_ip_cmp(&claim->addr, addr) :
					    !claim->addr.len))
			return claim->gateway;
	}
	claim = gws_mem_push(addresses->resolver->arena, addresses->claims,
			     addresses->nclaims);
	if (addr)
		claim->addr = *addr;
	claim->port = port;
	claim->gateway = gateway;
	return gateway;
}

static bool is_host_port(const struct gws_env *env, uint16_t port)
{
	size_t i;

	for (i = 0; i < env->nhost_ports; i++)
		if (env->host_ports[i] == port)
			return true;
	return false;
}

static bool is_node_addr(const struct gws_env *env, const struct gws_ip *addr)
{
	size_t i;

	for (i = 0; i < env->naddrs; i++)
		if (!gws_ip_cmp(&env->addrs[i], addr))
			return true;
	return false;
}

static bool in_pool(const struct gws_env *env, const struct gws_ip *addr)
{
	size_t i;

	for (i = 0; i < env->npool; i++)
		if (gws_cidr_contains(&env->pool[i], addr))
			return true;
	return false;
}

/*
 * Ports of the node's addresses (@addr: one of them, NULL: all). A port that is
 * not the operator's to give is reached by NodePort only, which is no error; one
 * that an older Gateway has is.
 */
static void bind_host(struct addresses *addresses,
		      struct gws_graph_gateway *gateway,
		      const struct gws_ip *addr)
{
	struct gws_resolver *resolver = addresses->resolver;
	const struct gws_graph_gateway *owner;
	struct gws_graph_listener *listener;
	size_t i;

	for (i = 0; i < gateway->nlisteners; i++) {
		listener = &gateway->listeners[i];
		if (!listener->programmable ||
		    !is_host_port(resolver->env, listener->spec->port))
			continue;
		owner = claim(addresses, gateway, NULL, listener->spec->port);
		if (owner == gateway) {
			add_bind(resolver, listener, GWS_BIND_HOST, addr,
				 listener->spec->port);
			continue;
		}
		gws_cond_fail(resolver->arena, &gateway->conds,
			      GWS_COND_PROGRAMMED, GWS_R_ADDRESS_NOT_ASSIGNED,
			      "Port %u of the node's addresses belongs to Gateway %s/%s; reachable at NodePort %u, or give it an address of the pool in spec.addresses",
			      listener->spec->port, owner->object->namespace,
			      owner->object->name, listener->node_port);
	}
}

/* Who else has the listener's port at @addr, or NULL. */
static const struct gws_taken_port *
find_taken(const struct gws_env *env, const struct gws_graph_listener *listener,
	   const struct gws_ip *addr)
{
	size_t i;

	for (i = 0; i < env->ntaken && listener->programmable; i++)
		if (env->taken[i].port == listener->spec->port &&
		    !gws_ip_cmp(&env->taken[i].addr, addr))
			return &env->taken[i];
	return NULL;
}

/* The first listener whose port somebody else has at @addr, or NULL. */
static struct gws_graph_listener *
find_shut_out(struct gws_resolver *resolver, struct gws_graph_gateway *gateway,
	      const struct gws_ip *addr)
{
	size_t i;

	for (i = 0; i < gateway->nlisteners; i++)
		if (find_taken(resolver->env, &gateway->listeners[i], addr))
			return &gateway->listeners[i];
	return NULL;
}

/* The Gateway keeps other addresses, so no condition speaks of this one. */
static void note_taken(struct gws_resolver *resolver,
		       struct gws_graph_gateway *gateway,
		       const struct gws_ip *addr)
{
	const struct gws_graph_listener *listener =
		find_shut_out(resolver, gateway, addr);
	char text[GWS_IP_TEXT];

	if (listener)
		gws_resolve_note(resolver, GWS_LEVEL_WARNING, gateway->object,
				 NULL,
				 "port %u of %s is taken by %s; the status does not list that address",
				 listener->spec->port, gws_ip_text(addr, text),
				 find_taken(resolver->env, listener,
					    addr)->holder);
}

/* No address is left to the Gateway; NodePorts still lead to it. */
static void fail_taken(struct gws_resolver *resolver,
		       struct gws_graph_gateway *gateway,
		       const struct gws_ip *addr, enum gws_reason reason)
{
	const struct gws_taken_port *taken;
	struct gws_graph_listener *listener;
	char text[GWS_IP_TEXT];
	size_t i;

	gws_ip_text(addr, text);
	for (i = 0; i < gateway->nlisteners; i++) {
		listener = &gateway->listeners[i];
		taken = find_taken(resolver->env, listener, addr);
		if (!taken)
			continue;
		gws_cond_fail(resolver->arena, &listener->conds,
			      GWS_COND_PROGRAMMED, GWS_R_PORT_UNAVAILABLE,
			      "Port %u of %s is taken by %s; reachable at NodePort %u",
			      taken->port, text, taken->holder,
			      listener->node_port);
		gws_cond_fail(resolver->arena, &gateway->conds,
			      GWS_COND_PROGRAMMED, reason,
			      "Port %u of %s is taken by %s; reachable at NodePort %u",
			      taken->port, text, taken->holder,
			      listener->node_port);
	}
}

static void add_address(struct gws_resolver *resolver,
			struct gws_graph_gateway *gateway,
			const struct gws_ip *addr)
{
	*gws_mem_push(resolver->arena, gateway->addresses,
		      gateway->naddresses) = *addr;
}

/*
 * An address of the Gateway's own, whole: every port of it is taken.
 * Returns who has it: another Gateway, when that was first.
 */
static const struct gws_graph_gateway *
bind_whole(struct addresses *addresses, struct gws_graph_gateway *gateway,
	   const struct gws_ip *addr)
{
	const struct gws_graph_gateway *owner;
	struct gws_graph_listener *listener;
	size_t i;

	owner = claim(addresses, gateway, addr, 0);
	for (i = 0; i < gateway->nlisteners && owner == gateway; i++) {
		listener = &gateway->listeners[i];
		if (listener->programmable)
			add_bind(addresses->resolver, listener,
				 GWS_BIND_ADDRESS, addr, listener->spec->port);
	}
	return owner;
}

static void bind_own(struct addresses *addresses,
		     struct gws_graph_gateway *gateway,
		     const struct gws_ip *addr)
{
	struct gws_resolver *resolver = addresses->resolver;
	const struct gws_graph_gateway *owner;
	char text[GWS_IP_TEXT];

	owner = bind_whole(addresses, gateway, addr);
	if (owner != gateway) {
		gws_cond_fail(resolver->arena, &gateway->conds,
			      GWS_COND_PROGRAMMED, GWS_R_ADDRESS_NOT_USABLE,
			      "Address %s belongs to Gateway %s/%s",
			      gws_ip_text(addr, text),
			      owner->object->namespace, owner->object->name);
		return;
	}
	add_address(resolver, gateway, addr);
}

/*
 * The ClusterIPs of the Gateway's own Service. The status does not list them:
 * they lead nowhere from outside of the cluster. An API server gives out free
 * ones only; by hand one must not take an address of the node.
 */
static void bind_cluster_ips(struct addresses *addresses,
			     struct gws_graph_gateway *gateway)
{
	struct gws_resolver *resolver = addresses->resolver;
	const struct gws_object *service = gws_store_find(resolver->store,
		GWS_KIND_SERVICE, gateway->object->namespace,
		gws_gateway_service_name(resolver->arena,
					 gateway->object->name));
	const struct gws_graph_gateway *owner;
	const struct gws_ip *addr;
	char text[GWS_IP_TEXT];
	size_t i;

	for (i = 0; service && i < service->service.ncluster_ips; i++) {
		addr = &service->service.cluster_ips[i];
		gws_ip_text(addr, text);
		if (gws_ip_refusal(addr) || is_node_addr(resolver->env, addr)) {
			gws_resolve_note(resolver, GWS_LEVEL_WARNING, service,
					 "spec.clusterIP",
					 "%s cannot be a Gateway's: it is the node's or no unicast address",
					 text);
			continue;
		}
		owner = bind_whole(addresses, gateway, addr);
		if (owner != gateway)
			gws_resolve_note(resolver, GWS_LEVEL_WARNING, service,
					 "spec.clusterIP",
					 "%s belongs to Gateway %s/%s", text,
					 owner->object->namespace,
					 owner->object->name);
	}
}

/* Who asks for an address of the node expects the listeners' ports there. */
static bool has_host_ports(struct gws_resolver *resolver,
			     struct gws_graph_gateway *gateway,
			     const char *addr)
{
	const struct gws_graph_listener *listener;
	size_t i;

	for (i = 0; i < gateway->nlisteners; i++) {
		listener = &gateway->listeners[i];
		if (listener->programmable &&
		    !is_host_port(resolver->env, listener->spec->port))
			gws_cond_fail(resolver->arena, &gateway->conds,
				      GWS_COND_PROGRAMMED,
				      GWS_R_ADDRESS_NOT_USABLE,
				      "Port %u of the node's address %s is not for Gateways (--host-ports)",
				      listener->spec->port, addr);
	}
	return !gws_cond_is(&gateway->conds, GWS_COND_PROGRAMMED, GWS_FALSE);
}

/* spec.addresses: whoever may write a Gateway must not take any address. */
static void bind_wanted(struct addresses *addresses,
			struct gws_graph_gateway *gateway,
			const struct gws_address_spec *spec)
{
	struct gws_resolver *resolver = addresses->resolver;
	struct gws_ip addr;

	if (!spec->value) {
		gws_cond_fail(resolver->arena, &gateway->conds,
			      GWS_COND_PROGRAMMED, GWS_R_ADDRESS_NOT_ASSIGNED,
			      "An address without a value is not supported by this release");
		return;
	}
	/* The decoder has seen that it is one. */
	if (gws_ip_parse(spec->value, &addr))
		return;
	if (is_node_addr(resolver->env, &addr)) {
		bind_host(addresses, gateway, &addr);
		if (!has_host_ports(resolver, gateway, spec->value))
			return;
		if (find_shut_out(resolver, gateway, &addr))
			fail_taken(resolver, gateway, &addr,
				   GWS_R_ADDRESS_NOT_USABLE);
		else
			add_address(resolver, gateway, &addr);
	} else if (in_pool(resolver->env, &addr) && !gws_ip_refusal(&addr)) {
		bind_own(addresses, gateway, &addr);
	} else {
		gws_cond_fail(resolver->arena, &gateway->conds,
			      GWS_COND_PROGRAMMED, GWS_R_ADDRESS_NOT_USABLE,
			      "Address %s is neither the node's nor in its address pool (--address-pool)",
			      spec->value);
	}
}

static void bind_node(struct addresses *addresses,
		      struct gws_graph_gateway *gateway)
{
	struct gws_resolver *resolver = addresses->resolver;
	const struct gws_env *env = resolver->env;
	size_t i;

	bind_host(addresses, gateway, NULL);
	if (gws_cond_is(&gateway->conds, GWS_COND_PROGRAMMED, GWS_FALSE))
		return;
	if (!env->naddrs)
		gws_cond_fail(resolver->arena, &gateway->conds,
			      GWS_COND_PROGRAMMED, GWS_R_ADDRESS_NOT_ASSIGNED,
			      "The node has no address to give");
	for (i = 0; i < env->naddrs && i < 16; i++)
		if (!find_shut_out(resolver, gateway, &env->addrs[i]))
			add_address(resolver, gateway, &env->addrs[i]);
	for (i = 0; i < env->naddrs && i < 16; i++)
		if (gateway->naddresses)
			note_taken(resolver, gateway, &env->addrs[i]);
		else
			fail_taken(resolver, gateway, &env->addrs[i],
				   GWS_R_ADDRESS_NOT_ASSIGNED);
}

static void check_types(struct gws_resolver *resolver,
			struct gws_graph_gateway *gateway)
{
	const struct gws_gateway *spec = &gateway->object->gateway;
	size_t i;

	for (i = 0; i < spec->naddresses; i++)
		if (strcmp(spec->addresses[i].type, "IPAddress"))
			gws_cond_fail(resolver->arena, &gateway->conds,
				      GWS_COND_ACCEPTED,
				      GWS_R_UNSUPPORTED_ADDRESS,
				      "spec.addresses[%zu]: type %s is not supported, only IPAddress",
				      i, spec->addresses[i].type);
}

/* Accepted of the Gateway, from its listeners; then what is programmable. */
static void accept(struct gws_resolver *resolver,
		   struct gws_graph_gateway *gateway)
{
	struct gws_graph_listener *listener;
	const char *first = NULL;
	size_t i, valid = 0;

	for (i = 0; i < gateway->nlisteners; i++) {
		listener = &gateway->listeners[i];
		if (gws_cond_is(&listener->conds, GWS_COND_ACCEPTED, GWS_TRUE))
			valid++;
		else if (!first)
			first = listener->spec->name;
	}
	if (gateway->conds.list[GWS_COND_ACCEPTED].status == GWS_COND_ABSENT)
		gws_cond_set(resolver->arena, &gateway->conds,
			     GWS_COND_ACCEPTED, GWS_TRUE, GWS_R_ACCEPTED, NULL);
	if (first && gws_cond_is(&gateway->conds, GWS_COND_ACCEPTED, GWS_TRUE))
		gws_cond_set(resolver->arena, &gateway->conds,
			     GWS_COND_ACCEPTED, valid ? GWS_TRUE : GWS_FALSE,
			     GWS_R_LISTENERS_NOT_VALID,
			     "%zu of %zu listeners are valid; listener %s is not",
			     valid, gateway->nlisteners, first);
	for (i = 0; i < gateway->nlisteners; i++) {
		listener = &gateway->listeners[i];
		listener->programmable = listener->http_routes &&
			gws_cond_is(&gateway->conds, GWS_COND_ACCEPTED,
				    GWS_TRUE) &&
			gws_cond_is(&listener->conds, GWS_COND_ACCEPTED,
				    GWS_TRUE);
	}
}

static void resolve_gateway(struct addresses *addresses,
			    struct gws_graph_gateway *gateway)
{
	const struct gws_gateway *spec = &gateway->object->gateway;
	size_t i;

	if (!gws_cond_is(&gateway->conds, GWS_COND_ACCEPTED, GWS_TRUE))
		return;
	bind_cluster_ips(addresses, gateway);
	for (i = 0; i < spec->naddresses; i++)
		bind_wanted(addresses, gateway, &spec->addresses[i]);
	if (!spec->naddresses)
		bind_node(addresses, gateway);
}

static int compare_age(const void *a, const void *b)
{
	return gws_object_age_cmp((*(struct gws_graph_gateway *const *)a)->object,
				  (*(struct gws_graph_gateway *const *)b)->object);
}

void gws_resolve_addresses(struct gws_resolver *resolver)
{
	struct addresses addresses = { .resolver = resolver };
	struct gws_graph *graph = resolver->graph;
	struct gws_graph_gateway **order;
	struct gws_graph_listener *listener;
	size_t i, j;

	order = gws_mem_take(resolver->arena,
			     graph->ngateways * sizeof(*order));
	for (i = 0; i < graph->ngateways; i++)
		order[i] = &graph->gateways[i];
	qsort(order, graph->ngateways, sizeof(*order), compare_age);
	gws_nodeports_begin(resolver->env->nodeports);
	collect_fixed(&addresses);
	for (i = 0; i < graph->ngateways; i++) {
		check_types(resolver, order[i]);
		for (j = 0; j < order[i]->nlisteners; j++) {
			listener = &order[i]->listeners[j];
			if (gws_cond_is(&listener->conds, GWS_COND_ACCEPTED,
					GWS_TRUE))
				assign_node_port(&addresses, listener);
		}
		accept(resolver, order[i]);
		resolve_gateway(&addresses, order[i]);
	}
}
