// SPDX-License-Identifier: MIT
/*
 * Heads remembered: whatever came before, what the memory answers is what a
 * fresh look at the same bytes gives, and a head that comes again and again is
 * remembered. The input is a script and heads, with NULs in between; each byte
 * of the script lets a head come.
 */
#include "fuzz.h"
#include "http_memo.h"
#include "http_uri.h"

enum {
	HEADS = 8,		/* a script names them by three bits */
	BEHIND = 1 << 3,	/* something has come behind the head */
	RESPONSE = 1 << 4,
	TO_HEAD = 1 << 5,	/* the answer to HEAD */
	OLD = 1 << 6,		/* the client speaks HTTP/1.0 */
	CLOSE = 1 << 7,		/* its connection ends */
};

struct head {
	char *data;
	u32 len;
};

static struct gws_http_request_memos requests;
static struct gws_http_response_memos responses;
/* By the numbers that the memory gave to requests. */
static struct head by_serial[1 << 16];

static bool same_fields(const struct gws_http_head *a,
			const struct gws_http_head *b)
{
	u32 i;

	for (i = 0; i < a->nheaders; i++)
		if (a->headers[i].at != b->headers[i].at ||
		    a->headers[i].name_len != b->headers[i].name_len ||
		    a->headers[i].id != b->headers[i].id ||
		    a->headers[i].dropped != b->headers[i].dropped)
			return false;
	return a->seen == b->seen && a->len == b->len &&
	       a->nheaders == b->nheaders && a->minor == b->minor &&
	       a->framing == b->framing && a->keep_alive == b->keep_alive &&
	       a->upgrade == b->upgrade &&
	       (a->framing != GWS_FRAMING_LENGTH ||
		a->content_length == b->content_length);
}

static bool same_request(const struct gws_http_request *a,
			 const struct gws_http_request *b)
{
	return a->method_id == b->method_id && gws_str_eq(a->method, b->method) &&
	       gws_str_eq(a->path, b->path) && gws_str_eq(a->host, b->host) &&
	       !a->query.p == !b->query.p && gws_str_eq(a->query, b->query) &&
	       a->target == b->target && a->https == b->https &&
	       a->path_plain == b->path_plain &&
	       a->expect_continue == b->expect_continue &&
	       same_fields(&a->head, &b->head);
}

/* With the client's lines put in where the memory says. */
static void check_request_out(const struct gws_http_request_memo *m,
			      const struct gws_http_request *req)
{
	struct gws_http_forward fwd = { .path = m->path,
					.client = GWS_STR("X-Real-IP: a\r\n") };
	u32 room = gws_http_request_room(req, &fwd);
	char *out = fuzz_copy("", 0, room, 0);
	int len = gws_http_write_request(out, room, req, &fwd);

	MUST(len == (int)(m->out_len + fwd.client.len));
	MUST(!memcmp(out, m->out, m->front));
	MUST(!memcmp(out + m->front, fwd.client.p, fwd.client.len));
	MUST(!memcmp(out + m->front + fwd.client.len, m->out + m->front,
		     m->out_len - m->front));
	free(out);
}

/* The same number means the same bytes. */
static void check_serial(const struct gws_http_request_memo *m)
{
	struct head *first = &by_serial[m->req.serial % ARRAY_SIZE(by_serial)];

	MUST(m->req.serial && m->req.serial <= requests.serial);
	if (first->len)
		MUST(first->len == m->tag.len &&
		     !memcmp(first->data, m->bytes, first->len));
	else
		*first = (struct head){ fuzz_copy(m->bytes, m->tag.len, 0, 0),
					m->tag.len };
}

static void check_request(const struct gws_http_request_memo *m,
			  const struct gws_http_request *req, int rc)
{
	static char host_buf[GWS_HOST_MAX], path_buf[GWS_HEAD_MAX];
	struct gws_str host, path;

	MUST(rc == (int)m->tag.len);
	MUST(same_request(&m->req, req));
	MUST(!gws_http_host_normalise(req->host, host_buf, sizeof(host_buf),
				      &host));
	MUST(!gws_http_request_path(req, path_buf, sizeof(path_buf), &path));
	MUST(gws_str_eq(m->host, host) && gws_str_eq(m->path, path));
	check_request_out(m, req);
	check_serial(m);
}

