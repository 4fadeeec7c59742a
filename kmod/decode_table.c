// SPDX-License-Identifier: GPL-2.0-only
/*
 * From staged messages to tables. A table is measured first and then made in
 * one piece: itself, rules, backends, matches, header matches, strings.
 */
#include <linux/error-injection.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include "decode.h"
#include "http_uri.h"
#include "limits.h"
#include "netns.h"

/* A table in the making; the pointers go to what is filled in next. */
struct build {
	struct gws_transaction *tr;
	struct gws_stage *st;
	struct gws_table *t;
	struct gws_owner *owner;
	u32 nrules, nbackends, nmatches, nheaders;
	size_t text;		/* bytes of strings */
	struct gws_match *matches;
	struct gws_header_match *headers;
	char *strings;
};

static int refuse_rule(struct build *b, u32 rule, const char *what)
{
	return gws_refuse(b->tr, b->st, "GWS_A_RULE %u: %s", rule, what);
}

static int refuse_backend(struct build *b, u32 rule, u32 i, const char *what)
{
	return gws_refuse(b->tr, b->st,
			  "GWS_A_RULE %u: GWS_A_RULE_BACKEND %u: %s",
			  rule, i, what);
}

static int refuse_match(struct build *b, u32 match, const char *what)
{
	return gws_refuse(b->tr, b->st, "GWS_A_MATCH %u: %s", match, what);
}

static u32 count_nested(const struct nlattr *nest, int type)
{
	const struct nlattr *nla;
	u32 n = 0;
	int rem;

	nla_for_each_nested(nla, nest, rem)
		n += nla_type(nla) == type;
	return n;
}

/* Adds up a match's strings; false when it could meet no request's head. */
static bool match_measure(struct build *b, const struct nlattr *nest)
{
	const struct nlattr *nla, *part;
	size_t text = 0;
	u32 n = 0;
	int rem, prem;

	nla_for_each_nested(nla, nest, rem) {
		if (nla_type(nla) == GWS_A_MATCH_PATH)
			text += nla_len(nla);
		if (nla_type(nla) != GWS_A_MATCH_HEADER)
			continue;
		n++;
		nla_for_each_nested(part, nla, prem)
			text += nla_len(part);
	}
	b->nheaders += n;
	b->text += text;
	return n <= GWS_MATCH_HEADERS_MAX && text <= GWS_HEAD_MAX;
}

static int table_measure(struct build *b, const char *hostname)
{
	const struct nlattr *nla;
	struct gws_items c;
	u32 i, n;

	b->nrules = gws_items_count(b->st, GWS_A_RULE);
	b->nmatches = gws_items_count(b->st, GWS_A_MATCH);
	b->text = strlen(hostname) + 1;
	if (b->nrules > GWS_RULES_MAX)
		return refuse_rule(b, GWS_RULES_MAX, "too many rules");
	if (b->nmatches > GWS_MATCHES_MAX)
		return refuse_match(b, GWS_MATCHES_MAX, "too many matches");
	gws_items_init(&c, b->st);
	for (i = 0; (nla = gws_items_next(&c, GWS_A_RULE)); i++) {
		n = count_nested(nla, GWS_A_RULE_BACKEND);
		if (n > GWS_BACKENDS_MAX)
			return refuse_backend(b, i, GWS_BACKENDS_MAX,
					      "too many backends");
		b->nbackends += n;
	}
	gws_items_init(&c, b->st);
	for (i = 0; (nla = gws_items_next(&c, GWS_A_MATCH)); i++)
		if (!match_measure(b, nla))
			return refuse_match(b, i,
					    "too many headers or too long");
	return 0;
}

/* All parts but the strings are multiples of a pointer in size. */
static int table_alloc(struct build *b, struct gws_listener *l)
{
	struct gws_table *t;
	size_t size;
	char *p;

	size = sizeof(*t) + b->text + b->nrules * sizeof(*t->rules) +
	       b->nbackends * sizeof(*t->backends) +
	       b->nmatches * sizeof(*b->matches) +
	       b->nheaders * sizeof(*b->headers);
	t = kvzalloc(size, GFP_KERNEL_ACCOUNT);
	if (!t)
		return -ENOMEM;
	p = (char *)(t + 1);
	t->rules = (void *)p;
	p += b->nrules * sizeof(*t->rules);
	t->backends = (void *)p;
	p += b->nbackends * sizeof(*t->backends);
	b->matches = (void *)p;
	p += b->nmatches * sizeof(*b->matches);
	b->headers = (void *)p;
	p += b->nheaders * sizeof(*b->headers);
	b->strings = p;

	t->gn = b->tr->gn;
	t->slot = b->st->slot;
	t->id = b->st->id;
	t->listener = l->id;
	t->matches.matches = b->matches;
	t->bytes = size;
	gws_config_hold(&t->gn->config, size);
	b->t = t;
	b->st->table = t;
	b->owner = l->owner;
	return 0;
}

