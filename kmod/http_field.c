// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Header lines: their grammar (RFC 9112 5), and the meaning of those fields
 * that decide about framing, connection and forwarding.
 *
 * fast_line() takes the usual line with a known name, a word at a time; all
 * others, and everything that is wrong, are left to line_by_byte(), which alone
 * defines what is accepted: fast_line() is a short cut to the same result.
 */
#include "http_field.h"
#include "http_rewrite.h"

/* Byte @i of a literal as bits of a word, 0 behind its end; a constant. */
#define LETTER(s, i)							\
	(sizeof(s) - 1 > (i) ?						\
	 (u64)(u8)(s)[sizeof(s) - 1 > (i) ? (i) : 0] << 8 * ((i) % 8) : 0)
#define WORD(s, i)							\
	(LETTER(s, i) | LETTER(s, i + 1) | LETTER(s, i + 2) |		\
	 LETTER(s, i + 3) | LETTER(s, i + 4) | LETTER(s, i + 5) |	\
	 LETTER(s, i + 6) | LETTER(s, i + 7))
/*
 * The bits that tell the cases of the letters in a lower-case word: only
 * letters have 0x40, and only their own two cases become equal by 0x20.
 */
#define CASE_BITS(word)	(((word) & GWS_EACH(0x40)) >> 1)

enum { NAME_MAX_KNOWN = 24 };	/* three words */

/* A power of two in size, so that finding one costs a shift. */
struct known_name {
	u64 word[3];	/* lower case, padded with NUL */
	u64 fold[3];
	u64 len;
	u64 pad;
};

static const struct known_name known_names[GWS_HDR_COUNT] = {
#define X(id, name, slot) \
	[GWS_HDR_##id] = { \
		{ WORD(name, 0), WORD(name, 8), WORD(name, 16) }, \
		{ CASE_BITS(WORD(name, 0)), CASE_BITS(WORD(name, 8)), \
		  CASE_BITS(WORD(name, 16)) }, \
		sizeof(name) - 1, 0 },
	GWS_HTTP_HEADERS(X)
#undef X
};

/* Two names for one slot would be a duplicate initialiser: W=1 warns. */
static const u8 name_slots[GWS_NAME_SLOTS] = {
#define X(id, name, slot) [slot] = GWS_HDR_##id,
	GWS_HTTP_HEADERS(X)
#undef X
};

/*
 * @first, @second, @third: @len bytes of a name, NUL behind them, in @words
 * words.
 */
static __always_inline u32 find_name(u64 first, u64 second, u64 third, u32 len,
				     u32 words)
{
	u32 id = name_slots[gws_http_name_slot(first, second)];
	const struct known_name *known = &known_names[id];

	if (known->len != len || (first | known->fold[0]) != known->word[0])
		return GWS_HDR_OTHER;
	if (words > 1 && (second | known->fold[1]) != known->word[1])
		return GWS_HDR_OTHER;
	if (words > 2 && (third | known->fold[2]) != known->word[2])
		return GWS_HDR_OTHER;
	return id;
}

enum gws_http_header_id gws_http_header_id(struct gws_str name)
{
	u64 w[3] = { 0, 0, 0 };
	u32 i;

	if (!name.len || name.len > NAME_MAX_KNOWN)
		return GWS_HDR_OTHER;
	for (i = 0; i < name.len; i++)
		w[i / 8] |= (u64)(u8)name.p[i] << 8 * (i % 8);
	return find_name(w[0], w[1], w[2], name.len, 3);
}

/*
 * The first byte at or after @p that is not 0x20 to 0x7e, or some byte behind
 * the window. @p is at most 24 bytes behind it, so two words are in its slack.
 */
static __always_inline const char *
find_unprintable(const struct gws_http_window *win, const char *p)
{
	do {
		u64 low = gws_find_unprintable(gws_load64(p));
		u64 high = gws_find_unprintable(gws_load64(p + 8));

		if (!((low | high) & GWS_EACH(0x80))) {
			p += 16;
			continue;
		}
		low &= GWS_EACH(0x80);
		if (low)
			return p + gws_first_byte(low);
		return p + 8 + gws_first_byte(high & GWS_EACH(0x80));
	} while (p < win->end);
	return p;
}

