// SPDX-License-Identifier: GPL-2.0-only
/*
 * Named counters: found by name when a table is built, kept while a table
 * holds them, so that replacing the table loses nothing. Also the names and
 * sums of a namespace's totals, drop reasons and limits.
 */
#include <linux/error-injection.h>
#include <linux/jhash.h>
#include <linux/slab.h>
#include "budget.h"
#include "config.h"
#include "netns.h"
#include "sysfs.h"

static u32 rule_hash(const struct gws_owner *owner,
		     const struct gws_rule_name *name)
{
	u32 hash = owner->hash + name->kind;

	hash = jhash(name->namespace, strlen(name->namespace), hash);
	hash = jhash(name->route, strlen(name->route), hash);
	return jhash(name->rule, strlen(name->rule), hash);
}

static bool rule_equal(const struct gws_stats *s, const struct gws_owner *owner,
		       const struct gws_rule_name *name)
{
	return s->owner == owner && s->kind == name->kind &&
	       !strcmp(s->name, name->rule) && !strcmp(s->route, name->route) &&
	       !strcmp(s->namespace, name->namespace);
}

static bool backend_equal(const struct gws_stats *s,
			  const struct gws_stats *rule, u32 index,
			  const char *name)
{
	return s->parent == rule && s->index == index && !strcmp(s->name, name);
}

static struct hlist_head *stats_bucket(struct gws_config *cfg, u32 hash)
{
	return &cfg->index->stats[hash_32(hash, GWS_STATS_HASH_BITS)];
}

static struct gws_stats *stats_alloc(struct gws_net *gn, u32 hash, size_t len)
{
	struct gws_stats *s;

	s = kzalloc(struct_size(s, strings, len), GFP_KERNEL_ACCOUNT);
	if (!s)
		return NULL;
	s->tally = alloc_percpu_gfp(struct gws_tally, GFP_KERNEL_ACCOUNT);
	if (!s->tally) {
		kfree(s);
		return NULL;
	}
	refcount_set(&s->ref, 1);
	s->gn = gn;
	s->hash = hash;
	s->bytes = struct_size(s, strings, len) +
		   sizeof(struct gws_tally) * num_possible_cpus();
	gws_config_hold(&gn->config, s->bytes);
	return s;
}

static void stats_free_rcu(struct rcu_head *rcu)
{
	struct gws_stats *s = container_of(rcu, struct gws_stats, rcu);
	struct gws_net *gn = s->gn;
	u32 bytes = s->bytes;

	free_percpu(s->tally);
	kfree(s);
	gws_config_drop(&gn->config, bytes);
}

/* The shown pointer in sysfs is followed under RCU, hence the grace period. */
void gws_stats_put(struct gws_stats *stats)
{
	struct gws_config *cfg = &stats->gn->config;
	unsigned long flags;
	bool last;

	spin_lock_irqsave(&cfg->names_lock, flags);
	last = refcount_dec_and_test(&stats->ref);
	if (last)
		hlist_del(&stats->node);
	spin_unlock_irqrestore(&cfg->names_lock, flags);
	if (!last)
		return;
	if (stats->owner)
		gws_owner_put(stats->gn, stats->owner);
	if (stats->parent)
		gws_stats_put(stats->parent);
	if (stats->turn)
		gws_turn_put(stats->turn);
	call_rcu(&stats->rcu, stats_free_rcu);
}

static void stats_insert(struct gws_stats *s)
{
	struct gws_config *cfg = &s->gn->config;

	spin_lock_bh(&cfg->names_lock);
	hlist_add_head(&s->node, stats_bucket(cfg, s->hash));
	spin_unlock_bh(&cfg->names_lock);
}

struct gws_stats *gws_stats_rule(struct gws_net *gn, struct gws_owner *owner,
				 const struct gws_rule_name *name)
{
	struct gws_config *cfg = &gn->config;
	u32 hash = rule_hash(owner, name);
	struct gws_stats *s;
	char *p;

	/* Only the holder of the lock adds names: a miss stays a miss. */
	lockdep_assert_held(&cfg->lock);
	spin_lock_bh(&cfg->names_lock);
	hlist_for_each_entry(s, stats_bucket(cfg, hash), node)
		if (s->hash == hash && rule_equal(s, owner, name))
			break;
	if (s)
		refcount_inc(&s->ref);
	spin_unlock_bh(&cfg->names_lock);
	if (s)
		return s;

	s = stats_alloc(gn, hash, strlen(name->namespace) + 1 +
			strlen(name->route) + 1 + strlen(name->rule) + 1);
	if (!s)
		return NULL;
	refcount_inc(&owner->ref);
	s->owner = owner;
	s->kind = name->kind;
	p = s->strings;
	s->namespace = gws_string_pack(&p, name->namespace);
	s->route = gws_string_pack(&p, name->route);
	s->name = gws_string_pack(&p, name->rule);
	stats_insert(s);
	return s;
}
ALLOW_ERROR_INJECTION(gws_stats_rule, NULL);

