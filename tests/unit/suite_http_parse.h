/* SPDX-License-Identifier: MIT */
/*
 * Suite gws_http_parse: heads that are accepted and what they mean, heads that
 * are refused and why, and that neither depends on how they were cut up or on
 * what lies behind them in memory.
 */
#ifndef GWS_SUITE_HTTP_PARSE_H
#define GWS_SUITE_HTTP_PARSE_H

#include "core_test.h"
#include "http_chars.h"
#include "http_field.h"
#include "http_parse.h"
#include "http_uri.h"
#include "suite_http_parse_cases.h"

/* KASAN is slow: there a part of the byte values and of the cuts is tried. */
#ifdef __KERNEL__
#define BYTE_STEP	13
#define CUT_STEP	3
#else
#define BYTE_STEP	1
#define CUT_STEP	1
#endif

static struct gws_http_request request;
static struct gws_http_response response;

/* What may lie behind a head: none of it may matter. */
static const char slacks[][GWS_HEAD_SLACK + 1] = {
	TEN("\r\n\r\n"), ":a\r\n\r\n" TEN(":::"), "", TEN("xxxx"), TEN("\n\n\n\n"),
	" HTTP/1.1\r\n\r\n" TEN("\xff\xff"),
};

typedef int (*parse_fn)(const char *buf, u32 len, u32 *resume);

static int parse_req(const char *buf, u32 len, u32 *resume)
{
	return gws_http_parse_request(buf, len, resume, &request);
}

static int parse_resp(const char *buf, u32 len, u32 *resume)
{
	return gws_http_parse_response(buf, len, resume, GWS_METHOD_GET,
				       &response);
}

/* One call on the first @len bytes, whatever lies behind. */
static int parse_part(parse_fn parse, const char *bytes, u32 len, u32 *resume,
		      const char *slack)
{
	char *buf = place(bytes, len, slack, GWS_HEAD_SLACK);
	int rc = parse(buf, len, resume);

	unplace(buf);
	return rc;
}

/* Feeds a head in steps of @step bytes, the first one @first. */
static int parse_steps(parse_fn parse, const struct head_case *c, u32 first,
		       u32 step, const char *slack)
{
	u32 resume = 0;
	u32 len;
	int rc = 0;

	for (len = first; !rc && len < c->len; len += step)
		rc = parse_part(parse, c->bytes, len, &resume, slack);
	return rc ? rc : parse_part(parse, c->bytes, c->len, &resume, slack);
}

/* The result of a case, complete and cut at every place. */
#define CHECK_CASE(parse, c)						\
	do {								\
		u32 cut_, slack_;					\
		int want_ = (c)->error ? -(c)->error : (int)(c)->len;	\
		int got_;						\
									\
		for (slack_ = 0; slack_ < ARRAY_SIZE(slacks); slack_++) { \
			got_ = parse_steps(parse, c, (c)->len, 1,	\
					   slacks[slack_]);		\
			CHECK_MSG(got_ == want_, "%d, not %d (slack %u): %s", \
				  got_, want_, slack_, (c)->bytes);	\
		}							\
		for (cut_ = 0; cut_ < (c)->len; cut_ += CUT_STEP) {	\
			got_ = parse_steps(parse, c, cut_, (c)->len,	\
					   slacks[cut_ % ARRAY_SIZE(slacks)]); \
			CHECK_MSG(got_ == want_, "%d, not %d, cut at %u: %s", \
				  got_, want_, cut_, (c)->bytes);	\
		}							\
		got_ = parse_steps(parse, c, 0, 1, slacks[0]);		\
		CHECK_MSG(got_ == want_, "%d, not %d, byte by byte: %s", \
			  got_, want_, (c)->bytes);			\
	} while (0)

/* No part of an accepted head is complete or wrong. */
#define CHECK_PARTS(parse, c)						\
	do {								\
		u32 len_, resume_;					\
		int got_;						\
									\
		for (len_ = 0; len_ < (c)->len; len_++) {		\
			resume_ = 0;					\
			got_ = parse_part(parse, (c)->bytes, len_, &resume_, \
					  slacks[len_ % ARRAY_SIZE(slacks)]); \
			CHECK_MSG(!got_, "%d at %u of: %s", got_, len_,	\
				  (c)->bytes);				\
		}							\
	} while (0)

