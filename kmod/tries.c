// SPDX-License-Identifier: GPL-2.0-only
/* GWS_A_RULE_TIMEOUT, _TRY_TIMEOUT and _RETRY: from messages and back. */
#include <linux/slab.h>
#include <net/netlink.h>
#include "decode.h"
#include "limits.h"
#include "tries.h"

static const char *codes_decode(struct gws_tries *tries,
				const struct nlattr *nla)
{
	const u16 *codes = nla_data(nla);
	u32 i;

	if (nla_len(nla) % sizeof(*codes))
		return "GWS_A_RETRY_CODES: not a list of u16";
	for (i = 0; i < nla_len(nla) / sizeof(*codes); i++) {
		if (codes[i] < GWS_RETRY_CODE_MIN ||
		    codes[i] > GWS_RETRY_CODE_MAX)
			return "GWS_A_RETRY_CODES: not in 400..599";
		__set_bit(codes[i] - GWS_RETRY_CODE_MIN, tries->codes);
	}
	return NULL;
}

static const char *retry_decode(struct gws_tries *tries,
				const struct nlattr *nest)
{
	struct nlattr *tb[GWS_A_RETRY_MAX + 1];

	if (nla_parse_nested(tb, GWS_A_RETRY_MAX, nest, NULL, NULL))
		return "GWS_A_RULE_RETRY: malformed";
	if (!tb[GWS_A_RETRY_ATTEMPTS])
		return "GWS_A_RETRY_ATTEMPTS: missing";
	if (nla_get_u32(tb[GWS_A_RETRY_ATTEMPTS]) > GWS_ATTEMPTS_MAX)
		return "GWS_A_RETRY_ATTEMPTS: above 1000";
	tries->retry = true;
	tries->max = nla_get_u32(tb[GWS_A_RETRY_ATTEMPTS]) + 1;
	tries->backoff = gws_attr_u32(tb[GWS_A_RETRY_BACKOFF]);
	if (tries->backoff > INT_MAX)
		return "GWS_A_RETRY_BACKOFF: 2^31 or more";
	return tb[GWS_A_RETRY_CODES] ?
	       codes_decode(tries, tb[GWS_A_RETRY_CODES]) : NULL;
}

const char *gws_tries_decode(struct gws_tries *tries, struct nlattr **tb)
{
	tries->max = GWS_TRIES_MAX;
	tries->timeout = gws_attr_u32(tb[GWS_A_RULE_TIMEOUT]);
	tries->try_timeout = gws_attr_u32(tb[GWS_A_RULE_TRY_TIMEOUT]);
	tries->set = tries->timeout || tries->try_timeout || tb[GWS_A_RULE_RETRY];
	if (tries->timeout > INT_MAX)
		return "GWS_A_RULE_TIMEOUT: 2^31 or more";
	if (tries->try_timeout > INT_MAX)
		return "GWS_A_RULE_TRY_TIMEOUT: 2^31 or more";
	if (tries->timeout && tries->try_timeout > tries->timeout)
		return "GWS_A_RULE_TRY_TIMEOUT: above GWS_A_RULE_TIMEOUT";
	return tb[GWS_A_RULE_RETRY] ?
	       retry_decode(tries, tb[GWS_A_RULE_RETRY]) : NULL;
}

static int codes_put(struct sk_buff *skb, const struct gws_tries *tries)
{
	u32 bit, i = 0, n = bitmap_weight(tries->codes, GWS_RETRY_CODES);
	struct nlattr *nla;
	u16 *to;

	if (!n)
		return 0;
	nla = nla_reserve(skb, GWS_A_RETRY_CODES, n * sizeof(*to));
	if (!nla)
		return -EMSGSIZE;
	to = nla_data(nla);
	for_each_set_bit(bit, tries->codes, GWS_RETRY_CODES)
		to[i++] = GWS_RETRY_CODE_MIN + bit;
	return 0;
}

static int retry_put(struct sk_buff *skb, const struct gws_tries *tries)
{
	struct nlattr *nest;

	if (!tries->retry)
		return 0;
	nest = nla_nest_start(skb, GWS_A_RULE_RETRY);
	if (!nest ||
	    nla_put_u32(skb, GWS_A_RETRY_ATTEMPTS, tries->max - 1) ||
	    (tries->backoff &&
	     nla_put_u32(skb, GWS_A_RETRY_BACKOFF, tries->backoff)) ||
	    codes_put(skb, tries))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

int gws_tries_put(struct sk_buff *skb, const struct gws_tries *tries)
{
	if (tries->timeout &&
	    nla_put_u32(skb, GWS_A_RULE_TIMEOUT, tries->timeout))
		return -EMSGSIZE;
	if (tries->try_timeout &&
	    nla_put_u32(skb, GWS_A_RULE_TRY_TIMEOUT, tries->try_timeout))
		return -EMSGSIZE;
	return retry_put(skb, tries);
}
