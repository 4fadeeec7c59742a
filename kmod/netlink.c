// SPDX-License-Identifier: GPL-2.0-only
/*
 * The netlink family: what a message may look like, who may send it, and the
 * handlers that hand it to the transaction. The state is that of the sending
 * socket's network namespace.
 */
#include <linux/notifier.h>
#include "limits.h"
#include "log.h"
#include "netlink.h"
#include "netns.h"
#include "transaction.h"

static const struct nla_policy limit_policy[GWS_A_LIM_MAX + 1] = {
	[GWS_A_LIM_NAME] = { .type = NLA_NUL_STRING, .len = 63 },
	[GWS_A_LIM_VALUE] = { .type = NLA_U64 },
};

static const struct nla_policy bind_policy[GWS_A_BIND_MAX + 1] = {
	[GWS_A_BIND_ADDR] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[GWS_A_BIND_PORT] = NLA_POLICY_MIN(NLA_U16, 1),
	[GWS_A_BIND_KIND] = NLA_POLICY_RANGE(NLA_U8, GWS_BIND_UNSPEC + 1,
					     __GWS_BIND_LAST - 1),
};

static const struct nla_policy net_policy[GWS_A_NET_MAX + 1] = {
	[GWS_A_NET_ADDR] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[GWS_A_NET_BITS] = NLA_POLICY_MAX(NLA_U8, 128),
};

static const struct nla_policy client_policy[GWS_A_CLIENT_MAX + 1] = {
	[GWS_A_CLIENT_FLAGS] = NLA_POLICY_MASK(NLA_U32, GWS_CLIENT_F_PROXY |
					       GWS_CLIENT_F_FORWARDED |
					       GWS_CLIENT_F_NO_X_FORWARDED),
	[GWS_A_CLIENT_SENDER] = NLA_POLICY_NESTED(net_policy),
	[GWS_A_CLIENT_TRUSTED] = NLA_POLICY_NESTED(net_policy),
	[GWS_A_CLIENT_LIMIT] = NLA_POLICY_NESTED(limit_policy),
};

static const struct nla_policy header_policy[GWS_A_HDR_MAX + 1] = {
	[GWS_A_HDR_NAME] = { .type = NLA_NUL_STRING },
	[GWS_A_HDR_VALUE] = { .type = NLA_NUL_STRING },
	[GWS_A_HDR_REGEX] = { .type = NLA_U32 },
};

static const struct nla_policy filter_policy[GWS_A_FILTER_MAX + 1] = {
	[GWS_A_FILTER_KIND] = NLA_POLICY_RANGE(NLA_U8, GWS_FILTER_UNSPEC + 1,
					       __GWS_FILTER_LAST - 1),
	[GWS_A_FILTER_SET] = NLA_POLICY_NESTED(header_policy),
	[GWS_A_FILTER_ADD] = NLA_POLICY_NESTED(header_policy),
	[GWS_A_FILTER_REMOVE] = { .type = NLA_NUL_STRING },
	[GWS_A_FILTER_SCHEME] = { .type = NLA_NUL_STRING },
	[GWS_A_FILTER_HOSTNAME] = { .type = NLA_NUL_STRING,
				    .len = GWS_HOSTNAME_MAX },
	[GWS_A_FILTER_PORT] = NLA_POLICY_MIN(NLA_U16, 1),
	[GWS_A_FILTER_STATUS] = { .type = NLA_U16 },
	[GWS_A_FILTER_REPLACE] = NLA_POLICY_MAX(NLA_U8,
						__GWS_REPLACE_LAST - 1),
	[GWS_A_FILTER_PATH] = { .type = NLA_NUL_STRING },
	[GWS_A_FILTER_PREFIX] = { .type = NLA_NUL_STRING },
	[GWS_A_FILTER_ORIGIN] = { .type = NLA_NUL_STRING },
	[GWS_A_FILTER_METHOD] = { .type = NLA_NUL_STRING },
	[GWS_A_FILTER_HEADER] = { .type = NLA_NUL_STRING },
	[GWS_A_FILTER_EXPOSE] = { .type = NLA_NUL_STRING },
	[GWS_A_FILTER_CREDENTIALS] = NLA_POLICY_MAX(NLA_U8, 1),
	[GWS_A_FILTER_MAX_AGE] = { .type = NLA_U32 },
	[GWS_A_FILTER_CLUSTER] = { .type = NLA_U32 },
	[GWS_A_FILTER_NAME] = { .type = NLA_NUL_STRING,
				.len = GWS_BACKEND_NAME_MAX },
	[GWS_A_FILTER_NUMERATOR] = { .type = NLA_U32 },
	[GWS_A_FILTER_DENOMINATOR] = { .type = NLA_U32 },
};

