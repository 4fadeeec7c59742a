/* SPDX-License-Identifier: MIT */
/*
 * Suite gws_proxy: headers of the PROXY protocol, whole, cut at every place, and
 * with whatever behind them.
 */
#ifndef GWS_SUITE_PROXY_H
#define GWS_SUITE_PROXY_H

#include "core_test.h"
#include "limits.h"
#include "proxy.h"

#define SIG	"\r\n\r\n\0\r\nQUIT\n"
#define IPS4	"\xc0\x00\x02\x07" "\xc6\x33\x64\x01"
#define PORTS	"\x30\x39" "\x00\x50"
#define IPS6	"\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\7"	\
		"\x20\x01\x0d\xb8\0\1\0\0\0\0\0\0\0\0\0\1"
#define CASE(literal)	literal, sizeof(literal) - 1
#define ZEROS8	"\0\0\0\0\0\0\0\0"
#define ZEROS108	ZEROS8 ZEROS8 ZEROS8 ZEROS8 ZEROS8 ZEROS8 ZEROS8 \
		ZEROS8 ZEROS8 ZEROS8 ZEROS8 ZEROS8 ZEROS8 "\0\0\0\0"

static const struct proxy_case {
	const char *bytes;
	u32 len;
	int error;		/* or 0 */
	u8 family;		/* bytes of an address; 0: says nothing */
} proxy_cases[] = {
	{ CASE("PROXY TCP4 192.0.2.7 198.51.100.1 12345 80\r\n"), 0, 4 },
	{ CASE("PROXY TCP6 2001:db8::7 2001:db8:1::1 12345 80\r\n"), 0, 16 },
	{ CASE("PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
	       "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fff1 65535 65535\r\n"), 0, 16 },
	{ CASE("PROXY UNKNOWN\r\n"), 0, 0 },
	{ CASE("PROXY UNKNOWN what ever it says\r\n"), 0, 0 },
	{ CASE(SIG "\x21\x11\x00\x0c" IPS4 PORTS), 0, 4 },
	{ CASE(SIG "\x21\x21\x00\x24" IPS6 PORTS), 0, 16 },
	/* TLVs: a unique ID, and one that is empty */
	{ CASE(SIG "\x21\x11\x00\x14" IPS4 PORTS "\5\0\2ab" "\4\0\0"), 0, 4 },
	/* LOCAL, with and without addresses; UNSPEC; UDP and UNIX say nothing. */
	{ CASE(SIG "\x20\x00\x00\x00"), 0, 0 },
	{ CASE(SIG "\x20\x11\x00\x0c" IPS4 PORTS), 0, 0 },
	{ CASE(SIG "\x21\x00\x00\x03" "abc"), 0, 0 },
	{ CASE(SIG "\x21\x12\x00\x0c" IPS4 PORTS), 0, 0 },
	{ CASE(SIG "\x21\x31\x00\xd8" ZEROS108 ZEROS108), 0, 0 },

	/* No header at all */
	{ CASE("GET / HTTP/1.1\r\n"), -EINVAL, 0 },
	{ CASE("\x16\x03\x01\x00\x05\x01"), -EINVAL, 0 },
	{ CASE("\r\n\r\nGET / HTTP/1.1\r\n"), -EINVAL, 0 },
	{ CASE("POST / HTTP/1.1\r\n"), -EINVAL, 0 },
	{ CASE("PROXY"  "\tTCP4 192.0.2.7 198.51.100.1 1 2\r\n"), -EINVAL, 0 },
	{ CASE("proxy TCP4 192.0.2.7 198.51.100.1 1 2\r\n"), -EINVAL, 0 },
	/* The line: order, spaces, ends */
	{ CASE("PROXY  TCP4 192.0.2.7 198.51.100.1 1 2\r\n"), -EINVAL, 0 },
	{ CASE("PROXY TCP4  192.0.2.7 198.51.100.1 1 2\r\n"), -EINVAL, 0 },
	{ CASE("PROXY TCP4 192.0.2.7 198.51.100.1 1 2 \r\n"), -EINVAL, 0 },
	{ CASE("PROXY TCP4 192.0.2.7 198.51.100.1 1 2 3\r\n"), -EINVAL, 0 },
	{ CASE("PROXY TCP4 192.0.2.7 198.51.100.1 1\r\n"), -EINVAL, 0 },
	{ CASE("PROXY TCP4 192.0.2.7 198.51.100.1 1 2\n"), -EINVAL, 0 },
	{ CASE("PROXY TCP4 192.0.2.7 198.51.100.1 1 2\rX"), -EINVAL, 0 },
	{ CASE("PROXY\r\n"), -EINVAL, 0 },
	{ CASE("PROXY \r\n"), -EINVAL, 0 },
	{ CASE("PROXY UNKNOWNS\r\n"), -EINVAL, 0 },
	{ CASE("PROXY UNKNOWN a\rb\r\n"), -EINVAL, 0 },
	{ CASE("PROXY UDP4 192.0.2.7 198.51.100.1 1 2\r\n"), -EINVAL, 0 },
	/* Addresses of the other family, ports out of range */
	{ CASE("PROXY TCP4 2001:db8::7 198.51.100.1 1 2\r\n"), -EINVAL, 0 },
	{ CASE("PROXY TCP6 192.0.2.7 2001:db8::7 1 2\r\n"), -EINVAL, 0 },
	{ CASE("PROXY TCP4 192.0.2.7 2001:db8::7 1 2\r\n"), -EINVAL, 0 },
	{ CASE("PROXY TCP4 192.0.2.07 198.51.100.1 1 2\r\n"), -EINVAL, 0 },
	{ CASE("PROXY TCP4 192.0.2.7 198.51.100.1 01 2\r\n"), -EINVAL, 0 },
	{ CASE("PROXY TCP4 192.0.2.7 198.51.100.1 1 65536\r\n"), -EINVAL, 0 },
	{ CASE("PROXY TCP4 192.0.2.7 198.51.100.1 -1 2\r\n"), -EINVAL, 0 },
	/* Beyond 107 bytes */
	{ CASE("PROXY UNKNOWN 0123456789012345678901234567890123456789"
	       "0123456789012345678901234567890123456789012345678901234\r\n"),
	  -EINVAL, 0 },
	/* Version 2: version, command, family, transport, lengths */
	{ CASE(SIG "\x11\x11\x00\x0c" IPS4 PORTS), -EINVAL, 0 },
	{ CASE(SIG "\x22\x11\x00\x0c" IPS4 PORTS), -EINVAL, 0 },
	{ CASE(SIG "\x21\x41\x00\x0c" IPS4 PORTS), -EINVAL, 0 },
	{ CASE(SIG "\x21\x13\x00\x0c" IPS4 PORTS), -EINVAL, 0 },
	{ CASE(SIG "\x21\x11\x00\x0b" IPS4 PORTS), -EINVAL, 0 },
	{ CASE(SIG "\x21\x21\x00\x23" IPS6 PORTS), -EINVAL, 0 },
	{ CASE(SIG "\x21\x11\x10\x00"), -EINVAL, 0 },
	{ CASE("\r\n\r\n\0\r\nQUIT\r\x21"), -EINVAL, 0 },
	/* TLVs that do not end where the header does */
	{ CASE(SIG "\x21\x11\x00\x0d" IPS4 PORTS "\5"), -EINVAL, 0 },
	{ CASE(SIG "\x21\x11\x00\x10" IPS4 PORTS "\5\0\2a"), -EINVAL, 0 },
};

