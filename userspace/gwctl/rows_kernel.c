// SPDX-License-Identifier: MIT
/*
 * Rows of what the kernel has.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/jsonx.h"
#include "../lib/mem.h"
#include "../lib/place.h"
#include "rows.h"

static const char *protocol_name(uint8_t protocol)
{
	return protocol == GWS_PROTOCOL_HTTP ? "HTTP" : "unknown";
}

static const char *bind_name(uint8_t kind)
{
	static const char *const names[] = {
		[GWS_BIND_NODEPORT] = "nodeport",
		[GWS_BIND_ADDRESS] = "address",
		[GWS_BIND_HOST] = "host",
	};

	return kind && kind < __GWS_BIND_LAST ? names[kind] : "unknown";
}

static size_t count_tables(const struct gws_view *view, uint32_t listener)
{
	size_t i, n = 0;

	for (i = 0; i < view->config.n_tables; i++)
		n += view->config.tables[i].listener == listener;
	return n;
}

static cJSON *bind_list(const struct gws_msg_listener *l)
{
	cJSON *list = gws_json_array();
	char place[GWS_PLACE_TEXT], text[96];
	size_t i;

	for (i = 0; i < l->n_binds; i++) {
		gws_place_text(&l->binds[i].addr, l->binds[i].port, place);
		snprintf(text, sizeof(text), "%s/%s",
			 bind_name(l->binds[i].kind), place);
		gws_json_append(list, cJSON_CreateString(text));
	}
	return list;
}

static void add_digest(cJSON *row, uint64_t digest)
{
	char text[32];

	snprintf(text, sizeof(text), "%016llx", (unsigned long long)digest);
	gws_json_add_str(row, "digest", text);
}

static void add_nets(cJSON *row, const char *name,
		     const struct gws_msg_net *nets, size_t n)
{
	char text[GWS_CIDR_TEXT];
	struct gws_cidr cidr;
	cJSON *list;
	size_t i;

	if (!n)
		return;
	list = gws_json_add(row, name, gws_json_array());
	for (i = 0; i < n; i++) {
		cidr.ip.len = nets[i].addr.len;
		memcpy(cidr.ip.b, nets[i].addr.bytes, sizeof(cidr.ip.b));
		cidr.bits = nets[i].bits;
		gws_json_append(list, cJSON_CreateString(gws_cidr_text(&cidr,
								    text)));
	}
}

/* By the keys of the configuration that it came from. */
static void add_client(cJSON *row, const struct gws_msg_client *client)
{
	cJSON *limits;
	size_t i;

	gws_json_add_bool(row, "proxyProtocol",
			  client->flags & GWS_CLIENT_F_PROXY);
	add_nets(row, "proxyProtocolSenders", client->senders,
		 client->n_senders);
	add_nets(row, "trustedProxies", client->trusted, client->n_trusted);
	gws_json_add_str(row, "forwardedHeaders",
			 gws_forwarded_text(client->flags));
	if (!client->n_limits)
		return;
	limits = gws_json_add(row, "limits", gws_json_object());
	for (i = 0; i < client->n_limits; i++)
		gws_json_add_int(limits, client->limits[i].name,
				 (long long)client->limits[i].value);
}

cJSON *gws_rows_listeners(const struct gws_view *view)
{
	cJSON *rows = gws_json_array(), *row;
	size_t i;

	for (i = 0; i < view->config.n_listeners; i++) {
		const struct gws_msg_listener *l = &view->config.listeners[i];

		row = gws_json_append(rows, gws_json_object());
		gws_json_add_str(row, "namespace", l->namespace);
		gws_json_add_str(row, "gateway", l->gateway);
		gws_json_add_str(row, "name", l->section);
		gws_json_add_str(row, "hostname",
				 *l->hostname ? l->hostname : "*");
		gws_json_add_str(row, "protocol", protocol_name(l->protocol));
		gws_json_add_int(row, "port", l->port);
		gws_json_add(row, "binds", bind_list(l));
		add_client(row, &l->client);
		gws_json_add_int(row, "tables", count_tables(view, l->id));
		gws_json_add_int(row, "id", l->id);
		add_digest(row, l->digest);
	}
	return rows;
}

/* --- rules --- */

/* @regex: an index and 1. The kernel has checked it, this program has not. */
static const char *regex_text(const struct gws_msg_table *t, uint32_t regex)
{
	return regex <= t->n_regexes ? t->regexes[regex - 1].text : "unknown";
}

static char *pair_text(struct gws_arena *arena, const struct gws_msg_table *t,
		       const struct gws_msg_header *pair)
{
	if (pair->regex)
		return gws_mem_printf(arena, "%s~%s", pair->name,
				      regex_text(t, pair->regex));
	return gws_mem_printf(arena, "%s=%s", pair->name, pair->value);
}

