// SPDX-License-Identifier: GPL-2.0-only
/* Client connections: from accept to the end, and local answers. */
#include <linux/slab.h>
#include <linux/tcp.h>
#include <net/ipv6.h>
#include <net/tcp.h>
#include "budget.h"
#include "conn.h"
#include "http_reply.h"
#include "identity.h"
#include "log.h"
#include "mirror.h"
#include "netns.h"
#include "policy.h"
#include "source.h"
#include "trace.h"
#include "upstream.h"
#include "worker.h"

enum {
	RUN_BUDGET = 8,		/* steps before others get their turn */
};

static struct gws_conn *to_conn(struct gws_sock *s)
{
	return container_of(s, struct gws_conn, c);
}

void gws_conn_wait(struct gws_conn *conn, u32 ms)
{
	if (unlikely(conn->timed))
		ms = gws_retry_clamp(conn, ms);
	gws_sock_deadline(&conn->c, ms);
}

void gws_conn_deadline(struct gws_conn *conn, enum gws_limit which)
{
	gws_conn_wait(conn, gws_conn_limit(conn, which));
}

void gws_conn_earn(struct gws_conn *conn, enum gws_limit rate, u32 bytes)
{
	u32 full = gws_conn_limit(conn, GWS_LIMIT_stall_timeout);

	gws_conn_wait(conn, gws_earn(gws_conn_patience(conn), bytes,
				     gws_conn_limit(conn, rate), full));
}

static void release_replay(struct gws_conn *conn)
{
	if (conn->request.bv_page)
		put_page(conn->request.bv_page);
	conn->request.bv_page = NULL;
	if (unlikely(conn->added.p)) {
		kfree(conn->added.p);
		conn->added = (struct gws_str){ NULL, 0 };
	}
}

void gws_conn_settle(struct gws_conn *conn)
{
	const struct gws_hold *hold = conn->hold;

	release_replay(conn);
	/* Unless some of it is still to be sent, or to be copied. */
	if (unlikely(hold) && !conn->mirrors && hold->next == hold->nslots) {
		gws_hold_put(conn->hold);
		conn->hold = NULL;
	}
}

void gws_conn_release_request(struct gws_conn *conn, bool clean)
{
	struct gws_upstream *up = conn->up;

	if (unlikely(conn->log))
		gws_log_settle(conn);
	conn->up = NULL;
	if (up && clean)
		gws_upstream_park(up);
	else if (up)
		gws_upstream_drop(up);
	release_replay(conn);
	if (unlikely(conn->hold)) {
		if (conn->mirrors)
			gws_mirror_forgo(conn, GWS_REASON_mirror_unfinished);
		gws_hold_put(conn->hold);
		conn->hold = NULL;
	}
	conn->timed = 0;
	if (conn->ep) {
		atomic_dec(&conn->ep->active);
		gws_endpoint_put(conn->ep);
		conn->ep = NULL;
	}
	if (conn->counted && conn->choice.backend)
		gws_tally_add(conn->choice.backend->tally, active, -1);
	conn->counted = false;
	gws_choice_put(&conn->choice);
	gws_pipe_purge(&conn->to_up);
}

static void conn_leave(struct gws_conn *conn)
{
	if (conn->state == GWS_CONN_CLOSED)
		return;
	trace_gws_close(conn, conn->reason);
	if (conn->state == GWS_CONN_TUNNEL)
		atomic_dec(&conn->c.gn->tunnels);
	if (conn->counted && !conn->resp_begun)
		gws_conn_tally_inc(conn, class[0]);
	gws_upstream_wait_end(conn);
	if (conn->ep)
		gws_request_forgo(conn);
	gws_conn_release_request(conn, false);
	if (unlikely(conn->log))
		gws_log_end(conn);
	gws_pipe_purge(&conn->to_client);
	gws_head_reset(&conn->head);
	conn->state = GWS_CONN_CLOSED;
}

void gws_conn_close(struct gws_conn *conn)
{
	conn_leave(conn);
	gws_sock_close(&conn->c);
}

void gws_conn_abort(struct gws_conn *conn)
{
	gws_count(conn->c.gn, connections_aborted);
	conn_leave(conn);
	gws_sock_abort(&conn->c);
}

static u32 reply_room(const struct gws_str *parts, u32 n)
{
	u32 i, room = GWS_REPLY_MAX;

	for (i = 0; i < n; i++)
		room += parts[i].len;
	return room;
}

