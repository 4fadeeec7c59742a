// SPDX-License-Identifier: MIT
/*
 * The pipeline, and when it runs: on a change of the manifests all of it, on a
 * change of the module the push alone, on a timer what failed before. Status
 * follows every push.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../lib/digest.h"
#include "../lib/jsonx.h"
#include "../lib/log.h"
#include "../lib/nl.h"
#include "../lib/rundir.h"
#include "app.h"
#include "fault_log.h"
#include "ir.h"
#include "last_good.h"
#include "node.h"
#include "nodeports.h"
#include "notify.h"
#include "problem.h"
#include "push.h"
#include "report.h"
#include "resolve.h"
#include "source_dir.h"
#include "status.h"
#include "store.h"
#include "taken.h"
#include "vips.h"

/* Milliseconds. */
enum {
	RETRY_FIRST = 50,	/* doubled up to RETRY_LAST */
	RETRY_LAST = 5000,
	MISSING_AGAIN = 2000,	/* the watch usually is faster */
	LOOK_AGAIN = 5000,	/* at what may change without an event */
};

struct gws_app {
	const struct gws_app_options *options;
	struct gws_loop *loop;
	struct gws_store *store;
	struct gws_source_dir *source;
	struct gws_nodeports *nodeports;
	struct gws_nl_watch *watch;	/* NULL: the timer has to do */
	struct gws_push *push;
	struct gws_graph *graph;
	struct gws_ir *ir;
	struct gws_push_result result;
	struct gws_ip addrs[GWS_NODE_ADDRS_MAX];
	size_t naddrs;
	struct gws_taken taken;
	char broken[512];		/* why the newest IR is not used */
	struct timespec looked;		/* when this round began */
	struct timespec changed;	/* since when a push is due; 0: none is */
	uint64_t applied;		/* pushes that changed something */
	double apply_seconds;		/* from @changed on, all together */
	uint32_t retry;			/* ms, 0: the last push succeeded */
	int unrouted;			/* why a VIP has no route, 0: all have */
	uint64_t problems_digest;
	struct gws_fault_log *faults;
	cJSON *objects;			/* as in status.json */
	char started[32];
};

static void on_timer(void *data);

static void now_text(char text[32])
{
	time_t now = time(NULL);
	struct tm tm;

	strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &tm));
}

/* --- status --- */

static void write_status(struct gws_app *app)
{
	const struct gws_report report = {
		.started = app->started,
		.manifests = app->options->manifests,
		.addrs = app->addrs, .naddrs = app->naddrs,
		.applied = app->applied, .apply_seconds = app->apply_seconds,
		.push = &app->result, .view = gws_push_view(app->push),
		.problems = gws_source_dir_problems(app->source),
		.notes = gws_graph_notes(app->graph),
		.store = app->store,
	};
	cJSON *objects = gws_status_build(app->graph, &app->result), *tree;
	char now[32];
	int err;

	now_text(now);
	gws_status_stamp(objects, app->objects, now);
	tree = gws_report_build(&report, now, objects);
	err = gws_status_write(app->options->run_dir, tree);
	if (err)
		gws_error("cannot write %s/status.json: %s",
			  app->options->run_dir, strerror(-err));
	/* The next stamp compares with them. */
	cJSON_Delete(app->objects);
	app->objects = cJSON_DetachItemFromObjectCaseSensitive(tree, "objects");
	cJSON_Delete(tree);
	gws_fault_log_update(app->faults, app->objects);
}

/* The statuses of an earlier daemon keep their transition times. */
static void load_status(struct gws_app *app)
{
	cJSON *tree;
	int err = gws_status_read(app->options->run_dir, &tree);

	if (err) {
		if (err != -ENOENT)
			gws_warn("%s/status.json is not taken over: %s",
				 app->options->run_dir, strerror(-err));
		return;
	}
	app->objects = cJSON_DetachItemFromObjectCaseSensitive(tree, "objects");
	cJSON_Delete(tree);
}

