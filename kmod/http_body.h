/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Where the payload of a message is in the bytes that come, and where it ends.
 *
 * Framing bytes (chunk lines, CRLFs, trailers) are read once each and never
 * forwarded: the sender may still be able to change them in memory that it
 * shares with us, so a decision may only rest on the value that was read.
 */
#ifndef GWS_HTTP_BODY_H
#define GWS_HTTP_BODY_H

#include "http_parse.h"

struct gws_http_body {
	u64 remaining;		/* payload bytes of the length or the chunk */
	u32 extensions;		/* bytes of chunk extensions so far */
	u16 count;		/* bytes of the line or of the trailers so far */
	u8 framing;		/* enum gws_http_framing */
	u8 state;		/* http_body.c */
};

enum gws_http_body_verdict {
	GWS_BODY_MORE,		/* the message goes on after these bytes */
	GWS_BODY_END,		/* the message ends with these bytes */
};

/* First @skip bytes that are framing, then @payload bytes that are payload. */
struct gws_http_run {
	u32 skip;
	u32 payload;
};

void gws_http_body_init(struct gws_http_body *body,
			enum gws_http_framing framing, u64 length);

static inline void gws_http_body_of(struct gws_http_body *body,
				    const struct gws_http_head *head)
{
	gws_http_body_init(body, head->framing, head->content_length);
}

/* Nothing more belongs to the message. Never for GWS_FRAMING_CLOSE. */
bool gws_http_body_ended(const struct gws_http_body *body);

/*
 * Advances over some of the @len bytes at @p and says what they are in @run:
 * run->skip + run->payload of them, at least one if @len > 0 and the body has
 * not ended. Call again with the rest until GWS_BODY_END or @len is used up.
 *
 * Returns enum gws_http_body_verdict or -enum gws_http_error; @run then covers
 * the bytes before the wrong one. O(1) unless chunked; then it looks at each
 * framing byte once and at no payload byte.
 */
int gws_http_body_scan(struct gws_http_body *body, const char *p, u32 len,
		       struct gws_http_run *run);

/*
 * Payload bytes that follow for certain, so need no look: ~0ULL until the end
 * of the connection. Up to so many may be passed over by gws_http_body_take().
 */
u64 gws_http_body_due(const struct gws_http_body *body);
void gws_http_body_take(struct gws_http_body *body, u32 len);

/* Re-framing: chunk head, payload, GWS_CRLF, and at the end GWS_LAST_CHUNK. */
#define GWS_CRLF		"\r\n"
#define GWS_CRLF_LEN		2
#define GWS_LAST_CHUNK		"0\r\n\r\n"
#define GWS_LAST_CHUNK_LEN	5

/*
 * Writes the chunk line for @n > 0 payload bytes; @out has room for
 * GWS_CHUNK_HEAD_MAX. Returns its length.
 */
u32 gws_http_chunk_head(char *out, u32 n);

#endif /* GWS_HTTP_BODY_H */
