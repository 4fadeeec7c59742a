// SPDX-License-Identifier: MIT
/*
 * gwctl status: whether module, daemon and configuration are as wanted.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <time.h>

#include "../lib/jsonx.h"
#include "../lib/mem.h"
#include "health.h"
#include "rows.h"
#include "sample.h"

static void add_module(cJSON *tree, const struct gws_view *view)
{
	cJSON *node = gws_json_add(tree, "module", gws_json_object());

	if (view->module_err) {
		gws_json_add_str(node, "state", view->module_err == -ENOENT ?
				 "not loaded" : strerror(-view->module_err));
		return;
	}
	gws_json_add_str(node, "state", "loaded");
	gws_json_add_str(node, "version", view->info.version);
	gws_json_add_int(node, "abi", view->info.abi);
	gws_json_add_int(node, "memoryBytes", view->info.memory);
}

static void add_daemon(cJSON *tree, const struct gws_view *view)
{
	const cJSON *daemon = gws_json_get(view->status, "daemon");
	cJSON *node = gws_json_add(tree, "daemon", gws_json_object());

	if (!view->daemon) {
		gws_json_add_str(node, "state", "not running");
		return;
	}
	gws_json_add_str(node, "state", "running");
	gws_json_add_str(node, "version", gws_json_str(daemon, "version", ""));
	gws_json_add_int(node, "pid", view->daemon);
	gws_json_add_str(node, "started", gws_json_str(daemon, "started", ""));
	gws_json_add_str(node, "manifests",
			 gws_json_str(daemon, "manifests", ""));
}

/*
 * SYNCED   the kernel has what the daemon wants
 * PENDING  it does not yet
 * FAILED   it did not take it
 * STALE    nobody follows the manifests
 */
static const char *sync_state(const struct gws_view *view)
{
	const cJSON *push = gws_json_get(view->status, "push");
	const cJSON *generation = gws_json_get(view->status, "generation");

	if (!view->daemon)
		return "STALE";
	if (!strcmp(gws_json_str(push, "state", ""), "failed"))
		return "FAILED";
	if (view->module_err ||
	    (uint64_t)gws_json_int(generation, "wanted", -1) !=
	    view->info.generation)
		return "PENDING";
	return "SYNCED";
}

static void add_configuration(cJSON *tree, const struct gws_view *view)
{
	const cJSON *generation = gws_json_get(view->status, "generation");
	cJSON *node = gws_json_add(tree, "configuration", gws_json_object());

	gws_json_add_str(node, "state", sync_state(view));
	if (generation)
		gws_json_add_int(node, "wantedGeneration",
				 gws_json_int(generation, "wanted", 0));
	if (!view->module_err)
		gws_json_add_int(node, "kernelGeneration",
				 view->info.generation);
}

/* "1 of 2": how many rows have @key "True". */
static void add_share(cJSON *node, const struct gws_view *view, const char *name,
		      cJSON *rows, const char *key)
{
	int yes = 0;
	const cJSON *row;

	cJSON_ArrayForEach(row, rows)
		yes += !strcmp(gws_json_str(row, key, ""), "True");
	gws_json_add_str(node, name, gws_mem_printf(view->arena, "%d of %d",
			 yes, cJSON_GetArraySize(rows)));
	cJSON_Delete(rows);
}

/* An earlier look at the requests, for their rate. */
struct before {
	bool known;
	uint64_t requests;
	struct timespec at;
};

static void add_rate(cJSON *node, const struct gws_view *view,
		     const struct before *before)
{
	uint64_t requests = gws_view_counter(view, "requests");
	struct timespec now;
	double seconds;

	/* Fewer: the module was loaded anew. */
	if (!before->known || requests < before->requests)
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	seconds = gws_seconds_between(&before->at, &now);
	gws_json_add(node, "requestsPerSecond", cJSON_CreateNumber(
		     (double)(requests - before->requests) / seconds));
}