static const struct nla_policy backend_policy[GWS_A_BACKEND_MAX + 1] = {
	[GWS_A_BACKEND_CLUSTER] = { .type = NLA_U32 },
	[GWS_A_BACKEND_WEIGHT] = { .type = NLA_U32 },
	[GWS_A_BACKEND_NAME] = { .type = NLA_NUL_STRING,
				 .len = GWS_BACKEND_NAME_MAX },
	[GWS_A_BACKEND_FILTER] = NLA_POLICY_NESTED(filter_policy),
};

static const struct nla_policy retry_policy[GWS_A_RETRY_MAX + 1] = {
	[GWS_A_RETRY_ATTEMPTS] = { .type = NLA_U32 },
	[GWS_A_RETRY_BACKOFF] = { .type = NLA_U32 },
	[GWS_A_RETRY_CODES] = { .type = NLA_BINARY },
};

static const struct nla_policy rule_policy[GWS_A_RULE_MAX + 1] = {
	[GWS_A_RULE_KIND] = NLA_POLICY_RANGE(NLA_U8, GWS_ROUTE_UNSPEC + 1,
					     __GWS_ROUTE_LAST - 1),
	[GWS_A_RULE_NAMESPACE] = { .type = NLA_NUL_STRING,
				   .len = GWS_NAMESPACE_MAX },
	[GWS_A_RULE_ROUTE] = { .type = NLA_NUL_STRING, .len = GWS_NAME_MAX },
	[GWS_A_RULE_NAME] = { .type = NLA_NUL_STRING, .len = GWS_NAME_MAX },
	[GWS_A_RULE_BACKEND] = NLA_POLICY_NESTED(backend_policy),
	[GWS_A_RULE_TIMEOUT] = { .type = NLA_U32 },
	[GWS_A_RULE_TRY_TIMEOUT] = { .type = NLA_U32 },
	[GWS_A_RULE_RETRY] = NLA_POLICY_NESTED(retry_policy),
	[GWS_A_RULE_FILTER] = NLA_POLICY_NESTED(filter_policy),
};

static const struct nla_policy regex_policy[GWS_A_REGEX_MAX + 1] = {
	[GWS_A_REGEX_TEXT] = { .type = NLA_NUL_STRING,
			       .len = GWS_REGEX_TEXT_MAX },
	[GWS_A_REGEX_DFA] = { .type = NLA_BINARY, .len = GWS_DFA_SIZE_MAX },
};

static const struct nla_policy match_policy[GWS_A_MATCH_MAX + 1] = {
	[GWS_A_MATCH_RULE] = { .type = NLA_U32 },
	[GWS_A_MATCH_PATH_KIND] = NLA_POLICY_MAX(NLA_U8, __GWS_PATH_LAST - 1),
	[GWS_A_MATCH_PATH] = { .type = NLA_NUL_STRING },
	[GWS_A_MATCH_HEADER] = NLA_POLICY_NESTED(header_policy),
	[GWS_A_MATCH_METHOD] = { .type = NLA_NUL_STRING,
				 .len = GWS_METHOD_MAX },
	[GWS_A_MATCH_QUERY] = NLA_POLICY_NESTED(header_policy),
	[GWS_A_MATCH_PATH_REGEX] = { .type = NLA_U32 },
};

static const struct nla_policy endpoint_policy[GWS_A_EP_MAX + 1] = {
	[GWS_A_EP_ADDR] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[GWS_A_EP_PORT] = NLA_POLICY_MIN(NLA_U16, 1),
	[GWS_A_EP_FLAGS] = NLA_POLICY_MASK(NLA_U32, GWS_EP_F_READY |
					   GWS_EP_F_SERVING),
};

