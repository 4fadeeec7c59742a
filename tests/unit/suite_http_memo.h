/* SPDX-License-Identifier: MIT */
/*
 * Suite gws_http_memo: what is recalled is what the parser and the rewriter
 * would say, and only heads that come again are remembered.
 */
#ifndef GWS_SUITE_HTTP_MEMO_H
#define GWS_SUITE_HTTP_MEMO_H

#include "core_test.h"
#include "http_memo.h"
#include "http_uri.h"

static struct gws_http_request_memos request_memos;
static struct gws_http_response_memos response_memos;

static void forget(void)
{
	memset(&request_memos, 0, sizeof(request_memos));
	memset(&response_memos, 0, sizeof(response_memos));
}

/* The memory of the head of @s, whose parse is done when there is none. */
static const struct gws_http_request_memo *request_seen(const char *s)
{
	static struct gws_http_request req;
	const struct gws_http_request_memo *m;
	u32 len = strlen(s), resume = 0;
	char *p = place(s, len, "", 0);
	char *parsed;
	int rc;

	m = gws_http_request_recall(&request_memos, p, len);
	unplace(p);
	if (m)
		return m;
	parsed = place(s, len, (char[GWS_HEAD_SLACK]){}, GWS_HEAD_SLACK);
	rc = gws_http_parse_request(parsed, len, &resume, &req);
	if (rc > 0)
		gws_http_request_keep(&request_memos, parsed, len, rc);
	unplace(parsed);
	return NULL;
}

static const struct gws_http_return keep_1_1 = { .minor = 1 };

static const struct gws_http_response_memo *
response_seen_by(const char *s, u64 salt, enum gws_http_method method,
		 const struct gws_http_return *ret)
{
	static struct gws_http_response resp;
	const struct gws_http_response_memo *m;
	u32 len = strlen(s), resume = 0;
	char *p = place(s, len, "", 0);
	char *parsed;
	int rc;

	m = gws_http_response_recall(&response_memos, p, len, salt, method, ret);
	unplace(p);
	if (m)
		return m;
	parsed = place(s, len, (char[GWS_HEAD_SLACK]){}, GWS_HEAD_SLACK);
	rc = gws_http_parse_response(parsed, len, &resume, method, &resp);
	if (rc > 0)
		gws_http_response_keep(&response_memos, parsed, len, salt, method,
				       ret, rc);
	unplace(parsed);
	return NULL;
}

static const struct gws_http_response_memo *response_seen(const char *s)
{
	return response_seen_by(s, 7, GWS_METHOD_GET, &keep_1_1);
}

#define MEMO_GET	"GET /a?b HTTP/1.1\r\nHost: x:80\r\nAccept: */*\r\n\r\n"
#define MEMO_OK		"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n" \
			"Connection: keep-alive\r\n\r\n"

CORE_TEST(second_is_remembered_third_recalled)
{
	const struct gws_http_request_memo *m;

	forget();
	CHECK(!request_seen(MEMO_GET));
	CHECK(!request_seen(MEMO_GET));
	m = request_seen(MEMO_GET);
	CHECK(m);
	if (!m)
		return;
	CHECK_EQ(m->tag.len, strlen(MEMO_GET));
	CHECK_EQ(m->req.method_id, GWS_METHOD_GET);
	CHECK(gws_str_eq(m->host, GWS_STR("x")));
	CHECK(gws_str_eq(m->path, GWS_STR("/a")));
	CHECK(gws_str_eq(m->req.query, GWS_STR("b")));
	CHECK(gws_str_eq((struct gws_str){ m->out, m->front },
			 GWS_STR("GET /a?b HTTP/1.1\r\nHost: x:80\r\n"
				 "Accept: */*\r\n")));
	CHECK(gws_str_eq((struct gws_str){ m->out + m->front,
					   m->out_len - m->front },
			 GWS_STR("X-Forwarded-Host: x:80\r\n"
				 "Via: 1.1 gwsteer\r\n\r\n")));
}

CORE_TEST(other_bytes_are_not_recalled)
{
	forget();
	request_seen(MEMO_GET);
	request_seen(MEMO_GET);
	/* Cut short, as a first segment may be. */
	CHECK(!request_seen("GET /a?b HTTP/1.1\r\nHost: x:80\r\n"
			    "Accept: */*\r\n\r"));
	CHECK(request_seen(MEMO_GET));
	/* The same length and first bytes, so the same slot. */
	CHECK(!request_seen("GET /a?b HTTP/1.1\r\nHost: x:80\r\n"
			    "Accept: *+*\r\n\r\n"));
	CHECK(!gws_http_request_recall(&request_memos, "GET /", 5));
}

