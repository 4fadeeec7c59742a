// SPDX-License-Identifier: MIT
/*
 * The node's own addresses, asked from the kernel.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "node.h"

static bool ip_of(const struct sockaddr *addr, struct gws_ip *ip)
{
	memset(ip, 0, sizeof(*ip));
	if (addr->sa_family == AF_INET) {
		ip->len = 4;
		memcpy(ip->b, &((const struct sockaddr_in *)addr)->sin_addr, 4);
	} else if (addr->sa_family == AF_INET6) {
		ip->len = 16;
		memcpy(ip->b, &((const struct sockaddr_in6 *)addr)->sin6_addr,
		       16);
	} else {
		return false;
	}
	return !gws_ip_refusal(ip);
}

/*
 * A datagram socket's connect() sends nothing, it looks the route up. The
 * targets are those that RFC 5737 and RFC 3849 keep for documentation: they are
 * nobody's neighbour, so the default route is taken.
 */
static bool default_source(int family, struct gws_ip *ip)
{
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = 1 };
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = 1 };
	bool is4 = family == AF_INET;
	struct sockaddr_storage own;
	socklen_t len = sizeof(own);
	bool found;
	int fd;

	inet_pton(AF_INET, "192.0.2.1", &v4.sin_addr);
	inet_pton(AF_INET6, "2001:db8::1", &v6.sin6_addr);
	fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	found = !connect(fd, is4 ? (struct sockaddr *)&v4 :
			 (struct sockaddr *)&v6,
			 is4 ? sizeof(v4) : sizeof(v6)) &&
		!getsockname(fd, (struct sockaddr *)&own, &len) &&
		ip_of((struct sockaddr *)&own, ip);
	close(fd);
	return found;
}

static bool listed(const struct gws_ip *addrs, int n, const struct gws_ip *ip)
{
	while (n--) {
		if (!gws_ip_cmp(&addrs[n], ip))
			return true;
	}
	return false;
}

static int all_addrs(struct gws_ip *addrs)
{
	struct ifaddrs *list, *at;
	struct gws_ip ip;
	int n = 0;

	if (getifaddrs(&list))
		return -errno;
	for (at = list; at && n < GWS_NODE_ADDRS_MAX; at = at->ifa_next) {
		if (!at->ifa_addr || !(at->ifa_flags & IFF_UP) ||
		    (at->ifa_flags & IFF_LOOPBACK) ||
		    !ip_of(at->ifa_addr, &ip) || listed(addrs, n, &ip))
			continue;
		addrs[n++] = ip;
	}
	freeifaddrs(list);
	return n;
}

int gws_node_addrs(struct gws_ip *addrs)
{
	int n = 0;

	if (default_source(AF_INET, &addrs[n]))
		n++;
	if (default_source(AF_INET6, &addrs[n]))
		n++;
	return n ? n : all_addrs(addrs);
}
