// SPDX-License-Identifier: MIT
/*
 * Why one match comes behind another: the order is made in gwsteerd/ir_sort.c, of
 * routes; here it is explained, of what the kernel has of them.
 */
#include <string.h>

#include "precedence.h"

/* Exact, expressions, prefixes. */
static unsigned int path_rank(const struct gws_placed *p)
{
	if (p->match->path_kind == GWS_PATH_EXACT)
		return 2;
	return p->match->path_kind == GWS_PATH_REGEX ? 1 : 0;
}

static size_t path_length(const struct gws_placed *p)
{
	uint32_t regex = p->match->path_regex;

	/* The same as "/". */
	if (p->match->path_kind == GWS_PATH_ANY)
		return 1;
	if (p->match->path_kind != GWS_PATH_REGEX)
		return strlen(p->match->path);
	return regex && regex <= p->table->n_regexes ?
	       strlen(p->table->regexes[regex - 1].text) : 0;
}

static bool same_route(const struct gws_placed *a, const struct gws_placed *b)
{
	const struct gws_msg_rule *x = &a->table->rules[a->match->rule];
	const struct gws_msg_rule *y = &b->table->rules[b->match->rule];

	return x->kind == y->kind && !strcmp(x->namespace, y->namespace) &&
	       !strcmp(x->route, y->route);
}

const char *gws_precedence_why(const struct gws_placed *first,
			       const struct gws_placed *later)
{
	const struct {
		size_t first, later;
		const char *why;
	} criteria[] = {
		{ path_rank(first), path_rank(later),
		  "fits, but its type of path comes later" },
		{ path_length(first), path_length(later),
		  "fits, but its path is shorter" },
		{ !!first->match->method, !!later->match->method,
		  "fits, but it names no method" },
		{ first->match->n_headers, later->match->n_headers,
		  "fits, but it has fewer headers" },
		{ first->match->n_queries, later->match->n_queries,
		  "fits, but it has fewer query parameters" },
	};
	static const char hostname[] = "fits, but its hostname is less specific";
	size_t i;

	if (first->table != later->table)
		return hostname;
	for (i = 0; i < sizeof(criteria) / sizeof(criteria[0]); i++) {
		if (criteria[i].first > criteria[i].later)
			return criteria[i].why;
		/* Within a table only what its route's hostname was goes before these. */
		if (criteria[i].first < criteria[i].later)
			return hostname;
	}
	return same_route(first, later) ? "fits, but it comes later in its route" :
					  "fits, but its route is younger, or later by name";
}
