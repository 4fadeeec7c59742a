/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Which match of a table a request meets, and which hostname pattern a host.
 */
#ifndef GWS_MATCH_H
#define GWS_MATCH_H

#include "http_parse.h"
#include "route.h"
#include <uapi/linux/gwsteer.h>

/*
 * The index of the first match in @table that fits the normalised @path, the
 * method, the headers and the query of @req, or -1.
 *
 * Paths (HTTPPathMatch): Exact compares bytes. PathPrefix compares elements:
 * "/foo" and "/foo/" fit /foo, /foo/ and /foo/x, not /foobar; "/" fits all,
 * "OPTIONS *" too. Both with case.
 * Headers (HTTPHeaderMatch): names without case, values exactly. A field that
 * comes in several lines has their values joined by ", " in order (RFC 9110
 * 5.3), so a match on one of the lines alone does not fit.
 * Regular expressions must fit the whole: the normalised path without query, the
 * joined value of a header, the value of a parameter as it is meant.
 * Methods: with case (RFC 9110 9.1).
 * Query parameters (HTTPQueryParamMatch): the query is read as the parsers of
 * backends read it (URL Standard, application/x-www-form-urlencoded): parts
 * between '&', a name up to the first '=', '+' is a space, %XX is that byte, a
 * '%' without two hex digits stands for itself. What a route says is compared
 * with what is meant, exactly and with case: had "%61dmin=1" been compared as
 * sent, a route on "admin" could be passed by on the way to a backend that
 * decodes it. Of a name that comes more than once the first counts, and a name
 * without '=' has an empty value. The query itself is forwarded as it came.
 */
int gws_match_find(const struct gws_match_table *table, struct gws_str path,
		   const struct gws_http_request *req);

/*
 * The first condition of @match that does not hold for such a request, and in
 * @which, if it is a header or a query parameter, of them which. GWS_MISS_NONE:
 * it fits.
 */
enum gws_miss gws_match_miss(const struct gws_match *match, struct gws_str path,
			     const struct gws_http_request *req, u32 *which);

/*
 * Hostnames, all in normal form (lower case, no port, no dot at the end).
 * A wildcard "*.example.com" fits one or more labels more than example.com.
 */
bool gws_host_match_wildcard(struct gws_str pattern, struct gws_str host);

/* An empty @pattern fits every host, "*." starts a wildcard, else equality. */
bool gws_host_match(struct gws_str pattern, struct gws_str host);

/*
 * Orders patterns, the most specific first: below 0 when @a comes before @b,
 * above when after, 0 when neither. Exact names, then wildcards, then the empty
 * pattern; among equals the longer one (of wildcards that fit one host, the
 * longer has more labels).
 */
int gws_host_compare(struct gws_str a, struct gws_str b);

#endif /* GWS_MATCH_H */
