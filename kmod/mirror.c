// SPDX-License-Identifier: GPL-2.0-only
/* Copies of requests, from the filter that wants them to the answer's end. */
#include <linux/bitops.h>
#include <linux/slab.h>
#include <linux/tcp.h>
#include <net/tcp.h>
#include "budget.h"
#include "conn.h"
#include "mirror.h"
#include "netns.h"
#include "pick.h"
#include "scratch.h"
#include "upstream.h"
#include "worker.h"

/* Copies that are begun before clients are looked at again. */
enum { ROUND = 64 };

struct gws_mirror {
	struct list_head node;		/* worker->mirrors, until it is begun */
	struct gws_net *gn;
	struct gws_worker *worker;
	struct gws_choice choice;	/* reference held */
	struct gws_cluster *cluster;	/* kept by @choice */
	struct gws_endpoint *ep;	/* reference held, counted in ep->active */
	struct gws_upstream *up;	/* borrowed */
	struct gws_hold *hold;		/* reference held; NULL: all was sent */
	struct gws_pipe to_up;
	struct gws_http_body answer;
	u16 next;			/* slot of @hold that is sent next */
	u16 interims;
	u8 method;			/* enum gws_http_method */
	bool has_body;
	bool connecting;
	bool answered;			/* the head of the final response was read */
	bool reusable;			/* nothing said otherwise so far */
};

static void drop_count(struct gws_net *gn, enum gws_reason reason, u32 n)
{
	this_cpu_add(gn->counters->reason[reason], n);
}

static void place_give(struct gws_net *gn, struct gws_cluster *cluster)
{
	atomic_dec(&cluster->mirrors);
	atomic_dec(&gn->mirrors);
}

/* GWS_REASON_COUNT: it was answered. */
static void mirror_end(struct gws_mirror *m, enum gws_reason reason)
{
	if (reason != GWS_REASON_COUNT) {
		drop_count(m->gn, reason, 1);
	} else {
		gws_count(m->gn, mirrors_answered);
		gws_tally_inc(m->choice.rule->tally, mirrors_answered);
	}
	list_del(&m->node);
	gws_pipe_purge(&m->to_up);
	gws_hold_put(m->hold);
	if (m->ep) {
		atomic_dec(&m->ep->active);
		gws_endpoint_put(m->ep);
	}
	place_give(m->gn, m->cluster);
	gws_choice_put(&m->choice);
	kfree(m);
}

static void mirror_fail(struct gws_mirror *m, enum gws_reason reason)
{
	if (m->up)
		gws_upstream_drop(m->up);
	mirror_end(m, reason);
}

static struct gws_mirror *mirror_make(struct gws_conn *conn,
				      const struct gws_mirror_to *to, bool body)
{
	struct gws_mirror *m = kzalloc(sizeof(*m), GFP_ATOMIC | __GFP_NOWARN);

	if (!m)
		return NULL;
	m->gn = conn->c.gn;
	m->worker = conn->c.worker;
	m->choice = conn->choice;
	percpu_ref_get(&m->choice.table->ref);
	m->cluster = to->cluster;
	m->hold = gws_hold_get(conn->hold);
	m->method = conn->method;
	m->has_body = body;
	m->reusable = !body || gws_conn_body_is_read(conn);
	return m;
}

/*
 * One that hangs gets no more than three quarters of all places, so that copies for
 * others go on; of a single place any.
 */
static bool place_take(struct gws_net *gn, struct gws_cluster *cluster)
{
	u64 max = gws_limit(gn->limits, GWS_LIMIT_mirrors);
	u32 mine = atomic_inc_return(&cluster->mirrors);
	u32 all = atomic_inc_return(&gn->mirrors);

	if (all <= max && mine <= 3 * (max - all) + 1)
		return true;
	place_give(gn, cluster);
	return false;
}

static void mirror_queue(struct gws_conn *conn, const struct gws_mirror_to *to,
			 bool body)
{
	struct gws_net *gn = conn->c.gn;
	struct gws_mirror *m;

	/* Clients are not to be refused for what copies hold. */
	if (unlikely(gws_budget_is_half_used(gn))) {
		gws_count_reason(gn, mirror_no_memory);
		return;
	}
	if (!place_take(gn, to->cluster)) {
		gws_count_reason(gn, mirror_limit);
		return;
	}
	m = mirror_make(conn, to, body);
	if (!m) {
		gws_count_reason(gn, mirror_no_memory);
		place_give(gn, to->cluster);
		return;
	}
	/* Behind the request itself, which is about to be sent. */
	list_add_tail(&m->node, &conn->c.worker->mirrors);
}

void gws_mirror_begin(struct gws_conn *conn, bool body)
{
	const struct gws_filters *f = conn->choice.backend->filters;
	unsigned long due = conn->mirrors;
	unsigned int i;

	conn->mirrors = 0;
	for_each_set_bit(i, &due, 2 * GWS_MIRRORS_MAX)
		mirror_queue(conn, &f->mirrors[i], body);
	/* Further tries may want it; a head alone is kept besides. */
	if (body && conn->choice.rule->tries.retry)
		return;
	gws_hold_put(conn->hold);
	conn->hold = NULL;
}

