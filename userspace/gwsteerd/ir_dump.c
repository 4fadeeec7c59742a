// SPDX-License-Identifier: MIT
/*
 * IR -> JSON tree.
 */
#include "../lib/jsonx.h"
#include "../lib/msg.h"
#include "ir_dump.h"

static const char *bind_kind(uint8_t kind)
{
	switch (kind) {
	case GWS_BIND_NODEPORT:
		return "NodePort";
	case GWS_BIND_ADDRESS:
		return "Address";
	default:
		return "Host";
	}
}

static void dump_cidrs(cJSON *item, const char *name,
		       const struct gws_cidr *cidrs, size_t n)
{
	char text[GWS_CIDR_TEXT];
	cJSON *list;
	size_t i;

	if (!n)
		return;
	list = gws_json_add(item, name, gws_json_array());
	for (i = 0; i < n; i++)
		gws_json_append(list, cJSON_CreateString(gws_cidr_text(&cidrs[i],
								    text)));
}

/* By the keys of the configuration. */
static void dump_client(cJSON *item, const struct gws_ir_client *client)
{
	cJSON *limits;
	size_t i;

	if (client->flags & GWS_CLIENT_F_PROXY)
		gws_json_add_bool(item, "proxyProtocol", true);
	dump_cidrs(item, "proxyProtocolSenders", client->senders,
		   client->nsenders);
	dump_cidrs(item, "trustedProxies", client->trusted, client->ntrusted);
	if (client->flags & ~GWS_CLIENT_F_PROXY)
		gws_json_add_str(item, "forwardedHeaders",
				 gws_forwarded_text(client->flags));
	if (!client->nlimits)
		return;
	limits = gws_json_add(item, "limits", gws_json_object());
	for (i = 0; i < client->nlimits; i++)
		gws_json_add_int(limits, client->limits[i].name,
				 (long long)client->limits[i].value);
}

static void dump_listener(cJSON *array, const struct gws_ir_listener *listener)
{
	cJSON *item = gws_json_append(array, gws_json_object()), *list, *bind;
	char text[GWS_IP_TEXT];
	size_t i;

	gws_json_add_str(item, "key", listener->key);
	gws_json_add_str(item, "protocol", "HTTP");
	gws_json_add_int(item, "port", listener->port);
	gws_json_add_str(item, "hostname", listener->hostname);
	list = gws_json_add(item, "binds", gws_json_array());
	for (i = 0; i < listener->nbinds; i++) {
		bind = gws_json_append(list, gws_json_object());
		gws_json_add_str(bind, "kind",
				 bind_kind(listener->binds[i].kind));
		if (listener->binds[i].addr.len)
			gws_json_add_str(bind, "address",
					 gws_ip_text(&listener->binds[i].addr,
						     text));
		gws_json_add_int(bind, "port", listener->binds[i].port);
	}
	dump_client(item, &listener->client);
}

/* Times are in milliseconds. */
static void dump_tries(cJSON *rule, const struct gws_tries *tries)
{
	cJSON *part, *codes;
	size_t i;

	if (tries->timeout)
		gws_json_add_int(rule, "timeout", tries->timeout);
	if (tries->try_timeout)
		gws_json_add_int(rule, "tryTimeout", tries->try_timeout);
	if (!tries->retry)
		return;
	part = gws_json_add(rule, "retry", gws_json_object());
	gws_json_add_int(part, "attempts", tries->attempts);
	if (tries->backoff)
		gws_json_add_int(part, "backoff", tries->backoff);
	codes = gws_json_add(part, "codes", gws_json_array());
	for (i = 0; i < tries->n_codes; i++)
		gws_json_append(codes, cJSON_CreateNumber(tries->codes[i]));
}

static void add_filters(cJSON *item, const struct gws_filter *filters, size_t n)
{
	if (n)
		gws_json_add(item, "filters", gws_filter_json(filters, n));
}

