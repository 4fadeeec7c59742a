// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Request against match table, host against hostname pattern.
 */
#include "match.h"
#include <uapi/linux/gwsteer.h>

/* Elements: what follows the prefix is nothing or starts with '/'. */
static bool prefix_fits(struct gws_str prefix, struct gws_str path)
{
	u32 len = prefix.len;

	if (len && prefix.p[len - 1] == '/')
		len--;
	if (!len)
		return true;
	return path.len >= len && gws_mem_eq(path.p, prefix.p, len) &&
	       (path.len == len || path.p[len] == '/');
}

static bool path_fits(const struct gws_match *match, struct gws_str path)
{
	switch (match->path_kind) {
	case GWS_PATH_ANY:
		return true;
	case GWS_PATH_EXACT:
		return gws_str_eq(match->path, path);
	case GWS_PATH_PREFIX:
		return prefix_fits(match->path, path);
	}
	return false;
}

static bool name_fits(const struct gws_header_match *want,
		      const struct gws_http_head *head,
		      const struct gws_http_header *h)
{
	if (want->id)
		return want->id == h->id;
	return !h->id && gws_str_eq_nocase(want->name,
					   gws_http_header_name(head, h));
}

/* Takes @part off the front of @rest, if it stands there. */
static bool take(struct gws_str *rest, struct gws_str part)
{
	if (rest->len < part.len || !gws_mem_eq(rest->p, part.p, part.len))
		return false;
	rest->p += part.len;
	rest->len -= part.len;
	return true;
}

/* The wanted value is compared piece by piece with the joined lines. */
static bool header_fits(const struct gws_header_match *want,
			const struct gws_http_head *head)
{
	struct gws_str rest = want->value;
	bool found = false;
	u32 i;

	if (want->id && !(head->seen & GWS_HDR_BIT(want->id)))
		return false;
	for (i = 0; i < head->nheaders; i++) {
		const struct gws_http_header *h = &head->headers[i];

		if (!name_fits(want, head, h))
			continue;
		if (found && !take(&rest, GWS_STR(", ")))
			return false;
		if (!take(&rest, gws_http_header_value(head, h)))
			return false;
		found = true;
	}
	return found && !rest.len;
}

static bool headers_fit(const struct gws_match *match,
			const struct gws_http_head *head)
{
	u32 i;

	for (i = 0; i < match->nheaders; i++)
		if (!header_fits(&match->headers[i], head))
			return false;
	return true;
}

int gws_match_find(const struct gws_match_table *table, struct gws_str path,
		   const struct gws_http_request *req)
{
	u32 i;

	for (i = 0; i < table->nmatches; i++)
		if (path_fits(&table->matches[i], path) &&
		    headers_fit(&table->matches[i], &req->head))
			return i;
	return -1;
}

static bool is_wildcard(struct gws_str pattern)
{
	return pattern.len > 1 && pattern.p[0] == '*' && pattern.p[1] == '.';
}

bool gws_host_match_wildcard(struct gws_str pattern, struct gws_str host)
{
	u32 suffix;

	if (!is_wildcard(pattern))
		return false;
	/* From the dot on, and a label must be left before it. */
	suffix = pattern.len - 1;
	return host.len > suffix &&
	       gws_mem_eq(host.p + host.len - suffix, pattern.p + 1, suffix);
}

bool gws_host_match(struct gws_str pattern, struct gws_str host)
{
	return !pattern.len || gws_str_eq(pattern, host) ||
	       gws_host_match_wildcard(pattern, host);
}

/* 0 exact, 1 wildcard, 2 any */
static int pattern_class(struct gws_str pattern)
{
	if (!pattern.len)
		return 2;
	return is_wildcard(pattern);
}

int gws_host_compare(struct gws_str a, struct gws_str b)
{
	int by_class = pattern_class(a) - pattern_class(b);

	return by_class ? by_class : (int)b.len - (int)a.len;
}
