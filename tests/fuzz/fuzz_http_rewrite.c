// SPDX-License-Identifier: MIT
/*
 * Heads as they are forwarded: line by line what RFC 9110 7.6 leaves of them,
 * in the same order and byte for byte, and what we add. Answers of our own are
 * understood by our parser. The first byte says which, and how.
 */
#include <ctype.h>
#include <stdarg.h>
#include <strings.h>

#include "fuzz.h"
#include "http_reply.h"
#include "http_rewrite.h"
#include "http_uri.h"

enum {
	RESPONSE = 1 << 0,
	TO_HEAD = 1 << 1,	/* the answer to HEAD */
	OLD = 1 << 2,		/* the client speaks HTTP/1.0 */
	CLOSE = 1 << 3,		/* its connection ends */
	OTHER_HOST = 1 << 4,	/* another Host is sent */
	CLIENT = 1 << 5,	/* the client is described */
};

static char wanted[4 * GWS_HEAD_MAX];
static size_t nwanted;

__attribute__((format(printf, 1, 2)))
static void want(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	nwanted += vsnprintf(wanted + nwanted, sizeof(wanted) - nwanted, format,
			     args);
	va_end(args);
	MUST(nwanted < sizeof(wanted));
}

#define STR(str)	(int)(str).len, (str).p

/* A header line, NUL-terminated, without CRLF and cut at its colon. */
struct line {
	char *name;
	char *rest;
};

struct lines {
	struct line all[GWS_HEADERS_MAX];
	u32 count;
};

/* Of a head that was accepted. */
static void split(char *text, struct lines *lines)
{
	char *next;

	text += strspn(text, "\r\n");
	lines->count = 0;
	for (text = strstr(text, "\r\n") + 2; *text != '\r'; text = next + 2) {
		next = strstr(text, "\r\n");
		*next = '\0';
		lines->all[lines->count++] = (struct line){
			text, strchr(text, ':') + 1,
		};
		lines->all[lines->count - 1].rest[-1] = '\0';
	}
}

static bool is_among(const char *name, const char *const *list)
{
	for (; *list; list++)
		if (!strcasecmp(name, *list))
			return true;
	return false;
}

static const char *const hop[] = {
	"Connection", "TE", "Transfer-Encoding", "Trailer", "Upgrade",
	"Keep-Alive", "Proxy-Connection", "HTTP2-Settings", NULL
};
static const char *const client[] = {
	"Forwarded", "X-Real-IP", "X-Forwarded-For", "X-Forwarded-Host",
	"X-Forwarded-Port", "X-Forwarded-Proto", NULL
};
static const char *const claims[] = {
	"X-Forwarded-Ssl", "X-Forwarded-Scheme", "X-Forwarded-Prefix",
	"X-Forwarded-Server", "X-Forwarded-Protocol", "Proxy", NULL
};
static const char *const needed[] = {
	"Host", "Content-Length", "Transfer-Encoding", "Via", NULL
};

/* Does a Connection line name it, and may it? */
static bool is_nominated(const struct lines *lines, const char *name)
{
	const char *p;
	size_t n;
	u32 i;

	if (is_among(name, client) || is_among(name, needed))
		return false;
	for (i = 0; i < lines->count; i++) {
		if (strcasecmp(lines->all[i].name, "Connection"))
			continue;
		for (p = lines->all[i].rest; *p; p += n) {
			p += strspn(p, ", \t");
			n = strcspn(p, ", \t");
			/* Not a list's element, but an option of its own. */
			if (n == strlen(name) && !strncasecmp(p, name, n) &&
			    strcasecmp(name, "close") &&
			    strcasecmp(name, "keep-alive"))
				return true;
		}
	}
	return false;
}

/* Would CGI take it for one that it must not be? */
static bool is_disguised(const char *name)
{
	char plain[64] = "";
	size_t i;

	if (strlen(name) >= sizeof(plain))
		return false;
	for (i = 0; name[i]; i++)
		plain[i] = isalnum((u8)name[i]) ? name[i] : '-';
	return strcmp(plain, name) &&
	       (is_among(plain, client) || is_among(plain, claims) ||
		is_among(plain, needed));
}

