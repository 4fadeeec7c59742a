// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Normal forms of paths and hosts (RFC 3986 6.2.2, 5.2.4).
 */
#include "http_uri.h"
#include "http_chars.h"
#include "inet.h"

/* The offset of the first '%' or of the first '.' that starts an element. */
static u32 first_change(struct gws_str raw)
{
	u32 i;

	for (i = 0; i < raw.len; i++)
		if (raw.p[i] == '%' ||
		    (raw.p[i] == '.' && i && raw.p[i - 1] == '/'))
			break;
	return i;
}

/*
 * Writes the normal form of the escape at raw.p[*i] to @out and moves *i
 * behind it. Returns the bytes written or -GWS_HTTP_E_path_bad.
 */
static int put_escape(struct gws_str raw, u32 *i, char *out)
{
	static const char digits[] = "0123456789ABCDEF";
	int high, low;
	u8 c;

	if (raw.len - *i < 3)
		return -GWS_HTTP_E_path_bad;
	high = gws_hex_digit(raw.p[*i + 1]);
	low = gws_hex_digit(raw.p[*i + 2]);
	if (high < 0 || low < 0 || !(high | low))
		return -GWS_HTTP_E_path_bad;
	*i += 3;
	c = high << 4 | low;
	if (gws_char_is(c, GWS_CHAR_UNRESERVED)) {
		out[0] = c;
		return 1;
	}
	out[0] = '%';
	out[1] = digits[high];
	out[2] = digits[low];
	return 3;
}

/*
 * The element that starts at out[@from], behind its '/', ends before out[@len].
 * If it is "." or ".." returns the length of what stays, up to a '/', else
 * @len.
 */
static u32 fold_dots(const char *out, u32 from, u32 len)
{
	if (len - from == 1 && out[from] == '.')
		return from;
	if (len - from != 2 || out[from] != '.' || out[from + 1] != '.')
		return len;
	/* out[from - 1] is the '/' before ".."; the root's own stays. */
	if (from == 1)
		return 1;
	for (len = from - 1; out[len - 1] != '/'; len--)
		;
	return len;
}

int gws_http_path_normalise(struct gws_str raw, char *out, u32 cap,
			    struct gws_str *path)
{
	u32 i = first_change(raw);
	u32 len, from, folded;
	int n;

	*path = raw;
	if (i == raw.len)
		return 0;
	if (cap < raw.len || raw.p[0] != '/')
		return -GWS_HTTP_E_path_bad;
	memcpy(out, raw.p, i);
	len = i;
	for (from = i; out[from - 1] != '/'; from--)
		;
	for (;;) {
		if (i < raw.len && raw.p[i] == '%') {
			n = put_escape(raw, &i, out + len);
			if (n < 0)
				return n;
			len += n;
			continue;
		}
		if (i < raw.len && raw.p[i] != '/') {
			out[len++] = raw.p[i++];
			continue;
		}
		/* The end of an element; a folded one left a '/' behind. */
		folded = fold_dots(out, from, len);
		if (i == raw.len)
			break;
		i++;
		if (folded == len)
			out[folded++] = '/';
		from = folded;
		len = folded;
	}
	path->p = out;
	path->len = folded;
	return 0;
}

/* ":" and a port at @p, which may be empty (RFC 3986 3.2.3). */
static bool port_ok(const char *p, u32 len)
{
	u32 port = 0;
	u32 i;

	if (!len)
		return true;
	if (p[0] != ':' || len > 6)
		return false;
	for (i = 1; i < len; i++) {
		u8 digit = p[i] - '0';

		if (digit > 9)
			return false;
		port = 10 * port + digit;
	}
	return port <= 65535;
}

/*
 * Bytes of the bracketed address at the start of @raw, 0 when it is none: one of
 * IPv6, since no other version is known (RFC 3986 3.2.2).
 */
static u32 literal_len(struct gws_str raw)
{
	const char *end = memchr(raw.p, ']', raw.len);
	struct gws_inet ip;
	struct gws_str text;

	if (!end)
		return 0;
	text.p = raw.p + 1;
	text.len = end - text.p;
	return memchr(text.p, ':', text.len) && gws_inet_parse(text, &ip) ?
	       text.len + 2 : 0;
}

int gws_http_host_normalise(struct gws_str raw, char *out, u32 cap,
			    struct gws_str *host)
{
	u8 classes = 0;
	u32 len = 0;
	u32 i;

	*host = (struct gws_str){ raw.p, 0 };
	if (!raw.len)
		return 0;
	if (raw.len > GWS_HOST_MAX)
		return -GWS_HTTP_E_host_bad;
	if (raw.p[0] == '[') {
		len = literal_len(raw);
		classes = GWS_CHAR_UPPER;
	} else {
		for (; len < raw.len; len++) {
			u8 class = gws_http_class[(u8)raw.p[len]];

			if (!(class & GWS_CHAR_NAME))
				break;
			classes |= class;
		}
	}
	if (!port_ok(raw.p + len, raw.len - len))
		return -GWS_HTTP_E_host_bad;
	if (len && raw.p[len - 1] == '.')
		len--;
	if (!len || len > GWS_HOST_NAME_MAX)
		return -GWS_HTTP_E_host_bad;
	host->len = len;
	if (likely(!(classes & GWS_CHAR_UPPER)))
		return 0;
	if (cap < len)
		return -GWS_HTTP_E_host_bad;
	for (i = 0; i < len; i++)
		out[i] = gws_lower(raw.p[i]);
	host->p = out;
	return 0;
}
