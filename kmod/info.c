// SPDX-License-Identifier: GPL-2.0-only
/* GET_INFO and SET_LIMIT: versions, totals, drop reasons and limits. */
#include <linux/mm.h>
#include "limits.h"
#include "netlink.h"
#include "netns.h"

static int put_counter(struct sk_buff *skb, const char *prefix,
		       const char *name, u64 value)
{
	struct nlattr *nest = nla_nest_start(skb, GWS_A_COUNTER);
	char text[64];

	if (!nest)
		return -EMSGSIZE;
	snprintf(text, sizeof(text), "%s%s", prefix, name);
	if (nla_put_string(skb, GWS_A_CNT_NAME, text) ||
	    nla_put_u64_64bit(skb, GWS_A_CNT_VALUE, value, GWS_A_CNT_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_counters(struct sk_buff *skb, struct gws_net *gn)
{
	struct gws_counters sum;
	int i, err = 0;

	gws_counters_sum(gn->counters, &sum);
	for (i = 0; i < GWS_CNT_COUNT && !err; i++)
		err = put_counter(skb, "", gws_counter_name(i), sum.count[i]);
	for (i = 0; i < GWS_REASON_NAMES && !err; i++)
		err = put_counter(skb, "reason_", gws_reason_name(i),
				  gws_reason_value(&sum, i));
	return err;
}

/* What there is now, beside what has happened so far. */
static int put_gauges(struct sk_buff *skb, struct gws_net *gn)
{
	struct gws_index *ix = gn->config.index;
	u32 *count = ix ? ix->count : NULL;
	int i, err = 0;

	lockdep_assert_held(&gn->config.lock);
	for (i = 0; i < GWS_GAUGE_COUNT && !err; i++)
		err = put_counter(skb, "", gws_gauge_name(i),
				  gws_gauge_value(gn, i));
	return err ?:
	       put_counter(skb, "", "listeners",
			   count ? count[GWS_OBJECT_LISTENER] : 0) ?:
	       put_counter(skb, "", "tables",
			   count ? count[GWS_OBJECT_TABLE] : 0) ?:
	       put_counter(skb, "", "clusters",
			   count ? count[GWS_OBJECT_CLUSTER] : 0) ?:
	       put_counter(skb, "", "binds", ix ? ix->nbinds : 0);
}

static int put_limits(struct sk_buff *skb, struct gws_net *gn)
{
	struct nlattr *nest;
	int i;

	for (i = 0; i < GWS_LIMIT_COUNT; i++) {
		const struct gws_limit_range *r = &gws_limit_ranges[i];

		nest = nla_nest_start(skb, GWS_A_LIMIT);
		if (!nest || nla_put_string(skb, GWS_A_LIM_NAME, r->name) ||
		    nla_put_u64_64bit(skb, GWS_A_LIM_VALUE,
				      gws_limit(gn->limits, i),
				      GWS_A_LIM_PAD) ||
		    nla_put_u64_64bit(skb, GWS_A_LIM_DEFAULT, r->standard,
				      GWS_A_LIM_PAD))
			return -EMSGSIZE;
		nla_nest_end(skb, nest);
	}
	return 0;
}

static int put_info(struct sk_buff *skb, struct gws_net *gn)
{
	struct gws_config *cfg = &gn->config;

	if (nla_put_string(skb, GWS_A_VERSION, GWS_VERSION) ||
	    nla_put_u32(skb, GWS_A_ABI, GWS_ABI) ||
	    nla_put_u64_64bit(skb, GWS_A_GENERATION, cfg->generation,
			      GWS_A_PAD) ||
	    nla_put_u64_64bit(skb, GWS_A_MEMORY, atomic64_read(&cfg->memory),
			      GWS_A_PAD))
		return -EMSGSIZE;
	return put_counters(skb, gn) ?: put_gauges(skb, gn) ?:
	       put_limits(skb, gn);
}

int gws_get_info(struct sk_buff *skb, struct genl_info *info)
{
	struct gws_net *gn = gws_net(genl_info_net(info));
	struct sk_buff *reply;
	void *hdr;
	int err = -EMSGSIZE;

	/* Some hundred entries of less than a hundred bytes. */
	reply = genlmsg_new(GWS_INFO_MAX, GFP_KERNEL);
	if (!reply)
		return -ENOMEM;
	hdr = genlmsg_put_reply(reply, info, &gws_genl_family, 0,
				GWS_CMD_GET_INFO);
	if (!hdr)
		goto err_free;
	mutex_lock(&gn->config.lock);
	err = put_info(reply, gn);
	mutex_unlock(&gn->config.lock);
	if (err)
		goto err_free;
	genlmsg_end(reply, hdr);
	return genlmsg_reply(reply, info);

err_free:
	nlmsg_free(reply);
	return err;
}

int gws_set_limit(struct sk_buff *skb, struct genl_info *info)
{
	struct gws_net *gn = gws_net(genl_info_net(info));
	struct nlattr *tb[GWS_A_LIM_MAX + 1];
	int err;

	if (GENL_REQ_ATTR_CHECK(info, GWS_A_LIMIT))
		return -EINVAL;
	err = nla_parse_nested(tb, GWS_A_LIM_MAX, info->attrs[GWS_A_LIMIT],
			       NULL, info->extack);
	if (err)
		return err;
	if (NL_REQ_ATTR_CHECK(info->extack, info->attrs[GWS_A_LIMIT], tb,
			      GWS_A_LIM_NAME) ||
	    NL_REQ_ATTR_CHECK(info->extack, info->attrs[GWS_A_LIMIT], tb,
			      GWS_A_LIM_VALUE))
		return -EINVAL;
	err = gws_limit_set(gn->limits, nla_data(tb[GWS_A_LIM_NAME]),
			    nla_get_u64(tb[GWS_A_LIM_VALUE]));
	if (err == -ENOENT)
		NL_SET_ERR_MSG_ATTR(info->extack, tb[GWS_A_LIM_NAME],
				    "no such limit");
	else if (err)
		NL_SET_ERR_MSG_ATTR(info->extack, tb[GWS_A_LIM_VALUE],
				    "out of the limit's range");
	return err;
}