CORE_TEST(http_parse_request_cases)
{
	const struct head_case *c;

	for (c = request_cases; c < request_cases + ARRAY_SIZE(request_cases); c++) {
		CHECK_CASE(parse_req, c);
		if (!c->error)
			CHECK_PARTS(parse_req, c);
		else
			CHECK_EQ(gws_http_error_status(c->error), c->status);
	}
}

CORE_TEST(http_parse_response_cases)
{
	const struct head_case *c;

	for (c = response_cases; c < response_cases + ARRAY_SIZE(response_cases); c++) {
		CHECK_CASE(parse_resp, c);
		if (!c->error)
			CHECK_PARTS(parse_resp, c);
	}
}

/* Every byte value in every place of a head: the same, whole or in pieces. */
CORE_TEST(http_parse_any_byte)
{
	static const char good[] = GET "Host: ab\r\nDate: c\r\nXy: d\r\n" END;
	char bytes[sizeof(good)];
	struct head_case c = { bytes, sizeof(good) - 1, 0, 0 };
	u32 at, byte;
	int whole, cut;

	for (at = 0; at < c.len; at++) {
		for (byte = 0; byte < 256; byte += BYTE_STEP) {
			memcpy(bytes, good, sizeof(good));
			bytes[at] = byte;
			whole = parse_steps(parse_req, &c, c.len, 1, slacks[0]);
			cut = parse_steps(parse_req, &c, at, 1, slacks[3]);
			CHECK_MSG(whole == cut || (whole == 0 && cut == 0),
				  "byte %#x at %u: whole %d, cut %d", byte, at,
				  whole, cut);
			CHECK_MSG(whole <= (int)c.len, "too long: %d", whole);
		}
	}
}

static int parse_whole(const char *bytes)
{
	struct head_case c = { bytes, strlen(bytes), 0, 0 };
	static char buf[1024 + GWS_HEAD_SLACK];
	u32 resume = 0;

	memcpy(buf, bytes, c.len);
	return parse_req(buf, c.len, &resume);
}

static int parse_answer(const char *bytes, enum gws_http_method method)
{
	static char buf[1024 + GWS_HEAD_SLACK];
	u32 len = strlen(bytes);
	u32 resume = 0;

	memcpy(buf, bytes, len);
	return gws_http_parse_response(buf, len, &resume, method, &response);
}

CORE_TEST(http_parse_request_meaning)
{
	CHECK(parse_whole("GET /a/b?c=d HTTP/1.1\r\nHost: X:80\r\n\r\n") > 0);
	CHECK_STR(request.method, "GET");
	CHECK_EQ(request.method_id, GWS_METHOD_GET);
	CHECK_EQ(request.target, GWS_TARGET_ORIGIN);
	CHECK_STR(request.path, "/a/b");
	CHECK_STR(request.query, "c=d");
	CHECK_STR(request.host, "X:80");
	CHECK(request.path_plain);
	CHECK_EQ(request.head.minor, 1);
	CHECK_EQ(request.head.framing, GWS_FRAMING_NONE);
	CHECK(request.head.keep_alive);
	CHECK(!request.expect_continue);

	CHECK(parse_whole("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\n"
			  "Expect: 100-continue\r\n\r\n") > 0);
	CHECK_EQ(request.method_id, GWS_METHOD_POST);
	CHECK(!request.query.p);
	CHECK_EQ(request.head.framing, GWS_FRAMING_LENGTH);
	CHECK_EQ(request.head.content_length, 12);
	CHECK(request.expect_continue);

	CHECK(parse_whole("PUT /? HTTP/1.1\r\nHost: a\r\n"
			  "transfer-encoding: Chunked\r\n\r\n") > 0);
	CHECK(request.query.p && !request.query.len);
	CHECK_EQ(request.head.framing, GWS_FRAMING_CHUNKED);

	CHECK(parse_whole("DELETE /%61/. HTTP/1.0\r\nContent-Length: 0\r\n"
			  "Expect: 100-continue\r\n\r\n") > 0);
	CHECK_EQ(request.method_id, GWS_METHOD_DELETE);
	CHECK(!request.path_plain);
	CHECK(!request.host.len);
	CHECK_EQ(request.head.framing, GWS_FRAMING_NONE);
	CHECK(!request.expect_continue);
	CHECK(!request.head.keep_alive);
}

