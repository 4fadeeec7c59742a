// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lookups of the data path in the published configuration: from an address and
 * port to its listeners, from a host to the one listener that serves it, from
 * there to the tables of that host, the rule and the backend.
 *
 * Nothing here allocates, waits or writes, but for the reference on the table
 * and the rule's counter of picks.
 */
#include <linux/jhash.h>
#include <linux/rculist.h>
#include "config.h"
#include "netns.h"

u32 gws_table_hash(const struct gws_index *ix, u32 listener,
		   const char *host, u32 len)
{
	return jhash(host, len, ix->seed + listener) &
	       (ARRAY_SIZE(ix->tables) - 1);
}

static u32 ip_hash(const struct gws_index *ix, u8 family,
		   const union nf_inet_addr *ip, u32 salt)
{
	if (family == AF_INET6)
		return jhash2((const u32 *)ip->all, 4, ix->seed ^ salt);
	return jhash_2words((__force u32)ip->ip, salt, ix->seed);
}

u32 gws_place_hash(const struct gws_index *ix, u8 family,
		   const union nf_inet_addr *ip)
{
	return ip_hash(ix, family, ip, 0) & (ARRAY_SIZE(ix->places) - 1);
}

u32 gws_bind_hash(const struct gws_index *ix, const struct gws_addr *addr)
{
	return ip_hash(ix, addr->family, &addr->ip, addr->port) &
	       (ARRAY_SIZE(ix->binds) - 1);
}

static bool ip_equal(u8 family, const union nf_inet_addr *a,
		     const union nf_inet_addr *b)
{
	if (family == AF_INET6)
		return !memcmp(a, b, sizeof(*a));
	return a->ip == b->ip;
}

bool gws_addr_equal(const struct gws_addr *a, const struct gws_addr *b)
{
	return a->family == b->family && a->port == b->port &&
	       ip_equal(a->family, &a->ip, &b->ip);
}

struct gws_bind *gws_bind_find(const struct gws_index *ix,
			       const struct gws_addr *addr)
{
	const struct hlist_head *head = &ix->binds[gws_bind_hash(ix, addr)];
	struct gws_bind *b;

	hlist_for_each_entry_rcu(b, head, node, true)
		if (gws_addr_equal(&b->addr, addr))
			return b;
	return NULL;
}

struct gws_place *gws_place_find(const struct gws_index *ix, u8 family,
				 const union nf_inet_addr *ip)
{
	const struct hlist_head *head = &ix->places[gws_place_hash(ix, family,
								   ip)];
	struct gws_place *p;

	hlist_for_each_entry_rcu(p, head, node, true)
		if (p->family == family && ip_equal(family, &p->ip, ip))
			return p;
	return NULL;
}

struct gws_table *gws_table_find(const struct gws_index *ix, u32 listener,
				 struct gws_str key)
{
	u32 hash = gws_table_hash(ix, listener, key.p, key.len);
	struct gws_table *t;

	hlist_for_each_entry_rcu(t, &ix->tables[hash], node, true)
		if (t->listener == listener && gws_str_eq(t->key, key))
			return t;
	return NULL;
}

/* A bind of the address goes before a bind of any local address. */
static struct gws_bind *bind_lookup(const struct gws_index *ix,
				    const struct gws_addr *to)
{
	const struct gws_addr any = { .port = to->port };
	struct gws_bind *b = gws_bind_find(ix, to);

	return b ?: gws_bind_find(ix, &any);
}

struct gws_policy *gws_config_policy(struct gws_net *gn,
				     const struct gws_addr *to)
{
	const struct gws_config *cfg = &gn->config;
	struct gws_policy *policy = NULL;
	const struct gws_bind *b;

	if (likely(!READ_ONCE(cfg->npolicies)))
		return NULL;
	rcu_read_lock();
	b = bind_lookup(cfg->index, to);
	/* Those of one bind agree. Its own reference outlasts the read lock. */
	if (b)
		policy = b->listeners[0]->policy;
	if (policy)
		refcount_inc(&policy->ref);
	rcu_read_unlock();
	return policy;
}

static const struct gws_listener *listener_lookup(const struct gws_bind *b,
						  struct gws_str host)
{
	u32 i;

	for (i = 0; i < b->nlisteners; i++)
		if (gws_host_match(b->listeners[i]->hostname, host))
			return b->listeners[i];
	return NULL;
}

/*
 * Looks into one table. Returns true when it has a rule for the request;
 * @choice is filled in, without a reference.
 */
