// SPDX-License-Identifier: GPL-2.0-only
/*
 * From staged messages to filters. A rule's list and a backend's become one
 * struct gws_filters: what a later field takes away is left out, what remains is
 * written as the lines that a head gets.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include "decode.h"
#include "filter.h"
#include "limits.h"
#include "netns.h"

/* One GWS_A_FILTER_SET, _ADD or _REMOVE. */
struct field {
	struct gws_str name;
	struct gws_str value;
	u8 id;
	u8 action;		/* its attribute */
	bool response;
};

/* Filters in the making, from the rule's list and the backend's. */
struct draft {
	struct field *fields;
	u32 nfields;
	u32 kinds;		/* bits; that the list in hand had already */
	u32 nmirrors;		/* of the list in hand */
	struct gws_filters made;
	u16 port;		/* of the redirect */
	const struct nlattr *cors;	/* the filter, or NULL */
	u32 norigins;		/* of that */
	const char *wrong;
};

static int wrong(struct draft *d, const char *what)
{
	d->wrong = what;
	return -EINVAL;
}

/* Given back with the table. */
static void charge(struct gws_build *b, size_t size)
{
	b->t->bytes += size;
	atomic64_add(size, &b->tr->gn->config.memory);
}

static bool is_field(int type)
{
	return type == GWS_A_FILTER_SET || type == GWS_A_FILTER_ADD ||
	       type == GWS_A_FILTER_REMOVE;
}

static struct gws_str attr_str(const struct nlattr *nla)
{
	return (struct gws_str){ nla_data(nla), strlen(nla_data(nla)) };
}

static u32 count_fields(const struct gws_filter_attrs *attrs)
{
	const struct nlattr *nla, *part;
	int rem, prem;
	u32 n = 0;

	if (!attrs)
		return 0;
	nla_for_each_attr(nla, gws_filter_attrs_first(attrs), attrs->len, rem)
		nla_for_each_nested(part, nla, prem)
			n += is_field(nla_type(part));
	return n;
}

static int read_field(struct draft *d, const struct nlattr *nla, bool response)
{
	u64 not = response ? GWS_EDIT_RESPONSE_NOT : GWS_EDIT_REQUEST_NOT;
	struct field *f = &d->fields[d->nfields++];
	struct nlattr *tb[GWS_A_HDR_MAX + 1] = {};
	const struct nlattr *name = nla;
	int err;

	f->action = nla_type(nla);
	f->response = response;
	if (f->action != GWS_A_FILTER_REMOVE) {
		err = nla_parse_nested(tb, GWS_A_HDR_MAX, nla, NULL, NULL);
		if (err)
			return err;
		name = tb[GWS_A_HDR_NAME];
		if (!gws_attr_is_value(tb[GWS_A_HDR_VALUE]))
			return wrong(d, "GWS_A_HDR_VALUE: missing or not a field value");
		f->value = attr_str(tb[GWS_A_HDR_VALUE]);
	}
	if (!gws_attr_is_token(name))
		return wrong(d, "a field's name: missing or not a token");
	f->name = attr_str(name);
	f->id = gws_http_header_id(f->name);
	if (f->id && not & GWS_HDR_BIT(f->id))
		return wrong(d, "a field that no filter may change");
	return 0;
}

static int read_fields(struct draft *d, const struct nlattr *nest, bool response)
{
	const struct nlattr *nla;
	u32 first = d->nfields;
	int rem, err;

	nla_for_each_nested(nla, nest, rem) {
		if (!is_field(nla_type(nla)))
			continue;
		if (d->nfields - first == GWS_FILTER_FIELDS_MAX)
			return wrong(d, "too many fields");
		err = read_field(d, nla, response);
		if (err)
			return err;
	}
	return 0;
}

static int read_prefix(struct draft *d, struct nlattr **tb,
		       struct gws_http_replace *path)
{
	struct gws_str prefix;

	if (!tb[GWS_A_FILTER_PREFIX])
		return wrong(d, "GWS_A_FILTER_PREFIX: missing");
	prefix = attr_str(tb[GWS_A_FILTER_PREFIX]);
	if (prefix.len && (!gws_path_is_normal(prefix) ||
			   prefix.p[prefix.len - 1] == '/'))
		return wrong(d, "GWS_A_FILTER_PREFIX: not in normal form");
	path->prefix_len = prefix.len;
	return 0;
}

static int read_path(struct draft *d, struct nlattr **tb,
		     struct gws_http_replace *path)
{
	u8 kind = GWS_REPLACE_NONE;

