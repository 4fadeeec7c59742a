// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Answers of our own: short, the same for every request with that status, but
 * for the fields that a filter gives.
 */
#include "http_reply.h"

static const struct reply {
	u32 status;
	const char *reason;
} replies[] = {
	{ 200, "OK" },
	{ 301, "Moved Permanently" },
	{ 302, "Found" },
	{ 303, "See Other" },
	{ 307, "Temporary Redirect" },
	{ 308, "Permanent Redirect" },
	{ 400, "Bad Request" },
	{ 404, "Not Found" },
	{ 408, "Request Timeout" },
	{ 413, "Content Too Large" },
	{ 414, "URI Too Long" },
	{ 417, "Expectation Failed" },
	{ 421, "Misdirected Request" },
	{ 431, "Request Header Fields Too Large" },
	{ 501, "Not Implemented" },
	{ 502, "Bad Gateway" },
	{ 503, "Service Unavailable" },
	{ 504, "Gateway Timeout" },
	{ 505, "HTTP Version Not Supported" },
	{ 508, "Loop Detected" },
};

static const struct reply internal_error = { 500, "Internal Server Error" };

static const struct reply *find_reply(u32 status)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(replies); i++)
		if (replies[i].status == status)
			return &replies[i];
	return &internal_error;
}

static char *put_text(char *out, const char *text)
{
	while (*text)
		*out++ = *text++;
	return out;
}

static u32 sum_len(const struct gws_str *parts, u32 n)
{
	u32 i, len = 0;

	for (i = 0; i < n; i++)
		len += parts[i].len;
	return len;
}

static char *put_parts(char *out, const struct gws_str *parts, u32 n)
{
	u32 i;

	for (i = 0; i < n; i++) {
		if (!parts[i].len)
			continue;
		memcpy(out, parts[i].p, parts[i].len);
		out += parts[i].len;
	}
	return out;
}

int gws_http_reply_write(char *out, u32 cap, u32 status, u32 flags)
{
	return gws_http_reply_write_with(out, cap, status, flags, NULL, 0);
}

int gws_http_reply_write_with(char *out, u32 cap, u32 status, u32 flags,
			      const struct gws_str *parts, u32 n)
{
	const struct reply *reply = find_reply(status);
	u32 body = strlen(reply->reason) + 1;
	char *p = out;

	if (cap < GWS_REPLY_MAX + sum_len(parts, n))
		return -ENOSPC;
	p = put_text(p, "HTTP/1.1 ");
	p = gws_put_decimal(p, reply->status);
	*p++ = ' ';
	p = put_text(p, reply->reason);
	if (!(flags & GWS_REPLY_NO_SERVER))
		p = put_text(p, "\r\nServer: gwsteer");
	if (!(flags & GWS_REPLY_NO_TYPE))
		p = put_text(p, "\r\nContent-Type: text/plain");
	p = put_text(p, "\r\nContent-Length: ");
	p = gws_put_decimal(p, body);
	if (flags & GWS_REPLY_CLOSE)
		p = put_text(p, "\r\nConnection: close");
	else if (flags & GWS_REPLY_KEEP_1_0)
		p = put_text(p, "\r\nConnection: keep-alive");
	p = put_text(p, "\r\n");
	p = put_parts(p, parts, n);
	p = put_text(p, "\r\n");
	if (!(flags & GWS_REPLY_HEAD)) {
		p = put_text(p, reply->reason);
		*p++ = '\n';
	}
	return p - out;
}
