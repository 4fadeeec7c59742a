/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A request as it was forwarded so far, for a further try or to be copied. In pages
 * of its own: one octet by reference would keep all 32 KiB of a page that other
 * requests have shared. What is too long is not held. Its users are of one worker.
 */
#ifndef GWS_HOLD_H
#define GWS_HOLD_H

#include <linux/bvec.h>
#include <linux/mm.h>
#include <linux/types.h>
#include "limits.h"
#include "stream.h"

enum {
	GWS_HOLD_SLOTS = GWS_HOLD_BYTES / PAGE_SIZE ? : 1,	/* each a page */
};

struct gws_hold {
	u16 nslots;
	u16 next;		/* slot that is sent next, of the request itself */
	u16 users;		/* the request, and its copies */
	struct bio_vec slots[GWS_HOLD_SLOTS];
};

/*
 * Holds all that @p does, as gws_hold_add(). Any context. NULL: too much of it, or no
 * memory.
 */
struct gws_hold *gws_hold_make(const struct gws_pipe *p);
/* From then on nothing is added. */
struct gws_hold *gws_hold_get(struct gws_hold *hold);
/* Bytes that it takes. NULL-safe. */
static inline u32 gws_hold_pinned(const struct gws_hold *hold)
{
	return hold ? hold->nslots * PAGE_SIZE : 0;
}

/* NULL-safe. */
void gws_hold_put(struct gws_hold *hold);
/*
 * Adds all that @p holds, which is on its way already: nothing else is to be sent
 * before. False: too much of it, or no memory.
 */
bool gws_hold_add(struct gws_hold *hold, const struct gws_pipe *p);
/*
 * Moves what has room, from slot *@next on, to @p, and *@next behind it. False:
 * nothing was left.
 */
bool gws_hold_send(const struct gws_hold *hold, u16 *next, struct gws_pipe *p);

#endif /* GWS_HOLD_H */
