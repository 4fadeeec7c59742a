// SPDX-License-Identifier: GPL-2.0-only
/*
 * The client's side up to the moment a backend has the request: head, route,
 * rewritten head, connection.
 */
#include <linux/inet.h>
#include <linux/sched/clock.h>
#include <linux/tcp.h>
#include <net/tcp.h>
#include "conn.h"
#include "http_rewrite.h"
#include "http_uri.h"
#include "identity.h"
#include "log.h"
#include "mirror.h"
#include "netns.h"
#include "scratch.h"
#include "trace.h"
#include "upstream.h"
#include "worker.h"

static int parse_request(const char *buf, u32 len, u32 *resume, void *into)
{
	return gws_http_parse_request(buf, len, resume, into);
}

u32 gws_request_error(struct gws_conn *conn, enum gws_http_error error)
{
	this_cpu_inc(conn->c.gn->counters->http_error[error]);
	conn->error = error;
	conn->close = true;
	return gws_http_error_status(error);
}

static void refuse(struct gws_conn *conn, enum gws_http_error error)
{
	gws_conn_reply(conn, gws_request_error(conn, error));
}

/*
 * What an operator allows of a head that the parser takes: beyond its number of
 * fields, or of bytes.
 */
static enum gws_http_error beyond_limits(const struct gws_conn *conn,
					 const struct gws_http_head *head)
{
	const u64 *limits = conn->c.gn->limits;

	static_assert(GWS_HEAD_MAX == 16384 && GWS_HEADERS_MAX == 100,
		      "the most that GWS_LIMIT_LIST allows");
	if (unlikely(head->len > gws_limit(limits, GWS_LIMIT_head_bytes)))
		return GWS_HTTP_E_head_large;
	if (unlikely(head->nheaders > gws_limit(limits, GWS_LIMIT_head_fields)))
		return GWS_HTTP_E_headers_many;
	return GWS_HTTP_E_none;
}

/* False: its head is beyond a limit, and it was refused. */
static bool request_setup(struct gws_conn *conn,
			  const struct gws_http_request *req)
{
	enum gws_http_error error;

	gws_count(conn->c.gn, requests);
	conn->requests++;
	gws_count_add(conn->c.gn, bytes_rx, req->head.len);
	conn->bytes_rx += req->head.len;
	conn->status = 0;
	conn->started = local_clock();
	conn->method = req->method_id;
	conn->client_minor = req->head.minor;
	conn->tries = 0;
	conn->req_chunked = req->head.framing == GWS_FRAMING_CHUNKED;
	gws_http_body_of(&conn->req_body, &req->head);
	conn->req_done = gws_http_body_ended(&conn->req_body);
	conn->replayable = conn->req_done &&
			   gws_http_method_idempotent(req->method_id);
	conn->resp_begun = false;
	conn->resp_done = false;
	conn->interims = 0;
	conn->websocket = req->websocket;
	conn->expects = req->expect_continue;
	conn->up_reusable = conn->req_done || gws_conn_body_is_read(conn);
	conn->up_broken = false;
	if (!req->head.keep_alive)
		conn->close = true;
	if (unlikely(gws_log_wanted(&conn->c.gn->log)))
		gws_log_begin(conn, req);
	error = beyond_limits(conn, &req->head);
	if (unlikely(error))
		refuse(conn, error);
	return !error;
}

static void request_count(struct gws_conn *conn, u32 head_len)
{
	const struct gws_backend *backend = conn->choice.backend;

	gws_conn_tally_inc(conn, requests);
	if (backend) {
		gws_tally_inc(backend->tally, active);
		gws_tally_add(backend->tally, bytes_rx, head_len);
	}
	conn->counted = true;
}

/* A filter of the rule may be what answers. False: it is not. */
static bool filter_reply(struct gws_conn *conn, struct gws_str host,
			 struct gws_str path,
			 const struct gws_http_request *req)
{
	const struct gws_filters *filters = conn->choice.rule->filters;

	if (!gws_filter_replies(filters, req))
		return false;
	request_count(conn, req->head.len);
	gws_filter_reply(conn, filters, req, host, path);
	return true;
}

/*
 * Which rule it is may have been a long way to find, all of it with BH off: then
 * no other request is looked at before softirqs had their turn.
 */
static void section_watch(struct gws_conn *conn)
{
	if (local_clock() - conn->started > GWS_SECTION_NS)
		conn->c.worker->sent = GWS_SECTION_BYTES;
}

