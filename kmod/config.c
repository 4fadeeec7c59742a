// SPDX-License-Identifier: GPL-2.0-only
/*
 * The life of configuration objects: what a namespace knows by id and by name,
 * how each object is taken apart once no reader can have it, and the end of a
 * namespace, which waits for all of them.
 */
#include <linux/error-injection.h>
#include <linux/jhash.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include "config.h"
#include "netns.h"
#include "transaction.h"

/*
 * Tables have up to GWS_MATCHES_MAX parts and clusters GWS_ENDPOINTS_MAX: to
 * take one apart in a softirq would hold up every packet of that CPU.
 */
static struct workqueue_struct *free_queue;

int gws_configs_init(void)
{
	free_queue = alloc_workqueue("gwsteer_free", WQ_UNBOUND, 1);
	return free_queue ? 0 : -ENOMEM;
}

void gws_configs_exit(void)
{
	destroy_workqueue(free_queue);
}

void gws_config_queue(struct rcu_work *work)
{
	queue_rcu_work(free_queue, work);
}

void gws_config_flush(void)
{
	rcu_barrier();
	flush_workqueue(free_queue);
	/* What it freed had parts with callbacks of their own. */
	rcu_barrier();
}

/* A hold keeps the namespace alive for the object's last callback. */
void gws_config_hold(struct gws_config *cfg, u64 bytes)
{
	atomic_inc(&cfg->objects);
	atomic64_add(bytes, &cfg->memory);
}

void gws_config_drop(struct gws_config *cfg, u64 bytes)
{
	atomic64_sub(bytes, &cfg->memory);
	if (atomic_dec_and_test(&cfg->objects))
		wake_up(&cfg->drained);
}

int gws_index_make(struct gws_net *gn)
{
	struct gws_config *cfg = &gn->config;
	struct gws_index *ix;

	lockdep_assert_held(&cfg->lock);
	if (cfg->index)
		return 0;
	ix = kvzalloc(sizeof(*ix), GFP_KERNEL_ACCOUNT);
	if (!ix)
		return -ENOMEM;
	ix->seed = get_random_u32();
	cfg->index = ix;
	cfg->ports = ix->ports;
	atomic64_add(sizeof(*ix), &cfg->memory);
	return 0;
}
ALLOW_ERROR_INJECTION(gws_index_make, ERRNO);

static struct hlist_head *id_bucket(struct gws_config *cfg,
				    enum gws_object kind, u32 id)
{
	return &cfg->index->ids[kind][hash_32(id, GWS_ID_HASH_BITS)];
}

struct gws_slot *gws_slot_find(struct gws_config *cfg, enum gws_object kind,
			       u32 id)
{
	struct gws_slot *slot;

	lockdep_assert_held(&cfg->lock);
	hlist_for_each_entry(slot, id_bucket(cfg, kind, id), node)
		if (slot->id == id)
			return slot;
	return NULL;
}

struct gws_slot *gws_slot_make(struct gws_config *cfg, enum gws_object kind,
			       u32 id)
{
	struct gws_slot *slot = gws_slot_find(cfg, kind, id);

	if (slot)
		return slot;
	slot = kzalloc(sizeof(*slot), GFP_KERNEL_ACCOUNT);
	if (!slot)
		return NULL;
	slot->id = id;
	hlist_add_head(&slot->node, id_bucket(cfg, kind, id));
	return slot;
}
ALLOW_ERROR_INJECTION(gws_slot_make, NULL);

void gws_slot_trim(struct gws_slot *slot)
{
	if (slot->object || slot->stage)
		return;
	WARN_ON_ONCE(slot->users);
	hlist_del(&slot->node);
	kfree(slot);
}

static void listener_free_rcu(struct rcu_head *rcu)
{
	struct gws_listener *l = container_of(rcu, struct gws_listener, rcu);
	struct gws_net *gn = l->gn;
	u64 bytes = l->bytes;

	if (l->owner)
		gws_owner_put(gn, l->owner);
	gws_policy_put(l->policy);
	kvfree(l);
	gws_config_drop(&gn->config, bytes);
}

void gws_listener_retire(struct gws_listener *l)
{
	if (l)
		call_rcu(&l->rcu, listener_free_rcu);
}

static void rule_free(struct gws_rule *rule)
{
	u32 i;

	for (i = 0; i < rule->nbackends; i++) {
		if (rule->backends[i].stats)
			gws_stats_put(rule->backends[i].stats);
		gws_cluster_put(rule->backends[i].cluster);
	}
	if (rule->turn)
		gws_turn_put(rule->turn);
	kfree(rule->pick.schedule);
	gws_filters_free(rule);
	if (rule->stats)
		gws_stats_put(rule->stats);
}

