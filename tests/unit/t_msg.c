// SPDX-License-Identifier: MIT
/*
 * Objects to attributes and back: what was put is what is got, large objects
 * go in parts that join again, and malformed messages are refused.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../userspace/lib/msg.h"

struct sink {
	struct gws_arena *arena;
	struct gws_msg_config config;
	int (*get)(const struct gws_attrs *attrs, struct gws_arena *arena,
		   struct gws_msg_config *config);
	size_t messages;
	size_t largest;
	int err;
};

/* Decodes what the encoder made, as if the kernel had dumped it. */
static int take(struct gws_nl_msg *msg, void *data)
{
	struct gws_attrs attrs = gws_nl_msg_attrs(msg);
	struct sink *sink = data;

	sink->messages++;
	if (gws_nl_msg_size(msg) > sink->largest)
		sink->largest = gws_nl_msg_size(msg);
	sink->err = sink->get(&attrs, sink->arena, &sink->config);
	gws_nl_msg_free(msg);
	return sink->err;
}

static int setup(void **state)
{
	struct sink *sink = calloc(1, sizeof(*sink));

	sink->arena = gws_arena_create();
	*state = sink;
	return 0;
}

static int teardown(void **state)
{
	struct sink *sink = *state;

	gws_arena_destroy(sink->arena);
	free(sink);
	return 0;
}

static void test_listener(void **state)
{
	struct gws_msg_bind binds[] = {
		{ .port = 30731, .kind = GWS_BIND_NODEPORT },
		{ .addr = { { 192, 0, 2, 1 }, 4 }, .port = 80,
		  .kind = GWS_BIND_ADDRESS },
		{ .addr = { { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 }, 16 },
		  .port = 80, .kind = GWS_BIND_ADDRESS },
	};
	struct gws_msg_net senders[] = { { { { 198, 51, 100, 7 }, 4 }, 32 } };
	struct gws_msg_net trusted[] = {
		{ { { 10 }, 4 }, 8 },
		{ { { 0x20, 0x01, 0x0d, 0xb8 }, 16 }, 32 },
	};
	struct gws_msg_limit limits[] = { { .name = "idle_timeout", .value = 5000 } };
	struct gws_msg_listener in = {
		.id = 7, .digest = 0xfedcba9876543210, .namespace = "gw-demo",
		.gateway = "web-gw", .section = "http", .hostname = "*.a.b",
		.protocol = GWS_PROTOCOL_HTTP, .port = 80,
		.binds = binds, .n_binds = 3,
		.client = { GWS_CLIENT_F_PROXY | GWS_CLIENT_F_FORWARDED,
			    senders, 1, trusted, 2, limits, 1 },
	};
	struct sink *sink = *state;
	struct gws_msg_listener *out;

	sink->get = gws_msg_get_listener;
	assert_int_equal(gws_msg_put_listener(&in, take, sink), 0);
	assert_int_equal(sink->messages, 1);
	assert_int_equal(sink->config.n_listeners, 1);
	out = &sink->config.listeners[0];
	assert_int_equal(out->id, 7);
	assert_true(out->digest == in.digest);
	assert_string_equal(out->namespace, "gw-demo");
	assert_string_equal(out->gateway, "web-gw");
	assert_string_equal(out->section, "http");
	assert_string_equal(out->hostname, "*.a.b");
	assert_null(out->set);
	assert_null(out->set_namespace);
	assert_int_equal(out->protocol, GWS_PROTOCOL_HTTP);
	assert_int_equal(out->port, 80);
	assert_int_equal(out->n_binds, 3);
	assert_memory_equal(out->binds, binds, sizeof(binds));
	assert_int_equal(out->client.flags, in.client.flags);
	assert_int_equal(out->client.n_senders, 1);
	assert_memory_equal(out->client.senders, senders, sizeof(senders));
	assert_int_equal(out->client.n_trusted, 2);
	assert_memory_equal(out->client.trusted, trusted, sizeof(trusted));
	assert_int_equal(out->client.n_limits, 1);
	assert_string_equal(out->client.limits[0].name, "idle_timeout");
	assert_int_equal(out->client.limits[0].value, 5000);
}

