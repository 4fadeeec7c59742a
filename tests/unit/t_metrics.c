// SPDX-License-Identifier: MIT
/*
 * Metrics: what Prometheus makes of them, how many a route has, and how the
 * daemon's endpoint answers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/wait.h>
#include <cmocka.h>

#include "../../kmod/counters.h"
#include "../../kmod/http_parse.h"
#include "../../kmod/limits.h"
#include "../../userspace/gwsteerd/metrics_server.h"
#include "../../userspace/lib/metrics.h"

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

/* All that the module has. */
static struct gws_msg_counter counters[] = {
#define X(name) { #name, 7 },
	GWS_COUNTER_LIST(X)
	GWS_GAUGE_LIST(X)
#undef X
	{ "listeners", 1 }, { "tables", 2 }, { "clusters", 3 }, { "binds", 4 },
#define X(name) { "reason_" #name, 5 },
	GWS_REASON_LIST(X)
#undef X
#define X(name, status) { "reason_" #name, 6 },
	GWS_HTTP_ERRORS(X)
#undef X
};

static const struct gws_msg_info info = {
	.version = "1.0\"\\\n", .abi = GWS_ABI, .generation = 9, .memory = 4096,
	.counters = counters, .n_counters = COUNT(counters),
};

/* A figure in every place. */
static const struct gws_msg_stats figures = {
	.requests = 100, .errors = 8,
	.class = { 1, 2, 3, 4, 5, 6 },
	.latency = { [0] = 1, [9] = 2, [10] = 4, [21] = 8, [23] = 16 },
	.latency_sum = 1234567,
	.error = { 1, 1, 1, 1, 1, 1, 1, 1 },
};

static struct gws_msg_stat stat(const char *route, const char *rule,
				const char *section, const char *backend)
{
	return (struct gws_msg_stat){
		.namespace = "gw", .gateway = "web", .section = section,
		.rule = { .kind = GWS_ROUTE_HTTP, .namespace = "ns",
			  .route = route, .name = rule },
		.has_backend = backend != NULL,
		.backend = { .name = backend, .weight = 1 },
		.stats = figures,
	};
}

static char *text_of(const struct gws_metrics *metrics)
{
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_int_equal(gws_metrics_write(out, metrics), 0);
	fclose(out);
	return text;
}

/* Two rules, two listeners, two backends: of each route. */
static char *two_routes(void)
{
	static const char *const routes[] = { "one", "two" };
	static const char *const rules[] = { "0", "1" };
	static const char *const sections[] = { "http", "alt" };
	struct gws_msg_stat stats[24];
	struct gws_metrics metrics = {
		.info = &info, .stats = stats, .has_wanted = true, .wanted = 10,
	};
	size_t i, route, rule, section;

	for (i = 0; i < 8; i++) {
		route = i / 4;
		rule = i / 2 % 2;
		section = i % 2;
		stats[metrics.n_stats++] = stat(routes[route], rules[rule],
						sections[section], NULL);
		stats[metrics.n_stats++] = stat(routes[route], rules[rule],
						sections[section], "ns/foo:80");
		stats[metrics.n_stats++] = stat(routes[route], rules[rule],
						sections[section], "ns/bar:80");
	}
	return text_of(&metrics);
}

static size_t lines_with(const char *text, const char *part)
{
	size_t n = 0;

	while ((text = strstr(text, part))) {
		n++;
		text += strcspn(text, "\n");
	}
	return n;
}

static void has(const char *text, const char *line)
{
	if (!strstr(text, line))
		fail_msg("no %s in:\n%s", line, text);
}

static void test_series_of_a_route(void **state)
{
	char *text = two_routes();

	(void)state;
	assert_in_range(lines_with(text, "route=\"ns/one\""), 20, 20);
	assert_in_range(lines_with(text, "route=\"ns/two\""), 20, 20);
	free(text);
}

#define OF "{gateway=\"gw/web\",route_kind=\"HTTPRoute\",route=\"ns/one\""

/* Sums over four: two rules at two listeners. */
static void test_values(void **state)
{
	char *text = two_routes();

	(void)state;
	has(text, "\ngwsteer_http_requests_total" OF ",code_class=\"5xx\"} 24\n");
	has(text, "\ngwsteer_http_requests_total" OF ",code_class=\"none\"} 4\n");
	has(text, "_duration_seconds_bucket" OF ",le=\"0.000512\"} 12\n");
	has(text, "_duration_seconds_bucket" OF ",le=\"0.008192\"} 28\n");
	has(text, "_duration_seconds_bucket" OF ",le=\"2.097152\"} 60\n");
	has(text, "_duration_seconds_bucket" OF ",le=\"+Inf\"} 124\n");
	has(text, "_duration_seconds_count" OF "} 124\n");
	has(text, "_duration_seconds_sum" OF "} 4.938268\n");
	has(text, "upstream_errors_total" OF ",reason=\"reset\"} 4\n");
	has(text, "upstream_errors_total" OF ",reason=\"unavailable\"} 16\n");
	has(text, "upstream_requests_total" OF ",backend=\"ns/foo:80\"} 400\n");
	has(text, "\ngwsteer_config_generation{side=\"wanted\"} 10\n");
	has(text, "\ngwsteer_config_generation{side=\"kernel\"} 9\n");
	has(text, "\ngwsteer_module_info{version=\"1.0\\\"\\\\\\n\",");
	has(text, "\ngwsteer_no_route_total{reason=\"host\"} 5\n");
	has(text, "\ngwsteer_limit_hits_total{limit=\"connections\"} 5\n");
	has(text, "\ngwsteer_parse_errors_total{reason=\"bare_lf\"} 6\n");
	has(text, "\ngwsteer_failures_total{reason=\"body_malformed\"} 5\n");
	free(text);
}

