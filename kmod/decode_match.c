// SPDX-License-Identifier: GPL-2.0-only
/*
 * From staged messages to the matches of a table.
 */
#include "decode.h"
#include "dfa.h"
#include "http_uri.h"
#include "limits.h"

static int refuse_match(struct gws_build *b, u32 match, const char *what)
{
	return gws_refuse(b->tr, b->st, "GWS_A_MATCH %u: %s", match, what);
}

static size_t nested_len(const struct nlattr *nest)
{
	const struct nlattr *nla;
	size_t len = 0;
	int rem;

	nla_for_each_nested(nla, nest, rem)
		len += nla_len(nla);
	return len;
}

/* Refused is also what could meet no request's head. */
int gws_match_measure(struct gws_build *b, u32 i, const struct nlattr *nest)
{
	u32 headers = 0, queries = 0;
	const struct nlattr *nla;
	size_t text = 0;
	int rem;

	nla_for_each_nested(nla, nest, rem) {
		switch (nla_type(nla)) {
		case GWS_A_MATCH_PATH:
		case GWS_A_MATCH_METHOD:
			text += nla_len(nla);
			break;
		case GWS_A_MATCH_HEADER:
			headers++;
			text += nested_len(nla);
			break;
		case GWS_A_MATCH_QUERY:
			queries++;
			text += nested_len(nla);
			break;
		}
	}
	b->nheaders += headers + queries;
	b->text += text;
	if (headers > GWS_MATCH_HEADERS_MAX || text > GWS_HEAD_MAX)
		return refuse_match(b, i, "too many headers or too long");
	if (queries > GWS_MATCH_HEADERS_MAX)
		return refuse_match(b, i, "too many queries");
	return 0;
}

bool gws_path_is_normal(struct gws_str path)
{
	struct gws_str out;
	char room[1];
	u32 i;

	if (!path.len || path.len > GWS_TARGET_MAX || path.p[0] != '/')
		return false;
	for (i = 0; i < path.len; i++)
		if (path.p[i] <= ' ' || path.p[i] > '~' ||
		    path.p[i] == '?' || path.p[i] == '#')
			return false;
	/* Only a path that would change needs the room. */
	return !gws_http_path_normalise(path, room, sizeof(room), &out) &&
	       out.p == path.p && out.len == path.len;
}

int gws_regex_measure(struct gws_build *b, u32 i, const struct nlattr *nest)
{
	struct nlattr *tb[GWS_A_REGEX_MAX + 1];
	int err;

	err = nla_parse_nested(tb, GWS_A_REGEX_MAX, nest, NULL, NULL);
	if (err)
		return err;
	if (!tb[GWS_A_REGEX_TEXT] || !tb[GWS_A_REGEX_DFA])
		return gws_refuse(b->tr, b->st,
				  "GWS_A_REGEX %u: GWS_A_REGEX_TEXT or _DFA: missing",
				  i);
	b->text += nla_len(tb[GWS_A_REGEX_TEXT]);
	b->automata += round_up(nla_len(tb[GWS_A_REGEX_DFA]), sizeof(u64));
	return 0;
}

int gws_regex_decode(struct gws_build *b, u32 i, const struct nlattr *nest)
{
	struct nlattr *tb[GWS_A_REGEX_MAX + 1];
	struct gws_pattern *regex = &b->regexes[i];
	int err, len;

	err = nla_parse_nested(tb, GWS_A_REGEX_MAX, nest, NULL, NULL);
	if (err)
		return err;
	regex->text = gws_build_str(b, tb[GWS_A_REGEX_TEXT]);
	len = nla_len(tb[GWS_A_REGEX_DFA]);
	memcpy(b->dfa, nla_data(tb[GWS_A_REGEX_DFA]), len);
	regex->dfa = (const struct gws_dfa *)b->dfa;
	b->dfa += round_up(len, sizeof(u64));
	if (!gws_dfa_valid(regex->dfa, len))
		return gws_refuse(b->tr, b->st,
				  "GWS_A_REGEX %u: GWS_A_REGEX_DFA: not an automaton",
				  i);
	return 0;
}

/* False: there is none of that index. */
static bool regex_find(const struct gws_build *b, const struct nlattr *nla,
		       const struct gws_pattern **regex)
{
	if (!nla)
		return true;
	if (nla_get_u32(nla) >= b->nregexes)
		return false;
	*regex = &b->regexes[nla_get_u32(nla)];
	return true;
}

/* Value or regular expression of a header or query. */
static int value_decode(struct gws_build *b, u32 i, struct nlattr **tb,
			struct gws_header_match *h)
{
	if (!regex_find(b, tb[GWS_A_HDR_REGEX], &h->regex))
		return refuse_match(b, i, "GWS_A_HDR_REGEX: no such regex");
	if (!h->regex == !tb[GWS_A_HDR_VALUE])
		return refuse_match(b, i, "GWS_A_HDR_VALUE, _REGEX: one of them must be there");
	if (!h->regex)
		h->value = gws_build_str(b, tb[GWS_A_HDR_VALUE]);
	return 0;
}

