/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Heads of HTTP/1 messages (RFC 9110, RFC 9112): strict, in one pass, over a
 * private contiguous buffer that nobody else can change. All spans and offsets
 * in the results point into that buffer, which must stay as long as they do.
 */
#ifndef GWS_HTTP_PARSE_H
#define GWS_HTTP_PARSE_H

#include "core.h"
#include "limits.h"

/*
 * X(name, status): everything that is wrong with a message. The name is also
 * the name of the counter. The status is the answer to a client; whatever is
 * wrong with a response, the client gets 502.
 */
#define GWS_HTTP_ERRORS(X)						\
	X(bare_cr, 400)			/* CR without LF */		\
	X(bare_lf, 400)			/* LF without CR */		\
	X(control_byte, 400)		/* NUL and other controls */	\
	X(empty_lines, 400)		/* too many before the request */ \
	X(request_line, 400)		/* not three words, one SP each */ \
	X(method_bad, 400)		/* not a token */		\
	X(method_refused, 501)		/* CONNECT, TRACE, too long */	\
	X(target_bad, 400)		/* form or byte not allowed */	\
	X(target_long, 414)						\
	X(path_bad, 400)		/* invalid % sequence, %00 */	\
	X(version_bad, 400)		/* not HTTP/x.y */		\
	X(version_unsupported, 505)	/* not 1.0 or 1.1 */		\
	X(status_line, 502)						\
	X(head_large, 431)						\
	X(headers_many, 431)						\
	X(header_name, 400)		/* empty, space, bad byte */	\
	X(header_no_colon, 400)						\
	X(obs_fold, 400)		/* line starts with a space */	\
	X(host_missing, 400)						\
	X(host_repeated, 400)						\
	X(host_bad, 400)						\
	X(length_bad, 400)		/* Content-Length not a number */ \
	X(length_repeated, 400)						\
	X(length_and_chunked, 400)	/* Content-Length beside T-E */	\
	X(coding_repeated, 400)		/* Transfer-Encoding twice */	\
	X(coding_bad, 400)		/* chunked not last, or twice */ \
	X(coding_unknown, 501)						\
	X(coding_in_1_0, 400)		/* Transfer-Encoding in HTTP/1.0 */ \
	X(connection_bad, 400)		/* not a list of tokens */	\
	X(connection_nominates, 400)	/* what it must not, too much */ \
	X(expectation_unknown, 417)					\
	X(via_loop, 508)						\
	X(chunk_size, 400)						\
	X(chunk_line, 400)		/* extension or line end */	\
	X(chunk_end, 400)		/* no CRLF after chunk data */	\
	X(chunk_extensions, 400)	/* too many bytes of them */	\
	X(trailer_bad, 400)						\
	X(trailer_large, 431)						\
	X(misdirected, 421)		/* https, but not over TLS */

enum gws_http_error {
	GWS_HTTP_E_none,
#define X(name, status) GWS_HTTP_E_##name,
	GWS_HTTP_ERRORS(X)
#undef X
	GWS_HTTP_ERROR_COUNT
};

/* "none" and "unknown" for what is not in the list. */
const char *gws_http_error_name(enum gws_http_error error);
/* 400 for what is not in the list. */
u32 gws_http_error_status(enum gws_http_error error);

/*
 * X(id, name, slot): fields that we act on, and frequent ones, which being here
 * spares them the check of every byte. At most 63 of at most 24 bytes, so that
 * a set of them is one word. Fields that we act on come first, the others after
 * the mark "plain". The slot is gws_http_name_slot() of the name; a unit test
 * says what it is when it is wrong.
 */