	if (tb[GWS_A_FILTER_REPLACE])
		kind = nla_get_u8(tb[GWS_A_FILTER_REPLACE]);
	if (kind == GWS_REPLACE_NONE)
		return 0;
	path->kind = kind;
	path->path = (struct gws_str){ NULL, 0 };
	if (tb[GWS_A_FILTER_PATH])
		path->path = attr_str(tb[GWS_A_FILTER_PATH]);
	if ((path->path.len || kind == GWS_REPLACE_FULL) &&
	    !gws_path_is_normal(path->path))
		return wrong(d, "GWS_A_FILTER_PATH: missing or not in normal form");
	return kind == GWS_REPLACE_PREFIX ? read_prefix(d, tb, path) : 0;
}

static int read_host(struct draft *d, const struct nlattr *nla,
		     struct gws_str *host)
{
	if (!nla)
		return 0;
	*host = attr_str(nla);
	if (!host->len || *host->p == '*' || !gws_attr_is_hostname(nla))
		return wrong(d, "GWS_A_FILTER_HOSTNAME: not a name in normal form");
	return 0;
}

static int read_rewrite(struct draft *d, struct nlattr **tb)
{
	return read_host(d, tb[GWS_A_FILTER_HOSTNAME], &d->made.host) ?:
	       read_path(d, tb, &d->made.path);
}

static bool is_redirect(u16 status)
{
	return status == 301 || status == 302 || status == 303 ||
	       status == 307 || status == 308;
}

static int read_redirect(struct draft *d, struct nlattr **tb)
{
	struct gws_http_redirect *r = &d->made.redirect;

	*r = (struct gws_http_redirect){};
	d->port = 0;
	if (!gws_attr_is_token(tb[GWS_A_FILTER_SCHEME]))
		return wrong(d, "GWS_A_FILTER_SCHEME: missing or not a scheme");
	r->scheme = attr_str(tb[GWS_A_FILTER_SCHEME]);
	if (tb[GWS_A_FILTER_STATUS])
		r->status = nla_get_u16(tb[GWS_A_FILTER_STATUS]);
	if (!is_redirect(r->status))
		return wrong(d, "GWS_A_FILTER_STATUS: missing or not of a redirect");
	if (tb[GWS_A_FILTER_PORT])
		d->port = nla_get_u16(tb[GWS_A_FILTER_PORT]);
	return read_host(d, tb[GWS_A_FILTER_HOSTNAME], &r->host) ?:
	       read_path(d, tb, &r->path);
}

/* What a backend says of CORS is not what the rule does; it goes. */
static const char *const cors_fields[] = {
	"Access-Control-Allow-Origin", "Access-Control-Allow-Credentials",
	"Access-Control-Allow-Methods", "Access-Control-Allow-Headers",
	"Access-Control-Expose-Headers", "Access-Control-Max-Age",
};

static bool is_list(int type)
{
	return type == GWS_A_FILTER_METHOD || type == GWS_A_FILTER_HEADER ||
	       type == GWS_A_FILTER_EXPOSE;
}

static bool is_star(const struct nlattr *nla)
{
	return !strcmp(nla_data(nla), "*");
}

static int read_origin(struct draft *d, const struct nlattr *nla)
{
	struct gws_http_origin origin;

	if (++d->norigins > GWS_ORIGINS_MAX)
		return wrong(d, "GWS_A_FILTER_ORIGIN: too many");
	if (!is_star(nla) &&
	    !gws_http_origin_read(attr_str(nla), true, &origin))
		return wrong(d, "GWS_A_FILTER_ORIGIN: not an origin");
	return 0;
}

static int read_cors(struct draft *d, const struct nlattr *nest)
{
	const struct nlattr *nla;
	int rem, err;
	u32 i;

	/* A backend's is all that counts for it, whatever the rule's says. */
	d->norigins = 0;
	nla_for_each_nested(nla, nest, rem) {
		if (is_list(nla_type(nla)) && !gws_attr_is_token(nla))
			return wrong(d, "of CORS: not a token");
		if (nla_type(nla) != GWS_A_FILTER_ORIGIN)
			continue;
		err = read_origin(d, nla);
		if (err)
			return err;
	}
	for (i = 0; i < ARRAY_SIZE(cors_fields); i++)
		d->fields[d->nfields++] = (struct field){
			.name = { cors_fields[i], strlen(cors_fields[i]) },
			.action = GWS_A_FILTER_REMOVE, .response = true,
		};
	d->cors = nest;
	return 0;
}

