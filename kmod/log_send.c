// SPDX-License-Identifier: GPL-2.0-only
/*
 * Access log: subscribers, and records as messages to them.
 *
 * To each subscriber by itself rather than to a multicast group: who may join a
 * group is decided by the user namespace that owns the network namespace (and
 * in 6.1 not at all, without a later fix), while a command is for the initial
 * one's administrator alone; a worker knows by one flag that nobody listens;
 * and each subscriber is told what it lost.
 */
#include <net/genetlink.h>
#include <net/netlink.h>
#include "http_parse.h"
#include "log.h"
#include "netlink.h"
#include "netns.h"
#include "worker.h"

/* A message under way. */
struct batch {
	struct gws_net *gn;
	struct sk_buff *skb;
	void *hdr;
	u32 lost_at;		/* of the number of lost records, from skb->data */
	u32 records;
};

void gws_log_init(struct gws_log *log)
{
	spin_lock_init(&log->lock);
}

static int slot_of(const struct gws_log *log, u32 portid)
{
	int i;

	for (i = 0; i < GWS_LOG_SUBSCRIBERS_MAX; i++)
		if (log->portid[i] == portid)
			return i;
	return -EBUSY;
}

int gws_log_subscribe(struct gws_log *log, u32 portid, u64 *lost)
{
	int i;

	spin_lock(&log->lock);
	i = slot_of(log, portid);
	if (i < 0) {
		i = slot_of(log, 0);
		if (i >= 0) {
			atomic64_set(&log->lost[i], 0);
			WRITE_ONCE(log->portid[i], portid);
			WRITE_ONCE(log->count, log->count + 1);
		}
	}
	if (i >= 0)
		*lost = atomic64_read(&log->lost[i]);
	spin_unlock(&log->lock);
	return min(i, 0);
}

void gws_log_unsubscribe(struct gws_log *log, u32 portid)
{
	int i;

	/* Every netlink socket that goes comes by here. */
	if (!portid || !gws_log_wanted(log))
		return;
	spin_lock(&log->lock);
	i = slot_of(log, portid);
	if (i >= 0) {
		WRITE_ONCE(log->portid[i], 0);
		WRITE_ONCE(log->count, log->count - 1);
	}
	spin_unlock(&log->lock);
}

static void lose(struct gws_net *gn, int i, u32 records)
{
	atomic64_add(records, &gn->log.lost[i]);
	gws_count_add(gn, log_lost, records);
}

static void lose_all(struct gws_net *gn, u32 records)
{
	int i;

	for (i = 0; i < GWS_LOG_SUBSCRIBERS_MAX; i++)
		if (READ_ONCE(gn->log.portid[i]))
			lose(gn, i, records);
}

void gws_log_lose(struct gws_net *gn)
{
	lose_all(gn, 1);
}

/* --- sending --- */

static bool batch_begin(struct batch *b, struct gws_net *gn)
{
	struct nlattr *lost;

	*b = (struct batch){ .gn = gn };
	b->skb = nlmsg_new(GWS_LOG_MESSAGE_MAX, GFP_NOWAIT | __GFP_NOWARN);
	if (!b->skb)
		return false;
	b->hdr = genlmsg_put(b->skb, 0, 0, &gws_genl_family, 0, GWS_CMD_LOG);
	lost = b->hdr ? nla_reserve_64bit(b->skb, GWS_A_LOG_LOST, sizeof(u64),
					  GWS_A_PAD) : NULL;
	if (!lost) {
		nlmsg_free(b->skb);
		b->skb = NULL;
		return false;
	}
	b->lost_at = (unsigned char *)nla_data(lost) - b->skb->data;
	return true;
}

static void send_to(struct batch *b, struct sk_buff *skb, int i, u32 portid)
{
	struct gws_net *gn = b->gn;
	u64 lost = atomic64_read(&gn->log.lost[i]);

	if (skb) {
		memcpy(skb->data + b->lost_at, &lost, sizeof(lost));
		/* Never waits: a full queue is an error. */
		if (!genlmsg_unicast(gn->net, skb, portid)) {
			gws_count_add(gn, log_sent, b->records);
			return;
		}
	}
	lose(gn, i, b->records);
}

