/* SPDX-License-Identifier: MIT */
/*
 * Suite gws_match: HTTPRoute matches and hostname patterns.
 */
#ifndef GWS_SUITE_MATCH_H
#define GWS_SUITE_MATCH_H

#include "core_test.h"
#include "dfa_make.h"
#include "match.h"
#include "match_index.h"
#include <uapi/linux/gwsteer.h>

static struct gws_http_request asked;

static struct gws_str text(const char *s)
{
	return (struct gws_str){ s, strlen(s) };
}

static bool match_request(const char *method, const char *target,
			 const char *lines)
{
	static char buf[1024 + GWS_HEAD_SLACK];
	u32 resume = 0;
	int len;

	len = snprintf(buf, sizeof(buf), "%s %s HTTP/1.1\r\nHost: a\r\n%s\r\n",
		       method, target, lines);
	return gws_http_parse_request(buf, len, &resume, &asked) == len;
}

static bool read_headers(const char *lines)
{
	return match_request("GET", "/", lines);
}

static int find_one(const struct gws_match *match, const char *path)
{
	const struct gws_match_table table = { .matches = match,
					       .nmatches = 1 };
	char *p = place(path, strlen(path), "", 0);
	int rc = gws_match_find(&table, (struct gws_str){ p, strlen(path) },
				&asked);

	unplace(p);
	return rc;
}

CORE_TEST(match_paths)
{
	static const struct {
		u8 kind;
		const char *value, *path;
		bool fits;
	} cases[] = {
		{ GWS_PATH_ANY, "", "/", true },
		{ GWS_PATH_ANY, "", "*", true },
		{ GWS_PATH_PREFIX, "/", "/", true },
		{ GWS_PATH_PREFIX, "/", "/a/b", true },
		{ GWS_PATH_PREFIX, "/", "*", true },
		{ GWS_PATH_PREFIX, "/foo", "/foo", true },
		{ GWS_PATH_PREFIX, "/foo", "/foo/", true },
		{ GWS_PATH_PREFIX, "/foo", "/foo/x", true },
		{ GWS_PATH_PREFIX, "/foo", "/foobar", false },
		{ GWS_PATH_PREFIX, "/foo", "/fo", false },
		{ GWS_PATH_PREFIX, "/foo", "/Foo", false },
		{ GWS_PATH_PREFIX, "/foo", "/", false },
		{ GWS_PATH_PREFIX, "/foo", "/foo%2Fx", false },
		{ GWS_PATH_PREFIX, "/foo/", "/foo", true },
		{ GWS_PATH_PREFIX, "/foo/", "/foo/x", true },
		{ GWS_PATH_PREFIX, "/foo/", "/foobar", false },
		{ GWS_PATH_PREFIX, "/foo/bar", "/foo/bar/x", true },
		{ GWS_PATH_PREFIX, "/foo/bar", "/foo//bar", false },
		{ GWS_PATH_PREFIX, "/a-long-prefix/of-two", "/a-long-prefix/of-two/x",
		  true },
		{ GWS_PATH_PREFIX, "/a-long-prefix/of-two", "/a-long-prefix/of-tow",
		  false },
		{ GWS_PATH_EXACT, "/foo", "/foo", true },
		{ GWS_PATH_EXACT, "/foo", "/foo/", false },
		{ GWS_PATH_EXACT, "/foo/", "/foo", false },
		{ GWS_PATH_EXACT, "/foo", "/FOO", false },
		{ GWS_PATH_EXACT, "/foo", "/fo", false },
		{ __GWS_PATH_LAST, "/", "/", false },
	};
	u32 i;

	CHECK(read_headers(""));
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct gws_match match = { .path = text(cases[i].value),
					   .path_kind = cases[i].kind };

		CHECK_MSG(find_one(&match, cases[i].path) ==
			  (cases[i].fits ? 0 : -1), "%s on %s", cases[i].value,
			  cases[i].path);
	}
}

