/* SPDX-License-Identifier: MIT */
/*
 * Suite gws_http_rewrite: the heads that go out, byte for byte, and answers of
 * our own.
 */
#ifndef GWS_SUITE_HTTP_REWRITE_H
#define GWS_SUITE_HTTP_REWRITE_H

#include "core_test.h"
#include "http_parse.h"
#include "http_reply.h"
#include "http_rewrite.h"
#include "http_uri.h"

static struct gws_http_request received;
static struct gws_http_response answered;
static char head_in[4096 + GWS_HEAD_SLACK];

#define CLIENT		"X-Forwarded-For: 10.1.2.3\r\n"			\
			"X-Forwarded-Proto: http\r\n"			\
			"X-Forwarded-Port: 80\r\n"			\
			"X-Real-IP: 10.1.2.3\r\n"
#define FOR(host)	CLIENT "X-Forwarded-Host: " host "\r\n"
#define VIA		"Via: 1.1 gwsteer\r\n"
#define END		"\r\n"

static const struct {
	const char *in, *out;
	const char *host;	/* fwd.host, or NULL */
} forward_cases[] = {
	{ "GET /a?b HTTP/1.1\r\nHost: x:80\r\nAccept: */*\r\n" END,
	  "GET /a?b HTTP/1.1\r\nHost: x:80\r\nAccept: */*\r\n"
	  FOR("x:80") VIA END, NULL },
	/* The normal form of the path, the query as it came. */
	{ "GET /%61/../b/%2f?%61=.. HTTP/1.1\r\nHost: x\r\n" END,
	  "GET /b/%2F?%61=.. HTTP/1.1\r\nHost: x\r\n" FOR("x") VIA END, NULL },
	{ "GET /a? HTTP/1.1\r\nHost: x\r\n" END,
	  "GET /a? HTTP/1.1\r\nHost: x\r\n" FOR("x") VIA END, NULL },
	/* Absolute-form replaces Host. */
	{ "GET http://y:81/a HTTP/1.1\r\nA: 1\r\nHost: x\r\nB: 2\r\n" END,
	  "GET /a HTTP/1.1\r\nHost: y:81\r\nA: 1\r\nB: 2\r\n"
	  FOR("y:81") VIA END, NULL },
	{ "GET http://y HTTP/1.1\r\nHost: x\r\n" END,
	  "GET / HTTP/1.1\r\nHost: y\r\n" FOR("y") VIA END, NULL },
	{ "OPTIONS * HTTP/1.1\r\nHost: x\r\n" END,
	  "OPTIONS * HTTP/1.1\r\nHost: x\r\n" FOR("x") VIA END, NULL },
	{ "OPTIONS http://y HTTP/1.1\r\nHost: x\r\n" END,
	  "OPTIONS * HTTP/1.1\r\nHost: y\r\n" FOR("y") VIA END, NULL },
	/* A host of the caller's: X-Forwarded-Host is what the client said. */
	{ "GET / HTTP/1.1\r\nHost: x\r\nA: 1\r\n" END,
	  "GET / HTTP/1.1\r\nHost: z\r\nA: 1\r\n" FOR("x") VIA END, "z" },
	/* HTTP/1.0: no Host, no Expect, Via tells. */
	{ "GET / HTTP/1.0\r\nExpect: 100-continue\r\n" END,
	  "GET / HTTP/1.1\r\nHost: z\r\n" CLIENT "Via: 1.0 gwsteer\r\n" END,
	  "z" },
	{ "GET / HTTP/1.0\r\n" END,
	  "GET / HTTP/1.1\r\nHost: \r\n" CLIENT "Via: 1.0 gwsteer\r\n" END,
	  NULL },
	/* What a client says about itself goes. */
	{ "GET / HTTP/1.1\r\nX-Forwarded-For: 6.6.6.6\r\nHost: x\r\n"
	  "x-forwarded-proto: https\r\nX-FORWARDED-HOST: evil\r\n"
	  "X-Forwarded-Port: 1\r\nForwarded: for=6.6.6.6\r\n"
	  "X-Real-Ip: 6.6.6.6\r\nA: 1\r\nX-Forwarded-For: 7.7.7.7\r\n" END,
	  "GET / HTTP/1.1\r\nHost: x\r\nA: 1\r\n" FOR("x") VIA END, NULL },
	/* Not under a name either that a backend may take for it. */
	{ "GET / HTTP/1.1\r\nHost: x\r\nX_Forwarded_For: 6.6.6.6\r\n"
	  "x_real-ip: 6.6.6.6\r\nX.Forwarded~PROTO: https\r\n"
	  "Content_Length: 5\r\nTransfer_Encoding: chunked\r\n"
	  "X_Real_I: 1\r\nX_Real_IPs: 2\r\nContent_Type: a\r\n"
	  "X_Forwarded_For_: 3\r\n" END,
	  "GET / HTTP/1.1\r\nHost: x\r\nX_Real_I: 1\r\nX_Real_IPs: 2\r\n"
	  "Content_Type: a\r\nX_Forwarded_For_: 3\r\n" FOR("x") VIA END, NULL },
	/* Nor what backends may believe beside ours, nor HTTP_PROXY of CGI. */
	{ "GET / HTTP/1.1\r\nX-Forwarded-Ssl: on\r\nHost: x\r\n"
	  "x-forwarded-scheme: https\r\nX-Forwarded-PROTOCOL: ssl\r\n"
	  "X-Forwarded-Prefix: /evil\r\nX-Forwarded-Server: evil\r\n"
	  "pROXY: http://evil/\r\nA: 1\r\n" END,
	  "GET / HTTP/1.1\r\nHost: x\r\nA: 1\r\n" FOR("x") VIA END, NULL },
	{ "GET / HTTP/1.1\r\nHost: x\r\nX_Forwarded_Ssl: on\r\n"
	  "X_Forwarded-scheme: https\r\nX_FORWARDED_PROTOCOL: ssl\r\n"
	  "X-Forwarded.Prefix: /evil\r\nX_Forwarded_Server: evil\r\n"
	  "X-Forwarded-Ss: 1\r\nX_Forwarded_Ssls: 2\r\nProxy_: 3\r\n"
	  "X_Forwarded_Protocols: 4\r\nX-Forwarded-Protoco: 5\r\n"
	  "X-Forwarded-User: 6\r\n" END,
	  "GET / HTTP/1.1\r\nHost: x\r\n"
	  "X-Forwarded-Ss: 1\r\nX_Forwarded_Ssls: 2\r\nProxy_: 3\r\n"
	  "X_Forwarded_Protocols: 4\r\nX-Forwarded-Protoco: 5\r\n"
	  "X-Forwarded-User: 6\r\n" FOR("x") VIA END, NULL },
	/* Hop-by-hop fields go, and so does what Connection names. */
	{ "GET / HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, X-A, x-c\r\n"
	  "X-A: 1\r\nX-B: 2\r\nX-C: 3\r\nx-a: 4\r\nKeep-Alive: timeout=5\r\n"
	  "Proxy-Connection: close\r\nTE: trailers\r\nTrailer: X\r\n"
	  "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\nX-D: 5\r\n" END,
	  "GET / HTTP/1.1\r\nHost: x\r\nX-B: 2\r\nX-D: 5\r\n"
	  FOR("x") VIA END, NULL },
	/* But WebSocket goes on, and no other protocol beside it. */
	{ "GET / HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, Upgrade\r\n"
	  "Upgrade: h2c, WebSocket\r\nHTTP2-Settings: AAMAAABk\r\n"
	  "Sec-WebSocket-Key: k\r\n" END,
	  "GET / HTTP/1.1\r\nHost: x\r\nSec-WebSocket-Key: k\r\n"
	  FOR("x") VIA "Connection: upgrade\r\nUpgrade: websocket\r\n" END,
	  NULL },
	/* Max-Forwards of OPTIONS counts down; a bad one stays; of GET too. */
	{ "OPTIONS /a HTTP/1.1\r\nHost: x\r\nMax-Forwards: 1\r\n" END,
	  "OPTIONS /a HTTP/1.1\r\nHost: x\r\n" FOR("x") VIA
	  "Max-Forwards: 0\r\n" END, NULL },
	{ "OPTIONS /a HTTP/1.1\r\nMax-Forwards: 999999999\r\nHost: x\r\n"
	  "max-forwards: 10\r\n" END,
	  "OPTIONS /a HTTP/1.1\r\nHost: x\r\n" FOR("x") VIA
	  "Max-Forwards: 9\r\n" END, NULL },
	{ "OPTIONS /a HTTP/1.1\r\nHost: x\r\nMax-Forwards: -1\r\n" END,
	  "OPTIONS /a HTTP/1.1\r\nHost: x\r\nMax-Forwards: -1\r\n"
	  FOR("x") VIA END, NULL },
	{ "GET /a HTTP/1.1\r\nHost: x\r\nMax-Forwards: 1\r\n" END,
	  "GET /a HTTP/1.1\r\nHost: x\r\nMax-Forwards: 1\r\n"
	  FOR("x") VIA END, NULL },
	/* Others stay: Proxy-Authorization is not for us (RFC 9110 11.7.2). */
	{ "GET / HTTP/1.1\r\nHost: x\r\nProxy-Authorization: a\r\n"
	  "Via: 1.1 y\r\nCookie: a\r\nCookie: b\r\n" END,
	  "GET / HTTP/1.1\r\nHost: x\r\nProxy-Authorization: a\r\n"
	  "Via: 1.1 y\r\nCookie: a\r\nCookie: b\r\n" FOR("x") VIA END, NULL },
	/* Framing. */
	{ "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
	  "Expect: 100-continue\r\n" END,
	  "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
	  "Expect: 100-continue\r\n" FOR("x") VIA END, NULL },
	{ "POST / HTTP/1.1\r\nTransfer-Encoding: CHUNKED\r\nHost: x\r\n" END,
	  "POST / HTTP/1.1\r\nHost: x\r\n" FOR("x") VIA
	  "Transfer-Encoding: chunked\r\n" END, NULL },
	/* Empty lines before the request are not sent on. */
	{ "\r\nGET / HTTP/1.1\r\nHost: x\r\n" END,
	  "GET / HTTP/1.1\r\nHost: x\r\n" FOR("x") VIA END, NULL },
	/* Odd but allowed white space stays as it is. */
	{ "GET / HTTP/1.1\r\nHost:x\r\nA:\t1 \r\n" END,
	  "GET / HTTP/1.1\r\nHost:x\r\nA:\t1 \r\n" FOR("x") VIA END, NULL },
};

