// SPDX-License-Identifier: GPL-2.0-only
/*
 * The exchange: request body to the upstream, response to the client.
 *
 * Each direction is a pump of two strokes, fill (source locked) and flush
 * (destination locked). A pipe is filled only when it is empty, so not reading
 * is all the back-pressure there is. Heads and chunk lines are written anew;
 * payload goes by reference.
 */
#include <linux/bitops.h>
#include <linux/sched/clock.h>
#include <linux/tcp.h>
#include <net/tcp.h>
#include "conn.h"
#include "http_rewrite.h"
#include "mirror.h"
#include "netns.h"
#include "scratch.h"
#include "trace.h"
#include "upstream.h"
#include "worker.h"

/* What a fill found in the source. */
enum fill {
	FILL_MORE,	/* nothing wrong, not the end */
	FILL_DONE,	/* the message has ended */
	FILL_EOF,	/* the source has ended before the message */
	FILL_BAD,	/* not HTTP, or not readable */
	FILL_AGAIN,	/* the rule wants another response */
	FILL_SWITCH,	/* the protocol was switched; no response follows */
	FILL_NOMEM,
};

static enum fill add_payload(struct gws_pipe *p, struct gws_worker *w,
			     const struct gws_run *run, u32 len, bool chunked)
{
	char line[GWS_CHUNK_HEAD_MAX];

	if (chunked && gws_pipe_copy(p, w, line, gws_http_chunk_head(line, len)))
		return FILL_NOMEM;
	if (gws_pipe_add(p, w, run, len))
		return FILL_NOMEM;
	if (chunked && gws_pipe_copy(p, w, GWS_CRLF, GWS_CRLF_LEN))
		return FILL_NOMEM;
	return FILL_MORE;
}

static enum fill add_end(struct gws_pipe *p, struct gws_worker *w, bool chunked)
{
	if (chunked &&
	    gws_pipe_copy(p, w, GWS_LAST_CHUNK, GWS_LAST_CHUNK_LEN))
		return FILL_NOMEM;
	return FILL_DONE;
}

/* Whole fragments of a body that is not re-framed. False: there are none. */
static bool take_payload(struct gws_http_body *body, struct gws_cursor *c,
			 struct gws_pipe *p)
{
	u64 due = gws_http_body_due(body);
	u32 taken = due ? gws_pipe_take(p, c, min_t(u64, due, U32_MAX)) : 0;

	if (taken)
		gws_http_body_take(body, taken);
	return taken;
}

/*
 * Takes what the cursor has of the body into the pipe, re-framed. @error: what is
 * wrong with it, if that is what FILL_BAD is about.
 */
static enum fill fill_body(struct gws_http_body *body, struct gws_cursor *c,
			   struct gws_pipe *p, struct gws_worker *w, bool chunked,
			   enum gws_http_error *error)
{
	struct gws_http_run part;
	struct gws_run run;
	int ret;

	while (!gws_http_body_ended(body)) {
		if (!gws_pipe_has_room(p))
			return FILL_MORE;
		if (!chunked && take_payload(body, c, p))
			continue;
		if (!gws_cursor_run(c, &run))
			return gws_cursor_unreadable(c) ? FILL_BAD : FILL_MORE;
		ret = gws_http_body_scan(body, run.data, run.len, &part);
		if (ret < 0) {
			*error = -ret;
			return FILL_BAD;
		}
		gws_run_skip(&run, part.skip);
		if (part.payload && add_payload(p, w, &run, part.payload, chunked))
			return FILL_NOMEM;
		gws_cursor_skip(c, part.skip + part.payload);
	}
	return add_end(p, w, chunked);
}

/* The client's side of the request failed; @error as of fill_body(). */
static void request_torn(struct gws_conn *conn, enum fill how,
			 enum gws_http_error error)
{
	u32 status = how == FILL_BAD ? 400 : 503;

	if (how == FILL_BAD)
		gws_conn_blame(conn, body_malformed);
	else if (how == FILL_NOMEM)
		gws_conn_blame(conn, no_memory);
	else
		gws_conn_blame(conn, client_reset);
	if (error)
		status = gws_request_error(conn, error);
	gws_request_forgo(conn);
	if (conn->resp_begun || how == FILL_EOF)
		gws_conn_abort(conn);
	else
		gws_conn_reply(conn, status);
}

