// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hands the segments that open a connection to a listener of ours.
 *
 * This happens in LOCAL_IN, after everybody's NAT and the operator's filter:
 * what arrives here is going to be delivered on this node, so no address has to
 * be looked up in the FIB, nothing that is forwarded is touched, and between
 * here and TCP nothing queues the packet, so the listener needs no reference.
 * All later segments of a connection find its (request) socket by themselves,
 * under the address and port that the client used.
 */
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/jhash.h>
#include <net/inet_connection_sock.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/tcp.h>
#include "listen.h"
#include "packet.h"
#include "steer.h"
#include "timewait.h"
#include "trace.h"

enum {
	/* SYNs that other CPUs may add between our look and TCP's. */
	COOKIE_SLACK = 16,
};

/*
 * What was ceded lately: a tag of address and port, and the time, in one word,
 * since slots are shared and not locked. A wrong match costs a client a retry.
 */
static u64 *ceded_slot(const struct gws_packet *p, u64 *tag)
{
	/* gws_packet_read() has cleared the padding. */
	u32 hash = jhash(&p->to, sizeof(p->to), 0);

	*tag = hash >> 16;
	return &p->gn->hooks.ceded[hash % GWS_CEDED_SLOTS];
}

static void ceded_remember(const struct gws_packet *p)
{
	u64 tag, *slot = ceded_slot(p, &tag);

	WRITE_ONCE(*slot, tag << 48 | (jiffies & GENMASK_ULL(47, 0)));
}

static bool ceded_lately(const struct gws_packet *p)
{
	u64 tag, *slot = ceded_slot(p, &tag);
	u64 entry = READ_ONCE(*slot);
	u64 age = (jiffies - entry) & GENMASK_ULL(47, 0);

	return entry >> 48 == tag && age < msecs_to_jiffies(GWS_CEDED_HOLD_MS);
}

/* A host port belongs to whoever listens there, or did a moment ago. */
static bool is_ceded(const struct gws_packet *p)
{
	if (!gws_packet_has_listener(p))
		return ceded_lately(p);
	if (p->th->syn)
		ceded_remember(p);
	return true;
}

/* Does it belong to a connection that there is? */
static bool has_socket(const struct gws_packet *p)
{
	struct sock *sk = gws_packet_established(p);

	if (!sk)
		return false;
	if (p->th->syn)
		return !gws_timewait_replace(p, sk);
	sock_gen_put(sk);
	return true;
}

/* When this SYN may find the queue full, TCP will answer with a cookie. */
static void note_overflow(struct gws_net *gn, const struct sock *sk)
{
	if (inet_csk_reqsk_queue_len(sk) + COOKIE_SLACK >
	    READ_ONCE(sk->sk_max_ack_backlog))
		WRITE_ONCE(gn->hooks.cookies_until,
			   jiffies + TCP_SYNCOOKIE_VALID);
}

static struct sock *pick(const struct gws_packet *p)
{
	struct sock *sk;

	if (!p->th->syn)
		return gws_listen_pick_cookie(p->gn, p->to.family);
	sk = gws_listen_pick(p->gn, p->to.family);
	if (sk)
		note_overflow(p->gn, sk);
	return sk;
}

/* False when there is no listener for it. */
static bool hand_over(const struct gws_packet *p, enum gws_bind_kind kind)
{
	struct sk_buff *skb = p->skb;
	struct sock *sk = pick(p);

	if (!sk)
		return false;
	skb_orphan(skb);
	skb->sk = sk;
	skb->destructor = sock_pfree;
	if (p->th->syn)
		gws_count(p->gn, syn_steered);
	trace_gws_steer(&p->from, &p->to, kind, p->th->syn);
	return true;
}

unsigned int gws_steer_port(const struct gws_packet *p)
{
	enum gws_bind_kind kind = gws_config_bind(p->gn, &p->to);

	if (kind != GWS_BIND_NODEPORT && kind != GWS_BIND_HOST)
		return NF_ACCEPT;
	/* An endpoint behind a Gateway's port would be a loop. */
	if (gws_packet_is_own(p))
		return NF_ACCEPT;
	if (kind == GWS_BIND_HOST && is_ceded(p)) {
		if (p->th->syn)
			gws_count(p->gn, syn_ceded);
		return NF_ACCEPT;
	}
	if (!has_socket(p))
		hand_over(p, kind);
	return NF_ACCEPT;
}

static unsigned int refuse(const struct gws_packet *p)
{
	gws_count(p->gn, address_resets);
	gws_packet_refuse(p);
	return NF_DROP;
}

static unsigned int steer_address_tcp(const struct gws_packet *p)
{
	bool opens = gws_steer_opens(p->gn, p->th);

	if (opens && gws_config_bind(p->gn, &p->to) == GWS_BIND_ADDRESS &&
	    !gws_packet_is_own(p))
		return has_socket(p) || hand_over(p, GWS_BIND_ADDRESS) ?
		       NF_ACCEPT : refuse(p);
	/* A connection outlives the bind that it came in by. */
	return has_socket(p) ? NF_ACCEPT : refuse(p);
}

/* Answers to what the node itself sent from this address. */
static bool is_reply(const struct gws_packet *p)
{
	enum ip_conntrack_info ctinfo;

	return nf_ct_get(p->skb, &ctinfo) && ctinfo != IP_CT_NEW;
}

unsigned int gws_steer_address(const struct gws_packet *p)
{
	const struct sock *sk = p->skb->sk;

	/* Early demux, or somebody else's TPROXY, knew its socket already. */
	if (sk && sk->sk_state != TCP_TIME_WAIT)
		return NF_ACCEPT;
	if (p->th)
		return steer_address_tcp(p);
	/* Errors for our connections are among them. */
	if (p->proto == IPPROTO_ICMP || p->proto == IPPROTO_ICMPV6)
		return NF_ACCEPT;
	return is_reply(p) ? NF_ACCEPT : refuse(p);
}
