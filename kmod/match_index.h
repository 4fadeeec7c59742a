/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The matches of a table by path, so that a request is compared with the few
 * that its path leaves and not with all. Built once, before the table is seen.
 *
 * Each path that an Exact or PathPrefix match has is a node, found by a hash of
 * its bytes; a prefix without its last '/'. A node knows the longest node that
 * is a prefix of it by elements, and lists its matches in order of precedence.
 */
#ifndef GWS_MATCH_INDEX_H
#define GWS_MATCH_INDEX_H

#include "route.h"

/* Ends lists of matches; above every index. */
#define GWS_MATCH_NONE	((u32)-1)

/* Bytes that gws_match_index_build() needs; a multiple of eight. */
size_t gws_match_index_size(u32 nmatches);

/*
 * @matches are those of @table. @room is aligned to eight bytes and stays with
 * the table. @seed is not known to who writes paths of routes or requests.
 */
void gws_match_index_build(struct gws_match_table *table,
			   struct gws_match *matches, void *room, u32 seed);

static __always_inline u32 gws_match_hash(u32 hash, char c)
{
	return (hash ^ (u8)c) * 0x9e3779b1U;
}

/* The node of that key, or 0, which is that of the empty one. */
static inline u32 gws_match_node_find(const struct gws_match_table *table,
				      u32 hash, const char *key, u32 len)
{
	const struct gws_match_node *node;
	u32 slot, n;

	for (slot = hash >> table->shift; ; slot++) {
		n = table->slots[slot & table->mask];
		if (!n)
			return 0;
		node = &table->nodes[n];
		if (node->hash == hash && node->key.len == len &&
		    gws_mem_eq(node->key.p, key, len))
			return n;
	}
}

#endif /* GWS_MATCH_INDEX_H */
