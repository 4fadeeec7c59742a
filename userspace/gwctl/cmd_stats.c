// SPDX-License-Identifier: MIT
/*
 * gwctl stats [ROUTE]: how requests were split beside how they should have
 * been, and why some were not answered by a backend.
 */
#include <errno.h>
#include <string.h>

#include "../lib/jsonx.h"
#include "rows_stats.h"

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
};

static const struct gws_column reason_columns[] = {
	{ "REASON", "reason", false },
	{ "COUNT", "count", false },
};

/* Counters of the module by prefix: reasons, and all others. */
static cJSON *reason_rows(const struct gws_view *view)
{
	static const char prefix[] = "reason_";
	cJSON *rows = gws_json_array(), *row;
	size_t i;

	for (i = 0; i < view->info.n_counters; i++) {
		const struct gws_msg_counter *c = &view->info.counters[i];

		if (strncmp(c->name, prefix, strlen(prefix)) || !c->value)
			continue;
		row = gws_json_append(rows, gws_json_object());
		gws_json_add_str(row, "reason", c->name + strlen(prefix));
		gws_json_add_int(row, "count", c->value);
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

static int print_tree(const struct gws_call *call, const struct gws_view *view,
		      cJSON *rows, cJSON *reasons)
{
	cJSON *tree = gws_json_object(), *rules = gws_stats_rules(view);
	int err;

	gws_rows_filter(rules, call->namespace, "route",
			call->argc ? call->argv[0] : NULL);
	gws_json_add(tree, "backends", rows);
	gws_json_add(tree, "rules", rules);
	gws_json_add(tree, "reasons", reasons);
	gws_json_add(tree, "totals", totals(view));
	err = gws_print_object(stdout, call->output, tree);
	cJSON_Delete(tree);
	return err;
}

static int print_tables(const struct gws_call *call, cJSON *rows,
			cJSON *reasons)
{
	int err = gws_print_rows(stdout, call->output, backend_columns,
				 sizeof(backend_columns) /
				 sizeof(backend_columns[0]), rows,
				 call->titles);

	if (!err && reasons->child) {
		putchar('\n');
		err = gws_print_rows(stdout, call->output, reason_columns, 2,
				     reasons, call->titles);
	}
	cJSON_Delete(rows);
	cJSON_Delete(reasons);
	return err;
}

int gws_cmd_stats(const struct gws_call *call)
{
	struct gws_view view;
	cJSON *rows, *reasons;
	int code, err;

	if (call->argc > 1)
		return gws_exit_report(GWS_EXIT_USAGE, "gwctl stats [ROUTE]");
	code = gws_view_open(&view, call);
	if (!code)
		code = gws_view_need_kernel(&view);
	if (!code) {
		gws_stats_sort(&view);
		rows = gws_stats_backends(&view, 0);
		gws_rows_filter(rows, call->namespace, "route",
				call->argc ? call->argv[0] : NULL);
		reasons = reason_rows(&view);
		if (call->output == GWS_OUTPUT_JSON ||
		    call->output == GWS_OUTPUT_YAML)
			err = print_tree(call, &view, rows, reasons);
		else
			err = print_tables(call, rows, reasons);
		if (err)
			code = gws_exit_report(GWS_EXIT_SYSTEM, "%s",
					       strerror(-err));
	}
	gws_view_close(&view);
	return code;
}
