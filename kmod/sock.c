// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sockets: callbacks, take-over, and the orderly end.
 *
 * Kernel sockets hold no reference on their namespace, and tcp_close() of such
 * a socket stops its timers: a lost last segment or FIN would never be sent
 * again. So a socket is released only when TCP has reached CLOSE (TIME_WAIT
 * counts: the full socket is in CLOSE then). Until that it stays here, with a
 * deadline of ours, because FIN_WAIT2 of a socket with an owner has none. What
 * the peer acknowledges prolongs it, as limit read_rate says: in FIN_WAIT2
 * nothing is left to acknowledge, so that ends for certain.
 */
#include <linux/error-injection.h>
#include <linux/tcp.h>
#include <net/tcp.h>
#include "budget.h"
#include "netns.h"
#include "sock.h"
#include "worker.h"

enum {
	RETRY_MS = 20,		/* memory may be back; and until then no spinning */
};

/*
 * What a plain TCP socket looks like on this kernel, taken from a socket of our
 * own: tcp_prot is not exported for both families everywhere.
 */
static struct {
	struct proto *prot[2];
	void (*data_ready)(struct sock *sk);
	void (*write_space)(struct sock *sk);
	void (*state_change)(struct sock *sk);
	void (*error_report)(struct sock *sk);
} plain;

/*
 * A child of a listener has our callbacks before it is taken over, and in
 * between a BPF program may put a psock there; its flags tell.
 */
static struct gws_sock *sk_ours(const struct sock *sk)
{
	uintptr_t word = (uintptr_t)rcu_dereference(__sk_user_data(sk));

	if ((word & ~SK_USER_DATA_PTRMASK) != SK_USER_DATA_NOCOPY)
		return NULL;
	return (struct gws_sock *)(word & SK_USER_DATA_PTRMASK);
}

static void sk_event(struct sock *sk)
{
	struct gws_sock *s;

	rcu_read_lock();
	s = sk_ours(sk);
	if (s)
		gws_sock_kick(s);
	rcu_read_unlock();
}

static void sk_write_event(struct sock *sk)
{
	if (!sk->sk_socket || !sk_stream_is_writeable(sk))
		return;
	clear_bit(SOCK_NOSPACE, &sk->sk_socket->flags);
	sk_event(sk);
}

bool gws_sk_is_ours(const struct sock *sk)
{
	return READ_ONCE(sk->sk_state_change) == sk_event;
}

void gws_sock_kick(struct gws_sock *s)
{
	struct gws_worker *w = s->worker;
	bool wake = false;

	/*
	 * The worker clears ->queued before it looks at the socket, and not
	 * always under its lock: either it sees what made us come here, or we
	 * see that it has cleared. Pairs with take_batch().
	 */
	smp_mb();
	if (READ_ONCE(s->queued))
		return;
	spin_lock_bh(&w->lock);
	if (!s->queued) {
		s->queued = true;
		list_add_tail(&s->queue, &w->queue);
		wake = !w->awake;
		w->awake = true;
	}
	spin_unlock_bh(&w->lock);
	if (wake)
		wake_up_process(w->task);
}

void gws_sock_retry(struct gws_sock *s)
{
	struct gws_worker *w = s->worker;

	spin_lock_bh(&w->lock);
	if (list_empty(&w->starved))
		w->retry_at = jiffies + msecs_to_jiffies(RETRY_MS);
	s->queued = true;
	/* TCP may have had it queued: it calls write_space when it fails so. */
	list_move_tail(&s->queue, &w->starved);
	spin_unlock_bh(&w->lock);
}

void gws_sock_defer(struct gws_sock *s)
{
	if (list_empty(&s->slow))
		list_add_tail(&s->slow, &s->worker->slow);
}

void gws_sock_deadline(struct gws_sock *s, unsigned int ms)
{
	gws_timer_set(&s->worker->wheel, &s->timer, ms);
}

static bool sk_is_plain(const struct sock *sk)
{
	return (sk->sk_prot == plain.prot[0] || sk->sk_prot == plain.prot[1]) &&
	       !inet_csk(sk)->icsk_ulp_ops && !sk->sk_user_data;
}

