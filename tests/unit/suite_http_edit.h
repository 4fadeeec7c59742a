/* SPDX-License-Identifier: MIT */
/*
 * Suite gws_http_edit: what filters make of fields, paths and locations.
 */
#ifndef GWS_SUITE_HTTP_EDIT_H
#define GWS_SUITE_HTTP_EDIT_H

#include "core_test.h"
#include "http_edit.h"
#include "http_parse.h"
#include "http_reply.h"
#include "http_rewrite.h"
#include <uapi/linux/gwsteer.h>

static struct gws_http_request edit_req;
static struct gws_http_response edit_resp;
static char edit_in[4096 + GWS_HEAD_SLACK];

#define EDIT_CLIENT	"X-Forwarded-For: 10.1.2.3\r\n"			\
			"X-Forwarded-Proto: http\r\n"			\
			"X-Forwarded-Port: 80\r\n"			\
			"X-Real-IP: 10.1.2.3\r\n"
#define EDIT_END	"Via: 1.1 gwsteer\r\n\r\n"

/* Names that go, up to the first empty one; those that are known by id. */
static void edit_take(struct gws_http_edit *edit, struct gws_str *names,
		      const char *const *drop)
{
	u32 i;

	edit->names = names;
	for (i = 0; drop[i]; i++) {
		struct gws_str name = { drop[i], strlen(drop[i]) };
		u32 id = gws_http_header_id(name);

		if (id)
			edit->ids |= GWS_HDR_BIT(id);
		else
			names[edit->nnames++] = name;
	}
}

static const struct {
	const char *in, *out;
	const char *drop[4];
	const char *lines;
	const char *host, *path, *tail;
} edit_requests[] = {
	/* Nothing to do: the same as without, but for the place of Host. */
	{ "GET /a?b HTTP/1.1\r\nA: 1\r\nHost: x\r\n\r\n",
	  "GET /a?b HTTP/1.1\r\nHost: x\r\nA: 1\r\n" EDIT_CLIENT
	  "X-Forwarded-Host: x\r\n" EDIT_END, { NULL }, "", NULL, "/a", "" },
	/* Removed in any case, once and again; set; added. */
	{ "GET / HTTP/1.1\r\nHost: x\r\nX-A: 1\r\nX-AB: 2\r\nx-a: 3\r\n"
	  "User-Agent: u\r\nAccept: a\r\n\r\n",
	  "GET / HTTP/1.1\r\nHost: x\r\nX-AB: 2\r\nAccept: a\r\n" EDIT_CLIENT
	  "X-Forwarded-Host: x\r\nX-Z: z\r\nX-Z: y\r\n" EDIT_END,
	  { "X-a", "user-agent", NULL }, "X-Z: z\r\nX-Z: y\r\n", NULL, "/", "" },
	/* Under what backends may take for the name, too; known ones, as well. */
	{ "GET / HTTP/1.1\r\nHost: x\r\nX_Auth_User: 1\r\nx-auth.USER: 2\r\n"
	  "X-Auth-Users: 3\r\nUser_Agent: u\r\nX-Auth1User: 4\r\nX_B: 5\r\n"
	  "User-Agent: v\r\n\r\n",
	  "GET / HTTP/1.1\r\nHost: x\r\nX-Auth-Users: 3\r\nX-Auth1User: 4\r\n"
	  EDIT_CLIENT "X-Forwarded-Host: x\r\nX-Auth-User: me\r\n" EDIT_END,
	  { "X-Auth-User", "user-agent", "X-b", NULL }, "X-Auth-User: me\r\n",
	  NULL, "/", "" },
	/* But what is known by its name stays, if that is another one. */
	{ "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nAccept: a\r\n\r\n",
	  "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nAccept: a\r\n"
	  EDIT_CLIENT "X-Forwarded-Host: x\r\n" EDIT_END,
	  { "Content_Length", NULL }, "", NULL, "/", "" },
	/* What we say of the client can be said otherwise. */
	{ "GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-Prefix: evil\r\n\r\n",
	  "GET / HTTP/1.1\r\nHost: x\r\n" EDIT_CLIENT "X-Forwarded-Host: x\r\n"
	  "X-Forwarded-Prefix: /shop\r\n" EDIT_END,
	  { "X-Forwarded-Prefix", NULL }, "X-Forwarded-Prefix: /shop\r\n",
	  NULL, "/", "" },
	{ "GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-Proto: evil\r\n\r\n",
	  "GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 10.1.2.3\r\n"
	  "X-Forwarded-Port: 80\r\nX-Forwarded-Proto: https\r\n" EDIT_END,
	  { "x-forwarded-proto", "x-real-ip", "X-FORWARDED-HOST", NULL },
	  "X-Forwarded-Proto: https\r\n", NULL, "/", "" },
	/* Another host and path; the query and who was asked for stay. */
	{ "GET /p/a?q HTTP/1.1\r\nHost: x:80\r\n\r\n",
	  "GET /new/a?q HTTP/1.1\r\nHost: y\r\n" EDIT_CLIENT
	  "X-Forwarded-Host: x:80\r\n" EDIT_END, { NULL }, "", "y", "/new",
	  "/a" },
	/* Framing is ours, whatever else changes. */
	{ "POST / HTTP/1.0\r\nContent-Length: 3\r\nConnection: X-A\r\n"
	  "X-A: 1\r\nExpect: 100-continue\r\nX-B: 2\r\n\r\n",
	  "POST / HTTP/1.1\r\nHost: y\r\nContent-Length: 3\r\n" EDIT_CLIENT
	  "X-C: 3\r\nVia: 1.0 gwsteer\r\n\r\n", { "X-B", NULL }, "X-C: 3\r\n",
	  "y", "/", "" },
	{ "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
	  "POST / HTTP/1.1\r\nHost: x\r\n" EDIT_CLIENT "X-Forwarded-Host: x\r\n"
	  "X-C: 3\r\nVia: 1.1 gwsteer\r\nTransfer-Encoding: chunked\r\n\r\n",
	  { NULL }, "X-C: 3\r\n", NULL, "/", "" },
};

