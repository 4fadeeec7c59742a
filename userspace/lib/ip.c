// SPDX-License-Identifier: MIT
/*
 * IP addresses and prefixes: text, order, and which of them can be endpoints.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "ip.h"

int gws_ip_parse(const char *text, struct gws_ip *ip)
{
	memset(ip, 0, sizeof(*ip));
	if (inet_pton(AF_INET, text, ip->b) == 1)
		ip->len = 4;
	else if (inet_pton(AF_INET6, text, ip->b) == 1)
		ip->len = 16;
	else
		return -EINVAL;
	return 0;
}

/* Decimal without sign or leading zero, at most @max; -1 when it is not. */
static int bits_parse(const char *text, int max)
{
	int value = 0;
	const char *c;

	if (!*text || (*text == '0' && text[1]))
		return -1;
	for (c = text; *c; c++) {
		if (*c < '0' || *c > '9')
			return -1;
		value = value * 10 + *c - '0';
		if (value > max)
			return -1;
	}
	return value;
}

int gws_cidr_parse(const char *text, struct gws_cidr *cidr)
{
	const char *slash = strchr(text, '/');
	char addr[GWS_IP_TEXT];
	size_t len = slash ? (size_t)(slash - text) : strlen(text);
	int bits;

	if (len >= sizeof(addr))
		return -EINVAL;
	memcpy(addr, text, len);
	addr[len] = '\0';
	if (gws_ip_parse(addr, &cidr->ip))
		return -EINVAL;
	bits = slash ? bits_parse(slash + 1, cidr->ip.len * 8) :
		       cidr->ip.len * 8;
	if (bits < 0)
		return -EINVAL;
	cidr->bits = (uint8_t)bits;
	return 0;
}

const char *gws_ip_text(const struct gws_ip *ip, char buf[GWS_IP_TEXT])
{
	if (!ip->len || !inet_ntop(ip->len == 4 ? AF_INET : AF_INET6, ip->b,
				   buf, GWS_IP_TEXT))
		buf[0] = '\0';
	return buf;
}

const char *gws_cidr_text(const struct gws_cidr *cidr, char buf[GWS_CIDR_TEXT])
{
	char ip[GWS_IP_TEXT];

	snprintf(buf, GWS_CIDR_TEXT, "%s/%u", gws_ip_text(&cidr->ip, ip),
		 cidr->bits);
	return buf;
}

int gws_ip_cmp(const struct gws_ip *a, const struct gws_ip *b)
{
	if (a->len != b->len)
		return a->len < b->len ? -1 : 1;
	return memcmp(a->b, b->b, sizeof(a->b));
}

bool gws_cidr_contains(const struct gws_cidr *cidr, const struct gws_ip *ip)
{
	int whole = cidr->bits / 8, rest = cidr->bits % 8;

	if (cidr->ip.len != ip->len || memcmp(cidr->ip.b, ip->b, (size_t)whole))
		return false;
	return !rest || !((cidr->ip.b[whole] ^ ip->b[whole]) >> (8 - rest));
}

static const struct refusal {
	const char *prefix;
	const char *text;
} refusals[] = {
	{ "0.0.0.0/8", "is an unspecified address" },
	{ "127.0.0.0/8", "is a loopback address" },
	{ "169.254.0.0/16", "is a link-local address" },
	{ "224.0.0.0/4", "is a multicast address" },
	{ "255.255.255.255", "is the broadcast address" },
	{ "::", "is the unspecified address" },
	{ "::1", "is the loopback address" },
	{ "::ffff:0.0.0.0/96", "is an IPv4-mapped address" },
	{ "fe80::/10", "is a link-local address" },
	{ "ff00::/8", "is a multicast address" },
};

const char *gws_ip_refusal(const struct gws_ip *ip)
{
	struct gws_cidr cidr;
	size_t i;

	for (i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		if (!gws_cidr_parse(refusals[i].prefix, &cidr) &&
		    gws_cidr_contains(&cidr, ip))
			return refusals[i].text;
	return NULL;
}
