// SPDX-License-Identifier: MIT
/* What the backend answers: one function for each command. */
#include <stdlib.h>
#include <string.h>

#include "serve.h"

/* Chunk sizes in turn: odd ones, tiny ones, larger than a page or a segment. */
static const unsigned int chunk_sizes[] = {
	1, 7, 100, 4097, 3, 16383, 1, 1461, 65521,
};

static const char *reason(int status)
{
	static const char *const class[] = { "Informational", "OK",
		"Redirect", "Client Error", "Server Error" };

	return class[status / 100 - 1];
}

static bool has_no_body(const struct conn *c)
{
	return !strcmp(c->method, "HEAD") || c->status == 204 ||
	       c->status == 304;
}

static void head_fields(struct conn *c)
{
	bool liar = c->broken && server.broken;

	buf_printf(&c->out, "X-Backend: %s\r\n",
		   liar && !strcmp(server.broken, "name") ? "WRONG" :
		   server.name);
	if (c->seq[0])
		buf_printf(&c->out, "X-Seq: %s%s\r\n",
			   liar && !strcmp(server.broken, "seq") ? "9" : "",
			   c->seq);
}

static void head(struct conn *c, enum framing frame, uint64_t length)
{
	if (frame == FRAME_CHUNKED && !c->minor)
		frame = FRAME_CLOSE;
	if (frame == FRAME_CLOSE)
		c->close = true;
	buf_printf(&c->out, "HTTP/1.1 %d %s\r\n", c->status, reason(c->status));
	head_fields(c);
	if (frame == FRAME_LENGTH && c->status != 204)
		buf_printf(&c->out, "Content-Length: %llu\r\n",
			   (unsigned long long)length);
	if (frame == FRAME_CHUNKED)
		buf_printf(&c->out, "Transfer-Encoding: chunked\r\n");
	if (c->close)
		buf_printf(&c->out, "Connection: close\r\n");
	buf_printf(&c->out, "Content-Type: text/plain\r\n\r\n");
	c->frame = frame;
	c->left = 0;
	c->phase = WRITE_BODY;
}

static void body_text(struct conn *c, const void *data, size_t n)
{
	head(c, FRAME_LENGTH, n);
	if (!has_no_body(c))
		buf_append(&c->out, data, n);
}

static void body_name(struct conn *c)
{
	char line[128];
	int n = snprintf(line, sizeof(line), "%s\n", server.name);

	body_text(c, line, n);
}

static void body_payload(struct conn *c, enum framing frame)
{
	head(c, frame, c->plan.number);
	c->at = strtoull(c->seq, NULL, 10);
	c->left = c->plan.number;
	c->turn = 0;
	if (has_no_body(c)) {
		c->left = 0;
		c->frame = FRAME_NONE;
	}
}

static void body_sink(struct conn *c)
{
	char line[64];
	int n = snprintf(line, sizeof(line), "%llu %016llx\n",
			 (unsigned long long)c->body_len,
			 (unsigned long long)c->body_sum);

	body_text(c, line, n);
}

static void body_count(struct conn *c)
{
	char line[256];
	int n = snprintf(line, sizeof(line), "name=%s requests=%llu "
		"completed=%llu malformed=%llu aborted=%llu connections=%llu "
		"open=%llu\n", server.name,
		(unsigned long long)server.requests,
		(unsigned long long)server.completed,
		(unsigned long long)server.malformed,
		(unsigned long long)server.aborted,
		(unsigned long long)server.connections,
		(unsigned long long)server.open);

	server.completed--;	/* does not count itself */
	body_text(c, line, n);
}

static void body_delay(struct conn *c)
{
	body_name(c);
	c->wake = now_ms() + c->plan.number;
	c->phase = WAIT;
	/* Nothing of the answer may leave before its time. */
}

static void body_status(struct conn *c)
{
	if (c->plan.number < 200 || c->plan.number > 599) {
		respond_error(c, 404, "status out of range");
		return;
	}
	c->status = c->plan.number;
	if (has_no_body(c))
		head(c, c->status == 204 || c->status == 304 ? FRAME_NONE :
		     FRAME_LENGTH, strlen(server.name) + 1);
	else
		body_name(c);
}

