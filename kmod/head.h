/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Gathering a message head. It is copied once into the worker's scratch buffer
 * and parsed there: a local peer can still change pages that it spliced to us.
 * Only when a head comes in pieces is what has come kept in between.
 */
#ifndef GWS_HEAD_H
#define GWS_HEAD_H

#include <linux/types.h>

struct gws_cursor;
struct gws_scratch;

struct gws_head {
	char *stash;	/* kept bytes of an incomplete head, or NULL */
	u32 len;
	u32 resume;	/* where the parser goes on */
};

enum {
	/* Beyond all of enum gws_http_error, which the parsers return negated. */
	GWS_HEAD_NOMEM = -4096,
};

/* As the parsers: > 0 length of the head, 0 incomplete, < 0 the error. */
typedef int (*gws_head_parser)(const char *buf, u32 len, u32 *resume,
			       void *into);

/*
 * Reads on from the cursor. A complete head (> 0) lies in scratch->bytes and
 * the cursor stands behind it; an incomplete one (0) is kept. GWS_HEAD_NOMEM
 * when it could not be kept; other negative values are the parser's.
 */
int gws_head_gather(struct gws_head *h, struct gws_cursor *c,
		    struct gws_scratch *scratch, gws_head_parser parse,
		    void *into);
void gws_head_reset(struct gws_head *h);

#endif /* GWS_HEAD_H */
