/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Working memory of one worker: the head that is being parsed and what the
 * parser says of it. Valid within one step of one connection.
 */
#ifndef GWS_SCRATCH_H
#define GWS_SCRATCH_H

#include "http_memo.h"
#include "limits.h"

struct gws_scratch {
	struct gws_http_request req;
	struct gws_http_response resp;
	char host[GWS_HOST_MAX];
	char path[GWS_TARGET_MAX];
	/* The parsers load whole words: some bytes behind the head are read. */
	char bytes[GWS_HEAD_MAX + GWS_HEAD_SLACK];
	/* These outlive the step. */
	struct gws_http_request_memos requests;
	struct gws_http_response_memos responses;
};

struct gws_scratch *gws_scratch_alloc(int cpu);
void gws_scratch_free(struct gws_scratch *scratch);

#endif /* GWS_SCRATCH_H */
