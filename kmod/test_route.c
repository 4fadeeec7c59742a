// SPDX-License-Identifier: GPL-2.0-only
/*
 * GWS_CMD_TEST_ROUTE: which rule a request would get, by the functions that
 * requests themselves go through, and why the other matches lost. Nothing is
 * counted, and no turn of a weighted choice is used up.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include "http_uri.h"
#include "limits.h"
#include "netlink.h"
#include "netns.h"

/* A request as the data path would have it, and what is said about it. */
struct test {
	struct gws_net *gn;
	struct gws_addr to;
	struct gws_http_request req;
	struct gws_str host, path;
	struct sk_buff *reply;
	u32 left;		/* matches that may still be told */
	char host_room[GWS_HOST_MAX];
	char path_room[GWS_TARGET_MAX];
	char head[GWS_HEAD_MAX + GWS_HEAD_SLACK];
};

static int address_decode(struct test *t, struct genl_info *info)
{
	struct nlattr *tb[GWS_A_BIND_MAX + 1];
	int err;

	err = nla_parse_nested(tb, GWS_A_BIND_MAX, info->attrs[GWS_A_BIND],
			       NULL, info->extack);
	if (err)
		return err;
	if (!tb[GWS_A_BIND_ADDR] || !tb[GWS_A_BIND_PORT]) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[GWS_A_BIND],
				    "address or port missing");
		return -EINVAL;
	}
	t->to.port = nla_get_u16(tb[GWS_A_BIND_PORT]);
	switch (nla_len(tb[GWS_A_BIND_ADDR])) {
	case sizeof(struct in_addr):
		t->to.family = AF_INET;
		break;
	case sizeof(struct in6_addr):
		t->to.family = AF_INET6;
		break;
	default:
		NL_SET_ERR_MSG_ATTR(info->extack, tb[GWS_A_BIND_ADDR],
				    "neither 4 nor 16 bytes");
		return -EINVAL;
	}
	memcpy(&t->to.ip, nla_data(tb[GWS_A_BIND_ADDR]),
	       nla_len(tb[GWS_A_BIND_ADDR]));
	return 0;
}

/* 0, or what is wrong with the head: enum gws_http_error. -EINVAL: its end. */
static int head_parse(struct test *t, struct genl_info *info)
{
	const struct nlattr *nla = info->attrs[GWS_A_REQUEST];
	u32 resume = 0;
	int len;

	memcpy(t->head, nla_data(nla), nla_len(nla));
	len = gws_http_parse_request(t->head, nla_len(nla), &resume, &t->req);
	if (len < 0)
		return -len;
	if (!len || len != nla_len(nla)) {
		NL_SET_ERR_MSG_ATTR(info->extack, nla,
				    "not one head, from the first line to the empty one");
		return -EINVAL;
	}
	return -(gws_http_host_normalise(t->req.host, t->host_room,
					 sizeof(t->host_room), &t->host) ?:
		 gws_http_request_path(&t->req, t->path_room,
				       sizeof(t->path_room), &t->path));
}

static int put_match(struct test *t, const struct gws_table *table, u32 match,
		     enum gws_miss miss, u32 which)
{
	struct nlattr *nest;

	if (!t->left)
		return 0;
	t->left--;
	nest = nla_nest_start(t->reply, GWS_A_TRIED);
	if (!nest || nla_put_u32(t->reply, GWS_A_TRIED_TABLE, table->id) ||
	    nla_put_u32(t->reply, GWS_A_TRIED_MATCH, match) ||
	    nla_put_u8(t->reply, GWS_A_TRIED_MISS, miss) ||
	    nla_put_u32(t->reply, GWS_A_TRIED_WHICH, which))
		return -EMSGSIZE;
	nla_nest_end(t->reply, nest);
	return 0;
}

/*
 * Matches of a table that lost: of those whose path fits all, or of those whose
 * path does not, which come last since there may be thousands.
 */
static int put_losers(struct test *t, const struct gws_table *table,
		      const struct gws_match *winner, bool by_path)
{
	const struct gws_match *m = table->matches.matches;
	enum gws_miss miss;
	u32 i, which;
	int err = 0;

	for (i = 0; i < table->matches.nmatches && t->left && !err; i++) {
		if (&m[i] == winner)
			continue;
		miss = gws_match_miss(&m[i], t->path, &t->req, &which);
		if (by_path ? miss == GWS_MISS_PATH : miss != GWS_MISS_PATH)
			err = put_match(t, table, i, miss, which);
	}
	return err;
}