static bool table_match(struct gws_table *t, struct gws_str path,
			const struct gws_http_request *req,
			struct gws_choice *choice)
{
	int match = gws_match_find(&t->matches, path, req);

	if (match < 0)
		return false;
	choice->table = t;
	/* Matches are in precedence order, rules in any; COMMIT checked both. */
	choice->rule = &t->rules[t->matches.matches[match].rule];
	return true;
}

/*
 * @first: the first table that there was, whether it had a rule or not; before
 * the walk that of the hint, which had none.
 */
static bool table_try(const struct gws_index *ix, u32 listener,
		      struct gws_str key, struct gws_str path,
		      const struct gws_http_request *req,
		      struct gws_choice *choice, struct gws_table **first)
{
	struct gws_table *t = gws_table_find(ix, listener, key);

	if (!t || t == *first)
		return false;
	if (!*first)
		*first = t;
	return table_match(t, path, req, choice);
}

/*
 * From the exact host over ever shorter wildcards to the table without a
 * hostname. Lengths that no table has are not hashed, so that a host of many
 * labels costs no more than the configuration asks for.
 */
static enum gws_verdict tables_walk(const struct gws_index *ix, u32 listener,
				    struct gws_str host, struct gws_str path,
				    const struct gws_http_request *req,
				    struct gws_choice *choice,
				    struct gws_table **first)
{
	struct gws_str key;

	/* The arrays' indices: hosts in normal form are no longer. */
	static_assert(GWS_HOST_NAME_MAX == GWS_HOSTNAME_MAX);
	if (host.len && READ_ONCE(ix->exact[host.len]) &&
	    table_try(ix, listener, host, path, req, choice, first))
		return GWS_VERDICT_BACKEND;
	for (key = host; key.len > 1; ) {
		key.p++;
		key.len--;
		if (key.p[0] != '.' || !READ_ONCE(ix->wildcard[key.len]))
			continue;
		if (table_try(ix, listener, key, path, req, choice, first))
			return GWS_VERDICT_BACKEND;
	}
	key.len = 0;
	if (table_try(ix, listener, key, path, req, choice, first))
		return GWS_VERDICT_BACKEND;
	return *first ? GWS_VERDICT_NO_RULE : GWS_VERDICT_NO_HOST;
}

static enum gws_verdict lookup(const struct gws_index *ix,
			       const struct gws_addr *to, struct gws_str host,
			       struct gws_str path,
			       const struct gws_http_request *req,
			       struct gws_choice *choice,
			       struct gws_table **first)
{
	const struct gws_listener *l;
	const struct gws_bind *b;

	b = bind_lookup(ix, to);
	if (!b)
		return GWS_VERDICT_NO_LISTENER;
	l = listener_lookup(b, host);
	if (!l)
		return GWS_VERDICT_NO_HOST;
	return tables_walk(ix, l->id, host, path, req, choice, first);
}

/*
 * Under RCU: no commit was published since the hint was taken, so its table
 * still is, and cannot be freed before the reader leaves. Only the table that a
 * walk comes to first is ever hinted at: if it has a rule, the walk ends there,
 * and if it has none, it is @first.
 */
static bool hint_match(const struct gws_config *cfg,
		       struct gws_route_hint *hint, struct gws_str host,
		       struct gws_str path, const struct gws_http_request *req,
		       struct gws_choice *choice, struct gws_table **first)
{
	if (!hint->table || hint->generation != READ_ONCE(cfg->generation))
		return false;
	/* The same request, the same table: the same rule. */
	if (req->serial && hint->serial == req->serial) {
		choice->table = hint->table;
		choice->rule = hint->rule;
		return true;
	}
	if (hint->host_len != host.len ||
	    !gws_mem_eq(hint->host, host.p, host.len))
		return false;
	if (!table_match(hint->table, path, req, choice)) {
		*first = hint->table;
		return false;
	}
	hint->serial = req->serial;
	hint->rule = choice->rule;
	return true;
}

static void hint_take(struct gws_route_hint *hint, u64 generation,
		      struct gws_table *first, struct gws_str host)
{
	if (host.len > sizeof(hint->host))
		first = NULL;
	hint->table = first;
	if (!first)
		return;
	hint->generation = generation;
	hint->serial = 0;
	hint->host_len = host.len;
	if (host.len)
		memcpy(hint->host, host.p, host.len);
}