CORE_TEST(match_headers)
{
	static const struct {
		const char *lines, *name, *value;
		bool fits;
	} cases[] = {
		{ "Version: two\r\n", "version", "two", true },
		{ "VERSION:\ttwo \r\n", "Version", "two", true },
		{ "Version: two\r\n", "version", "Two", false },
		{ "Version: two\r\n", "version", "tw", false },
		{ "Version: two\r\n", "version", "twoo", false },
		{ "Version: two\r\n", "versio", "two", false },
		{ "Version: two\r\n", "color", "two", false },
		{ "", "version", "two", false },
		{ "", "version", "", false },
		{ "Version:\r\n", "version", "", true },
		{ "Accept: a\r\n", "aCCept", "a", true },
		{ "Accept: a\r\n", "accept", "b", false },
		{ "", "accept", "a", false },
		{ "X: a\r\nX: b\r\n", "x", "a, b", true },
		{ "X: a\r\nY: c\r\nx: b\r\n", "X", "a, b", true },
		{ "X: a\r\nX: b\r\n", "x", "a", false },
		{ "X: a\r\nX: b\r\n", "x", "b", false },
		{ "X: a\r\nX: b\r\n", "x", "a,b", false },
		{ "X: a\r\nX: b\r\n", "x", "a, b, ", false },
		{ "X: b\r\nX: a\r\n", "x", "a, b", false },
		{ "X: a, b\r\n", "x", "a, b", true },
		{ "X: a\r\nX:\r\n", "x", "a, ", true },
		{ "Accept: a\r\nAccept: b\r\n", "accept", "a, b", true },
		{ "", "host", "a", true },
		{ "Connection: x\r\nX: a\r\n", "x", "a", false },
		{ "Connection: accept\r\nAccept: a\r\n", "accept", "a", false },
		{ "Connection: close\r\nX: a\r\n", "x", "a", true },
	};
	u32 i, with_id;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct gws_header_match want = {
			.name = text(cases[i].name),
			.value = text(cases[i].value),
		};
		struct gws_match match = { .headers = &want, .nheaders = 1,
					   .path_kind = GWS_PATH_ANY };

		CHECK(read_headers(cases[i].lines));
		want.id = gws_http_header_id(want.name);
		CHECK_MSG(find_one(&match, "/") == (cases[i].fits ? 0 : -1),
			  "%s: %s on %s", cases[i].name, cases[i].value,
			  cases[i].lines);
	}
	with_id = gws_http_header_id(text("accept"));
	CHECK_EQ(with_id, GWS_HDR_ACCEPT);
}

/* RFC 9112 3.2.2: the target's host is the request's, and Host is not heeded. */
CORE_TEST(match_host_field)
{
	struct gws_header_match want = {
		.name = text("host"), .value = text("a"),
		.id = gws_http_header_id(text("host")),
	};
	struct gws_match match = { .headers = &want, .nheaders = 1,
				   .path_kind = GWS_PATH_ANY };

	CHECK(match_request("GET", "/", ""));
	CHECK_EQ(find_one(&match, "/"), 0);
	CHECK(match_request("GET", "http://b/", ""));
	CHECK_EQ(find_one(&match, "/"), -1);
}

CORE_TEST(match_methods)
{
	static const struct {
		const char *method, *want;
		bool fits;
	} cases[] = {
		{ "GET", "GET", true }, { "GET", "get", false },
		{ "HEAD", "GET", false }, { "PURGE", "PURGE", true },
		{ "PURGED", "PURGE", false }, { "PUT", "PUTS", false },
		{ "DELETE", "", true }, { "get", "GET", false },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct gws_match match = { .method = text(cases[i].want) };

		CHECK(match_request(cases[i].method, "/", ""));
		CHECK_MSG(find_one(&match, "/") == (cases[i].fits ? 0 : -1),
			  "%s on %s", cases[i].want, cases[i].method);
	}
}

