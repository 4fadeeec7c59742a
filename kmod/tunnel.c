// SPDX-License-Identifier: GPL-2.0-only
/*
 * What follows a 101: two streams of bytes between client and upstream, each with
 * an end of its own, which is passed on as a FIN. Both ended: both sockets are
 * closed in order. One torn: so is the other. One of the two sockets that is in
 * CLOSE before we have sent it a FIN was reset.
 */
#include <linux/tcp.h>
#include <net/tcp.h>
#include "conn.h"
#include "netns.h"
#include "upstream.h"
#include "worker.h"

/* One direction. */
struct way {
	struct gws_sock *from;
	struct gws_sock *to;
	struct gws_pipe *pipe;
	bool *ended;		/* its FIN was passed on */
	u32 bytes;		/* taken this time */
};

static int fill(struct gws_cursor *c, struct gws_pipe *p, struct gws_worker *w)
{
	struct gws_run run;

	while (gws_pipe_has_room(p)) {
		if (gws_pipe_take(p, c, U32_MAX))
			continue;
		if (!gws_cursor_run(c, &run))
			return gws_cursor_unreadable(c) ? -EIO : 0;
		if (gws_pipe_add(p, w, &run, run.len))
			return -ENOMEM;
		gws_cursor_skip(c, run.len);
	}
	return 0;
}

/* Nothing more comes: 1 after a FIN, -ECONNRESET after anything else. */
static int at_end(const struct sock *sk)
{
	if (sk->sk_state != TCP_CLOSE && !(sk->sk_shutdown & RCV_SHUTDOWN))
		return 0;
	return sock_flag(sk, SOCK_DONE) ? 1 : -ECONNRESET;
}

/* What has come goes into the empty pipe. As at_end(), or another error. */
static int way_fill(struct way *way)
{
	struct sock *sk = way->from->sk;
	struct gws_cursor c;
	int err;

	bh_lock_sock(sk);
	if (sock_owned_by_user(sk)) {
		gws_sock_kick(way->from);
		bh_unlock_sock(sk);
		return 0;
	}
	gws_cursor_init(&c, sk);
	err = fill(&c, way->pipe, way->from->worker);
	way->bytes = c.seq - tcp_sk(sk)->copied_seq;
	if (!err && !c.skb)
		err = at_end(sk);
	gws_cursor_consume(&c);
	bh_unlock_sock(sk);
	return err;
}

/* 0, or an error that ends the tunnel. */
static int way_pump(struct way *way)
{
	int end, err;

	if (*way->ended)
		return 0;
	err = gws_pipe_flush(way->pipe, way->to, false);
	if (err)
		return err == -EAGAIN ? 0 : err;
	end = way_fill(way);
	/* What came before a reset goes out before it. */
	err = gws_pipe_flush(way->pipe, way->to, false);
	if (end < 0)
		return end;
	if (!err && end)
		*way->ended = gws_sock_shutdown(way->to);
	return err == -EAGAIN ? 0 : err;
}

static void tunnel_count(struct gws_conn *conn, u32 rx, u32 tx)
{
	struct gws_tally __percpu *tally = conn->choice.backend->tally;

	conn->bytes_rx += rx;
	conn->bytes_tx += tx;
	gws_count_add(conn->c.gn, bytes_rx, rx);
	gws_count_add(conn->c.gn, bytes_tx, tx);
	gws_tally_add(tally, bytes_rx, rx);
	gws_tally_add(tally, bytes_tx, tx);
}

static void tunnel_end(struct gws_conn *conn)
{
	struct gws_upstream *up = conn->up;

	conn->up = NULL;
	gws_upstream_end(up);
	gws_conn_close(conn);
}

static void tunnel_torn(struct gws_conn *conn, bool by_client)
{
	if (by_client)
		gws_conn_blame(conn, client_reset);
	else
		gws_conn_blame(conn, upstream_reset);
	gws_conn_abort(conn);
}

/* Again only after progress, as in an exchange. */
static bool way_goes_on(const struct way *way)
{
	return way->bytes && gws_pipe_empty(way->pipe) &&
	       gws_sock_has_more(way->from);
}

void gws_tunnel_begin(struct gws_conn *conn)
{
	/* From here on bytes count when they are taken: these were, before. */
	tunnel_count(conn, 0, conn->to_client.bytes);
	conn->state = GWS_CONN_TUNNEL;
	conn->timed = 0;
	gws_conn_settle(conn);
	atomic_inc(&conn->c.gn->tunnels);
	/* A peer may leave its window shut for as long as it likes. */
	WRITE_ONCE(inet_csk(conn->up->s.sk)->icsk_user_timeout, 0);
	gws_conn_deadline(conn, GWS_LIMIT_tunnel_timeout);
}

bool gws_tunnel_run(struct gws_conn *conn)
{
	struct way up = { &conn->c, &conn->up->s, &conn->to_up,
			  &conn->client_ended };
	struct way down = { &conn->up->s, &conn->c, &conn->to_client,
			    &conn->up_ended };
	u32 unsent = conn->to_up.bytes + conn->to_client.bytes;
	int lost;

	if (conn->c.sk->sk_state == TCP_CLOSE && !conn->up_ended) {
		tunnel_torn(conn, true);
		return false;
	}
	/* What it sent before it stopped to take anything is still read. */
	lost = way_pump(&up);
	if (way_pump(&down) || lost ||
	    (conn->up->s.sk->sk_state == TCP_CLOSE && conn->up_ended &&
	     !conn->client_ended)) {
		tunnel_torn(conn, conn->up->s.sk->sk_state != TCP_CLOSE);
		return false;
	}
	tunnel_count(conn, up.bytes, down.bytes);
	if (conn->client_ended && conn->up_ended) {
		tunnel_end(conn);
		return false;
	}
	if (up.bytes || down.bytes ||
	    conn->to_up.bytes + conn->to_client.bytes < unsent)
		gws_conn_deadline(conn, GWS_LIMIT_tunnel_timeout);
	return way_goes_on(&up) || way_goes_on(&down);
}

void gws_tunnel_late(struct gws_conn *conn)
{
	/* Slow, but it takes what there is for it. */
	if ((!gws_pipe_empty(&conn->to_up) && gws_sock_acked(&conn->up->s)) ||
	    (!gws_pipe_empty(&conn->to_client) && gws_sock_acked(&conn->c))) {
		gws_conn_deadline(conn, GWS_LIMIT_tunnel_timeout);
		return;
	}
	gws_conn_blame(conn, tunnel_idle);
	if (gws_pipe_empty(&conn->to_up) && gws_pipe_empty(&conn->to_client))
		tunnel_end(conn);
	else
		gws_conn_abort(conn);
}