static void body_hints(struct conn *c)
{
	buf_printf(&c->out, "HTTP/1.1 103 Early Hints\r\n"
		   "Link: </style.css>; rel=preload\r\n\r\n");
	body_name(c);
}

static void body_early(struct conn *c)
{
	c->close = true;
	body_name(c);
	server.completed++;
	c->phase = DRAIN;
}

/* WHERE[-rst]: the connection ends at that place of the answer. */
static void body_abort(struct conn *c)
{
	const char *where = c->plan.word;
	size_t n = 1000;

	c->reset = strstr(where, "-rst");
	if (!strncmp(where, "in-head", 7)) {
		buf_printf(&c->out, "HTTP/1.1 200 OK\r\nContent-Le");
	} else if (!strncmp(where, "after-head", 10)) {
		head(c, FRAME_LENGTH, 2 * n);
	} else if (!strncmp(where, "mid-body", 8)) {
		head(c, FRAME_LENGTH, 2 * n);
		buf_append(&c->out, payload_at(0, &n), n);
	} else if (!strncmp(where, "mid-chunk", 9)) {
		head(c, FRAME_CHUNKED, 0);
		buf_printf(&c->out, "%zx\r\n", 2 * n);
		buf_append(&c->out, payload_at(0, &n), n);
	} else if (strncmp(where, "before-head", 11)) {
		respond_error(c, 404, "no such place");
		return;
	}
	c->phase = CLOSING;
}