void gws_conn_reply(struct gws_conn *conn, int status)
{
	gws_conn_reply_with(conn, status, 0, &conn->added, 1);
}

void gws_conn_reply_with(struct gws_conn *conn, int status, u32 flags,
			 const struct gws_str *parts, u32 n)
{
	struct gws_worker *w = conn->c.worker;
	u32 room = reply_room(parts, n);
	char *out;
	int len;

	/* What the client still sends of this request is not read as a head. */
	if (!conn->req_done)
		conn->close = true;
	if (conn->close)
		flags |= GWS_REPLY_CLOSE;
	else if (!conn->client_minor)
		flags |= GWS_REPLY_KEEP_1_0;
	if (conn->method == GWS_METHOD_HEAD)
		flags |= GWS_REPLY_HEAD;
	conn->status = status;
	gws_count_class(conn->c.gn, status);
	if (conn->counted)
		gws_conn_tally_inc(conn, class[status / 100]);
	/*
	 * Interim responses that are not out yet go first: one may have been
	 * sent in part. A pipe that took the last of them has room for one more.
	 * The pieces may belong to the table that the request lets go of.
	 */
	out = gws_pipe_reserve(w, room);
	len = out ? gws_http_reply_write_with(out, room, status, flags, parts, n) :
		    -ENOMEM;
	gws_conn_release_request(conn, false);
	if (len < 0 || gws_pipe_commit(&conn->to_client, w, len)) {
		gws_conn_blame(conn, no_memory);
		gws_conn_abort(conn);
		return;
	}
	conn->state = GWS_CONN_REPLY;
	gws_conn_deadline(conn, GWS_LIMIT_stall_timeout);
}

void gws_conn_error(struct gws_conn *conn)
{
	enum gws_error error = gws_error_of(conn->reason);

	gws_conn_tally_inc(conn, errors);
	gws_conn_tally_inc(conn, error[error]);
}

bool gws_conn_next(struct gws_conn *conn)
{
	if (unlikely(conn->log))
		gws_log_end(conn);
	if (conn->close) {
		gws_conn_close(conn);
		return false;
	}
	conn->reason = GWS_REASON_COUNT;
	conn->error = GWS_HTTP_E_none;
	conn->state = GWS_CONN_HEAD;
	conn->method = GWS_METHOD_GET;
	conn->req_done = false;
	gws_conn_deadline(conn, GWS_LIMIT_idle_timeout);
	return gws_sock_has_more(&conn->c);
}

static bool reply_run(struct gws_conn *conn)
{
	u32 before = conn->to_client.bytes;
	int err = gws_pipe_flush(&conn->to_client, &conn->c, conn->close);

	conn->bytes_tx += before - conn->to_client.bytes;
	if (!err)
		return gws_conn_next(conn);
	if (err != -EAGAIN)
		gws_conn_abort(conn);
	else if (conn->to_client.bytes < before)
		gws_conn_earn(conn, GWS_LIMIT_read_rate,
			      before - conn->to_client.bytes);
	return false;
}

static bool conn_step(struct gws_conn *conn)
{
	switch (conn->state) {
	case GWS_CONN_HEAD:
		return gws_request_read(conn);
	case GWS_CONN_CONNECT:
		return gws_request_connected(conn);
	case GWS_CONN_EXCHANGE:
		return gws_exchange_run(conn);
	case GWS_CONN_REPLY:
		return reply_run(conn);
	case GWS_CONN_PROXY:
		return gws_identity_read(conn);
	case GWS_CONN_TUNNEL:
		return gws_tunnel_run(conn);
	}
	return false;
}

void gws_conn_run(struct gws_conn *conn)
{
	int budget = RUN_BUDGET;

	/* A tunnel is in order when both ends have sent their FIN. */
	if (conn->c.sk->sk_state == TCP_CLOSE &&
	    conn->state != GWS_CONN_CLOSED && conn->state != GWS_CONN_TUNNEL) {
		if (conn->state != GWS_CONN_HEAD && conn->state != GWS_CONN_PROXY)
			gws_conn_blame(conn, client_reset);
		gws_conn_abort(conn);
		return;
	}
	while (conn_step(conn)) {
		if (--budget && !gws_worker_is_full(conn->c.worker))
			continue;
		gws_sock_kick(&conn->c);
		return;
	}
}

