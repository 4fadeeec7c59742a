/* SPDX-License-Identifier: MIT */
/* By what one of two matches that fit a request comes before the other. */
#ifndef GWS_PRECEDENCE_H
#define GWS_PRECEDENCE_H

#include "../lib/msg.h"

/*
 * A match of the kernel's configuration, with the table that it is in: its rule and
 * its expression are within that.
 */
struct gws_placed {
	const struct gws_msg_table *table;
	const struct gws_msg_match *match;
};

/*
 * Why @later comes behind @first, by the criteria of HTTPRouteRule.Matches and
 * HTTPRouteSpec.Hostnames in their order; a constant.
 */
const char *gws_precedence_why(const struct gws_placed *first,
			       const struct gws_placed *later);

#endif
