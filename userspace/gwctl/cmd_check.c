// SPDX-License-Identifier: MIT
/*
 * gwctl check DIR: runs the daemon's pipeline over a directory and shows what
 * it would program. Talks neither to the kernel nor to the daemon.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../gwsteerd/ir.h"
#include "../gwsteerd/node.h"
#include "../gwsteerd/nodeports.h"
#include "../gwsteerd/options.h"
#include "../gwsteerd/problem.h"
#include "../gwsteerd/report.h"
#include "../gwsteerd/resolve.h"
#include "../gwsteerd/source_dir.h"
#include "../gwsteerd/status.h"
#include "../gwsteerd/store.h"
#include "../gwsteerd/wire.h"
#include "../lib/jsonx.h"
#include "../lib/rundir.h"
#include "health.h"
#include "rows.h"

struct checked {
	struct gws_store *store;
	struct gws_source_dir *source;
	struct gws_nodeports *nodeports;
	struct gws_graph *graph;
	struct gws_ir *ir;
	struct gws_state *nothing;
	struct gws_plan *plan;
};

/* The options of gwsteerd, parsed by its own parser. */
static int take_options(const struct gws_call *call,
			struct gws_options *options)
{
	char *argv[4 + 2 * 32 + 3] = { "gwsteerd", "--manifests",
				       call->argv[0] };
	int argc = 3, i, saved = optind, err;

	for (i = 0; i < call->npool; i++) {
		argv[argc++] = "--address-pool";
		argv[argc++] = (char *)call->pool[i];
	}
	for (i = 0; i < call->naddrs; i++) {
		argv[argc++] = "--node-address";
		argv[argc++] = (char *)call->addrs[i];
	}
	if (call->host_ports) {
		argv[argc++] = "--host-ports";
		argv[argc++] = (char *)call->host_ports;
	}
	/* 0 makes GNU getopt forget what it has permuted. */
	optind = 0;
	err = gws_options_parse(options, argc, argv);
	optind = saved;
	if (err)
		return gws_exit_report(GWS_EXIT_USAGE, "%s",
				       err == -ENOMEM ? "out of memory" :
				       options->why);
	return GWS_EXIT_OK;
}

/*
 * NodePorts that a daemon gave out already, if one names its state directory:
 * without, the result is the same on every machine.
 */
static int load_nodeports(struct gws_nodeports *nodeports, const char *dir)
{
	char path[PATH_MAX];
	int err;

	if (!dir)
		return GWS_EXIT_OK;
	/* One that has none yet lacks the file only. */
	if (access(dir, X_OK))
		return gws_exit_report(GWS_EXIT_USAGE, "--state-dir %s: %s",
				       dir, strerror(errno));
	snprintf(path, sizeof(path), "%s/nodeports.json", dir);
	err = gws_nodeports_load(nodeports, path);
	return err ? gws_exit_report(GWS_EXIT_SYSTEM, "%s: %s", path,
				     strerror(-err)) : GWS_EXIT_OK;
}

static int run_pipeline(struct checked *c, const struct gws_call *call,
			const struct gws_options *options)
{
	struct gws_ip own[GWS_NODE_ADDRS_MAX];
	const size_t none[GWS_STATE_KINDS] = { 0 };
	struct gws_env env = {
		.addrs = options->app.addrs, .naddrs = options->app.naddrs,
		.pool = options->app.pool, .npool = options->app.npool,
		.host_ports = options->app.host_ports,
		.nhost_ports = options->app.nhost_ports,
	};
	char why[400];
	int n, code;

	if (!env.naddrs) {
		n = gws_node_addrs(own);
		env.addrs = own;
		env.naddrs = n > 0 ? n : 0;
	}
	c->nodeports = gws_nodeports_create();
	code = load_nodeports(c->nodeports, call->state_dir);
	if (code)
		return code;
	env.nodeports = c->nodeports;
	c->graph = gws_resolve(c->store, &env);
	c->ir = gws_ir_build(c->graph);
	if (gws_ir_check(c->ir, why, sizeof(why)))
		return gws_exit_report(GWS_EXIT_SYSTEM, "internal error: %s",
				       why);
	c->nothing = gws_state_create(none);
	if (c->nothing)
		c->plan = gws_plan_create(c->ir, c->nothing, NULL, 0);
	if (!c->plan)
		return gws_exit_report(GWS_EXIT_SYSTEM, "out of memory");
	return GWS_EXIT_OK;
}

