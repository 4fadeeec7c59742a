/* SPDX-License-Identifier: MIT */
/*
 * Suite gws_http_identity: what backends are told of a client, behind a trusted
 * proxy and without one, byte for byte.
 */
#ifndef GWS_SUITE_HTTP_IDENTITY_H
#define GWS_SUITE_HTTP_IDENTITY_H

#include "core_test.h"
#include "http_identity.h"
#include "http_rewrite.h"

static struct gws_http_request identified;

/* 10/8 and 2001:db8::/32 */
static const struct gws_prefix identity_trusted[] = {
	{ { 10 }, 4, 8 },
	{ { 0x20, 0x01, 0x0d, 0xb8 }, 16, 32 },
};

#define HOST	"Host: x\r\n"
#define LINES(xff, proto, port, real, host)				\
	"X-Forwarded-For: " xff "\r\nX-Forwarded-Proto: " proto "\r\n"	\
	"X-Forwarded-Port: " port "\r\nX-Real-IP: " real "\r\n"		\
	"X-Forwarded-Host: " host "\r\n"
#define OURS(xff, real)	LINES(xff, "http", "80", real, "x")

#define CLAIMS								\
	"X-Forwarded-Ssl: on\r\nx-forwarded-scheme: https\r\n"		\
	"X-Forwarded-Prefix: /shop\r\nX-Forwarded-Server: proxy.example\r\n"
#define FALSE_CLAIMS							\
	"X_Forwarded_Ssl: on\r\nX-Forwarded-Protocol: https\r\n"		\
	"Proxy: http://10.0.0.1\r\n"

#define OURS_RFC7239(list)						\
	"Forwarded: " list "for=10.0.0.1;host=\"x\";proto=http\r\n"

