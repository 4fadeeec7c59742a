/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The header of the PROXY protocol, versions 1 and 2, with which a load balancer
 * begins a connection that it passes on: whose it is.
 * https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt
 */
#ifndef GWS_PROXY_H
#define GWS_PROXY_H

#include "inet.h"

struct gws_proxy {
	/*
	 * For connections of the sender's own (LOCAL), not of TCP, or not known,
	 * .len of both is 0: the connection speaks for itself.
	 */
	struct gws_inet from;
	struct gws_inet to;
};

/*
 * Parses the header at the start of @buf, of which @len bytes have come so far.
 * Returns its length, 0 when more bytes are needed, or -EINVAL as soon as it can
 * be no header of at most GWS_PROXY_MAX bytes. What follows the addresses in
 * version 2 (TLVs) must be in order and means nothing.
 */
int gws_proxy_parse(const char *buf, u32 len, struct gws_proxy *proxy);

#endif /* GWS_PROXY_H */
