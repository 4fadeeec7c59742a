// SPDX-License-Identifier: MIT
/*
 * Attributes to objects: what the kernel dumps. Nothing of the message is kept,
 * strings are copied into the arena.
 */
#include <errno.h>
#include <string.h>

#include "msg_filter.h"
#include "msg_get.h"

int gws_msg_get_str(const struct nlattr *attr, struct gws_arena *arena,
		    const char **value)
{
	const char *str;
	int err = gws_attr_str(attr, &str);

	if (err)
		return err;
	*value = gws_arena_strdup(arena, str);
	return *value ? 0 : -ENOMEM;
}

static int get_addr(const struct nlattr *attr, struct gws_msg_addr *addr)
{
	return gws_attr_addr(attr, addr->bytes, &addr->len);
}

/* Id and flags stand anywhere in the message and decide what the rest is. */
static int get_head(const struct gws_attrs *attrs, uint32_t *id, bool *more)
{
	const struct nlattr *attr;
	struct gws_attrs rest;
	uint32_t flags = 0;
	int err = 0;

	*id = 0;
	gws_attr_for_each(attr, *attrs, rest) {
		if (gws_attr_type(attr) == GWS_A_ID)
			err = gws_attr_u32(attr, id);
		else if (gws_attr_type(attr) == GWS_A_FLAGS)
			err = gws_attr_u32(attr, &flags);
		if (err)
			return err;
	}
	*more = flags & GWS_F_APPEND;
	return *id ? 0 : -EBADMSG;
}

/*
 * The object that a message is about, as a pointer: a new one, or the last one
 * for a continuation. 0 or a negative error in @err.
 */
#define object_of(attrs, arena, array, count, err)			\
	({								\
		typeof(array) object_ = NULL;				\
		uint32_t id_;						\
		bool more_;						\
									\
		(err) = get_head(attrs, &id_, &more_);			\
		if (!(err) && more_) {					\
			if ((count) && (array)[(count) - 1].id == id_)	\
				object_ = &(array)[(count) - 1];	\
			else						\
				(err) = -EBADMSG;			\
		} else if (!(err)) {					\
			object_ = append(arena, array, count);		\
			if (object_)					\
				object_->id = id_;			\
			else						\
				(err) = -ENOMEM;			\
		}							\
		object_;						\
	})

static int get_bind(const struct nlattr *nest, struct gws_msg_bind *bind)
{
	const struct nlattr *attr;
	struct gws_attrs rest;
	int err = 0;

	gws_attr_for_each(attr, gws_attr_nest(nest), rest) {
		switch (gws_attr_type(attr)) {
		case GWS_A_BIND_ADDR:
			err = get_addr(attr, &bind->addr);
			break;
		case GWS_A_BIND_PORT:
			err = gws_attr_u16(attr, &bind->port);
			break;
		case GWS_A_BIND_KIND:
			err = gws_attr_u8(attr, &bind->kind);
			break;
		}
		if (err)
			return err;
	}
	return 0;
}

static int get_limit(const struct nlattr *nest, struct gws_arena *arena,
		     struct gws_msg_limit *limit)
{
	const struct nlattr *attr;
	struct gws_attrs rest;
	int err = 0;

	gws_attr_for_each(attr, gws_attr_nest(nest), rest) {
		switch (gws_attr_type(attr)) {
		case GWS_A_LIM_NAME:
			err = gws_msg_get_str(attr, arena, &limit->name);
			break;
		case GWS_A_LIM_VALUE:
			err = gws_attr_u64(attr, &limit->value);
			break;
		case GWS_A_LIM_DEFAULT:
			err = gws_attr_u64(attr, &limit->def);
			break;
		}
		if (err)
			return err;
	}
	return limit->name ? 0 : -EBADMSG;
}

