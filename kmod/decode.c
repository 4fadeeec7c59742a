// SPDX-License-Identifier: GPL-2.0-only
/*
 * From staged messages to listeners and clusters. netlink.c's policies have
 * checked types and lengths; here it is what the values mean by themselves.
 */
#include <linux/error-injection.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <net/ipv6.h>
#include <net/netlink.h>
#include "decode.h"
#include "endpoint.h"
#include "http_uri.h"
#include "limits.h"
#include "netns.h"

void gws_items_init(struct gws_items *c, const struct gws_stage *st)
{
	c->st = st;
	c->chunk = list_first_entry(&st->chunks, struct gws_chunk, list);
	c->nla = (const struct nlattr *)c->chunk->data;
	c->rem = c->chunk->len;
}

const struct nlattr *gws_items_next(struct gws_items *c, int type)
{
	for (;;) {
		const struct nlattr *nla = c->nla;

		if (nla_ok(nla, c->rem)) {
			c->nla = nla_next(nla, &c->rem);
			if (nla_type(nla) == type)
				return nla;
			continue;
		}
		if (list_is_last(&c->chunk->list, &c->st->chunks))
			return NULL;
		c->chunk = list_next_entry(c->chunk, list);
		c->nla = (const struct nlattr *)c->chunk->data;
		c->rem = c->chunk->len;
	}
}

u32 gws_items_count(const struct gws_stage *st, int type)
{
	struct gws_items c;
	u32 n = 0;

	gws_items_init(&c, st);
	while (gws_items_next(&c, type))
		n++;
	return n;
}

int gws_stage_parse(const struct gws_stage *st, struct nlattr **tb)
{
	struct gws_chunk *first = list_first_entry(&st->chunks,
						   struct gws_chunk, list);

	return nla_parse(tb, GWS_A_MAX, (const struct nlattr *)first->data,
			 first->len, NULL, NULL);
}

/* A present attribute is NUL-terminated: NLA_NUL_STRING. */
const char *gws_attr_text(const struct nlattr *nla)
{
	return nla ? nla_data(nla) : "";
}

u32 gws_attr_count(const struct nlattr *nest, int type)
{
	const struct nlattr *nla;
	u32 n = 0;
	int rem;

	nla_for_each_nested(nla, nest, rem)
		n += nla_type(nla) == type;
	return n;
}

/* Names stand in paths of sysfs. */
bool gws_attr_is_name(const struct nlattr *nla)
{
	const char *s = gws_attr_text(nla), *p;

	if (!*s || !strcmp(s, ".") || !strcmp(s, ".."))
		return false;
	for (p = s; *p; p++)
		if (*p <= ' ' || *p > '~' || *p == '/')
			return false;
	return true;
}

bool gws_attr_is_label(const struct nlattr *nla)
{
	const char *s = gws_attr_text(nla);

	if (!*s)
		return false;
	for (; *s; s++)
		if (*s < ' ' || *s > '~')
			return false;
	return true;
}

/* RFC 9110 5.6.2 */
bool gws_attr_is_token(const struct nlattr *nla)
{
	const char *s = gws_attr_text(nla), *p;

	for (p = s; *p; p++)
		if (*p <= ' ' || *p > '~' || strchr("\"(),/:;<=>?@[\\]{}", *p))
			return false;
	return p > s;
}

/* RFC 9110 5.5: bytes of a field value, without white space around it. */
bool gws_attr_is_value(const struct nlattr *nla)
{
	const char *s = gws_attr_text(nla);
	size_t len = strlen(s), i;

	for (i = 0; i < len; i++)
		if (((u8)s[i] < ' ' && s[i] != '\t') || s[i] == 0x7f)
			return false;
	if (!nla)
		return false;
	return !len || (!strchr(" \t", s[0]) && !strchr(" \t", s[len - 1]));
}

/* "", "name" or "*.name", and the name in the form that requests get. */
bool gws_attr_is_hostname(const struct nlattr *nla)
{
	const char *s = gws_attr_text(nla);
	char room[GWS_HOST_MAX];
	struct gws_str raw, out;

	if (!*s)
		return true;
	if (s[0] == '*' && s[1] == '.')
		s += 2;
	raw = (struct gws_str){ s, strlen(s) };
	if (!raw.len || *s == '.' || *s == '[' || strstr(s, ".."))
		return false;
	return !gws_http_host_normalise(raw, room, sizeof(room), &out) &&
	       out.p == raw.p && out.len == raw.len;
}

