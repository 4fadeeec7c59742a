// SPDX-License-Identifier: MIT
/*
 * Statuses follow the push: nothing is Programmed that the kernel did not
 * acknowledge. Also when conditions change their time.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../../userspace/lib/jsonx.h"
#include "resolve_steps.h"
#include "status.h"
#include "loaded.h"

static const char manifests[] =
"apiVersion: gateway.networking.k8s.io/v1\n"
"kind: Gateway\n"
"metadata: {name: gw, namespace: demo}\n"
"spec:\n"
"  gatewayClassName: gwsteer\n"
"  listeners:\n"
"  - {name: one, port: 80, protocol: HTTP}\n"
"  - {name: two, port: 8080, protocol: HTTP}\n"
"---\n"
"apiVersion: v1\n"
"kind: Service\n"
"metadata: {name: foo, namespace: demo}\n"
"spec: {ports: [{port: 80}]}\n"
"---\n"
"apiVersion: gateway.networking.k8s.io/v1\n"
"kind: HTTPRoute\n"
"metadata: {name: r, namespace: demo}\n"
"spec:\n"
"  parentRefs: [{name: gw, sectionName: two}]\n"
"  rules: [{backendRefs: [{name: foo, port: 80}]}]\n";

static int setup(void **state)
{
	static struct loaded fixture;
	static const uint16_t host_ports[] = { 80 };
	struct gws_ip addr;
	struct gws_env env = {
		.addrs = &addr, .naddrs = 1,
		.host_ports = host_ports, .nhost_ports = 1,
	};

	if (gws_ip_parse("192.0.2.1", &addr))
		return -1;
	load(&fixture, manifests);
	env.nodeports = fixture.nodeports;
	fixture.graph = gws_resolve(fixture.store, &env);
	*state = &fixture;
	return 0;
}

static int teardown(void **state)
{
	struct loaded *fixture = *state;

	gws_store_destroy(fixture->store);
	/* The graph outlives the store that it came from. */
	cJSON_Delete(gws_status_build(fixture->graph,
				      &(struct gws_push_result){ 0 }));
	gws_graph_destroy(fixture->graph);
	unload(fixture);
	return 0;
}

static const cJSON *find(const cJSON *list, const char *name, const char *value)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, list)
		if (!strcmp(gws_json_str(item, name, ""), value))
			return item;
	return NULL;
}

static const cJSON *gateway_status(const cJSON *objects)
{
	return gws_json_get(find(objects, "kind", "Gateway"), "status");
}

static void expect(const cJSON *owner, const char *type, const char *status,
		   const char *reason)
{
	const cJSON *cond = find(gws_json_get(owner, "conditions"), "type",
				 type);

	assert_non_null(cond);
	assert_string_equal(gws_json_str(cond, "status", ""), status);
	assert_string_equal(gws_json_str(cond, "reason", ""), reason);
}

static const cJSON *listener(const cJSON *objects, const char *name)
{
	return find(gws_json_get(gateway_status(objects), "listeners"), "name",
		    name);
}

static int count_addresses(const cJSON *objects)
{
	return cJSON_GetArraySize(gws_json_get(gateway_status(objects),
					       "addresses"));
}

static void follows_the_push(void **state)
{
	static const struct {
		struct gws_push_result push;
		const char *status;
		const char *reason;
		int addresses;
	} cases[] = {
		{ { .state = GWS_PUSH_PENDING }, "Unknown", "Pending", 0 },
		{ { .state = GWS_PUSH_DONE }, "True", "Programmed", 1 },
		{ { .state = GWS_PUSH_FAILED, .err = -ENOENT,
		    .text = "module not loaded" }, "False", "Pending", 0 },
		{ { .state = GWS_PUSH_FAILED, .err = -ENOMEM }, "False",
		  "NoResources", 0 },
	};
	struct loaded *fixture = *state;
	const cJSON *gateway;
	cJSON *objects;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		objects = gws_status_build(fixture->graph, &cases[i].push);
		gateway = gateway_status(objects);
		expect(gateway, "Programmed", cases[i].status, cases[i].reason);
		expect(gateway, "Accepted", "True", "Accepted");
		expect(listener(objects, "one"), "Programmed", cases[i].status,
		       cases[i].reason);
		assert_int_equal(count_addresses(objects), cases[i].addresses);
		cJSON_Delete(objects);
	}
}