CORE_TEST(match_queries)
{
	static const struct {
		const char *target, *name, *value;
		bool fits;
	} cases[] = {
		{ "/?animal=whale", "animal", "whale", true },
		{ "/?animal=whale", "animal", "Whale", false },
		{ "/?Animal=whale", "animal", "whale", false },
		{ "/?animal=whales", "animal", "whale", false },
		{ "/?animal=whal", "animal", "whale", false },
		{ "/?animals=whale", "animal", "whale", false },
		{ "/", "animal", "whale", false },
		{ "/?", "animal", "whale", false },
		{ "/?animal=", "animal", "whale", false },
		{ "/?animal", "animal", "", true },
		{ "/?animal=", "animal", "", true },
		{ "/?x=1&animal=whale&y", "animal", "whale", true },
		{ "/?&&animal=whale&&", "animal", "whale", true },
		/* The first counts. */
		{ "/?animal=dolphin&animal=whale", "animal", "whale", false },
		{ "/?animal=whale&animal=dolphin", "animal", "whale", true },
		{ "/?animal&animal=whale", "animal", "whale", false },
		/* What was meant, however it is written. */
		{ "/?q=a+b", "q", "a b", true },
		{ "/?q=a%20b", "q", "a b", true },
		{ "/?q=a+b", "q", "a+b", false },
		{ "/?q=a%2Bb", "q", "a+b", true },
		{ "/?q=a%2bb", "q", "a+b", true },
		{ "/?%61dmin=%31", "admin", "1", true },
		{ "/?q=a%26b=c", "q", "a&b=c", true },
		{ "/?q=a=b=c", "q", "a=b=c", true },
		{ "/?q%3Da=b", "q=a", "b", true },
		{ "/?q=%C3%BC", "q", "\xc3\xbc", true },
		/* '%' that begins no byte. */
		{ "/?q=100%", "q", "100%", true },
		{ "/?q=%", "q", "%", true },
		{ "/?q=%2", "q", "%2", true },
		{ "/?q=%zz", "q", "%zz", true },
		{ "/?q=%2z", "q", "%2z", true },
		{ "/?q=%00", "q", "", false },
		/* ';' separates nothing. */
		{ "/?a=1;q=2", "q", "2", false },
		{ "/?a=1;q=2", "a", "1;q=2", true },
	};
	struct gws_header_match want = {};
	struct gws_match match = { .queries = &want, .nqueries = 1 };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		want.name = text(cases[i].name);
		want.value = text(cases[i].value);
		CHECK(match_request("GET", cases[i].target, ""));
		CHECK_MSG(find_one(&match, "/") == (cases[i].fits ? 0 : -1),
			  "%s=%s on %s", cases[i].name, cases[i].value,
			  cases[i].target);
	}
}

/* "a+(, b)?": 1 the start, 2 behind ',', 3 behind " ", 4 behind a, 5 behind b. */
static const u16 automaton[] = {
	0, 0, 0, 0, 0,
	0, 4, 0, 0, 0,
	0, 0, 0, 0, 3,
	0, 0, 5, 0, 0,
	0, 4, 0, 2, 0,
	0, 0, 0, 0, 0,
};

static const struct gws_dfa *make_automaton(u16 *room)
{
	return dfa_make(room, 6, 4, "ab, ", automaton);
}

