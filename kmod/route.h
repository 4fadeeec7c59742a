/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Match tables: immutable, built and owned by table.c. User space has put the
 * matches in order of precedence, so the first that fits wins.
 */
#ifndef GWS_ROUTE_H
#define GWS_ROUTE_H

#include "core.h"

struct gws_dfa;

/* A regular expression of a table. */
struct gws_pattern {
	struct gws_str text;	/* for people */
	const struct gws_dfa *dfa;	/* valid */
};

/* A header, or a query parameter. */
struct gws_header_match {
	struct gws_str name;	/* of a header in any case, of a parameter exact */
	struct gws_str value;	/* exact */
	const struct gws_pattern *regex;	/* instead of @value, or NULL */
	u8 id;			/* of a header: gws_http_header_id(name) */
};

/* One entry of HTTPRouteRule.matches; its parts are ANDed. */
struct gws_match {
	struct gws_str path;	/* normalised, starts with '/' */
	const struct gws_pattern *regex;	/* of GWS_PATH_REGEX, instead of @path */
	struct gws_str method;	/* empty: any */
	const struct gws_header_match *headers;
	const struct gws_header_match *queries;
	u16 nheaders;
	u8 nqueries;
	u8 path_kind;		/* enum gws_path_kind (UAPI) */
	u32 rule;		/* index into the rules of the table */
	u32 next;		/* match_index.h: of the same kind and path */
};

/* A path that matches have in common; see match_index.h. */
struct gws_match_node {
	struct gws_str key;
	u32 hash;		/* of @key */
	u32 parent;		/* the longest other one that is a prefix of it */
	u32 exact;		/* the first match that wants this path, */
	u32 prefix;		/* and that wants it or what is below it */
};

struct gws_match_table {
	const struct gws_match *matches;
	u32 nmatches;
	/* match_index.h; NULL: the matches are compared one after the other. */
	const struct gws_match_node *nodes;	/* the first is the root */
	const u32 *slots;	/* from hash to node; 0: none */
	u32 nnodes;
	u32 regex;		/* the first match of that kind */
	u32 mask;		/* of a slot's number */
	u32 shift;		/* from hash to the first slot to look at */
	u32 seed;
	u32 longest;		/* bytes of the longest key */
};

#endif /* GWS_ROUTE_H */
