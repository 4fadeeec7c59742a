// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Header lines: their grammar (RFC 9112 5), and the meaning of those fields
 * that decide about framing, connection and forwarding.
 *
 * Names are found by their colon, eight bytes at a time, and looked up in a
 * table of known fields. A hit proves that the name is a token, so only unknown
 * names are checked byte by byte.
 */
#include "http_field.h"
#include "http_rewrite.h"

#define NAME_ROOM	24

struct known_name {
	char name[NAME_ROOM];	/* lower case, padded with NUL */
	u32 len;
};

static const struct known_name known_names[GWS_HDR_COUNT] = {
#define X(id, name, len, first, last) [GWS_HDR_##id] = { name, len },
	GWS_HTTP_HEADERS(X)
#undef X
};

#define NAME_SLOTS	128
#define NAME_HASH(len, first, last) \
	((16 * (u32)(len) + 8 * (u32)(first) + 5 * (u32)(last)) % NAME_SLOTS)

/* Two names for one slot would be a duplicate initialiser: W=1 warns. */
static const u8 name_slots[NAME_SLOTS] = {
#define X(id, name, len, first, last) \
	[NAME_HASH(len, first, last)] = GWS_HDR_##id,
	GWS_HTTP_HEADERS(X)
#undef X
};

/*
 * Are the letters of @w, in any case, those of @lower? A byte with 0x40 in
 * @lower is a letter, and only its own two cases become equal to it by 0x20.
 */
static __always_inline bool same_letters(u64 w, u64 lower)
{
	return (w | (lower & GWS_EACH(0x40)) >> 1) == lower;
}

static __always_inline u32 name_slot(const char *p, u32 len)
{
	return name_slots[NAME_HASH(len, p[0] | 0x20, p[len - 2] | 0x20)];
}

enum gws_http_header_id gws_http_header_id(struct gws_str name)
{
	u32 id;

	if (name.len < 2)
		return GWS_HDR_OTHER;
	id = name_slot(name.p, name.len);
	if (id && gws_str_eq_nocase(name, (struct gws_str){
				    known_names[id].name, known_names[id].len }))
		return id;
	return GWS_HDR_OTHER;
}

const char *gws_http_find_line_end(const struct gws_http_window *win,
				   const char *p)
{
	while (p < win->end) {
		u64 found = gws_find_control(gws_load_upto(win, p));

		if (!found) {
			p += 8;
			continue;
		}
		p += gws_first_byte(found);
		if (p >= win->end || *p != '\t')
			break;
		p++;
	}
	return p < win->end ? p : win->end;
}

int gws_http_line_end(const struct gws_http_window *win, const char *p)
{
	if (p >= win->end)
		return 0;
	if (*p == '\n')
		return -GWS_HTTP_E_bare_lf;
	if (*p != '\r')
		return -GWS_HTTP_E_control_byte;
	if (p + 1 >= win->end)
		return 0;
	return p[1] == '\n' ? 1 : -GWS_HTTP_E_bare_cr;
}

/* Why [@p, @end) is no field name followed by a colon. */
static int bad_name(const struct gws_http_window *win, const char *p)
{
	int rc;

	while (p < win->end && gws_char_is(*p, GWS_CHAR_TOKEN))
		p++;
	if (p < win->end && (u8)*p > ' ' && *p != 0x7f)
		return -GWS_HTTP_E_header_name;
	if (p < win->end && (*p == ' ' || *p == '\t'))
		return -GWS_HTTP_E_header_name;
	rc = gws_http_line_end(win, p);
	return rc > 0 ? -GWS_HTTP_E_header_no_colon : rc;
}

static bool is_token(const char *p, u32 len)
{
	u32 i;

	for (i = 0; i < len; i++)
		if (!gws_char_is(p[i], GWS_CHAR_TOKEN))
			return false;
	return len;
}

/* A name whose colon is far, or that is not in the table. */
static int other_name(const struct gws_http_window *win, const char *p,
		      struct gws_http_header *h, const char *from)
{
	u64 found = 0;

	while (from < win->end) {
		found = gws_find_byte(gws_load_upto(win, from), ':');
		if (found)
			break;
		from += 8;
	}
	if (!found || !is_token(p, from + gws_first_byte(found) - p))
		return bad_name(win, p);
	h->name_len = from + gws_first_byte(found) - p;
	h->id = GWS_HDR_OTHER;
	return 1;
}

