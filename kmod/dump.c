// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dumps: what is published, in the form that PUT takes, and the counters. A
 * dump lets go of config->lock between messages; one that a commit overtook is
 * marked by its sequence number, the generation, and user space starts again.
 */
#include <linux/mm.h>
#include "endpoint.h"
#include "limits.h"
#include "netlink.h"
#include "netns.h"
#include "transaction.h"

/* Where a dump goes on: in netlink_callback.ctx. */
struct cursor {
	u32 bucket;
	u32 skip;	/* entries of the bucket that are done */
	u32 part;	/* of the next entry; 0: nothing of it was sent */
};

static struct cursor *cursor_of(struct netlink_callback *cb)
{
	BUILD_BUG_ON(sizeof(struct cursor) > sizeof(cb->ctx));
	return (struct cursor *)cb->ctx;
}

static struct gws_net *cb_gn(struct netlink_callback *cb)
{
	return gws_net(sock_net(cb->skb->sk));
}

int gws_dump_start(struct netlink_callback *cb)
{
	/* Every rule and match fits one message then. */
	cb->min_dump_alloc = max_t(u32, cb->min_dump_alloc, GWS_DUMP_MAX);
	*cursor_of(cb) = (struct cursor){};
	return 0;
}

static void *message_begin(struct sk_buff *skb, struct netlink_callback *cb,
			   u8 cmd)
{
	void *hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid,
				cb->nlh->nlmsg_seq, &gws_genl_family,
				NLM_F_MULTI, cmd);

	if (hdr)
		genl_dump_check_consistent(cb, hdr);
	return hdr;
}

/* How an object of a kind becomes messages. */
struct object_ops {
	enum gws_object kind;
	u8 cmd;
	int (*put_head)(struct sk_buff *skb, const void *object);
	/* Item @i; -ENOENT beyond the last. */
	int (*put_item)(struct sk_buff *skb, const void *object, u32 i);
};

static int put_scalars(struct sk_buff *skb, const struct object_ops *ops,
		       const struct gws_slot *slot, bool append, u64 generation)
{
	if (nla_put_u32(skb, GWS_A_ID, slot->id) ||
	    nla_put_u64_64bit(skb, GWS_A_GENERATION, generation, GWS_A_PAD))
		return -EMSGSIZE;
	if (append)
		return nla_put_u32(skb, GWS_A_FLAGS, GWS_F_APPEND);
	return ops->put_head(skb, slot->object);
}

/*
 * One message with as many items as there is room for. Returns 0 when the
 * object is complete, -EMSGSIZE when the next message goes on with it.
 */
