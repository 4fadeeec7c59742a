// SPDX-License-Identifier: MIT
/*
 * The decoder: defaults, digests, what is told of what it refuses. Messages
 * are in tests/golden.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../userspace/gwsteerd/decode.h"
#include "problem.h"
#include "schema.h"
#include "yaml_tree.h"

struct got {
	struct gws_decoded last;
	char name[64];
	int n;
	struct gws_problems *problems;
};

static void take(const struct gws_decoded *decoded, void *data)
{
	struct got *got = data;

	gws_object_put(got->last.object);
	got->last = *decoded;
	strncpy(got->name, decoded->name ? decoded->name : "",
		sizeof(got->name) - 1);
	got->n++;
}

static void take_doc(const struct gws_yaml_doc *doc, void *data)
{
	struct got *got = data;

	assert_non_null(doc->root);
	gws_decode(doc->root, "f.yaml", got->problems, take, got);
	cJSON_Delete(doc->root);
}

static struct got decode(const char *text)
{
	struct got got = { .problems = gws_problems_create() };

	gws_yaml_read(text, strlen(text), take_doc, &got);
	return got;
}

static void clear(struct got *got)
{
	gws_object_put(got->last.object);
	gws_problems_destroy(got->problems);
}

#define ROUTE "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\n"

static void defaults(void **state)
{
	struct got got = decode(ROUTE "metadata: {name: r}\n"
				"spec: {parentRefs: [{name: gw}]}\n");
	const struct gws_httproute *route;

	(void)state;
	assert_int_equal(got.last.state, GWS_DECODED);
	assert_string_equal(got.last.object->namespace, "default");
	assert_int_equal(got.last.object->created, INT64_MAX);
	assert_int_equal(got.last.object->line, 1);
	route = &got.last.object->route;
	assert_string_equal(route->parents[0].group, GWS_GROUP);
	assert_string_equal(route->parents[0].kind, "Gateway");
	assert_string_equal(route->parents[0].namespace, "default");
	assert_null(route->parents[0].section);
	assert_int_equal(route->nrules, 1);
	assert_int_equal(route->rules[0].nmatches, 1);
	assert_int_equal(route->rules[0].matches[0].path_type,
			 GWS_MATCH_PREFIX);
	assert_string_equal(route->rules[0].matches[0].path, "/");
	clear(&got);
	got = decode(ROUTE "metadata: {name: r}\nspec: {rules: [{backendRefs: [{name: b, port: 1}, {name: c, port: 2, weight: 0}]}]}\n");
	route = &got.last.object->route;
	assert_int_equal(route->rules[0].backends[0].weight, 1);
	assert_int_equal(route->rules[0].backends[1].weight, 0);
	assert_string_equal(route->rules[0].backends[0].kind, "Service");
	clear(&got);
}

static uint64_t digest(const char *text)
{
	struct got got = decode(text);
	uint64_t value;

	assert_int_equal(got.last.state, GWS_DECODED);
	value = got.last.object->spec_digest;
	clear(&got);
	return value;
}

static void digests(void **state)
{
	uint64_t a = digest(ROUTE "metadata: {name: r}\n"
			    "spec: {hostnames: [a.com, b.com], rules: [{name: x}]}\n");

	(void)state;
	/* Not of it: order of names, metadata, status, nulls. */
	assert_int_equal(a, digest("kind: HTTPRoute\nspec: {rules: [{name: x, retry: null}], hostnames: [a.com, b.com]}\n"
				   "metadata: {name: r, labels: {a: b}, generation: 7}\nstatus: {x: 1}\n"
				   "apiVersion: gateway.networking.k8s.io/v1\n"));
	/* Of it: order in lists, values. */
	assert_int_not_equal(a, digest(ROUTE "metadata: {name: r}\n"
				       "spec: {hostnames: [b.com, a.com], rules: [{name: x}]}\n"));
	assert_int_not_equal(a, digest(ROUTE "metadata: {name: r}\n"
				       "spec: {hostnames: [a.com, b.com], rules: [{name: z}]}\n"));
}

static void refused(void **state)
{
	struct got got = decode(ROUTE "metadata: {name: r, namespace: ns}\nspec: {rulez: []}\n");

	(void)state;
	assert_int_equal(got.last.state, GWS_DECODED_BROKEN);
	assert_null(got.last.object);
	assert_true(got.last.named);
	assert_int_equal(got.last.kind, GWS_KIND_HTTPROUTE);
	assert_string_equal(got.name, "r");
	assert_int_equal(gws_problems_level(got.problems, GWS_LEVEL_ERROR), 1);
	clear(&got);
	got = decode(ROUTE "metadata: {name: 5}\nspec: {}\n");
	assert_int_equal(got.last.state, GWS_DECODED_BROKEN);
	assert_false(got.last.named);
	clear(&got);
	got = decode("apiVersion: v1\nkind: Secret\nmetadata: {name: c}\n");
	assert_int_equal(got.last.state, GWS_DECODED_UNUSED);
	assert_int_equal(gws_problems_level(got.problems, GWS_LEVEL_NOTE), 1);
	clear(&got);
}

static void lists(void **state)
{
	struct got got = decode("apiVersion: v1\nkind: NamespaceList\nitems:\n"
				"- {apiVersion: v1, kind: Namespace, metadata: {name: a}}\n"
				"- {apiVersion: v1, kind: Namespace, metadata: {name: B}}\n"
				"- {apiVersion: v1, kind: Namespace, metadata: {name: c}}\n");

	(void)state;
	assert_int_equal(got.n, 3);
	assert_int_equal(got.last.state, GWS_DECODED);
	assert_int_equal(got.last.object->line, 6);
	assert_string_equal(got.last.object->namespace, "");
	assert_int_equal(gws_problems_level(got.problems, GWS_LEVEL_ERROR), 1);
	clear(&got);
}

