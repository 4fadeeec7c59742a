// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measuring what sockets hold, and cutting the slowest.
 *
 * gn->held is the sum of what each socket held when it was last measured
 * (gws_sock.held). A worker measures up to SLICE of its sockets at a time, in
 * turn. While a namespace is in the last part of its budget all workers do so
 * again and again, asleep or not, and each time cut some connections: of those
 * with much in their queues the ones whose last progress is longest ago. They
 * begin before the budget is used up, since then nobody new is admitted. Where idle
 * ones hold more than all of those they are cut instead, at the very end.
 */
#include <linux/mm.h>
#include <linux/workqueue.h>
#include <net/request_sock.h>
#include <net/tcp.h>
#include "budget.h"
#include "netns.h"
#include "sock.h"
#include "stream.h"

enum {
	SLICE = 1024,		/* sockets measured in one go */
	FRAGS = 32768,		/* and pieces of what they hold, from half of it on */
	FRAGS_LESS = 4096,	/* before */
	PERIOD_MS = 100,	/* between two rounds of a worker that is awake */
	HURRY_MS = 10,		/* between slices of a round, or from half of it on */
	GRACE_MS = 5000,	/* without progress, before one counts as slow */
	FRESH_MS = 100,		/* the same, before an idle one goes for a newcomer */
	LAST_PART = 4,		/* of the budget, a quarter: memory is short */
	RESERVE = 32,		/* its end, a 32nd: what comes between two audits */
	CUTS = 32,		/* at most by a worker in one go */
	AUDITS = 32,		/* for a newcomer, at most */
	/*
	 * They are to free as much for each socket and piece that they look at, so
	 * some 150 of these for one that is admitted; and so many need not until one
	 * is due.
	 */
	PAYS_BYTES = 16,
	UNPAID = 4,
	/*
	 * Queued bytes from which on it is worth while to cut a connection: many
	 * that hold less each can have all of the budget, so it becomes the least
	 * as that runs out. What a connection holds that nobody abuses is smaller
	 * still.
	 */
	WORTH_BYTES = 16 * 1024,
	WORTH_LEAST_BYTES = 2048,
};

static void recheck_all(struct work_struct *work);
static DECLARE_DELAYED_WORK(recheck, recheck_all);

u64 gws_budget_held(const struct gws_net *gn)
{
	return max(atomic_long_read(&gn->held), 0L);
}

u64 gws_budget_max(const struct gws_net *gn)
{
	return (u64)gws_socks_mem_max() * PAGE_SIZE / 100 *
	       gws_limit(gn->limits, GWS_LIMIT_memory_percent);
}

static bool is_over(const struct gws_net *gn)
{
	return gws_budget_held(gn) > gws_budget_max(gn);
}

/* The last part of the budget is in use. */
static bool is_short(const struct gws_net *gn)
{
	u64 max = gws_budget_max(gn);

	return gws_budget_held(gn) > max - max / LAST_PART;
}

bool gws_budget_is_half_used(const struct gws_net *gn)
{
	return gws_budget_held(gn) > gws_budget_max(gn) / 2;
}

static void hurry(void)
{
	schedule_delayed_work(&recheck, msecs_to_jiffies(HURRY_MS));
}

bool gws_budget_admits(struct gws_net *gn)
{
	if (likely(!is_over(gn)))
		return true;
	hurry();
	return false;
}

/* Connections that no worker has accepted yet. */
static u32 listener_held(const struct sock *sk)
{
	return inet_csk_reqsk_queue_len(sk) * sizeof(struct tcp6_request_sock) +
	       READ_ONCE(sk->sk_ack_backlog) * sk->sk_prot->obj_size;
}

/*
 * What the pieces of @skb keep beside their own bytes, but for the block that is counted
 * as @sk's; @pieces: as many more.
 */
static u64 skb_spare(const struct sock *sk, const struct sk_buff *skb, u32 *pieces)
{
	const struct skb_shared_info *info = skb_shinfo(skb);
	u64 bytes = 0;
	u32 len;
	int i;

	*pieces += info->nr_frags;
	if (!gws_skb_readable(skb))
		return 0;
	for (i = 0; i < info->nr_frags; i++) {
		if (skb_frag_page(&info->frags[i]) == sk->sk_frag.page)
			continue;
		len = skb_frag_size(&info->frags[i]);
		bytes += gws_page_share(skb_frag_page(&info->frags[i]), len) - len;
	}
	return bytes;
}

/*
 * Answers go out by reference, and TCP counts their bytes only: a small one that
 * nobody reads may be the last in a block of 32 KiB. Returns how many pieces it
 * looked at.
 */
