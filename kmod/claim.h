/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keeps packets of a Gateway on this node and out of other people's NAT, on
 * their way in (PRE_ROUTING) and out (LOCAL_OUT).
 */
#ifndef GWS_CLAIM_H
#define GWS_CLAIM_H

struct gws_packet;

/*
 * A packet that begins a conntrack entry, to a port that some bind names: if
 * that is a NodePort and the address is the node's, no NAT rule that comes
 * later applies to the flow. Returns a netfilter verdict.
 */
unsigned int gws_claim_port(const struct gws_packet *p);

/*
 * Any packet to an address of a Gateway's own: the same, and it is delivered
 * here. Returns a netfilter verdict.
 */
unsigned int gws_claim_address(const struct gws_packet *p);

/*
 * Bridge, LOCAL_IN: the same once more for a packet that br_netfilter has led
 * through PRE_ROUTING already; it put a route of its own on it.
 */
unsigned int gws_claim_bridged(const struct gws_packet *p);

#endif /* GWS_CLAIM_H */