/* False: answered locally. */
static bool request_route(struct gws_conn *conn, struct gws_str host,
			  struct gws_str path,
			  const struct gws_http_request *req)
{
	enum gws_verdict verdict;

	verdict = gws_config_route(conn->c.gn, &conn->to, host, path, req,
				   &conn->hint, &conn->choice);
	if (unlikely(READ_ONCE(conn->c.gn->config.nlong)))
		section_watch(conn);
	trace_gws_matched(conn, verdict, &host, &path);
	if (unlikely(verdict == GWS_VERDICT_FILTER)) {
		if (filter_reply(conn, host, path, req))
			return false;
		verdict = gws_choice_pick(&conn->choice);
	}
	switch (verdict) {
	case GWS_VERDICT_BACKEND:
		return true;
	case GWS_VERDICT_NO_LISTENER:
		gws_conn_blame(conn, no_listener);
		break;
	case GWS_VERDICT_NO_HOST:
		gws_conn_blame(conn, no_host);
		break;
	case GWS_VERDICT_NO_RULE:
		gws_conn_blame(conn, no_rule);
		break;
	case GWS_VERDICT_FILTER:
	case GWS_VERDICT_INVALID:
		gws_conn_blame(conn, invalid_backend);
		request_count(conn, req->head.len);
		gws_conn_error(conn);
		gws_conn_reply(conn, 500);
		return false;
	}
	if (unlikely(conn->log))
		gws_log_unrouted(conn, host);
	gws_conn_reply(conn, 404);
	return false;
}

static int rewrite(struct gws_conn *conn, struct gws_str path,
		   const struct gws_http_request *req)
{
	struct gws_http_forward fwd = {
		.client = { conn->fields, conn->fields_len },
		.path = path,
	};
	struct gws_identity_text text;
	char *out;
	u32 room;

	if (unlikely(conn->described))
		gws_identity_describe(conn, &text, &fwd);
	room = gws_http_request_room(req, &fwd);
	out = gws_pipe_reserve(conn->c.worker, room);
	return out ? gws_http_write_request(out, room, req, &fwd) : -ENOMEM;
}

static int rewrite_recalled(struct gws_conn *conn,
			    const struct gws_http_request_memo *memo)
{
	u32 len = memo->out_len + conn->fields_len, front = memo->front;
	char *out = gws_pipe_reserve(conn->c.worker, len);

	if (!out)
		return -ENOMEM;
	memcpy(out, memo->out, front);
	memcpy(out + front, conn->fields, conn->fields_len);
	memcpy(out + front + conn->fields_len, memo->out + front,
	       memo->out_len - front);
	return len;
}

/*
 * Only what could lead to a further try after something was sent. Without memory
 * for it the request is sent once.
 */
static void request_hold(struct gws_conn *conn)
{
	const struct gws_tries *tries = &conn->choice.rule->tries;

	if (tries->max == 1 || conn->req_done ||
	    !gws_http_method_idempotent(conn->method) ||
	    (bitmap_empty(tries->codes, GWS_RETRY_CODES) && !tries->try_timeout))
		return;
	conn->hold = gws_hold_make(&conn->to_up);
}

/* Has the head that was written for the upstream. False: answered locally. */
static bool request_written(struct gws_conn *conn, int len)
{
	if (len < 0 || gws_pipe_commit(&conn->to_up, conn->c.worker, len)) {
		gws_conn_blame(conn, no_memory);
		gws_conn_reply(conn, 503);
		return false;
	}
	if (conn->replayable) {
		conn->request = conn->to_up.slots[0];
		get_page(conn->request.bv_page);
	} else if (unlikely(conn->choice.rule->tries.retry)) {
		request_hold(conn);
	}
	return true;
}

/* Chooses an endpoint other than @not, if there is one. False: answered 503. */
static bool endpoint_choose(struct gws_conn *conn, const struct gws_endpoint *not)
{
	conn->ep = gws_cluster_pick(conn->choice.backend->cluster, not);
	if (!conn->ep) {
		gws_conn_blame(conn, no_endpoint);
		gws_conn_error(conn);
		gws_conn_reply(conn, 503);
		return false;
	}
	gws_endpoint_chosen(conn->ep, conn);
	atomic_inc(&conn->ep->active);
	atomic64_inc(&conn->ep->requests);
	conn->tries++;
	trace_gws_picked(conn, &conn->ep->addr);
	return true;
}