#define GWS_HTTP_HEADERS(X)						\
	X(HOST, "host", 101)						\
	X(CONNECTION, "connection", 0)					\
	X(CONTENT_LENGTH, "content-length", 59)				\
	X(TRANSFER_ENCODING, "transfer-encoding", 123)			\
	X(EXPECT, "expect", 46)						\
	X(UPGRADE, "upgrade", 9)					\
	X(VIA, "via", 118)						\
	X(TE, "te", 67)							\
	X(TRAILER, "trailer", 105)					\
	X(KEEP_ALIVE, "keep-alive", 2)					\
	X(PROXY_CONNECTION, "proxy-connection", 106)			\
	X(HTTP2_SETTINGS, "http2-settings", 29)				\
	X(FORWARDED, "forwarded", 35)					\
	X(X_FORWARDED_FOR, "x-forwarded-for", 34)			\
	X(X_FORWARDED_HOST, "x-forwarded-host", 83)			\
	X(X_FORWARDED_PORT, "x-forwarded-port", 28)			\
	X(X_FORWARDED_PROTO, "x-forwarded-proto", 61)			\
	X(X_REAL_IP, "x-real-ip", 6)					\
	X(X_FORWARDED_SSL, "x-forwarded-ssl", 17)			\
	X(X_FORWARDED_SCHEME, "x-forwarded-scheme", 73)			\
	X(X_FORWARDED_PREFIX, "x-forwarded-prefix", 68)			\
	X(X_FORWARDED_SERVER, "x-forwarded-server", 11)			\
	X(PROXY, "proxy", 70)						\
	/* plain */							\
	X(ACCEPT, "accept", 22)						\
	X(ACCEPT_ENCODING, "accept-encoding", 77)			\
	X(ACCEPT_LANGUAGE, "accept-language", 90)			\
	X(ACCEPT_RANGES, "accept-ranges", 56)				\
	X(AGE, "age", 3)						\
	X(AUTHORIZATION, "authorization", 10)				\
	X(CACHE_CONTROL, "cache-control", 121)				\
	X(CONTENT_ENCODING, "content-encoding", 93)			\
	X(CONTENT_TYPE, "content-type", 48)				\
	X(COOKIE, "cookie", 95)						\
	X(DATE, "date", 15)						\
	X(ETAG, "etag", 37)						\
	X(EXPIRES, "expires", 94)					\
	X(IF_MODIFIED_SINCE, "if-modified-since", 62)			\
	X(IF_NONE_MATCH, "if-none-match", 74)				\
	X(LAST_MODIFIED, "last-modified", 43)				\
	X(LOCATION, "location", 103)					\
	X(ORIGIN, "origin", 109)					\
	X(PRAGMA, "pragma", 12)						\
	X(REFERER, "referer", 84)					\
	X(SERVER, "server", 111)					\
	X(SET_COOKIE, "set-cookie", 87)					\
	X(TRACEPARENT, "traceparent", 4)				\
	X(USER_AGENT, "user-agent", 7)					\
	X(VARY, "vary", 117)						\
	X(X_REQUEST_ID, "x-request-id", 126)

enum gws_http_header_id {
	GWS_HDR_OTHER,
#define X(id, name, slot) GWS_HDR_##id,
	GWS_HTTP_HEADERS(X)
#undef X
	GWS_HDR_COUNT
};

#define GWS_HDR_BIT(id)		(1ULL << (id))

/*
 * Of what proxies say of clients, fields that are none of ours: they go on as they
 * came, but only from who is believed.
 */
#define GWS_HDR_CLAIMS							\
	(GWS_HDR_BIT(GWS_HDR_X_FORWARDED_SSL) |				\
	 GWS_HDR_BIT(GWS_HDR_X_FORWARDED_SCHEME) |			\
	 GWS_HDR_BIT(GWS_HDR_X_FORWARDED_PREFIX) |			\
	 GWS_HDR_BIT(GWS_HDR_X_FORWARDED_SERVER))

/*
 * The id of a field name, any case; GWS_HDR_OTHER when it is none of ours.
 * Says nothing about whether @name is a token.
 */
enum gws_http_header_id gws_http_header_id(struct gws_str name);

/*
 * One header line: offsets into the head's buffer. The line ends where the next
 * entry starts; behind the last line's entry there is one for the empty line.
 */
struct gws_http_header {
	u16 at;			/* the name starts there, as the line does */
	u16 name_len;
	u8 id;			/* enum gws_http_header_id */
	bool dropped;		/* Connection names it, or it poses as ours */
};

enum gws_http_framing {
	GWS_FRAMING_NONE,	/* no body */
	GWS_FRAMING_LENGTH,
	GWS_FRAMING_CHUNKED,
	GWS_FRAMING_CLOSE,	/* until the connection ends; responses only */
};

enum gws_http_method {
	GWS_METHOD_OTHER,
	GWS_METHOD_GET,
	GWS_METHOD_HEAD,
	GWS_METHOD_POST,
	GWS_METHOD_PUT,
	GWS_METHOD_DELETE,
	GWS_METHOD_OPTIONS,
	GWS_METHOD_PATCH,
};

/* RFC 9110 9.2.2; unknown methods are taken not to be. */
static inline bool gws_http_method_idempotent(enum gws_http_method method)
{
	return method == GWS_METHOD_GET || method == GWS_METHOD_HEAD ||
	       method == GWS_METHOD_PUT || method == GWS_METHOD_DELETE ||
	       method == GWS_METHOD_OPTIONS;
}

/*
 * Does nothing say that a body is read there? RFC 9110 9.3.1, 9.3.2, 9.3.5, 9.3.7: it
 * means nothing; and who does not know a method, or takes "get" for GET, may read none.
 */
