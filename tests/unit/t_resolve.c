// SPDX-License-Identifier: MIT
/*
 * What goes takes along what it gave: golden cases know only how things stand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "cond.h"
#include "graph.h"
#include "nodeports.h"
#include "problem.h"
#include "resolve.h"
#include "store.h"
#include "yaml_tree.h"
#include "loaded.h"

static const char manifests[] =
"apiVersion: gateway.networking.k8s.io/v1\n"
"kind: Gateway\n"
"metadata: {name: gw, namespace: demo}\n"
"spec:\n"
"  gatewayClassName: gwsteer\n"
"  listeners: [{name: http, port: 80, protocol: HTTP}]\n"
"---\n"
"apiVersion: gateway.networking.k8s.io/v1\n"
"kind: HTTPRoute\n"
"metadata: {name: r, namespace: demo}\n"
"spec:\n"
"  parentRefs: [{name: gw}]\n"
"  rules: [{backendRefs: [{name: far, namespace: other, port: 80}]}]\n"
"---\n"
"apiVersion: v1\n"
"kind: Service\n"
"metadata: {name: far, namespace: other}\n"
"spec: {ports: [{port: 80}]}\n"
"---\n"
"apiVersion: gateway.networking.k8s.io/v1\n"
"kind: ReferenceGrant\n"
"metadata: {name: g, namespace: other}\n"
"spec:\n"
"  from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: demo}]\n"
"  to: [{group: \"\", kind: Service}]\n";

static int setup(void **state)
{
	static struct loaded f;

	load(&f, manifests);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct loaded *f = *state;

	gws_graph_destroy(f->graph);
	gws_store_destroy(f->store);
	unload(f);
	return 0;
}

/* The only route, as things stand now. */
static const struct gws_graph_route *route(struct loaded *f)
{
	struct gws_env env = { .nodeports = f->nodeports };

	gws_graph_destroy(f->graph);
	f->graph = gws_resolve(f->store, &env);
	assert_int_equal(f->graph->nroutes, 1);
	return &f->graph->routes[0];
}

static void expect_refs(const struct gws_graph_route *r, const char *reason)
{
	const struct gws_cond *cond = &r->conds.list[GWS_COND_RESOLVED_REFS];

	assert_string_equal(gws_reason_name(cond->reason), reason);
	assert_int_equal(cond->status, strcmp(reason, "ResolvedRefs") ?
			 GWS_FALSE : GWS_TRUE);
	assert_int_equal(!r->rules[0].backends[0].cluster,
			 strcmp(reason, "ResolvedRefs") != 0);
}

static void a_grant_takes_its_permission_along(void **state)
{
	struct loaded *f = *state;

	expect_refs(route(f), "ResolvedRefs");
	assert_true(gws_store_del(f->store, GWS_KIND_REFERENCEGRANT, "other",
				  "g"));
	expect_refs(route(f), "RefNotPermitted");
}

static void a_service_takes_its_endpoints_along(void **state)
{
	struct loaded *f = *state;

	assert_true(gws_store_del(f->store, GWS_KIND_SERVICE, "other", "far"));
	expect_refs(route(f), "BackendNotFound");
}

static void a_gateway_takes_the_parents_entry_along(void **state)
{
	struct loaded *f = *state;

	assert_int_equal(route(f)->nparents, 1);
	assert_true(gws_store_del(f->store, GWS_KIND_GATEWAY, "demo", "gw"));
	assert_int_equal(route(f)->nparents, 0);
	expect_refs(route(f), "ResolvedRefs");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_grant_takes_its_permission_along),
		TEST(a_service_takes_its_endpoints_along),
		TEST(a_gateway_takes_the_parents_entry_along),
	};

	return cmocka_run_group_tests_name("resolve", tests, NULL, NULL);
}