static struct gws_str str_pack(struct build *b, const struct nlattr *nla)
{
	const char *s = gws_attr_text(nla);
	struct gws_str str = { b->strings, strlen(s) };

	gws_string_pack(&b->strings, s);
	return str;
}

/* As the commit leaves it; NULL when it is not there then. */
static struct gws_listener *listener_after(struct gws_transaction *tr, u32 id)
{
	struct gws_stage *st = gws_stage_find(tr, GWS_OBJECT_LISTENER, id);
	struct gws_slot *slot;

	if (st)
		return st->listener;
	slot = gws_slot_find(&tr->gn->config, GWS_OBJECT_LISTENER, id);
	return slot ? slot->object : NULL;
}

static struct gws_cluster *cluster_after(struct gws_transaction *tr, u32 id)
{
	struct gws_stage *st = gws_stage_find(tr, GWS_OBJECT_CLUSTER, id);
	struct gws_slot *slot;

	if (st && st->del)
		return NULL;
	if (st && st->cluster)
		return st->cluster;
	slot = gws_slot_find(&tr->gn->config, GWS_OBJECT_CLUSTER, id);
	return slot ? slot->object : NULL;
}

/* In use from here on: table_unuse() goes by what a table has. */
static struct gws_stats *stats_take(struct gws_stats *stats, int *err)
{
	*err = stats ? gws_stats_use(stats) : -ENOMEM;
	if (stats && *err)
		gws_stats_put(stats);
	return *err ? NULL : stats;
}

static int backend_decode(struct build *b, u32 rule_index, u32 i,
			  const struct nlattr *nest, struct gws_rule *rule)
{
	struct nlattr *tb[GWS_A_BACKEND_MAX + 1];
	struct gws_backend *backend = &rule->backends[i];
	struct gws_stats *stats;
	u32 id;
	int err;

	err = nla_parse_nested(tb, GWS_A_BACKEND_MAX, nest, NULL, NULL);
	if (err)
		return err;
	if (!tb[GWS_A_BACKEND_CLUSTER] || !tb[GWS_A_BACKEND_WEIGHT])
		return refuse_backend(b, rule_index, i,
				      "GWS_A_BACKEND_CLUSTER or _WEIGHT: missing");
	if (!gws_attr_is_label(tb[GWS_A_BACKEND_NAME]))
		return refuse_backend(b, rule_index, i,
				      "GWS_A_BACKEND_NAME: missing or not a name");
	backend->weight = nla_get_u32(tb[GWS_A_BACKEND_WEIGHT]);
	if (backend->weight > GWS_WEIGHT_MAX)
		return refuse_backend(b, rule_index, i,
				      "GWS_A_BACKEND_WEIGHT: above 1000000");
	stats = gws_stats_backend(rule->stats, i,
				  gws_attr_text(tb[GWS_A_BACKEND_NAME]));
	stats = stats_take(stats, &err);
	if (err)
		return err;
	backend->stats = stats;
	backend->tally = stats->tally;
	id = nla_get_u32(tb[GWS_A_BACKEND_CLUSTER]);
	if (!id)
		return 0;
	backend->cluster = cluster_after(b->tr, id);
	if (!backend->cluster)
		return refuse_backend(b, rule_index, i,
				      "GWS_A_BACKEND_CLUSTER: no such cluster");
	refcount_inc(&backend->cluster->ref);
	return 0;
}

static int pick_make(struct gws_table *t, struct gws_rule *rule)
{
	u32 weights[GWS_BACKENDS_MAX];
	u8 *schedule = NULL;
	u32 i;
	int len;

	for (i = 0; i < rule->nbackends; i++)
		weights[i] = rule->backends[i].weight;
	len = gws_pick_schedule_len(weights, i);
	if (!len)
		return 0;
	if (len > 0) {
		schedule = kmalloc(len, GFP_KERNEL_ACCOUNT);
		if (!schedule)
			return -ENOMEM;
		gws_pick_build(weights, i, schedule, len);
		t->bytes += len;
		atomic64_add(len, &t->gn->config.memory);
	} else if (len != -E2BIG) {
		return len;
	}
	gws_pick_init(&rule->pick, weights, i, schedule, max(len, 0));
	if (i == 1)
		return 0;
	rule->turn = gws_turn_get(rule->stats, weights, i);
	return rule->turn ? 0 : -ENOMEM;
}

