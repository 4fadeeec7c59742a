// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* Heads seen before: finding them again, and which to remember. */
#include "http_memo.h"
#include "http_uri.h"

enum {
	KEY_BYTES = 24,		/* that a slot is chosen by, besides the length */
	WAIT_MAX = 128,
};

/* Any odd numbers spread the bits upwards, where the slot is taken from. */
static __always_inline u64 head_key(const char *data, u32 len, u64 salt)
{
	return ((gws_load64(data) ^ salt) + gws_load64(data + 8) * 3 +
		gws_load64(data + 16) * 5 + len) * 0x9e3779b97f4a7c15ULL;
}

static __always_inline u32 slot_of(u64 key)
{
	return key >> 32 & (GWS_MEMO_SLOTS - 1);
}

static __always_inline bool same_block(const char *a, const char *b)
{
	return !((gws_load64(a) ^ gws_load64(b)) |
		 (gws_load64(a + 8) ^ gws_load64(b + 8)) |
		 (gws_load64(a + 16) ^ gws_load64(b + 16)) |
		 (gws_load64(a + 24) ^ gws_load64(b + 24)));
}

/* Longer than what gws_mem_eq() is for; the last block overlaps. */
static __always_inline bool same_bytes(const char *a, const char *b, u32 len)
{
	u32 i;

	if (len < 32)
		return gws_mem_eq(a, b, len);
	for (i = 0; i < len - 32; i += 32)
		if (!same_block(a + i, b + i))
			return false;
	return same_block(a + len - 32, b + len - 32);
}

static __always_inline bool same_head(struct gws_http_memo_tag *tag,
				      const char *bytes, const char *data,
				      u32 len)
{
	if (!tag->len || tag->len > len || !same_bytes(bytes, data, tag->len))
		return false;
	tag->wait = 0;
	tag->left = 0;
	return true;
}

/*
 * After a miss: is this head to be remembered now? Its like must have come
 * before, and what is displaced must have been given time to be of use.
 */
static bool worth_keeping(struct gws_http_memo_tag *tag, u64 key)
{
	if (tag->key != key) {
		tag->key = key;
		return false;
	}
	if (tag->left) {
		tag->left--;
		return false;
	}
	tag->left = tag->wait;
	tag->wait = tag->wait < WAIT_MAX ? 2 * tag->wait + 1 : tag->wait;
	return true;
}

const struct gws_http_request_memo *
gws_http_request_recall(struct gws_http_request_memos *memos,
			const char *data, u32 len)
{
	struct gws_http_request_memo *m;

	if (len < KEY_BYTES)
		return NULL;
	m = &memos->slots[slot_of(head_key(data, len, 0))];
	return same_head(&m->tag, m->bytes, data, len) ? m : NULL;
}

/*
 * Only what needs no other memory than the head's own bytes, and nobody's consent:
 * whether a request for https is served depends on who sent it.
 */
static bool request_settled(struct gws_http_request_memo *m)
{
	struct gws_http_forward fwd = {};
	char none[1];
	int len;

	if (m->req.https ||
	    gws_http_host_normalise(m->req.host, none, 0, &m->host) ||
	    gws_http_request_path(&m->req, none, 0, &m->path))
		return false;
	fwd.path = m->path;
	len = gws_http_write_request_frame(m->out, sizeof(m->out), &m->req, &fwd,
					   &m->front);
	m->out_len = len > 0 ? len : 0;
	return len > 0;
}

void gws_http_request_keep(struct gws_http_request_memos *memos,
			   const char *data, u32 len, u32 head_len)
{
	struct gws_http_request_memo *m;
	u32 resume = 0;
	u64 key;

	if (len < KEY_BYTES || head_len > GWS_MEMO_HEAD_MAX)
		return;
	key = head_key(data, len, 0);
	m = &memos->slots[slot_of(key)];
	if (!worth_keeping(&m->tag, key))
		return;
	memcpy(m->bytes, data, head_len);
	m->tag.len = 0;
	if (gws_http_parse_request(m->bytes, head_len, &resume, &m->req) ==
	    (int)head_len && request_settled(m))
		m->tag.len = head_len;
	m->req.serial = ++memos->serial;
}

const struct gws_http_response_memo *
gws_http_response_recall(struct gws_http_response_memos *memos,
			 const char *data, u32 len, u64 salt,
			 enum gws_http_method method,
			 const struct gws_http_return *ret)
{
	bool head = method == GWS_METHOD_HEAD;
	struct gws_http_response_memo *m;

	if (len < KEY_BYTES)
		return NULL;
	m = &memos->slots[slot_of(head_key(data, len, salt))];
	if (m->head != head ||
	    m->ret.minor != ret->minor || m->ret.close != ret->close)
		return NULL;
	return same_head(&m->tag, m->bytes, data, len) ? m : NULL;
}

static bool response_settled(struct gws_http_response_memo *m)
{
	int len;

	if (m->resp.status < 200 || m->resp.head.framing == GWS_FRAMING_CLOSE)
		return false;
	/* Such an answer closes the connection, whatever m->ret said before. */
	if (gws_http_return_framing(&m->resp, m->ret.minor) == GWS_FRAMING_CLOSE)
		return false;
	len = gws_http_write_response(m->out, sizeof(m->out), &m->resp, &m->ret);
	m->out_len = len > 0 ? len : 0;
	return len > 0;
}

void gws_http_response_keep(struct gws_http_response_memos *memos,
			    const char *data, u32 len, u64 salt,
			    enum gws_http_method method,
			    const struct gws_http_return *ret, u32 head_len)
{
	struct gws_http_response_memo *m;
	u32 resume = 0;
	u64 key;

	if (len < KEY_BYTES || head_len > GWS_MEMO_HEAD_MAX)
		return;
	key = head_key(data, len, salt);
	m = &memos->slots[slot_of(key)];
	if (!worth_keeping(&m->tag, key))
		return;
	memcpy(m->bytes, data, head_len);
	m->tag.len = 0;
	m->head = method == GWS_METHOD_HEAD;
	m->ret = *ret;
	if (gws_http_parse_response(m->bytes, head_len, &resume, method,
				    &m->resp) == (int)head_len &&
	    response_settled(m))
		m->tag.len = head_len;
}