/* Does the memory have room for @req, without memory besides the head's? */
static bool can_be_kept(const struct gws_http_request *req, u32 len)
{
	struct gws_str host, path;

	return len >= 24 && req->head.len <= GWS_MEMO_HEAD_MAX && !req->https &&
	       !gws_http_host_normalise(req->host, NULL, 0, &host) &&
	       !gws_http_request_path(req, NULL, 0, &path);
}

static void request_comes(const char *data, u32 len)
{
	static struct gws_http_request req;
	const struct gws_http_request_memo *m;
	u32 resume = 0;
	int rc;

	m = gws_http_request_recall(&requests, data, len);
	rc = gws_http_parse_request(data, len, &resume, &req);
	if (m)
		check_request(m, &req, rc);
	else if (rc > 0)
		gws_http_request_keep(&requests, data, len, rc);
}

/* Into an empty memory, twice; then it is known. */
static void request_is_learnt(const struct head *head)
{
	char *data = fuzz_copy(head->data, head->len, GWS_HEAD_SLACK, '\n');
	static struct gws_http_request req;
	const struct gws_http_request_memo *m;
	u32 len = head->len, resume = 0;

	memset(&requests, 0, sizeof(requests));
	request_comes(data, len);
	request_comes(data, len);
	m = gws_http_request_recall(&requests, data, len);
	if (gws_http_parse_request(data, len, &resume, &req) > 0)
		MUST(!!m == can_be_kept(&req, len));
	else
		MUST(!m);
	free(data);
}

/* The head to send is the one that would be written. */
static void check_response(const struct gws_http_response_memo *m,
			   const struct gws_http_response *resp,
			   const struct gws_http_return *ret, int rc)
{
	u32 room = gws_http_response_room(resp);
	char *out = fuzz_copy("", 0, room, 0);

	MUST(rc == (int)m->tag.len);
	MUST(m->resp.status == resp->status && resp->status >= 200);
	MUST(gws_str_eq(m->resp.reason, resp->reason));
	MUST(same_fields(&m->resp.head, &resp->head));
	MUST(gws_http_return_framing(resp, ret->minor) != GWS_FRAMING_CLOSE);
	MUST(gws_http_write_response(out, room, resp, ret) == (int)m->out_len);
	MUST(!memcmp(out, m->out, m->out_len));
	free(out);
}

static void response_comes(const char *data, u32 len, u8 how)
{
	const struct gws_http_return ret = { .minor = !(how & OLD),
					     .close = how & CLOSE };
	enum gws_http_method method = how & TO_HEAD ? GWS_METHOD_HEAD :
						      GWS_METHOD_GET;
	static struct gws_http_response resp;
	const struct gws_http_response_memo *m;
	u32 resume = 0;
	int rc;

	m = gws_http_response_recall(&responses, data, len, how & OLD, method,
				     &ret);
	rc = gws_http_parse_response(data, len, &resume, method, &resp);
	if (m)
		check_response(m, &resp, &ret, rc);
	else if (rc > 0)
		gws_http_response_keep(&responses, data, len, how & OLD, method,
				       &ret, rc);
}

static void comes(const struct head *head, u8 how)
{
	bool behind = how & BEHIND;
	char *data = fuzz_copy(head->data, head->len + behind, GWS_HEAD_SLACK,
			       how);

	if (how & RESPONSE)
		response_comes(data, head->len + behind, how);
	else
		request_comes(data, head->len + behind);
	free(data);
}

/* Cuts at NULs; they are what may come behind a head. */
static u32 split(char *text, size_t len, struct head heads[HEADS])
{
	char *end = text + len, *nul;
	u32 n = 0;

	for (; text < end && n < HEADS; text = nul + 1) {
		nul = memchr(text, '\0', end - text);
		if (!nul)
			nul = end;
		heads[n++] = (struct head){ text, nul - text };
	}
	return n;
}

static void forget(void)
{
	u64 i;

	for (i = 0; i <= requests.serial && i < ARRAY_SIZE(by_serial); i++) {
		free(by_serial[i].data);
		by_serial[i] = (struct head){};
	}
	memset(&requests, 0, sizeof(requests));
	memset(&responses, 0, sizeof(responses));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_copy(data, size, 1, 0);
	struct head heads[HEADS + 1] = {};
	u32 n = split(text, size, heads), i;
	u8 how;

	for (i = 0; n > 1 && i < heads[0].len; i++) {
		how = heads[0].data[i];
		comes(&heads[1 + how % HEADS % (n - 1)], how);
	}
	forget();
	if (n > 1)
		request_is_learnt(&heads[1]);
	memset(&requests, 0, sizeof(requests));
	free(text);
	return 0;
}