static struct gws_str edit_str(const char *text)
{
	return (struct gws_str){ text, text ? strlen(text) : 0 };
}

/* Room for exactly what the caller must give, and guarded behind. */
static char *edit_room(u32 room)
{
	static const char nothing[4096];

	return place(nothing, room, "", 0);
}

CORE_TEST(http_edit_requests)
{
	struct gws_http_forward fwd;
	struct gws_http_edit edit;
	struct gws_str names[4];
	u32 i, room, resume;
	char *out;
	int len;

	for (i = 0; i < ARRAY_SIZE(edit_requests); i++) {
		memset(&edit, 0, sizeof(edit));
		memset(&fwd, 0, sizeof(fwd));
		edit_take(&edit, names, edit_requests[i].drop);
		edit.lines = edit_str(edit_requests[i].lines);
		fwd.client = GWS_STR(EDIT_CLIENT);
		fwd.host = edit_str(edit_requests[i].host);
		fwd.path = edit_str(edit_requests[i].path);
		fwd.tail = edit_str(edit_requests[i].tail);
		len = strlen(edit_requests[i].in);
		memcpy(edit_in, edit_requests[i].in, len);
		resume = 0;
		CHECK_EQ(gws_http_parse_request(edit_in, len, &resume, &edit_req),
			 len);
		room = gws_http_request_room(&edit_req, &fwd) + edit.lines.len;
		out = edit_room(room);
		CHECK_EQ(gws_http_write_request_edited(out, room - 1, &edit_req,
						       &fwd, &edit), -ENOSPC);
		len = gws_http_write_request_edited(out, room, &edit_req, &fwd,
						    &edit);
		CHECK(len > 0);
		CHECK_STR(((struct gws_str){ out, len }), edit_requests[i].out);
		unplace(out);
	}
}

static const struct {
	const char *in, *out;
	const char *drop[4];
	const char *lines;
	struct gws_http_return ret;
} edit_responses[] = {
	{ "HTTP/1.1 200 OK\r\nServer: s\r\nX-A: 1\r\nContent-Length: 5\r\n"
	  "x-a: 2\r\nDate: d\r\n\r\n",
	  "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nDate: d\r\nX-A: 3\r\n\r\n",
	  { "server", "X-A", NULL }, "X-A: 3\r\n", { 1, false } },
	/* Clients have no such habit. */
	{ "HTTP/1.1 200 OK\r\nX_A: 1\r\nX-A: 2\r\nContent-Length: 5\r\n\r\n",
	  "HTTP/1.1 200 OK\r\nX_A: 1\r\nContent-Length: 5\r\n\r\n",
	  { "x-a", NULL }, "", { 1, false } },
	/* Hop fields and framing as ever. */
	{ "HTTP/1.0 200\r\nConnection: X-B\r\nX-B: 1\r\n\r\n",
	  "HTTP/1.1 200 \r\nX-A: 3\r\nTransfer-Encoding: chunked\r\n"
	  "Connection: close\r\n\r\n",
	  { NULL }, "X-A: 3\r\n", { 1, true } },
	{ "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\nA: 1\r\n\r\n",
	  "HTTP/1.1 204 No Content\r\nA: 1\r\nConnection: keep-alive\r\n\r\n",
	  { NULL }, "", { 0, false } },
};

