// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Lines about the client. Each list that goes on is as long as its own lines were
 * at most, since ", " is shorter than the name of a field: that is the room.
 */
#include "http_identity.h"
#include "http_uri.h"

#define id_text(out, literal)	id_put(out, GWS_STR(literal))

static char *id_put(char *out, struct gws_str s)
{
	memcpy(out, s.p, s.len);
	return out + s.len;
}

static const struct gws_http_header *
header_at(const struct gws_http_head *head, u32 i, enum gws_http_header_id id)
{
	return head->headers[i].id == id ? &head->headers[i] : NULL;
}

/* All values of @id, as one list that another element can follow. */
static char *put_list(char *out, const struct gws_http_head *head,
		      enum gws_http_header_id id)
{
	u32 i;

	if (!(head->seen & GWS_HDR_BIT(id)))
		return out;
	for (i = 0; i < head->nheaders; i++) {
		const struct gws_http_header *h = header_at(head, i, id);
		struct gws_str value;

		if (!h)
			continue;
		value = gws_http_header_value(head, h);
		if (!value.len)
			continue;
		out = id_put(out, value);
		out = id_text(out, ", ");
	}
	return out;
}

/* The value of the only field @id; .len 0: there is none, or several. */
static struct gws_str only_value(const struct gws_http_head *head,
				 enum gws_http_header_id id)
{
	struct gws_str value = { NULL, 0 };
	u32 i, n = 0;

	for (i = 0; i < head->nheaders; i++) {
		if (!header_at(head, i, id))
			continue;
		value = gws_http_header_value(head, &head->headers[i]);
		n++;
	}
	return n == 1 ? value : (struct gws_str){ NULL, 0 };
}

static struct gws_str kept_proto(const struct gws_http_head *head)
{
	static const struct gws_str known[] = {
		{ "http", 4 }, { "https", 5 }, { "ws", 2 }, { "wss", 3 },
	};
	struct gws_str value = only_value(head, GWS_HDR_X_FORWARDED_PROTO);
	u32 i;

	for (i = 0; i < ARRAY_SIZE(known); i++)
		if (gws_str_eq_nocase(value, known[i]))
			return known[i];
	return known[0];
}

static u16 kept_port(const struct gws_http_head *head, u16 ours)
{
	int port = gws_inet_port(only_value(head, GWS_HDR_X_FORWARDED_PORT));

	return port > 0 ? port : ours;
}

static struct gws_str kept_host(const struct gws_http_request *req)
{
	struct gws_str value = only_value(&req->head, GWS_HDR_X_FORWARDED_HOST);
	char lower[GWS_HOST_MAX];
	struct gws_str name;

	if (!value.len ||
	    gws_http_host_normalise(value, lower, sizeof(lower), &name))
		return req->host;
	return value;
}

/*
 * The address that an element of X-Forwarded-For begins with: some proxies write
 * ports, and then brackets. @text is then the address alone.
 */
static bool hop_address(struct gws_str *text, struct gws_inet *ip)
{
	struct gws_str rest = { NULL, 0 };
	const char *end;

	if (gws_inet_parse(*text, ip))
		return true;
	if (!text->len)
		return false;
	end = memchr(text->p, text->p[0] == '[' ? ']' : ':', text->len);
	if (!end)
		return false;
	rest = (struct gws_str){ end, text->p + text->len - end };
	if (text->p[0] == '[') {
		text->p++;
		rest.p++;
		rest.len--;
	}
	text->len = end - text->p;
	if (rest.len && (rest.p[0] != ':' || gws_inet_port((struct gws_str){
						rest.p + 1, rest.len - 1 }) < 0))
		return false;
	return gws_inet_parse(*text, ip);
}

/* Takes the last element off a comma list, without white space around it. */
static struct gws_str last_element(struct gws_str *list)
{
	const char *end = list->p + list->len, *p = end;
	struct gws_str element;

	while (p > list->p && p[-1] != ',')
		p--;
	element.p = p;
	list->len = p > list->p ? p - 1 - list->p : 0;
	while (element.p < end && (*element.p == ' ' || *element.p == '\t'))
		element.p++;
	while (end > element.p && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	element.len = end - element.p;
	return element;
}

/* One element more: false when the search ends, @found is what it says then. */
static bool next_hop(const struct gws_http_identity *id, struct gws_str element,
		     struct gws_str *found)
{
	struct gws_inet ip;