#define ID_POLICY	NLA_POLICY_MIN(NLA_U32, 1)
#define FLAGS_POLICY	NLA_POLICY_MASK(NLA_U32, GWS_F_APPEND)
#define PROTOCOL_POLICY	NLA_POLICY_RANGE(NLA_U8, GWS_PROTOCOL_UNSPEC + 1, \
					 __GWS_PROTOCOL_LAST - 1)

static const struct nla_policy set_limit_policy[GWS_A_MAX + 1] = {
	[GWS_A_LIMIT] = NLA_POLICY_NESTED(limit_policy),
};

static const struct nla_policy begin_policy[GWS_A_MAX + 1] = {
	[GWS_A_GENERATION] = { .type = NLA_U64 },
};

static const struct nla_policy listener_policy[GWS_A_MAX + 1] = {
	[GWS_A_ID] = ID_POLICY,
	[GWS_A_FLAGS] = FLAGS_POLICY,
	[GWS_A_DIGEST] = { .type = NLA_U64 },
	[GWS_A_NAMESPACE] = { .type = NLA_NUL_STRING,
			      .len = GWS_NAMESPACE_MAX },
	[GWS_A_GATEWAY] = { .type = NLA_NUL_STRING, .len = GWS_NAME_MAX },
	[GWS_A_SECTION] = { .type = NLA_NUL_STRING, .len = GWS_NAME_MAX },
	[GWS_A_SET_NAMESPACE] = { .type = NLA_NUL_STRING,
				  .len = GWS_NAMESPACE_MAX },
	[GWS_A_SET] = { .type = NLA_NUL_STRING, .len = GWS_NAME_MAX },
	[GWS_A_PROTOCOL] = PROTOCOL_POLICY,
	[GWS_A_PORT] = NLA_POLICY_MIN(NLA_U16, 1),
	[GWS_A_HOSTNAME] = { .type = NLA_NUL_STRING,
			     .len = GWS_HOSTNAME_MAX },
	[GWS_A_BIND] = NLA_POLICY_NESTED(bind_policy),
	[GWS_A_CLIENT] = NLA_POLICY_NESTED(client_policy),
};

static const struct nla_policy table_policy[GWS_A_MAX + 1] = {
	[GWS_A_ID] = ID_POLICY,
	[GWS_A_FLAGS] = FLAGS_POLICY,
	[GWS_A_DIGEST] = { .type = NLA_U64 },
	[GWS_A_LISTENER] = ID_POLICY,
	[GWS_A_HOSTNAME] = { .type = NLA_NUL_STRING,
			     .len = GWS_HOSTNAME_MAX },
	[GWS_A_RULE] = NLA_POLICY_NESTED(rule_policy),
	[GWS_A_MATCH] = NLA_POLICY_NESTED(match_policy),
	[GWS_A_REGEX] = NLA_POLICY_NESTED(regex_policy),
};

static const struct nla_policy cluster_policy[GWS_A_MAX + 1] = {
	[GWS_A_ID] = ID_POLICY,
	[GWS_A_FLAGS] = FLAGS_POLICY,
	[GWS_A_DIGEST] = { .type = NLA_U64 },
	[GWS_A_NAME] = { .type = NLA_NUL_STRING, .len = GWS_BACKEND_NAME_MAX },
	[GWS_A_PROTOCOL] = PROTOCOL_POLICY,
	[GWS_A_ENDPOINT] = NLA_POLICY_NESTED(endpoint_policy),
};

static const struct nla_policy test_policy[GWS_A_MAX + 1] = {
	[GWS_A_BIND] = NLA_POLICY_NESTED(bind_policy),
	[GWS_A_REQUEST] = { .type = NLA_BINARY, .len = GWS_HEAD_MAX },
};

static const struct nla_policy delete_policy[GWS_A_MAX + 1] = {
	[GWS_A_ID] = ID_POLICY,
};

/* Commands without attributes take none. */
static const struct nla_policy empty_policy[GWS_A_MAX + 1] = {};

static struct gws_net *info_gn(struct genl_info *info)
{
	return gws_net(genl_info_net(info));
}

static int do_begin(struct sk_buff *skb, struct genl_info *info)
{
	if (GENL_REQ_ATTR_CHECK(info, GWS_A_GENERATION))
		return -EINVAL;
	return gws_transaction_begin(info_gn(info), info->snd_portid,
				     nla_get_u64(info->attrs[GWS_A_GENERATION]));
}

