// SPDX-License-Identifier: MIT
/*
 * Asks kernel and daemon once, so that all that a command shows fits together.
 */
#include <errno.h>
#include <string.h>

#include "../lib/jsonx.h"
#include "../lib/log.h"
#include "../lib/rundir.h"
#include "view.h"

static int ask_kernel(struct gws_view *view)
{
	struct gws_nl *nl;
	int err = gws_nl_open(&nl);

	if (err)
		return err;
	err = gws_client_info(nl, view->arena, &view->info);
	if (!err && view->info.abi == GWS_ABI)
		err = gws_client_config(nl, view->arena, &view->config,
					&view->generation);
	if (!err && view->info.abi == GWS_ABI)
		err = gws_client_stats(nl, view->arena, &view->stats,
				       &view->n_stats);
	gws_nl_close(nl);
	return err;
}

int gws_view_open(struct gws_view *view, const struct gws_call *call)
{
	int err;

	memset(view, 0, sizeof(*view));
	view->arena = gws_arena_create();
	if (!view->arena)
		return gws_exit_report(GWS_EXIT_SYSTEM, "out of memory");
	view->module_err = ask_kernel(view);
	view->daemon = gws_lock_holder(call->run_dir);
	if (view->daemon < 0)
		view->daemon = 0;
	err = gws_status_read(call->run_dir, &view->status);
	if (err && err != -ENOENT)
		return gws_exit_report(GWS_EXIT_SYSTEM, "%s/status.json: %s",
				       call->run_dir, strerror(-err));
	return GWS_EXIT_OK;
}

void gws_view_close(struct gws_view *view)
{
	cJSON_Delete(view->status);
	gws_arena_destroy(view->arena);
}

int gws_view_need_kernel(const struct gws_view *view)
{
	enum gws_exit code = gws_exit_of_errno(view->module_err);

	if (code == GWS_EXIT_SYSTEM)
		return gws_exit_report(code, "asking the module: %s",
				       strerror(-view->module_err));
	if (code)
		return gws_exit_report(code, NULL);
	if (view->info.abi != GWS_ABI)
		return gws_exit_report(GWS_EXIT_VERSIONS_DIFFER,
				       "module %s speaks ABI %u, gwctl %s speaks ABI %u",
				       view->info.version, view->info.abi,
				       GWS_VERSION, GWS_ABI);
	return GWS_EXIT_OK;
}

static bool kernel_has_route(const struct gws_view *view,
			     const char *namespace, const char *name)
{
	size_t i, n;

	for (i = 0; i < view->config.n_tables; i++) {
		for (n = 0; n < view->config.tables[i].n_rules; n++) {
			const struct gws_msg_rule *rule =
				&view->config.tables[i].rules[n];

			if (!strcmp(rule->route, name) &&
			    (!namespace || !strcmp(rule->namespace, namespace)))
				return true;
		}
	}
	return false;
}

static bool daemon_has_route(const struct gws_view *view,
			     const char *namespace, const char *name)
{
	const cJSON *object, *meta;

	cJSON_ArrayForEach(object, gws_json_get(view->status, "objects")) {
		meta = gws_json_get(object, "metadata");
		if (!strcmp(gws_json_str(object, "kind", ""), "HTTPRoute") &&
		    !strcmp(gws_json_str(meta, "name", ""), name) &&
		    (!namespace || !strcmp(gws_json_str(meta, "namespace", ""),
					   namespace)))
			return true;
	}
	return false;
}

int gws_view_need_route(const struct gws_view *view, const char *namespace,
			const char *name)
{
	if (!name || kernel_has_route(view, namespace, name) ||
	    daemon_has_route(view, namespace, name))
		return GWS_EXIT_OK;
	return gws_exit_report(GWS_EXIT_NOT_FOUND, "route %s%s%s",
			       namespace ? namespace : "",
			       namespace ? "/" : "", name);
}

static int ask_connections(struct gws_view *view)
{
	struct gws_nl *nl;
	int err = gws_nl_open(&nl);

	if (err)
		return err;
	err = gws_client_connections(nl, view->arena, &view->conns,
				     &view->n_conns);
	gws_nl_close(nl);
	return err;
}

int gws_view_need_connections(struct gws_view *view)
{
	int code = gws_view_need_kernel(view), err;

	if (code)
		return code;
	err = ask_connections(view);
	code = gws_exit_of_errno(err);
	if (code == GWS_EXIT_SYSTEM)
		return gws_exit_report(code, "asking the module: %s",
				       strerror(-err));
	return code ? gws_exit_report(code, NULL) : GWS_EXIT_OK;
}

int gws_view_need_daemon(const struct gws_view *view)
{
	if (!view->status)
		return gws_exit_report(GWS_EXIT_NO_DAEMON, NULL);
	if (!view->daemon)
		gws_warn("gwsteerd is not running; statuses are of %s",
			 gws_json_str(view->status, "written", "some time ago"));
	return GWS_EXIT_OK;
}

uint64_t gws_view_counter(const struct gws_view *view, const char *name)
{
	size_t i;

	for (i = 0; i < view->info.n_counters; i++) {
		if (!strcmp(view->info.counters[i].name, name))
			return view->info.counters[i].value;
	}
	return 0;
}

const cJSON *gws_view_object(const struct gws_view *view, const char *kind,
			     const char *namespace, const char *name)
{
	const cJSON *object, *meta;

	cJSON_ArrayForEach(object, gws_json_get(view->status, "objects")) {
		meta = gws_json_get(object, "metadata");
		if (!strcmp(gws_json_str(object, "kind", ""), kind) &&
		    !strcmp(gws_json_str(meta, "namespace", ""), namespace) &&
		    !strcmp(gws_json_str(meta, "name", ""), name))
			return object;
	}
	return NULL;
}