static int put_object(struct sk_buff *skb, struct netlink_callback *cb,
		      const struct object_ops *ops, const struct gws_slot *slot,
		      u32 *part)
{
	u32 i = *part ? *part - 1 : 0;
	u64 generation = cb_gn(cb)->config.generation;
	bool append = *part, any = !append;
	void *hdr, *mark;
	int err;

	hdr = message_begin(skb, cb, ops->cmd);
	if (!hdr)
		return -EMSGSIZE;
	if (put_scalars(skb, ops, slot, append, generation)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	for (;; i++) {
		mark = skb_tail_pointer(skb);
		err = ops->put_item(skb, slot->object, i);
		if (err)
			break;
		any = true;
	}
	nlmsg_trim(skb, mark);
	if (!any && err != -ENOENT) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	*part = i + 1;
	return err == -ENOENT ? 0 : err;
}

static int dump_bucket(struct sk_buff *skb, struct netlink_callback *cb,
		       const struct object_ops *ops, struct hlist_head *bucket)
{
	struct cursor *c = cursor_of(cb);
	struct gws_slot *slot;
	u32 n = 0;
	int err;

	hlist_for_each_entry(slot, bucket, node) {
		if (n++ < c->skip || !slot->object)
			continue;
		err = put_object(skb, cb, ops, slot, &c->part);
		if (err)
			return err;
		c->part = 0;
		c->skip = n;
	}
	c->skip = 0;
	return 0;
}

static int dump_objects(struct sk_buff *skb, struct netlink_callback *cb,
			const struct object_ops *ops)
{
	struct gws_config *cfg = &cb_gn(cb)->config;
	struct cursor *c = cursor_of(cb);
	int err = 0;

	mutex_lock(&cfg->lock);
	/* 0 would mean that nothing was dumped yet. */
	cb->seq = (u32)cfg->generation + 1;
	if (!cfg->index)
		goto out;
	for (; c->bucket < ARRAY_SIZE(cfg->index->ids[0]); c->bucket++) {
		err = dump_bucket(skb, cb, ops,
				  &cfg->index->ids[ops->kind][c->bucket]);
		if (err)
			break;
	}
out:
	mutex_unlock(&cfg->lock);
	return skb->len ?: err;
}

/* Only the bytes that the family has. */
int gws_dump_put_addr(struct sk_buff *skb, int type,
		      const struct gws_addr *addr)
{
	int len = addr->family == AF_INET6 ? sizeof(struct in6_addr) :
					     sizeof(struct in_addr);

	if (addr->family == AF_UNSPEC)
		return 0;
	return nla_put(skb, type, len, &addr->ip);
}

int gws_dump_put_owner(struct sk_buff *skb, const struct gws_owner *owner)
{
	const char *const *names = owner->names;

	if (nla_put_string(skb, GWS_A_NAMESPACE,
			   names[GWS_OWNER_NAMESPACE]) ||
	    nla_put_string(skb, GWS_A_GATEWAY, names[GWS_OWNER_GATEWAY]) ||
	    nla_put_string(skb, GWS_A_SECTION, names[GWS_OWNER_SECTION]))
		return -EMSGSIZE;
	if (!*names[GWS_OWNER_SET])
		return 0;
	if (nla_put_string(skb, GWS_A_SET_NAMESPACE,
			   names[GWS_OWNER_SET_NAMESPACE]) ||
	    nla_put_string(skb, GWS_A_SET, names[GWS_OWNER_SET]))
		return -EMSGSIZE;
	return 0;
}

static int put_prefixes(struct sk_buff *skb, int type,
			const struct gws_prefix *p, u32 n)
{
	struct nlattr *nest;

	for (; n--; p++) {
		nest = nla_nest_start(skb, type);
		if (!nest || nla_put(skb, GWS_A_NET_ADDR, p->len, p->bytes) ||
		    nla_put_u8(skb, GWS_A_NET_BITS, p->bits))
			return -EMSGSIZE;
		nla_nest_end(skb, nest);
	}
	return 0;
}

static int put_policy_limits(struct sk_buff *skb, const u64 *limits)
{
	struct nlattr *nest;
	int i;

	for (i = 0; i < GWS_LIMIT_COUNT; i++) {
		if (limits[i] == GWS_LIMIT_UNSET)
			continue;
		nest = nla_nest_start(skb, GWS_A_CLIENT_LIMIT);
		if (!nest || nla_put_string(skb, GWS_A_LIM_NAME,
					    gws_limit_ranges[i].name) ||
		    nla_put_u64_64bit(skb, GWS_A_LIM_VALUE, limits[i],
				      GWS_A_LIM_PAD))
			return -EMSGSIZE;
		nla_nest_end(skb, nest);
	}
	return 0;
}

static int put_policy(struct sk_buff *skb, const struct gws_policy *policy)
{
	struct nlattr *nest;

	if (!policy)
		return 0;
	nest = nla_nest_start(skb, GWS_A_CLIENT);
	if (!nest || nla_put_u32(skb, GWS_A_CLIENT_FLAGS, policy->flags) ||
	    put_prefixes(skb, GWS_A_CLIENT_SENDER, policy->prefixes,
			 policy->nsenders) ||
	    put_prefixes(skb, GWS_A_CLIENT_TRUSTED, gws_policy_trusted(policy),
			 policy->ntrusted) ||
	    put_policy_limits(skb, policy->limits))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_listener_head(struct sk_buff *skb, const void *object)
{
	const struct gws_listener *l = object;

	if (nla_put_u64_64bit(skb, GWS_A_DIGEST, l->digest, GWS_A_PAD) ||
	    gws_dump_put_owner(skb, l->owner) ||
	    nla_put_u8(skb, GWS_A_PROTOCOL, l->protocol) ||
	    nla_put_u16(skb, GWS_A_PORT, l->port) ||
	    nla_put_string(skb, GWS_A_HOSTNAME, l->hostname.p) ||
	    put_policy(skb, l->policy))
		return -EMSGSIZE;
	return 0;
}

static int put_bind(struct sk_buff *skb, const void *object, u32 i)
{
	const struct gws_listener *l = object;
	struct nlattr *nest;

	if (i >= l->nbinds)
		return -ENOENT;
	nest = nla_nest_start(skb, GWS_A_BIND);
	if (!nest || gws_dump_put_addr(skb, GWS_A_BIND_ADDR, &l->binds[i].addr) ||
	    nla_put_u16(skb, GWS_A_BIND_PORT, l->binds[i].addr.port) ||
	    nla_put_u8(skb, GWS_A_BIND_KIND, l->binds[i].kind))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_table_head(struct sk_buff *skb, const void *object)
{
	const struct gws_table *t = object;

	if (nla_put_u64_64bit(skb, GWS_A_DIGEST, t->digest, GWS_A_PAD) ||
	    nla_put_u32(skb, GWS_A_LISTENER, t->listener) ||
	    nla_put_string(skb, GWS_A_HOSTNAME, t->hostname.p))
		return -EMSGSIZE;
	return 0;
}

/* As they came. */
static int put_filters(struct sk_buff *skb, const struct gws_filter_attrs *attrs)
{
	if (!attrs)
		return 0;
	if (skb_tailroom(skb) < attrs->len)
		return -EMSGSIZE;
	skb_put_data(skb, attrs->data, attrs->len);
	return 0;
}

static int put_backend(struct sk_buff *skb, const struct gws_backend *b)
{
	struct nlattr *nest = nla_nest_start(skb, GWS_A_RULE_BACKEND);

	if (!nest ||
	    nla_put_u32(skb, GWS_A_BACKEND_CLUSTER,
			b->cluster ? b->cluster->id : 0) ||
	    nla_put_u32(skb, GWS_A_BACKEND_WEIGHT, b->weight) ||
	    nla_put_string(skb, GWS_A_BACKEND_NAME, b->stats->name) ||
	    put_filters(skb, b->filter_attrs))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

int gws_dump_put_rule_names(struct sk_buff *skb, const struct gws_stats *s)
{
	if (nla_put_u8(skb, GWS_A_RULE_KIND, s->kind) ||
	    nla_put_string(skb, GWS_A_RULE_NAMESPACE, s->namespace) ||
	    nla_put_string(skb, GWS_A_RULE_ROUTE, s->route) ||
	    nla_put_string(skb, GWS_A_RULE_NAME, s->name))
		return -EMSGSIZE;
	return 0;
}

static int put_rule(struct sk_buff *skb, const struct gws_rule *rule)
{
	struct nlattr *nest = nla_nest_start(skb, GWS_A_RULE);
	u32 i;

	if (!nest || gws_dump_put_rule_names(skb, rule->stats))
		return -EMSGSIZE;
	for (i = 0; i < rule->nbackends; i++)
		if (put_backend(skb, &rule->backends[i]))
			return -EMSGSIZE;
	if (put_filters(skb, rule->filter_attrs) ||
	    gws_tries_put(skb, &rule->tries))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* @type: GWS_A_MATCH_HEADER or GWS_A_MATCH_QUERY */
static int put_pair(struct sk_buff *skb, const struct gws_table *t, int type,
		    const struct gws_header_match *h)
{
	struct nlattr *nest = nla_nest_start(skb, type);

	if (!nest || nla_put_string(skb, GWS_A_HDR_NAME, h->name.p))
		return -EMSGSIZE;
	if (h->regex ? nla_put_u32(skb, GWS_A_HDR_REGEX, h->regex - t->regexes) :
		       nla_put_string(skb, GWS_A_HDR_VALUE, h->value.p))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_match(struct sk_buff *skb, const struct gws_table *t,
		     const struct gws_match *m)
{
	struct nlattr *nest = nla_nest_start(skb, GWS_A_MATCH);
	u32 i;

	if (!nest || nla_put_u32(skb, GWS_A_MATCH_RULE, m->rule) ||
	    nla_put_u8(skb, GWS_A_MATCH_PATH_KIND, m->path_kind) ||
	    (m->regex ? nla_put_u32(skb, GWS_A_MATCH_PATH_REGEX,
				    m->regex - t->regexes) :
			nla_put_string(skb, GWS_A_MATCH_PATH, m->path.p)))
		return -EMSGSIZE;
	for (i = 0; i < m->nheaders; i++)
		if (put_pair(skb, t, GWS_A_MATCH_HEADER, &m->headers[i]))
			return -EMSGSIZE;
	if (m->method.len && nla_put_string(skb, GWS_A_MATCH_METHOD, m->method.p))
		return -EMSGSIZE;
	for (i = 0; i < m->nqueries; i++)
		if (put_pair(skb, t, GWS_A_MATCH_QUERY, &m->queries[i]))
			return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* What it runs on stays here: the expression says it. */
static int put_regex(struct sk_buff *skb, const struct gws_pattern *regex)
{
	struct nlattr *nest = nla_nest_start(skb, GWS_A_REGEX);

	if (!nest || nla_put_string(skb, GWS_A_REGEX_TEXT, regex->text.p))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* Matches name the others by index, so they come last. */
static int put_table_item(struct sk_buff *skb, const void *object, u32 i)
{
	const struct gws_table *t = object;

	if (i < t->nrules)
		return put_rule(skb, &t->rules[i]);
	i -= t->nrules;
	if (i < t->nregexes)
		return put_regex(skb, &t->regexes[i]);
	i -= t->nregexes;
	if (i < t->matches.nmatches)
		return put_match(skb, t, &t->matches.matches[i]);
	return -ENOENT;
}

static const struct gws_cluster_body *body_of(const struct gws_cluster *c)
{
	return rcu_dereference_protected(c->body,
					 lockdep_is_held(&c->gn->config.lock));
}

static int put_cluster_head(struct sk_buff *skb, const void *object)
{
	const struct gws_cluster_body *body = body_of(object);

	if (nla_put_u64_64bit(skb, GWS_A_DIGEST, body->digest, GWS_A_PAD) ||
	    nla_put_string(skb, GWS_A_NAME, body->name) ||
	    nla_put_u8(skb, GWS_A_PROTOCOL, body->protocol))
		return -EMSGSIZE;
	return 0;
}

static int put_endpoint(struct sk_buff *skb, const void *object, u32 i)
{
	const struct gws_cluster_body *body = body_of(object);
	const struct gws_endpoint *ep;
	struct nlattr *nest;

	if (i >= body->nendpoints)
		return -ENOENT;
	ep = body->endpoints[i].ep;
	nest = nla_nest_start(skb, GWS_A_ENDPOINT);
	if (!nest || gws_dump_put_addr(skb, GWS_A_EP_ADDR, &ep->addr) ||
	    nla_put_u16(skb, GWS_A_EP_PORT, ep->addr.port) ||
	    nla_put_u32(skb, GWS_A_EP_FLAGS, body->endpoints[i].flags) ||
	    nla_put_u32(skb, GWS_A_EP_ACTIVE, atomic_read(&ep->active)) ||
	    nla_put_u32(skb, GWS_A_EP_CONNS, atomic_read(&ep->conns)) ||
	    nla_put_u8(skb, GWS_A_EP_SET_ASIDE, gws_endpoint_is_aside(ep)) ||
	    nla_put_u64_64bit(skb, GWS_A_EP_REQUESTS,
			      atomic64_read(&ep->requests), GWS_A_EP_PAD) ||
	    nla_put_u64_64bit(skb, GWS_A_EP_ERRORS, atomic64_read(&ep->errors),
			      GWS_A_EP_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

int gws_dump_listeners(struct sk_buff *skb, struct netlink_callback *cb)
{
	static const struct object_ops listener_ops = {
		.kind = GWS_OBJECT_LISTENER,
		.cmd = GWS_CMD_GET_LISTENER,
		.put_head = put_listener_head,
		.put_item = put_bind,
	};

	return dump_objects(skb, cb, &listener_ops);
}

int gws_dump_tables(struct sk_buff *skb, struct netlink_callback *cb)
{
	static const struct object_ops table_ops = {
		.kind = GWS_OBJECT_TABLE,
		.cmd = GWS_CMD_GET_TABLE,
		.put_head = put_table_head,
		.put_item = put_table_item,
	};

	return dump_objects(skb, cb, &table_ops);
}

int gws_dump_clusters(struct sk_buff *skb, struct netlink_callback *cb)
{
	static const struct object_ops cluster_ops = {
		.kind = GWS_OBJECT_CLUSTER,
		.cmd = GWS_CMD_GET_CLUSTER,
		.put_head = put_cluster_head,
		.put_item = put_endpoint,
	};

	return dump_objects(skb, cb, &cluster_ops);
}

static int put_tally(struct sk_buff *skb, const struct gws_tally *sum)
{
	struct nlattr *nest = nla_nest_start(skb, GWS_A_STATS);

	if (!nest ||
	    nla_put_u64_64bit(skb, GWS_A_STATS_REQUESTS, sum->requests,
			      GWS_A_STATS_PAD) ||
	    nla_put_u64_64bit(skb, GWS_A_STATS_ERRORS, sum->errors,
			      GWS_A_STATS_PAD) ||
	    nla_put_u64_64bit(skb, GWS_A_STATS_BYTES_RX, sum->bytes_rx,
			      GWS_A_STATS_PAD) ||
	    nla_put_u64_64bit(skb, GWS_A_STATS_BYTES_TX, sum->bytes_tx,
			      GWS_A_STATS_PAD) ||
	    nla_put_u64_64bit(skb, GWS_A_STATS_ACTIVE, max(sum->active, 0LL),
			      GWS_A_STATS_PAD) ||
	    nla_put(skb, GWS_A_STATS_CLASS, sizeof(sum->class), sum->class) ||
	    nla_put(skb, GWS_A_STATS_LATENCY, sizeof(sum->latency),
		    sum->latency) ||
	    nla_put_u64_64bit(skb, GWS_A_STATS_LATENCY_SUM, sum->latency_sum,
			      GWS_A_STATS_PAD) ||
	    nla_put(skb, GWS_A_STATS_ERROR, sizeof(sum->error), sum->error) ||
	    nla_put_u64_64bit(skb, GWS_A_STATS_MIRRORS, sum->mirrors,
			      GWS_A_STATS_PAD) ||
	    nla_put_u64_64bit(skb, GWS_A_STATS_MIRRORS_ANSWERED,
			      sum->mirrors_answered, GWS_A_STATS_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_backend_names(struct sk_buff *skb, const struct gws_stats *s)
{
	struct nlattr *nest = nla_nest_start(skb, GWS_A_BACKEND);

	if (!nest || nla_put_u32(skb, GWS_A_BACKEND_INDEX, s->index) ||
	    nla_put_string(skb, GWS_A_BACKEND_NAME, s->name) ||
	    nla_put_u32(skb, GWS_A_BACKEND_WEIGHT, s->weight))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_stats(struct sk_buff *skb, struct netlink_callback *cb,
		     const struct gws_stats *s)
{
	const struct gws_stats *rule = s->parent ?: s;
	struct gws_tally sum;
	struct nlattr *nest;
	void *hdr;

	hdr = message_begin(skb, cb, GWS_CMD_GET_STATS);
	if (!hdr)
		return -EMSGSIZE;
	gws_tally_sum(s->tally, &sum);
	if (gws_dump_put_owner(skb, rule->owner))
		goto cancel;
	nest = nla_nest_start(skb, GWS_A_RULE);
	if (!nest || gws_dump_put_rule_names(skb, rule))
		goto cancel;
	nla_nest_end(skb, nest);
	if (s->parent && put_backend_names(skb, s))
		goto cancel;
	if (put_tally(skb, &sum))
		goto cancel;
	genlmsg_end(skb, hdr);
	return 0;

cancel:
	genlmsg_cancel(skb, hdr);
	return -EMSGSIZE;
}

/*
 * Takes the names_lock too: tables that were replaced may give up their last
 * references meanwhile.
 */
static int stats_bucket(struct sk_buff *skb, struct netlink_callback *cb,
			struct gws_config *cfg, struct hlist_head *bucket)
{
	struct cursor *c = cursor_of(cb);
	struct gws_stats *s;
	u32 n = 0;
	int err = 0;

	spin_lock_bh(&cfg->names_lock);
	hlist_for_each_entry(s, bucket, node) {
		/* Only what is published, and that the lock keeps in place. */
		if (!s->users || n++ < c->skip)
			continue;
		err = put_stats(skb, cb, s);
		if (err)
			break;
		c->skip = n;
	}
	spin_unlock_bh(&cfg->names_lock);
	if (!err)
		c->skip = 0;
	return err;
}

int gws_dump_stats(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct gws_config *cfg = &cb_gn(cb)->config;
	struct cursor *c = cursor_of(cb);
	int err = 0;

	mutex_lock(&cfg->lock);
	cb->seq = (u32)cfg->generation + 1;
	if (!cfg->index)
		goto out;
	for (; c->bucket < ARRAY_SIZE(cfg->index->stats); c->bucket++) {
		err = stats_bucket(skb, cb, cfg, &cfg->index->stats[c->bucket]);
		if (err)
			break;
	}
out:
	mutex_unlock(&cfg->lock);
	return skb->len ?: err;
}