static int take_request(const char *bytes, struct gws_str *path, char *buf,
			u32 cap)
{
	u32 len = strlen(bytes), resume = 0;
	int rc;

	memcpy(head_in, bytes, len);
	rc = gws_http_parse_request(head_in, len, &resume, &received);
	if (rc <= 0)
		return rc ? rc : -1;
	return gws_http_request_path(&received, buf, cap, path);
}

/* Room for exactly what the caller must give, and guarded behind. */
static char *place_room(u32 room)
{
	static const char nothing[4096];

	return place(nothing, room, "", 0);
}

CORE_TEST(http_rewrite_requests)
{
	struct gws_http_forward fwd;
	char path_buf[64];
	char *out;
	u32 i, room;
	int len;

	for (i = 0; i < ARRAY_SIZE(forward_cases); i++) {
		memset(&fwd, 0, sizeof(fwd));
		fwd.client = GWS_STR(CLIENT);
		CHECK_MSG(!take_request(forward_cases[i].in, &fwd.path, path_buf,
					sizeof(path_buf)), "%s",
			  forward_cases[i].in);
		if (forward_cases[i].host)
			fwd.host = (struct gws_str){ forward_cases[i].host,
						     strlen(forward_cases[i].host) };
		room = gws_http_request_room(&received, &fwd);
		out = place_room(room);
		CHECK_EQ(gws_http_write_request(out, room - 1, &received, &fwd),
			 -ENOSPC);
		len = gws_http_write_request(out, room, &received, &fwd);
		CHECK(len > 0);
		CHECK_STR(((struct gws_str){ out, len }), forward_cases[i].out);
		unplace(out);
	}
}

