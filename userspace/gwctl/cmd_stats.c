// SPDX-License-Identifier: MIT
/*
 * gwctl stats [ROUTE]: how requests were split beside how they should have
 * been, and why some were not answered by a backend: since the beginning, or
 * with --rate within a few seconds.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <time.h>

#include "../lib/jsonx.h"
#include "rows_stats.h"
#include "sample.h"

enum { RATE_COLUMNS = 3, REASON_RATE_COLUMNS = 1 };	/* the last ones */

static const struct gws_column backend_columns[] = {
	{ "NAMESPACE", "namespace", false },
	{ "ROUTE", "route", false },
	{ "RULE", "rule", false },
	{ "GATEWAY", "gateway", false },
	{ "LISTENER", "listener", false },
	{ "BACKEND", "backend", false },
	{ "WEIGHT", "weight", false },
	{ "CONFIGURED", "configured", false },
	{ "OBSERVED", "observed", false },
	{ "REQUESTS", "requests", false },
	{ "ERRORS", "errors", false },
	{ "BY", "errorsBy", false },
	{ "P50", "p50", false },
	{ "P99", "p99", false },
	{ "ACTIVE", "active", true },
	{ "2XX", "2xx", true },
	{ "3XX", "3xx", true },
	{ "4XX", "4xx", true },
	{ "5XX", "5xx", true },
	{ "RX", "bytesRx", true },
	{ "TX", "bytesTx", true },
	{ "RATE", "rate", false },
	{ "RX/S", "rxRate", true },
	{ "TX/S", "txRate", true },
};

static const struct gws_column reason_columns[] = {
	{ "REASON", "reason", false },
	{ "COUNT", "count", false },
	{ "RATE", "rate", false },
};

/* What is shown. */
struct stats {
	const struct gws_view *view;
	const struct gws_view *before;	/* NULL: all since the beginning */
	double seconds;			/* between the two */
	cJSON *rows;
	cJSON *reasons;
};

static void add_reason(cJSON *rows, const struct stats *stats,
		       const char *reason, uint64_t count)
{
	cJSON *row = gws_json_append(rows, gws_json_object());

	gws_json_add_str(row, "reason", reason);
	gws_json_add_int(row, "count", count);
	if (stats->before)
		gws_json_add(row, "rate", cJSON_CreateNumber((double)count /
							     stats->seconds));
}

/* Counters of the module by prefix: reasons, and all others. */
static cJSON *reason_rows(const struct stats *stats)
{
	static const char prefix[] = "reason_";
	cJSON *rows = gws_json_array();
	uint64_t count, old;
	size_t i;

	for (i = 0; i < stats->view->info.n_counters; i++) {
		const struct gws_msg_counter *c = &stats->view->info.counters[i];

		if (strncmp(c->name, prefix, strlen(prefix)))
			continue;
		old = stats->before ? gws_view_counter(stats->before, c->name) :
				      0;
		/* Smaller than before: of a module that was loaded anew. */
		count = c->value < old ? c->value : c->value - old;
		if (count)
			add_reason(rows, stats, c->name + strlen(prefix), count);
	}
	return rows;
}

static cJSON *totals(const struct gws_view *view)
{
	cJSON *node = gws_json_object();
	size_t i;

	for (i = 0; i < view->info.n_counters; i++) {
		if (strncmp(view->info.counters[i].name, "reason_", 7))
			gws_json_add_int(node, view->info.counters[i].name,
					 view->info.counters[i].value);
	}
	return node;
}

/* Counts since the beginning are no part of what happened in between. */
static int print_tree(const struct gws_call *call, const struct stats *stats)
{
	cJSON *rules = gws_stats_rules(stats->view, stats->seconds);
	cJSON *tree = gws_json_object();
	int err;

	gws_rows_filter(rules, call->namespace, "route",
			call->argc ? call->argv[0] : NULL);
	if (stats->before)
		gws_json_add(tree, "seconds",
			     cJSON_CreateNumber(stats->seconds));
	gws_json_add(tree, "backends", cJSON_Duplicate(stats->rows, true));
	gws_json_add(tree, "rules", rules);
	gws_json_add(tree, "reasons", cJSON_Duplicate(stats->reasons, true));
	if (!stats->before)
		gws_json_add(tree, "totals", totals(stats->view));
	err = gws_print_object(stdout, call->output, tree);
	cJSON_Delete(tree);
	return err;
}

static int print_tables(const struct gws_call *call, const struct stats *stats)
{
	size_t n = sizeof(backend_columns) / sizeof(backend_columns[0]);
	size_t n_reason = sizeof(reason_columns) / sizeof(reason_columns[0]);
	int err;

	if (!stats->before) {
		n -= RATE_COLUMNS;
		n_reason -= REASON_RATE_COLUMNS;
	}
	err = gws_print_rows(stdout, call->output, backend_columns, n,
			     stats->rows, call->titles);
	if (!err && stats->reasons->child) {
		putchar('\n');
		err = gws_print_rows(stdout, call->output, reason_columns,
				     n_reason, stats->reasons, call->titles);
	}
	return err;
}

static int print(const struct gws_call *call, struct stats *stats)
{
	int err;

	stats->rows = gws_stats_backends(stats->view, stats->seconds);
	gws_rows_filter(stats->rows, call->namespace, "route",
			call->argc ? call->argv[0] : NULL);
	stats->reasons = reason_rows(stats);
	if (call->output == GWS_OUTPUT_JSON || call->output == GWS_OUTPUT_YAML)
		err = print_tree(call, stats);
	else
		err = print_tables(call, stats);
	cJSON_Delete(stats->rows);
	cJSON_Delete(stats->reasons);
	return err ? gws_exit_report(GWS_EXIT_SYSTEM, "%s", strerror(-err)) :
		     GWS_EXIT_OK;
}

int gws_cmd_stats(const struct gws_call *call)
{
	const struct timespec pause = { .tv_sec = call->interval };
	struct gws_sample before = { 0 }, now = { 0 };
	struct stats stats = { .view = &now.view };
	int code = GWS_EXIT_OK;

	if (call->argc > 1)
		return gws_exit_report(GWS_EXIT_USAGE, "gwctl stats [ROUTE]");
	if (call->rate) {
		code = gws_sample_take(&before, call);
		if (!code)
			nanosleep(&pause, NULL);
	}
	if (!code)
		code = gws_sample_take(&now, call);
	if (!code)
		code = gws_view_need_route(&now.view, call->namespace,
					   call->argc ? call->argv[0] : NULL);
	if (!code && call->rate) {
		stats.seconds = gws_sample_subtract(&now, &before);
		stats.before = &before.view;
	}
	if (!code)
		code = print(call, &stats);
	gws_view_close(&before.view);
	gws_view_close(&now.view);
	return code;
}
