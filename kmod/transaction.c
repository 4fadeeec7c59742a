// SPDX-License-Identifier: GPL-2.0-only
/*
 * Transactions. Until COMMIT only messages are kept. COMMIT then
 *
 *   decodes	listeners, clusters, tables: new objects, not yet visible
 *   counts	who names whom once this is published, and
 *   checks	that nothing names what goes, and that no two are the same
 *   binds	the listeners of every address and port that changes
 *   publishes	all of it in one section that readers retry around
 *   retires	what was replaced, when its readers are done
 *
 * Everything that can fail comes before publication; a failure takes the same
 * steps back. No step walks over objects that the transaction does not name,
 * but for the listeners of a bind that it changes, and all clusters when a bind
 * comes in that was not there: an endpoint may be it.
 */
#include <linux/mm.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include "endpoint.h"
#include "limits.h"
#include "netns.h"
#include "sysfs.h"
#include "transaction.h"

static const char *const kind_names[GWS_OBJECT_COUNT] = {
	[GWS_OBJECT_LISTENER] = "listener",
	[GWS_OBJECT_TABLE] = "table",
	[GWS_OBJECT_CLUSTER] = "cluster",
};

static const u32 kind_max[GWS_OBJECT_COUNT] = {
	[GWS_OBJECT_LISTENER] = GWS_LISTENERS_MAX,
	[GWS_OBJECT_TABLE] = GWS_TABLES_MAX,
	[GWS_OBJECT_CLUSTER] = GWS_CLUSTERS_MAX,
};

#define for_each_stage(tr, kind, st)					\
	for (kind = 0; kind < GWS_OBJECT_COUNT; kind++)			\
		list_for_each_entry(st, &(tr)->stages[kind], list)

int gws_refuse(struct gws_transaction *tr, const struct gws_stage *st,
	       const char *fmt, ...)
{
	struct gws_config *cfg = &tr->gn->config;
	char *text = cfg->reports[cfg->report++ % GWS_REPORTS];
	int n = 0;
	va_list args;

	lockdep_assert_held(&cfg->lock);
	if (st)
		n = scnprintf(text, GWS_REPORT_SIZE, "%s %u: ",
			      kind_names[st->kind], st->id);
	va_start(args, fmt);
	vscnprintf(text + n, GWS_REPORT_SIZE - n, fmt, args);
	va_end(args);
	if (tr->extack)
		tr->extack->_msg = text;
	return -EINVAL;
}

struct gws_stage *gws_stage_find(struct gws_transaction *tr,
				 enum gws_object kind, u32 id)
{
	struct gws_stage *st;

	hash_for_each_possible(tr->ids, st, node, id)
		if (st->kind == kind && st->id == id)
			return st;
	return NULL;
}

static void chunks_free(struct list_head *chunks)
{
	struct gws_chunk *c, *next;

	list_for_each_entry_safe(c, next, chunks, list)
		kvfree(c);
	INIT_LIST_HEAD(chunks);
}

static struct gws_stage *stage_make(struct gws_transaction *tr,
				    enum gws_object kind, u32 id)
{
	struct gws_stage *st = gws_stage_find(tr, kind, id);

	if (st)
		return st;
	st = kzalloc(sizeof(*st), GFP_KERNEL_ACCOUNT);
	if (!st)
		return NULL;
	st->kind = kind;
	st->id = id;
	INIT_LIST_HEAD(&st->chunks);
	list_add_tail(&st->list, &tr->stages[kind]);
	hash_add(tr->ids, &st->node, id);
	return st;
}

static void stage_free(struct gws_stage *st)
{
	hash_del(&st->node);
	list_del(&st->list);
	chunks_free(&st->chunks);
	kfree(st);
}

void gws_transaction_free(struct gws_transaction *tr)
{
	struct gws_stage *st, *next;
	int kind;

	lockdep_assert_held(&tr->gn->config.lock);
	for (kind = 0; kind < GWS_OBJECT_COUNT; kind++)
		list_for_each_entry_safe(st, next, &tr->stages[kind], list)
			stage_free(st);
	kvfree(tr);
}

static struct gws_transaction *transaction_make(struct gws_net *gn)
{
	struct gws_transaction *tr;
	int kind;

	tr = kvzalloc(sizeof(*tr), GFP_KERNEL_ACCOUNT);
	if (!tr)
		return NULL;
	tr->gn = gn;
	INIT_LIST_HEAD(&tr->edits);
	for (kind = 0; kind < GWS_OBJECT_COUNT; kind++)
		INIT_LIST_HEAD(&tr->stages[kind]);
	return tr;
}

