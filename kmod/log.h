/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The access log: a record for each request, while somebody has subscribed.
 *
 *   request_setup -> begin: what the head says (copied: its buffer is reused)
 *   release       -> settle: rule, backend, endpoint; the table is pinned
 *   next, leave   -> end: figures; onto the worker's queue
 *   slow part     -> run (log_send.c): messages to the subscribers
 *
 * A record belongs to its connection's worker all along; no lock. Until its request
 * is over it counts as memory of the connection, then what waits in a namespace is
 * bounded (limit log_buffer), but for a worker's share of that: a record that finds no
 * room, or a message that a subscriber has no room for, is counted as lost, and nobody
 * ever waits.
 */
#ifndef GWS_LOG_H
#define GWS_LOG_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include "limits.h"
#include "table.h"

struct gws_conn;
struct gws_worker;

/* Strings of a record, in the order of their attributes (GWS_A_REC_METHOD..). */
enum gws_log_string {
	GWS_LOG_METHOD,
	GWS_LOG_AUTHORITY,
	GWS_LOG_TARGET,
	GWS_LOG_AGENT,
	GWS_LOG_REFERER,
	GWS_LOG_FORWARDED_FOR,
	GWS_LOG_REQUEST_ID,
	GWS_LOG_STRINGS
};

struct gws_log_record {
	struct list_head node;		/* worker->log, once it is over */
	struct gws_net *gn;
	struct gws_choice choice;	/* pins the names; see gws_log_settle() */
	/* Of the listener, when no rule was found there; reference held. Or NULL. */
	struct gws_owner *owner;
	struct gws_addr client;
	struct gws_addr to;
	struct gws_addr upstream;	/* family AF_UNSPEC: none */
	u64 time;			/* ns since the epoch, of the head */
	u64 duration;			/* us */
	u64 response;			/* us to the response's head */
	u64 rx;				/* first what the connection had before */
	u64 tx;
	u32 bytes;			/* of all of it */
	u16 status;			/* 0: none sent */
	u16 reason;			/* of gws_reason_name() */
	u16 cut;			/* bits of enum gws_log_string */
	u16 tries;
	u8 minor;
	bool headless;			/* it never came to a whole head */
	bool answered;			/* by an upstream: @response counts */
	bool has_reason;
	u16 at[GWS_LOG_STRINGS];	/* into @text; 0: absent */
	char text[];			/* byte 0 is not used */
};

/* Who gets the records of a namespace. */
struct gws_log {
	spinlock_t lock;		/* whoever changes @portid */
	u32 count;			/* READ_ONCE: somebody has subscribed */
	atomic_t queued;		/* bytes of what the workers have to send */
	u32 portid[GWS_LOG_SUBSCRIBERS_MAX];	/* READ_ONCE; 0: free */
	atomic64_t lost[GWS_LOG_SUBSCRIBERS_MAX];	/* records, each */
};

static inline bool gws_log_wanted(const struct gws_log *log)
{
	return READ_ONCE(log->count);
}

/* --- log.c; in the worker, BH off or not --- */

/* @req: NULL for a request that is refused before its head was understood. */
void gws_log_begin(struct gws_conn *conn, const struct gws_http_request *req);
/* Only with conn->log: no rule was found for this host. */
void gws_log_unrouted(struct gws_conn *conn, struct gws_str host);
/* Only with conn->log: before the request lets go of what it holds. */
void gws_log_settle(struct gws_conn *conn);
/* Only with conn->log: the request is over. */
void gws_log_end(struct gws_conn *conn);
/* Lets go of what it names; it is on no list. */
void gws_log_free(struct gws_log_record *r);

/* --- log_send.c --- */

void gws_log_init(struct gws_log *log);
/*
 * -EBUSY: there are GWS_LOG_SUBSCRIBERS_MAX others. Again for the same @portid:
 * nothing but @lost, the records that did not reach it so far.
 */
int gws_log_subscribe(struct gws_log *log, u32 portid, u64 *lost);
/* Nothing when it is no subscriber. */
void gws_log_unsubscribe(struct gws_log *log, u32 portid);
/* A record of @gn could not be made. */
void gws_log_lose(struct gws_net *gn);
/* Sends what is on the worker's queue. Worker, process context. */
void gws_log_run(struct gws_worker *w);

#endif /* GWS_LOG_H */
