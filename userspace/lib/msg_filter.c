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

static void put_texts(struct gws_nl_msg *msg, int type,
		      const char *const *texts, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		gws_nl_put_str(msg, type, texts[i]);
}

static void put_mirror(struct gws_nl_msg *msg, const struct gws_filter *filter)
{
	gws_nl_put_u32(msg, GWS_A_FILTER_CLUSTER, filter->cluster);
	gws_nl_put_str(msg, GWS_A_FILTER_NAME, filter->mirror);
	gws_nl_put_u32(msg, GWS_A_FILTER_NUMERATOR, filter->numerator);
	gws_nl_put_u32(msg, GWS_A_FILTER_DENOMINATOR, filter->denominator);
}

void gws_msg_put_filter(struct gws_nl_msg *msg, int type,
			const struct gws_filter *filter)
{
	struct nlattr *nest = gws_nl_nest_begin(msg, type);

	gws_nl_put_u8(msg, GWS_A_FILTER_KIND, filter->kind);
	put_fields(msg, GWS_A_FILTER_SET, filter->set, filter->n_set);
	put_fields(msg, GWS_A_FILTER_ADD, filter->add, filter->n_add);
	put_texts(msg, GWS_A_FILTER_REMOVE, filter->remove, filter->n_remove);
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
	put_texts(msg, GWS_A_FILTER_ORIGIN, filter->origins, filter->n_origins);
	put_texts(msg, GWS_A_FILTER_METHOD, filter->methods, filter->n_methods);
	put_texts(msg, GWS_A_FILTER_HEADER, filter->headers, filter->n_headers);
	put_texts(msg, GWS_A_FILTER_EXPOSE, filter->expose, filter->n_expose);
	if (filter->credentials)
		gws_nl_put_u8(msg, GWS_A_FILTER_CREDENTIALS, 1);
	if (filter->kind == GWS_FILTER_CORS)
		gws_nl_put_u32(msg, GWS_A_FILTER_MAX_AGE, filter->max_age);
	if (filter->kind == GWS_FILTER_MIRROR)
		put_mirror(msg, filter);
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

static int get_bool(const struct nlattr *attr, bool *value)
{
	uint8_t number;
	int err = gws_attr_u8(attr, &number);

	if (!err)
		*value = number;
	return err;
}

static int mirror_attr(const struct nlattr *attr, struct gws_arena *arena,
		       struct gws_filter *f)
{
	switch (gws_attr_type(attr)) {
	case GWS_A_FILTER_CLUSTER:
		return gws_attr_u32(attr, &f->cluster);
	case GWS_A_FILTER_NAME:
		return gws_msg_get_str(attr, arena, &f->mirror);
	case GWS_A_FILTER_NUMERATOR:
		return gws_attr_u32(attr, &f->numerator);
	case GWS_A_FILTER_DENOMINATOR:
		return gws_attr_u32(attr, &f->denominator);
	}
	return 0;
}

static int cors_attr(const struct nlattr *attr, struct gws_arena *arena,
		     struct gws_filter *f)
{
	switch (gws_attr_type(attr)) {
	case GWS_A_FILTER_ORIGIN:
		return get_text(attr, arena, &f->origins, &f->n_origins);
	case GWS_A_FILTER_METHOD:
		return get_text(attr, arena, &f->methods, &f->n_methods);
	case GWS_A_FILTER_HEADER:
		return get_text(attr, arena, &f->headers, &f->n_headers);
	case GWS_A_FILTER_EXPOSE:
		return get_text(attr, arena, &f->expose, &f->n_expose);
	case GWS_A_FILTER_CREDENTIALS:
		return get_bool(attr, &f->credentials);
	case GWS_A_FILTER_MAX_AGE:
		return gws_attr_u32(attr, &f->max_age);
	}
	return mirror_attr(attr, arena, f);
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
	return cors_attr(attr, arena, f);
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
	if (filter->kind == GWS_FILTER_MIRROR && !filter->mirror)
		return -EBADMSG;
	return filter->kind ? 0 : -EBADMSG;
}
