// SPDX-License-Identifier: MIT
/*
 * Routes by rtnetlink(7). What exists is asked each time, by our protocol
 * number, so a daemon that starts finds the routes of the one before it.
 */
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <sys/socket.h>

#include "routes.h"

/* One of our routes. */
struct route {
	struct gws_ip addr;
	uint32_t oif;
};

struct routes {
	struct nl_sock *sock;
	struct route *list;
	size_t count;
	int err;	/* of the exchange under way */
};

static int family_of(const struct gws_ip *addr)
{
	return addr->len == 4 ? AF_INET : AF_INET6;
}

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *error, void *data)
{
	struct routes *routes = data;

	(void)from;
	routes->err = error->error;
	return NL_STOP;
}

static int on_route(struct nl_msg *msg, void *data)
{
	struct nlmsghdr *head = nlmsg_hdr(msg);
	struct nlattr *dst, *oif;
	struct routes *routes = data;
	const struct rtmsg *rt;
	struct route *list;

	if (head->nlmsg_type != RTM_NEWROUTE ||
	    head->nlmsg_len < NLMSG_LENGTH(sizeof(*rt)))
		return NL_OK;
	rt = nlmsg_data(head);
	dst = nlmsg_find_attr(head, sizeof(*rt), RTA_DST);
	oif = nlmsg_find_attr(head, sizeof(*rt), RTA_OIF);
	if (rt->rtm_protocol != GWS_ROUTES_PROTOCOL || !dst ||
	    nla_len(dst) != (rt->rtm_family == AF_INET ? 4 : 16))
		return NL_OK;
	list = reallocarray(routes->list, routes->count + 1, sizeof(*list));
	if (!list) {
		routes->err = -ENOMEM;
		return NL_STOP;
	}
	routes->list = list;
	list += routes->count++;
	memset(list, 0, sizeof(*list));
	list->addr.len = (uint8_t)nla_len(dst);
	memcpy(list->addr.b, nla_data(dst), list->addr.len);
	list->oif = oif ? nla_get_u32(oif) : 0;
	return NL_OK;
}

/*
 * Sends and frees @msg, waits for its answer: an ACK if asked for, one route,
 * or a dump to its end.
 */
static int talk(struct routes *routes, struct nl_msg *msg)
{
	int nle;

	routes->err = 0;
	nle = nl_send_auto(routes->sock, msg);
	nlmsg_free(msg);
	if (nle >= 0)
		nle = nl_recvmsgs_default(routes->sock);
	if (routes->err)
		return routes->err;
	return nle < 0 ? -EIO : 0;
}

static struct nl_msg *message(int type, int flags, const struct rtmsg *rt)
{
	struct nl_msg *msg = nlmsg_alloc_simple(type, flags);