/* --- push --- */

static uint32_t retry_delay(uint32_t last, int err)
{
	if (err == -ENOENT || err == -EPROTO)
		return MISSING_AGAIN;
	if (!last || last == MISSING_AGAIN)
		return RETRY_FIRST;
	return 2 * last > RETRY_LAST ? RETRY_LAST : 2 * last;
}

static void look_begins(struct gws_app *app)
{
	clock_gettime(CLOCK_MONOTONIC, &app->looked);
}

/* The kernel has it all. Tries that failed before are of the same change. */
static void count_applied(struct gws_app *app)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (gws_push_view(app->push)->sent) {
		app->applied++;
		app->apply_seconds +=
			(double)(now.tv_sec - app->changed.tv_sec) +
			(double)(now.tv_nsec - app->changed.tv_nsec) / 1e9;
	}
	app->changed = (struct timespec){ 0 };
}

static void push_failed(struct gws_app *app, int err)
{
	/* Said once, not at every try. */
	if (!app->retry)
		gws_error("%s; trying again", app->result.text);
	app->retry = retry_delay(app->retry, err);
}

static void push_done(struct gws_app *app)
{
	const struct gws_push_view *view = gws_push_view(app->push);

	if (view->sent || app->retry)
		gws_info("kernel has generation %llu, %zu objects changed, %zu refused",
			 (unsigned long long)view->generation, view->sent,
			 app->result.nerrors);
	else
		gws_debug("nothing to push, kernel has generation %llu",
			  (unsigned long long)view->generation);
	app->retry = 0;
	count_applied(app);
}

static void push_now(struct gws_app *app)
{
	int err;

	if (!app->changed.tv_sec)
		app->changed = app->looked;
	if (*app->broken) {
		app->result = (struct gws_push_result){
			.state = GWS_PUSH_FAILED, .err = -EINVAL,
			.text = app->broken,
		};
	} else {
		err = gws_push_run(app->push, app->ir, &app->result);
		if (err)
			push_failed(app, err);
		else
			push_done(app);
	}
	write_status(app);
	err = gws_loop_after(app->loop, app->retry ? app->retry : LOOK_AGAIN,
			     on_timer, app);
	if (err)
		gws_error("cannot set the timer: %s", strerror(-err));
}

/* Interfaces and routes come and go, so at every look; said when it changes. */
static void route_vips(struct gws_app *app)
{
	int err = gws_vips_route(app->ir);

	if (err && err != app->unrouted)
		gws_warn("cannot route addresses of Gateways, this node may not reach them itself: %s",
			 strerror(-err));
	app->unrouted = err;
}

/* --- rebuild --- */

/* Return: whether they differ from those of the last time. */
static bool find_addrs(struct gws_app *app)
{
	struct gws_ip addrs[GWS_NODE_ADDRS_MAX];
	size_t size, n = app->options->naddrs;
	int found;

	memset(addrs, 0, sizeof(addrs));
	if (n) {
		memcpy(addrs, app->options->addrs, n * sizeof(*addrs));
	} else {
		found = gws_node_addrs(addrs);
		if (found < 0) {
			gws_error("cannot list the node's addresses: %s",
				  strerror(-found));
			return false;
		}
		n = found;
	}
	size = sizeof(addrs);
	if (n == app->naddrs && !memcmp(addrs, app->addrs, size))
		return false;
	memcpy(app->addrs, addrs, size);
	app->naddrs = n;
	return true;
}

/* Return: whether they differ from those of the last time. */
static bool find_taken(struct gws_app *app)
{
	const struct gws_app_options *options = app->options;
	int changed = gws_taken_look(&app->taken, app->addrs, app->naddrs,
				     options->host_ports,
				     options->nhost_ports);

	if (changed < 0)
		gws_debug("cannot ask who listens: %s", strerror(-changed));
	return changed > 0;
}