static int get_net(const struct nlattr *nest, struct gws_msg_net *net)
{
	const struct nlattr *attr;
	struct gws_attrs rest;
	int err = 0;

	gws_attr_for_each(attr, gws_attr_nest(nest), rest) {
		switch (gws_attr_type(attr)) {
		case GWS_A_NET_ADDR:
			err = get_addr(attr, &net->addr);
			break;
		case GWS_A_NET_BITS:
			err = gws_attr_u8(attr, &net->bits);
			break;
		}
		if (err)
			return err;
	}
	return net->addr.len ? 0 : -EBADMSG;
}

static int client_attr(const struct nlattr *attr, struct gws_arena *arena,
		       struct gws_msg_client *client)
{
	struct gws_msg_limit *limit;
	struct gws_msg_net *net;

	switch (gws_attr_type(attr)) {
	case GWS_A_CLIENT_FLAGS:
		return gws_attr_u32(attr, &client->flags);
	case GWS_A_CLIENT_SENDER:
		net = append(arena, client->senders, client->n_senders);
		return net ? get_net(attr, net) : -ENOMEM;
	case GWS_A_CLIENT_TRUSTED:
		net = append(arena, client->trusted, client->n_trusted);
		return net ? get_net(attr, net) : -ENOMEM;
	case GWS_A_CLIENT_LIMIT:
		limit = append(arena, client->limits, client->n_limits);
		return limit ? get_limit(attr, arena, limit) : -ENOMEM;
	}
	return 0;
}

static int get_client(const struct nlattr *nest, struct gws_arena *arena,
		      struct gws_msg_client *client)
{
	const struct nlattr *attr;
	struct gws_attrs rest;
	int err = 0;

	gws_attr_for_each(attr, gws_attr_nest(nest), rest) {
		err = client_attr(attr, arena, client);
		if (err)
			return err;
	}
	return 0;
}

static int listener_attr(const struct nlattr *attr, struct gws_arena *arena,
			 struct gws_msg_listener *l)
{
	struct gws_msg_bind *bind;

	switch (gws_attr_type(attr)) {
	case GWS_A_DIGEST:
		return gws_attr_u64(attr, &l->digest);
	case GWS_A_NAMESPACE:
		return gws_msg_get_str(attr, arena, &l->namespace);
	case GWS_A_GATEWAY:
		return gws_msg_get_str(attr, arena, &l->gateway);
	case GWS_A_SECTION:
		return gws_msg_get_str(attr, arena, &l->section);
	case GWS_A_SET_NAMESPACE:
		return gws_msg_get_str(attr, arena, &l->set_namespace);
	case GWS_A_SET:
		return gws_msg_get_str(attr, arena, &l->set);
	case GWS_A_HOSTNAME:
		return gws_msg_get_str(attr, arena, &l->hostname);
	case GWS_A_PROTOCOL:
		return gws_attr_u8(attr, &l->protocol);
	case GWS_A_PORT:
		return gws_attr_u16(attr, &l->port);
	case GWS_A_BIND:
		bind = append(arena, l->binds, l->n_binds);
		return bind ? get_bind(attr, bind) : -ENOMEM;
	case GWS_A_CLIENT:
		return get_client(attr, arena, &l->client);
	}
	return 0;
}

int gws_msg_get_listener(const struct gws_attrs *attrs, struct gws_arena *arena,
			 struct gws_msg_config *config)
{
	struct gws_msg_listener *listener;
	const struct nlattr *attr;
	struct gws_attrs rest;
	int err;

	listener = object_of(attrs, arena, config->listeners,
			     config->n_listeners, err);
	if (err)
		return err;
	gws_attr_for_each(attr, *attrs, rest) {
		err = listener_attr(attr, arena, listener);
		if (err)
			return err;
	}
	if (!listener->hostname)
		listener->hostname = "";
	if (!listener->namespace || !listener->gateway || !listener->section)
		return -EBADMSG;
	return 0;
}

static int get_backend(const struct nlattr *nest, struct gws_arena *arena,
		       struct gws_msg_backend *backend)
{
	const struct nlattr *attr;
	struct gws_attrs rest;
	int err = 0;

