// SPDX-License-Identifier: GPL-2.0-only
/*
 * Filters at work: answers that they give, heads as they want them.
 */
#include <linux/inet.h>
#include "conn.h"
#include "filter.h"
#include "http_reply.h"
#include "http_rewrite.h"
#include "identity.h"
#include "netns.h"
#include "worker.h"

bool gws_filter_replies(const struct gws_filters *filters,
			const struct gws_http_request *req)
{
	return filters->redirect.status;
}

void gws_filter_reply(struct gws_conn *conn, const struct gws_http_request *req,
		      struct gws_str host, struct gws_str path)
{
	const struct gws_filters *f = conn->choice.rule->filters;
	struct gws_str parts[GWS_LOCATION_PARTS + 1];
	u32 n = gws_http_location(&f->redirect, req, host, path, parts);
	u32 flags = 0;

	gws_count(conn->c.gn, redirects);
	/* Of what we say ourselves nothing but this can be taken away. */
	if (f->response.ids & GWS_HDR_BIT(GWS_HDR_SERVER))
		flags |= GWS_REPLY_NO_SERVER;
	parts[n++] = f->response.lines;
	gws_conn_reply_with(conn, f->redirect.status, flags, parts, n);
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
	struct gws_http_identity identity;
	char text[INET6_ADDRSTRLEN], *out;
	u32 room;

	if (unlikely(conn->described)) {
		gws_identity_describe(conn, text, &identity);
		fwd.identity = &identity;
	}
	room = gws_http_request_room(req, &fwd) + f->request.lines.len;
	out = gws_pipe_reserve(conn->c.worker, room);
	return out ? gws_http_write_request_edited(out, room, req, &fwd,
						   &f->request) : -ENOMEM;
}