static void conn_event(struct gws_sock *s)
{
	gws_conn_run(to_conn(s));
}

/* The reasons for process context: connect() may sleep, and a new source. */
static void conn_slow(struct gws_sock *s)
{
	struct gws_conn *conn = to_conn(s);

	if (conn->state == GWS_CONN_CONNECT && !conn->up)
		gws_request_connect(conn);
	else if (conn->state == GWS_CONN_ADMIT)
		gws_identity_admit(conn);
}

static void head_late(struct gws_conn *conn)
{
	if (!gws_request_begun(conn)) {
		/* What has come, but was not looked at yet, is in time. */
		if (!skb_queue_empty_lockless(&conn->c.sk->sk_receive_queue)) {
			gws_conn_deadline(conn, GWS_LIMIT_head_timeout);
			return;
		}
		gws_conn_blame(conn, client_idle);
		gws_conn_close(conn);
		return;
	}
	if (unlikely(gws_log_wanted(&conn->c.gn->log)))
		gws_log_begin(conn, NULL);
	gws_conn_blame(conn, client_timeout);
	conn->close = true;
	gws_conn_reply(conn, 408);
}

void gws_conn_stalled(struct gws_conn *conn)
{
	u64 ms = gws_conn_limit(conn, GWS_LIMIT_stall_timeout);
	unsigned long since = conn->c.acked_at;
	u32 acked = gws_sock_acked(&conn->c);

	if (acked) {
		gws_conn_earn(conn, GWS_LIMIT_read_rate, acked);
		return;
	}
	if (time_before(jiffies, since + msecs_to_jiffies(ms)))
		gws_conn_blame(conn, client_slow_reader);
	else
		gws_conn_blame(conn, client_stalled);
	gws_conn_abort(conn);
}

static void conn_late(struct gws_conn *conn)
{
	switch (conn->state) {
	case GWS_CONN_HEAD:
		head_late(conn);
		break;
	case GWS_CONN_EXCHANGE:
		gws_exchange_late(conn);
		break;
	case GWS_CONN_REPLY:
		gws_conn_stalled(conn);
		break;
	case GWS_CONN_PROXY:
		/* It is not settled that it speaks HTTP. */
		gws_conn_blame(conn, client_timeout);
		gws_conn_abort(conn);
		break;
	case GWS_CONN_TUNNEL:
		gws_tunnel_late(conn);
		break;
	}
}

static void conn_timeout(struct gws_sock *s)
{
	struct gws_conn *conn = to_conn(s);

	local_bh_disable();
	if (conn->state == GWS_CONN_PAUSE)
		gws_request_try(conn);
	else if (!conn->timed || !gws_retry_late(conn))
		conn_late(conn);
	gws_conn_run(conn);
	local_bh_enable();
}

void gws_conn_upstream_late(struct gws_conn *conn)
{
	local_bh_disable();
	/* If it is connected its event is late, and the request goes on. */
	if (conn->state == GWS_CONN_CONNECT &&
	    gws_upstream_connecting(conn->up))
		gws_request_connect_failed(conn, -ETIMEDOUT);
	gws_conn_run(conn);
	local_bh_enable();
}

static u32 replay_pinned(const struct gws_conn *conn)
{
	const struct bio_vec *head = &conn->request;

	return head->bv_page ? gws_page_share(head->bv_page, head->bv_len) : 0;
}

static u32 conn_pinned(const struct gws_sock *s)
{
	const struct gws_conn *conn = container_of(s, struct gws_conn, c);
	u32 heads = conn->head.len + (conn->up ? conn->up->head.len : 0);
	u32 record = conn->log ? conn->log->bytes : 0;

	return heads + record + replay_pinned(conn) + conn->added.len +
	       gws_hold_pinned(conn->hold) + gws_pipe_pinned(&conn->to_up) +
	       gws_pipe_pinned(&conn->to_client);
}

/*
 * The limit that the deadline is from. Not where head_late() waits for what came
 * to be looked at: until a head has begun, that is no progress.
 */