	gws_attr_for_each(attr, gws_attr_nest(nest), rest) {
		switch (gws_attr_type(attr)) {
		case GWS_A_BACKEND_CLUSTER:
			err = gws_attr_u32(attr, &backend->cluster);
			break;
		case GWS_A_BACKEND_WEIGHT:
			err = gws_attr_u32(attr, &backend->weight);
			break;
		case GWS_A_BACKEND_NAME:
			err = gws_msg_get_str(attr, arena, &backend->name);
			break;
		case GWS_A_BACKEND_INDEX:
			err = gws_attr_u32(attr, &backend->index);
			break;
		case GWS_A_BACKEND_FILTER:
			err = gws_msg_get_filter(attr, arena, &backend->filters,
						 &backend->n_filters);
			break;
		}
		if (err)
			return err;
	}
	return backend->name ? 0 : -EBADMSG;
}

static int get_codes(const struct nlattr *attr, struct gws_arena *arena,
		     struct gws_tries *tries)
{
	size_t count = gws_attr_len(attr) / sizeof(*tries->codes);
	uint16_t *codes = gws_arena_alloc(arena, count * sizeof(*codes));

	if (!codes)
		return -ENOMEM;
	tries->codes = codes;
	tries->n_codes = count;
	return gws_attr_u16s(attr, codes, count);
}

static int get_retry(const struct nlattr *nest, struct gws_arena *arena,
		     struct gws_tries *tries)
{
	const struct nlattr *attr;
	struct gws_attrs rest;
	int err = 0;

	tries->retry = true;
	gws_attr_for_each(attr, gws_attr_nest(nest), rest) {
		switch (gws_attr_type(attr)) {
		case GWS_A_RETRY_ATTEMPTS:
			err = gws_attr_u32(attr, &tries->attempts);
			break;
		case GWS_A_RETRY_BACKOFF:
			err = gws_attr_u32(attr, &tries->backoff);
			break;
		case GWS_A_RETRY_CODES:
			err = get_codes(attr, arena, tries);
			break;
		}
		if (err)
			return err;
	}
	return 0;
}

static int rule_attr(const struct nlattr *attr, struct gws_arena *arena,
		     struct gws_msg_rule *rule)
{
	struct gws_msg_backend *backend;

	switch (gws_attr_type(attr)) {
	case GWS_A_RULE_KIND:
		return gws_attr_u8(attr, &rule->kind);
	case GWS_A_RULE_NAMESPACE:
		return gws_msg_get_str(attr, arena, &rule->namespace);
	case GWS_A_RULE_ROUTE:
		return gws_msg_get_str(attr, arena, &rule->route);
	case GWS_A_RULE_NAME:
		return gws_msg_get_str(attr, arena, &rule->name);
	case GWS_A_RULE_BACKEND:
		backend = append(arena, rule->backends, rule->n_backends);
		return backend ? get_backend(attr, arena, backend) : -ENOMEM;
	case GWS_A_RULE_TIMEOUT:
		return gws_attr_u32(attr, &rule->tries.timeout);
	case GWS_A_RULE_TRY_TIMEOUT:
		return gws_attr_u32(attr, &rule->tries.try_timeout);
	case GWS_A_RULE_RETRY:
		return get_retry(attr, arena, &rule->tries);
	case GWS_A_RULE_FILTER:
		return gws_msg_get_filter(attr, arena, &rule->filters,
					  &rule->n_filters);
	}
	return 0;
}

int gws_msg_get_rule(const struct nlattr *nest, struct gws_arena *arena,
		     struct gws_msg_rule *rule)
{
	const struct nlattr *attr;
	struct gws_attrs rest;
	int err;

	gws_attr_for_each(attr, gws_attr_nest(nest), rest) {
		err = rule_attr(attr, arena, rule);
		if (err)
			return err;
	}
	if (!rule->namespace || !rule->route || !rule->name)
		return -EBADMSG;
	return 0;
}

