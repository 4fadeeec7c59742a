// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Start lines of requests and responses, and what a head as a whole means:
 * framing, keep-alive, target (RFC 9112 2 to 6, 9.3).
 */
#include "http_parse.h"
#include "http_chars.h"
#include "http_field.h"
#include "http_uri.h"

static const struct {
	const char *name;
	u32 status;
} http_errors[GWS_HTTP_ERROR_COUNT] = {
	[GWS_HTTP_E_none] = { "none", 400 },
#define X(name, status) [GWS_HTTP_E_##name] = { #name, status },
	GWS_HTTP_ERRORS(X)
#undef X
};

const char *gws_http_error_name(enum gws_http_error error)
{
	return (u32)error < GWS_HTTP_ERROR_COUNT ? http_errors[error].name :
						   "unknown";
}

u32 gws_http_error_status(enum gws_http_error error)
{
	return (u32)error < GWS_HTTP_ERROR_COUNT ? http_errors[error].status :
						   400;
}

/*
 * Could another look at the whole give anything but "more bytes needed", now
 * that the bytes from @from on have come? A line end may, and is seen a bounded
 * number of times; what is wrong for sure is seen once.
 */
static bool worth_parsing(const char *buf, u32 from, u32 len)
{
	u32 i;

	for (i = from; i < len; i++) {
		if (buf[i] == '\n' || (i && buf[i - 1] == '\r'))
			return true;
		if (((u8)buf[i] < ' ' && buf[i] != '\r' && buf[i] != '\t') ||
		    buf[i] == 0x7f)
			return true;
	}
	return false;
}

/* Not the array of nominated fields, which has a count. */
static __always_inline void fields_init(struct gws_http_fields *fields,
					bool request)
{
	fields->host.p = NULL;
	fields->host.len = 0;
	fields->via = 0;
	fields->close = false;
	fields->keep_alive = false;
	fields->expect = false;
	fields->request = request;
	fields->nnominated = 0;
}

/* The method [@p, @p + @len), a token. */
static int request_method(const char *p, u32 len)
{
	static const struct {
		struct gws_str name;
		int id;
	} methods[] = {
		{ { "POST", 4 }, GWS_METHOD_POST },
		{ { "HEAD", 4 }, GWS_METHOD_HEAD },
		{ { "PUT", 3 }, GWS_METHOD_PUT },
		{ { "DELETE", 6 }, GWS_METHOD_DELETE },
		{ { "OPTIONS", 7 }, GWS_METHOD_OPTIONS },
		{ { "PATCH", 5 }, GWS_METHOD_PATCH },
		{ { "CONNECT", 7 }, -GWS_HTTP_E_method_refused },
		{ { "TRACE", 5 }, -GWS_HTTP_E_method_refused },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(methods); i++)
		if (gws_str_eq(methods[i].name, (struct gws_str){ p, len }))
			return methods[i].id;
	return GWS_METHOD_OTHER;
}

/*
 * Why the byte at @p cannot stand there: an error about lines or controls, if
 * it is one, else @error; 0 when more bytes are needed to tell.
 */
static int wrong_byte(const struct gws_http_window *win, const char *p,
		      int error)
{
	int rc;

	if (p < win->end && (u8)*p >= ' ' && *p != 0x7f)
		return -error;
	if (p < win->end && *p == '\t')
		return -error;
	rc = gws_http_line_end(win, p);
	return rc > 0 ? -error : rc;
}

/* The method at @pp; returns 1 with @pp at the target, 0 or an error. */
static int parse_method(const struct gws_http_window *win, const char **pp,
			struct gws_http_request *req)
{
	const char *p = *pp, *q = p;
	int id;

	while (q < win->end && gws_char_is(*q, GWS_CHAR_TOKEN))
		if (++q - p > GWS_METHOD_MAX)
			return -GWS_HTTP_E_method_refused;
	if (q == win->end)
		return 0;
	if (*q != ' ')
		return wrong_byte(win, q, GWS_HTTP_E_method_bad);
	if (q == p)
		return -GWS_HTTP_E_request_line;
	id = request_method(p, q - p);
	if (id < 0)
		return id;
	req->method = (struct gws_str){ p, q - p };
	req->method_id = id;
	*pp = q + 1;
	return 1;
}

