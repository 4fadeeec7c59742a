/* SPDX-License-Identifier: MIT */
/*
 * Routes of the main table to addresses that the module takes and no interface
 * has. Without any route connect() on the node itself fails before the module
 * sees a packet. They are unicast routes out of an interface: for a local one
 * the node would answer ARP and NDP.
 */
#ifndef GWS_ROUTES_H
#define GWS_ROUTES_H

#include <stddef.h>

#include "ip.h"

/* rtm_protocol of our routes: "ip route show proto 103". */
#define GWS_ROUTES_PROTOCOL 103

/*
 * gws_routes_sync - give each of @addrs a route if none covers it, and remove
 * our routes to all other addresses. An address that a route refuses
 * (blackhole, unreachable, prohibit) is left to it. Goes on after a failure.
 * Returns 0, or the first -errno: -EPERM without CAP_NET_ADMIN; -ENODEV when
 * no interface that is up has an address of the family; those of rtnetlink(7).
 */
int gws_routes_sync(const struct gws_ip *addrs, size_t naddrs);

#endif