static int rule_names(struct build *b, u32 i, struct nlattr **tb,
		      struct gws_rule_name *name)
{
	if (!tb[GWS_A_RULE_KIND])
		return refuse_rule(b, i, "GWS_A_RULE_KIND: missing");
	if (!gws_attr_is_name(tb[GWS_A_RULE_NAMESPACE]))
		return refuse_rule(b, i, "GWS_A_RULE_NAMESPACE: missing or not a name");
	if (!gws_attr_is_name(tb[GWS_A_RULE_ROUTE]))
		return refuse_rule(b, i, "GWS_A_RULE_ROUTE: missing or not a name");
	if (!gws_attr_is_name(tb[GWS_A_RULE_NAME]))
		return refuse_rule(b, i, "GWS_A_RULE_NAME: missing or not a name");
	name->kind = nla_get_u8(tb[GWS_A_RULE_KIND]);
	name->namespace = gws_attr_text(tb[GWS_A_RULE_NAMESPACE]);
	name->route = gws_attr_text(tb[GWS_A_RULE_ROUTE]);
	name->rule = gws_attr_text(tb[GWS_A_RULE_NAME]);
	return 0;
}

static noinline_for_stack int rule_decode(struct build *b, u32 i,
					  const struct nlattr *nest)
{
	struct gws_config *cfg = &b->tr->gn->config;
	struct gws_rule *rule = &b->t->rules[i];
	struct nlattr *tb[GWS_A_RULE_MAX + 1];
	struct gws_rule_name name;
	const struct nlattr *nla;
	struct gws_stats *stats;
	int err, rem;

	err = nla_parse_nested(tb, GWS_A_RULE_MAX, nest, NULL, NULL) ?:
	      rule_names(b, i, tb, &name);
	if (err)
		return err;
	stats = stats_take(gws_stats_rule(b->tr->gn, b->owner, &name), &err);
	if (err)
		return err;
	rule->stats = stats;
	rule->tally = stats->tally;
	rule->backends = &b->t->backends[b->t->nbackends];
	if (stats->checked == cfg->serial)
		return refuse_rule(b, i, "same route and name as an earlier rule");
	stats->checked = cfg->serial;
	nla_for_each_nested(nla, nest, rem) {
		if (nla_type(nla) != GWS_A_RULE_BACKEND)
			continue;
		b->t->nbackends++;
		err = backend_decode(b, i, rule->nbackends++, nla, rule);
		if (err)
			return err;
	}
	return pick_make(b->t, rule);
}

/* RFC 9110 5.6.2 */
static bool is_token(const struct nlattr *nla)
{
	const char *s = gws_attr_text(nla), *p;

	for (p = s; *p; p++)
		if (*p <= ' ' || *p > '~' || strchr("\"(),/:;<=>?@[\\]{}", *p))
			return false;
	return p > s;
}

/* RFC 9110 5.5: bytes of a field value, without white space around it. */
static bool is_value(const struct nlattr *nla)
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

/* In the form that paths of requests are brought to. */
static bool is_path(struct gws_str path)
{
	struct gws_str out;
	char room[1];
	u32 i;

	if (!path.len || path.len > GWS_TARGET_MAX || path.p[0] != '/')
		return false;
	for (i = 0; i < path.len; i++)
		if (path.p[i] <= ' ' || path.p[i] > '~' ||
		    path.p[i] == '?' || path.p[i] == '#')
			return false;
	/* Only a path that would change needs the room. */
	return !gws_http_path_normalise(path, room, sizeof(room), &out) &&
	       out.p == path.p && out.len == path.len;
}

static int header_decode(struct build *b, u32 i, const struct nlattr *nest)
{
	struct gws_header_match *h = b->headers++;
	struct nlattr *tb[GWS_A_HDR_MAX + 1];
	int err;

	err = nla_parse_nested(tb, GWS_A_HDR_MAX, nest, NULL, NULL);
	if (err)
		return err;
	if (!is_token(tb[GWS_A_HDR_NAME]))
		return refuse_match(b, i, "GWS_A_HDR_NAME: missing or not a token");
	if (!is_value(tb[GWS_A_HDR_VALUE]))
		return refuse_match(b, i, "GWS_A_HDR_VALUE: missing or not a field value");
	h->name = str_pack(b, tb[GWS_A_HDR_NAME]);
	h->value = str_pack(b, tb[GWS_A_HDR_VALUE]);
	h->id = gws_http_header_id(h->name);
	return 0;
}