static u8 addr_read(const struct nlattr *nla, union nf_inet_addr *ip)
{
	memset(ip, 0, sizeof(*ip));
	memcpy(ip, nla_data(nla), nla_len(nla));
	if (nla_len(nla) == sizeof(struct in_addr))
		return AF_INET;
	return nla_len(nla) == sizeof(struct in6_addr) ? AF_INET6 : AF_UNSPEC;
}

/* What is wrong with an address that traffic comes to or goes to, or NULL. */
static const char *addr_wrong(u8 family, const union nf_inet_addr *ip)
{
	int type;

	if (family == AF_UNSPEC)
		return "neither 4 nor 16 bytes";
	if (family == AF_INET) {
		if (ipv4_is_zeronet(ip->ip))
			return "unspecified";
		if (ipv4_is_multicast(ip->ip) || ipv4_is_lbcast(ip->ip))
			return "multicast or broadcast";
		return NULL;
	}
	type = ipv6_addr_type(&ip->in6);
	if (type == IPV6_ADDR_ANY)
		return "unspecified";
	if (type & IPV6_ADDR_MULTICAST)
		return "multicast";
	if (type & IPV6_ADDR_LINKLOCAL)
		return "link-local";
	/* It would be an IPv4 address in disguise, past all checks of those. */
	if (type & (IPV6_ADDR_MAPPED | IPV6_ADDR_COMPATv4))
		return type & IPV6_ADDR_LOOPBACK ? NULL : "IPv4 in IPv6";
	return NULL;
}

static bool addr_loops(u8 family, const union nf_inet_addr *ip)
{
	if (family == AF_INET)
		return ipv4_is_loopback(ip->ip);
	return ipv6_addr_loopback(&ip->in6);
}

static const char *endpoint_wrong(u8 family, const union nf_inet_addr *ip)
{
	const char *wrong = addr_wrong(family, ip);

	if (wrong)
		return wrong;
	if (addr_loops(family, ip))
		return "loopback";
	if (family == AF_INET && ipv4_is_linklocal_169(ip->ip))
		return "link-local";
	return NULL;
}

static int bind_decode(struct gws_transaction *tr, struct gws_stage *st, u32 i,
		       const struct nlattr *nest,
		       struct gws_listener_bind *bind)
{
	struct nlattr *tb[GWS_A_BIND_MAX + 1];
	const char *wrong = NULL;
	int err;

	err = nla_parse_nested(tb, GWS_A_BIND_MAX, nest, NULL, NULL);
	if (err)
		return err;
	if (!tb[GWS_A_BIND_PORT] || !tb[GWS_A_BIND_KIND])
		return gws_refuse(tr, st, "GWS_A_BIND %u: port or kind missing",
				  i);
	memset(bind, 0, sizeof(*bind));
	bind->addr.port = nla_get_u16(tb[GWS_A_BIND_PORT]);
	bind->kind = nla_get_u8(tb[GWS_A_BIND_KIND]);
	if (!tb[GWS_A_BIND_ADDR]) {
		if (bind->kind == GWS_BIND_ADDRESS)
			wrong = "missing";
	} else {
		bind->addr.family = addr_read(tb[GWS_A_BIND_ADDR],
					      &bind->addr.ip);
		wrong = addr_wrong(bind->addr.family, &bind->addr.ip);
		if (bind->kind == GWS_BIND_NODEPORT)
			wrong = "given for a NodePort";
		else if (bind->kind == GWS_BIND_ADDRESS && !wrong &&
			 addr_loops(bind->addr.family, &bind->addr.ip))
			wrong = "loopback";
	}
	if (wrong)
		return gws_refuse(tr, st, "GWS_A_BIND %u: GWS_A_BIND_ADDR: %s",
				  i, wrong);
	return 0;
}

static int listener_names(struct gws_transaction *tr, struct gws_stage *st,
			  struct nlattr **tb, const char **names)
{
	static const struct {
		int attr;
		const char *label;
	} fields[GWS_OWNER_NAMES] = {
		[GWS_OWNER_NAMESPACE] = { GWS_A_NAMESPACE, "GWS_A_NAMESPACE" },
		[GWS_OWNER_GATEWAY] = { GWS_A_GATEWAY, "GWS_A_GATEWAY" },
		[GWS_OWNER_SET_NAMESPACE] = { GWS_A_SET_NAMESPACE,
					      "GWS_A_SET_NAMESPACE" },
		[GWS_OWNER_SET] = { GWS_A_SET, "GWS_A_SET" },
		[GWS_OWNER_SECTION] = { GWS_A_SECTION, "GWS_A_SECTION" },
	};
	int i;

