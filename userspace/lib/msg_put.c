// SPDX-License-Identifier: MIT
/*
 * Objects to attributes. A writer fills one message after another: when an
 * element of a list would start beyond SPLIT_SIZE, what there is goes out and
 * a continuation begins.
 */
#include <errno.h>

#include "msg.h"
#include "msg_filter.h"

/*
 * Far enough below 64 KiB that the largest single element still fits: a rule
 * with 16 backends of the longest names is below 8 KiB, its filters are at most
 * 16 KiB (kmod/limits.h), a match with 16
 * headers of 4 KiB values would not be and is refused by gws_nl_request().
 */
#define SPLIT_SIZE	32768

struct writer {
	struct gws_nl_msg *msg;
	uint8_t cmd;
	uint32_t id;
	gws_msg_send_fn send;
	void *data;
};

static int writer_begin(struct writer *w, uint32_t flags)
{
	w->msg = gws_nl_msg_new(w->cmd);
	if (!w->msg)
		return -ENOMEM;
	gws_nl_put_u32(w->msg, GWS_A_ID, w->id);
	if (flags)
		gws_nl_put_u32(w->msg, GWS_A_FLAGS, flags);
	return 0;
}

static int writer_end(struct writer *w)
{
	struct gws_nl_msg *msg = w->msg;

	w->msg = NULL;
	return w->send(msg, w->data);
}

/* Makes room for one more element of a list. */
static int writer_room(struct writer *w)
{
	int err;

	if (gws_nl_msg_size(w->msg) < SPLIT_SIZE)
		return 0;
	err = writer_end(w);
	return err ? err : writer_begin(w, GWS_F_APPEND);
}

/* One element of a list, as an attribute of its own. */
typedef void (*put_fn)(struct gws_nl_msg *msg, const void *element);

/* @n elements of @size bytes each, over as many messages as that takes. */
static int put_list(struct writer *w, const void *list, size_t n, size_t size,
		    put_fn put)
{
	size_t i;
	int err;

	for (i = 0; i < n; i++) {
		err = writer_room(w);
		if (err)
			return err;
		put(w->msg, (const char *)list + i * size);
	}
	return 0;
}

static void put_optional(struct gws_nl_msg *msg, int type, const char *str)
{
	if (str)
		gws_nl_put_str(msg, type, str);
}

static void put_bind(struct gws_nl_msg *msg, const void *element)
{
	const struct gws_msg_bind *bind = element;
	struct nlattr *nest = gws_nl_nest_begin(msg, GWS_A_BIND);

	if (bind->addr.len)
		gws_nl_put_data(msg, GWS_A_BIND_ADDR, bind->addr.bytes,
				bind->addr.len);
	gws_nl_put_u16(msg, GWS_A_BIND_PORT, bind->port);
	gws_nl_put_u8(msg, GWS_A_BIND_KIND, bind->kind);
	gws_nl_nest_end(msg, nest);
}

static void put_nets(struct gws_nl_msg *msg, int type,
		     const struct gws_msg_net *nets, size_t n)
{
	struct nlattr *nest;
	size_t i;

	for (i = 0; i < n; i++) {
		nest = gws_nl_nest_begin(msg, type);
		gws_nl_put_data(msg, GWS_A_NET_ADDR, nets[i].addr.bytes,
				nets[i].addr.len);
		gws_nl_put_u8(msg, GWS_A_NET_BITS, nets[i].bits);
		gws_nl_nest_end(msg, nest);
	}
}

static void put_limit(struct gws_nl_msg *msg, int type,
		      const struct gws_msg_limit *limit)
{
	struct nlattr *nest = gws_nl_nest_begin(msg, type);

	gws_nl_put_str(msg, GWS_A_LIM_NAME, limit->name);
	gws_nl_put_u64(msg, GWS_A_LIM_VALUE, limit->value);
	gws_nl_nest_end(msg, nest);
}

/* At most 256 networks: far from what a message holds. */
static void put_client(struct gws_nl_msg *msg,
		       const struct gws_msg_client *client)
{
	struct nlattr *nest;
	size_t i;

	if (!client->flags && !client->n_trusted && !client->n_limits)
		return;
	nest = gws_nl_nest_begin(msg, GWS_A_CLIENT);
	gws_nl_put_u32(msg, GWS_A_CLIENT_FLAGS, client->flags);
	put_nets(msg, GWS_A_CLIENT_SENDER, client->senders, client->n_senders);
	put_nets(msg, GWS_A_CLIENT_TRUSTED, client->trusted, client->n_trusted);
	for (i = 0; i < client->n_limits; i++)
		put_limit(msg, GWS_A_CLIENT_LIMIT, &client->limits[i]);
	gws_nl_nest_end(msg, nest);
}

const char *gws_forwarded_text(uint32_t flags)
{
	if (flags & GWS_CLIENT_F_NO_X_FORWARDED)
		return flags & GWS_CLIENT_F_FORWARDED ? "Forwarded" : "None";
	return flags & GWS_CLIENT_F_FORWARDED ? "Both" : "X-Forwarded";
}

