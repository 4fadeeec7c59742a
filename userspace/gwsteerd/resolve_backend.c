// SPDX-License-Identifier: MIT
/*
 * backendRefs -> clusters: Services, their ports, the endpoints of their
 * EndpointSlices.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/gwsteer.h>

#include "../lib/mem.h"
#include "resolve_steps.h"

#define PORTS_SHOWN 8	/* in a message */

static int compare_slices(const void *a, const void *b)
{
	const struct gws_object *x = *(const struct gws_object *const *)a;
	const struct gws_object *y = *(const struct gws_object *const *)b;
	int cmp = strcmp(x->namespace, y->namespace);

	if (!cmp)
		cmp = strcmp(x->slice.service, y->slice.service);
	return cmp ? cmp : strcmp(x->name, y->name);
}

/* Finding the slices of a Service must not look at all of them each time. */
static void index_slices(struct gws_resolver *resolver)
{
	struct gws_object *const *objects;
	size_t count, i;

	objects = gws_store_kind(resolver->store, GWS_KIND_ENDPOINTSLICE,
				 &count);
	for (i = 0; i < count; i++)
		if (objects[i]->slice.service)
			*gws_mem_push(resolver->arena, resolver->slices,
				      resolver->nslices) = objects[i];
		else
			gws_resolve_note(resolver, GWS_LEVEL_WARNING,
					 objects[i], "metadata.labels",
					 "without the label kubernetes.io/service-name no Service has these endpoints");
	if (resolver->nslices)
		qsort(resolver->slices, resolver->nslices,
		      sizeof(*resolver->slices), compare_slices);
}