struct gws_stats *gws_stats_backend(struct gws_stats *rule, u32 index,
				    const char *name)
{
	struct gws_config *cfg = &rule->gn->config;
	u32 hash = jhash(name, strlen(name), rule->hash + index + 1);
	struct gws_stats *s;
	char *p;

	lockdep_assert_held(&cfg->lock);
	spin_lock_bh(&cfg->names_lock);
	hlist_for_each_entry(s, stats_bucket(cfg, hash), node)
		if (s->hash == hash && backend_equal(s, rule, index, name))
			break;
	if (s)
		refcount_inc(&s->ref);
	spin_unlock_bh(&cfg->names_lock);
	if (s)
		return s;

	s = stats_alloc(rule->gn, hash, strlen(name) + 1);
	if (!s)
		return NULL;
	refcount_inc(&rule->ref);
	s->parent = rule;
	s->index = index;
	p = s->strings;
	s->name = gws_string_pack(&p, name);
	stats_insert(s);
	return s;
}
ALLOW_ERROR_INJECTION(gws_stats_backend, NULL);

int gws_stats_use(struct gws_stats *stats)
{
	int err;

	lockdep_assert_held(&stats->gn->config.lock);
	if (!stats->users) {
		err = gws_sysfs_add(stats);
		if (err)
			return err;
	}
	stats->users++;
	return 0;
}
ALLOW_ERROR_INJECTION(gws_stats_use, ERRNO);

void gws_stats_unuse(struct gws_stats *stats)
{
	lockdep_assert_held(&stats->gn->config.lock);
	if (!--stats->users)
		gws_sysfs_remove(stats);
}

static bool turn_equal(const struct gws_turn *turn, const u32 *weights, u32 n)
{
	return turn && turn->nweights == n &&
	       !memcmp(turn->weights, weights, n * sizeof(*weights));
}

struct gws_turn *gws_turn_get(struct gws_stats *rule, const u32 *weights,
			      u32 nweights)
{
	struct gws_turn *turn = rule->next_turn ?: rule->turn;

	lockdep_assert_held(&rule->gn->config.lock);
	if (!turn_equal(turn, weights, nweights)) {
		turn = kmalloc(struct_size(turn, weights, nweights),
			       GFP_KERNEL_ACCOUNT);
		if (!turn)
			return NULL;
		refcount_set(&turn->ref, 1);
		atomic64_set(&turn->picks, 0);
		turn->nweights = nweights;
		memcpy(turn->weights, weights, nweights * sizeof(*weights));
		gws_turn_forget(rule);
		rule->next_turn = turn;
	}
	refcount_inc(&turn->ref);
	return turn;
}
ALLOW_ERROR_INJECTION(gws_turn_get, NULL);

void gws_turn_put(struct gws_turn *turn)
{
	if (refcount_dec_and_test(&turn->ref))
		kfree(turn);
}

void gws_turn_publish(struct gws_stats *rule)
{
	lockdep_assert_held(&rule->gn->config.lock);
	if (!rule->next_turn)
		return;
	swap(rule->turn, rule->next_turn);
	gws_turn_forget(rule);
}

void gws_turn_forget(struct gws_stats *rule)
{
	lockdep_assert_held(&rule->gn->config.lock);
	if (rule->next_turn)
		gws_turn_put(rule->next_turn);
	rule->next_turn = NULL;
}

/* All members of both structures are 64 bits wide: 64-bit kernels only. */
static void sum_words(u64 *sum, const u64 __percpu *words, size_t n)
{
	size_t i;
	int cpu;

	memset(sum, 0, n * sizeof(*sum));
	for_each_possible_cpu(cpu)
		for (i = 0; i < n; i++)
			sum[i] += READ_ONCE(*per_cpu_ptr(&words[i], cpu));
}