int gws_transaction_begin(struct gws_net *gn, u32 portid, u64 generation)
{
	struct gws_config *cfg = &gn->config;
	int err;

	mutex_lock(&cfg->lock);
	err = -EBUSY;
	if (cfg->open)
		goto out;
	err = -ESTALE;
	if (generation != cfg->generation)
		goto out;
	err = gws_index_make(gn);
	if (err)
		goto out;
	cfg->open = transaction_make(gn);
	err = cfg->open ? 0 : -ENOMEM;
	WRITE_ONCE(cfg->owner, portid);
out:
	mutex_unlock(&cfg->lock);
	return err;
}

/* The open transaction when it is the sender's. */
static struct gws_transaction *transaction_of(struct gws_net *gn, u32 portid)
{
	struct gws_config *cfg = &gn->config;

	lockdep_assert_held(&cfg->lock);
	return cfg->owner == portid ? cfg->open : NULL;
}

static int stage_put(struct gws_transaction *tr, enum gws_object kind, u32 id,
		     bool append, const void *attrs, int len)
{
	struct gws_stage *st = gws_stage_find(tr, kind, id);
	struct gws_chunk *c;

	if (append && (!st || st->del))
		return -EINVAL;
	if (len > GWS_STAGED_MAX - tr->bytes)
		return -E2BIG;
	c = kvmalloc(struct_size(c, data, len), GFP_KERNEL_ACCOUNT);
	if (!c)
		return -ENOMEM;
	c->len = len;
	memcpy(c->data, attrs, len);
	st = stage_make(tr, kind, id);
	if (!st) {
		kvfree(c);
		return -ENOMEM;
	}
	if (!append)
		chunks_free(&st->chunks);
	st->del = false;
	list_add_tail(&c->list, &st->chunks);
	tr->bytes += len;
	return 0;
}

int gws_transaction_stage(struct gws_net *gn, u32 portid, enum gws_object kind,
			  u32 id, bool append, const void *attrs, int len)
{
	struct gws_transaction *tr;
	int err = -ENOTCONN;

	mutex_lock(&gn->config.lock);
	tr = transaction_of(gn, portid);
	if (tr) {
		err = stage_put(tr, kind, id, append, attrs, len);
		tr->spoiled |= err;
	}
	mutex_unlock(&gn->config.lock);
	return err;
}

static int stage_remove(struct gws_transaction *tr, enum gws_object kind,
			u32 id)
{
	struct gws_stage *st = gws_stage_find(tr, kind, id);
	struct gws_slot *slot = gws_slot_find(&tr->gn->config, kind, id);

	if (!slot || (st && st->del)) {
		/* What was only staged is simply not there any more. */
		if (!st || st->del)
			return -ENOENT;
		stage_free(st);
		return 0;
	}
	st = stage_make(tr, kind, id);
	if (!st)
		return -ENOMEM;
	chunks_free(&st->chunks);
	st->del = true;
	return 0;
}

int gws_transaction_remove(struct gws_net *gn, u32 portid,
			   enum gws_object kind, u32 id)
{
	struct gws_transaction *tr;
	int err = -ENOTCONN;

	mutex_lock(&gn->config.lock);
	tr = transaction_of(gn, portid);
	if (tr) {
		err = stage_remove(tr, kind, id);
		tr->spoiled |= err;
	}
	mutex_unlock(&gn->config.lock);
	return err;
}

int gws_transaction_abort(struct gws_net *gn, u32 portid)
{
	struct gws_config *cfg = &gn->config;
	struct gws_transaction *tr;

	/* Each netlink socket that closes asks; who never began has not to wait. */
	if (READ_ONCE(cfg->owner) != portid)
		return -ENOTCONN;
	mutex_lock(&cfg->lock);
	tr = transaction_of(gn, portid);
	if (tr) {
		gws_transaction_free(tr);
		cfg->open = NULL;
	}
	mutex_unlock(&cfg->lock);
	return tr ? 0 : -ENOTCONN;
}

static int slots_attach(struct gws_transaction *tr)
{
	struct gws_stage *st;
	int kind;

	for_each_stage(tr, kind, st) {
		st->slot = gws_slot_make(&tr->gn->config, kind, st->id);
		if (!st->slot)
			return -ENOMEM;
		st->slot->stage = st;
		st->old = st->slot->object;
	}
	return 0;
}

static void slots_detach(struct gws_transaction *tr)
{
	struct gws_stage *st;
	int kind;

	for_each_stage(tr, kind, st) {
		if (!st->slot)
			continue;
		st->slot->stage = NULL;
		gws_slot_trim(st->slot);
	}
}

