// SPDX-License-Identifier: MIT
/*
 * What the pure core costs for one request: run under callgrind, which counts
 * the instructions of one_request() and what it calls (make -C tests/unit cost).
 * The request is wrk's, the response nginx's. The argument is the number of
 * matches in the table; 2 by default.
 */
#include <stdio.h>
#include <stdlib.h>
#include "http_body.h"
#include "http_rewrite.h"
#include "http_uri.h"
#include "match.h"
#include "match_index.h"
#include "pick.h"
#include "uapi/linux/gwsteer.h"

#define ROUNDS	1000

static const char request[] =
	"GET /foo HTTP/1.1\r\n"
	"Host: 10.0.0.1:30731\r\n"
	"\r\n";

static const char response[] =
	"HTTP/1.1 200 OK\r\n"
	"Server: nginx/1.26.3\r\n"
	"Date: Thu, 30 Jul 2026 10:11:12 GMT\r\n"
	"Content-Type: application/octet-stream\r\n"
	"Content-Length: 45\r\n"
	"Last-Modified: Wed, 29 Jul 2026 08:00:00 GMT\r\n"
	"Connection: keep-alive\r\n"
	"ETag: \"66a74e00-2d\"\r\n"
	"Accept-Ranges: bytes\r\n"
	"\r\n";

static struct gws_http_request req;
static struct gws_http_response resp;
static struct gws_match_table table;
static struct gws_pick pick;
static char in[512], out[1024], host_buf[GWS_HOST_MAX], path_buf[512];
static char client[GWS_CLIENT_FIELDS_MAX];
static struct gws_http_forward fwd;

static int forward_request(u64 turn)
{
	struct gws_str host, path;
	u32 resume = 0;
	int len, match;

	len = gws_http_parse_request(in, sizeof(request) - 1, &resume, &req);
	if (len != sizeof(request) - 1 ||
	    gws_http_request_path(&req, path_buf, sizeof(path_buf), &path) ||
	    gws_http_host_normalise(req.host, host_buf, sizeof(host_buf), &host))
		abort();
	match = gws_match_find(&table, path, &req);
	if (match < 0 || gws_pick_at(&pick, turn) > 1)
		abort();
	fwd.path = path;
	return gws_http_write_request(out, sizeof(out), &req, &fwd);
}

static int return_response(void)
{
	struct gws_http_return ret = { .minor = 1 };
	struct gws_http_body body;
	struct gws_http_run run;
	u32 resume = 0;

	if (gws_http_parse_response(in + 128, sizeof(response) - 1, &resume,
				    req.method_id, &resp) <= 0)
		abort();
	gws_http_body_of(&body, &resp.head);
	if (gws_http_body_scan(&body, in, 45, &run) != GWS_BODY_END)
		abort();
	return gws_http_write_response(out, sizeof(out), &resp, &ret);
}

noinline void one_request(u64 turn)
{
	if (forward_request(turn) <= 0 || return_response() <= 0)
		abort();
}

/* Prefixes of one length, the one that is asked for the last of them. */
static void table_make(u32 n)
{
	struct gws_match *matches = calloc(n, sizeof(*matches));
	char *paths = malloc(n * 16ul);
	u32 i;

	for (i = 0; i < n; i++) {
		sprintf(paths + i * 16, i + 1 < n ? "/s%06u/api" : "/foo", i);
		matches[i].path = (struct gws_str){ paths + i * 16,
						    strlen(paths + i * 16) };
		matches[i].path_kind = GWS_PATH_PREFIX;
	}
	table.matches = matches;
	table.nmatches = n;
	if (n > GWS_MATCH_WALK_MAX)
		gws_match_index_build(&table, matches,
				      malloc(gws_match_index_size(n)), 1);
}

int main(int argc, char **argv)
{
	static const u32 weights[] = { 80, 20 };
	static u8 schedule[5];
	u32 i;

	memcpy(in, request, sizeof(request));
	memcpy(in + 128, response, sizeof(response));
	fwd.client.p = client;
	fwd.client.len = gws_http_client_fields(client, sizeof(client),
						GWS_STR("10.0.0.2"),
						GWS_STR("http"), 30731);
	table_make(argc > 1 ? strtoul(argv[1], NULL, 10) : 2);
	gws_pick_build(weights, 2, schedule, sizeof(schedule));
	gws_pick_init(&pick, weights, 2, schedule, sizeof(schedule));
	for (i = 0; i < ROUNDS; i++)
		one_request(i);
	printf("%d rounds\n", ROUNDS);
	return 0;
}
