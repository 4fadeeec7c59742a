// SPDX-License-Identifier: MIT
/*
 * NodePorts: stable over restarts, out of the way of fixed ones, never twice.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "nodeports.h"

static char path[64];

static int setup(void **state)
{
	int fd;

	(void)state;
	strcpy(path, "/tmp/gwsteer-nodeports-XXXXXX");
	fd = mkstemp(path);
	if (fd < 0)
		return -1;
	close(fd);
	return unlink(path);
}

static int teardown(void **state)
{
	(void)state;
	unlink(path);
	return 0;
}

static void write_file(const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void survives_a_restart(void **state)
{
	struct gws_nodeports *ports = gws_nodeports_create();
	uint16_t a, b;

	(void)state;
	assert_int_equal(gws_nodeports_load(ports, path), 0);
	gws_nodeports_begin(ports);
	assert_false(gws_nodeports_dirty(ports));
	a = gws_nodeports_get(ports, "ns", "a", 80);
	/* Somebody else wants the same place; the memory of it stays. */
	assert_true(gws_nodeports_fix(ports, 30000));
	b = gws_nodeports_get(ports, "ns", "b", 80);
	assert_true(a >= GWS_NODEPORT_MIN && a <= GWS_NODEPORT_MAX);
	assert_int_not_equal(a, b);
	assert_true(gws_nodeports_dirty(ports));
	assert_int_equal(gws_nodeports_save(ports, path), 0);
	assert_false(gws_nodeports_dirty(ports));
	gws_nodeports_destroy(ports);

	ports = gws_nodeports_create();
	assert_int_equal(gws_nodeports_load(ports, path), 0);
	gws_nodeports_begin(ports);
	assert_int_equal(gws_nodeports_get(ports, "ns", "b", 80), b);
	assert_int_equal(gws_nodeports_get(ports, "ns", "a", 80), a);
	assert_false(gws_nodeports_dirty(ports));
	gws_nodeports_destroy(ports);
}

static void a_fixed_port_is_left(void **state)
{
	struct gws_nodeports *ports = gws_nodeports_create();
	uint16_t before, after;

	(void)state;
	gws_nodeports_begin(ports);
	before = gws_nodeports_get(ports, "ns", "a", 80);
	gws_nodeports_begin(ports);
	assert_true(gws_nodeports_fix(ports, before));
	assert_false(gws_nodeports_fix(ports, before));
	after = gws_nodeports_get(ports, "ns", "a", 80);
	assert_int_not_equal(before, after);
	/* And it stays where it went when the other one leaves. */
	gws_nodeports_begin(ports);
	assert_int_equal(gws_nodeports_get(ports, "ns", "a", 80), after);
	gws_nodeports_destroy(ports);
}

static void all_ports_are_given_once(void **state)
{
	enum { ALL = GWS_NODEPORT_MAX - GWS_NODEPORT_MIN + 1 };
	struct gws_nodeports *ports = gws_nodeports_create();
	static bool seen[65536];
	char name[16];
	uint16_t port;
	int i;

	(void)state;
	gws_nodeports_begin(ports);
	for (i = 0; i < ALL; i++) {
		snprintf(name, sizeof(name), "gw%d", i);
		port = gws_nodeports_get(ports, "ns", name, 80);
		assert_true(port >= GWS_NODEPORT_MIN &&
			    port <= GWS_NODEPORT_MAX);
		assert_false(seen[port]);
		seen[port] = true;
	}
	assert_int_equal(gws_nodeports_get(ports, "ns", "late", 80), 0);
	/* When Gateways are gone, their ports are free for others. */
	gws_nodeports_begin(ports);
	assert_int_not_equal(gws_nodeports_get(ports, "ns", "late", 80), 0);
	gws_nodeports_destroy(ports);
}

static void a_damaged_file_is_refused_whole(void **state)
{
	static const char *const texts[] = {
		"", "[", "[]", "{}", "{\"version\": 2, \"ports\": {}}",
		"{\"version\": 1, \"ports\": []}",
		"{\"version\": 1, \"ports\": {\"a/b/80\": 80}}",
		"{\"version\": 1, \"ports\": {\"a/b/80\": \"30000\"}}",
		"{\"version\": 1, \"ports\": {\"a/b/80\": 30000, \"c/d/80\": 30000}}",
		"{\"version\": 1, \"ports\": {\"a/b/80\": 1e99}}",
	};
	struct gws_nodeports *ports = gws_nodeports_create();
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		write_file(texts[i]);
		assert_int_equal(gws_nodeports_load(ports, path), -EINVAL);
		gws_nodeports_begin(ports);
		assert_int_not_equal(gws_nodeports_get(ports, "ns", "a", 80),
				     0);
	}
	write_file("{\"version\": 1, \"ports\": {\"ns/a/80\": 30001}}");
	assert_int_equal(gws_nodeports_load(ports, path), 0);
	gws_nodeports_begin(ports);
	assert_int_equal(gws_nodeports_get(ports, "ns", "a", 80), 30001);
	assert_int_equal(gws_nodeports_save(ports, "/nonexistent/x"), -ENOENT);
	gws_nodeports_destroy(ports);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(survives_a_restart, setup,
						teardown),
		cmocka_unit_test(a_fixed_port_is_left),
		cmocka_unit_test(all_ports_are_given_once),
		cmocka_unit_test_setup_teardown(a_damaged_file_is_refused_whole,
						setup, teardown),
	};

	return cmocka_run_group_tests_name("nodeports", tests, NULL, NULL);
}