CORE_TEST(http_parse_targets)
{
	CHECK(parse_whole("GET http://B:81/x?y HTTP/1.1\r\nHost: a\r\n\r\n") > 0);
	CHECK_EQ(request.target, GWS_TARGET_ABSOLUTE);
	CHECK_STR(request.host, "B:81");
	CHECK_STR(request.path, "/x");
	CHECK_STR(request.query, "y");
	CHECK(!request.https);
	CHECK(parse_whole("GET https://b?y HTTP/1.1\r\nHost: a\r\n\r\n") > 0);
	CHECK_STR(request.path, "/");
	CHECK_STR(request.query, "y");
	CHECK(request.https);
	CHECK(parse_whole("OPTIONS http://b HTTP/1.1\r\nHost: a\r\n\r\n") > 0);
	CHECK_EQ(request.target, GWS_TARGET_ASTERISK);
	CHECK_STR(request.path, "*");
	CHECK_STR(request.host, "b");
	CHECK(parse_whole("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n") > 0);
	CHECK_STR(request.path, "*");
	CHECK_STR(request.host, "a");
}

CORE_TEST(http_parse_keep_alive)
{
	static const struct {
		const char *head;
		bool keep_alive;
	} cases[] = {
		{ GET H END, true },
		{ GET H "Connection: close\r\n" END, false },
		{ GET H "Connection: Keep-Alive\r\n" END, true },
		{ GET H "Connection: keep-alive, CLOSE\r\n" END, false },
		{ GET H "Connection: close\r\nConnection: keep-alive\r\n" END,
		  false },
		{ GET H "Connection: closed\r\n" END, true },
		{ GET H "Connection: upgrade\r\nUpgrade: h2c\r\n" END, true },
		{ "GET / HTTP/1.0\r\n" END, false },
		{ "GET / HTTP/1.0\r\nConnection: keep-alive\r\n" END, true },
		{ "GET / HTTP/1.0\r\nConnection: x, KEEP-alive\r\n" END, true },
		{ "GET / HTTP/1.0\r\nProxy-Connection: keep-alive\r\n" END,
		  false },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		CHECK(parse_whole(cases[i].head) > 0);
		CHECK_MSG(request.head.keep_alive == cases[i].keep_alive, "%s",
			  cases[i].head);
	}
}

CORE_TEST(http_parse_headers)
{
	struct gws_http_head *head = &request.head;

	CHECK(parse_whole("GET / HTTP/1.1\r\nhOST: a\r\nX-a: \t b c\t \r\n"
			  "X-B:\r\nContent-Type:d\r\n"
			  "Connection: x-a, upgrade\r\nUPGRADE: h2c\r\n\r\n") > 0);
	CHECK_EQ(head->nheaders, 6);
	CHECK_EQ(head->headers[0].id, GWS_HDR_HOST);
	CHECK_STR(gws_http_header_name(head, &head->headers[0]), "hOST");
	CHECK_STR(gws_http_header_value(head, &head->headers[0]), "a");
	CHECK_EQ(head->headers[1].id, GWS_HDR_OTHER);
	CHECK_STR(gws_http_header_name(head, &head->headers[1]), "X-a");
	CHECK_STR(gws_http_header_value(head, &head->headers[1]), "b c");
	CHECK(head->headers[1].dropped);
	CHECK_STR(gws_http_header_value(head, &head->headers[2]), "");
	CHECK(!head->headers[2].dropped);
	CHECK_EQ(head->headers[3].id, GWS_HDR_CONTENT_TYPE);
	CHECK_STR(gws_http_header_value(head, &head->headers[3]), "d");
	CHECK_STR(gws_http_header_value(head, &head->headers[5]), "h2c");
	CHECK(head->upgrade);
	CHECK(head->seen & GWS_HDR_BIT(GWS_HDR_UPGRADE));
	CHECK(!(head->seen & GWS_HDR_BIT(GWS_HDR_VIA)));
	CHECK(parse_whole(GET H "Upgrade: h2c\r\n" END) > 0);
	CHECK(!head->upgrade);
}

