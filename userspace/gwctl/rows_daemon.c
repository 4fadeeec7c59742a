// SPDX-License-Identifier: MIT
/*
 * Rows of the API's objects: the daemon's statuses, and what the kernel adds to
 * them when it can be asked.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "../lib/jsonx.h"
#include "../lib/mem.h"
#include "rows.h"

const char *gws_condition(const cJSON *conditions, const char *type)
{
	const cJSON *condition;

	cJSON_ArrayForEach(condition, conditions) {
		if (!strcmp(gws_json_str(condition, "type", ""), type))
			return gws_json_str(condition, "status", NULL);
	}
	return NULL;
}

/* As kubectl shows it: the two largest units would be one too many. */
static void add_age(cJSON *row, const struct gws_view *view, const cJSON *meta)
{
	const char *created = gws_json_str(meta, "creationTimestamp", NULL);
	struct tm tm = { 0 };
	long age;

	if (!created || !strptime(created, "%Y-%m-%dT%H:%M:%SZ", &tm))
		return;
	age = (long)(time(NULL) - timegm(&tm));
	if (age < 0)
		age = 0;
	gws_json_add_str(row, "age", age < 120 ?
		gws_mem_printf(view->arena, "%lds", age) : age < 7200 ?
		gws_mem_printf(view->arena, "%ldm", age / 60) : age < 172800 ?
		gws_mem_printf(view->arena, "%ldh", age / 3600) :
		gws_mem_printf(view->arena, "%ldd", age / 86400));
}

static cJSON *row_of(cJSON *rows, const struct gws_view *view,
		     const cJSON *object)
{
	const cJSON *meta = gws_json_get(object, "metadata");
	const char *namespace = gws_json_str(meta, "namespace", NULL);
	cJSON *row = gws_json_append(rows, gws_json_object());

	if (namespace)
		gws_json_add_str(row, "namespace", namespace);
	gws_json_add_str(row, "name", gws_json_str(meta, "name", ""));
	gws_json_add_int(row, "generation",
			 gws_json_int(meta, "generation", 0));
	add_age(row, view, meta);
	return row;
}

/* The whole status, for whoever reads JSON. */
static void add_status(cJSON *row, const cJSON *status)
{
	cJSON *copy = cJSON_Duplicate(status, true);

	if (copy)
		gws_json_add(row, "status", copy);
}

static bool has_number(const cJSON *list, long long number)
{
	const cJSON *element;

	cJSON_ArrayForEach(element, list) {
		if (element->valuedouble == (double)number)
			return true;
	}
	return false;
}

static cJSON *ports_of(const cJSON *spec)
{
	cJSON *ports = gws_json_array();
	const cJSON *listener;
	long long port;

	cJSON_ArrayForEach(listener, gws_json_get(spec, "listeners")) {
		port = gws_json_int(listener, "port", 0);
		if (!has_number(ports, port))
			gws_json_append(ports, cJSON_CreateNumber(port));
	}
	return ports;
}

/* Of the kernel: what is not programmed has none. */
static cJSON *node_ports_of(const struct gws_view *view, const char *namespace,
			    const char *gateway)
{
	cJSON *ports = gws_json_array();
	size_t i, n;

	for (i = 0; i < view->config.n_listeners; i++) {
		const struct gws_msg_listener *l = &view->config.listeners[i];

		if (strcmp(l->namespace, namespace) ||
		    strcmp(l->gateway, gateway))
			continue;
		for (n = 0; n < l->n_binds; n++) {
			if (l->binds[n].kind == GWS_BIND_NODEPORT &&
			    !has_number(ports, l->binds[n].port))
				gws_json_append(ports, cJSON_CreateNumber(
						l->binds[n].port));
		}
	}
	return ports;
}

static cJSON *addresses_of(const cJSON *status)
{
	cJSON *list = gws_json_array();
	const cJSON *address;

	cJSON_ArrayForEach(address, gws_json_get(status, "addresses"))
		gws_json_append(list, cJSON_CreateString(
				gws_json_str(address, "value", "")));
	return list;
}

static long long attached(const cJSON *status)
{
	const cJSON *listener;
	long long most = 0, n;

	/* A route may attach to several listeners; the sum would count it so. */
	cJSON_ArrayForEach(listener, gws_json_get(status, "listeners")) {
		n = gws_json_int(listener, "attachedRoutes", 0);
		if (n > most)
			most = n;
	}
	return most;
}

static void add_condition(cJSON *row, const char *key, const cJSON *status,
			  const char *type)
{
	const char *value = gws_condition(gws_json_get(status, "conditions"),
					  type);

	if (value)
		gws_json_add_str(row, key, value);
}

