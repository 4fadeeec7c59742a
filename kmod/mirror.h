/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copies of requests for the filter RequestMirror.
 *
 *   plan (head written) -> hold -> begin (all of it is there) -> queue of the worker
 *        -> idle connection, or connect -> send -> read the answer over -> park
 *
 * A copy is what was forwarded, byte for byte, and belongs to the worker of its
 * request from which it is independent once it was begun: it keeps the table, the
 * pages and an endpoint by references of its own. It is sent once; what goes wrong
 * with it is counted, and known to nobody else.
 */
#ifndef GWS_MIRROR_H
#define GWS_MIRROR_H

#include <linux/types.h>
#include "counters.h"

struct gws_conn;
struct gws_mirror;
struct gws_net;
struct gws_worker;

/*
 * The head for the backend in hand, whose filters have mirrors, was written: settles
 * which of them get a copy. BH off.
 */
void gws_mirror_plan(struct gws_conn *conn);
/*
 * conn->hold has all of the request: the copies that are due begin. @body: it is more
 * than a head.
 */
void gws_mirror_begin(struct gws_conn *conn, bool body);
/* Those that are due will not be, for @reason. */
void gws_mirror_forgo(struct gws_conn *conn, enum gws_reason reason);

/* upstream.c: its connection had an event; BH off, no socket lock held. */
void gws_mirror_run(struct gws_mirror *m);
/* The same, its deadline passed. Process context. */
void gws_mirror_late(struct gws_mirror *m);
/* The same, it is freed: the namespace ends. */
void gws_mirror_lose(struct gws_mirror *m);
/* Bytes that it holds. */
u32 gws_mirror_pinned(const struct gws_mirror *m);

/* worker.c, in process context: finds connections for what was begun. */
void gws_mirrors_run(struct gws_worker *w);
/* The same: none of @gn is to be begun any more. */
void gws_mirrors_drop(struct gws_worker *w, const struct gws_net *gn);

#endif /* GWS_MIRROR_H */
