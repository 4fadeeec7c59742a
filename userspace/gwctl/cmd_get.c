// SPDX-License-Identifier: MIT
/*
 * gwctl get KIND [NAME]
 */
#include <errno.h>
#include <string.h>

#include "rows.h"

static int show(const struct gws_call *call, const struct gws_listing *listing,
		const struct gws_view *view)
{
	const char *name = call->argc > 1 ? call->argv[1] : NULL;
	cJSON *rows = listing->rows(view);
	int err, code = GWS_EXIT_OK;

	gws_rows_filter(rows, call->namespace, "name", name);
	if (name && !rows->child) {
		code = gws_exit_report(GWS_EXIT_NOT_FOUND, "%s %s",
				       listing->singular, name);
		goto out;
	}
	err = gws_print_rows(stdout, call->output, listing->columns,
			     listing->n_columns, rows, call->titles);
	if (err)
		code = gws_exit_report(GWS_EXIT_SYSTEM, "%s", strerror(-err));
out:
	cJSON_Delete(rows);
	return code;
}

int gws_cmd_get(const struct gws_call *call)
{
	const struct gws_listing *listing;
	struct gws_view view;
	int code;

	if (call->argc < 1 || call->argc > 2)
		return gws_exit_report(GWS_EXIT_USAGE, "gwctl get KIND [NAME]");
	code = gws_listing_open(&listing, &view, call);
	if (!code)
		code = show(call, listing, &view);
	gws_view_close(&view);
	return code;
}
