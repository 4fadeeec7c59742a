// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Writes the heads that are forwarded. Room for the worst case is checked once
 * at the start, so nothing is checked per field; header lines that stay are
 * copied in runs as long as they lie together.
 */
#include "http_rewrite.h"
#include "http_chars.h"
#include "http_edit.h"

#define LINE_HTTP	" HTTP/1.1\r\n"
#define LINE_CHUNKED	"Transfer-Encoding: chunked\r\n"
#define LINE_CLOSE	"Connection: close\r\n"
#define LINE_KEEP	"Connection: keep-alive\r\n"
#define LINES_SWITCH	"Connection: upgrade\r\nUpgrade: websocket\r\n"

/* RFC 9110 7.6.1, RFC 9113 3.1, and trailers, which are dropped. */
#define HOP_FIELDS							\
	(GWS_HDR_BIT(GWS_HDR_CONNECTION) | GWS_HDR_BIT(GWS_HDR_TE) |	\
	 GWS_HDR_BIT(GWS_HDR_TRANSFER_ENCODING) |			\
	 GWS_HDR_BIT(GWS_HDR_TRAILER) | GWS_HDR_BIT(GWS_HDR_UPGRADE) |	\
	 GWS_HDR_BIT(GWS_HDR_KEEP_ALIVE) |				\
	 GWS_HDR_BIT(GWS_HDR_PROXY_CONNECTION) |			\
	 GWS_HDR_BIT(GWS_HDR_HTTP2_SETTINGS))

/* What we say about the client, instead of itself. */
#define CLIENT_FIELDS							\
	(GWS_HDR_BIT(GWS_HDR_FORWARDED) | GWS_HDR_BIT(GWS_HDR_X_REAL_IP) | \
	 GWS_HDR_BIT(GWS_HDR_X_FORWARDED_FOR) |				\
	 GWS_HDR_BIT(GWS_HDR_X_FORWARDED_HOST) |			\
	 GWS_HDR_BIT(GWS_HDR_X_FORWARDED_PORT) |			\
	 GWS_HDR_BIT(GWS_HDR_X_FORWARDED_PROTO))

/*
 * RFC 3875 4.1.18: CGI makes HTTP_PROXY of it, where programs look for the proxy that
 * they are to use (CVE-2016-5385). It means nothing else.
 */
#define NOBODYS_FIELDS	GWS_HDR_BIT(GWS_HDR_PROXY)

/* Of a literal the compiler makes a few stores. */
#define put_literal(out, literal)					\
	((char *)memcpy(out, literal, sizeof(literal) - 1) +		\
	 sizeof(literal) - 1)

static __always_inline char *put_bytes(char *out, const char *p, u32 len)
{
	memcpy(out, p, len);
	return out + len;
}

static __always_inline char *put_str(char *out, struct gws_str s)
{
	/* An empty one may have no bytes at all. */
	return s.len ? put_bytes(out, s.p, s.len) : out;
}

int gws_http_client_fields(char *out, u32 cap, struct gws_str addr,
			   struct gws_str proto, u16 port)
{
	char *p = out;

	if (cap < 96 + 2 * addr.len + proto.len)
		return -ENOSPC;
	p = put_literal(p, "X-Forwarded-For: ");
	p = put_str(p, addr);
	p = put_literal(p, "\r\nX-Forwarded-Proto: ");
	p = put_str(p, proto);
	p = put_literal(p, "\r\nX-Forwarded-Port: ");
	p = gws_put_decimal(p, port);
	p = put_literal(p, "\r\nX-Real-IP: ");
	p = put_str(p, addr);
	p = put_literal(p, "\r\n");
	return p - out;
}

/*
 * The head from offset @from on, a start line that stays or the first header
 * line, but for the header lines in @drop and those marked dropped.
 */
static __always_inline char *put_head(char *out,
				      const struct gws_http_head *head,
				      u32 from, u64 drop)
{
	const struct gws_http_header *headers = head->headers;
	u32 end = headers[head->nheaders].at;
	u32 base;
	u64 left;

	for (base = 0; base < head->nheaders; base += 64) {
		for (left = head->acted[base / 64]; left; left &= left - 1) {
			u32 i = base + __builtin_ctzll(left);

			if (!(drop >> headers[i].id & 1) && !headers[i].dropped)
				continue;
			if (headers[i].at > from)
				out = put_bytes(out, head->buf + from,
						headers[i].at - from);
			from = headers[i + 1].at;
		}
	}
	if (end > from)
		out = put_bytes(out, head->buf + from, end - from);
	return out;
}

static char *put_request_line(char *out, const struct gws_http_request *req,
			      const struct gws_http_forward *fwd)
{
	out = put_str(out, req->method);
	*out++ = ' ';
	out = put_str(out, fwd->path);
	out = put_str(out, fwd->tail);
	if (req->query.p) {
		*out++ = '?';
		out = put_str(out, req->query);
	}
	return put_literal(out, LINE_HTTP);
}

