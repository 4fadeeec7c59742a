// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Both versions are told apart by their first byte. There is no guessing: what is
 * not a header is refused, for a connection that may have none could say by
 * itself whose it is.
 */
#include "proxy.h"
#include "limits.h"

#define SIGNATURE	"\r\n\r\n\0\r\nQUIT\n"

enum {
	V1_MAX = 107,		/* with CRLF; the longest that the text allows */
	V2_HEAD = 16,
	V2_TCP4 = 0x11,
	V2_TCP6 = 0x21,
};

/* Do the bytes that have come begin as they must? */
static bool begins(const char *buf, u32 len, const char *with, u32 n)
{
	return !memcmp(buf, with, len < n ? len : n);
}

/* Takes the word before the next space or the end off @line. */
static struct gws_str next_word(struct gws_str *line)
{
	struct gws_str word = { line->p, 0 };

	while (word.len < line->len && line->p[word.len] != ' ')
		word.len++;
	line->p += word.len;
	line->len -= word.len;
	/* A space at the very end leaves an empty word, which nothing is. */
	if (line->len) {
		line->p++;
		line->len--;
	}
	return word;
}

static bool take_address(struct gws_str *line, u8 len, struct gws_inet *ip)
{
	struct gws_str word = next_word(line);
	bool v6 = memchr(word.p, ':', word.len);

	return v6 == (len == 16) && gws_inet_parse(word, ip);
}

static bool take_port(struct gws_str *line, struct gws_inet *ip)
{
	int port = gws_inet_port(next_word(line));

	ip->port = port;
	return port >= 0;
}

/* What stands behind "PROXY ", without CRLF. */
static bool parse_line(struct gws_str line, struct gws_proxy *proxy)
{
	const char *end = line.p + line.len;
	struct gws_str family = next_word(&line);
	u8 len;

	if (gws_str_eq(family, GWS_STR("UNKNOWN")))
		return true;
	if (gws_str_eq(family, GWS_STR("TCP4")))
		len = 4;
	else if (gws_str_eq(family, GWS_STR("TCP6")))
		len = 16;
	else
		return false;
	return take_address(&line, len, &proxy->from) &&
	       take_address(&line, len, &proxy->to) &&
	       take_port(&line, &proxy->from) &&
	       take_port(&line, &proxy->to) && !line.len && end[-1] != ' ';
}

static int parse_v1(const char *buf, u32 len, struct gws_proxy *proxy)
{
	static const char start[] = "PROXY ";
	const u32 skip = sizeof(start) - 1;
	const char *cr;

	if (!begins(buf, len, start, skip))
		return -EINVAL;
	if (len > V1_MAX)
		len = V1_MAX;
	cr = memchr(buf, '\r', len);
	if (memchr(buf, '\n', cr ? cr - buf : len))
		return -EINVAL;
	if (!cr || cr + 1 == buf + len)
		return len == V1_MAX ? -EINVAL : 0;
	if (cr[1] != '\n' || cr < buf + skip ||
	    !parse_line((struct gws_str){ buf + skip, cr - buf - skip }, proxy))
		return -EINVAL;
	return cr + 2 - buf;
}

static u16 load16(const char *p)
{
	return (u8)p[0] << 8 | (u8)p[1];
}

/* Type, length, value, and nothing left over. */
static bool tlvs_ok(const char *p, const char *end)
{
	while (end - p >= 3) {
		u32 len = load16(p + 1);

		if (len > end - p - 3)
			return false;
		p += 3 + len;
	}
	return p == end;
}

static bool parse_addresses(const char *p, const char *end, u8 len,
			    struct gws_proxy *proxy)
{
	if (end - p < 2 * len + 4)
		return false;
	memcpy(proxy->from.bytes, p, len);
	memcpy(proxy->to.bytes, p + len, len);
	proxy->from.port = load16(p + 2 * len);
	proxy->to.port = load16(p + 2 * len + 2);
	proxy->from.len = len;
	proxy->to.len = len;
	gws_inet_unmap(&proxy->from);
	gws_inet_unmap(&proxy->to);
	return tlvs_ok(p + 2 * len + 4, end);
}

static int parse_v2(const char *buf, u32 len, struct gws_proxy *proxy)
{
	u32 command, whole;
	u8 kind;

	if (!begins(buf, len, SIGNATURE, sizeof(SIGNATURE) - 1))
		return -EINVAL;
	if (len < V2_HEAD)
		return 0;
	/* LOCAL or PROXY of version 2; families and transports that there are. */
	command = (u8)buf[12];
	kind = buf[13];
	if ((command != 0x20 && command != 0x21) || kind >> 4 > 3 ||
	    (kind & 15) > 2)
		return -EINVAL;
	whole = V2_HEAD + load16(buf + 14);
	if (whole > GWS_PROXY_MAX)
		return -EINVAL;
	if (len < whole)
		return 0;
	if (command == 0x20 || (kind != V2_TCP4 && kind != V2_TCP6))
		return whole;
	if (!parse_addresses(buf + V2_HEAD, buf + whole,
			     kind == V2_TCP4 ? 4 : 16, proxy))
		return -EINVAL;
	return whole;
}

int gws_proxy_parse(const char *buf, u32 len, struct gws_proxy *proxy)
{
	memset(proxy, 0, sizeof(*proxy));
	if (!len)
		return 0;
	return buf[0] == 'P' ? parse_v1(buf, len, proxy) :
			       parse_v2(buf, len, proxy);
}