CORE_TEST(match_regexes)
{
	static const struct {
		const char *text, *lines, *target;
		bool fits;
	} cases[] = {
		{ "a", "X: a\r\n", "/?q=a", true },
		{ "aaa", "X: aaa\r\n", "/?q=%61aa&q=b", true },
		{ "", "X:\r\n", "/?q", false },
		{ "b", "X: b\r\n", "/?q=b&q=a", false },
		{ "ab", "X: ab\r\n", "/?q=ab", false },
		{ "ba", "X: ba\r\n", "/?q=ba", false },
		{ "aa, b", "X: aa\r\nx: b\r\n", "/?q=aa%2C+b", true },
		{ "a, b", "X: a, b\r\n", "/?q=a,%20b", true },
		{ "b, a", "X: b\r\nX: a\r\n", "/?q=b,%20a", false },
		{ "a,", "X: a,\r\n", "/?q=a,", false },
		{ "a\xff", "X: a\xff\r\n", "/?q=a%FF", false },
		{ "c", "", "/?", false },
	};
	static u16 room[DFA_ROOM(6, 5)];
	const struct gws_pattern pattern = { .dfa = make_automaton(room) };
	struct gws_header_match want = { .regex = &pattern };
	struct gws_match by_path = { .path_kind = GWS_PATH_REGEX,
				     .regex = &pattern };
	struct gws_match by_header = { .headers = &want, .nheaders = 1 };
	struct gws_match by_query = { .queries = &want, .nqueries = 1 };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		int wanted = cases[i].fits ? 0 : -1;

		CHECK(match_request("GET", cases[i].target, cases[i].lines));
		CHECK_MSG(find_one(&by_path, cases[i].text) == wanted,
			  "path %s", cases[i].text);
		want.name = text("x");
		CHECK_MSG(find_one(&by_header, "/") == wanted, "header %s",
			  cases[i].lines);
		want.name = text("q");
		CHECK_MSG(find_one(&by_query, "/") == wanted, "query %s",
			  cases[i].target);
	}
}

/* More names than are remembered of one lookup, some of them twice, some absent. */
CORE_TEST(match_many_queries)
{
	static const char *const names[] = {
		"a", "b", "c", "no", "d", "e", "f", "g", "h", "i", "b", "no", "i", "h",
	};
	/* A kernel's stack has no room for them. */
	static struct gws_header_match wants[ARRAY_SIZE(names) + 2];
	static struct gws_match matches[ARRAY_SIZE(names) + 1];
	const struct gws_match_table table = {
		.matches = matches, .nmatches = ARRAY_SIZE(matches),
	};
	u32 i;

	CHECK(match_request("GET", "/?a=1&b=2&c=3&d=4&e=5&f=6&g=7&%68=8&i=9&b=x", ""));
	memset(matches, 0, sizeof(matches));
	for (i = 0; i < ARRAY_SIZE(wants); i++)
		wants[i] = (struct gws_header_match){
			.name = text(names[i % ARRAY_SIZE(names)]),
			.value = text("x"),
		};
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		matches[i].queries = &wants[i];
		matches[i].nqueries = 1;
	}
	/* The last one wants the last of the names, and one that was there before. */
	wants[i].name = text("i");
	wants[i].value = text("9");
	wants[i + 1].name = text("b");
	wants[i + 1].value = text("2");
	matches[i].queries = &wants[i];
	matches[i].nqueries = 2;
	CHECK_EQ(gws_match_find(&table, text("/"), &asked), (int)i);
	/* Of a name that comes twice the first counts, however often it is asked for. */
	wants[i + 1].value = text("x");
	CHECK_EQ(gws_match_find(&table, text("/"), &asked), -1);
	wants[12].value = text("9");
	CHECK_EQ(gws_match_find(&table, text("/"), &asked), 12);
	wants[10].value = text("2");
	CHECK_EQ(gws_match_find(&table, text("/"), &asked), 10);
	wants[8].value = text("8");
	CHECK_EQ(gws_match_find(&table, text("/"), &asked), 8);
}

/* Whatever is wrong with one is seen before it runs. */
CORE_TEST(match_automata)
{
	static u16 room[DFA_ROOM(6, 5)];
	struct gws_dfa *dfa = (struct gws_dfa *)room;
	const u32 size = sizeof(room);

#define WRONG(change)							\
	do {								\
		make_automaton(room);					\
		change;							\
		CHECK(!gws_dfa_valid(dfa, size));			\
	} while (0)

	make_automaton(room);
	CHECK(gws_dfa_valid(dfa, size));
	CHECK(!gws_dfa_valid(dfa, size - 1));
	CHECK(!gws_dfa_valid(dfa, size - 2));
	CHECK(!gws_dfa_valid(dfa, size + 2));
	CHECK(!gws_dfa_valid(dfa, 0));
	CHECK(!gws_dfa_valid(dfa, sizeof(*dfa) - 1));
	WRONG(dfa->states = 0);
	WRONG(dfa->states = 5);
	WRONG(dfa->states = 7);
	WRONG(dfa->classes = 0);
	WRONG(dfa->classes = 4);
	WRONG((dfa->classes = 257, dfa->states = 65535));
	WRONG(dfa->start = 6);
	WRONG(dfa->accept = 0);
	WRONG(dfa->accept = 7);
	WRONG(dfa->class_of[255] = 5);
	WRONG(dfa->next[29] = 6);
	WRONG(dfa->next[5] = 65535);
	/* The dead state is never left. */
	WRONG(dfa->next[3] = 1);
#undef WRONG
}

