// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a commit changes about addresses and ports: for every bind of a changed
 * listener, before and after, the list of listeners is made anew aside, and
 * swapped when the commit is published.
 */
#include <linux/error-injection.h>
#include <linux/jhash.h>
#include <linux/mm.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include "limits.h"
#include "match.h"
#include "netns.h"
#include "transaction.h"

struct bind_edit {
	struct list_head list;		/* transaction->edits */
	struct hlist_node node;		/* transaction->edit_hash */
	struct gws_addr addr;
	u32 adds;			/* listeners that come in */
	struct gws_bind *old;		/* published, or NULL */
	struct gws_bind *new;		/* NULL: nobody is left */
	struct gws_place *place;	/* of @addr, when it is or becomes owned */
};

static struct bind_edit *edit_find(struct gws_transaction *tr,
				   const struct gws_addr *addr, u32 hash)
{
	struct bind_edit *e;

	hash_for_each_possible(tr->edit_hash, e, node, hash)
		if (gws_addr_equal(&e->addr, addr))
			return e;
	return NULL;
}

static struct bind_edit *edit_get(struct gws_transaction *tr,
				  const struct gws_addr *addr)
{
	const struct gws_index *ix = tr->gn->config.index;
	u32 hash = gws_bind_hash(ix, addr);
	struct bind_edit *e = edit_find(tr, addr, hash);

	if (e)
		return e;
	e = kzalloc(sizeof(*e), GFP_KERNEL_ACCOUNT);
	if (!e)
		return NULL;
	e->addr = *addr;
	e->old = gws_bind_find(ix, addr);
	hash_add(tr->edit_hash, &e->node, hash);
	list_add_tail(&e->list, &tr->edits);
	return e;
}

static int edits_collect(struct gws_transaction *tr,
			 const struct gws_listener *l, bool comes)
{
	struct bind_edit *e;
	u32 i;

	for (i = 0; l && i < l->nbinds; i++) {
		e = edit_get(tr, &l->binds[i].addr);
		if (!e)
			return -ENOMEM;
		e->adds += comes;
	}
	return 0;
}

/* Room for all that may be in it, and those that this commit leaves alone. */
static int edit_begin(struct gws_transaction *tr, struct bind_edit *e)
{
	u32 i, max = e->adds;
	struct gws_bind *new;

	for (i = 0; e->old && i < e->old->nlisteners; i++)
		max += !e->old->listeners[i]->slot->stage;
	new = kvzalloc(struct_size(new, listeners, max), GFP_KERNEL_ACCOUNT);
	if (!new)
		return -ENOMEM;
	e->new = new;
	new->addr = e->addr;
	new->bytes = struct_size(new, listeners, max);
	for (i = 0; e->old && i < e->old->nlisteners; i++) {
		struct gws_listener *l = e->old->listeners[i];

		if (!l->slot->stage)
			new->listeners[new->nlisteners++] = l;
	}
	if (new->nlisteners) {
		new->kind = e->old->kind;
		new->protocol = e->old->protocol;
	}
	return 0;
}

/* In what listeners of one bind must agree, and these do not; or NULL. */
static const char *bind_conflict(const struct gws_bind *b,
				 const struct gws_listener *l, u32 i)
{
	if (b->kind != l->binds[i].kind)
		return "kind";
	if (b->protocol != l->protocol)
		return "protocol";
	/* It counts before a request says which of them it is for. */
	return gws_policy_equal(b->listeners[0]->policy, l->policy) ?
	       NULL : "GWS_A_CLIENT";
}

static int bind_join(struct gws_transaction *tr, struct gws_stage *st, u32 i)
{
	struct gws_listener *l = st->listener;
	struct bind_edit *e = edit_get(tr, &l->binds[i].addr);
	struct gws_bind *new = e->new;

	if (!new->nlisteners) {
		new->kind = l->binds[i].kind;
		new->protocol = l->protocol;
	} else if (new->listeners[new->nlisteners - 1] == l) {
		return gws_refuse(tr, st, "GWS_A_BIND %u: given twice", i);
	} else if (bind_conflict(new, l, i)) {
		return gws_refuse(tr, st,
				  "GWS_A_BIND %u: listener %u has it with another %s",
				  i, new->listeners[0]->id,
				  bind_conflict(new, l, i));
	}
	if (new->nlisteners >= GWS_BIND_LISTENERS_MAX)
		return gws_refuse(tr, st, "GWS_A_BIND %u: more than %u listeners",
				  i, GWS_BIND_LISTENERS_MAX);
	new->listeners[new->nlisteners++] = l;
	return 0;
}

static int listener_order(const void *a, const void *b)
{
	const struct gws_listener *l = *(struct gws_listener *const *)a;
	const struct gws_listener *m = *(struct gws_listener *const *)b;

	/* Beyond specificity any order does that puts equal names together. */
	return gws_host_compare(l->hostname, m->hostname) ?:
	       strcmp(l->hostname.p, m->hostname.p);
}

static int edit_finish(struct gws_transaction *tr, struct bind_edit *e)
{
	struct gws_bind *new = e->new;
	u32 i;

	sort(new->listeners, new->nlisteners, sizeof(*new->listeners),
	     listener_order, NULL);
	for (i = 1; i < new->nlisteners; i++) {
		struct gws_listener *l = new->listeners[i - 1];
		struct gws_listener *m = new->listeners[i];

		if (!strcmp(l->hostname.p, m->hostname.p)) {
			if (!m->slot->stage)
				swap(l, m);
			return gws_refuse(tr, m->slot->stage,
					  "GWS_A_HOSTNAME: listener %u has the same on port %u",
					  l->id, e->addr.port);
		}
	}
	if (!new->nlisteners) {
		kvfree(new);
		e->new = NULL;
	}
	return 0;
}

