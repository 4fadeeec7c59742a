// SPDX-License-Identifier: GPL-2.0-only
/*
 * Clusters: a place that tables point at for the life of an id, with a body of
 * endpoints that PUT_CLUSTER replaces alone; and the choice of an endpoint.
 */
#include <linux/error-injection.h>
#include <linux/jhash.h>
#include <linux/random.h>
#include <linux/slab.h>
#include "config.h"
#include "endpoint.h"
#include "netns.h"

/*
 * Not random: multiples of the golden ratio, so that first choices go round
 * evenly. An interrupted update only repeats a value.
 */
static DEFINE_PER_CPU(u32, walk);

static u32 walk_next(void)
{
	return this_cpu_add_return(walk, 0x9e3779b9);
}

/* Requests in flight have a connection each, so there is none for another. */
static bool is_full(const struct gws_endpoint *ep)
{
	return atomic_read(&ep->active) >=
	       gws_limit(ep->gn->limits, GWS_LIMIT_endpoint_connections);
}

static bool usable(const struct gws_endpoint *ep,
		   const struct gws_endpoint *not)
{
	return ep != not && !gws_endpoint_is_aside(ep) && !is_full(ep);
}

static struct gws_endpoint *less_loaded(struct gws_endpoint *a,
					struct gws_endpoint *b)
{
	return atomic_read(&b->active) < atomic_read(&a->active) ? b : a;
}

/* Which of two that are not usable: rather one set aside than one that is full. */
static struct gws_endpoint *less_hopeless(struct gws_endpoint *a,
					  struct gws_endpoint *b)
{
	if (is_full(a) != is_full(b))
		return is_full(a) ? b : a;
	return less_loaded(a, b);
}

/*
 * Two choices met nothing usable: every endpoint is looked at. When all are
 * set aside they are used all the same: an answer may come, 503 is certain.
 */
static struct gws_endpoint *pick_any(const struct gws_cluster_body *body,
				     u32 start, const struct gws_endpoint *not)
{
	struct gws_endpoint *spare = NULL;
	u32 i;

	for (i = 0; i < body->nusable; i++) {
		u32 n = (start + i) % body->nusable;
		struct gws_endpoint *ep = body->endpoints[n].ep;

		if (usable(ep, not))
			return ep;
		if (!spare || spare == not ||
		    (ep != not && less_hopeless(spare, ep) == ep))
			spare = ep;
	}
	return spare;
}

static struct gws_endpoint *pick(const struct gws_cluster_body *body,
				 const struct gws_endpoint *not)
{
	u32 x = walk_next();
	u32 i = reciprocal_scale(x, body->nusable);
	struct gws_endpoint *a = body->endpoints[i].ep;
	struct gws_endpoint *b = a;
	u32 j;

	if (body->nusable > 1) {
		j = reciprocal_scale(jhash_1word(x, 0), body->nusable - 1);
		b = body->endpoints[j + (j >= i)].ep;
	}
	if (!usable(a, not))
		swap(a, b);
	if (!usable(a, not))
		return pick_any(body, i, not);
	return usable(b, not) ? less_loaded(a, b) : a;
}

struct gws_endpoint *gws_cluster_pick(struct gws_cluster *cluster,
				      const struct gws_endpoint *not)
{
	const struct gws_cluster_body *body;
	struct gws_endpoint *ep = NULL;

	rcu_read_lock();
	body = rcu_dereference(cluster->body);
	if (body && body->nusable) {
		ep = pick(body, not);
		/* The body's claim is given up after a grace period only. */
		if (!gws_endpoint_get(ep))
			ep = NULL;
	}
	rcu_read_unlock();
	return ep;
}
ALLOW_ERROR_INJECTION(gws_cluster_pick, NULL);

bool gws_cluster_serves(const struct gws_cluster *cluster)
{
	const struct gws_cluster_body *body;
	bool serves;

	rcu_read_lock();
	body = rcu_dereference(cluster->body);
	serves = body && body->nusable;
	rcu_read_unlock();
	return serves;
}

bool gws_cluster_has_other(struct gws_cluster *cluster,
			   const struct gws_endpoint *not)
{
	const struct gws_cluster_body *body;
	bool found = false;
	u32 i;

	rcu_read_lock();
	body = rcu_dereference(cluster->body);
	for (i = 0; body && i < body->nusable && !found; i++)
		found = usable(body->endpoints[i].ep, not);
	rcu_read_unlock();
	return found;
}

struct gws_cluster *gws_cluster_make(struct gws_net *gn, struct gws_slot *slot)
{
	struct gws_cluster *c = kzalloc(sizeof(*c), GFP_KERNEL_ACCOUNT);

	if (!c)
		return NULL;
	c->slot = slot;
	c->gn = gn;
	c->id = slot->id;
	refcount_set(&c->ref, 1);
	gws_config_hold(&gn->config, sizeof(*c));
	return c;
}
ALLOW_ERROR_INJECTION(gws_cluster_make, NULL);

static void body_free(struct work_struct *work)
{
	struct gws_cluster_body *body = container_of(to_rcu_work(work),
						     struct gws_cluster_body,
						     free);
	struct gws_net *gn = body->gn;
	u64 bytes = body->bytes;
	u32 i;

	for (i = 0; i < body->nendpoints; i++) {
		gws_endpoint_release(body->endpoints[i].ep);
		cond_resched();
	}
	kvfree(body);
	gws_config_drop(&gn->config, bytes);
}

void gws_cluster_body_retire(struct gws_cluster_body *body)
{
	if (!body)
		return;
	INIT_RCU_WORK(&body->free, body_free);
	gws_config_queue(&body->free);
}

static void cluster_free_rcu(struct rcu_head *rcu)
{
	struct gws_cluster *c = container_of(rcu, struct gws_cluster, rcu);
	struct gws_net *gn = c->gn;

	/* Nobody has the cluster any more, so nobody replaces its body. */
	gws_cluster_body_retire(rcu_dereference_protected(c->body, true));
	kfree(c);
	gws_config_drop(&gn->config, sizeof(*c));
}

void gws_cluster_put(struct gws_cluster *cluster)
{
	if (cluster && refcount_dec_and_test(&cluster->ref))
		call_rcu(&cluster->rcu, cluster_free_rcu);
}
