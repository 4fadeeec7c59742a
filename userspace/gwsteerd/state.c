// SPDX-License-Identifier: MIT
/*
 * The kernel's objects by key. A dump names ids; the keys are put together the
 * way the IR does it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/arena.h"
#include "../lib/msg.h"
#include "state.h"

struct gws_state *gws_state_create(const size_t count[GWS_STATE_KINDS])
{
	struct gws_state *state = calloc(1, sizeof(*state));
	int kind;

	if (!state)
		return NULL;
	state->arena = gws_arena_create();
	for (kind = 0; state->arena && kind < GWS_STATE_KINDS; kind++) {
		state->known[kind] = gws_arena_alloc(state->arena,
			count[kind] * sizeof(*state->known[kind]));
		if (!state->known[kind])
			break;
	}
	if (state->arena && kind == GWS_STATE_KINDS)
		return state;
	gws_state_destroy(state);
	return NULL;
}

void gws_state_destroy(struct gws_state *state)
{
	if (!state)
		return;
	gws_arena_destroy(state->arena);
	free(state);
}

int gws_state_add(struct gws_state *state, enum gws_state_kind kind,
		  const char *key, uint32_t id, uint64_t digest)
{
	struct gws_known *known = &state->known[kind][state->count[kind]];

	known->key = gws_arena_strdup(state->arena, key);
	if (!known->key)
		return -ENOMEM;
	known->id = id;
	known->digest = digest;
	state->count[kind]++;
	if (id > state->last_id[kind])
		state->last_id[kind] = id;
	return 0;
}

static int compare_keys(const void *key, const void *known)
{
	return strcmp(key, ((const struct gws_known *)known)->key);
}

const struct gws_known *gws_state_find(const struct gws_state *state,
				       enum gws_state_kind kind,
				       const char *key)
{
	const struct gws_known *known;

	known = bsearch(key, state->known[kind], state->count[kind],
			sizeof(*known), compare_keys);
	while (known && known > state->known[kind] && !strcmp(known[-1].key, key))
		known--;
	return known;
}

/* --- from a dump --- */

static int compare_known(const void *a, const void *b)
{
	const struct gws_known *left = a, *right = b;
	int order = strcmp(left->key, right->key);

	if (order)
		return order;
	return left->id < right->id ? -1 : left->id > right->id;
}

static char *join(struct gws_arena *arena, const char *a, const char *glue,
		  const char *b)
{
	size_t size = strlen(a) + strlen(glue) + strlen(b) + 1;
	char *text = gws_arena_alloc(arena, size);

	if (text)
		stpcpy(stpcpy(stpcpy(text, a), glue), b);
	return text;
}

static const char *listener_key(struct gws_arena *arena,
				const struct gws_msg_listener *l)
{
	const char *key = join(arena, l->namespace, "/", l->gateway);

	if (key)
		key = join(arena, key, "/", l->section);
	/* None of ours yet, but it must not be mistaken for a Gateway's own. */
	if (key && l->set)
		key = join(arena, key, "/",
			   l->set_namespace ? l->set_namespace : "");
	if (key && l->set)
		key = join(arena, key, "/", l->set);
	return key;
}

static const char *table_key(const struct gws_state *state,
			     const struct gws_msg_table *table)
{
	size_t i;

	for (i = 0; i < state->count[GWS_STATE_LISTENER]; i++) {
		if (state->known[GWS_STATE_LISTENER][i].id == table->listener)
			return join(state->arena,
				    state->known[GWS_STATE_LISTENER][i].key,
				    "|", table->hostname);
	}
	return join(state->arena, "", "|", table->hostname);
}

static int add_all(struct gws_state *state, const struct gws_msg_config *config)
{
	const char *key;
	size_t i;

	for (i = 0; i < config->n_listeners; i++) {
		const struct gws_msg_listener *l = &config->listeners[i];

		key = listener_key(state->arena, l);
		if (!key || gws_state_add(state, GWS_STATE_LISTENER, key, l->id,
					  l->digest))
			return -ENOMEM;
	}
	for (i = 0; i < config->n_tables; i++) {
		const struct gws_msg_table *t = &config->tables[i];

		key = table_key(state, t);
		if (!key || gws_state_add(state, GWS_STATE_TABLE, key, t->id,
					  t->digest))
			return -ENOMEM;
	}
	for (i = 0; i < config->n_clusters; i++) {
		const struct gws_msg_cluster *c = &config->clusters[i];

		if (gws_state_add(state, GWS_STATE_CLUSTER, c->name, c->id,
				  c->digest))
			return -ENOMEM;
	}
	return 0;
}

struct gws_state *gws_state_read(const struct gws_msg_config *config)
{
	const size_t count[GWS_STATE_KINDS] = {
		[GWS_STATE_LISTENER] = config->n_listeners,
		[GWS_STATE_TABLE] = config->n_tables,
		[GWS_STATE_CLUSTER] = config->n_clusters,
	};
	struct gws_state *state = gws_state_create(count);
	int kind;

	if (!state)
		return NULL;
	if (add_all(state, config)) {
		gws_state_destroy(state);
		return NULL;
	}
	for (kind = 0; kind < GWS_STATE_KINDS; kind++)
		qsort(state->known[kind], state->count[kind],
		      sizeof(*state->known[kind]), compare_known);
	return state;
}