static __always_inline bool host_stays(const struct gws_http_request *req,
				       const struct gws_http_forward *fwd)
{
	return !fwd->host.p && req->target == GWS_TARGET_ORIGIN &&
	       (req->head.seen & GWS_HDR_BIT(GWS_HDR_HOST));
}

/* Then the request line as it came is the one to send. */
static __always_inline bool line_stays(const struct gws_http_request *req,
				       const struct gws_http_forward *fwd)
{
	return host_stays(req, fwd) && req->head.minor &&
	       fwd->path.p == req->path.p && fwd->path.len == req->path.len;
}

/* The fields that end here, but for Host. */
static __always_inline u64 request_drop(const struct gws_http_request *req,
					const struct gws_http_forward *fwd)
{
	u64 drop = HOP_FIELDS | CLIENT_FIELDS | NOBODYS_FIELDS;

	if (unlikely(!req->head.minor))
		drop |= GWS_HDR_BIT(GWS_HDR_EXPECT);
	if (unlikely(fwd->identity) && fwd->identity->believed &&
	    fwd->identity->x_forwarded)
		return drop;
	return drop | GWS_HDR_CLAIMS;
}

/* Up to the client's lines. */
static __always_inline char *put_front(char *p,
				       const struct gws_http_request *req,
				       const struct gws_http_forward *fwd)
{
	u64 drop = request_drop(req, fwd);
	u32 from = req->head.headers[0].at;

	if (likely(line_stays(req, fwd))) {
		from = req->method.p - req->head.buf;
	} else {
		p = put_request_line(p, req, fwd);
		/* RFC 9112 3.2: a client sends Host, and Host first. */
		if (!host_stays(req, fwd)) {
			drop |= GWS_HDR_BIT(GWS_HDR_HOST);
			p = put_literal(p, "Host: ");
			p = put_str(p, fwd->host.p ? fwd->host : req->host);
			p = put_literal(p, "\r\n");
		}
	}
	return put_head(p, &req->head, from, drop);
}

static __always_inline char *
put_forwarded_host(char *p, const struct gws_http_request *req)
{
	p = put_literal(p, "X-Forwarded-Host: ");
	p = put_str(p, req->host);
	return put_literal(p, "\r\n");
}

static __always_inline char *put_end(char *p,
				     const struct gws_http_request *req)
{
	/* RFC 9110 7.6.3: with the version that was received. */
	p = req->head.minor ?
		put_literal(p, "Via: 1.1 " GWS_VIA_PSEUDONYM "\r\n") :
		put_literal(p, "Via: 1.0 " GWS_VIA_PSEUDONYM "\r\n");
	if (unlikely(req->head.framing == GWS_FRAMING_CHUNKED))
		p = put_literal(p, LINE_CHUNKED);
	if (unlikely(req->websocket))
		p = put_literal(p, LINES_SWITCH);
	if (unlikely(req->hops > 1)) {
		p = put_literal(p, "Max-Forwards: ");
		p = gws_put_decimal(p, req->hops - 2);
		p = put_literal(p, "\r\n");
	}
	return put_literal(p, "\r\n");
}

/* What follows the client's lines. */
static __always_inline char *put_back(char *p,
				      const struct gws_http_request *req,
				      bool host)
{
	if (likely(host && req->host.len))
		p = put_forwarded_host(p, req);
	return put_end(p, req);
}

int gws_http_write_request(char *out, u32 cap,
			   const struct gws_http_request *req,
			   const struct gws_http_forward *fwd)
{
	char *p;

	if (unlikely(cap < gws_http_request_room(req, fwd)))
		return -ENOSPC;
	p = put_front(out, req, fwd);
	if (unlikely(fwd->identity))
		p = gws_http_identity_write(p, req, fwd->identity);
	else
		p = put_str(p, fwd->client);
	return put_back(p, req, !fwd->identity) - out;
}

int gws_http_write_request_frame(char *out, u32 cap,
				 const struct gws_http_request *req,
				 const struct gws_http_forward *fwd, u32 *front)
{
	char *p;

	if (unlikely(cap < gws_http_request_room(req, fwd)))
		return -ENOSPC;
	p = put_front(out, req, fwd);
	*front = p - out;
	return put_back(p, req, true) - out;
}

/*
 * The header lines of @head, but those in @drop or that @edit takes away; @alike:
 * under what a backend may take for their names, too.
 */
static char *put_edited(char *out, const struct gws_http_head *head, u64 drop,
			const struct gws_http_edit *edit, bool alike)
{
	const struct gws_http_header *h = head->headers;
	const struct gws_http_header *end = h + head->nheaders;

	for (; h < end; h++)
		if (!h->dropped && !(drop >> h->id & 1) &&
		    !gws_http_edit_drops(edit, head, h, alike))
			out = put_bytes(out, head->buf + h->at,
					h[1].at - h->at);
	return out;
}

