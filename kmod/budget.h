/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The memory that the sockets of a namespace hold, queues, pinned pages,
 * handshakes and closing ones included, against a share of what TCP may have
 * (tcp_mem). Close to it the slowest are cut, over it new connections are reset unless
 * idle ones can go.
 *
 * It is measured and not counted along, so that a request pays nothing: each
 * worker walks its sockets now and then, and only while it is awake, since what
 * sleeps does not grow; but for the last quarter, when all are to cut.
 */
#ifndef GWS_BUDGET_H
#define GWS_BUDGET_H

#include <linux/jiffies.h>
#include "worker.h"

struct gws_net;
struct gws_sock;

/* Bytes; the second is held at most. Any context. */
u64 gws_budget_held(const struct gws_net *gn);
u64 gws_budget_max(const struct gws_net *gn);

/*
 * May there be more? If not, all workers measure again soon: some
 * may have been asleep since their sockets were full.
 */
bool gws_budget_admits(struct gws_net *gn);
/*
 * May a new connection of @listener come in? If not, its worker first cuts idle ones, if
 * these hold the most. In the worker, process context, with no socket's lock.
 */
bool gws_budget_makes_room(struct gws_sock *listener);
/*
 * So much is in use that the rest could go within a round of measuring: a few
 * hundred connections fill their send buffers in that time. What nobody waits for
 * begins no more then. Any context.
 */
bool gws_budget_is_half_used(const struct gws_net *gn);

/* sock.c, in the worker: begins to count @s, and ends. */
void gws_budget_enter(struct gws_sock *s);
void gws_budget_leave(struct gws_sock *s);
/* In the worker, process context: measures @s anew. */
u32 gws_budget_measure(struct gws_sock *s);
/* The same: @s is aborted, and released in a moment. */
void gws_budget_forget(struct gws_sock *s);

/* In the worker: what was in queues and pipes of @s when it was last measured. */
u32 gws_budget_queued(const struct gws_sock *s);

/* In the worker, process context. */
void gws_budget_audit(struct gws_worker *w);

static inline void gws_budget_run(struct gws_worker *w)
{
	if (unlikely(time_after_eq(jiffies, w->audit_at)))
		gws_budget_audit(w);
}

/* worker.c: before the first use of @w. */
void gws_budget_worker_init(struct gws_worker *w);
/* After the last namespace, before the workers end. Process context. */
void gws_budget_exit(void);

#endif /* GWS_BUDGET_H */
