/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The listening sockets inside the kernel: one per worker and address family.
 * Nobody finds them by a lookup; the hooks hand them their SYNs.
 */
#ifndef GWS_LISTEN_H
#define GWS_LISTEN_H

#include <linux/types.h>

struct gws_net;
struct gws_sock;
struct sock;

struct gws_listen {
	/*
	 * By CPU and family (0: IPv4, 1: IPv6); NULL where a CPU has no worker
	 * yet, or IPv6 is off. The array is there from gws_listen_init() to
	 * gws_listen_exit().
	 */
	struct gws_sock __rcu *(*socks)[2];
};

/*
 * Makes the listeners, each inside its worker, so that connections inherit
 * that thread's (the root) cgroup. Process context, under gn->lock. Returns 0,
 * -ENOMEM, or what the socket layer returned; IPv6 being off is no error.
 */
int gws_listen_init(struct gws_net *gn);
/*
 * Makes those of workers that have come since. Process context, under gn->lock.
 * Returns 0, or the last error; the SYNs of a CPU without listeners go to
 * another worker's.
 */
int gws_listen_extend(struct gws_net *gn);
/*
 * Closes them; what was not accepted yet is reset. After gws_hooks_exit(), and
 * with the workers alive. Process context, under gn->lock.
 */
void gws_listen_exit(struct gws_net *gn);

/*
 * The listener that a SYN on this CPU goes to, another worker's when this CPU
 * has none, or NULL. Under the RCU read lock, which keeps the socket: it is
 * SOCK_RCU_FREE.
 */
struct sock *gws_listen_pick(struct gws_net *gn, u8 family);
/*
 * The same for the ACK that answers a SYN cookie: only a listener that sent
 * cookies lately takes it.
 */
struct sock *gws_listen_pick_cookie(struct gws_net *gn, u8 family);

#endif /* GWS_LISTEN_H */
