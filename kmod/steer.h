/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Decides about packets that are being delivered on this node (LOCAL_IN):
 * which of them open a connection to a Gateway.
 */
#ifndef GWS_STEER_H
#define GWS_STEER_H

#include <linux/jiffies.h>
#include <linux/tcp.h>
#include "netns.h"

struct gws_packet;

/* May SYN cookies of our listeners be out, so that their ACKs must be taken? */
static inline bool gws_steer_cookies(const struct gws_net *gn)
{
	return READ_ONCE(gn->net->ipv4.sysctl_tcp_syncookies) == 2 ||
	       time_before(jiffies, READ_ONCE(gn->hooks.cookies_until));
}

/*
 * Can the segment open a connection? All others find their socket by
 * themselves.
 */
static inline bool gws_steer_opens(const struct gws_net *gn,
				   const struct tcphdr *th)
{
	if (th->syn)
		return !th->ack && !th->rst;
	return th->ack && !th->rst && gws_steer_cookies(gn);
}

/*
 * A segment with gws_steer_opens() to a port that some bind names, on an
 * address of the node. Returns a netfilter verdict.
 */
unsigned int gws_steer_port(const struct gws_packet *p);

/* Any packet to an address of a Gateway's own. Returns a netfilter verdict. */
unsigned int gws_steer_address(const struct gws_packet *p);

#endif /* GWS_STEER_H */
