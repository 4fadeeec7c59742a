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

/* What a daemon has to say that is not content. */
static const char status[] =
	"{\"generation\":{\"kernel\":9,\"wanted\":10},"
	"\"push\":{\"state\":\"failed\",\"refused\":[{\"key\":\"a\"},{\"key\":\"b\"}],"
	"\"applied\":{\"count\":3,\"seconds\":0.0625}},"
	"\"problems\":[{\"level\":\"error\"},{\"level\":\"note\"},{\"level\":\"error\"}],"
	"\"objects\":[{\"kind\":\"Gateway\",\"metadata\":{\"name\":\"web\"},\"status\":{"
	"\"conditions\":[{\"type\":\"Accepted\",\"status\":\"True\"},"
	"{\"type\":\"Programmed\",\"status\":\"False\",\"reason\":\"Pending\"}],"
	"\"listeners\":[{\"name\":\"http\",\"conditions\":["
	"{\"type\":\"Conflicted\",\"status\":\"True\",\"reason\":\"x\"}]}]}},"
	"{\"kind\":\"HTTPRoute\",\"metadata\":{\"name\":\"r\"},\"status\":{\"parents\":["
	"{\"parentRef\":{\"name\":\"web\"},\"conditions\":["
	"{\"type\":\"ResolvedRefs\",\"status\":\"False\",\"reason\":\"x\"},"
	"{\"type\":\"PartiallyInvalid\",\"status\":\"False\",\"reason\":\"x\"}]},"
	"{\"parentRef\":{\"name\":\"b\"},\"conditions\":["
	"{\"type\":\"ResolvedRefs\",\"status\":\"False\",\"reason\":\"x\"}]}]}}]}";

static void take_status(struct gws_metrics *metrics, const char *text)
{
	cJSON *tree = cJSON_Parse(text);

	assert_non_null(tree);
	gws_metrics_take_status(&metrics->daemon, tree);
	cJSON_Delete(tree);
}

enum { RULES = 2, SECTIONS = 2, BACKENDS_MAX = 16 };

/* Two routes of two rules at two listeners, each with so many backends. */
static char *two_routes(size_t nbackends, bool detail)
{
	static const char *const routes[] = { "one", "two" };
	static const char *const rules[] = { "0", "1" };
	static const char *const sections[] = { "http", "alt" };
	static char names[BACKENDS_MAX][32];
	struct gws_msg_stat stats[2 * RULES * SECTIONS * (1 + BACKENDS_MAX)];
	struct gws_metrics metrics = {
		.info = &info, .stats = stats, .detail = detail,
	};
	size_t i, b;

	assert_in_range(nbackends, 0, BACKENDS_MAX);
	for (i = 0; i < 2 * RULES * SECTIONS; i++) {
		stats[metrics.n_stats++] = stat(routes[i / 4], rules[i / 2 % 2],
						sections[i % 2], NULL);
		/* Not in the order of their names. */
		for (b = nbackends; b--; ) {
			snprintf(names[b], sizeof(names[b]), "ns/b%02zu:80", b);
			stats[metrics.n_stats++] = stat(routes[i / 4],
				rules[i / 2 % 2], sections[i % 2], names[b]);
		}
	}
	take_status(&metrics, status);
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

static void hasnt(const char *text, const char *part)
{
	if (strstr(text, part))
		fail_msg("%s in:\n%s", part, text);
}

/* 20 is all that a route may have, whatever it sends to. */
static void test_series_of_a_route(void **state)
{
	static const struct {
		size_t backends;
		size_t series;
	} cases[] = { { 0, 17 }, { 1, 18 }, { 2, 19 }, { 3, 20 }, { 4, 20 },
		      { 16, 20 } };
	char *text;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		text = two_routes(cases[i].backends, false);
		assert_int_equal(lines_with(text, "route=\"ns/one\""),
				 cases[i].series);
		assert_int_equal(lines_with(text, "route=\"ns/two\""),
				 cases[i].series);
		free(text);
	}
}

