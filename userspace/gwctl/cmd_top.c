// SPDX-License-Identifier: MIT
/*
 * gwctl top [ROUTE]: what is going on now, again and again: the counters of stats,
 * less what they were a moment ago.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../lib/jsonx.h"
#include "rows_stats.h"
#include "sample.h"

static const struct gws_column columns[] = {
	{ "NAMESPACE", "namespace", false },
	{ "ROUTE", "route", false },
	{ "RULE", "rule", false },
	{ "BACKEND", "backend", false },
	{ "CONFIGURED", "configured", false },
	{ "OBSERVED", "observed", false },
	{ "RATE", "rate", false },
	{ "ERRORS", "errors", false },
	{ "BY", "errorsBy", false },
	{ "P50", "p50", false },
	{ "P99", "p99", false },
	{ "ACTIVE", "active", false },
	{ "GATEWAY", "gateway", true },
	{ "LISTENER", "listener", true },
	{ "2XX", "2xx", true },
	{ "3XX", "3xx", true },
	{ "4XX", "4xx", true },
	{ "5XX", "5xx", true },
	{ "RX/S", "rxRate", true },
	{ "TX/S", "txRate", true },
};

static int show(const struct gws_call *call, struct gws_sample *now,
		const struct gws_sample *before)
{
	bool terminal = call->output <= GWS_OUTPUT_WIDE && isatty(STDOUT_FILENO);
	double seconds = gws_sample_subtract(now, before);
	cJSON *rows = gws_stats_backends(&now->view, seconds);
	int err;

	gws_rows_filter(rows, call->namespace, "route",
			call->argc ? call->argv[0] : NULL);
	/* To the corner, and nothing below. */
	if (terminal)
		fputs("\033[H\033[J", stdout);
	if (call->output == GWS_OUTPUT_YAML)
		fputs("---\n", stdout);
	err = gws_print_rows(stdout, call->output, columns,
			     sizeof(columns) / sizeof(columns[0]), rows,
			     call->titles);
	if (!terminal && call->output <= GWS_OUTPUT_WIDE)
		putchar('\n');
	cJSON_Delete(rows);
	if (!err && fflush(stdout))
		err = -errno;
	return err ? gws_exit_report(GWS_EXIT_SYSTEM, "%s", strerror(-err)) :
		     GWS_EXIT_OK;
}

int gws_cmd_top(const struct gws_call *call)
{
	const struct timespec pause = { .tv_sec = call->interval };
	struct gws_sample before = { 0 }, now;
	unsigned int shown = 0;
	int code;

	if (call->argc > 1)
		return gws_exit_report(GWS_EXIT_USAGE, "gwctl top [ROUTE]");
	code = gws_sample_take(&before, call);
	/* One that goes while it is looked at may come again. */
	if (!code)
		code = gws_view_need_route(&before.view, call->namespace,
					   call->argc ? call->argv[0] : NULL);
	while (!code) {
		nanosleep(&pause, NULL);
		memset(&now, 0, sizeof(now));
		code = gws_sample_take(&now, call);
		if (!code)
			code = show(call, &now, &before);
		gws_view_close(&before.view);
		before = now;
		if (++shown == call->count)
			break;
	}
	gws_view_close(&before.view);
	return code;
}