static int read_mirror(struct gws_build *b, struct draft *d, struct nlattr **tb)
{
	d->wrong = gws_mirror_wrong(b, tb);
	if (!d->wrong && ++d->nmirrors > GWS_MIRRORS_MAX)
		d->wrong = "too many mirrors";
	return d->wrong ? -EINVAL : 0;
}

static noinline_for_stack int read_filter(struct gws_build *b, struct draft *d,
					  const struct nlattr *nest)
{
	struct nlattr *tb[GWS_A_FILTER_MAX + 1];
	u8 kind;
	int err;

	err = nla_parse_nested(tb, GWS_A_FILTER_MAX, nest, NULL, NULL);
	if (err)
		return err;
	if (!tb[GWS_A_FILTER_KIND])
		return wrong(d, "GWS_A_FILTER_KIND: missing");
	kind = nla_get_u8(tb[GWS_A_FILTER_KIND]);
	if (kind == GWS_FILTER_MIRROR)
		return read_mirror(b, d, tb);
	if (d->kinds & BIT(kind))
		return wrong(d, "GWS_A_FILTER_KIND: stands twice");
	d->kinds |= BIT(kind);
	switch (kind) {
	case GWS_FILTER_REQUEST_HEADERS:
		return read_fields(d, nest, false);
	case GWS_FILTER_RESPONSE_HEADERS:
		return read_fields(d, nest, true);
	case GWS_FILTER_REDIRECT:
		return read_redirect(d, tb);
	case GWS_FILTER_REWRITE:
		return read_rewrite(d, tb);
	case GWS_FILTER_CORS:
		return read_cors(d, nest);
	}
	return wrong(d, "GWS_A_FILTER_KIND: not known");
}

static int read_list(struct gws_build *b, struct draft *d,
		     const struct gws_filter_attrs *attrs)
{
	const struct nlattr *nla;
	int rem, err;

	d->kinds = 0;
	d->nmirrors = 0;
	if (!attrs)
		return 0;
	nla_for_each_attr(nla, gws_filter_attrs_first(attrs), attrs->len, rem) {
		err = read_filter(b, d, nla);
		if (err)
			return err;
	}
	return 0;
}

/* What CORS says is not for modifiers: nobody reads two lines of it. */
static bool is_of_cors(const struct field *f)
{
	struct gws_str name;
	u32 i;

	for (i = 0; f->response && i < ARRAY_SIZE(cors_fields); i++) {
		name = (struct gws_str){ cors_fields[i], strlen(cors_fields[i]) };
		if (gws_str_eq_nocase(f->name, name))
			return true;
	}
	return false;
}

/* Does it bring a line that no later field takes away? */
static bool brings_line(const struct draft *d, u32 i)
{
	const struct field *f = &d->fields[i];
	u32 j;

	if (f->action == GWS_A_FILTER_REMOVE || (d->cors && is_of_cors(f)))
		return false;
	for (j = i + 1; j < d->nfields; j++)
		if (d->fields[j].response == f->response &&
		    d->fields[j].action != GWS_A_FILTER_ADD &&
		    gws_str_eq_nocase(d->fields[j].name, f->name))
			return false;
	return true;
}

static u32 line_len(const struct field *f)
{
	return f->name.len + 2 + f->value.len + 2;
}

static char *put_line(char *p, const struct field *f)
{
	p = (char *)memcpy(p, f->name.p, f->name.len) + f->name.len;
	*p++ = ':';
	*p++ = ' ';
	p = (char *)memcpy(p, f->value.p, f->value.len) + f->value.len;
	*p++ = '\r';
	*p++ = '\n';
	return p;
}

/* Fills in one side; moves @names and @text behind what it took. */
static void make_edit(const struct draft *d, bool response,
		      struct gws_http_edit *edit, struct gws_str **names,
		      char **text)
{
	const struct field *f;
	u32 i;

	edit->names = *names;
	edit->lines.p = *text;
	for (i = 0; i < d->nfields; i++) {
		f = &d->fields[i];
		if (f->response != response)
			continue;
		if (brings_line(d, i))
			*text = put_line(*text, f);
		if (f->action == GWS_A_FILTER_ADD)
			continue;
		if (f->id) {
			edit->ids |= GWS_HDR_BIT(f->id);
		} else {
			*(*names)++ = f->name;
			edit->nnames++;
		}
	}
	edit->lines.len = *text - edit->lines.p;
}

