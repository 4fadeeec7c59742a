// SPDX-License-Identifier: GPL-2.0-only
/* Bytes between two sockets: cursors over what came, pipes for what goes. */
#include <linux/error-injection.h>
#include <linux/tcp.h>
#include <net/tcp.h>
#include "compat.h"
#include "sock.h"
#include "stream.h"
#include "worker.h"

enum {
	/* Linear bytes are copied, a piece at a time that any page fragment has room for. */
	LINEAR_RUN = 2048,
	/* The largest that TCP or we allocate; a pod's huge page is not its reader's. */
	BLOCK = 32768,
};

void gws_cursor_find(struct gws_cursor *c)
{
	struct sk_buff_head *queue = &c->sk->sk_receive_queue;
	struct sk_buff *skb = c->skb;

	sock_owned_by_me(c->sk);
	/* Queued segments may overlap: the offset follows from the sequence. */
	while (c->off >= skb->len) {
		if (skb_queue_is_last(queue, skb)) {
			c->skb = NULL;
			return;
		}
		skb = skb_queue_next(queue, skb);
		c->skb = skb;
		c->off = c->seq - TCP_SKB_CB(skb)->seq;
		c->frag = 0;
		c->frag_at = 0;
	}
}

/* As tcp_recv_skb(), which is asked only in the rarer cases. */
static struct sk_buff *first_skb(struct sock *sk, u32 seq, u32 *off)
{
	struct sk_buff *skb = skb_peek(&sk->sk_receive_queue);

	if (!skb)
		return NULL;
	*off = seq - TCP_SKB_CB(skb)->seq;
	if (likely(*off < skb->len &&
		   !(TCP_SKB_CB(skb)->tcp_flags & TCPHDR_SYN)))
		return skb;
	return tcp_recv_skb(sk, seq, off);
}

void gws_cursor_init(struct gws_cursor *c, struct sock *sk)
{
	sock_owned_by_me(sk);
	c->sk = sk;
	c->seq = tcp_sk(sk)->copied_seq;
	c->frag = 0;
	c->frag_at = 0;
	c->skb = first_skb(sk, c->seq, &c->off);
	if (c->skb)
		gws_cursor_find(c);
}

bool gws_cursor_unreadable(const struct gws_cursor *c)
{
	return c->skb && !gws_skb_readable(c->skb);
}

/*
 * Inlined down to here: a body comes in fragments of a page or so, and each goes
 * through these once (response-64k: 17 of them).
 *
 * From fragment @index on, which begins at @at; both are left at the one found.
 */
static __always_inline bool frag_run(const struct sk_buff *skb, u32 off,
				     struct gws_run *run, u32 *index, u32 *at)
{
	const struct skb_shared_info *info = skb_shinfo(skb);
	const skb_frag_t *frag;

	for (; *index < info->nr_frags; ++*index) {
		frag = &info->frags[*index];
		if (off - *at < skb_frag_size(frag)) {
			off -= *at;
			run->page = skb_frag_page(frag);
			run->offset = skb_frag_off(frag) + off;
			run->data = (const char *)skb_frag_address(frag) + off;
			run->len = skb_frag_size(frag) - off;
			return true;
		}
		*at += skb_frag_size(frag);
	}
	return false;
}

/* The run at @off of @skb alone, whose own bytes are the first skb_own_len(). */
static __always_inline bool own_run(const struct sk_buff *skb, u32 off,
				    struct gws_run *run, u32 *index, u32 *at)
{
	u32 headlen = skb_headlen(skb);

	if (off >= headlen)
		return frag_run(skb, off - headlen, run, index, at);
	run->page = NULL;
	run->data = skb->data + off;
	run->len = min_t(u32, headlen - off, LINEAR_RUN);
	return true;
}

static u32 skb_own_len(const struct sk_buff *skb)
{
	u32 len = skb_headlen(skb);
	int i;

	for (i = 0; i < skb_shinfo(skb)->nr_frags; i++)
		len += skb_frag_size(&skb_shinfo(skb)->frags[i]);
	return len;
}

/* GRO may have chained further buffers; they do not nest on this path. */
static noinline bool chained_run(const struct sk_buff *skb, u32 off,
				 struct gws_run *run)
{
	const struct sk_buff *part;
	u32 index = 0, at = 0;

