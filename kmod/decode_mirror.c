// SPDX-License-Identifier: GPL-2.0-only
/* Filters that mirror, from their attributes. */
#include "config.h"
#include "decode.h"
#include "filter.h"

/*
 * The attributes of a filter that was read before: so it cannot fail, and of one that
 * stands twice the same counts. False: it is no mirror.
 */
static bool mirror_parse(const struct nlattr *nest, struct nlattr **tb)
{
	return !nla_parse_nested(tb, GWS_A_FILTER_MAX, nest, NULL, NULL) &&
	       nla_get_u8(tb[GWS_A_FILTER_KIND]) == GWS_FILTER_MIRROR;
}

const char *gws_mirror_wrong(struct gws_build *b, struct nlattr **tb)
{
	u32 numerator, denominator;

	if (!gws_cluster_after(b->tr, gws_attr_u32(tb[GWS_A_FILTER_CLUSTER])))
		return "GWS_A_FILTER_CLUSTER: missing or no such cluster";
	if (!gws_attr_is_label(tb[GWS_A_FILTER_NAME]))
		return "GWS_A_FILTER_NAME: missing or not a name";
	if (!tb[GWS_A_FILTER_NUMERATOR])
		return "GWS_A_FILTER_NUMERATOR: missing";
	numerator = nla_get_u32(tb[GWS_A_FILTER_NUMERATOR]);
	denominator = gws_attr_u32(tb[GWS_A_FILTER_DENOMINATOR]);
	if (!denominator || denominator > INT_MAX || numerator > denominator)
		return "GWS_A_FILTER_DENOMINATOR: missing, or not of a share";
	return NULL;
}

u32 gws_mirrors_count(const struct gws_filter_attrs *attrs)
{
	struct nlattr *tb[GWS_A_FILTER_MAX + 1];
	const struct nlattr *nla;
	u32 n = 0;
	int rem;

	if (!attrs)
		return 0;
	nla_for_each_attr(nla, gws_filter_attrs_first(attrs), attrs->len, rem)
		n += mirror_parse(nla, tb);
	return n;
}

struct gws_mirror_to *gws_mirrors_fill(struct gws_build *b,
				       struct gws_mirror_to *at,
				       const struct gws_filter_attrs *attrs,
				       bool of_backend)
{
	struct nlattr *tb[GWS_A_FILTER_MAX + 1];
	const struct nlattr *nla;
	int rem;

	if (!attrs)
		return at;
	nla_for_each_attr(nla, gws_filter_attrs_first(attrs), attrs->len, rem) {
		if (!mirror_parse(nla, tb))
			continue;
		at->cluster = gws_cluster_after(b->tr,
						nla_get_u32(tb[GWS_A_FILTER_CLUSTER]));
		refcount_inc(&at->cluster->ref);
		at->numerator = nla_get_u32(tb[GWS_A_FILTER_NUMERATOR]);
		at->denominator = nla_get_u32(tb[GWS_A_FILTER_DENOMINATOR]);
		at->of_backend = of_backend;
		at++;
	}
	return at;
}
