/* SPDX-License-Identifier: MIT */
/*
 * What the kernel has, as far as the daemon knows: the id and digest of every
 * object by its key. Read from dumps, replaced after every commit; immutable in
 * between.
 */
#ifndef GWS_STATE_H
#define GWS_STATE_H

#include <stddef.h>
#include <stdint.h>

struct gws_arena;
struct gws_msg_config;

enum gws_state_kind {
	GWS_STATE_LISTENER,
	GWS_STATE_TABLE,
	GWS_STATE_CLUSTER,
	GWS_STATE_KINDS
};

/* Keys are those of the IR. */
struct gws_known {
	const char *key;
	uint32_t id;
	uint64_t digest;
};

struct gws_state {
	struct gws_arena *arena;
	struct gws_known *known[GWS_STATE_KINDS];	/* by key, then id */
	size_t count[GWS_STATE_KINDS];
	uint32_t last_id[GWS_STATE_KINDS];	/* the newest given out */
};

/* An empty state with room for @count objects per kind, or NULL. */
struct gws_state *gws_state_create(const size_t count[GWS_STATE_KINDS]);
void gws_state_destroy(struct gws_state *state);

/*
 * gws_state_read - from what the kernel dumped. Two objects of one key, which
 * only somebody else's PUT can make, both stay: the second is for deletion.
 * NULL when memory is short.
 */
struct gws_state *gws_state_read(const struct gws_msg_config *config);

/* Adds to a kind, in key order; the key is copied. 0 or -ENOMEM. */
int gws_state_add(struct gws_state *state, enum gws_state_kind kind,
		  const char *key, uint32_t id, uint64_t digest);

/* The first of that key, or NULL. */
const struct gws_known *gws_state_find(const struct gws_state *state,
				       enum gws_state_kind kind,
				       const char *key);

#endif /* GWS_STATE_H */