/* Scheme and authority of absolute-form; returns 1 with @pp behind, 0, error. */
static int parse_authority(const struct gws_http_window *win, const char **pp,
			   struct gws_http_request *req)
{
	const char *p = *pp, *q = p;
	u32 i;

	while (q < win->end && gws_char_is(*q, GWS_CHAR_NAME))
		q++;
	if (q - p > 5)
		return -GWS_HTTP_E_target_bad;
	for (i = 0; i < 3; i++)
		if (q + i == win->end || q[i] != "://"[i])
			return wrong_byte(win, q + i, GWS_HTTP_E_target_bad);
	req->https = gws_str_eq_nocase((struct gws_str){ p, q - p },
				       GWS_STR("https"));
	if (!req->https && !gws_str_eq_nocase((struct gws_str){ p, q - p },
					      GWS_STR("http")))
		return -GWS_HTTP_E_target_bad;
	p = q + 3;
	for (q = p; q < win->end && gws_char_is(*q, GWS_CHAR_PATH); q++)
		if (*q == '/' || *q == '@')
			break;
	if (q == win->end)
		return 0;
	if (q == p || *q == '@')
		return -GWS_HTTP_E_target_bad;
	req->host = (struct gws_str){ p, q - p };
	req->target = GWS_TARGET_ABSOLUTE;
	*pp = q;
	return 1;
}

/* Path and query at @pp; returns 1 with @pp behind them, or 0. */
static __always_inline int parse_path(const struct gws_http_window *win,
				      const char **pp,
				      struct gws_http_request *req)
{
	const char *p = *pp, *q = p;
	u8 classes = 0;

	for (; q < win->end; q++) {
		u8 class = gws_http_class[(u8)*q];

		if (!(class & GWS_CHAR_PATH))
			break;
		classes |= class;
	}
	req->path = (struct gws_str){ p, q - p };
	req->path_plain = !(classes & GWS_CHAR_FOLD);
	req->query = (struct gws_str){ NULL, 0 };
	if (q < win->end && *q == '?') {
		p = ++q;
		while (q < win->end && gws_char_is(*q, GWS_CHAR_QUERY))
			q++;
		req->query = (struct gws_str){ p, q - p };
	}
	*pp = q;
	return q < win->end;
}

/* "*" is for OPTIONS alone (RFC 9112 3.2.4). */
static int parse_asterisk(const char **pp, struct gws_http_request *req)
{
	if (req->method_id != GWS_METHOD_OPTIONS)
		return -GWS_HTTP_E_target_bad;
	req->target = GWS_TARGET_ASTERISK;
	req->path = (struct gws_str){ *pp, 1 };
	req->path_plain = true;
	req->query = (struct gws_str){ NULL, 0 };
	++*pp;
	return 1;
}

/* RFC 9112 3.2.1 and RFC 9110 9.3.7: what absolute-form without a path means. */
static void empty_path(struct gws_http_request *req)
{
	bool all = req->method_id == GWS_METHOD_OPTIONS && !req->query.p;

	req->path = all ? GWS_STR("*") : GWS_STR("/");
	if (all)
		req->target = GWS_TARGET_ASTERISK;
}

/* The target at @pp; returns 1 with @pp at the space behind it, 0 or an error. */
static __always_inline int parse_target(const struct gws_http_window *win,
					const char **pp,
					struct gws_http_request *req)
{
	const char *p = *pp;
	int rc;