/* The first match that fits wins; all headers of a match must fit. */
CORE_TEST(match_order)
{
	static const struct gws_header_match two[] = {
		{ .name = { "version", 7 }, .value = { "two", 3 } },
		{ .name = { "color", 5 }, .value = { "blue", 4 } },
	};
	static const struct gws_match matches[] = {
		{ .path = { "/exact", 6 }, .path_kind = GWS_PATH_EXACT },
		{ .path = { "/foo/bar", 8 }, .path_kind = GWS_PATH_PREFIX },
		{ .path = { "/foo", 4 }, .path_kind = GWS_PATH_PREFIX,
		  .headers = two, .nheaders = 2 },
		{ .path = { "/foo", 4 }, .path_kind = GWS_PATH_PREFIX,
		  .headers = two, .nheaders = 1 },
		{ .path = { "/foo", 4 }, .path_kind = GWS_PATH_PREFIX },
	};
	const struct gws_match_table table = { .matches = matches,
					       .nmatches = 5 };
	const struct gws_match_table empty = { .nmatches = 0 };

	CHECK(read_headers("Version: two\r\nColor: blue\r\n"));
	CHECK_EQ(gws_match_find(&table, text("/exact"), &asked), 0);
	CHECK_EQ(gws_match_find(&table, text("/exact/x"), &asked), -1);
	CHECK_EQ(gws_match_find(&table, text("/foo/bar/x"), &asked), 1);
	CHECK_EQ(gws_match_find(&table, text("/foo/b"), &asked), 2);
	CHECK_EQ(gws_match_find(&table, text("/"), &asked), -1);
	CHECK_EQ(gws_match_find(&empty, text("/"), &asked), -1);
	CHECK(read_headers("Version: two\r\nColor: red\r\n"));
	CHECK_EQ(gws_match_find(&table, text("/foo"), &asked), 3);
	CHECK(read_headers("Color: blue\r\n"));
	CHECK_EQ(gws_match_find(&table, text("/foo"), &asked), 4);
}

/* All kinds of conditions of a match must fit. */
CORE_TEST(match_all_parts)
{
	static const struct gws_header_match header = {
		.name = { "version", 7 }, .value = { "two", 3 },
	};
	static const struct gws_header_match queries[] = {
		{ .name = { "a", 1 }, .value = { "1", 1 } },
		{ .name = { "b", 1 }, .value = { "2", 1 } },
	};
	static const struct gws_match match = {
		.path = { "/", 1 }, .method = { "PUT", 3 },
		.headers = &header, .nheaders = 1,
		.queries = queries, .nqueries = 2,
	};

	CHECK(match_request("PUT", "/?b=2&a=1", "Version: two\r\n"));
	CHECK_EQ(find_one(&match, "/"), 0);
	CHECK(match_request("PUT", "/?b=2", "Version: two\r\n"));
	CHECK_EQ(find_one(&match, "/"), -1);
	CHECK(match_request("PUT", "/?a=1", "Version: two\r\n"));
	CHECK_EQ(find_one(&match, "/"), -1);
	CHECK(match_request("PUT", "/?b=2&a=1", ""));
	CHECK_EQ(find_one(&match, "/"), -1);
	CHECK(match_request("GET", "/?b=2&a=1", "Version: two\r\n"));
	CHECK_EQ(find_one(&match, "/"), -1);
}