CORE_TEST(http_edit_responses)
{
	const struct gws_http_return *ret;
	struct gws_http_edit edit;
	struct gws_str names[4];
	u32 i, room, resume;
	char *out;
	int len;

	for (i = 0; i < ARRAY_SIZE(edit_responses); i++) {
		memset(&edit, 0, sizeof(edit));
		edit_take(&edit, names, edit_responses[i].drop);
		edit.lines = edit_str(edit_responses[i].lines);
		ret = &edit_responses[i].ret;
		len = strlen(edit_responses[i].in);
		memcpy(edit_in, edit_responses[i].in, len);
		resume = 0;
		CHECK_EQ(gws_http_parse_response(edit_in, len, &resume,
						 GWS_METHOD_GET, &edit_resp), len);
		room = gws_http_response_room(&edit_resp) + edit.lines.len;
		out = edit_room(room);
		CHECK_EQ(gws_http_write_response_edited(out, room - 1, &edit_resp,
							ret, &edit,
							edit_str(NULL)),
			 -ENOSPC);
		len = gws_http_write_response_edited(out, room, &edit_resp, ret,
						     &edit, edit_str(NULL));
		CHECK(len > 0);
		CHECK_STR(((struct gws_str){ out, len }), edit_responses[i].out);
		unplace(out);
	}
}

/* The table of HTTPPathModifier.replacePrefixMatch, and what it leaves open. */
static const struct {
	const char *path, *prefix, *replace, *out;
} prefix_cases[] = {
	{ "/foo/bar", "/foo", "/xyz", "/xyz/bar" },
	{ "/foo/bar", "/foo", "/xyz/", "/xyz/bar" },
	{ "/foo", "/foo", "/xyz", "/xyz" },
	{ "/foo/", "/foo", "/xyz", "/xyz/" },
	{ "/foo/", "/foo", "/xyz/", "/xyz/" },
	{ "/foo/bar", "/foo", "", "/bar" },
	{ "/foo/bar", "/foo", "/", "/bar" },
	{ "/foo/", "/foo", "", "/" },
	{ "/foo", "/foo", "", "/" },
	{ "/foo/", "/foo", "/", "/" },
	{ "/foo", "/foo", "/", "/" },
	{ "/foo", "/foo", "/xyz/", "/xyz/" },
	{ "/foo//bar", "/foo", "/", "//bar" },
	{ "/", "", "/xyz", "/xyz/" },
	{ "/a", "", "/xyz", "/xyz/a" },
	{ "/a", "", "", "/a" },
	{ "*", "", "/xyz", "*" },
	/* Not what was matched: never cut in the middle of an element. */
	{ "/foobar", "/foo", "/xyz", "/foobar" },
	{ "/f", "/foo", "/xyz", "/f" },
};

CORE_TEST(http_edit_paths)
{
	struct gws_http_replace replace = { .kind = GWS_REPLACE_PREFIX };
	struct gws_http_path to;
	char out[64];
	u32 i;

	for (i = 0; i < ARRAY_SIZE(prefix_cases); i++) {
		replace.path = edit_str(prefix_cases[i].replace);
		replace.prefix_len = strlen(prefix_cases[i].prefix);
		to = gws_http_replace_path(&replace,
					   edit_str(prefix_cases[i].path));
		memcpy(out, to.head.p, to.head.len);
		if (to.tail.len)
			memcpy(out + to.head.len, to.tail.p, to.tail.len);
		CHECK_STR(((struct gws_str){ out, to.head.len + to.tail.len }),
			  prefix_cases[i].out);
	}
	replace = (struct gws_http_replace){ .kind = GWS_REPLACE_FULL,
					     .path = GWS_STR("/full") };
	to = gws_http_replace_path(&replace, GWS_STR("/a/b"));
	CHECK_STR(to.head, "/full");
	CHECK_EQ(to.tail.len, 0);
	to = gws_http_replace_path(&replace, GWS_STR("*"));
	CHECK_STR(to.head, "*");
	replace.kind = GWS_REPLACE_NONE;
	to = gws_http_replace_path(&replace, GWS_STR("/a/b"));
	CHECK_STR(to.head, "/a/b");
}

