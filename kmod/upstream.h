/* SPDX-License-Identifier: GPL-2.0-only */
/* Connections to endpoints and the idle ones of each worker. */
#ifndef GWS_UPSTREAM_H
#define GWS_UPSTREAM_H

#include "endpoint.h"
#include "head.h"
#include "sock.h"

struct gws_conn;
struct gws_mirror;

struct gws_upstream {
	struct gws_sock s;
	struct gws_endpoint *ep;	/* reference held, counted in ep->conns */
	/* The borrower; both NULL: idle or ending. */
	struct gws_conn *conn;
	struct gws_mirror *mirror;
	struct list_head idle;		/* ep->idle of the worker */
	struct gws_head head;		/* of a response, while incomplete */
	unsigned long parked;		/* jiffies of the last parking */
	bool used;			/* served a request before this one */
	struct rcu_head rcu;
};

/*
 * The connection to @ep that was used last, for the caller to say who borrows it;
 * or NULL. Only one that is ESTABLISHED and silent: a byte or FIN on an idle
 * connection belongs to no request. Unless the request may be sent @again, only
 * one that served another less than GWS_PROVEN_MS ago. @whole: it has no body.
 */
struct gws_upstream *gws_upstream_take(struct gws_worker *w,
				       struct gws_endpoint *ep, bool again,
				       bool whole);

/*
 * Begins a connection to @ep for @conn, which hears of the outcome by
 * gws_conn_run(); with NULL the caller says who borrows it, and does not wait at the
 * limit. Process context, in the worker. ERR_PTR: -EUSERS at the
 * limit endpoint_connections, -ENOMEM, -EPROTO (not a plain TCP socket), or the
 * error of socket() or connect(): -EADDRNOTAVAIL when no local port is left,
 * -EPERM when a BPF program of the cgroup forbids it.
 * -EAGAIN: at that limit too, but another worker closes an idle connection now;
 * @conn is deferred when that is done.
 */
struct gws_upstream *gws_upstream_connect(struct gws_worker *w,
					  struct gws_endpoint *ep,
					  struct gws_conn *conn);

/* Its handshake is under way: no outcome so far. */
bool gws_upstream_connecting(const struct gws_upstream *up);

/* Nothing was received that is not read, and nothing ended. */
bool gws_upstream_silent(const struct gws_upstream *up);

/* @conn does not wait any more, if it did; conn->ep is still there. */
void gws_upstream_wait_end(struct gws_conn *conn);

/* The borrower is done with it. Keeps it if it can serve again. */
void gws_upstream_park(struct gws_upstream *up);
/* The borrower is done with it, and so is the peer: an orderly end. */
void gws_upstream_end(struct gws_upstream *up);
/* The borrower gives up: an unfinished exchange can only end by a reset. */
void gws_upstream_drop(struct gws_upstream *up);

#endif /* GWS_UPSTREAM_H */