static void check_tries(const struct gws_tries *a, const struct gws_tries *b)
{
	assert_int_equal(a->timeout, b->timeout);
	assert_int_equal(a->try_timeout, b->try_timeout);
	assert_int_equal(a->retry, b->retry);
	assert_int_equal(a->attempts, b->attempts);
	assert_int_equal(a->backoff, b->backoff);
	assert_int_equal(a->n_codes, b->n_codes);
	if (a->n_codes)
		assert_memory_equal(a->codes, b->codes,
				    a->n_codes * sizeof(*a->codes));
}

static void test_table(void **state)
{
	struct gws_msg_backend backends[] = {
		{ .cluster = 1, .weight = 80, .name = "gw-demo/foo:80" },
		{ .cluster = 0, .weight = 20, .name = "gw-demo/nix:80" },
	};
	static const uint16_t codes[] = { 500, 503 };
	struct gws_msg_rule rules[] = {
		{ .kind = GWS_ROUTE_HTTP, .namespace = "gw-demo",
		  .route = "split", .name = "0", .backends = backends,
		  .n_backends = 2, .tries = {
			.timeout = 10000, .try_timeout = 500, .retry = true,
			.attempts = 3, .backoff = 100, .codes = codes,
			.n_codes = 2 } },
		{ .kind = GWS_ROUTE_GRPC, .namespace = "gw-demo",
		  .route = "empty", .name = "named",
		  .tries = { .retry = true } },
	};
	struct gws_msg_header headers[] = {
		{ .name = "x-canary", .value = "true" },
		{ .name = "a", .value = "" },
	};
	struct gws_msg_header queries[] = { { .name = "q", .value = "a b" } };
	struct gws_msg_header by_regex[] = { { .name = "x", .regex = 2 } };
	struct gws_msg_match matches[] = {
		{ .rule = 1, .path_kind = GWS_PATH_EXACT, .path = "/x",
		  .headers = headers, .n_headers = 2, .method = "PUT",
		  .queries = queries, .n_queries = 1 },
		{ .path_kind = GWS_PATH_PREFIX, .path = "/" },
		{ .path_kind = GWS_PATH_REGEX, .path_regex = 1,
		  .headers = by_regex, .n_headers = 1 },
	};
	const struct gws_dfa dfa = { .states = 1 };
	struct gws_msg_regex regexes[] = {
		{ "/a.*", &dfa, sizeof(dfa) }, { "b+", &dfa, sizeof(dfa) },
	};
	struct gws_msg_table in = {
		.id = 3, .listener = 7, .hostname = "", .rules = rules,
		.n_rules = 2, .matches = matches, .n_matches = 3,
		.regexes = regexes, .n_regexes = 2,
	};
	struct sink *sink = *state;
	struct gws_msg_table *out;

	sink->get = gws_msg_get_table;
	assert_int_equal(gws_msg_put_table(&in, take, sink), 0);
	assert_int_equal(sink->config.n_tables, 1);
	out = &sink->config.tables[0];
	assert_int_equal(out->listener, 7);
	assert_string_equal(out->hostname, "");
	assert_int_equal(out->n_rules, 2);
	assert_string_equal(out->rules[0].route, "split");
	assert_int_equal(out->rules[0].n_backends, 2);
	assert_int_equal(out->rules[0].backends[0].weight, 80);
	assert_int_equal(out->rules[0].backends[1].cluster, 0);
	assert_string_equal(out->rules[0].backends[1].name, "gw-demo/nix:80");
	assert_int_equal(out->rules[1].kind, GWS_ROUTE_GRPC);
	assert_int_equal(out->rules[1].n_backends, 0);
	check_tries(&out->rules[0].tries, &rules[0].tries);
	check_tries(&out->rules[1].tries, &rules[1].tries);
	assert_int_equal(out->n_regexes, 2);
	assert_string_equal(out->regexes[1].text, "b+");
	assert_int_equal(out->n_matches, 3);
	assert_int_equal(out->matches[2].path_regex, 1);
	assert_int_equal(out->matches[2].headers[0].regex, 2);
	assert_int_equal(out->matches[0].rule, 1);
	assert_int_equal(out->matches[0].path_kind, GWS_PATH_EXACT);
	assert_int_equal(out->matches[0].n_headers, 2);
	assert_string_equal(out->matches[0].headers[0].name, "x-canary");
	assert_string_equal(out->matches[0].headers[1].value, "");
	assert_string_equal(out->matches[0].method, "PUT");
	assert_int_equal(out->matches[0].n_queries, 1);
	assert_string_equal(out->matches[0].queries[0].name, "q");
	assert_string_equal(out->matches[0].queries[0].value, "a b");
	assert_null(out->matches[1].method);
	assert_string_equal(out->matches[1].path, "/");
}

