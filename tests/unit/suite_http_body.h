/* SPDX-License-Identifier: MIT */
/*
 * Suite gws_http_body: what is payload, where a message ends, what is refused,
 * however the bytes are cut up.
 */
#ifndef GWS_SUITE_HTTP_BODY_H
#define GWS_SUITE_HTTP_BODY_H

#include "core_test.h"
#include "http_body.h"

struct body_case {
	const char *bytes;
	u32 len;
	const char *payload;	/* all of it, or what comes before the error */
	int error;		/* 0: ends */
	u32 rest;		/* bytes of the next message behind the end */
};

#define ENDS(bytes, payload, rest) \
	{ bytes, sizeof(bytes) - 1, payload, 0, rest }
#define FAILS(bytes, payload, error) \
	{ bytes, sizeof(bytes) - 1, payload, GWS_HTTP_E_##error, 0 }

static const struct body_case chunked_cases[] = {
	ENDS("0\r\n\r\n", "", 0),
	ENDS("0\r\n\r\nGET", "", 3),
	ENDS("3\r\nabc\r\n0\r\n\r\n", "abc", 0),
	ENDS("3\r\nabc\r\nA\r\n0123456789\r\n00\r\n\r\n", "abc0123456789", 0),
	ENDS("000000000000003\r\nabc\r\n0\r\n\r\n", "abc", 0),
	ENDS("3;a=b;c=\"d e\"\r\nabc\r\n0;x\r\n\r\n", "abc", 0),
	ENDS("4\r\n\r\n\r\n\r\n0\r\n\r\n\r\n", "\r\n\r\n", 2),
	ENDS("1\r\nx\r\n0\r\nA: b\r\nC:\r\nD: \t\xff\r\n\r\nrest", "x", 4),
	FAILS("\r\n", "", chunk_size),
	FAILS(";a\r\n", "", chunk_size),
	FAILS(" 3\r\nabc", "", chunk_size),
	FAILS("3 \r\nabc", "", chunk_size),
	FAILS("3 ;a\r\nabc", "", chunk_size),
	FAILS("+3\r\nabc", "", chunk_size),
	FAILS("-3\r\nabc", "", chunk_size),
	FAILS("0x3\r\nabc", "", chunk_size),
	FAILS("3h\r\nabc", "", chunk_size),
	FAILS("3_0\r\nabc", "", chunk_size),
	FAILS("0000000000000003\r\nabc", "", chunk_size),
	FAILS("FFFFFFFFFFFFFFFF\r\n", "", chunk_size),
	FAILS("10000000000000003\r\nabc", "", chunk_size),
	FAILS("3\nabc\r\n", "", chunk_line),
	FAILS("3\r\rabc\r\n", "", chunk_line),
	FAILS("3\rabc\r\n", "", chunk_line),
	FAILS("3;a\nabc\r\n", "", chunk_line),
	FAILS("3;a\rb\r\nabc\r\n", "", chunk_line),
	FAILS("3;a\0b\r\nabc\r\n", "", chunk_line),
	FAILS("3\r\nabcd\r\n", "abc", chunk_end),
	FAILS("3\r\nabc\n", "abc", chunk_end),
	FAILS("3\r\nabc\r\r", "abc", chunk_end),
	FAILS("3\r\nabc0\r\n\r\n", "abc", chunk_end),
	FAILS("3\r\nabc\r\n\r\n", "abc", chunk_size),
	FAILS("0\r\nA b: c\r\n\r\n", "", trailer_bad),
	FAILS("0\r\nA : c\r\n\r\n", "", trailer_bad),
	FAILS("0\r\n: c\r\n\r\n", "", trailer_bad),
	FAILS("0\r\n A: c\r\n\r\n", "", trailer_bad),
	FAILS("0\r\nA: c\r\n d\r\n\r\n", "", trailer_bad),
	FAILS("0\r\nA\r\n\r\n", "", trailer_bad),
	FAILS("0\r\nA: c\n\r\n", "", trailer_bad),
	FAILS("0\r\nA: c\rd\r\n", "", trailer_bad),
	FAILS("0\r\nA: \0\r\n\r\n", "", trailer_bad),
	FAILS("0\r\n\n", "", trailer_bad),
	FAILS("0\r\n\rx", "", trailer_bad),
};

struct body_result {
	char payload[64];
	u32 payload_len;
	u32 used;
	int rc;
};

/* Scans @len bytes at @p to their end, the message's or an error. */
static void scan_part(struct gws_http_body *body, const char *p, u32 len,
		      struct body_result *r)
{
	char *buf = place(p, len, "", 0);
	struct gws_http_run run;
	u32 at = 0;

	r->rc = GWS_BODY_MORE;
	while (at < len && r->rc == GWS_BODY_MORE) {
		r->rc = gws_http_body_scan(body, buf + at, len - at, &run);
		at += run.skip;
		if (run.payload > sizeof(r->payload) - r->payload_len)
			break;
		memcpy(r->payload + r->payload_len, buf + at, run.payload);
		r->payload_len += run.payload;
		at += run.payload;
		if (r->rc == GWS_BODY_MORE && !run.skip && !run.payload)
			break;
	}
	r->used += at;
	unplace(buf);
}

static void scan_steps(const struct body_case *c, u32 first, u32 step,
		       struct body_result *r)
{
	struct gws_http_body body;
	u32 at = 0, len = first;

	memset(r, 0, sizeof(*r));
	gws_http_body_init(&body, GWS_FRAMING_CHUNKED, 0);
	for (;;) {
		if (len > c->len - at)
			len = c->len - at;
		scan_part(&body, c->bytes + at, len, r);
		at += len;
		len = step;
		if (r->rc != GWS_BODY_MORE || at == c->len)
			break;
	}
}

#define CHECK_BODY(c, r)						\
	do {								\
		int want_ = (c)->error ? -(c)->error : GWS_BODY_END;	\
									\
		CHECK_MSG((r).rc == want_, "%d, not %d: %s", (r).rc, want_, \
			  (c)->bytes);					\
		CHECK_MSG((r).payload_len == strlen((c)->payload) &&	\
			  !memcmp((r).payload, (c)->payload,		\
				  (r).payload_len), "payload of %s",	\
			  (c)->bytes);					\
		if (!(c)->error)					\
			CHECK_MSG((r).used == (c)->len - (c)->rest,	\
				  "ends at %u: %s", (r).used, (c)->bytes); \
	} while (0)

CORE_TEST(http_body_chunked)
{
	const struct body_case *c;
	struct body_result r;
	u32 cut;

	for (c = chunked_cases; c < chunked_cases + ARRAY_SIZE(chunked_cases); c++) {
		scan_steps(c, c->len, 1, &r);
		CHECK_BODY(c, r);
		scan_steps(c, 1, 1, &r);
		CHECK_BODY(c, r);
		for (cut = 0; cut < c->len; cut++) {
			scan_steps(c, cut, c->len, &r);
			CHECK_BODY(c, r);
		}
	}
}

/* No part of a good body ends or fails early. */
CORE_TEST(http_body_parts)
{
	const struct body_case *c;
	struct gws_http_body body;
	struct body_result r;
	u32 len;

	for (c = chunked_cases; c < chunked_cases + ARRAY_SIZE(chunked_cases); c++) {
		if (c->error)
			continue;
		for (len = 0; len < c->len - c->rest; len++) {
			memset(&r, 0, sizeof(r));
			gws_http_body_init(&body, GWS_FRAMING_CHUNKED, 0);
			scan_part(&body, c->bytes, len, &r);
			CHECK_MSG(r.rc == GWS_BODY_MORE && r.used == len,
				  "%d at %u of %u: %s", r.rc, r.used, len,
				  c->bytes);
			CHECK(!gws_http_body_ended(&body));
		}
	}
}

CORE_TEST(http_body_counted)
{
	struct gws_http_body body;
	struct gws_http_run run;
	char *bytes = place("abcdef", 6, "", 0);

	gws_http_body_init(&body, GWS_FRAMING_NONE, 0);
	CHECK(gws_http_body_ended(&body));
	CHECK_EQ(gws_http_body_scan(&body, bytes, 6, &run), GWS_BODY_END);
	CHECK_EQ(run.skip + run.payload, 0);

	gws_http_body_init(&body, GWS_FRAMING_LENGTH, 0);
	CHECK(gws_http_body_ended(&body));

	gws_http_body_init(&body, GWS_FRAMING_LENGTH, 8);
	CHECK_EQ(gws_http_body_scan(&body, bytes, 0, &run), GWS_BODY_MORE);
	CHECK_EQ(run.payload, 0);
	CHECK_EQ(gws_http_body_scan(&body, bytes, 6, &run), GWS_BODY_MORE);
	CHECK_EQ(run.payload, 6);
	CHECK_EQ(gws_http_body_scan(&body, bytes, 6, &run), GWS_BODY_END);
	CHECK_EQ(run.payload, 2);
	CHECK(gws_http_body_ended(&body));

	gws_http_body_init(&body, GWS_FRAMING_LENGTH, 999999999999999999ULL);
	CHECK_EQ(gws_http_body_scan(&body, bytes, 6, &run), GWS_BODY_MORE);
	CHECK_EQ(body.remaining, 999999999999999993ULL);

	gws_http_body_init(&body, GWS_FRAMING_CLOSE, 0);
	CHECK_EQ(gws_http_body_scan(&body, bytes, 6, &run), GWS_BODY_MORE);
	CHECK_EQ(run.payload, 6);
	CHECK(!gws_http_body_ended(&body));
	unplace(bytes);
}

/* What is due is what a scan would call payload, and may be passed over. */
CORE_TEST(http_body_due)
{
	struct gws_http_body body;
	struct gws_http_run run;
	char *bytes = place("4\r\nabcd\r\n0\r\n\r\n", 14, "", 0);

	gws_http_body_init(&body, GWS_FRAMING_NONE, 0);
	CHECK_EQ(gws_http_body_due(&body), 0);
	gws_http_body_init(&body, GWS_FRAMING_CLOSE, 0);
	CHECK_EQ(gws_http_body_due(&body), ~0ULL);
	gws_http_body_take(&body, 0xffffffff);
	CHECK_EQ(gws_http_body_due(&body), ~0ULL);

	gws_http_body_init(&body, GWS_FRAMING_LENGTH, 0x100000000ULL);
	CHECK_EQ(gws_http_body_due(&body), 0x100000000ULL);
	gws_http_body_take(&body, 0xfffffffe);
	CHECK_EQ(gws_http_body_due(&body), 2);
	gws_http_body_take(&body, 2);
	CHECK(gws_http_body_ended(&body));
	CHECK_EQ(gws_http_body_due(&body), 0);

	gws_http_body_init(&body, GWS_FRAMING_CHUNKED, 0);
	CHECK_EQ(gws_http_body_due(&body), 0);
	CHECK_EQ(gws_http_body_scan(&body, bytes, 4, &run), GWS_BODY_MORE);
	CHECK_EQ(gws_http_body_due(&body), 3);
	gws_http_body_take(&body, 3);
	CHECK_EQ(gws_http_body_due(&body), 0);
	CHECK_EQ(gws_http_body_scan(&body, bytes + 7, 7, &run), GWS_BODY_END);
	CHECK_EQ(run.skip, 7);
	unplace(bytes);
}

/* Feeds @n times @text; returns the first verdict that is not MORE. */
static int scan_repeated(struct gws_http_body *body, const char *text, u32 n)
{
	struct gws_http_run run;
	u32 len = strlen(text), at;
	int rc = GWS_BODY_MORE;

	while (n-- && rc == GWS_BODY_MORE)
		for (at = 0; at < len && rc == GWS_BODY_MORE;
		     at += run.skip + run.payload)
			rc = gws_http_body_scan(body, text + at, len - at, &run);
	return rc;
}

CORE_TEST(http_body_limits)
{
	struct gws_http_body body;

	gws_http_body_init(&body, GWS_FRAMING_CHUNKED, 0);
	scan_repeated(&body, "1;", 1);
	CHECK_EQ(scan_repeated(&body, "x", GWS_CHUNK_LINE_MAX - 1), GWS_BODY_MORE);
	CHECK_EQ(scan_repeated(&body, "x", 1), -GWS_HTTP_E_chunk_line);

	gws_http_body_init(&body, GWS_FRAMING_CHUNKED, 0);
	CHECK_EQ(scan_repeated(&body, "1;23456789ABCDEF0\r\nx\r\n",
			       GWS_CHUNK_EXTENSIONS_MAX / 15), GWS_BODY_MORE);
	CHECK_EQ(scan_repeated(&body, "1;23456789ABCDEF0\r\nx\r\n", 1),
		 -GWS_HTTP_E_chunk_extensions);

	gws_http_body_init(&body, GWS_FRAMING_CHUNKED, 0);
	scan_repeated(&body, "0\r\n", 1);
	CHECK_EQ(scan_repeated(&body, "a: b\r\n", GWS_TRAILER_MAX / 6),
		 GWS_BODY_MORE);
	CHECK_EQ(scan_repeated(&body, "a: b\r\n", 1), -GWS_HTTP_E_trailer_large);
}

CORE_TEST(http_body_chunk_head)
{
	static const struct {
		u32 n;
		const char *line;
	} cases[] = {
		{ 1, "1\r\n" }, { 9, "9\r\n" }, { 10, "a\r\n" }, { 15, "f\r\n" },
		{ 16, "10\r\n" }, { 255, "ff\r\n" }, { 256, "100\r\n" },
		{ 4095, "fff\r\n" }, { 65536, "10000\r\n" },
		{ 0x12345678, "12345678\r\n" }, { 0xffffffff, "ffffffff\r\n" },
	};
	char line[GWS_CHUNK_HEAD_MAX];
	u32 i, len;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		len = gws_http_chunk_head(line, cases[i].n);
		CHECK_STR(((struct gws_str){ line, len }), cases[i].line);
	}
	CHECK_EQ(strlen(GWS_CRLF), GWS_CRLF_LEN);
	CHECK_EQ(strlen(GWS_LAST_CHUNK), GWS_LAST_CHUNK_LEN);
}

#define HTTP_BODY_TESTS(X)						\
	X(http_body_chunked)						\
	X(http_body_parts)						\
	X(http_body_counted)						\
	X(http_body_due)						\
	X(http_body_limits)						\
	X(http_body_chunk_head)

#undef ENDS
#undef FAILS

#endif /* GWS_SUITE_HTTP_BODY_H */
