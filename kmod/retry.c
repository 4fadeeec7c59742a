// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a rule says about time and further tries, carried out.
 *
 * A request may be tried again while nothing of a response has gone to the client
 * and all of the request is at hand: it has not been sent at all, or its method is
 * idempotent and its bytes are held. The wait before a try is that of the rule,
 * doubled a few times, and some more, so that not all come at the same moment;
 * where the rule has none, another endpoint is tried at once.
 */
#include <linux/jiffies.h>
#include <linux/random.h>
#include <linux/tcp.h>
#include <net/tcp.h>
#include "conn.h"
#include "netns.h"
#include "upstream.h"
#include "worker.h"

static const struct gws_tries *tries_of(const struct gws_conn *conn)
{
	return &conn->choice.rule->tries;
}

void gws_retry_try_begin(struct gws_conn *conn)
{
	u32 ms = tries_of(conn)->try_timeout;

	if (!ms)
		return;
	conn->timed |= GWS_TIMED_TRY;
	conn->try_until = jiffies + msecs_to_jiffies(ms);
}

void gws_retry_begin(struct gws_conn *conn)
{
	const struct gws_tries *tries = tries_of(conn);

	if (tries->timeout) {
		conn->timed = GWS_TIMED_REQUEST;
		conn->request_until = jiffies +
				      msecs_to_jiffies(tries->timeout);
	}
	gws_retry_try_begin(conn);
	/* Then not even a connection that died idle gives it a second try. */
	if (tries->max == 1)
		conn->replayable = false;
}

static bool is_over(const struct gws_conn *conn, u8 which, unsigned long until)
{
	return conn->timed & which && !time_before(jiffies, until);
}

/* All was sent, and nobody but the backend is waited for. */
static bool awaits_response(const struct gws_conn *conn)
{
	return conn->state == GWS_CONN_EXCHANGE &&
	       gws_pipe_empty(&conn->to_client) &&
	       gws_exchange_limit(conn) == GWS_LIMIT_response_timeout;
}

/*
 * The first of its times to be over. The rule's stand in for response_timeout, lest
 * they could only be less; what is in @patient_until goes by the limit all the same,
 * since it also says when something moved last.
 */
static unsigned long deadline_of(const struct gws_conn *conn)
{
	unsigned long until = conn->patient_until;

	if (awaits_response(conn))
		until += msecs_to_jiffies(GWS_RESPONSE_MS_MAX -
			(u32)gws_conn_limit(conn, GWS_LIMIT_response_timeout));
	if (conn->timed & GWS_TIMED_REQUEST &&
	    time_before(conn->request_until, until))
		until = conn->request_until;
	if (conn->timed & GWS_TIMED_TRY && time_before(conn->try_until, until))
		until = conn->try_until;
	return until;
}

u32 gws_retry_clamp(struct gws_conn *conn, u32 ms)
{
	conn->patient_until = jiffies + msecs_to_jiffies(ms);
	return jiffies_to_msecs(max((long)(deadline_of(conn) - jiffies), 0L));
}

/* Milliseconds before the next try, at least. */
static u32 pause_of(const struct gws_conn *conn)
{
	u64 ms = tries_of(conn)->backoff;

	if (!ms && gws_cluster_has_other(conn->choice.backend->cluster,
					 conn->ep))
		return 0;
	ms = ms ?: GWS_BACKOFF_MS;
	ms <<= min_t(u32, conn->tries - 1, GWS_BACKOFF_DOUBLINGS);
	return min_t(u64, ms, INT_MAX / 2);
}

/* What is held to be copied alone may be of any method. */
static bool all_at_hand(const struct gws_conn *conn)
{
	return conn->state == GWS_CONN_CONNECT || conn->replayable ||
	       (conn->hold && gws_http_method_idempotent(conn->method));
}

/* Is there a next try, and time for it? */
static bool may_try(const struct gws_conn *conn)
{
	if (!tries_of(conn)->retry || conn->tries >= tries_of(conn)->max ||
	    conn->resp_begun || !all_at_hand(conn))
		return false;
	return !(conn->timed & GWS_TIMED_REQUEST) ||
	       time_before(jiffies + msecs_to_jiffies(pause_of(conn)),
			   conn->request_until);
}

bool gws_retry_wants(const struct gws_conn *conn, u16 status)
{
	return gws_tries_has_code(tries_of(conn), status) && may_try(conn);
}

/* What was sent is in the pipe once more. */
static void request_refill(struct gws_conn *conn)
{
	gws_pipe_purge(&conn->to_up);
	/* An empty pipe has room: neither can fail. */
	if (conn->hold) {
		conn->hold->next = 0;
		gws_hold_send(conn->hold, &conn->hold->next, &conn->to_up);
	} else {
		(void)gws_pipe_add_bvec(&conn->to_up, &conn->request);
	}
	conn->up_broken = false;
	conn->up_reusable = !conn->hold || gws_conn_body_is_read(conn);
}

static void upstream_leave(struct gws_conn *conn, bool clean)
{
	struct gws_upstream *up = conn->up;

	gws_upstream_wait_end(conn);
	conn->up = NULL;
	if (up && clean)
		gws_upstream_park(up);
	else if (up)
		gws_upstream_drop(up);
}

void gws_retry_next(struct gws_conn *conn, bool clean)
{
	u32 pause = pause_of(conn);

	gws_count(conn->c.gn, upstream_retries);
	upstream_leave(conn, clean);
	if (conn->state != GWS_CONN_CONNECT)
		request_refill(conn);
	if (!pause) {
		gws_request_try(conn);
		return;
	}
	conn->state = GWS_CONN_PAUSE;
	pause += reciprocal_scale(get_random_u32(), pause / 4 + 1);
	gws_sock_deadline(&conn->c, pause);
}

bool gws_retry_again(struct gws_conn *conn)
{
	if (!may_try(conn))
		return false;
	gws_retry_next(conn, false);
	return true;
}

static void give_up(struct gws_conn *conn)
{
	gws_conn_error(conn);
	if (conn->resp_begun) {
		gws_conn_abort(conn);
		return;
	}
	gws_upstream_wait_end(conn);
	gws_conn_reply(conn, 504);
}

/* It did not even answer a SYN that was sent twice. */
static bool is_mute(const struct gws_upstream *up)
{
	return up && up->s.sk->sk_state == TCP_SYN_SENT &&
	       READ_ONCE(inet_csk(up->s.sk)->icsk_retransmits);
}

static void try_late(struct gws_conn *conn)
{
	atomic64_inc(&conn->ep->errors);
	if (is_mute(conn->up))
		gws_endpoint_set_aside(conn->ep);
	if (gws_retry_again(conn))
		return;
	gws_conn_blame(conn, backend_timeout);
	give_up(conn);
}

bool gws_retry_late(struct gws_conn *conn)
{
	long left;

	/* What is left of the response is the client's to take. */
	if (conn->resp_done)
		conn->timed &= ~GWS_TIMED_TRY;
	left = deadline_of(conn) - jiffies;
	if (is_over(conn, GWS_TIMED_REQUEST, conn->request_until)) {
		gws_conn_blame(conn, request_timeout);
		give_up(conn);
	} else if (is_over(conn, GWS_TIMED_TRY, conn->try_until)) {
		try_late(conn);
	} else if (left > 0) {
		gws_sock_deadline(&conn->c, jiffies_to_msecs(left));
	} else if (conn->state == GWS_CONN_CONNECT) {
		gws_exchange_deadline(conn);
	} else {
		return false;
	}
	return true;
}
