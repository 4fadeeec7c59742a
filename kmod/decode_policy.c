// SPDX-License-Identifier: GPL-2.0-only
/* From the GWS_A_CLIENT of a staged listener to its policy. */
#include "decode.h"
#include "limits.h"
#include "netns.h"
#include "policy.h"

/* Nothing beyond the bits that count: the same network is the same bytes. */
static bool prefix_ok(const struct gws_prefix *p)
{
	u32 i;

	if ((p->len != 4 && p->len != 16) || p->bits > 8 * p->len)
		return false;
	for (i = p->bits; i < 8 * p->len; i++)
		if (p->bytes[i / 8] & 0x80 >> i % 8)
			return false;
	return true;
}

static int prefix_decode(struct gws_transaction *tr, struct gws_stage *st,
			 const struct nlattr *nest, struct gws_prefix *p)
{
	struct nlattr *tb[GWS_A_NET_MAX + 1];
	int err;

	err = nla_parse_nested(tb, GWS_A_NET_MAX, nest, NULL, NULL);
	if (err)
		return err;
	if (!tb[GWS_A_NET_ADDR] || !tb[GWS_A_NET_BITS])
		return gws_refuse(tr, st, "GWS_A_CLIENT: GWS_A_NET_ADDR or _BITS: missing");
	p->len = nla_len(tb[GWS_A_NET_ADDR]);
	p->bits = nla_get_u8(tb[GWS_A_NET_BITS]);
	memcpy(p->bytes, nla_data(tb[GWS_A_NET_ADDR]), p->len);
	if (!prefix_ok(p))
		return gws_refuse(tr, st, "GWS_A_CLIENT: GWS_A_NET_ADDR: no such network");
	return 0;
}

/* The networks of @type, from @p on. */
static int prefixes_decode(struct gws_transaction *tr, struct gws_stage *st,
			   const struct nlattr *nest, int type,
			   struct gws_prefix *p)
{
	const struct nlattr *nla;
	int rem, err;

	nla_for_each_nested(nla, nest, rem) {
		if (nla_type(nla) != type)
			continue;
		err = prefix_decode(tr, st, nla, p++);
		if (err)
			return err;
	}
	return 0;
}

/* Those that a connection goes by, and not the namespace or an endpoint. */
static bool limit_is_clients(const char *name)
{
	static const char *const names[] = {
		"head_timeout", "idle_timeout", "response_timeout",
		"stall_timeout", "body_rate", "read_rate", "tunnel_timeout",
	};

	return match_string(names, ARRAY_SIZE(names), name) >= 0;
}

static int limit_decode(struct gws_transaction *tr, struct gws_stage *st,
			const struct nlattr *nest)
{
	u64 *limits = st->listener->policy->limits;
	struct nlattr *tb[GWS_A_LIM_MAX + 1];
	const char *name;
	int err;

	err = nla_parse_nested(tb, GWS_A_LIM_MAX, nest, NULL, NULL);
	if (err)
		return err;
	if (!tb[GWS_A_LIM_NAME] || !tb[GWS_A_LIM_VALUE])
		return gws_refuse(tr, st, "GWS_A_CLIENT_LIMIT: name or value missing");
	name = nla_data(tb[GWS_A_LIM_NAME]);
	if (!limit_is_clients(name))
		return gws_refuse(tr, st, "GWS_A_CLIENT_LIMIT: no limit %s of clients",
				  name);
	if (gws_limit_set(limits, name, nla_get_u64(tb[GWS_A_LIM_VALUE])))
		return gws_refuse(tr, st, "GWS_A_CLIENT_LIMIT: %s: out of its range",
				  name);
	return 0;
}

static int limits_decode(struct gws_transaction *tr, struct gws_stage *st,
			 const struct nlattr *nest)
{
	const struct nlattr *nla;
	int rem, err;

	nla_for_each_nested(nla, nest, rem) {
		if (nla_type(nla) != GWS_A_CLIENT_LIMIT)
			continue;
		err = limit_decode(tr, st, nla);
		if (err)
			return err;
	}
	return 0;
}

int gws_decode_policy(struct gws_transaction *tr, struct gws_stage *st,
		      const struct nlattr *nest)
{
	u32 nsenders, ntrusted, flags;
	struct gws_policy *policy;

	if (!nest)
		return 0;
	flags = gws_attr_u32(nla_find_nested(nest, GWS_A_CLIENT_FLAGS));
	nsenders = gws_attr_count(nest, GWS_A_CLIENT_SENDER);
	ntrusted = gws_attr_count(nest, GWS_A_CLIENT_TRUSTED);
	if (nsenders + ntrusted > GWS_PREFIXES_MAX)
		return gws_refuse(tr, st, "GWS_A_CLIENT: more than %u networks",
				  GWS_PREFIXES_MAX);
	if (nsenders && !(flags & GWS_CLIENT_F_PROXY))
		return gws_refuse(tr, st, "GWS_A_CLIENT_SENDER: without GWS_CLIENT_F_PROXY");
	if (!flags && !ntrusted && !gws_attr_count(nest, GWS_A_CLIENT_LIMIT))
		return 0;
	policy = gws_policy_make(tr->gn, nsenders, ntrusted);
	if (!policy)
		return -ENOMEM;
	st->listener->policy = policy;
	policy->flags = flags;
	return prefixes_decode(tr, st, nest, GWS_A_CLIENT_SENDER,
			       policy->prefixes) ?:
	       prefixes_decode(tr, st, nest, GWS_A_CLIENT_TRUSTED,
			       policy->prefixes + nsenders) ?:
	       limits_decode(tr, st, nest);
}
