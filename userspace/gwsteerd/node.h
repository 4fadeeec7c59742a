/* SPDX-License-Identifier: MIT */
#ifndef GWS_NODE_H
#define GWS_NODE_H

#include <stddef.h>

#include "../lib/ip.h"

#define GWS_NODE_ADDRS_MAX	16	/* as many as a Gateway's status takes */

/**
 * gws_node_addrs() - the addresses that this node is reached at
 * @addrs: room for GWS_NODE_ADDRS_MAX
 *
 * Per family the address that the default route sends from; without a default
 * route all addresses of running interfaces, in the order of interfaces. Never
 * loopback or link-local ones.
 *
 * Return: how many, 0 when there is none, or -errno of getifaddrs(3).
 */
int gws_node_addrs(struct gws_ip *addrs);

#endif /* GWS_NODE_H */
