// SPDX-License-Identifier: MIT
/*
 * Matches that the API takes and no request could meet. The kernel refuses the
 * table that has one, and with it the rules of others: they must not get there.
 */
#include <string.h>

#include "../lib/mem.h"
#include "path.h"
#include "resolve_steps.h"

/* As GWS_HEAD_MAX of kmod/limits.h: the text that one match may have. */
#define TEXT_MAX	(16 * 1024)

/* As attributes: strings with their end; of an expression a number. */
static size_t values_size(const struct gws_route_value *values, size_t n)
{
	size_t i, size = 0;

	for (i = 0; i < n; i++)
		size += strlen(values[i].name) + 1 +
			(values[i].regex ? sizeof(uint32_t) :
					   strlen(values[i].value) + 1);
	return size;
}

static size_t match_size(const struct gws_route_match *match)
{
	size_t size = values_size(match->headers, match->nheaders) +
		      values_size(match->queries, match->nqueries);

	if (match->path_type != GWS_MATCH_REGEX)
		size += strlen(match->path) + 1;
	return size + (match->method ? strlen(match->method) + 1 : 0);
}

static const char *match_wrong(struct gws_arena *arena,
			       const struct gws_route_match *match,
			       size_t rule, size_t index)
{
	const struct gws_route_value *header;
	size_t i;

	/* "%00" */
	if (match->path_type != GWS_MATCH_REGEX &&
	    !gws_path_normalise(arena, match->path))
		return gws_mem_printf(arena,
				      "spec.rules[%zu].matches[%zu].path.value: \"%.100s\" has no normal form",
				      rule, index, match->path);
	for (i = 0; i < match->nheaders; i++) {
		header = &match->headers[i];
		if (!header->regex && !gws_field_is_value(header->value))
			return gws_mem_printf(arena,
					      "spec.rules[%zu].matches[%zu].headers[%zu].value: has bytes or spaces that no header value has",
					      rule, index, i);
	}
	if (match_size(match) > TEXT_MAX)
		return gws_mem_printf(arena,
				      "spec.rules[%zu].matches[%zu]: path, headers and queryParams are longer than %u bytes, which no request's head is",
				      rule, index, TEXT_MAX);
	return NULL;
}

const char *gws_matches_wrong(const struct gws_resolver *resolver,
			      const struct gws_route_rule *rule, size_t index)
{
	const char *wrong = NULL;
	size_t i;

	for (i = 0; !wrong && i < rule->nmatches; i++)
		wrong = match_wrong(resolver->arena, &rule->matches[i], index,
				    i);
	return wrong;
}
