// SPDX-License-Identifier: GPL-2.0-only
/*
 * Listening sockets.
 *
 * They are bound, since TCP takes the bind bucket of a child from its
 * listener, but to a port of their own on the loopback address, where they
 * stand in the way of as little as possible; and taken out of the listening
 * hash, so that nobody connects to that port or sees it. A child gets its
 * addresses and ports from the SYN, not from here.
 *
 * Transparent: without that, NAT's input hook would take the socket off a
 * packet whose destination is not the listener's own, and TCP would not answer
 * from an address that is not the node's. SO_REUSEADDR, which children inherit:
 * a server that sets it too can be started on a port that our connections use.
 */
#include <linux/error-injection.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/slab.h>
#include <net/inet_sock.h>
#include <net/ipv6.h>
#include <net/tcp.h>
#include "budget.h"
#include "conn.h"
#include "listen.h"
#include "netns.h"
#include "sock.h"
#include "worker.h"

enum {
	ACCEPT_BUDGET = 64,	/* connections at a time, then others' turn */
	ACCEPT_RETRY_MS = 100,	/* after a failure: memory may be back */
};

struct listener {
	struct gws_sock s;
	struct rcu_head rcu;
};

static void listener_event(struct gws_sock *s)
{
	gws_sock_defer(s);
}

/* Connections stay in the queue meanwhile; none is lost. */
static void accept_failed(struct gws_sock *s, int err)
{
	if (err == -EAGAIN)
		return;
	gws_count_reason(s->gn, no_memory);
	gws_sock_deadline(s, ACCEPT_RETRY_MS);
}

static void accept_some(struct gws_sock *s)
{
	struct socket *sock;
	int err, n;

	for (n = 0; n < ACCEPT_BUDGET; n++) {
		/* It makes a socket before it looks. */
		if (reqsk_queue_empty(&inet_csk(s->sk)->icsk_accept_queue))
			return;
		err = kernel_accept(s->sock, &sock, O_NONBLOCK);
		if (err) {
			accept_failed(s, err);
			return;
		}
		/* It counts its failures, and has released @sock then. */
		gws_conn_accept(s, sock);
	}
	gws_sock_kick(s);
}

static void listener_accept(struct gws_sock *s)
{
	/* The limit may have been changed; TCP reads this for every SYN. */
	WRITE_ONCE(s->sk->sk_max_ack_backlog,
		   gws_limit(s->gn->limits, GWS_LIMIT_backlog));
	accept_some(s);
	/* Those it has handed out are counted by themselves. */
	(void)gws_budget_measure(s);
}

static void listener_free(struct gws_sock *s)
{
	kfree_rcu(container_of(s, struct listener, s), rcu);
}

static const struct gws_sock_ops listener_ops = {
	.event = listener_event,
	.slow = listener_accept,
	.timeout = gws_sock_kick,
	.free = listener_free,
};

static int listener_bind(struct socket *sock)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	struct sockaddr_in6 sin6 = {
		.sin6_family = AF_INET6,
		.sin6_addr = in6addr_loopback,
	};

	if (sock->sk->sk_family == AF_INET6) {
		sock->sk->sk_ipv6only = 1;
		return kernel_bind(sock, (struct gws_sockaddr *)&sin6,
				   sizeof(sin6));
	}
	return kernel_bind(sock, (struct gws_sockaddr *)&sin, sizeof(sin));
}

static int listener_start(struct socket *sock, struct gws_net *gn)
{
	struct sock *sk = sock->sk;
	int err;

	sock_set_reuseaddr(sk);
	/* Also lets it bind while the loopback device is down. */
	gws_sk_set_transparent(sk);
	err = listener_bind(sock);
	if (err)
		return err;
	err = kernel_listen(sock, gws_limit(gn->limits, GWS_LIMIT_backlog));
	if (err)
		return err;
	lock_sock(sk);
	/* What lets the hooks hand it over without a reference. */
	sock_set_flag(sk, SOCK_RCU_FREE);
	sk->sk_prot->unhash(sk);
	release_sock(sk);
	return 0;
}