static enum gws_limit deadline_limit(const struct gws_conn *conn)
{
	switch (conn->state) {
	case GWS_CONN_HEAD:
		return conn->requests && !gws_request_begun(conn) ?
		       GWS_LIMIT_idle_timeout : GWS_LIMIT_head_timeout;
	case GWS_CONN_PROXY:
	case GWS_CONN_ADMIT:
		return GWS_LIMIT_head_timeout;
	case GWS_CONN_EXCHANGE:
		return gws_exchange_limit(conn);
	case GWS_CONN_TUNNEL:
		return GWS_LIMIT_tunnel_timeout;
	}
	return GWS_LIMIT_stall_timeout;
}

/*
 * Progress restarts the deadline, but for the end of an answer that only the socket has
 * left to send: who is slow there gets on when TCP says so.
 */
static unsigned long conn_progress(const struct gws_sock *s)
{
	const struct gws_conn *conn = container_of(s, struct gws_conn, c);
	unsigned long restarted;

	if (conn->state == GWS_CONN_PAUSE)
		return jiffies;
	restarted = gws_conn_patience(conn) -
		    msecs_to_jiffies(gws_conn_limit(conn, deadline_limit(conn)));
	if (conn->state != GWS_CONN_HEAD || !READ_ONCE(s->sk->sk_wmem_queued))
		return restarted;
	return jiffies - min(jiffies - restarted, gws_sock_delivered_ago(s));
}

/* Nobody reads what it has sent to its backend, say. */
static u32 conn_frees(const struct gws_sock *s)
{
	const struct gws_conn *conn = container_of(s, struct gws_conn, c);

	return conn->up ? gws_budget_queued(&conn->up->s) : 0;
}

static bool conn_idle(const struct gws_sock *s)
{
	const struct gws_conn *conn = container_of(s, struct gws_conn, c);

	return conn->state == GWS_CONN_HEAD && !gws_request_begun(conn) &&
	       !gws_sock_has_more(s);
}

static void conn_cut(struct gws_sock *s)
{
	struct gws_conn *conn = to_conn(s);

	local_bh_disable();
	gws_conn_blame(conn, slow_cut);
	gws_conn_abort(conn);
	local_bh_enable();
}

static void conn_free(struct gws_sock *s)
{
	struct gws_conn *conn = to_conn(s);
	struct gws_net *gn = s->gn;

	/* A dying namespace frees it in any state. */
	conn_leave(conn);
	gws_count(gn, connections_closed);
	gws_source_leave(gn, conn->source);
	gws_policy_put(conn->policy);
	atomic_dec(&gn->conns);
	kfree_rcu(conn, rcu);
}

static const struct gws_sock_ops conn_ops = {
	.event = conn_event,
	.slow = conn_slow,
	.timeout = conn_timeout,
	.pinned = conn_pinned,
	.progress = conn_progress,
	.frees = conn_frees,
	.idle = conn_idle,
	.cut = conn_cut,
	.free = conn_free,
};

static u8 conn_told_state(const struct gws_conn *conn)
{
	switch (conn->state) {
	case GWS_CONN_HEAD:
		return gws_request_begun(conn) ? GWS_CONNECTION_HEAD :
						 GWS_CONNECTION_IDLE;
	case GWS_CONN_PROXY:
	case GWS_CONN_ADMIT:
		return GWS_CONNECTION_HEAD;
	case GWS_CONN_CONNECT:
		return GWS_CONNECTION_CONNECT;
	case GWS_CONN_EXCHANGE:
		return GWS_CONNECTION_EXCHANGE;
	case GWS_CONN_REPLY:
		return GWS_CONNECTION_REPLY;
	case GWS_CONN_PAUSE:
		return GWS_CONNECTION_PAUSE;
	case GWS_CONN_TUNNEL:
		return GWS_CONNECTION_TUNNEL;
	}
	return GWS_CONNECTION_CLOSING;
}

bool gws_conn_describe(struct gws_sock *s, struct gws_conn_info *info)
{
	const struct gws_conn *conn = to_conn(s);

	if (s->ops != &conn_ops)
		return false;
	*info = (struct gws_conn_info){
		.choice = conn->choice,
		.client = conn->from,
		.to = conn->to,
		.age = jiffies64_to_msecs(jiffies - conn->accepted),
		.requests = conn->requests,
		.bytes_rx = conn->bytes_rx,
		.bytes_tx = conn->bytes_tx,
		.cpu = s->worker->cpu,
		.state = conn_told_state(conn),
	};
	if (conn->ep)
		info->upstream = conn->ep->addr;
	/* The request has one, so this one cannot be refused. */
	if (info->choice.table)
		percpu_ref_get(&info->choice.table->ref);
	return true;
}

