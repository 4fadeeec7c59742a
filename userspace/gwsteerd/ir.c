// SPDX-License-Identifier: MIT
/*
 * Graph -> IR: what of it the kernel shall have.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/digest.h"
#include "../lib/mem.h"
#include "graph.h"
#include "ir.h"
#include "ir_sort.h"
#include "path.h"
#include "regex.h"
#include "resolve_steps.h"

/* A route at one listener under one hostname: a part of a table. */
struct place {
	const struct gws_graph_listener *listener;
	const char *hostname;	/* of the table */
	const char *written;	/* the route's own, "" = none */
	const struct gws_graph_route *route;
};

struct builder {
	const struct gws_graph *graph;
	struct gws_ir *ir;
	struct gws_arena *arena;	/* the IR's */
	struct gws_arena *scratch;
	struct place *places;
	size_t nplaces;
};

static int compare_binds(const void *x, const void *y)
{
	const struct gws_ir_bind *a = x, *b = y;
	int cmp = (a->kind > b->kind) - (a->kind < b->kind);

	if (!cmp)
		cmp = gws_ip_cmp(&a->addr, &b->addr);
	return cmp ? cmp : (a->port > b->port) - (a->port < b->port);
}

static int compare_cidrs(const void *x, const void *y)
{
	const struct gws_cidr *a = x, *b = y;
	int cmp = gws_ip_cmp(&a->ip, &b->ip);

	return cmp ? cmp : (a->bits > b->bits) - (a->bits < b->bits);
}

static struct gws_cidr *copy_cidrs(struct gws_arena *arena,
				   const struct gws_cidr *from, size_t n)
{
	struct gws_cidr *to;

	if (!n)
		return NULL;
	to = gws_mem_take(arena, n * sizeof(*to));
	memcpy(to, from, n * sizeof(*to));
	qsort(to, n, sizeof(*to), compare_cidrs);
	return to;
}

static void set_limits(struct builder *builder, struct gws_ir_client *client,
		       const struct gws_client_config *config)
{
	struct gws_ir_limit *limit;
	size_t i;

	for (i = 0; i < GWS_CONFIG_LIMITS; i++) {
		if (!config->limits[i].name)
			continue;
		limit = gws_mem_push(builder->arena, client->limits,
				     client->nlimits);
		limit->name = gws_mem_strdup(builder->arena,
					     config->limits[i].name);
		limit->value = config->limits[i].value;
	}
}

static void set_client(struct builder *builder, struct gws_ir_client *client,
		       const struct gws_client_config *config, uint16_t port)
{
	client->flags = (config->forwarded ? GWS_CLIENT_F_FORWARDED : 0) |
			(config->no_x_forwarded ? GWS_CLIENT_F_NO_X_FORWARDED : 0);
	client->ntrusted = config->ntrusted;
	client->trusted = copy_cidrs(builder->arena, config->trusted,
				     config->ntrusted);
	set_limits(builder, client, config);
	if (!gws_config_proxies(config, port))
		return;
	client->flags |= GWS_CLIENT_F_PROXY;
	client->nsenders = config->nsenders;
	client->senders = copy_cidrs(builder->arena, config->senders,
				     config->nsenders);
}

static void add_listener(struct builder *builder,
			 const struct gws_graph_listener *from)
{
	const struct gws_object *gateway = from->gateway->object;
	struct gws_ir *ir = builder->ir;
	struct gws_ir_listener *listener;
	size_t size = from->nbinds * sizeof(*from->binds);

	listener = gws_mem_push(builder->arena, ir->listeners, ir->nlisteners);
	listener->key = gws_mem_strdup(builder->arena, from->key);
	listener->namespace = gws_mem_strdup(builder->arena,
					     gateway->namespace);
	listener->gateway = gws_mem_strdup(builder->arena, gateway->name);
	listener->section = gws_mem_strdup(builder->arena, from->spec->name);
	listener->hostname = gws_mem_strdup(builder->arena,
					    from->spec->hostname);
	listener->port = from->spec->port;
	listener->protocol = GWS_PROTOCOL_HTTP;
	listener->binds = gws_mem_take(builder->arena, size);
	listener->nbinds = from->nbinds;
	memcpy(listener->binds, from->binds, size);
	qsort(listener->binds, listener->nbinds, sizeof(*listener->binds),
	      compare_binds);
	set_client(builder, &listener->client, &from->gateway->config,
		   from->spec->port);
}

