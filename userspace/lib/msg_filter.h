/* SPDX-License-Identifier: MIT */
/* Filters in messages; for msg_put.c and msg_get.c. */
#ifndef GWS_MSG_FILTER_H
#define GWS_MSG_FILTER_H

#include "arena.h"
#include "filter.h"
#include "nl.h"

/* As an attribute of @type. */
void gws_msg_put_filter(struct gws_nl_msg *msg, int type,
			const struct gws_filter *filter);

/* Appends to the array; 0, -ENOMEM or -EBADMSG as gws_msg_get_*(). */
int gws_msg_get_filter(const struct nlattr *nest, struct gws_arena *arena,
		       struct gws_filter **filters, size_t *n);

#endif /* GWS_MSG_FILTER_H */