static void want_connection(struct gws_conn *conn)
{
	conn->state = GWS_CONN_CONNECT;
	gws_sock_defer(&conn->c);
}

/* An endpoint is chosen, and all of the request is in @to_up. */
static void request_lend(struct gws_conn *conn)
{
	/* What is held has a body, also when the client has sent all of it. */
	conn->up = gws_upstream_take(conn->c.worker, conn->ep, conn->replayable,
				     conn->req_done && !conn->hold);
	if (conn->up) {
		conn->up->conn = conn;
		trace_gws_upstream(conn, &conn->ep->addr, true, 0);
		conn->state = GWS_CONN_EXCHANGE;
	} else {
		want_connection(conn);
	}
	gws_exchange_deadline(conn);
}

static void request_send(struct gws_conn *conn)
{
	if (endpoint_choose(conn, NULL))
		request_lend(conn);
}

static void request_begin_filtered(struct gws_conn *conn, struct gws_str host,
				   struct gws_str path,
				   const struct gws_http_request *req)
{
	const struct gws_filters *filters = conn->choice.backend->filters;
	int len;

	/* Not the rule's: those have been asked before the choice. */
	if (unlikely(gws_filter_replies(filters, req))) {
		gws_filter_reply(conn, filters, req, host, path);
		return;
	}
	len = gws_filter_request(conn, req, path);
	/* What filters name was compared with all fields, with BH off. */
	section_watch(conn);
	if (!request_written(conn, len) || !endpoint_choose(conn, NULL))
		return;
	if (filters->nmirrors)
		gws_mirror_plan(conn);
	request_lend(conn);
}

/* @memo is what @req lies in, or NULL. */
static void request_begin(struct gws_conn *conn, struct gws_str host,
			  struct gws_str path,
			  const struct gws_http_request *req,
			  const struct gws_http_request_memo *memo)
{
	int len;

	/* RFC 9110 7.6.2: it was to come this far. */
	if (unlikely(req->hops == 1)) {
		gws_conn_reply(conn, 200);
		return;
	}
	if (!request_route(conn, host, path, req))
		return;
	request_count(conn, req->head.len);
	if (unlikely(conn->choice.rule->tries.set))
		gws_retry_begin(conn);
	if (unlikely(conn->choice.backend->filters)) {
		request_begin_filtered(conn, host, path, req);
		return;
	}
	len = memo ? rewrite_recalled(conn, memo) : rewrite(conn, path, req);
	if (request_written(conn, len))
		request_send(conn);
}

/*
 * RFC 9110 7.4: a resource of https is nobody's to have without TLS, unless a proxy
 * that is believed has taken care of that. Never remembered: see http_memo.c.
 */
static bool misdirected(const struct gws_conn *conn,
			const struct gws_http_request *req)
{
	return unlikely(req->https) && !gws_identity_trusted(conn);
}

/* Its head lies in the scratch memory. */
static void request_parsed(struct gws_conn *conn)
{
	struct gws_scratch *scratch = conn->c.worker->scratch;
	const struct gws_http_request *req = &scratch->req;
	struct gws_str host, path;
	int err;

	if (!request_setup(conn, req))
		return;
	if (misdirected(conn, req)) {
		refuse(conn, GWS_HTTP_E_misdirected);
		return;
	}
	err = gws_http_host_normalise(req->host, scratch->host,
				      sizeof(scratch->host), &host);
	if (!err)
		err = gws_http_request_path(req, scratch->path,
					    sizeof(scratch->path), &path);
	if (err)
		refuse(conn, -err);
	else
		request_begin(conn, host, path, req, NULL);
}

bool gws_request_begun(const struct gws_conn *conn)
{
	return conn->head.len &&
	       gws_http_request_begun(conn->head.stash, conn->head.len);
}

/* It cannot be read as a head: an answer, and the end of the connection. */
static void head_refuse(struct gws_conn *conn, enum gws_http_error error)
{
	if (unlikely(gws_log_wanted(&conn->c.gn->log)))
		gws_log_begin(conn, NULL);
	refuse(conn, error);
}