static int compare_listeners(const void *a, const void *b)
{
	return strcmp(((const struct gws_ir_listener *)a)->key,
		      ((const struct gws_ir_listener *)b)->key);
}

static void build_listeners(struct builder *builder)
{
	const struct gws_graph *graph = builder->graph;
	const struct gws_graph_listener *listener;
	struct gws_ir *ir = builder->ir;
	size_t i, j;

	for (i = 0; i < graph->ngateways; i++)
		for (j = 0; j < graph->gateways[i].nlisteners; j++) {
			listener = &graph->gateways[i].listeners[j];
			if (listener->programmable && listener->nbinds)
				add_listener(builder, listener);
		}
	if (ir->nlisteners)
		qsort(ir->listeners, ir->nlisteners, sizeof(*ir->listeners),
		      compare_listeners);
}

static void add_place(struct builder *builder, const struct place *place)
{
	*gws_mem_push(builder->scratch, builder->places, builder->nplaces) =
		*place;
}

/* The names that a route has at a listener, each a place. */
static void place_route(struct builder *builder,
			const struct gws_graph_route *route,
			const struct gws_graph_listener *listener)
{
	const struct gws_httproute *spec = &route->object->route;
	const char *hostname = listener->spec->hostname;
	struct place place = {
		.listener = listener, .hostname = hostname, .written = "",
		.route = route,
	};
	size_t i;

	if (!spec->nhostnames)
		add_place(builder, &place);
	for (i = 0; i < spec->nhostnames; i++) {
		place.written = spec->hostnames[i];
		place.hostname = gws_hostname_intersect(place.written,
							hostname);
		if (place.hostname)
			add_place(builder, &place);
	}
}

/* By table, then by route; a route's most specific hostname comes first. */
static int compare_places(const void *x, const void *y)
{
	const struct place *a = x, *b = y;
	int cmp = strcmp(a->listener->key, b->listener->key);

	if (!cmp)
		cmp = strcmp(a->hostname, b->hostname);
	if (!cmp && a->route != b->route)
		cmp = gws_object_cmp(a->route->object, b->route->object);
	if (!cmp)
		cmp = gws_hostname_cmp(a->written, b->written);
	return cmp ? cmp : strcmp(a->written, b->written);
}

static void find_places(struct builder *builder)
{
	const struct gws_graph *graph = builder->graph;
	const struct gws_graph_parent *parent;
	size_t i, j, k;

	for (i = 0; i < graph->nroutes; i++)
		for (j = 0; j < graph->routes[i].nparents; j++) {
			parent = &graph->routes[i].parents[j];
			for (k = 0; k < parent->nlisteners; k++)
				if (parent->listeners[k]->programmable &&
				    parent->listeners[k]->nbinds)
					place_route(builder, &graph->routes[i],
						    parent->listeners[k]);
		}
	if (builder->nplaces)
		qsort(builder->places, builder->nplaces,
		      sizeof(*builder->places), compare_places);
}

/*
 * A rule's name, else its index; should another rule of the route have that
 * index for a name, '_' tells them apart, which no name can have.
 */
static const char *rule_name(struct builder *builder,
			     const struct gws_httproute *route, size_t index)
{
	char text[24];
	size_t i;

	if (route->rules[index].name)
		return gws_mem_strdup(builder->arena, route->rules[index].name);
	snprintf(text, sizeof(text), "%zu", index);
	for (i = 0; i < route->nrules; i++)
		if (route->rules[i].name && !strcmp(route->rules[i].name, text))
			return gws_mem_printf(builder->arena, "%zu_", index);
	return gws_mem_strdup(builder->arena, text);
}

