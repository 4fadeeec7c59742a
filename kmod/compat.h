/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The only place where kernels differ. Forced into every file by Kbuild, which
 * also probes the headers (GWS_HAVE_*): stable trees backport interfaces, so a
 * version number says little.
 */
#ifndef GWS_COMPAT_H
#define GWS_COMPAT_H

#include <linux/kconfig.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
#error "gwsteer needs Linux 6.1 or newer"
#endif
#ifndef CONFIG_64BIT
#error "gwsteer needs a 64-bit kernel: its per-CPU counters are single words"
#endif
#if !IS_ENABLED(CONFIG_NF_CONNTRACK) || !IS_ENABLED(CONFIG_NF_NAT)
#error "gwsteer needs a kernel with CONFIG_NF_CONNTRACK and CONFIG_NF_NAT"
#endif
#if !IS_ENABLED(CONFIG_IPV6) || !IS_ENABLED(CONFIG_NF_DEFRAG_IPV6)
#error "gwsteer needs a kernel with CONFIG_IPV6 and CONFIG_NF_DEFRAG_IPV6"
#endif
#if !IS_ENABLED(CONFIG_NF_REJECT_IPV4) || !IS_ENABLED(CONFIG_NF_REJECT_IPV6)
#error "gwsteer needs a kernel with CONFIG_NF_REJECT_IPV4 and _IPV6"
#endif

#include <linux/net.h>
#include <linux/skbuff.h>
#include <linux/socket.h>
#include <linux/uio.h>
#include <net/inet6_hashtables.h>
#include <net/inet_hashtables.h>
#include <net/inet_sock.h>
#include <net/route.h>
#include <net/sock.h>

/* 6.19 gave the kernel_* socket calls a sockaddr type of their own. */
#ifdef GWS_HAVE_SOCKADDR_UNSIZED
#define gws_sockaddr sockaddr_unsized
#else
#define gws_sockaddr sockaddr
#endif

/*
 * 6.5: TCP takes pages by reference with MSG_SPLICE_PAGES. Debian's 6.1 defines
 * the flag but its TCP copies, so the flag itself proves nothing; without it
 * tcp_sendmsg_locked() copies from the bvec iterator.
 */
#ifdef GWS_HAVE_SPLICE_PAGES
#define GWS_MSG_SPLICE MSG_SPLICE_PAGES
#else
#define GWS_MSG_SPLICE 0
#endif

/* 6.2: a socket that is used from shared threads must not use their frag. */
static inline void gws_sk_no_task_frag(struct sock *sk)
{
#ifdef GWS_HAVE_SK_USE_TASK_FRAG
	sk->sk_use_task_frag = false;
#endif
}

/* 6.12: fragments may live in device memory that the CPU cannot read. */
static inline bool gws_skb_readable(const struct sk_buff *skb)
{
#ifdef GWS_HAVE_SKB_FRAGS_READABLE
	return skb_frags_readable(skb);
#else
	return true;
#endif
}

/* 6.6: the flags of an inet socket became bits of a word. */
static inline void gws_sk_set_transparent(struct sock *sk)
{
#ifdef GWS_HAVE_INET_SET_BIT
	inet_set_bit(TRANSPARENT, sk);
#else
	inet_sk(sk)->transparent = 1;
#endif
}

/* 6.13: a DSCP instead of the whole TOS byte, and a drop reason. */
static inline bool gws_ip_route_input(struct sk_buff *skb, __be32 daddr,
				      __be32 saddr, struct net_device *dev)
{
#ifdef GWS_HAVE_ROUTE_DROP_REASON
	return !ip_route_input_noref(skb, daddr, saddr, ip4h_dscp(ip_hdr(skb)),
				     dev);
#else
	return !ip_route_input_noref(skb, daddr, saddr, ip_hdr(skb)->tos, dev);
#endif
}

/* 6.18: socket lookups find the hash tables by themselves. */
#ifdef GWS_HAVE_LOOKUP_HASHINFO
#define gws_lookup(lookup, net, ...)					\
	lookup(net, (net)->ipv4.tcp_death_row.hashinfo, __VA_ARGS__)
#else
#define gws_lookup(lookup, net, ...)	lookup(net, __VA_ARGS__)
#endif

#endif /* GWS_COMPAT_H */
