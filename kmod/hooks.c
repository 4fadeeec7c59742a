// SPDX-License-Identifier: GPL-2.0-only
/*
 * Netfilter hooks: registration, and the tests that let a packet which is none
 * of ours pass after a few instructions.
 *
 * Before NAT only the first packet of a flow matters, and conntrack has marked
 * it; without conntrack there is no NAT to keep it from. On local delivery the
 * port bitmap is asked, then whether the segment can open a connection.
 * Addresses of a Gateway's own are looked for only where there are any.
 */
#include <linux/error-injection.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netfilter.h>
#include <linux/netfilter_bridge.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/slab.h>
#include <net/inet_sock.h>
#include <net/ipv6.h>
#include <net/netfilter/ipv6/nf_defrag_ipv6.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_nat.h>
#include "claim.h"
#include "hooks.h"
#include "netns.h"
#include "packet.h"
#include "steer.h"

static bool owns(struct gws_net *gn, u8 family, const struct sk_buff *skb)
{
	union nf_inet_addr ip = {};

	if (family == AF_INET6)
		ip.in6 = ipv6_hdr(skb)->daddr;
	else
		ip.ip = ip_hdr(skb)->daddr;
	return gws_config_owns(gn, family, &ip);
}

/* Is the packet for an address of a Gateway's own? */
static bool is_own(struct gws_net *gn, u8 family, const struct sk_buff *skb)
{
	return READ_ONCE(gn->config.nplaces) && owns(gn, family, skb);
}

/*
 * May it be a TCP segment to a port that some bind names? @opening: and one
 * that can open a connection. Errs towards yes, where that is quicker: whoever
 * acts on it reads the packet with care.
 */
static __always_inline bool may_be_claimed(const struct gws_net *gn, u8 family,
					   const struct sk_buff *skb,
					   bool opening)
{
	u8 proto = family == AF_INET6 ? ipv6_hdr(skb)->nexthdr :
					ip_hdr(skb)->protocol;

	if (proto != IPPROTO_TCP)
		return family == AF_INET6 && proto != IPPROTO_UDP &&
		       proto != IPPROTO_ICMPV6;
	if (unlikely(skb_tail_pointer(skb) - skb_transport_header(skb) <
		     (long)sizeof(struct tcphdr)))
		return true;
	return unlikely(gws_port_claimed(gn->config.ports, tcp_hdr(skb)->dest)) &&
	       (!opening || gws_steer_opens(gn, tcp_hdr(skb)));
}

static bool is_claimed(const struct gws_packet *p)
{
	return p->th && gws_port_claimed(p->gn->config.ports, p->th->dest);
}

/* Begins a flow of which NAT has not been decided, here or on the way out of us. */
static bool begins_flow(const struct sk_buff *skb)
{
	enum ip_conntrack_info ctinfo;
	struct nf_conn *ct = nf_ct_get(skb, &ctinfo);

	return ct && ctinfo == IP_CT_NEW &&
	       !nf_nat_initialized(ct, NF_NAT_MANIP_DST);
}

/*
 * Is the packet in a VRF, and do the node's servers not serve those? Ours are
 * bound to no device, so TCP would not find them either.
 */
static bool in_other_domain(const struct gws_net *gn,
			    const struct nf_hook_state *state)
{
	const struct net_device *dev = state->in ?: state->out;

	return !inet_sk_bound_dev_eq(gn->net, 0, dev->ifindex,
				     netif_is_l3_slave(dev) ||
				     netif_is_l3_master(dev));
}

static noinline unsigned int claim_slow(struct gws_net *gn, u8 family,
					struct sk_buff *skb,
					const struct nf_hook_state *state)
{
	struct gws_packet p;

	if (in_other_domain(gn, state))
		return NF_ACCEPT;
	if (is_own(gn, family, skb)) {
		gws_packet_read(&p, gn, family, skb, state);
		return gws_claim_address(&p);
	}
	if (!begins_flow(skb) || !may_be_claimed(gn, family, skb, false))
		return NF_ACCEPT;
	gws_packet_read(&p, gn, family, skb, state);
	return is_claimed(&p) ? gws_claim_port(&p) : NF_ACCEPT;
}

static __always_inline unsigned int claim(struct gws_net *gn, u8 family,
					  struct sk_buff *skb,
					  const struct nf_hook_state *state)
{
	if (likely(!READ_ONCE(gn->config.nplaces)) &&
	    likely(!begins_flow(skb) ||
		   !may_be_claimed(gn, family, skb, false)))
		return NF_ACCEPT;
	return claim_slow(gn, family, skb, state);
}

static unsigned int claim_inet(void *priv, struct sk_buff *skb,
			       const struct nf_hook_state *state)
{
	return claim(priv, AF_INET, skb, state);
}

static unsigned int claim_inet6(void *priv, struct sk_buff *skb,
				const struct nf_hook_state *state)
{
	return claim(priv, AF_INET6, skb, state);
}