int gws_msg_put_listener(const struct gws_msg_listener *l,
			 gws_msg_send_fn send, void *data)
{
	struct writer w = { .cmd = GWS_CMD_PUT_LISTENER, .id = l->id,
			    .send = send, .data = data };
	int err = writer_begin(&w, 0);

	if (err)
		return err;
	gws_nl_put_u64(w.msg, GWS_A_DIGEST, l->digest);
	gws_nl_put_str(w.msg, GWS_A_NAMESPACE, l->namespace);
	gws_nl_put_str(w.msg, GWS_A_GATEWAY, l->gateway);
	gws_nl_put_str(w.msg, GWS_A_SECTION, l->section);
	put_optional(w.msg, GWS_A_SET_NAMESPACE, l->set_namespace);
	put_optional(w.msg, GWS_A_SET, l->set);
	gws_nl_put_u8(w.msg, GWS_A_PROTOCOL, l->protocol);
	gws_nl_put_u16(w.msg, GWS_A_PORT, l->port);
	put_optional(w.msg, GWS_A_HOSTNAME, l->hostname);
	put_client(w.msg, &l->client);
	err = put_list(&w, l->binds, l->n_binds, sizeof(*l->binds), put_bind);
	return err ? err : writer_end(&w);
}

static void put_backend(struct gws_nl_msg *msg,
			const struct gws_msg_backend *backend)
{
	struct nlattr *nest = gws_nl_nest_begin(msg, GWS_A_RULE_BACKEND);
	size_t i;

	gws_nl_put_u32(msg, GWS_A_BACKEND_CLUSTER, backend->cluster);
	gws_nl_put_u32(msg, GWS_A_BACKEND_WEIGHT, backend->weight);
	gws_nl_put_str(msg, GWS_A_BACKEND_NAME, backend->name);
	for (i = 0; i < backend->n_filters; i++)
		gws_msg_put_filter(msg, GWS_A_BACKEND_FILTER,
				   &backend->filters[i]);
	gws_nl_nest_end(msg, nest);
}

static void put_tries(struct gws_nl_msg *msg, const struct gws_tries *tries)
{
	struct nlattr *nest;

	if (tries->timeout)
		gws_nl_put_u32(msg, GWS_A_RULE_TIMEOUT, tries->timeout);
	if (tries->try_timeout)
		gws_nl_put_u32(msg, GWS_A_RULE_TRY_TIMEOUT, tries->try_timeout);
	if (!tries->retry)
		return;
	nest = gws_nl_nest_begin(msg, GWS_A_RULE_RETRY);
	gws_nl_put_u32(msg, GWS_A_RETRY_ATTEMPTS, tries->attempts);
	if (tries->backoff)
		gws_nl_put_u32(msg, GWS_A_RETRY_BACKOFF, tries->backoff);
	if (tries->n_codes)
		gws_nl_put_data(msg, GWS_A_RETRY_CODES, tries->codes,
				tries->n_codes * sizeof(*tries->codes));
	gws_nl_nest_end(msg, nest);
}

static void put_rule(struct gws_nl_msg *msg, const void *element)
{
	const struct gws_msg_rule *rule = element;
	struct nlattr *nest = gws_nl_nest_begin(msg, GWS_A_RULE);
	size_t i;

	gws_nl_put_u8(msg, GWS_A_RULE_KIND, rule->kind);
	gws_nl_put_str(msg, GWS_A_RULE_NAMESPACE, rule->namespace);
	gws_nl_put_str(msg, GWS_A_RULE_ROUTE, rule->route);
	gws_nl_put_str(msg, GWS_A_RULE_NAME, rule->name);
	for (i = 0; i < rule->n_backends; i++)
		put_backend(msg, &rule->backends[i]);
	put_tries(msg, &rule->tries);
	for (i = 0; i < rule->n_filters; i++)
		gws_msg_put_filter(msg, GWS_A_RULE_FILTER, &rule->filters[i]);
	gws_nl_nest_end(msg, nest);
}

static void put_pair(struct gws_nl_msg *msg, int type,
		     const struct gws_msg_header *pair)
{
	struct nlattr *nest = gws_nl_nest_begin(msg, type);

	gws_nl_put_str(msg, GWS_A_HDR_NAME, pair->name);
	if (pair->regex)
		gws_nl_put_u32(msg, GWS_A_HDR_REGEX, pair->regex - 1);
	else
		gws_nl_put_str(msg, GWS_A_HDR_VALUE, pair->value);
	gws_nl_nest_end(msg, nest);
}

static void put_regex(struct gws_nl_msg *msg, const void *element)
{
	const struct gws_msg_regex *regex = element;
	struct nlattr *nest = gws_nl_nest_begin(msg, GWS_A_REGEX);

	gws_nl_put_str(msg, GWS_A_REGEX_TEXT, regex->text);
	gws_nl_put_data(msg, GWS_A_REGEX_DFA, regex->dfa, regex->size);
	gws_nl_nest_end(msg, nest);
}