static const struct {
	const char *target, *host;
	struct gws_http_redirect redirect;
	const char *out;
} location_cases[] = {
	{ "/a?b=c", "x", { 302, { "https", 5 }, { NULL, 0 }, { NULL, 0 },
			   { 0, { NULL, 0 }, 0 } },
	  "Location: https://x/a?b=c\r\n" },
	{ "/a?", "x", { 302, { "http", 4 }, { "y", 1 }, { ":8080", 5 },
			{ GWS_REPLACE_FULL, { "/f", 2 }, 0 } },
	  "Location: http://y:8080/f?\r\n" },
	{ "/a/b", "[::1]", { 301, { "http", 4 }, { NULL, 0 }, { NULL, 0 },
			     { GWS_REPLACE_PREFIX, { "/", 1 }, 2 } },
	  "Location: http://[::1]/b\r\n" },
	/* No host at all: a reference to the same server. */
	{ "/a", "", { 301, { "https", 5 }, { NULL, 0 }, { ":1", 2 },
		      { 0, { NULL, 0 }, 0 } },
	  "Location: /a\r\n" },
	/* Nor may the path name one. */
	{ "//evil/a?b", "", { 301, { "https", 5 }, { NULL, 0 }, { NULL, 0 },
			      { 0, { NULL, 0 }, 0 } },
	  "Location: /.//evil/a?b\r\n" },
	{ "/foo//evil", "", { 301, { "https", 5 }, { NULL, 0 }, { NULL, 0 },
			      { GWS_REPLACE_PREFIX, { "/", 1 }, 4 } },
	  "Location: /.//evil\r\n" },
	{ "/foo/evil", "", { 301, { "https", 5 }, { NULL, 0 }, { NULL, 0 },
			     { GWS_REPLACE_PREFIX, { "//", 2 }, 4 } },
	  "Location: /.//evil\r\n" },
	{ "/a", "", { 301, { "https", 5 }, { NULL, 0 }, { NULL, 0 },
		      { GWS_REPLACE_FULL, { "//evil", 6 }, 0 } },
	  "Location: /.//evil\r\n" },
	{ "//b/a", "x", { 301, { "https", 5 }, { NULL, 0 }, { NULL, 0 },
			  { 0, { NULL, 0 }, 0 } },
	  "Location: https://x//b/a\r\n" },
	{ "*", "x", { 301, { "http", 4 }, { NULL, 0 }, { NULL, 0 },
		      { GWS_REPLACE_FULL, { "/f", 2 }, 0 } },
	  "Location: http://x/\r\n" },
	/* What a prefix is replaced with may be nothing, written or not. */
	{ "/foo/bar", "x", { 301, { "http", 4 }, { NULL, 0 }, { NULL, 0 },
			     { GWS_REPLACE_PREFIX, { "", 0 }, 4 } },
	  "Location: http://x/bar\r\n" },
	{ "/foo/bar", "", { 301, { "http", 4 }, { NULL, 0 }, { NULL, 0 },
			    { GWS_REPLACE_PREFIX, { NULL, 0 }, 4 } },
	  "Location: /bar\r\n" },
	{ "/foo", "x", { 301, { "http", 4 }, { NULL, 0 }, { NULL, 0 },
			 { GWS_REPLACE_PREFIX, { NULL, 0 }, 4 } },
	  "Location: http://x/\r\n" },
};

/* In an answer whose length is right. */
CORE_TEST(http_edit_locations)
{
	static char out[1024 + GWS_HEAD_SLACK];
	struct gws_str parts[GWS_LOCATION_PARTS];
	u32 i, k, n, resume, room;
	int len, head;

	for (i = 0; i < ARRAY_SIZE(location_cases); i++) {
		const char *target = location_cases[i].target;
		const char *query = strchr(target, '?');
		struct gws_str path = { target, query ? (u32)(query - target) :
							strlen(target) };

		memset(&edit_req, 0, sizeof(edit_req));
		if (query)
			edit_req.query = edit_str(query + 1);
		n = gws_http_location(&location_cases[i].redirect, &edit_req,
				      edit_str(location_cases[i].host), path,
				      parts);
		CHECK(n <= GWS_LOCATION_PARTS);
		for (room = GWS_REPLY_MAX, k = 0; k < n; k++)
			room += parts[k].len;
		CHECK_EQ(gws_http_reply_write_with(out, room - 1, 302, 0, parts,
						   n), -ENOSPC);
		len = gws_http_reply_write_with(out, room, 302, 0, parts, n);
		resume = 0;
		head = gws_http_parse_response(out, len, &resume, GWS_METHOD_GET,
					       &edit_resp);
		CHECK(head > 0);
		CHECK_EQ(len - head, (int)edit_resp.head.content_length);
		CHECK_EQ(edit_resp.status, 302);
		CHECK_STR(((struct gws_str){
			out + edit_resp.head.headers[3].at,
			strlen(location_cases[i].out) }), location_cases[i].out);
	}
}

#define HTTP_EDIT_TESTS(X)						\
	X(http_edit_requests)						\
	X(http_edit_responses)						\
	X(http_edit_paths)						\
	X(http_edit_locations)

#undef EDIT_CLIENT
#undef EDIT_END

#endif /* GWS_SUITE_HTTP_EDIT_H */