static void check_text(const char *got, const char *want)
{
	if (got && want)
		assert_string_equal(got, want);
	else
		assert_ptr_equal(got, want);
}

static void check_fields(const struct gws_filter_field *got, size_t n_got,
			 const struct gws_filter_field *want, size_t n)
{
	size_t i;

	assert_int_equal(n_got, n);
	for (i = 0; i < n; i++) {
		check_text(got[i].name, want[i].name);
		check_text(got[i].value, want[i].value);
	}
}

static void check_texts(const char *const *got, size_t n_got,
			const char *const *want, size_t n)
{
	size_t i;

	assert_int_equal(n_got, n);
	for (i = 0; i < n; i++)
		check_text(got[i], want[i]);
}

static void check_filter(const struct gws_filter *got,
			 const struct gws_filter *want)
{
	assert_int_equal(got->kind, want->kind);
	check_fields(got->set, got->n_set, want->set, want->n_set);
	check_fields(got->add, got->n_add, want->add, want->n_add);
	check_texts(got->remove, got->n_remove, want->remove, want->n_remove);
	check_texts(got->origins, got->n_origins, want->origins,
		    want->n_origins);
	check_texts(got->methods, got->n_methods, want->methods,
		    want->n_methods);
	check_texts(got->headers, got->n_headers, want->headers,
		    want->n_headers);
	check_texts(got->expose, got->n_expose, want->expose, want->n_expose);
	assert_int_equal(got->credentials, want->credentials);
	assert_int_equal(got->max_age, want->max_age);
	check_text(got->scheme, want->scheme);
	check_text(got->hostname, want->hostname);
	assert_int_equal(got->port, want->port);
	assert_int_equal(got->status, want->status);
	assert_int_equal(got->replace, want->replace);
	check_text(got->path, want->path);
	check_text(got->prefix, want->prefix);
	check_text(got->mirror, want->mirror);
	assert_int_equal(got->cluster, want->cluster);
	assert_int_equal(got->numerator, want->numerator);
	assert_int_equal(got->denominator, want->denominator);
}

static void test_filters(void **state)
{
	struct gws_filter_field fields[] = { { "X-A", "1" }, { "x-b", "" } };
	const char *names[] = { "X-C" };
	const char *origins[] = { "https://a", "*" };
	struct gws_filter filters[] = {
		{ .kind = GWS_FILTER_REQUEST_HEADERS, .set = fields, .n_set = 2,
		  .add = fields, .n_add = 1, .remove = names, .n_remove = 1 },
		{ .kind = GWS_FILTER_REDIRECT, .scheme = "https", .port = 8443,
		  .status = 308, .replace = GWS_REPLACE_FULL, .path = "/x" },
		{ .kind = GWS_FILTER_CORS, .origins = origins, .n_origins = 2,
		  .methods = names, .n_methods = 1, .headers = origins,
		  .n_headers = 1, .expose = origins, .n_expose = 2,
		  .credentials = true, .max_age = 0 },
		{ .kind = GWS_FILTER_REWRITE, .hostname = "a.example",
		  .replace = GWS_REPLACE_PREFIX, .path = "", .prefix = "" },
		{ .kind = GWS_FILTER_MIRROR, .mirror = "ns/svc:80", .cluster = 5,
		  .numerator = 0, .denominator = INT32_MAX },
	};
	struct gws_msg_backend backend = {
		.name = "ns/svc:80", .filters = &filters[3], .n_filters = 2,
	};
	struct gws_msg_rule rule = {
		.namespace = "ns", .route = "r", .name = "0",
		.backends = &backend, .n_backends = 1, .filters = filters,
		.n_filters = 3,
	};
	struct gws_msg_table in = {
		.id = 3, .listener = 7, .hostname = "", .rules = &rule,
		.n_rules = 1,
	};
	struct sink *sink = *state;
	struct gws_msg_rule *out;

	sink->get = gws_msg_get_table;
	assert_int_equal(gws_msg_put_table(&in, take, sink), 0);
	out = &sink->config.tables[0].rules[0];
	assert_int_equal(out->n_filters, 3);
	check_filter(&out->filters[0], &filters[0]);
	check_filter(&out->filters[1], &filters[1]);
	check_filter(&out->filters[2], &filters[2]);
	assert_int_equal(out->backends[0].n_filters, 2);
	check_filter(&out->backends[0].filters[0], &filters[3]);
	check_filter(&out->backends[0].filters[1], &filters[4]);
}