static inline bool gws_http_method_ignores_body(enum gws_http_method method)
{
	return method != GWS_METHOD_POST && method != GWS_METHOD_PUT &&
	       method != GWS_METHOD_PATCH;
}

enum gws_http_target {
	GWS_TARGET_ORIGIN,	/* /path?query */
	GWS_TARGET_ABSOLUTE,	/* http://host/path?query */
	GWS_TARGET_ASTERISK,	/* *, with OPTIONS only; the path is "*" */
};

/* What both kinds of heads have. */
struct gws_http_head {
	const char *buf;
	u64 seen;		/* GWS_HDR_BIT() of every known field present */
	u64 content_length;	/* bytes; of GWS_FRAMING_LENGTH */
	u32 len;		/* bytes, the empty line included */
	u8 nheaders;
	u8 minor;		/* of the HTTP version: 0 or 1 */
	u8 framing;		/* enum gws_http_framing */
	bool keep_alive;	/* the connection may be used again */
	bool upgrade;		/* Upgrade is present and nominated */
	u64 acted[2];		/* bit i: headers[i] is one to act on, or dropped */
	struct gws_http_header headers[GWS_HEADERS_MAX + 1];
};

/* Only the first @head.nheaders headers are set, for speed. */
struct gws_http_request {
	struct gws_str method;
	struct gws_str path;	/* as sent; "/" where absolute-form had none */
	struct gws_str query;	/* without '?'; p is NULL when there was no '?' */
	/*
	 * As sent, with port: of absolute-form, else of Host (RFC 9112 3.2.2).
	 * Empty only in HTTP/1.0. Not checked: gws_http_host_normalise() does.
	 */
	struct gws_str host;
	u8 method_id;		/* enum gws_http_method */
	u8 target;		/* enum gws_http_target */
	bool https;		/* absolute-form with that scheme */
	bool path_plain;	/* the path is its own normal form */
	bool expect_continue;	/* never in HTTP/1.0 (RFC 9110 10.1.1) */
	/*
	 * OPTIONS with Max-Forwards (RFC 9110 7.6.2): one more than what it says,
	 * so 1 is for us to answer; 0: none, or not a number of up to nine digits.
	 */
	u32 hops;
	bool websocket;		/* asks to switch to it (RFC 6455 4.1) */
	/*
	 * Not the parser's: requests of one memory (http_memo.h) with the same
	 * number are the same octet for octet; 0 says nothing.
	 */
	u64 serial;
	struct gws_http_head head;
};

struct gws_http_response {
	u16 status;		/* 100..599 */
	struct gws_str reason;	/* may be empty */
	struct gws_http_head head;
};

static inline struct gws_str
gws_http_header_name(const struct gws_http_head *head,
		     const struct gws_http_header *h)
{
	return (struct gws_str){ head->buf + h->at, h->name_len };
}

/* Without the OWS around it. */
static inline struct gws_str
gws_http_header_value(const struct gws_http_head *head,
		      const struct gws_http_header *h)
{
	const char *p = head->buf + h->at + h->name_len + 1;
	const char *end = head->buf + h[1].at - 2;

	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	while (end > p && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	return (struct gws_str){ p, end - p };
}

/*
 * Is WebSocket what Upgrade names, alone or among others, and is Upgrade
 * nominated (RFC 9110 7.8)?
 */
bool gws_http_names_websocket(const struct gws_http_head *head);

/*
 * Parses the head at the start of @buf, of which @len bytes have come so far.
 * GWS_HEAD_SLACK bytes more are readable: they are loaded, but what they hold
 * never matters.
 * @resume is 0 for a new message; call again with the same @resume when there
 * are more bytes: what was seen is not scanned again for every segment.
 *
 * Returns the head's length (empty lines before it included, the body follows
 * there), 0 when more bytes are needed (@req then is undefined), or
 * -enum gws_http_error; one in a line that comes in pieces may be told only when
 * the line has ended. At most GWS_HEAD_MAX bytes of @buf are looked at; with
 * so many and no end it is an error, so a buffer of that size and the slack is
 * enough.
 */
int gws_http_parse_request(const char *buf, u32 len, u32 *resume,
			   struct gws_http_request *req);

/*
 * Is there more than empty lines in what has come so far? They may follow a
 * request's body (RFC 9112 2.2), so alone they are no begun request.
 */
bool gws_http_request_begun(const char *buf, u32 len);

/*
 * The same for a response to a request with @method. An interim response (1xx)
 * is a response of its own without a body; the next follows. Every error here
 * means 502 for the client and the end of the backend's connection.
 */
int gws_http_parse_response(const char *buf, u32 len, u32 *resume,
			    enum gws_http_method method,
			    struct gws_http_response *resp);

#endif /* GWS_HTTP_PARSE_H */
