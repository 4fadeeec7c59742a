/* SPDX-License-Identifier: MIT */
/*
 * From objects to a graph of what is valid, what refers to what, and which
 * conditions that gives. Pure: no clock, no file, no socket; all it needs
 * besides the objects is in struct gws_env.
 */
#ifndef GWS_RESOLVE_H
#define GWS_RESOLVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "../lib/ip.h"

struct gws_graph;
struct gws_nodeports;
struct gws_problems;
struct gws_store;

#define GWS_CONTROLLER "gwsteer.io/gateway-controller"
#define GWS_CLASS "gwsteer"

/* A port of an address of the node that a process listens on. */
struct gws_taken_port {
	struct gws_ip addr;
	uint16_t port;
	const char *holder;	/* "nginx (pid 7)" */
};

/* What the node and its operator add to the objects. */
struct gws_env {
	const struct gws_ip *addrs;	/* the node's, in status order */
	size_t naddrs;
	const struct gws_cidr *pool;	/* --address-pool */
	size_t npool;
	const uint16_t *host_ports;	/* --host-ports; default 80 and 443 */
	size_t nhost_ports;
	const struct gws_taken_port *taken;	/* of @host_ports, on @addrs */
	size_t ntaken;
	struct gws_nodeports *nodeports;	/* read and added to */
};

/*
 * gws_resolve - resolve everything. Never NULL; a user's mistake becomes a
 * condition or a note in the graph. The graph refers to @store's objects by
 * reference counts of its own, so the store may change.
 */
struct gws_graph *gws_resolve(const struct gws_store *store,
			      const struct gws_env *env);
void gws_graph_destroy(struct gws_graph *graph);

/*
 * gws_graph_notes - what is probably not meant, but has no condition to stand
 * in: references to Gateways and classes that are not there. As long as @graph.
 */
const struct gws_problems *gws_graph_notes(const struct gws_graph *graph);

#endif