/* The first condition that fails is the one that is told. */
CORE_TEST(match_misses)
{
	static const struct gws_header_match headers[] = {
		{ .name = { "a", 1 }, .value = { "1", 1 } },
		{ .name = { "b", 1 }, .value = { "1", 1 } },
	};
	static const struct gws_match match = {
		.path = { "/x", 2 }, .path_kind = GWS_PATH_EXACT,
		.method = { "PUT", 3 }, .headers = headers, .nheaders = 2,
		.queries = headers, .nqueries = 2,
	};
	static const struct {
		const char *method, *target, *lines;
		enum gws_miss miss;
		u32 which;
	} cases[] = {
		{ "GET", "/y", "", GWS_MISS_PATH, 0 },
		{ "GET", "/x", "", GWS_MISS_METHOD, 0 },
		{ "PUT", "/x", "", GWS_MISS_HEADER, 0 },
		{ "PUT", "/x", "A: 1\r\n", GWS_MISS_HEADER, 1 },
		{ "PUT", "/x?b=1", "A: 1\r\nB: 1\r\n", GWS_MISS_QUERY, 0 },
		{ "PUT", "/x?a=1", "A: 1\r\nB: 1\r\n", GWS_MISS_QUERY, 1 },
		{ "PUT", "/x?a=1&b=1", "A: 1\r\nB: 1\r\n", GWS_MISS_NONE, 0 },
	};
	u32 i, which;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		CHECK(match_request(cases[i].method, cases[i].target,
				   cases[i].lines));
		CHECK_EQ(gws_match_miss(&match, asked.path, &asked, &which),
			 cases[i].miss);
		CHECK_EQ(which, cases[i].which);
	}
}

/* The index finds what a walk in order finds, whatever the table. */

#ifdef __KERNEL__
#define INDEX_ROUNDS	200	/* emulated, and with KASAN */
#else
#define INDEX_ROUNDS	4000
#endif
#define INDEX_REQUESTS	25
#define INDEX_MATCHES	24

static u32 dice_state;

static u32 dice(u32 sides)
{
	dice_state = dice_state * 1664525 + 1013904223;
	return (dice_state >> 16) % sides;
}

/* Few elements, so that paths meet: "/", "/a/b", "//a/", now and then "*". */
static struct gws_str dice_path(char *room, bool of_match)
{
	static const char *const elements[] = { "a", "b", "ab", "", "a%2Fb" };
	u32 n = dice(5), len = 0, i;
	const char *e;

	if (!of_match && !dice(50)) {
		room[len++] = '*';
		return (struct gws_str){ room, len };
	}
	for (i = 0; i <= n; i++) {
		room[len++] = '/';
		for (e = elements[dice(ARRAY_SIZE(elements))]; *e; e++)
			room[len++] = *e;
	}
	return (struct gws_str){ room, len };
}

/* "/a.*" */
static const u16 under_a[] = { 0, 0, 0, 0, 2, 0, 0, 0, 3, 3, 3, 3 };
static struct gws_pattern any_a;

static void dice_match(struct gws_match *m, char *room)
{
	static const struct gws_header_match header = {
		.name = { "x", 1 }, .value = { "1", 1 },
	};

	*m = (struct gws_match){ .path_kind = dice(GWS_PATH_REGEX + 1),
				 .regex = &any_a };
	m->path = dice_path(room, true);
	if (!dice(3))
		m->method = text(dice(2) ? "GET" : "PUT");
	m->headers = &header;
	m->nheaders = !dice(4);
}

/* What is said of each match agrees with which is found. */
static bool misses_agree(const struct gws_match_table *table,
			 struct gws_str path)
{
	int found = gws_match_find(table, path, &asked);
	u32 i, which;

	for (i = 0; i < table->nmatches; i++)
		if (gws_match_miss(&table->matches[i], path, &asked, &which) ==
		    GWS_MISS_NONE)
			return (int)i == found;
	return found < 0;
}

