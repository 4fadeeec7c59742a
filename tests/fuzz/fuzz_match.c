// SPDX-License-Identifier: MIT
/*
 * Any table and any request: what the daemon puts in order and the module then
 * finds first is what HTTPRouteRule.Matches of the Gateway API says, taken a
 * sentence at a time.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <strings.h>

#include "../../userspace/gwsteerd/ir_sort.h"
#include "../unit/dfa_make.h"
#include "fuzz.h"
#include "match.h"
#include "match_index.h"

enum {
	MATCHES = 12,
	HEADERS = 3,
	LINES = 5,
	QUERIES = 2,
	ROUTES = 4,
	TEXT = 8,
};

struct line {
	const char *name;
	char value[TEXT + 1];
};

/* What the input describes, and which matches are still in the race. */
struct scene {
	struct gws_object routes[ROUTES];
	struct gws_ir_candidate all[MATCHES];
	struct gws_ir_header headers[MATCHES][HEADERS];
	char values[MATCHES][HEADERS][TEXT + 1];
	struct gws_ir_header queries[MATCHES][QUERIES];
	char meant[MATCHES][QUERIES][TEXT + 1];
	char paths[MATCHES][TEXT + 2];
	u32 count;
	bool in[MATCHES];
	const char *method;
	char path[TEXT + 2];
	char query[4 * TEXT + 1];
	struct line lines[LINES];
	u32 nlines;
};

static const char *const names[] = { "x-a", "X-A", "x-b", "accept", "Accept" };
static const char *const methods[] = { "GET", "PUT", "PURGE", NULL };
static const char *const params[] = { "a", "b", "aa" };
static const char *const namespaces[] = { "a", "a-b", "ab" };

/* Of a match it is normalised and has no empty element. */
static void read_path(struct fuzz_input *in, char *path, bool of_match)
{
	char *p;

	path[0] = '/';
	fuzz_text(in, "/ab/AB", path + 1, TEXT);
	while (of_match && (p = strstr(path, "//")))
		memmove(p, p + 1, strlen(p));
}

static void read_match(struct fuzz_input *in, struct scene *s, u32 i)
{
	static const char *const hostnames[] = { "", "*.b", "a.b", "*.a.b" };
	struct gws_ir_candidate *c = &s->all[i];
	u32 j;

	c->match.path_kind = fuzz_byte(in) % __GWS_PATH_LAST;
	c->match.path = strcpy(s->paths[i], "/");
	c->match.path_regex = c->match.path_kind == GWS_PATH_REGEX;
	if (c->match.path_kind != GWS_PATH_ANY)
		read_path(in, s->paths[i], true);
	c->path_len = strlen(s->paths[i]);
	c->match.headers = s->headers[i];
	c->match.nheaders = fuzz_byte(in) % (HEADERS + 1);
	for (j = 0; j < c->match.nheaders; j++) {
		s->headers[i][j].name = names[fuzz_byte(in) % ARRAY_SIZE(names)];
		s->headers[i][j].value = fuzz_text(in, "1a, ", s->values[i][j],
						   TEXT);
		s->headers[i][j].regex = !(fuzz_byte(in) % 4);
	}
	c->match.method = methods[fuzz_byte(in) % ARRAY_SIZE(methods)];
	c->match.queries = s->queries[i];
	c->match.nqueries = fuzz_byte(in) % (QUERIES + 1);
	for (j = 0; j < c->match.nqueries; j++) {
		s->queries[i][j].name =
			params[fuzz_byte(in) % ARRAY_SIZE(params)];
		s->queries[i][j].value = fuzz_text(in, "a ", s->meant[i][j], 2);
		s->queries[i][j].regex = !(fuzz_byte(in) % 4);
	}
	c->hostname = hostnames[fuzz_byte(in) % ARRAY_SIZE(hostnames)];
	c->route = &s->routes[fuzz_byte(in) % ROUTES];
	c->rule_index = fuzz_byte(in) % 3;
	/* Tells them apart in the end. */
	c->match_index = i;
}

static void read_scene(struct fuzz_input *in, struct scene *s)
{
	static const char *const route_names[ROUTES] = { "x", "y", "z", "w" };
	u32 i;

	for (i = 0; i < ROUTES; i++) {
		s->routes[i].kind = GWS_KIND_HTTPROUTE;
		s->routes[i].created = fuzz_byte(in) % 2;
		s->routes[i].namespace =
			namespaces[fuzz_byte(in) % ARRAY_SIZE(namespaces)];
		s->routes[i].name = route_names[i];
	}
	read_path(in, s->path, false);
	s->method = methods[fuzz_byte(in) % (ARRAY_SIZE(methods) - 1)];
	fuzz_text(in, "&=ab+%261", s->query, sizeof(s->query) - 1);
	s->nlines = fuzz_byte(in) % (LINES + 1);
	for (i = 0; i < s->nlines; i++) {
		s->lines[i].name = names[fuzz_byte(in) % ARRAY_SIZE(names)];
		fuzz_text(in, "1a, ", s->lines[i].value, TEXT);
	}
	s->count = fuzz_byte(in) % (MATCHES + 1);
	for (i = 0; i < s->count; i++)
		read_match(in, s, i);
}