/* What there would be to look at once the kernel took all of it. */
static void make_view(struct gws_view *view, const struct checked *c,
		      const struct gws_options *options)
{
	static const struct gws_push_view kernel = {
		.module = GWS_MODULE_MISSING,
	};
	static const struct gws_push_result done = { .state = GWS_PUSH_DONE };
	const struct gws_report report = {
		.started = "", .manifests = options->app.manifests,
		.push = &done, .view = &kernel,
		.problems = gws_source_dir_problems(c->source),
		.notes = gws_graph_notes(c->graph),
		.store = c->store,
	};

	memset(view, 0, sizeof(*view));
	view->arena = c->plan->arena;
	view->status = gws_report_build(&report, "",
					gws_status_build(c->graph, &done));
	view->config = (struct gws_msg_config){
		.listeners = c->plan->listeners,
		.n_listeners = c->plan->n_listeners,
		.tables = c->plan->tables, .n_tables = c->plan->n_tables,
		.clusters = c->plan->clusters,
		.n_clusters = c->plan->n_clusters,
	};
}

static int print_lists(const struct gws_call *call, const struct gws_view *view)
{
	const struct gws_listing *listing;
	cJSON *rows;
	int err = 0;

	for (listing = gws_listings; listing->plural && !err; listing++) {
		rows = listing->rows(view);
		gws_rows_filter(rows, call->namespace, "name", NULL);
		if (rows->child) {
			printf("%s%s\n", listing == gws_listings ? "" : "\n",
			       listing->plural);
			err = gws_print_rows(stdout, call->output,
					     listing->columns,
					     listing->n_columns, rows,
					     call->titles);
		}
		cJSON_Delete(rows);
	}
	return err;
}

static int print_tree(const struct gws_call *call, const struct gws_view *view,
		      const struct gws_health *health)
{
	const struct gws_listing *listing;
	cJSON *tree = gws_json_object(), *rows;
	int err;

	for (listing = gws_listings; listing->plural; listing++) {
		rows = listing->rows(view);
		gws_rows_filter(rows, call->namespace, "name", NULL);
		gws_json_add(tree, listing->plural, rows);
	}
	gws_json_add(tree, "objects", cJSON_Duplicate(gws_json_get(
		     view->status, "objects"), true));
	gws_json_add(tree, "problems", cJSON_Duplicate(health->lines, true));
	err = gws_print_object(stdout, call->output, tree);
	cJSON_Delete(tree);
	return err;
}

static int show(const struct gws_call *call, const struct gws_view *view,
		size_t files)
{
	bool tree = call->output == GWS_OUTPUT_JSON ||
		    call->output == GWS_OUTPUT_YAML;
	struct gws_health health;
	const cJSON *line;
	int err, code;

	gws_health_check(&health, view, NULL, false);
	if (!files) {
		health.warnings++;
		gws_json_append(health.lines, cJSON_CreateString(
			"warning: no *.yaml, *.yml or *.json is directly in the directory; those of subdirectories are not read"));
	}
	err = tree ? print_tree(call, view, &health) : print_lists(call, view);
	fflush(stdout);
	cJSON_ArrayForEach(line, health.lines)
		fprintf(stderr, "%s\n", line->valuestring);
	if (err)
		code = gws_exit_report(GWS_EXIT_SYSTEM, "%s", strerror(-err));
	else if (health.code)
		code = gws_exit_report(health.code, NULL);
	else if (call->strict && health.warnings)
		code = gws_exit_report(GWS_EXIT_UNHEALTHY, "--strict: warnings");
	else
		code = GWS_EXIT_OK;
	gws_health_clear(&health);
	return code;
}

static void clear(struct checked *c)
{
	gws_plan_destroy(c->plan);
	gws_state_destroy(c->nothing);
	gws_ir_destroy(c->ir);
	gws_graph_destroy(c->graph);
	gws_nodeports_destroy(c->nodeports);
	gws_source_dir_close(c->source);
	gws_store_destroy(c->store);
}

int gws_cmd_check(const struct gws_call *call)
{
	struct gws_options options;
	struct checked c = { NULL };
	struct gws_view view;
	int code, err;

	if (call->argc != 1)
		return gws_exit_report(GWS_EXIT_USAGE, "gwctl check DIR");
	code = take_options(call, &options);
	if (code)
		goto out;
	c.store = gws_store_create();
	err = gws_source_dir_open(&c.source, options.app.manifests, NULL,
				  c.store);
	if (err) {
		code = gws_exit_report(err == -ENOENT || err == -ENOTDIR ?
				       GWS_EXIT_USAGE : GWS_EXIT_SYSTEM,
				       "%s: %s", options.app.manifests,
				       strerror(-err));
		goto out;
	}
	code = run_pipeline(&c, call, &options);
	if (code)
		goto out;
	make_view(&view, &c, &options);
	code = show(call, &view, gws_source_dir_count(c.source));
	cJSON_Delete(view.status);
out:
	if (c.store)
		clear(&c);
	gws_options_free(&options);
	return code;
}
