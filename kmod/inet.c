// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Addresses as text: strict, since what one reader takes for an address and
 * another for something else is how clients lie about who they are.
 */
#include "inet.h"
#include "http_chars.h"

enum { NO_GAP = 255 };

/* Digits at the start of @s, at most @max in value; -1: none, or more. */
static int leading_decimal(struct gws_str s, u32 max, u32 *used)
{
	u32 n = 0, i;

	for (i = 0; i < s.len && (u8)(s.p[i] - '0') <= 9; i++) {
		n = 10 * n + (s.p[i] - '0');
		if (n > max)
			return -1;
	}
	*used = i;
	return !i || (i > 1 && s.p[0] == '0') ? -1 : (int)n;
}

int gws_inet_port(struct gws_str text)
{
	u32 used;
	int port = leading_decimal(text, 65535, &used);

	return port >= 0 && used == text.len ? port : -1;
}

static bool inet_parse4(struct gws_str s, u8 *out)
{
	u32 i, used;
	int n;

	for (i = 0; i < 4; i++) {
		if (i) {
			if (!s.len || s.p[0] != '.')
				return false;
			s.p++;
			s.len--;
		}
		n = leading_decimal(s, 255, &used);
		if (n < 0)
			return false;
		out[i] = n;
		s.p += used;
		s.len -= used;
	}
	return !s.len;
}

/* Up to four hex digits at the start of @s; returns how many. */
static u32 parse_group(struct gws_str s, u8 *out)
{
	u32 n = 0, i;
	int digit;

	for (i = 0; i < s.len && i < 4; i++) {
		digit = gws_hex_digit(s.p[i]);
		if (digit < 0)
			break;
		n = n << 4 | digit;
	}
	out[0] = n >> 8;
	out[1] = n;
	return i;
}

/* Makes room for the zeros of "::" at @gap in the first @n bytes of sixteen. */
static void open_gap(u8 *bytes, u32 gap, u32 n)
{
	memmove(bytes + 16 - (n - gap), bytes + gap, n - gap);
	memset(bytes + gap, 0, 16 - n);
}

/* "::" or ":" at the start of @s, behind @n bytes. False: neither may stand there. */
static bool parse_colon(struct gws_str *s, u32 n, u32 *gap)
{
	bool twice = s->len > 1 && s->p[0] == ':' && s->p[1] == ':';

	if (twice && *gap != NO_GAP)
		return false;
	if (twice)
		*gap = n;
	else if (!s->len || s->p[0] != ':' || !n)
		return false;
	s->p += 1 + twice;
	s->len -= 1 + twice;
	return twice || s->len;
}

static bool inet_parse6(struct gws_str s, u8 *out)
{
	u32 n = 0, gap = NO_GAP, used;

	for (;;) {
		/* Between groups, and before the first one if that is "::". */
		if (n || (s.len && s.p[0] == ':')) {
			if (!parse_colon(&s, n, &gap))
				return false;
			if (!s.len)
				break;
		}
		if (n == 16)
			return false;
		if (n <= 12 && inet_parse4(s, out + n)) {
			n += 4;
			break;
		}
		used = parse_group(s, out + n);
		if (!used)
			return false;
		n += 2;
		s.p += used;
		s.len -= used;
		if (!s.len)
			break;
	}
	/* "::" stands for one group at least. */
	if (gap == NO_GAP)
		return n == 16;
	if (n == 16)
		return false;
	open_gap(out, gap, n);
	return true;
}

void gws_inet_unmap(struct gws_inet *ip)
{
	static const u8 mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (ip->len != 16 || memcmp(ip->bytes, mapped, sizeof(mapped)))
		return;
	memmove(ip->bytes, ip->bytes + 12, 4);
	memset(ip->bytes + 4, 0, 12);
	ip->len = 4;
}

bool gws_inet_parse(struct gws_str text, struct gws_inet *ip)
{
	memset(ip, 0, sizeof(*ip));
	if (inet_parse4(text, ip->bytes)) {
		ip->len = 4;
		return true;
	}
	memset(ip, 0, sizeof(*ip));
	ip->len = 16;
	if (!inet_parse6(text, ip->bytes))
		return false;
	gws_inet_unmap(ip);
	return true;
}

bool gws_prefix_has(const struct gws_prefix *prefix, const struct gws_inet *ip)
{
	u32 whole = prefix->bits / 8, rest = prefix->bits % 8;

	if (prefix->len != ip->len ||
	    memcmp(prefix->bytes, ip->bytes, whole))
		return false;
	return !rest || !((prefix->bytes[whole] ^ ip->bytes[whole]) >>
			  (8 - rest));
}

bool gws_prefixes_have(const struct gws_prefix *prefixes, u32 n,
		       const struct gws_inet *ip)
{
	u32 i;

	for (i = 0; i < n; i++)
		if (gws_prefix_has(&prefixes[i], ip))
			return true;
	return false;
}