static void set_tries(struct builder *builder, struct gws_tries *to,
		      const struct gws_tries *from)
{
	uint16_t *codes = gws_mem_take(builder->arena,
				       from->n_codes * sizeof(*codes));

	*to = *from;
	if (from->n_codes)
		memcpy(codes, from->codes, from->n_codes * sizeof(*codes));
	to->codes = codes;
}

static uint16_t own_port(const char *scheme)
{
	return !strcmp(scheme, "https") ? 443 : 80;
}

/*
 * HTTPRequestRedirectFilter.Port: the one written; else that of the scheme, if
 * one is written; else the listener's, whichever way the request came in. The
 * port that a scheme has by itself is not said.
 */
static void set_redirect(struct gws_filter *filter,
			 const struct gws_graph_listener *listener)
{
	uint16_t port = filter->port;

	if (!port)
		port = filter->scheme ? own_port(filter->scheme) :
					listener->spec->port;
	if (!filter->scheme)
		filter->scheme = "http";
	filter->port = port == own_port(filter->scheme) ? 0 : port;
}

static struct gws_filter *copy_filters(struct builder *builder,
				       const struct gws_graph_listener *listener,
				       const struct gws_filter *from, size_t n)
{
	struct gws_filter *to = gws_mem_take(builder->arena, n * sizeof(*to));
	size_t i;

	for (i = 0; i < n; i++) {
		to[i] = gws_filter_copy(builder->arena, &from[i]);
		if (to[i].kind == GWS_FILTER_REDIRECT)
			set_redirect(&to[i], listener);
	}
	return to;
}

static void add_rule(struct builder *builder, struct gws_ir_table *table,
		     const struct place *place,
		     const struct gws_graph_rule *from, size_t index)
{
	struct gws_ir_rule *rule = gws_mem_push(builder->arena, table->rules,
						table->nrules);
	const struct gws_object *route = place->route->object;
	const struct gws_graph_cluster *cluster;
	struct gws_ir_backend *backend;
	size_t i;

	rule->kind = GWS_ROUTE_HTTP;
	rule->namespace = gws_mem_strdup(builder->arena, route->namespace);
	rule->route = gws_mem_strdup(builder->arena, route->name);
	rule->name = rule_name(builder, &route->route, index);
	set_tries(builder, &rule->tries, &from->rule->tries);
	for (i = 0; i < from->nbackends; i++) {
		cluster = from->failing ? NULL : from->backends[i].cluster;
		backend = gws_mem_push(builder->arena, rule->backends,
				       rule->nbackends);
		backend->name = gws_mem_strdup(builder->arena,
					       from->backends[i].name);
		backend->cluster = cluster ?
			gws_mem_strdup(builder->arena, cluster->key) : NULL;
		backend->weight = from->backends[i].ref->weight;
		backend->nfilters = from->backends[i].nfilters;
		backend->filters = copy_filters(builder, place->listener,
						from->backends[i].filters,
						backend->nfilters);
	}
	rule->nfilters = from->nfilters;
	rule->filters = copy_filters(builder, place->listener, from->filters,
				     rule->nfilters);
}

