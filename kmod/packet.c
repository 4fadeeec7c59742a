// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packets inside the hooks: headers, the sockets they belong to, the routes
 * they take.
 *
 * An address that the node does not hold is delivered here by a route to an
 * address that it does hold: ip_rcv_finish() and ip6_rcv_finish() leave a
 * packet that has a route alone, and such a route ends in local delivery
 * whatever the packet's destination says. The FIB is asked with the real
 * source, so rp_filter and martian sources are judged as for any other packet.
 */
#include <linux/inetdevice.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netfilter_bridge.h>
#include <net/addrconf.h>
#include <net/dst_metadata.h>
#include <net/inet6_hashtables.h>
#include <net/inet_hashtables.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/netfilter/ipv4/nf_reject.h>
#include <net/netfilter/ipv6/nf_reject.h>
#include <net/route.h>
#include <net/tcp.h>
#include "netns.h"
#include "packet.h"
#include "sock.h"

static bool read_inet(struct gws_packet *p)
{
	const struct iphdr *iph = ip_hdr(p->skb);

	p->from.ip.ip = iph->saddr;
	p->to.ip.ip = iph->daddr;
	p->proto = iph->protocol;
	p->offset = skb_network_offset(p->skb) + ip_hdrlen(p->skb);
	return !ip_is_fragment(iph);
}

static bool read_inet6(struct gws_packet *p)
{
	const struct ipv6hdr *ip6h = ipv6_hdr(p->skb);
	unsigned short fragment = 0;
	int proto;

	p->from.ip.in6 = ip6h->saddr;
	p->to.ip.in6 = ip6h->daddr;
	p->offset = 0;
	proto = ipv6_find_hdr(p->skb, (unsigned int *)&p->offset, -1, &fragment,
			      NULL);
	if (proto < 0 || fragment)
		return false;
	p->proto = proto;
	return true;
}

void gws_packet_read(struct gws_packet *p, struct gws_net *gn, u8 family,
		     struct sk_buff *skb, const struct nf_hook_state *state)
{
	bool whole;

	memset(p, 0, sizeof(*p));
	p->gn = gn;
	p->skb = skb;
	p->state = state;
	p->from.family = family;
	p->to.family = family;
	whole = family == AF_INET6 ? read_inet6(p) : read_inet(p);
	if (!whole) {
		p->proto = GWS_PROTO_UNREADABLE;
		return;
	}
	if (p->proto != IPPROTO_TCP)
		return;
	p->th = skb_header_pointer(skb, p->offset, sizeof(p->buf), &p->buf);
	if (p->th) {
		p->from.port = ntohs(p->th->source);
		p->to.port = ntohs(p->th->dest);
	}
}

static int packet_sdif(const struct gws_packet *p)
{
	return p->to.family == AF_INET6 ? inet6_sdif(p->skb) : inet_sdif(p->skb);
}

/* As TCP will ask, where the packet has got its route. */
static int packet_dif(const struct gws_packet *p)
{
	if (p->state->hook != NF_INET_LOCAL_IN)
		return p->skb->skb_iif;
	return p->to.family == AF_INET6 ? inet6_iif(p->skb) : inet_iif(p->skb);
}

static struct sock *lookup(struct net *net, const struct gws_addr *from,
			   const struct gws_addr *to, int dif, int sdif)
{
	if (to->family == AF_INET6)
		return gws_lookup(__inet6_lookup_established, net,
				  &from->ip.in6, htons(from->port),
				  &to->ip.in6, to->port, dif, sdif);
	return gws_lookup(__inet_lookup_established, net, from->ip.ip,
			  htons(from->port), to->ip.ip, to->port, dif, sdif);
}

struct sock *gws_packet_established(const struct gws_packet *p)
{
	return lookup(p->gn->net, &p->from, &p->to, packet_dif(p),
		      packet_sdif(p));
}

bool gws_packet_has_listener(const struct gws_packet *p)
{
	int doff = p->offset + __tcp_hdrlen(p->th);
	int dif = packet_dif(p), sdif = packet_sdif(p);
	struct net *net = p->gn->net;

	if (p->to.family == AF_INET6)
		return gws_lookup(inet6_lookup_listener, net, p->skb, doff,
				  &p->from.ip.in6, p->th->source,
				  &p->to.ip.in6, p->to.port, dif, sdif);
	return gws_lookup(__inet_lookup_listener, net, p->skb, doff,
			  p->from.ip.ip, p->th->source, p->to.ip.ip,
			  p->to.port, dif, sdif);
}

bool gws_packet_is_own(const struct gws_packet *p)
{
	struct sock *sk;
	bool own;

	if (!(p->skb->dev->flags & IFF_LOOPBACK))
		return false;
	/* The loopback device took the sender off the skb; it is still hashed. */
	sk = lookup(p->gn->net, &p->to, &p->from, p->skb->skb_iif, 0);
	if (!sk)
		return false;
	own = sk_fullsock(sk) && gws_sk_is_ours(sk);
	sock_gen_put(sk);
	return own;
}

bool gws_packet_is_local(const struct gws_packet *p)
{
	if (p->to.family == AF_INET6)
		return ipv6_chk_addr(p->gn->net, &p->to.ip.in6, NULL, 0);
	return inet_addr_type_dev_table(p->gn->net, p->skb->dev,
					p->to.ip.ip) == RTN_LOCAL;
}

