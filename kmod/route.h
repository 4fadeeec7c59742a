/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Match tables: immutable, built and owned by table.c. User space has put the
 * matches in order of precedence, so the first that fits wins.
 */
#ifndef GWS_ROUTE_H
#define GWS_ROUTE_H

#include "core.h"

struct gws_header_match {
	struct gws_str name;	/* any case */
	struct gws_str value;	/* exact */
	u8 id;			/* gws_http_header_id(name) */
};

/* One entry of HTTPRouteRule.matches; its parts are ANDed. */
struct gws_match {
	struct gws_str path;	/* normalised, starts with '/' */
	const struct gws_header_match *headers;
	u16 nheaders;
	u8 path_kind;		/* enum gws_path_kind (UAPI) */
	u32 rule;		/* index into the rules of the table */
};

struct gws_match_table {
	const struct gws_match *matches;
	u32 nmatches;
};

#endif /* GWS_ROUTE_H */
