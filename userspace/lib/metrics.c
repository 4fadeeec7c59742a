// SPDX-License-Identifier: MIT
/*
 * The module's totals, and what each route and its backends count. All series
 * of a metric stand together, as the format wants them.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "metrics.h"
#include "record.h"

/* Names of the module's counters that are called otherwise here. */
static const struct {
	const char *counter;
	const char *metric;	/* with its labels */
	const char *help;	/* NULL: that of the one before */
} totals[] = {
	{ "connections_accepted", "connections_total{event=\"accepted\"}",
	  "Connections of clients, by what became of them." },
	{ "connections_closed", "connections_total{event=\"closed\"}", NULL },
	{ "connections_aborted", "connections_total{event=\"aborted\"}", NULL },
	{ "connections_refused", "connections_total{event=\"refused\"}", NULL },
	{ "requests", "requests_total", "Requests whose head was understood." },
	{ "responses_1xx", "responses_total{code_class=\"1xx\"}",
	  "Responses to clients, our own included." },
	{ "responses_2xx", "responses_total{code_class=\"2xx\"}", NULL },
	{ "responses_3xx", "responses_total{code_class=\"3xx\"}", NULL },
	{ "responses_4xx", "responses_total{code_class=\"4xx\"}", NULL },
	{ "responses_5xx", "responses_total{code_class=\"5xx\"}", NULL },
	{ "bytes_rx", "received_bytes_total", "Bytes from clients." },
	{ "bytes_tx", "sent_bytes_total", "Bytes of backends to clients." },
	{ "upstream_connects", "upstream_connects_total",
	  "Connections made to endpoints." },
	{ "upstream_connect_failures", "upstream_connect_failures_total",
	  "Connections to endpoints that failed." },
	{ "upstream_reuses", "upstream_reuse_total",
	  "Requests on a connection that was there already." },
	{ "upstream_replays", "upstream_replays_total",
	  "Requests sent again since an idle connection was dead." },
	{ "upstream_closed", "upstream_closed_total",
	  "Connections to endpoints that ended." },
	{ "log_sent", "access_log_records_total{event=\"sent\"}",
	  "Records of the access log, by whether they reached their reader." },
	{ "log_lost", "access_log_records_total{event=\"lost\"}", NULL },
};

/* What there is now, rather than what has happened. */
static const struct {
	const char *counter;
	const char *metric;
	const char *help;
} gauges[] = {
	{ "connections", "active_connections", "Connections of clients." },
	{ "sockets", "sockets", "Sockets of the module." },
	{ "sources", "sources", "Addresses that have connections." },
	{ "memory_held", "socket_memory_bytes", "Memory that sockets hold." },
	{ "memory_max", "socket_memory_max_bytes",
	  "Memory beyond which connections are refused." },
	{ "log_subscribers", "access_log_readers", "Readers of the access log." },
	{ "tunnels", "tunnels", "Connections that were switched to another protocol." },
	{ "listeners", "listeners", "Listeners in the kernel." },
	{ "tables", "tables", "Tables of routes in the kernel." },
	{ "clusters", "clusters", "Ports of Services in the kernel." },
	{ "binds", "binds", "Addresses and ports that are taken." },
};

/* Reasons, by the beginning of their names; the parser's are what is left. */
static const struct {
	const char *prefix;
	const char *metric;
	const char *label;
	const char *help;
} reasons[] = {
	{ "no_listener", "no_route_total", "reason",
	  "Requests that no route took, answered 404." },
	{ "no_host", "no_route_total", "reason", NULL },
	{ "no_rule", "no_route_total", "reason", NULL },
	{ "limit_", "limit_hits_total", "limit",
	  "What was refused at a limit." },
};

/* Bounds of the histogram: 2^n microseconds. */
static const struct {
	int n;
	const char *le;
} bounds[] = {
	{ 9, "0.000512" }, { 13, "0.008192" }, { 17, "0.131072" },
	{ 21, "2.097152" },
};

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

static void put_help(FILE *out, const char *metric, const char *type,
		     const char *help)
{
	int len = strcspn(metric, "{");

	fprintf(out, "# HELP gwsteer_%.*s %s\n# TYPE gwsteer_%.*s %s\n", len,
		metric, help, len, metric, type);
}