/* The pipe was empty before, so all in it is new. @whole: and the last of it. */
static void hold_more(struct gws_conn *conn, bool whole)
{
	if (gws_hold_add(conn->hold, &conn->to_up)) {
		if (whole && conn->mirrors)
			gws_mirror_begin(conn, true);
		return;
	}
	if (conn->mirrors)
		gws_mirror_forgo(conn, GWS_REASON_mirror_too_long);
	gws_hold_put(conn->hold);
	conn->hold = NULL;
}

/*
 * An upstream that refuses the rest of a request may have answered already:
 * that answer is still read, the rest of the request is not.
 */
static void upstream_deaf(struct gws_conn *conn)
{
	conn->up_broken = true;
	gws_pipe_purge(&conn->to_up);
}

/*
 * The client ended in the middle of its body, and still waits for a response that
 * has begun. The backend gets the same end, so that it does not wait for the rest.
 */
static void request_short(struct gws_conn *conn)
{
	upstream_deaf(conn);
	conn->up_fin_due = !gws_sock_shutdown(&conn->up->s);
}

/* False: the exchange is over. */
static bool fill_request(struct gws_conn *conn)
{
	enum gws_http_error error = GWS_HTTP_E_none;
	struct sock *sk = conn->c.sk;
	struct gws_cursor c;
	enum fill ret;
	u32 bytes;

	bh_lock_sock(sk);
	if (sock_owned_by_user(sk)) {
		gws_sock_kick(&conn->c);
		bh_unlock_sock(sk);
		return true;
	}
	gws_cursor_init(&c, sk);
	ret = fill_body(&conn->req_body, &c, &conn->to_up, conn->c.worker,
			conn->req_chunked, &error);
	if (unlikely(conn->hold))
		hold_more(conn, ret == FILL_DONE);
	bytes = c.seq - tcp_sk(sk)->copied_seq;
	if (ret == FILL_MORE && !c.skb && sk->sk_shutdown & RCV_SHUTDOWN)
		ret = FILL_EOF;
	gws_cursor_consume(&c);
	bh_unlock_sock(sk);

	conn->bytes_rx += bytes;
	gws_count_add(conn->c.gn, bytes_rx, bytes);
	gws_tally_add(conn->choice.backend->tally, bytes_rx, bytes);
	if (ret == FILL_EOF && conn->resp_begun) {
		request_short(conn);
		return true;
	}
	if (ret == FILL_DONE)
		conn->req_done = true;
	else if (ret != FILL_MORE)
		request_torn(conn, ret, error);
	return ret == FILL_DONE || ret == FILL_MORE;
}

/* False: the exchange is over. */
static bool pump_request(struct gws_conn *conn)
{
	int err;

	if (conn->up_broken) {
		if (conn->up_fin_due)
			conn->up_fin_due = !gws_sock_shutdown(&conn->up->s);
		return true;
	}
	err = gws_pipe_flush(&conn->to_up, &conn->up->s, false);
	while (unlikely(conn->hold) && !err &&
	       gws_hold_send(conn->hold, &conn->hold->next, &conn->to_up))
		err = gws_pipe_flush(&conn->to_up, &conn->up->s, false);
	if (!err && !conn->req_done) {
		if (!fill_request(conn))
			return false;
		err = gws_pipe_flush(&conn->to_up, &conn->up->s, false);
	}
	if (err && err != -EAGAIN)
		upstream_deaf(conn);
	return true;
}

static int parse_response(const char *buf, u32 len, u32 *resume, void *into)
{
	struct gws_conn *conn = into;

	return gws_http_parse_response(buf, len, resume, conn->method,
				       &conn->c.worker->scratch->resp);
}

/* How a response that begins now goes back. */
static struct gws_http_return response_return(const struct gws_conn *conn)
{
	return (struct gws_http_return){
		.minor = conn->client_minor,
		.close = conn->close || !conn->req_done,
	};
}

/* What filters do to a response of this backend, or NULL. */
static const struct gws_http_edit *response_edit(const struct gws_conn *conn)
{
	const struct gws_filters *filters = conn->choice.backend->filters;

	return unlikely(filters) && filters->edits_response ?
	       &filters->response : NULL;
}