char *gws_rows_match(struct gws_arena *arena, const struct gws_msg_table *t,
		     const struct gws_msg_match *m)
{
	static const char *const kinds[] = {
		[GWS_PATH_ANY] = "prefix", [GWS_PATH_EXACT] = "exact",
		[GWS_PATH_PREFIX] = "prefix", [GWS_PATH_REGEX] = "regex",
	};
	char *text;
	size_t i;

	text = gws_mem_printf(arena, "%s %s", m->path_kind < __GWS_PATH_LAST ?
			      kinds[m->path_kind] : "unknown",
			      m->path_regex ? regex_text(t, m->path_regex) :
			      m->path ? m->path : "/");
	if (m->method)
		text = gws_mem_printf(arena, "%s %s", m->method, text);
	for (i = 0; i < m->n_queries; i++)
		text = gws_mem_printf(arena, "%s %c%s", text, i ? '&' : '?',
				      pair_text(arena, t, &m->queries[i]));
	for (i = 0; i < m->n_headers; i++)
		text = gws_mem_printf(arena, "%s %s", text,
				      pair_text(arena, t, &m->headers[i]));
	return text;
}

static cJSON *match_list(const struct gws_view *view,
			 const struct gws_msg_table *t, size_t rule)
{
	cJSON *list = gws_json_array();
	size_t i;

	for (i = 0; i < t->n_matches; i++) {
		if (t->matches[i].rule == rule)
			gws_json_append(list, cJSON_CreateString(
				gws_rows_match(view->arena, t, &t->matches[i])));
	}
	return list;
}

static cJSON *weight_list(const struct gws_view *view,
			  const struct gws_msg_rule *rule)
{
	cJSON *list = gws_json_array();
	size_t i;

	for (i = 0; i < rule->n_backends; i++)
		gws_json_append(list, cJSON_CreateString(gws_mem_printf(
			view->arena, "%s=%u%s", rule->backends[i].name,
			rule->backends[i].weight,
			rule->backends[i].cluster ? "" : " (invalid)")));
	return list;
}

/* Codes, each behind a comma but the first. */
static char *code_text(const struct gws_view *view,
		       const struct gws_tries *tries)
{
	char *text = gws_mem_printf(view->arena, "codes");
	size_t i;

	for (i = 0; i < tries->n_codes; i++)
		text = gws_mem_printf(view->arena, "%s%c%u", text,
				      i ? ',' : '=', tries->codes[i]);
	return text;
}

static void add_tries(cJSON *row, const struct gws_view *view,
		      const struct gws_tries *tries)
{
	cJSON *list;

	if (!tries->timeout && !tries->try_timeout && !tries->retry)
		return;
	list = gws_json_add(row, "tries", gws_json_array());
	if (tries->timeout)
		gws_json_append(list, cJSON_CreateString(gws_mem_printf(
			view->arena, "timeout=%ums", tries->timeout)));
	if (tries->try_timeout)
		gws_json_append(list, cJSON_CreateString(gws_mem_printf(
			view->arena, "try=%ums", tries->try_timeout)));
	if (tries->retry)
		gws_json_append(list, cJSON_CreateString(gws_mem_printf(
			view->arena, "attempts=%u", tries->attempts)));
	if (tries->backoff)
		gws_json_append(list, cJSON_CreateString(gws_mem_printf(
			view->arena, "backoff=%ums", tries->backoff)));
	if (tries->n_codes)
		gws_json_append(list,
				cJSON_CreateString(code_text(view, tries)));
}

/* Those of the rule, and those of each backend that has some. */
static void add_filters(cJSON *row, const struct gws_msg_rule *rule)
{
	cJSON *backends = NULL, *item;
	size_t i;

	if (rule->n_filters)
		gws_json_add(row, "filters", gws_filter_json(rule->filters,
							     rule->n_filters));
	for (i = 0; i < rule->n_backends; i++) {
		if (!rule->backends[i].n_filters)
			continue;
		if (!backends)
			backends = gws_json_add(row, "backendFilters",
						gws_json_array());
		item = gws_json_append(backends, gws_json_object());
		gws_json_add_str(item, "backend", rule->backends[i].name);
		gws_json_add(item, "filters",
			     gws_filter_json(rule->backends[i].filters,
					     rule->backends[i].n_filters));
	}
}

static void add_rule(cJSON *rows, const struct gws_view *view,
		     const struct gws_msg_table *t, size_t i)
{
	const struct gws_msg_listener *l =
		gws_msg_config_listener(&view->config, t->listener);
	const struct gws_msg_rule *rule = &t->rules[i];
	cJSON *row = gws_json_append(rows, gws_json_object());

	gws_json_add_str(row, "namespace", rule->namespace);
	gws_json_add_str(row, "kind", rule->kind == GWS_ROUTE_GRPC ?
			 "GRPCRoute" : "HTTPRoute");
	gws_json_add_str(row, "route", rule->route);
	gws_json_add_str(row, "name", rule->name);
	gws_json_add_str(row, "gateway", l ? l->gateway : "");
	gws_json_add_str(row, "gatewayNamespace", l ? l->namespace : "");
	gws_json_add_str(row, "listener", l ? l->section : "");
	gws_json_add_str(row, "hostname", *t->hostname ? t->hostname : "*");
	gws_json_add(row, "matches", match_list(view, t, i));
	gws_json_add(row, "backends", weight_list(view, rule));
	add_tries(row, view, &rule->tries);
	add_filters(row, rule);
	gws_json_add_int(row, "table", t->id);
}

