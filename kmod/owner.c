// SPDX-License-Identifier: GPL-2.0-only
/*
 * The names of a listener (Gateway, ListenerSet, section), kept once: the
 * listener's generations and all counters below it point here.
 */
#include <linux/error-injection.h>
#include <linux/jhash.h>
#include <linux/slab.h>
#include "config.h"
#include "netns.h"

static u32 names_hash(const struct gws_index *ix,
		      const char *const names[GWS_OWNER_NAMES])
{
	u32 hash = ix->seed;
	int i;

	for (i = 0; i < GWS_OWNER_NAMES; i++)
		hash = jhash(names[i], strlen(names[i]), hash);
	return hash;
}

static bool names_equal(const char *const a[GWS_OWNER_NAMES],
			const char *const b[GWS_OWNER_NAMES])
{
	int i;

	for (i = 0; i < GWS_OWNER_NAMES; i++)
		if (strcmp(a[i], b[i]))
			return false;
	return true;
}

static struct hlist_head *owner_bucket(struct gws_config *cfg, u32 hash)
{
	return &cfg->index->owners[hash_32(hash, GWS_OWNER_HASH_BITS)];
}

static struct gws_owner *owner_find(struct gws_config *cfg, u32 hash,
				    const char *const names[GWS_OWNER_NAMES])
{
	struct gws_owner *o;

	lockdep_assert_held(&cfg->names_lock);
	hlist_for_each_entry(o, owner_bucket(cfg, hash), node)
		if (o->hash == hash && names_equal(o->names, names))
			return o;
	return NULL;
}

static struct gws_owner *owner_alloc(u32 hash,
				     const char *const names[GWS_OWNER_NAMES])
{
	struct gws_owner *o;
	size_t size = 0;
	char *p;
	int i;

	for (i = 0; i < GWS_OWNER_NAMES; i++)
		size += strlen(names[i]) + 1;
	o = kzalloc(struct_size(o, strings, size), GFP_KERNEL_ACCOUNT);
	if (!o)
		return NULL;
	refcount_set(&o->ref, 1);
	o->hash = hash;
	p = o->strings;
	for (i = 0; i < GWS_OWNER_NAMES; i++)
		o->names[i] = gws_string_pack(&p, names[i]);
	return o;
}

struct gws_owner *gws_owner_get(struct gws_net *gn,
				const char *const names[GWS_OWNER_NAMES])
{
	struct gws_config *cfg = &gn->config;
	u32 hash = names_hash(cfg->index, names);
	struct gws_owner *o;

	/* Only the holder of the lock adds names: a miss stays a miss. */
	lockdep_assert_held(&cfg->lock);
	spin_lock_bh(&cfg->names_lock);
	o = owner_find(cfg, hash, names);
	if (o)
		refcount_inc(&o->ref);
	spin_unlock_bh(&cfg->names_lock);
	if (o)
		return o;
	o = owner_alloc(hash, names);
	if (!o)
		return NULL;
	spin_lock_bh(&cfg->names_lock);
	hlist_add_head(&o->node, owner_bucket(cfg, hash));
	spin_unlock_bh(&cfg->names_lock);
	return o;
}
ALLOW_ERROR_INJECTION(gws_owner_get, NULL);

void gws_owner_put(struct gws_net *gn, struct gws_owner *owner)
{
	struct gws_config *cfg = &gn->config;
	unsigned long flags;
	bool last;

	spin_lock_irqsave(&cfg->names_lock, flags);
	last = refcount_dec_and_test(&owner->ref);
	if (last)
		hlist_del(&owner->node);
	spin_unlock_irqrestore(&cfg->names_lock, flags);
	if (last)
		kfree(owner);
}
