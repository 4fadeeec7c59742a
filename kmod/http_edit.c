// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Fields, paths and locations as filters want them.
 */
#include "http_edit.h"
#include "http_field.h"
#include <uapi/linux/gwsteer.h>

bool gws_http_edit_drops(const struct gws_http_edit *edit,
			 const struct gws_http_head *head,
			 const struct gws_http_header *h, bool alike)
{
	struct gws_str name;
	u32 i;

	/* A known field has its own name alone: it may be what frames. */
	if (h->id)
		return edit->ids >> h->id & 1;
	name = gws_http_header_name(head, h);
	for (i = 0; i < edit->nnames; i++)
		if (alike ? gws_http_names_alike(edit->names[i], name) :
			    gws_str_eq_nocase(edit->names[i], name))
			return true;
	return alike && edit->ids &&
	       edit->ids & GWS_HDR_BIT(gws_http_disguise_of(name));
}

/* @rest is empty or begins with '/'; so does what comes out. */
static struct gws_http_path join(struct gws_str prefix, struct gws_str rest)
{
	if (rest.len && prefix.len && prefix.p[prefix.len - 1] == '/')
		prefix.len--;
	if (!rest.len && !prefix.len)
		prefix = GWS_STR("/");
	return (struct gws_http_path){ prefix, rest };
}

struct gws_http_path gws_http_replace_path(const struct gws_http_replace *replace,
					   struct gws_str path)
{
	const struct gws_str none = { NULL, 0 };
	struct gws_str rest;

	if (replace->kind == GWS_REPLACE_NONE || path.p[0] != '/' ||
	    replace->prefix_len > path.len)
		return (struct gws_http_path){ path, none };
	if (replace->kind == GWS_REPLACE_FULL)
		return (struct gws_http_path){ replace->path, none };
	rest.p = path.p + replace->prefix_len;
	rest.len = path.len - replace->prefix_len;
	if (rest.len && rest.p[0] != '/')
		return (struct gws_http_path){ path, none };
	return join(replace->path, rest);
}

/* Would it name a host where it stands alone (RFC 3986 4.2)? */
static bool names_host(struct gws_http_path path)
{
	struct gws_str head = path.head, tail = path.tail;

	if (head.len > 1)
		return head.p[0] == '/' && head.p[1] == '/';
	if (head.len)
		return head.p[0] == '/' && tail.len && tail.p[0] == '/';
	return tail.len > 1 && tail.p[0] == '/' && tail.p[1] == '/';
}

u32 gws_http_location(const struct gws_http_redirect *redirect,
		      const struct gws_http_request *req, struct gws_str host,
		      struct gws_str path,
		      struct gws_str parts[GWS_LOCATION_PARTS])
{
	struct gws_http_path to = gws_http_replace_path(&redirect->path, path);
	u32 n = 0;

	if (redirect->host.len)
		host = redirect->host;
	parts[n++] = GWS_STR("Location: ");
	if (host.len) {
		parts[n++] = redirect->scheme;
		parts[n++] = GWS_STR("://");
		parts[n++] = host;
		parts[n++] = redirect->port;
	} else if (names_host(to)) {
		parts[n++] = GWS_STR("/.");
	}
	/* "OPTIONS *" names no path; what replaces a prefix may be empty. */
	parts[n++] = path.p[0] == '/' ? to.head : GWS_STR("/");
	parts[n++] = to.tail;
	if (req->query.p) {
		parts[n++] = GWS_STR("?");
		parts[n++] = req->query;
	}
	parts[n++] = GWS_STR("\r\n");
	return n;
}