static noinline_for_stack int match_decode(struct build *b, u32 i,
					   const struct nlattr *nest)
{
	struct nlattr *tb[GWS_A_MATCH_MAX + 1];
	struct gws_match *m = &b->matches[i];
	const struct nlattr *nla;
	int err, rem;

	err = nla_parse_nested(tb, GWS_A_MATCH_MAX, nest, NULL, NULL);
	if (err)
		return err;
	if (!tb[GWS_A_MATCH_RULE])
		return refuse_match(b, i, "GWS_A_MATCH_RULE: missing");
	m->rule = nla_get_u32(tb[GWS_A_MATCH_RULE]);
	if (m->rule >= b->nrules)
		return refuse_match(b, i, "GWS_A_MATCH_RULE: no such rule");
	if (tb[GWS_A_MATCH_PATH_KIND])
		m->path_kind = nla_get_u8(tb[GWS_A_MATCH_PATH_KIND]);
	if (tb[GWS_A_MATCH_PATH])
		m->path = str_pack(b, tb[GWS_A_MATCH_PATH]);
	else if (m->path_kind == GWS_PATH_ANY)
		m->path = GWS_STR("/");
	if (!is_path(m->path))
		return refuse_match(b, i, "GWS_A_MATCH_PATH: missing or not in normal form");
	m->headers = b->headers;
	nla_for_each_nested(nla, nest, rem) {
		if (nla_type(nla) != GWS_A_MATCH_HEADER)
			continue;
		err = header_decode(b, i, nla);
		if (err)
			return err;
		m->nheaders++;
	}
	return 0;
}

static int items_decode(struct build *b)
{
	const struct nlattr *nla;
	struct gws_items c;
	int err;

	gws_items_init(&c, b->st);
	while ((nla = gws_items_next(&c, GWS_A_RULE))) {
		err = rule_decode(b, b->t->nrules++, nla);
		if (err)
			return err;
	}
	gws_items_init(&c, b->st);
	while ((nla = gws_items_next(&c, GWS_A_MATCH))) {
		err = match_decode(b, b->t->matches.nmatches++, nla);
		if (err)
			return err;
	}
	return 0;
}

int gws_decode_table(struct gws_transaction *tr, struct gws_stage *st)
{
	struct build b = { .tr = tr, .st = st };
	struct nlattr *tb[GWS_A_MAX + 1];
	struct gws_listener *l;
	int err;

	err = gws_stage_parse(st, tb);
	if (err)
		return err;
	if (!tb[GWS_A_LISTENER] || !tb[GWS_A_HOSTNAME])
		return gws_refuse(tr, st, "%s: missing", tb[GWS_A_LISTENER] ?
				  "GWS_A_HOSTNAME" : "GWS_A_LISTENER");
	l = listener_after(tr, nla_get_u32(tb[GWS_A_LISTENER]));
	if (!l)
		return gws_refuse(tr, st, "GWS_A_LISTENER: no listener %u",
				  nla_get_u32(tb[GWS_A_LISTENER]));
	if (!gws_attr_is_hostname(tb[GWS_A_HOSTNAME]))
		return gws_refuse(tr, st,
				  "GWS_A_HOSTNAME: not a hostname in normal form");
	err = table_measure(&b, gws_attr_text(tb[GWS_A_HOSTNAME])) ?:
	      table_alloc(&b, l);
	if (err)
		return err;
	b.t->hostname = str_pack(&b, tb[GWS_A_HOSTNAME]);
	b.t->key = gws_host_key(b.t->hostname);
	if (tb[GWS_A_DIGEST])
		b.t->digest = nla_get_u64(tb[GWS_A_DIGEST]);
	/* 0 marks counters that no table has named yet. */
	if (!++tr->gn->config.serial)
		tr->gn->config.serial = 1;
	err = items_decode(&b);
	if (err)
		return err;
	return percpu_ref_init(&b.t->ref, gws_table_release, 0,
			       GFP_KERNEL_ACCOUNT);
}
ALLOW_ERROR_INJECTION(gws_decode_table, ERRNO);
