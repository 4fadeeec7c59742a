// SPDX-License-Identifier: GPL-2.0-only
/* Requests that are held: for a further try, or to be copied. */
#include <linux/error-injection.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include "hold.h"

struct gws_hold *gws_hold_make(void)
{
	struct gws_hold *hold = kmalloc(sizeof(*hold), GFP_ATOMIC);

	if (hold) {
		hold->bytes = 0;
		hold->nslots = 0;
		hold->next = 0;
		hold->users = 1;
	}
	return hold;
}
ALLOW_ERROR_INJECTION(gws_hold_make, NULL);

struct gws_hold *gws_hold_get(struct gws_hold *hold)
{
	hold->users++;
	return hold;
}

void gws_hold_put(struct gws_hold *hold)
{
	if (!hold || --hold->users)
		return;
	while (hold->nslots)
		put_page(hold->slots[--hold->nslots].bv_page);
	kfree(hold);
}

static bool hold_push(struct gws_hold *hold, const struct bio_vec *bv)
{
	struct bio_vec *last = hold->slots + hold->nslots - 1;

	if (hold->bytes + bv->bv_len > GWS_HOLD_BYTES)
		return false;
	hold->bytes += bv->bv_len;
	if (hold->nslots && last->bv_page == bv->bv_page &&
	    last->bv_offset + last->bv_len == bv->bv_offset) {
		last->bv_len += bv->bv_len;
		return true;
	}
	if (hold->nslots == GWS_HOLD_SLOTS)
		return false;
	get_page(bv->bv_page);
	hold->slots[hold->nslots++] = *bv;
	return true;
}

bool gws_hold_add(struct gws_hold *hold, const struct gws_pipe *p)
{
	u16 i;

	for (i = p->head; i < p->tail; i++)
		if (!hold_push(hold, &p->slots[i]))
			return false;
	hold->next = hold->nslots;
	return true;
}

bool gws_hold_send(const struct gws_hold *hold, u16 *next, struct gws_pipe *p)
{
	u16 first = *next;

	while (*next < hold->nslots && gws_pipe_has_room(p) &&
	       !gws_pipe_add_bvec(p, &hold->slots[*next]))
		++*next;
	return *next > first;
}
