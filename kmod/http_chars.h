/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Classes of bytes, and how to find a byte of interest eight at a time.
 */
#ifndef GWS_HTTP_CHARS_H
#define GWS_HTTP_CHARS_H

#include "core.h"

enum gws_http_class {
	GWS_CHAR_TOKEN = 1 << 0,	/* tchar, RFC 9110 5.6.2 */
	GWS_CHAR_PATH = 1 << 1,		/* of a request path, see http_chars.c */
	GWS_CHAR_QUERY = 1 << 2,	/* of a query, see http_chars.c */
	GWS_CHAR_UNRESERVED = 1 << 3,	/* RFC 3986 2.3 */
	GWS_CHAR_FOLD = 1 << 4,		/* '%' and '.': may not be in normal form */
	GWS_CHAR_FIELD = 1 << 5,	/* field-vchar, SP, HTAB (RFC 9110 5.5) */
	GWS_CHAR_NAME = 1 << 6,		/* letter, digit, '-', '.', '_' */
	GWS_CHAR_UPPER = 1 << 7,	/* A to Z */
};

extern const u8 gws_http_class[256];

static __always_inline bool gws_char_is(char c, enum gws_http_class classes)
{
	return gws_http_class[(u8)c] & classes;
}

/* -1 when @c is no hex digit. */
static inline int gws_hex_digit(char c)
{
	u8 digit = c - '0';
	u8 letter = (c | 0x20) - 'a';

	if (digit <= 9)
		return digit;
	return letter <= 5 ? letter + 10 : -1;
}

#define GWS_EACH(byte)	(0x0101010101010101ULL * (u8)(byte))

/*
 * In the results of these the lowest bit set belongs to the first byte that was
 * asked for; what is above it means nothing, for a carry may have spilled.
 */
static __always_inline u64 gws_find_byte(u64 w, char byte)
{
	u64 x = w ^ GWS_EACH(byte);

	return (x - GWS_EACH(1)) & ~x & GWS_EACH(0x80);
}

/* Anything but 0x20 to 0x7e, in bits 0x80; the other bits mean nothing. */
static __always_inline u64 gws_find_unprintable(u64 w)
{
	return (w - GWS_EACH(0x20)) | (w + GWS_EACH(1));
}

static __always_inline u32 gws_first_byte(u64 found)
{
	return (u32)__builtin_ctzll(found) / 8;
}

/* What has come: from @start to before @end; behind it is GWS_HEAD_SLACK. */
struct gws_http_window {
	const char *start;
	const char *end;
};

#endif /* GWS_HTTP_CHARS_H */
