// SPDX-License-Identifier: GPL-2.0-only
/* Access log: the life of a record, from a request's head to its end. */
#include <linux/sched/clock.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include "budget.h"
#include "config.h"
#include "conn.h"
#include "endpoint.h"
#include "http_parse.h"
#include "identity.h"
#include "log.h"
#include "netns.h"
#include "worker.h"

/* Its header, or UINT_MAX: not one of the head's. And how much is kept. */
static const struct {
	u32 header;
	u32 max;
	bool end;	/* of its end, for each that passes it on adds to that */
} strings[GWS_LOG_STRINGS] = {
	[GWS_LOG_METHOD] = { UINT_MAX, GWS_METHOD_MAX },
	[GWS_LOG_AUTHORITY] = { UINT_MAX, GWS_HOST_MAX },
	[GWS_LOG_TARGET] = { UINT_MAX, GWS_LOG_TARGET_MAX },
	[GWS_LOG_AGENT] = { GWS_HDR_USER_AGENT, GWS_LOG_FIELD_MAX },
	[GWS_LOG_REFERER] = { GWS_HDR_REFERER, GWS_LOG_FIELD_MAX },
	[GWS_LOG_FORWARDED_FOR] = { GWS_HDR_X_FORWARDED_FOR,
				    GWS_LOG_FIELD_MAX, true },
	[GWS_LOG_REQUEST_ID] = { GWS_HDR_X_REQUEST_ID, GWS_LOG_FIELD_MAX },
};

/*
 * The first of them, or the @last one that says something: a record is no place for
 * all that a client may repeat.
 */
static struct gws_str header_value(const struct gws_http_head *head, u8 id,
				   bool last)
{
	struct gws_str value = {};
	u32 i, n = head->nheaders;

	if (!(head->seen & GWS_HDR_BIT(id)))
		return value;
	for (i = 0; i < n; i++) {
		const struct gws_http_header *h =
			&head->headers[last ? n - 1 - i : i];

		if (h->id != id)
			continue;
		value = gws_http_header_value(head, h);
		if (value.len || !last)
			break;
	}
	return value;
}

/* Each @parts[i]; the target is the path here, @query follows it. */
static void parts_find(struct gws_str parts[GWS_LOG_STRINGS],
		       const struct gws_http_request *req)
{
	int i;

	for (i = 0; i < GWS_LOG_STRINGS; i++)
		if (strings[i].header != UINT_MAX)
			parts[i] = header_value(&req->head, strings[i].header,
						strings[i].end);
	parts[GWS_LOG_METHOD] = req->method;
	parts[GWS_LOG_AUTHORITY] = req->host;
	parts[GWS_LOG_TARGET] = req->path;
}

static u32 room_of(const struct gws_str parts[GWS_LOG_STRINGS],
		   const struct gws_http_request *req)
{
	u32 len, room = 1;
	int i;

	for (i = 0; i < GWS_LOG_STRINGS; i++) {
		len = parts[i].len;
		if (i == GWS_LOG_TARGET && req->query.p)
			len += 1 + req->query.len;
		room += min(len, strings[i].max) + 1;
	}
	return room;
}

/* Appends to the string that began at @from; what is beyond @max is cut. */
static u32 text_add(struct gws_log_record *r, int which, u32 from, u32 at,
		    struct gws_str s)
{
	u32 left = strings[which].max - (at - from);

	if (s.len > left) {
		r->cut |= BIT(which);
		if (strings[which].end)
			s.p += s.len - left;
		s.len = left;
	}
	memcpy(r->text + at, s.p, s.len);
	return at + s.len;
}

static void text_fill(struct gws_log_record *r,
		      const struct gws_str parts[GWS_LOG_STRINGS],
		      const struct gws_http_request *req)
{
	u32 from, at = 1;
	int i;

	for (i = 0; i < GWS_LOG_STRINGS; i++) {
		if (!parts[i].len)
			continue;
		from = at;
		r->at[i] = from;
		at = text_add(r, i, from, at, parts[i]);
		if (i == GWS_LOG_TARGET && req->query.p) {
			at = text_add(r, i, from, at, GWS_STR("?"));
			at = text_add(r, i, from, at, req->query);
		}
		r->text[at++] = '\0';
	}
}

static struct gws_log_record *record_alloc(struct gws_net *gn, u32 room)
{
	struct gws_log_record *r;
	u32 bytes = struct_size(r, text, room);

