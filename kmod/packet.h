/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A packet as the hooks look at it, and what the stack knows of it: its socket,
 * its route. Hides the two address families from those who decide.
 *
 * Everything here runs inside a netfilter hook, under the RCU read lock.
 */
#ifndef GWS_PACKET_H
#define GWS_PACKET_H

#include <linux/netfilter.h>
#include <linux/tcp.h>
#include <linux/types.h>
#include "table.h"

struct gws_net;
struct sk_buff;
struct sock;

struct gws_packet {
	struct gws_net *gn;
	struct sk_buff *skb;
	const struct nf_hook_state *state;
	const struct tcphdr *th;	/* NULL: not TCP, a fragment, or too short */
	struct tcphdr buf;		/* where @th points if the skb is split there */
	struct gws_addr from, to;	/* ports are 0 without @th */
	int offset;			/* of the transport header */
	u8 proto;
};

/* An upper layer protocol that a packet can be refused for but never has. */
enum { GWS_PROTO_UNREADABLE = IPPROTO_RAW };

/*
 * Fills in @p from the headers of @skb, whatever the packet is. A later
 * fragment, or IPv6 headers that make no sense, give GWS_PROTO_UNREADABLE.
 */
void gws_packet_read(struct gws_packet *p, struct gws_net *gn, u8 family,
		     struct sk_buff *skb, const struct nf_hook_state *state);

/*
 * The socket, request socket or TIME_WAIT socket of the connection that the
 * packet belongs to, with a reference (sock_gen_put), or NULL. Needs @p->th.
 */
struct sock *gws_packet_established(const struct gws_packet *p);
/* Does any process listen where the packet goes? Needs @p->th. */
bool gws_packet_has_listener(const struct gws_packet *p);
/* Was it sent, over the loopback device, by a socket of this module? */
bool gws_packet_is_own(const struct gws_packet *p);

/* PRE_ROUTING: is the destination an address of this node? */
bool gws_packet_is_local(const struct gws_packet *p);

/*
 * PRE_ROUTING, bridge LOCAL_IN: has the packet delivered on this node although
 * its destination is nowhere an address of it. Checks the source as input routing would do.
 * False when there is no way to do that, or when the source is not acceptable.
 */
bool gws_packet_deliver(const struct gws_packet *p);
/* LOCAL_OUT: the same; the packet takes the loopback device. */
bool gws_packet_loop_back(const struct gws_packet *p);
/* LOCAL_OUT: does its route end on this node anyway? */
bool gws_packet_is_looped(const struct gws_packet *p);

/* LOCAL_IN: tells the sender, by a reset or an ICMP error, that nobody listens. */
void gws_packet_refuse(const struct gws_packet *p);

#endif /* GWS_PACKET_H */
