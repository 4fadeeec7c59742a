/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Which origins may read an answer (the Fetch standard, CORS protocol), and what
 * is said to them. Compiled and immutable, as http_edit.h.
 */
#ifndef GWS_HTTP_CORS_H
#define GWS_HTTP_CORS_H

#include "http_parse.h"

/* scheme "://" host [":" port] */
struct gws_http_origin {
	struct gws_str scheme;
	struct gws_str host;	/* behind the '*' of a wildcard, else whole */
	u16 port;		/* the scheme's own, where none is written */
	bool wildcard;		/* anything may stand before @host */
};

struct gws_http_cors {
	const struct gws_http_origin *origins;
	u32 norigins;
	bool any_origin;
	bool credentials;
	bool any_method;	/* the one that is asked for is allowed */
	bool any_header;	/* those that are asked for are */
	/* Whole lines: of preflights alone, and of all answers. */
	struct gws_str preflight;
	struct gws_str common;
};

/*
 * Reads an origin of a filter or, without @wildcards, of a request. False when
 * it is none, as "null" is not.
 */
bool gws_http_origin_read(struct gws_str text, bool wildcards,
			  struct gws_http_origin *origin);

/* Is it a question that the browser asks before the request itself? */
bool gws_http_is_preflight(const struct gws_http_request *req);

enum {
	/* Of the answer to a preflight. */
	GWS_PREFLIGHT_STATUS = 200,
	/* Pieces of what is said, of a preflight; those of others are fewer. */
	GWS_CORS_PARTS = 12,
};

/*
 * The fields of the answer to @req in pieces, also when its origin is not
 * allowed or there is none: then a cache must know that another one gets another
 * answer. Returns how many of @parts there are.
 */
u32 gws_http_cors_fields(const struct gws_http_cors *cors,
			 const struct gws_http_request *req, bool preflight,
			 struct gws_str parts[GWS_CORS_PARTS]);

#endif /* GWS_HTTP_CORS_H */