CORE_TEST(body_behind_the_head_is_not_part_of_it)
{
	const struct gws_http_response_memo *m;

	forget();
	CHECK(!response_seen(MEMO_OK "FOO"));
	CHECK(!response_seen(MEMO_OK "FOO"));
	m = response_seen(MEMO_OK "BAR");
	CHECK(m);
	if (!m)
		return;
	CHECK_EQ(m->tag.len, strlen(MEMO_OK));
	CHECK_EQ(m->resp.status, 200);
	CHECK_EQ(m->resp.head.content_length, 3);
	CHECK(gws_str_eq((struct gws_str){ m->out, m->out_len },
			 GWS_STR("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n")));
}

CORE_TEST(response_depends_on_who_asked)
{
	const struct gws_http_return others[] = {
		{ .minor = 0 }, { .minor = 1, .close = true },
	};
	u32 i;

	forget();
	response_seen(MEMO_OK);
	response_seen(MEMO_OK);
	CHECK(response_seen(MEMO_OK));
	CHECK(!response_seen_by(MEMO_OK, 7, GWS_METHOD_HEAD, &keep_1_1));
	CHECK(!response_seen_by(MEMO_OK, 8, GWS_METHOD_GET, &keep_1_1));
	for (i = 0; i < ARRAY_SIZE(others); i++)
		CHECK(!response_seen_by(MEMO_OK, 7, GWS_METHOD_GET, &others[i]));
}

CORE_TEST(some_heads_are_never_remembered)
{
	static const char *const requests[] = {
		/* Their normal forms need memory of their own. */
		"GET / HTTP/1.1\r\nHost: Upper.case\r\n\r\n",
		"GET /%61/../b HTTP/1.1\r\nHost: x\r\n\r\n",
		/* Not everybody's to ask for. */
		"GET https://x/a HTTP/1.1\r\nHost: x\r\n\r\n",
	};
	static const char *const responses[] = {
		"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n",
		"HTTP/1.1 200 OK\r\nServer: closes at the end\r\n\r\n",
	};
	static const char chunked[] =
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
	static const struct gws_http_return keep_1_0 = { .minor = 0 };
	u32 i, j;

	forget();
	for (j = 0; j < 300; j++) {
		for (i = 0; i < ARRAY_SIZE(requests); i++)
			CHECK(!request_seen(requests[i]));
		for (i = 0; i < ARRAY_SIZE(responses); i++)
			CHECK(!response_seen(responses[i]));
		/* Ends with the connection of a client that knows no chunks. */
		CHECK(!response_seen_by(chunked, 7, GWS_METHOD_GET, &keep_1_0));
	}
}

/* Heads of one length and beginning that never repeat cost ever less. */
CORE_TEST(what_never_repeats_is_kept_ever_less)
{
	char head[] = "GET /a?b HTTP/1.1\r\nHost: x:80\r\nX: 0000\r\n\r\n";
	char *digits = strstr(head, "0000");
	u32 i, kept = 0;

	forget();
	for (i = 0; i < 2000; i++) {
		u32 j, n = i, before, after;

		for (j = 0; j < 4; j++, n /= 10)
			digits[3 - j] = '0' + n % 10;
		for (before = 0, j = 0; j < GWS_MEMO_SLOTS; j++)
			before += request_memos.slots[j].tag.left;
		CHECK(!request_seen(head));
		for (after = 0, j = 0; j < GWS_MEMO_SLOTS; j++)
			after += request_memos.slots[j].tag.left;
		kept += after > before;
	}
	CHECK(kept >= 5 && kept <= 30);
}

#define HTTP_MEMO_TESTS(X)						\
	X(second_is_remembered_third_recalled)				\
	X(other_bytes_are_not_recalled)					\
	X(body_behind_the_head_is_not_part_of_it)			\
	X(response_depends_on_who_asked)				\
	X(some_heads_are_never_remembered)				\
	X(what_never_repeats_is_kept_ever_less)

#endif /* GWS_SUITE_HTTP_MEMO_H */