/*
 * The name at @p: sets name_len and id of @h. Returns 1, 0 when its colon has
 * not come, or an error. The words hold the name without what follows it, so
 * comparing them and the length compares it whole.
 */
static __always_inline int field_name(const struct gws_http_window *win,
				      const char *p, struct gws_http_header *h)
{
	const struct known_name *known;
	u64 w[3], found;
	u32 i, len;

	for (i = 0; ; i++) {
		if (i == 3)
			return other_name(win, p, h, p + 24);
		w[i] = gws_load_upto(win, p + 8 * i);
		found = gws_find_byte(w[i], ':');
		if (found)
			break;
	}
	/* Bits below the colon's: found - 1 has them, and 7 of the colon. */
	w[i] &= (found ^ (found - 1)) >> 8;
	len = 8 * i + gws_first_byte(found);
	if (unlikely(!len))
		return -GWS_HTTP_E_header_name;
	h->id = name_slot(p, len);
	known = &known_names[h->id];
	if (known->len != len || !same_letters(w[0], gws_load64(known->name)) ||
	    (i > 0 && !same_letters(w[1], gws_load64(known->name + 8))) ||
	    (i > 1 && !same_letters(w[2], gws_load64(known->name + 16))))
		return other_name(win, p, h, p);
	h->name_len = len;
	return 1;
}

static bool is_ows(char c)
{
	return c == ' ' || c == '\t';
}

/* The value behind the colon at @p; returns 1, 0 or an error, @p at the CR. */
static __always_inline int field_value(const struct gws_http_window *win,
				       const char **pp,
				       struct gws_http_head *head,
				       struct gws_http_header *h)
{
	const char *p = *pp + 1;
	const char *end;
	int rc;

	while (p < win->end && is_ows(*p))
		p++;
	end = gws_http_find_line_end(win, p);
	rc = gws_http_line_end(win, end);
	if (unlikely(rc <= 0))
		return rc;
	*pp = end;
	while (end > p && is_ows(end[-1]))
		end--;
	h->value = p - head->buf;
	h->value_len = end - p;
	return 1;
}

/* RFC 9112 6.3: one number. A list of equal ones may be refused, and is. */
static int content_length(struct gws_http_head *head, struct gws_str value)
{
	u64 n = 0;
	u32 i;

	if (head->seen & GWS_HDR_BIT(GWS_HDR_CONTENT_LENGTH))
		return -GWS_HTTP_E_length_repeated;
	if (!value.len || value.len > GWS_LENGTH_DIGITS_MAX)
		return -GWS_HTTP_E_length_bad;
	for (i = 0; i < value.len; i++) {
		u8 digit = value.p[i] - '0';

		if (digit > 9)
			return -GWS_HTTP_E_length_bad;
		n = 10 * n + digit;
	}
	head->content_length = n;
	return 0;
}

/*
 * Takes the next element off a comma list, OWS trimmed; false at the end. Empty
 * elements come out empty (RFC 9110 5.6.1 has them ignored).
 */
static bool next_element(struct gws_str *list, struct gws_str *element)
{
	const char *p = list->p;
	const char *end = p + list->len;

	if (!list->p)
		return false;
	while (p < end && is_ows(*p))
		p++;
	element->p = p;
	while (p < end && *p != ',')
		p++;
	*list = p < end ? (struct gws_str){ p + 1, end - p - 1 } :
			  (struct gws_str){ NULL, 0 };
	while (p > element->p && is_ows(p[-1]))
		p--;
	element->len = p - element->p;
	return true;
}

/*
 * Only "chunked" alone is understood. 501 for another coding under it
 * (RFC 9112 6.1), 400 where the end of the body would be in doubt (6.3).
 */
static int transfer_encoding(struct gws_http_head *head, struct gws_str value)
{
	const struct gws_str chunked = GWS_STR("chunked");
	struct gws_str coding;
	bool others = false, last = false;

	if (head->seen & GWS_HDR_BIT(GWS_HDR_TRANSFER_ENCODING))
		return -GWS_HTTP_E_coding_repeated;
	if (gws_str_eq_nocase(value, chunked))
		return 0;
	while (next_element(&value, &coding)) {
		if (!coding.len || last)
			return -GWS_HTTP_E_coding_bad;
		last = gws_str_eq_nocase(coding, chunked);
		others |= !last;
	}
	return others ? -GWS_HTTP_E_coding_unknown : -GWS_HTTP_E_coding_bad;
}

