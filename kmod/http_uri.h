/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Normal forms of paths and hosts: what is matched is what is forwarded.
 */
#ifndef GWS_HTTP_URI_H
#define GWS_HTTP_URI_H

#include "http_parse.h"

/*
 * The normal form of a path (RFC 3986 6.2.2). @raw starts with '/' (or is "*",
 * which stays); its bytes were checked by the request parser.
 *
 * - %XX of an unreserved character is decoded, every other keeps its encoding
 *   with upper-case digits. So %2F stays %2F: it is data inside one element,
 *   never a separator, and no route can be reached or missed through it.
 * - Elements "." and ".." are resolved, also when written %2E; what would go
 *   above the root stays at the root (RFC 3986 5.2.4).
 * - "//" is kept: RFC 3986 makes an empty element different from none, and
 *   backends differ. ".." takes one element away, also an empty one. A route
 *   value never contains "//", so such a path is matched by shorter prefixes.
 * - '%' without two hex digits, and %00, are errors.
 *
 * Returns 0 and the normal form in @path, which is @raw itself when nothing
 * changes, else bytes in @out (@cap bytes; raw.len is always enough; cap below
 * that counts as an error), or -GWS_HTTP_E_path_bad.
 */
int gws_http_path_normalise(struct gws_str raw, char *out, u32 cap,
			    struct gws_str *path);

/* The same for a parsed request, without a second look where none is needed. */
static inline int gws_http_request_path(const struct gws_http_request *req,
					char *out, u32 cap,
					struct gws_str *path)
{
	if (likely(req->path_plain)) {
		*path = req->path;
		return 0;
	}
	return gws_http_path_normalise(req->path, out, cap, path);
}

/*
 * The name to route by of a Host value: without port and without the dot of
 * the root, lower case; an address in brackets keeps them. An empty @raw gives
 * an empty @host.
 *
 * Returns 0 and the name in @host, either a part of @raw or bytes in @out
 * (@cap bytes; GWS_HOST_MAX is always enough), or -GWS_HTTP_E_host_bad: a byte
 * that no DNS name has (letters, digits, "-", ".", "_" are allowed) or no
 * IPv6 literal in brackets, an empty name, a port that is not 0..65535, too long.
 */
int gws_http_host_normalise(struct gws_str raw, char *out, u32 cap,
			    struct gws_str *host);

#endif /* GWS_HTTP_URI_H */