static void put_text(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '\n')
			fputs("\\n", out);
		else if (*text == '\\' || *text == '"')
			fprintf(out, "\\%c", *text);
		else
			putc(*text, out);
	}
}

/* --- of the module --- */

static const uint64_t *counter(const struct gws_msg_info *info, const char *name)
{
	size_t i;

	for (i = 0; i < info->n_counters; i++) {
		if (!strcmp(info->counters[i].name, name))
			return &info->counters[i].value;
	}
	return NULL;
}

static void put_totals(FILE *out, const struct gws_msg_info *info)
{
	const uint64_t *value;
	size_t i;

	for (i = 0; i < COUNT(totals); i++) {
		value = counter(info, totals[i].counter);
		if (!value)
			continue;
		if (totals[i].help)
			put_help(out, totals[i].metric, "counter",
				 totals[i].help);
		fprintf(out, "gwsteer_%s %" PRIu64 "\n", totals[i].metric,
			*value);
	}
	for (i = 0; i < COUNT(gauges); i++) {
		value = counter(info, gauges[i].counter);
		if (!value)
			continue;
		put_help(out, gauges[i].metric, "gauge", gauges[i].help);
		fprintf(out, "gwsteer_%s %" PRIu64 "\n", gauges[i].metric,
			*value);
	}
}

static bool is_named(const char *name)
{
	size_t i;

	for (i = 0; i < COUNT(totals); i++) {
		if (!strcmp(totals[i].counter, name))
			return true;
	}
	for (i = 0; i < COUNT(gauges); i++) {
		if (!strcmp(gauges[i].counter, name))
			return true;
	}
	return false;
}

static const char *reason_of(const struct gws_msg_counter *c)
{
	static const char prefix[] = "reason_";

	return strncmp(c->name, prefix, strlen(prefix)) ? NULL :
	       c->name + strlen(prefix);
}

/* Counters that have no other name here: a newer module may have more. */
static void put_others(FILE *out, const struct gws_msg_info *info)
{
	const struct gws_msg_counter *c;
	size_t i;

	for (i = 0; i < info->n_counters; i++) {
		c = &info->counters[i];
		if (reason_of(c) || is_named(c->name))
			continue;
		fprintf(out, "# HELP gwsteer_%s_total The module's counter %s.\n"
			"# TYPE gwsteer_%s_total counter\n"
			"gwsteer_%s_total %" PRIu64 "\n",
			c->name, c->name, c->name, c->name, c->value);
	}
}

/* Where a reason belongs: an index of @reasons, or one of these. */
enum { FAILURE = COUNT(reasons), PARSE };

static size_t reason_kind(const char *reason)
{
	size_t i;

	for (i = 0; i < COUNT(reasons); i++) {
		if (!strncmp(reason, reasons[i].prefix,
			     strlen(reasons[i].prefix)))
			return i;
	}
	if (!strcmp(gws_record_flag(reason), "DPE") &&
	    strcmp(reason, "body_malformed"))
		return PARSE;
	return FAILURE;
}

static void put_reasons(FILE *out, const struct gws_msg_info *info, size_t kind)
{
	const char *metric = "failures_total", *label = "reason", *reason;
	size_t i, skip = 0;

	if (kind == PARSE) {
		metric = "parse_errors_total";
		put_help(out, metric, "counter",
			 "Heads and bodies that are not HTTP as it should be.");
	} else if (kind == FAILURE) {
		put_help(out, metric, "counter",
			 "Requests and connections that ended early.");
	} else {
		metric = reasons[kind].metric;
		label = reasons[kind].label;
		if (reasons[kind].help)
			put_help(out, metric, "counter", reasons[kind].help);
		/* "no_" is in the metric's name, "limit_" is the label's. */
		skip = strchr(reasons[kind].prefix, '_') + 1 -
		       reasons[kind].prefix;
	}
	for (i = 0; i < info->n_counters; i++) {
		reason = reason_of(&info->counters[i]);
		if (reason && reason_kind(reason) == kind)
			fprintf(out, "gwsteer_%s{%s=\"%s\"} %" PRIu64 "\n",
				metric, label, reason + skip,
				info->counters[i].value);
	}
}

