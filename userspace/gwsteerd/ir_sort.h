/* SPDX-License-Identifier: MIT */
/*
 * Precedence of matches.
 */
#ifndef GWS_IR_SORT_H
#define GWS_IR_SORT_H

#include <stddef.h>
#include "ir.h"
#include "object.h"

/* A match while its place in a table is looked for. */
struct gws_ir_candidate {
	struct gws_ir_match match;
	const char *hostname;	/* what the route wrote, "" = nothing */
	size_t path_len;	/* of the normalised path, its last '/' too */
	const struct gws_object *route;
	size_t rule_index;	/* in the route */
	size_t match_index;	/* in the rule */
};

/* Sorts, the match to be tried first at the front. */
void gws_ir_sort(struct gws_ir_candidate *candidates, size_t count);

/* Below 0 when @a is the more specific hostname, above when @b is. */
int gws_hostname_cmp(const char *a, const char *b);

#endif