/* False where the two differ. */
static bool index_agrees(const struct gws_match_table *table,
			 const struct gws_match_table *plain)
{
	struct gws_str path;
	char room[64], *p;
	bool same = true;
	u32 i;

	for (i = 0; same && i < INDEX_REQUESTS; i++) {
		path = dice_path(room, false);
		p = place(path.p, path.len, "", 0);
		path.p = p;
		same = match_request(dice(2) ? "GET" : "PUT", "/",
				    dice(2) ? "X: 1\r\n" : "") &&
		       gws_match_find(table, path, &asked) ==
		       gws_match_find(plain, path, &asked) &&
		       misses_agree(plain, path);
		unplace(p);
	}
	return same;
}

CORE_TEST(match_index)
{
	static struct gws_match matches[INDEX_MATCHES];
	static char rooms[INDEX_MATCHES][64];
	static u64 index[(INDEX_MATCHES + 1) * 5 + 64];
	static u16 room[DFA_ROOM(4, 3)];
	struct gws_match_table table, plain;
	u32 round, i;

	CHECK(gws_match_index_size(INDEX_MATCHES) <= sizeof(index));
	any_a.dfa = dfa_make(room, 4, 3, "/a", under_a);
	dice_state = 1;
	for (round = 0; round < INDEX_ROUNDS; round++) {
		plain = (struct gws_match_table){
			.matches = matches,
			.nmatches = dice(INDEX_MATCHES + 1),
		};
		for (i = 0; i < plain.nmatches; i++)
			dice_match(&matches[i], rooms[i]);
		table = plain;
		gws_match_index_build(&table, matches, index, dice(1000));
		CHECK_MSG(index_agrees(&table, &plain), "round %u", round);
	}
}

CORE_TEST(match_hosts)
{
	static const struct {
		const char *pattern, *host;
		bool fits;
	} cases[] = {
		{ "", "", true }, { "", "a", true },
		{ "example.com", "example.com", true },
		{ "example.com", "a.example.com", false },
		{ "example.com", "", false },
		{ "*.example.com", "a.example.com", true },
		{ "*.example.com", "a.b.example.com", true },
		{ "*.example.com", "example.com", false },
		{ "*.example.com", ".example.com", false },
		{ "*.example.com", "aexample.com", false },
		{ "*.example.com", "a.example.org", false },
		{ "*.com", "example.com", true },
		{ "[::1]", "[::1]", true },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		u32 len = strlen(cases[i].host);
		char *host = place(cases[i].host, len, "", 0);

		CHECK_MSG(gws_host_match(text(cases[i].pattern),
					 (struct gws_str){ host, len }) ==
			  cases[i].fits, "%s on %s", cases[i].pattern,
			  cases[i].host);
		unplace(host);
	}
	CHECK(!gws_host_match_wildcard(text("a.com"), text("a.com")));
	CHECK(!gws_host_match_wildcard(text("*"), text("a")));
}

CORE_TEST(match_host_order)
{
	static const char *const order[] = {
		"long.example.com", "a.com", "*.b.example.com", "*.example.com",
		"*.com", "",
	};
	u32 i, j;

	for (i = 0; i < ARRAY_SIZE(order); i++) {
		for (j = 0; j < ARRAY_SIZE(order); j++) {
			int by = gws_host_compare(text(order[i]), text(order[j]));

			CHECK_MSG(i < j ? by < 0 : i > j ? by > 0 : !by,
				  "%s, %s: %d", order[i], order[j], by);
		}
	}
	CHECK_EQ(gws_host_compare(text("a.com"), text("b.com")), 0);
}

#define MATCH_TESTS(X)							\
	X(match_paths)							\
	X(match_headers)						\
	X(match_host_field)						\
	X(match_methods)						\
	X(match_queries)						\
	X(match_many_queries)						\
	X(match_regexes)						\
	X(match_automata)						\
	X(match_order)							\
	X(match_all_parts)						\
	X(match_misses)							\
	X(match_index)							\
	X(match_hosts)							\
	X(match_host_order)

#endif /* GWS_SUITE_MATCH_H */