static u32 spare_measure(struct gws_sock *s)
{
	struct sk_buff *skb;
	u32 pieces = 0;
	u64 bytes = 0;

	if (s->sk->sk_state == TCP_LISTEN)
		return 0;
	local_bh_disable();
	bh_lock_sock(s->sk);
	if (!sock_owned_by_user(s->sk)) {
		for (skb = tcp_rtx_queue_head(s->sk); skb && pieces < FRAGS;
		     skb = skb_rb_next(skb))
			bytes += skb_spare(s->sk, skb, &pieces);
		skb_queue_walk(&s->sk->sk_write_queue, skb) {
			if (pieces >= FRAGS)
				break;
			bytes += skb_spare(s->sk, skb, &pieces);
		}
		s->spare = min_t(u64, bytes, S32_MAX);
	}
	bh_unlock_sock(s->sk);
	local_bh_enable();
	return pieces;
}

/* TCP of 6.1 copies what is sent into a block, which the socket keeps. */
static u32 kept(const struct sock *sk)
{
	return READ_ONCE(sk->sk_frag.page) ? sk->sk_frag.size : 0;
}

/* Read without the socket's lock: an estimate that is right when all is still. */
static u32 queued(const struct gws_sock *s)
{
	const struct sock *sk = s->sk;
	u32 bytes = atomic_read(&sk->sk_rmem_alloc);

	bytes += READ_ONCE(sk->sk_wmem_queued) + s->spare;
	if (s->state == GWS_SOCK_OPEN && s->ops->pinned)
		bytes += s->ops->pinned(s);
	return bytes;
}

static u32 measure(const struct gws_sock *s)
{
	const struct sock *sk = s->sk;

	/* As good as gone. */
	if (s->state == GWS_SOCK_ABORT)
		return 0;
	if (sk->sk_state == TCP_LISTEN)
		return sk->sk_prot->obj_size + listener_held(sk);
	return sk->sk_prot->obj_size + kept(sk) + queued(s);
}

void gws_budget_enter(struct gws_sock *s)
{
	s->worker->nsocks++;
	s->spare = 0;
	s->held = measure(s);
	atomic_long_add(s->held, &s->gn->held);
}

void gws_budget_forget(struct gws_sock *s)
{
	atomic_long_sub(s->held, &s->gn->held);
	s->held = 0;
}

void gws_budget_leave(struct gws_sock *s)
{
	s->worker->nsocks--;
	gws_budget_forget(s);
}

/* @whole as long as the last part of the budget is, and 0 where the reserve begins. */
static u32 as_is_left(const struct gws_net *gn, u32 whole)
{
	u64 max = gws_budget_max(gn), reserve = max / RESERVE;
	u64 used = gws_budget_held(gn) + reserve;
	u64 left = used < max ? max - used : 0;

	return min_t(u64, left * whole / (max / LAST_PART - reserve + 1), whole);
}

u32 gws_budget_queued(const struct gws_sock *s)
{
	u32 always = s->sk->sk_prot->obj_size + kept(s->sk);

	return s->held > always ? s->held - always : 0;
}

static unsigned long progress(const struct gws_sock *s)
{
	u64 ms = gws_limit(s->gn->limits, GWS_LIMIT_close_timeout);

	if (s->state == GWS_SOCK_OPEN)
		return s->ops->progress(s);
	return s->timer.deadline - msecs_to_jiffies(ms);
}

static bool made_progress(const struct gws_sock *s, u32 ms)
{
	return time_before(jiffies, progress(s) + msecs_to_jiffies(ms));
}

static bool in_reserve(const struct gws_net *gn)
{
	return !as_is_left(gn, WORTH_BYTES);
}

/*
 * Whose end frees much, and whose owner agrees; but if idle ones have most of it, only
 * who has not got on for long, and in the reserve who is idle. For a newcomer idle ones
 * alone. Adds to what @w has of both this round.
 */
static bool can_be_cut(struct gws_worker *w, const struct gws_sock *s, bool newcomer)
{
	bool idle_lead = w->before.idle > w->before.worth;
	u32 worth = max_t(u32, as_is_left(s->gn, WORTH_BYTES), WORTH_LEAST_BYTES);
	u32 freed = gws_budget_queued(s), beside = 0;

	if (s->state == GWS_SOCK_OPEN && s->ops->cut)
		beside = s->ops->frees(s);
	else if (s->state != GWS_SOCK_CLOSING)
		return false;
	freed += beside;
	if (freed >= WORTH_LEAST_BYTES) {
		w->round.worth += s->held + beside;
		return freed >= worth && !newcomer &&
		       !(idle_lead && made_progress(s, GRACE_MS));
	}
	if (s->state != GWS_SOCK_OPEN || !s->ops->idle(s))
		return false;
	w->round.idle += s->held;
	return idle_lead && in_reserve(s->gn) &&
	       !(newcomer && made_progress(s, FRESH_MS));
}

static void cut(struct gws_sock *s)
{
	if (s->state == GWS_SOCK_OPEN) {
		s->ops->cut(s);
		return;
	}
	gws_count_reason(s->gn, slow_cut);
	gws_sock_abort(s);
}

/*
 * Who made progress lately is spared, for the less time the less is left of the
 * budget; in the reserve none that can_be_cut().
 */