/* Parts join to the whole, in order, and none is near 64 KiB. */
static void test_split(void **state)
{
	enum { N = 5000 };
	struct gws_msg_endpoint *endpoints = calloc(N, sizeof(*endpoints));
	struct gws_msg_cluster in = {
		.id = 9, .digest = 1, .name = "ns/svc:80",
		.protocol = GWS_PROTOCOL_HTTP, .endpoints = endpoints,
		.n_endpoints = N,
	};
	struct sink *sink = *state;
	struct gws_msg_cluster *out;
	size_t i;

	for (i = 0; i < N; i++) {
		endpoints[i].addr.len = i % 2 ? 16 : 4;
		endpoints[i].addr.bytes[0] = i >> 8;
		endpoints[i].addr.bytes[3] = i;
		endpoints[i].port = 1 + i;
		endpoints[i].flags = GWS_EP_F_READY;
	}
	sink->get = gws_msg_get_cluster;
	assert_int_equal(gws_msg_put_cluster(&in, take, sink), 0);
	assert_true(sink->messages > 3);
	assert_true(sink->largest < 40000);
	assert_int_equal(sink->config.n_clusters, 1);
	out = &sink->config.clusters[0];
	assert_string_equal(out->name, "ns/svc:80");
	assert_int_equal(out->n_endpoints, N);
	for (i = 0; i < N; i++) {
		assert_int_equal(out->endpoints[i].port, (uint16_t)(1 + i));
		assert_memory_equal(&out->endpoints[i].addr,
				    &endpoints[i].addr,
				    sizeof(endpoints[i].addr));
	}
	free(endpoints);
}

/* A rule that starts behind the limit goes into a part of its own. */
static void test_split_table(void **state)
{
	enum { N = 400 };
	struct gws_msg_rule *rules = calloc(N, sizeof(*rules));
	struct gws_msg_match *matches = calloc(N, sizeof(*matches));
	struct gws_msg_table in = {
		.id = 1, .listener = 1, .hostname = "h", .rules = rules,
		.n_rules = N, .matches = matches, .n_matches = N,
	};
	char path[200];
	struct sink *sink = *state;
	size_t i;

	memset(path, 'p', sizeof(path) - 1);
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	for (i = 0; i < N; i++) {
		rules[i] = (struct gws_msg_rule){
			.kind = GWS_ROUTE_HTTP, .namespace = "ns",
			.route = "r", .name = "0",
		};
		matches[i] = (struct gws_msg_match){
			.rule = N - 1 - i, .path_kind = GWS_PATH_EXACT,
			.path = path,
		};
	}
	sink->get = gws_msg_get_table;
	assert_int_equal(gws_msg_put_table(&in, take, sink), 0);
	assert_true(sink->messages > 2);
	assert_int_equal(sink->config.tables[0].n_rules, N);
	assert_int_equal(sink->config.tables[0].n_matches, N);
	for (i = 0; i < N; i++)
		assert_int_equal(sink->config.tables[0].matches[i].rule,
				 N - 1 - i);
	free(matches);
	free(rules);
}

static int get_one(struct sink *sink, struct gws_nl_msg *msg)
{
	take(msg, sink);
	return sink->err;
}