/* An index, as one more than it is. */
static int get_index(const struct nlattr *attr, uint32_t *index)
{
	int err = gws_attr_u32(attr, index);

	if (!err && !++*index)
		err = -EBADMSG;
	return err;
}

static int get_header(const struct nlattr *nest, struct gws_arena *arena,
		      struct gws_msg_header *header)
{
	const struct nlattr *attr;
	struct gws_attrs rest;
	int err = 0;

	gws_attr_for_each(attr, gws_attr_nest(nest), rest) {
		switch (gws_attr_type(attr)) {
		case GWS_A_HDR_NAME:
			err = gws_msg_get_str(attr, arena, &header->name);
			break;
		case GWS_A_HDR_VALUE:
			err = gws_msg_get_str(attr, arena, &header->value);
			break;
		case GWS_A_HDR_REGEX:
			err = get_index(attr, &header->regex);
			break;
		}
		if (err)
			return err;
	}
	if (header->regex && !header->value)
		header->value = "";
	return header->name && header->value ? 0 : -EBADMSG;
}

static int get_regex(const struct nlattr *nest, struct gws_arena *arena,
		     struct gws_msg_regex *regex)
{
	const struct nlattr *attr;
	struct gws_attrs rest;
	int err;

	gws_attr_for_each(attr, gws_attr_nest(nest), rest) {
		if (gws_attr_type(attr) != GWS_A_REGEX_TEXT)
			continue;
		err = gws_msg_get_str(attr, arena, &regex->text);
		if (err)
			return err;
	}
	return regex->text ? 0 : -EBADMSG;
}

static int match_attr(const struct nlattr *attr, struct gws_arena *arena,
		      struct gws_msg_match *match)
{
	struct gws_msg_header *header;

	switch (gws_attr_type(attr)) {
	case GWS_A_MATCH_RULE:
		return gws_attr_u32(attr, &match->rule);
	case GWS_A_MATCH_PATH_KIND:
		return gws_attr_u8(attr, &match->path_kind);
	case GWS_A_MATCH_PATH:
		return gws_msg_get_str(attr, arena, &match->path);
	case GWS_A_MATCH_HEADER:
		header = append(arena, match->headers, match->n_headers);
		return header ? get_header(attr, arena, header) : -ENOMEM;
	case GWS_A_MATCH_PATH_REGEX:
		return get_index(attr, &match->path_regex);
	case GWS_A_MATCH_METHOD:
		return gws_msg_get_str(attr, arena, &match->method);
	case GWS_A_MATCH_QUERY:
		header = append(arena, match->queries, match->n_queries);
		return header ? get_header(attr, arena, header) : -ENOMEM;
	}
	return 0;
}

static int get_match(const struct nlattr *nest, struct gws_arena *arena,
		     struct gws_msg_match *match)
{
	const struct nlattr *attr;
	struct gws_attrs rest;
	int err;

	gws_attr_for_each(attr, gws_attr_nest(nest), rest) {
		err = match_attr(attr, arena, match);
		if (err)
			return err;
	}
	return 0;
}

static int table_attr(const struct nlattr *attr, struct gws_arena *arena,
		      struct gws_msg_table *t)
{
	struct gws_msg_match *match;
	struct gws_msg_regex *regex;
	struct gws_msg_rule *rule;

	switch (gws_attr_type(attr)) {
	case GWS_A_DIGEST:
		return gws_attr_u64(attr, &t->digest);
	case GWS_A_LISTENER:
		return gws_attr_u32(attr, &t->listener);
	case GWS_A_HOSTNAME:
		return gws_msg_get_str(attr, arena, &t->hostname);
	case GWS_A_RULE:
		rule = append(arena, t->rules, t->n_rules);
		return rule ? gws_msg_get_rule(attr, arena, rule) : -ENOMEM;
	case GWS_A_REGEX:
		regex = append(arena, t->regexes, t->n_regexes);
		return regex ? get_regex(attr, arena, regex) : -ENOMEM;
	case GWS_A_MATCH:
		match = append(arena, t->matches, t->n_matches);
		return match ? get_match(attr, arena, match) : -ENOMEM;
	}
	return 0;
}

