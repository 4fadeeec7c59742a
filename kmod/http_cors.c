// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Origins, and the fields that CORS has for them.
 */
#include "http_cors.h"

#define LINE_END	GWS_STR("\r\n")

/* A decimal number of 1 to 65535 that is all of @text; 0 when it is none. */
static u16 read_port(struct gws_str text)
{
	u32 i, port = 0;

	if (!text.len || text.len > 5)
		return 0;
	for (i = 0; i < text.len; i++) {
		u8 digit = text.p[i] - '0';

		if (digit > 9)
			return 0;
		port = 10 * port + digit;
	}
	return port > 65535 ? 0 : port;
}

static u16 own_port(struct gws_str scheme)
{
	if (gws_str_eq_nocase(scheme, GWS_STR("http")))
		return 80;
	return gws_str_eq_nocase(scheme, GWS_STR("https")) ? 443 : 0;
}

static bool starts_with(struct gws_str text, struct gws_str with)
{
	return text.len >= with.len && gws_mem_eq(text.p, with.p, with.len);
}

static struct gws_str behind(struct gws_str text, u32 n)
{
	return (struct gws_str){ text.p + n, text.len - n };
}

/* The scheme in front of "://", behind which *@text stands afterwards. */
static bool take_scheme(struct gws_str *text, struct gws_str *scheme)
{
	const struct gws_str mark = GWS_STR("://");
	u32 i;

	for (i = 0; i < text->len; i++)
		if (text->p[i] == ':')
			break;
	*scheme = (struct gws_str){ text->p, i };
	if (!i || !starts_with(behind(*text, i), mark))
		return false;
	*text = behind(*text, i + mark.len);
	return true;
}

/* Where the host ends: at a ':' behind any brackets, or at the end. */
static u32 host_len(struct gws_str text)
{
	u32 i = 0;

	if (text.len && text.p[0] == '[')
		while (i < text.len && text.p[i] != ']')
			i++;
	while (i < text.len && text.p[i] != ':')
		i++;
	return i;
}

bool gws_http_origin_read(struct gws_str text, bool wildcards,
			  struct gws_http_origin *origin)
{
	u32 len;

	if (!take_scheme(&text, &origin->scheme))
		return false;
	len = host_len(text);
	origin->host = (struct gws_str){ text.p, len };
	text = behind(text, len);
	origin->port = text.len ? read_port(behind(text, 1)) :
				  own_port(origin->scheme);
	origin->wildcard = false;
	if (text.len && !origin->port)
		return false;
	if (!origin->host.len)
		return false;
	if (wildcards && origin->host.p[0] == '*') {
		origin->wildcard = true;
		origin->host = behind(origin->host, 1);
	}
	return true;
}

/* Names have no case; browsers send them lower, others may not. */
static bool host_fits(const struct gws_http_origin *allowed, struct gws_str host)
{
	if (!allowed->wildcard)
		return gws_str_eq_nocase(allowed->host, host);
	/* The '*' stands for something. */
	return host.len > allowed->host.len &&
	       gws_str_eq_nocase(behind(host, host.len - allowed->host.len),
				 allowed->host);
}

static bool is_allowed(const struct gws_http_cors *cors, struct gws_str text)
{
	struct gws_http_origin origin;
	u32 i;

	if (cors->any_origin)
		return true;
	if (!gws_http_origin_read(text, false, &origin))
		return false;
	for (i = 0; i < cors->norigins; i++)
		if (cors->origins[i].port == origin.port &&
		    gws_str_eq_nocase(cors->origins[i].scheme, origin.scheme) &&
		    host_fits(&cors->origins[i], origin.host))
			return true;
	return false;
}

/* The value of the first field of that name; p NULL when there is none. */
static struct gws_str find_value(const struct gws_http_head *head,
				 struct gws_str name)
{
	u32 i;

	for (i = 0; i < head->nheaders; i++)
		if (!head->headers[i].dropped &&
		    gws_str_eq_nocase(gws_http_header_name(head,
							   &head->headers[i]),
				      name))
			return gws_http_header_value(head, &head->headers[i]);
	return (struct gws_str){ NULL, 0 };
}

static struct gws_str find_origin(const struct gws_http_head *head)
{
	if (!(head->seen & GWS_HDR_BIT(GWS_HDR_ORIGIN)))
		return (struct gws_str){ NULL, 0 };
	return find_value(head, GWS_STR("origin"));
}

#define REQUEST_METHOD	GWS_STR("access-control-request-method")
#define REQUEST_HEADERS	GWS_STR("access-control-request-headers")

bool gws_http_is_preflight(const struct gws_http_request *req)
{
	return req->method_id == GWS_METHOD_OPTIONS &&
	       find_origin(&req->head).len &&
	       find_value(&req->head, REQUEST_METHOD).len;
}

static u32 put_line(struct gws_str *parts, struct gws_str name,
		    struct gws_str value)
{
	if (!value.len)
		return 0;
	parts[0] = name;
	parts[1] = value;
	parts[2] = LINE_END;
	return 3;
}

/* What was asked for is allowed; "*" would mean itself beside credentials. */
static u32 put_asked(const struct gws_http_cors *cors,
		     const struct gws_http_head *head, struct gws_str *parts)
{
	u32 n = 0;

	if (cors->any_method)
		n += put_line(parts, GWS_STR("Access-Control-Allow-Methods: "),
			      find_value(head, REQUEST_METHOD));
	if (cors->any_header)
		n += put_line(parts + n,
			      GWS_STR("Access-Control-Allow-Headers: "),
			      find_value(head, REQUEST_HEADERS));
	return n;
}

u32 gws_http_cors_fields(const struct gws_http_cors *cors,
			 const struct gws_http_request *req, bool preflight,
			 struct gws_str parts[GWS_CORS_PARTS])
{
	struct gws_str origin = find_origin(&req->head);
	bool same = cors->any_origin && !cors->credentials;
	u32 n = 0;

	if (!same)
		parts[n++] = GWS_STR("Vary: Origin\r\n");
	if (!origin.len || !is_allowed(cors, origin))
		return n;
	n += put_line(parts + n, GWS_STR("Access-Control-Allow-Origin: "),
		      same ? GWS_STR("*") : origin);
	if (preflight) {
		n += put_asked(cors, &req->head, parts + n);
		parts[n++] = cors->preflight;
	}
	parts[n++] = cors->common;
	return n;
}