/* What asks to switch to WebSocket, and what does not. */
CORE_TEST(http_parse_websocket)
{
	static const struct {
		const char *head;
		bool websocket;
	} cases[] = {
		{ GET H "Connection: upgrade\r\nUpgrade: websocket\r\n" END,
		  true },
		{ GET H "Upgrade: WebSocket\r\nConnection: x, UPGRADE\r\n" END,
		  true },
		{ GET H "Connection: upgrade\r\nUpgrade: h2c\r\n"
		  "Upgrade: a,  websocket ,b\r\n" END, true },
		{ GET H "Upgrade: websocket\r\n" END, false },
		{ GET H "Connection: upgrade\r\n" END, false },
		{ GET H "Connection: upgrade\r\nUpgrade: h2c\r\n" END, false },
		{ GET H "Connection: upgrade\r\nUpgrade: websocket/13\r\n" END,
		  false },
		{ GET H "Connection: upgrade\r\nUpgrade: web socket\r\n" END,
		  false },
		{ GET H "Connection: upgrade\r\nUpgrade: websocket\r\n"
		  "Content-Length: 1\r\n" END, false },
		{ "POST / HTTP/1.1\r\n" H "Connection: upgrade\r\n"
		  "Upgrade: websocket\r\n" END, false },
		{ "GET / HTTP/1.0\r\n" H "Connection: upgrade\r\n"
		  "Upgrade: websocket\r\n" END, false },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		CHECK(parse_whole(cases[i].head) > 0);
		CHECK_MSG(request.websocket == cases[i].websocket, "%s",
			  cases[i].head);
	}
}

CORE_TEST(http_parse_max_forwards)
{
	static const struct {
		const char *head;
		u32 hops;
	} cases[] = {
		{ "OPTIONS / HTTP/1.1\r\n" H END, 0 },
		{ "OPTIONS / HTTP/1.1\r\n" H "Max-Forwards: 0\r\n" END, 1 },
		{ "OPTIONS * HTTP/1.1\r\n" H "MAX-FORWARDS:7\r\n" END, 8 },
		{ "OPTIONS / HTTP/1.1\r\n" H "Max-Forwards: 1234567890\r\n" END,
		  0 },
		{ "OPTIONS / HTTP/1.1\r\n" H "Max-Forwards:\r\n" END, 0 },
		{ "OPTIONS / HTTP/1.1\r\n" H "Max-Forwards: 3\r\n"
		  "Max-Forwards: 0\r\nMax-Forwards: x\r\n" END, 1 },
		{ GET H "Max-Forwards: 0\r\n" END, 0 },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		CHECK(parse_whole(cases[i].head) > 0);
		CHECK_MSG(request.hops == cases[i].hops, "%s", cases[i].head);
	}
}

/* Every known name is found, in any case; near misses are not. */
CORE_TEST(http_parse_known_names)
{
	static const char *const names[] = {
#define X(id, name, slot) [GWS_HDR_##id] = name,
		GWS_HTTP_HEADERS(X)
#undef X
	};
	static const u8 slots[] = {
#define X(id, name, slot) [GWS_HDR_##id] = slot,
		GWS_HTTP_HEADERS(X)
#undef X
	};
	char head[128], name[32];
	u32 id, i, len, slot;

	CHECK(GWS_HDR_COUNT <= 64);
	for (id = 1; id < GWS_HDR_COUNT; id++) {
		len = strlen(names[id]);
		CHECK(len <= 24);
		memset(name, 0, sizeof(name));
		memcpy(name, names[id], len);
		slot = gws_http_name_slot(gws_load64(name), gws_load64(name + 8));
		CHECK_MSG(slot == slots[id], "the slot of %s is %u", name, slot);
		CHECK_EQ(gws_http_header_id((struct gws_str){ names[id], len }),
			 id);
		for (i = 0; i < len; i++) {
			memcpy(name, names[id], len + 1);
			name[i] ^= 0x20;
			if (name[i] < 'A' || name[i] > 'Z')
				CHECK_MSG(gws_http_header_id((struct gws_str){
					  name, len }) == GWS_HDR_OTHER,
					  "%s", name);
			else
				CHECK_MSG(gws_http_header_id((struct gws_str){
					  name, len }) == id, "%s", name);
		}
		/* Through the parser, where it differs from the lookup. */
		snprintf(head, sizeof(head), GET "%s: 1\r\nX: 2\r\n" H END,
			 id == GWS_HDR_HOST ? "x" : names[id]);
		if (id == GWS_HDR_HOST || id == GWS_HDR_TRANSFER_ENCODING ||
		    id == GWS_HDR_EXPECT)
			continue;
		CHECK_MSG(parse_whole(head) > 0, "%s", names[id]);
		CHECK_EQ(request.head.headers[0].id, id);
		snprintf(head, sizeof(head), GET "%sx: 1\r\nX: 2\r\n" H END,
			 names[id]);
		CHECK(parse_whole(head) > 0);
		CHECK_EQ(request.head.headers[0].id, GWS_HDR_OTHER);
	}
}

