/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Match tables: immutable, built and owned by table.c. User space has put the
 * matches in order of precedence, so the first that fits wins.
 */
#ifndef GWS_ROUTE_H
#define GWS_ROUTE_H

#include "core.h"

/* A header, or a query parameter. */
struct gws_header_match {
	struct gws_str name;	/* of a header in any case, of a parameter exact */
	struct gws_str value;	/* exact */
	u8 id;			/* of a header: gws_http_header_id(name) */
};

/* One entry of HTTPRouteRule.matches; its parts are ANDed. */
struct gws_match {
	struct gws_str path;	/* normalised, starts with '/' */
	struct gws_str method;	/* empty: any */
	const struct gws_header_match *headers;
	const struct gws_header_match *queries;
	u16 nheaders;
	u8 nqueries;
	u8 path_kind;		/* enum gws_path_kind (UAPI) */
	u32 rule;		/* index into the rules of the table */
};

struct gws_match_table {
	const struct gws_match *matches;
	u32 nmatches;
};

#endif /* GWS_ROUTE_H */