/* A gauge that is missing in metrics.c would be told as a counter. */
static void test_every_gauge(void **state)
{
	static const char *const gauges[] = {
#define X(name) #name,
		GWS_GAUGE_LIST(X)
#undef X
		"listeners", "tables", "clusters", "binds",
	};
	char *text = two_routes(), line[128];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(gauges); i++) {
		snprintf(line, sizeof(line), "gwsteer_%s_total", gauges[i]);
		if (strstr(text, line) && strcmp(gauges[i], "connections"))
			fail_msg("%s is told as a counter", gauges[i]);
	}
	has(text, "# TYPE gwsteer_active_connections gauge\n");
	free(text);
}

/* Each line is a comment, or belongs to the metric that was announced last. */
static void test_families(void **state)
{
	char *text = two_routes(), *line, *rest = text, name[128] = "";
	size_t len;

	(void)state;
	while ((line = strsep(&rest, "\n")) && *line) {
		if (!strncmp(line, "# HELP ", 7)) {
			len = strcspn(line + 7, " ");
			snprintf(name, sizeof(name), "%.*s", (int)len, line + 7);
		} else if (*line != '#' && strncmp(line, name, strlen(name))) {
			fail_msg("%s under %s", line, name);
		}
	}
	free(text);
}

static void test_without_module(void **state)
{
	const struct gws_metrics metrics = { .has_wanted = true, .wanted = 3 };
	char *text = text_of(&metrics);

	(void)state;
	has(text, "\ngwsteer_config_generation{side=\"wanted\"} 3\n");
	assert_null(strstr(text, "side=\"kernel\""));
	assert_null(strstr(text, "module_info"));
	free(text);
}

static void test_promtool(void **state)
{
	char path[] = "/tmp/gws-metrics-XXXXXX", command[256], *text;
	int fd = mkstemp(path), status;

	(void)state;
	assert_true(fd >= 0);
	text = two_routes();
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	free(text);
	snprintf(command, sizeof(command),
		 "p=$(../promtool.sh) || exit 77; exec \"$p\" check metrics < %s",
		 path);
	status = system(command);
	unlink(path);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(status, 0);
}

/* --- the endpoint --- */

static char *answer(const char *request, long *len)
{
	static char buf[GWS_HEAD_MAX + GWS_HEAD_SLACK];
	size_t n = strlen(request);
	char *out = NULL;

	memset(buf, 0, sizeof(buf));
	memcpy(buf, request, n);
	*len = gws_metrics_answer(buf, n, "body", 4, &out);
	if (out)
		out[*len] = '\0';
	return out;
}

static void test_answers(void **state)
{
	static const char *const cases[][2] = {
		{ "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n", "200 OK" },
		{ "GET /metrics?x=1 HTTP/1.1\r\nHost: a\r\n\r\n", "200 OK" },
		{ "GET /metrics HTTP/1.0\r\n\r\n", "200 OK" },
		{ "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "404 Not Found" },
		{ "GET /metrics/ HTTP/1.1\r\nHost: a\r\n\r\n", "404 Not Found" },
		{ "POST /metrics HTTP/1.1\r\nHost: a\r\n\r\n",
		  "405 Method Not Allowed" },
		{ "GET /metrics HTTP/1.1\r\n\r\n", "400 Refused" },
		{ "GET /metrics HTTP/1.1\nHost: a\n\n", "400 Refused" },
		{ "GET /metrics HTTP/2.0\r\nHost: a\r\n\r\n", "505 Refused" },
	};
	char *text, *body;
	size_t i;
	long len;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		text = answer(cases[i][0], &len);
		assert_non_null(text);
		if (strncmp(text + 9, cases[i][1], strlen(cases[i][1])))
			fail_msg("%s: %s", cases[i][0], text);
		body = strstr(text, "\r\n\r\n");
		assert_non_null(body);
		assert_string_equal(body + 4, *cases[i][1] == '2' ? "body" : "");
		has(text, "\r\nConnection: close\r\n");
		free(text);
	}
}

static void test_head_and_parts(void **state)
{
	static const char request[] =
		"HEAD /metrics HTTP/1.1\r\nHost: a\r\n\r\n";
	char part[sizeof(request)], *text;
	size_t i;
	long len;

	(void)state;
	for (i = 0; i + 1 < strlen(request); i++) {
		memcpy(part, request, i);
		part[i] = '\0';
		assert_null(answer(part, &len));
		assert_int_equal(len, 0);
	}
	text = answer(request, &len);
	has(text, "\r\nContent-Length: 4\r\n");
	assert_string_equal(strstr(text, "\r\n\r\n"), "\r\n\r\n");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_series_of_a_route),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_every_gauge),
		cmocka_unit_test(test_families),
		cmocka_unit_test(test_without_module),
		cmocka_unit_test(test_promtool),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_head_and_parts),
	};

	return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
