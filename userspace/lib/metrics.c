// SPDX-License-Identifier: MIT
/*
 * The module's totals, and what the daemon says of its configuration. All series
 * of a metric stand together, as the format wants them.
 */
#define _GNU_SOURCE
#include <inttypes.h>
#include <string.h>

#include "fault.h"
#include "jsonx.h"
#include "metrics_text.h"
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
	{ "mirrors", "mirrors_total",
	  "Copies of requests that filters asked for." },
	{ "mirrors_answered", "mirrors_answered_total",
	  "Copies of requests that were answered." },
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
	{ "mirrors_under_way", "active_mirrors",
	  "Copies of requests that wait for a connection or an answer." },
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
	{ "mirror_", "mirrors_lost_total", "reason",
	  "Copies of requests that were not sent, or not answered." },
};

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

void gws_metrics_help(FILE *out, const char *metric, const char *type,
		      const char *help)
{
	int len = strcspn(metric, "{");

	fprintf(out, "# HELP gwsteer_%.*s %s\n# TYPE gwsteer_%.*s %s\n", len,
		metric, help, len, metric, type);
}

void gws_metrics_label(FILE *out, const char *text)
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
			gws_metrics_help(out, totals[i].metric, "counter",
				 totals[i].help);
		fprintf(out, "gwsteer_%s %" PRIu64 "\n", totals[i].metric,
			*value);
	}
	for (i = 0; i < COUNT(gauges); i++) {
		value = counter(info, gauges[i].counter);
		if (!value)
			continue;
		gws_metrics_help(out, gauges[i].metric, "gauge", gauges[i].help);
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
		gws_metrics_help(out, metric, "counter",
			 "Heads and bodies that are not HTTP as it should be.");
	} else if (kind == FAILURE) {
		gws_metrics_help(out, metric, "counter",
			 "Requests and connections that ended early.");
	} else {
		metric = reasons[kind].metric;
		label = reasons[kind].label;
		if (reasons[kind].help)
			gws_metrics_help(out, metric, "counter", reasons[kind].help);
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

	gws_metrics_help(out, "module_info", "gauge", "The module that is loaded.");
	fputs("gwsteer_module_info{version=\"", out);
	gws_metrics_label(out, m->info->version);
	fprintf(out, "\",abi=\"%u\"} 1\n", m->info->abi);
	gws_metrics_help(out, "memory_bytes", "gauge", "Memory of the configuration.");
	fprintf(out, "gwsteer_memory_bytes %" PRIu64 "\n", m->info->memory);
	put_totals(out, m->info);
	put_others(out, m->info);
	for (kind = 0; kind <= PARSE; kind++)
		put_reasons(out, m->info, kind);
}

/*
 * Both counters tell of connections that are being made, too. They are not read
 * at one moment, and a request that pauses before its next try has none.
 */
static void put_upstreams(FILE *out, const struct gws_metrics *m)
{
	static const char metric[] = "upstream_connections";
	const uint64_t *made = counter(m->info, "upstream_connects");
	const uint64_t *ended = counter(m->info, "upstream_closed");
	uint64_t open, active = 0;
	size_t i;

	if (!made || !ended)
		return;
	for (i = 0; i < m->n_stats; i++)
		active += m->stats[i].has_backend ? m->stats[i].stats.active :
						    0;
	open = *made > *ended ? *made - *ended : 0;
	if (active > open)
		active = open;
	gws_metrics_help(out, metric, "gauge",
			 "Connections to endpoints: with a request, and without.");
	fprintf(out, "gwsteer_%s{state=\"active\"} %" PRIu64 "\n"
		"gwsteer_%s{state=\"idle\"} %" PRIu64 "\n", metric, active,
		metric, open - active);
}

/* --- of the daemon --- */

static const char *const conditions[GWS_METRICS_CONDITIONS] = {
	"Accepted", "Programmed", "ResolvedRefs", "Conflicted",
	"PartiallyInvalid",
};

