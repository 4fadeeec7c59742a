/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bytes between two sockets.
 *
 * A cursor walks over what a socket has received, without taking it; a pipe
 * holds references to bytes on their way out. Fill: lock source, walk, take
 * page references, consume once, unlock. Flush: lock destination, one send,
 * unlock. So no two socket locks are ever held together, and what a pipe can
 * hold bounds what a direction pins.
 */
#ifndef GWS_STREAM_H
#define GWS_STREAM_H

#include <linux/bvec.h>
#include <linux/skbuff.h>
#include <linux/types.h>
#include "limits.h"

struct gws_sock;
struct gws_worker;

/* A run of received bytes that lie together. */
struct gws_run {
	const char *data;
	struct page *page;	/* NULL: linear (slab) memory, must be copied */
	u32 offset;		/* in @page */
	u32 len;
};

static inline void gws_run_skip(struct gws_run *run, u32 len)
{
	run->data += len;
	run->offset += len;
	run->len -= len;
}

struct gws_cursor {
	struct sock *sk;
	struct sk_buff *skb;	/* NULL: at the end of what has come */
	u32 seq;		/* sequence number of the next byte */
	u32 off;		/* the same within @skb */
	u32 frag;		/* fragment of @skb that was read last */
	u32 frag_at;		/* where it begins, from the first one on */
};

/* All cursor functions: the socket's lock is held throughout. */
void gws_cursor_init(struct gws_cursor *c, struct sock *sk);
/*
 * The bytes at the cursor. False at the end, or when they cannot be read by
 * the CPU (device memory; gws_cursor_unreadable() tells).
 */
bool gws_cursor_run(struct gws_cursor *c, struct gws_run *run);
bool gws_cursor_unreadable(const struct gws_cursor *c);
/* Behind the bytes of c->skb: to the buffer that the cursor is in now. */
void gws_cursor_find(struct gws_cursor *c);

static inline void gws_cursor_skip(struct gws_cursor *c, u32 len)
{
	c->seq += len;
	c->off += len;
	if (c->off >= c->skb->len)
		gws_cursor_find(c);
}

/* Copies up to @len bytes and moves on; returns how many. */
u32 gws_cursor_copy(struct gws_cursor *c, char *to, u32 len);
/* Takes everything before the cursor out of the socket. */
void gws_cursor_consume(struct gws_cursor *c);

enum {
	/* A reference costs some 250 instructions, a copied word two. */
	GWS_COPY_MAX = 256,
};

struct gws_pipe {
	u32 bytes;
	u16 head;		/* first slot in use */
	u16 tail;		/* first free slot */
	struct bio_vec slots[GWS_PIPE_SLOTS];
};

static inline bool gws_pipe_empty(const struct gws_pipe *p)
{
	return !p->bytes;
}

/* Room for one more run and the chunk lines around it? */
static inline bool gws_pipe_has_room(const struct gws_pipe *p)
{
	return p->tail + 3 <= GWS_PIPE_SLOTS && p->bytes < GWS_PIPE_BYTES;
}

/*
 * Adds bytes: by reference where @run has a page, else copied to the worker's
 * page fragment. @len <= run->len. -ENOMEM; -ENOSPC when all slots are taken.
 */
int gws_pipe_add(struct gws_pipe *p, struct gws_worker *w,
		 const struct gws_run *run, u32 len);
int gws_pipe_copy(struct gws_pipe *p, struct gws_worker *w, const char *data,
		  u32 len);
/*
 * The quick way for long bodies: up to @max of the bytes at the cursor, all by
 * reference, and the cursor behind them. Returns how many; 0 says nothing, the
 * slow way goes on from there.
 */
u32 gws_pipe_take(struct gws_pipe *p, struct gws_cursor *c, u32 max);
int gws_pipe_add_bvec(struct gws_pipe *p, const struct bio_vec *bv);

/*
 * Room of @size bytes in the worker's page fragment to write a head into, or
 * NULL. gws_pipe_commit() then adds its first @len bytes to the pipe.
 */
char *gws_pipe_reserve(struct gws_worker *w, u32 size);
int gws_pipe_commit(struct gws_pipe *p, struct gws_worker *w, u32 len);

/*
 * Sends what the socket takes. Returns 0 when the pipe is empty afterwards,
 * -EAGAIN when the socket is full (its write_space event comes), or when there is
 * no memory, or it is for the moment owned by somebody else (it is queued again),
 * else the socket's error.
 * @last: after 0 the caller closes @s at once. A segment that is not full is held
 * back for the FIN: as one of its own it took some 8,000 instructions.
 * BH off, no socket lock held.
 */
int gws_pipe_send(struct gws_pipe *p, struct gws_sock *s, bool last);

static inline int gws_pipe_flush(struct gws_pipe *p, struct gws_sock *s,
				 bool last)
{
	return gws_pipe_empty(p) ? 0 : gws_pipe_send(p, s, last);
}

/*
 * What a reference to @len bytes of @page has of the block that it lies in, of 32 KiB
 * as a rule and counted as that where it is larger: nobody else may be left in there.
 * The shares of all who hold it make up the whole.
 */
u32 gws_page_share(struct page *page, u32 len);
/* The same for all that is in the pipe. */
u32 gws_pipe_pinned(const struct gws_pipe *p);

void gws_pipe_purge(struct gws_pipe *p);

#endif /* GWS_STREAM_H */