static void sk_install(struct sock *sk, struct gws_sock *s)
{
	write_lock_bh(&sk->sk_callback_lock);
	__rcu_assign_sk_user_data_with_flags(sk, s, SK_USER_DATA_NOCOPY);
	WRITE_ONCE(sk->sk_data_ready, sk_event);
	WRITE_ONCE(sk->sk_write_space, sk_write_event);
	WRITE_ONCE(sk->sk_state_change, sk_event);
	WRITE_ONCE(sk->sk_error_report, sk_event);
	write_unlock_bh(&sk->sk_callback_lock);
}

static void sk_restore(struct sock *sk)
{
	write_lock_bh(&sk->sk_callback_lock);
	rcu_assign_sk_user_data(sk, NULL);
	WRITE_ONCE(sk->sk_data_ready, plain.data_ready);
	WRITE_ONCE(sk->sk_write_space, plain.write_space);
	WRITE_ONCE(sk->sk_state_change, plain.state_change);
	WRITE_ONCE(sk->sk_error_report, plain.error_report);
	write_unlock_bh(&sk->sk_callback_lock);
}

static void sk_cap_buffers(struct sock *sk, u64 bytes)
{
	sk->sk_userlocks |= SOCK_SNDBUF_LOCK | SOCK_RCVBUF_LOCK;
	WRITE_ONCE(sk->sk_sndbuf, bytes);
	WRITE_ONCE(sk->sk_rcvbuf, bytes);
}

int gws_sock_attach(struct gws_sock *s, struct socket *sock,
		    const struct gws_sock_ops *ops, struct gws_net *gn,
		    struct gws_worker *w)
{
	struct sock *sk = sock->sk;

	lock_sock(sk);
	if (!sk_is_plain(sk)) {
		release_sock(sk);
		gws_count_reason(gn, plain_path_refused);
		return -EPROTO;
	}
	s->sock = sock;
	s->sk = sk;
	s->ops = ops;
	s->gn = gn;
	s->worker = w;
	s->state = GWS_SOCK_OPEN;
	s->queued = false;
	INIT_LIST_HEAD(&s->queue);
	INIT_LIST_HEAD(&s->slow);
	gws_timer_init(&s->timer);
	list_add(&s->all, &w->socks);
	atomic_inc(&gn->socks);
	gws_budget_enter(s);

	sk->sk_allocation = GFP_ATOMIC;
	gws_sk_no_task_frag(sk);
	sk_cap_buffers(sk, gws_limit(gn->limits, GWS_LIMIT_socket_buffer));
	tcp_sk(sk)->nonagle |= TCP_NAGLE_OFF;
	/* Cursors take an urgent byte like any other; so must tcp_inq(). */
	sock_set_flag(sk, SOCK_URGINLINE);
	sk_install(sk, s);
	release_sock(sk);
	gws_sock_kick(s);
	return 0;
}
ALLOW_ERROR_INJECTION(gws_sock_attach, ERRNO);

void gws_sock_walk_begin(struct gws_sock_walk *walk, struct gws_worker *w)
{
	list_add(&walk->node, &w->walks);
	walk->next = w->socks.next;
}

void gws_sock_walk_end(struct gws_sock_walk *walk)
{
	list_del(&walk->node);
}

struct gws_sock *gws_sock_walk_next(struct gws_sock_walk *walk,
				    struct gws_worker *w)
{
	struct list_head *at = walk->next;

	if (at == &w->socks) {
		gws_sock_walk_end(walk);
		return NULL;
	}
	walk->next = at->next;
	return list_entry(at, struct gws_sock, all);
}

static void walks_leave(struct gws_worker *w, const struct gws_sock *s)
{
	struct gws_sock_walk *walk;

	list_for_each_entry(walk, &w->walks, node)
		if (walk->next == &s->all)
			walk->next = s->all.next;
}