CORE_TEST(http_rewrite_client_fields)
{
	char out[GWS_CLIENT_FIELDS_MAX];
	int len;

	len = gws_http_client_fields(out, sizeof(out), GWS_STR("10.1.2.3"),
				     GWS_STR("http"), 80);
	CHECK_STR(((struct gws_str){ out, len }), CLIENT);
	len = gws_http_client_fields(out, sizeof(out),
		GWS_STR("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255"),
		GWS_STR("https"), 65535);
	CHECK(len > 0);
	CHECK_EQ(gws_http_client_fields(out, 64, GWS_STR("10.1.2.3"),
					GWS_STR("http"), 80), -ENOSPC);
}

#define OK200		"HTTP/1.1 200 OK\r\n"

static const struct {
	const char *in, *out;
	struct gws_http_return ret;
	enum gws_http_method method;
	int framing;
} return_cases[] = {
	{ OK200 "Server: a\r\nContent-Length: 5\r\n" END,
	  OK200 "Server: a\r\nContent-Length: 5\r\n" END,
	  { 1, false }, GWS_METHOD_GET, GWS_FRAMING_LENGTH },
	{ OK200 "Content-Length: 5\r\nConnection: keep-alive\r\nA: 1\r\n" END,
	  OK200 "Content-Length: 5\r\nA: 1\r\nConnection: close\r\n" END,
	  { 1, true }, GWS_METHOD_GET, GWS_FRAMING_LENGTH },
	{ OK200 "Content-Length: 5\r\n" END,
	  OK200 "Content-Length: 5\r\nConnection: keep-alive\r\n" END,
	  { 0, false }, GWS_METHOD_GET, GWS_FRAMING_LENGTH },
	{ OK200 "Transfer-Encoding: chunked\r\nTrailer: X\r\nA: 1\r\n" END,
	  OK200 "A: 1\r\nTransfer-Encoding: chunked\r\n" END,
	  { 1, false }, GWS_METHOD_GET, GWS_FRAMING_CHUNKED },
	/* An HTTP/1.0 client does not know chunks. */
	{ OK200 "Transfer-Encoding: chunked\r\nA: 1\r\n" END,
	  OK200 "A: 1\r\nConnection: close\r\n" END,
	  { 0, true }, GWS_METHOD_GET, GWS_FRAMING_CLOSE },
	/* What ends with the connection becomes chunked. */
	{ "HTTP/1.0 200\r\nA: 1\r\n" END,
	  "HTTP/1.1 200 \r\nA: 1\r\nTransfer-Encoding: chunked\r\n" END,
	  { 1, false }, GWS_METHOD_GET, GWS_FRAMING_CHUNKED },
	{ "HTTP/1.0 200 x y\r\n" END, "HTTP/1.1 200 x y\r\nConnection: close\r\n"
	  END, { 0, true }, GWS_METHOD_GET, GWS_FRAMING_CLOSE },
	{ OK200 "Content-Length: 5\r\n" END, OK200 "Content-Length: 5\r\n" END,
	  { 1, false }, GWS_METHOD_HEAD, GWS_FRAMING_NONE },
	{ OK200 "Transfer-Encoding: chunked\r\n" END, OK200 END,
	  { 1, false }, GWS_METHOD_HEAD, GWS_FRAMING_NONE },
	{ "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\nETag: x\r\n" END,
	  "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\nETag: x\r\n" END,
	  { 1, false }, GWS_METHOD_GET, GWS_FRAMING_NONE },
	{ "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\nA: 1\r\n" END,
	  "HTTP/1.1 204 No Content\r\nA: 1\r\n" END,
	  { 1, false }, GWS_METHOD_GET, GWS_FRAMING_NONE },
	{ "HTTP/1.1 100 Continue\r\n" END, "HTTP/1.1 100 Continue\r\n" END,
	  { 1, true }, GWS_METHOD_POST, GWS_FRAMING_NONE },
	{ "HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\n"
	  "Connection: keep-alive, Upgrade\r\nSec-WebSocket-Accept: a\r\n" END,
	  "HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: a\r\n"
	  "Connection: upgrade\r\nUpgrade: websocket\r\n" END,
	  { 1, true }, GWS_METHOD_GET, GWS_FRAMING_NONE },
	{ OK200 "Connection: x-a\r\nX-A: 1\r\nUpgrade: h2c\r\nContent-Length: 1\r\n"
	  "Keep-Alive: timeout=5\r\nProxy-Authenticate: Basic\r\nVia: 1.1 y\r\n" END,
	  OK200 "Content-Length: 1\r\nProxy-Authenticate: Basic\r\nVia: 1.1 y\r\n"
	  END, { 1, false }, GWS_METHOD_GET, GWS_FRAMING_LENGTH },
	/* Request fields in a response are nobody's business. */
	{ OK200 "X-Forwarded-For: a\r\nHost: b\r\nX_Real_IP: c\r\n"
	  "Content-Length: 0\r\n" END,
	  OK200 "X-Forwarded-For: a\r\nHost: b\r\nX_Real_IP: c\r\n"
	  "Content-Length: 0\r\n" END,
	  { 1, false }, GWS_METHOD_GET, GWS_FRAMING_NONE },
};

