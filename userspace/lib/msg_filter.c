// SPDX-License-Identifier: MIT
/*
 * Filters to attributes and back.
 */
#include <errno.h>
#include <string.h>

#include "msg_filter.h"
#include "msg_get.h"

static void put_optional(struct gws_nl_msg *msg, int type, const char *str)
{
	if (str)
		gws_nl_put_str(msg, type, str);
}

static void put_fields(struct gws_nl_msg *msg, int type,
		       const struct gws_filter_field *fields, size_t n)
{
	struct nlattr *nest;
	size_t i;

	for (i = 0; i < n; i++) {
		nest = gws_nl_nest_begin(msg, type);
		gws_nl_put_str(msg, GWS_A_HDR_NAME, fields[i].name);
		gws_nl_put_str(msg, GWS_A_HDR_VALUE, fields[i].value);
		gws_nl_nest_end(msg, nest);
	}
}

void gws_msg_put_filter(struct gws_nl_msg *msg, int type,
			const struct gws_filter *filter)
{
	struct nlattr *nest = gws_nl_nest_begin(msg, type);
	size_t i;

	gws_nl_put_u8(msg, GWS_A_FILTER_KIND, filter->kind);
	put_fields(msg, GWS_A_FILTER_SET, filter->set, filter->n_set);
	put_fields(msg, GWS_A_FILTER_ADD, filter->add, filter->n_add);
	for (i = 0; i < filter->n_remove; i++)
		gws_nl_put_str(msg, GWS_A_FILTER_REMOVE, filter->remove[i]);
	put_optional(msg, GWS_A_FILTER_SCHEME, filter->scheme);
	put_optional(msg, GWS_A_FILTER_HOSTNAME, filter->hostname);
	if (filter->port)
		gws_nl_put_u16(msg, GWS_A_FILTER_PORT, filter->port);
	if (filter->status)
		gws_nl_put_u16(msg, GWS_A_FILTER_STATUS, filter->status);
	if (filter->replace)
		gws_nl_put_u8(msg, GWS_A_FILTER_REPLACE, filter->replace);
	put_optional(msg, GWS_A_FILTER_PATH, filter->path);
	put_optional(msg, GWS_A_FILTER_PREFIX, filter->prefix);
	gws_nl_nest_end(msg, nest);
}

static int get_field(const struct nlattr *nest, struct gws_arena *arena,
		     struct gws_filter_field **fields, size_t *n)
{
	struct gws_filter_field *field;
	const struct nlattr *attr;
	struct gws_attrs rest;
	int err = 0;

	field = append(arena, *fields, *n);
	if (!field)
		return -ENOMEM;
	gws_attr_for_each(attr, gws_attr_nest(nest), rest) {
		if (gws_attr_type(attr) == GWS_A_HDR_NAME)
			err = gws_msg_get_str(attr, arena, &field->name);
		else if (gws_attr_type(attr) == GWS_A_HDR_VALUE)
			err = gws_msg_get_str(attr, arena, &field->value);
		if (err)
			return err;
	}
	return field->name && field->value ? 0 : -EBADMSG;
}

static int get_text(const struct nlattr *attr, struct gws_arena *arena,
		    const char ***texts, size_t *n)
{
	const char **text = append(arena, *texts, *n);

	return text ? gws_msg_get_str(attr, arena, text) : -ENOMEM;
}

static int filter_attr(const struct nlattr *attr, struct gws_arena *arena,
		       struct gws_filter *f)
{
	switch (gws_attr_type(attr)) {
	case GWS_A_FILTER_KIND:
		return gws_attr_u8(attr, &f->kind);
	case GWS_A_FILTER_SET:
		return get_field(attr, arena, &f->set, &f->n_set);
	case GWS_A_FILTER_ADD:
		return get_field(attr, arena, &f->add, &f->n_add);
	case GWS_A_FILTER_REMOVE:
		return get_text(attr, arena, &f->remove, &f->n_remove);
	case GWS_A_FILTER_SCHEME:
		return gws_msg_get_str(attr, arena, &f->scheme);
	case GWS_A_FILTER_HOSTNAME:
		return gws_msg_get_str(attr, arena, &f->hostname);
	case GWS_A_FILTER_PORT:
		return gws_attr_u16(attr, &f->port);
	case GWS_A_FILTER_STATUS:
		return gws_attr_u16(attr, &f->status);
	case GWS_A_FILTER_REPLACE:
		return gws_attr_u8(attr, &f->replace);
	case GWS_A_FILTER_PATH:
		return gws_msg_get_str(attr, arena, &f->path);
	case GWS_A_FILTER_PREFIX:
		return gws_msg_get_str(attr, arena, &f->prefix);
	}
	return 0;
}

int gws_msg_get_filter(const struct nlattr *nest, struct gws_arena *arena,
		       struct gws_filter **filters, size_t *n)
{
	struct gws_filter *filter;
	const struct nlattr *attr;
	struct gws_attrs rest;
	int err;

	filter = append(arena, *filters, *n);
	if (!filter)
		return -ENOMEM;
	gws_attr_for_each(attr, gws_attr_nest(nest), rest) {
		err = filter_attr(attr, arena, filter);
		if (err)
			return err;
	}
	return filter->kind ? 0 : -EBADMSG;
}
