// SPDX-License-Identifier: MIT
/*
 * gwctl get KIND [NAME], once or, with -w, whenever a row has changed.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../lib/jsonx.h"
#include "../lib/mem.h"
#include "rows.h"

/* The rows that were shown last, as texts in order. */
struct seen {
	char **rows;
	size_t n;
};

static int compare(const void *a, const void *b)
{
	char *const *left = a, *const *right = b;

	return strcmp(*left, *right);
}

static void seen_clear(struct seen *seen)
{
	size_t i;

	for (i = 0; i < seen->n; i++)
		free(seen->rows[i]);
	free(seen->rows);
	memset(seen, 0, sizeof(*seen));
}

static void seen_take(struct seen *seen, const cJSON *rows)
{
	const cJSON *row;

	seen_clear(seen);
	seen->rows = gws_mem_check(calloc(cJSON_GetArraySize(rows) + 1,
					  sizeof(*seen->rows)));
	cJSON_ArrayForEach(row, rows)
		seen->rows[seen->n++] =
			gws_mem_check(cJSON_PrintUnformatted(row));
	qsort(seen->rows, seen->n, sizeof(*seen->rows), compare);
}

static bool seen_has(const struct seen *seen, const cJSON *row)
{
	char *text = gws_mem_check(cJSON_PrintUnformatted(row));
	bool has;

	has = seen->n && bsearch(&text, seen->rows, seen->n,
				 sizeof(*seen->rows), compare);
	free(text);
	return has;
}

/* Leaves those that are new, or not what they were. */
static void drop_seen(cJSON *rows, struct seen *seen)
{
	cJSON *all = gws_mem_check(cJSON_Duplicate(rows, true)), *row, *next;

	for (row = rows->child; row; row = next) {
		next = row->next;
		if (seen_has(seen, row))
			cJSON_Delete(cJSON_DetachItemViaPointer(rows, row));
	}
	seen_take(seen, all);
	cJSON_Delete(all);
}

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

static int show(const struct gws_call *call, const struct gws_listing *listing,
		const struct gws_view *view, struct seen *seen)
{
	const char *name = call->argc > 1 ? call->argv[1] : NULL;
	bool first = !seen->rows;
	cJSON *rows = listing->rows(view);
	int code = GWS_EXIT_OK;

	gws_rows_filter(rows, call->namespace, "name", name);
	if (first && name && !rows->child) {
		code = gws_exit_report(GWS_EXIT_NOT_FOUND, "%s %s",
				       listing->singular, name);
		goto out;
	}
	if (call->watch)
		drop_seen(rows, seen);
	if (first || rows->child)
		code = print(call, listing, rows, first && call->titles);
out:
	cJSON_Delete(rows);
	return code;
}

static int look(const struct gws_call *call, struct seen *seen)
{
	const struct gws_listing *listing;
	struct gws_view view;
	int code;

	code = gws_listing_open(&listing, &view, call);
	if (!code)
		code = show(call, listing, &view, seen);
	gws_view_close(&view);
	return code;
}

int gws_cmd_get(const struct gws_call *call)
{
	const struct timespec pause = { .tv_sec = call->interval };
	struct seen seen = { 0 };
	unsigned int looks = 1;
	int code;

	if (call->argc < 1 || call->argc > 2)
		return gws_exit_report(GWS_EXIT_USAGE, "gwctl get KIND [NAME]");
	code = look(call, &seen);
	while (!code && call->watch && looks++ != call->count) {
		nanosleep(&pause, NULL);
		code = look(call, &seen);
	}
	seen_clear(&seen);
	return code;
}
