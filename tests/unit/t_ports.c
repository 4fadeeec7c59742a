// SPDX-License-Identifier: MIT
/*
 * Who listens at an address and a port: this process, on sockets of its own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "../../userspace/lib/ports.h"

static int holder_of(const char *text, uint16_t port,
		     struct gws_port_holder *holder)
{
	struct gws_ip addr;

	assert_int_equal(gws_ip_parse(text, &addr), 0);
	return gws_port_holder(&addr, port, holder);
}

static int held(const char *text, uint16_t port)
{
	struct gws_port_holder holder;

	return holder_of(text, port, &holder);
}

/* A listening socket on a free port; IPv6 alone where @only6. */
static int listener(const char *text, int only6, uint16_t *port)
{
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	int is6 = inet_pton(AF_INET6, text, &v6.sin6_addr) == 1;
	struct sockaddr *addr = is6 ? (struct sockaddr *)&v6 :
				      (struct sockaddr *)&v4;
	socklen_t len = is6 ? sizeof(v6) : sizeof(v4);
	int fd = socket(is6 ? AF_INET6 : AF_INET, SOCK_STREAM, 0);

	assert_true(fd >= 0);
	if (is6)
		assert_int_equal(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY,
					    &only6, sizeof(only6)), 0);
	else
		assert_int_equal(inet_pton(AF_INET, text, &v4.sin_addr), 1);
	assert_int_equal(bind(fd, addr, len), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, addr, &len), 0);
	*port = ntohs(is6 ? v6.sin6_port : v4.sin_port);
	return fd;
}

static void test_addresses(void **state)
{
	static const struct {
		const char *bound;
		int only6;
		int at_127_0_0_1;
		int at_elsewhere;	/* 192.0.2.1 */
		int at_v6;		/* ::1 */
	} cases[] = {
		{ "127.0.0.1", 0, 1, 0, 0 },
		{ "0.0.0.0", 0, 1, 1, 0 },
		{ "::", 0, 1, 1, 1 },
		{ "::", 1, 0, 0, 1 },
	};
	uint16_t port;
	size_t i;
	int fd;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		fd = listener(cases[i].bound, cases[i].only6, &port);
		assert_int_equal(held("127.0.0.1", port),
				 cases[i].at_127_0_0_1);
		assert_int_equal(held("192.0.2.1", port),
				 cases[i].at_elsewhere);
		assert_int_equal(held("::1", port), cases[i].at_v6);
		close(fd);
		assert_int_equal(held("127.0.0.1", port), 0);
		assert_int_equal(held("::1", port), 0);
	}
}

static void test_name(void **state)
{
	struct gws_port_holder holder;
	char text[64], want[64];
	uint16_t port;
	int fd = listener("127.0.0.1", 0, &port);

	(void)state;
	assert_int_equal(holder_of("127.0.0.1", port, &holder), 1);
	assert_string_equal(gws_port_text(&holder, text), "a process");
	gws_port_name(&holder);
	assert_int_equal(holder.pid, getpid());
	snprintf(want, sizeof(want), "t_ports (pid %d)", (int)getpid());
	assert_string_equal(gws_port_text(&holder, text), want);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses), cmocka_unit_test(test_name),
	};

	return cmocka_run_group_tests_name("ports", tests, NULL, NULL);
}