static noinline unsigned int steer_slow(struct gws_net *gn, u8 family,
					struct sk_buff *skb,
					const struct nf_hook_state *state)
{
	struct gws_packet p;

	if (in_other_domain(gn, state))
		return NF_ACCEPT;
	if (is_own(gn, family, skb)) {
		gws_packet_read(&p, gn, family, skb, state);
		return gws_steer_address(&p);
	}
	/* Early demux, or somebody else's TPROXY, knew its socket already. */
	if (!may_be_claimed(gn, family, skb, true) ||
	    (skb->sk && skb->sk->sk_state != TCP_TIME_WAIT))
		return NF_ACCEPT;
	gws_packet_read(&p, gn, family, skb, state);
	if (!is_claimed(&p) || !gws_steer_opens(gn, p.th))
		return NF_ACCEPT;
	return gws_steer_port(&p);
}

static __always_inline unsigned int steer(struct gws_net *gn, u8 family,
					  struct sk_buff *skb,
					  const struct nf_hook_state *state)
{
	if (likely(!READ_ONCE(gn->config.nplaces)) &&
	    likely(!may_be_claimed(gn, family, skb, true)))
		return NF_ACCEPT;
	return steer_slow(gn, family, skb, state);
}

static unsigned int steer_inet(void *priv, struct sk_buff *skb,
			       const struct nf_hook_state *state)
{
	return steer(priv, AF_INET, skb, state);
}

static unsigned int steer_inet6(void *priv, struct sk_buff *skb,
				const struct nf_hook_state *state)
{
	return steer(priv, AF_INET6, skb, state);
}

#if IS_ENABLED(CONFIG_BRIDGE_NETFILTER)
static unsigned int claim_bridged(void *priv, struct sk_buff *skb,
				  const struct nf_hook_state *state)
{
	struct gws_net *gn = priv;
	struct gws_packet p;
	u8 family;

	if (!nf_bridge_info_exists(skb))
		return NF_ACCEPT;
	if (skb->protocol == htons(ETH_P_IP))
		family = AF_INET;
	else if (skb->protocol == htons(ETH_P_IPV6))
		family = AF_INET6;
	else
		return NF_ACCEPT;
	if (!is_own(gn, family, skb))
		return NF_ACCEPT;
	gws_packet_read(&p, gn, family, skb, state);
	return gws_claim_bridged(&p);
}
#endif

static const struct nf_hook_ops hook_ops[] = {
	{
		.hook = claim_inet,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_PRE_ROUTING,
		.priority = NF_IP_PRI_NAT_DST - 1,
	},
	{
		.hook = claim_inet,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_LOCAL_OUT,
		.priority = NF_IP_PRI_NAT_DST - 1,
	},
	{
		.hook = steer_inet,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_LOCAL_IN,
		.priority = NF_IP_PRI_NAT_SRC + 1,
	},
	{
		.hook = claim_inet6,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_PRE_ROUTING,
		.priority = NF_IP6_PRI_NAT_DST - 1,
	},
	{
		.hook = claim_inet6,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_LOCAL_OUT,
		.priority = NF_IP6_PRI_NAT_DST - 1,
	},
	{
		.hook = steer_inet6,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_LOCAL_IN,
		.priority = NF_IP6_PRI_NAT_SRC + 1,
	},
#if IS_ENABLED(CONFIG_BRIDGE_NETFILTER)
	{
		.hook = claim_bridged,
		.pf = NFPROTO_BRIDGE,
		.hooknum = NF_BR_LOCAL_IN,
		.priority = NF_BR_PRI_NAT_DST_BRIDGED,
	},
#endif
};

int gws_hooks_init(struct gws_net *gn)
{
	struct gws_hooks *h = &gn->hooks;
	unsigned int i;
	int err;

	lockdep_assert_held(&gn->lock);
	h->ops = kmemdup(hook_ops, sizeof(hook_ops), GFP_KERNEL);
	if (!h->ops)
		return -ENOMEM;
	h->nops = ARRAY_SIZE(hook_ops);
	for (i = 0; i < h->nops; i++)
		h->ops[i].priv = gn;
	/*
	 * IPv6 reassembles after LOCAL_IN: a fragmented SYN would get past the
	 * look at its port. IPv4 reassembles before.
	 */
	err = nf_defrag_ipv6_enable(gn->net);
	if (err)
		goto err_free;
	err = nf_register_net_hooks(gn->net, h->ops, h->nops);
	if (err)
		goto err_defrag;
	return 0;

err_defrag:
	/* Those before the one that failed were there, and dumps read them. */
	synchronize_net();
	nf_defrag_ipv6_disable(gn->net);
err_free:
	kfree(h->ops);
	h->ops = NULL;
	return err;
}
ALLOW_ERROR_INJECTION(gws_hooks_init, ERRNO);

void gws_hooks_exit(struct gws_net *gn)
{
	struct gws_hooks *h = &gn->hooks;

	lockdep_assert_held(&gn->lock);
	nf_unregister_net_hooks(gn->net, h->ops, h->nops);
	nf_defrag_ipv6_disable(gn->net);
	/* Unregistering does not wait for packets that are inside. */
	synchronize_net();
	kfree(h->ops);
	h->ops = NULL;
}
