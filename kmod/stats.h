/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counters. Totals and reasons belong to a network namespace; the counters of
 * a rule and of its backends belong to a name (Gateway, listener, route, rule,
 * backend), so that they survive a replaced table. All are per-CPU and summed
 * on read.
 */
#ifndef GWS_STATS_H
#define GWS_STATS_H

#include <linux/atomic.h>
#include <linux/percpu.h>
#include <linux/refcount.h>
#include <linux/types.h>
#include <uapi/linux/gwsteer.h>
#include "counters.h"
#include "http_parse.h"

struct gws_net;

struct gws_counters {
	u64 count[GWS_CNT_COUNT];
	u64 reason[GWS_REASON_COUNT];
	u64 http_error[GWS_HTTP_ERROR_COUNT];
};

/* Counters of one backend of a rule, or of a rule itself (local answers). */
struct gws_tally {
	u64 requests;
	u64 errors;
	u64 bytes_rx;
	u64 bytes_tx;
	s64 active;
	u64 class[6];
	u64 latency[GWS_LATENCY_BUCKETS];
	u64 latency_sum;	/* us */
	u64 error[GWS_ERRORS];	/* by enum gws_error; @errors has them all */
	u64 mirrors;		/* of a rule: copies that its filters asked for */
	u64 mirrors_answered;
};

/* May be called in any context, preemption on or off. */
#define gws_count(gn, name)						\
	this_cpu_inc((gn)->counters->count[GWS_CNT_##name])
#define gws_count_add(gn, name, n)					\
	this_cpu_add((gn)->counters->count[GWS_CNT_##name], n)
#define gws_count_reason(gn, name)					\
	this_cpu_inc((gn)->counters->reason[GWS_REASON_##name])
/* @status: 100 to 599. */
#define gws_count_class(gn, status)					\
	this_cpu_inc((gn)->counters->count[GWS_CNT_responses_1xx +	\
					   (status) / 100 - 1])
#define gws_tally_inc(tally, field)					\
	this_cpu_inc((tally)->field)
#define gws_tally_add(tally, field, n)					\
	this_cpu_add((tally)->field, n)

static inline u64 gws_limit(const u64 *limits, enum gws_limit which)
{
	return READ_ONCE(limits[which]);
}

/*
 * Picks of a rule since its weights were last changed; shared by the rule's
 * tables (one per hostname) as long as they split by the same weights.
 */
struct gws_turn {
	atomic64_t picks;
	refcount_t ref;
	u32 nweights;
	u32 weights[];
};

enum gws_owner_name {
	GWS_OWNER_NAMESPACE,	/* of the Gateway */
	GWS_OWNER_GATEWAY,
	GWS_OWNER_SET_NAMESPACE,	/* "" without a ListenerSet */
	GWS_OWNER_SET,
	GWS_OWNER_SECTION,
	GWS_OWNER_NAMES
};

/* The names of a listener. Shared by its generations and its counters. */
struct gws_owner {
	struct hlist_node node;		/* index->owners; config->names_lock */
	refcount_t ref;
	u32 hash;
	/* Listeners of these names, as the commit in progress leaves them. */
	u32 listeners;			/* config->lock */
	const char *names[GWS_OWNER_NAMES];
	char strings[];
};

/*
 * Finds or makes. Process context, config->lock. Returns a reference, or NULL
 * for lack of memory.
 */
struct gws_owner *gws_owner_get(struct gws_net *gn,
				const char *const names[GWS_OWNER_NAMES]);
/* Any context. */
void gws_owner_put(struct gws_net *gn, struct gws_owner *owner);

struct gws_dir;

/*
 * The counters of a name: of a rule, or of one backend of a rule. Tables hold
 * references, so counters live on through a replaced table.
 */
struct gws_stats {
	struct hlist_node node;		/* index->stats; config->names_lock */
	refcount_t ref;
	u32 hash;
	u32 bytes;			/* counted in config->memory */
	struct gws_net *gn;
	struct gws_tally __percpu *tally;
	struct gws_owner *owner;	/* of a rule; reference held */
	struct gws_stats *parent;	/* of a backend: its rule; reference held */
	u32 index;			/* of a backend in its rule */
	u8 kind;			/* of a rule: enum gws_route_kind */
	const char *namespace;		/* of a rule's route */
	const char *route;
	const char *name;		/* the rule's or the backend's */
	atomic64_t copied;		/* requests that a share of is mirrored */

	/* The rest is under config->lock; @weight is read without. */
	u32 users;			/* tables that publish it */
	u32 weight;
	u32 checked;			/* transaction.c: last table that named it */
	struct gws_turn *turn;		/* of a rule, published; reference held */
	struct gws_turn *next_turn;	/* of a rule, in a commit; reference held */
	struct gws_dir *dir;		/* sysfs.c; while @users and in init_net */
	struct rcu_head rcu;
	char strings[];
};

/* What a rule's counters are found by. */
struct gws_rule_name {
	u8 kind;
	const char *namespace;
	const char *route;
	const char *rule;
};

/*
 * Find or make. Process context, config->lock. Return a reference, or NULL for
 * lack of memory.
 */
struct gws_stats *gws_stats_rule(struct gws_net *gn, struct gws_owner *owner,
				 const struct gws_rule_name *name);
struct gws_stats *gws_stats_backend(struct gws_stats *rule, u32 index,
				    const char *name);
/* Any context. */
void gws_stats_put(struct gws_stats *stats);

/*
 * One more, one less published object that counts here; makes and removes the
 * directories in sysfs. Process context, config->lock. Returns 0 or -ENOMEM.
 */
int gws_stats_use(struct gws_stats *stats);
void gws_stats_unuse(struct gws_stats *stats);

/*
 * The counter of picks for a rule with these weights: the published one, or
 * the one of this commit, when the weights are the same, else a new one, which
 * gws_turn_publish() makes the published one and gws_turn_forget() drops.
 * config->lock. Returns a reference, or NULL for lack of memory.
 */
struct gws_turn *gws_turn_get(struct gws_stats *rule, const u32 *weights,
			      u32 nweights);
void gws_turn_put(struct gws_turn *turn);
void gws_turn_publish(struct gws_stats *rule);
void gws_turn_forget(struct gws_stats *rule);

/* Sums over all CPUs. */
void gws_tally_sum(const struct gws_tally __percpu *tally,
		   struct gws_tally *sum);
void gws_counters_sum(const struct gws_counters __percpu *counters,
		      struct gws_counters *sum);

/*
 * Names of counters and reasons, by index. The namespace's own reasons come
 * first, then those of the HTTP parser, whose number 0 is no error.
 */
enum {
	GWS_REASON_NAMES = GWS_REASON_COUNT + GWS_HTTP_ERROR_COUNT - 1,
};

const char *gws_counter_name(unsigned int i);
const char *gws_reason_name(unsigned int i);
u64 gws_reason_value(const struct gws_counters *sum, unsigned int i);

/* The class that a request's end for this reason counts in. */
enum gws_error gws_error_of(enum gws_reason reason);

const char *gws_gauge_name(unsigned int i);
/* Reads without a lock. */
u64 gws_gauge_value(const struct gws_net *gn, enum gws_gauge which);

struct gws_limit_range {
	const char *name;
	u64 standard;	/* the value that a namespace begins with */
	u64 min;
	u64 max;
};

extern const struct gws_limit_range gws_limit_ranges[GWS_LIMIT_COUNT];

/* Returns 0, -ENOENT for an unknown name, -ERANGE. */
int gws_limit_set(u64 *limits, const char *name, u64 value);

#endif /* GWS_STATS_H */