/* Answers that no proxy may pass on as they are. */
static const struct {
	const char *what;
	const char *answer;
} bad_answers[] = {
	{ "status-line", "HTTP/1.1 abc OK\r\nContent-Length: 0\r\n\r\n" },
	{ "no-version", "hello there\r\n\r\n" },
	{ "two-lengths", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n"
		"Content-Length: 5\r\n\r\nfive\n" },
	{ "length-and-chunked", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n"
		"Transfer-Encoding: chunked\r\n\r\n4\r\nfour\r\n0\r\n\r\n" },
	{ "unknown-coding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: x\r\n\r\n" },
	{ "bare-lf", "HTTP/1.1 200 OK\nContent-Length: 0\n\n" },
	{ "space-colon", "HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n" },
	{ "negative-length", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n" },
	{ "obs-fold", "HTTP/1.1 200 OK\r\nX-A: b\r\n c\r\n"
		"Content-Length: 0\r\n\r\n" },
	{ "switch", "HTTP/1.1 101 Switching Protocols\r\n"
		"Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n" },
	/* The five octets never come, but who would know? */
	{ "interim-length", "HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\n\r\n"
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\ngood\n" },
	{ "bad-chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		"4\r\nfour\r\nzz\r\n" },
	/* One whole answer and then another that nobody asked for. */
	{ "extra", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\ngood\n"
		"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\npoison\n" },
};

/* False: there is no such answer. */
static bool bad_answer(struct buf *out, const char *what)
{
	for (size_t i = 0; i < sizeof(bad_answers) / sizeof(*bad_answers); i++) {
		if (strcmp(what, bad_answers[i].what))
			continue;
		buf_printf(out, "%s", bad_answers[i].answer);
		return true;
	}
	if (!strcmp(what, "interims")) {
		for (int i = 0; i < 2000; i++)
			buf_printf(out, "HTTP/1.1 100 Continue\r\n\r\n");
		buf_printf(out, "HTTP/1.1 200 OK\r\n");
	} else if (!strcmp(what, "huge-head")) {
		buf_printf(out, "HTTP/1.1 200 OK\r\n");
		for (int i = 0; i < 2000; i++)
			buf_printf(out, "X-Filler-%d: %064d\r\n", i, i);
	} else {
		return false;
	}
	buf_printf(out, "Content-Length: 0\r\n\r\n");
	return true;
}

static void body_bad(struct conn *c)
{
	if (!bad_answer(&c->out, c->plan.word)) {
		respond_error(c, 404, "no such answer");
		return;
	}
	c->frame = FRAME_NONE;
	c->left = 0;
	c->phase = WRITE_BODY;
}

/* True when the fault took the place of the answer. */
static bool show_fault(struct conn *c)
{
	if (!strcmp(server.broken, "drop")) {
		c->phase = CLOSING;
		return true;
	}
	if (!strcmp(server.broken, "stall")) {
		c->wake = UINT64_MAX;
		c->phase = WAIT;
		return true;
	}
	if (!strcmp(server.broken, "status"))
		c->status = 500;
	return false;
}

static void body_headers(struct conn *c)
{
	body_text(c, buf_data(&c->head), c->head.len);
}

static void body_bytes(struct conn *c)
{
	body_payload(c, FRAME_LENGTH);
}

static void body_chunked(struct conn *c)
{
	body_payload(c, FRAME_CHUNKED);
}

static void body_close(struct conn *c)
{
	body_payload(c, FRAME_CLOSE);
}

/* Head of the echo; the spans follow as they come in. */
static void body_echo(struct conn *c)
{
	head(c, c->body == FRAME_CHUNKED ? FRAME_CHUNKED : FRAME_LENGTH,
	     c->body_left);
}

void respond(struct conn *c)
{
	static void (*const commands[])(struct conn *c) = {
		[CMD_NAME] = body_name,
		[CMD_BYTES] = body_bytes,
		[CMD_CHUNKED] = body_chunked,
		[CMD_TRAILER] = body_chunked,
		[CMD_CLOSE] = body_close,
		[CMD_ECHO] = body_echo,
		[CMD_SINK] = body_sink,
		[CMD_DELAY] = body_delay,
		[CMD_STATUS] = body_status,
		[CMD_HEADERS] = body_headers,
		[CMD_HINTS] = body_hints,
		[CMD_EARLY] = body_early,
		[CMD_ABORT] = body_abort,
		[CMD_BAD] = body_bad,
		[CMD_COUNT] = body_count,
	};

	if (c->broken && show_fault(c))
		return;
	commands[c->plan.command](c);
}

void respond_error(struct conn *c, int status, const char *text)
{
	c->status = status;
	c->close = true;
	buf_printf(&c->out, "HTTP/1.1 %d %s\r\n", status, reason(status));
	head_fields(c);
	buf_printf(&c->out, "Content-Length: %zu\r\nConnection: close\r\n\r\n"
		   "%s\n", strlen(text) + 1, text);
	c->phase = CLOSING;
}

static void put_span(struct conn *c, const char *data, size_t n)
{
	if (c->frame == FRAME_CHUNKED)
		buf_printf(&c->out, "%zx\r\n", n);
	buf_append(&c->out, data, n);
	if (c->frame == FRAME_CHUNKED)
		buf_append(&c->out, "\r\n", 2);
}

bool respond_more(struct conn *c)
{
	size_t n = c->left;
	const char *data;

	if (!c->left) {
		if (c->frame == FRAME_CHUNKED)
			buf_printf(&c->out, "0\r\n%s\r\n",
				   c->plan.command == CMD_TRAILER ?
				   "X-Trailer: end\r\n" : "");
		return false;
	}
	if (c->frame == FRAME_CHUNKED) {
		unsigned int size = chunk_sizes[c->turn++ %
			(sizeof(chunk_sizes) / sizeof(*chunk_sizes))];

		n = n < size ? n : size;
	}
	data = payload_at(c->at, &n);
	put_span(c, data, n);
	if (c->broken && !strcmp(server.broken, "body") && c->left == n)
		buf_data(&c->out)[c->out.len - 3] ^= 1;
	if (c->broken && !strcmp(server.broken, "short") && c->left == n) {
		c->out.len -= 3;
		c->close = true;
	}
	c->at += n;
	c->left -= n;
	return true;
}

void respond_echo(struct conn *c, struct str payload)
{
	if (payload.len)
		put_span(c, payload.p, payload.len);
}

void respond_echo_end(struct conn *c)
{
	c->left = 0;
	c->phase = WRITE_BODY;
}