CORE_TEST(http_rewrite_responses)
{
	char *out;
	u32 i, room, resume;
	int len;

	for (i = 0; i < ARRAY_SIZE(return_cases); i++) {
		const char *in = return_cases[i].in;

		memcpy(head_in, in, strlen(in));
		resume = 0;
		CHECK_MSG(gws_http_parse_response(head_in, strlen(in), &resume,
						  return_cases[i].method,
						  &answered) > 0, "%s", in);
		CHECK_EQ(gws_http_return_framing(&answered,
						 return_cases[i].ret.minor),
			 return_cases[i].framing);
		room = gws_http_response_room(&answered);
		out = place_room(room);
		CHECK_EQ(gws_http_write_response(out, room - 1, &answered,
						 &return_cases[i].ret), -ENOSPC);
		len = gws_http_write_response(out, room, &answered,
					      &return_cases[i].ret);
		CHECK_STR(((struct gws_str){ out, len }), return_cases[i].out);
		unplace(out);
	}
}

/* With every field a dropped one, over more than one word of them. */
CORE_TEST(http_rewrite_many_fields)
{
	static char want[4096], out[8192];
	struct gws_http_forward fwd = { .path = GWS_STR("/") };
	struct gws_str path;
	u32 i, at, to;
	int len;

	for (i = 0; i < 3; i++) {
		u32 n;

		at = snprintf(head_in, sizeof(head_in),
			      "GET / HTTP/1.1\r\nHost: x\r\n");
		to = snprintf(want, sizeof(want),
			      "GET / HTTP/1.1\r\nHost: x\r\n");
		for (n = 1; n < GWS_HEADERS_MAX; n++) {
			bool dropped = i == 0 || (i == 1 && n % 3 == 0);

			at += snprintf(head_in + at, sizeof(head_in) - at,
				       "%s: %u\r\n", dropped ? "X-Real-IP" : "A",
				       n);
			if (!dropped)
				to += snprintf(want + to, sizeof(want) - to,
					       "A: %u\r\n", n);
		}
		snprintf(head_in + at, sizeof(head_in) - at, END);
		snprintf(want + to, sizeof(want) - to,
			 "X-Forwarded-Host: x\r\n" VIA END);
		CHECK(!take_request(head_in, &path, NULL, 0));
		len = gws_http_write_request(out, sizeof(out), &received, &fwd);
		CHECK_STR(((struct gws_str){ out, len > 0 ? len : 0 }), want);
	}
}