CORE_TEST(http_parse_response_framing)
{
	static const struct {
		const char *head;
		enum gws_http_method method;
		int framing;
		bool keep_alive;
	} cases[] = {
		{ OK200 END, GWS_METHOD_GET, GWS_FRAMING_CLOSE, false },
		{ OK200 "Content-Length: 5\r\n" END, GWS_METHOD_GET,
		  GWS_FRAMING_LENGTH, true },
		{ OK200 "Content-Length: 0\r\n" END, GWS_METHOD_GET,
		  GWS_FRAMING_NONE, true },
		{ OK200 "Content-Length: 5\r\nConnection: close\r\n" END,
		  GWS_METHOD_GET, GWS_FRAMING_LENGTH, false },
		{ OK200 "Transfer-Encoding: chunked\r\n" END, GWS_METHOD_GET,
		  GWS_FRAMING_CHUNKED, true },
		{ OK200 "Content-Length: 5\r\n" END, GWS_METHOD_HEAD,
		  GWS_FRAMING_NONE, true },
		{ OK200 "Transfer-Encoding: chunked\r\n" END, GWS_METHOD_HEAD,
		  GWS_FRAMING_NONE, true },
		{ OK200 END, GWS_METHOD_HEAD, GWS_FRAMING_NONE, true },
		{ "HTTP/1.1 304 x\r\nContent-Length: 5\r\n" END, GWS_METHOD_GET,
		  GWS_FRAMING_NONE, true },
		{ "HTTP/1.1 204 x\r\n" END, GWS_METHOD_GET, GWS_FRAMING_NONE,
		  true },
		{ "HTTP/1.1 204 x\r\nContent-Length: 0\r\n" END, GWS_METHOD_GET,
		  GWS_FRAMING_NONE, true },
		{ "HTTP/1.1 204 x\r\nContent-Length: 5\r\n" END, GWS_METHOD_GET,
		  GWS_FRAMING_NONE, false },
		{ "HTTP/1.1 100 x\r\nTransfer-Encoding: chunked\r\n" END,
		  GWS_METHOD_GET, GWS_FRAMING_NONE, false },
		{ "HTTP/1.1 101 x\r\nUpgrade: a\r\n" END, GWS_METHOD_GET,
		  GWS_FRAMING_NONE, true },
		{ "HTTP/1.0 200 x\r\nContent-Length: 5\r\n" END, GWS_METHOD_GET,
		  GWS_FRAMING_LENGTH, false },
		{ "HTTP/1.0 200 x\r\nContent-Length: 5\r\n"
		  "Connection: keep-alive\r\n" END, GWS_METHOD_GET,
		  GWS_FRAMING_LENGTH, true },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		CHECK_MSG(parse_answer(cases[i].head, cases[i].method) > 0,
			  "%s", cases[i].head);
		CHECK_MSG(response.head.framing == cases[i].framing &&
			  response.head.keep_alive == cases[i].keep_alive,
			  "framing %d, keep_alive %d: %s", response.head.framing,
			  response.head.keep_alive, cases[i].head);
	}
	CHECK(parse_answer("HTTP/1.1 503 So sorry\r\n\r\n", GWS_METHOD_GET) > 0);
	CHECK_EQ(response.status, 503);
	CHECK_STR(response.reason, "So sorry");
}

/* Sizes around the limits; @big has room for GWS_HEAD_MAX and more. */
static char big[GWS_HEAD_MAX + 1024];

static int parse_big(u32 len)
{
	u32 resume = 0;

	return parse_req(big, len, &resume);
}

static u32 put_text_at(u32 at, const char *text)
{
	memcpy(big + at, text, strlen(text));
	return at + strlen(text);
}

static u32 put_many_at(u32 at, char c, u32 n)
{
	memset(big + at, c, n);
	return at + n;
}

/* A head of exactly @total bytes by one long header value. */
static u32 head_of(u32 total)
{
	u32 at = put_text_at(0, GET H "X: ");

	at = put_many_at(at, 'x', total - at - 4);
	return put_text_at(at, "\r\n\r\n");
}

static u32 target_of(u32 len)
{
	u32 at = put_text_at(0, "GET /");

	at = put_many_at(at, 'x', len - 1);
	return put_text_at(at, " HTTP/1.1\r\n" H END);
}