/* A later part of an object has items only: its scalars came with the first. */
static int append_check(struct genl_info *info)
{
	int i;

	for (i = 1; i <= GWS_A_MAX; i++) {
		switch (info->attrs[i] ? i : GWS_A_ID) {
		case GWS_A_ID:
		case GWS_A_FLAGS:
		case GWS_A_BIND:
		case GWS_A_RULE:
		case GWS_A_REGEX:
		case GWS_A_MATCH:
		case GWS_A_ENDPOINT:
			continue;
		}
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[i],
				    "only items can be appended");
		return -EINVAL;
	}
	return 0;
}

static int put(struct genl_info *info, enum gws_object kind)
{
	const struct nlmsghdr *nlh = info->nlhdr;
	bool append = false;
	int err;

	if (GENL_REQ_ATTR_CHECK(info, GWS_A_ID))
		return -EINVAL;
	if (info->attrs[GWS_A_FLAGS])
		append = nla_get_u32(info->attrs[GWS_A_FLAGS]) & GWS_F_APPEND;
	if (append) {
		err = append_check(info);
		if (err)
			return err;
	}
	err = gws_transaction_stage(info_gn(info), info->snd_portid, kind,
				    nla_get_u32(info->attrs[GWS_A_ID]), append,
				    nlmsg_attrdata(nlh, GENL_HDRLEN),
				    nlmsg_attrlen(nlh, GENL_HDRLEN));
	if (err == -EINVAL)
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[GWS_A_ID],
				    "nothing was staged that this could be appended to");
	return err;
}

static int put_listener(struct sk_buff *skb, struct genl_info *info)
{
	return put(info, GWS_OBJECT_LISTENER);
}

static int put_table(struct sk_buff *skb, struct genl_info *info)
{
	return put(info, GWS_OBJECT_TABLE);
}

static int put_cluster(struct sk_buff *skb, struct genl_info *info)
{
	return put(info, GWS_OBJECT_CLUSTER);
}

static int del(struct genl_info *info, enum gws_object kind)
{
	int err;

	if (GENL_REQ_ATTR_CHECK(info, GWS_A_ID))
		return -EINVAL;
	err = gws_transaction_remove(info_gn(info), info->snd_portid, kind,
				     nla_get_u32(info->attrs[GWS_A_ID]));
	if (err == -ENOENT)
		NL_SET_BAD_ATTR(info->extack, info->attrs[GWS_A_ID]);
	return err;
}

static int del_listener(struct sk_buff *skb, struct genl_info *info)
{
	return del(info, GWS_OBJECT_LISTENER);
}

static int del_table(struct sk_buff *skb, struct genl_info *info)
{
	return del(info, GWS_OBJECT_TABLE);
}

static int del_cluster(struct sk_buff *skb, struct genl_info *info)
{
	return del(info, GWS_OBJECT_CLUSTER);
}

/* Sends @reply, made for one number, or frees it. */
static int reply_u64(struct sk_buff *reply, struct genl_info *info, u8 cmd,
		     int type, u64 value)
{
	void *hdr = genlmsg_put_reply(reply, info, &gws_genl_family, 0, cmd);

	if (!hdr || nla_put_u64_64bit(reply, type, value, GWS_A_PAD)) {
		nlmsg_free(reply);
		return -EMSGSIZE;
	}
	genlmsg_end(reply, hdr);
	return genlmsg_reply(reply, info);
}

/* The reply is allocated first: what is published must be acknowledged. */
static int do_commit(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *reply;
	u64 generation;
	int err;

	reply = genlmsg_new(nla_total_size_64bit(sizeof(u64)), GFP_KERNEL);
	if (!reply)
		return -ENOMEM;
	err = gws_transaction_commit(info_gn(info), info->snd_portid,
				     info->extack, &generation);
	if (err) {
		nlmsg_free(reply);
		return err;
	}
	return reply_u64(reply, info, GWS_CMD_COMMIT, GWS_A_GENERATION,
			 generation);
}

static int do_abort(struct sk_buff *skb, struct genl_info *info)
{
	return gws_transaction_abort(info_gn(info), info->snd_portid);
}