/* What both sides say when they speak WebSocket from here on. */
#define SWITCH	"Connection: upgrade\r\nUpgrade: websocket\r\n"

/* Is it a Max-Forwards that we count down? */
static bool is_counted(const struct gws_http_request *req,
		       const struct line *line)
{
	const char *digits = line->rest + strspn(line->rest, " \t");
	size_t n = strspn(digits, "0123456789");

	return req->method_id == GWS_METHOD_OPTIONS &&
	       !strcasecmp(line->name, "Max-Forwards") && n && n < 10 &&
	       !digits[n + strspn(digits + n, " \t")];
}

/* @req: NULL for those of a response. */
static void want_lines(const struct lines *lines,
		       const struct gws_http_request *req,
		       const char *const *also_not)
{
	const char *name;
	u32 i;

	for (i = 0; i < lines->count; i++) {
		name = lines->all[i].name;
		if (is_among(name, hop) || is_nominated(lines, name) ||
		    is_among(name, also_not) ||
		    (req && (is_among(name, client) || is_among(name, claims) ||
			     is_disguised(name) ||
			     is_counted(req, &lines->all[i]))))
			continue;
		want("%s:%s\r\n", name, lines->all[i].rest);
	}
}

static void check(const char *out, int len)
{
	MUST(len == (int)nwanted && !memcmp(out, wanted, len));
}

/* --- requests --- */

static void want_request(const struct gws_http_request *req,
			 const struct lines *lines,
			 const struct gws_http_forward *fwd)
{
	struct gws_str host = fwd->host.p ? fwd->host : req->host;
	bool other = fwd->host.p || req->target != GWS_TARGET_ORIGIN ||
		     !(req->head.seen & GWS_HDR_BIT(GWS_HDR_HOST));
	const char *const also_not[] = {
		other ? "Host" : "", req->head.minor ? "" : "Expect", NULL
	};

	want("%.*s %.*s%s%.*s HTTP/1.1\r\n", STR(req->method), STR(fwd->path),
	     req->query.p ? "?" : "", STR(req->query));
	if (other)
		want("Host: %.*s\r\n", STR(host));
	want_lines(lines, req, also_not);
	want("%.*s", STR(fwd->client));
	if (req->host.len)
		want("X-Forwarded-Host: %.*s\r\n", STR(req->host));
	want("Via: 1.%u gwsteer\r\n", req->head.minor);
	if (req->head.framing == GWS_FRAMING_CHUNKED)
		want("Transfer-Encoding: chunked\r\n");
	if (req->websocket)
		want(SWITCH);
	if (req->hops)
		want("Max-Forwards: %u\r\n", req->hops - 2);
	want("\r\n");
}

static void describe_client(char text[GWS_CLIENT_FIELDS_MAX], u8 port,
			    struct gws_http_forward *fwd)
{
	int len = gws_http_client_fields(text, GWS_CLIENT_FIELDS_MAX,
					 GWS_STR("2001:db8::1"),
					 GWS_STR("http"), port);

	nwanted = 0;
	want("X-Forwarded-For: 2001:db8::1\r\nX-Forwarded-Proto: http\r\n"
	     "X-Forwarded-Port: %u\r\nX-Real-IP: 2001:db8::1\r\n", port);
	check(text, len);
	fwd->client = (struct gws_str){ text, len };
}