static int put_all_losers(struct test *t, const struct gws_listener *l,
			  const struct gws_match *winner)
{
	const struct gws_index *ix = t->gn->config.index;
	const struct gws_table *table;
	int by_path, err = 0;
	u32 at;

	for (by_path = 0; by_path < 2; by_path++) {
		at = 0;
		while (!err && (table = gws_table_next(ix, l->id, t->host,
						       &at)))
			err = put_losers(t, table, winner, by_path);
	}
	return err;
}

static int put_winner(struct test *t, const struct gws_choice *choice,
		      const struct gws_match **winner)
{
	const struct gws_match_table *matches = &choice->table->matches;
	int i = gws_match_find(matches, t->path, &t->req);

	*winner = &matches->matches[i];
	return put_match(t, choice->table, i, GWS_MISS_NONE, 0);
}

static enum gws_filter_kind replies(const struct test *t,
				    const struct gws_backend *backend)
{
	return backend->cluster && backend->filters ?
	       gws_filter_replies(backend->filters, &t->req) :
	       GWS_FILTER_UNSPEC;
}

/* No endpoint is chosen: one that is set aside would count it as its probe. */
static enum gws_tested backends_tested(const struct test *t,
				       const struct gws_rule *rule)
{
	enum gws_tested tested = GWS_TESTED_INVALID;
	const struct gws_backend *backend;
	u32 i;

	for (i = 0; i < rule->nbackends; i++) {
		backend = &rule->backends[i];
		if (!backend->weight || !backend->cluster)
			continue;
		if (replies(t, backend) || gws_cluster_serves(backend->cluster))
			return GWS_TESTED_BACKEND;
		tested = GWS_TESTED_NO_ENDPOINT;
	}
	return tested;
}

/* The only backend that the rule could choose, or NULL. */
static const struct gws_backend *only_backend(const struct gws_rule *rule)
{
	const struct gws_backend *only = NULL;
	u32 i;

	for (i = 0; i < rule->nbackends; i++) {
		if (!rule->backends[i].weight)
			continue;
		if (only)
			return NULL;
		only = &rule->backends[i];
	}
	return only;
}

/* Filters that will answer the request, or NULL: none will, or it may be. */
static const struct gws_filters *answering(const struct test *t,
					   const struct gws_rule *rule)
{
	const struct gws_backend *only;

	if (rule->filters && gws_filter_replies(rule->filters, &t->req))
		return rule->filters;
	only = only_backend(rule);
	return only && replies(t, only) ? only->filters : NULL;
}

static enum gws_tested tested(const struct test *t, enum gws_verdict verdict,
			      const struct gws_rule *rule)
{
	switch (verdict) {
	case GWS_VERDICT_BACKEND:
		return answering(t, rule) ? GWS_TESTED_FILTER :
					    backends_tested(t, rule);
	case GWS_VERDICT_NO_LISTENER:
		return GWS_TESTED_NO_LISTENER;
	case GWS_VERDICT_NO_HOST:
		return GWS_TESTED_NO_HOST;
	default:
		return GWS_TESTED_NO_RULE;
	}
}

static int put_location(struct test *t, const struct gws_http_redirect *redirect)
{
	struct gws_str parts[GWS_LOCATION_PARTS];
	u32 n = gws_http_location(redirect, &t->req, t->host, t->path, parts);
	struct nlattr *nla;
	u32 i, len = 0;
	char *p;

	for (i = 1; i < n - 1; i++)
		len += parts[i].len;
	nla = nla_reserve(t->reply, GWS_A_LOCATION, len + 1);
	if (!nla)
		return -EMSGSIZE;
	p = nla_data(nla);
	for (i = 1; i < n - 1; i++) {
		memcpy(p, parts[i].p, parts[i].len);
		p += parts[i].len;
	}
	*p = '\0';
	return 0;
}

static int put_filter(struct test *t, const struct gws_filters *f)
{
	enum gws_filter_kind kind = gws_filter_replies(f, &t->req);
	bool redirect = kind == GWS_FILTER_REDIRECT;

	if (nla_put_u8(t->reply, GWS_A_FILTER, kind) ||
	    nla_put_u16(t->reply, GWS_A_STATUS, redirect ? f->redirect.status :
							   GWS_PREFLIGHT_STATUS))
		return -EMSGSIZE;
	return redirect ? put_location(t, &f->redirect) : 0;
}