static void save_nodeports(struct gws_app *app)
{
	char path[4096];
	int err;

	if (!gws_nodeports_dirty(app->nodeports))
		return;
	snprintf(path, sizeof(path), "%s/nodeports.json",
		 app->options->state_dir);
	err = gws_nodeports_save(app->nodeports, path);
	if (err)
		gws_error("cannot write %s: %s; NodePorts may change at the next start",
			  path, strerror(-err));
}

static void load_nodeports(struct gws_app *app)
{
	char path[4096];
	int err;

	snprintf(path, sizeof(path), "%s/nodeports.json",
		 app->options->state_dir);
	err = gws_nodeports_load(app->nodeports, path);
	if (err)
		gws_error("cannot read %s: %s; NodePorts are derived anew",
			  path, strerror(-err));
}

static uint64_t problems_digest(uint64_t digest, const struct gws_problems *list)
{
	char line[1024];
	size_t i;

	for (i = 0; i < gws_problems_count(list); i++) {
		gws_problem_format(gws_problems_get(list, i), line,
				   sizeof(line));
		digest = gws_digest_str(digest, line);
	}
	return digest;
}

static void log_list(const struct gws_problems *list)
{
	static const enum gws_log_level levels[] = {
		[GWS_LEVEL_NOTE] = GWS_LOG_INFO,
		[GWS_LEVEL_WARNING] = GWS_LOG_WARNING,
		[GWS_LEVEL_ERROR] = GWS_LOG_ERROR,
	};
	const struct gws_problem *problem;
	char line[1024];
	size_t i;

	for (i = 0; i < gws_problems_count(list); i++) {
		problem = gws_problems_get(list, i);
		gws_problem_format(problem, line, sizeof(line));
		gws_log(levels[problem->level], "%s", line);
	}
}

/* What is wrong with manifests, once per state of things. */
static void log_problems(struct gws_app *app)
{
	const struct gws_problems *files = gws_source_dir_problems(app->source);
	const struct gws_problems *notes = gws_graph_notes(app->graph);
	uint64_t digest = problems_digest(problems_digest(GWS_DIGEST_INIT,
							  files), notes);

	if (digest == app->problems_digest)
		return;
	app->problems_digest = digest;
	log_list(files);
	log_list(notes);
}

static void take_ir(struct gws_app *app, struct gws_ir *ir)
{
	char why[400];

	if (gws_ir_check(ir, why, sizeof(why))) {
		snprintf(app->broken, sizeof(app->broken),
			 "internal error, the last good configuration is kept: %s",
			 why);
		gws_error("%s", app->broken);
		gws_ir_destroy(ir);
		return;
	}
	app->broken[0] = '\0';
	/* The result's keys may be the old IR's. */
	memset(&app->result, 0, sizeof(app->result));
	gws_ir_destroy(app->ir);
	app->ir = ir;
}

static void rebuild(struct gws_app *app)
{
	struct gws_env env;

	find_addrs(app);
	find_taken(app);
	env = (struct gws_env){
		.addrs = app->addrs, .naddrs = app->naddrs,
		.pool = app->options->pool, .npool = app->options->npool,
		.host_ports = app->options->host_ports,
		.nhost_ports = app->options->nhost_ports,
		.taken = app->taken.list, .ntaken = app->taken.count,
		.nodeports = app->nodeports,
	};
	gws_graph_destroy(app->graph);
	app->graph = gws_resolve(app->store, &env);
	log_problems(app);
	save_nodeports(app);
	take_ir(app, gws_ir_build(app->graph));
	route_vips(app);
	push_now(app);
}

/* --- events --- */

static void on_source(void *data)
{
	struct gws_app *app = data;
	int changed;

	look_begins(app);
	changed = gws_source_dir_handle(app->source);
	if (changed < 0)
		gws_error("cannot read %s: %s; keeping what was read before",
			  app->options->manifests, strerror(-changed));
	else if (changed)
		rebuild(app);
}