int gws_msg_get_table(const struct gws_attrs *attrs, struct gws_arena *arena,
		      struct gws_msg_config *config)
{
	const struct nlattr *attr;
	struct gws_msg_table *table;
	struct gws_attrs rest;
	int err;

	table = object_of(attrs, arena, config->tables, config->n_tables, err);
	if (err)
		return err;
	gws_attr_for_each(attr, *attrs, rest) {
		err = table_attr(attr, arena, table);
		if (err)
			return err;
	}
	return table->listener && table->hostname ? 0 : -EBADMSG;
}

static int get_endpoint(const struct nlattr *nest,
			struct gws_msg_endpoint *endpoint)
{
	const struct nlattr *attr;
	struct gws_attrs rest;
	int err = 0;

	gws_attr_for_each(attr, gws_attr_nest(nest), rest) {
		switch (gws_attr_type(attr)) {
		case GWS_A_EP_ADDR:
			err = get_addr(attr, &endpoint->addr);
			break;
		case GWS_A_EP_PORT:
			err = gws_attr_u16(attr, &endpoint->port);
			break;
		case GWS_A_EP_FLAGS:
			err = gws_attr_u32(attr, &endpoint->flags);
			break;
		case GWS_A_EP_ACTIVE:
			err = gws_attr_u32(attr, &endpoint->active);
			break;
		case GWS_A_EP_CONNS:
			err = gws_attr_u32(attr, &endpoint->conns);
			break;
		case GWS_A_EP_SET_ASIDE:
			err = gws_attr_u8(attr, &endpoint->set_aside);
			break;
		case GWS_A_EP_REQUESTS:
			err = gws_attr_u64(attr, &endpoint->requests);
			break;
		case GWS_A_EP_ERRORS:
			err = gws_attr_u64(attr, &endpoint->errors);
			break;
		}
		if (err)
			return err;
	}
	return endpoint->addr.len ? 0 : -EBADMSG;
}

static int cluster_attr(const struct nlattr *attr, struct gws_arena *arena,
			struct gws_msg_cluster *c)
{
	struct gws_msg_endpoint *endpoint;

	switch (gws_attr_type(attr)) {
	case GWS_A_DIGEST:
		return gws_attr_u64(attr, &c->digest);
	case GWS_A_NAME:
		return gws_msg_get_str(attr, arena, &c->name);
	case GWS_A_PROTOCOL:
		return gws_attr_u8(attr, &c->protocol);
	case GWS_A_ENDPOINT:
		endpoint = append(arena, c->endpoints, c->n_endpoints);
		return endpoint ? get_endpoint(attr, endpoint) : -ENOMEM;
	}
	return 0;
}

int gws_msg_get_cluster(const struct gws_attrs *attrs, struct gws_arena *arena,
			struct gws_msg_config *config)
{
	struct gws_msg_cluster *cluster;
	const struct nlattr *attr;
	struct gws_attrs rest;
	int err;

	cluster = object_of(attrs, arena, config->clusters, config->n_clusters,
			    err);
	if (err)
		return err;
	gws_attr_for_each(attr, *attrs, rest) {
		err = cluster_attr(attr, arena, cluster);
		if (err)
			return err;
	}
	return cluster->name ? 0 : -EBADMSG;
}

static int get_counter(const struct nlattr *nest, struct gws_arena *arena,
		       struct gws_msg_counter *counter)
{
	const struct nlattr *attr;
	struct gws_attrs rest;
	int err = 0;

	gws_attr_for_each(attr, gws_attr_nest(nest), rest) {
		if (gws_attr_type(attr) == GWS_A_CNT_NAME)
			err = gws_msg_get_str(attr, arena, &counter->name);
		else if (gws_attr_type(attr) == GWS_A_CNT_VALUE)
			err = gws_attr_u64(attr, &counter->value);
		if (err)
			return err;
	}
	return counter->name ? 0 : -EBADMSG;
}

