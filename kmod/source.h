/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Client connections counted by where they come from: an IPv4 address, or the
 * /64 of an IPv6 address, since a host has as many addresses of that as it
 * likes. Touched once when a connection begins and once when it has ended.
 */
#ifndef GWS_SOURCE_H
#define GWS_SOURCE_H

#include <linux/types.h>

struct gws_addr;
struct gws_net;
struct gws_source;
struct gws_sources;

/*
 * Made when a namespace becomes active. Returns 0 or -ENOMEM. The end comes
 * after the last connection. Process context.
 */
int gws_sources_init(struct gws_net *gn);
void gws_sources_exit(struct gws_net *gn);

/*
 * One more connection from @from (its port does not matter). Process context.
 * Returns what gws_source_leave() wants, or ERR_PTR: -EUSERS at the limit
 * source_connections, -ENOMEM.
 */
struct gws_source *gws_source_enter(struct gws_net *gn,
				    const struct gws_addr *from);
/* One less. Any context but hard interrupts. */
void gws_source_leave(struct gws_net *gn, struct gws_source *source);

#endif /* GWS_SOURCE_H */