/* Takes those of the client's lines, @p to @end, away that @edit is about. */
static char *client_edit(char *p, const char *end,
			 const struct gws_http_edit *edit)
{
	const char *line = p, *next, *colon;
	struct gws_str name;

	if (!(edit->ids & CLIENT_FIELDS))
		return (char *)end;
	for (; line < end; line = next) {
		for (colon = line; *colon != ':'; colon++)
			;
		for (next = colon; *next++ != '\n'; )
			;
		name = (struct gws_str){ line, colon - line };
		if (edit->ids >> gws_http_header_id(name) & 1)
			continue;
		memmove(p, line, next - line);
		p += next - line;
	}
	return p;
}

int gws_http_write_request_edited(char *out, u32 cap,
				  const struct gws_http_request *req,
				  const struct gws_http_forward *fwd,
				  const struct gws_http_edit *edit)
{
	u64 drop = request_drop(req, fwd) | GWS_HDR_BIT(GWS_HDR_HOST);
	char *p = out, *end;

	if (cap < gws_http_request_room(req, fwd) + edit->lines.len)
		return -ENOSPC;
	p = put_request_line(p, req, fwd);
	p = put_literal(p, "Host: ");
	p = put_str(p, fwd->host.p ? fwd->host : req->host);
	p = put_literal(p, "\r\n");
	p = put_edited(p, &req->head, drop, edit, true);
	end = fwd->identity ? gws_http_identity_write(p, req, fwd->identity) :
			      put_str(p, fwd->client);
	p = client_edit(p, end, edit);
	if (!fwd->identity && req->host.len &&
	    !(edit->ids & GWS_HDR_BIT(GWS_HDR_X_FORWARDED_HOST)))
		p = put_forwarded_host(p, req);
	p = put_str(p, edit->lines);
	return put_end(p, req) - out;
}

enum gws_http_framing
gws_http_return_framing(const struct gws_http_response *resp, u8 minor)
{
	switch (resp->head.framing) {
	case GWS_FRAMING_CHUNKED:
	case GWS_FRAMING_CLOSE:
		return minor ? GWS_FRAMING_CHUNKED : GWS_FRAMING_CLOSE;
	default:
		return resp->head.framing;
	}
}

/* RFC 9112 4: the version is that of the connection, so always ours. */
static char *put_status_line(char *out, const struct gws_http_response *resp)
{
	u32 status = resp->status;

	out = put_literal(out, "HTTP/1.1 ");
	out[0] = '0' + status / 100;
	out[1] = '0' + status / 10 % 10;
	out[2] = '0' + status % 10;
	out[3] = ' ';
	out = put_str(out + 4, resp->reason);
	return put_literal(out, "\r\n");
}

/* What we say of framing and connection, and the empty line. */
static __always_inline char *put_return(char *p,
					const struct gws_http_response *resp,
					const struct gws_http_return *ret)
{
	bool interim = resp->status < 200;

	if (gws_http_return_framing(resp, ret->minor) == GWS_FRAMING_CHUNKED)
		p = put_literal(p, LINE_CHUNKED);
	if (unlikely(resp->status == 101))
		p = put_literal(p, LINES_SWITCH);
	if (unlikely(ret->close && !interim))
		p = put_literal(p, LINE_CLOSE);
	else if (unlikely(!ret->minor && !interim))
		p = put_literal(p, LINE_KEEP);
	return put_literal(p, "\r\n");
}

/* RFC 9110 8.6: no Content-Length in what cannot have a body. */
static __always_inline u64 return_drop(const struct gws_http_response *resp)
{
	if (unlikely(resp->status < 200 || resp->status == 204))
		return HOP_FIELDS | GWS_HDR_BIT(GWS_HDR_CONTENT_LENGTH);
	return HOP_FIELDS;
}

int gws_http_write_response(char *out, u32 cap,
			    const struct gws_http_response *resp,
			    const struct gws_http_return *ret)
{
	char *p = out;
	u32 from = 0;

	if (unlikely(cap < gws_http_response_room(resp)))
		return -ENOSPC;
	/* With a reason phrase it has the one form that the parser accepts. */
	if (unlikely(!resp->head.minor || !resp->reason.len)) {
		p = put_status_line(p, resp);
		from = resp->head.headers[0].at;
	}
	p = put_head(p, &resp->head, from, return_drop(resp));
	return put_return(p, resp, ret) - out;
}

int gws_http_write_response_edited(char *out, u32 cap,
				   const struct gws_http_response *resp,
				   const struct gws_http_return *ret,
				   const struct gws_http_edit *edit,
				   struct gws_str more)
{
	char *p = out;

	if (cap < gws_http_response_room(resp) + edit->lines.len + more.len)
		return -ENOSPC;
	p = put_status_line(p, resp);
	p = put_edited(p, &resp->head, return_drop(resp), edit, false);
	p = put_str(p, edit->lines);
	p = put_str(p, more);
	return put_return(p, resp, ret) - out;
}
