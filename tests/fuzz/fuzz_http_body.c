// SPDX-License-Identifier: MIT
/*
 * Chunked bodies: whatever the steps, the same payload, end and verdict; and
 * what we frame ourselves is the payload again. The first byte is the size of
 * the steps.
 */
#include "fuzz.h"
#include "http_body.h"

struct result {
	u64 sum;	/* of payload bytes, by their place in it */
	u64 payload;
	u32 used;
	int rc;
};

static struct result scan(const char *data, u32 len, u32 step)
{
	struct result r = { .rc = GWS_BODY_MORE };
	struct gws_http_body body;
	struct gws_http_run run;
	u32 i, n, at;
	char *part;

	gws_http_body_init(&body, GWS_FRAMING_CHUNKED, 0);
	while (r.used < len && r.rc == GWS_BODY_MORE) {
		n = len - r.used < step ? len - r.used : step;
		part = fuzz_copy(data + r.used, n, 0, 0);
		for (at = 0; at < n && r.rc == GWS_BODY_MORE;) {
			r.rc = gws_http_body_scan(&body, part + at, n - at, &run);
			MUST(run.skip + run.payload <= n - at);
			MUST(r.rc || run.skip + run.payload);
			at += run.skip;
			for (i = 0; i < run.payload; i++)
				r.sum = 31 * r.sum + (u8)part[at++];
			r.payload += run.payload;
		}
		r.used += at;
		free(part);
	}
	MUST((r.rc == GWS_BODY_END) == gws_http_body_ended(&body) || r.rc < 0);
	return r;
}

/* As bodies without a length go to clients: in chunks of @step bytes. */
static u32 reframe(char *out, const char *data, u32 len, u32 step)
{
	char *p = out;
	u32 n;

	for (; len; data += n, len -= n) {
		n = len < step ? len : step;
		p += gws_http_chunk_head(p, n);
		memcpy(p, data, n);
		memcpy(p + n, GWS_CRLF, GWS_CRLF_LEN);
		p += n + GWS_CRLF_LEN;
	}
	memcpy(p, GWS_LAST_CHUNK, GWS_LAST_CHUNK_LEN);
	return p + GWS_LAST_CHUNK_LEN - out;
}

static void check_reframe(const char *data, u32 len, u32 step)
{
	u32 room = len + (len / step + 1) * (GWS_CHUNK_HEAD_MAX + GWS_CRLF_LEN) +
		   GWS_LAST_CHUNK_LEN, framed, i;
	char *out = fuzz_copy("", 0, room, 0);
	struct result r;
	u64 sum = 0;

	framed = reframe(out, data, len, step);
	MUST(framed <= room);
	r = scan(out, framed, framed);
	for (i = 0; i < len; i++)
		sum = 31 * sum + (u8)data[i];
	MUST(r.rc == GWS_BODY_END && r.used == framed);
	MUST(r.payload == len && r.sum == sum);
	free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct result whole, steps;

	if (size < 2)
		return 0;
	whole = scan((const char *)data + 1, size - 1, size);
	steps = scan((const char *)data + 1, size - 1, data[0] + 1);
	MUST(whole.rc == steps.rc);
	MUST(whole.used == steps.used);
	MUST(whole.payload == steps.payload && whole.sum == steps.sum);
	check_reframe((const char *)data + 1, size - 1, 16 * data[0] + 1);
	return 0;
}