static const struct {
	const char *in;		/* fields */
	const char *out;
	const char *addr;
	bool believed, off, forwarded;
	const char *stays;	/* of @in, where it was; NULL: but for Host nothing */
} identity_cases[] = {
	/* A client of its own: what it says counts for nothing. */
	{ HOST "X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: https\r\n"
	  "X-Forwarded-Host: evil\r\nForwarded: for=6.6.6.6\r\n",
	  OURS("192.0.2.7", "192.0.2.7"), "192.0.2.7", .forwarded = false },
	{ HOST "Forwarded: for=6.6.6.6\r\n",
	  "Forwarded: for=192.0.2.7;host=\"x\";proto=http\r\n",
	  "192.0.2.7", .off = true, .forwarded = true },
	{ HOST, OURS("2001:db9::7", "2001:db9::7")
	  "Forwarded: for=\"[2001:db9::7]\";host=\"x\";proto=http\r\n",
	  "2001:db9::7", .forwarded = true },
	{ HOST "X-Real-IP: 6.6.6.6\r\n", "", "192.0.2.7", .off = true },
	/* A trusted proxy that says nothing */
	{ HOST, OURS("10.0.0.1", "10.0.0.1"), "10.0.0.1", .believed = true },
	/* One that says all */
	{ HOST "X-Forwarded-For: 203.0.113.5\r\nX-Forwarded-Proto: https\r\n"
	  "X-Forwarded-Port: 443\r\nX-Forwarded-Host: shop.example:443\r\n",
	  LINES("203.0.113.5, 10.0.0.1", "https", "443", "203.0.113.5",
		"shop.example:443"), "10.0.0.1", .believed = true },
	/* Several lines are one list; what a client put in front is not it. */
	{ HOST "X-Forwarded-For: 6.6.6.6,\t203.0.113.5\r\nA: b\r\n"
	  "X-Forwarded-For:\r\nx-forwarded-for: 10.9.9.9 , 10.8.8.8\r\n",
	  OURS("6.6.6.6,\t203.0.113.5, 10.9.9.9 , 10.8.8.8, 10.0.0.1",
	       "203.0.113.5"), "10.0.0.1", .believed = true, .stays = "A: b\r\n" },
	/* All are trusted: the first one. */
	{ HOST "X-Forwarded-For: 10.3.3.3, 10.2.2.2\r\n",
	  OURS("10.3.3.3, 10.2.2.2, 10.0.0.1", "10.3.3.3"), "10.0.0.1", .believed = true },
	/* With ports, and of IPv6 */
	{ HOST "X-Forwarded-For: 203.0.113.5:4711, 10.2.2.2:80\r\n",
	  OURS("203.0.113.5:4711, 10.2.2.2:80, 2001:db8::1", "203.0.113.5"),
	  "2001:db8::1", .believed = true },
	{ HOST "X-Forwarded-For: 2001:db9::5, [2001:db8::2]:80, [2001:db8::3]\r\n",
	  OURS("2001:db9::5, [2001:db8::2]:80, [2001:db8::3], 10.0.0.1",
	       "2001:db9::5"), "10.0.0.1", .believed = true },
	/* What is no address ends the search: the last one that is known. */
	{ HOST "X-Forwarded-For: 6.6.6.6, unknown, 10.2.2.2\r\n",
	  OURS("6.6.6.6, unknown, 10.2.2.2, 10.0.0.1", "10.2.2.2"),
	  "10.0.0.1", .believed = true },
	{ HOST "X-Forwarded-For: 6.6.6.6, [10.2.2.2\r\n",
	  OURS("6.6.6.6, [10.2.2.2, 10.0.0.1", "10.0.0.1"), "10.0.0.1", .believed = true },
	{ HOST "X-Forwarded-For: 6.6.6.6, 10.2.2.2:99999\r\n",
	  OURS("6.6.6.6, 10.2.2.2:99999, 10.0.0.1", "10.0.0.1"), "10.0.0.1", .believed = true },
	{ HOST "X-Forwarded-For: 6.6.6.6,, 10.2.2.2\r\n",
	  OURS("6.6.6.6,, 10.2.2.2, 10.0.0.1", "10.2.2.2"), "10.0.0.1", .believed = true },
	{ HOST "X-Forwarded-For: ,\r\n", OURS(",, 10.0.0.1", "10.0.0.1"),
	  "10.0.0.1", .believed = true },
	/* X-Real-IP may be a client's own. */
	{ HOST "X-Real-IP: 6.6.6.6\r\nX-Forwarded-For: 203.0.113.5\r\n",
	  OURS("203.0.113.5, 10.0.0.1", "203.0.113.5"), "10.0.0.1", .believed = true },
	/* Kept only once and in order. */
	{ HOST "X-Forwarded-Proto: https\r\nX-Forwarded-Proto: http\r\n"
	  "X-Forwarded-Port: 443\r\nX-Forwarded-Port: 443\r\n"
	  "X-Forwarded-Host: a\r\nX-Forwarded-Host: b\r\n",
	  OURS("10.0.0.1", "10.0.0.1"), "10.0.0.1", .believed = true },
	{ HOST "X-Forwarded-Proto: https, http\r\nX-Forwarded-Port: 0\r\n"
	  "X-Forwarded-Host: a, b\r\n",
	  OURS("10.0.0.1", "10.0.0.1"), "10.0.0.1", .believed = true },
	{ HOST "X-Forwarded-Proto: HTTPS\r\nX-Forwarded-Port: 4x\r\n"
	  "X-Forwarded-Host: a/b\r\n",
	  LINES("10.0.0.1", "https", "80", "10.0.0.1", "x"), "10.0.0.1", .believed = true },
	/* What is none of ours goes on, but only from who is believed. */
	{ HOST CLAIMS FALSE_CLAIMS, OURS("10.0.0.1", "10.0.0.1"), "10.0.0.1",
	  .believed = true, .stays = CLAIMS },
	{ HOST CLAIMS FALSE_CLAIMS, OURS("192.0.2.7", "192.0.2.7"), "192.0.2.7",
	  .believed = false },
	{ HOST CLAIMS FALSE_CLAIMS, OURS_RFC7239(""), "10.0.0.1",
	  .believed = true, .off = true, .forwarded = true },
	/* Each policy names the fields that there are; the others go. */
	{ HOST "X-Forwarded-For: 203.0.113.5\r\nForwarded: for=203.0.113.5\r\n",
	  OURS("203.0.113.5, 10.0.0.1", "203.0.113.5"), "10.0.0.1", .believed = true },
	{ HOST "X-Forwarded-For: 203.0.113.5\r\nForwarded: for=203.0.113.5\r\n"
	  "Forwarded: for=\"_x\";by=y\r\n",
	  "Forwarded: for=203.0.113.5, for=\"_x\";by=y, for=10.0.0.1;host=\"x\""
	  ";proto=http\r\n", "10.0.0.1", .believed = true, .off = true, .forwarded = true },
	/* A quoted string that does not end would have ours within it. */
	{ HOST "Forwarded: for=\"6.6.6.6\r\n", OURS_RFC7239(""), "10.0.0.1",
	  .believed = true, .off = true, .forwarded = true },
	{ HOST "Forwarded: for=6.6.6.6;by=\"\r\nForwarded: by=\"\r\n",
	  OURS_RFC7239(""), "10.0.0.1", .believed = true, .off = true, .forwarded = true },
	{ HOST "Forwarded: by=\"a\\\"\r\n", OURS_RFC7239(""), "10.0.0.1",
	  .believed = true, .off = true, .forwarded = true },
	{ HOST "Forwarded: by=\"a\\\r\n", OURS_RFC7239(""), "10.0.0.1",
	  .believed = true, .off = true, .forwarded = true },
	{ HOST "Forwarded: by=\\\"a\"\r\n", OURS_RFC7239(""), "10.0.0.1",
	  .believed = true, .off = true, .forwarded = true },
	{ HOST "Forwarded: by=\"a\\\",\\\\\"\r\n",
	  OURS_RFC7239("by=\"a\\\",\\\\\", "), "10.0.0.1",
	  .believed = true, .off = true, .forwarded = true },
};

