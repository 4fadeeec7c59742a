/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The configuration of a namespace: what is published, what the writers know
 * besides, and the transaction that builds the next generation.
 *
 * table.c finds things for the data path, cluster.c picks endpoints, config.c
 * owns the life of all objects, transaction.c stages, checks and publishes,
 * decode.c turns staged messages into objects, netlink.c and dump.c speak to
 * user space.
 *
 * Locks, outermost first:
 *   config->lock      writers and dumps; may sleep. gn->lock nests inside.
 *   config->publish   the swaps of one commit, BH off. A leaf. Readers meet it
 *                     only through config->seq.
 *   config->names_lock the hashes of named counters; _bh. A leaf.
 */
#ifndef GWS_CONFIG_H
#define GWS_CONFIG_H

#include <linux/atomic.h>
#include <linux/bitmap.h>
#include <linux/mutex.h>
#include <linux/seqlock.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include "policy.h"
#include "table.h"

struct gws_net;
struct gws_transaction;

/* Buckets, as powers of two. A namespace without a configuration has none. */
enum {
	GWS_BIND_HASH_BITS = 10,
	GWS_PLACE_HASH_BITS = 12,	/* asked for each packet of the node */
	GWS_TABLE_HASH_BITS = 12,
	GWS_ID_HASH_BITS = 10,
	GWS_STATS_HASH_BITS = 12,
	GWS_OWNER_HASH_BITS = 8,
};

enum gws_object {
	GWS_OBJECT_LISTENER,
	GWS_OBJECT_TABLE,
	GWS_OBJECT_CLUSTER,
	GWS_OBJECT_COUNT
};

enum {
	GWS_REPORT_SIZE = 256,	/* longest extack text, with the NUL */
	GWS_REPORTS = 4,
};

/*
 * What an id stands for. Under config->lock.
 */
struct gws_slot {
	struct hlist_node node;		/* index->ids[] */
	u32 id;
	/*
	 * Listener: tables that name it. Cluster: backends that do. As the
	 * commit in progress leaves them, else as published.
	 */
	u32 users;
	void *object;			/* published; NULL: none */
	struct gws_stage *stage;	/* only while a commit works on it */
};

/*
 * Published hashes: made at a namespace's first BEGIN, before it has a hook or
 * a listener, and kept until its end.
 */
struct gws_index {
	u32 seed;
	/* RCU; changed under config->lock, a commit's swaps in one section. */
	struct hlist_head binds[1 << GWS_BIND_HASH_BITS];
	struct hlist_head tables[1 << GWS_TABLE_HASH_BITS];
	struct hlist_head places[1 << GWS_PLACE_HASH_BITS];
	/*
	 * Tables by the length of their hostname, exact ones and wildcards: a
	 * length that no table has need not be hashed for. Read without a lock.
	 */
	u32 exact[GWS_HOSTNAME_MAX + 1];
	u32 wildcard[GWS_HOSTNAME_MAX + 1];
	DECLARE_BITMAP(ports, 65536);	/* that a bind names; test_bit */
	/* Under config->lock. */
	u16 port_binds[65536];		/* gws_bind objects of that port */
	struct hlist_head ids[GWS_OBJECT_COUNT][1 << GWS_ID_HASH_BITS];
	u32 count[GWS_OBJECT_COUNT];	/* published objects */
	u32 nbinds;			/* gws_bind objects */
	/* Under config->names_lock. */
	struct hlist_head stats[1 << GWS_STATS_HASH_BITS];
	struct hlist_head owners[1 << GWS_OWNER_HASH_BITS];
};

struct gws_config {
	struct mutex lock;		/* writers; see above */
	spinlock_t publish;		/* one commit's swaps */
	/*
	 * Write section: one commit's swaps. Bound to a spinlock, not to the
	 * mutex: readers are in softirqs and BH-off sections, where they could
	 * not wait for a preempted writer; spin_lock_bh() keeps the writer on
	 * its CPU, and on PREEMPT_RT a reader that meets the section takes the
	 * (sleeping, boosting) spinlock instead of spinning.
	 */
	seqcount_spinlock_t seq;
	spinlock_t names_lock;		/* index->stats, index->owners */
	struct gws_index *index;	/* NULL before the first BEGIN */
	unsigned long *ports;		/* index->ports, for gws_port_claimed() */
	u32 nplaces;			/* READ_ONCE; 0: no use asking gws_config_owns() */
	u32 npolicies;			/* listeners with one; READ_ONCE, as @nplaces */
	u32 nlong;			/* tables that are long; READ_ONCE, too */
	u64 generation;			/* under @lock; READ_ONCE outside */
	u32 serial;			/* of the last table decoded; under @lock */
	struct gws_transaction *open;	/* at most one; under @lock */
	u32 owner;			/* port ID of who began the last one */
	atomic64_t memory;		/* bytes that objects hold */
	/* Objects whose end touches this struct; gws_config_exit() waits. */
	atomic_t objects;
	wait_queue_head_t drained;
	/*
	 * The ACK that carries a text is built after the handler has returned
	 * and let go of @lock, so the text must outlive it: several take turns,
	 * under @lock.
	 */
	char reports[GWS_REPORTS][GWS_REPORT_SIZE];
	u8 report;
};

struct gws_stage;