	if (!hop_address(&element, &ip))
		return false;
	*found = element;
	return gws_prefixes_have(id->trusted, id->ntrusted, &ip);
}

static struct gws_str real_client(const struct gws_http_head *head,
				  const struct gws_http_identity *id)
{
	struct gws_str found = id->addr, value;
	u32 i, hops = 0;

	if (!(head->seen & GWS_HDR_BIT(GWS_HDR_X_FORWARDED_FOR)))
		return found;
	for (i = head->nheaders; i--; ) {
		if (!header_at(head, i, GWS_HDR_X_FORWARDED_FOR))
			continue;
		value = gws_http_header_value(head, &head->headers[i]);
		while (value.len) {
			if (hops++ == GWS_HOPS_MAX ||
			    !next_hop(id, last_element(&value), &found))
				return found;
		}
	}
	return found;
}

/* Would whoever reads @value find the end of each quoted string in it? */
static bool quotes_end(struct gws_str value)
{
	bool quoted = false;
	u32 i;

	for (i = 0; i < value.len; i++) {
		if (value.p[i] == '"')
			quoted = !quoted;
		else if (value.p[i] != '\\')
			continue;
		/* It takes the next byte along, and means nothing elsewhere. */
		else if (!quoted || ++i == value.len)
			return false;
	}
	return !quoted;
}

/* In no line of @id may a quoted string swallow what follows it. */
static bool lines_end(const struct gws_http_head *head,
		      enum gws_http_header_id id)
{
	u32 i;

	for (i = 0; i < head->nheaders; i++) {
		const struct gws_http_header *h = header_at(head, i, id);

		if (h && !quotes_end(gws_http_header_value(head, h)))
			return false;
	}
	return true;
}

static char *put_forwarded(char *out, const struct gws_http_request *req,
			   const struct gws_http_identity *id)
{
	bool v6 = memchr(id->addr.p, ':', id->addr.len);

	out = id_text(out, "Forwarded: ");
	if (id->believed && lines_end(&req->head, GWS_HDR_FORWARDED))
		out = put_list(out, &req->head, GWS_HDR_FORWARDED);
	out = v6 ? id_text(out, "for=\"[") : id_text(out, "for=");
	out = id_put(out, id->addr);
	if (v6)
		out = id_text(out, "]\"");
	if (req->host.len) {
		/* Its bytes were checked: none of them needs a backslash. */
		out = id_text(out, ";host=\"");
		out = id_put(out, req->host);
		out = id_text(out, "\"");
	}
	return id_text(out, ";proto=http\r\n");
}

static char *put_x_forwarded(char *out, const struct gws_http_request *req,
			     const struct gws_http_identity *id)
{
	const struct gws_http_head *head = &req->head;
	struct gws_str host = req->host;

	out = id_text(out, "X-Forwarded-For: ");
	if (id->believed)
		out = put_list(out, head, GWS_HDR_X_FORWARDED_FOR);
	out = id_put(out, id->addr);
	out = id_text(out, "\r\nX-Forwarded-Proto: ");
	out = id_put(out, id->believed ? kept_proto(head) : GWS_STR("http"));
	out = id_text(out, "\r\nX-Forwarded-Port: ");
	out = gws_put_decimal(out, id->believed ? kept_port(head, id->port) :
						  id->port);
	out = id_text(out, "\r\nX-Real-IP: ");
	out = id_put(out, id->believed ? real_client(head, id) : id->addr);
	out = id_text(out, "\r\n");
	if (id->believed)
		host = kept_host(req);
	if (!host.len)
		return out;
	out = id_text(out, "X-Forwarded-Host: ");
	out = id_put(out, host);
	return id_text(out, "\r\n");
}

char *gws_http_identity_write(char *out, const struct gws_http_request *req,
			      const struct gws_http_identity *id)
{
	if (id->x_forwarded)
		out = put_x_forwarded(out, req, id);
	if (id->forwarded)
		out = put_forwarded(out, req, id);
	return out;
}
