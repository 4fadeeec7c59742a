/* SPDX-License-Identifier: MIT */
/* Octets that TCP is made to send in segments of their own, and the proof. */
#ifndef GWS_TOOLS_SEGMENTS_H
#define GWS_TOOLS_SEGMENTS_H

#include <stdbool.h>

#include "buf.h"

struct segments {
	unsigned int octets;	/* sent one by one */
	unsigned int count;	/* segments that they took */
};

/*
 * Sends the last octets of @b one by one, and what is before them as it comes.
 * Ends early when the peer wants no more: its answer tells.
 */
void segments_send(int fd, struct buf *b, struct segments *s);
/*
 * Has TCP sent all of it? What has to wait, for cwnd say, it puts into one segment
 * with what comes next.
 */
bool segments_all_sent(int fd);
/* Segments with data so far; those that were sent again are not counted again. */
unsigned int segments_of(int fd);
/* At least 95 % of the octets had a segment of their own. */
bool segments_suffice(const struct segments *s);

#endif /* GWS_TOOLS_SEGMENTS_H */
