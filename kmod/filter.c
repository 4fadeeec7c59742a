// SPDX-License-Identifier: GPL-2.0-only
/*
 * Filters at work: answers that they give, heads as they want them.
 */
#include <linux/slab.h>
#include "conn.h"
#include "filter.h"
#include "http_reply.h"
#include "http_rewrite.h"
#include "identity.h"
#include "netns.h"
#include "worker.h"

enum gws_filter_kind gws_filter_replies(const struct gws_filters *filters,
					const struct gws_http_request *req)
{
	if (filters->has_cors && gws_http_is_preflight(req))
		return GWS_FILTER_CORS;
	return filters->redirect.status ? GWS_FILTER_REDIRECT :
					  GWS_FILTER_UNSPEC;
}

static u32 put_cors(const struct gws_filters *f,
		    const struct gws_http_request *req, bool preflight,
		    struct gws_str parts[GWS_CORS_PARTS])
{
	return f->has_cors ?
	       gws_http_cors_fields(&f->cors, req, preflight, parts) : 0;
}

static bool takes(const struct gws_http_edit *edit, u8 id)
{
	return edit->ids & GWS_HDR_BIT(id);
}

/* Fields of a redirect that the response's filters set, or take away. */
static u32 reply_flags(const struct gws_http_edit *edit)
{
	return (takes(edit, GWS_HDR_SERVER) ? GWS_REPLY_NO_SERVER : 0) |
	       (takes(edit, GWS_HDR_CONTENT_TYPE) ? GWS_REPLY_NO_TYPE : 0);
}

void gws_filter_reply(struct gws_conn *conn, const struct gws_filters *f,
		      const struct gws_http_request *req, struct gws_str host,
		      struct gws_str path)
{
	struct gws_str parts[GWS_LOCATION_PARTS + GWS_CORS_PARTS + 1];
	bool preflight = gws_filter_replies(f, req) == GWS_FILTER_CORS;
	u32 n = put_cors(f, req, preflight, parts);

	if (preflight) {
		gws_count(conn->c.gn, preflights);
		gws_conn_reply_with(conn, GWS_PREFLIGHT_STATUS, 0, parts, n);
		return;
	}
	gws_count(conn->c.gn, redirects);
	if (!takes(&f->response, GWS_HDR_LOCATION))
		n += gws_http_location(&f->redirect, req, host, path,
				       parts + n);
	parts[n++] = f->response.lines;
	gws_conn_reply_with(conn, f->redirect.status, reply_flags(&f->response),
			    parts, n);
}

/*
 * What is to be said with the response: its lines are made now, while there is
 * the request with its origin.
 */
static int add_lines(struct gws_conn *conn, const struct gws_filters *f,
		     const struct gws_http_request *req)
{
	struct gws_str parts[GWS_CORS_PARTS];
	u32 n = put_cors(f, req, false, parts), i, len = 0;
	char *p;

	for (i = 0; i < n; i++)
		len += parts[i].len;
	if (!len)
		return 0;
	p = kmalloc(len, GFP_ATOMIC);
	if (!p)
		return -ENOMEM;
	conn->added = (struct gws_str){ p, len };
	for (i = 0; i < n; i++) {
		memcpy(p, parts[i].p, parts[i].len);
		p += parts[i].len;
	}
	return 0;
}

int gws_filter_request(struct gws_conn *conn, const struct gws_http_request *req,
		       struct gws_str path)
{
	const struct gws_filters *f = conn->choice.backend->filters;
	struct gws_http_path to = gws_http_replace_path(&f->path, path);
	struct gws_http_forward fwd = {
		.client = { conn->fields, conn->fields_len },
		.path = to.head,
		.tail = to.tail,
		.host = f->host,
	};
	struct gws_identity_text text;
	char *out;
	u32 room;
	int err = add_lines(conn, f, req);

	if (err)
		return err;
	if (unlikely(conn->described))
		gws_identity_describe(conn, &text, &fwd);
	room = gws_http_request_room(req, &fwd) + f->request.lines.len;
	out = gws_pipe_reserve(conn->c.worker, room);
	return out ? gws_http_write_request_edited(out, room, req, &fwd,
						   &f->request) : -ENOMEM;
}
