/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A client's connection and the exchange that it is in.
 *
 *   PROXY --> ADMIT --> HEAD, where connections begin so; else:
 *
 *            head complete            connected
 *   HEAD ----------------> CONNECT --------------> EXCHANGE
 *    ^ |  \  idle upstream ------------------------^   |
 *    | |   \ local answer                              | response ended
 *    | |    `--> REPLY --------------------------------+--> HEAD, or closed
 *    '-+-----------------------------------------------'
 *
 * After a 101 that was asked for EXCHANGE becomes TUNNEL (tunnel.c), until the end
 * of both sockets. A try that is not the last may end in PAUSE instead, and the next one begins in
 * CONNECT or EXCHANGE after it (retry.c).
 *
 * All of it belongs to one worker; no lock. The upstream is borrowed for one
 * exchange, so the next request may go to another backend.
 */
#ifndef GWS_CONN_H
#define GWS_CONN_H

#include "head.h"
#include "hold.h"
#include "http_body.h"
#include "netns.h"
#include "policy.h"
#include "sock.h"
#include "stream.h"
#include "table.h"

struct gws_log_record;
struct gws_source;
struct gws_upstream;
struct gws_worker;

enum gws_conn_state {
	GWS_CONN_HEAD,		/* between requests, or reading a head */
	GWS_CONN_CONNECT,	/* the request waits for a connection */
	GWS_CONN_EXCHANGE,	/* request and response flow */
	GWS_CONN_REPLY,		/* an answer of our own flows */
	GWS_CONN_PAUSE,		/* the request waits for its next try */
	GWS_CONN_TUNNEL,	/* the protocol was switched: bytes both ways */
	GWS_CONN_CLOSED,	/* the socket is on its way out */
	GWS_CONN_PROXY,		/* before the first head: a PROXY header */
	GWS_CONN_ADMIT,		/* it was read */
};

/* gws_conn.timed: of the rule's times, which count for this request. */
enum {
	GWS_TIMED_REQUEST = 1 << 0,
	GWS_TIMED_TRY = 1 << 1,
};

struct gws_conn {
	struct gws_sock c;
	struct gws_addr to;		/* original destination */
	struct gws_addr from;		/* the client: the peer, or who PROXY names */
	struct gws_source *source;	/* counted there */
	struct gws_policy *policy;	/* reference held, or NULL */
	u16 port;			/* that the client connected to */
	bool named;			/* @from is who PROXY names */
	bool described;			/* by gws_identity_describe(), not @fields */
	u8 state;
	u8 timed;			/* GWS_TIMED_* */
	u16 tries;			/* endpoints tried for this request */
	u8 reason;			/* enum gws_reason; why it ends, if early */
	u8 error;			/* enum gws_http_error of the request, or 0 */
	unsigned long accepted;		/* jiffies */
	u64 requests;
	u64 bytes_rx;			/* in its life: heads and bodies taken, */
	u64 bytes_tx;			/* answers sent */
	u16 fields_len;
	char fields[GWS_CLIENT_FIELDS_MAX];	/* gws_http_client_fields() */

	/* The request in hand. */
	struct gws_head head;
	struct gws_choice choice;
	struct gws_route_hint hint;
	struct gws_endpoint *ep;	/* reference held, counted in ep->active */
	struct gws_upstream *up;	/* borrowed */
	struct list_head wait;		/* pool->waiting: for a slot of @ep */
	struct gws_http_body req_body;
	struct gws_http_body resp_body;
	struct bio_vec request;		/* the rewritten head, kept for a replay */
	struct gws_hold *hold;		/* the same and its body; or NULL */
	u32 mirrors;			/* copies due once @hold has all; bits */
	struct gws_str added;		/* lines for its response; kmalloc() or NULL */
	u64 started;			/* local_clock() at the complete head */
	struct gws_log_record *log;	/* NULL: nobody wants one, or it is lost */
	u64 answered;			/* us from @started to the response's head */
	u16 status;			/* sent, or on its way; 0: none so far */
	/* Jiffies; the first two count by @timed, and only then the third. */
	unsigned long request_until;
	unsigned long try_until;
	unsigned long patient_until;	/* what the deadline were without them */
	u8 method;			/* enum gws_http_method */
	u8 client_minor;		/* HTTP/1.x of the client */
	u16 interims;			/* interim responses so far */
	bool replayable;		/* idempotent, and all of it in @request */
	bool req_chunked;		/* both ways: re-framed, not passed on */
	bool resp_chunked;		/* towards the client */
	bool req_done;			/* all of it is in @to_up or beyond */
	bool resp_begun;		/* a final response head was parsed */
	bool resp_done;
	bool up_reusable;		/* nothing said otherwise so far */
	bool expects;			/* a 100 before its body */
	bool up_broken;			/* does not take the request any more */
	bool up_fin_due;		/* nor has it been told that there is no more */
	bool websocket;			/* asked to switch to it */
	bool client_ended;		/* of a tunnel: its end was passed on */
	bool up_ended;			/* the same */
	bool counted;			/* in the tallies, without a class so far */
	bool close;			/* after this response */

	struct gws_pipe to_up;
	struct gws_pipe to_client;
	struct rcu_head rcu;
};

/*
 * Is a body of its request read as such? A backend that takes none there, or says no
 * before it has come, may read it as the next request.
 */
static inline bool gws_conn_body_is_read(const struct gws_conn *conn)
{
	return !conn->expects && !gws_http_method_ignores_body(conn->method);
}

/* What its listener says, else what the namespace does. */
static inline u64 gws_conn_limit(const struct gws_conn *conn,
				 enum gws_limit which)
{
	if (unlikely(conn->policy) &&
	    conn->policy->limits[which] != GWS_LIMIT_UNSET)
		return conn->policy->limits[which];
	return gws_limit(conn->c.gn->limits, which);
}

/* Counts what went wrong, and keeps it for the trace of the end. */
#define gws_conn_blame(conn, name)					\
	do {								\
		gws_count_reason((conn)->c.gn, name);			\
		(conn)->reason = GWS_REASON_##name;			\
	} while (0)

/* Counts for the rule of the request in hand and for its backend, if found. */
#define gws_conn_tally_add(conn, field, n)				\
	do {								\
		gws_tally_add((conn)->choice.rule->tally, field, n);	\
		if ((conn)->choice.backend)				\
			gws_tally_add((conn)->choice.backend->tally, field, n); \
	} while (0)
#define gws_conn_tally_inc(conn, field)	gws_conn_tally_add(conn, field, 1)

/* conn.c */

/*
 * Takes over a connection of @listener in its worker; on any failure @sock is
 * released here. Process context. Returns 0, -EUSERS (limit connections or
 * source_connections), -ENOBUFS (limit memory_percent), -EACCES (who may not
 * send PROXY headers), -ENOMEM, -EPROTO (not a plain TCP socket).
 */
int gws_conn_accept(struct gws_sock *listener, struct socket *sock);

/* What there is to be told of a connection. */
struct gws_conn_info {
	struct gws_choice choice;	/* of the request in hand; reference held */
	struct gws_addr client;
	struct gws_addr to;
	struct gws_addr upstream;	/* family AF_UNSPEC: none */
	u64 age;			/* ms */
	u64 requests;
	u64 bytes_rx;
	u64 bytes_tx;
	u32 cpu;
	u8 state;			/* enum gws_connection_state */
};

/* False: @s is none of a client's. In its worker, process context. */
bool gws_conn_describe(struct gws_sock *s, struct gws_conn_info *info);

/* Goes on with whatever can go on. Worker, BH off, no socket lock held. */
void gws_conn_run(struct gws_conn *conn);

/* The deadline of its upstream passed. Worker, process context. */
void gws_conn_upstream_late(struct gws_conn *conn);

/* Its rule and backend have not served the request; the blame is known. */
void gws_conn_error(struct gws_conn *conn);

/* Orderly end, once all was sent; or a reset, which tells of a torn response. */
void gws_conn_close(struct gws_conn *conn);
void gws_conn_abort(struct gws_conn *conn);

/*
 * Answers the request in hand locally, before a final response has begun; drops
 * its upstream, if any.
 */
void gws_conn_reply(struct gws_conn *conn, int status);
/* With fields besides: see gws_http_reply_write_with(), also for @flags. */
void gws_conn_reply_with(struct gws_conn *conn, int status, u32 flags,
			 const struct gws_str *parts, u32 n);

/* The response has begun: there is no further try, and what one would need goes. */
void gws_conn_settle(struct gws_conn *conn);
/* Lets go of all that the request in hand holds; @clean: upstream may serve on. */
void gws_conn_release_request(struct gws_conn *conn, bool clean);

/* The exchange is over and all is sent. True if the next head may be there. */
bool gws_conn_next(struct gws_conn *conn);

/* Restarts the client socket's deadline; the times of the rule may end it. */
void gws_conn_wait(struct gws_conn *conn, u32 ms);
/* The same, from the limit @which. */
void gws_conn_deadline(struct gws_conn *conn, enum gws_limit which);
/* That deadline, were there no times of the rule. */
static inline unsigned long gws_conn_patience(const struct gws_conn *conn)
{
	return unlikely(conn->timed) ? conn->patient_until :
				       conn->c.timer.deadline;
}

/* The client alone was waited for, and sent or took @bytes: they are worth @rate. */
void gws_conn_earn(struct gws_conn *conn, enum gws_limit rate, u32 bytes);

/* It does not take what there is for it, or not fast enough: is it to be cut? */
void gws_conn_stalled(struct gws_conn *conn);

/* request.c: the first two return true when conn_run should look again. */
bool gws_request_read(struct gws_conn *conn);
bool gws_request_connected(struct gws_conn *conn);
/* Counts what is wrong with the request; returns the status to answer with. */
u32 gws_request_error(struct gws_conn *conn, enum gws_http_error error);
/* A part of a head is here, not only the empty lines before it. */
bool gws_request_begun(const struct gws_conn *conn);
void gws_request_connect(struct gws_conn *conn);
void gws_request_connect_failed(struct gws_conn *conn, int err);
/* Its client is gone or wrong: what its endpoint is like may stay unknown. */
void gws_request_forgo(struct gws_conn *conn);
/* The upstream died before it answered: replays, or answers 502. */
void gws_request_unanswered(struct gws_conn *conn);
/* Once more, to another endpoint if there is one; all of it is in @to_up. */
void gws_request_try(struct gws_conn *conn);
/* After it was tried: it can go on at once, when conn_run should look again. */
static inline bool gws_request_goes_on(const struct gws_conn *conn)
{
	return conn->state == GWS_CONN_REPLY ||
	       conn->state == GWS_CONN_EXCHANGE ||
	       conn->state == GWS_CONN_TUNNEL;
}

/* retry.c: for rules whose @tries are set. */

/* After routing and before anything else. */
void gws_retry_begin(struct gws_conn *conn);
/* An endpoint was chosen for the next try. */
void gws_retry_try_begin(struct gws_conn *conn);
/*
 * @ms, or what is left of the rule's times, if that is less; while a response is
 * awaited what is left of these, whatever @ms.
 */
u32 gws_retry_clamp(struct gws_conn *conn, u32 ms);
/*
 * The deadline passed. True if that was one of the rule's, and the request has its
 * answer or its next try; or if there was none yet. Worker, BH off.
 */
bool gws_retry_late(struct gws_conn *conn);
/* Does the rule want another try instead of a response of @status? */
bool gws_retry_wants(const struct gws_conn *conn, u16 status);
/* So it gets one, now or after a pause; @clean: the upstream may serve on. */
void gws_retry_next(struct gws_conn *conn, bool clean);
/* This try failed: another one, if it may. False: not, and nothing was done. */
bool gws_retry_again(struct gws_conn *conn);

/* tunnel.c */

/* The 101 is in @to_client. */
void gws_tunnel_begin(struct gws_conn *conn);
bool gws_tunnel_run(struct gws_conn *conn);
/* Nothing moved until the deadline. */
void gws_tunnel_late(struct gws_conn *conn);

/* exchange.c */
bool gws_exchange_run(struct gws_conn *conn);
/*
 * Restarts its deadline: response_timeout (or the rule's times) once all was sent,
 * else stall_timeout.
 */
void gws_exchange_deadline(struct gws_conn *conn);
/* Nothing moved until then: ends it at the cost of whoever was waited for. */
void gws_exchange_late(struct gws_conn *conn);
/* The limit that its deadline is from. */
enum gws_limit gws_exchange_limit(const struct gws_conn *conn);
/*
 * Reads over what the cursor has of a body: 1 that was the rest of it, 0 more is to
 * come, -EPROTO it is malformed, -EIO it cannot be read.
 */
int gws_exchange_skip(struct gws_http_body *body, struct gws_cursor *c);

#endif /* GWS_CONN_H */