/* A line of all the values of @type; nothing without any. Returns its length. */
static u32 cors_line(char *out, const char *name, const struct nlattr *nest,
		     int type)
{
	const struct nlattr *nla;
	u32 len = 0;
	int rem;

	nla_for_each_nested(nla, nest, rem)
		if (nla_type(nla) == type)
			len += sprintf(out + len, "%s%s", len ? ", " : name,
				       (const char *)nla_data(nla));
	return len ? len + sprintf(out + len, "\r\n") : 0;
}

static bool has_star(const struct nlattr *nest, int type)
{
	const struct nlattr *nla;
	int rem;

	nla_for_each_nested(nla, nest, rem)
		if (nla_type(nla) == type && is_star(nla))
			return true;
	return false;
}

static bool credentials_of(const struct nlattr *nest)
{
	const struct nlattr *nla = nla_find_nested(nest,
						   GWS_A_FILTER_CREDENTIALS);

	return nla && nla_get_u8(nla);
}

/* @origins: room for all of them. @text moves behind what it took. */
static void make_cors(const struct nlattr *nest, struct gws_http_cors *cors,
		      struct gws_http_origin *origins, char **text)
{
	const struct nlattr *nla;
	char *p = *text;
	int rem;

	cors->origins = origins;
	cors->credentials = credentials_of(nest);
	cors->any_origin = has_star(nest, GWS_A_FILTER_ORIGIN);
	cors->any_method = has_star(nest, GWS_A_FILTER_METHOD);
	cors->any_header = has_star(nest, GWS_A_FILTER_HEADER);
	nla_for_each_nested(nla, nest, rem)
		if (nla_type(nla) == GWS_A_FILTER_ORIGIN && !is_star(nla))
			gws_http_origin_read(attr_str(nla), true,
					     &origins[cors->norigins++]);
	cors->preflight.p = p;
	if (!cors->any_method)
		p += cors_line(p, "Access-Control-Allow-Methods: ", nest,
			       GWS_A_FILTER_METHOD);
	if (!cors->any_header)
		p += cors_line(p, "Access-Control-Allow-Headers: ", nest,
			       GWS_A_FILTER_HEADER);
	p += sprintf(p, "Access-Control-Max-Age: %u\r\n", gws_attr_u32(nla_find_nested(nest,
							  GWS_A_FILTER_MAX_AGE)));
	cors->preflight.len = p - cors->preflight.p;
	cors->common.p = p;
	if (cors->credentials)
		p += sprintf(p, "Access-Control-Allow-Credentials: true\r\n");
	p += cors_line(p, "Access-Control-Expose-Headers: ", nest,
		       GWS_A_FILTER_EXPOSE);
	cors->common.len = p - cors->common.p;
	*text = p;
}

/* What make_cors() may take of text at most: each value is longer as attribute. */
static u32 cors_room(const struct nlattr *nest)
{
	return nla_len(nest) + 256;
}

static bool edits(const struct gws_http_edit *edit)
{
	return edit->ids || edit->nnames || edit->lines.len;
}

static struct gws_filters *make_filters(struct gws_build *b, struct draft *d,
					u32 nmirrors)
{
	size_t size = sizeof(struct gws_filters) +
		      nmirrors * sizeof(struct gws_mirror_to);
	struct gws_http_origin *origins;
	struct gws_filters *f;
	struct gws_str *names;
	char *text;
	u32 i, n = 0;

	for (i = 0; i < d->nfields; i++) {
		n += !d->fields[i].id &&
		     d->fields[i].action != GWS_A_FILTER_ADD;
		if (brings_line(d, i))
			size += line_len(&d->fields[i]);
	}
	size += n * sizeof(*names) + d->norigins * sizeof(*origins);
	if (d->cors)
		size += cors_room(d->cors);
	f = kvzalloc(size, GFP_KERNEL_ACCOUNT);
	if (!f)
		return NULL;
	*f = d->made;
	f->mirrors = (struct gws_mirror_to *)(f + 1);
	origins = (struct gws_http_origin *)(f->mirrors + nmirrors);
	names = (struct gws_str *)(origins + d->norigins);
	text = (char *)(names + n);
	make_edit(d, false, &f->request, &names, &text);
	make_edit(d, true, &f->response, &names, &text);
	f->edits_response = edits(&f->response);
	f->has_cors = d->cors;
	if (d->cors)
		make_cors(d->cors, &f->cors, origins, &text);
	if (d->port) {
		f->redirect.port.p = f->port;
		f->redirect.port.len = scnprintf(f->port, sizeof(f->port),
						 ":%u", d->port);
	}
	charge(b, size);
	return f;
}