/* Nothing, or nothing more, came. */
static void request_wait(struct gws_conn *conn, bool eof, bool fresh)
{
	if (eof)
		gws_conn_close(conn);
	else if (conn->head.len >
		 gws_limit(conn->c.gn->limits, GWS_LIMIT_head_bytes))
		head_refuse(conn, GWS_HTTP_E_head_large);
	else if (fresh && gws_request_begun(conn))
		gws_conn_deadline(conn, GWS_LIMIT_head_timeout);
}

/*
 * The head at the cursor: from memory, then @memo is set, or parsed into the
 * scratch memory. Returns as gws_head_gather().
 */
static int request_head(struct gws_conn *conn, struct gws_cursor *c,
			const struct gws_http_request_memo **memo)
{
	struct gws_scratch *scratch = conn->c.worker->scratch;
	struct gws_run run = {};
	int ret;

	*memo = NULL;
	if (!conn->head.len && likely(!conn->described) &&
	    gws_cursor_run(c, &run))
		*memo = gws_http_request_recall(&scratch->requests, run.data,
						run.len);
	if (*memo) {
		gws_cursor_skip(c, (*memo)->tag.len);
		return (*memo)->tag.len;
	}
	ret = gws_head_gather(&conn->head, c, scratch, parse_request,
			      &scratch->req);
	if (ret > 0 && (u32)ret <= run.len)
		gws_http_request_keep(&scratch->requests, scratch->bytes,
				      run.len, ret);
	return ret;
}

bool gws_request_read(struct gws_conn *conn)
{
	const struct gws_http_request_memo *memo;
	struct sock *sk = conn->c.sk;
	bool eof, fresh = !gws_request_begun(conn);
	struct gws_cursor c;
	int ret;

	bh_lock_sock(sk);
	if (sock_owned_by_user(sk)) {
		gws_sock_kick(&conn->c);
		bh_unlock_sock(sk);
		return false;
	}
	gws_cursor_init(&c, sk);
	ret = request_head(conn, &c, &memo);
	gws_cursor_consume(&c);
	eof = sk->sk_shutdown & RCV_SHUTDOWN;
	bh_unlock_sock(sk);

	if (memo) {
		if (request_setup(conn, &memo->req))
			request_begin(conn, memo->host, memo->path, &memo->req,
				      memo);
	} else if (ret > 0) {
		request_parsed(conn);
	} else if (ret == GWS_HEAD_NOMEM) {
		gws_conn_blame(conn, no_memory);
		gws_conn_abort(conn);
	} else if (ret < 0) {
		head_refuse(conn, -ret);
	} else {
		request_wait(conn, eof, fresh);
	}
	return conn->state != GWS_CONN_HEAD && conn->state != GWS_CONN_CONNECT;
}

/* What had been said of the last endpoint no longer holds. */
static bool endpoint_change(struct gws_conn *conn)
{
	struct gws_endpoint *old = conn->ep;
	bool found;

	conn->ep = NULL;
	atomic_dec(&old->active);
	found = endpoint_choose(conn, old);
	gws_endpoint_put(old);
	if (unlikely(conn->timed) && found)
		gws_retry_try_begin(conn);
	return found;
}

void gws_request_try(struct gws_conn *conn)
{
	if (endpoint_change(conn))
		request_lend(conn);
}

void gws_request_forgo(struct gws_conn *conn)
{
	const struct gws_upstream *up = conn->up;

	/* Not if the peer was silent until TCP sent again: that tells enough. */
	if (!up || !READ_ONCE(inet_csk(up->s.sk)->icsk_retransmits))
		gws_endpoint_forgo(conn->ep, conn);
}

/* 504 is for who does not answer in time, 502 for all else (RFC 9110 15.6). */
static void connect_give_up(struct gws_conn *conn, int err)
{
	if (err == -ETIMEDOUT) {
		gws_conn_blame(conn, connect_timeout);
		gws_conn_error(conn);
		gws_conn_reply(conn, 504);
	} else {
		gws_conn_blame(conn, connect_failed);
		gws_conn_error(conn);
		gws_conn_reply(conn, 502);
	}
}

void gws_request_connect_failed(struct gws_conn *conn, int err)
{
	struct gws_net *gn = conn->c.gn;

	trace_gws_upstream(conn, &conn->ep->addr, false, err);
	gws_count(gn, upstream_connect_failures);
	atomic64_inc(&conn->ep->errors);
	gws_endpoint_set_aside(conn->ep);
	if (conn->up)
		gws_upstream_drop(conn->up);
	conn->up = NULL;
	if (unlikely(conn->choice.rule->tries.retry)) {
		if (gws_retry_again(conn))
			return;
	} else if (conn->tries < conn->choice.rule->tries.max) {
		if (endpoint_change(conn))
			want_connection(conn);
		return;
	}
	connect_give_up(conn, err);
}

