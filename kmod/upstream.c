// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connections to endpoints.
 *
 *   connect -> lent to a conn -> park -> idle -> take -> lent ...
 *                      \-> drop (reset)    |-> any event or time-out: close
 *                                          |-> endpoint retired: close
 *                                          `-> endpoint set aside: reset
 *
 * Idle connections belong to the worker that made them, newest first, so that
 * the ones not needed age and close. They count against endpoint_connections
 * for all workers: one that is at the limit with nothing idle of its own has
 * the worker with the most idle ones reset some, and tries again. Resetting is
 * done where the socket lives; to move it to another worker would mean to move
 * its callbacks, timer and queue entry under a load of events.
 */
#include <linux/error-injection.h>
#include <linux/sched/clock.h>
#include <linux/slab.h>
#include <linux/tcp.h>
#include <net/tcp.h>
#include "compat.h"
#include "conn.h"
#include "mirror.h"
#include "netns.h"
#include "upstream.h"
#include "worker.h"

static struct gws_upstream *to_upstream(struct gws_sock *s)
{
	return container_of(s, struct gws_upstream, s);
}

static struct gws_pool *upstream_pool(const struct gws_upstream *up)
{
	return per_cpu_ptr(up->ep->pools, up->s.worker->cpu);
}

static void pool_remove(struct gws_upstream *up)
{
	if (list_empty(&up->idle))
		return;
	list_del_init(&up->idle);
	upstream_pool(up)->count--;
}

/* Nobody there is expected to answer a FIN. */
static void upstream_reset(struct gws_upstream *up)
{
	pool_remove(up);
	gws_upstream_drop(up);
}

/* An idle connection has nothing to say: whatever happened, it is over. */
static void upstream_retire(struct gws_upstream *up)
{
	pool_remove(up);
	gws_count(up->s.gn, upstream_closed);
	gws_sock_close(&up->s);
}

static void pool_drain(struct gws_pool *pool, void (*end)(struct gws_upstream *))
{
	while (!list_empty(&pool->idle))
		end(list_first_entry(&pool->idle, struct gws_upstream, idle));
}

/*
 * Oldest first: the newest ones are the likeliest to be used again. Their slots
 * are free on return.
 */
static void pool_shed(struct gws_pool *pool, int n)
{
	struct gws_upstream *up;

	while (n-- > 0 && !list_empty(&pool->idle)) {
		up = list_last_entry(&pool->idle, struct gws_upstream, idle);
		pool_remove(up);
		gws_count(up->s.gn, upstream_closed);
		gws_sock_destroy(&up->s);
	}
}

/* Whoever asked is on its list since before it posted this pool's call. */
static void pools_resume(struct gws_endpoint *ep, const struct gws_pool *not)
{
	struct gws_pool *pool;
	int cpu;

	for_each_possible_cpu(cpu) {
		pool = per_cpu_ptr(ep->pools, cpu);
		if (pool != not && !list_empty(&pool->waiting))
			gws_pool_post(pool, cpu);
	}
}

static void pool_resume(struct gws_pool *pool)
{
	struct gws_conn *conn, *next;

	list_for_each_entry_safe(conn, next, &pool->waiting, wait) {
		gws_upstream_wait_end(conn);
		gws_sock_defer(&conn->c);
	}
}

void gws_pool_run(struct gws_worker *w, struct gws_call *call)
{
	struct gws_pool *pool = container_of(call, struct gws_pool, call);
	struct gws_endpoint *ep = pool->ep;

	if (test_and_clear_bit(GWS_POOL_DRAIN, &pool->todo))
		pool_drain(pool, upstream_reset);
	if (gws_endpoint_is_retired(ep))
		pool_drain(pool, upstream_retire);
	if (test_and_clear_bit(GWS_POOL_SHED, &pool->todo)) {
		pool_shed(pool, atomic_read(&ep->waiting));
		pools_resume(ep, pool);
	}
	pool_resume(pool);
	gws_endpoint_put(ep);
}

bool gws_upstream_connecting(const struct gws_upstream *up)
{
	u8 state = READ_ONCE(up->s.sk->sk_state);

	return state == TCP_SYN_SENT || state == TCP_SYN_RECV;
}

bool gws_upstream_silent(const struct gws_upstream *up)
{
	const struct sock *sk = up->s.sk;

	return sk->sk_state == TCP_ESTABLISHED && !sk->sk_err &&
	       !(sk->sk_shutdown & RCV_SHUTDOWN) &&
	       skb_queue_empty_lockless(&sk->sk_receive_queue);
}

static void upstream_event(struct gws_sock *s)
{
	struct gws_upstream *up = to_upstream(s);
	struct sock *sk = s->sk;

	if (up->conn)
		gws_conn_run(up->conn);
	else if (up->mirror)
		gws_mirror_run(up->mirror);
	else if (sk->sk_state != TCP_ESTABLISHED ||
		 !skb_queue_empty_lockless(&sk->sk_receive_queue))
		upstream_retire(up);
}

static void upstream_timeout(struct gws_sock *s)
{
	struct gws_upstream *up = to_upstream(s);

	if (up->conn)
		gws_conn_upstream_late(up->conn);
	else if (up->mirror)
		gws_mirror_late(up->mirror);
	else
		upstream_retire(up);
}

static u32 upstream_pinned(const struct gws_sock *s)
{
	const struct gws_upstream *up = container_of(s, struct gws_upstream, s);

	return up->mirror ? gws_mirror_pinned(up->mirror) : 0;
}

static void upstream_free(struct gws_sock *s)
{
	struct gws_upstream *up = to_upstream(s);

	/* Only a dying namespace frees a connection that is still lent. */
	if (up->conn)
		up->conn->up = NULL;
	if (up->mirror)
		gws_mirror_lose(up->mirror);
	pool_remove(up);
	gws_head_reset(&up->head);
	atomic_dec(&up->ep->conns);
	gws_endpoint_put(up->ep);
	kfree_rcu(up, rcu);
}

static const struct gws_sock_ops upstream_ops = {
	.event = upstream_event,
	.timeout = upstream_timeout,
	.pinned = upstream_pinned,
	.free = upstream_free,
};

/* Over all workers; exact, since a slot is taken before it is compared. */
static bool endpoint_enter(struct gws_endpoint *ep)
{
	if (atomic_inc_return(&ep->conns) <=
	    gws_limit(ep->gn->limits, GWS_LIMIT_endpoint_connections))
		return true;
	atomic_dec(&ep->conns);
	return false;
}

/* The CPU whose worker has the most idle connections, or -1. */
static int richest(const struct gws_endpoint *ep)
{
	u32 count, most = 0;
	int cpu, found = -1;

	for_each_possible_cpu(cpu) {
		count = READ_ONCE(per_cpu_ptr(ep->pools, cpu)->count);
		if (count > most) {
			most = count;
			found = cpu;
		}
	}
	return found;
}

/* What is shed for one request may be taken by another, but not for ever. */
static bool waits_too_long(const struct gws_conn *conn)
{
	u64 ms = gws_limit(conn->c.gn->limits, GWS_LIMIT_connect_timeout);

	return local_clock() - conn->started > ms * NSEC_PER_MSEC;
}

static bool wait_begin(struct gws_worker *w, struct gws_endpoint *ep,
		       struct gws_conn *conn)
{
	int cpu = richest(ep);
	struct gws_pool *pool;

	if (cpu < 0 || waits_too_long(conn))
		return false;
	list_add_tail(&conn->wait, &per_cpu_ptr(ep->pools, w->cpu)->waiting);
	atomic_inc(&ep->waiting);
	pool = per_cpu_ptr(ep->pools, cpu);
	/* Who takes the bit looks at the lists: an earlier call of the pool, too. */
	smp_mb__before_atomic();
	set_bit(GWS_POOL_SHED, &pool->todo);
	gws_pool_post(pool, cpu);
	return true;
}

void gws_upstream_wait_end(struct gws_conn *conn)
{
	if (list_empty(&conn->wait))
		return;
	list_del_init(&conn->wait);
	atomic_dec(&conn->ep->waiting);
}

/* For a copy of a request: the last quarter of the slots is for requests. */
static bool is_crowded(const struct gws_endpoint *ep)
{
	u64 max = gws_limit(ep->gn->limits, GWS_LIMIT_endpoint_connections);

	return atomic_read(&ep->conns) >= max - max / 4;
}

/* 0, or -EAGAIN, -EUSERS as gws_upstream_connect(). */
static int slot_take(struct gws_worker *w, struct gws_endpoint *ep,
		     struct gws_conn *conn)
{
	if (!conn && is_crowded(ep))
		return -EUSERS;
	if (endpoint_enter(ep))
		return 0;
	pool_shed(per_cpu_ptr(ep->pools, w->cpu), 1);
	if (endpoint_enter(ep))
		return 0;
	return conn && wait_begin(w, ep, conn) ? -EAGAIN : -EUSERS;
}

static int start_connect(struct socket *sock, const struct gws_addr *to)
{
	struct sockaddr_storage ss = {};
	struct sockaddr_in6 *sin6 = (struct sockaddr_in6 *)&ss;
	struct sockaddr_in *sin = (struct sockaddr_in *)&ss;
	int err, len;

	if (to->family == AF_INET) {
		sin->sin_family = AF_INET;
		sin->sin_port = htons(to->port);
		sin->sin_addr = to->ip.in;
		len = sizeof(*sin);
	} else {
		sin6->sin6_family = AF_INET6;
		sin6->sin6_port = htons(to->port);
		sin6->sin6_addr = to->ip.in6;
		len = sizeof(*sin6);
	}
	err = kernel_connect(sock, (struct gws_sockaddr *)&ss, len, O_NONBLOCK);
	if (err == -EINPROGRESS)
		return 0;
	/* IPsec without a state, say; -EAGAIN is the word for our own waiting. */
	return err == -EAGAIN ? -ENOBUFS : err;
}

static struct gws_upstream *upstream_alloc(struct gws_endpoint *ep)
{
	struct gws_upstream *up;

	up = kzalloc(sizeof(*up), GFP_KERNEL);
	if (!up)
		return NULL;
	INIT_LIST_HEAD(&up->idle);
	refcount_inc(&ep->ref);
	up->ep = ep;
	return up;
}

struct gws_upstream *gws_upstream_connect(struct gws_worker *w,
					  struct gws_endpoint *ep,
					  struct gws_conn *conn)
{
	struct gws_net *gn = ep->gn;
	struct gws_upstream *up;
	struct socket *sock;
	int err;

	err = slot_take(w, ep, conn);
	if (err)
		return ERR_PTR(err);
	err = sock_create_kern(gn->net, ep->addr.family, SOCK_STREAM, IPPROTO_TCP,
			       &sock);
	if (err)
		goto err_leave;
	err = -ENOMEM;
	up = upstream_alloc(ep);
	if (!up)
		goto err_release;
	up->conn = conn;
	err = gws_sock_attach(&up->s, sock, &upstream_ops, gn, w);
	if (err)
		goto err_free;
	gws_count(gn, upstream_connects);
	gws_sock_deadline(&up->s, gws_limit(gn->limits, GWS_LIMIT_connect_timeout));
	err = start_connect(sock, &ep->addr);
	if (!err)
		return up;
	/* From here on upstream_free() gives everything back. */
	up->conn = NULL;
	gws_count(gn, upstream_closed);
	gws_sock_destroy(&up->s);
	return ERR_PTR(err);

err_free:
	gws_endpoint_put(ep);
	kfree(up);
err_release:
	sock_release(sock);
err_leave:
	atomic_dec(&ep->conns);
	return ERR_PTR(err);
}
ALLOW_ERROR_INJECTION(gws_upstream_connect, ERRNO);

static bool is_proven(const struct gws_upstream *up)
{
	return time_before(jiffies,
			   up->parked + msecs_to_jiffies(GWS_PROVEN_MS));
}

struct gws_upstream *gws_upstream_take(struct gws_worker *w,
				       struct gws_endpoint *ep, bool again,
				       bool whole)
{
	struct gws_pool *pool = per_cpu_ptr(ep->pools, w->cpu);
	struct gws_upstream *up;

	while (!list_empty(&pool->idle)) {
		up = list_first_entry(&pool->idle, struct gws_upstream, idle);
		if (!gws_upstream_silent(up)) {
			upstream_retire(up);
			continue;
		}
		/* The newest is first. */
		if (!again && !is_proven(up))
			return NULL;
		pool_remove(up);
		/* A body may wait for a window as long as it likes. */
		if (!whole)
			WRITE_ONCE(inet_csk(up->s.sk)->icsk_user_timeout, 0);
		gws_count(ep->gn, upstream_reuses);
		return up;
	}
	return NULL;
}
ALLOW_ERROR_INJECTION(gws_upstream_take, NULL);

/*
 * From now on the peer may vanish between two requests. What is sent to it is
 * to be acknowledged in the time that a connect would have; TCP watches that,
 * so a request without a body arms nothing.
 */
static void upstream_may_die(struct gws_upstream *up)
{
	u32 *user_timeout = &inet_csk(up->s.sk)->icsk_user_timeout;

	up->used = true;
	if (!*user_timeout)
		WRITE_ONCE(*user_timeout, gws_limit(up->s.gn->limits,
						    GWS_LIMIT_connect_timeout));
}

static void upstream_return(struct gws_upstream *up)
{
	up->conn = NULL;
	up->mirror = NULL;
}

void gws_upstream_park(struct gws_upstream *up)
{
	struct gws_pool *pool = upstream_pool(up);
	struct gws_net *gn = up->s.gn;

	upstream_return(up);
	up->parked = jiffies;
	upstream_may_die(up);
	if (!gws_upstream_silent(up) || gws_endpoint_is_retired(up->ep) ||
	    pool->count >= gws_limit(gn->limits, GWS_LIMIT_endpoint_idle)) {
		upstream_retire(up);
		return;
	}
	list_add(&up->idle, &pool->idle);
	pool->count++;
	gws_sock_deadline(&up->s,
			  gws_limit(gn->limits, GWS_LIMIT_upstream_idle_timeout));
}

void gws_upstream_end(struct gws_upstream *up)
{
	upstream_return(up);
	upstream_retire(up);
}

void gws_upstream_drop(struct gws_upstream *up)
{
	upstream_return(up);
	gws_count(up->s.gn, upstream_closed);
	gws_sock_abort(&up->s);
}