const char *gws_http_find_line_end(const struct gws_http_window *win,
				   const char *p)
{
	for (;;) {
		p = find_unprintable(win, p);
		if (p >= win->end)
			return win->end;
		if (!gws_char_is(*p, GWS_CHAR_FIELD))
			return p;
		p++;
	}
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

static bool is_ows(char c)
{
	return c == ' ' || c == '\t';
}

/*
 * The line at @p. Returns 1 with at, name_len and id of @h set and @next behind
 * the line, 0 when it has not come whole, or an error.
 */
static int line_by_byte(const struct gws_http_window *win, const char *p,
			const char **next, struct gws_http_header *h)
{
	const char *q = p;
	int rc;

	if (p >= win->end)
		return 0;
	if (is_ows(*p))
		return -GWS_HTTP_E_obs_fold;
	while (q < win->end && gws_char_is(*q, GWS_CHAR_TOKEN))
		q++;
	if (q >= win->end)
		return 0;
	if (*q != ':') {
		if (gws_char_is(*q, GWS_CHAR_FIELD))
			return -GWS_HTTP_E_header_name;
		rc = gws_http_line_end(win, q);
		return rc > 0 ? -GWS_HTTP_E_header_no_colon : rc;
	}
	if (q == p)
		return -GWS_HTTP_E_header_name;
	h->name_len = q - p;
	h->id = gws_http_header_id((struct gws_str){ p, q - p });
	q = gws_http_find_line_end(win, q + 1);
	*next = q + 2;
	return gws_http_line_end(win, q);
}

/* Only the bytes before the one that @found tells. */
static __always_inline u64 bytes_before(u64 w, u64 found)
{
	return w & (found ^ (found - 1)) >> 8;
}

/* The known name at @p that a colon ends: its id and @len, else 0. */
static __always_inline u32 fast_name(const char *p, u32 *len)
{
	u64 first = gws_load64(p), second, third, found;

	found = gws_find_byte(first, ':');
	if (found) {
		*len = gws_first_byte(found);
		return find_name(bytes_before(first, found), 0, 0, *len, 1);
	}
	second = gws_load64(p + 8);
	found = gws_find_byte(second, ':');
	if (likely(found)) {
		*len = 8 + gws_first_byte(found);
		return find_name(first, bytes_before(second, found), 0, *len, 2);
	}
	third = gws_load64(p + 16);
	found = gws_find_byte(third, ':');
	if (unlikely(!found))
		return GWS_HDR_OTHER;
	*len = 16 + gws_first_byte(found);
	return find_name(first, second, bytes_before(third, found), *len, 3);
}

/*
 * The same for a line with a known name, visible ASCII as value, and a proper
 * end, all of it in the window; false for any other.
 */
static __always_inline bool fast_line(const struct gws_http_window *win,
				      const char *p, const char **next,
				      struct gws_http_header *h)
{
	u32 len;
	u32 id = fast_name(p, &len);

	if (unlikely(!id))
		return false;
	h->id = id;
	h->name_len = len;
	p = find_unprintable(win, p + len + 1);
	*next = p + 2;
	return p + 2 <= win->end && (u16)gws_load64(p) == 0x0a0d;
}

/*
 * RFC 9112 6.3: one number. A list of equal ones may be refused, and is; so is one
 * with leading zeros, which goes on as it came and which some would read as octal.
 */
static int content_length(struct gws_http_head *head, struct gws_str value)
{
	u64 n = 0;
	u32 i;

	if (head->seen & GWS_HDR_BIT(GWS_HDR_CONTENT_LENGTH))
		return -GWS_HTTP_E_length_repeated;
	if (!value.len || value.len > GWS_LENGTH_DIGITS_MAX ||
	    (value.p[0] == '0' && value.len > 1))
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
	const char *end;

	if (!p)
		return false;
	end = p + list->len;
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

bool gws_http_names_websocket(const struct gws_http_head *head)
{
	const struct gws_str websocket = GWS_STR("websocket");
	struct gws_str value, token;
	u32 i;

	for (i = 0; head->upgrade && i < head->nheaders; i++) {
		if (head->headers[i].id != GWS_HDR_UPGRADE)
			continue;
		value = gws_http_header_value(head, &head->headers[i]);
		while (next_element(&value, &token))
			if (gws_str_eq_nocase(token, websocket))
				return true;
	}
	return false;
}

static bool is_token(struct gws_str s)
{
	u32 i;

	for (i = 0; i < s.len; i++)
		if (!gws_char_is(s.p[i], GWS_CHAR_TOKEN))
			return false;
	return s.len;
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

static bool is_alnum(char c)
{
	return (u8)((c | 0x20) - 'a') < 26 || (u8)(c - '0') < 10;
}

/*
 * The field of at most @max bytes that @name, which is another, would be taken for,
 * or OTHER. CGI (RFC 3875 4.1.18) and what descends from it, such as WSGI, Rack and
 * PHP, make one variable of X-Real-IP and X_Real_IP; some servers put '_' for every
 * byte that is neither letter nor digit.
 */
static __always_inline u32 disguise_of(struct gws_str name, u32 max)
{
	char plain[NAME_MAX_KNOWN];
	bool odd = false;
	u32 i;

	if (name.len > max)
		return GWS_HDR_OTHER;
	for (i = 0; i < name.len; i++) {
		plain[i] = is_alnum(name.p[i]) ? name.p[i] : '-';
		odd |= plain[i] != name.p[i];
	}
	return odd ? gws_http_header_id((struct gws_str){ plain, i }) :
		     GWS_HDR_OTHER;
}

/*
 * Would @name, which is none of ours, be taken for a protected one, or one of those
 * that count only from who is believed? X-Forwarded-Protocol, which some read for
 * X-Forwarded-Proto, can be no known name, for it would have the slot of that one.
 * Not inlined: the registers that it needs would be missing to every line.
 */
static noinline bool is_disguised(struct gws_str name)
{
	u32 id = disguise_of(name, sizeof("x-forwarded-scheme") - 1);

	return (PROTECTED_BITS | GWS_HDR_CLAIMS) & GWS_HDR_BIT(id) ||
	       gws_http_names_alike(name, GWS_STR("x-forwarded-protocol"));
}

enum gws_http_header_id gws_http_disguise_of(struct gws_str name)
{
	return disguise_of(name, NAME_MAX_KNOWN);
}

bool gws_http_names_alike(struct gws_str a, struct gws_str b)
{
	u32 i;

	if (a.len != b.len)
		return false;
	for (i = 0; i < a.len; i++)
		if (gws_lower(a.p[i]) != gws_lower(b.p[i]) &&
		    (is_alnum(a.p[i]) || is_alnum(b.p[i])))
			return false;
	return true;
}

/* Counted here and not kept: a plain request has nothing to set to 0 for it. */
static bool may_nominate(const struct gws_http_fields *f, u32 len)
{
	u32 i;

	for (i = 0; i < f->nnominated; i++)
		len += f->nominated[i].len;
	return f->nnominated < GWS_NOMINATED_MAX &&
	       len <= GWS_NOMINATED_BYTES_MAX;
}

/* One option of Connection that is neither close nor keep-alive. */
static int connection_option(struct gws_http_head *head,
			     struct gws_http_fields *f, struct gws_str option)
{
	u64 bit = GWS_HDR_BIT(gws_http_header_id(option));

	if (!is_token(option))
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
	if (!may_nominate(f, option.len))
		return -GWS_HTTP_E_connection_nominates;
	f->nominated[f->nnominated].at = option.p - head->buf;
	f->nominated[f->nnominated++].len = option.len;
	return 0;
}

/* By far the most frequent value; what follows it in the head is readable. */
static bool is_keep_alive(struct gws_str value)
{
	const u64 first = CASE_BITS(WORD("keep-alive", 0));
	const u64 last = CASE_BITS(WORD("ep-alive", 0));

	return value.len == 10 &&
	       (gws_load64(value.p) | first) == WORD("keep-alive", 0) &&
	       (gws_load64(value.p + 2) | last) == WORD("ep-alive", 0);
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

		struct gws_str word = { value.p + i, name.len };

		if (is_ows(value.p[i - 1]) &&
		    (end == value.len || is_ows(value.p[end]) ||
		     value.p[end] == ',') && gws_str_eq_nocase(name, word))
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

static void mark_dropped(struct gws_http_head *head, u32 i)
{
	head->headers[i].dropped = true;
	head->acted[i / 64] |= 1ULL << i % 64;
}

void gws_http_drop(struct gws_http_head *head, enum gws_http_header_id id)
{
	u32 i;

	for (i = 0; i < head->nheaders; i++)
		if (head->headers[i].id == id)
			mark_dropped(head, i);
}

static u32 hops_of(struct gws_str value)
{
	u32 i, n = 0;

	if (!value.len || value.len > 9)
		return 0;
	for (i = 0; i < value.len; i++) {
		if ((u8)(value.p[i] - '0') > 9)
			return 0;
		n = 10 * n + value.p[i] - '0';
	}
	return n + 1;
}

u32 gws_http_take_max_forwards(struct gws_http_head *head)
{
	const struct gws_str name = GWS_STR("max-forwards");
	u32 i, hops, found = 0;

	for (i = 0; i < head->nheaders; i++) {
		const struct gws_http_header *h = &head->headers[i];

		if (!gws_str_eq_nocase(gws_http_header_name(head, h), name))
			continue;
		hops = hops_of(gws_http_header_value(head, h));
		if (!hops)
			continue;
		mark_dropped(head, i);
		/* Of several the one that ends first. */
		if (!found || hops < found)
			found = hops;
	}
	return found;
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
					      option))
				mark_dropped(head, i);
		}
	}
}