static void put_match(struct gws_nl_msg *msg, const void *element)
{
	const struct gws_msg_match *match = element;
	struct nlattr *nest = gws_nl_nest_begin(msg, GWS_A_MATCH);
	size_t i;

	gws_nl_put_u32(msg, GWS_A_MATCH_RULE, match->rule);
	gws_nl_put_u8(msg, GWS_A_MATCH_PATH_KIND, match->path_kind);
	if (match->path_regex)
		gws_nl_put_u32(msg, GWS_A_MATCH_PATH_REGEX,
			       match->path_regex - 1);
	else
		put_optional(msg, GWS_A_MATCH_PATH, match->path);
	for (i = 0; i < match->n_headers; i++)
		put_pair(msg, GWS_A_MATCH_HEADER, &match->headers[i]);
	put_optional(msg, GWS_A_MATCH_METHOD, match->method);
	for (i = 0; i < match->n_queries; i++)
		put_pair(msg, GWS_A_MATCH_QUERY, &match->queries[i]);
	gws_nl_nest_end(msg, nest);
}

int gws_msg_put_table(const struct gws_msg_table *t,
		      gws_msg_send_fn send, void *data)
{
	struct writer w = { .cmd = GWS_CMD_PUT_TABLE, .id = t->id,
			    .send = send, .data = data };
	int err = writer_begin(&w, 0);

	if (err)
		return err;
	gws_nl_put_u64(w.msg, GWS_A_DIGEST, t->digest);
	gws_nl_put_u32(w.msg, GWS_A_LISTENER, t->listener);
	gws_nl_put_str(w.msg, GWS_A_HOSTNAME, t->hostname);
	err = put_list(&w, t->rules, t->n_rules, sizeof(*t->rules), put_rule);
	if (!err)
		err = put_list(&w, t->regexes, t->n_regexes,
			       sizeof(*t->regexes), put_regex);
	if (!err)
		err = put_list(&w, t->matches, t->n_matches,
			       sizeof(*t->matches), put_match);
	return err ? err : writer_end(&w);
}

static void put_endpoint(struct gws_nl_msg *msg, const void *element)
{
	const struct gws_msg_endpoint *endpoint = element;
	struct nlattr *nest = gws_nl_nest_begin(msg, GWS_A_ENDPOINT);

	gws_nl_put_data(msg, GWS_A_EP_ADDR, endpoint->addr.bytes,
			endpoint->addr.len);
	gws_nl_put_u16(msg, GWS_A_EP_PORT, endpoint->port);
	gws_nl_put_u32(msg, GWS_A_EP_FLAGS, endpoint->flags);
	gws_nl_nest_end(msg, nest);
}

int gws_msg_put_cluster(const struct gws_msg_cluster *c,
			gws_msg_send_fn send, void *data)
{
	struct writer w = { .cmd = GWS_CMD_PUT_CLUSTER, .id = c->id,
			    .send = send, .data = data };
	int err = writer_begin(&w, 0);

	if (err)
		return err;
	gws_nl_put_u64(w.msg, GWS_A_DIGEST, c->digest);
	gws_nl_put_str(w.msg, GWS_A_NAME, c->name);
	gws_nl_put_u8(w.msg, GWS_A_PROTOCOL, c->protocol);
	err = put_list(&w, c->endpoints, c->n_endpoints, sizeof(*c->endpoints),
		       put_endpoint);
	return err ? err : writer_end(&w);
}

struct gws_nl_msg *gws_msg_del(uint8_t cmd, uint32_t id)
{
	struct gws_nl_msg *msg = gws_nl_msg_new(cmd);

	if (msg)
		gws_nl_put_u32(msg, GWS_A_ID, id);
	return msg;
}

struct gws_nl_msg *gws_msg_begin(uint64_t generation)
{
	struct gws_nl_msg *msg = gws_nl_msg_new(GWS_CMD_BEGIN);

	if (msg)
		gws_nl_put_u64(msg, GWS_A_GENERATION, generation);
	return msg;
}

struct gws_nl_msg *gws_msg_set_limit(const char *name, uint64_t value)
{
	struct gws_nl_msg *msg = gws_nl_msg_new(GWS_CMD_SET_LIMIT);
	struct nlattr *nest;

	if (!msg)
		return NULL;
	nest = gws_nl_nest_begin(msg, GWS_A_LIMIT);
	gws_nl_put_str(msg, GWS_A_LIM_NAME, name);
	gws_nl_put_u64(msg, GWS_A_LIM_VALUE, value);
	gws_nl_nest_end(msg, nest);
	return msg;
}

struct gws_nl_msg *gws_msg_test_route(const struct gws_msg_addr *addr,
				      uint16_t port, const char *head,
				      size_t len)
{
	struct gws_nl_msg *msg = gws_nl_msg_new(GWS_CMD_TEST_ROUTE);
	struct nlattr *nest;

	if (!msg)
		return NULL;
	nest = gws_nl_nest_begin(msg, GWS_A_BIND);
	gws_nl_put_data(msg, GWS_A_BIND_ADDR, addr->bytes, addr->len);
	gws_nl_put_u16(msg, GWS_A_BIND_PORT, port);
	gws_nl_nest_end(msg, nest);
	gws_nl_put_data(msg, GWS_A_REQUEST, head, len);
	return msg;
}