	if (msg && nlmsg_append(msg, (void *)rt, sizeof(*rt), NLMSG_ALIGNTO)) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

/* IPv6 has none; IPv4's of a route without a gateway, or any, to delete it. */
static int scope_of(int type, const struct gws_ip *addr)
{
	if (type == RTM_DELROUTE)
		return RT_SCOPE_NOWHERE;
	return type == RTM_NEWROUTE && addr->len == 4 ? RT_SCOPE_LINK :
							RT_SCOPE_UNIVERSE;
}

/* About one address; @oif 0: no interface is named. */
static int change(struct routes *routes, int type, int flags,
		  const struct gws_ip *addr, uint32_t oif)
{
	const struct rtmsg rt = {
		.rtm_family = (unsigned char)family_of(addr),
		.rtm_dst_len = (unsigned char)(8 * addr->len),
		.rtm_table = type == RTM_GETROUTE ? 0 : RT_TABLE_MAIN,
		.rtm_protocol = type == RTM_GETROUTE ? 0 : GWS_ROUTES_PROTOCOL,
		.rtm_scope = (unsigned char)scope_of(type, addr),
		.rtm_type = type == RTM_NEWROUTE ? RTN_UNICAST : RTN_UNSPEC,
	};
	struct nl_msg *msg = message(type, flags, &rt);

	if (msg && !nla_put(msg, RTA_DST, addr->len, addr->b) &&
	    (!oif || !nla_put_u32(msg, RTA_OIF, oif)))
		return talk(routes, msg);
	nlmsg_free(msg);
	return -ENOMEM;
}

/* Strict: the kernel sends our routes only, not those of a routing daemon. */
static int list_ours(struct routes *routes, int family)
{
	const struct rtmsg rt = {
		.rtm_family = (unsigned char)family,
		.rtm_table = RT_TABLE_MAIN,
		.rtm_protocol = GWS_ROUTES_PROTOCOL,
	};
	struct nl_msg *msg = message(RTM_GETROUTE, NLM_F_DUMP, &rt);

	return msg ? talk(routes, msg) : -ENOMEM;
}

static bool among(const struct gws_ip *addrs, size_t naddrs,
		  const struct gws_ip *addr)
{
	while (naddrs--)
		if (!gws_ip_cmp(&addrs[naddrs], addr))
			return true;
	return false;
}

static bool is_routed(const struct routes *routes, const struct gws_ip *addr)
{
	size_t i;

	for (i = 0; i < routes->count; i++)
		if (!gws_ip_cmp(&routes->list[i].addr, addr))
			return true;
	return false;
}

/* An interface whose addresses can be a source; 0: there is none. */
static unsigned int find_interface(int family)
{
	struct ifaddrs *list, *at;
	const struct sockaddr_in6 *v6;
	unsigned int index = 0;

	if (getifaddrs(&list))
		return 0;
	for (at = list; at && !index; at = at->ifa_next) {
		if (!at->ifa_addr || at->ifa_addr->sa_family != family ||
		    !(at->ifa_flags & IFF_UP) || (at->ifa_flags & IFF_LOOPBACK))
			continue;
		v6 = (const struct sockaddr_in6 *)at->ifa_addr;
		if (family == AF_INET ||
		    !IN6_IS_ADDR_LINKLOCAL(&v6->sin6_addr))
			index = if_nametoindex(at->ifa_name);
	}
	freeifaddrs(list);
	return index;
}

static int add(struct routes *routes, const struct gws_ip *addr)
{
	int err = change(routes, RTM_GETROUTE, 0, addr, 0);
	unsigned int oif;

	if (err != -ENETUNREACH)
		return 0;
	oif = find_interface(family_of(addr));
	if (!oif)
		return -ENODEV;
	err = change(routes, RTM_NEWROUTE, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL,
		     addr, oif);
	return err == -EEXIST ? 0 : err;
}

static int sync_all(struct routes *routes, const struct gws_ip *addrs,
		    size_t naddrs)
{
	int err = 0, now;
	size_t i;

	for (i = 0; i < routes->count; i++) {
		if (among(addrs, naddrs, &routes->list[i].addr))
			continue;
		now = change(routes, RTM_DELROUTE, NLM_F_ACK, &routes->list[i].addr,
			     routes->list[i].oif);
		err = err ? err : now;
	}
	for (i = 0; i < naddrs; i++) {
		if (is_routed(routes, &addrs[i]))
			continue;
		now = add(routes, &addrs[i]);
		err = err ? err : now;
	}
	return err;
}

static int connect_rtnetlink(struct routes *routes)
{
	int one = 1;

	routes->sock = nl_socket_alloc();
	if (!routes->sock)
		return -ENOMEM;
	nl_socket_disable_auto_ack(routes->sock);
	if (nl_connect(routes->sock, NETLINK_ROUTE) < 0)
		return -EIO;
	if (setsockopt(nl_socket_get_fd(routes->sock), SOL_NETLINK,
		       NETLINK_GET_STRICT_CHK, &one, sizeof(one)))
		return -errno;
	nl_socket_modify_err_cb(routes->sock, NL_CB_CUSTOM, on_error, routes);
	nl_socket_modify_cb(routes->sock, NL_CB_VALID, NL_CB_CUSTOM, on_route,
			    routes);
	return 0;
}

int gws_routes_sync(const struct gws_ip *addrs, size_t naddrs)
{
	struct routes routes = { 0 };
	int err = connect_rtnetlink(&routes);

	if (!err)
		err = list_ours(&routes, AF_INET);
	/* A kernel without IPv6 has none to list. */
	if (!err && list_ours(&routes, AF_INET6) == -ENOMEM)
		err = -ENOMEM;
	if (!err)
		err = sync_all(&routes, addrs, naddrs);
	nl_socket_free(routes.sock);
	free(routes.list);
	return err;
}
