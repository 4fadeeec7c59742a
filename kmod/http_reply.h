/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Answers of our own.
 */
#ifndef GWS_HTTP_REPLY_H
#define GWS_HTTP_REPLY_H

#include "core.h"
#include "limits.h"

enum gws_http_reply_flags {
	GWS_REPLY_CLOSE = 1 << 0,	/* the connection ends after it */
	GWS_REPLY_HEAD = 1 << 1,	/* answers HEAD: no body bytes */
	GWS_REPLY_KEEP_1_0 = 1 << 2,	/* HTTP/1.0 and not closed: say so */
	GWS_REPLY_NO_SERVER = 1 << 3,	/* the caller's fields have it, */
	GWS_REPLY_NO_TYPE = 1 << 4,	/* or Content-Type, or want none */
};

/*
 * Writes a whole response: status line, Content-Type, Content-Length, Server,
 * and the reason phrase as body. Statuses: 200 301 302 303 307 308 400 404 408
 * 413 414 417 421 431 500 501 502 503 504 505 508; any other is written as 500.
 *
 * No Date: RFC 9110 6.6.1 leaves it out where there is no clock.
 *
 * Returns the length or -ENOSPC; GWS_REPLY_MAX is always enough.
 */
int gws_http_reply_write(char *out, u32 cap, u32 status, u32 flags);

/*
 * The same with fields besides: @n pieces that together are whole lines, each
 * with its CRLF. Needs room for them, too.
 */
int gws_http_reply_write_with(char *out, u32 cap, u32 status, u32 flags,
			      const struct gws_str *parts, u32 n);

#define GWS_CONTINUE		"HTTP/1.1 100 Continue\r\n\r\n"
#define GWS_CONTINUE_LEN	25

#endif /* GWS_HTTP_REPLY_H */
