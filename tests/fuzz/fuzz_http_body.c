// SPDX-License-Identifier: MIT
/*
 * Chunked bodies: whatever the steps, the same payload, end and verdict. The
 * first byte is the size of the steps.
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
	return 0;
}
