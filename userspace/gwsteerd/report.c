// SPDX-License-Identifier: MIT
/*
 * status.json:
 *
 *   written     when
 *   daemon      version, abi, pid, started, manifests, addresses
 *   module      state (ready, missing, foreign), version, abi
 *   generation  kernel: what it had after the last push; wanted: the same, or
 *               one more while something is still to be sent
 *   push        state (pending, done, failed), text, refused[] {key, text},
 *               applied {count, seconds}: changes since the daemon's start
 *   problems[]  level, file, line, object, field, text: of files, then of
 *               references that no condition can speak of
 *   objects[]   the API's objects with their status, the parts of their spec
 *               that lists show, and the file they were read from
 */
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../lib/jsonx.h"
#include "problem.h"
#include "report.h"
#include "resolve.h"
#include "store.h"

static const char *const module_states[] = {
	[GWS_MODULE_MISSING] = "missing",
	[GWS_MODULE_FOREIGN] = "foreign",
	[GWS_MODULE_READY] = "ready",
};

static const char *const push_states[] = {
	[GWS_PUSH_PENDING] = "pending",
	[GWS_PUSH_DONE] = "done",
	[GWS_PUSH_FAILED] = "failed",
};

static void add_daemon(cJSON *tree, const struct gws_report *report)
{
	cJSON *daemon = gws_json_add(tree, "daemon", gws_json_object());
	cJSON *addrs;
	char text[GWS_IP_TEXT];
	size_t i;

	gws_json_add_str(daemon, "version", GWS_VERSION);
	gws_json_add_int(daemon, "abi", GWS_ABI);
	gws_json_add_int(daemon, "pid", getpid());
	gws_json_add_str(daemon, "started", report->started);
	gws_json_add_str(daemon, "manifests", report->manifests);
	addrs = gws_json_add(daemon, "addresses", gws_json_array());
	for (i = 0; i < report->naddrs; i++)
		gws_json_append(addrs, cJSON_CreateString(
				gws_ip_text(&report->addrs[i], text)));
}

static void add_module(cJSON *tree, const struct gws_push_view *view)
{
	cJSON *module = gws_json_add(tree, "module", gws_json_object());

	gws_json_add_str(module, "state", module_states[view->module]);
	if (view->module == GWS_MODULE_MISSING)
		return;
	gws_json_add_str(module, "version", view->version);
	gws_json_add_int(module, "abi", view->abi);
}

static void add_push(cJSON *tree, const struct gws_report *report)
{
	const struct gws_push_result *push = report->push;
	cJSON *generation, *node, *refused, *row, *applied;
	size_t i;

	generation = gws_json_add(tree, "generation", gws_json_object());
	gws_json_add_int(generation, "kernel", report->view->generation);
	gws_json_add_int(generation, "wanted", report->view->generation +
			 (push->state != GWS_PUSH_DONE));
	node = gws_json_add(tree, "push", gws_json_object());
	gws_json_add_str(node, "state", push_states[push->state]);
	if (push->text)
		gws_json_add_str(node, "text", push->text);
	refused = gws_json_add(node, "refused", gws_json_array());
	for (i = 0; i < push->nerrors; i++) {
		row = gws_json_append(refused, gws_json_object());
		gws_json_add_str(row, "key", push->errors[i].key);
		gws_json_add_str(row, "text", push->errors[i].text);
	}
	applied = gws_json_add(node, "applied", gws_json_object());
	gws_json_add_int(applied, "count", report->applied);
	gws_json_add(applied, "seconds",
		     cJSON_CreateNumber(report->apply_seconds));
}

static void add_problems(cJSON *list, const struct gws_problems *problems)
{
	cJSON *row;
	size_t i;

	for (i = 0; i < gws_problems_count(problems); i++) {
		const struct gws_problem *p = gws_problems_get(problems, i);

		row = gws_json_append(list, gws_json_object());
		gws_json_add_str(row, "level", gws_level_name(p->level));
		if (p->file)
			gws_json_add_str(row, "file", p->file);
		if (p->line)
			gws_json_add_int(row, "line", p->line);
		if (p->object)
			gws_json_add_str(row, "object", p->object);
		if (p->field)
			gws_json_add_str(row, "field", p->field);
		gws_json_add_str(row, "text", p->text);
	}
}

