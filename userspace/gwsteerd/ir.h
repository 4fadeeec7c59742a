/* SPDX-License-Identifier: MIT */
/*
 * What the kernel shall have: plain data, one struct per object of the netlink
 * protocol (include/uapi/linux/gwsteer.h), in the order in which it is pushed.
 *
 * All strings and arrays belong to the IR and live until gws_ir_destroy().
 * No string is NULL unless it says so. Arrays are sorted by key, so two IRs can
 * be compared by walking both once. Objects with equal keys and equal digests
 * are equal. Keys are stable for the life of the named thing; ids are the
 * business of who pushes.
 */
#ifndef GWS_IR_H
#define GWS_IR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/gwsteer.h>
#include "../lib/filter.h"
#include "../lib/ip.h"
#include "../lib/tries.h"

struct gws_arena;
struct gws_graph;

/* One GWS_A_BIND. */
struct gws_ir_bind {
	struct gws_ip addr;	/* .len 0: every local address, both families */
	uint16_t port;
	uint8_t kind;		/* enum gws_bind_kind */
};

struct gws_ir_limit {
	const char *name;
	uint64_t value;
};

/* GWS_A_CLIENT; all 0: none. */
struct gws_ir_client {
	uint32_t flags;		/* GWS_CLIENT_F_* */
	struct gws_cidr *senders;	/* by address, bits */
	size_t nsenders;
	struct gws_cidr *trusted;	/* by address, bits */
	size_t ntrusted;
	struct gws_ir_limit *limits;	/* by name */
	size_t nlimits;
};

/* GWS_CMD_PUT_LISTENER; @key is "namespace/gateway/section". */
struct gws_ir_listener {
	const char *key;
	const char *namespace;
	const char *gateway;
	const char *section;
	const char *hostname;	/* "" = any, "*.example.com", "example.com" */
	uint16_t port;		/* spec.port */
	uint8_t protocol;	/* enum gws_protocol */
	struct gws_ir_bind *binds;	/* by kind, address, port */
	size_t nbinds;
	struct gws_ir_client client;
	uint64_t digest;	/* of everything but the key */
};

struct gws_ir_backend {
	const char *cluster;	/* a cluster's key; NULL: invalid, answers 500 */
	const char *name;	/* "namespace/service:port", as it was written */
	uint32_t weight;
	struct gws_filter *filters;
	size_t nfilters;
};

struct gws_ir_rule {
	uint8_t kind;		/* enum gws_route_kind */
	const char *namespace;
	const char *route;
	const char *name;	/* the rule's name or its index in the route */
	struct gws_ir_backend *backends;
	size_t nbackends;
	struct gws_tries tries;
	struct gws_filter *filters;	/* in order; as the kernel takes them */
	size_t nfilters;
};

/* Of a header, or of a query parameter. */
struct gws_ir_header {
	const char *name;	/* of a header: lower case */
	const char *value;	/* the text of @regex, if that is set */
	uint32_t regex;		/* index in @regexes of the table, and 1; or 0 */
};

/* A regular expression; equal ones of a table are one. */
struct gws_ir_regex {
	const char *text;
	const struct gws_dfa *dfa;
	size_t size;		/* of @dfa, bytes */
};

struct gws_ir_match {
	uint32_t rule;		/* index in @rules of the table */
	uint8_t path_kind;	/* enum gws_path_kind */
	const char *path;	/* normalised; "/" for GWS_PATH_ANY; a regex's text */
	uint32_t path_regex;	/* index in @regexes of the table, and 1; or 0 */
	struct gws_ir_header *headers;
	size_t nheaders;
	const char *method;	/* NULL: any */
	struct gws_ir_header *queries;
	size_t nqueries;
};

/* GWS_CMD_PUT_TABLE; @key is "listener key|hostname". */
struct gws_ir_table {
	const char *key;
	const char *listener;	/* key */
	const char *hostname;
	struct gws_ir_rule *rules;
	size_t nrules;
	struct gws_ir_regex *regexes;
	size_t nregexes;
	struct gws_ir_match *matches;	/* in precedence order */
	size_t nmatches;
	uint64_t digest;
};

struct gws_ir_endpoint {
	struct gws_ip addr;
	uint16_t port;
	bool ready;		/* GWS_EP_F_READY */
	bool serving;		/* GWS_EP_F_SERVING: terminating, still serves */
};

/* GWS_CMD_PUT_CLUSTER; @key is "namespace/service:port". */
struct gws_ir_cluster {
	const char *key;
	uint8_t protocol;	/* enum gws_protocol */
	struct gws_ir_endpoint *endpoints;	/* by address, port */
	size_t nendpoints;
	uint64_t digest;
};

struct gws_ir {
	struct gws_arena *arena;
	struct gws_ir_listener *listeners;
	size_t nlisteners;
	struct gws_ir_table *tables;
	size_t ntables;
	struct gws_ir_cluster *clusters;
	size_t nclusters;
	uint64_t digest;	/* of all keys and digests */
};

/*
 * gws_ir_build - compile a resolved graph. Pure: equal graphs give equal IRs.
 * The IR does not refer to the graph. Never NULL.
 */
struct gws_ir *gws_ir_build(const struct gws_graph *graph);
void gws_ir_destroy(struct gws_ir *ir);

/*
 * gws_ir_check - the invariants that the kernel would refuse an IR for.
 * A failure is a bug of ours, not of a manifest: keep the last good IR.
 * Returns 0, or -EINVAL with the object and the cause in @why.
 */
int gws_ir_check(const struct gws_ir *ir, char *why, size_t size);

/* Find by key; NULL if there is none. */
const struct gws_ir_listener *gws_ir_find_listener(const struct gws_ir *ir,
						   const char *key);
const struct gws_ir_cluster *gws_ir_find_cluster(const struct gws_ir *ir,
						 const char *key);

#endif