CORE_TEST(http_identity_lines)
{
	static char in[2048 + GWS_HEAD_SLACK], out[4096], want[2048];
	struct gws_http_identity id = {
		.port = 80, .trusted = identity_trusted,
		.ntrusted = ARRAY_SIZE(identity_trusted),
	};
	struct gws_http_forward fwd = { .identity = &id };
	u32 i, len, room, resume;
	int rc;

	for (i = 0; i < ARRAY_SIZE(identity_cases); i++) {
		resume = 0;
		memset(in, 0, sizeof(in));
		len = snprintf(in, 2048, "GET / HTTP/1.1\r\n%sB: c\r\n\r\n",
			       identity_cases[i].in);
		CHECK_EQ(gws_http_parse_request(in, len, &resume, &identified),
			 len);
		id.addr.p = identity_cases[i].addr;
		id.addr.len = strlen(id.addr.p);
		id.believed = identity_cases[i].believed;
		id.x_forwarded = !identity_cases[i].off;
		id.forwarded = identity_cases[i].forwarded;
		fwd.path = identified.path;
		room = gws_http_request_room(&identified, &fwd);
		CHECK(room <= sizeof(out));
		rc = gws_http_write_request(out, room, &identified, &fwd);
		CHECK(rc > 0 && rc <= (int)room);
		/* Nothing of it is left where it was, and it stands there once. */
		snprintf(want, sizeof(want), "GET / HTTP/1.1\r\nHost: x\r\n%sB: c\r\n"
			 "%sVia: 1.1 gwsteer\r\n\r\n",
			 identity_cases[i].stays ? identity_cases[i].stays : "",
			 identity_cases[i].out);
		CHECK_STR(((struct gws_str){ out, rc > 0 ? rc : 0 }), want);
	}
}

/* The longest of everything stays within the room, and is looked at in part. */
CORE_TEST(http_identity_room)
{
	static char in[GWS_HEAD_MAX + GWS_HEAD_SLACK];
	static char out[2 * GWS_HEAD_MAX];
	static const char name[] = "X-Forwarded-For: ";
	struct gws_http_identity id = {
		.addr = GWS_STR("1111:2222:3333:4444:5555:6666:7777:8888"),
		.port = 65535, .believed = true, .x_forwarded = true,
		.forwarded = true, .trusted = identity_trusted, .ntrusted = 1,
	};
	struct gws_http_forward fwd = { .identity = &id };
	u32 len, room, lines, resume = 0;
	int rc;

	len = snprintf(in, 300, "GET / HTTP/1.1\r\nHost: ");
	memset(in + len, 'h', GWS_HOST_MAX);
	len += GWS_HOST_MAX;
	len += snprintf(in + len, 300, "\r\nX-Forwarded-Proto: https\r\n");
	for (lines = 0; lines < 90; lines++)
		len += snprintf(in + len, 100, "%s10.0.0.1,10.0.0.2,10.0.0.3\r\n",
				lines & 1 ? name : "Forwarded:");
	len += snprintf(in + len, 10, "\r\n");
	CHECK_EQ(gws_http_parse_request(in, len, &resume, &identified), len);
	fwd.path = identified.path;
	room = gws_http_request_room(&identified, &fwd);
	CHECK(room <= sizeof(out));
	rc = gws_http_write_request(out, room, &identified, &fwd);
	CHECK(rc > 0 && rc <= (int)room);
	CHECK_EQ(gws_http_write_request(out, room - 1, &identified, &fwd),
		 -ENOSPC);
}

#define HTTP_IDENTITY_TESTS(X)						\
	X(http_identity_lines)						\
	X(http_identity_room)

#undef HOST
#undef LINES
#undef OURS
#undef OURS_RFC7239
#undef CLAIMS
#undef FALSE_CLAIMS

#endif /* GWS_SUITE_HTTP_IDENTITY_H */