	off -= skb_own_len(skb);
	skb_walk_frags(skb, part) {
		if (off < part->len)
			return own_run(part, off, run, &index, &at);
		off -= part->len;
	}
	return false;
}

bool gws_cursor_run(struct gws_cursor *c, struct gws_run *run)
{
	sock_owned_by_me(c->sk);
	if (!c->skb || !gws_skb_readable(c->skb))
		return false;
	/* Within a buffer a cursor goes forward only, so the fragment holds. */
	return own_run(c->skb, c->off, run, &c->frag, &c->frag_at) ||
	       chained_run(c->skb, c->off, run);
}

u32 gws_cursor_copy(struct gws_cursor *c, char *to, u32 len)
{
	struct gws_run run;
	u32 done = 0, n;

	while (done < len && gws_cursor_run(c, &run)) {
		n = min(run.len, len - done);
		memcpy(to + done, run.data, n);
		done += n;
		gws_cursor_skip(c, n);
	}
	return done;
}

void gws_cursor_consume(struct gws_cursor *c)
{
	u32 len = c->seq - tcp_sk(c->sk)->copied_seq;

	sock_owned_by_me(c->sk);
	if (len)
		tcp_read_done(c->sk, len);
}

static __always_inline int pipe_push(struct gws_pipe *p, struct page *page,
				     u32 offset, u32 len)
{
	struct bio_vec *last = p->tail > p->head ? &p->slots[p->tail - 1] : NULL;

	if (last && last->bv_page == page &&
	    last->bv_offset + last->bv_len == offset) {
		last->bv_len += len;
	} else {
		if (p->tail == GWS_PIPE_SLOTS)
			return -ENOSPC;
		get_page(page);
		p->slots[p->tail++] = (struct bio_vec){ page, len, offset };
	}
	p->bytes += len;
	return 0;
}

/* A fragment of just the size, in the place of one that is too small. */
static bool frag_replace(struct page_frag *frag, u32 size)
{
	unsigned int order = get_order(size);
	struct page *page = alloc_pages(GFP_ATOMIC | __GFP_COMP | __GFP_NOWARN,
					order);

	if (!page)
		return false;
	put_page(frag->page);
	frag->page = page;
	frag->offset = 0;
	frag->size = PAGE_SIZE << order;
	return true;
}

static bool frag_refill(struct page_frag *frag, u32 size)
{
	if (!skb_page_frag_refill(size, frag, GFP_ATOMIC)) {
		/* It has let go of the page, and left the size as it was. */
		frag->size = 0;
		return false;
	}
	/* Without pages of a higher order this gives one page, and keeps it. */
	return frag->size - frag->offset >= size || frag_replace(frag, size);
}

char *gws_pipe_reserve(struct gws_worker *w, u32 size)
{
	struct page_frag *frag = &w->frag;

	/* Zero of zero bytes to begin with. */
	if (unlikely(frag->size - frag->offset < size) &&
	    !frag_refill(frag, size))
		return NULL;
	return page_address(frag->page) + frag->offset;
}
ALLOW_ERROR_INJECTION(gws_pipe_reserve, NULL);

int gws_pipe_commit(struct gws_pipe *p, struct gws_worker *w, u32 len)
{
	int err = pipe_push(p, w->frag.page, w->frag.offset, len);

	if (!err)
		w->frag.offset += len;
	return err;
}
ALLOW_ERROR_INJECTION(gws_pipe_commit, ERRNO);

int gws_pipe_copy(struct gws_pipe *p, struct gws_worker *w, const char *data,
		  u32 len)
{
	char *to = gws_pipe_reserve(w, len);

	if (!to)
		return -ENOMEM;
	memcpy(to, data, len);
	return gws_pipe_commit(p, w, len);
}
ALLOW_ERROR_INJECTION(gws_pipe_copy, ERRNO);

/* Do @len bytes of it go by reference? TCP refuses slab pages. */
static bool goes_by_reference(struct page *page, u32 len)
{
	return len > GWS_COPY_MAX && sendpage_ok(page);
}

int gws_pipe_add(struct gws_pipe *p, struct gws_worker *w,
		 const struct gws_run *run, u32 len)
{
	if (!run->page || !goes_by_reference(run->page, len))
		return gws_pipe_copy(p, w, run->data, len);
	return pipe_push(p, run->page, run->offset, len);
}
ALLOW_ERROR_INJECTION(gws_pipe_add, ERRNO);

