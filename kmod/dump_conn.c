// SPDX-License-Identifier: GPL-2.0-only
/*
 * The dump of connections. Each belongs to a worker alone, so a worker is asked
 * to describe some, and goes on with its work; what is described is then turned
 * into messages at the reader's pace.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include "conn.h"
#include "limits.h"
#include "netlink.h"
#include "netns.h"
#include "worker.h"

struct conns_dump {
	struct gws_net *gn;
	int cpu;			/* the worker in hand */
	bool walking;			/* @walk is under way there */
	struct gws_sock_walk walk;
	u32 n;				/* described */
	u32 at;				/* of these, the next one to be told */
	struct gws_conn_info infos[GWS_DUMP_CONNS];
};

static struct conns_dump **dump_of(struct netlink_callback *cb)
{
	return (struct conns_dump **)cb->ctx;
}

int gws_dump_put_place(struct sk_buff *skb, int type,
		       const struct gws_addr *addr)
{
	/* The port's attribute is the next one. */
	if (addr->family == AF_UNSPEC)
		return 0;
	return gws_dump_put_addr(skb, type, addr) ?:
	       nla_put_u16(skb, type + 1, addr->port);
}

int gws_dump_put_listener(struct sk_buff *skb, const struct gws_owner *owner)
{
	struct nlattr *nest = nla_nest_start(skb, GWS_A_REC_LISTENER);

	if (!nest || gws_dump_put_owner(skb, owner))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

int gws_dump_put_choice(struct sk_buff *skb, const struct gws_choice *choice)
{
	struct nlattr *nest;

	if (!choice->rule)
		return 0;
	if (gws_dump_put_listener(skb, choice->rule->stats->owner))
		return -EMSGSIZE;
	nest = nla_nest_start(skb, GWS_A_REC_RULE);
	if (!nest || gws_dump_put_rule_names(skb, choice->rule->stats))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return choice->backend ? nla_put_string(skb, GWS_A_REC_BACKEND,
						choice->backend->stats->name) :
				 0;
}

static int put_conn(struct sk_buff *skb, const struct gws_conn_info *info)
{
	struct nlattr *nest = nla_nest_start(skb, GWS_A_RECORD);
	u64 accepted = ktime_get_real_ns() - info->age * NSEC_PER_MSEC;

	if (!nest ||
	    nla_put_u64_64bit(skb, GWS_A_REC_TIME, accepted, GWS_A_REC_PAD) ||
	    nla_put_u64_64bit(skb, GWS_A_REC_DURATION,
			      info->age * USEC_PER_MSEC, GWS_A_REC_PAD) ||
	    nla_put_u64_64bit(skb, GWS_A_REC_BYTES_RX, info->bytes_rx,
			      GWS_A_REC_PAD) ||
	    nla_put_u64_64bit(skb, GWS_A_REC_BYTES_TX, info->bytes_tx,
			      GWS_A_REC_PAD) ||
	    nla_put_u64_64bit(skb, GWS_A_REC_REQUESTS, info->requests,
			      GWS_A_REC_PAD) ||
	    nla_put_u8(skb, GWS_A_REC_STATE, info->state) ||
	    nla_put_u32(skb, GWS_A_REC_CPU, info->cpu) ||
	    gws_dump_put_place(skb, GWS_A_REC_CLIENT, &info->client) ||
	    gws_dump_put_place(skb, GWS_A_REC_DESTINATION, &info->to) ||
	    gws_dump_put_place(skb, GWS_A_REC_UPSTREAM, &info->upstream) ||
	    gws_dump_put_choice(skb, &info->choice))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_message(struct sk_buff *skb, struct netlink_callback *cb,
		       const struct gws_conn_info *info)
{
	void *hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid,
				cb->nlh->nlmsg_seq, &gws_genl_family,
				NLM_F_MULTI, GWS_CMD_GET_CONNECTION);

	if (!hdr)
		return -EMSGSIZE;
	if (put_conn(skb, info)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

/* In the worker. Looks at so many sockets, of which some are no client's. */
static int describe(struct gws_worker *w, void *arg)
{
	struct conns_dump *d = arg;
	struct gws_sock *s;
	u32 i;

	if (!d->walking)
		gws_sock_walk_begin(&d->walk, w);
	d->walking = true;
	for (i = 0; i < GWS_DUMP_CONNS && d->walking; i++) {
		s = gws_sock_walk_next(&d->walk, w);
		if (!s)
			d->walking = false;
		else if (s->gn == d->gn &&
			 gws_conn_describe(s, &d->infos[d->n]))
			d->n++;
	}
	return 0;
}

static int leave(struct gws_worker *w, void *arg)
{
	struct conns_dump *d = arg;

	gws_sock_walk_end(&d->walk);
	return 0;
}

/* The next ones. False: there are no more. */
static bool more(struct conns_dump *d)
{
	d->n = 0;
	d->at = 0;
	while (!d->n && d->cpu < nr_cpu_ids) {
		if (gws_worker_ready(d->cpu))
			gws_worker_call(d->cpu, describe, d);
		if (!d->walking)
			d->cpu = cpumask_next(d->cpu, cpu_possible_mask);
	}
	return d->n;
}

int gws_dump_conns_start(struct netlink_callback *cb)
{
	struct conns_dump *d = kvzalloc(sizeof(*d), GFP_KERNEL_ACCOUNT);

	if (!d)
		return -ENOMEM;
	d->gn = gws_net(sock_net(cb->skb->sk));
	d->cpu = cpumask_first(cpu_possible_mask);
	*dump_of(cb) = d;
	cb->min_dump_alloc = max_t(u32, cb->min_dump_alloc, GWS_DUMP_MAX);
	return 0;
}

int gws_dump_conns(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct conns_dump *d = *dump_of(cb);

	while (d->at < d->n || more(d)) {
		if (put_message(skb, cb, &d->infos[d->at]))
			return skb->len ?: -EMSGSIZE;
		gws_choice_put(&d->infos[d->at].choice);
		d->at++;
	}
	return skb->len;
}

/* Also when the reader has left before the end. */
int gws_dump_conns_done(struct netlink_callback *cb)
{
	struct conns_dump *d = *dump_of(cb);

	if (d->walking)
		gws_worker_call(d->cpu, leave, d);
	for (; d->at < d->n; d->at++)
		gws_choice_put(&d->infos[d->at].choice);
	kvfree(d);
	return 0;
}