static void on_watch(void *data)
{
	struct gws_app *app = data;

	if (!gws_nl_watch_read(app->watch))
		return;
	look_begins(app);
	gws_info("the kernel module was loaded or unloaded");
	gws_push_forget(app->push);
	push_now(app);
}

static void on_timer(void *data)
{
	struct gws_app *app = data;
	bool moved, taken;

	look_begins(app);
	moved = find_addrs(app);
	taken = find_taken(app);
	route_vips(app);
	if (moved || taken)
		rebuild(app);
	/* What was refused may be taken now: a port is free, memory is there. */
	else if (app->retry || app->result.nerrors || gws_push_poll(app->push))
		push_now(app);
	else if (gws_loop_after(app->loop, LOOK_AGAIN, on_timer, app))
		gws_error("cannot set the timer");
}

void gws_app_rescan(struct gws_app *app)
{
	int err;

	look_begins(app);
	err = gws_source_dir_rescan(app->source);
	if (err < 0)
		gws_error("cannot read %s: %s; keeping what was read before",
			  app->options->manifests, strerror(-err));
	else
		rebuild(app);
}

/* --- life --- */

/* Without copies a manifest that is broken at the start has no objects. */
static int open_source(struct gws_app *app)
{
	const struct gws_app_options *options = app->options;
	char *copies;
	int copies_err, err;

	copies_err = gws_last_good_open(&copies, options->state_dir,
					options->manifests);
	err = gws_source_dir_open(&app->source, options->manifests, copies,
				  app->store);
	free(copies);
	if (err)
		return err;
	if (copies_err)
		gws_warn("cannot keep copies of good manifests in %s: %s",
			 options->state_dir, strerror(-copies_err));
	return gws_loop_add(app->loop, gws_source_dir_fd(app->source),
			    on_source, app);
}

/* Without it the module's coming is seen two seconds later. */
static void open_watch(struct gws_app *app)
{
	int err = gws_nl_watch_open(&app->watch);

	if (!err)
		err = gws_loop_add(app->loop, gws_nl_watch_fd(app->watch),
				   on_watch, app);
	if (!err)
		return;
	gws_warn("cannot watch for the module: %s", strerror(-err));
	gws_nl_watch_close(app->watch);
	app->watch = NULL;
}

int gws_app_create(struct gws_app **out, const struct gws_app_options *options,
		   struct gws_loop *loop)
{
	struct gws_app *app = calloc(1, sizeof(*app));
	int err = -ENOMEM;

	*out = NULL;
	if (!app)
		return -ENOMEM;
	app->options = options;
	app->loop = loop;
	look_begins(app);
	now_text(app->started);
	app->faults = gws_fault_log_create();
	app->store = gws_store_create();
	app->nodeports = gws_nodeports_create();
	app->push = gws_push_create();
	if (!app->push)
		goto err;
	gws_push_set_limits(app->push, options->limits, options->nlimits);
	load_nodeports(app);
	load_status(app);
	err = open_source(app);
	if (err)
		goto err;
	open_watch(app);
	rebuild(app);
	err = gws_notify("READY=1");
	if (err)
		gws_warn("cannot tell the service manager: %s", strerror(-err));
	*out = app;
	return 0;

err:
	gws_app_destroy(app);
	return err;
}

void gws_app_destroy(struct gws_app *app)
{
	if (!app)
		return;
	if (app->watch)
		gws_loop_remove(app->loop, gws_nl_watch_fd(app->watch));
	if (app->source)
		gws_loop_remove(app->loop, gws_source_dir_fd(app->source));
	gws_nl_watch_close(app->watch);
	gws_push_destroy(app->push);
	gws_ir_destroy(app->ir);
	gws_graph_destroy(app->graph);
	gws_taken_clear(&app->taken);
	gws_source_dir_close(app->source);
	gws_nodeports_destroy(app->nodeports);
	gws_store_destroy(app->store);
	cJSON_Delete(app->objects);
	gws_fault_log_destroy(app->faults);
	free(app);
}
