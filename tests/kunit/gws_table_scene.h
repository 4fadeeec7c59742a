/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What suite gws_table plays on: the module's own sources are compiled in here,
 * the parts around them are replaced by stubs, and messages are made as user
 * space would make them. Included once.
 */
#ifndef GWS_TABLE_SCENE_H
#define GWS_TABLE_SCENE_H

#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/inet.h>
#include <linux/kthread.h>

#include "../../kmod/owner.c"
#include "../../kmod/stats.c"
#include "../../kmod/table.c"
#include "../../kmod/cluster.c"
#include "../../kmod/config.c"
#include "../../kmod/endpoint.c"
#include "../../kmod/binds.c"
#include "../../kmod/decode.c"
#include "../../kmod/decode_table.c"
#include "../../kmod/decode_match.c"
#include "../../kmod/decode_filter.c"
#include "../../kmod/decode_mirror.c"
#include "../../kmod/tries.c"
#include "../../kmod/policy.c"
#include "../../kmod/decode_policy.c"
#include "../../kmod/transaction.c"

/* The parts of the module that stay outside. */

static int sysfs_fails_in;	/* calls of gws_sysfs_add(); 0: never */
static int activate_error;
static unsigned int posts;	/* calls of gws_worker_post() */

int gws_net_activate(struct gws_net *gn)
{
	return activate_error;
}

bool gws_worker_post(int cpu, struct gws_call *call)
{
	posts++;
	return false;
}

u64 gws_budget_held(const struct gws_net *gn)
{
	return 0;
}

u64 gws_budget_max(const struct gws_net *gn)
{
	return 0;
}

void gws_pool_run(struct gws_worker *w, struct gws_call *call)
{
}

int gws_sysfs_add(struct gws_stats *stats)
{
	return sysfs_fails_in && !--sysfs_fails_in ? -ENOMEM : 0;
}

void gws_sysfs_show(struct gws_stats *stats)
{
}

void gws_sysfs_remove(struct gws_stats *stats)
{
}

/* Messages */

enum { PORTID = 7, COMMITS = 150 };

struct scene {
	struct gws_net *gn;
	struct sk_buff *skb;
	struct netlink_ext_ack extack;
	struct gws_route_hint hint;	/* of a connection to @hinted */
	struct gws_addr hinted;
	struct gws_http_request req;	/* one that comes from memory */
};

static void message(struct scene *s)
{
	skb_trim(s->skb, 0);
}

static void begin(struct kunit *test)
{
	struct scene *s = test->priv;
	int err = gws_transaction_begin(s->gn, PORTID,
					s->gn->config.generation);

	KUNIT_ASSERT_EQ(test, err, 0);
}

static int commit(struct kunit *test)
{
	struct scene *s = test->priv;
	u64 generation;

	s->extack = (struct netlink_ext_ack){};
	return gws_transaction_commit(s->gn, PORTID, &s->extack, &generation);
}

/* The commit is refused, says @text, and leaves everything as it was. */
static void expect_refused(struct kunit *test, const char *text)
{
	struct scene *s = test->priv;
	u64 generation = s->gn->config.generation;

	KUNIT_EXPECT_EQ(test, commit(test), -EINVAL);
	KUNIT_ASSERT_NOT_NULL(test, s->extack._msg);
	KUNIT_EXPECT_TRUE_MSG(test, strstr(s->extack._msg, text),
			      "\"%s\" is not in \"%s\"", text, s->extack._msg);
	KUNIT_EXPECT_EQ(test, s->gn->config.generation, generation);
}

static void stage(struct kunit *test, enum gws_object kind, u32 id)
{
	struct scene *s = test->priv;

	KUNIT_ASSERT_EQ(test, gws_transaction_stage(s->gn, PORTID, kind, id,
						    false, s->skb->data,
						    s->skb->len), 0);
}

static void del(struct kunit *test, enum gws_object kind, u32 id)
{
	struct scene *s = test->priv;

	KUNIT_ASSERT_EQ(test, gws_transaction_remove(s->gn, PORTID, kind, id),
			0);
}

static struct gws_addr address(const char *ip, u16 port)
{
	struct gws_addr addr = { .port = port, .family = AF_INET };

	if (ip && strchr(ip, ':')) {
		addr.family = AF_INET6;
		in6_pton(ip, -1, addr.ip.in6.s6_addr, -1, NULL);
	} else if (ip) {
		addr.ip.ip = in_aton(ip);
	}
	return addr;
}

static int put_ip(struct sk_buff *skb, int type, const char *ip)
{
	struct gws_addr addr = address(ip, 0);

	return nla_put(skb, type, addr.family == AF_INET6 ? 16 : 4, &addr.ip);
}

