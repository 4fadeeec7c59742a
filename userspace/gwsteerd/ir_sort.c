// SPDX-License-Identifier: MIT
/*
 * The order in which a table's matches are tried.
 *
 * Gateway API v1.7.0, HTTPRouteSpec.Hostnames: precedence is given to rules
 * from the HTTPRoute with the largest number of "characters in a matching
 * non-wildcard hostname", then "characters in a matching hostname"; since v1.7
 * by the hostnames that the routes wrote, not by what the listener leaves.
 *
 * HTTPRouteRule.Matches, across all rules: "Exact" path match; "Prefix" path
 * match with largest number of characters; method match; largest number of
 * header matches; largest number of query param matches. If ties still exist:
 * the oldest Route; then the first in alphabetical order by
 * "{namespace}/{name}"; within a Route the first matching rule in list order.
 *
 * Where regular expressions come is left to implementations. Here, as in Contour
 * and Envoy Gateway, they come after Exact and before prefixes, the longer
 * expression first: who writes one beside a prefix means an exception to it.
 */
#include <stdlib.h>
#include <string.h>

#include "ir_sort.h"
#include "resolve_steps.h"

/* Descending: the larger value comes first. */
static int larger(size_t a, size_t b)
{
	return (a < b) - (a > b);
}

static int smaller(size_t a, size_t b)
{
	return (a > b) - (a < b);
}

int gws_hostname_cmp(const char *a, const char *b)
{
	size_t exact_a = *a == '*' ? 0 : strlen(a);
	size_t exact_b = *b == '*' ? 0 : strlen(b);

	return exact_a != exact_b ? larger(exact_a, exact_b) :
				    larger(strlen(a), strlen(b));
}

/* Exact, expressions, prefixes. */
static size_t path_rank(const struct gws_ir_candidate *c)
{
	if (c->match.path_kind == GWS_PATH_EXACT)
		return 0;
	return c->match.path_kind == GWS_PATH_REGEX ? 1 : 2;
}

static int compare(const void *x, const void *y)
{
	const struct gws_ir_candidate *a = x, *b = y;
	int cmp = gws_hostname_cmp(a->hostname, b->hostname);

	if (!cmp)
		cmp = smaller(path_rank(a), path_rank(b));
	if (!cmp)
		cmp = larger(a->path_len, b->path_len);
	if (!cmp)
		cmp = larger(!!a->match.method, !!b->match.method);
	if (!cmp)
		cmp = larger(a->match.nheaders, b->match.nheaders);
	if (!cmp)
		cmp = larger(a->match.nqueries, b->match.nqueries);
	if (!cmp && a->route != b->route)
		cmp = gws_object_age_cmp(a->route, b->route);
	if (!cmp)
		cmp = smaller(a->rule_index, b->rule_index);
	return cmp ? cmp : smaller(a->match_index, b->match_index);
}

void gws_ir_sort(struct gws_ir_candidate *candidates, size_t count)
{
	if (count)
		qsort(candidates, count, sizeof(*candidates), compare);
}