/* Afterwards no callback can reach @s, and it is in no queue. */
static void sock_detach(struct gws_sock *s)
{
	struct gws_worker *w = s->worker;

	lock_sock(s->sk);
	sk_restore(s->sk);
	release_sock(s->sk);

	/*
	 * Callbacks run under the socket's lock, so none is past its look at
	 * the user data now; ->queued keeps a late kick from elsewhere out.
	 */
	spin_lock_bh(&w->lock);
	if (s->queued)
		list_del_init(&s->queue);
	s->queued = true;
	spin_unlock_bh(&w->lock);
	list_del_init(&s->slow);
	walks_leave(w, s);
	list_del_init(&s->all);
	gws_timer_cancel(&w->wheel, &s->timer);
}

static void sock_finish(struct gws_sock *s)
{
	struct gws_net *gn = s->gn;

	sock_detach(s);
	gws_budget_leave(s);
	s->state = GWS_SOCK_GONE;
	sock_release(s->sock);
	s->ops->free(s);
	/* The last touch of @gn: whoever frees it waits for this worker. */
	atomic_dec(&gn->socks);
}

void gws_sock_destroy(struct gws_sock *s)
{
	sock_no_linger(s->sk);
	sock_finish(s);
}

void gws_sock_abort(struct gws_sock *s)
{
	if (s->state == GWS_SOCK_GONE)
		return;
	s->state = GWS_SOCK_ABORT;
	gws_budget_forget(s);
	gws_sock_defer(s);
}

u32 gws_earn(unsigned long deadline, u32 bytes, u64 rate, u32 full)
{
	long left = deadline - jiffies;
	u64 ms = full;

	if (rate)
		ms = jiffies_to_msecs(max(left, 0L)) +
		     DIV_ROUND_UP((u64)bytes * MSEC_PER_SEC, rate);
	return min_t(u64, ms, full);
}

u32 gws_sock_acked(struct gws_sock *s)
{
	u32 una = READ_ONCE(tcp_sk(s->sk)->snd_una);
	u32 acked = una - s->acked;

	s->acked = una;
	if (acked)
		s->acked_at = jiffies;
	return acked;
}

unsigned long gws_sock_delivered_ago(const struct gws_sock *s)
{
	u64 at = READ_ONCE(tcp_sk(s->sk)->delivered_mstamp);
	u64 now = tcp_clock_us();

	/* What is paced is to be sent at a time to come. */
	if (at > now)
		return 0;
	return min_t(u64, div_u64((now - at) * HZ, USEC_PER_SEC), MAX_JIFFY_OFFSET);
}

static void closing_deadline(struct gws_sock *s)
{
	gws_sock_deadline(s, gws_limit(s->gn->limits, GWS_LIMIT_close_timeout));
}

/* When all is acknowledged, the FIN too, the rest is up to the peer: anew. */
static void closing_prolong(struct gws_sock *s, u32 acked)
{
	u64 rate = gws_limit(s->gn->limits, GWS_LIMIT_read_rate);
	u32 full = gws_limit(s->gn->limits, GWS_LIMIT_close_timeout);

	if (s->sk->sk_state == TCP_FIN_WAIT2)
		rate = 0;
	gws_sock_deadline(s, gws_earn(s->timer.deadline, acked, rate, full));
}

/* Reads and drops, so that the peer can finish and its FIN gets to us. */
static void drain_locked(struct sock *sk)
{
	int queued;

	sock_owned_by_me(sk);
	queued = tcp_inq(sk);
	if (queued > 0)
		tcp_read_done(sk, queued);
}

static void closing_event(struct gws_sock *s)
{
	struct sock *sk = s->sk;
	u32 acked;

	bh_lock_sock(sk);
	if (!sock_owned_by_user(sk))
		drain_locked(sk);
	bh_unlock_sock(sk);
	if (sk->sk_state == TCP_CLOSE) {
		gws_sock_defer(s);
		return;
	}
	acked = gws_sock_acked(s);
	if (acked)
		closing_prolong(s, acked);
}

