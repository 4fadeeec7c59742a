// SPDX-License-Identifier: MIT
/*
 * The kinds that can be listed and their columns. Where kubernetes-sigs' gwctl
 * shows the same thing, the columns are the same, and NAMESPACE comes first.
 */
#include <stdio.h>
#include <string.h>

#include "../lib/jsonx.h"
#include "rows.h"

static const struct gws_column gateway_columns[] = {
	{ "NAMESPACE", "namespace", false },
	{ "NAME", "name", false },
	{ "CLASS", "class", false },
	{ "ADDRESSES", "addresses", false },
	{ "PORTS", "ports", false },
	{ "PROGRAMMED", "programmed", false },
	{ "AGE", "age", false },
	{ "NODEPORTS", "nodePorts", true },
	{ "HTTPROUTES", "routes", true },
};

static const struct gws_column class_columns[] = {
	{ "NAME", "name", false },
	{ "CONTROLLER", "controller", false },
	{ "ACCEPTED", "accepted", false },
	{ "AGE", "age", false },
	{ "GATEWAYS", "gateways", true },
};

static const struct gws_column route_columns[] = {
	{ "NAMESPACE", "namespace", false },
	{ "NAME", "name", false },
	{ "HOSTNAMES", "hostnames", false },
	{ "PARENT REFS", "parentRefs", false },
	{ "ACCEPTED", "accepted", false },
	{ "RESOLVED", "resolved", false },
	{ "AGE", "age", false },
	{ "REQUESTS", "requests", true },
	{ "ERRORS", "errors", true },
};

static const struct gws_column listener_columns[] = {
	{ "NAMESPACE", "namespace", false },
	{ "GATEWAY", "gateway", false },
	{ "NAME", "name", false },
	{ "HOSTNAME", "hostname", false },
	{ "PROTOCOL", "protocol", false },
	{ "PORT", "port", false },
	{ "BINDS", "binds", false },
	{ "TABLES", "tables", true },
	{ "ID", "id", true },
};

static const struct gws_column rule_columns[] = {
	{ "NAMESPACE", "namespace", false },
	{ "ROUTE", "route", false },
	{ "RULE", "name", false },
	{ "GATEWAY", "gateway", false },
	{ "LISTENER", "listener", false },
	{ "HOSTNAME", "hostname", false },
	{ "MATCHES", "matches", false },
	{ "BACKENDS", "backends", false },
	{ "TRIES", "tries", true },
	{ "TABLE", "table", true },
};

static const struct gws_column backend_columns[] = {
	{ "NAMESPACE", "namespace", false },
	{ "NAME", "name", false },
	{ "TYPE", "type", false },
	{ "PORT", "port", false },
	{ "ENDPOINTS", "endpoints", false },
	{ "READY", "ready", false },
	{ "AGE", "age", false },
	{ "REFERRED BY ROUTES", "routes", true },
	{ "ID", "id", true },
};

static const struct gws_column endpoint_columns[] = {
	{ "BACKEND", "backend", false },
	{ "ADDRESS", "name", false },
	{ "STATE", "state", false },
	{ "ACTIVE", "active", false },
	{ "CONNECTIONS", "connections", false },
	{ "REQUESTS", "requests", false },
	{ "ERRORS", "errors", false },
};

static const struct gws_column connection_columns[] = {
	{ "CLIENT", "name", false },
	{ "DESTINATION", "destination", false },
	{ "STATE", "state", false },
	{ "AGE", "age", false },
	{ "REQUESTS", "requests", false },
	{ "RX", "bytesRx", false },
	{ "TX", "bytesTx", false },
	{ "ROUTE", "route", false },
	{ "UPSTREAM", "upstream", false },
	{ "RULE", "rule", true },
	{ "BACKEND", "backend", true },
	{ "GATEWAY", "gateway", true },
	{ "LISTENER", "listener", true },
	{ "CPU", "cpu", true },
};