/* Of backends that may be picked, which ones' filters would answer. */
static int put_answers(struct test *t, const struct gws_rule *rule)
{
	u16 kinds[GWS_BACKENDS_MAX], any = 0;
	u32 i;

	for (i = 0; i < rule->nbackends; i++) {
		kinds[i] = replies(t, &rule->backends[i]);
		any |= kinds[i];
	}
	return any ? nla_put(t->reply, GWS_A_ANSWERS, i * sizeof(kinds[0]),
			     kinds) : 0;
}

/* Under config.lock, so that no commit comes between the two looks. */
static int put_answer(struct test *t)
{
	struct gws_config *cfg = &t->gn->config;
	const struct gws_match *winner = NULL;
	const struct gws_listener *l = NULL;
	enum gws_verdict verdict = GWS_VERDICT_NO_LISTENER;
	struct gws_choice choice = {};
	enum gws_tested said;
	int err = 0;

	if (cfg->index) {
		verdict = gws_config_find(t->gn, &t->to, t->host, t->path,
					  &t->req, &choice);
		l = gws_config_listener(t->gn, &t->to, t->host);
	}
	said = tested(t, verdict, choice.rule);
	if (nla_put_u64_64bit(t->reply, GWS_A_GENERATION, cfg->generation,
			      GWS_A_PAD) ||
	    nla_put_u8(t->reply, GWS_A_TESTED, said) ||
	    (l && nla_put_u32(t->reply, GWS_A_LISTENER, l->id)))
		err = -EMSGSIZE;
	if (!err && said == GWS_TESTED_FILTER)
		err = put_filter(t, answering(t, choice.rule));
	if (!err && (said == GWS_TESTED_FILTER || said == GWS_TESTED_BACKEND))
		err = put_answers(t, choice.rule);
	if (!err && choice.table)
		err = put_winner(t, &choice, &winner);
	if (!err && l)
		err = put_all_losers(t, l, winner);
	gws_choice_put(&choice);
	return err;
}

static int put_refusal(struct test *t, enum gws_http_error error)
{
	if (nla_put_u8(t->reply, GWS_A_TESTED, GWS_TESTED_REFUSED) ||
	    nla_put_string(t->reply, GWS_A_NAME, gws_http_error_name(error)) ||
	    nla_put_u16(t->reply, GWS_A_STATUS, gws_http_error_status(error)))
		return -EMSGSIZE;
	return 0;
}

static int test_run(struct test *t, struct genl_info *info)
{
	int err;

	err = address_decode(t, info);
	if (err)
		return err;
	err = head_parse(t, info);
	if (err > 0)
		return put_refusal(t, err);
	if (err)
		return err;
	if (t->req.hops == 1)
		return nla_put_u8(t->reply, GWS_A_TESTED, GWS_TESTED_LAST_HOP);
	mutex_lock(&t->gn->config.lock);
	err = put_answer(t);
	mutex_unlock(&t->gn->config.lock);
	return err;
}

int gws_test_route(struct sk_buff *skb, struct genl_info *info)
{
	struct test *t;
	void *hdr;
	int err = -ENOMEM;

	if (GENL_REQ_ATTR_CHECK(info, GWS_A_BIND) ||
	    GENL_REQ_ATTR_CHECK(info, GWS_A_REQUEST))
		return -EINVAL;
	t = kvzalloc(sizeof(*t), GFP_KERNEL);
	if (!t)
		return -ENOMEM;
	t->gn = gws_net(genl_info_net(info));
	t->left = GWS_TRIED_MAX;
	t->reply = genlmsg_new(GWS_TEST_REPLY_MAX +
			       nla_len(info->attrs[GWS_A_REQUEST]), GFP_KERNEL);
	if (!t->reply)
		goto out;
	hdr = genlmsg_put_reply(t->reply, info, &gws_genl_family, 0,
				GWS_CMD_TEST_ROUTE);
	err = hdr ? test_run(t, info) : -EMSGSIZE;
	if (err) {
		nlmsg_free(t->reply);
		goto out;
	}
	genlmsg_end(t->reply, hdr);
	err = genlmsg_reply(t->reply, info);
out:
	kvfree(t);
	return err;
}
