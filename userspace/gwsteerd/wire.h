/* SPDX-License-Identifier: MIT */
/*
 * From an IR to what has to be said to the kernel: pure, no socket.
 */
#ifndef GWS_WIRE_H
#define GWS_WIRE_H

#include "../lib/msg.h"
#include "ir.h"
#include "state.h"

/*
 * An object that the kernel did not take. A plan leaves what the kernel has of
 * it alone; if that is nothing, it leaves out what depends on it.
 */
struct gws_refusal {
	enum gws_state_kind kind;
	const char *key;
};

struct gws_deletion {
	uint8_t cmd;		/* GWS_CMD_DEL_* */
	uint32_t id;
};

/*
 * The content of one transaction. Strings of messages and keys belong to the
 * IR, the rest to the plan. The n-th key is that of the n-th message.
 */
struct gws_plan {
	struct gws_arena *arena;
	struct gws_msg_listener *listeners;
	const char **listener_keys;
	size_t n_listeners;
	struct gws_msg_table *tables;
	const char **table_keys;
	size_t n_tables;
	struct gws_msg_cluster *clusters;
	const char **cluster_keys;
	size_t n_clusters;
	struct gws_deletion *deletions;
	size_t n_deletions;
	struct gws_state *next;	/* what the kernel has after the COMMIT */
};

/**
 * gws_plan_create() - what turns @state into @ir
 * @state: what the kernel has
 * @refusals: @n objects not to send
 *
 * Objects keep their ids; new ones get ids that nothing had since the daemon
 * started. Objects with the digest that the kernel has are not sent. The
 * digest covers the ids an object refers to.
 *
 * Return: the plan, owned by the caller, or NULL when memory is short.
 */
struct gws_plan *gws_plan_create(const struct gws_ir *ir,
				 const struct gws_state *state,
				 const struct gws_refusal *refusals, size_t n);
void gws_plan_destroy(struct gws_plan *plan);

/* Whether the plan changes nothing. */
bool gws_plan_empty(const struct gws_plan *plan);

/* Key of the object with that id in messages of the plan or in its state. */
const char *gws_plan_key(const struct gws_plan *plan, enum gws_state_kind kind,
			 uint32_t id);

#endif /* GWS_WIRE_H */