static bool is_spared(const struct gws_sock *s)
{
	return made_progress(s, as_is_left(s->gn, GRACE_MS));
}

struct slow {
	struct gws_sock *s;	/* NULL: none */
	unsigned long progress;
};

/* Keeps the slowest of all in @slow, in order. */
static void rank(struct slow *slow, struct gws_sock *s)
{
	struct slow new = { s, progress(s) };
	int i;

	for (i = 0; new.s && i < CUTS; i++)
		if (!slow[i].s || time_before(new.progress, slow[i].progress))
			swap(slow[i], new);
}

static bool is_to_be_cut(const struct gws_sock *s)
{
	return is_short(s->gn) && !is_spared(s);
}

/*
 * Only here, since the walk finds out how much is held. Each cut gives some back, so
 * that the next one may be spared. Unless @slow is full half of those to be cut are left
 * for next time, since other workers cut in the meantime. Returns how many bytes the
 * sockets held.
 */
static u64 cut_slow(const struct slow *slow)
{
	const struct slow *end = slow + CUTS, *at;
	u64 bytes = 0;
	u32 n = 0;

	for (at = slow; at < end && at->s; at++)
		n += is_to_be_cut(at->s);
	if (n < CUTS)
		n = DIV_ROUND_UP(n, 2);
	for (at = slow; at < end && at->s && n; at++) {
		if (!is_to_be_cut(at->s))
			continue;
		bytes += at->s->held;
		cut(at->s);
		n--;
	}
	return bytes;
}

/* There is one. */
static struct gws_sock *next_sock(struct gws_worker *w)
{
	struct gws_sock *s = gws_sock_walk_next(&w->measured, w);

	if (s)
		return s;
	w->before = w->round;
	w->round = (struct gws_cuttable){};
	gws_sock_walk_begin(&w->measured, w);
	return gws_sock_walk_next(&w->measured, w);
}

/* Returns about how many pieces were looked at, of a page each where in pipes. */
u32 gws_budget_measure(struct gws_sock *s)
{
	u32 held, pieces = 0;

	if (READ_ONCE(s->sk->sk_wmem_queued) || s->spare)
		pieces = spare_measure(s);
	held = measure(s);
	if (held != s->held)
		atomic_long_add((long)held - s->held, &s->gn->held);
	s->held = held;
	return pieces + held / PAGE_SIZE;
}

/* Was what it freed worth its cost, the sockets and pieces that it looked at? */
static bool audit(struct gws_worker *w, bool newcomer)
{
	u32 i, n = min_t(u32, w->nsocks, SLICE);
	struct slow slow[CUTS] = {};
	struct gws_sock *s;
	bool scarce = false, half = false;
	u32 pieces = 0;
	u64 freed;

	for (i = 0; i < n && pieces < (half ? FRAGS : FRAGS_LESS); i++) {
		s = next_sock(w);
		pieces += gws_budget_measure(s);
		/* From here on, so that it is known who has most when memory is short. */
		if (likely(!gws_budget_is_half_used(s->gn)))
			continue;
		half = true;
		scarce |= is_short(s->gn);
		if (can_be_cut(w, s, newcomer) && is_short(s->gn))
			rank(slow, s);
	}
	freed = cut_slow(slow);
	if (scarce)
		hurry();
	if (!newcomer)
		w->audit_at = jiffies + msecs_to_jiffies(half || i < w->nsocks ?
							 HURRY_MS : PERIOD_MS);
	return freed >= ((u64)i + pieces) * PAYS_BYTES;
}

void gws_budget_audit(struct gws_worker *w)
{
	w->unpaid = 0;
	(void)audit(w, false);
}

static bool is_promising(const struct gws_worker *w)
{
	return w->before.idle >= w->before.worth && w->unpaid < UNPAID;
}

/*
 * Of a burst more come within HURRY_MS than one audit makes room for. A few may be in
 * vain: what idle ones hold is known after a round of all.
 */
bool gws_budget_makes_room(struct gws_sock *listener)
{
	struct gws_worker *w = listener->worker;
	struct gws_net *gn = listener->gn;
	int i;

	if (gws_budget_admits(gn))
		return true;
	/* Until then those of this turn count twice. */
	(void)gws_budget_measure(listener);
	for (i = 0; i < AUDITS && is_over(gn) && is_promising(w); i++) {
		if (!audit(w, true))
			w->unpaid++;
		cond_resched();
	}
	return !is_over(gn);
}

static void audit_call(struct gws_worker *w, struct gws_call *call)
{
	gws_budget_audit(w);
}

static void recheck_all(struct work_struct *work)
{
	int cpu;

	for_each_possible_cpu(cpu)
		gws_worker_post(cpu, &gws_worker(cpu)->audit);
}

void gws_budget_worker_init(struct gws_worker *w)
{
	gws_call_init(&w->audit, audit_call);
	w->audit_at = jiffies;
	gws_sock_walk_begin(&w->measured, w);
}

void gws_budget_exit(void)
{
	cancel_delayed_work_sync(&recheck);
}
