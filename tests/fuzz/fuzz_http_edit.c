// SPDX-License-Identifier: MIT
/*
 * Heads that filters change: what is taken away is gone under any spelling, what
 * comes is there once, all else and the framing are as without filters. Locations
 * and what is said of CORS make an answer that is understood. The first byte says
 * which; then come what is taken away and, behind a 0, the head.
 */
#define _GNU_SOURCE /* memmem() */
#include <strings.h>

#include "fuzz.h"
#include "http_cors.h"
#include "http_edit.h"
#include "http_reply.h"
#include "http_rewrite.h"
#include "http_uri.h"
#include <uapi/linux/gwsteer.h>

enum {
	RESPONSE = 1 << 0,
	CLOSE = 1 << 1,
	OLD = 1 << 2,
	ANY = 1 << 3,		/* CORS: every origin */
	CREDENTIALS = 1 << 4,
	ECHO = 1 << 5,		/* CORS: what is asked for */
	LINES = 1 << 6,
	NAMES_MAX = 4,
};

#define LINE	"X-Fuzz: 1\r\nSet-Cookie: a\r\n"

/* Commas part the names that go; those that a filter may not name stay. */
static void read_names(char *text, u64 not, struct gws_http_edit *edit,
		       struct gws_str *names)
{
	char *name;

	edit->names = names;
	for (name = strtok(text, ","); name && edit->nnames < NAMES_MAX;
	     name = strtok(NULL, ",")) {
		struct gws_str str = { name, strlen(name) };
		u32 id = gws_http_header_id(str);

		if (id && !(not >> id & 1))
			edit->ids |= GWS_HDR_BIT(id);
		else if (!id)
			names[edit->nnames++] = str;
	}
}

/* As CGI makes a variable of @name. */
static void variable(struct gws_str name, char *out)
{
	u32 i;

	for (i = 0; i < name.len; i++)
		out[i] = strchr("abcdefghijklmnopqrstuvwxyz0123456789",
				gws_lower(name.p[i])) ? gws_lower(name.p[i]) : '-';
	out[i] = '\0';
}

static bool goes(const struct gws_http_edit *edit, struct gws_str name, bool alike)
{
	static char a[GWS_HEAD_MAX + 1], b[GWS_HEAD_MAX + 1];
	u32 id = gws_http_header_id(name), i;

	if (id)
		return edit->ids >> id & 1;
	variable(name, a);
	for (i = 0; i < edit->nnames; i++) {
		if (edit->names[i].len != name.len)
			continue;
		variable(edit->names[i], b);
		if (alike ? !strcmp(a, b) :
		    !strncasecmp(edit->names[i].p, name.p, name.len))
			return true;
	}
	id = alike ? gws_http_header_id((struct gws_str){ a, name.len }) : 0;
	return id && edit->ids >> id & 1;
}

/* The fields of the edited head are those of the plain one that stay, and ours. */
static void compare(const struct gws_http_head *plain,
		    const struct gws_http_head *edited,
		    const struct gws_http_edit *edit, bool alike)
{
	u32 stay = 0, i, added = 0;

	for (i = 0; i < plain->nheaders; i++)
		stay += !goes(edit, gws_http_header_name(plain,
							 &plain->headers[i]),
			      alike);
	for (i = 0; i < edited->nheaders; i++) {
		struct gws_str name = gws_http_header_name(edited,
							   &edited->headers[i]);

		if (!goes(edit, name, alike))
			continue;
		/* Only what a filter brings may have such a name. */
		MUST(edit->lines.len &&
		     (gws_str_eq_nocase(name, GWS_STR("x-fuzz")) ||
		      gws_str_eq_nocase(name, GWS_STR("set-cookie"))));
		added++;
	}
	if (edit->lines.len) {
		added = 2;
		MUST(memmem(edited->buf, edited->len, LINE, strlen(LINE)));
	}
	if (edit->lines.len || !added)
		MUST(edited->nheaders == stay + added);
	MUST(edited->framing == plain->framing);
	if (plain->framing == GWS_FRAMING_LENGTH)
		MUST(edited->content_length == plain->content_length);
	MUST(edited->keep_alive == plain->keep_alive);
}

static int parse_again(const char *out, int len, struct gws_http_request *req)
{
	u32 resume = 0;

	return gws_http_parse_request(out, len, &resume, req);
}

static void check_request(const struct gws_http_request *req,
			  const struct gws_http_edit *edit)
{
	static char client[GWS_CLIENT_FIELDS_MAX], path[GWS_HEAD_MAX];
	static struct gws_http_request plain, edited;
	struct gws_http_forward fwd = {};
	u32 room;
	char *a, *b;
	int na, nb;

	if (gws_http_request_path(req, path, sizeof(path), &fwd.path))
		return;
	fwd.client.p = client;
	fwd.client.len = gws_http_client_fields(client, sizeof(client),
						GWS_STR("192.0.2.1"),
						GWS_STR("http"), 80);
	room = gws_http_request_room(req, &fwd) + edit->lines.len;
	a = fuzz_copy("", 0, room + GWS_HEAD_SLACK, 0);
	b = fuzz_copy("", 0, room + GWS_HEAD_SLACK, 0);
	na = gws_http_write_request(a, room, req, &fwd);
	nb = gws_http_write_request_edited(b, room, req, &fwd, edit);
	MUST(na > 0 && nb > 0 && nb <= (int)room);
	MUST(gws_http_write_request_edited(b, room - 1, req, &fwd, edit) ==
	     -ENOSPC);
	/* What is forwarded may be beyond what is taken. */
	if (parse_again(a, na, &plain) == na &&
	    parse_again(b, nb, &edited) == nb) {
		MUST(gws_str_eq(plain.method, edited.method));
		MUST(gws_str_eq(plain.path, edited.path));
		MUST(gws_str_eq(plain.host, edited.host));
		compare(&plain.head, &edited.head, edit, true);
	}
	free(a);
	free(b);
}

