// SPDX-License-Identifier: GPL-2.0-only
/* Gathering a message head from the pieces that it comes in. */
#include <linux/slab.h>
#include <linux/string.h>
#include "head.h"
#include "limits.h"
#include "scratch.h"
#include "stream.h"

enum {
	/* Most heads fit; a body behind them is not copied in vain. */
	FIRST_READ = 2048,
};

static int head_keep(struct gws_head *h, const char *bytes, u32 len)
{
	char *stash;

	if (len == h->len)
		return 0;
	stash = kmemdup(bytes, len, GFP_ATOMIC);
	if (!stash)
		return GWS_HEAD_NOMEM;
	kfree(h->stash);
	h->stash = stash;
	h->len = len;
	return 0;
}

void gws_head_reset(struct gws_head *h)
{
	kfree(h->stash);
	h->stash = NULL;
	h->len = 0;
	h->resume = 0;
}

int gws_head_gather(struct gws_head *h, struct gws_cursor *c,
		    struct gws_scratch *scratch, gws_head_parser parse,
		    void *into)
{
	u32 len = h->len, want = FIRST_READ, kept = h->len, n;
	const struct gws_cursor start = *c;
	int ret;

	if (h->stash)
		memcpy(scratch->bytes, h->stash, len);
	for (;;) {
		n = gws_cursor_copy(c, scratch->bytes + len,
				    min(want, GWS_HEAD_MAX - len));
		if (!n)
			return head_keep(h, scratch->bytes, len);
		len += n;
		ret = parse(scratch->bytes, len, &h->resume, into);
		if (ret > 0) {
			/* The copy may have gone beyond the head's end. */
			*c = start;
			gws_cursor_skip(c, ret - kept);
			gws_head_reset(h);
			return ret;
		}
		if (ret < 0)
			return ret;
		want = GWS_HEAD_MAX;
	}
}