/* Fields that are dropped anyway need not be looked for. */
#define HOP_BITS							\
	(GWS_HDR_BIT(GWS_HDR_KEEP_ALIVE) | GWS_HDR_BIT(GWS_HDR_TE) |	\
	 GWS_HDR_BIT(GWS_HDR_UPGRADE) | GWS_HDR_BIT(GWS_HDR_TRAILER) |	\
	 GWS_HDR_BIT(GWS_HDR_HTTP2_SETTINGS) |				\
	 GWS_HDR_BIT(GWS_HDR_CONNECTION) |				\
	 GWS_HDR_BIT(GWS_HDR_PROXY_CONNECTION))

/* What the next hop must get, or gets from us, is not the client's to drop. */
#define PROTECTED_BITS							\
	(GWS_HDR_BIT(GWS_HDR_HOST) |					\
	 GWS_HDR_BIT(GWS_HDR_CONTENT_LENGTH) |				\
	 GWS_HDR_BIT(GWS_HDR_TRANSFER_ENCODING) |			\
	 GWS_HDR_BIT(GWS_HDR_VIA) | GWS_HDR_BIT(GWS_HDR_FORWARDED) |	\
	 GWS_HDR_BIT(GWS_HDR_X_FORWARDED_FOR) |				\
	 GWS_HDR_BIT(GWS_HDR_X_FORWARDED_HOST) |			\
	 GWS_HDR_BIT(GWS_HDR_X_FORWARDED_PORT) |			\
	 GWS_HDR_BIT(GWS_HDR_X_FORWARDED_PROTO) |			\
	 GWS_HDR_BIT(GWS_HDR_X_REAL_IP))

/* One option of Connection that is neither close nor keep-alive. */
static int connection_option(struct gws_http_head *head,
			     struct gws_http_fields *f, struct gws_str option)
{
	u64 bit = GWS_HDR_BIT(gws_http_header_id(option));

	if (!is_token(option.p, option.len))
		return -GWS_HTTP_E_connection_bad;
	if (bit & GWS_HDR_BIT(GWS_HDR_UPGRADE))
		head->upgrade = true;
	if (bit & HOP_BITS)
		return 0;
	/*
	 * Backends are known to nominate Transfer-Encoding; what a response
	 * nominates cannot hide who the client is.
	 */
	if (bit & PROTECTED_BITS)
		return f->request ? -GWS_HTTP_E_connection_nominates : 0;
	if (f->nnominated == GWS_NOMINATED_MAX)
		return -GWS_HTTP_E_connection_nominates;
	f->nominated[f->nnominated].at = option.p - head->buf;
	f->nominated[f->nnominated++].len = option.len;
	return 0;
}

/* By far the most frequent value; what follows it in the head is readable. */
static bool is_keep_alive(struct gws_str value)
{
	return value.len == 10 &&
	       same_letters(gws_load64(value.p), gws_load64("keep-alive")) &&
	       same_letters(gws_load64(value.p + 2), gws_load64("ep-alive"));
}

static int connection(struct gws_http_head *head, struct gws_http_fields *f,
		      struct gws_str value)
{
	struct gws_str option;
	int rc;

	if (is_keep_alive(value)) {
		f->keep_alive = true;
		return 0;
	}
	while (next_element(&value, &option)) {
		if (!option.len)
			continue;
		if (gws_str_eq_nocase(option, GWS_STR("keep-alive"))) {
			f->keep_alive = true;
		} else if (gws_str_eq_nocase(option, GWS_STR("close"))) {
			f->close = true;
		} else {
			rc = connection_option(head, f, option);
			if (rc)
				return rc;
		}
	}
	return 0;
}

/*
 * Our own entries, wherever the pseudonym stands as a word. A client can only
 * raise the count and so shorten its own way.
 */
static u32 via_entries(struct gws_str value)
{
	const struct gws_str name = GWS_STR(GWS_VIA_PSEUDONYM);
	u32 i, n = 0;

	for (i = 1; i + name.len <= value.len; i++) {
		u32 end = i + name.len;

		if (is_ows(value.p[i - 1]) &&
		    (end == value.len || is_ows(value.p[end]) ||
		     value.p[end] == ',') &&
		    gws_str_eq_nocase(name, (struct gws_str){ value.p + i,
							      name.len }))
			n++;
	}
	return n;
}