static int proxy_part(const struct proxy_case *c, u32 len, const char *more,
		      struct gws_proxy *proxy)
{
	char *buf = place(c->bytes, len, more, strlen(more));
	int rc = gws_proxy_parse(buf, len + strlen(more), proxy);

	unplace(buf);
	return rc;
}

static const char *proxy_family_wrong(const struct proxy_case *c,
				      const struct gws_proxy *proxy)
{
	if (proxy->from.len != c->family || proxy->to.len != c->family)
		return "family";
	if (c->len > 100 || !c->family)
		return NULL;
	if (proxy->from.port != 12345 || proxy->to.port != 80)
		return "port";
	if (memcmp(proxy->from.bytes, c->family == 4 ? IPS4 : IPS6, c->family))
		return "from";
	return memcmp(proxy->to.bytes, (c->family == 4 ? IPS4 : IPS6) + c->family,
		      c->family) ? "to" : NULL;
}

CORE_TEST(proxy_headers)
{
	const struct proxy_case *c;
	struct gws_proxy proxy;
	int rc, want;
	u32 len;

	for (c = proxy_cases; c < proxy_cases + ARRAY_SIZE(proxy_cases); c++) {
		u32 i = c - proxy_cases;
		const char *wrong;

		want = c->error ?: (int)c->len;
		rc = proxy_part(c, c->len, "", &proxy);
		CHECK_MSG(rc == want, "%u: %d, not %d", i, rc, want);
		if (c->error)
			continue;
		wrong = proxy_family_wrong(c, &proxy);
		CHECK_MSG(!wrong, "%u: %s", i, wrong ?: "");
		rc = proxy_part(c, c->len, "PROXY \r\nGET / HTTP/1.1\r\n", &proxy);
		CHECK_MSG(rc == want, "%u, more behind: %d, not %d", i, rc, want);
		for (len = 0; len < c->len; len++) {
			rc = proxy_part(c, len, "", &proxy);
			CHECK_MSG(!rc, "%u, %u bytes: %d", i, len, rc);
		}
	}
}

/* What can be no header any more is refused before all of it has come. */
CORE_TEST(proxy_early)
{
	static const struct proxy_case cases[] = {
		{ CASE("G"), -EINVAL, 0 },
		{ CASE("PO"), -EINVAL, 0 },
		{ CASE("\r\n\r\nG"), -EINVAL, 0 },
		{ CASE(SIG "\x21\x11\xff\xff"), -EINVAL, 0 },
		{ CASE(SIG "\x31\x11\x00\x0c"), -EINVAL, 0 },
		{ CASE("PROXY TCP4 1.1.1.1 1.1.1.1 1 1                      "
		       "                                                    "
		       "   "), -EINVAL, 0 },
	};
	struct gws_proxy proxy;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		CHECK_EQ(proxy_part(&cases[i], cases[i].len, "", &proxy),
			 -EINVAL);
}

/* A client that an IPv6 load balancer saw by IPv4 is an IPv4 client. */
CORE_TEST(proxy_mapped)
{
	static const struct proxy_case c = {
		CASE(SIG "\x21\x21\x00\x24"
		     "\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\0\2\7"
		     "\0\0\0\0\0\0\0\0\0\0\xff\xff\xc6\x33\x64\1" PORTS), 0, 4
	};
	struct gws_proxy proxy;

	CHECK_EQ(proxy_part(&c, c.len, "", &proxy), c.len);
	CHECK(!proxy_family_wrong(&c, &proxy));
}

#define PROXY_TESTS(X)							\
	X(proxy_headers)						\
	X(proxy_early)							\
	X(proxy_mapped)

#undef SIG
#undef IPS4
#undef PORTS
#undef IPS6
#undef CASE
#undef ZEROS8
#undef ZEROS108

#endif /* GWS_SUITE_PROXY_H */