/* A push that failed has a gauge of its own. */
static void count_fault(const struct gws_fault *fault, void *data)
{
	struct gws_metrics_daemon *daemon = data;
	size_t i;

	for (i = 0; i < COUNT(conditions); i++)
		daemon->bad[i] += !fault->pending &&
				  !strcmp(conditions[i], fault->type);
}

void gws_metrics_take_status(struct gws_metrics_daemon *daemon,
			     const cJSON *status)
{
	static const char *const levels[] = { "error", "warning", "note" };
	const cJSON *push = gws_json_get(status, "push"), *applied, *item;
	size_t i;

	memset(daemon, 0, sizeof(*daemon));
	daemon->known = status != NULL;
	daemon->wanted = gws_json_int(gws_json_get(status, "generation"),
				      "wanted", 0);
	daemon->push_failed = !strcmp(gws_json_str(push, "state", ""),
				      "failed");
	daemon->refused = cJSON_GetArraySize(gws_json_get(push, "refused"));
	applied = gws_json_get(push, "applied");
	daemon->applied = gws_json_int(applied, "count", 0);
	applied = gws_json_get(applied, "seconds");
	if (cJSON_IsNumber(applied))
		daemon->apply_seconds = applied->valuedouble;
	cJSON_ArrayForEach(item, gws_json_get(status, "problems"))
		for (i = 0; i < COUNT(levels); i++)
			daemon->problems[i] += !strcmp(levels[i],
				gws_json_str(item, "level", "error"));
	cJSON_ArrayForEach(item, gws_json_get(status, "objects"))
		gws_faults_of(item, count_fault, daemon);
}

static void put_gauge(FILE *out, const char *metric, const char *help,
		      uint64_t value)
{
	gws_metrics_help(out, metric, "gauge", help);
	fprintf(out, "gwsteer_%s %" PRIu64 "\n", metric, value);
}

static void put_daemon(FILE *out, const struct gws_metrics_daemon *d)
{
	size_t i;

	gws_metrics_help(out, "config_problems", "gauge",
			 "What is wrong with manifests at the moment.");
	fprintf(out, "gwsteer_config_problems{level=\"error\"} %" PRIu64 "\n"
		"gwsteer_config_problems{level=\"warning\"} %" PRIu64 "\n"
		"gwsteer_config_problems{level=\"note\"} %" PRIu64 "\n",
		d->problems[GWS_METRICS_ERROR], d->problems[GWS_METRICS_WARNING],
		d->problems[GWS_METRICS_NOTE]);
	gws_metrics_help(out, "config_bad_conditions", "gauge",
			 "Conditions of objects that say that something is wrong.");
	for (i = 0; i < COUNT(conditions); i++)
		fprintf(out, "gwsteer_config_bad_conditions{type=\"%s\"} %"
			PRIu64 "\n", conditions[i], d->bad[i]);
	put_gauge(out, "config_refused", "Objects that the kernel refuses.",
		  d->refused);
	put_gauge(out, "config_push_failed",
		  "1 while the kernel does not take the configuration.",
		  d->push_failed);
	gws_metrics_help(out, "config_apply_seconds", "summary",
			 "From when a change was seen until the kernel had it.");
	fprintf(out, "gwsteer_config_apply_seconds_sum %.6f\n"
		"gwsteer_config_apply_seconds_count %" PRIu64 "\n",
		d->apply_seconds, d->applied);
}

static void put_generations(FILE *out, const struct gws_metrics *m)
{
	gws_metrics_help(out, "config_generation", "gauge",
			 "Generation of the configuration: equal when all is applied.");
	if (m->daemon.known)
		fprintf(out, "gwsteer_config_generation{side=\"wanted\"} %"
			PRIu64 "\n", m->daemon.wanted);
	if (m->info)
		fprintf(out, "gwsteer_config_generation{side=\"kernel\"} %"
			PRIu64 "\n", m->info->generation);
}

int gws_metrics_write(FILE *out, const struct gws_metrics *metrics)
{
	put_generations(out, metrics);
	if (metrics->daemon.known)
		put_daemon(out, &metrics->daemon);
	if (metrics->info) {
		put_module(out, metrics);
		put_upstreams(out, metrics);
	}
	return gws_metrics_write_routes(out, metrics);
}