static void table_free(struct gws_table *t)
{
	struct gws_net *gn = t->gn;
	u64 bytes = t->bytes;
	u32 i;

	percpu_ref_exit(&t->ref);
	for (i = 0; i < t->nrules; i++) {
		rule_free(&t->rules[i]);
		cond_resched();
	}
	kvfree(t);
	gws_config_drop(&gn->config, bytes);
}

static void table_free_work(struct work_struct *work)
{
	table_free(container_of(to_rcu_work(work), struct gws_table, free));
}

/*
 * The last request let go. A reader may still have found the table before it
 * was replaced and be about to fail to get it: no grace period lies between
 * kill and release.
 */
void gws_table_release(struct percpu_ref *ref)
{
	struct gws_table *t = container_of(ref, struct gws_table, ref);

	INIT_RCU_WORK(&t->free, table_free_work);
	gws_config_queue(&t->free);
}

/* Whatever has its statistics has them in use, also in a table half made. */
static void table_unuse(struct gws_table *t)
{
	u32 i;

	for (i = 0; i < t->nbackends; i++)
		if (t->backends[i].stats)
			gws_stats_unuse(t->backends[i].stats);
	for (i = 0; i < t->nrules; i++)
		if (t->rules[i].stats)
			gws_stats_unuse(t->rules[i].stats);
}

void gws_table_retire(struct gws_table *t)
{
	if (!t)
		return;
	lockdep_assert_held(&t->gn->config.lock);
	table_unuse(t);
	percpu_ref_kill(&t->ref);
}

void gws_table_discard(struct gws_table *t)
{
	u32 i;

	if (!t)
		return;
	lockdep_assert_held(&t->gn->config.lock);
	for (i = 0; i < t->nrules; i++)
		if (t->rules[i].stats)
			gws_turn_forget(t->rules[i].stats);
	table_unuse(t);
	table_free(t);
}

void gws_bind_retire(struct gws_config *cfg, struct gws_bind *b)
{
	if (!b)
		return;
	atomic64_sub(b->bytes, &cfg->memory);
	kvfree_rcu(b, rcu);
}

static void object_retire(enum gws_object kind, void *object)
{
	if (kind == GWS_OBJECT_TABLE)
		gws_table_retire(object);
	else if (kind == GWS_OBJECT_LISTENER)
		gws_listener_retire(object);
	else
		gws_cluster_put(object);
}

/* Nobody looks anything up any more. */
static void index_clear(struct gws_net *gn)
{
	static const enum gws_object order[] = {
		GWS_OBJECT_TABLE, GWS_OBJECT_LISTENER, GWS_OBJECT_CLUSTER,
	};
	struct gws_config *cfg = &gn->config;
	struct gws_index *ix = cfg->index;
	struct hlist_node *next;
	struct gws_place *place;
	struct gws_slot *slot;
	struct gws_bind *b;
	int i, j;

	for (i = 0; i < ARRAY_SIZE(order); i++) {
		for (j = 0; j < ARRAY_SIZE(ix->ids[0]); j++) {
			hlist_for_each_entry_safe(slot, next,
						  &ix->ids[order[i]][j], node) {
				object_retire(order[i], slot->object);
				kfree(slot);
			}
		}
	}
	for (i = 0; i < ARRAY_SIZE(ix->binds); i++)
		hlist_for_each_entry_safe(b, next, &ix->binds[i], node)
			gws_bind_retire(cfg, b);
	for (i = 0; i < ARRAY_SIZE(ix->places); i++)
		hlist_for_each_entry_safe(place, next, &ix->places[i], node)
			kfree_rcu(place, rcu);
}

int gws_config_init(struct gws_net *gn)
{
	struct gws_config *cfg = &gn->config;

	mutex_init(&cfg->lock);
	spin_lock_init(&cfg->publish);
	seqcount_spinlock_init(&cfg->seq, &cfg->publish);
	spin_lock_init(&cfg->names_lock);
	init_waitqueue_head(&cfg->drained);
	return 0;
}

void gws_config_exit(struct gws_net *gn)
{
	struct gws_config *cfg = &gn->config;

	mutex_lock(&cfg->lock);
	if (cfg->open)
		gws_transaction_free(cfg->open);
	cfg->open = NULL;
	if (cfg->index)
		index_clear(gn);
	mutex_unlock(&cfg->lock);
	wait_event(cfg->drained, !atomic_read(&cfg->objects));
	/* The last one's callback may not have returned from its wake-up. */
	if (!cfg->index)
		return;
	gws_config_flush();
	atomic64_sub(sizeof(*cfg->index), &cfg->memory);
	WARN_ON_ONCE(atomic64_read(&cfg->memory));
	kvfree(cfg->index);
}