static void check_answer(const struct gws_str *parts, u32 n, u32 status)
{
	static struct gws_http_response resp;
	u32 room = GWS_REPLY_MAX, i, resume = 0;
	int len, head;
	char *out;

	for (i = 0; i < n; i++)
		room += parts[i].len;
	if (room > GWS_HEAD_MAX)
		return;
	out = fuzz_copy("", 0, room + GWS_HEAD_SLACK, 0);
	len = gws_http_reply_write_with(out, room, status, 0, parts, n);
	MUST(len > 0 && len <= (int)room);
	head = gws_http_parse_response(out, len, &resume, GWS_METHOD_GET, &resp);
	MUST(head > 0 && resp.status == status);
	MUST(resp.head.content_length == (u64)(len - head));
	free(out);
}

static void check_location(const struct gws_http_request *req, struct gws_str host,
			   struct gws_str path)
{
	const struct gws_str with[] = { GWS_STR("/new/"), { NULL, 0 } };
	struct gws_http_redirect redirect = {
		.status = 302, .scheme = GWS_STR("https"),
	};
	struct gws_str parts[GWS_LOCATION_PARTS];
	u32 n, i;

	for (i = 0; i < 2; i++) {
		redirect.path = (struct gws_http_replace){
			GWS_REPLACE_PREFIX, with[i], 0
		};
		n = gws_http_location(&redirect, req, host, path, parts);
		MUST(n <= GWS_LOCATION_PARTS);
		check_answer(parts, n, 302);
	}
}

static void check_cors(const struct gws_http_request *req, u8 how)
{
	struct gws_http_origin origin;
	struct gws_http_cors cors = {
		.origins = &origin, .norigins = 1, .any_origin = how & ANY,
		.credentials = how & CREDENTIALS, .any_method = how & ECHO,
		.any_header = how & ECHO,
		.preflight = GWS_STR("Access-Control-Max-Age: 5\r\n"),
	};
	struct gws_str parts[GWS_CORS_PARTS];
	u32 n;

	MUST(gws_http_origin_read(GWS_STR("https://*.example.com"), true,
				  &origin));
	n = gws_http_cors_fields(&cors, req, gws_http_is_preflight(req), parts);
	MUST(n <= GWS_CORS_PARTS);
	check_answer(parts, n, 200);
}

static void check_response(const struct gws_http_response *resp, u8 how,
			   const struct gws_http_edit *edit)
{
	const struct gws_http_return ret = { .minor = !(how & OLD),
					     .close = how & CLOSE };
	static struct gws_http_response plain, edited;
	u32 room = gws_http_response_room(resp) + edit->lines.len, resume = 0;
	char *a = fuzz_copy("", 0, room + GWS_HEAD_SLACK, 0);
	char *b = fuzz_copy("", 0, room + GWS_HEAD_SLACK, 0);
	const struct gws_str none = { NULL, 0 };
	int na, nb;

	na = gws_http_write_response(a, room, resp, &ret);
	nb = gws_http_write_response_edited(b, room, resp, &ret, edit, none);
	MUST(na > 0 && nb > 0 && nb <= (int)room);
	if (gws_http_parse_response(a, na, &resume, GWS_METHOD_GET, &plain) ==
	    na) {
		resume = 0;
		if (gws_http_parse_response(b, nb, &resume, GWS_METHOD_GET,
					    &edited) == nb)
			compare(&plain.head, &edited.head, edit, false);
	}
	free(a);
	free(b);
}

static void check_head(const char *buf, u32 len, u8 how, char *names)
{
	static struct gws_http_response resp;
	static struct gws_http_request req;
	static char room[GWS_HOST_MAX], path_room[GWS_HEAD_MAX];
	struct gws_http_edit edit = {};
	struct gws_str list[NAMES_MAX], host, path;
	u32 resume = 0;

	read_names(names, how & RESPONSE ? GWS_EDIT_RESPONSE_NOT :
					   GWS_EDIT_REQUEST_NOT, &edit, list);
	if (how & LINES)
		edit.lines = GWS_STR(LINE);
	if (how & RESPONSE) {
		if (gws_http_parse_response(buf, len, &resume, GWS_METHOD_GET,
					    &resp) > 0)
			check_response(&resp, how, &edit);
		return;
	}
	if (gws_http_parse_request(buf, len, &resume, &req) <= 0)
		return;
	check_request(&req, &edit);
	check_cors(&req, how);
	if (!gws_http_host_normalise(req.host, room, sizeof(room), &host) &&
	    !gws_http_request_path(&req, path_room, sizeof(path_room), &path))
		check_location(&req, host, path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size > 1 ? memchr(data + 1, 0, size - 1) : NULL;
	char *buf, *names;
	size_t len;

	if (!end)
		return 0;
	len = data + size - (end + 1);
	names = fuzz_copy(data + 1, end - data, 0, 0);
	buf = fuzz_copy(end + 1, len, GWS_HEAD_SLACK, '\n');
	check_head(buf, len, data[0], names);
	free(buf);
	free(names);
	return 0;
}
