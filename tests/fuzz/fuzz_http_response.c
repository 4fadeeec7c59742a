// SPDX-License-Identifier: MIT
/*
 * Responses, as fuzz_http_request.c. The first byte says where to cut and, by
 * its low bits, the method that was asked with and the client's version.
 */
#include "fuzz.h"
#include "http_rewrite.h"

static struct gws_http_response resp, again;

static void check_return(enum gws_http_method method, u8 minor)
{
	struct gws_http_return ret = { .minor = minor };
	u32 room = gws_http_response_room(&resp), resume = 0;
	char *out = fuzz_copy("", 0, room + GWS_HEAD_SLACK, 0);
	enum gws_http_framing framing;
	int len, rc;

	framing = gws_http_return_framing(&resp, minor);
	ret.close = framing == GWS_FRAMING_CLOSE;
	len = gws_http_write_response(out, room, &resp, &ret);
	MUST(len > 0 && len <= (int)room);
	if (len <= GWS_HEAD_MAX && resp.head.nheaders < GWS_HEADERS_MAX - 4) {
		rc = gws_http_parse_response(out, len, &resume, method, &again);
		MUST(rc == len);
		MUST(again.status == resp.status);
		MUST(again.head.framing == framing);
	}
	free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	u32 resume = 0, len, cut;
	enum gws_http_method method;
	char *buf, *part;
	int rc, rc2;

	if (size < 2)
		return 0;
	len = size - 1;
	method = data[0] & 1 ? GWS_METHOD_HEAD : GWS_METHOD_GET;
	buf = fuzz_copy(data + 1, len, GWS_HEAD_SLACK, '\n');
	rc = gws_http_parse_response(buf, len, &resume, method, &resp);
	MUST(rc <= (int)len && rc > -GWS_HTTP_ERROR_COUNT);
	if (rc > 0)
		check_return(method, data[0] >> 1 & 1);

	cut = (u64)data[0] * len / 255;
	resume = 0;
	part = fuzz_copy(buf, cut, GWS_HEAD_SLACK, ':');
	rc2 = gws_http_parse_response(part, cut, &resume, method, &again);
	if (!rc2)
		rc2 = gws_http_parse_response(buf, len, &resume, method, &again);
	/* An error may wait for its line's end. */
	MUST(rc2 == rc || (!rc2 && rc < 0 && !memchr(buf + cut, '\n', len - cut)));
	free(part);
	free(buf);
	return 0;
}