static void put_module(FILE *out, const struct gws_metrics *m)
{
	size_t kind;

	put_help(out, "module_info", "gauge", "The module that is loaded.");
	fputs("gwsteer_module_info{version=\"", out);
	put_text(out, m->info->version);
	fprintf(out, "\",abi=\"%u\"} 1\n", m->info->abi);
	put_help(out, "memory_bytes", "gauge", "Memory of the configuration.");
	fprintf(out, "gwsteer_memory_bytes %" PRIu64 "\n", m->info->memory);
	put_totals(out, m->info);
	put_others(out, m->info);
	for (kind = 0; kind <= PARSE; kind++)
		put_reasons(out, m->info, kind);
}

static void put_generations(FILE *out, const struct gws_metrics *m)
{
	put_help(out, "config_generation", "gauge",
		 "Generation of the configuration: equal when all is applied.");
	if (m->has_wanted)
		fprintf(out, "gwsteer_config_generation{side=\"wanted\"} %"
			PRIu64 "\n", m->wanted);
	if (m->info)
		fprintf(out, "gwsteer_config_generation{side=\"kernel\"} %"
			PRIu64 "\n", m->info->generation);
}

/* --- of routes --- */

/* A route of a Gateway, or one of its backends: sums over rules and listeners. */
struct sum {
	const struct gws_msg_stat *of;	/* has the names */
	struct gws_msg_stats stats;
};

struct sums {
	struct sum *list;
	size_t n;
};

/* By names; with those of the backend for backends. */
static int compare(const void *a, const void *b)
{
	const struct gws_msg_stat *l = ((const struct sum *)a)->of;
	const struct gws_msg_stat *r = ((const struct sum *)b)->of;
	int order = strcmp(l->namespace, r->namespace);

	if (!order)
		order = strcmp(l->gateway, r->gateway);
	if (!order)
		order = (int)l->rule.kind - r->rule.kind;
	if (!order)
		order = strcmp(l->rule.namespace, r->rule.namespace);
	if (!order)
		order = strcmp(l->rule.route, r->rule.route);
	if (!order && l->has_backend)
		order = strcmp(l->backend.name, r->backend.name);
	return order;
}

static void add(struct gws_msg_stats *to, const struct gws_msg_stats *from)
{
	int i;

	to->requests += from->requests;
	to->errors += from->errors;
	to->latency_sum += from->latency_sum;
	for (i = 0; i < 6; i++)
		to->class[i] += from->class[i];
	for (i = 0; i < GWS_LATENCY_BUCKETS; i++)
		to->latency[i] += from->latency[i];
	for (i = 0; i < GWS_ERRORS; i++)
		to->error[i] += from->error[i];
}

static int sums_make(struct sums *sums, const struct gws_metrics *m,
		     bool backends)
{
	size_t i, n = 0;

	sums->list = calloc(m->n_stats + 1, sizeof(*sums->list));
	if (!sums->list)
		return -ENOMEM;
	for (i = 0; i < m->n_stats; i++) {
		if (m->stats[i].has_backend != backends)
			continue;
		sums->list[n].of = &m->stats[i];
		sums->list[n++].stats = m->stats[i].stats;
	}
	qsort(sums->list, n, sizeof(*sums->list), compare);
	for (sums->n = i = 0; i < n; i++) {
		if (sums->n &&
		    !compare(&sums->list[sums->n - 1], &sums->list[i]))
			add(&sums->list[sums->n - 1].stats,
			    &sums->list[i].stats);
		else
			sums->list[sums->n++] = sums->list[i];
	}
	return 0;
}

/* Its metric and names; more labels may follow. */
static void put_start(FILE *out, const char *metric, const struct sum *sum)
{
	const struct gws_msg_stat *of = sum->of;

	fprintf(out, "gwsteer_%s{gateway=\"", metric);
	put_text(out, of->namespace);
	putc('/', out);
	put_text(out, of->gateway);
	fprintf(out, "\",route_kind=\"%s\",route=\"",
		of->rule.kind == GWS_ROUTE_GRPC ? "GRPCRoute" : "HTTPRoute");
	put_text(out, of->rule.namespace);
	putc('/', out);
	put_text(out, of->rule.route);
	putc('"', out);
}