cJSON *gws_rows_rules(const struct gws_view *view)
{
	cJSON *rows = gws_json_array();
	size_t i, n;

	for (i = 0; i < view->config.n_tables; i++) {
		for (n = 0; n < view->config.tables[i].n_rules; n++)
			add_rule(rows, view, &view->config.tables[i], n);
	}
	return rows;
}

/* --- backends --- */

/* "namespace/service:port" into its parts. */
static void add_backend_name(cJSON *row, const struct gws_view *view,
			     const char *full)
{
	const char *slash = strchr(full, '/'), *colon = strrchr(full, ':');

	if (!slash || !colon || colon < slash) {
		gws_json_add_str(row, "name", full);
		return;
	}
	gws_json_add_str(row, "namespace", gws_mem_printf(view->arena, "%.*s",
			 (int)(slash - full), full));
	gws_json_add_str(row, "name", gws_mem_printf(view->arena, "%.*s",
			 (int)(colon - slash - 1), slash + 1));
	gws_json_add_int(row, "port", strtol(colon + 1, NULL, 10));
}

static bool rule_uses(const struct gws_msg_rule *rule, uint32_t cluster)
{
	size_t i;

	for (i = 0; i < rule->n_backends; i++) {
		if (rule->backends[i].cluster == cluster)
			return true;
	}
	return false;
}

static bool listed(const cJSON *list, const char *text)
{
	const cJSON *element;

	cJSON_ArrayForEach(element, list) {
		if (!strcmp(element->valuestring, text))
			return true;
	}
	return false;
}

static cJSON *referrers(const struct gws_view *view, uint32_t cluster)
{
	cJSON *list = gws_json_array();
	char *text;
	size_t i, n;

	for (i = 0; i < view->config.n_tables; i++) {
		const struct gws_msg_table *t = &view->config.tables[i];

		for (n = 0; n < t->n_rules; n++) {
			if (!rule_uses(&t->rules[n], cluster))
				continue;
			text = gws_mem_printf(view->arena, "%s/%s",
					      t->rules[n].namespace,
					      t->rules[n].route);
			if (!listed(list, text))
				gws_json_append(list, cJSON_CreateString(text));
		}
	}
	return list;
}

static size_t count_ready(const struct gws_msg_cluster *c)
{
	size_t i, n = 0;

	for (i = 0; i < c->n_endpoints; i++)
		n += !!(c->endpoints[i].flags & GWS_EP_F_READY);
	return n;
}

cJSON *gws_rows_backends(const struct gws_view *view)
{
	cJSON *rows = gws_json_array(), *row;
	size_t i;

	for (i = 0; i < view->config.n_clusters; i++) {
		const struct gws_msg_cluster *c = &view->config.clusters[i];

		row = gws_json_append(rows, gws_json_object());
		add_backend_name(row, view, c->name);
		gws_json_add_str(row, "type", "Service");
		gws_json_add_int(row, "endpoints", c->n_endpoints);
		gws_json_add_int(row, "ready", count_ready(c));
		gws_json_add(row, "routes", referrers(view, c->id));
		gws_json_add_int(row, "id", c->id);
		add_digest(row, c->digest);
	}
	return rows;
}

static const char *endpoint_state(const struct gws_msg_endpoint *e)
{
	if (e->set_aside)
		return "SetAside";
	if (e->flags & GWS_EP_F_READY)
		return "Ready";
	return e->flags & GWS_EP_F_SERVING ? "Serving" : "NotReady";
}

cJSON *gws_rows_endpoints(const struct gws_view *view)
{
	cJSON *rows = gws_json_array(), *row;
	char place[GWS_PLACE_TEXT];
	size_t i, n;

	for (i = 0; i < view->config.n_clusters; i++) {
		const struct gws_msg_cluster *c = &view->config.clusters[i];

		for (n = 0; n < c->n_endpoints; n++) {
			const struct gws_msg_endpoint *e = &c->endpoints[n];

			row = gws_json_append(rows, gws_json_object());
			gws_json_add_str(row, "backend", c->name);
			gws_json_add_str(row, "namespace", gws_mem_printf(
				view->arena, "%.*s",
				(int)strcspn(c->name, "/"), c->name));
			gws_json_add_str(row, "name",
				gws_place_text(&e->addr, e->port, place));
			gws_json_add_str(row, "state", endpoint_state(e));
			gws_json_add_int(row, "active", e->active);
			gws_json_add_int(row, "connections", e->conns);
			gws_json_add_int(row, "requests", e->requests);
			gws_json_add_int(row, "errors", e->errors);
		}
	}
	return rows;
}