/* --- which of them fit --- */

/* The next element of a path, NULL behind the last; no '/' is left before it. */
static const char *next_element(const char **path, size_t *len)
{
	const char *element = *path;

	if (*element != '/')
		return NULL;
	*len = strcspn(++element, "/");
	*path = element + *len;
	return element;
}

/* "Matches based on a URL path prefix split by /", element by element. */
static bool prefix_fits(const char *prefix, const char *path)
{
	const char *want, *got;
	size_t nwant, ngot;

	while ((want = next_element(&prefix, &nwant))) {
		/* A '/' at the end makes no element. */
		if (!nwant && !*prefix)
			return true;
		got = next_element(&path, &ngot);
		if (!got || nwant != ngot || memcmp(want, got, nwant))
			return false;
	}
	return true;
}

/* What the expression of this target says; see found(). */
static bool ends_with_a(const char *text)
{
	return *text && text[strlen(text) - 1] == 'a';
}

/* All lines of that name as one, joined as RFC 9110 5.3 says. */
static bool header_fits(const struct scene *s, const struct gws_ir_header *want)
{
	char joined[LINES * (TEXT + 2) + 1] = "", *p = joined;
	bool found = false;
	const char *value;
	size_t len;
	u32 i;

	for (i = 0; i < s->nlines; i++) {
		if (strcasecmp(s->lines[i].name, want->name))
			continue;
		if (found)
			p = stpcpy(p, ", ");
		value = s->lines[i].value + strspn(s->lines[i].value, " ");
		len = strlen(value);
		while (len && value[len - 1] == ' ')
			len--;
		p = mempcpy(p, value, len);
		*p = '\0';
		found = true;
	}
	return found && (want->regex ? ends_with_a(joined) :
				       !strcmp(joined, want->value));
}

/* "%61" is 'a', "+" a space; into @out, which has room for @text. */
static void decode_form(const char *text, size_t len, char *out)
{
	unsigned int byte;
	size_t i;

	for (i = 0; i < len; i++) {
		if (text[i] == '+')
			*out++ = ' ';
		else if (text[i] == '%' && len - i > 2 &&
			 isxdigit(text[i + 1]) && isxdigit(text[i + 2]) &&
			 sscanf(text + i + 1, "%2x", &byte) == 1) {
			*out++ = (char)byte;
			i += 2;
		} else {
			*out++ = text[i];
		}
	}
	*out = '\0';
}

/* "the first value ... MUST be used" of a name that is there more than once. */
static bool query_fits(const struct scene *s, const struct gws_ir_header *want)
{
	char part[sizeof(s->query)], name[sizeof(s->query)];
	char value[sizeof(s->query)];
	const char *p = s->query;
	size_t len, cut;

	for (; *p; p += len + !!p[len]) {
		len = strcspn(p, "&");
		snprintf(part, sizeof(part), "%.*s", (int)len, p);
		cut = strcspn(part, "=");
		decode_form(part, cut, name);
		if (strcmp(name, want->name))
			continue;
		decode_form(part + cut + (part[cut] == '='),
			    len - cut - (part[cut] == '='), value);
		return want->regex ? ends_with_a(value) :
				     !strcmp(value, want->value);
	}
	return false;
}

static bool fits(const struct scene *s, const struct gws_ir_match *match)
{
	u32 i;

	if (match->method && strcmp(match->method, s->method))
		return false;
	for (i = 0; i < match->nqueries; i++)
		if (!query_fits(s, &match->queries[i]))
			return false;

	if (match->path_kind == GWS_PATH_EXACT && strcmp(match->path, s->path))
		return false;
	if (match->path_kind == GWS_PATH_REGEX && !ends_with_a(s->path))
		return false;
	if (match->path_kind == GWS_PATH_PREFIX &&
	    !prefix_fits(match->path, s->path))
		return false;
	for (i = 0; i < match->nheaders; i++)
		if (!header_fits(s, &match->headers[i]))
			return false;
	return true;
}

/* --- and which of those comes first --- */

typedef long (*merit_fn)(const struct gws_ir_candidate *c);

/* Takes those out of the race of which others have more. */
static void keep_most(struct scene *s, merit_fn merit)
{
	long most = INT64_MIN;
	u32 i;

	for (i = 0; i < s->count; i++)
		if (s->in[i] && merit(&s->all[i]) > most)
			most = merit(&s->all[i]);
	for (i = 0; i < s->count; i++)
		s->in[i] &= merit(&s->all[i]) == most;
}

static long host_characters(const struct gws_ir_candidate *c)
{
	return strlen(c->hostname);
}

static long exact_host_characters(const struct gws_ir_candidate *c)
{
	return c->hostname[0] == '*' ? 0 : strlen(c->hostname);
}

static long is_exact(const struct gws_ir_candidate *c)
{
	return c->match.path_kind == GWS_PATH_EXACT;
}

/* Our choice; the API leaves it to implementations. */
static long is_regex(const struct gws_ir_candidate *c)
{
	return c->match.path_kind == GWS_PATH_REGEX;
}