void gws_mirror_forgo(struct gws_conn *conn, enum gws_reason reason)
{
	drop_count(conn->c.gn, reason, hweight32(conn->mirrors));
	conn->mirrors = 0;
}

/*
 * Those whose turn it is. The requests of a rule are numbered, and those of a backend
 * whose own filters mirror: each share is exact in any row of them.
 */
static u32 mirrors_due(const struct gws_choice *choice)
{
	const struct gws_filters *f = choice->backend->filters;
	u64 number[2];
	u32 due = 0, i;

	number[0] = atomic64_inc_return(&choice->rule->stats->copied);
	number[1] = atomic64_inc_return(&choice->backend->stats->copied);
	for (i = 0; i < f->nmirrors; i++) {
		const struct gws_mirror_to *to = &f->mirrors[i];

		if (gws_pick_takes(number[to->of_backend] - 1, to->numerator,
				   to->denominator))
			due |= BIT(i);
	}
	return due;
}

/* A request of any length is held as far as it goes, and given up where it ends. */
static bool request_held(struct gws_conn *conn)
{
	if (!conn->hold)
		conn->hold = gws_hold_make(&conn->to_up);
	return conn->hold;
}

void gws_mirror_plan(struct gws_conn *conn)
{
	u32 due = mirrors_due(&conn->choice);

	if (!due)
		return;
	gws_count_add(conn->c.gn, mirrors, hweight32(due));
	gws_tally_add(conn->choice.rule->tally, mirrors, hweight32(due));
	conn->mirrors = due;
	/* What follows the switch is no request, and nobody there would speak. */
	if (conn->websocket)
		gws_mirror_forgo(conn, GWS_REASON_mirror_upgrade);
	else if (!request_held(conn))
		gws_mirror_forgo(conn, GWS_REASON_mirror_no_memory);
	else if (conn->req_done)
		gws_mirror_begin(conn, false);
}

/* This node could not even try, so nothing is known of the endpoint. */
static bool is_own_fault(int err)
{
	return err == -EADDRNOTAVAIL || err == -EPERM || err == -EPROTO;
}

static void connect_failed(struct gws_mirror *m, int err)
{
	enum gws_reason reason = GWS_REASON_mirror_connect;

	if (err == -EUSERS) {
		reason = GWS_REASON_mirror_limit;
	} else if (err == -ENOMEM || err == -ENOBUFS || err == -ENFILE) {
		reason = GWS_REASON_mirror_no_memory;
	} else if (!is_own_fault(err)) {
		gws_count(m->gn, upstream_connect_failures);
		atomic64_inc(&m->ep->errors);
		gws_endpoint_set_aside(m->ep);
	}
	/* A request, which has more slots, may do better. */
	gws_endpoint_forgo(m->ep, m);
	mirror_fail(m, reason);
}

/* One time for all of it: an answer that never ends has one, too. */
static void mirror_time(struct gws_mirror *m)
{
	gws_sock_deadline(&m->up->s, gws_limit(m->gn->limits,
					       GWS_LIMIT_response_timeout));
}

static void mirror_connect(struct gws_mirror *m)
{
	struct gws_upstream *up = gws_upstream_connect(m->worker, m->ep, NULL);

	if (IS_ERR(up)) {
		connect_failed(m, PTR_ERR(up));
		return;
	}
	up->mirror = m;
	m->up = up;
	m->connecting = true;
}

static void mirror_start(struct gws_mirror *m)
{
	m->ep = gws_cluster_pick(m->cluster, NULL);
	if (!m->ep) {
		mirror_end(m, GWS_REASON_mirror_no_endpoint);
		return;
	}
	gws_endpoint_chosen(m->ep, m);
	atomic_inc(&m->ep->active);
	atomic64_inc(&m->ep->requests);
	m->up = gws_upstream_take(m->worker, m->ep, false, !m->has_body);
	if (!m->up) {
		mirror_connect(m);
		return;
	}
	m->up->mirror = m;
	mirror_time(m);
	local_bh_disable();
	gws_mirror_run(m);
	local_bh_enable();
}

void gws_mirrors_run(struct gws_worker *w)
{
	struct gws_mirror *m;
	int n = ROUND;

	while (n-- && !list_empty(&w->mirrors)) {
		m = list_first_entry(&w->mirrors, struct gws_mirror, node);
		list_del_init(&m->node);
		mirror_start(m);
	}
}

void gws_mirrors_drop(struct gws_worker *w, const struct gws_net *gn)
{
	struct gws_mirror *m, *next;

	list_for_each_entry_safe(m, next, &w->mirrors, node)
		if (m->gn == gn)
			mirror_end(m, GWS_REASON_mirror_reset);
}

/* False: it is over. */
static bool connected(struct gws_mirror *m)
{
	const struct sock *sk = m->up->s.sk;

	if (gws_upstream_connecting(m->up))
		return false;
	if (sk->sk_state == TCP_CLOSE) {
		connect_failed(m, -sk->sk_err);
		return false;
	}
	gws_endpoint_good(m->ep);
	m->connecting = false;
	mirror_time(m);
	return true;
}

