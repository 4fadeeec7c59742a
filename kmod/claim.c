// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claims on packets before they are routed, or right after.
 *
 * NAT is decided by the first packet of a flow. The hooks run between
 * conntrack and the first NAT chain and give the flow a null binding there: for
 * NAT it is then decided, and a DNAT rule for the same port or address, a
 * hostPort or kube-proxy's, does not see it. The flow stays tracked, since a
 * firewall that accepts established flows knows it by that.
 */
#include <linux/netfilter_bridge.h>
#include <net/netfilter/nf_nat.h>
#include "claim.h"
#include "netns.h"
#include "packet.h"

static unsigned int bind_null(const struct gws_packet *p)
{
	enum ip_conntrack_info ctinfo;
	struct nf_conn *ct = nf_ct_get(p->skb, &ctinfo);

	if (!ct || ctinfo != IP_CT_NEW ||
	    nf_nat_initialized(ct, NF_NAT_MANIP_DST))
		return NF_ACCEPT;
	return nf_nat_alloc_null_binding(ct, p->state->hook);
}

unsigned int gws_claim_port(const struct gws_packet *p)
{
	bool local;

	if (gws_config_bind(p->gn, &p->to) != GWS_BIND_NODEPORT)
		return NF_ACCEPT;
	local = p->state->hook == NF_INET_LOCAL_OUT ? gws_packet_is_looped(p) :
						      gws_packet_is_local(p);
	return local ? bind_null(p) : NF_ACCEPT;
}

unsigned int gws_claim_address(const struct gws_packet *p)
{
	bool kept;

	if (p->state->hook == NF_INET_LOCAL_OUT)
		kept = gws_packet_loop_back(p);
	else if (nf_bridge_in_prerouting(p->skb))
		/* Whatever is set now gets lost; gws_claim_bridged() follows. */
		kept = true;
	else
		kept = gws_packet_deliver(p);
	return kept ? bind_null(p) : NF_DROP;
}

unsigned int gws_claim_bridged(const struct gws_packet *p)
{
	skb_dst_drop(p->skb);
	if (!gws_packet_deliver(p))
		return NF_DROP;
	/* It may be queued to another CPU before it is looked at again. */
	return skb_dst_force(p->skb) ? NF_ACCEPT : NF_DROP;
}