/* Errors are of backends then; rules that have none count theirs as of none. */
static void test_series_in_detail(void **state)
{
	static const struct {
		size_t backends;
		size_t series;
	} cases[] = { { 0, 13 + GWS_ERRORS }, { 1, 13 + 33 }, { 3, 13 + 3 * 33 },
		      { 16, 13 + 16 * 33 } };
	char *text;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		text = two_routes(cases[i].backends, true);
		assert_int_equal(lines_with(text, "route=\"ns/two\""),
				 cases[i].series);
		free(text);
	}
}

#define OF "{gateway=\"gw/web\",route_kind=\"HTTPRoute\",route=\"ns/one\""

/* Sums over four: two rules at two listeners. */
static void test_values(void **state)
{
	char *text = two_routes(2, false);

	(void)state;
	has(text, "\ngwsteer_http_requests_total" OF ",code_class=\"5xx\"} 24\n");
	has(text, "\ngwsteer_http_requests_total" OF ",code_class=\"other\"} 12\n");
	has(text, "_duration_seconds_bucket" OF ",le=\"0.004096\"} 28\n");
	has(text, "_duration_seconds_bucket" OF ",le=\"1.048576\"} 28\n");
	has(text, "_duration_seconds_bucket" OF ",le=\"+Inf\"} 124\n");
	has(text, "_duration_seconds_count" OF "} 124\n");
	has(text, "_duration_seconds_sum" OF "} 4.938268\n");
	has(text, "upstream_errors_total" OF ",reason=\"reset\"} 8\n");
	has(text, "upstream_errors_total" OF ",reason=\"unavailable\"} 16\n");
	has(text, "upstream_requests_total" OF ",backend=\"ns/b01:80\"} 400\n");
	hasnt(text, "upstream_duration_seconds");
	free(text);
}

static void test_values_of_the_node(void **state)
{
	char *text = two_routes(2, false);

	(void)state;
	has(text, "\ngwsteer_config_generation{side=\"wanted\"} 10\n");
	has(text, "\ngwsteer_config_generation{side=\"kernel\"} 9\n");
	has(text, "\ngwsteer_config_problems{level=\"error\"} 2\n");
	has(text, "\ngwsteer_config_problems{level=\"warning\"} 0\n");
	has(text, "\ngwsteer_config_problems{level=\"note\"} 1\n");
	has(text, "\ngwsteer_config_bad_conditions{type=\"Accepted\"} 0\n");
	has(text, "\ngwsteer_config_bad_conditions{type=\"Programmed\"} 0\n");
	has(text, "\ngwsteer_config_bad_conditions{type=\"ResolvedRefs\"} 2\n");
	has(text, "\ngwsteer_config_bad_conditions{type=\"Conflicted\"} 1\n");
	has(text, "\ngwsteer_config_bad_conditions{type=\"PartiallyInvalid\"} 0\n");
	has(text, "\ngwsteer_config_refused 2\n");
	has(text, "\ngwsteer_config_push_failed 1\n");
	has(text, "\ngwsteer_config_apply_seconds_sum 0.062500\n");
	has(text, "\ngwsteer_config_apply_seconds_count 3\n");
	has(text, "\ngwsteer_module_info{version=\"1.0\\\"\\\\\\n\",");
	has(text, "\ngwsteer_no_route_total{reason=\"host\"} 5\n");
	has(text, "\ngwsteer_limit_hits_total{limit=\"connections\"} 5\n");
	has(text, "\ngwsteer_mirrors_total 7\n");
	has(text, "\ngwsteer_upstream_reuse_total 7\n");
	has(text, "\ngwsteer_memory_bytes 4096\n");
	has(text, "\ngwsteer_mirrors_lost_total{reason=\"no_endpoint\"} 5\n");
	has(text, "\ngwsteer_parse_errors_total{reason=\"bare_lf\"} 6\n");
	has(text, "\ngwsteer_failures_total{reason=\"body_malformed\"} 5\n");
	free(text);
}