static int info_attr(const struct nlattr *attr, struct gws_arena *arena,
		     struct gws_msg_info *info)
{
	struct gws_msg_counter *counter;
	struct gws_msg_limit *limit;

	switch (gws_attr_type(attr)) {
	case GWS_A_VERSION:
		return gws_msg_get_str(attr, arena, &info->version);
	case GWS_A_ABI:
		return gws_attr_u32(attr, &info->abi);
	case GWS_A_GENERATION:
		return gws_attr_u64(attr, &info->generation);
	case GWS_A_MEMORY:
		return gws_attr_u64(attr, &info->memory);
	case GWS_A_COUNTER:
		counter = append(arena, info->counters, info->n_counters);
		return counter ? get_counter(attr, arena, counter) : -ENOMEM;
	case GWS_A_LIMIT:
		limit = append(arena, info->limits, info->n_limits);
		return limit ? get_limit(attr, arena, limit) : -ENOMEM;
	}
	return 0;
}

int gws_msg_get_info(const struct gws_attrs *attrs, struct gws_arena *arena,
		     struct gws_msg_info *info)
{
	const struct nlattr *attr;
	struct gws_attrs rest;
	int err;

	gws_attr_for_each(attr, *attrs, rest) {
		err = info_attr(attr, arena, info);
		if (err)
			return err;
	}
	return info->version ? 0 : -EBADMSG;
}

static int get_stats(const struct nlattr *nest, struct gws_msg_stats *stats)
{
	const struct nlattr *attr;
	struct gws_attrs rest;
	int err = 0;

	gws_attr_for_each(attr, gws_attr_nest(nest), rest) {
		switch (gws_attr_type(attr)) {
		case GWS_A_STATS_REQUESTS:
			err = gws_attr_u64(attr, &stats->requests);
			break;
		case GWS_A_STATS_ERRORS:
			err = gws_attr_u64(attr, &stats->errors);
			break;
		case GWS_A_STATS_BYTES_RX:
			err = gws_attr_u64(attr, &stats->bytes_rx);
			break;
		case GWS_A_STATS_BYTES_TX:
			err = gws_attr_u64(attr, &stats->bytes_tx);
			break;
		case GWS_A_STATS_ACTIVE:
			err = gws_attr_u64(attr, &stats->active);
			break;
		case GWS_A_STATS_CLASS:
			err = gws_attr_u64s(attr, stats->class, 6);
			break;
		case GWS_A_STATS_LATENCY:
			err = gws_attr_u64s(attr, stats->latency,
					    GWS_LATENCY_BUCKETS);
			break;
		case GWS_A_STATS_LATENCY_SUM:
			err = gws_attr_u64(attr, &stats->latency_sum);
			break;
		case GWS_A_STATS_ERROR:
			err = gws_attr_u64s(attr, stats->error, GWS_ERRORS);
			break;
		case GWS_A_STATS_MIRRORS:
			err = gws_attr_u64(attr, &stats->mirrors);
			break;
		case GWS_A_STATS_MIRRORS_ANSWERED:
			err = gws_attr_u64(attr, &stats->mirrors_answered);
			break;
		}
		if (err)
			return err;
	}
	return 0;
}

static int stat_attr(const struct nlattr *attr, struct gws_arena *arena,
		     struct gws_msg_stat *stat)
{
	switch (gws_attr_type(attr)) {
	case GWS_A_NAMESPACE:
		return gws_msg_get_str(attr, arena, &stat->namespace);
	case GWS_A_GATEWAY:
		return gws_msg_get_str(attr, arena, &stat->gateway);
	case GWS_A_SECTION:
		return gws_msg_get_str(attr, arena, &stat->section);
	case GWS_A_SET_NAMESPACE:
		return gws_msg_get_str(attr, arena, &stat->set_namespace);
	case GWS_A_SET:
		return gws_msg_get_str(attr, arena, &stat->set);
	case GWS_A_RULE:
		return gws_msg_get_rule(attr, arena, &stat->rule);
	case GWS_A_BACKEND:
		stat->has_backend = true;
		return get_backend(attr, arena, &stat->backend);
	case GWS_A_STATS:
		return get_stats(attr, &stat->stats);
	}
	return 0;
}

