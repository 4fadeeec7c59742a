// SPDX-License-Identifier: MIT
/*
 * status.json has what is wrong with files and, after it, what the resolver
 * found that no condition can speak of.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../../userspace/lib/jsonx.h"
#include "../../userspace/gwsteerd/decode.h"
#include "nodeports.h"
#include "problem.h"
#include "report.h"
#include "resolve.h"
#include "store.h"
#include "yaml_tree.h"

static const char manifests[] =
"apiVersion: gateway.networking.k8s.io/v1\n"
"kind: HTTPRoute\n"
"metadata: {name: lost, namespace: demo}\n"
"spec:\n"
"  parentRefs: [{name: nowhere}]\n";

struct fixture {
	struct gws_store *store;
	struct gws_problems *problems;
};

static void take(const struct gws_decoded *decoded, void *data)
{
	struct fixture *fixture = data;

	gws_store_put(fixture->store, decoded->object);
}

static void take_doc(const struct gws_yaml_doc *doc, void *data)
{
	struct fixture *fixture = data;

	gws_decode(doc->root, "routes.yaml", fixture->problems, take, fixture);
	cJSON_Delete(doc->root);
}

static void check_problem(const cJSON *problem, const char *level,
			  const char *object, const char *field,
			  const char *text)
{
	assert_non_null(problem);
	assert_string_equal(gws_json_str(problem, "level", ""), level);
	assert_string_equal(gws_json_str(problem, "file", ""), "routes.yaml");
	assert_string_equal(gws_json_str(problem, "object", ""), object);
	assert_string_equal(gws_json_str(problem, "field", ""), field);
	assert_string_equal(gws_json_str(problem, "text", ""), text);
}

static void test_problems_and_notes(void **state)
{
	static const struct gws_push_result pending = {
		.state = GWS_PUSH_PENDING,
	};
	static const struct gws_push_view view = {
		.module = GWS_MODULE_MISSING,
	};
	struct fixture f = { gws_store_create(), gws_problems_create() };
	struct gws_nodeports *nodeports = gws_nodeports_create();
	struct gws_env env = { .nodeports = nodeports };
	struct gws_report report = {
		.started = "", .manifests = "", .push = &pending,
		.view = &view, .problems = f.problems, .store = f.store,
	};
	struct gws_graph *graph;
	const cJSON *problem;
	cJSON *tree;

	(void)state;
	gws_problems_add(f.problems, GWS_LEVEL_ERROR, "routes.yaml", 9,
			 "HTTPRoute demo/bad", "spec.x", "unknown field");
	gws_yaml_read(manifests, strlen(manifests), take_doc, &f);
	graph = gws_resolve(f.store, &env);
	report.notes = gws_graph_notes(graph);
	tree = gws_report_build(&report, "", gws_json_array());
	problem = gws_json_get(tree, "problems")->child;
	check_problem(problem, "error", "HTTPRoute demo/bad", "spec.x",
		      "unknown field");
	check_problem(problem->next, "warning", "HTTPRoute demo/lost",
		      "spec.parentRefs[0]", "no Gateway demo/nowhere");
	assert_null(problem->next->next);
	cJSON_Delete(tree);
	gws_graph_destroy(graph);
	gws_nodeports_destroy(nodeports);
	gws_problems_destroy(f.problems);
	gws_store_destroy(f.store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_problems_and_notes),
	};

	return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
