// SPDX-License-Identifier: MIT
/*
 * Addresses: text, prefixes, and which of them can be endpoints.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../userspace/lib/ip.h"

static struct gws_ip ip(const char *text)
{
	struct gws_ip addr;

	assert_int_equal(gws_ip_parse(text, &addr), 0);
	return addr;
}

static void text(void **state)
{
	static const char *const good[][2] = {
		{ "10.0.0.1", "10.0.0.1" }, { "2001:DB8::0:1", "2001:db8::1" },
		{ "::", "::" }, { "0.0.0.0", "0.0.0.0" },
	};
	static const char *const bad[] = {
		"", "10.0.0", "10.0.0.256", "10.0.0.01", " 10.0.0.1",
		"10.0.0.1 ", "fe80::1%eth0", "1:2:3", "example.com", ":::",
	};
	char buf[GWS_IP_TEXT];
	struct gws_ip addr;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		addr = ip(good[i][0]);
		assert_string_equal(gws_ip_text(&addr, buf), good[i][1]);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(gws_ip_parse(bad[i], &addr), -EINVAL);
	addr = (struct gws_ip){ 0 };
	assert_string_equal(gws_ip_text(&addr, buf), "");
}

static void prefixes(void **state)
{
	static const struct {
		const char *prefix;
		const char *addr;
		bool in;
	} cases[] = {
		{ "10.0.0.0/8", "10.255.0.1", true },
		{ "10.0.0.0/8", "11.0.0.1", false },
		{ "198.51.100.0/28", "198.51.100.15", true },
		{ "198.51.100.0/28", "198.51.100.16", false },
		{ "192.0.2.1", "192.0.2.1", true },
		{ "192.0.2.1", "192.0.2.2", false },
		{ "0.0.0.0/0", "1.2.3.4", true },
		{ "0.0.0.0/0", "::1", false },
		{ "2001:db8::/33", "2001:db8:7fff::1", true },
		{ "2001:db8::/33", "2001:db8:8000::1", false },
		{ "::/0", "2001:db8::1", true },
		{ "2001:db8::1/128", "2001:db8::1", true },
	};
	static const char *const bad[] = {
		"10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/08",
		"::/129", "/8", "10.0.0.0/8/8", "10.0.0.0/1x",
	};
	struct gws_cidr cidr;
	struct gws_ip addr;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(gws_cidr_parse(cases[i].prefix, &cidr), 0);
		addr = ip(cases[i].addr);
		assert_int_equal(gws_cidr_contains(&cidr, &addr), cases[i].in);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(gws_cidr_parse(bad[i], &cidr), -EINVAL);
}

static void refusals(void **state)
{
	static const char *const refused[] = {
		"0.0.0.0", "127.0.0.1", "127.255.255.255", "169.254.0.1",
		"224.0.0.1", "239.255.255.255", "255.255.255.255", "::", "::1",
		"fe80::1", "febf::1", "ff02::1", "::ffff:10.0.0.1",
	};
	static const char *const taken[] = {
		"10.0.0.1", "192.168.0.1", "100.64.0.1", "223.255.255.255",
		"2001:db8::1", "fd00::1", "fec0::1", "::2",
	};
	struct gws_ip addr;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		addr = ip(refused[i]);
		assert_non_null(gws_ip_refusal(&addr));
	}
	for (i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
		addr = ip(taken[i]);
		assert_null(gws_ip_refusal(&addr));
	}
}

static void order(void **state)
{
	struct gws_ip a = ip("9.0.0.1"), b = ip("10.0.0.0"), c = ip("::1");

	(void)state;
	assert_true(gws_ip_cmp(&a, &b) < 0);
	assert_true(gws_ip_cmp(&c, &b) > 0);
	assert_int_equal(gws_ip_cmp(&c, &c), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text), cmocka_unit_test(prefixes),
		cmocka_unit_test(refusals), cmocka_unit_test(order),
	};

	return cmocka_run_group_tests_name("ip", tests, NULL, NULL);
}