CORE_TEST(http_parse_limits)
{
	CHECK_EQ(parse_big(head_of(GWS_HEAD_MAX)), GWS_HEAD_MAX);
	CHECK_EQ(parse_big(head_of(GWS_HEAD_MAX + 1)), -GWS_HTTP_E_head_large);
	CHECK_EQ(gws_http_error_status(GWS_HTTP_E_head_large), 431);
	head_of(GWS_HEAD_MAX + 1);
	CHECK_EQ(parse_big(GWS_HEAD_MAX - 1), 0);

	CHECK(parse_big(target_of(GWS_TARGET_MAX)) > 0);
	CHECK_EQ(parse_big(target_of(GWS_TARGET_MAX + 1)),
		 -GWS_HTTP_E_target_long);
	CHECK_EQ(gws_http_error_status(GWS_HTTP_E_target_long), 414);
	put_many_at(0, 'x', GWS_HEAD_MAX);
	put_text_at(0, "GET /");
	CHECK_EQ(parse_big(5 + GWS_TARGET_MAX), -GWS_HTTP_E_target_long);
	put_text_at(0, "GET http://");
	CHECK_EQ(parse_big(GWS_HEAD_MAX), -GWS_HTTP_E_target_long);
}

/* Byte by byte, a head of the largest size: not a new look for every byte. */
CORE_TEST(http_parse_resume)
{
	u32 len = head_of(GWS_HEAD_MAX);
	u32 resume = 0, i;

	for (i = 1; i < len; i++)
		if (parse_req(big, i, &resume) || resume != i)
			break;
	CHECK_EQ(i, len);
	CHECK_EQ(parse_req(big, len, &resume), len);
}

/* Empty lines are none, whatever comes of them. */
CORE_TEST(http_parse_begun)
{
	CHECK(!gws_http_request_begun("", 0));
	CHECK(!gws_http_request_begun("\r", 1));
	CHECK(!gws_http_request_begun("\r\nGET", 2));
	CHECK(!gws_http_request_begun("\r\n\r\n", 4));
	CHECK(gws_http_request_begun("G", 1));
	CHECK(gws_http_request_begun("GET / HTTP/1.1\r\n", 16));
	CHECK(gws_http_request_begun("\r\n\r\nG", 5));
	CHECK(gws_http_request_begun("\0", 1));
}

/* What lies behind the bytes that came, of another connection, say. */
CORE_TEST(http_parse_slack)
{
	static const char *const behind[] = {
		"GET * HTTP/1.1\r\nHost: x\r\n\r\n                        ",
		"GET :// HTTP/1.1\r\n\r\n                                 ",
	};
	static struct gws_http_request req;
	u32 i, len;

	for (i = 0; i < ARRAY_SIZE(behind); i++) {
		for (len = 1; len <= 3; len++) {
			u32 resume = 0;
			char *buf = place(behind[i], GWS_HEAD_SLACK + len, "", 0);

			CHECK_EQ(gws_http_parse_request(buf, len, &resume, &req),
				 0);
			unplace(buf);
		}
	}
}

CORE_TEST(http_parse_error_names)
{
	u32 i, j;

	for (i = 0; i < GWS_HTTP_ERROR_COUNT; i++)
		for (j = 0; j < i; j++)
			CHECK(strcmp(gws_http_error_name(i),
				     gws_http_error_name(j)));
	CHECK(!strcmp(gws_http_error_name(GWS_HTTP_E_bare_lf), "bare_lf"));
	CHECK(!strcmp(gws_http_error_name(GWS_HTTP_ERROR_COUNT), "unknown"));
	CHECK_EQ(gws_http_error_status(GWS_HTTP_ERROR_COUNT), 400);
}

/* The table of classes against the grammars that it stands for. */
CORE_TEST(http_parse_classes)
{
	u32 i;

	for (i = 0; i < 256; i++) {
		char c = i;
		bool alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
			     (c >= 'A' && c <= 'Z');
		bool visible = i > 0x20 && i < 0x7f;
		bool token = visible &&
			     (alnum || memchr("!#$%&'*+-.^_`|~", c, 15));
		bool unreserved = visible && (alnum || memchr("-._~", c, 4));
		bool path = unreserved ||
			    (visible && memchr("!$&'()*+,;=:@/%[]|", c, 18));

		CHECK_EQ(gws_char_is(c, GWS_CHAR_TOKEN), token);
		CHECK_EQ(gws_char_is(c, GWS_CHAR_UNRESERVED), unreserved);
		CHECK_EQ(gws_char_is(c, GWS_CHAR_PATH), path);
		CHECK_EQ(gws_char_is(c, GWS_CHAR_QUERY), visible && c != '#');
		CHECK_EQ(gws_char_is(c, GWS_CHAR_FOLD), c == '%' || c == '.');
		CHECK_EQ(gws_char_is(c, GWS_CHAR_FIELD),
			 (i >= 0x20 && i != 0x7f) || c == '\t');
		CHECK_EQ(gws_char_is(c, GWS_CHAR_NAME),
			 alnum || c == '-' || c == '.' || c == '_');
		CHECK_EQ(gws_char_is(c, GWS_CHAR_UPPER), c >= 'A' && c <= 'Z');
	}
}