/*
 * This node could not even try: nothing is known of the endpoint, and another
 * one would fare no better (EUSERS: the choice avoids those that are full). What it
 * cannot route to (ENETUNREACH, EACCES, EINVAL of a route) is the endpoint's
 * failure, since that differs between endpoints. False: not such an error.
 */
static bool connect_refuse(struct gws_conn *conn, int err)
{
	switch (err) {
	case -EUSERS:
		gws_conn_blame(conn, limit_endpoint_connections);
		break;
	case -EADDRNOTAVAIL:
		gws_conn_blame(conn, no_port);
		break;
	case -EPERM:
		gws_conn_blame(conn, connect_denied);
		break;
	case -EPROTO:
		/* Counted where it was found. */
		conn->reason = GWS_REASON_plain_path_refused;
		break;
	case -ENOMEM:
	case -ENOBUFS:
	case -ENFILE:
		gws_conn_blame(conn, no_memory);
		break;
	default:
		return false;
	}
	trace_gws_upstream(conn, &conn->ep->addr, false, err);
	gws_request_forgo(conn);
	gws_conn_error(conn);
	gws_conn_reply(conn, 503);
	return true;
}

void gws_request_connect(struct gws_conn *conn)
{
	struct gws_upstream *up;

	up = gws_upstream_connect(conn->c.worker, conn->ep, conn);
	if (!IS_ERR(up)) {
		conn->up = up;
		return;
	}
	if (PTR_ERR(up) == -EAGAIN)
		return;
	local_bh_disable();
	if (!connect_refuse(conn, PTR_ERR(up)))
		gws_request_connect_failed(conn, PTR_ERR(up));
	gws_conn_run(conn);
	local_bh_enable();
}

bool gws_request_connected(struct gws_conn *conn)
{
	struct sock *sk;

	if (!conn->up || gws_upstream_connecting(conn->up))
		return false;
	sk = conn->up->s.sk;
	if (sk->sk_state == TCP_CLOSE) {
		gws_request_connect_failed(conn, -sk->sk_err);
		return gws_request_goes_on(conn);
	}
	trace_gws_upstream(conn, &conn->ep->addr, false, 0);
	gws_endpoint_good(conn->ep);
	conn->state = GWS_CONN_EXCHANGE;
	/*
	 * The exchange's deadline is the client socket's from here on; the one
	 * that was set with the request may have passed during the connect.
	 */
	gws_exchange_deadline(conn);
	gws_timer_cancel(&conn->c.worker->wheel, &conn->up->s.timer);
	return true;
}

static bool is_unreachable(int err)
{
	return err == ETIMEDOUT || err == EHOSTUNREACH || err == ENETUNREACH;
}

/* The request goes out once more; to another endpoint when this one is gone. */
static void request_replay(struct gws_conn *conn, bool gone)
{
	struct gws_upstream *up = conn->up;

	gws_count(conn->c.gn, upstream_replays);
	conn->up = NULL;
	gws_upstream_drop(up);
	gws_pipe_purge(&conn->to_up);
	conn->up_broken = false;
	/* An empty pipe has room: this cannot fail. */
	(void)gws_pipe_add_bvec(&conn->to_up, &conn->request);
	if (gone) {
		atomic64_inc(&conn->ep->errors);
		gws_endpoint_set_aside(conn->ep);
		if (!endpoint_change(conn))
			return;
	}
	want_connection(conn);
}

void gws_request_unanswered(struct gws_conn *conn)
{
	bool gone = is_unreachable(READ_ONCE(conn->up->s.sk->sk_err));

	/*
	 * Only a reused connection can have been dead before the request. It
	 * goes to a fresh one next, so that happens once for each try.
	 */
	if (conn->replayable && conn->up->used &&
	    (!gone || conn->tries < conn->choice.rule->tries.max)) {
		request_replay(conn, gone);
		return;
	}
	gws_conn_blame(conn, upstream_reset);
	atomic64_inc(&conn->ep->errors);
	gws_conn_error(conn);
	gws_conn_reply(conn, 502);
}
