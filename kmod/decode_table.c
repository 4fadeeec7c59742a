// SPDX-License-Identifier: GPL-2.0-only
/*
 * From staged messages to tables. A table is measured first and then made in
 * one piece: itself, rules, backends, matches, header matches,
 * regular expressions, index, strings.
 * decode_match.c does the matches, decode_filter.c the filters.
 */
#include <linux/error-injection.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/slab.h>
#include "decode.h"
#include "limits.h"
#include "match_index.h"
#include "netns.h"

static int refuse_rule(struct gws_build *b, u32 rule, const char *what)
{
	return gws_refuse(b->tr, b->st, "GWS_A_RULE %u: %s", rule, what);
}

static int refuse_backend(struct gws_build *b, u32 rule, u32 i,
			  const char *what)
{
	return gws_refuse(b->tr, b->st,
			  "GWS_A_RULE %u: GWS_A_RULE_BACKEND %u: %s",
			  rule, i, what);
}

static int table_measure(struct gws_build *b, const char *hostname)
{
	const struct nlattr *nla;
	struct gws_items c;
	u32 i, n;
	int err;

	b->nrules = gws_items_count(b->st, GWS_A_RULE);
	b->nmatches = gws_items_count(b->st, GWS_A_MATCH);
	b->nregexes = gws_items_count(b->st, GWS_A_REGEX);
	b->text = strlen(hostname) + 1;
	if (b->nrules > GWS_RULES_MAX)
		return refuse_rule(b, GWS_RULES_MAX, "too many rules");
	if (b->nmatches > GWS_MATCHES_MAX)
		return gws_refuse(b->tr, b->st, "GWS_A_MATCH %u: too many matches",
				  GWS_MATCHES_MAX);
	gws_items_init(&c, b->st);
	for (i = 0; (nla = gws_items_next(&c, GWS_A_RULE)); i++) {
		n = gws_attr_count(nla, GWS_A_RULE_BACKEND);
		if (n > GWS_BACKENDS_MAX)
			return refuse_backend(b, i, GWS_BACKENDS_MAX,
					      "too many backends");
		b->nbackends += n;
	}
	if (b->nregexes > GWS_REGEXES_MAX)
		return gws_refuse(b->tr, b->st, "GWS_A_REGEX %u: too many",
				  GWS_REGEXES_MAX);
	gws_items_init(&c, b->st);
	for (i = 0; (nla = gws_items_next(&c, GWS_A_REGEX)); i++) {
		err = gws_regex_measure(b, i, nla);
		if (err)
			return err;
	}
	gws_items_init(&c, b->st);
	for (i = 0; (nla = gws_items_next(&c, GWS_A_MATCH)); i++) {
		err = gws_match_measure(b, i, nla);
		if (err)
			return err;
	}
	return 0;
}

static size_t index_size(const struct gws_build *b)
{
	return b->nmatches > GWS_MATCH_WALK_MAX ?
	       gws_match_index_size(b->nmatches) : 0;
}

/* All parts but the strings are multiples of a pointer in size. */
static int table_alloc(struct gws_build *b, struct gws_listener *l)
{
	struct gws_table *t;
	size_t size;
	char *p;

	size = sizeof(*t) + b->text + b->nrules * sizeof(*t->rules) +
	       b->nbackends * sizeof(*t->backends) +
	       b->nmatches * sizeof(*b->matches) + index_size(b) +
	       b->nheaders * sizeof(*b->headers) +
	       b->nregexes * sizeof(*b->regexes) + b->automata;
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
	b->regexes = (void *)p;
	t->regexes = b->regexes;
	p += b->nregexes * sizeof(*b->regexes);
	b->dfa = p;
	p += b->automata;
	if (index_size(b))
		b->index = p;
	p += index_size(b);
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

struct gws_str gws_build_str(struct gws_build *b, const struct nlattr *nla)
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

struct gws_cluster *gws_cluster_after(struct gws_transaction *tr, u32 id)
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

static int backend_decode(struct gws_build *b, u32 rule_index, u32 i,
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
	err = gws_filters_keep(b, backend, nest);
	if (err)
		return err;
	id = nla_get_u32(tb[GWS_A_BACKEND_CLUSTER]);
	if (!id)
		return 0;
	backend->cluster = gws_cluster_after(b->tr, id);
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

static int rule_names(struct gws_build *b, u32 i, struct nlattr **tb,
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

static noinline_for_stack int rule_decode(struct gws_build *b, u32 i,
					  const struct nlattr *nest)
{
	struct gws_config *cfg = &b->tr->gn->config;
	struct gws_rule *rule = &b->t->rules[i];
	struct nlattr *tb[GWS_A_RULE_MAX + 1];
	struct gws_rule_name name;
	const struct nlattr *nla;
	struct gws_stats *stats;
	const char *wrong;
	int err, rem;

	err = nla_parse_nested(tb, GWS_A_RULE_MAX, nest, NULL, NULL) ?:
	      rule_names(b, i, tb, &name);
	if (err)
		return err;
	wrong = gws_tries_decode(&rule->tries, tb);
	if (wrong)
		return refuse_rule(b, i, wrong);
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
	return gws_filters_decode(b, i, rule, nest) ?: pick_make(b->t, rule);
}

static int items_decode(struct gws_build *b)
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
	while ((nla = gws_items_next(&c, GWS_A_REGEX))) {
		err = gws_regex_decode(b, b->t->nregexes++, nla);
		if (err)
			return err;
	}
	gws_items_init(&c, b->st);
	while ((nla = gws_items_next(&c, GWS_A_MATCH))) {
		err = gws_match_decode(b, b->t->matches.nmatches++, nla);
		if (err)
			return err;
	}
	if (b->index)
		gws_match_index_build(&b->t->matches, b->matches, b->index,
				      get_random_u32());
	return 0;
}

int gws_decode_table(struct gws_transaction *tr, struct gws_stage *st)
{
	struct gws_build b = { .tr = tr, .st = st };
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
	b.t->hostname = gws_build_str(&b, tb[GWS_A_HOSTNAME]);
	b.t->key = gws_host_key(b.t->hostname);
	if (tb[GWS_A_DIGEST])
		b.t->digest = nla_get_u64(tb[GWS_A_DIGEST]);
	/* 0 marks counters that no table has named yet. */
	if (!++tr->gn->config.serial)
		tr->gn->config.serial = 1;
	err = items_decode(&b);
	if (err)
		return err;
	b.t->is_long = b.t->nregexes ||
		       b.t->matches.nmatches > GWS_MATCH_QUICK_MAX ||
		       b.nheaders > GWS_MATCH_CONDITIONS_MAX;
	return percpu_ref_init(&b.t->ref, gws_table_release, 0,
			       GFP_KERNEL_ACCOUNT);
}
ALLOW_ERROR_INJECTION(gws_decode_table, ERRNO);