static void check_request(const char *buf, u32 len, u8 how)
{
	static char path[GWS_HEAD_MAX], client_text[GWS_CLIENT_FIELDS_MAX];
	static struct gws_http_request req;
	struct gws_http_forward fwd = {};
	struct lines lines;
	char *copy, *out;
	u32 resume = 0, room;
	int rc = gws_http_parse_request(buf, len, &resume, &req);

	/* With no hop left it is answered here. */
	if (rc <= 0 || req.hops == 1 ||
	    gws_http_request_path(&req, path, sizeof(path), &fwd.path))
		return;
	if (how & CLIENT)
		describe_client(client_text, how, &fwd);
	if (how & OTHER_HOST)
		fwd.host = GWS_STR("other.example");
	copy = fuzz_copy(buf, rc, 1, 0);
	split(copy, &lines);
	nwanted = 0;
	want_request(&req, &lines, &fwd);
	room = gws_http_request_room(&req, &fwd);
	out = fuzz_copy("", 0, room, 0);
	check(out, gws_http_write_request(out, room, &req, &fwd));
	MUST(gws_http_write_request(out, room - 1, &req, &fwd) == -ENOSPC);
	free(out);
	free(copy);
}

/* --- responses --- */

static void want_response(const struct gws_http_response *resp,
			  const struct lines *lines,
			  const struct gws_http_return *ret)
{
	bool interim = resp->status < 200;
	const char *const also_not[] = {
		interim || resp->status == 204 ? "Content-Length" : NULL, NULL
	};

	want("HTTP/1.1 %u %.*s\r\n", resp->status, STR(resp->reason));
	want_lines(lines, NULL, also_not);
	if (gws_http_return_framing(resp, ret->minor) == GWS_FRAMING_CHUNKED)
		want("Transfer-Encoding: chunked\r\n");
	if (resp->status == 101)
		want(SWITCH);
	if (!interim && ret->close)
		want("Connection: close\r\n");
	else if (!interim && !ret->minor)
		want("Connection: keep-alive\r\n");
	want("\r\n");
}

static void check_response(const char *buf, u32 len, u8 how)
{
	struct gws_http_return ret = { .minor = !(how & OLD),
				       .close = how & CLOSE };
	static struct gws_http_response resp;
	struct lines lines;
	char *copy, *out;
	u32 resume = 0, room;
	int rc = gws_http_parse_response(buf, len, &resume,
					 how & TO_HEAD ? GWS_METHOD_HEAD :
							 GWS_METHOD_GET, &resp);

	if (rc <= 0)
		return;
	copy = fuzz_copy(buf, rc, 1, 0);
	split(copy, &lines);
	nwanted = 0;
	want_response(&resp, &lines, &ret);
	room = gws_http_response_room(&resp);
	out = fuzz_copy("", 0, room, 0);
	check(out, gws_http_write_response(out, room, &resp, &ret));
	MUST(gws_http_write_response(out, room - 1, &resp, &ret) == -ENOSPC);
	free(out);
	free(copy);
}

/* --- answers of our own --- */

static void check_reply(u32 status, u32 flags)
{
	enum gws_http_method method = flags & GWS_REPLY_HEAD ? GWS_METHOD_HEAD :
							       GWS_METHOD_GET;
	char *out = fuzz_copy("", 0, GWS_REPLY_MAX + GWS_HEAD_SLACK, 0);
	int len = gws_http_reply_write(out, GWS_REPLY_MAX, status, flags);
	static struct gws_http_response resp;
	u32 resume = 0;
	int head;

	MUST(len > 0 && len <= GWS_REPLY_MAX);
	head = gws_http_parse_response(out, len, &resume, method, &resp);
	MUST(head > 0 && (resp.status == status || resp.status == 500));
	MUST(resp.head.keep_alive == !(flags & GWS_REPLY_CLOSE));
	if (flags & GWS_REPLY_HEAD)
		MUST(head == len && resp.head.framing == GWS_FRAMING_NONE);
	else
		MUST(resp.head.content_length == (u64)(len - head));
	free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *buf;

	if (size < 2)
		return 0;
	buf = fuzz_copy(data + 1, size - 1, GWS_HEAD_SLACK, '\n');
	if (data[0] & RESPONSE)
		check_response(buf, size - 1, data[0]);
	else
		check_request(buf, size - 1, data[0]);
	check_reply(2 * data[0] + data[1] % 2 + 300, data[1]);
	free(buf);
	return 0;
}