static void make_mirrors(struct gws_build *b, struct gws_filters *f,
			 const struct gws_filter_attrs *rule,
			 const struct gws_filter_attrs *backend)
{
	struct gws_mirror_to *at = f->mirrors;

	at = gws_mirrors_fill(b, at, rule, false);
	at = gws_mirrors_fill(b, at, backend, true);
	f->nmirrors = at - f->mirrors;
}

/* Sets @d->wrong when a filter is at fault. */
static int compile(struct gws_build *b, struct draft *d,
		   const struct gws_filter_attrs *rule,
		   const struct gws_filter_attrs *backend,
		   struct gws_filters **made)
{
	u32 n = count_fields(rule) + count_fields(backend) +
		2 * ARRAY_SIZE(cors_fields);
	int err;

	*d = (struct draft){};
	d->fields = kvcalloc(n, sizeof(*d->fields), GFP_KERNEL);
	if (!d->fields)
		return -ENOMEM;
	err = read_list(b, d, rule);
	if (!err)
		err = read_list(b, d, backend);
	if (!err) {
		*made = make_filters(b, d, gws_mirrors_count(rule) +
					   gws_mirrors_count(backend));
		err = *made ? 0 : -ENOMEM;
	}
	kvfree(d->fields);
	if (!err)
		make_mirrors(b, *made, rule, backend);
	return err;
}

/* The attributes of @type in @nest; @attrs stays NULL when there are none. */
static int keep(struct gws_build *b, const struct nlattr *nest, int type,
		struct gws_filter_attrs **attrs)
{
	const struct nlattr *nla;
	size_t len = 0;
	int rem;

	nla_for_each_nested(nla, nest, rem)
		if (nla_type(nla) == type)
			len += NLA_ALIGN(nla->nla_len);
	if (!len)
		return 0;
	*attrs = kvzalloc(struct_size(*attrs, data, len), GFP_KERNEL_ACCOUNT);
	if (!*attrs)
		return -ENOMEM;
	charge(b, struct_size(*attrs, data, len));
	nla_for_each_nested(nla, nest, rem) {
		if (nla_type(nla) != type)
			continue;
		memcpy((*attrs)->data + (*attrs)->len, nla, nla->nla_len);
		(*attrs)->len += NLA_ALIGN(nla->nla_len);
	}
	return 0;
}

int gws_filters_keep(struct gws_build *b, struct gws_backend *backend,
		     const struct nlattr *nest)
{
	return keep(b, nest, GWS_A_BACKEND_FILTER, &backend->filter_attrs);
}

static u32 attrs_len(const struct gws_filter_attrs *attrs)
{
	return attrs ? attrs->len : 0;
}

static int refuse(struct gws_build *b, u32 i, const char *what)
{
	return gws_refuse(b->tr, b->st, "GWS_A_RULE %u: filter: %s", i, what);
}

int gws_filters_decode(struct gws_build *b, u32 i, struct gws_rule *rule,
		       const struct nlattr *nest)
{
	struct draft d = {};
	u32 n, len;
	int err;

	err = keep(b, nest, GWS_A_RULE_FILTER, &rule->filter_attrs);
	len = attrs_len(rule->filter_attrs);
	for (n = 0; n < rule->nbackends; n++)
		len += attrs_len(rule->backends[n].filter_attrs);
	if (err || !len)
		return err;
	if (len > GWS_FILTERS_MAX)
		return refuse(b, i, "all together are too long");
	if (rule->filter_attrs)
		err = compile(b, &d, rule->filter_attrs, NULL, &rule->filters);
	for (n = 0; !err && n < rule->nbackends; n++) {
		struct gws_backend *backend = &rule->backends[n];

		backend->filters = rule->filters;
		if (backend->filter_attrs)
			err = compile(b, &d, rule->filter_attrs,
				      backend->filter_attrs, &backend->filters);
	}
	return d.wrong ? refuse(b, i, d.wrong) : err;
}

static void filters_free(struct gws_filters *f)
{
	u32 i;

	for (i = 0; f && i < f->nmirrors; i++)
		gws_cluster_put(f->mirrors[i].cluster);
	kvfree(f);
}

void gws_filters_free(struct gws_rule *rule)
{
	struct gws_backend *backend;
	u32 i;

	for (i = 0; i < rule->nbackends; i++) {
		backend = &rule->backends[i];
		if (backend->filters != rule->filters)
			filters_free(backend->filters);
		kvfree(backend->filter_attrs);
	}
	filters_free(rule->filters);
	kvfree(rule->filter_attrs);
}
