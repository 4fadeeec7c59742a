/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading what a transaction staged; shared by the files decode*.c. */
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
/* Of a u32 attribute; 0 when it is not there. */
static inline u32 gws_attr_u32(const struct nlattr *nla)
{
	return nla ? nla_get_u32(nla) : 0;
}

/* Attributes of that type directly in @nest. */
u32 gws_attr_count(const struct nlattr *nest, int type);
/* May stand in a path of sysfs: graphic ASCII without '/', not "." or "..". */
bool gws_attr_is_name(const struct nlattr *nla);
/* Printable ASCII, not empty. */
bool gws_attr_is_label(const struct nlattr *nla);
/* Not empty, and may name a field (RFC 9110 5.6.2). */
bool gws_attr_is_token(const struct nlattr *nla);
/* May be a field's value, without white space around it (RFC 9110 5.5). */
bool gws_attr_is_value(const struct nlattr *nla);
/* "", "name" or "*.name", in the form that names of requests are brought to. */
bool gws_attr_is_hostname(const struct nlattr *nla);

/* Begins with '/', in the form that paths of requests are brought to. */
bool gws_path_is_normal(struct gws_str path);

/* A table in the making; the pointers go to what is filled in next. */
struct gws_build {
	struct gws_transaction *tr;
	struct gws_stage *st;
	struct gws_table *t;
	struct gws_owner *owner;
	u32 nrules, nbackends, nmatches, nregexes;
	u32 nheaders;		/* and queries */
	size_t text;		/* bytes of strings */
	size_t automata;	/* bytes of them, each rounded up to eight */
	struct gws_match *matches;
	struct gws_header_match *headers;
	struct gws_pattern *regexes;
	char *dfa;
	void *index;		/* of matches; NULL: there are too few */
	char *strings;
};

/* Copies a string attribute to where @b->strings points. */
struct gws_str gws_build_str(struct gws_build *b, const struct nlattr *nla);

/*
 * Matches (decode_match.c). Counts what match @i needs, so that the table can
 * be allocated; then fills it in.
 */
int gws_match_measure(struct gws_build *b, u32 i, const struct nlattr *nest);
int gws_match_decode(struct gws_build *b, u32 i, const struct nlattr *nest);
/* The same for regular expressions, which come before the matches. */
int gws_regex_measure(struct gws_build *b, u32 i, const struct nlattr *nest);
int gws_regex_decode(struct gws_build *b, u32 i, const struct nlattr *nest);

/*
 * decode_policy.c: sets st->listener->policy from a GWS_A_CLIENT, which may be
 * NULL. 0, -EINVAL (text set), -ENOMEM; what it made is the listener's.
 */
int gws_decode_policy(struct gws_transaction *tr, struct gws_stage *st,
		      const struct nlattr *nest);

/*
 * Filters (decode_filter.c). Keeps those of a backend; then, with all backends
 * decoded, makes of them and of the rule's own what the data path acts on.
 */
int gws_filters_keep(struct gws_build *b, struct gws_backend *backend,
		     const struct nlattr *nest);
int gws_filters_decode(struct gws_build *b, u32 i, struct gws_rule *rule,
		       const struct nlattr *nest);

/* As the commit leaves it; NULL when it is not there then. */
struct gws_cluster *gws_cluster_after(struct gws_transaction *tr, u32 id);

/*
 * Mirrors (decode_mirror.c), of lists of filters that may be NULL. The first says
 * what is wrong with a filter of the attributes @tb, or NULL.
 */
const char *gws_mirror_wrong(struct gws_build *b, struct nlattr **tb);
u32 gws_mirrors_count(const struct gws_filter_attrs *attrs);
/* Fills in from @at on, for filters that are not wrong; takes the references. */
struct gws_mirror_to *gws_mirrors_fill(struct gws_build *b,
				       struct gws_mirror_to *at,
				       const struct gws_filter_attrs *attrs,
				       bool of_backend);

#endif /* GWS_DECODE_H */