static int header_decode(struct gws_build *b, u32 i, const struct nlattr *nest)
{
	struct gws_header_match *h = b->headers++;
	struct nlattr *tb[GWS_A_HDR_MAX + 1];
	int err;

	err = nla_parse_nested(tb, GWS_A_HDR_MAX, nest, NULL, NULL);
	if (err)
		return err;
	if (!gws_attr_is_token(tb[GWS_A_HDR_NAME]))
		return refuse_match(b, i, "GWS_A_HDR_NAME: missing or not a token");
	if (!tb[GWS_A_HDR_REGEX] && !gws_attr_is_value(tb[GWS_A_HDR_VALUE]))
		return refuse_match(b, i, "GWS_A_HDR_VALUE: missing or not a field value");
	h->name = gws_build_str(b, tb[GWS_A_HDR_NAME]);
	h->id = gws_http_header_id(h->name);
	return value_decode(b, i, tb, h);
}

static int query_decode(struct gws_build *b, u32 i, const struct nlattr *nest)
{
	struct gws_header_match *q = b->headers++;
	struct nlattr *tb[GWS_A_HDR_MAX + 1];
	int err;

	err = nla_parse_nested(tb, GWS_A_HDR_MAX, nest, NULL, NULL);
	if (err)
		return err;
	if (!*gws_attr_text(tb[GWS_A_HDR_NAME]))
		return refuse_match(b, i, "GWS_A_HDR_NAME: missing or empty");
	q->name = gws_build_str(b, tb[GWS_A_HDR_NAME]);
	return value_decode(b, i, tb, q);
}

/* The nested attributes of one @type. */
static int pairs_decode(struct gws_build *b, u32 i, const struct nlattr *nest,
			int type, int (*decode)(struct gws_build *b, u32 i,
						const struct nlattr *nest))
{
	const struct nlattr *nla;
	int err, rem;

	nla_for_each_nested(nla, nest, rem) {
		if (nla_type(nla) != type)
			continue;
		err = decode(b, i, nla);
		if (err)
			return err;
	}
	return 0;
}

static int conditions_decode(struct gws_build *b, u32 i,
			     const struct nlattr *nest, struct gws_match *m)
{
	int err;

	m->headers = b->headers;
	err = pairs_decode(b, i, nest, GWS_A_MATCH_HEADER, header_decode);
	if (err)
		return err;
	m->nheaders = b->headers - m->headers;
	m->queries = b->headers;
	err = pairs_decode(b, i, nest, GWS_A_MATCH_QUERY, query_decode);
	m->nqueries = b->headers - m->queries;
	return err;
}

static int path_decode(struct gws_build *b, u32 i, struct nlattr **tb,
		       struct gws_match *m)
{
	if (tb[GWS_A_MATCH_PATH_KIND])
		m->path_kind = nla_get_u8(tb[GWS_A_MATCH_PATH_KIND]);
	if (!regex_find(b, tb[GWS_A_MATCH_PATH_REGEX], &m->regex))
		return refuse_match(b, i, "GWS_A_MATCH_PATH_REGEX: no such regex");
	if (m->path_kind == GWS_PATH_REGEX)
		return m->regex ? 0 : refuse_match(b, i, "GWS_A_MATCH_PATH_REGEX: missing");
	if (m->regex)
		return refuse_match(b, i, "GWS_A_MATCH_PATH_REGEX: of another kind of path");
	if (tb[GWS_A_MATCH_PATH])
		m->path = gws_build_str(b, tb[GWS_A_MATCH_PATH]);
	else if (m->path_kind == GWS_PATH_ANY)
		m->path = GWS_STR("/");
	if (!gws_path_is_normal(m->path))
		return refuse_match(b, i, "GWS_A_MATCH_PATH: missing or not in normal form");
	return 0;
}

int gws_match_decode(struct gws_build *b, u32 i, const struct nlattr *nest)
{
	struct nlattr *tb[GWS_A_MATCH_MAX + 1];
	struct gws_match *m = &b->matches[i];
	int err;

	err = nla_parse_nested(tb, GWS_A_MATCH_MAX, nest, NULL, NULL);
	if (err)
		return err;
	if (!tb[GWS_A_MATCH_RULE])
		return refuse_match(b, i, "GWS_A_MATCH_RULE: missing");
	m->rule = nla_get_u32(tb[GWS_A_MATCH_RULE]);
	if (m->rule >= b->nrules)
		return refuse_match(b, i, "GWS_A_MATCH_RULE: no such rule");
	err = path_decode(b, i, tb, m);
	if (err)
		return err;
	if (tb[GWS_A_MATCH_METHOD]) {
		if (!gws_attr_is_token(tb[GWS_A_MATCH_METHOD]))
			return refuse_match(b, i, "GWS_A_MATCH_METHOD: not a token");
		m->method = gws_build_str(b, tb[GWS_A_MATCH_METHOD]);
	}
	return conditions_decode(b, i, nest, m);
}