static void many_mistakes(void **state)
{
	char text[4096] = ROUTE "metadata: {name: r}\nspec:\n";
	struct got got;
	char c;

	(void)state;
	for (c = 'a'; c <= 'z'; c++) {
		size_t len = strlen(text);

		snprintf(text + len, sizeof(text) - len, "  zzz%c: 1\n", c);
	}
	got = decode(text);
	assert_int_equal(gws_problems_count(got.problems), 21);
	assert_string_equal(gws_problems_get(got.problems, 20)->text,
			    "6 more mistakes");
	clear(&got);
}

static void formats(void **state)
{
	static const struct {
		const char *(*format)(const char *text);
		const char *good;
		const char *bad;
	} cases[] = {
		{ gws_format_label, "a-1", "a." },
		{ gws_format_label, "0", "-a" },
		{ gws_format_subdomain, "a.b-c.d", "a..b" },
		{ gws_format_subdomain, "1.2", ".a" },
		{ gws_format_hostname, "*.a.b", "*.*.a" },
		{ gws_format_hostname, "a", "*" },
		{ gws_format_group, "", "A.b" },
		{ gws_format_kind, "HTTPRoute", "1Route" },
		{ gws_format_kind, "x", "a_b" },
		{ gws_format_controller, "a.b/C-d/e", "a.b" },
		{ gws_format_controller, "a/b", "a/" },
		{ gws_format_protocol, "HTTP", "HT TP" },
		{ gws_format_protocol, "a.b/c", "a.b/c/d" },
		{ gws_format_header, "X-Y_z!", "a:b" },
		{ gws_format_duration, "1h30m15s10ms", "1h30m15s10ms1s" },
		{ gws_format_duration, "0s", "100000s" },
		{ gws_format_duration, "5m", "m" },
		{ gws_format_duration, "1h2m", "1h2" },
		{ gws_format_duration, "1ms", "1" },
		{ gws_format_origin, "*", "**" },
		{ gws_format_origin, "https://*.a.com:8080", "https://" },
		{ gws_format_origin, "http://*", "http://a..b" },
		{ gws_format_origin, "http://*:80", "http://a:" },
		{ gws_format_origin, "https://a", "https://a/" },
		{ gws_format_time, "2024-02-29T23:59:59Z", "2023-02-29T00:00:00Z" },
		{ gws_format_time, "2024-05-01T00:00:00.125Z", "2024-05-01T00:00:00.Z" },
		{ gws_format_time, "2024-05-01T00:00:00-07:30", "2024-05-01T00:00:00" },
		{ gws_format_time, "2024-05-01T00:00:00+00:00", "2024-05-01T24:00:00Z" },
		{ gws_format_time, "1969-12-31T00:00:00Z", "2024-5-1T1:2:3Z" },
		{ gws_format_label_value, "", "-" },
		{ gws_format_label_value, "a_B.c", "a b" },
		{ gws_format_path, "/a%2Ab:@", "/a%2" },
		{ gws_format_path, "/~", "/a?b" },
		{ gws_format_ip, "::1", "1" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_null(cases[i].format(cases[i].good));
		assert_non_null(cases[i].format(cases[i].bad));
	}
}

static void times(void **state)
{
	(void)state;
	assert_int_equal(gws_time_seconds("1970-01-01T00:00:01Z"), 1);
	assert_int_equal(gws_time_seconds("2024-05-01T00:00:00Z"), 1714521600);
	assert_int_equal(gws_time_seconds("2024-05-01T02:00:00.9+02:00"),
			 1714521600);
	assert_int_equal(gws_time_seconds("2024-04-30T16:30:00-07:30"),
			 1714521600);
}

/* What is broken is known by what it was meant to be, to keep its last good. */
static void slips(void **state)
{
	static const char *const texts[] = {
		"apiVersion: gateway.networking.k8s.io/v1\nkind: HttpRoute\n",
		"apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRout\n",
		"apiVersion: gateway.networkin.k8s.io/v1beta1\nkind: HTTPRoute\n",
		"apiVersion: gateway.networking.k8s.io/v1alpha2\nkind: HTTPRoute\n",
		"apiVersion: v1\nkind: HTTPRoute\n",
	};
	static const char *const others[] = {
		"apiVersion: gateway.networking.k8s.io/v1\nkind: TCPRoute\n",
		"apiVersion: networking.istio.io/v1\nkind: Gateway\n",
		"apiVersion: policy.linkerd.io/v1\nkind: HTTPRoute\n",
		"apiVersion: v1\nkind: Endpoints\n",
	};
	char text[256];
	struct got got;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		snprintf(text, sizeof(text), "%smetadata: {name: r}\n", texts[i]);
		got = decode(text);
		assert_int_equal(got.last.state, GWS_DECODED_BROKEN);
		assert_true(got.last.named);
		assert_int_equal(got.last.kind, GWS_KIND_HTTPROUTE);
		assert_string_equal(got.name, "r");
		clear(&got);
	}
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		snprintf(text, sizeof(text), "%smetadata: {name: r}\n", others[i]);
		got = decode(text);
		assert_int_equal(got.last.state, GWS_DECODED_UNUSED);
		clear(&got);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults), cmocka_unit_test(digests),
		cmocka_unit_test(refused), cmocka_unit_test(lists),
		cmocka_unit_test(many_mistakes), cmocka_unit_test(formats),
		cmocka_unit_test(times), cmocka_unit_test(slips),
	};

	return cmocka_run_group_tests_name("decode", tests, NULL, NULL);
}