CORE_TEST(http_parse_paths)
{
	static const struct {
		const char *raw, *normal;	/* NULL: an error */
	} cases[] = {
		{ "/", "/" }, { "*", "*" }, { "/foo/bar", "/foo/bar" },
		{ "/a.b/..c/d./...", "/a.b/..c/d./..." },
		{ "/%66oo", "/foo" }, { "/%7Ea%7e", "/~a~" },
		{ "/a%2fb", "/a%2Fb" }, { "/a%2Fb", "/a%2Fb" },
		{ "/%e2%82%ac", "/%E2%82%AC" }, { "/%20%0a", "/%20%0A" },
		{ "/%25%32%65", "/%252e" }, { "/%252e%252e", "/%252e%252e" },
		{ "/.", "/" }, { "/..", "/" }, { "/./", "/" }, { "/../", "/" },
		{ "/a/.", "/a/" }, { "/a/./b", "/a/b" }, { "/a/..", "/" },
		{ "/a/../b", "/b" }, { "/a/b/..", "/a/" },
		{ "/a/b/../c", "/a/c" }, { "/a/b/../../c", "/c" },
		{ "/../../a", "/a" }, { "/a/../../b", "/b" },
		{ "/a/%2e%2e/b", "/b" }, { "/a/%2E./b", "/b" },
		{ "/a/.%2e/b", "/b" }, { "/%2e/a", "/a" }, { "/a/%2e", "/a/" },
		{ "//", "//" }, { "//a//b", "//a//b" }, { "/a//..", "/a/" },
		{ "/a//../b", "/a/b" }, { "//..", "/" }, { "//../a", "/a" },
		{ "/a/b/..%2fc", "/a/b/..%2Fc" },
		{ "/%", NULL }, { "/%4", NULL }, { "/%4g", NULL },
		{ "/%g4", NULL }, { "/%00", NULL }, { "/a%", NULL },
		{ "/%%41", NULL }, { "/%-1", NULL }, { "/../%zz", NULL },
	};
	char out[64];
	u32 i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		u32 len = strlen(cases[i].raw);
		char *raw = place(cases[i].raw, len, "", 0);
		struct gws_str path, again;
		int rc = gws_http_path_normalise((struct gws_str){ raw, len },
						 out, len, &path);

		if (!cases[i].normal) {
			CHECK_MSG(rc == -GWS_HTTP_E_path_bad, "%s", cases[i].raw);
		} else {
			CHECK_MSG(!rc, "%s: %d", cases[i].raw, rc);
			CHECK_STR(path, cases[i].normal);
			if (!strchr(cases[i].raw, '%') &&
			    !strstr(cases[i].raw, "/."))
				CHECK(path.p == raw);
			CHECK(!gws_http_path_normalise(path, out, sizeof(out),
						       &again));
			CHECK_STR(again, cases[i].normal);
		}
		unplace(raw);
	}
}

