// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sources of client connections: a hash with a lock per bucket, so that workers
 * that accept at the same time seldom meet. An entry is there as long as it has
 * connections, so the limit "connections" bounds their number.
 */
#include <linux/error-injection.h>
#include <linux/jhash.h>
#include <linux/list_bl.h>
#include <linux/random.h>
#include <linux/slab.h>
#include "netns.h"
#include "source.h"

enum { HASH_BITS = 12 };

struct gws_source {
	struct hlist_bl_node node;	/* its bucket, and under its lock */
	u64 prefix;			/* as in the packet */
	u8 family;
	u32 conns;			/* under the bucket's lock; not 0 */
};

struct gws_sources {
	u32 seed;
	struct hlist_bl_head buckets[1 << HASH_BITS];
};

static u64 prefix_of(const struct gws_addr *from)
{
	u64 prefix;

	if (from->family == AF_INET)
		return (__force u32)from->ip.ip;
	memcpy(&prefix, &from->ip.in6, sizeof(prefix));
	return prefix;
}

static struct hlist_bl_head *bucket_of(struct gws_sources *sources, u64 prefix)
{
	u32 hash = jhash_2words(prefix, prefix >> 32, sources->seed);

	return &sources->buckets[hash >> (32 - HASH_BITS)];
}

/* Takes @new in when there is none yet. NULL: there is none. */
static struct gws_source *enter(struct hlist_bl_head *bucket, u64 prefix,
				u8 family, u64 max, struct gws_source *new)
{
	struct hlist_bl_node *pos;
	struct gws_source *s;

	hlist_bl_lock(bucket);
	hlist_bl_for_each_entry(s, pos, bucket, node)
		if (s->prefix == prefix && s->family == family)
			goto out;
	s = new;
	if (new)
		hlist_bl_add_head(&new->node, bucket);
out:
	if (s && s->conns >= max)
		s = ERR_PTR(-EUSERS);
	else if (s)
		s->conns++;
	hlist_bl_unlock(bucket);
	return s;
}

struct gws_source *gws_source_enter(struct gws_net *gn,
				    const struct gws_addr *from)
{
	u64 max = gws_limit(gn->limits, GWS_LIMIT_source_connections);
	u64 prefix = prefix_of(from);
	struct hlist_bl_head *bucket = bucket_of(gn->sources, prefix);
	struct gws_source *new, *s;

	s = enter(bucket, prefix, from->family, max, NULL);
	if (s)
		return s;
	new = kzalloc(sizeof(*new), GFP_KERNEL);
	if (!new)
		return ERR_PTR(-ENOMEM);
	new->prefix = prefix;
	new->family = from->family;
	/* Its first connection is within any limit: the smallest one is 1. */
	s = enter(bucket, prefix, from->family, max, new);
	if (s == new)
		atomic_inc(&gn->nsources);
	else
		kfree(new);
	return s;
}
ALLOW_ERROR_INJECTION(gws_source_enter, ERRNO);

void gws_source_leave(struct gws_net *gn, struct gws_source *source)
{
	struct hlist_bl_head *bucket = bucket_of(gn->sources, source->prefix);
	bool last;

	hlist_bl_lock(bucket);
	last = !--source->conns;
	if (last)
		hlist_bl_del(&source->node);
	hlist_bl_unlock(bucket);
	if (!last)
		return;
	kfree(source);
	atomic_dec(&gn->nsources);
}

int gws_sources_init(struct gws_net *gn)
{
	lockdep_assert_held(&gn->lock);
	gn->sources = kvzalloc(sizeof(*gn->sources), GFP_KERNEL);
	if (!gn->sources)
		return -ENOMEM;
	gn->sources->seed = get_random_u32();
	return 0;
}
ALLOW_ERROR_INJECTION(gws_sources_init, ERRNO);

void gws_sources_exit(struct gws_net *gn)
{
	lockdep_assert_held(&gn->lock);
	kvfree(gn->sources);
	gn->sources = NULL;
}