static int decode_all(struct gws_transaction *tr)
{
	static int (*const decode[])(struct gws_transaction *tr,
				     struct gws_stage *st) = {
		[GWS_OBJECT_LISTENER] = gws_decode_listener,
		[GWS_OBJECT_CLUSTER] = gws_decode_cluster,
		[GWS_OBJECT_TABLE] = gws_decode_table,
	};
	/* Tables name the other two. */
	static const enum gws_object order[] = {
		GWS_OBJECT_LISTENER, GWS_OBJECT_CLUSTER, GWS_OBJECT_TABLE,
	};
	struct gws_stage *st;
	int i, err;

	for (i = 0; i < ARRAY_SIZE(order); i++) {
		list_for_each_entry(st, &tr->stages[order[i]], list) {
			err = st->del ? 0 : decode[order[i]](tr, st);
			if (err)
				return err;
			cond_resched();
		}
	}
	return 0;
}

static void mirrors_count(const struct gws_filters *f, int by)
{
	u32 i;

	for (i = 0; f && i < f->nmirrors; i++)
		f->mirrors[i].cluster->slot->users += by;
}

static void rule_count(const struct gws_rule *rule, int by)
{
	const struct gws_backend *backend;
	u32 i;

	mirrors_count(rule->filters, by);
	for (i = 0; i < rule->nbackends; i++) {
		backend = &rule->backends[i];
		if (backend->cluster)
			backend->cluster->slot->users += by;
		/* Its own, which repeat the rule's. */
		if (backend->filters != rule->filters)
			mirrors_count(backend->filters, by);
	}
}

static void table_count(struct gws_config *cfg, const struct gws_table *t,
			int by)
{
	u32 i;

	if (!t)
		return;
	gws_slot_find(cfg, GWS_OBJECT_LISTENER, t->listener)->users += by;
	for (i = 0; i < t->nrules; i++)
		rule_count(&t->rules[i], by);
}

static void listener_count(const struct gws_listener *l, int by)
{
	if (l)
		l->owner->listeners += by;
}

/* Makes the counts of users those after the commit, or takes that back. */
static void users_count(struct gws_transaction *tr, int by)
{
	struct gws_stage *st;

	list_for_each_entry(st, &tr->stages[GWS_OBJECT_LISTENER], list) {
		listener_count(st->listener, by);
		listener_count(st->old, -by);
	}
	list_for_each_entry(st, &tr->stages[GWS_OBJECT_TABLE], list) {
		table_count(&tr->gn->config, st->table, by);
		table_count(&tr->gn->config, st->old, -by);
	}
}

static int users_check(struct gws_transaction *tr)
{
	struct gws_stage *st;
	int kind;

	for_each_stage(tr, kind, st)
		if (st->del && st->slot->users)
			return gws_refuse(tr, st,
					  "deleted, but %u %s still name it",
					  st->slot->users,
					  kind == GWS_OBJECT_LISTENER ?
					  "tables" : "backends or mirrors");
	list_for_each_entry(st, &tr->stages[GWS_OBJECT_LISTENER], list)
		if (st->listener && st->listener->owner->listeners > 1)
			return gws_refuse(tr, st, "another listener has the same names");
	return 0;
}

/* Whoever has this listener and hostname already, and keeps it. */
static const struct gws_table *table_rival(struct gws_transaction *tr,
					   const struct gws_table *t, u32 hash)
{
	const struct gws_table *rival;
	struct gws_stage *st;

	hash_for_each_possible(tr->keys, st, key, hash)
		if (st->table->listener == t->listener &&
		    gws_str_eq(st->table->key, t->key))
			return st->table;
	rival = gws_table_find(tr->gn->config.index, t->listener, t->key);
	return rival && !rival->slot->stage ? rival : NULL;
}

static int tables_check(struct gws_transaction *tr)
{
	const struct gws_table *rival;
	struct gws_stage *st;
	u32 hash;

	list_for_each_entry(st, &tr->stages[GWS_OBJECT_TABLE], list) {
		if (st->del)
			continue;
		hash = gws_table_hash(tr->gn->config.index, st->table->listener,
				      st->table->key.p, st->table->key.len);
		rival = table_rival(tr, st->table, hash);
		if (rival)
			return gws_refuse(tr, st, "GWS_A_HOSTNAME: listener %u has table %u for it",
					  rival->listener, rival->id);
		hash_add(tr->keys, &st->key, hash);
	}
	return 0;
}