static int request_field(struct gws_http_head *head, struct gws_http_fields *f,
			 u32 id, struct gws_str value)
{
	switch (id) {
	case GWS_HDR_HOST:
		if (head->seen & GWS_HDR_BIT(GWS_HDR_HOST))
			return -GWS_HTTP_E_host_repeated;
		f->host = value;
		return 0;
	case GWS_HDR_EXPECT:
		f->expect = true;
		return gws_str_eq_nocase(value, GWS_STR("100-continue")) ?
			0 : -GWS_HTTP_E_expectation_unknown;
	case GWS_HDR_VIA:
		f->via += via_entries(value);
		return f->via < GWS_VIA_MAX ? 0 : -GWS_HTTP_E_via_loop;
	}
	return 0;
}

/* A field that we act on; its bit in head->seen tells of an earlier one. */
static int known_field(struct gws_http_head *head, struct gws_http_fields *f,
		       const struct gws_http_header *h)
{
	struct gws_str value = gws_http_header_value(head, h);

	switch (h->id) {
	case GWS_HDR_CONTENT_LENGTH:
		return content_length(head, value);
	case GWS_HDR_CONNECTION:
		return connection(head, f, value);
	case GWS_HDR_TRANSFER_ENCODING:
		return transfer_encoding(head, value);
	default:
		return f->request ? request_field(head, f, h->id, value) : 0;
	}
}

/* Marks the fields that Connection nominated (RFC 9110 7.6.1). */
static void mark_nominated(struct gws_http_head *head,
			   const struct gws_http_fields *f)
{
	u32 i, n;

	for (n = 0; n < f->nnominated; n++) {
		struct gws_str option = { head->buf + f->nominated[n].at,
					  f->nominated[n].len };

		for (i = 0; i < head->nheaders; i++) {
			struct gws_http_header *h = &head->headers[i];

			if (gws_str_eq_nocase(gws_http_header_name(head, h),
					      option)) {
				h->nominated = true;
				head->nominated = true;
			}
		}
	}
}

/* One line at @p; returns 1 with @p behind it, 0 or an error. */
static __always_inline int field_line(const struct gws_http_window *win,
				      const char **p,
				      struct gws_http_head *head,
				      struct gws_http_fields *f)
{
	struct gws_http_header *h = &head->headers[head->nheaders];
	const char *at = *p;
	int rc;

	if (unlikely(is_ows(*at)))
		return -GWS_HTTP_E_obs_fold;
	if (unlikely(head->nheaders == GWS_HEADERS_MAX))
		return -GWS_HTTP_E_headers_many;
	rc = field_name(win, at, h);
	if (unlikely(rc <= 0))
		return rc;
	h->name = at - head->buf;
	h->nominated = false;
	at += h->name_len;
	rc = field_value(win, &at, head, h);
	if (unlikely(rc <= 0))
		return rc;
	if (h->id && h->id < GWS_HDR_ACCEPT) {
		rc = known_field(head, f, h);
		if (unlikely(rc))
			return rc;
	}
	head->seen |= GWS_HDR_BIT(h->id);
	head->nheaders++;
	*p = at + 2;
	return 1;
}

int gws_http_parse_fields(const struct gws_http_window *win, const char *p,
			  struct gws_http_head *head,
			  struct gws_http_fields *fields)
{
	int rc;

	head->fields = p - head->buf;
	head->seen = 0;
	head->nheaders = 0;
	head->nominated = false;
	head->upgrade = false;
	for (;;) {
		if (p >= win->end)
			return 0;
		if (*p == '\r')
			break;
		rc = field_line(win, &p, head, fields);
		if (unlikely(rc <= 0))
			return rc;
	}
	rc = gws_http_line_end(win, p);
	if (rc <= 0)
		return rc;
	head->fields_end = p - head->buf;
	if (unlikely(fields->nnominated))
		mark_nominated(head, fields);
	head->upgrade &= !!(head->seen & GWS_HDR_BIT(GWS_HDR_UPGRADE));
	return p + 2 - head->buf;
}