	if (p == win->end)
		return 0;
	req->target = GWS_TARGET_ORIGIN;
	req->https = false;
	if (likely(*p == '/')) {
		rc = parse_path(win, pp, req);
	} else if (*p == '*') {
		rc = parse_asterisk(pp, req);
	} else {
		rc = parse_authority(win, pp, req);
		if (rc > 0)
			rc = parse_path(win, pp, req);
		if (rc > 0 && !req->path.len)
			empty_path(req);
	}
	if (unlikely(*pp - p > GWS_TARGET_MAX))
		return -GWS_HTTP_E_target_long;
	if (rc <= 0)
		return rc;
	if (*pp < win->end && **pp != ' ')
		return wrong_byte(win, *pp, **pp == '\r' ?
				  GWS_HTTP_E_request_line :
				  GWS_HTTP_E_target_bad);
	return *pp < win->end;
}

/* "HTTP/1.1" or "HTTP/1.0" at @p; returns 1, 0 or an error. */
static __always_inline int parse_version(const struct gws_http_window *win,
					 const char *p, u8 *minor)
{
	u64 w = gws_load64(p);
	u32 i;

	*minor = 1;
	if (likely(w == gws_load64("HTTP/1.1")))
		return 1;
	*minor = 0;
	if (w == gws_load64("HTTP/1.0"))
		return 1;
	for (i = 0; i < 5 && p + i < win->end; i++)
		if (p[i] != "HTTP/"[i])
			return wrong_byte(win, p + i, GWS_HTTP_E_version_bad);
	if (win->end - p < 8)
		return 0;
	if ((u8)(p[5] - '0') <= 9 && p[6] == '.' && (u8)(p[7] - '0') <= 9)
		return -GWS_HTTP_E_version_unsupported;
	return -GWS_HTTP_E_version_bad;
}

/* The request line; returns 1 with @pp behind it, 0 or an error. */
static __always_inline int parse_request_line(const struct gws_http_window *win,
					      const char **pp,
					      struct gws_http_request *req)
{
	const char *p = *pp;
	int rc;

	if (likely(win->end - p >= 4 &&
		   (u32)gws_load64(p) == (u32)gws_load64("GET     "))) {
		req->method = (struct gws_str){ p, 3 };
		req->method_id = GWS_METHOD_GET;
		p += 4;
	} else {
		rc = parse_method(win, &p, req);
		if (rc <= 0)
			return rc;
	}
	rc = parse_target(win, &p, req);
	if (unlikely(rc <= 0))
		return rc;
	rc = parse_version(win, ++p, &req->head.minor);
	if (unlikely(rc <= 0))
		return rc;
	p += 8;
	rc = gws_http_line_end(win, p);
	if (unlikely(rc <= 0))
		return rc == -GWS_HTTP_E_control_byte ?
			wrong_byte(win, p, GWS_HTTP_E_request_line) : rc;
	*pp = p + 2;
	return 1;
}

/* RFC 9112 6.3 for requests. */
static __always_inline int request_framing(struct gws_http_head *head)
{
	const u64 length = GWS_HDR_BIT(GWS_HDR_CONTENT_LENGTH);
	const u64 coding = GWS_HDR_BIT(GWS_HDR_TRANSFER_ENCODING);
	u64 seen = head->seen & (length | coding);

	head->framing = GWS_FRAMING_NONE;
	if (likely(!seen))
		return 0;
	if (seen == length) {
		if (head->content_length)
			head->framing = GWS_FRAMING_LENGTH;
		return 0;
	}
	if (seen & length)
		return -GWS_HTTP_E_length_and_chunked;
	if (!head->minor)
		return -GWS_HTTP_E_coding_in_1_0;
	head->framing = GWS_FRAMING_CHUNKED;
	return 0;
}

/* Absolute-form overrides Host, which must be in order all the same. */
static bool host_ok(struct gws_str host)
{
	char lower[GWS_HOST_MAX];
	struct gws_str name;

	return !gws_http_host_normalise(host, lower, sizeof(lower), &name);
}