/* Takes in the field of headers[@i], whose line ends before @next. */
static int act_on(struct gws_http_head *head, struct gws_http_fields *f,
		  const char *next)
{
	u32 i = head->nheaders;
	struct gws_http_header *h = &head->headers[i];

	h[1].at = next - head->buf;
	head->acted[i / 64] |= 1ULL << i % 64;
	return known_field(head, f, h);
}

int gws_http_parse_fields(const struct gws_http_window *win, const char *p,
			  struct gws_http_head *head,
			  struct gws_http_fields *fields)
{
	struct gws_http_header *h = head->headers;
	const char *next;
	u64 seen = 0;
	int rc;

	head->seen = 0;
	head->acted[0] = 0;
	head->acted[1] = 0;
	head->upgrade = false;
	for (;; h++, p = next) {
		h->at = p - head->buf;
		/* Behind the window this ends or comes to line_by_byte(). */
		if (*p == '\r')
			break;
		if (unlikely(h == &head->headers[GWS_HEADERS_MAX]))
			return p < win->end ? -GWS_HTTP_E_headers_many : 0;
		h->dropped = false;
		if (unlikely(!fast_line(win, p, &next, h))) {
			rc = line_by_byte(win, p, &next, h);
			if (rc <= 0)
				return rc;
			if (!h->id && fields->request &&
			    is_disguised(gws_http_header_name(head, h)))
				mark_dropped(head, h - head->headers);
		}
		if (h->id < GWS_HDR_ACCEPT && h->id) {
			head->nheaders = h - head->headers;
			head->seen = seen;
			rc = act_on(head, fields, next);
			if (unlikely(rc))
				return rc;
		}
		seen |= GWS_HDR_BIT(h->id);
	}
	rc = gws_http_line_end(win, p);
	if (unlikely(rc <= 0))
		return rc;
	head->seen = seen;
	head->nheaders = h - head->headers;
	if (unlikely(fields->nnominated))
		mark_nominated(head, fields);
	head->upgrade &= !!(seen & GWS_HDR_BIT(GWS_HDR_UPGRADE));
	return p + 2 - head->buf;
}