/*
 * The object behind gws_config_owns(). A new one goes into the hash at once:
 * without binds it owns nothing yet.
 */
static int place_get(struct gws_transaction *tr, struct bind_edit *e)
{
	struct gws_index *ix = tr->gn->config.index;
	struct gws_place *p;

	if (!(e->old && e->old->kind == GWS_BIND_ADDRESS) &&
	    !(e->new && e->new->kind == GWS_BIND_ADDRESS))
		return 0;
	p = gws_place_find(ix, e->addr.family, &e->addr.ip);
	if (!p) {
		p = kzalloc(sizeof(*p), GFP_KERNEL_ACCOUNT);
		if (!p)
			return -ENOMEM;
		p->family = e->addr.family;
		p->ip = e->addr.ip;
		hlist_add_head_rcu(&p->node,
				   &ix->places[gws_place_hash(ix, p->family,
							      &p->ip)]);
	}
	e->place = p;
	return 0;
}

int gws_binds_prepare(struct gws_transaction *tr)
{
	u32 n = tr->gn->config.index->nbinds;
	struct gws_stage *st;
	struct bind_edit *e;
	int err;
	u32 i;

	list_for_each_entry(st, &tr->stages[GWS_OBJECT_LISTENER], list) {
		err = edits_collect(tr, st->old, false) ?:
		      edits_collect(tr, st->listener, true);
		if (err)
			return err;
	}
	list_for_each_entry(e, &tr->edits, list) {
		err = edit_begin(tr, e);
		if (err)
			return err;
	}
	list_for_each_entry(st, &tr->stages[GWS_OBJECT_LISTENER], list) {
		for (i = 0; st->listener && i < st->listener->nbinds; i++) {
			err = bind_join(tr, st, i);
			if (err)
				return err;
		}
	}
	list_for_each_entry(e, &tr->edits, list) {
		err = edit_finish(tr, e) ?: place_get(tr, e);
		if (err)
			return err;
		n += !!e->new - !!e->old;
	}
	if (n > GWS_BINDS_MAX)
		return gws_refuse(tr, NULL, "%u binds are more than %u", n,
				  GWS_BINDS_MAX);
	return 0;
}
ALLOW_ERROR_INJECTION(gws_binds_prepare, ERRNO);

struct gws_bind *gws_binds_after(struct gws_transaction *tr,
				 const struct gws_addr *addr)
{
	const struct gws_index *ix = tr->gn->config.index;
	struct bind_edit *e = edit_find(tr, addr, gws_bind_hash(ix, addr));

	return e ? e->new : gws_bind_find(ix, addr);
}

bool gws_binds_gain(struct gws_transaction *tr)
{
	const struct bind_edit *e;

	list_for_each_entry(e, &tr->edits, list)
		if (e->new && !e->old)
			return true;
	return false;
}

static void port_count(struct gws_index *ix, u16 port, int by)
{
	ix->port_binds[port] += by;
	ix->nbinds += by;
	if (ix->port_binds[port])
		set_bit(port, ix->ports);
	else
		clear_bit(port, ix->ports);
}

static void place_count(struct gws_config *cfg, struct gws_place *p, int by)
{
	if (!by)
		return;
	WRITE_ONCE(p->binds, p->binds + by);
	if (by > 0 && p->binds == 1)
		WRITE_ONCE(cfg->nplaces, cfg->nplaces + 1);
	else if (!p->binds)
		WRITE_ONCE(cfg->nplaces, cfg->nplaces - 1);
}

void gws_binds_publish(struct gws_transaction *tr)
{
	struct gws_config *cfg = &tr->gn->config;
	struct gws_index *ix = cfg->index;
	struct bind_edit *e;

	lockdep_assert_held(&cfg->publish);
	list_for_each_entry(e, &tr->edits, list) {
		if (e->old && e->new)
			hlist_replace_rcu(&e->old->node, &e->new->node);
		else if (e->new)
			hlist_add_head_rcu(&e->new->node,
					   &ix->binds[gws_bind_hash(ix,
								    &e->addr)]);
		else if (e->old)
			hlist_del_rcu(&e->old->node);
		port_count(ix, e->addr.port, !!e->new - !!e->old);
		if (e->place)
			place_count(cfg, e->place,
				    (e->new && e->new->kind == GWS_BIND_ADDRESS) -
				    (e->old && e->old->kind == GWS_BIND_ADDRESS));
	}
}

/* Looked up again: another edit of the same address may have freed it. */
static void place_trim(struct gws_index *ix, const struct gws_addr *addr)
{
	struct gws_place *p = gws_place_find(ix, addr->family, &addr->ip);

	if (!p || p->binds)
		return;
	hlist_del_rcu(&p->node);
	kfree_rcu(p, rcu);
}

void gws_binds_finish(struct gws_transaction *tr, bool published)
{
	struct gws_config *cfg = &tr->gn->config;
	struct bind_edit *e, *next;

	lockdep_assert_held(&cfg->lock);
	list_for_each_entry_safe(e, next, &tr->edits, list) {
		if (published) {
			if (e->new)
				atomic64_add(e->new->bytes, &cfg->memory);
			gws_bind_retire(cfg, e->old);
		} else {
			kvfree(e->new);
		}
		place_trim(cfg->index, &e->addr);
		hash_del(&e->node);
		list_del(&e->list);
		kfree(e);
	}
}