/* RFC 9112 3.2: exactly one Host in HTTP/1.1, and http names a host. */
static __always_inline int request_host(struct gws_http_request *req,
					const struct gws_http_fields *fields)
{
	if (!fields->host.p) {
		if (req->head.minor)
			return -GWS_HTTP_E_host_missing;
	} else if (!fields->host.len) {
		return -GWS_HTTP_E_host_bad;
	}
	if (likely(!req->host.p)) {
		req->host = fields->host;
		return 0;
	}
	if (!host_ok(fields->host))
		return -GWS_HTTP_E_host_bad;
	/* RFC 9112 3.2.2: it is not to be heeded, by a match either. */
	gws_http_drop(&req->head, GWS_HDR_HOST);
	return 0;
}

/* RFC 9112 9.3 */
static __always_inline bool persistent(const struct gws_http_head *head,
				       const struct gws_http_fields *fields)
{
	return !fields->close && (head->minor || fields->keep_alive);
}

/* Empty lines; returns 1 with @pp behind them, 0 or an error. */
static int skip_empty_lines(const struct gws_http_window *win, const char **pp)
{
	u32 i;
	int rc;

	for (i = 0; *pp < win->end && (**pp == '\r' || **pp == '\n'); i++) {
		rc = gws_http_line_end(win, *pp);
		if (rc <= 0)
			return rc;
		if (i == GWS_EMPTY_LINES_MAX)
			return -GWS_HTTP_E_empty_lines;
		*pp += 2;
	}
	return *pp < win->end;
}

bool gws_http_request_begun(const char *buf, u32 len)
{
	u32 i;

	for (i = 0; i < len; i++)
		if (buf[i] != '\r' && buf[i] != '\n')
			return true;
	return false;
}

/* With a body there would be a request yet to end behind the 101. */
static bool wants_websocket(const struct gws_http_request *req)
{
	return req->head.minor && req->method_id == GWS_METHOD_GET &&
	       req->head.framing == GWS_FRAMING_NONE &&
	       gws_http_names_websocket(&req->head);
}

static int parse_request(const struct gws_http_window *win,
			 struct gws_http_request *req)
{
	struct gws_http_fields fields;
	const char *p = win->start;
	int rc, len;

	fields_init(&fields, true);
	req->head.buf = win->start;
	req->host = (struct gws_str){ NULL, 0 };

	if (unlikely(p == win->end || (u8)*p <= ' ')) {
		rc = skip_empty_lines(win, &p);
		if (rc <= 0)
			return rc;
	}
	rc = parse_request_line(win, &p, req);
	if (unlikely(rc <= 0))
		return rc;
	len = gws_http_parse_fields(win, p, &req->head, &fields);
	if (unlikely(len <= 0))
		return len;
	req->head.len = len;
	rc = request_framing(&req->head);
	if (!rc)
		rc = request_host(req, &fields);
	if (unlikely(rc))
		return rc;
	req->head.keep_alive = persistent(&req->head, &fields);
	req->expect_continue = fields.expect && req->head.minor;
	req->websocket = unlikely(req->head.upgrade) && wants_websocket(req);
	req->hops = unlikely(req->method_id == GWS_METHOD_OPTIONS) ?
		    gws_http_take_max_forwards(&req->head) : 0;
	return len;
}

/* GWS_HEAD_MAX bytes and no end of the head. */
static int too_large(const char *buf)
{
	u32 i;

	for (i = 0; i < GWS_HEAD_MAX && (u8)buf[i] <= ' '; i++)
		;
	return memchr(buf + i, '\n', GWS_HEAD_MAX - i) ?
		-GWS_HTTP_E_head_large : -GWS_HTTP_E_target_long;
}

int gws_http_parse_request(const char *buf, u32 len, u32 *resume,
			   struct gws_http_request *req)
{
	struct gws_http_window win;
	int rc = 0;

	if (len > GWS_HEAD_MAX)
		len = GWS_HEAD_MAX;
	win.start = buf;
	win.end = buf + len;
	if (likely(!*resume) || worth_parsing(buf, *resume, len))
		rc = parse_request(&win, req);
	if (likely(rc))
		return rc;
	*resume = len;
	return len == GWS_HEAD_MAX ? too_large(buf) : 0;
}

