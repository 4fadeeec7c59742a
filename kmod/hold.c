// SPDX-License-Identifier: GPL-2.0-only
/* Requests that are held: for a further try, or to be copied. */
#include <linux/error-injection.h>
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include "hold.h"

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

/* The page that more goes to, or NULL. */
static struct bio_vec *hold_last(struct gws_hold *hold)
{
	struct bio_vec *last = hold->slots + hold->nslots - 1;
	struct page *page;

	if (hold->nslots && last->bv_len < PAGE_SIZE)
		return last;
	if (hold->nslots == GWS_HOLD_SLOTS)
		return NULL;
	page = alloc_page(GFP_ATOMIC | __GFP_NOWARN);
	if (!page)
		return NULL;
	last = hold->slots + hold->nslots++;
	*last = (struct bio_vec){ .bv_page = page };
	return last;
}

/* What is there already may be on its way by reference: more goes behind it. */
static bool hold_copy(struct gws_hold *hold, const struct bio_vec *bv)
{
	u32 done, from, len;

	for (done = 0; done < bv->bv_len; done += len) {
		struct bio_vec *last = hold_last(hold);

		if (!last)
			return false;
		from = bv->bv_offset + done;
		len = min3(bv->bv_len - done, (u32)PAGE_SIZE - last->bv_len,
			   (u32)PAGE_SIZE - (u32)offset_in_page(from));
		memcpy_from_page(page_address(last->bv_page) + last->bv_len,
				 bv->bv_page + (from >> PAGE_SHIFT),
				 offset_in_page(from), len);
		last->bv_len += len;
	}
	return true;
}

bool gws_hold_add(struct gws_hold *hold, const struct gws_pipe *p)
{
	u16 i;

	for (i = p->head; i < p->tail; i++)
		if (!hold_copy(hold, &p->slots[i]))
			return false;
	hold->next = hold->nslots;
	return true;
}

struct gws_hold *gws_hold_make(const struct gws_pipe *p)
{
	struct gws_hold *hold = kmalloc(sizeof(*hold), GFP_ATOMIC);

	if (!hold)
		return NULL;
	hold->nslots = 0;
	hold->next = 0;
	hold->users = 1;
	if (gws_hold_add(hold, p))
		return hold;
	gws_hold_put(hold);
	return NULL;
}
ALLOW_ERROR_INJECTION(gws_hold_make, NULL);

bool gws_hold_send(const struct gws_hold *hold, u16 *next, struct gws_pipe *p)
{
	u16 first = *next;

	while (*next < hold->nslots && gws_pipe_has_room(p) &&
	       !gws_pipe_add_bvec(p, &hold->slots[*next]))
		++*next;
	return *next > first;
}
