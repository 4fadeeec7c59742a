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
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netfilter.h>
#include <linux/netfilter_bridge.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/slab.h>
#include <net/ipv6.h>
#include <net/netfilter/ipv6/nf_defrag_ipv6.h>
#include <net/netfilter/nf_conntrack.h>
#include "claim.h"
#include "hooks.h"
#include "netns.h"
#include "packet.h"
#include "steer.h"

static bool owns_inet(struct gws_net *gn, const struct sk_buff *skb)
{
	union nf_inet_addr ip = {};

	if (likely(!READ_ONCE(gn->config.nplaces)))
		return false;
	ip.ip = ip_hdr(skb)->daddr;
	return gws_config_owns(gn, AF_INET, &ip);
}

static bool owns_inet6(struct gws_net *gn, const struct sk_buff *skb)
{
	union nf_inet_addr ip;

	if (likely(!READ_ONCE(gn->config.nplaces)))
		return false;
	ip.in6 = ipv6_hdr(skb)->daddr;
	return gws_config_owns(gn, AF_INET6, &ip);
}

static __always_inline bool owns(struct gws_net *gn, u8 family,
				 const struct sk_buff *skb)
{
	return family == AF_INET6 ? owns_inet6(gn, skb) : owns_inet(gn, skb);
}

static bool begins_flow(const struct sk_buff *skb)
{
	enum ip_conntrack_info ctinfo;

	return nf_ct_get(skb, &ctinfo) && ctinfo == IP_CT_NEW;
}

/* Where the TCP header is; negative: not TCP, or a later fragment. */
static __always_inline int tcp_offset(u8 family, const struct sk_buff *skb)
{
	unsigned int offset = 0;

	if (family == AF_INET) {
		if (ip_hdr(skb)->protocol != IPPROTO_TCP ||
		    ip_hdr(skb)->frag_off & htons(IP_OFFSET))
			return -ENOENT;
		return skb_network_offset(skb) + ip_hdrlen(skb);
	}
	if (likely(ipv6_hdr(skb)->nexthdr == IPPROTO_TCP))
		return skb_network_offset(skb) + sizeof(struct ipv6hdr);
	if (!ipv6_ext_hdr(ipv6_hdr(skb)->nexthdr) ||
	    ipv6_find_hdr(skb, &offset, IPPROTO_TCP, NULL, NULL) < 0)
		return -ENOENT;
	return offset;
}

/* The TCP header, if its port is one that some bind names. */
static __always_inline const struct tcphdr *
claimed_header(const struct gws_net *gn, u8 family, const struct sk_buff *skb,
	       struct tcphdr *buf)
{
	const struct tcphdr *th;
	int offset;

	offset = tcp_offset(family, skb);
	if (offset < 0)
		return NULL;
	th = skb_header_pointer(skb, offset, sizeof(*buf), buf);
	if (!th || likely(!gws_port_claimed(gn->config.ports, th->dest)))
		return NULL;
	return th;
}

static noinline unsigned int claim_own(struct gws_net *gn, u8 family,
				       struct sk_buff *skb,
				       const struct nf_hook_state *state)
{
	struct gws_packet p;

	gws_packet_read(&p, gn, family, skb, state);
	return gws_claim_address(&p);
}

static noinline unsigned int claim_port(struct gws_net *gn, u8 family,
					struct sk_buff *skb,
					const struct nf_hook_state *state)
{
	struct gws_packet p;

	gws_packet_read(&p, gn, family, skb, state);
	return p.th ? gws_claim_port(&p) : NF_ACCEPT;
}

static __always_inline unsigned int claim(struct gws_net *gn, u8 family,
					  struct sk_buff *skb,
					  const struct nf_hook_state *state)
{
	struct tcphdr buf;

	if (unlikely(owns(gn, family, skb)))
		return claim_own(gn, family, skb, state);
	if (likely(!begins_flow(skb)) || !claimed_header(gn, family, skb, &buf))
		return NF_ACCEPT;
	return claim_port(gn, family, skb, state);
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

static noinline unsigned int steer_own(struct gws_net *gn, u8 family,
				       struct sk_buff *skb,
				       const struct nf_hook_state *state)
{
	struct gws_packet p;

	gws_packet_read(&p, gn, family, skb, state);
	return gws_steer_address(&p);
}

static noinline unsigned int steer_port(struct gws_net *gn, u8 family,
					struct sk_buff *skb,
					const struct nf_hook_state *state)
{
	struct gws_packet p;

	/* Early demux, or somebody else's TPROXY, knew its socket already. */
	if (skb->sk && skb->sk->sk_state != TCP_TIME_WAIT)
		return NF_ACCEPT;
	gws_packet_read(&p, gn, family, skb, state);
	return p.th ? gws_steer_port(&p) : NF_ACCEPT;
}

static __always_inline unsigned int steer(struct gws_net *gn, u8 family,
					  struct sk_buff *skb,
					  const struct nf_hook_state *state)
{
	const struct tcphdr *th;
	struct tcphdr buf;

	if (unlikely(owns(gn, family, skb)))
		return steer_own(gn, family, skb, state);
	th = claimed_header(gn, family, skb, &buf);
	if (!th || !gws_steer_opens(gn, th))
		return NF_ACCEPT;
	return steer_port(gn, family, skb, state);
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
	if (!owns(gn, family, skb))
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
	nf_defrag_ipv6_disable(gn->net);
err_free:
	kfree(h->ops);
	h->ops = NULL;
	return err;
}

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
