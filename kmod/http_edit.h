/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What the filters of a route do to a message: fields that go and come, another
 * host, another path, a redirect. All is compiled and immutable; user space has
 * said what, decode_filter.c has checked it.
 */
#ifndef GWS_HTTP_EDIT_H
#define GWS_HTTP_EDIT_H

#include "http_parse.h"

/* Fields of a request that no filter may touch: framing, hop, loop detection. */
#define GWS_EDIT_REQUEST_NOT						\
	(GWS_HDR_BIT(GWS_HDR_HOST) | GWS_HDR_BIT(GWS_HDR_EXPECT) |	\
	 GWS_HDR_BIT(GWS_HDR_VIA) | GWS_EDIT_RESPONSE_NOT)
/* The same of a response. */
#define GWS_EDIT_RESPONSE_NOT						\
	(GWS_HDR_BIT(GWS_HDR_CONNECTION) |				\
	 GWS_HDR_BIT(GWS_HDR_CONTENT_LENGTH) |				\
	 GWS_HDR_BIT(GWS_HDR_TRANSFER_ENCODING) |			\
	 GWS_HDR_BIT(GWS_HDR_UPGRADE) | GWS_HDR_BIT(GWS_HDR_TE) |	\
	 GWS_HDR_BIT(GWS_HDR_TRAILER) | GWS_HDR_BIT(GWS_HDR_KEEP_ALIVE) | \
	 GWS_HDR_BIT(GWS_HDR_PROXY_CONNECTION) |			\
	 GWS_HDR_BIT(GWS_HDR_HTTP2_SETTINGS))

/* The fields of a head that change. Set is both: what was goes, one comes. */
struct gws_http_edit {
	u64 ids;			/* known fields that go */
	const struct gws_str *names;	/* others that go, any case */
	u32 nnames;
	struct gws_str lines;		/* that come, whole, each with CRLF */
};

/*
 * Does the field @h of @head go? @alike, for requests: also one whose name a backend
 * may take for one that goes. What a filter takes away or sets is often what backends
 * trust.
 */
bool gws_http_edit_drops(const struct gws_http_edit *edit,
			 const struct gws_http_head *head,
			 const struct gws_http_header *h, bool alike);

/* HTTPPathModifier; all paths are in normal form. */
struct gws_http_replace {
	u8 kind;		/* enum gws_replace_kind (UAPI) */
	struct gws_str path;	/* what comes; may be empty for a prefix */
	u32 prefix_len;		/* what goes: so much of the path, without '/' */
};

/* A path in two pieces, as they are written one behind the other. */
struct gws_http_path {
	struct gws_str head;
	struct gws_str tail;
};

/*
 * The path that @path becomes. A prefix is exchanged by elements: however the
 * '/' at the ends are written, one stands between the new prefix and the rest.
 * "*" (OPTIONS) stays.
 */
struct gws_http_path gws_http_replace_path(const struct gws_http_replace *replace,
					   struct gws_str path);

/* HTTPRequestRedirectFilter. */
struct gws_http_redirect {
	u16 status;
	struct gws_str scheme;	/* never empty */
	struct gws_str host;	/* empty: that of the request */
	struct gws_str port;	/* ":8443", or empty: the scheme's own */
	struct gws_http_replace path;
};

enum {
	/* The line Location in pieces. */
	GWS_LOCATION_PARTS = 10,
};

/*
 * The pieces of the line Location for a request to @host (normalised) and
 * @path. Without any host it is the path alone (RFC 9110 10.2.2), with
 * "/." before one that would be read as a host. Returns how
 * many of @parts there are; the first is the name, the last the end of the line.
 */
u32 gws_http_location(const struct gws_http_redirect *redirect,
		      const struct gws_http_request *req, struct gws_str host,
		      struct gws_str path,
		      struct gws_str parts[GWS_LOCATION_PARTS]);

#endif /* GWS_HTTP_EDIT_H */