static u32 count_after(struct gws_transaction *tr, enum gws_object kind)
{
	u32 n = tr->gn->config.index->count[kind];
	struct gws_stage *st;

	list_for_each_entry(st, &tr->stages[kind], list)
		n += !st->del - !!st->old;
	return n;
}

static int counts_check(struct gws_transaction *tr)
{
	int kind;

	for (kind = 0; kind < GWS_OBJECT_COUNT; kind++)
		if (count_after(tr, kind) > kind_max[kind])
			return gws_refuse(tr, NULL, "%ss: more than %u",
					  kind_names[kind], kind_max[kind]);
	return 0;
}

/* The first commit of the namespace, whatever it holds, brings it to life. */
static int activate(struct gws_transaction *tr)
{
	int err = gws_net_activate(tr->gn);

	if (err)
		gws_refuse(tr, NULL,
			   "listening sockets or hooks of the namespace: error %d",
			   err);
	return err;
}

static int body_loops(struct gws_transaction *tr, u32 id,
		      const struct gws_cluster_body *body)
{
	const struct gws_bind *b;
	u32 i;

	for (i = 0; body && i < body->nendpoints; i++) {
		b = gws_binds_after(tr, &body->endpoints[i].ep->addr);
		if (b)
			return gws_refuse(tr, NULL,
					  "cluster %u: GWS_A_ENDPOINT %u: an address and port of listener %u",
					  id, i, b->listeners[0]->id);
		cond_resched();
	}
	return 0;
}

/* Clusters that the transaction does not touch. */
static int published_loops(struct gws_transaction *tr)
{
	struct gws_config *cfg = &tr->gn->config;
	const struct gws_cluster_body *body;
	const struct gws_cluster *c;
	struct gws_slot *slot;
	int i, err;

	for (i = 0; i < ARRAY_SIZE(cfg->index->ids[0]); i++) {
		hlist_for_each_entry(slot,
				     &cfg->index->ids[GWS_OBJECT_CLUSTER][i],
				     node) {
			c = slot->object;
			if (!c || slot->stage)
				continue;
			body = rcu_dereference_protected(c->body,
							 lockdep_is_held(&cfg->lock));
			err = body_loops(tr, c->id, body);
			if (err)
				return err;
		}
	}
	return 0;
}

/* An endpoint that is one of our binds would send requests round in a ring. */
static int loops_check(struct gws_transaction *tr)
{
	struct gws_stage *st;
	int err;

	list_for_each_entry(st, &tr->stages[GWS_OBJECT_CLUSTER], list) {
		err = body_loops(tr, st->id, st->body);
		if (err)
			return err;
	}
	return gws_binds_gain(tr) ? published_loops(tr) : 0;
}

static int prepare(struct gws_transaction *tr)
{
	int err;

	if (tr->spoiled) {
		gws_refuse(tr, NULL, "a message of this transaction was refused");
		return -ECANCELED;
	}
	err = slots_attach(tr) ?: decode_all(tr);
	if (err)
		return err;
	users_count(tr, 1);
	tr->counted = true;
	return users_check(tr) ?: tables_check(tr) ?: counts_check(tr) ?:
	       gws_binds_prepare(tr) ?: loops_check(tr) ?: activate(tr);
}

static void stage_discard(struct gws_stage *st)
{
	if (st->kind == GWS_OBJECT_LISTENER)
		gws_listener_retire(st->listener);
	else if (st->kind == GWS_OBJECT_TABLE)
		gws_table_discard(st->table);
	else
		gws_cluster_body_retire(st->body);
}

/* Tables hold references on clusters, so those go after them. */
static void rollback(struct gws_transaction *tr)
{
	struct gws_stage *st;
	int kind;

	gws_binds_finish(tr, false);
	if (tr->counted)
		users_count(tr, -1);
	for_each_stage(tr, kind, st) {
		stage_discard(st);
		gws_cluster_put(st->cluster);
	}
	slots_detach(tr);
}

static u32 *length_count(struct gws_index *ix, const struct gws_table *t)
{
	bool wildcard = t->key.p != t->hostname.p;

	return wildcard ? &ix->wildcard[t->key.len] : &ix->exact[t->key.len];
}

static void table_publish(struct gws_index *ix, struct gws_table *old,
			  struct gws_table *new)
{
	u32 hash;

