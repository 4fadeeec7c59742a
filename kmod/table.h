/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The configuration of a network namespace as the data path sees it.
 *
 * Objects are immutable once published and are found under RCU. A commit swaps
 * all objects that it changes inside one write section of config->seq (BH
 * off); gws_config_route() retries when it met such a section, so a request
 * sees the configuration before or after a commit, never a mixture.
 */
#ifndef GWS_TABLE_H
#define GWS_TABLE_H

#include <linux/bitops.h>
#include <linux/list.h>
#include <linux/netfilter.h>
#include <linux/percpu-refcount.h>
#include <linux/rcupdate.h>
#include <linux/workqueue.h>
#include <uapi/linux/gwsteer.h>
#include "filter.h"
#include "match.h"
#include "pick.h"
#include "route.h"
#include "stats.h"
#include "tries.h"

struct gws_cluster;
struct gws_endpoint;
struct gws_index;
struct gws_listener;
struct gws_net;
struct gws_slot;

/* Where a connection was sent to: the key that finds its listeners. */
struct gws_addr {
	union nf_inet_addr ip;
	u16 port;		/* host order */
	u8 family;		/* AF_INET, AF_INET6 */
};

struct gws_backend {
	struct gws_cluster *cluster;	/* NULL: invalid reference, answers 500 */
	struct gws_tally __percpu *tally;	/* of @stats */
	struct gws_stats *stats;	/* reference held */
	/* Its own after the rule's; owned unless they are the rule's. NULL: none. */
	struct gws_filters *filters;
	struct gws_filter_attrs *filter_attrs;	/* its own, owned */
	u32 weight;
};

struct gws_rule {
	struct gws_pick pick;		/* n is 0 without weights; owns its schedule */
	struct gws_turn *turn;		/* reference held; NULL: nothing to choose */
	struct gws_tally __percpu *tally;	/* of @stats */
	struct gws_stats *stats;	/* reference held */
	struct gws_backend *backends;
	struct gws_filters *filters;	/* owned; NULL: none */
	struct gws_filter_attrs *filter_attrs;	/* owned */
	u32 nbackends;
	struct gws_tries tries;
};

/* The routes of one listener for one hostname. */
struct gws_table {
	struct percpu_ref ref;		/* publication, gws_choice */
	struct hlist_node node;		/* index->tables; RCU */
	struct gws_str key;		/* of @hostname, see gws_host_key() */
	u32 listener;			/* id */
	u32 id;
	struct gws_match_table matches;
	struct gws_rule *rules;
	struct gws_backend *backends;	/* of all rules */
	const struct gws_pattern *regexes;	/* of all matches */
	u32 nregexes;
	u32 nrules;
	u32 nbackends;
	bool is_long;			/* a lookup may take long */
	struct gws_str hostname;	/* a pattern of match.h; NUL-terminated */
	u64 digest;
	u64 bytes;			/* counted in config->memory */
	struct gws_net *gn;
	struct gws_slot *slot;		/* while published or staged */
	struct rcu_work free;
};

enum gws_verdict {
	GWS_VERDICT_BACKEND,	/* rule, backend and cluster are set */
	GWS_VERDICT_NO_LISTENER,
	GWS_VERDICT_NO_HOST,
	GWS_VERDICT_NO_RULE,
	GWS_VERDICT_INVALID,	/* rule set, backend may be: 500 */
	GWS_VERDICT_FILTER,	/* rule set; no backend picked so far */
};

/*
 * The answer for one request. Holds a reference on @table, which keeps rule,
 * backend, cluster and their counters alive: gws_choice_put() gives it back.
 */
struct gws_choice {
	struct gws_table *table;	/* NULL where no rule was found */
	const struct gws_rule *rule;
	const struct gws_backend *backend;
};

/*
 * The table that a connection's last request was found in. Requests on one
 * connection mostly name one host, and while no commit was published in
 * between, the way to the table is the same. Zeroed to begin with; one user at
 * a time.
 */
struct gws_route_hint {
	struct gws_table *table;	/* valid only while @generation is current */
	u64 generation;			/* of the configuration then */
	u64 serial;			/* of the request that found @rule; 0: none */
	const struct gws_rule *rule;	/* in @table */
	u32 host_len;
	char host[GWS_HINT_HOST_MAX];
};

/*
 * Finds listener, hostname, rule and, by weight, the backend of a request.
 * @host is normalised (lower case, no port), @path too. @hint belongs to one
 * connection, that is to one @to; may be NULL. Any context; takes the RCU read
 * lock itself. Never fails for lack of memory.
 */
enum gws_verdict gws_config_route(struct gws_net *gn, const struct gws_addr *to,
				  struct gws_str host, struct gws_str path,
				  const struct gws_http_request *req,
				  struct gws_route_hint *hint,
				  struct gws_choice *choice);
/*
 * After GWS_VERDICT_FILTER, for a request that the filters let through: picks
 * the backend. Returns GWS_VERDICT_BACKEND or _INVALID.
 */
enum gws_verdict gws_choice_pick(struct gws_choice *choice);
void gws_choice_put(struct gws_choice *choice);

/*
 * The same but for the choice of a backend: of @choice only table and rule are
 * set, and no pick is counted.
 */
enum gws_verdict gws_config_find(struct gws_net *gn, const struct gws_addr *to,
				 struct gws_str host, struct gws_str path,
				 const struct gws_http_request *req,
				 struct gws_choice *choice);

/*
 * The parts of that lookup, for who explains it: the listener, and its tables
 * for @host in the order in which they are tried; @at is 0 to begin with, NULL
 * comes after the last. Under the RCU read lock, or config.lock.
 */
const struct gws_listener *gws_config_listener(struct gws_net *gn,
					       const struct gws_addr *to,
					       struct gws_str host);
struct gws_table *gws_table_next(const struct gws_index *ix, u32 listener,
				 struct gws_str host, u32 *at);

/*
 * An endpoint of the cluster that may take a request: the one with fewer
 * requests in flight out of two, set-aside ones and @not (may be NULL) only
 * when there is no other. Returns with a reference (gws_endpoint_put), for the
 * caller to say that it was chosen, or NULL when the cluster has none that is ready.
 * Any context.
 */
struct gws_endpoint *gws_cluster_pick(struct gws_cluster *cluster,
				      const struct gws_endpoint *not);
/* Does it have one that is ready, whether it is set aside or not? Any context. */
bool gws_cluster_serves(const struct gws_cluster *cluster);
/* Would that be another than @not, and one that is not set aside? Any context. */
bool gws_cluster_has_other(struct gws_cluster *cluster,
			   const struct gws_endpoint *not);

/*
 * For the hooks, under the RCU read lock: how, if at all, traffic to @to is
 * taken. Returns the enum gws_bind_kind of the bind for that address and port,
 * else of the bind of any local address for that port (whether @to is local is
 * the caller's to know), else GWS_BIND_UNSPEC.
 */
enum gws_bind_kind gws_config_bind(struct gws_net *gn, const struct gws_addr *to);
/*
 * Is this one of the Gateway's own addresses (a GWS_BIND_ADDRESS of any port)?
 * Under the RCU read lock.
 */
bool gws_config_owns(struct gws_net *gn, u8 family, const union nf_inet_addr *ip);
/*
 * One bit per port that any bind names: gn->config.ports. For the hooks, which
 * exist only after it was made; read without a lock.
 */
static inline bool gws_port_claimed(const unsigned long *bitmap, __be16 port)
{
	return test_bit(ntohs(port), bitmap);
}

#endif /* GWS_TABLE_H */
