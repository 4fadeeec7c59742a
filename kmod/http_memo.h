/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Heads seen before. What a head means, and how it is forwarded, follows from
 * its bytes alone; clients that poll, probe or reload, and backends that answer
 * them within the same second, send the same bytes over and over. So a head is
 * compared with an earlier one before it is parsed.
 *
 * One of a kind for each worker; no locks. A head is remembered when its like
 * (the same first bytes and length) comes a second time, so that traffic
 * without repetition pays for a failed comparison only; a slot whose contents
 * were of no use waits longer each time.
 */
#ifndef GWS_HTTP_MEMO_H
#define GWS_HTTP_MEMO_H

#include "http_rewrite.h"

struct gws_http_memo_tag {
	u64 key;		/* of the last head that came here */
	u32 len;		/* of the head remembered; 0: none */
	u8 wait;		/* its like may come so often unremembered */
	u8 left;		/* of @wait */
};

struct gws_http_request_memo {
	struct gws_http_memo_tag tag;
	struct gws_http_request req;
	struct gws_str host;		/* normalised */
	struct gws_str path;		/* normalised */
	/* As forwarded; the client's lines go behind the first @front bytes. */
	u32 front;
	u32 out_len;
	char bytes[GWS_MEMO_HEAD_MAX + GWS_HEAD_SLACK];
	char out[4 * GWS_MEMO_HEAD_MAX + GWS_REQUEST_ROOM];
};

struct gws_http_response_memo {
	struct gws_http_memo_tag tag;
	bool head;			/* the answer to HEAD */
	struct gws_http_return ret;
	struct gws_http_response resp;
	u32 out_len;
	char bytes[GWS_MEMO_HEAD_MAX + GWS_HEAD_SLACK];
	char out[GWS_MEMO_HEAD_MAX + GWS_RESPONSE_ROOM];
};

struct gws_http_request_memos {
	u64 serial;		/* of the head remembered last */
	struct gws_http_request_memo slots[GWS_MEMO_SLOTS];
};

struct gws_http_response_memos {
	struct gws_http_response_memo slots[GWS_MEMO_SLOTS];
};

/*
 * The memory of the head that @data, @len bytes received so far, begins with,
 * or NULL. What it points at is valid until the next gws_http_..._keep(). @data
 * may change meanwhile: only the copy remembered is used.
 */
const struct gws_http_request_memo *
gws_http_request_recall(struct gws_http_request_memos *memos,
			const char *data, u32 len);

/*
 * After a miss with these @data and @len: @head_len of them were a head that
 * the parser accepted. Remembers it if that looks worthwhile. @data must not
 * change, and have GWS_HEAD_SLACK readable bytes behind it.
 */
void gws_http_request_keep(struct gws_http_request_memos *memos,
			   const char *data, u32 len, u32 head_len);

/*
 * The same for responses to @method that go back as @ret says; the memory has
 * the head to send, too. @salt tells apart answers of the same length, such as
 * those of different backends. Never remembered: interim ones, and those whose
 * body ends with the connection.
 */
const struct gws_http_response_memo *
gws_http_response_recall(struct gws_http_response_memos *memos,
			 const char *data, u32 len, u64 salt,
			 enum gws_http_method method,
			 const struct gws_http_return *ret);
void gws_http_response_keep(struct gws_http_response_memos *memos,
			    const char *data, u32 len, u64 salt,
			    enum gws_http_method method,
			    const struct gws_http_return *ret, u32 head_len);

#endif /* GWS_HTTP_MEMO_H */