/* What we write we also understand, and in the same way. */
CORE_TEST(http_rewrite_read_back)
{
	static char out[4096 + GWS_HEAD_SLACK];
	struct gws_http_forward fwd;
	char path_buf[64];
	u32 i, resume;
	int len, framing;

	for (i = 0; i < ARRAY_SIZE(forward_cases); i++) {
		memset(&fwd, 0, sizeof(fwd));
		fwd.host = GWS_STR("h");
		CHECK(!take_request(forward_cases[i].in, &fwd.path, path_buf,
				    sizeof(path_buf)));
		framing = received.head.framing;
		len = gws_http_write_request(out, 4096, &received, &fwd);
		resume = 0;
		CHECK_EQ(gws_http_parse_request(out, len, &resume, &received),
			 len);
		CHECK_EQ(received.head.framing, framing);
		CHECK_STR(received.host, "h");
		CHECK(gws_str_eq(received.path, fwd.path));
	}
}

CORE_TEST(http_rewrite_replies)
{
	static const u32 statuses[] = { 301, 302, 303, 307, 308, 400, 404, 408, 413, 414, 417, 421, 431,
					500, 501, 502, 503, 504, 505, 508 };
	static char out[GWS_REPLY_MAX + GWS_HEAD_SLACK];
	u32 i, flags, resume;
	int len, head;

	for (i = 0; i < ARRAY_SIZE(statuses); i++) {
		for (flags = 0; flags < 8; flags++) {
			len = gws_http_reply_write(out, GWS_REPLY_MAX,
						   statuses[i], flags);
			CHECK(len > 0 && len <= GWS_REPLY_MAX);
			resume = 0;
			head = gws_http_parse_response(out, len, &resume,
						       GWS_METHOD_GET, &answered);
			CHECK(head > 0);
			CHECK_EQ(answered.status, statuses[i]);
			CHECK_EQ(answered.head.framing, GWS_FRAMING_LENGTH);
			CHECK_EQ(answered.head.keep_alive,
				 !(flags & GWS_REPLY_CLOSE));
			CHECK_EQ(len - head, flags & GWS_REPLY_HEAD ? 0 :
				 (int)answered.head.content_length);
		}
	}
	CHECK_EQ(gws_http_reply_write(out, GWS_REPLY_MAX - 1, 400, 0), -ENOSPC);
	len = gws_http_reply_write(out, GWS_REPLY_MAX, 404, GWS_REPLY_CLOSE);
	CHECK_STR(((struct gws_str){ out, len }),
		  "HTTP/1.1 404 Not Found\r\nServer: gwsteer\r\n"
		  "Content-Type: text/plain\r\nContent-Length: 10\r\n"
		  "Connection: close\r\n\r\nNot Found\n");
	CHECK_EQ(strlen(GWS_CONTINUE), GWS_CONTINUE_LEN);
}

#define HTTP_REWRITE_TESTS(X)						\
	X(http_rewrite_requests)					\
	X(http_rewrite_client_fields)					\
	X(http_rewrite_responses)					\
	X(http_rewrite_many_fields)					\
	X(http_rewrite_read_back)					\
	X(http_rewrite_replies)

#undef CLIENT
#undef FOR
#undef VIA
#undef END
#undef OK200

#endif /* GWS_SUITE_HTTP_REWRITE_H */
