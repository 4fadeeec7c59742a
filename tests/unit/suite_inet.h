/* SPDX-License-Identifier: MIT */
/* Suite gws_inet: addresses as text, strictly, and the networks they are in. */
#ifndef GWS_SUITE_INET_H
#define GWS_SUITE_INET_H

#include "core_test.h"
#include "inet.h"

static struct gws_str inet_text(const char *s)
{
	return (struct gws_str){ s, strlen(s) };
}

static const struct {
	const char *text;
	u8 len;
	const char *bytes;
} inet_cases[] = {
	{ "192.0.2.1", 4, "\xc0\x00\x02\x01" },
	{ "0.0.0.0", 4, "\0\0\0\0" },
	{ "255.255.255.255", 4, "\xff\xff\xff\xff" },
	{ "::", 16, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" },
	{ "::1", 16, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1" },
	{ "1::", 16, "\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0" },
	{ "2001:DB8::a:0", 16,
	  "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\x0a\0\0" },
	{ "1:2:3:4:5:6:7:8", 16, "\0\1\0\2\0\3\0\4\0\5\0\6\0\7\0\x08" },
	{ "1:2:3:4:5:6:7::", 16, "\0\1\0\2\0\3\0\4\0\5\0\6\0\7\0\0" },
	{ "::2:3:4:5:6:7:8", 16, "\0\0\0\2\0\3\0\4\0\5\0\6\0\7\0\x08" },
	{ "64:ff9b::192.0.2.1", 16,
	  "\0\x64\xff\x9b\0\0\0\0\0\0\0\0\xc0\0\2\1" },
	{ "1:2:3:4:5:6:1.2.3.4", 16, "\0\1\0\2\0\3\0\4\0\5\0\6\1\2\3\4" },
	/* One host, however it is written. */
	{ "::ffff:192.0.2.1", 4, "\xc0\x00\x02\x01" },
	{ "::FFFF:c000:201", 4, "\xc0\x00\x02\x01" },
	{ "::192.0.2.1", 16, "\0\0\0\0\0\0\0\0\0\0\0\0\xc0\0\2\1" },
};

static const char *const inet_not[] = {
	"", "1", "1.2.3", "1.2.3.4.5", "1.2.3.", ".1.2.3",
	"1..2.3", "256.1.1.1", "1.2.3.0400", "01.2.3.4",
	"0x1.2.3.4", "1.2.3.4 ", " 1.2.3.4", "1.2.3.-4",
	"4294967297.1.1.1", "1.2.3.4/24", "1.2.3.4:80",
	":", ":::", "1:", ":1", "1:2", "1::2::3",
	"1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::",
	"::1:2:3:4:5:6:7:8", "1::2:3:4:5:6:7:8", "12345::",
	"::g", "fe80::1%eth0", "[::1]", "::1.2.3",
	"::1.2.3.4:5", "1:2:3:4:5:6:7:1.2.3.4", "1.2.3.4::",
	"localhost", "unknown",
};

static bool inet_read(const char *s, struct gws_inet *ip)
{
	char *copy = place(s, strlen(s), "", 0);
	bool ok = gws_inet_parse((struct gws_str){ copy, strlen(s) }, ip);

	unplace(copy);
	return ok;
}

CORE_TEST(inet_addresses)
{
	struct gws_inet ip;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(inet_cases); i++) {
		const char *s = inet_cases[i].text;

		CHECK_MSG(inet_read(s, &ip), "%s is none", s);
		CHECK_MSG(ip.len == inet_cases[i].len &&
			  !memcmp(ip.bytes, inet_cases[i].bytes, ip.len),
			  "%s: other bytes", s);
		CHECK_EQ(ip.port, 0);
	}
	for (i = 0; i < ARRAY_SIZE(inet_not); i++)
		CHECK_MSG(!inet_read(inet_not[i], &ip), "%s is one", inet_not[i]);
	CHECK(!gws_inet_parse(((struct gws_str){ "1.2.3.4\0", 8 }), &ip));
}

CORE_TEST(inet_ports)
{
	CHECK_EQ(gws_inet_port(GWS_STR("0")), 0);
	CHECK_EQ(gws_inet_port(GWS_STR("80")), 80);
	CHECK_EQ(gws_inet_port(GWS_STR("65535")), 65535);
	CHECK_EQ(gws_inet_port(GWS_STR("65536")), -1);
	CHECK_EQ(gws_inet_port(GWS_STR("4294967376")), -1);
	CHECK_EQ(gws_inet_port(GWS_STR("080")), -1);
	CHECK_EQ(gws_inet_port(GWS_STR("")), -1);
	CHECK_EQ(gws_inet_port(GWS_STR("+80")), -1);
	CHECK_EQ(gws_inet_port(GWS_STR("80 ")), -1);
}

static const struct {
	const char *net;
	u8 bits;
	const char *ip;
	bool has;
} net_cases[] = {
	{ "10.0.0.0", 8, "10.255.0.1", true },
	{ "10.0.0.0", 8, "11.0.0.1", false },
	{ "192.0.2.128", 25, "192.0.2.129", true },
	{ "192.0.2.128", 25, "192.0.2.127", false },
	{ "192.0.2.1", 32, "192.0.2.1", true },
	{ "192.0.2.1", 32, "192.0.2.0", false },
	{ "0.0.0.0", 0, "203.0.113.1", true },
	{ "0.0.0.0", 0, "::1", false },
	{ "::", 0, "10.0.0.1", false },
	{ "::", 0, "2001:db8::1", true },
	{ "2001:db8::", 33, "2001:db8:7fff::1", true },
	{ "2001:db8::", 33, "2001:db8:8000::1", false },
	{ "2001:db8::1", 128, "2001:db8::1", true },
	{ "2001:db8::1", 128, "2001:db8::3", false },
	/* As a client that IPv6 sockets see. */
	{ "10.0.0.0", 8, "::ffff:10.1.2.3", true },
};

CORE_TEST(inet_networks)
{
	struct gws_prefix p, two[2];
	struct gws_inet ip;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(net_cases); i++) {
		CHECK(gws_inet_parse(inet_text(net_cases[i].net), &ip));
		p.len = ip.len;
		p.bits = net_cases[i].bits;
		memcpy(p.bytes, ip.bytes, sizeof(p.bytes));
		CHECK(gws_inet_parse(inet_text(net_cases[i].ip), &ip));
		CHECK_MSG(gws_prefix_has(&p, &ip) == net_cases[i].has,
			  "%s/%u and %s", net_cases[i].net, p.bits,
			  net_cases[i].ip);
		if (!i)
			two[1] = p;
		if (i == 4)
			two[0] = p;
	}
	CHECK(gws_inet_parse(GWS_STR("10.1.1.1"), &ip));
	CHECK(gws_prefixes_have(two, 2, &ip));
	CHECK(!gws_prefixes_have(two, 1, &ip));
	CHECK(!gws_prefixes_have(two, 0, &ip));
}

#define INET_TESTS(X)							\
	X(inet_addresses)						\
	X(inet_ports)							\
	X(inet_networks)

#endif /* GWS_SUITE_INET_H */
