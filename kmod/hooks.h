/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Netfilter hooks that take a Gateway's traffic.
 *
 *   hook                  where                    what (claim.c, steer.c)
 *   PRE_ROUTING, LOCAL_OUT  after conntrack, before  NodePorts and own
 *                           NAT (-101)               addresses: null binding;
 *                                                    own addresses: local route
 *   bridge LOCAL_IN         0                        own addresses that went
 *                                                    through br_netfilter
 *   LOCAL_IN                after filter and NAT     SYNs to a listener; other
 *                           (101)                    ports of own addresses:
 *                                                    reset
 */
#ifndef GWS_HOOKS_H
#define GWS_HOOKS_H

#include <linux/types.h>
#include "limits.h"

struct gws_net;
struct nf_hook_ops;

struct gws_hooks {
	struct nf_hook_ops *ops;	/* while registered; under gn->lock */
	unsigned int nops;
	/* steer.c, READ_ONCE and WRITE_ONCE. */
	unsigned long cookies_until;	/* jiffies */
	u64 ceded[GWS_CEDED_SLOTS];	/* tag and jiffies */
};

/*
 * Process context, under gn->lock, after gws_listen_init(). Undone by
 * gws_hooks_exit(). Returns 0, -ENOMEM, or what netfilter returned.
 */
int gws_hooks_init(struct gws_net *gn);
/*
 * Unregisters and waits until no packet is inside a hook any more: afterwards
 * nothing steers to the listeners. Process context, under gn->lock.
 */
void gws_hooks_exit(struct gws_net *gn);

#endif /* GWS_HOOKS_H */