static void put_value(FILE *out, const char *metric, const struct sum *sum,
		      const char *label, const char *value, uint64_t number)
{
	put_start(out, metric, sum);
	if (label) {
		fprintf(out, ",%s=\"", label);
		put_text(out, value);
		putc('"', out);
	}
	fprintf(out, "} %" PRIu64 "\n", number);
}

static void put_classes(FILE *out, const struct sum *sum)
{
	static const char *const classes[] = {
		"none", "1xx", "2xx", "3xx", "4xx", "5xx",
	};
	size_t i;

	for (i = 0; i < COUNT(classes); i++)
		put_value(out, "http_requests_total", sum, "code_class",
			  classes[i], sum->stats.class[i]);
}

static void put_histogram(FILE *out, const struct sum *sum)
{
	static const char bucket[] = "http_request_duration_seconds_bucket";
	uint64_t below = 0;
	size_t i, b = 0;

	for (i = 0; i < GWS_LATENCY_BUCKETS; i++) {
		below += sum->stats.latency[i];
		if (b < COUNT(bounds) && (int)i == bounds[b].n)
			put_value(out, bucket, sum, "le", bounds[b++].le, below);
	}
	put_value(out, bucket, sum, "le", "+Inf", below);
	put_start(out, "http_request_duration_seconds_sum", sum);
	fprintf(out, "} %" PRIu64 ".%06" PRIu64 "\n",
		sum->stats.latency_sum / 1000000,
		sum->stats.latency_sum % 1000000);
	put_value(out, "http_request_duration_seconds_count", sum, NULL, NULL,
		  below);
}

static void put_errors(FILE *out, const struct sum *sum)
{
	static const char metric[] = "upstream_errors_total";
	const uint64_t *e = sum->stats.error;

	put_value(out, metric, sum, "reason", "connect", e[GWS_ERROR_CONNECT]);
	put_value(out, metric, sum, "reason", "timeout", e[GWS_ERROR_TIMEOUT]);
	put_value(out, metric, sum, "reason", "reset", e[GWS_ERROR_RESET]);
	put_value(out, metric, sum, "reason", "protocol",
		  e[GWS_ERROR_PROTOCOL]);
	put_value(out, metric, sum, "reason", "unavailable",
		  e[GWS_ERROR_NO_ENDPOINT] + e[GWS_ERROR_LIMIT] +
		  e[GWS_ERROR_INVALID] + e[GWS_ERROR_OTHER]);
}

static void put_backend(FILE *out, const struct sum *sum)
{
	put_value(out, "upstream_requests_total", sum, "backend",
		  sum->of->backend.name, sum->stats.requests);
}

static void put_family(FILE *out, const struct sums *sums, const char *metric,
		       const char *type, const char *help,
		       void (*put)(FILE *out, const struct sum *sum))
{
	size_t i;

	put_help(out, metric, type, help);
	for (i = 0; i < sums->n; i++)
		put(out, &sums->list[i]);
}

int gws_metrics_write(FILE *out, const struct gws_metrics *metrics)
{
	struct sums routes = { 0 }, backends = { 0 };
	int err = sums_make(&routes, metrics, false);

	if (!err)
		err = sums_make(&backends, metrics, true);
	if (err)
		goto out;
	put_generations(out, metrics);
	if (metrics->info)
		put_module(out, metrics);
	put_family(out, &routes, "http_requests_total", "counter",
		   "Requests of a route, by the class of what was answered.",
		   put_classes);
	put_family(out, &routes, "http_request_duration_seconds", "histogram",
		   "From the whole head of a request to that of the response.",
		   put_histogram);
	put_family(out, &routes, "upstream_errors_total", "counter",
		   "Requests that a backend did not answer, or not in full.",
		   put_errors);
	put_family(out, &backends, "upstream_requests_total", "counter",
		   "Requests that were given to a backend.", put_backend);
out:
	free(routes.list);
	free(backends.list);
	return err;
}
