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
#include "../lib/mem.h"
#include "rows_stats.h"

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

/* A look at the counters, and when it was. */
struct sample {
	struct gws_view view;
	struct gws_msg_stat *stats;	/* as they were, before @view's were changed */
	struct timespec at;
};

static const struct gws_msg_stat *find(const struct sample *before,
				       const struct gws_msg_stat *stat)
{
	const struct gws_msg_stat *old;
	size_t i;

	for (i = 0; i < before->view.n_stats; i++) {
		old = &before->stats[i];
		if (gws_stats_same_rule(old, stat) &&
		    old->has_backend == stat->has_backend &&
		    (!old->has_backend ||
		     (old->backend.index == stat->backend.index &&
		      !strcmp(old->backend.name, stat->backend.name))))
			return old;
	}
	return NULL;
}

static void subtract(struct gws_msg_stats *now, const struct gws_msg_stats *old)
{
	int i;

	now->requests -= old->requests;
	now->errors -= old->errors;
	now->bytes_rx -= old->bytes_rx;
	now->bytes_tx -= old->bytes_tx;
	now->latency_sum -= old->latency_sum;
	for (i = 0; i < 6; i++)
		now->class[i] -= old->class[i];
	for (i = 0; i < GWS_LATENCY_BUCKETS; i++)
		now->latency[i] -= old->latency[i];
	for (i = 0; i < GWS_ERRORS; i++)
		now->error[i] -= old->error[i];
}

static int take(struct sample *sample, const struct gws_call *call)
{
	struct gws_view *view = &sample->view;
	int code = gws_view_open(view, call);
	size_t size;

	clock_gettime(CLOCK_MONOTONIC, &sample->at);
	if (!code)
		code = gws_view_need_kernel(view);
	if (code)
		return code;
	gws_stats_sort(view);
	size = view->n_stats * sizeof(*view->stats);
	sample->stats = gws_mem_take(view->arena, size);
	if (size)
		memcpy(sample->stats, view->stats, size);
	return GWS_EXIT_OK;
}

static double seconds_between(const struct timespec *a, const struct timespec *b)
{
	return (double)(b->tv_sec - a->tv_sec) +
	       (double)(b->tv_nsec - a->tv_nsec) / 1e9;
}

/* Counters that a module loaded anew, or a new backend, has began at 0. */
static void difference(struct sample *now, const struct sample *before)
{
	const struct gws_msg_stat *old;
	struct gws_msg_stat *stat;
	size_t i;

	for (i = 0; i < now->view.n_stats; i++) {
		stat = &now->view.stats[i];
		old = find(before, stat);
		if (old && old->stats.requests <= stat->stats.requests)
			subtract(&stat->stats, &old->stats);
	}
}

static int show(const struct gws_call *call, struct sample *now,
		const struct sample *before)
{
	bool terminal = call->output <= GWS_OUTPUT_WIDE && isatty(STDOUT_FILENO);
	cJSON *rows;
	int err;

	difference(now, before);
	rows = gws_stats_backends(&now->view,
				  seconds_between(&before->at, &now->at));
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
	struct sample before = { 0 }, now;
	unsigned int shown = 0;
	int code;

	if (call->argc > 1)
		return gws_exit_report(GWS_EXIT_USAGE, "gwctl top [ROUTE]");
	code = take(&before, call);
	while (!code) {
		nanosleep(&pause, NULL);
		memset(&now, 0, sizeof(now));
		code = take(&now, call);
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
