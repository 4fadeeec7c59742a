// SPDX-License-Identifier: MIT
/*
 * gwctl get KIND [NAME], once or, with -w, whenever a row has changed or gone.
 */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "../lib/jsonx.h"
#include "../lib/log.h"
#include "rows.h"
#include "watch.h"

static int print(const struct gws_call *call, const struct gws_listing *listing,
		 const cJSON *rows, bool titles)
{
	int err;

	if (call->watch && call->output == GWS_OUTPUT_YAML)
		fputs("---\n", stdout);
	err = gws_print_rows(stdout, call->output, listing->columns,
			     listing->n_columns, rows, titles);
	if (!err && fflush(stdout))
		err = -errno;
	return err ? gws_exit_report(GWS_EXIT_SYSTEM, "%s", strerror(-err)) :
		     GWS_EXIT_OK;
}

/* On stderr, for a table has no place for what is not there. */
static int tell_gone(const struct gws_call *call,
		     const struct gws_listing *listing, const cJSON *gone)
{
	if (!gone->child)
		return GWS_EXIT_OK;
	gws_info("gone:");
	if (gws_print_rows(stderr, call->output, listing->columns,
			   listing->n_columns, gone, false))
		return gws_exit_report(GWS_EXIT_SYSTEM, "out of memory");
	return GWS_EXIT_OK;
}

/* Among the rows, each marked. */
static void add_gone(cJSON *rows, cJSON *gone)
{
	cJSON *row;

	while ((row = gone->child)) {
		cJSON_DetachItemViaPointer(gone, row);
		gws_json_add_bool(row, "gone", true);
		gws_json_append(rows, row);
	}
}

/* What is new; @gone was there the last time. */
static int show(const struct gws_call *call, const struct gws_listing *listing,
		cJSON *rows, cJSON *gone, bool first)
{
	int code = GWS_EXIT_OK;

	if (call->output == GWS_OUTPUT_JSON || call->output == GWS_OUTPUT_YAML)
		add_gone(rows, gone);
	if (first || rows->child)
		code = print(call, listing, rows, first && call->titles);
	return code ? code : tell_gone(call, listing, gone);
}

/*
 * A row that the filter lets through at one look and not at the next has changed,
 * but has not gone: so it is compared before it is filtered.
 */
static int step(const struct gws_call *call, const struct gws_listing *listing,
		const struct gws_view *view, struct gws_watch *watch)
{
	const char *name = call->argc > 1 ? call->argv[1] : NULL;
	bool first = !watch->rows;
	cJSON *rows = listing->rows(view), *gone;
	int code;

	gone = call->watch ? gws_watch_step(watch, rows, listing->keys) :
			     gws_json_array();
	gws_rows_filter(rows, call->namespace, "name", name);
	gws_rows_filter(gone, call->namespace, "name", name);
	if (first && name && !rows->child)
		code = gws_exit_report(GWS_EXIT_NOT_FOUND, "%s %s",
				       listing->singular, name);
	else
		code = show(call, listing, rows, gone, first);
	cJSON_Delete(rows);
	cJSON_Delete(gone);
	return code;
}

static int look(const struct gws_call *call, struct gws_watch *watch)
{
	const struct gws_listing *listing;
	struct gws_view view;
	int code;

	code = gws_listing_open(&listing, &view, call);
	if (!code)
		code = step(call, listing, &view, watch);
	gws_view_close(&view);
	return code;
}

int gws_cmd_get(const struct gws_call *call)
{
	const struct timespec pause = { .tv_sec = call->interval };
	struct gws_watch watch = { 0 };
	unsigned int looks = 1;
	int code;

	if (call->argc < 1 || call->argc > 2)
		return gws_exit_report(GWS_EXIT_USAGE, "gwctl get KIND [NAME]");
	code = look(call, &watch);
	while (!code && call->watch && looks++ != call->count) {
		nanosleep(&pause, NULL);
		code = look(call, &watch);
	}
	gws_watch_clear(&watch);
	return code;
}