/* @ip NULL: a NodePort, else an address of the Gateway's own. */
static void put_bind(struct scene *s, const char *ip, u16 port)
{
	struct nlattr *nest = nla_nest_start(s->skb, GWS_A_BIND);

	if (ip)
		put_ip(s->skb, GWS_A_BIND_ADDR, ip);
	nla_put_u16(s->skb, GWS_A_BIND_PORT, port);
	nla_put_u8(s->skb, GWS_A_BIND_KIND,
		   ip ? GWS_BIND_ADDRESS : GWS_BIND_NODEPORT);
	nla_nest_end(s->skb, nest);
}

/* Without binds, unless @port is given: a NodePort. */
static void put_listener(struct scene *s, const char *section,
			 const char *hostname, u16 port)
{
	message(s);
	nla_put_string(s->skb, GWS_A_NAMESPACE, "default");
	nla_put_string(s->skb, GWS_A_GATEWAY, "gw");
	nla_put_string(s->skb, GWS_A_SECTION, section);
	nla_put_u8(s->skb, GWS_A_PROTOCOL, GWS_PROTOCOL_HTTP);
	nla_put_u16(s->skb, GWS_A_PORT, 80);
	nla_put_string(s->skb, GWS_A_HOSTNAME, hostname);
	if (port)
		put_bind(s, NULL, port);
}

static void stage_listener(struct kunit *test, u32 id, const char *section,
			   const char *hostname, u16 port)
{
	put_listener(test->priv, section, hostname, port);
	stage(test, GWS_OBJECT_LISTENER, id);
}

static void put_endpoint(struct scene *s, const char *ip, u32 flags)
{
	struct nlattr *nest = nla_nest_start(s->skb, GWS_A_ENDPOINT);

	put_ip(s->skb, GWS_A_EP_ADDR, ip);
	nla_put_u16(s->skb, GWS_A_EP_PORT, 8080);
	nla_put_u32(s->skb, GWS_A_EP_FLAGS, flags);
	nla_nest_end(s->skb, nest);
}

static void stage_cluster(struct kunit *test, u32 id, const char *ip1,
			  const char *ip2)
{
	struct scene *s = test->priv;

	message(s);
	nla_put_string(s->skb, GWS_A_NAME, "default/a:80");
	nla_put_u8(s->skb, GWS_A_PROTOCOL, GWS_PROTOCOL_HTTP);
	if (ip1)
		put_endpoint(s, ip1, GWS_EP_F_READY);
	if (ip2)
		put_endpoint(s, ip2, GWS_EP_F_READY);
	stage(test, GWS_OBJECT_CLUSTER, id);
}

static void put_backend(struct scene *s, u32 cluster, u32 weight)
{
	struct nlattr *nest = nla_nest_start(s->skb, GWS_A_RULE_BACKEND);

	nla_put_u32(s->skb, GWS_A_BACKEND_CLUSTER, cluster);
	nla_put_u32(s->skb, GWS_A_BACKEND_WEIGHT, weight);
	nla_put_string(s->skb, GWS_A_BACKEND_NAME, "default/a:80");
	nla_nest_end(s->skb, nest);
}

static void put_rule_names(struct scene *s)
{
	nla_put_u8(s->skb, GWS_A_RULE_KIND, GWS_ROUTE_HTTP);
	nla_put_string(s->skb, GWS_A_RULE_NAMESPACE, "default");
	nla_put_string(s->skb, GWS_A_RULE_ROUTE, "route");
	nla_put_string(s->skb, GWS_A_RULE_NAME, "0");
}

/* One rule with one match and backends 1 and 2; a weight of 0: not there. */
static void stage_table(struct kunit *test, u32 id, u32 listener,
			const char *hostname, const char *path, u32 weight1,
			u32 weight2)
{
	struct scene *s = test->priv;
	struct nlattr *nest;

	message(s);
	nla_put_u32(s->skb, GWS_A_LISTENER, listener);
	nla_put_string(s->skb, GWS_A_HOSTNAME, hostname);
	nest = nla_nest_start(s->skb, GWS_A_RULE);
	put_rule_names(s);
	if (weight1)
		put_backend(s, 1, weight1);
	if (weight2)
		put_backend(s, 2, weight2);
	nla_nest_end(s->skb, nest);
	nest = nla_nest_start(s->skb, GWS_A_MATCH);
	nla_put_u32(s->skb, GWS_A_MATCH_RULE, 0);
	nla_put_u8(s->skb, GWS_A_MATCH_PATH_KIND, GWS_PATH_PREFIX);
	nla_put_string(s->skb, GWS_A_MATCH_PATH, path);
	nla_nest_end(s->skb, nest);
	stage(test, GWS_OBJECT_TABLE, id);
}