/* The first slice that is not before the Service's. */
static size_t first_slice(const struct gws_resolver *resolver,
			  const struct gws_object *service)
{
	size_t low = 0, high = resolver->nslices, middle;
	int cmp;

	while (low < high) {
		middle = low + (high - low) / 2;
		cmp = strcmp(resolver->slices[middle]->namespace,
			     service->namespace);
		if (!cmp)
			cmp = strcmp(resolver->slices[middle]->slice.service,
				     service->name);
		if (cmp < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_slice_of(const struct gws_object *slice,
			const struct gws_object *service)
{
	return !strcmp(slice->namespace, service->namespace) &&
	       !strcmp(slice->slice.service, service->name);
}

/*
 * A connection that would come back to a Gateway would loop: the addresses of
 * Gateways and, on the node's own addresses, NodePorts.
 */
static const char *claimed(const struct gws_resolver *resolver,
			   const struct gws_ip *addr, uint16_t port)
{
	const struct gws_graph *graph = resolver->graph;
	const struct gws_graph_listener *listener;
	const struct gws_ir_bind *bind;
	bool node = false;
	size_t i, j, k;

	for (i = 0; i < resolver->env->naddrs; i++)
		node |= !gws_ip_cmp(&resolver->env->addrs[i], addr);
	for (i = 0; i < graph->ngateways; i++)
		for (j = 0; j < graph->gateways[i].nlisteners; j++) {
			listener = &graph->gateways[i].listeners[j];
			for (k = 0; k < listener->nbinds; k++) {
				bind = &listener->binds[k];
				if (bind->kind == GWS_BIND_ADDRESS &&
				    !gws_ip_cmp(&bind->addr, addr))
					return "is an address of a Gateway";
				if (bind->kind == GWS_BIND_NODEPORT && node &&
				    bind->port == port)
					return "is a NodePort of a Gateway";
			}
		}
	return NULL;
}

static void add_endpoint(struct gws_resolver *resolver,
			 struct gws_graph_cluster *cluster,
			 const struct gws_slice_endpoint *from, uint16_t port)
{
	struct gws_ir_endpoint *endpoint;
	const char *refusal;
	struct gws_ip addr;

	/* The decoder has seen that it is an address. */
	if (gws_ip_parse(from->address, &addr))
		return;
	refusal = gws_ip_refusal(&addr);
	if (!refusal)
		refusal = claimed(resolver, &addr, port);
	if (refusal) {
		if (!cluster->refused)
			cluster->refused = gws_mem_printf(resolver->arena,
				"endpoint %s port %u %s", from->address, port,
				refusal);
		return;
	}
	endpoint = gws_mem_push(resolver->arena, cluster->endpoints,
				cluster->nendpoints);
	endpoint->addr = addr;
	endpoint->port = port;
	endpoint->ready = from->ready;
	endpoint->serving = from->serving && from->terminating && !from->ready;
}

/* Ports of Service and slice are the same when their names are. */
static void add_slice(struct gws_resolver *resolver,
		      struct gws_graph_cluster *cluster,
		      const struct gws_endpointslice *slice,
		      const struct gws_service_port *port)
{
	size_t i, j;

	for (i = 0; i < slice->nports; i++) {
		if (strcmp(slice->ports[i].name, port->name) ||
		    strcmp(slice->ports[i].protocol, port->protocol) ||
		    !slice->ports[i].port)
			continue;
		for (j = 0; j < slice->nendpoints; j++)
			add_endpoint(resolver, cluster, &slice->endpoints[j],
				     slice->ports[i].port);
		return;
	}
}

static int compare_endpoints(const void *a, const void *b)
{
	const struct gws_ir_endpoint *x = a, *y = b;
	int cmp = gws_ip_cmp(&x->addr, &y->addr);

	return cmp ? cmp : (x->port > y->port) - (x->port < y->port);
}

/* An endpoint may stand in two slices while it moves from one to the other. */
static void sort_endpoints(struct gws_graph_cluster *cluster)
{
	size_t i, n = 0;

	if (!cluster->nendpoints)
		return;
	qsort(cluster->endpoints, cluster->nendpoints,
	      sizeof(*cluster->endpoints), compare_endpoints);
	for (i = 1; i < cluster->nendpoints; i++) {
		struct gws_ir_endpoint *last = &cluster->endpoints[n];

		if (compare_endpoints(last, &cluster->endpoints[i])) {
			cluster->endpoints[++n] = cluster->endpoints[i];
			continue;
		}
		last->ready |= cluster->endpoints[i].ready;
		last->serving |= cluster->endpoints[i].serving;
		last->serving &= !last->ready;
	}
	cluster->nendpoints = n + 1;
}

/*
 * A dual-stack Service lists every pod twice, once per family; the Service's
 * first family is the one to use, unless it has no endpoint at all.
 */
static bool has_family(const struct gws_resolver *resolver,
		       const struct gws_object *service)
{
	size_t i;

	if (!service->service.family)
		return false;
	for (i = first_slice(resolver, service); i < resolver->nslices &&
	     is_slice_of(resolver->slices[i], service); i++)
		if (!strcmp(resolver->slices[i]->slice.type,
			    service->service.family) &&
		    resolver->slices[i]->slice.nendpoints)
			return true;
	return false;
}

static struct gws_graph_cluster *build_cluster(struct gws_resolver *resolver,
					       const char *key,
					       const struct gws_object *service,
					       const struct gws_service_port *port)
{
	struct gws_graph_cluster *cluster = gws_mem_take(resolver->arena,
							 sizeof(*cluster));
	bool filter = has_family(resolver, service);
	const struct gws_endpointslice *slice;
	size_t i;

	cluster->key = key;
	for (i = first_slice(resolver, service); i < resolver->nslices &&
	     is_slice_of(resolver->slices[i], service); i++) {
		slice = &resolver->slices[i]->slice;
		if (!strcmp(slice->type, "FQDN") ||
		    (filter && strcmp(slice->type, service->service.family)))
			continue;
		add_slice(resolver, cluster, slice, port);
	}
	sort_endpoints(cluster);
	return cluster;
}

/* The cluster of a Service's port, made when it is new. */
static const struct gws_graph_cluster *
get_cluster(struct gws_resolver *resolver, const char *key,
	    const struct gws_object *service, const struct gws_service_port *port)
{
	struct gws_graph *graph = resolver->graph;
	size_t low = 0, high = graph->nclusters, middle;
	int cmp;

	while (low < high) {
		middle = low + (high - low) / 2;
		cmp = strcmp(graph->clusters[middle]->key, key);
		if (!cmp)
			return graph->clusters[middle];
		if (cmp < 0)
			low = middle + 1;
		else
			high = middle;
	}
	gws_mem_push(resolver->arena, graph->clusters, graph->nclusters);
	memmove(&graph->clusters[low + 1], &graph->clusters[low],
		(graph->nclusters - 1 - low) * sizeof(*graph->clusters));
	graph->clusters[low] = build_cluster(resolver, key, service, port);
	return graph->clusters[low];
}

static const struct gws_service_port *
find_port(const struct gws_object *service, uint16_t number)
{
	size_t i;

	/* Ports may share a number over protocols (DNS); HTTP is on TCP. */
	for (i = 0; i < service->service.nports; i++)
		if (service->service.ports[i].port == number &&
		    !strcmp(service->service.ports[i].protocol, "TCP"))
			return &service->service.ports[i];
	for (i = 0; i < service->service.nports; i++)
		if (service->service.ports[i].port == number)
			return &service->service.ports[i];
	return NULL;
}

/*
 * GEP-1911: the kubernetes.io protocols mean something; without TLS and HTTP/2
 * to backends, those that need them cannot be spoken. Others are tolerated.
 */
static bool speaks(const struct gws_service_port *port)
{
	if (strcmp(port->protocol, "TCP"))
		return false;
	return !port->app_protocol ||
	       strncmp(port->app_protocol, "kubernetes.io/", 14) ||
	       !strcmp(port->app_protocol, "kubernetes.io/ws");
}

/* Most have one or two; who wrote a targetPort sees what it should be. */
static const char *list_ports(struct gws_arena *arena,
			      const struct gws_service *service)
{
	const char *list = "none";
	size_t i;

	for (i = 0; i < service->nports && i < PORTS_SHOWN; i++)
		list = gws_mem_printf(arena, "%s%s%u", i ? list : "",
				      i ? ", " : "", service->ports[i].port);
	return service->nports <= PORTS_SHOWN ? list :
	       gws_mem_printf(arena, "%s and %zu more", list,
			      service->nports - PORTS_SHOWN);
}

static void invalid(struct gws_resolver *resolver,
		    struct gws_graph_route *route, enum gws_reason reason,
		    const char *where, const char *what)
{
	gws_cond_fail_too(resolver->arena, &route->conds,
			  GWS_COND_RESOLVED_REFS, reason, "%s: %s", where,
			  what);
}

/*
 * A label for people. A Service's name is one; that of what is not there may
 * have any 253 characters, of which the kernel takes as many of ASCII.
 */
const char *gws_ref_name(struct gws_arena *arena,
			 const struct gws_backend_ref *ref)
{
	char *name = gws_mem_printf(arena, "%s/%.*s:%u", ref->namespace,
				    GWS_NAME_MAX, ref->name, ref->port), *c;

	for (c = name; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	return name;
}

static const struct gws_graph_cluster *
resolve_service(struct gws_resolver *resolver, struct gws_graph_route *route,
		const struct gws_backend_ref *ref, const char *where)
{
	const struct gws_graph_cluster *cluster;
	const struct gws_service_port *port;
	const struct gws_object *service;
	char text[768];

	service = gws_store_find(resolver->store, GWS_KIND_SERVICE,
				 ref->namespace, ref->name);
	if (!service) {
		snprintf(text, sizeof(text), "no Service %s/%s",
			 ref->namespace, ref->name);
		invalid(resolver, route, GWS_R_BACKEND_NOT_FOUND, where, text);
		return NULL;
	}
	if (!strcmp(service->service.type, "ExternalName")) {
		snprintf(text, sizeof(text),
			 "Service %s/%s is of type ExternalName, which has no endpoints",
			 ref->namespace, ref->name);
		invalid(resolver, route, GWS_R_INVALID_KIND, where, text);
		return NULL;
	}
	port = find_port(service, ref->port);
	if (!port) {
		snprintf(text, sizeof(text),
			 "Service %s/%s has no port %u, it has %s",
			 ref->namespace, ref->name, ref->port,
			 list_ports(resolver->arena, &service->service));
		invalid(resolver, route, GWS_R_BACKEND_NOT_FOUND, where, text);
		return NULL;
	}
	if (!speaks(port)) {
		snprintf(text, sizeof(text),
			 "port %u of Service %s/%s has protocol %s, which is not supported",
			 ref->port, ref->namespace, ref->name,
			 port->app_protocol ? port->app_protocol :
			 port->protocol);
		invalid(resolver, route, GWS_R_UNSUPPORTED_PROTOCOL, where,
			text);
		return NULL;
	}
	cluster = get_cluster(resolver, gws_ref_name(resolver->arena, ref),
			      service, port);
	if (cluster->refused)
		invalid(resolver, route, GWS_R_INVALID_ENDPOINT, where,
			cluster->refused);
	return cluster;
}

const struct gws_graph_cluster *
gws_resolve_ref(struct gws_resolver *resolver, struct gws_graph_route *route,
		const struct gws_backend_ref *ref, const char *where)
{
	char text[768];

	if (*ref->group || strcmp(ref->kind, "Service")) {
		snprintf(text, sizeof(text),
			 "kind %s%s%s is not supported, only Service",
			 ref->group, *ref->group ? "/" : "", ref->kind);
		invalid(resolver, route, GWS_R_INVALID_KIND, where, text);
		return NULL;
	}
	/* Before it is looked up: existence elsewhere is nobody's business. */
	if (!gws_resolve_grant(resolver, route->object->namespace, ref)) {
		snprintf(text, sizeof(text),
			 "no ReferenceGrant in namespace %s permits an HTTPRoute of namespace %s to refer to Service %s",
			 ref->namespace, route->object->namespace, ref->name);
		invalid(resolver, route, GWS_R_REF_NOT_PERMITTED, where, text);
		return NULL;
	}
	return resolve_service(resolver, route, ref, where);
}

static void resolve_rule(struct gws_resolver *resolver,
			 struct gws_graph_route *route, size_t index)
{
	struct gws_graph_rule *rule = &route->rules[index];
	const struct gws_backend_ref *ref;
	struct gws_graph_backend *backend;
	char where[96];
	size_t i;

	for (i = 0; i < rule->rule->nbackends; i++) {
		ref = &rule->rule->backends[i];
		snprintf(where, sizeof(where),
			 "spec.rules[%zu].backendRefs[%zu]", index, i);
		backend = gws_mem_push(resolver->arena, rule->backends,
				       rule->nbackends);
		backend->ref = ref;
		backend->name = gws_ref_name(resolver->arena, ref);
		backend->cluster = gws_resolve_ref(resolver, route, ref, where);
	}
	if (!rule->dropped)
		gws_resolve_filters(resolver, route, index);
}

void gws_resolve_backends(struct gws_resolver *resolver)
{
	struct gws_graph *graph = resolver->graph;
	struct gws_graph_route *route;
	size_t i, j;

	index_slices(resolver);
	for (i = 0; i < graph->nroutes; i++) {
		route = &graph->routes[i];
		gws_cond_set(resolver->arena, &route->conds,
			     GWS_COND_RESOLVED_REFS, GWS_TRUE,
			     GWS_R_RESOLVED_REFS, NULL);
		for (j = 0; j < route->nrules; j++)
			resolve_rule(resolver, route, j);
	}
}