static bool write_response(struct gws_conn *conn,
			   const struct gws_http_response *resp)
{
	const struct gws_http_edit *edit = response_edit(conn);
	struct gws_http_return ret = response_return(conn);
	u32 room = gws_http_response_room(resp) +
		   (edit ? edit->lines.len + conn->added.len : 0);
	char *out = gws_pipe_reserve(conn->c.worker, room);
	int len = -ENOMEM;

	/* Filters are for the final response; that is 101 where it comes. */
	if (out && edit && (resp->status >= 200 || resp->status == 101))
		len = gws_http_write_response_edited(out, room, resp, &ret, edit,
						     conn->added);
	else if (out)
		len = gws_http_write_response(out, room, resp, &ret);
	return len > 0 && !gws_pipe_commit(&conn->to_client, conn->c.worker, len);
}

static void count_response(struct gws_conn *conn, u16 status)
{
	u64 us = (local_clock() - conn->started) / NSEC_PER_USEC;
	unsigned int bucket = min_t(unsigned int, fls64(us),
				    GWS_LATENCY_BUCKETS - 1);

	conn->status = status;
	conn->answered = us;
	gws_count_class(conn->c.gn, status);
	gws_conn_tally_inc(conn, class[status / 100]);
	gws_conn_tally_inc(conn, latency[bucket]);
	gws_conn_tally_add(conn, latency_sum, us);
}

/*
 * An answer that comes before the request is there may be all that the backend reads
 * of it: the rest would be the next request on that connection.
 */
static void reuse_judge(struct gws_conn *conn, const struct gws_http_head *head)
{
	conn->up_reusable &= conn->req_done && head->keep_alive &&
			     head->framing != GWS_FRAMING_CLOSE;
}

static void response_setup(struct gws_conn *conn,
			   const struct gws_http_response *resp)
{
	enum gws_http_framing out;

	gws_endpoint_answered(conn->ep);
	out = gws_http_return_framing(resp, conn->client_minor);
	conn->resp_begun = true;
	conn->resp_chunked = out == GWS_FRAMING_CHUNKED;
	reuse_judge(conn, &resp->head);
	if (out == GWS_FRAMING_CLOSE || !conn->req_done)
		conn->close = true;
	gws_http_body_of(&conn->resp_body, &resp->head);
}

/* The rule wants another response than this one: nothing of it goes on. */
static enum fill dismiss(struct gws_conn *conn,
			 const struct gws_http_response *resp)
{
	gws_endpoint_answered(conn->ep);
	gws_http_body_of(&conn->resp_body, &resp->head);
	reuse_judge(conn, &resp->head);
	return FILL_AGAIN;
}

static bool is_unwanted(const struct gws_conn *conn, u16 status)
{
	return unlikely(conn->choice.rule->tries.retry) &&
	       gws_retry_wants(conn, status);
}

int gws_exchange_skip(struct gws_http_body *body, struct gws_cursor *c)
{
	struct gws_http_run part;
	struct gws_run run;

	while (!gws_http_body_ended(body)) {
		if (!gws_cursor_run(c, &run))
			return gws_cursor_unreadable(c) ? -EIO : 0;
		if (gws_http_body_scan(body, run.data, run.len, &part) < 0)
			return -EPROTO;
		gws_cursor_skip(c, part.skip + part.payload);
	}
	return 1;
}

/* Nobody was asked to switch to anything else (RFC 9110 15.2.2). */
static enum fill head_switches(struct gws_conn *conn,
			       const struct gws_http_response *resp)
{
	if (!conn->websocket || !gws_http_names_websocket(&resp->head))
		return FILL_BAD;
	gws_endpoint_answered(conn->ep);
	conn->resp_begun = true;
	count_response(conn, resp->status);
	return write_response(conn, resp) ? FILL_SWITCH : FILL_NOMEM;
}

