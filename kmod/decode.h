/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading what a transaction staged; shared by decode.c and decode_table.c. */
#ifndef GWS_DECODE_H
#define GWS_DECODE_H

#include <net/netlink.h>
#include "transaction.h"

/* Walks the items of one type through all messages of an object. */
struct gws_items {
	const struct gws_stage *st;
	struct gws_chunk *chunk;
	const struct nlattr *nla;
	int rem;
};

void gws_items_init(struct gws_items *c, const struct gws_stage *st);
/* NULL beyond the last. */
const struct nlattr *gws_items_next(struct gws_items *c, int type);
u32 gws_items_count(const struct gws_stage *st, int type);

/* The scalars, by type: @tb has GWS_A_MAX + 1 entries. */
int gws_stage_parse(const struct gws_stage *st, struct nlattr **tb);

/* Of a string attribute; "" when it is not there. */
const char *gws_attr_text(const struct nlattr *nla);
/* May stand in a path of sysfs: graphic ASCII without '/', not "." or "..". */
bool gws_attr_is_name(const struct nlattr *nla);
/* Printable ASCII, not empty. */
bool gws_attr_is_label(const struct nlattr *nla);
/* "", "name" or "*.name", in the form that names of requests are brought to. */
bool gws_attr_is_hostname(const struct nlattr *nla);

#endif /* GWS_DECODE_H */