/* The reply is allocated first: who is told no has not subscribed. */
static int subscribe_log(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *reply;
	u64 lost = 0;
	int err;

	reply = genlmsg_new(nla_total_size_64bit(sizeof(u64)), GFP_KERNEL);
	if (!reply)
		return -ENOMEM;
	err = gws_log_subscribe(&info_gn(info)->log, info->snd_portid, &lost);
	if (err) {
		nlmsg_free(reply);
		return err;
	}
	return reply_u64(reply, info, GWS_CMD_SUBSCRIBE_LOG, GWS_A_LOG_LOST,
			 lost);
}

#define DO(command, handler, attributes)				\
	{								\
		.cmd = GWS_CMD_##command,				\
		.flags = GENL_ADMIN_PERM,				\
		.policy = attributes,					\
		.maxattr = GWS_A_MAX,					\
		.doit = handler,					\
	}

#define DUMP(command, handler)						\
	{								\
		.cmd = GWS_CMD_##command,				\
		.flags = GENL_ADMIN_PERM,				\
		.policy = empty_policy,					\
		.maxattr = GWS_A_MAX,					\
		.start = gws_dump_start,				\
		.dumpit = handler,					\
	}

static const struct genl_ops ops[] = {
	DO(GET_INFO, gws_get_info, empty_policy),
	DO(SET_LIMIT, gws_set_limit, set_limit_policy),
	DO(BEGIN, do_begin, begin_policy),
	DO(PUT_LISTENER, put_listener, listener_policy),
	DO(PUT_TABLE, put_table, table_policy),
	DO(PUT_CLUSTER, put_cluster, cluster_policy),
	DO(DEL_LISTENER, del_listener, delete_policy),
	DO(DEL_TABLE, del_table, delete_policy),
	DO(DEL_CLUSTER, del_cluster, delete_policy),
	DO(COMMIT, do_commit, empty_policy),
	DO(ABORT, do_abort, empty_policy),
	DO(TEST_ROUTE, gws_test_route, test_policy),
	DUMP(GET_LISTENER, gws_dump_listeners),
	DUMP(GET_TABLE, gws_dump_tables),
	DUMP(GET_CLUSTER, gws_dump_clusters),
	DUMP(GET_STATS, gws_dump_stats),
	DO(SUBSCRIBE_LOG, subscribe_log, empty_policy),
	{
		.cmd = GWS_CMD_GET_CONNECTION,
		.flags = GENL_ADMIN_PERM,
		.policy = empty_policy,
		.maxattr = GWS_A_MAX,
		.start = gws_dump_conns_start,
		.dumpit = gws_dump_conns,
		.done = gws_dump_conns_done,
	},
};

/*
 * parallel_ops: config->lock orders the handlers; a long commit then does not
 * hold up other families.
 */
struct genl_family gws_genl_family __ro_after_init = {
	.name = GWS_GENL_NAME,
	.version = GWS_GENL_VERSION,
	.maxattr = GWS_A_MAX,
	.netnsok = true,
	.parallel_ops = true,
	.module = THIS_MODULE,
	.ops = ops,
	.n_ops = ARRAY_SIZE(ops),
	/* All commands insist on clear reserved bits. */
	.resv_start_op = GWS_CMD_GET_INFO,
};

/* A socket that goes takes its transaction and its subscription along. */
static int socket_closed(struct notifier_block *nb, unsigned long event,
			 void *data)
{
	const struct netlink_notify *n = data;

	if (event != NETLINK_URELEASE || n->protocol != NETLINK_GENERIC)
		return NOTIFY_DONE;
	/*
	 * At once: its number is free for anybody to take already, and a commit may
	 * hold the lock of transactions for long.
	 */
	gws_log_unsubscribe(&gws_net(n->net)->log, n->portid);
	gws_transaction_abort(gws_net(n->net), n->portid);
	return NOTIFY_DONE;
}

static struct notifier_block notifier = {
	.notifier_call = socket_closed,
};

int gws_netlink_init(void)
{
	int err;

	err = netlink_register_notifier(&notifier);
	if (err)
		return err;
	err = genl_register_family(&gws_genl_family);
	if (err)
		netlink_unregister_notifier(&notifier);
	return err;
}

void gws_netlink_exit(void)
{
	genl_unregister_family(&gws_genl_family);
	netlink_unregister_notifier(&notifier);
}