static void add_traffic(cJSON *tree, const struct gws_view *view,
			const struct before *before)
{
	static const char *const names[] = {
		"listeners", "connections", "requests", "responses_5xx",
		"syn_ceded",
	};
	cJSON *node;
	size_t i;

	if (view->module_err)
		return;
	node = gws_json_add(tree, "traffic", gws_json_object());
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		gws_json_add_int(node, names[i],
				 gws_view_counter(view, names[i]));
	add_rate(node, view, before);
}

/* The first that applies. */
static enum gws_exit verdict(const struct gws_view *view,
			     const struct gws_health *health)
{
	if (view->module_err)
		return gws_exit_of_errno(view->module_err);
	if (view->info.abi != GWS_ABI)
		return GWS_EXIT_VERSIONS_DIFFER;
	if (!view->daemon)
		return GWS_EXIT_NO_DAEMON;
	if (health->code)
		return health->code;
	return strcmp(sync_state(view), "SYNCED") ? GWS_EXIT_UNHEALTHY :
						    GWS_EXIT_OK;
}

/* What to say at the end. */
static int conclude(const struct gws_view *view, enum gws_exit code)
{
	if (view->module_err || view->info.abi != GWS_ABI)
		return gws_view_need_kernel(view);
	return code ? gws_exit_report(code, NULL) : GWS_EXIT_OK;
}

static int show(const struct gws_call *call, const struct gws_view *view,
		struct gws_health *health, const struct before *before)
{
	cJSON *tree = gws_json_object(), *node;
	int err;

	add_module(tree, view);
	add_daemon(tree, view);
	add_configuration(tree, view);
	node = gws_json_add(tree, "objects", gws_json_object());
	add_share(node, view, "gatewaysProgrammed", gws_rows_gateways(view),
		  "programmed");
	add_share(node, view, "routesAccepted", gws_rows_routes(view),
		  "accepted");
	add_traffic(tree, view, before);
	gws_json_add(tree, "problems", cJSON_Duplicate(health->lines, true));
	err = gws_print_object(stdout, call->output, tree);
	fflush(stdout);
	cJSON_Delete(tree);
	return err;
}

static bool still_time(const struct timespec *deadline)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec < deadline->tv_sec ||
	       (now.tv_sec == deadline->tv_sec &&
		now.tv_nsec < deadline->tv_nsec);
}

/* A module that is not there is told by the look that follows. */
static int look_before(const struct gws_call *call, struct before *before)
{
	const struct timespec pause = { .tv_sec = call->interval };
	struct gws_view view;
	int code = gws_view_open(&view, call);

	if (!code && !view.module_err) {
		before->known = true;
		before->requests = gws_view_counter(&view, "requests");
		clock_gettime(CLOCK_MONOTONIC, &before->at);
		nanosleep(&pause, NULL);
	}
	gws_view_close(&view);
	return code;
}

int gws_cmd_status(const struct gws_call *call)
{
	const struct timespec pause = { .tv_nsec = 100 * 1000 * 1000 };
	struct gws_health health;
	struct before before = { 0 };
	struct timespec deadline;
	struct gws_view view;
	enum gws_exit found;
	int code;

	if (call->argc)
		return gws_exit_report(GWS_EXIT_USAGE, "gwctl status");
	code = call->rate ? look_before(call, &before) : GWS_EXIT_OK;
	if (code)
		return code;
	clock_gettime(CLOCK_MONOTONIC, &deadline);
	deadline.tv_sec += call->wait;
	for (;;) {
		code = gws_view_open(&view, call);
		if (code) {
			gws_view_close(&view);
			return code;
		}
		gws_health_check(&health, &view, NULL, true);
		found = verdict(&view, &health);
		if (!found || !still_time(&deadline))
			break;
		gws_health_clear(&health);
		gws_view_close(&view);
		nanosleep(&pause, NULL);
	}
	if (show(call, &view, &health, &before))
		code = gws_exit_report(GWS_EXIT_SYSTEM, "out of memory");
	else
		code = conclude(&view, found);
	gws_health_clear(&health);
	gws_view_close(&view);
	return code;
}