static char *lower(struct gws_arena *arena, const char *text)
{
	char *copy = gws_mem_strdup(arena, text), *c;

	for (c = copy; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return copy;
}

/* Its index and 1; 0 for none. Rules that come from one template share it. */
static uint32_t add_regex(struct builder *builder, struct gws_ir_table *table,
			  const struct gws_regex *from)
{
	struct gws_ir_regex *regex;
	void *dfa;
	size_t i;

	if (!from)
		return 0;
	for (i = 0; i < table->nregexes; i++)
		if (!strcmp(table->regexes[i].text, from->text))
			return (uint32_t)i + 1;
	regex = gws_mem_push(builder->arena, table->regexes, table->nregexes);
	regex->text = gws_mem_strdup(builder->arena, from->text);
	dfa = gws_mem_take(builder->arena, from->size);
	regex->dfa = memcpy(dfa, from->dfa, from->size);
	regex->size = from->size;
	return (uint32_t)table->nregexes;
}

static void set_value(struct builder *builder, struct gws_ir_table *table,
		      struct gws_ir_header *header, const char *name,
		      const struct gws_route_value *from)
{
	header->name = name;
	header->value = gws_mem_strdup(builder->arena, from->value);
	header->regex = add_regex(builder, table, from->regex);
}

/* "Foo" beside "foo": "only the first entry ... MUST be considered". */
static void add_headers(struct builder *builder, struct gws_ir_table *table,
			struct gws_ir_match *match,
			const struct gws_route_match *from)
{
	const char *name;
	size_t i, j;

	for (i = 0; i < from->nheaders; i++) {
		name = lower(builder->arena, from->headers[i].name);
		for (j = 0; j < match->nheaders; j++)
			if (!strcmp(match->headers[j].name, name))
				break;
		if (j == match->nheaders)
			set_value(builder, table,
				  gws_mem_push(builder->arena, match->headers,
					       match->nheaders),
				  name, &from->headers[i]);
	}
}

/* Two of one name cannot be: the schema's list is keyed by it. */
static void add_queries(struct builder *builder, struct gws_ir_table *table,
			struct gws_ir_match *match,
			const struct gws_route_match *from)
{
	size_t i;

	for (i = 0; i < from->nqueries; i++)
		set_value(builder, table,
			  gws_mem_push(builder->arena, match->queries,
				       match->nqueries),
			  gws_mem_strdup(builder->arena, from->queries[i].name),
			  &from->queries[i]);
}

/* A '/' at the end of a prefix means nothing (HTTPPathMatch, PathPrefix). */
static void set_path(struct builder *builder,
		     struct gws_ir_candidate *candidate,
		     const struct gws_route_match *from)
{
	struct gws_ir_match *match = &candidate->match;
	const char *normal = from->path;
	size_t len;
	char *path;

	if (from->path_type != GWS_MATCH_REGEX)
		normal = gws_path_normalise(builder->scratch, from->path);
	path = gws_mem_strdup(builder->arena, normal);
	len = strlen(path);
	candidate->path_len = len;
	match->path = path;
	match->path_kind = from->path_type == GWS_MATCH_REGEX ? GWS_PATH_REGEX :
								GWS_PATH_EXACT;
	if (from->path_type != GWS_MATCH_PREFIX)
		return;
	while (len > 1 && path[len - 1] == '/')
		path[--len] = '\0';
	match->path_kind = len > 1 ? GWS_PATH_PREFIX : GWS_PATH_ANY;
}

/* What a table is made of while it is put together. */
struct draft {
	struct gws_ir_table *table;
	struct gws_ir_candidate *candidates;
	size_t ncandidates;
};

static void add_candidates(struct builder *builder, struct draft *draft,
			   const struct place *place, size_t index)
{
	const struct gws_route_rule *rule = place->route->rules[index].rule;
	struct gws_ir_candidate *candidate;
	size_t i;

	for (i = 0; i < rule->nmatches; i++) {
		candidate = gws_mem_push(builder->scratch, draft->candidates,
					 draft->ncandidates);
		candidate->match.rule = (uint32_t)(draft->table->nrules - 1);
		set_path(builder, candidate, &rule->matches[i]);
		candidate->match.path_regex =
			add_regex(builder, draft->table,
				  rule->matches[i].regex);
		add_headers(builder, draft->table, &candidate->match,
			    &rule->matches[i]);
		add_queries(builder, draft->table, &candidate->match,
			    &rule->matches[i]);
		if (rule->matches[i].method)
			candidate->match.method =
				gws_mem_strdup(builder->arena,
					       rule->matches[i].method);
		candidate->hostname = place->written;
		candidate->route = place->route->object;
		candidate->rule_index = index;
		candidate->match_index = i;
	}
}

static bool same_table(const struct place *a, const struct place *b)
{
	return a->listener == b->listener && !strcmp(a->hostname, b->hostname);
}

/* Returns the first place that is not the table's. */
static size_t add_table(struct builder *builder, size_t first)
{
	const struct place *places = builder->places, *place;
	struct gws_ir *ir = builder->ir;
	struct gws_ir_table *table = gws_mem_push(builder->arena, ir->tables,
						  ir->ntables);
	struct draft draft = { .table = table };
	size_t i, j;

	table->listener = gws_mem_strdup(builder->arena,
					 places[first].listener->key);
	table->hostname = gws_mem_strdup(builder->arena,
					 places[first].hostname);
	table->key = gws_mem_printf(builder->arena, "%s|%s", table->listener,
				    table->hostname);
	for (i = first; i < builder->nplaces &&
	     same_table(&places[i], &places[first]); i++) {
		place = &places[i];
		/* Only a route's most specific hostname counts here. */
		if (i > first && place->route == places[i - 1].route)
			continue;
		for (j = 0; j < place->route->nrules; j++) {
			if (place->route->rules[j].dropped)
				continue;
			add_rule(builder, table, place,
				 &place->route->rules[j], j);
			add_candidates(builder, &draft, place, j);
		}
	}
	gws_ir_sort(draft.candidates, draft.ncandidates);
	for (j = 0; j < draft.ncandidates; j++)
		*gws_mem_push(builder->arena, table->matches,
			      table->nmatches) = draft.candidates[j].match;
	return i;
}

static int compare_tables(const void *a, const void *b)
{
	return strcmp(((const struct gws_ir_table *)a)->key,
		      ((const struct gws_ir_table *)b)->key);
}

static void build_tables(struct builder *builder)
{
	struct gws_ir *ir = builder->ir;
	size_t i = 0;

	find_places(builder);
	while (i < builder->nplaces)
		i = add_table(builder, i);
	if (ir->ntables)
		qsort(ir->tables, ir->ntables, sizeof(*ir->tables),
		      compare_tables);
}

static void mark_used(const struct builder *builder, const char *key,
		      bool *used)
{
	const struct gws_graph *graph = builder->graph;
	size_t low = 0, high = graph->nclusters, middle;
	int cmp;

	while (low < high) {
		middle = low + (high - low) / 2;
		cmp = strcmp(graph->clusters[middle]->key, key);
		if (!cmp) {
			used[middle] = true;
			return;
		}
		if (cmp < 0)
			low = middle + 1;
		else
			high = middle;
	}
}

static void mark_mirrors(const struct builder *builder,
			 const struct gws_filter *filters, size_t n, bool *used)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (filters[i].kind == GWS_FILTER_MIRROR)
			mark_used(builder, filters[i].mirror, used);
}

