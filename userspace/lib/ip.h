/* SPDX-License-Identifier: MIT */
/*
 * IP addresses and prefixes as plain values.
 */
#ifndef GWS_IP_H
#define GWS_IP_H

#include <stdbool.h>
#include <stdint.h>

/* @len: 4, 16, or 0 for "none". Bytes in network order, the rest are zero. */
struct gws_ip {
	uint8_t len;
	uint8_t b[16];
};

struct gws_cidr {
	struct gws_ip ip;
	uint8_t bits;
};

#define GWS_IP_TEXT 46		/* longest text, with the NUL */
#define GWS_CIDR_TEXT (GWS_IP_TEXT + 4)

/*
 * gws_ip_parse - read an IPv4 or IPv6 address.
 * No leading zeros in IPv4, no zone in IPv6. Returns 0 or -EINVAL.
 */
int gws_ip_parse(const char *text, struct gws_ip *ip);

/* gws_cidr_parse - "address" or "address/bits". Returns 0 or -EINVAL. */
int gws_cidr_parse(const char *text, struct gws_cidr *cidr);

/* gws_ip_text - canonical text (RFC 5952) into @buf; returns @buf. */
const char *gws_ip_text(const struct gws_ip *ip, char buf[GWS_IP_TEXT]);

/* gws_cidr_text - "address/bits" into @buf; returns @buf. */
const char *gws_cidr_text(const struct gws_cidr *cidr, char buf[GWS_CIDR_TEXT]);

/* Total order: IPv4 before IPv6, then by bytes. */
int gws_ip_cmp(const struct gws_ip *a, const struct gws_ip *b);

bool gws_cidr_contains(const struct gws_cidr *cidr, const struct gws_ip *ip);

/*
 * gws_ip_refusal - why an address must not be an endpoint, or NULL.
 * Loopback, link-local, multicast, unspecified, broadcast and IPv4-mapped
 * addresses would loop, or name another host on every node.
 */
const char *gws_ip_refusal(const struct gws_ip *ip);

#endif