#define COLUMNS(array)	array, sizeof(array) / sizeof((array)[0])
#define KEYS(...)	(const char *const[]){ __VA_ARGS__, NULL }

const struct gws_listing gws_listings[] = {
	{ "gateways", "gateway", "gtw", "Gateway",
	  COLUMNS(gateway_columns), false, true, false,
	  KEYS("namespace", "name"), gws_rows_gateways },
	{ "gatewayclasses", "gatewayclass", "gc", "GatewayClass",
	  COLUMNS(class_columns), false, true, false,
	  KEYS("name"), gws_rows_classes },
	{ "routes", "route", "httproutes", "HTTPRoute",
	  COLUMNS(route_columns), false, true, false,
	  KEYS("namespace", "name"), gws_rows_routes },
	{ "listeners", "listener", NULL, NULL,
	  COLUMNS(listener_columns), true, false, false,
	  KEYS("id"), gws_rows_listeners },
	{ "rules", "rule", NULL, NULL,
	  COLUMNS(rule_columns), true, false, false,
	  KEYS("table", "kind", "namespace", "route", "name"), gws_rows_rules },
	{ "backends", "backend", NULL, NULL,
	  COLUMNS(backend_columns), true, false, false,
	  KEYS("id"), gws_rows_backends },
	{ "endpoints", "endpoint", "ep", NULL,
	  COLUMNS(endpoint_columns), true, false, false,
	  KEYS("backend", "name"), gws_rows_endpoints },
	{ "connections", "connection", "conns", NULL,
	  COLUMNS(connection_columns), true, false, true,
	  KEYS("name", "destination"), gws_rows_connections },
	{ NULL, NULL, NULL, NULL, NULL, 0, false, false, false, NULL, NULL },
};

const struct gws_listing *gws_listing_find(const char *name)
{
	const struct gws_listing *listing;

	for (listing = gws_listings; listing->plural; listing++) {
		if (!strcmp(name, listing->plural) ||
		    !strcmp(name, listing->singular) ||
		    (listing->alias && !strcmp(name, listing->alias)))
			return listing;
	}
	/* kubectl's name of a route's kind. */
	return strcmp(name, "httproute") ? NULL : gws_listing_find("routes");
}

/* An error that says which kinds there are. */
static int unknown_kind(const char *name)
{
	const struct gws_listing *listing;
	char kinds[160] = "";
	size_t used = 0;

	for (listing = gws_listings;
	     listing->plural && used < sizeof(kinds); listing++)
		used += snprintf(kinds + used, sizeof(kinds) - used, "%s%s",
				 used ? ", " : "", listing->plural);
	return gws_exit_report(GWS_EXIT_USAGE, "no kind '%s'; there are: %s",
			       name, kinds);
}

int gws_listing_open(const struct gws_listing **listing, struct gws_view *view,
		     const struct gws_call *call)
{
	int code;

	memset(view, 0, sizeof(*view));
	*listing = gws_listing_find(call->argv[0]);
	if (!*listing)
		return unknown_kind(call->argv[0]);
	code = gws_view_open(view, call);
	if (!code && (*listing)->needs_kernel)
		code = gws_view_need_kernel(view);
	if (!code && (*listing)->needs_connections)
		code = gws_view_need_connections(view);
	if (!code && (*listing)->needs_daemon)
		code = gws_view_need_daemon(view);
	return code;
}

void gws_rows_filter(cJSON *rows, const char *namespace, const char *key,
		     const char *name)
{
	cJSON *row = rows->child, *next;
	const char *of;

	for (; row; row = next) {
		next = row->next;
		of = gws_json_str(row, "namespace", NULL);
		if ((!namespace || !of || !strcmp(of, namespace)) &&
		    (!name || !strcmp(gws_json_str(row, key, ""), name)))
			continue;
		cJSON_Delete(cJSON_DetachItemViaPointer(rows, row));
	}
}