static void test_malformed(void **state)
{
	struct sink *sink = *state;
	struct gws_nl_msg *msg;

	sink->get = gws_msg_get_cluster;
	/* no id */
	msg = gws_nl_msg_new(GWS_CMD_GET_CLUSTER);
	gws_nl_put_str(msg, GWS_A_NAME, "ns/svc:80");
	assert_int_equal(get_one(sink, msg), -EBADMSG);
	/* no name */
	assert_int_equal(get_one(sink, gws_msg_del(GWS_CMD_GET_CLUSTER, 1)),
			 -EBADMSG);
	/* an id of the wrong size */
	msg = gws_nl_msg_new(GWS_CMD_GET_CLUSTER);
	gws_nl_put_u16(msg, GWS_A_ID, 1);
	assert_int_equal(get_one(sink, msg), -EBADMSG);
	/* a name without its end */
	msg = gws_msg_del(GWS_CMD_GET_CLUSTER, 1);
	gws_nl_put_data(msg, GWS_A_NAME, "abcd", 4);
	assert_int_equal(get_one(sink, msg), -EBADMSG);
	/* a name that ends early */
	msg = gws_msg_del(GWS_CMD_GET_CLUSTER, 1);
	gws_nl_put_data(msg, GWS_A_NAME, "ab\0d", 5);
	assert_int_equal(get_one(sink, msg), -EBADMSG);
	/* the continuation of something else */
	msg = gws_msg_del(GWS_CMD_GET_CLUSTER, 99);
	gws_nl_put_u32(msg, GWS_A_FLAGS, GWS_F_APPEND);
	assert_int_equal(get_one(sink, msg), -EBADMSG);
}

static void test_address_length(void **state)
{
	struct sink *sink = *state;
	struct gws_nl_msg *msg;
	struct nlattr *nest;

	sink->get = gws_msg_get_cluster;
	msg = gws_msg_del(GWS_CMD_GET_CLUSTER, 1);
	gws_nl_put_str(msg, GWS_A_NAME, "ns/svc:80");
	nest = gws_nl_nest_begin(msg, GWS_A_ENDPOINT);
	gws_nl_put_data(msg, GWS_A_EP_ADDR, "12345", 5);
	gws_nl_nest_end(msg, nest);
	assert_int_equal(get_one(sink, msg), -EBADMSG);
}

/* A newer module may say more. */
static void test_unknown_attribute(void **state)
{
	struct sink *sink = *state;
	struct gws_nl_msg *msg;

	sink->get = gws_msg_get_cluster;
	msg = gws_msg_del(GWS_CMD_GET_CLUSTER, 1);
	gws_nl_put_str(msg, 999, "what");
	gws_nl_put_str(msg, GWS_A_NAME, "ns/svc:80");
	assert_int_equal(get_one(sink, msg), 0);
}

static void test_info(void **state)
{
	struct sink *sink = *state;
	struct gws_nl_msg *msg = gws_nl_msg_new(GWS_CMD_GET_INFO);
	struct gws_msg_info info = { 0 };
	struct gws_attrs attrs;
	struct nlattr *nest;

	gws_nl_put_str(msg, GWS_A_VERSION, "1.2.3");
	gws_nl_put_u32(msg, GWS_A_ABI, 5);
	gws_nl_put_u64(msg, GWS_A_GENERATION, 1ULL << 40);
	nest = gws_nl_nest_begin(msg, GWS_A_COUNTER);
	gws_nl_put_str(msg, GWS_A_CNT_NAME, "requests");
	gws_nl_put_u64(msg, GWS_A_CNT_VALUE, 42);
	gws_nl_nest_end(msg, nest);
	nest = gws_nl_nest_begin(msg, GWS_A_LIMIT);
	gws_nl_put_str(msg, GWS_A_LIM_NAME, "backlog");
	gws_nl_put_u64(msg, GWS_A_LIM_VALUE, 1);
	gws_nl_put_u64(msg, GWS_A_LIM_DEFAULT, 2);
	gws_nl_nest_end(msg, nest);
	attrs = gws_nl_msg_attrs(msg);
	assert_int_equal(gws_msg_get_info(&attrs, sink->arena, &info), 0);
	assert_string_equal(info.version, "1.2.3");
	assert_int_equal(info.abi, 5);
	assert_true(info.generation == 1ULL << 40);
	assert_int_equal(info.n_counters, 1);
	assert_int_equal(info.counters[0].value, 42);
	assert_int_equal(info.limits[0].def, 2);
	gws_nl_msg_free(msg);
}

