// SPDX-License-Identifier: MIT
/* Strict reader of HTTP/1 heads and chunked bodies. */
#include <string.h>
#include <strings.h>

#include "http.h"

static bool is_token_char(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z') || (c && strchr("!#$%&'*+-.^_`|~", c));
}

static bool is_token(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!is_token_char(s.p[i]))
			return false;
	return s.len;
}

bool str_is(struct str s, const char *literal)
{
	return s.len == strlen(literal) && !memcmp(s.p, literal, s.len);
}

bool str_is_nocase(struct str s, const char *literal)
{
	return s.len == strlen(literal) && !strncasecmp(s.p, literal, s.len);
}

bool str_number(struct str s, uint64_t *value)
{
	uint64_t n = 0;

	if (!s.len || s.len > 19)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		n = n * 10 + (s.p[i] - '0');
	}
	*value = n;
	return true;
}

struct str http_field(const struct http_head *h, const char *name)
{
	for (int i = 0; i < h->nfields; i++)
		if (str_is_nocase(h->fields[i].name, name))
			return h->fields[i].value;
	return (struct str){ NULL, 0 };
}

static int count_fields(const struct http_head *h, const char *name)
{
	int n = 0;

	for (int i = 0; i < h->nfields; i++)
		n += str_is_nocase(h->fields[i].name, name);
	return n;
}

/* One member of a comma separated list. */
static bool list_has(struct str list, const char *member)
{
	while (list.len) {
		const char *comma = memchr(list.p, ',', list.len);
		size_t n = comma ? (size_t)(comma - list.p) : list.len;
		struct str item = { list.p, n };

		while (item.len && (*item.p == ' ' || *item.p == '\t')) {
			item.p++;
			item.len--;
		}
		while (item.len && (item.p[item.len - 1] == ' ' ||
				    item.p[item.len - 1] == '\t'))
			item.len--;
		if (str_is_nocase(item, member))
			return true;
		n += comma ? 1 : 0;
		list.p += n;
		list.len -= n;
	}
	return false;
}

static bool connection_has(const struct http_head *h, const char *option)
{
	for (int i = 0; i < h->nfields; i++)
		if (str_is_nocase(h->fields[i].name, "connection") &&
		    list_has(h->fields[i].value, option))
			return true;
	return false;
}

/*
 * Finds the next line. Returns its octets with CRLF, 0 when it has no end yet,
 * -1 for a bare LF, a bare CR, a NUL or another control character.
 */
static ssize_t get_line(const char *p, size_t len, struct str *line)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = p[i];

		if (c == '\r') {
			if (i + 1 == len)
				return 0;
			if (p[i + 1] != '\n')
				return -1;
			*line = (struct str){ p, i };
			return i + 2;
		}
		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return -1;
	}
	return 0;
}

static const char *parse_field(struct str line, struct http_head *h)
{
	const char *colon = memchr(line.p, ':', line.len);
	struct http_field *f;

	if (!colon)
		return "header line without a colon";
	if (h->nfields == HTTP_MAX_FIELDS)
		return "too many header fields";
	f = &h->fields[h->nfields++];
	f->name = (struct str){ line.p, colon - line.p };
	f->value = (struct str){ colon + 1, line.p + line.len - colon - 1 };
	if (!is_token(f->name))
		return "header name is not a token";
	while (f->value.len && (*f->value.p == ' ' || *f->value.p == '\t')) {
		f->value.p++;
		f->value.len--;
	}
	while (f->value.len && (f->value.p[f->value.len - 1] == ' ' ||
				f->value.p[f->value.len - 1] == '\t'))
		f->value.len--;
	return NULL;
}

static const char *parse_framing(struct http_head *h)
{
	struct str te = http_field(h, "transfer-encoding");
	struct str cl = http_field(h, "content-length");

	if (count_fields(h, "transfer-encoding") > 1)
		return "two Transfer-Encoding fields";
	if (count_fields(h, "content-length") > 1)
		return "two Content-Length fields";
	if (te.p && cl.p)
		return "Transfer-Encoding and Content-Length";
	if (te.p && !str_is_nocase(te, "chunked"))
		return "Transfer-Encoding other than chunked";
	if (te.p && !h->minor)
		return "Transfer-Encoding in HTTP/1.0";
	if (cl.p && !str_number(cl, &h->length))
		return "bad Content-Length";
	h->chunked = te.p;
	h->has_length = cl.p;
	h->close = connection_has(h, "close") ||
		   (!h->minor && !connection_has(h, "keep-alive"));
	h->expect = str_is_nocase(http_field(h, "expect"), "100-continue");
	return NULL;
}

static const char *parse_version(struct str s, struct http_head *h)
{
	if (str_is(s, "HTTP/1.1"))
		h->minor = 1;
	else if (str_is(s, "HTTP/1.0"))
		h->minor = 0;
	else
		return "bad HTTP version";
	return NULL;
}

static const char *parse_request_line(struct str line, struct http_head *h)
{
	const char *end = line.p + line.len;
	const char *sp1 = memchr(line.p, ' ', line.len);
	const char *sp2 = sp1 ? memchr(sp1 + 1, ' ', end - sp1 - 1) : NULL;

	if (!sp2)
		return "request line without three words";
	h->method = (struct str){ line.p, sp1 - line.p };
	h->target = (struct str){ sp1 + 1, sp2 - sp1 - 1 };
	if (!is_token(h->method))
		return "method is not a token";
	if (!h->target.len || (*h->target.p != '/' && !str_is(h->target, "*")))
		return "target is not in origin form";
	for (size_t i = 0; i < h->target.len; i++)
		if (h->target.p[i] <= 0x20 || h->target.p[i] >= 0x7f)
			return "bad character in the target";
	return parse_version((struct str){ sp2 + 1, end - sp2 - 1 }, h);
}

static const char *parse_status_line(struct str line, struct http_head *h)
{
	uint64_t status;

	if (line.len < 12 || line.p[8] != ' ' ||
	    (line.len > 12 && line.p[12] != ' '))
		return "bad status line";
	if (!str_number((struct str){ line.p + 9, 3 }, &status) ||
	    status < 100 || status > 599)
		return "bad status code";
	h->status = status;
	return parse_version((struct str){ line.p, 8 }, h);
}

static ssize_t parse_head(const char *data, size_t len, struct http_head *h,
			  const char *(*start)(struct str, struct http_head *),
			  const char **why)
{
	struct str line;
	size_t at = 0;
	ssize_t n;

	memset(h, 0, sizeof(*h));
	for (;;) {
		n = get_line(data + at, len - at, &line);
		if (n < 0)
			*why = "control character or bare line end in the head";
		if (n <= 0)
			return n;
		if (!line.len && at)
			break;
		*why = at ? parse_field(line, h) : start(line, h);
		if (*why)
			return -1;
		at += n;
	}
	*why = parse_framing(h);
	return *why ? -1 : (ssize_t)(at + n);
}

ssize_t http_parse_request(const char *data, size_t len, struct http_head *h,
			   const char **why)
{
	ssize_t n = parse_head(data, len, h, parse_request_line, why);

	if (n > 0 && count_fields(h, "host") != 1 && h->minor) {
		*why = "not exactly one Host";
		return -1;
	}
	return n;
}

ssize_t http_parse_response(const char *data, size_t len, struct http_head *h,
			    const char **why)
{
	ssize_t n = parse_head(data, len, h, parse_status_line, why);

	if (n > 0 && (h->status < 200 || h->status == 204) &&
	    (h->chunked || h->has_length)) {
		*why = "framing fields in a 1xx or 204";
		return -1;
	}
	return n;
}

static int hex(unsigned char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int size_octet(struct chunk *c, unsigned char b)
{
	int v = hex(b);

	if (v >= 0) {
		if (++c->digits > 15)
			return -1;
		c->left = c->left * 16 + v;
		return 0;
	}
	if (!c->digits || (b != '\r' && b != ';'))
		return -1;
	c->state = b == ';' ? CHUNK_EXT : CHUNK_SIZE_LF;
	return 0;
}

/* Steps over one octet that is not payload. */
static int framing_octet(struct chunk *c, unsigned char b)
{
	switch (c->state) {
	case CHUNK_SIZE:
		return size_octet(c, b);
	case CHUNK_EXT:
		if (b == '\r')
			c->state = CHUNK_SIZE_LF;
		return b == '\n' ? -1 : 0;
	case CHUNK_SIZE_LF:
		c->state = c->left ? CHUNK_DATA : CHUNK_LINE;
		return b == '\n' ? 0 : -1;
	case CHUNK_DATA_CR:
		c->state = CHUNK_DATA_LF;
		return b == '\r' ? 0 : -1;
	case CHUNK_DATA_LF:
		c->state = CHUNK_SIZE;
		c->digits = 0;
		return b == '\n' ? 0 : -1;
	case CHUNK_LINE:
		c->state = b == '\r' ? CHUNK_END_LF : CHUNK_TRAILER;
		return b == '\r' || is_token_char(b) ? 0 : -1;
	case CHUNK_TRAILER:
		if (b == '\r')
			c->state = CHUNK_TRAILER_LF;
		return b == '\n' || !b ? -1 : 0;
	case CHUNK_TRAILER_LF:
		c->state = CHUNK_LINE;
		c->trailers++;
		return b == '\n' ? 0 : -1;
	case CHUNK_END_LF:
		c->state = CHUNK_DONE;
		return b == '\n' ? 0 : -1;
	default:
		return -1;
	}
}

ssize_t chunk_decode(struct chunk *c, const char *in, size_t len,
		     struct str *payload)
{
	size_t at = 0;

	payload->len = 0;
	while (at < len && c->state != CHUNK_DONE) {
		if (c->state == CHUNK_DATA) {
			payload->p = in + at;
			payload->len = len - at < c->left ? len - at : c->left;
			c->left -= payload->len;
			if (!c->left)
				c->state = CHUNK_DATA_CR;
			return at + payload->len;
		}
		if (framing_octet(c, in[at++]) < 0)
			return -1;
	}
	return at;
}
