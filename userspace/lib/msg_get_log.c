// SPDX-License-Identifier: MIT
/* Attributes of the access log to records. */
#include <errno.h>
#include <string.h>

#include "msg_get.h"

static int get_listener(const struct nlattr *nest, struct gws_arena *arena,
			struct gws_msg_record *r)
{
	const struct nlattr *attr;
	struct gws_attrs rest;
	int err = 0;

	gws_attr_for_each(attr, gws_attr_nest(nest), rest) {
		switch (gws_attr_type(attr)) {
		case GWS_A_NAMESPACE:
			err = gws_msg_get_str(attr, arena, &r->namespace);
			break;
		case GWS_A_GATEWAY:
			err = gws_msg_get_str(attr, arena, &r->gateway);
			break;
		case GWS_A_SECTION:
			err = gws_msg_get_str(attr, arena, &r->section);
			break;
		case GWS_A_SET_NAMESPACE:
			err = gws_msg_get_str(attr, arena, &r->set_namespace);
			break;
		case GWS_A_SET:
			err = gws_msg_get_str(attr, arena, &r->set);
			break;
		}
		if (err)
			return err;
	}
	return r->namespace && r->gateway && r->section ? 0 : -EBADMSG;
}

static int get_minor(const struct nlattr *attr, struct gws_msg_record *r)
{
	r->has_minor = true;
	return gws_attr_u8(attr, &r->minor);
}

static int get_response(const struct nlattr *attr, struct gws_msg_record *r)
{
	r->answered = true;
	return gws_attr_u64(attr, &r->response);
}

static int figure_attr(const struct nlattr *attr, struct gws_msg_record *r)
{
	switch (gws_attr_type(attr)) {
	case GWS_A_REC_TIME:
		return gws_attr_u64(attr, &r->time);
	case GWS_A_REC_DURATION:
		return gws_attr_u64(attr, &r->duration);
	case GWS_A_REC_RESPONSE:
		return get_response(attr, r);
	case GWS_A_REC_BYTES_RX:
		return gws_attr_u64(attr, &r->bytes_rx);
	case GWS_A_REC_BYTES_TX:
		return gws_attr_u64(attr, &r->bytes_tx);
	case GWS_A_REC_STATUS:
		return gws_attr_u16(attr, &r->status);
	case GWS_A_REC_TRIES:
		return gws_attr_u16(attr, &r->tries);
	case GWS_A_REC_MINOR:
		return get_minor(attr, r);
	case GWS_A_REC_CUT:
		return gws_attr_u32(attr, &r->cut);
	case GWS_A_REC_REQUESTS:
		return gws_attr_u64(attr, &r->requests);
	case GWS_A_REC_STATE:
		return gws_attr_u8(attr, &r->state);
	case GWS_A_REC_CPU:
		return gws_attr_u32(attr, &r->cpu);
	}
	return 0;
}

static int place_attr(const struct nlattr *attr, struct gws_msg_record *r)
{
	switch (gws_attr_type(attr)) {
	case GWS_A_REC_CLIENT:
		return gws_attr_addr(attr, r->client.bytes, &r->client.len);
	case GWS_A_REC_CLIENT_PORT:
		return gws_attr_u16(attr, &r->client_port);
	case GWS_A_REC_DESTINATION:
		return gws_attr_addr(attr, r->destination.bytes,
				     &r->destination.len);
	case GWS_A_REC_DESTINATION_PORT:
		return gws_attr_u16(attr, &r->destination_port);
	case GWS_A_REC_UPSTREAM:
		return gws_attr_addr(attr, r->upstream.bytes, &r->upstream.len);
	case GWS_A_REC_UPSTREAM_PORT:
		return gws_attr_u16(attr, &r->upstream_port);
	}
	return figure_attr(attr, r);
}

static int record_attr(const struct nlattr *attr, struct gws_arena *arena,
		       struct gws_msg_record *r)
{
	switch (gws_attr_type(attr)) {
	case GWS_A_REC_REASON:
		return gws_msg_get_str(attr, arena, &r->reason);
	case GWS_A_REC_METHOD:
		return gws_msg_get_str(attr, arena, &r->method);
	case GWS_A_REC_AUTHORITY:
		return gws_msg_get_str(attr, arena, &r->authority);
	case GWS_A_REC_TARGET:
		return gws_msg_get_str(attr, arena, &r->target);
	case GWS_A_REC_AGENT:
		return gws_msg_get_str(attr, arena, &r->agent);
	case GWS_A_REC_REFERER:
		return gws_msg_get_str(attr, arena, &r->referer);
	case GWS_A_REC_FORWARDED_FOR:
		return gws_msg_get_str(attr, arena, &r->forwarded_for);
	case GWS_A_REC_REQUEST_ID:
		return gws_msg_get_str(attr, arena, &r->request_id);
	case GWS_A_REC_BACKEND:
		return gws_msg_get_str(attr, arena, &r->backend);
	case GWS_A_REC_LISTENER:
		return get_listener(attr, arena, r);
	case GWS_A_REC_RULE:
		return gws_msg_get_rule(attr, arena, &r->rule);
	}
	return place_attr(attr, r);
}

static int get_record(const struct nlattr *nest, struct gws_arena *arena,
		      struct gws_msg_record *r)
{
	const struct nlattr *attr;
	struct gws_attrs rest;
	int err;

	gws_attr_for_each(attr, gws_attr_nest(nest), rest) {
		err = record_attr(attr, arena, r);
		if (err)
			return err;
	}
	return r->client.len ? 0 : -EBADMSG;
}

int gws_msg_get_connection(const struct gws_attrs *attrs,
			   struct gws_arena *arena,
			   struct gws_msg_record *record)
{
	const struct nlattr *attr;
	struct gws_attrs rest;

	gws_attr_for_each(attr, *attrs, rest) {
		if (gws_attr_type(attr) == GWS_A_RECORD)
			return get_record(attr, arena, record);
	}
	return -EBADMSG;
}

int gws_msg_get_log(const struct gws_attrs *attrs, struct gws_arena *arena,
		    struct gws_msg_log *log)
{
	struct gws_msg_record *record;
	const struct nlattr *attr;
	struct gws_attrs rest;
	bool counted = false;
	int err = 0;

	gws_attr_for_each(attr, *attrs, rest) {
		if (gws_attr_type(attr) == GWS_A_LOG_LOST) {
			counted = true;
			err = gws_attr_u64(attr, &log->lost);
		} else if (gws_attr_type(attr) == GWS_A_RECORD) {
			record = append(arena, log->records, log->n_records);
			err = record ? get_record(attr, arena, record) : -ENOMEM;
		}
		if (err)
			return err;
	}
	return counted ? 0 : -EBADMSG;
}