	for (i = 0; i < GWS_OWNER_NAMES; i++) {
		const struct nlattr *nla = tb[fields[i].attr];
		bool set = i == GWS_OWNER_SET || i == GWS_OWNER_SET_NAMESPACE;

		if (set && !tb[GWS_A_SET] && !tb[GWS_A_SET_NAMESPACE])
			names[i] = "";
		else if (!nla || !gws_attr_is_name(nla))
			return gws_refuse(tr, st, "%s: %s", fields[i].label,
					  nla ? "not a name" : "missing");
		else
			names[i] = gws_attr_text(nla);
	}
	return 0;
}

static struct gws_listener *listener_alloc(struct gws_transaction *tr,
					   struct gws_stage *st, u32 nbinds,
					   const char *hostname)
{
	size_t size = struct_size((struct gws_listener *)NULL, binds, nbinds);
	struct gws_listener *l;
	char *p;

	l = kvzalloc(size + strlen(hostname) + 1, GFP_KERNEL_ACCOUNT);
	if (!l)
		return NULL;
	p = (char *)l + size;
	l->hostname.len = strlen(hostname);
	l->hostname.p = gws_string_pack(&p, hostname);
	l->slot = st->slot;
	l->gn = tr->gn;
	l->id = st->id;
	l->nbinds = nbinds;
	l->bytes = size + l->hostname.len + 1;
	gws_config_hold(&tr->gn->config, l->bytes);
	return l;
}

int gws_decode_listener(struct gws_transaction *tr, struct gws_stage *st)
{
	const struct gws_listener *old = st->old;
	const char *names[GWS_OWNER_NAMES];
	struct nlattr *tb[GWS_A_MAX + 1];
	u32 i, n = gws_items_count(st, GWS_A_BIND);
	const struct nlattr *nla;
	struct gws_listener *l;
	struct gws_items c;
	int err;

	err = gws_stage_parse(st, tb) ?: listener_names(tr, st, tb, names);
	if (err)
		return err;
	if (!tb[GWS_A_PROTOCOL] || !tb[GWS_A_PORT])
		return gws_refuse(tr, st, "%s: missing", tb[GWS_A_PORT] ?
				  "GWS_A_PROTOCOL" : "GWS_A_PORT");
	if (!gws_attr_is_hostname(tb[GWS_A_HOSTNAME]))
		return gws_refuse(tr, st, "GWS_A_HOSTNAME: not a hostname in normal form");
	if (n > GWS_LISTENER_BINDS_MAX)
		return gws_refuse(tr, st, "GWS_A_BIND: %u are more than %u", n,
				  GWS_LISTENER_BINDS_MAX);
	l = listener_alloc(tr, st, n, gws_attr_text(tb[GWS_A_HOSTNAME]));
	if (!l)
		return -ENOMEM;
	st->listener = l;
	l->protocol = nla_get_u8(tb[GWS_A_PROTOCOL]);
	l->port = nla_get_u16(tb[GWS_A_PORT]);
	if (tb[GWS_A_DIGEST])
		l->digest = nla_get_u64(tb[GWS_A_DIGEST]);
	l->owner = gws_owner_get(tr->gn, names);
	if (!l->owner)
		return -ENOMEM;
	/* Counters of the listener's tables go by the names they began with. */
	if (old && old->owner != l->owner)
		return gws_refuse(tr, st, "names of a listener cannot change");
	err = gws_decode_policy(tr, st, tb[GWS_A_CLIENT]);

	gws_items_init(&c, st);
	for (i = 0; (nla = gws_items_next(&c, GWS_A_BIND)) && !err; i++)
		err = bind_decode(tr, st, i, nla, &l->binds[i]);
	return err;
}
ALLOW_ERROR_INJECTION(gws_decode_listener, ERRNO);

static struct gws_cluster_body *body_alloc(struct gws_transaction *tr, u32 n,
					   const char *name)
{
	size_t size = struct_size((struct gws_cluster_body *)NULL, endpoints,
				  n);
	struct gws_cluster_body *body;
	char *p;

	body = kvzalloc(size + strlen(name) + 1, GFP_KERNEL_ACCOUNT);
	if (!body)
		return NULL;
	p = (char *)body + size;
	body->name = gws_string_pack(&p, name);
	body->gn = tr->gn;
	body->bytes = size + strlen(name) + 1;
	gws_config_hold(&tr->gn->config, body->bytes);
	return body;
}

