/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A backend's address and port in one network namespace: what the pools of all
 * workers, its health and its load hang from. Shared by all clusters that name
 * it.
 */
#ifndef GWS_ENDPOINT_H
#define GWS_ENDPOINT_H

#include <linux/list.h>
#include <linux/refcount.h>
#include "table.h"
#include "worker.h"

/* What gws_pool.todo asks of a worker; bits. */
enum {
	GWS_POOL_DRAIN,		/* reset all that is idle */
	GWS_POOL_SHED,		/* reset as many as requests wait elsewhere */
};

/* Idle connections of one worker, newest first; it alone touches them. */
struct gws_pool {
	struct list_head idle;
	u32 count;
	struct list_head waiting;	/* gws_conn.wait: at the limit; worker only */
	struct gws_endpoint *ep;
	unsigned long todo;	/* atomic bits; any context */
	struct gws_call call;	/* gws_pool_run(); holds a reference on @ep */
};

struct gws_endpoint {
	refcount_t ref;
	struct gws_net *gn;
	struct gws_addr addr;
	struct hlist_node node;		/* gn->endpoints; gn->endpoint_lock */
	u32 claims;			/* clusters that name it; gn->endpoint_lock */
	atomic_t active;		/* requests in flight */
	atomic_t conns;			/* connections, connecting ones too */
	atomic_t waiting;		/* requests in the pools' @waiting */
	unsigned long aside_until;	/* jiffies; READ_ONCE/WRITE_ONCE */
	bool aside;			/* @aside_until counts */
	u8 strikes;			/* probes that failed in a row */
	const void *prober;		/* request that was let through to see */
	atomic64_t requests;
	atomic64_t errors;
	struct gws_pool __percpu *pools;	/* by worker */
	struct rcu_head rcu;
};

/*
 * Finds or makes the endpoint for a cluster that is being built. Process
 * context. NULL for lack of memory.
 */
struct gws_endpoint *gws_endpoint_claim(struct gws_net *gn,
					const struct gws_addr *addr);
/* The opposite; any context. */
void gws_endpoint_release(struct gws_endpoint *ep);

/* Plain references. get: under RCU; false when the last one is gone. */
bool gws_endpoint_get(struct gws_endpoint *ep);
void gws_endpoint_put(struct gws_endpoint *ep);

/*
 * Set aside for the limit set_aside, after a connect that failed or a peer that
 * fell silent; when that is over one request is let through, and if that fails, too,
 * for twice as long, up to eight times. What all workers keep idle for it is reset: each of those
 * connections would cost a request the time that it takes to find out.
 */
void gws_endpoint_set_aside(struct gws_endpoint *ep);
/*
 * One that was set aside is about to be tried by @who, which is compared and no more:
 * others wait for the outcome.
 */
void gws_endpoint_probe(struct gws_endpoint *ep, const void *who);
/* There is none: if @who was the probe, the next one may come at once. */
void gws_endpoint_forgo(struct gws_endpoint *ep, const void *who);
void gws_endpoint_good(struct gws_endpoint *ep);

/* It is going to be tried by @who. */
static inline void gws_endpoint_chosen(struct gws_endpoint *ep, const void *who)
{
	if (unlikely(READ_ONCE(ep->aside)))
		gws_endpoint_probe(ep, who);
}

/* Whatever it says: an endpoint that was tried again after a while is back. */
static inline void gws_endpoint_answered(struct gws_endpoint *ep)
{
	if (unlikely(READ_ONCE(ep->aside)) && READ_ONCE(ep->prober))
		gws_endpoint_good(ep);
}

static inline bool gws_endpoint_is_aside(const struct gws_endpoint *ep)
{
	return READ_ONCE(ep->aside) &&
	       time_before(jiffies, READ_ONCE(ep->aside_until));
}

/* No cluster names it any more: connections are not kept for it. */
static inline bool gws_endpoint_is_retired(const struct gws_endpoint *ep)
{
	return !READ_ONCE(ep->claims);
}

/* Has gws_pool_run() called in its worker, of @cpu. The caller holds a reference. */
void gws_pool_post(struct gws_pool *pool, int cpu);

/*
 * upstream.c: does for a worker's pool what its @todo says, closes what is idle
 * in it when the endpoint is retired, and lets its waiting requests try again.
 */
void gws_pool_run(struct gws_worker *w, struct gws_call *call);

#endif /* GWS_ENDPOINT_H */
