/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Heads as they are forwarded. Everything goes out as HTTP/1.1 with framing of
 * our own; fields that belong to one hop (RFC 9110 7.6.1) end here.
 */
#ifndef GWS_HTTP_REWRITE_H
#define GWS_HTTP_REWRITE_H

#include "http_identity.h"
#include "http_parse.h"

struct gws_http_edit;

/* The name in Via. */
#define GWS_VIA_PSEUDONYM	"gwsteer"

/* How a request is forwarded. */
struct gws_http_forward {
	struct gws_str path;	/* normalised */
	struct gws_str tail;	/* behind it; empty for a path that stays */
	struct gws_str host;	/* for Host; p NULL: the request's own */
	struct gws_str client;	/* whole lines: gws_http_client_fields() */
	const struct gws_http_identity *identity; /* instead of @client, or NULL */
};

/*
 * The lines that describe a client connection, to be made once for each:
 * X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Port, X-Real-IP. @addr is
 * the client's address as text without brackets, @proto "http" or "https",
 * @port the port that it connected to. Nothing that the client says about
 * itself is believed.
 *
 * Returns the length or -ENOSPC; GWS_CLIENT_FIELDS_MAX is enough.
 */
int gws_http_client_fields(char *out, u32 cap, struct gws_str addr,
			   struct gws_str proto, u16 port);

/* Bytes that gws_http_write_request() may need. */
static inline u32 gws_http_request_room(const struct gws_http_request *req,
					const struct gws_http_forward *fwd)
{
	return req->head.len + fwd->path.len + fwd->tail.len +
	       fwd->host.len + 2 * req->host.len + fwd->client.len + GWS_REQUEST_ROOM +
	       (fwd->identity ? GWS_IDENTITY_ROOM : 0);
}

/*
 * Writes the head to forward: origin-form (asterisk-form for OPTIONS *) with
 * @fwd->path and the query as it came; Host; the end-to-end fields in their
 * order; fwd->client and X-Forwarded-Host, or what fwd->identity says; Via;
 * Transfer-Encoding if chunked; Connection and Upgrade if req->websocket;
 * Max-Forwards if req->hops, which then is not 1.
 *
 * Returns its length, or -ENOSPC when @cap is below gws_http_request_room().
 */
int gws_http_write_request(char *out, u32 cap,
			   const struct gws_http_request *req,
			   const struct gws_http_forward *fwd);

/*
 * The same for any client: without @fwd->client, whose place is behind the
 * first *@front bytes.
 */
int gws_http_write_request_frame(char *out, u32 cap,
				 const struct gws_http_request *req,
				 const struct gws_http_forward *fwd, u32 *front);

/*
 * The same with the fields that @edit takes away or adds; what we say of the
 * client and its host counts as fields of the request there. Needs room for
 * edit->lines besides.
 */
int gws_http_write_request_edited(char *out, u32 cap,
				  const struct gws_http_request *req,
				  const struct gws_http_forward *fwd,
				  const struct gws_http_edit *edit);

/* How a response goes back. */
struct gws_http_return {
	u8 minor;		/* HTTP version of the client: 0 or 1 */
	bool close;		/* the client's connection ends after it */
};

/*
 * The framing of @resp towards a client that speaks HTTP/1.@minor. With
 * GWS_FRAMING_CLOSE the connection must be closed afterwards. What has no
 * length becomes chunked for a client that knows chunks, so that it can tell a
 * whole answer from a cut one.
 */
enum gws_http_framing
gws_http_return_framing(const struct gws_http_response *resp, u8 minor);

static inline u32 gws_http_response_room(const struct gws_http_response *resp)
{
	return resp->head.len + GWS_RESPONSE_ROOM;
}

/*
 * Writes the head to send to the client: the status line as HTTP/1.1, the
 * end-to-end fields, framing by gws_http_return_framing(), Connection where
 * the version's default is not what happens (none for 1xx). A 101 is taken to be
 * the answer to req->websocket.
 *
 * Returns its length, or -ENOSPC when @cap is below gws_http_response_room().
 */
int gws_http_write_response(char *out, u32 cap,
			    const struct gws_http_response *resp,
			    const struct gws_http_return *ret);

/*
 * The same with @edit and then the lines @more, for both of which there must be
 * room besides.
 */
int gws_http_write_response_edited(char *out, u32 cap,
				   const struct gws_http_response *resp,
				   const struct gws_http_return *ret,
				   const struct gws_http_edit *edit,
				   struct gws_str more);

#endif /* GWS_HTTP_REWRITE_H */