	/* It counts as memory of its connection. */
	if (!gws_budget_admits(gn))
		return NULL;
	/* The log never takes from what the kernel keeps for emergencies. */
	r = kmalloc(bytes, GFP_NOWAIT | __GFP_NOWARN);
	if (!r)
		return NULL;
	memset(r, 0, sizeof(*r));
	r->bytes = bytes;
	r->gn = gn;
	return r;
}

void gws_log_begin(struct gws_conn *conn, const struct gws_http_request *req)
{
	struct gws_str parts[GWS_LOG_STRINGS] = {};
	struct gws_net *gn = conn->c.gn;
	struct gws_log_record *r;

	if (req)
		parts_find(parts, req);
	/* As for backends: what others say of themselves is not told. */
	if (!gws_identity_trusted(conn))
		parts[GWS_LOG_FORWARDED_FOR].len = 0;
	r = record_alloc(gn, req ? room_of(parts, req) : 1);
	if (!r) {
		gws_log_lose(gn);
		return;
	}
	r->time = ktime_get_real_ns();
	r->client = conn->from;
	r->to = conn->to;
	r->tx = conn->bytes_tx;
	if (req) {
		r->rx = conn->bytes_rx - req->head.len;
		r->minor = req->head.minor;
		text_fill(r, parts, req);
	} else {
		r->rx = conn->bytes_rx;
		r->headless = true;
	}
	conn->log = r;
}

/*
 * Looked up once more, since the way of a request that has a rule knows nothing
 * of listeners. A commit in between may say another one; names they are all.
 */
void gws_log_unrouted(struct gws_conn *conn, struct gws_str host)
{
	const struct gws_listener *l;

	rcu_read_lock();
	l = gws_config_listener(conn->c.gn, &conn->to, host);
	/* It lets go of its names only after a grace period. */
	if (l) {
		refcount_inc(&l->owner->ref);
		conn->log->owner = l->owner;
	}
	rcu_read_unlock();
}

/*
 * The reference on the table that the request has keeps another from being the
 * last to go, so taking one more cannot fail.
 */
void gws_log_settle(struct gws_conn *conn)
{
	struct gws_log_record *r = conn->log;

	/* Nothing was found, or an answer of ours has let go of it before. */
	if (!conn->choice.table)
		return;
	r->choice = conn->choice;
	percpu_ref_get(&r->choice.table->ref);
	if (conn->ep)
		r->upstream = conn->ep->addr;
}

void gws_log_free(struct gws_log_record *r)
{
	gws_choice_put(&r->choice);
	if (r->owner)
		gws_owner_put(r->gn, r->owner);
	kfree(r);
}

/*
 * Only what waits counts: who leaves requests unfinished takes no record from others.
 * Nor does another processor: each has its share, however much the rest have to send.
 */
static bool has_room(const struct gws_worker *w, const struct gws_log_record *r)
{
	u64 max = gws_limit(r->gn->limits, GWS_LIMIT_log_buffer);

	return atomic_read(&r->gn->log.queued) + r->bytes <= max ||
	       w->log_bytes + r->bytes <= max / num_online_cpus();
}

static void enqueue(struct gws_worker *w, struct gws_log_record *r)
{
	if (!has_room(w, r)) {
		gws_log_lose(r->gn);
		gws_log_free(r);
		return;
	}
	w->log_bytes += r->bytes;
	atomic_add(r->bytes, &r->gn->log.queued);
	list_add_tail(&r->node, &w->log);
}

void gws_log_end(struct gws_conn *conn)
{
	struct gws_log_record *r = conn->log;

	conn->log = NULL;
	r->status = conn->status;
	r->rx = conn->bytes_rx - r->rx;
	r->tx = conn->bytes_tx - r->tx;
	if (conn->error) {
		r->reason = GWS_REASON_COUNT + conn->error - 1;
		r->has_reason = true;
	} else if (conn->reason < GWS_REASON_COUNT) {
		r->reason = conn->reason;
		r->has_reason = true;
	}
	if (!r->headless) {
		r->duration = (local_clock() - conn->started) / NSEC_PER_USEC;
		r->tries = min_t(u16, conn->tries, U8_MAX);
		r->answered = conn->resp_begun;
		r->response = conn->answered;
	}
	enqueue(conn->c.worker, r);
}