/* From the fourth on they are one, which has what all of them have. */
static void test_other_backends(void **state)
{
	char *text = two_routes(3, false);

	(void)state;
	has(text, "upstream_requests_total" OF ",backend=\"ns/b02:80\"} 400\n");
	hasnt(text, "backend=\"other\"");
	free(text);
	text = two_routes(16, false);
	has(text, "upstream_requests_total" OF ",backend=\"ns/b00:80\"} 400\n");
	has(text, "upstream_requests_total" OF ",backend=\"ns/b01:80\"} 400\n");
	has(text, "upstream_requests_total" OF ",backend=\"other\"} 5600\n");
	hasnt(text, "ns/b02:80");
	free(text);
}

/* Each line is a comment, or belongs to the metric that was announced last. */
static void check_families(char *text)
{
	char *line, *rest = text, name[128] = "";
	size_t len;

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

/* What it takes to judge one backend beside another. */
static void test_detail(void **state)
{
	char *text = two_routes(16, true);

	(void)state;
	has(text, "upstream_requests_total" OF
	    ",backend=\"ns/b15:80\",code_class=\"5xx\"} 24\n");
	has(text, "upstream_requests_total" OF
	    ",backend=\"ns/b00:80\",code_class=\"none\"} 4\n");
	has(text, "upstream_duration_seconds_bucket" OF
	    ",backend=\"ns/b15:80\",le=\"0.000128\"} 4\n");
	has(text, "upstream_duration_seconds_bucket" OF
	    ",backend=\"ns/b15:80\",le=\"0.000512\"} 12\n");
	has(text, "upstream_duration_seconds_bucket" OF
	    ",backend=\"ns/b15:80\",le=\"2.097152\"} 60\n");
	has(text, "upstream_duration_seconds_bucket" OF
	    ",backend=\"ns/b15:80\",le=\"+Inf\"} 124\n");
	has(text, "upstream_duration_seconds_sum" OF
	    ",backend=\"ns/b15:80\"} 4.938268\n");
	has(text, "upstream_errors_total" OF
	    ",backend=\"ns/b15:80\",reason=\"protocol\"} 4\n");
	has(text, "http_requests_total" OF ",code_class=\"other\"} 12\n");
	hasnt(text, "upstream_errors_total" OF ",reason=");
	hasnt(text, "backend=\"other\"");
	hasnt(text, "backend=\"\"");
	free(text);
}

/*
 * In detail the errors of all backends and of none are those of the route: the
 * first rule has backends, one of which is no more; the second has none; the third
 * has one that gets nothing any more, but got half of its errors.
 */
static void test_errors_of_no_backend(void **state)
{
	struct gws_msg_stat stats[] = {
		stat("one", "0", "http", "a/b:1"),
		stat("one", "2", "http", "a/b:1"),
		stat("one", "2", "http", NULL), stat("one", "1", "http", NULL),
		stat("one", "0", "http", NULL), stat("one", "1", "alt", NULL),
	};
	struct gws_metrics metrics = { .info = &info, .stats = stats,
				       .n_stats = COUNT(stats), .detail = true };
	uint64_t *e = stats[1].stats.error;
	char *text;
	int i;

	(void)state;
	stats[1].backend.weight = 0;
	for (i = 0; i < GWS_ERRORS; i++)
		stats[2].stats.error[i] = 2;
	e[GWS_ERROR_LIMIT] = 5;
	stats[4].stats.error[GWS_ERROR_INVALID] = 9;
	text = text_of(&metrics);
	has(text, "upstream_errors_total" OF
	    ",backend=\"a/b:1\",reason=\"timeout\"} 2\n");
	has(text, "upstream_errors_total" OF
	    ",backend=\"\",reason=\"timeout\"} 3\n");
	has(text, "upstream_errors_total" OF
	    ",backend=\"\",reason=\"invalid\"} 3\n");
	/* Read at another moment than the rule's: not below nothing. */
	has(text, "upstream_errors_total" OF
	    ",backend=\"\",reason=\"limit\"} 2\n");
	assert_int_equal(lines_with(text, "backend=\"\""), GWS_ERRORS);
	check_families(text);
}

/* Connections that are open, less those that serve a request. */
static void test_upstreams(void **state)
{
	static const struct {
		uint64_t made, ended, active;
		const char *want[2];
	} cases[] = {
		{ 9, 2, 3, { "active\"} 3\n", "idle\"} 4\n" } },
		{ 9, 2, 8, { "active\"} 7\n", "idle\"} 0\n" } },
		{ 2, 3, 1, { "active\"} 0\n", "idle\"} 0\n" } },
	};
	struct gws_msg_counter two[] = {
		{ .name = "upstream_connects" }, { .name = "upstream_closed" },
	};
	struct gws_msg_info some = { .version = "1", .counters = two,
				     .n_counters = 2 };
	struct gws_msg_stat stats[] = {
		stat("one", "0", "http", NULL), stat("one", "0", "http", "a/b:1"),
	};
	struct gws_metrics metrics = { .info = &some, .stats = stats,
				       .n_stats = 2 };
	size_t i, k;
	char *text;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		two[0].value = cases[i].made;
		two[1].value = cases[i].ended;
		stats[1].stats.active = cases[i].active;
		text = text_of(&metrics);
		for (k = 0; k < 2; k++)
			has(text, cases[i].want[k]);
		free(text);
	}
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
	char *text = two_routes(2, false), line[128];
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

static void test_families(void **state)
{
	(void)state;
	check_families(two_routes(3, false));
	check_families(two_routes(3, true));
}

static void test_without_module(void **state)
{
	struct gws_metrics metrics = { 0 };
	char *text;

	(void)state;
	take_status(&metrics, "{\"generation\":{\"wanted\":3},"
			      "\"push\":{\"state\":\"done\"}}");
	text = text_of(&metrics);
	has(text, "\ngwsteer_config_generation{side=\"wanted\"} 3\n");
	has(text, "\ngwsteer_config_push_failed 0\n");
	has(text, "\ngwsteer_config_problems{level=\"error\"} 0\n");
	hasnt(text, "side=\"kernel\"");
	hasnt(text, "module_info");
	hasnt(text, "upstream_connections{");
	free(text);
}

static void test_without_daemon(void **state)
{
	struct gws_metrics metrics = { .info = &info };
	char *text;

	(void)state;
	gws_metrics_take_status(&metrics.daemon, NULL);
	text = text_of(&metrics);
	has(text, "side=\"kernel\"");
	hasnt(text, "side=\"wanted\"");
	hasnt(text, "config_problems");
	free(text);
}

/* 0, or what promtool says; 77: there is none. */
static int promtool(char *text)
{
	char path[] = "/tmp/gws-metrics-XXXXXX", command[256];
	int fd = mkstemp(path), status;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	free(text);
	snprintf(command, sizeof(command),
		 "p=$(../promtool.sh) || exit 77; exec \"$p\" check metrics < %s",
		 path);
	status = system(command);
	unlink(path);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* What a daemon serves is judged in vm/cases/49-daemon-observes, without this way out. */
static void test_promtool(void **state)
{
	int status = promtool(two_routes(3, false));

	(void)state;
	if (status == 77)
		skip();
	assert_int_equal(status, 0);
	assert_int_equal(promtool(two_routes(16, false)), 0);
	assert_int_equal(promtool(two_routes(3, true)), 0);
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
		cmocka_unit_test(test_series_in_detail),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_values_of_the_node),
		cmocka_unit_test(test_other_backends),
		cmocka_unit_test(test_detail),
		cmocka_unit_test(test_errors_of_no_backend),
		cmocka_unit_test(test_upstreams),
		cmocka_unit_test(test_every_gauge),
		cmocka_unit_test(test_families),
		cmocka_unit_test(test_without_module),
		cmocka_unit_test(test_without_daemon),
		cmocka_unit_test(test_promtool),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_head_and_parts),
	};

	return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