cJSON *gws_rows_gateways(const struct gws_view *view)
{
	cJSON *rows = gws_json_array(), *row;
	const cJSON *object, *spec, *status;

	cJSON_ArrayForEach(object, gws_json_get(view->status, "objects")) {
		if (strcmp(gws_json_str(object, "kind", ""), "Gateway"))
			continue;
		spec = gws_json_get(object, "spec");
		status = gws_json_get(object, "status");
		row = row_of(rows, view, object);
		gws_json_add_str(row, "class",
				 gws_json_str(spec, "gatewayClassName", ""));
		gws_json_add(row, "addresses", addresses_of(status));
		gws_json_add(row, "ports", ports_of(spec));
		add_condition(row, "accepted", status, "Accepted");
		add_condition(row, "programmed", status, "Programmed");
		gws_json_add(row, "nodePorts", node_ports_of(view,
			     gws_json_str(row, "namespace", ""),
			     gws_json_str(row, "name", "")));
		gws_json_add_int(row, "routes", attached(status));
		add_status(row, status);
	}
	return rows;
}

/* True when all parents say so; the first other value otherwise. */
static const char *of_parents(const cJSON *status, const char *type)
{
	const char *value, *all = NULL;
	const cJSON *parent;

	cJSON_ArrayForEach(parent, gws_json_get(status, "parents")) {
		value = gws_condition(gws_json_get(parent, "conditions"), type);
		if (!value)
			value = "Unknown";
		if (strcmp(value, "True"))
			return value;
		all = value;
	}
	return all;
}

static cJSON *parents_of(const struct gws_view *view, const cJSON *spec,
			 const char *own)
{
	cJSON *list = gws_json_array();
	const char *namespace;
	const cJSON *parent;

	cJSON_ArrayForEach(parent, gws_json_get(spec, "parentRefs")) {
		namespace = gws_json_str(parent, "namespace", own);
		gws_json_append(list, cJSON_CreateString(
			strcmp(namespace, own) ?
			gws_mem_printf(view->arena, "%s/%s", namespace,
				       gws_json_str(parent, "name", "")) :
			gws_json_str(parent, "name", "")));
	}
	return list;
}

static void add_traffic(cJSON *row, const struct gws_view *view)
{
	const char *namespace = gws_json_str(row, "namespace", "");
	const char *name = gws_json_str(row, "name", "");
	uint64_t requests = 0, errors = 0;
	size_t i;

	if (view->module_err)
		return;
	for (i = 0; i < view->n_stats; i++) {
		const struct gws_msg_stat *stat = &view->stats[i];

		/* A rule counts all of its backends' requests, too. */
		if (stat->has_backend ||
		    strcmp(stat->rule.namespace, namespace) ||
		    strcmp(stat->rule.route, name))
			continue;
		requests += stat->stats.requests;
		errors += stat->stats.errors;
	}
	gws_json_add_int(row, "requests", requests);
	gws_json_add_int(row, "errors", errors);
}

cJSON *gws_rows_routes(const struct gws_view *view)
{
	cJSON *rows = gws_json_array(), *row, *hosts;
	const cJSON *object, *spec, *status;
	const char *value;

	cJSON_ArrayForEach(object, gws_json_get(view->status, "objects")) {
		if (strcmp(gws_json_str(object, "kind", ""), "HTTPRoute"))
			continue;
		spec = gws_json_get(object, "spec");
		status = gws_json_get(object, "status");
		row = row_of(rows, view, object);
		hosts = cJSON_Duplicate(gws_json_get(spec, "hostnames"), true);
		if (hosts)
			gws_json_add(row, "hostnames", hosts);
		gws_json_add(row, "parentRefs", parents_of(view, spec,
			     gws_json_str(row, "namespace", "")));
		value = of_parents(status, "Accepted");
		if (value)
			gws_json_add_str(row, "accepted", value);
		value = of_parents(status, "ResolvedRefs");
		if (value)
			gws_json_add_str(row, "resolved", value);
		add_traffic(row, view);
		add_status(row, status);
	}
	return rows;
}

static long long gateways_of(const struct gws_view *view, const char *class)
{
	const cJSON *object;
	long long n = 0;

	cJSON_ArrayForEach(object, gws_json_get(view->status, "objects"))
		n += !strcmp(gws_json_str(object, "kind", ""), "Gateway") &&
		     !strcmp(gws_json_str(gws_json_get(object, "spec"),
					  "gatewayClassName", ""), class);
	return n;
}

cJSON *gws_rows_classes(const struct gws_view *view)
{
	cJSON *rows = gws_json_array(), *row;
	const cJSON *object;

	cJSON_ArrayForEach(object, gws_json_get(view->status, "objects")) {
		if (strcmp(gws_json_str(object, "kind", ""), "GatewayClass"))
			continue;
		row = row_of(rows, view, object);
		gws_json_add_str(row, "controller", gws_json_str(
			gws_json_get(object, "spec"), "controllerName", ""));
		add_condition(row, "accepted", gws_json_get(object, "status"),
			      "Accepted");
		gws_json_add_int(row, "gateways", gateways_of(view,
				 gws_json_str(row, "name", "")));
		add_status(row, gws_json_get(object, "status"));
	}
	return rows;
}
