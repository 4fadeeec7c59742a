/* SPDX-License-Identifier: MIT */
/*
 * From one look at a list to the next: which rows are new, changed or gone. A
 * row is the same one as long as what its keys name is the same; its age is no
 * change.
 */
#ifndef GWS_WATCH_H
#define GWS_WATCH_H

#include <stddef.h>
#include <cjson/cJSON.h>

/* The rows of the last look; zeroed to begin with. */
struct gws_watch {
	struct gws_watch_row *rows;	/* by name; NULL: no look so far */
	size_t n;
};

/**
 * gws_watch_step() - the next look
 * @rows: all there are; those that were like this the last time are taken out
 * @keys: members that tell rows apart, the last one NULL
 *
 * Return: the rows of the last look that are there no more, as they were then;
 * an array, to be deleted by the caller.
 */
cJSON *gws_watch_step(struct gws_watch *watch, cJSON *rows,
		      const char *const *keys);

void gws_watch_clear(struct gws_watch *watch);

#endif /* GWS_WATCH_H */
