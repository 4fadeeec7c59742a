/* SPDX-License-Identifier: MIT */
/*
 * Objects that are ours, linked to what they refer to, each with what is wrong
 * with it. Built by gws_resolve() in the order of its steps, read by the IR and
 * by the status.
 */
#ifndef GWS_GRAPH_H
#define GWS_GRAPH_H

#include "../lib/ip.h"
#include "cond.h"
#include "config.h"
#include "ir.h"
#include "object.h"
#include "resolve.h"

struct gws_arena;
struct gws_problems;

struct gws_graph_class {
	const char *name;
	const struct gws_object *object;	/* NULL: built in */
	struct gws_client_config config;
	struct gws_conds conds;
};

struct gws_graph_gateway;

struct gws_graph_listener {
	struct gws_graph_gateway *gateway;
	const struct gws_listener_spec *spec;
	const char *key;	/* "namespace/gateway/section" */
	struct gws_conds conds;
	bool http_routes;	/* takes routes of kind HTTPRoute */
	bool programmable;	/* goes to the kernel */
	int attached;		/* accepted routes */
	uint16_t node_port;	/* 0: none */
	struct gws_ir_bind *binds;
	size_t nbinds;
};

struct gws_graph_gateway {
	const struct gws_object *object;
	const struct gws_graph_class *class;
	struct gws_client_config config;
	struct gws_conds conds;
	struct gws_graph_listener *listeners;	/* as in the spec */
	size_t nlisteners;
	struct gws_ip *addresses;		/* of its status */
	size_t naddresses;
};

/* One port of a Service. */
struct gws_graph_cluster {
	const char *key;	/* "namespace/service:port" */
	struct gws_ir_endpoint *endpoints;	/* by address and port */
	size_t nendpoints;
	const char *refused;	/* an endpoint left out, and why; or NULL */
};

struct gws_graph_backend {
	const struct gws_backend_ref *ref;
	const char *name;	/* "namespace/name:port" */
	const struct gws_graph_cluster *cluster;	/* NULL: invalid */
	struct gws_filter *filters;
	size_t nfilters;
};

struct gws_graph_rule {
	const struct gws_route_rule *rule;
	bool dropped;		/* has a field that is not supported */
	bool failing;		/* a filter that must not be skipped: 500 */
	struct gws_graph_backend *backends;
	size_t nbackends;
	struct gws_filter *filters;
	size_t nfilters;
};

/* A parentRef to a Gateway of ours. */
struct gws_graph_parent {
	const struct gws_parent_ref *ref;
	struct gws_graph_gateway *gateway;
	struct gws_conds conds;
	struct gws_graph_listener **listeners;	/* attached to */
	size_t nlisteners;
};

struct gws_graph_route {
	const struct gws_object *object;
	struct gws_graph_parent *parents;
	size_t nparents;
	struct gws_graph_rule *rules;		/* as in the spec */
	size_t nrules;
	struct gws_conds conds;	/* of its rules: the same at every parent */
};

struct gws_graph {
	struct gws_arena *arena;
	struct gws_object **held;	/* references to all objects used */
	size_t nheld;
	struct gws_graph_class *classes;	/* by name */
	size_t nclasses;
	struct gws_graph_gateway *gateways;	/* by namespace, name */
	size_t ngateways;
	struct gws_graph_route *routes;		/* by namespace, name */
	size_t nroutes;
	struct gws_graph_cluster **clusters;	/* by key */
	size_t nclusters;
	struct gws_problems *notes;	/* what no condition can say */
};

#endif