	if (old)
		--*length_count(ix, old);
	if (new)
		++*length_count(ix, new);
	if (old && new && old->listener == new->listener &&
	    gws_str_eq(old->key, new->key)) {
		hlist_replace_rcu(&old->node, &new->node);
		return;
	}
	if (old)
		hlist_del_rcu(&old->node);
	if (new) {
		hash = gws_table_hash(ix, new->listener, new->key.p,
				      new->key.len);
		hlist_add_head_rcu(&new->node, &ix->tables[hash]);
	}
}

static void long_count(struct gws_config *cfg, const struct gws_table *old,
		       const struct gws_table *new)
{
	u32 n = cfg->nlong;

	n += new && new->is_long;
	n -= old && old->is_long;
	WRITE_ONCE(cfg->nlong, n);
}

static void listener_publish(struct gws_config *cfg, struct gws_stage *st)
{
	const struct gws_listener *old = st->old, *new = st->listener;
	u32 n = cfg->npolicies;

	st->slot->object = st->listener;
	n += new && new->policy;
	n -= old && old->policy;
	WRITE_ONCE(cfg->npolicies, n);
}

/* The new body goes in, the old one comes out into the stage. */
static void cluster_publish(struct gws_stage *st)
{
	struct gws_cluster *c = st->cluster ?: st->old;

	st->slot->object = st->del ? NULL : c;
	if (!st->del)
		st->body = rcu_replace_pointer(c->body, st->body,
					       lockdep_is_held(&c->gn->config.lock));
}

static void count_objects(struct gws_transaction *tr)
{
	struct gws_index *index = tr->gn->config.index;
	struct gws_stage *st;
	int kind;

	for_each_stage(tr, kind, st)
		index->count[kind] += !st->del - !!st->old;
}

static void publish(struct gws_transaction *tr)
{
	struct gws_config *cfg = &tr->gn->config;
	struct gws_stage *st;

	spin_lock_bh(&cfg->publish);
	write_seqcount_begin(&cfg->seq);
	gws_binds_publish(tr);
	list_for_each_entry(st, &tr->stages[GWS_OBJECT_LISTENER], list)
		listener_publish(cfg, st);
	list_for_each_entry(st, &tr->stages[GWS_OBJECT_CLUSTER], list)
		cluster_publish(st);
	list_for_each_entry(st, &tr->stages[GWS_OBJECT_TABLE], list) {
		table_publish(cfg->index, st->old, st->table);
		long_count(cfg, st->old, st->table);
		st->slot->object = st->table;
	}
	WRITE_ONCE(cfg->generation, cfg->generation + 1);
	write_seqcount_end(&cfg->seq);
	spin_unlock_bh(&cfg->publish);
	count_objects(tr);
}

/* What its counters say from now on. */
static void table_show(struct gws_table *t)
{
	u32 i;

	for (i = 0; t && i < t->nrules; i++) {
		gws_turn_publish(t->rules[i].stats);
		gws_sysfs_show(t->rules[i].stats);
	}
	for (i = 0; t && i < t->nbackends; i++) {
		WRITE_ONCE(t->backends[i].stats->weight,
			   t->backends[i].weight);
		gws_sysfs_show(t->backends[i].stats);
	}
}

static void retire(struct gws_transaction *tr)
{
	struct gws_stage *st;

	gws_binds_finish(tr, true);
	list_for_each_entry(st, &tr->stages[GWS_OBJECT_LISTENER], list)
		gws_listener_retire(st->old);
	/* The new ones show first, so that what stays does not flicker. */
	list_for_each_entry(st, &tr->stages[GWS_OBJECT_TABLE], list)
		table_show(st->table);
	list_for_each_entry(st, &tr->stages[GWS_OBJECT_TABLE], list)
		gws_table_retire(st->old);
	list_for_each_entry(st, &tr->stages[GWS_OBJECT_CLUSTER], list) {
		gws_cluster_body_retire(st->body);
		if (st->del)
			gws_cluster_put(st->old);
	}
	slots_detach(tr);
}

int gws_transaction_commit(struct gws_net *gn, u32 portid,
			   struct netlink_ext_ack *extack, u64 *generation)
{
	struct gws_config *cfg = &gn->config;
	struct gws_transaction *tr;
	int err = -ENOTCONN;

	mutex_lock(&cfg->lock);
	tr = transaction_of(gn, portid);
	if (!tr)
		goto out;
	tr->extack = extack;
	err = prepare(tr);
	if (err) {
		rollback(tr);
		gws_count(gn, commit_failures);
	} else {
		publish(tr);
		retire(tr);
		gws_count(gn, commits);
	}
	*generation = cfg->generation;
	gws_transaction_free(tr);
	cfg->open = NULL;
out:
	mutex_unlock(&cfg->lock);
	return err;
}
