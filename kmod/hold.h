/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A request with a body, as it was forwarded so far: by reference, for a further
 * try. What is too long is not held.
 */
#ifndef GWS_HOLD_H
#define GWS_HOLD_H

#include <linux/bvec.h>
#include <linux/types.h>
#include "limits.h"
#include "stream.h"

struct gws_hold {
	u32 bytes;
	u16 nslots;
	u16 next;		/* slot that is sent next */
	struct bio_vec slots[GWS_HOLD_SLOTS];
};

/* Any context. NULL for lack of memory. */
struct gws_hold *gws_hold_make(void);
/* NULL-safe. */
void gws_hold_free(struct gws_hold *hold);
/*
 * Adds all that @p holds, which is on its way already: nothing else is to be sent
 * before. False: too much of it.
 */
bool gws_hold_add(struct gws_hold *hold, const struct gws_pipe *p);
/* From its beginning on. */
void gws_hold_rewind(struct gws_hold *hold);
/* Moves what has room to @p. False: nothing was left. */
bool gws_hold_send(struct gws_hold *hold, struct gws_pipe *p);

#endif /* GWS_HOLD_H */