static void batch_send(struct batch *b)
{
	u32 portid, next = 0;
	int i, at = -1;

	if (!b->skb)
		return;
	genlmsg_end(b->skb, b->hdr);
	/* The last one gets the message itself, the others copies. */
	for (i = 0; i < GWS_LOG_SUBSCRIBERS_MAX; i++) {
		portid = READ_ONCE(b->gn->log.portid[i]);
		if (!portid)
			continue;
		if (next)
			send_to(b, skb_copy(b->skb, GFP_NOWAIT | __GFP_NOWARN),
				at, next);
		next = portid;
		at = i;
	}
	if (next)
		send_to(b, b->skb, at, next);
	else
		nlmsg_free(b->skb);
	b->skb = NULL;
}

/* --- a record --- */

static int put_strings(struct sk_buff *skb, const struct gws_log_record *r)
{
	int i, err = 0;

	for (i = 0; i < GWS_LOG_STRINGS && !err; i++)
		if (r->at[i])
			err = nla_put_string(skb, GWS_A_REC_METHOD + i,
					     r->text + r->at[i]);
	return err;
}

static int put_figures(struct sk_buff *skb, const struct gws_log_record *r)
{
	if (nla_put_u64_64bit(skb, GWS_A_REC_TIME, r->time, GWS_A_REC_PAD) ||
	    nla_put_u64_64bit(skb, GWS_A_REC_DURATION, r->duration,
			      GWS_A_REC_PAD) ||
	    nla_put_u64_64bit(skb, GWS_A_REC_BYTES_RX, r->rx, GWS_A_REC_PAD) ||
	    nla_put_u64_64bit(skb, GWS_A_REC_BYTES_TX, r->tx, GWS_A_REC_PAD) ||
	    nla_put_u16(skb, GWS_A_REC_STATUS, r->status) ||
	    nla_put_u16(skb, GWS_A_REC_TRIES, r->tries))
		return -EMSGSIZE;
	if (!r->headless && nla_put_u8(skb, GWS_A_REC_MINOR, r->minor))
		return -EMSGSIZE;
	if (r->answered && nla_put_u64_64bit(skb, GWS_A_REC_RESPONSE,
					     r->response, GWS_A_REC_PAD))
		return -EMSGSIZE;
	if (r->has_reason && nla_put_string(skb, GWS_A_REC_REASON,
					    gws_reason_name(r->reason)))
		return -EMSGSIZE;
	return r->cut ? nla_put_u32(skb, GWS_A_REC_CUT, r->cut) : 0;
}

static int put_record(struct sk_buff *skb, const struct gws_log_record *r)
{
	unsigned char *mark = skb_tail_pointer(skb);
	struct nlattr *nest = nla_nest_start(skb, GWS_A_RECORD);

	if (!nest || put_figures(skb, r) ||
	    gws_dump_put_place(skb, GWS_A_REC_CLIENT, &r->client) ||
	    gws_dump_put_place(skb, GWS_A_REC_DESTINATION, &r->to) ||
	    gws_dump_put_place(skb, GWS_A_REC_UPSTREAM, &r->upstream) ||
	    put_strings(skb, r) || gws_dump_put_choice(skb, &r->choice) ||
	    (r->owner && gws_dump_put_listener(skb, r->owner))) {
		nlmsg_trim(skb, mark);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

static void batch_add(struct batch *b, const struct gws_log_record *r)
{
	if (b->skb && b->gn == r->gn && !put_record(b->skb, r)) {
		b->records++;
		return;
	}
	batch_send(b);
	/* An empty message has room for the largest record. */
	if (batch_begin(b, r->gn) && !WARN_ON_ONCE(put_record(b->skb, r)))
		b->records++;
	else
		lose_all(r->gn, 1);
}

void gws_log_run(struct gws_worker *w)
{
	struct gws_log_record *r, *next;
	struct batch b = {};

	list_for_each_entry_safe(r, next, &w->log, node) {
		batch_add(&b, r);
		list_del(&r->node);
		w->log_bytes -= r->bytes;
		atomic_sub(r->bytes, &r->gn->log.queued);
		gws_log_free(r);
	}
	batch_send(&b);
}