/*
 * What early demux does for other packets; it leaves out those that have a
 * route already, and without its socket's route each would need the FIB.
 */
static bool demux(const struct gws_packet *p)
{
	struct sk_buff *skb = p->skb;
	struct dst_entry *dst;
	struct sock *sk;

	if (!p->th || skb->sk)
		return false;
	sk = gws_packet_established(p);
	if (!sk)
		return false;
	if (!sk_fullsock(sk)) {
		sock_gen_put(sk);
		return false;
	}
	skb->sk = sk;
	skb->destructor = sock_edemux;
	dst = rcu_dereference(sk->sk_rx_dst);
	if (!dst || sk->sk_rx_dst_ifindex != skb->skb_iif)
		return false;
	dst = dst_check(dst, p->to.family == AF_INET6 ?
			     READ_ONCE(sk->sk_rx_dst_cookie) : 0);
	if (!dst)
		return false;
	skb_dst_drop(skb);
	skb_dst_set_noref(skb, dst);
	return true;
}

static bool deliver_inet(const struct gws_packet *p)
{
	struct sk_buff *skb = p->skb;
	__be32 addr;

	addr = inet_select_addr(skb->dev, 0, RT_SCOPE_UNIVERSE);
	return addr && gws_ip_route_input(skb, addr, p->from.ip.ip, skb->dev) &&
	       skb_rtable(skb)->rt_type == RTN_LOCAL;
}

static bool rt6_is_local(const struct dst_entry *dst)
{
	return container_of(dst, struct rt6_info, dst)->rt6i_flags & RTF_LOCAL;
}

static bool deliver_inet6(const struct gws_packet *p)
{
	struct net *net = p->gn->net;
	struct flowi6 fl6 = {
		/* ::1 is routed on the loopback device only. */
		.flowi6_iif = net->loopback_dev->ifindex,
		.flowi6_mark = p->skb->mark,
		.flowi6_proto = p->proto,
		.daddr = in6addr_loopback,
		.saddr = p->from.ip.in6,
	};
	struct dst_entry *dst;

	dst = ip6_route_input_lookup(net, net->loopback_dev, &fl6, p->skb,
				     RT6_LOOKUP_F_HAS_SADDR);
	if (dst->error || !rt6_is_local(dst)) {
		dst_release(dst);
		return false;
	}
	skb_dst_drop(p->skb);
	skb_dst_set(p->skb, dst);
	return true;
}

bool gws_packet_deliver(const struct gws_packet *p)
{
	/* From the loopback device: LOCAL_OUT gave it the right route. */
	if (skb_valid_dst(p->skb))
		return true;
	if (p->state->hook == NF_INET_PRE_ROUTING && demux(p))
		return true;
	return p->to.family == AF_INET6 ? deliver_inet6(p) : deliver_inet(p);
}

bool gws_packet_is_looped(const struct gws_packet *p)
{
	if (p->to.family == AF_INET6)
		return rt6_is_local(skb_dst(p->skb));
	return skb_rtable(p->skb)->rt_type == RTN_LOCAL;
}

static bool loop_back_inet(const struct gws_packet *p)
{
	struct flowi4 fl4 = {
		.flowi4_mark = p->skb->mark,
		.flowi4_proto = p->proto,
		.daddr = htonl(INADDR_LOOPBACK),
	};
	struct rtable *rt;

	rt = ip_route_output_key(p->gn->net, &fl4);
	if (IS_ERR(rt))
		return false;
	skb_dst_drop(p->skb);
	skb_dst_set(p->skb, &rt->dst);
	return true;
}

static bool loop_back_inet6(const struct gws_packet *p)
{
	struct net *net = p->gn->net;
	struct flowi6 fl6 = {
		.flowi6_oif = net->loopback_dev->ifindex,
		.flowi6_mark = p->skb->mark,
		.flowi6_proto = p->proto,
		.daddr = in6addr_loopback,
	};
	struct dst_entry *dst;

	dst = ip6_route_output(net, NULL, &fl6);
	if (dst->error) {
		dst_release(dst);
		return false;
	}
	skb_dst_drop(p->skb);
	skb_dst_set(p->skb, dst);
	return true;
}

bool gws_packet_loop_back(const struct gws_packet *p)
{
	if (gws_packet_is_looped(p))
		return true;
	return p->to.family == AF_INET6 ? loop_back_inet6(p) : loop_back_inet(p);
}

static void refuse_inet(const struct gws_packet *p)
{
	int hook = p->state->hook;

	if (p->th) {
		nf_send_reset(p->gn->net, NULL, p->skb, hook);
		return;
	}
	/* By the local route it would come from an address that is not ours. */
	skb_dst_drop(p->skb);
	nf_send_unreach(p->skb, ICMP_PORT_UNREACH, hook);
}

static void refuse_inet6(const struct gws_packet *p)
{
	int hook = p->state->hook;

	if (p->th)
		nf_send_reset6(p->gn->net, NULL, p->skb, hook);
	else
		nf_send_unreach6(p->gn->net, p->skb, ICMPV6_PORT_UNREACH, hook);
}

/*
 * TCP itself does not answer from an address that is not the node's;
 * netfilter's rejects do.
 */
void gws_packet_refuse(const struct gws_packet *p)
{
	if (p->proto == GWS_PROTO_UNREADABLE)
		return;
	if (p->to.family == AF_INET6)
		refuse_inet6(p);
	else
		refuse_inet(p);
}