static void send_more(struct gws_mirror *m)
{
	int err = gws_pipe_flush(&m->to_up, &m->up->s, false);

	while (!err && gws_hold_send(m->hold, &m->next, &m->to_up))
		err = gws_pipe_flush(&m->to_up, &m->up->s, false);
	if (err == -EAGAIN)
		return;
	/* Who takes no more may have answered already. */
	m->reusable &= !err;
	gws_pipe_purge(&m->to_up);
	gws_hold_put(m->hold);
	m->hold = NULL;
}

static int parse_answer(const char *buf, u32 len, u32 *resume, void *into)
{
	struct gws_mirror *m = into;

	return gws_http_parse_response(buf, len, resume, m->method,
				       &m->worker->scratch->resp);
}

/* False: nobody was asked to switch, or it never ends. */
static bool head_read(struct gws_mirror *m, const struct gws_http_response *resp)
{
	m->reusable &= resp->head.keep_alive;
	if (resp->status < 200)
		return resp->status != 101 && ++m->interims <= GWS_INTERIM_MAX;
	m->answered = true;
	gws_endpoint_answered(m->ep);
	/* Before all was sent the rest may be the next request, as in exchange.c. */
	m->reusable &= !m->hold && resp->head.framing != GWS_FRAMING_CLOSE;
	gws_http_body_of(&m->answer, &resp->head);
	return true;
}

/* As gws_exchange_skip(), of all of the answer; -ENOMEM besides. */
static int read_over(struct gws_mirror *m, struct gws_cursor *c)
{
	struct gws_scratch *scratch = m->worker->scratch;
	int len;

	while (!m->answered) {
		len = gws_head_gather(&m->up->head, c, scratch, parse_answer, m);
		if (len == GWS_HEAD_NOMEM)
			return -ENOMEM;
		if (!len)
			return 0;
		if (len < 0 || !head_read(m, &scratch->resp))
			return -EPROTO;
	}
	return gws_exchange_skip(&m->answer, c);
}

/* Its FIN, or worse. For some bodies that is the end, and in order. */
static int at_end(const struct gws_mirror *m)
{
	return m->answered && m->answer.framing == GWS_FRAMING_CLOSE &&
	       sock_flag(m->up->s.sk, SOCK_DONE) ? 1 : -ECONNRESET;
}

static int read_more(struct gws_mirror *m)
{
	struct sock *sk = m->up->s.sk;
	struct gws_cursor c;
	int ret;

	bh_lock_sock(sk);
	if (sock_owned_by_user(sk)) {
		gws_sock_kick(&m->up->s);
		bh_unlock_sock(sk);
		return 0;
	}
	gws_cursor_init(&c, sk);
	ret = read_over(m, &c);
	if (!ret && !c.skb && (sk->sk_shutdown & RCV_SHUTDOWN ||
			       sk->sk_state == TCP_CLOSE))
		ret = at_end(m);
	/* Bytes read over are work with BH off, as those that are sent. */
	m->worker->sent += c.seq - tcp_sk(sk)->copied_seq;
	gws_cursor_consume(&c);
	bh_unlock_sock(sk);
	return ret;
}

static enum gws_reason reason_of(int err)
{
	if (err == -ENOMEM)
		return GWS_REASON_mirror_no_memory;
	return err == -ECONNRESET ? GWS_REASON_mirror_reset :
				    GWS_REASON_mirror_bad_response;
}

static void answer_done(struct gws_mirror *m)
{
	/* An answer may come before all of the request was taken. */
	if (m->reusable && !m->hold)
		gws_upstream_park(m->up);
	else
		gws_upstream_drop(m->up);
	mirror_end(m, GWS_REASON_COUNT);
}

void gws_mirror_run(struct gws_mirror *m)
{
	int ret;

	if (m->connecting && !connected(m))
		return;
	if (m->hold)
		send_more(m);
	if (gws_upstream_silent(m->up))
		return;
	ret = read_more(m);
	if (ret > 0) {
		answer_done(m);
	} else if (ret < 0) {
		if (ret != -ENOMEM)
			atomic64_inc(&m->ep->errors);
		mirror_fail(m, reason_of(ret));
	}
}

void gws_mirror_late(struct gws_mirror *m)
{
	if (!m->connecting) {
		atomic64_inc(&m->ep->errors);
		mirror_fail(m, GWS_REASON_mirror_timeout);
	} else if (gws_upstream_connecting(m->up)) {
		connect_failed(m, -ETIMEDOUT);
	} else {
		/* Its event is late, the connection is not. */
		local_bh_disable();
		gws_mirror_run(m);
		local_bh_enable();
	}
}

void gws_mirror_lose(struct gws_mirror *m)
{
	mirror_end(m, GWS_REASON_mirror_reset);
}

u32 gws_mirror_pinned(const struct gws_mirror *m)
{
	return m->hold ? gws_hold_pinned(m->hold) / m->hold->users : 0;
}