static void put_mirror(struct scene *s, u32 cluster, u32 numerator,
		       u32 denominator)
{
	struct nlattr *nest = nla_nest_start(s->skb, GWS_A_RULE_FILTER);

	nla_put_u8(s->skb, GWS_A_FILTER_KIND, GWS_FILTER_MIRROR);
	nla_put_u32(s->skb, GWS_A_FILTER_CLUSTER, cluster);
	nla_put_string(s->skb, GWS_A_FILTER_NAME, "default/a:80");
	nla_put_u32(s->skb, GWS_A_FILTER_NUMERATOR, numerator);
	nla_put_u32(s->skb, GWS_A_FILTER_DENOMINATOR, denominator);
	nla_nest_end(s->skb, nest);
}

/* Table 1 of listener 1: a rule with backend 1 and @n mirrors to cluster 2. */
static void stage_mirrors(struct kunit *test, u32 n, u32 numerator,
			  u32 denominator)
{
	struct scene *s = test->priv;
	struct nlattr *nest;

	message(s);
	nla_put_u32(s->skb, GWS_A_LISTENER, 1);
	nla_put_string(s->skb, GWS_A_HOSTNAME, "");
	nest = nla_nest_start(s->skb, GWS_A_RULE);
	put_rule_names(s);
	put_backend(s, 1, 1);
	while (n--)
		put_mirror(s, 2, numerator, denominator);
	nla_nest_end(s->skb, nest);
	stage(test, GWS_OBJECT_TABLE, 1);
}

static const struct gws_http_request no_headers;

static struct gws_str str(const char *s)
{
	return (struct gws_str){ s, strlen(s) };
}

static int route_by(struct kunit *test, const struct gws_addr *to,
		    const char *host, const char *path,
		    const struct gws_http_request *req,
		    struct gws_route_hint *hint)
{
	struct scene *s = test->priv;
	struct gws_choice choice;
	enum gws_verdict verdict;
	int id;

	verdict = gws_config_route(s->gn, to, str(host), str(path), req, hint,
				   &choice);
	id = choice.table ? choice.table->id : -verdict;
	gws_choice_put(&choice);
	return id;
}

/* The same number only for the same request, as http_memo.h has it. */
static u64 serial_of(const char *host, const char *path)
{
	return (u64)jhash(host, strlen(host), 1) << 32 |
	       jhash(path, strlen(path), 1);
}

/*
 * The id of the table that serves the request, or -verdict. The hint of a
 * connection to @to, of whatever was asked there before, changes nothing, be
 * the request parsed or from memory.
 */
static int route(struct kunit *test, const struct gws_addr *to,
		 const char *host, const char *path)
{
	struct scene *s = test->priv;
	int id = route_by(test, to, host, path, &no_headers, NULL);
	int i;

	if (!gws_addr_equal(&s->hinted, to)) {
		s->hinted = *to;
		s->hint = (struct gws_route_hint){};
	}
	s->req.serial = serial_of(host, path);
	for (i = 0; i < 2; i++) {
		KUNIT_EXPECT_EQ(test, id, route_by(test, to, host, path, &s->req,
						   &s->hint));
		KUNIT_EXPECT_EQ(test, id, route_by(test, to, host, path,
						   &no_headers, &s->hint));
	}
	KUNIT_EXPECT_EQ(test, id, route_by(test, to, host, path, &s->req,
					   &s->hint));
	KUNIT_EXPECT_EQ(test, id, route_by(test, to, host, path, &s->req,
					   &s->hint));
	return id;
}

static int scene_init(struct kunit *test)
{
	struct scene *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, s);
	s->gn = kvzalloc(sizeof(*s->gn), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, s->gn);
	s->skb = alloc_skb(65536, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, s->skb);
	s->gn->counters = alloc_percpu(struct gws_counters);
	KUNIT_ASSERT_TRUE(test, !!s->gn->counters);
	spin_lock_init(&s->gn->endpoint_lock);
	hash_init(s->gn->endpoints);
	test->priv = s;
	sysfs_fails_in = 0;
	activate_error = 0;
	return gws_config_init(s->gn);
}

/* Whatever a test leaves must come to an end, with all memory accounted for. */
static void scene_exit(struct kunit *test)
{
	struct scene *s = test->priv;

	gws_config_exit(s->gn);
	KUNIT_EXPECT_EQ(test, (s64)atomic64_read(&s->gn->config.memory), 0);
	KUNIT_EXPECT_TRUE(test, hash_empty(s->gn->endpoints));
	free_percpu(s->gn->counters);
	kfree_skb(s->skb);
	kvfree(s->gn);
}

/* One listener on port 30731 and two clusters. */
static void arrange(struct kunit *test)
{
	begin(test);
	stage_listener(test, 1, "http", "", 30731);
	stage_cluster(test, 1, "10.0.0.1", NULL);
	stage_cluster(test, 2, "10.0.0.2", NULL);
	KUNIT_ASSERT_EQ(test, commit(test), 0);
}

#endif