/* One head; an interim one (1xx) is passed on to clients that know of them. */
static enum fill head_parsed(struct gws_conn *conn,
			     const struct gws_http_response *resp)
{
	if (resp->status == 101)
		return head_switches(conn, resp);
	if (resp->status < 200) {
		if (++conn->interims > GWS_INTERIM_MAX)
			return FILL_BAD;
		/* The first word of the backend is that it wants the body. */
		if (resp->status == 100 && conn->interims == 1)
			conn->up_reusable |= conn->expects &&
				!gws_http_method_ignores_body(conn->method);
		/* The final one is read from there all the same. */
		if (!resp->head.keep_alive)
			conn->up_reusable = false;
		gws_count(conn->c.gn, responses_1xx);
		if (conn->client_minor && !write_response(conn, resp))
			return FILL_NOMEM;
		return FILL_DONE;
	}
	if (is_unwanted(conn, resp->status))
		return dismiss(conn, resp);
	response_setup(conn, resp);
	count_response(conn, resp->status);
	return write_response(conn, resp) ? FILL_DONE : FILL_NOMEM;
}

/* Bytes of a short body that lies whole at @p, of @len bytes; else 0. */
static u32 short_body(struct gws_http_body *body, u64 length, const char *p,
		      u32 len)
{
	struct gws_http_run part;

	if (body->framing != GWS_FRAMING_LENGTH || length > GWS_COPY_MAX ||
	    length > len || gws_http_body_scan(body, p, length, &part) < 0)
		return 0;
	return length;
}

/* The head at @run was seen before: out with it, and with a short body. */
static enum fill head_recalled(struct gws_conn *conn, struct gws_cursor *c,
			       const struct gws_run *run,
			       const struct gws_http_response_memo *memo)
{
	u32 head = memo->tag.len, body;
	struct gws_worker *w = conn->c.worker;
	char *out;

	if (is_unwanted(conn, memo->resp.status)) {
		gws_cursor_skip(c, head);
		return dismiss(conn, &memo->resp);
	}
	out = gws_pipe_reserve(w, memo->out_len + GWS_COPY_MAX);
	if (!out)
		return FILL_NOMEM;
	response_setup(conn, &memo->resp);
	count_response(conn, memo->resp.status);
	body = short_body(&conn->resp_body, memo->resp.head.content_length,
			  run->data + head, run->len - head);
	memcpy(out, memo->out, memo->out_len);
	memcpy(out + memo->out_len, run->data + head, body);
	gws_cursor_skip(c, head + body);
	return gws_pipe_commit(&conn->to_client, w, memo->out_len + body) ?
	       FILL_NOMEM : FILL_DONE;
}

static enum fill fill_head(struct gws_conn *conn, struct gws_cursor *c)
{
	struct gws_scratch *scratch = conn->c.worker->scratch;
	const struct gws_http_response_memo *memo = NULL;
	struct gws_http_return ret = response_return(conn);
	u64 salt = (unsigned long)conn->ep;
	struct gws_run run = {};
	int len;

	if (!conn->up->head.len && gws_cursor_run(c, &run))
		memo = gws_http_response_recall(&scratch->responses, run.data,
						run.len, salt, conn->method,
						&ret);
	if (memo && !response_edit(conn))
		return head_recalled(conn, c, &run, memo);
	if (memo) {
		gws_cursor_skip(c, memo->tag.len);
		return head_parsed(conn, &memo->resp);
	}
	len = gws_head_gather(&conn->up->head, c, scratch, parse_response, conn);
	if (len == GWS_HEAD_NOMEM)
		return FILL_NOMEM;
	if (len < 0)
		return FILL_BAD;
	if (!len)
		return FILL_MORE;
	if ((u32)len <= run.len)
		gws_http_response_keep(&scratch->responses, scratch->bytes,
				       run.len, salt, conn->method, &ret, len);
	return head_parsed(conn, &scratch->resp);
}

static enum fill fill_from_upstream(struct gws_conn *conn, struct gws_cursor *c)
{
	/* A backend's are all upstream_bad_response. */
	enum gws_http_error error;
	enum fill ret = FILL_DONE;

	while (!conn->resp_begun && ret == FILL_DONE) {
		if (!gws_pipe_has_room(&conn->to_client))
			return FILL_MORE;
		ret = fill_head(conn, c);
	}
	if (ret == FILL_AGAIN)
		conn->up_reusable &= gws_exchange_skip(&conn->resp_body, c) > 0;
	if (ret != FILL_DONE)
		return ret;
	return fill_body(&conn->resp_body, c, &conn->to_client, conn->c.worker,
			 conn->resp_chunked, &error);
}

