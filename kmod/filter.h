/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Filters of a rule and of its backends, compiled: what is to be done to a
 * request and to its response, in one piece for each backend, so that the data
 * path does not add up lists. Immutable; owned by the table.
 */
#ifndef GWS_FILTER_H
#define GWS_FILTER_H

#include <linux/netlink.h>
#include "http_cors.h"
#include "http_edit.h"

struct gws_cluster;
struct gws_conn;
struct gws_rule;

/* The attributes as they came: for dumps, and the bytes of all strings. */
struct gws_filter_attrs {
	u32 len;
	u8 data[] __aligned(NLA_ALIGNTO);
};

static inline const struct nlattr *
gws_filter_attrs_first(const struct gws_filter_attrs *attrs)
{
	return (const struct nlattr *)attrs->data;
}

/* Where copies of requests go, and of how many. */
struct gws_mirror_to {
	struct gws_cluster *cluster;	/* reference held */
	u32 numerator;
	u32 denominator;
	bool of_backend;		/* a filter of the backend, not of the rule */
};

struct gws_filters {
	struct gws_http_edit request;
	struct gws_http_edit response;
	struct gws_str host;			/* for Host; p NULL: stays */
	struct gws_http_replace path;
	struct gws_http_redirect redirect;	/* status 0: none */
	struct gws_http_cors cors;		/* if @has_cors */
	bool has_cors;
	bool edits_response;
	char port[8];				/* redirect.port */
	u32 nmirrors;				/* at most 2 * GWS_MIRRORS_MAX */
	struct gws_mirror_to *mirrors;
};

/* May it be that they answer a request themselves? */
static inline bool gws_filters_answer(const struct gws_filters *f)
{
	return f->redirect.status || f->has_cors;
}

/* Frees those of the rule and of its backends. */
void gws_filters_free(struct gws_rule *rule);

/*
 * Which of @filters, of its rule or of its backend, answers @req:
 * GWS_FILTER_REDIRECT, _CORS or _UNSPEC, that is 0, for none.
 */
enum gws_filter_kind gws_filter_replies(const struct gws_filters *filters,
					const struct gws_http_request *req);
/* Then they do. @host and @path are normalised. */
void gws_filter_reply(struct gws_conn *conn, const struct gws_filters *f,
		      const struct gws_http_request *req, struct gws_str host,
		      struct gws_str path);

/*
 * Writes the head for the backend in hand, whose filters are not NULL, into the
 * worker's page fragment. Returns its length or a negative error.
 */
int gws_filter_request(struct gws_conn *conn, const struct gws_http_request *req,
		       struct gws_str path);

#endif /* GWS_FILTER_H */