/* Only a choice between several costs a write to the shared counter. */
enum gws_verdict gws_choice_pick(struct gws_choice *choice)
{
	const struct gws_rule *rule = choice->rule;
	u32 i = 0;

	if (!rule->pick.n)
		return GWS_VERDICT_INVALID;
	if (rule->turn)
		i = gws_pick_at(&rule->pick,
				atomic64_inc_return(&rule->turn->picks) - 1);
	choice->backend = &rule->backends[i];
	return choice->backend->cluster ? GWS_VERDICT_BACKEND :
					  GWS_VERDICT_INVALID;
}

/* For every request: a call of its own would cost what it saves. */
static __always_inline enum gws_verdict
config_find(struct gws_net *gn, const struct gws_addr *to, struct gws_str host,
	    struct gws_str path, const struct gws_http_request *req,
	    struct gws_route_hint *hint, struct gws_choice *choice)
{
	struct gws_config *cfg = &gn->config;
	enum gws_verdict verdict;
	struct gws_table *first;
	unsigned int seq;
	u64 generation;

	rcu_read_lock();
	do {
		*choice = (struct gws_choice){};
		first = NULL;
		seq = read_seqcount_begin(&cfg->seq);
		if (hint && hint_match(cfg, hint, host, path, req, choice,
				       &first)) {
			verdict = GWS_VERDICT_BACKEND;
			continue;
		}
		generation = READ_ONCE(cfg->generation);
		verdict = lookup(cfg->index, to, host, path, req, choice,
				 &first);
		/*
		 * A table is killed after the section that replaced it, so a
		 * failed tryget means that the next round finds the new one.
		 */
	} while (read_seqcount_retry(&cfg->seq, seq) ||
		 (choice->table && !percpu_ref_tryget_live(&choice->table->ref)));
	rcu_read_unlock();
	if (hint && first)
		hint_take(hint, generation, first, host);
	return verdict;
}

enum gws_verdict gws_config_route(struct gws_net *gn, const struct gws_addr *to,
				  struct gws_str host, struct gws_str path,
				  const struct gws_http_request *req,
				  struct gws_route_hint *hint,
				  struct gws_choice *choice)
{
	enum gws_verdict verdict;

	verdict = config_find(gn, to, host, path, req, hint, choice);
	if (!choice->table)
		return verdict;
	if (unlikely(choice->rule->filters) &&
	    gws_filters_answer(choice->rule->filters))
		return GWS_VERDICT_FILTER;
	return gws_choice_pick(choice);
}

enum gws_verdict gws_config_find(struct gws_net *gn, const struct gws_addr *to,
				 struct gws_str host, struct gws_str path,
				 const struct gws_http_request *req,
				 struct gws_choice *choice)
{
	return config_find(gn, to, host, path, req, NULL, choice);
}

const struct gws_listener *gws_config_listener(struct gws_net *gn,
					       const struct gws_addr *to,
					       struct gws_str host)
{
	const struct gws_bind *b = bind_lookup(gn->config.index, to);

	RCU_LOCKDEP_WARN(!rcu_read_lock_held() &&
			 !lockdep_is_held(&gn->config.lock),
			 "neither under the RCU read lock nor config.lock");
	return b ? listener_lookup(b, host) : NULL;
}

struct gws_table *gws_table_next(const struct gws_index *ix, u32 listener,
				 struct gws_str host, u32 *at)
{
	struct gws_table *t = NULL;

	for (; !t && *at <= host.len; ++*at) {
		struct gws_str key = { host.p + *at, host.len - *at };

		if (!*at || !key.len || key.p[0] == '.')
			t = gws_table_find(ix, listener, key);
	}
	return t;
}

void gws_choice_put(struct gws_choice *choice)
{
	if (choice->table)
		percpu_ref_put(&choice->table->ref);
	*choice = (struct gws_choice){};
}

enum gws_bind_kind gws_config_bind(struct gws_net *gn, const struct gws_addr *to)
{
	const struct gws_bind *b = bind_lookup(gn->config.index, to);

	RCU_LOCKDEP_WARN(!rcu_read_lock_held(), "not under the RCU read lock");
	return b ? b->kind : GWS_BIND_UNSPEC;
}

bool gws_config_owns(struct gws_net *gn, u8 family, const union nf_inet_addr *ip)
{
	const struct gws_place *p = gws_place_find(gn->config.index, family, ip);

	RCU_LOCKDEP_WARN(!rcu_read_lock_held(), "not under the RCU read lock");
	return p && READ_ONCE(p->binds);
}
