// SPDX-License-Identifier: MIT
/*
 * gwctl set [LIMIT VALUE]: limits of the module. Without arguments all of them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../gwsteerd/limit.h"
#include "../lib/jsonx.h"
#include "../lib/log.h"
#include "view.h"

static const struct gws_column columns[] = {
	{ "LIMIT", "name", false },
	{ "VALUE", "value", false },
	{ "DEFAULT", "default", false },
	{ "MIN", "min", false },
	{ "MAX", "max", false },
};

/* The module does not say ranges; of a limit that is newer than we none is known. */
static void add_range(cJSON *row, const char *name)
{
	const struct gws_limit *limit = gws_limit_find(name, strlen(name));

	if (!limit)
		return;
	gws_json_add_int(row, "min", limit->min);
	gws_json_add_int(row, "max", limit->max);
}

static int show_limits(const struct gws_call *call)
{
	struct gws_view view;
	int code = gws_view_open(&view, call);
	cJSON *rows = gws_json_array(), *row;
	size_t i;

	if (!code)
		code = gws_view_need_kernel(&view);
	for (i = 0; !code && i < view.info.n_limits; i++) {
		row = gws_json_append(rows, gws_json_object());
		gws_json_add_str(row, "name", view.info.limits[i].name);
		gws_json_add_int(row, "value", view.info.limits[i].value);
		gws_json_add_int(row, "default", view.info.limits[i].def);
		add_range(row, view.info.limits[i].name);
	}
	if (!code && gws_print_rows(stdout, call->output, columns,
				    sizeof(columns) / sizeof(columns[0]), rows,
				    call->titles))
		code = gws_exit_report(GWS_EXIT_SYSTEM, "out of memory");
	cJSON_Delete(rows);
	gws_view_close(&view);
	return code;
}

static int set_limit(const char *name, uint64_t value)
{
	struct gws_nl_error error = { "" };
	struct gws_nl *nl;
	int err = gws_nl_open(&nl);

	if (err)
		return gws_exit_report(gws_exit_of_errno(err), NULL);
	err = gws_client_set_limit(nl, name, value, &error);
	gws_nl_close(nl);
	if (err == -ENOENT)
		return gws_exit_report(GWS_EXIT_NOT_FOUND, "limit %s", name);
	if (err == -ERANGE || err == -EINVAL)
		return gws_exit_report(GWS_EXIT_USAGE, "%s %llu: %s", name,
				       (unsigned long long)value, *error.text ?
				       error.text : "out of its range");
	if (err)
		return gws_exit_report(gws_exit_of_errno(err), "%s",
				       strerror(-err));
	gws_info("%s is %llu until the module is unloaded", name,
		 (unsigned long long)value);
	return GWS_EXIT_OK;
}

int gws_cmd_set(const struct gws_call *call)
{
	unsigned long long value;
	char *end;

	if (!call->argc)
		return show_limits(call);
	if (call->argc != 2)
		return gws_exit_report(GWS_EXIT_USAGE,
				       "gwctl set [LIMIT VALUE]");
	errno = 0;
	value = strtoull(call->argv[1], &end, 10);
	if (errno || end == call->argv[1] || *end || *call->argv[1] == '-')
		return gws_exit_report(GWS_EXIT_USAGE, "'%s' is not a number",
				       call->argv[1]);
	return set_limit(call->argv[0], value);
}