static void dump_rule(cJSON *array, const struct gws_ir_rule *rule)
{
	cJSON *item = gws_json_append(array, gws_json_object()), *list, *backend;
	size_t i;

	gws_json_add_str(item, "kind", rule->kind == GWS_ROUTE_GRPC ?
			 "GRPCRoute" : "HTTPRoute");
	gws_json_add_str(item, "namespace", rule->namespace);
	gws_json_add_str(item, "route", rule->route);
	gws_json_add_str(item, "name", rule->name);
	list = gws_json_add(item, "backends", gws_json_array());
	for (i = 0; i < rule->nbackends; i++) {
		backend = gws_json_append(list, gws_json_object());
		gws_json_add_str(backend, "name", rule->backends[i].name);
		gws_json_add_int(backend, "weight", rule->backends[i].weight);
		if (!rule->backends[i].cluster)
			gws_json_add_bool(backend, "invalid", true);
		add_filters(backend, rule->backends[i].filters,
			    rule->backends[i].nfilters);
	}
	dump_tries(item, &rule->tries);
	add_filters(item, rule->filters, rule->nfilters);
}

static void dump_pairs(cJSON *item, const char *name,
		       const struct gws_ir_header *pairs, size_t n)
{
	cJSON *list;
	size_t i;

	if (!n)
		return;
	list = gws_json_add(item, name, gws_json_object());
	for (i = 0; i < n; i++)
		gws_json_add_str(pairs[i].regex ?
				 gws_json_add(list, pairs[i].name,
					      gws_json_object()) : list,
				 pairs[i].regex ? "regex" : pairs[i].name,
				 pairs[i].value);
}

static void dump_match(cJSON *array, const struct gws_ir_match *match)
{
	static const char *const kinds[] = { "Any", "Exact", "Prefix",
					     "Regex" };
	cJSON *item = gws_json_append(array, gws_json_object());

	gws_json_add_str(item, "path", match->path);
	gws_json_add_str(item, "type", kinds[match->path_kind]);
	if (match->method)
		gws_json_add_str(item, "method", match->method);
	dump_pairs(item, "headers", match->headers, match->nheaders);
	dump_pairs(item, "queries", match->queries, match->nqueries);
	gws_json_add_int(item, "rule", match->rule);
}

/* The size says whether the automaton has changed. */
static void dump_regexes(cJSON *item, const struct gws_ir_table *table)
{
	cJSON *list;
	size_t i;

	if (!table->nregexes)
		return;
	list = gws_json_add(item, "regexes", gws_json_object());
	for (i = 0; i < table->nregexes; i++)
		gws_json_add_int(list, table->regexes[i].text,
				 (long long)table->regexes[i].size);
}

static void dump_table(cJSON *array, const struct gws_ir_table *table)
{
	cJSON *item = gws_json_append(array, gws_json_object()), *list;
	size_t i;

	gws_json_add_str(item, "listener", table->listener);
	gws_json_add_str(item, "hostname", table->hostname);
	list = gws_json_add(item, "matches", gws_json_array());
	for (i = 0; i < table->nmatches; i++)
		dump_match(list, &table->matches[i]);
	dump_regexes(item, table);
	list = gws_json_add(item, "rules", gws_json_array());
	for (i = 0; i < table->nrules; i++)
		dump_rule(list, &table->rules[i]);
}

static void dump_cluster(cJSON *array, const struct gws_ir_cluster *cluster)
{
	cJSON *item = gws_json_append(array, gws_json_object());
	cJSON *list, *endpoint;
	char text[GWS_IP_TEXT];
	size_t i;

	gws_json_add_str(item, "key", cluster->key);
	gws_json_add_str(item, "protocol", "HTTP");
	list = gws_json_add(item, "endpoints", gws_json_array());
	for (i = 0; i < cluster->nendpoints; i++) {
		endpoint = gws_json_append(list, gws_json_object());
		gws_json_add_str(endpoint, "address",
				 gws_ip_text(&cluster->endpoints[i].addr,
					     text));
		gws_json_add_int(endpoint, "port", cluster->endpoints[i].port);
		gws_json_add_bool(endpoint, "ready",
				  cluster->endpoints[i].ready);
		if (cluster->endpoints[i].serving)
			gws_json_add_bool(endpoint, "serving", true);
	}
}

cJSON *gws_ir_json(const struct gws_ir *ir)
{
	cJSON *tree = gws_json_object(), *list;
	size_t i;

	list = gws_json_add(tree, "listeners", gws_json_array());
	for (i = 0; i < ir->nlisteners; i++)
		dump_listener(list, &ir->listeners[i]);
	list = gws_json_add(tree, "tables", gws_json_array());
	for (i = 0; i < ir->ntables; i++)
		dump_table(list, &ir->tables[i]);
	list = gws_json_add(tree, "clusters", gws_json_array());
	for (i = 0; i < ir->nclusters; i++)
		dump_cluster(list, &ir->clusters[i]);
	return tree;
}