/* The upstream sent its FIN. For some bodies that is the end, and in order. */
static enum fill at_eof(struct gws_conn *conn)
{
	/* SOCK_DONE is set by a FIN alone; an error may have been fetched. */
	if (!conn->resp_begun || !sock_flag(conn->up->s.sk, SOCK_DONE) ||
	    conn->resp_body.framing != GWS_FRAMING_CLOSE)
		return FILL_EOF;
	return add_end(&conn->to_client, conn->c.worker, conn->resp_chunked);
}

/* May the connection serve another request? */
static bool upstream_is_clean(const struct gws_conn *conn)
{
	return conn->up_reusable && conn->req_done && !conn->up_broken &&
	       gws_pipe_empty(&conn->to_up);
}

static void response_torn(struct gws_conn *conn, enum fill how)
{
	if (how == FILL_NOMEM)
		gws_conn_blame(conn, no_memory);
	else if (how == FILL_BAD)
		gws_conn_blame(conn, upstream_bad_response);
	else if (conn->resp_begun)
		gws_conn_blame(conn, upstream_truncated);
	if (how != FILL_NOMEM)
		atomic64_inc(&conn->ep->errors);
	/* Part of it is out: only a reset tells the client that it is torn. */
	if (conn->resp_begun) {
		gws_conn_error(conn);
		gws_conn_abort(conn);
	} else if (how == FILL_EOF) {
		gws_request_unanswered(conn);
	} else {
		gws_conn_error(conn);
		gws_conn_reply(conn, how == FILL_BAD ? 502 : 503);
	}
}

/* False: the exchange is over. */
static bool fill_response(struct gws_conn *conn)
{
	struct sock *sk = conn->up->s.sk;
	struct gws_cursor c;
	enum fill ret;

	bh_lock_sock(sk);
	if (sock_owned_by_user(sk)) {
		gws_sock_kick(&conn->up->s);
		bh_unlock_sock(sk);
		return true;
	}
	gws_cursor_init(&c, sk);
	ret = fill_from_upstream(conn, &c);
	if (ret == FILL_MORE && !c.skb && gws_pipe_has_room(&conn->to_client) &&
	    (sk->sk_shutdown & RCV_SHUTDOWN || sk->sk_state == TCP_CLOSE))
		ret = at_eof(conn);
	gws_cursor_consume(&c);
	bh_unlock_sock(sk);

	if (ret == FILL_DONE)
		conn->resp_done = true;
	else if (ret == FILL_SWITCH)
		gws_tunnel_begin(conn);
	else if (ret == FILL_AGAIN)
		gws_retry_next(conn, upstream_is_clean(conn));
	else if (ret != FILL_MORE)
		response_torn(conn, ret);
	return ret == FILL_DONE || ret == FILL_MORE;
}

/* exchange_finish() is going to close the connection. */
static bool ends_with_response(const struct gws_conn *conn)
{
	return conn->resp_done && (conn->close || !conn->req_done);
}

static int flush_client(struct gws_conn *conn)
{
	u32 before = conn->to_client.bytes, sent;
	int err;

	if (!before)
		return 0;
	err = gws_pipe_send(&conn->to_client, &conn->c,
			    ends_with_response(conn));
	sent = before - conn->to_client.bytes;
	if (sent) {
		conn->bytes_tx += sent;
		gws_count_add(conn->c.gn, bytes_tx, sent);
		gws_tally_add(conn->choice.backend->tally, bytes_tx, sent);
	}
	return err;
}

/* False: the exchange is over. */
static bool pump_response(struct gws_conn *conn)
{
	int err = flush_client(conn);

	/* Silent is what it is right after the request; its event comes. */
	if (!err && !conn->resp_done && !gws_upstream_silent(conn->up)) {
		if (!fill_response(conn))
			return false;
		err = flush_client(conn);
	}
	if (!err || err == -EAGAIN)
		return true;
	gws_conn_blame(conn, client_reset);
	gws_conn_abort(conn);
	return false;
}

static bool exchange_finish(struct gws_conn *conn)
{
	bool clean = upstream_is_clean(conn);

	if (!conn->req_done)
		conn->close = true;
	gws_conn_release_request(conn, clean);
	return gws_conn_next(conn);
}

