/* SPDX-License-Identifier: MIT */
/*
 * The steps of gws_resolve(), one file each. A step adds to the graph what it
 * finds and sets conditions; none of them fails.
 */
#ifndef GWS_RESOLVE_STEPS_H
#define GWS_RESOLVE_STEPS_H

#include "graph.h"
#include "problem.h"
#include "store.h"

struct gws_resolver {
	const struct gws_store *store;
	const struct gws_env *env;
	struct gws_graph *graph;
	struct gws_arena *arena;	/* the graph's */
	/* EndpointSlices by namespace and Service; resolve_backend.c */
	const struct gws_object **slices;
	size_t nslices;
};

void gws_resolve_classes(struct gws_resolver *resolver);
void gws_resolve_gateways(struct gws_resolver *resolver);
void gws_resolve_addresses(struct gws_resolver *resolver);
void gws_resolve_routes(struct gws_resolver *resolver);
void gws_resolve_backends(struct gws_resolver *resolver);

/*
 * gws_resolve_config - what a parametersRef says of @config.
 * @namespace: of the ConfigMap; NULL when the reference says none
 * Returns NULL or what is wrong.
 */
const char *gws_resolve_config(const struct gws_resolver *resolver,
			       const struct gws_parameters_ref *ref,
			       const char *namespace,
			       struct gws_client_config *config);
/* The same for the ports of a Gateway's own configuration. */
const char *gws_resolve_proxy_ports(const struct gws_resolver *resolver,
				    const struct gws_gateway *gateway,
				    const struct gws_client_config *config);

/* RFC 9110 5.5: bytes of a field value, without white space around it. */
bool gws_field_is_value(const char *text);

/* Which match of a rule no request could meet, with its field; or NULL. */
const char *gws_matches_wrong(const struct gws_resolver *resolver,
			      const struct gws_route_rule *rule, size_t index);
/* "namespace/name:port", as a label. */
const char *gws_ref_name(struct gws_arena *arena,
			 const struct gws_backend_ref *ref);
/*
 * The cluster of a reference at @where; NULL when it is none, then the route's
 * conditions say why.
 */
const struct gws_graph_cluster *
gws_resolve_ref(struct gws_resolver *resolver, struct gws_graph_route *route,
		const struct gws_backend_ref *ref, const char *where);

/* What of a rule's filters cannot be done, with its field; or NULL. */
const char *gws_filters_wrong(const struct gws_resolver *resolver,
			      const struct gws_route_rule *rule, size_t index);
/*
 * The filters of a rule without such, and of its backends. What refers to
 * nothing that there is makes the rule or the backend answer 500; but a mirror is
 * left out.
 */
void gws_resolve_filters(struct gws_resolver *resolver,
			 struct gws_graph_route *route, size_t index);

/* Whether the namespace is selected by a listener of @gateway_namespace. */
bool gws_resolve_namespace(const struct gws_resolver *resolver,
			   const struct gws_listener_spec *listener,
			   const char *gateway_namespace,
			   const char *namespace);

/* Whether a HTTPRoute of @from may refer to the Service. */
bool gws_resolve_grant(const struct gws_resolver *resolver, const char *from,
		       const struct gws_backend_ref *to);

/*
 * gws_hostname_intersect - the names that both patterns have ("" = all).
 * Returns NULL when there are none, else @a or @b.
 */
const char *gws_hostname_intersect(const char *a, const char *b);

/* "gwsteer-gateway-<name>", shortened with a hash to a label of 63. */
const char *gws_gateway_service_name(struct gws_arena *arena,
				     const char *gateway);

/* Oldest first, then by "namespace/name"; of objects of one kind. */
int gws_object_age_cmp(const struct gws_object *a, const struct gws_object *b);

/* A note about an object, for what no condition can say. */
void gws_resolve_note(struct gws_resolver *resolver, enum gws_level level,
		      const struct gws_object *object, const char *field,
		      const char *format, ...)
	__attribute__((format(printf, 5, 6)));

#endif