struct gws_listener {
	struct gws_slot *slot;		/* while published or staged */
	struct gws_owner *owner;	/* reference held */
	struct gws_policy *policy;	/* reference held; NULL: the usual one */
	struct gws_net *gn;
	struct rcu_head rcu;
	u64 digest;
	u64 bytes;			/* counted in config->memory */
	u32 id;
	u16 port;
	u8 protocol;
	u32 nbinds;
	struct gws_str hostname;	/* a pattern of match.h; NUL-terminated */
	struct gws_listener_bind {
		struct gws_addr addr;	/* family AF_UNSPEC: any local one */
		u8 kind;		/* enum gws_bind_kind */
	} binds[];
};

/*
 * The listeners of one address and port, most specific hostname first.
 * Replaced whole.
 */
struct gws_bind {
	struct hlist_node node;		/* index->binds; RCU */
	struct gws_addr addr;
	u8 kind;
	u8 protocol;
	u32 nlisteners;
	u64 bytes;
	struct rcu_head rcu;
	struct gws_listener *listeners[];
};

/* An address that is a Gateway's own. */
struct gws_place {
	struct hlist_node node;		/* index->places; RCU */
	union nf_inet_addr ip;
	u8 family;
	u32 binds;			/* published; READ_ONCE by the hooks */
	struct rcu_head rcu;
};

/* Endpoints of a cluster; replaced whole by PUT_CLUSTER. */
struct gws_cluster_body {
	struct rcu_work free;
	struct gws_net *gn;
	u64 digest;
	u64 bytes;
	const char *name;
	u8 protocol;
	/*
	 * The first ones, which take new requests: those that are ready; if there
	 * is none, those that terminate and still serve.
	 */
	u32 nusable;
	u32 nendpoints;
	struct gws_cluster_endpoint {
		struct gws_endpoint *ep;	/* claimed */
		u32 flags;		/* GWS_EP_F_* */
	} endpoints[];
};

/* Stays the same for the life of its id, so that tables may point at it. */
struct gws_cluster {
	struct gws_slot *slot;		/* while published or staged */
	struct gws_net *gn;
	refcount_t ref;			/* publication, backends */
	atomic_t mirrors;		/* copies under way to it */
	u32 id;
	struct gws_cluster_body __rcu *body;	/* under config->lock */
	struct rcu_head rcu;
};

/*
 * Called by main.c, around all namespaces. Returns 0 or -ENOMEM.
 */
int gws_configs_init(void);
void gws_configs_exit(void);

/*
 * Called by netns.c. init cannot fail later than here; exit aborts an open
 * transaction, frees everything and waits for it: no hook, connection or
 * netlink socket of the namespace may be left.
 */
int gws_config_init(struct gws_net *gn);
void gws_config_exit(struct gws_net *gn);

/* config.c: parts that transaction.c and decode.c are made of. */
int gws_index_make(struct gws_net *gn);
struct gws_slot *gws_slot_find(struct gws_config *cfg, enum gws_object kind,
			       u32 id);
struct gws_slot *gws_slot_make(struct gws_config *cfg, enum gws_object kind,
			       u32 id);
/* Frees the slot when nothing is left in it. */
void gws_slot_trim(struct gws_slot *slot);

/*
 * Runs the work after a grace period, in process context: what may take long.
 * Any context; gws_config_exit() waits for it. @work: INIT_RCU_WORK() done.
 */
void gws_config_queue(struct rcu_work *work);
/* Waits for what was queued, and its callbacks. */
void gws_config_flush(void);

void gws_config_hold(struct gws_config *cfg, u64 bytes);
void gws_config_drop(struct gws_config *cfg, u64 bytes);

/* These wait for readers by themselves; NULL-safe. */
void gws_listener_retire(struct gws_listener *l);
void gws_cluster_body_retire(struct gws_cluster_body *body);
void gws_bind_retire(struct gws_config *cfg, struct gws_bind *b);
/* config->lock, since directories of counters may go. */
void gws_table_retire(struct gws_table *t);
/* For a table that no reader has seen, complete or not. config->lock. */
void gws_table_discard(struct gws_table *t);
/* The release function of gws_table.ref. */
void gws_table_release(struct percpu_ref *ref);

struct gws_cluster *gws_cluster_make(struct gws_net *gn, struct gws_slot *slot);
void gws_cluster_put(struct gws_cluster *cluster);

/* table.c */
u32 gws_table_hash(const struct gws_index *ix, u32 listener,
		   const char *host, u32 len);
u32 gws_place_hash(const struct gws_index *ix, u8 family,
		   const union nf_inet_addr *ip);
u32 gws_bind_hash(const struct gws_index *ix, const struct gws_addr *addr);
bool gws_addr_equal(const struct gws_addr *a, const struct gws_addr *b);
struct gws_bind *gws_bind_find(const struct gws_index *ix,
			       const struct gws_addr *addr);
struct gws_place *gws_place_find(const struct gws_index *ix, u8 family,
				 const union nf_inet_addr *ip);
struct gws_table *gws_table_find(const struct gws_index *ix, u32 listener,
				 struct gws_str key);

/*
 * "example.com" is its own key, "*.example.com" has ".example.com", any has "":
 * keys of different kinds never meet, since no hostname begins with a dot.
 */
static inline struct gws_str gws_host_key(struct gws_str hostname)
{
	if (hostname.len && hostname.p[0] == '*') {
		hostname.p++;
		hostname.len--;
	}
	return hostname;
}

/* Copies @s to *@at and moves *@at behind it. */
static inline const char *gws_string_pack(char **at, const char *s)
{
	size_t size = strlen(s) + 1;
	char *copy = *at;

	memcpy(copy, s, size);
	*at += size;
	return copy;
}

#endif /* GWS_CONFIG_H */