static int listener_open(struct gws_worker *w, struct gws_net *gn, int index)
{
	struct listener *l;
	struct socket *sock;
	int err;

	err = sock_create_kern(gn->net, index ? AF_INET6 : AF_INET, SOCK_STREAM,
			       IPPROTO_TCP, &sock);
	if (err)
		return err;
	l = kzalloc(sizeof(*l), GFP_KERNEL);
	if (!l) {
		err = -ENOMEM;
		goto err_release;
	}
	err = listener_start(sock, gn);
	if (err)
		goto err_free;
	err = gws_sock_attach(&l->s, sock, &listener_ops, gn, w);
	if (err)
		goto err_free;
	rcu_assign_pointer(gn->listen.socks[w->cpu][index], &l->s);
	return 0;

err_free:
	kfree(l);
err_release:
	sock_release(sock);
	return err;
}

static int worker_close(struct gws_worker *w, void *arg)
{
	struct gws_net *gn = arg;
	struct gws_sock *s;
	int index;

	for (index = 0; index < 2; index++) {
		/* Our caller holds gn->lock and waits. */
		s = rcu_replace_pointer(gn->listen.socks[w->cpu][index], NULL,
					true);
		if (s)
			gws_sock_destroy(s);
	}
	return 0;
}

static int worker_open(struct gws_worker *w, void *arg)
{
	struct gws_net *gn = arg;
	int err;

	err = listener_open(w, gn, 0);
	if (err)
		return err;
	err = listener_open(w, gn, 1);
	if (err && err != -EAFNOSUPPORT) {
		worker_close(w, gn);
		return err;
	}
	return 0;
}

void gws_listen_exit(struct gws_net *gn)
{
	int cpu;

	lockdep_assert_held(&gn->lock);
	for_each_possible_cpu(cpu)
		if (gws_worker_ready(cpu))
			gws_worker_call(cpu, worker_close, gn);
	kfree(gn->listen.socks);
	gn->listen.socks = NULL;
}

int gws_listen_extend(struct gws_net *gn)
{
	int cpu, ret, err = 0;

	lockdep_assert_held(&gn->lock);
	for_each_possible_cpu(cpu) {
		if (!gws_worker_ready(cpu) ||
		    rcu_access_pointer(gn->listen.socks[cpu][0]))
			continue;
		ret = gws_worker_call(cpu, worker_open, gn);
		if (ret)
			err = ret;
	}
	return err;
}

int gws_listen_init(struct gws_net *gn)
{
	int err;

	lockdep_assert_held(&gn->lock);
	gn->listen.socks = kcalloc(nr_cpu_ids, sizeof(*gn->listen.socks),
				   GFP_KERNEL);
	if (!gn->listen.socks)
		return -ENOMEM;
	err = gws_listen_extend(gn);
	if (err)
		gws_listen_exit(gn);
	return err;
}
ALLOW_ERROR_INJECTION(gws_listen_init, ERRNO);

static struct sock *listener_of(const struct gws_net *gn, int cpu, int index)
{
	const struct gws_sock *s = rcu_dereference(gn->listen.socks[cpu][index]);

	return s ? s->sk : NULL;
}

struct sock *gws_listen_pick(struct gws_net *gn, u8 family)
{
	int index = family == AF_INET6;
	struct sock *sk;
	int cpu;

	sk = listener_of(gn, raw_smp_processor_id(), index);
	if (likely(sk))
		return sk;
	for_each_online_cpu(cpu) {
		sk = listener_of(gn, cpu, index);
		if (sk)
			return sk;
	}
	return NULL;
}

struct sock *gws_listen_pick_cookie(struct gws_net *gn, u8 family)
{
	int index = family == AF_INET6;
	struct sock *sk;
	int cpu;

	sk = listener_of(gn, raw_smp_processor_id(), index);
	if (sk && !tcp_synq_no_recent_overflow(sk))
		return sk;
	/* Its SYN may have come in on another CPU. */
	for_each_possible_cpu(cpu) {
		sk = listener_of(gn, cpu, index);
		if (sk && !tcp_synq_no_recent_overflow(sk))
			return sk;
	}
	return NULL;
}