static long path_characters(const struct gws_ir_candidate *c)
{
	return strlen(c->match.path);
}

static long has_method(const struct gws_ir_candidate *c)
{
	return !!c->match.method;
}

static long headers(const struct gws_ir_candidate *c)
{
	return c->match.nheaders;
}

static long queries(const struct gws_ir_candidate *c)
{
	return c->match.nqueries;
}

static long age(const struct gws_ir_candidate *c)
{
	return -c->route->created;
}

/* All that come before are many. */
static long alphabet(const struct gws_ir_candidate *c)
{
	const char *text[] = { c->route->namespace, "/", c->route->name };
	const char *p;
	long place = 0;
	u32 i, n = 0;

	for (i = 0; i < ARRAY_SIZE(text); i++)
		for (p = text[i]; *p; p++, n++)
			place = place << 8 | (u8)*p;
	return -(place << 8 * (sizeof(place) - 1 - n));
}

static long early_rule(const struct gws_ir_candidate *c)
{
	return -(long)c->rule_index;
}

static long early_match(const struct gws_ir_candidate *c)
{
	return -(long)c->match_index;
}

/* The match that the Gateway API wants, or MATCHES. */
static u32 wanted(struct scene *s)
{
	static const merit_fn merits[] = {
		exact_host_characters, host_characters, is_exact, is_regex,
		path_characters, has_method, headers, queries, age, alphabet,
		early_rule, early_match,
	};
	u32 i;

	for (i = 0; i < s->count; i++)
		s->in[i] = fits(s, &s->all[i].match);
	for (i = 0; i < ARRAY_SIZE(merits); i++)
		keep_most(s, merits[i]);
	for (i = 0; i < s->count && !s->in[i]; i++)
		;
	return i < s->count ? i : MATCHES;
}

/* --- what the daemon and the module make of it --- */

static struct gws_str str(const char *text)
{
	return (struct gws_str){ text, strlen(text) };
}

static void parse(const struct scene *s, char *buf, struct gws_http_request *req)
{
	char *p = buf + sprintf(buf, "%s %s?%s HTTP/1.1\r\nHost: a\r\n",
				s->method, s->path, s->query);
	u32 i, resume = 0;

	for (i = 0; i < s->nlines; i++)
		p += sprintf(p, "%s:%s\r\n", s->lines[i].name,
			     s->lines[i].value);
	p = stpcpy(p, "\r\n");
	MUST(gws_http_parse_request(buf, p - buf, &resume, req) == p - buf);
}

/* "[ab/]*a": of the strings that are made here, those that end with 'a'. */
static const u16 automaton[] = { 0, 0, 0, 1, 2, 0, 1, 2, 0 };
static struct gws_pattern pattern;

/* Returns the first that is free behind them. */
static struct gws_header_match *pairs(struct gws_header_match *to,
				      const struct gws_ir_header *from, u32 n)
{
	u32 i;

	for (i = 0; i < n; i++)
		*to++ = (struct gws_header_match){
			.name = str(from[i].name), .value = str(from[i].value),
			.id = gws_http_header_id(str(from[i].name)),
			.regex = from[i].regex ? &pattern : NULL,
		};
	return to;
}

static u32 found(const struct scene *s, struct gws_ir_candidate *sorted)
{
	struct gws_header_match room[MATCHES * (HEADERS + QUERIES)], *next = room;
	struct gws_match matches[MATCHES];
	struct gws_match_table table = { .matches = matches,
					 .nmatches = s->count };
	u64 index[1 + (MATCHES + 1) * 8];
	char buf[128 + LINES * (TEXT + 16) + GWS_HEAD_SLACK];
	struct gws_http_request req;
	u32 i;
	int n;

	for (i = 0; i < s->count; i++) {
		const struct gws_ir_match *m = &sorted[i].match;

		matches[i] = (struct gws_match){
			.path = str(m->path), .path_kind = m->path_kind,
			.regex = m->path_regex ? &pattern : NULL,
			.method = str(m->method ? m->method : ""),
			.headers = next, .nheaders = m->nheaders,
			.queries = next + m->nheaders, .nqueries = m->nqueries,
		};
		next = pairs(next, m->headers, m->nheaders);
		next = pairs(next, m->queries, m->nqueries);
	}
	parse(s, buf, &req);
	n = gws_match_find(&table, req.path, &req);
	MUST(gws_match_index_size(s->count) <= sizeof(index));
	gws_match_index_build(&table, matches, index, s->count);
	MUST(gws_match_find(&table, req.path, &req) == n);
	return n < 0 ? MATCHES : sorted[n].match_index;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	struct gws_ir_candidate sorted[MATCHES];
	static u16 room[DFA_ROOM(3, 3)];
	struct scene s = {};

	pattern.dfa = dfa_make(room, 3, 2, "a\n", automaton);
	read_scene(&in, &s);
	memcpy(sorted, s.all, sizeof(sorted));
	gws_ir_sort(sorted, s.count);
	MUST(found(&s, sorted) == wanted(&s));
	return 0;
}