static void mark_rule(const struct builder *builder,
		      const struct gws_ir_rule *rule, bool *used)
{
	const struct gws_ir_backend *backend;
	size_t i;

	mark_mirrors(builder, rule->filters, rule->nfilters, used);
	for (i = 0; i < rule->nbackends; i++) {
		backend = &rule->backends[i];
		if (backend->cluster)
			mark_used(builder, backend->cluster, used);
		mark_mirrors(builder, backend->filters, backend->nfilters,
			     used);
	}
}

/* Clusters that a table refers to; they are sorted as the graph's are. */
static void build_clusters(struct builder *builder)
{
	const struct gws_graph *graph = builder->graph;
	bool *used = gws_mem_take(builder->scratch, graph->nclusters);
	struct gws_ir *ir = builder->ir;
	struct gws_ir_cluster *cluster;
	size_t i, j, size;

	for (i = 0; i < ir->ntables; i++)
		for (j = 0; j < ir->tables[i].nrules; j++)
			mark_rule(builder, &ir->tables[i].rules[j], used);
	for (i = 0; i < graph->nclusters; i++) {
		if (!used[i])
			continue;
		cluster = gws_mem_push(builder->arena, ir->clusters,
				       ir->nclusters);
		cluster->key = gws_mem_strdup(builder->arena,
					      graph->clusters[i]->key);
		cluster->protocol = GWS_PROTOCOL_HTTP;
		size = graph->clusters[i]->nendpoints *
		       sizeof(*cluster->endpoints);
		cluster->endpoints = gws_mem_take(builder->arena, size);
		cluster->nendpoints = graph->clusters[i]->nendpoints;
		if (size)
			memcpy(cluster->endpoints,
			       graph->clusters[i]->endpoints, size);
	}
}

static uint64_t digest_ip(uint64_t digest, const struct gws_ip *ip)
{
	digest = gws_digest_u64(digest, ip->len);
	return gws_digest_bytes(digest, ip->b, ip->len);
}

