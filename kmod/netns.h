/* SPDX-License-Identifier: GPL-2.0-only */
/* One instance per network namespace. */
#ifndef GWS_NETNS_H
#define GWS_NETNS_H

#include <linux/hashtable.h>
#include <net/net_namespace.h>
#include "config.h"
#include "hooks.h"
#include "listen.h"
#include "log.h"
#include "stats.h"

enum { GWS_ENDPOINT_HASH_BITS = 10 };

struct gws_net {
	struct net *net;
	struct list_head list;		/* netns.c: all of them; nets_lock */
	struct gws_config config;	/* table.c, netlink.c */
	struct gws_listen listen;	/* listen.c */
	struct gws_hooks hooks;		/* hooks.c */
	struct gws_counters __percpu *counters;
	u64 limits[GWS_LIMIT_COUNT];	/* READ_ONCE/WRITE_ONCE */
	struct gws_log log;		/* log_send.c */

	spinlock_t endpoint_lock;	/* protects @endpoints; _bh */
	DECLARE_HASHTABLE(endpoints, GWS_ENDPOINT_HASH_BITS);

	struct gws_sources *sources;	/* source.c; while active */
	atomic_t nsources;		/* that have connections */
	atomic_t conns;			/* client connections, closing ones too */
	atomic_t tunnels;		/* of them, those behind a 101 */
	atomic_t mirrors;		/* copies of requests under way */
	atomic_long_t held;		/* budget.c */
	atomic_t socks;			/* gws_sock of this namespace not yet freed */
	struct mutex lock;		/* activate against exit */
	bool active;			/* listeners and hooks exist; under @lock */
};

/* Valid between the pernet init and exit of @net. */
struct gws_net *gws_net(const struct net *net);

/*
 * Makes the listeners (in the workers) and registers the hooks of the
 * namespace, once; later calls do nothing. Process context, may sleep.
 * Returns 0, -ENOMEM, or what the socket layer or netfilter returned.
 */
int gws_net_activate(struct gws_net *gn);

int gws_netns_init(void);
void gws_netns_exit(void);

#endif /* GWS_NETNS_H */