static cJSON *gateway_spec(const struct gws_gateway *gateway)
{
	cJSON *spec = gws_json_object(), *listeners, *row;
	size_t i;

	gws_json_add_str(spec, "gatewayClassName", gateway->class);
	listeners = gws_json_add(spec, "listeners", gws_json_array());
	for (i = 0; i < gateway->nlisteners; i++) {
		const struct gws_listener_spec *l = &gateway->listeners[i];

		row = gws_json_append(listeners, gws_json_object());
		gws_json_add_str(row, "name", l->name);
		gws_json_add_int(row, "port", l->port);
		gws_json_add_str(row, "protocol", l->protocol);
		if (*l->hostname)
			gws_json_add_str(row, "hostname", l->hostname);
	}
	return spec;
}

static cJSON *route_spec(const struct gws_httproute *route)
{
	cJSON *spec = gws_json_object(), *list, *row;
	size_t i;

	list = gws_json_add(spec, "parentRefs", gws_json_array());
	for (i = 0; i < route->nparents; i++) {
		const struct gws_parent_ref *parent = &route->parents[i];

		row = gws_json_append(list, gws_json_object());
		gws_json_add_str(row, "kind", parent->kind);
		gws_json_add_str(row, "namespace", parent->namespace);
		gws_json_add_str(row, "name", parent->name);
		if (parent->section)
			gws_json_add_str(row, "sectionName", parent->section);
	}
	list = gws_json_add(spec, "hostnames", gws_json_array());
	for (i = 0; i < route->nhostnames; i++)
		gws_json_append(list, cJSON_CreateString(route->hostnames[i]));
	return spec;
}

static cJSON *class_spec(const char *controller)
{
	cJSON *spec = gws_json_object();

	gws_json_add_str(spec, "controllerName", controller);
	return spec;
}

static void add_origin(cJSON *entry, const struct gws_object *object)
{
	cJSON *meta = cJSON_GetObjectItemCaseSensitive(entry, "metadata");
	time_t created = object->created;
	char text[32];
	struct tm tm;

	if (object->created != INT64_MAX && gmtime_r(&created, &tm)) {
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
		gws_json_add_str(meta, "creationTimestamp", text);
	}
	if (!object->file)
		return;
	gws_json_add_str(entry, "file", object->file);
	gws_json_add_int(entry, "line", object->line);
}

/* The class of ours exists without a manifest, so an object may be missing. */
static void add_spec(cJSON *entry, const struct gws_store *store)
{
	static const enum gws_kind kinds[] = {
		GWS_KIND_GATEWAYCLASS, GWS_KIND_GATEWAY, GWS_KIND_HTTPROUTE,
	};
	const char *kind = gws_json_str(entry, "kind", "");
	const cJSON *meta = gws_json_get(entry, "metadata");
	const struct gws_object *object = NULL;
	cJSON *spec = NULL;
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!strcmp(kind, gws_kind_name(kinds[i])))
			object = gws_store_find(store, kinds[i],
				gws_json_str(meta, "namespace", ""),
				gws_json_str(meta, "name", ""));
	}
	if (object)
		add_origin(entry, object);
	if (object && object->kind == GWS_KIND_GATEWAY)
		spec = gateway_spec(&object->gateway);
	else if (object && object->kind == GWS_KIND_HTTPROUTE)
		spec = route_spec(&object->route);
	else if (!strcmp(kind, gws_kind_name(GWS_KIND_GATEWAYCLASS)))
		spec = class_spec(object ? object->class.controller :
				  GWS_CONTROLLER);
	if (spec)
		gws_json_add(entry, "spec", spec);
}

cJSON *gws_report_build(const struct gws_report *report, const char *now,
			cJSON *objects)
{
	cJSON *tree = gws_json_object(), *problems, *entry;

	cJSON_ArrayForEach(entry, objects)
		add_spec(entry, report->store);
	gws_json_add_str(tree, "written", now);
	add_daemon(tree, report);
	add_module(tree, report->view);
	add_push(tree, report);
	problems = gws_json_add(tree, "problems", gws_json_array());
	add_problems(problems, report->problems);
	add_problems(problems, report->notes);
	gws_json_add(tree, "objects", objects);
	return tree;
}
