// SPDX-License-Identifier: MIT
/*
 * Requests: the verdict does not depend on how they are cut or on what lies
 * behind; what is accepted has a normal form that stays, and what is forwarded
 * is accepted again with the same meaning. The first byte says where to cut.
 */
#include "fuzz.h"
#include "http_rewrite.h"
#include "http_uri.h"

static struct gws_http_request req, again;

static int parse(const char *data, u32 len, u32 *resume, int fill)
{
	char *buf = fuzz_copy(data, len, GWS_HEAD_SLACK, fill);
	int rc = gws_http_parse_request(buf, len, resume, &again);

	free(buf);
	return rc;
}

/* The same verdict in two steps, but an error may wait for its line's end. */
static void check_cut(const char *data, u32 len, u32 cut, int whole)
{
	u32 resume = 0;
	int rc = parse(data, cut, &resume, ':');

	if (!rc)
		rc = parse(data, len, &resume, '\n');
	if (!rc && !memchr(data + cut, '\n', len - cut))
		MUST(whole <= 0);
	else
		MUST(rc == whole);
}

/* What a client may not say of itself, and what ends at this hop. */
static void check_dropped(const struct gws_http_head *head)
{
	MUST(!(head->seen & (GWS_HDR_BIT(GWS_HDR_CONNECTION) |
			     GWS_HDR_BIT(GWS_HDR_KEEP_ALIVE) |
			     GWS_HDR_BIT(GWS_HDR_PROXY_CONNECTION) |
			     GWS_HDR_BIT(GWS_HDR_UPGRADE) |
			     GWS_HDR_BIT(GWS_HDR_HTTP2_SETTINGS) |
			     GWS_HDR_BIT(GWS_HDR_TE) |
			     GWS_HDR_BIT(GWS_HDR_TRAILER) |
			     GWS_HDR_BIT(GWS_HDR_FORWARDED) |
			     GWS_HDR_BIT(GWS_HDR_X_FORWARDED_FOR) |
			     GWS_HDR_BIT(GWS_HDR_X_FORWARDED_PORT) |
			     GWS_HDR_BIT(GWS_HDR_X_FORWARDED_PROTO) |
			     GWS_HDR_BIT(GWS_HDR_PROXY) | GWS_HDR_CLAIMS)));
}

static void check_forward(void)
{
	static char path_buf[GWS_HEAD_MAX], host_buf[GWS_HOST_MAX];
	static char more_buf[GWS_HEAD_MAX];
	struct gws_http_forward fwd = { .client = GWS_STR("X-Real-IP: a\r\n") };
	struct gws_str host, path;
	u32 room, resume = 0;
	char *out;
	int len;

	if (gws_http_request_path(&req, path_buf, sizeof(path_buf), &fwd.path))
		return;
	MUST(fwd.path.len && fwd.path.len <= req.path.len);
	MUST(!gws_http_path_normalise(fwd.path, more_buf, sizeof(more_buf),
				      &path));
	MUST(gws_str_eq(path, fwd.path));
	if (gws_http_host_normalise(req.host, host_buf, sizeof(host_buf), &host))
		return;
	if (!req.host.len)
		fwd.host = GWS_STR("fallback");
	room = gws_http_request_room(&req, &fwd);
	out = fuzz_copy("", 0, room + GWS_HEAD_SLACK, 0);
	len = gws_http_write_request(out, room, &req, &fwd);
	MUST(len > 0 && len <= (int)room);
	if (len <= GWS_HEAD_MAX && req.head.nheaders < GWS_HEADERS_MAX - 8) {
		int rc = gws_http_parse_request(out, len, &resume, &again);

		MUST(rc == len || rc == -GWS_HTTP_E_via_loop);
		if (rc == len)
			check_dropped(&again.head);
		MUST(rc < 0 || again.head.framing == req.head.framing);
		MUST(rc < 0 || gws_str_eq(again.path, fwd.path));
		MUST(rc < 0 || again.head.content_length ==
		     req.head.content_length || !again.head.framing);
	}
	free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	u32 resume = 0, len;
	char *buf;
	int rc;

	if (size < 2)
		return 0;
	len = size - 1;
	buf = fuzz_copy(data + 1, len, GWS_HEAD_SLACK, '\r');
	rc = gws_http_parse_request(buf, len, &resume, &req);
	MUST(rc <= (int)len && rc > -GWS_HTTP_ERROR_COUNT);
	MUST(rc <= 0 || gws_http_request_begun(buf, len));
	check_cut(buf, len, (u64)data[0] * len / 255, rc);
	if (rc > 0)
		check_forward();
	free(buf);
	return 0;
}