CORE_TEST(http_parse_hosts)
{
	static const struct {
		const char *raw, *normal;	/* NULL: an error */
	} cases[] = {
		{ "", "" }, { "a", "a" }, { "A.Example.COM", "a.example.com" },
		{ "a.example.com.", "a.example.com" }, { "a:80", "a" },
		{ "A:", "a" }, { "a.:65535", "a" }, { "10.0.0.1:30731", "10.0.0.1" },
		{ "[::1]", "[::1]" }, { "[FE80::1]:8080", "[fe80::1]" },
		{ "[::ffff:1.2.3.4]", "[::ffff:1.2.3.4]" }, { "a_b-c", "a_b-c" },
		{ ".", NULL }, { ":80", NULL }, { "a:65536", NULL },
		{ "a:080808", NULL }, { "a:-1", NULL }, { "a:8x", NULL },
		{ "a:80:80", NULL }, { "a b", NULL }, { "a/b", NULL },
		{ "a@b", NULL }, { "a%41", NULL }, { "\xe9", NULL },
		{ "[::1", NULL }, { "::1", NULL }, { "[]", NULL },
		{ "[::1%eth0]", NULL }, { "[::1]x", NULL }, { "a[::1]", NULL },
		{ "a,b", NULL }, { "*.a", NULL },
		{ "[1::8:1.2.3.4]:", "[1::8:1.2.3.4]" }, { "[::]", "[::]" },
		{ "[..]", NULL }, { "[dead.beef]", NULL }, { "[1.2.3.4]", NULL },
		{ "[:]", NULL }, { "[1:2]", NULL }, { "[::1::]", NULL },
		{ "[::12345]", NULL }, { "[::1.2.3]", NULL }, { "[", NULL },
		{ "[1:2:3:4:5:6:7:8:9]", NULL }, { "[v1.a:b]", NULL },
	};
	char out[GWS_HOST_MAX];
	u32 i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		u32 len = strlen(cases[i].raw);
		char *raw = place(cases[i].raw, len, "", 0);
		struct gws_str host;
		int rc = gws_http_host_normalise((struct gws_str){ raw, len },
						 out, sizeof(out), &host);

		if (cases[i].normal) {
			CHECK_MSG(!rc, "%s", cases[i].raw);
			CHECK_STR(host, cases[i].normal);
		} else {
			CHECK_MSG(rc == -GWS_HTTP_E_host_bad, "%s", cases[i].raw);
		}
		unplace(raw);
	}
	memset(big, 'a', GWS_HOST_MAX + 1);
	CHECK_EQ(gws_http_host_normalise((struct gws_str){ big, GWS_HOST_NAME_MAX },
					 out, sizeof(out), &(struct gws_str){}), 0);
	big[GWS_HOST_NAME_MAX] = '.';
	CHECK_EQ(gws_http_host_normalise((struct gws_str){ big, GWS_HOST_NAME_MAX + 1 },
					 out, sizeof(out), &(struct gws_str){}), 0);
	big[GWS_HOST_NAME_MAX] = 'a';
	CHECK_EQ(gws_http_host_normalise((struct gws_str){ big, GWS_HOST_NAME_MAX + 1 },
					 out, sizeof(out), &(struct gws_str){}),
		 -GWS_HTTP_E_host_bad);
}

/* Whose connection is not used again, since the body may be read as a request. */
CORE_TEST(http_parse_ignored_bodies)
{
	static const struct {
		const char *method;
		bool ignores;
	} cases[] = {
		{ "POST", false }, { "PUT", false }, { "PATCH", false },
		{ "GET", true }, { "HEAD", true }, { "DELETE", true },
		{ "OPTIONS", true }, { "get", true }, { "Post", true },
		{ "PROPFIND", true },
	};
	char head[128];
	u32 i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		snprintf(head, sizeof(head), "%s / HTTP/1.1\r\nHost: a\r\n"
			 "Content-Length: 3\r\n\r\n", cases[i].method);
		CHECK(parse_whole(head) > 0);
		CHECK_MSG(gws_http_method_ignores_body(request.method_id) ==
			  cases[i].ignores, "%s", cases[i].method);
	}
}

#define HTTP_PARSE_TESTS(X)						\
	X(http_parse_request_cases)					\
	X(http_parse_response_cases)					\
	X(http_parse_any_byte)						\
	X(http_parse_request_meaning)					\
	X(http_parse_targets)						\
	X(http_parse_keep_alive)					\
	X(http_parse_headers)						\
	X(http_parse_websocket)						\
	X(http_parse_max_forwards)						\
	X(http_parse_known_names)					\
	X(http_parse_response_framing)					\
	X(http_parse_limits)						\
	X(http_parse_resume)						\
	X(http_parse_begun)						\
	X(http_parse_slack)						\
	X(http_parse_error_names)					\
	X(http_parse_classes)						\
	X(http_parse_paths)						\
	X(http_parse_hosts)						\
	X(http_parse_ignored_bodies)

#undef BAD
#undef GOOD
#undef H
#undef GET
#undef POST
#undef END
#undef NINE
#undef TEN
#undef OK200

#endif /* GWS_SUITE_HTTP_PARSE_H */