/* The question, and an answer as the kernel has it. */
static void test_route_test(void **state)
{
	static const struct gws_msg_addr addr = { { 10, 0, 0, 1 }, 4 };
	static const uint16_t answers[] = { GWS_FILTER_UNSPEC, GWS_FILTER_CORS };
	struct gws_nl_msg *msg = gws_msg_test_route(&addr, 80, "GET", 3);
	struct gws_arena *arena = gws_arena_create();
	struct gws_msg_tested tested = { 0 };
	struct gws_attrs attrs, rest;
	const struct nlattr *attr;
	struct nlattr *nest;
	int seen = 0, i;

	(void)state;
	attrs = gws_nl_msg_attrs(msg);
	gws_attr_for_each(attr, attrs, rest)
		seen = seen * 100 + gws_attr_type(attr);
	assert_int_equal(seen, GWS_A_BIND * 100 + GWS_A_REQUEST);
	gws_nl_msg_free(msg);

	msg = gws_nl_msg_new(GWS_CMD_TEST_ROUTE);
	gws_nl_put_u8(msg, GWS_A_TESTED, GWS_TESTED_FILTER);
	gws_nl_put_u8(msg, GWS_A_FILTER, GWS_FILTER_REDIRECT);
	gws_nl_put_u16(msg, GWS_A_STATUS, 308);
	gws_nl_put_str(msg, GWS_A_LOCATION, "http://a/");
	gws_nl_put_u64(msg, GWS_A_GENERATION, 7);
	gws_nl_put_u32(msg, GWS_A_LISTENER, 3);
	gws_nl_put_data(msg, GWS_A_ANSWERS, answers, sizeof(answers));
	for (i = 0; i < 2; i++) {
		nest = gws_nl_nest_begin(msg, GWS_A_TRIED);
		gws_nl_put_u32(msg, GWS_A_TRIED_TABLE, 5);
		gws_nl_put_u32(msg, GWS_A_TRIED_MATCH, 6 + i);
		gws_nl_put_u8(msg, GWS_A_TRIED_MISS, i ? GWS_MISS_HEADER : 0);
		gws_nl_put_u32(msg, GWS_A_TRIED_WHICH, i);
		gws_nl_nest_end(msg, nest);
	}
	attrs = gws_nl_msg_attrs(msg);
	assert_int_equal(gws_msg_get_tested(&attrs, arena, &tested), 0);
	assert_int_equal(tested.verdict, GWS_TESTED_FILTER);
	assert_int_equal(tested.filter, GWS_FILTER_REDIRECT);
	assert_int_equal(tested.status, 308);
	assert_string_equal(tested.location, "http://a/");
	assert_int_equal(tested.generation, 7);
	assert_int_equal(tested.listener, 3);
	assert_int_equal(tested.n_answers, 2);
	assert_int_equal(tested.answers[0], GWS_FILTER_UNSPEC);
	assert_int_equal(tested.answers[1], GWS_FILTER_CORS);
	assert_int_equal(tested.n_tried, 2);
	assert_int_equal(tested.tried[0].match, 6);
	assert_int_equal(tested.tried[1].miss, GWS_MISS_HEADER);
	assert_int_equal(tested.tried[1].which, 1);
	gws_nl_msg_free(msg);
	gws_arena_destroy(arena);
}

int main(void)
{
#define CASE(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_listener), CASE(test_route_test),
		CASE(test_table), CASE(test_filters), CASE(test_split),
		CASE(test_split_table), CASE(test_malformed),
		CASE(test_address_length), CASE(test_unknown_attribute),
		CASE(test_info),
	};

	return cmocka_run_group_tests_name("msg", tests, NULL, NULL);
}