static uint64_t digest_cidrs(uint64_t digest, const struct gws_cidr *cidrs,
			     size_t n)
{
	size_t i;

	digest = gws_digest_u64(digest, n);
	for (i = 0; i < n; i++) {
		digest = digest_ip(digest, &cidrs[i].ip);
		digest = gws_digest_u64(digest, cidrs[i].bits);
	}
	return digest;
}

static uint64_t digest_client(uint64_t digest,
			      const struct gws_ir_client *client)
{
	size_t i;

	digest = gws_digest_u64(digest, client->flags);
	digest = digest_cidrs(digest, client->senders, client->nsenders);
	digest = digest_cidrs(digest, client->trusted, client->ntrusted);
	for (i = 0; i < client->nlimits; i++) {
		digest = gws_digest_str(digest, client->limits[i].name);
		digest = gws_digest_u64(digest, client->limits[i].value);
	}
	return digest;
}

static uint64_t digest_listener(const struct gws_ir_listener *listener)
{
	uint64_t digest = gws_digest_str(GWS_DIGEST_INIT, listener->hostname);
	size_t i;

	digest = gws_digest_u64(digest, listener->protocol);
	digest = gws_digest_u64(digest, listener->port);
	for (i = 0; i < listener->nbinds; i++) {
		digest = digest_ip(digest, &listener->binds[i].addr);
		digest = gws_digest_u64(digest, listener->binds[i].port);
		digest = gws_digest_u64(digest, listener->binds[i].kind);
	}
	return digest_client(digest, &listener->client);
}

static uint64_t digest_tries(uint64_t digest, const struct gws_tries *tries)
{
	size_t i;

	digest = gws_digest_u64(digest, tries->timeout);
	digest = gws_digest_u64(digest, tries->try_timeout);
	digest = gws_digest_u64(digest, tries->retry);
	digest = gws_digest_u64(digest, tries->attempts);
	digest = gws_digest_u64(digest, tries->backoff);
	digest = gws_digest_u64(digest, tries->n_codes);
	for (i = 0; i < tries->n_codes; i++)
		digest = gws_digest_u64(digest, tries->codes[i]);
	return digest;
}

static uint64_t digest_filters(uint64_t digest,
			       const struct gws_filter *filters, size_t n)
{
	size_t i;

	digest = gws_digest_u64(digest, n);
	for (i = 0; i < n; i++)
		digest = gws_filter_digest(digest, &filters[i]);
	return digest;
}

static uint64_t digest_rule(uint64_t digest, const struct gws_ir_rule *rule)
{
	const struct gws_ir_backend *backend;
	size_t i;

	digest = gws_digest_u64(digest, rule->kind);
	digest = gws_digest_str(digest, rule->namespace);
	digest = gws_digest_str(digest, rule->route);
	digest = gws_digest_str(digest, rule->name);
	digest = gws_digest_u64(digest, rule->nbackends);
	for (i = 0; i < rule->nbackends; i++) {
		backend = &rule->backends[i];
		digest = gws_digest_str(digest, backend->cluster ?
					backend->cluster : "");
		digest = gws_digest_str(digest, backend->name);
		digest = gws_digest_u64(digest, backend->weight);
		digest = digest_filters(digest, backend->filters,
					backend->nfilters);
	}
	digest = digest_filters(digest, rule->filters, rule->nfilters);
	return digest_tries(digest, &rule->tries);
}

static uint64_t digest_pairs(uint64_t digest,
			     const struct gws_ir_header *pairs, size_t n)
{
	size_t i;

	digest = gws_digest_u64(digest, n);
	for (i = 0; i < n; i++) {
		digest = gws_digest_str(digest, pairs[i].name);
		digest = gws_digest_str(digest, pairs[i].value);
		digest = gws_digest_u64(digest, pairs[i].regex);
	}
	return digest;
}

