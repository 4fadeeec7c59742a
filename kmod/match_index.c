// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * From matches in order of precedence to an index by path.
 */
#include "match_index.h"
#include <uapi/linux/gwsteer.h>

/* At most half of the slots are taken: one node a match, and the root. */
static u32 slots_bits(u32 nmatches)
{
	u32 bits = 3;

	while ((1U << bits) < 2 * (nmatches + 1))
		bits++;
	return bits;
}

static size_t nodes_size(u32 nmatches)
{
	return ((size_t)nmatches + 1) * sizeof(struct gws_match_node);
}

size_t gws_match_index_size(u32 nmatches)
{
	return nodes_size(nmatches) + (sizeof(u32) << slots_bits(nmatches));
}

/* What the matches of one node have in common. */
static struct gws_str match_key(const struct gws_match *match)
{
	struct gws_str key = match->path;

	if (match->path_kind == GWS_PATH_ANY)
		key.len = 0;
	else if (match->path_kind == GWS_PATH_PREFIX && key.len &&
		 key.p[key.len - 1] == '/')
		key.len--;
	return key;
}

static u32 hash_of(const struct gws_match_table *table, struct gws_str key)
{
	u32 hash = table->seed, i;

	for (i = 0; i < key.len; i++)
		hash = gws_match_hash(hash, key.p[i]);
	return hash;
}

static void node_init(struct gws_match_node *node, struct gws_str key, u32 hash)
{
	node->key = key;
	node->hash = hash;
	node->parent = 0;
	node->exact = GWS_MATCH_NONE;
	node->prefix = GWS_MATCH_NONE;
}

static struct gws_match_node *node_get(struct gws_match_table *table,
				       struct gws_match_node *nodes, u32 *slots,
				       struct gws_str key)
{
	u32 hash = hash_of(table, key), n, slot;

	if (!key.len)
		return &nodes[0];
	n = gws_match_node_find(table, hash, key.p, key.len);
	if (n)
		return &nodes[n];
	for (slot = hash >> table->shift; slots[slot & table->mask]; slot++)
		;
	n = table->nnodes++;
	slots[slot & table->mask] = n;
	node_init(&nodes[n], key, hash);
	if (key.len > table->longest)
		table->longest = key.len;
	return &nodes[n];
}

static u32 parent_of(const struct gws_match_table *table, struct gws_str key)
{
	u32 hash = table->seed, parent = 0, i, n;

	for (i = 0; i < key.len; i++) {
		n = i && key.p[i] == '/' ?
		    gws_match_node_find(table, hash, key.p, i) : 0;
		if (n)
			parent = n;
		hash = gws_match_hash(hash, key.p[i]);
	}
	return parent;
}

/* From the last to the first, each goes to the front of its list. */
static void lists_make(struct gws_match_table *table, struct gws_match *matches,
		       struct gws_match_node *nodes, u32 *slots)
{
	struct gws_match_node *node;
	u32 i, *list;

	for (i = table->nmatches; i--; ) {
		switch (matches[i].path_kind) {
		case GWS_PATH_REGEX:
			matches[i].next = table->regex;
			table->regex = i;
			continue;
		case GWS_PATH_ANY:
		case GWS_PATH_EXACT:
		case GWS_PATH_PREFIX:
			break;
		default:
			continue;
		}
		node = node_get(table, nodes, slots, match_key(&matches[i]));
		list = matches[i].path_kind == GWS_PATH_EXACT ? &node->exact :
								&node->prefix;
		matches[i].next = *list;
		*list = i;
	}
}

void gws_match_index_build(struct gws_match_table *table,
			   struct gws_match *matches, void *room, u32 seed)
{
	u32 bits = slots_bits(table->nmatches), i;
	struct gws_match_node *nodes = room;
	u32 *slots = (u32 *)((char *)room + nodes_size(table->nmatches));

	memset(slots, 0, sizeof(u32) << bits);
	table->nodes = nodes;
	table->slots = slots;
	table->mask = (1U << bits) - 1;
	table->shift = 32 - bits;
	table->seed = seed;
	table->longest = 0;
	table->regex = GWS_MATCH_NONE;
	table->nnodes = 1;
	node_init(&nodes[0], (struct gws_str){ "", 0 }, seed);
	lists_make(table, matches, nodes, slots);
	for (i = 1; i < table->nnodes; i++)
		nodes[i].parent = parent_of(table, nodes[i].key);
}
