// SPDX-License-Identifier: MIT
/*
 * gwctl version
 */
#include <errno.h>
#include <string.h>

#include "../lib/jsonx.h"
#include "view.h"

static void add_version(cJSON *tree, const char *name, const char *version,
			long long abi)
{
	cJSON *node = gws_json_add(tree, name, gws_json_object());

	gws_json_add_str(node, "version", version);
	gws_json_add_int(node, "abi", abi);
}

static cJSON *versions(const struct gws_view *view)
{
	const cJSON *daemon = gws_json_get(view->status, "daemon");
	cJSON *tree = gws_json_object();

	add_version(tree, "client", GWS_VERSION, GWS_ABI);
	if (view->daemon && daemon)
		add_version(tree, "daemon", gws_json_str(daemon, "version", ""),
			    gws_json_int(daemon, "abi", 0));
	else
		gws_json_add_str(tree, "daemon", "not running");
	if (!view->module_err)
		add_version(tree, "module", view->info.version, view->info.abi);
	else
		gws_json_add_str(tree, "module",
				 view->module_err == -ENOENT ? "not loaded" :
				 strerror(-view->module_err));
	return tree;
}

static int differ(const struct gws_view *view)
{
	const cJSON *daemon = gws_json_get(view->status, "daemon");
	long long abi = gws_json_int(daemon, "abi", GWS_ABI);

	if (!view->module_err && view->info.abi != GWS_ABI)
		return gws_view_need_kernel(view);
	if (view->daemon && abi != GWS_ABI)
		return gws_exit_report(GWS_EXIT_VERSIONS_DIFFER,
				       "gwsteerd speaks ABI %lld, gwctl speaks ABI %d",
				       abi, GWS_ABI);
	return GWS_EXIT_OK;
}

int gws_cmd_version(const struct gws_call *call)
{
	struct gws_view view;
	cJSON *tree;
	int code;

	if (call->argc)
		return gws_exit_report(GWS_EXIT_USAGE, "gwctl version");
	code = gws_view_open(&view, call);
	if (!code) {
		tree = versions(&view);
		if (gws_print_object(stdout, call->output, tree))
			code = gws_exit_report(GWS_EXIT_SYSTEM, "out of memory");
		cJSON_Delete(tree);
	}
	if (!code)
		code = differ(&view);
	gws_view_close(&view);
	return code;
}