/* The status line; returns 1 with @pp behind it, 0 or an error. */
static __always_inline int parse_status_line(const struct gws_http_window *win,
					     const char **pp,
					     struct gws_http_response *resp)
{
	const char *p = *pp;
	u8 digit[3];
	int rc;

	rc = parse_version(win, p, &resp->head.minor);
	if (unlikely(rc <= 0))
		return rc;
	p += 8;
	/* Space, three digits, and the byte that follows. */
	if (win->end - p < 5)
		return 0;
	digit[0] = p[1] - '0';
	digit[1] = p[2] - '0';
	digit[2] = p[3] - '0';
	if (p[0] != ' ' || digit[0] < 1 || digit[0] > 5 || digit[1] > 9 ||
	    digit[2] > 9)
		return -GWS_HTTP_E_status_line;
	resp->status = 100 * digit[0] + 10 * digit[1] + digit[2];
	p += 4;
	/* Servers leave the second space out when they have no reason phrase. */
	if (*p == ' ')
		p++;
	else if (*p != '\r' && *p != '\n')
		return -GWS_HTTP_E_status_line;
	resp->reason.p = p;
	p = gws_http_find_line_end(win, p);
	resp->reason.len = p - resp->reason.p;
	rc = gws_http_line_end(win, p);
	*pp = p + 2;
	return rc;
}

/* RFC 9112 6.3 for responses; also settles what bytes may still follow. */
static __always_inline int response_framing(struct gws_http_response *resp,
					    enum gws_http_method method)
{
	const u64 length = GWS_HDR_BIT(GWS_HDR_CONTENT_LENGTH);
	const u64 coding = GWS_HDR_BIT(GWS_HDR_TRANSFER_ENCODING);
	struct gws_http_head *head = &resp->head;
	u64 seen = head->seen & (length | coding);

	if (seen == (length | coding))
		return -GWS_HTTP_E_length_and_chunked;
	if ((seen & coding) && !head->minor)
		return -GWS_HTTP_E_coding_in_1_0;
	head->framing = GWS_FRAMING_NONE;
	if (resp->status < 200 || resp->status == 204) {
		/*
		 * It must not announce a body (RFC 9110 8.6); one that does may
		 * send it too, so nothing else is read from that connection.
		 */
		if (seen & coding || (seen & length && head->content_length))
			head->keep_alive = false;
	} else if (method == GWS_METHOD_HEAD || resp->status == 304) {
		;
	} else if (seen & length) {
		if (head->content_length)
			head->framing = GWS_FRAMING_LENGTH;
	} else if (seen & coding) {
		head->framing = GWS_FRAMING_CHUNKED;
	} else {
		head->framing = GWS_FRAMING_CLOSE;
		head->keep_alive = false;
	}
	return 0;
}

static int parse_response(const struct gws_http_window *win,
			  enum gws_http_method method,
			  struct gws_http_response *resp)
{
	struct gws_http_fields fields;
	const char *p = win->start;
	int rc, len;

	fields_init(&fields, false);
	resp->head.buf = p;
	rc = parse_status_line(win, &p, resp);
	if (unlikely(rc <= 0))
		return rc;
	len = gws_http_parse_fields(win, p, &resp->head, &fields);
	if (unlikely(len <= 0))
		return len;
	resp->head.len = len;
	resp->head.keep_alive = persistent(&resp->head, &fields);
	rc = response_framing(resp, method);
	return unlikely(rc) ? rc : len;
}

int gws_http_parse_response(const char *buf, u32 len, u32 *resume,
			    enum gws_http_method method,
			    struct gws_http_response *resp)
{
	struct gws_http_window win;
	int rc = 0;

	if (len > GWS_HEAD_MAX)
		len = GWS_HEAD_MAX;
	win.start = buf;
	win.end = buf + len;
	if (likely(!*resume) || worth_parsing(buf, *resume, len))
		rc = parse_response(&win, method, resp);
	if (likely(rc))
		return rc;
	*resume = len;
	return len == GWS_HEAD_MAX ? -GWS_HTTP_E_head_large : 0;
}