/*
 * Or its end: a FIN that came with the last bytes has left the queue with them,
 * unseen if they filled the pipe.
 */
static bool source_has_more(const struct gws_sock *s, const struct gws_pipe *p)
{
	return gws_pipe_empty(p) && gws_sock_has_more(s);
}

/* Everything that the upstream is going to get is on its way. */
static bool request_is_out(const struct gws_conn *conn)
{
	return conn->up_broken ||
	       (conn->req_done && gws_pipe_empty(&conn->to_up));
}

enum gws_limit gws_exchange_limit(const struct gws_conn *conn)
{
	return request_is_out(conn) && !conn->resp_begun ?
	       GWS_LIMIT_response_timeout : GWS_LIMIT_stall_timeout;
}

void gws_exchange_deadline(struct gws_conn *conn)
{
	gws_conn_deadline(conn, gws_exchange_limit(conn));
}

/* Has nothing at all come for as long as stall_timeout? */
static bool client_is_silent(const struct gws_conn *conn)
{
	u32 ms = gws_conn_limit(conn, GWS_LIMIT_stall_timeout);
	u32 last = READ_ONCE(inet_csk(conn->c.sk)->icsk_ack.lrcvtime);

	return tcp_jiffies32 - last >= msecs_to_jiffies(ms);
}

static void request_late(struct gws_conn *conn)
{
	if (client_is_silent(conn))
		gws_conn_blame(conn, client_timeout);
	else
		gws_conn_blame(conn, client_slow);
	if (conn->resp_begun)
		gws_conn_abort(conn);
	else
		gws_conn_reply(conn, 408);
}

static void upstream_late(struct gws_conn *conn)
{
	/* It is slow, but it takes the request. */
	if (!gws_pipe_empty(&conn->to_up) && gws_sock_acked(&conn->up->s)) {
		gws_exchange_deadline(conn);
		return;
	}
	gws_conn_blame(conn, upstream_timeout);
	gws_conn_error(conn);
	if (conn->resp_begun)
		gws_conn_abort(conn);
	else
		gws_conn_reply(conn, 504);
}

void gws_exchange_late(struct gws_conn *conn)
{
	/* First of all, since a client that does not read stops all the rest. */
	if (!gws_pipe_empty(&conn->to_client))
		gws_conn_stalled(conn);
	else if (gws_pipe_empty(&conn->to_up) && !request_is_out(conn))
		request_late(conn);
	else
		upstream_late(conn);
}

bool gws_exchange_run(struct gws_conn *conn)
{
	struct tcp_sock *up = tcp_sk(conn->up->s.sk);
	struct tcp_sock *client = tcp_sk(conn->c.sk);
	u32 up_seq = up->copied_seq, client_seq = client->copied_seq;
	u32 sent = up->write_seq + client->write_seq;
	u32 unsent = conn->to_up.bytes, untaken = conn->to_client.bytes;
	bool in_head = conn->up->head.len, from_up, from_client, drips;

	if (!pump_request(conn) || !pump_response(conn))
		return gws_request_goes_on(conn);
	if (conn->resp_done && gws_pipe_empty(&conn->to_client))
		return exchange_finish(conn);
	if (conn->resp_begun)
		gws_conn_settle(conn);
	from_up = up->copied_seq != up_seq;
	from_client = client->copied_seq != client_seq;
	/* The pieces of a response's head have the time of one. */
	drips = in_head && conn->up->head.len;
	if (from_client && !from_up && !unsent && gws_pipe_empty(&conn->to_up) &&
	    !request_is_out(conn))
		gws_conn_earn(conn, GWS_LIMIT_body_rate,
			      client->copied_seq - client_seq);
	else if (untaken && !from_up && !from_client && !unsent &&
		 !gws_pipe_empty(&conn->to_client))
		gws_conn_earn(conn, GWS_LIMIT_read_rate,
			      untaken - conn->to_client.bytes);
	else if ((from_up && !drips) || from_client ||
		 up->write_seq + client->write_seq != sent)
		gws_exchange_deadline(conn);
	/* Again only after progress: a FIN stays in the queue for good. */
	return (from_up && source_has_more(&conn->up->s, &conn->to_client)) ||
	       (from_client && source_has_more(&conn->c, &conn->to_up));
}