/*
 * As kernel_sock_shutdown(), which takes the lock by itself: the FIN goes out
 * with what gws_pipe_send() held back for it.
 */
static void shutdown_locked(struct sock *sk)
{
	sock_owned_by_me(sk);
	if (sk->sk_state == TCP_CLOSE)
		return;
	WRITE_ONCE(sk->sk_shutdown, sk->sk_shutdown | SEND_SHUTDOWN);
	sk->sk_prot->shutdown(sk, SEND_SHUTDOWN);
}

bool gws_sock_shutdown(struct gws_sock *s)
{
	bool done;

	bh_lock_sock(s->sk);
	done = !sock_owned_by_user(s->sk);
	if (done)
		shutdown_locked(s->sk);
	else
		gws_sock_kick(s);
	bh_unlock_sock(s->sk);
	return done;
}

static void closing_begin_locked(struct gws_sock *s)
{
	sock_owned_by_me(s->sk);
	s->state = GWS_SOCK_CLOSING;
	(void)gws_sock_acked(s);
	closing_deadline(s);
	shutdown_locked(s->sk);
	drain_locked(s->sk);
	if (s->sk->sk_state == TCP_CLOSE)
		gws_sock_defer(s);
}

static void closing_begin(struct gws_sock *s)
{
	lock_sock(s->sk);
	closing_begin_locked(s);
	release_sock(s->sk);
}

void gws_sock_close(struct gws_sock *s)
{
	if (s->state != GWS_SOCK_OPEN)
		return;
	local_bh_disable();
	bh_lock_sock(s->sk);
	if (sock_owned_by_user(s->sk)) {
		s->state = GWS_SOCK_SHUTDOWN;
		gws_sock_defer(s);
	} else {
		closing_begin_locked(s);
	}
	bh_unlock_sock(s->sk);
	local_bh_enable();
}

void gws_sock_run_event(struct gws_sock *s)
{
	if (s->state == GWS_SOCK_OPEN)
		s->ops->event(s);
	else if (s->state == GWS_SOCK_CLOSING)
		closing_event(s);
}

void gws_sock_run_slow(struct gws_sock *s)
{
	switch (s->state) {
	case GWS_SOCK_OPEN:
		s->ops->slow(s);
		break;
	case GWS_SOCK_SHUTDOWN:
		closing_begin(s);
		break;
	case GWS_SOCK_CLOSING:
		/* Or it was deferred before it was closed. */
		if (s->sk->sk_state == TCP_CLOSE)
			sock_finish(s);
		break;
	case GWS_SOCK_ABORT:
		gws_sock_destroy(s);
		break;
	}
}

void gws_sock_run_timeout(struct gws_timer *t)
{
	struct gws_sock *s = container_of(t, struct gws_sock, timer);
	u32 acked;

	if (s->state == GWS_SOCK_OPEN) {
		s->ops->timeout(s);
		return;
	}
	if (s->state != GWS_SOCK_CLOSING)
		return;
	acked = gws_sock_acked(s);
	if (acked) {
		closing_prolong(s, acked);
	} else {
		gws_count_reason(s->gn, closing_expired);
		gws_sock_abort(s);
	}
}

static int plain_learn(int family, int index)
{
	struct socket *sock;
	int err;

	err = sock_create_kern(&init_net, family, SOCK_STREAM, IPPROTO_TCP, &sock);
	if (err)
		return err;
	plain.prot[index] = sock->sk->sk_prot;
	plain.data_ready = sock->sk->sk_data_ready;
	plain.write_space = sock->sk->sk_write_space;
	plain.state_change = sock->sk->sk_state_change;
	plain.error_report = sock->sk->sk_error_report;
	sock_release(sock);
	return 0;
}

long gws_socks_mem_max(void)
{
	return READ_ONCE(plain.prot[0]->sysctl_mem[2]);
}

int gws_socks_init(void)
{
	int err = plain_learn(AF_INET, 0);

	if (err)
		return err;
	err = plain_learn(AF_INET6, 1);
	return err == -EAFNOSUPPORT ? 0 : err;
}
