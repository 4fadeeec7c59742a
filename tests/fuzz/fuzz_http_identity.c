// SPDX-License-Identifier: MIT
/*
 * What goes on about a client: for any head that the parser takes it stays within
 * its room, can be read again, and each field of ours stands there once; the last
 * address of X-Forwarded-For is the one that the connection came from, and so is the
 * last element of Forwarded.
 */
#include "fuzz.h"
#include "http_rewrite.h"
#include "http_uri.h"

#define ADDR	"10.0.0.1"

static const struct gws_prefix trusted[] = {
	{ { 10 }, 4, 8 }, { { 0x20, 0x01 }, 16, 16 },
};

static void check_once(const struct gws_http_head *head,
		       enum gws_http_header_id id, bool there)
{
	uint32_t i, n = 0;

	for (i = 0; i < head->nheaders; i++)
		n += head->headers[i].id == id;
	MUST(n == there);
}

static void check_last(const struct gws_http_head *head)
{
	const uint32_t len = strlen(ADDR);
	uint32_t i;

	for (i = 0; i < head->nheaders; i++) {
		struct gws_str value;

		if (head->headers[i].id != GWS_HDR_X_FORWARDED_FOR)
			continue;
		value = gws_http_header_value(head, &head->headers[i]);
		MUST(value.len >= len);
		MUST(!memcmp(value.p + value.len - len, ADDR, len));
	}
}

/*
 * Where the last element of @value begins for one that reads it from the front, a
 * quoted string at a time.
 */
static const char *last_of(struct gws_str value)
{
	const char *p = value.p, *end = p + value.len, *last = p;

	for (; p < end; p++) {
		if (*p == ',')
			last = p + 1;
		if (*p != '"')
			continue;
		for (p++; p < end && *p != '"'; p++)
			p += *p == '\\';
		MUST(p < end);
	}
	while (last < end && *last == ' ')
		last++;
	return last;
}

/* Nobody's element but ours; no request with another host comes so far. */
static void check_forwarded(const struct gws_http_request *req)
{
	const struct gws_http_head *head = &req->head;
	const char *ours = "for=" ADDR ";", *last;
	char lower[GWS_HOST_MAX];
	struct gws_str host;
	uint32_t i;

	if (gws_http_host_normalise(req->host, lower, sizeof(lower), &host))
		return;
	for (i = 0; i < head->nheaders; i++) {
		if (head->headers[i].id != GWS_HDR_FORWARDED)
			continue;
		last = last_of(gws_http_header_value(head, &head->headers[i]));
		MUST(!strncmp(last, ours, strlen(ours)));
	}
}

static void check_written(const char *out, uint32_t len, uint8_t how)
{
	static struct gws_http_request again;
	char *copy = fuzz_copy(out, len, GWS_HEAD_SLACK, 0);
	uint32_t resume = 0;
	int rc = gws_http_parse_request(copy, len, &resume, &again);

	/* Ours may be too many fields, or too long a head, for another pass. */
	if (rc > 0) {
		MUST(rc == (int)len);
		check_once(&again.head, GWS_HDR_X_FORWARDED_FOR, !!(how & 2));
		check_once(&again.head, GWS_HDR_X_REAL_IP, !!(how & 2));
		check_once(&again.head, GWS_HDR_X_FORWARDED_PROTO, !!(how & 2));
		check_once(&again.head, GWS_HDR_X_FORWARDED_PORT, !!(how & 2));
		check_once(&again.head, GWS_HDR_FORWARDED, !!(how & 4));
		check_last(&again.head);
		check_forwarded(&again);
	} else {
		MUST(rc == -GWS_HTTP_E_headers_many ||
		     rc == -GWS_HTTP_E_head_large || rc == -GWS_HTTP_E_via_loop ||
		     rc == -GWS_HTTP_E_host_bad || rc == -GWS_HTTP_E_path_bad);
	}
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct gws_http_request req;
	struct gws_http_identity id = {
		.addr = GWS_STR(ADDR), .port = 80,
		.trusted = trusted, .ntrusted = ARRAY_SIZE(trusted),
	};
	struct gws_http_forward fwd = { .identity = &id };
	uint32_t resume = 0, room;
	uint8_t how = size ? data[0] : 0;
	char *head, *out;
	int rc;

	if (!size)
		return 0;
	head = fuzz_copy(data + 1, size - 1, GWS_HEAD_SLACK, 0);
	rc = gws_http_parse_request(head, size - 1, &resume, &req);
	if (rc > 0) {
		id.believed = how & 1;
		id.x_forwarded = how & 2;
		id.forwarded = how & 4;
		fwd.path = req.path;
		room = gws_http_request_room(&req, &fwd);
		out = fuzz_copy("", 0, room, 0);
		rc = gws_http_write_request(out, room, &req, &fwd);
		MUST(rc > 0 && rc <= (int)room);
		check_written(out, rc, how);
		free(out);
	}
	free(head);
	return 0;
}
