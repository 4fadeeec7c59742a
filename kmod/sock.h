/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A socket of ours and its place in a worker's queue.
 *
 * Socket callbacks (any context, the socket's lock held) only queue the
 * gws_sock on its worker and wake it. Everything else happens in the worker:
 * in its batches (BH off, bh_lock_sock) or, for what may sleep, in its slow
 * part. One socket lock at a time.
 *
 * Life: attach -> events -> close -> (closing: until TCP says CLOSE or the
 * deadline) -> detach, release, kfree_rcu of the owner.
 */
#ifndef GWS_SOCK_H
#define GWS_SOCK_H

#include <linux/list.h>
#include <linux/net.h>
#include <net/sock.h>
#include "timer.h"

struct gws_net;
struct gws_sock;
struct gws_sock_walk;
struct gws_worker;

/* What a worker does with a socket's events; each runs in the worker. */
struct gws_sock_ops {
	/* In a batch: BH off, no socket lock held. */
	void (*event)(struct gws_sock *s);
	/* In process context, after gws_sock_defer(). */
	void (*slow)(struct gws_sock *s);
	/* In process context, its deadline passed. */
	void (*timeout)(struct gws_sock *s);
	/* Bytes that its owner holds beside its queues; or NULL. */
	u32 (*pinned)(const struct gws_sock *s);
	/*
	 * For the moment when memory is short; all or none. The jiffies of
	 * its last progress; what its end sets free of other sockets; whether
	 * nobody waits for anything; and, in process context, its end by abort.
	 */
	unsigned long (*progress)(const struct gws_sock *s);
	u32 (*frees)(const struct gws_sock *s);
	bool (*idle)(const struct gws_sock *s);
	void (*cut)(struct gws_sock *s);
	/*
	 * In process context: detached and released; frees the owner by
	 * kfree_rcu(), since a callback may still look at it.
	 */
	void (*free)(struct gws_sock *s);
};

enum gws_sock_state {
	GWS_SOCK_OPEN,
	GWS_SOCK_SHUTDOWN,	/* somebody had its lock: shutdown(SEND) in the slow part */
	GWS_SOCK_CLOSING,	/* waits for CLOSE; what arrives is dropped */
	GWS_SOCK_ABORT,		/* wants a reset in the slow part */
	GWS_SOCK_GONE,
};

struct gws_sock {
	struct socket *sock;
	struct sock *sk;
	const struct gws_sock_ops *ops;
	struct gws_net *gn;
	struct gws_worker *worker;
	struct list_head queue;		/* worker->queue (its lock) or ->starved */
	struct list_head slow;		/* worker->slow; worker only */
	struct list_head all;		/* worker->socks; worker only */
	struct gws_timer timer;		/* worker only */
	u8 state;			/* enum gws_sock_state; worker only */
	bool queued;			/* under worker->lock */
	u32 acked;			/* snd_una at the last gws_sock_acked() */
	unsigned long acked_at;		/* jiffies of the last one that found any */
	u32 held;			/* budget.c; worker only */
	u32 spare;			/* the same: of it, beside the bytes it has sent */
};

/*
 * Takes over @sock for @s: callbacks, user data, allocation mode, TCP_NODELAY,
 * buffer caps; queues @s once, since data may have come before. Process
 * context, in the worker @w. On an error @sock is untouched and still the
 * caller's.
 * -EPROTO: a ULP, a psock or a foreign sk_prot; sendmsg_locked on such a
 * socket could put plaintext on the wire.
 */
int gws_sock_attach(struct gws_sock *s, struct socket *sock,
		    const struct gws_sock_ops *ops, struct gws_net *gn,
		    struct gws_worker *w);

/* Any context: makes the worker look at @s. */
void gws_sock_kick(struct gws_sock *s);

/*
 * Worker: has it look at @s again a moment later, and not before that: for memory,
 * which comes back unannounced.
 */
void gws_sock_retry(struct gws_sock *s);

/* Worker: has ops->slow called once in process context. */
void gws_sock_defer(struct gws_sock *s);

/*
 * Worker: begins the end of @s. Orderly: what was sent is delivered, then FIN;
 * abort: reset. Either way ops->free follows, at most close_timeout after the
 * peer's last sign that it still takes what was sent.
 * No other op is called any more.
 */
void gws_sock_close(struct gws_sock *s);
void gws_sock_abort(struct gws_sock *s);

/*
 * Worker, BH off: FIN behind what was sent, and nothing else; what comes is read as
 * before. False: somebody has its lock, and it has an event when that is over.
 */
bool gws_sock_shutdown(struct gws_sock *s);

/* Worker, process context: abort that is over when it returns. */
void gws_sock_destroy(struct gws_sock *s);

/* Worker: (re)starts the deadline of @s. */
void gws_sock_deadline(struct gws_sock *s, unsigned int ms);

/*
 * The ms from now to a @deadline that @bytes prolong by what they are worth at @rate
 * bytes a second, to @full ms at most; without a rate that many. A bucket: who is
 * slow now and then lives on what it saved, who sends or takes a byte now and then
 * holds nothing for ever.
 */
u32 gws_earn(unsigned long deadline, u32 bytes, u64 rate, u32 full);

/* Worker: bytes that were not read are there, or an end. */
static inline bool gws_sock_has_more(const struct gws_sock *s)
{
	return !skb_queue_empty_lockless(&s->sk->sk_receive_queue) ||
	       s->sk->sk_shutdown & RCV_SHUTDOWN;
}

/*
 * Worker: the bytes that the peer has acknowledged since the last call. The
 * window of a slow reader may stay shut to us for longer than any deadline.
 */
u32 gws_sock_acked(struct gws_sock *s);
/* How long ago the peer acknowledged something, at least; jiffies. */
unsigned long gws_sock_delivered_ago(const struct gws_sock *s);

/* The walks of worker.h. */
void gws_sock_walk_begin(struct gws_sock_walk *walk, struct gws_worker *w);
/* NULL at the end, then the walk is over; else gws_sock_walk_end() may end it. */
struct gws_sock *gws_sock_walk_next(struct gws_sock_walk *walk,
				    struct gws_worker *w);
void gws_sock_walk_end(struct gws_sock_walk *walk);

/* For the worker's loop. */
void gws_sock_run_event(struct gws_sock *s);
void gws_sock_run_slow(struct gws_sock *s);
void gws_sock_run_timeout(struct gws_timer *t);

/* Is @sk a socket that this module made or accepted? Its lock or RCU is held. */
bool gws_sk_is_ours(const struct sock *sk);

/* What all of TCP may have at most (tcp_mem), in pages. */
long gws_socks_mem_max(void);

int gws_socks_init(void);

#endif /* GWS_SOCK_H */