int gws_msg_get_stat(const struct gws_attrs *attrs, struct gws_arena *arena,
		     struct gws_msg_stat *stat)
{
	const struct nlattr *attr;
	struct gws_attrs rest;
	int err;

	gws_attr_for_each(attr, *attrs, rest) {
		err = stat_attr(attr, arena, stat);
		if (err)
			return err;
	}
	if (!stat->namespace || !stat->gateway || !stat->section ||
	    !stat->rule.route)
		return -EBADMSG;
	return 0;
}

static int get_tried(const struct nlattr *nest, struct gws_msg_tried *tried)
{
	const struct nlattr *attr;
	struct gws_attrs rest;
	int err = 0;

	gws_attr_for_each(attr, gws_attr_nest(nest), rest) {
		switch (gws_attr_type(attr)) {
		case GWS_A_TRIED_TABLE:
			err = gws_attr_u32(attr, &tried->table);
			break;
		case GWS_A_TRIED_MATCH:
			err = gws_attr_u32(attr, &tried->match);
			break;
		case GWS_A_TRIED_MISS:
			err = gws_attr_u8(attr, &tried->miss);
			break;
		case GWS_A_TRIED_WHICH:
			err = gws_attr_u32(attr, &tried->which);
			break;
		}
		if (err)
			return err;
	}
	return tried->table ? 0 : -EBADMSG;
}

static int get_answers(const struct nlattr *attr, struct gws_arena *arena,
		       struct gws_msg_tested *tested)
{
	tested->n_answers = gws_attr_len(attr) / sizeof(*tested->answers);
	tested->answers = gws_arena_alloc(arena, gws_attr_len(attr));
	return tested->answers ? gws_attr_u16s(attr, tested->answers,
					       tested->n_answers) : -ENOMEM;
}

static int tested_attr(const struct nlattr *attr, struct gws_arena *arena,
		       struct gws_msg_tested *tested)
{
	struct gws_msg_tried *tried;

	switch (gws_attr_type(attr)) {
	case GWS_A_TESTED:
		return gws_attr_u8(attr, &tested->verdict);
	case GWS_A_NAME:
		return gws_msg_get_str(attr, arena, &tested->error);
	case GWS_A_STATUS:
		return gws_attr_u16(attr, &tested->status);
	case GWS_A_FILTER:
		return gws_attr_u8(attr, &tested->filter);
	case GWS_A_LOCATION:
		return gws_msg_get_str(attr, arena, &tested->location);
	case GWS_A_ANSWERS:
		return get_answers(attr, arena, tested);
	case GWS_A_GENERATION:
		return gws_attr_u64(attr, &tested->generation);
	case GWS_A_LISTENER:
		return gws_attr_u32(attr, &tested->listener);
	case GWS_A_TRIED:
		tried = append(arena, tested->tried, tested->n_tried);
		return tried ? get_tried(attr, tried) : -ENOMEM;
	}
	return 0;
}

int gws_msg_get_tested(const struct gws_attrs *attrs, struct gws_arena *arena,
		       struct gws_msg_tested *tested)
{
	const struct nlattr *attr;
	struct gws_attrs rest;
	int err;

	gws_attr_for_each(attr, *attrs, rest) {
		err = tested_attr(attr, arena, tested);
		if (err)
			return err;
	}
	return tested->verdict ? 0 : -EBADMSG;
}

int gws_msg_get_generation(const struct gws_attrs *attrs, uint64_t *generation)
{
	const struct nlattr *attr;
	struct gws_attrs rest;

	gws_attr_for_each(attr, *attrs, rest) {
		if (gws_attr_type(attr) == GWS_A_GENERATION)
			return gws_attr_u64(attr, generation);
	}
	return -EBADMSG;
}
