// SPDX-License-Identifier: GPL-2.0-only
/*
 * Endpoints: found by address while a cluster names them, freed when the last
 * connection and request let go.
 */
#include <linux/error-injection.h>
#include <linux/jhash.h>
#include <linux/slab.h>
#include "endpoint.h"
#include "netns.h"

static u32 addr_hash(const struct gws_addr *addr)
{
	return jhash(&addr->ip, sizeof(addr->ip), addr->port);
}

static bool addr_equal(const struct gws_addr *a, const struct gws_addr *b)
{
	return a->port == b->port && a->family == b->family &&
	       nf_inet_addr_cmp(&a->ip, &b->ip);
}

static struct gws_endpoint *endpoint_alloc(struct gws_net *gn,
					   const struct gws_addr *addr)
{
	struct gws_endpoint *ep;
	struct gws_pool *pool;
	int cpu;

	ep = kzalloc(sizeof(*ep), GFP_KERNEL_ACCOUNT);
	if (!ep)
		return NULL;
	ep->pools = alloc_percpu_gfp(struct gws_pool, GFP_KERNEL_ACCOUNT);
	if (!ep->pools) {
		kfree(ep);
		return NULL;
	}
	for_each_possible_cpu(cpu) {
		pool = per_cpu_ptr(ep->pools, cpu);
		INIT_LIST_HEAD(&pool->idle);
		INIT_LIST_HEAD(&pool->waiting);
		pool->ep = ep;
		gws_call_init(&pool->call, gws_pool_run);
	}
	refcount_set(&ep->ref, 1);
	ep->claims = 1;
	ep->gn = gn;
	ep->addr = *addr;
	return ep;
}

static void endpoint_free(struct gws_endpoint *ep)
{
	free_percpu(ep->pools);
	kfree(ep);
}

static void endpoint_free_rcu(struct rcu_head *rcu)
{
	endpoint_free(container_of(rcu, struct gws_endpoint, rcu));
}

static struct gws_endpoint *endpoint_find(struct gws_net *gn,
					  const struct gws_addr *addr)
{
	struct gws_endpoint *ep;

	lockdep_assert_held(&gn->endpoint_lock);
	hash_for_each_possible(gn->endpoints, ep, node, addr_hash(addr))
		if (addr_equal(&ep->addr, addr))
			return ep;
	return NULL;
}

struct gws_endpoint *gws_endpoint_claim(struct gws_net *gn,
					const struct gws_addr *addr)
{
	struct gws_endpoint *new = endpoint_alloc(gn, addr);
	struct gws_endpoint *ep;

	if (!new)
		return NULL;
	spin_lock_bh(&gn->endpoint_lock);
	ep = endpoint_find(gn, addr);
	if (ep) {
		/* In the hash means claimed, and a claim is a reference. */
		refcount_inc(&ep->ref);
		WRITE_ONCE(ep->claims, ep->claims + 1);
	} else {
		hash_add(gn->endpoints, &new->node, addr_hash(addr));
		swap(ep, new);
	}
	spin_unlock_bh(&gn->endpoint_lock);
	if (new)
		endpoint_free(new);
	return ep;
}
ALLOW_ERROR_INJECTION(gws_endpoint_claim, NULL);

void gws_pool_post(struct gws_pool *pool, int cpu)
{
	refcount_inc(&pool->ep->ref);
	if (!gws_worker_post(cpu, &pool->call))
		gws_endpoint_put(pool->ep);
}

static void pools_post(struct gws_endpoint *ep)
{
	int cpu;

	for_each_possible_cpu(cpu)
		gws_pool_post(per_cpu_ptr(ep->pools, cpu), cpu);
}

void gws_endpoint_release(struct gws_endpoint *ep)
{
	bool last;

	spin_lock_bh(&ep->gn->endpoint_lock);
	WRITE_ONCE(ep->claims, ep->claims - 1);
	last = !ep->claims;
	if (last)
		hash_del(&ep->node);
	spin_unlock_bh(&ep->gn->endpoint_lock);
	if (last) {
		/*
		 * With the barrier of endpoint_enter(): either its connection
		 * is seen here, or it finds the endpoint retired when it parks.
		 */
		smp_mb();
		if (atomic_read(&ep->conns))
			pools_post(ep);
	}
	gws_endpoint_put(ep);
}

bool gws_endpoint_get(struct gws_endpoint *ep)
{
	return refcount_inc_not_zero(&ep->ref);
}

void gws_endpoint_put(struct gws_endpoint *ep)
{
	if (refcount_dec_and_test(&ep->ref))
		call_rcu(&ep->rcu, endpoint_free_rcu);
}

static void aside_restart(struct gws_endpoint *ep)
{
	u64 ms = gws_limit(ep->gn->limits, GWS_LIMIT_set_aside);

	ms <<= READ_ONCE(ep->strikes);
	WRITE_ONCE(ep->aside_until, jiffies + msecs_to_jiffies(ms));
}

void gws_endpoint_probe(struct gws_endpoint *ep, const void *who)
{
	/* Chosen for want of others, it is no probe. */
	if (gws_endpoint_is_aside(ep))
		return;
	WRITE_ONCE(ep->prober, who);
	aside_restart(ep);
}

void gws_endpoint_forgo(struct gws_endpoint *ep, const void *who)
{
	if (READ_ONCE(ep->aside) && READ_ONCE(ep->prober) == who)
		WRITE_ONCE(ep->aside_until, jiffies);
}

/*
 * Workers may do this at the same time: what they get wrong is by how much the time
 * grows.
 */
void gws_endpoint_set_aside(struct gws_endpoint *ep)
{
	bool again = READ_ONCE(ep->aside);
	int cpu;

	if (!again)
		WRITE_ONCE(ep->strikes, 0);
	else if (READ_ONCE(ep->prober) &&
		 READ_ONCE(ep->strikes) < GWS_ASIDE_DOUBLINGS)
		WRITE_ONCE(ep->strikes, READ_ONCE(ep->strikes) + 1);
	WRITE_ONCE(ep->prober, NULL);
	aside_restart(ep);
	WRITE_ONCE(ep->aside, true);
	/* What was parked since then had served a request since then. */
	if (again)
		return;
	for_each_possible_cpu(cpu)
		set_bit(GWS_POOL_DRAIN, &per_cpu_ptr(ep->pools, cpu)->todo);
	pools_post(ep);
}

void gws_endpoint_good(struct gws_endpoint *ep)
{
	if (READ_ONCE(ep->aside))
		WRITE_ONCE(ep->aside, false);
}
