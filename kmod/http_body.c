// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Body framing (RFC 9112 6, 7.1): a state machine that takes a chunked message
 * apart byte by byte outside of its payload, and a counter for the rest.
 */
#include "http_body.h"
#include "http_chars.h"

enum body_state {
	BODY_PAYLOAD,		/* remaining counts; or CLOSE */
	BODY_ENDED,
	BODY_SIZE,		/* hex digits, count of them */
	BODY_EXTENSION,		/* behind ';' */
	BODY_SIZE_LF,		/* behind the CR of a chunk line */
	BODY_DATA_CR,		/* behind the payload of a chunk */
	BODY_DATA_LF,
	BODY_TRAILER,		/* start of a trailer line or of the last line */
	BODY_TRAILER_NAME,
	BODY_TRAILER_VALUE,
	BODY_TRAILER_LF,
	BODY_LAST_LF,
};

void gws_http_body_init(struct gws_http_body *body,
			enum gws_http_framing framing, u64 length)
{
	body->framing = framing;
	body->remaining = 0;
	body->extensions = 0;
	body->count = 0;
	body->state = BODY_PAYLOAD;
	if (framing == GWS_FRAMING_CHUNKED)
		body->state = BODY_SIZE;
	else if (framing == GWS_FRAMING_LENGTH)
		body->remaining = length;
	if (framing == GWS_FRAMING_NONE ||
	    (framing == GWS_FRAMING_LENGTH && !length))
		body->state = BODY_ENDED;
}

bool gws_http_body_ended(const struct gws_http_body *body)
{
	return body->state == BODY_ENDED;
}

static int chunk_size(struct gws_http_body *body, char c)
{
	int digit = gws_hex_digit(c);

	if (digit >= 0) {
		if (body->count == GWS_CHUNK_DIGITS_MAX)
			return -GWS_HTTP_E_chunk_size;
		body->count++;
		body->remaining = body->remaining << 4 | digit;
		return 0;
	}
	if (!body->count)
		return -GWS_HTTP_E_chunk_size;
	if (c == '\r')
		body->state = BODY_SIZE_LF;
	else if (c == ';')
		body->state = BODY_EXTENSION;
	else
		return c == '\n' ? -GWS_HTTP_E_chunk_line :
				   -GWS_HTTP_E_chunk_size;
	return 0;
}

/* RFC 9112 7.1.1: extensions are not understood, so they are dropped. */
static int chunk_extension(struct gws_http_body *body, char c)
{
	if (c == '\r') {
		body->state = BODY_SIZE_LF;
		return 0;
	}
	if (!gws_char_is(c, GWS_CHAR_FIELD) ||
	    ++body->count > GWS_CHUNK_LINE_MAX)
		return -GWS_HTTP_E_chunk_line;
	if (++body->extensions > GWS_CHUNK_EXTENSIONS_MAX)
		return -GWS_HTTP_E_chunk_extensions;
	return 0;
}

static int chunk_line_end(struct gws_http_body *body, char c)
{
	if (c != '\n')
		return -GWS_HTTP_E_chunk_line;
	body->count = 0;
	body->state = body->remaining ? BODY_PAYLOAD : BODY_TRAILER;
	return 0;
}

static int chunk_data_end(struct gws_http_body *body, char c)
{
	if (body->state == BODY_DATA_CR) {
		body->state = BODY_DATA_LF;
		return c == '\r' ? 0 : -GWS_HTTP_E_chunk_end;
	}
	body->state = BODY_SIZE;
	return c == '\n' ? 0 : -GWS_HTTP_E_chunk_end;
}

/* RFC 9110 6.5.1: trailers are not merged into the head; they are dropped. */
static int trailer(struct gws_http_body *body, char c)
{
	if (++body->count > GWS_TRAILER_MAX)
		return -GWS_HTTP_E_trailer_large;
	switch (body->state) {
	case BODY_TRAILER:
		if (c == '\r')
			body->state = BODY_LAST_LF;
		else if (gws_char_is(c, GWS_CHAR_TOKEN))
			body->state = BODY_TRAILER_NAME;
		else
			return -GWS_HTTP_E_trailer_bad;
		return 0;
	case BODY_TRAILER_NAME:
		if (c == ':')
			body->state = BODY_TRAILER_VALUE;
		else if (!gws_char_is(c, GWS_CHAR_TOKEN))
			return -GWS_HTTP_E_trailer_bad;
		return 0;
	case BODY_TRAILER_VALUE:
		if (c == '\r')
			body->state = BODY_TRAILER_LF;
		else if (!gws_char_is(c, GWS_CHAR_FIELD))
			return -GWS_HTTP_E_trailer_bad;
		return 0;
	}
	/* BODY_TRAILER_LF, BODY_LAST_LF */
	body->state = body->state == BODY_LAST_LF ? BODY_ENDED : BODY_TRAILER;
	return c == '\n' ? 0 : -GWS_HTTP_E_trailer_bad;
}

static int framing_byte(struct gws_http_body *body, char c)
{
	switch (body->state) {
	case BODY_SIZE:
		return chunk_size(body, c);
	case BODY_EXTENSION:
		return chunk_extension(body, c);
	case BODY_SIZE_LF:
		return chunk_line_end(body, c);
	case BODY_DATA_CR:
	case BODY_DATA_LF:
		return chunk_data_end(body, c);
	default:
		return trailer(body, c);
	}
}

/* Takes up to @left payload bytes off the length or the chunk. */
static u32 payload(struct gws_http_body *body, u32 left)
{
	if (body->framing == GWS_FRAMING_CLOSE)
		return left;
	if (left > body->remaining)
		left = body->remaining;
	body->remaining -= left;
	if (!body->remaining)
		body->state = body->framing == GWS_FRAMING_CHUNKED ?
			BODY_DATA_CR : BODY_ENDED;
	return left;
}

u64 gws_http_body_due(const struct gws_http_body *body)
{
	if (body->state != BODY_PAYLOAD)
		return 0;
	return body->framing == GWS_FRAMING_CLOSE ? ~0ULL : body->remaining;
}

void gws_http_body_take(struct gws_http_body *body, u32 len)
{
	payload(body, len);
}

int gws_http_body_scan(struct gws_http_body *body, const char *p, u32 len,
		       struct gws_http_run *run)
{
	u32 i = 0;
	int rc;

	run->skip = 0;
	run->payload = 0;
	while (body->state > BODY_ENDED && i < len) {
		/* Read once: the byte may change under us. */
		rc = framing_byte(body, READ_ONCE(p[i]));
		if (rc)
			return rc;
		run->skip = ++i;
	}
	if (body->state == BODY_PAYLOAD && i < len)
		run->payload = payload(body, len - i);
	return body->state == BODY_ENDED ? GWS_BODY_END : GWS_BODY_MORE;
}

u32 gws_http_chunk_head(char *out, u32 n)
{
	u32 digits = (35 - __builtin_clz(n | 1)) / 4;
	u32 i;

	for (i = digits; i--; n >>= 4)
		out[i] = "0123456789abcdef"[n & 15];
	out[digits] = '\r';
	out[digits + 1] = '\n';
	return digits + 2;
}