/* A table or a cluster that was refused is told at its listener. */
static void names_what_was_refused(void **state)
{
	static const char *const keys[] = {
		"demo/gw/two", "demo/gw/two|", "demo/foo:80",
	};
	struct loaded *fixture = *state;
	static const struct gws_push_error both[] = {
		{ "demo/gw/one", "no" }, { "demo/gw/two", "no" },
	};
	struct gws_push_error error = { .text = "no" };
	struct gws_push_result push = {
		.state = GWS_PUSH_DONE, .errors = &error, .nerrors = 1,
	};
	cJSON *objects;
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		error.key = keys[i];
		objects = gws_status_build(fixture->graph, &push);
		expect(gateway_status(objects), "Programmed", "False",
		       "Invalid");
		expect(listener(objects, "one"), "Programmed", "True",
		       "Programmed");
		expect(listener(objects, "two"), "Programmed", "False",
		       "Invalid");
		assert_int_equal(count_addresses(objects), 1);
		cJSON_Delete(objects);
	}
	push.errors = both;
	push.nerrors = 2;
	objects = gws_status_build(fixture->graph, &push);
	assert_int_equal(count_addresses(objects), 0);
	cJSON_Delete(objects);
	push.errors = &error;
	push.nerrors = 1;
	error.key = "demo/gw/tw";
	objects = gws_status_build(fixture->graph, &push);
	expect(gateway_status(objects), "Programmed", "True", "Programmed");
	cJSON_Delete(objects);
}

static const char *time_of(const cJSON *owner, const char *type)
{
	return gws_json_str(find(gws_json_get(owner, "conditions"), "type",
				 type), "lastTransitionTime", "");
}

static void times_change_with_the_status(void **state)
{
	const struct gws_push_result pending = { .state = GWS_PUSH_PENDING };
	const struct gws_push_result done = { .state = GWS_PUSH_DONE };
	struct loaded *fixture = *state;
	cJSON *first = gws_status_build(fixture->graph, &pending);
	cJSON *second = gws_status_build(fixture->graph, &done);
	const cJSON *parent;

	gws_status_stamp(first, NULL, "then");
	gws_status_stamp(second, first, "now");
	assert_string_equal(time_of(gateway_status(first), "Programmed"),
			    "then");
	assert_string_equal(time_of(gateway_status(second), "Programmed"),
			    "now");
	assert_string_equal(time_of(gateway_status(second), "Accepted"),
			    "then");
	assert_string_equal(time_of(listener(second, "two"), "Programmed"),
			    "now");
	assert_string_equal(time_of(listener(second, "two"), "ResolvedRefs"),
			    "then");
	parent = gws_json_get(gws_json_get(find(second, "kind", "HTTPRoute"),
					   "status"), "parents")->child;
	assert_string_equal(time_of(parent, "Accepted"), "then");
	cJSON_Delete(first);
	cJSON_Delete(second);
}

static void hostnames(void **state)
{
	static const struct {
		const char *a, *b, *both;
	} cases[] = {
		{ "", "", "" }, { "", "a.com", "a.com" },
		{ "a.com", "a.com", "a.com" }, { "a.com", "b.com", NULL },
		{ "*.a.com", "x.a.com", "x.a.com" },
		{ "*.a.com", "x.y.a.com", "x.y.a.com" },
		{ "*.a.com", "a.com", NULL }, { "*.a.com", "xa.com", NULL },
		{ "*.a.com", "*.a.com", "*.a.com" },
		{ "*.a.com", "*.b.a.com", "*.b.a.com" },
		{ "*.a.com", "*.ba.com", NULL }, { "*.com", "*.org", NULL },
		{ "*.a.com", "", "*.a.com" },
	};
	const char *both;
	size_t i;
	int turn;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (turn = 0; turn < 2; turn++) {
			both = turn ?
			       gws_hostname_intersect(cases[i].a, cases[i].b) :
			       gws_hostname_intersect(cases[i].b, cases[i].a);
			if (cases[i].both)
				assert_string_equal(both, cases[i].both);
			else
				assert_null(both);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(follows_the_push),
		cmocka_unit_test(names_what_was_refused),
		cmocka_unit_test(times_change_with_the_status),
		cmocka_unit_test(hostnames),
	};

	return cmocka_run_group_tests_name("status", tests, setup, teardown);
}