static void addr_of_sk(const struct sock *sk, struct gws_addr *to)
{
	memset(to, 0, sizeof(*to));
	to->family = sk->sk_family;
	to->port = sk->sk_num;
	if (sk->sk_family == AF_INET)
		to->ip.ip = sk->sk_rcv_saddr;
	else
		to->ip.in6 = sk->sk_v6_rcv_saddr;
}

static void peer_of_sk(const struct sock *sk, struct gws_addr *from)
{
	memset(from, 0, sizeof(*from));
	from->family = sk->sk_family;
	from->port = ntohs(sk->sk_dport);
	if (sk->sk_family == AF_INET)
		from->ip.ip = sk->sk_daddr;
	else
		from->ip.in6 = sk->sk_v6_daddr;
}

static struct gws_conn *conn_alloc(struct socket *sock)
{
	struct gws_conn *conn = kzalloc(sizeof(*conn), GFP_KERNEL);

	if (!conn)
		return NULL;
	INIT_LIST_HEAD(&conn->wait);
	conn->method = GWS_METHOD_GET;
	conn->client_minor = 1;
	conn->reason = GWS_REASON_COUNT;
	conn->accepted = jiffies;
	addr_of_sk(sock->sk, &conn->to);
	return conn;
}

/* Memory last, since others may have to go for it. */
static struct gws_source *source_admit(struct gws_sock *listener,
				       const struct gws_addr *from)
{
	struct gws_source *source = gws_source_enter(listener->gn, from);

	if (PTR_ERR(source) == -EUSERS)
		gws_count_reason(listener->gn, limit_source_connections);
	if (IS_ERR(source) || gws_budget_makes_room(listener))
		return source;
	gws_count_reason(listener->gn, limit_memory);
	gws_source_leave(listener->gn, source);
	return ERR_PTR(-ENOBUFS);
}

/* Counts it in, unless one more would be beyond a limit. */
static struct gws_source *conn_admit(struct gws_sock *listener,
				     const struct gws_addr *from,
				     const struct gws_policy *policy)
{
	struct gws_net *gn = listener->gn;
	struct gws_source *source;

	if (atomic_inc_return(&gn->conns) >
	    gws_limit(gn->limits, GWS_LIMIT_connections)) {
		gws_count_reason(gn, limit_connections);
		source = ERR_PTR(-EUSERS);
	} else if (!gws_identity_admits(policy, from)) {
		gws_count_reason(gn, proxy_sender);
		source = ERR_PTR(-EACCES);
	} else {
		source = source_admit(listener, from);
	}
	if (IS_ERR(source))
		atomic_dec(&gn->conns);
	return source;
}

static int conn_start(struct gws_sock *listener, struct socket *sock,
		      const struct gws_addr *from, struct gws_source *source,
		      struct gws_policy *policy)
{
	struct gws_net *gn = listener->gn;
	struct gws_conn *conn = conn_alloc(sock);
	int err;

	if (!conn)
		return -ENOMEM;
	conn->source = source;
	trace_gws_accept(conn, from, &conn->to);
	err = gws_identity_begin(conn, from, policy) ?:
	      gws_sock_attach(&conn->c, sock, &conn_ops, gn, listener->worker);
	if (err) {
		kfree(conn);
		return err;
	}
	gws_count(gn, connections_accepted);
	gws_conn_deadline(conn, GWS_LIMIT_head_timeout);
	return 0;
}

int gws_conn_accept(struct gws_sock *listener, struct socket *sock)
{
	struct gws_net *gn = listener->gn;
	struct gws_source *source;
	struct gws_policy *policy;
	struct gws_addr from, to;
	int err;

	peer_of_sk(sock->sk, &from);
	addr_of_sk(sock->sk, &to);
	policy = gws_config_policy(gn, &to);
	source = conn_admit(listener, &from, policy);
	err = PTR_ERR_OR_ZERO(source);
	if (!err) {
		err = conn_start(listener, sock, &from, source, policy);
		if (!err)
			return 0;
		gws_source_leave(gn, source);
		atomic_dec(&gn->conns);
	}
	gws_policy_put(policy);
	if (err == -ENOMEM)
		gws_count_reason(gn, no_memory);
	gws_count(gn, connections_refused);
	sock_no_linger(sock->sk);
	sock_release(sock);
	return err;
}
