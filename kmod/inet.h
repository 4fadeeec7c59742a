/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Addresses of the Internet as bytes and as text, and networks of them.
 */
#ifndef GWS_INET_H
#define GWS_INET_H

#include "core.h"

/* An address as in packets, with a port. */
struct gws_inet {
	u8 bytes[16];
	u8 len;		/* 4, 16; 0: none */
	u16 port;	/* host order */
};

struct gws_prefix {
	u8 bytes[16];
	u8 len;		/* of an address: 4 or 16 */
	u8 bits;	/* at most 8 * len */
};

/*
 * The address that @text is, all of it: dotted decimal without leading zeros, or
 * RFC 4291 2.2 without a zone. One of IPv4 written as IPv6 (::ffff:192.0.2.1)
 * becomes what it is. Sets the port to 0. False, @ip undefined: none of that.
 */
bool gws_inet_parse(struct gws_str text, struct gws_inet *ip);

/* The port that @text is: decimal, 0 to 65535, no leading zero; or -1. */
int gws_inet_port(struct gws_str text);

/* ::ffff:0:0/96 becomes IPv4: both are the same host. */
void gws_inet_unmap(struct gws_inet *ip);

bool gws_prefix_has(const struct gws_prefix *prefix, const struct gws_inet *ip);
/* Does one of the @n have it? */
bool gws_prefixes_have(const struct gws_prefix *prefixes, u32 n,
		       const struct gws_inet *ip);

#endif /* GWS_INET_H */
