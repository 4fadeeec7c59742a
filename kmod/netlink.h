/* SPDX-License-Identifier: GPL-2.0-only */
/* The generic netlink family; its protocol is described in the UAPI header. */
#ifndef GWS_NETLINK_H
#define GWS_NETLINK_H

#include <linux/netlink.h>
#include <net/genetlink.h>

/* After gws_netns_init(): requests come in at once. Returns what genl does. */
int gws_netlink_init(void);
/* Afterwards no request is inside the module. Before gws_netns_exit(). */
void gws_netlink_exit(void);

/* netlink.c, for replies */
extern struct genl_family gws_genl_family;

/* dump.c */
int gws_dump_start(struct netlink_callback *cb);
int gws_dump_listeners(struct sk_buff *skb, struct netlink_callback *cb);
int gws_dump_tables(struct sk_buff *skb, struct netlink_callback *cb);
int gws_dump_clusters(struct sk_buff *skb, struct netlink_callback *cb);
int gws_dump_stats(struct sk_buff *skb, struct netlink_callback *cb);

/* Parts of other messages: an address, a listener's names, a rule's. */
struct gws_addr;
struct gws_owner;
struct gws_stats;
int gws_dump_put_addr(struct sk_buff *skb, int type,
		      const struct gws_addr *addr);
int gws_dump_put_owner(struct sk_buff *skb, const struct gws_owner *owner);
int gws_dump_put_rule_names(struct sk_buff *skb, const struct gws_stats *s);

/* dump_conn.c */
int gws_dump_conns_start(struct netlink_callback *cb);
int gws_dump_conns(struct sk_buff *skb, struct netlink_callback *cb);
int gws_dump_conns_done(struct netlink_callback *cb);
/* Parts of a record: an address and its port (@type + 1), who served. */
struct gws_choice;
int gws_dump_put_place(struct sk_buff *skb, int type,
		       const struct gws_addr *addr);
int gws_dump_put_listener(struct sk_buff *skb, const struct gws_owner *owner);
int gws_dump_put_choice(struct sk_buff *skb, const struct gws_choice *choice);

/* test_route.c */
int gws_test_route(struct sk_buff *skb, struct genl_info *info);

/* info.c */
int gws_get_info(struct sk_buff *skb, struct genl_info *info);
int gws_set_limit(struct sk_buff *skb, struct genl_info *info);

#endif /* GWS_NETLINK_H */