void gws_tally_sum(const struct gws_tally __percpu *tally,
		   struct gws_tally *sum)
{
	sum_words((u64 *)sum, (const u64 __percpu *)tally,
		  sizeof(*sum) / sizeof(u64));
}

void gws_counters_sum(const struct gws_counters __percpu *counters,
		      struct gws_counters *sum)
{
	sum_words((u64 *)sum, (const u64 __percpu *)counters,
		  sizeof(*sum) / sizeof(u64));
}

static const char *const counter_names[GWS_CNT_COUNT] = {
#define X(name) [GWS_CNT_##name] = #name,
	GWS_COUNTER_LIST(X)
#undef X
};

static const char *const reason_names[GWS_REASON_COUNT] = {
#define X(name) [GWS_REASON_##name] = #name,
	GWS_REASON_LIST(X)
#undef X
};

static const char *const gauge_names[GWS_GAUGE_COUNT] = {
#define X(name) [GWS_GAUGE_##name] = #name,
	GWS_GAUGE_LIST(X)
#undef X
};

const struct gws_limit_range gws_limit_ranges[GWS_LIMIT_COUNT] = {
#define X(name, def, min, max) [GWS_LIMIT_##name] = { #name, def, min, max },
	GWS_LIMIT_LIST(X)
#undef X
};

const char *gws_counter_name(unsigned int i)
{
	return counter_names[i];
}

const char *gws_reason_name(unsigned int i)
{
	if (i < GWS_REASON_COUNT)
		return reason_names[i];
	return gws_http_error_name(i - GWS_REASON_COUNT + 1);
}

u64 gws_reason_value(const struct gws_counters *sum, unsigned int i)
{
	if (i < GWS_REASON_COUNT)
		return sum->reason[i];
	return sum->http_error[i - GWS_REASON_COUNT + 1];
}

enum gws_error gws_error_of(enum gws_reason reason)
{
	static_assert(GWS_ERRORS == __GWS_ERROR_LAST);
	switch (reason) {
	case GWS_REASON_invalid_backend:
		return GWS_ERROR_INVALID;
	case GWS_REASON_no_endpoint:
		return GWS_ERROR_NO_ENDPOINT;
	case GWS_REASON_connect_failed:
	case GWS_REASON_connect_timeout:
		return GWS_ERROR_CONNECT;
	case GWS_REASON_upstream_timeout:
	case GWS_REASON_request_timeout:
	case GWS_REASON_backend_timeout:
		return GWS_ERROR_TIMEOUT;
	case GWS_REASON_upstream_reset:
	case GWS_REASON_upstream_truncated:
		return GWS_ERROR_RESET;
	case GWS_REASON_upstream_bad_response:
		return GWS_ERROR_PROTOCOL;
	case GWS_REASON_limit_endpoint_connections:
		return GWS_ERROR_LIMIT;
	default:
		return GWS_ERROR_OTHER;
	}
}

const char *gws_gauge_name(unsigned int i)
{
	return gauge_names[i];
}

u64 gws_gauge_value(const struct gws_net *gn, enum gws_gauge which)
{
	switch (which) {
	case GWS_GAUGE_connections:
		return atomic_read(&gn->conns);
	case GWS_GAUGE_tunnels:
		return atomic_read(&gn->tunnels);
	case GWS_GAUGE_mirrors_under_way:
		return atomic_read(&gn->mirrors);
	case GWS_GAUGE_sockets:
		return atomic_read(&gn->socks);
	case GWS_GAUGE_sources:
		return atomic_read(&gn->nsources);
	case GWS_GAUGE_memory_held:
		return gws_budget_held(gn);
	case GWS_GAUGE_memory_max:
		return gws_budget_max(gn);
	case GWS_GAUGE_log_subscribers:
		return READ_ONCE(gn->log.count);
	case GWS_GAUGE_COUNT:
		break;
	}
	return 0;
}

int gws_limit_set(u64 *limits, const char *name, u64 value)
{
	int i;

	for (i = 0; i < GWS_LIMIT_COUNT; i++) {
		const struct gws_limit_range *r = &gws_limit_ranges[i];

		if (strcmp(r->name, name))
			continue;
		if (value < r->min || value > r->max)
			return -ERANGE;
		WRITE_ONCE(limits[i], value);
		return 0;
	}
	return -ENOENT;
}