static uint64_t digest_match(uint64_t digest, const struct gws_ir_match *match)
{

	digest = gws_digest_u64(digest, match->rule);
	digest = gws_digest_u64(digest, match->path_kind);
	digest = gws_digest_str(digest, match->path);
	digest = digest_pairs(digest, match->headers, match->nheaders);
	digest = gws_digest_str(digest, match->method ? match->method : "");
	return digest_pairs(digest, match->queries, match->nqueries);
}

static uint64_t digest_table(const struct gws_ir_table *table)
{
	uint64_t digest = gws_digest_str(GWS_DIGEST_INIT, table->listener);
	size_t i;

	digest = gws_digest_str(digest, table->hostname);
	digest = gws_digest_u64(digest, table->nrules);
	for (i = 0; i < table->nrules; i++)
		digest = digest_rule(digest, &table->rules[i]);
	for (i = 0; i < table->nregexes; i++)
		digest = gws_digest_bytes(digest, table->regexes[i].dfa,
					  table->regexes[i].size);
	for (i = 0; i < table->nmatches; i++)
		digest = digest_match(digest, &table->matches[i]);
	return digest;
}

static uint64_t digest_cluster(const struct gws_ir_cluster *cluster)
{
	uint64_t digest = gws_digest_u64(GWS_DIGEST_INIT, cluster->protocol);
	const struct gws_ir_endpoint *endpoint;
	size_t i;

	for (i = 0; i < cluster->nendpoints; i++) {
		endpoint = &cluster->endpoints[i];
		digest = digest_ip(digest, &endpoint->addr);
		digest = gws_digest_u64(digest, endpoint->port);
		digest = gws_digest_u64(digest, endpoint->ready |
					endpoint->serving << 1);
	}
	return digest;
}

static void digest_all(struct gws_ir *ir)
{
	uint64_t digest = gws_digest_u64(GWS_DIGEST_INIT, ir->nlisteners);
	size_t i;

	for (i = 0; i < ir->nlisteners; i++) {
		ir->listeners[i].digest = digest_listener(&ir->listeners[i]);
		digest = gws_digest_str(digest, ir->listeners[i].key);
		digest = gws_digest_u64(digest, ir->listeners[i].digest);
	}
	digest = gws_digest_u64(digest, ir->ntables);
	for (i = 0; i < ir->ntables; i++) {
		ir->tables[i].digest = digest_table(&ir->tables[i]);
		digest = gws_digest_str(digest, ir->tables[i].key);
		digest = gws_digest_u64(digest, ir->tables[i].digest);
	}
	for (i = 0; i < ir->nclusters; i++) {
		ir->clusters[i].digest = digest_cluster(&ir->clusters[i]);
		digest = gws_digest_str(digest, ir->clusters[i].key);
		digest = gws_digest_u64(digest, ir->clusters[i].digest);
	}
	ir->digest = digest;
}

struct gws_ir *gws_ir_build(const struct gws_graph *graph)
{
	struct gws_ir *ir = gws_mem_check(calloc(1, sizeof(*ir)));
	struct builder builder = { .graph = graph, .ir = ir };

	ir->arena = gws_mem_arena();
	builder.arena = ir->arena;
	builder.scratch = gws_mem_arena();
	build_listeners(&builder);
	build_tables(&builder);
	build_clusters(&builder);
	digest_all(ir);
	gws_arena_destroy(builder.scratch);
	return ir;
}

void gws_ir_destroy(struct gws_ir *ir)
{
	if (!ir)
		return;
	gws_arena_destroy(ir->arena);
	free(ir);
}

/* The key is the first member of every kind of object. */
static int compare_key(const void *key, const void *object)
{
	return strcmp(key, *(const char *const *)object);
}

const struct gws_ir_listener *gws_ir_find_listener(const struct gws_ir *ir,
						   const char *key)
{
	return ir->nlisteners ? bsearch(key, ir->listeners, ir->nlisteners,
					sizeof(*ir->listeners), compare_key) :
				NULL;
}

const struct gws_ir_cluster *gws_ir_find_cluster(const struct gws_ir *ir,
						 const char *key)
{
	return ir->nclusters ? bsearch(key, ir->clusters, ir->nclusters,
				       sizeof(*ir->clusters), compare_key) :
			       NULL;
}