/* The order that endpoints are kept in. */
enum endpoint_rank {
	RANK_READY,
	RANK_SERVING,
	RANK_NEITHER,
	RANKS,
};

static enum endpoint_rank rank_of(u32 flags)
{
	if (flags & GWS_EP_F_READY)
		return RANK_READY;
	return flags & GWS_EP_F_SERVING ? RANK_SERVING : RANK_NEITHER;
}

/* Those of another rank are passed over. */
static int endpoint_decode(struct gws_transaction *tr, struct gws_stage *st,
			   u32 i, const struct nlattr *nest,
			   enum endpoint_rank rank)
{
	struct gws_cluster_body *body = st->body;
	struct nlattr *tb[GWS_A_EP_MAX + 1];
	struct gws_addr addr = {};
	struct gws_endpoint *ep;
	const char *wrong;
	u32 flags = 0;
	int err;

	err = nla_parse_nested(tb, GWS_A_EP_MAX, nest, NULL, NULL);
	if (err)
		return err;
	if (tb[GWS_A_EP_FLAGS])
		flags = nla_get_u32(tb[GWS_A_EP_FLAGS]);
	if (rank_of(flags) != rank)
		return 0;
	if (!tb[GWS_A_EP_ADDR] || !tb[GWS_A_EP_PORT])
		return gws_refuse(tr, st, "GWS_A_ENDPOINT %u: address or port missing",
				  i);
	addr.port = nla_get_u16(tb[GWS_A_EP_PORT]);
	addr.family = addr_read(tb[GWS_A_EP_ADDR], &addr.ip);
	wrong = endpoint_wrong(addr.family, &addr.ip);
	if (wrong)
		return gws_refuse(tr, st, "GWS_A_ENDPOINT %u: GWS_A_EP_ADDR: %s",
				  i, wrong);
	ep = gws_endpoint_claim(tr->gn, &addr);
	if (!ep)
		return -ENOMEM;
	body->endpoints[body->nendpoints].ep = ep;
	body->endpoints[body->nendpoints++].flags = flags;
	return 0;
}

/* Two rounds: the ready ones come first. */
static int endpoints_decode(struct gws_transaction *tr, struct gws_stage *st)
{
	struct gws_cluster_body *body = st->body;
	enum endpoint_rank rank;
	const struct nlattr *nla;
	struct gws_items c;
	int err;
	u32 i;

	for (rank = RANK_READY; rank < RANKS; rank++) {
		gws_items_init(&c, st);
		for (i = 0; (nla = gws_items_next(&c, GWS_A_ENDPOINT)); i++) {
			err = endpoint_decode(tr, st, i, nla, rank);
			if (err)
				return err;
		}
		/* kube-proxy has the same rule. */
		if (!body->nusable && rank < RANK_NEITHER)
			body->nusable = body->nendpoints;
	}
	return 0;
}

int gws_decode_cluster(struct gws_transaction *tr, struct gws_stage *st)
{
	struct nlattr *tb[GWS_A_MAX + 1];
	u32 n = gws_items_count(st, GWS_A_ENDPOINT);
	int err;

	err = gws_stage_parse(st, tb);
	if (err)
		return err;
	if (!tb[GWS_A_PROTOCOL])
		return gws_refuse(tr, st, "GWS_A_PROTOCOL: missing");
	if (!gws_attr_is_label(tb[GWS_A_NAME]))
		return gws_refuse(tr, st, "GWS_A_NAME: missing or not a name");
	if (n > GWS_ENDPOINTS_MAX)
		return gws_refuse(tr, st, "GWS_A_ENDPOINT: %u are more than %u",
				  n, GWS_ENDPOINTS_MAX);
	st->body = body_alloc(tr, n, gws_attr_text(tb[GWS_A_NAME]));
	if (!st->body)
		return -ENOMEM;
	st->body->protocol = nla_get_u8(tb[GWS_A_PROTOCOL]);
	if (tb[GWS_A_DIGEST])
		st->body->digest = nla_get_u64(tb[GWS_A_DIGEST]);
	if (!st->old) {
		st->cluster = gws_cluster_make(tr->gn, st->slot);
		if (!st->cluster)
			return -ENOMEM;
	}
	return endpoints_decode(tr, st);
}
ALLOW_ERROR_INJECTION(gws_decode_cluster, ERRNO);