u32 gws_pipe_take(struct gws_pipe *p, struct gws_cursor *c, u32 max)
{
	const struct skb_shared_info *info;
	u32 off, size, len, taken = 0;
	const skb_frag_t *frag;

	sock_owned_by_me(c->sk);
	if (!c->skb || !gws_skb_readable(c->skb) ||
	    c->off < skb_headlen(c->skb))
		return 0;
	info = skb_shinfo(c->skb);
	off = c->off - skb_headlen(c->skb) - c->frag_at;
	while (c->frag < info->nr_frags && taken < max && gws_pipe_has_room(p)) {
		frag = &info->frags[c->frag];
		size = skb_frag_size(frag);
		if (off < size) {
			len = min(size - off, max - taken);
			if (!goes_by_reference(skb_frag_page(frag), len) ||
			    pipe_push(p, skb_frag_page(frag),
				      skb_frag_off(frag) + off, len))
				break;
			taken += len;
			off += len;
			if (off < size)
				break;
		}
		off -= size;
		c->frag_at += size;
		c->frag++;
	}
	if (taken)
		gws_cursor_skip(c, taken);
	return taken;
}

int gws_pipe_add_bvec(struct gws_pipe *p, const struct bio_vec *bv)
{
	return pipe_push(p, bv->bv_page, bv->bv_offset, bv->bv_len);
}

static void pipe_sent(struct gws_pipe *p, u32 len)
{
	struct bio_vec *bv;

	p->bytes -= len;
	while (len) {
		bv = &p->slots[p->head];
		if (len < bv->bv_len) {
			bv->bv_offset += len;
			bv->bv_len -= len;
			return;
		}
		len -= bv->bv_len;
		put_page(bv->bv_page);
		p->head++;
	}
	if (p->head == p->tail) {
		p->head = 0;
		p->tail = 0;
	}
}

/*
 * Nothing went out, and nothing is out that an ACK would come for: there was no
 * memory for it. TCP then asks for another attempt at once, again and again.
 */
static int send_failed(struct gws_sock *s, int err)
{
	if (err == -EAGAIN && tcp_rtx_and_write_queues_empty(s->sk))
		gws_sock_retry(s);
	return err;
}

static int send_locked(struct gws_pipe *p, struct gws_sock *s, bool last)
{
	struct sock *sk = s->sk;
	struct msghdr msg = {
		.msg_flags = MSG_DONTWAIT | MSG_NOSIGNAL | GWS_MSG_SPLICE |
			     /* From there shutdown() sends nothing yet. */
			     (last && sk->sk_state != TCP_SYN_RECV ? MSG_MORE : 0),
	};
	int sent;

	sock_owned_by_me(sk);
	iov_iter_bvec(&msg.msg_iter, ITER_SOURCE, p->slots + p->head,
		      p->tail - p->head, p->bytes);
	sent = tcp_sendmsg_locked(sk, &msg, p->bytes);
	if (unlikely(sent < 0))
		return send_failed(s, sent);
	pipe_sent(p, sent);
	return p->bytes ? -EAGAIN : 0;
}

int gws_pipe_send(struct gws_pipe *p, struct gws_sock *s, bool last)
{
	u32 before = p->bytes;
	int err = -EAGAIN;

	bh_lock_sock(s->sk);
	if (sock_owned_by_user(s->sk))
		gws_sock_kick(s);
	else
		err = send_locked(p, s, last);
	bh_unlock_sock(s->sk);
	s->worker->sent += before - p->bytes;
	return err;
}

u32 gws_page_share(struct page *page, u32 len)
{
	struct page *block = compound_head(page);
	int refs = max(page_count(block), 1);

	return max_t(u32, len, min_t(unsigned long, page_size(block), BLOCK) / refs);
}

u32 gws_pipe_pinned(const struct gws_pipe *p)
{
	u32 i, bytes = 0;

	for (i = p->head; i < p->tail; i++)
		bytes += gws_page_share(p->slots[i].bv_page, p->slots[i].bv_len);
	return bytes;
}

void gws_pipe_purge(struct gws_pipe *p)
{
	while (p->head < p->tail)
		put_page(p->slots[p->head++].bv_page);
	p->head = 0;
	p->tail = 0;
	p->bytes = 0;
}
