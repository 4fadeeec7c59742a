// SPDX-License-Identifier: MIT
/* Judges answers: framing, status, whose they are, every octet of the body. */
#include <stdlib.h>
#include <string.h>

#include "client.h"

enum { HEAD_MAX = 65536, TEXT_MAX = 65536 };

static bool is_head_method(void)
{
	return !strcmp(opt.method, "HEAD");
}

static int wanted_status(const struct plan *plan)
{
	if (opt.status)
		return opt.status;
	return plan->command == CMD_STATUS ? (int)plan->number : 200;
}

static bool is_also(int status)
{
	for (unsigned int i = 0; i < opt.nalso; i++)
		if (opt.also[i] == status)
			return true;
	return false;
}

static void count_backend(const char *name)
{
	for (int i = 0; i < MAX_BACKENDS; i++) {
		if (!totals.backends[i].name[0])
			strcpy(totals.backends[i].name, name);
		if (!strcmp(totals.backends[i].name, name)) {
			totals.backends[i].count++;
			return;
		}
	}
}

/* The framing that the answer to @plan must have; NULL when it has. */
static const char *framing_fault(const struct plan *plan,
				 const struct http_head *h)
{
	switch (plan->command) {
	case CMD_CHUNKED:
	case CMD_TRAILER:
		return h->chunked ? NULL : "not chunked";
	case CMD_CLOSE:
		return h->has_length ? "has a Content-Length" : NULL;
	case CMD_ABORT:
	case CMD_BAD:
		return NULL;
	case CMD_ECHO:
		if (opt.has_body && opt.chunked)
			return h->chunked ? NULL : "not chunked";
		/* fall through */
	default:
		return h->has_length ? NULL : "has no Content-Length";
	}
}

static bool check_origin(struct exchange *x, const struct http_head *h,
			 const struct plan *plan)
{
	struct str backend = http_field(h, "x-backend");
	struct str seq = http_field(h, "x-seq");
	const char *fault;
	uint64_t n;

	x->backend[0] = 0;
	if (!backend.p) {
		x->checked = false;
		totals.local++;
		if (opt.status || is_also(h->status))
			return true;
		exchange_fail(x, "status %d without X-Backend", h->status);
		return false;
	}
	if (!str_number(seq, &n) || n != exchange_current(x)->seq) {
		exchange_fail(x, "answer to another request: X-Seq %.*s",
			      (int)seq.len, seq.p);
		return false;
	}
	if (backend.len >= sizeof(x->backend)) {
		exchange_fail(x, "X-Backend too long");
		return false;
	}
	memcpy(x->backend, backend.p, backend.len);
	x->backend[backend.len] = 0;
	/* HEAD may leave out what only describes the body (RFC 9110 9.3.2). */
	fault = h->status == 204 || h->status == 304 || is_head_method() ?
		NULL : framing_fault(plan, h);
	if (fault && h->status == wanted_status(plan)) {
		exchange_fail(x, "framing: %s", fault);
		return false;
	}
	x->checked = h->status == wanted_status(plan);
	return true;
}

static void set_framing(struct exchange *x, const struct http_head *h)
{
	x->pos = 0;
	buf_clear(&x->text);
	memset(&x->chunk, 0, sizeof(x->chunk));
	x->left = h->length;
	if (is_head_method() || h->status == 204 || h->status == 304) {
		x->answer = ANSWER_LENGTH;
		x->left = 0;
		x->checked = false;
	} else if (h->chunked) {
		x->answer = ANSWER_CHUNKED;
	} else if (h->has_length) {
		x->answer = ANSWER_LENGTH;
	} else {
		x->answer = ANSWER_CLOSE;
	}
}

static bool take_head(struct exchange *x, const struct http_head *h)
{
	const struct plan *plan = &opt.plans[exchange_current(x)->path];

	totals.status[h->status]++;
	if (h->status != wanted_status(plan) && !is_also(h->status)) {
		struct str backend = http_field(h, "x-backend");

		exchange_fail(x, "status %d from %.*s, want %d", h->status,
			      backend.p ? (int)backend.len : 7,
			      backend.p ? backend.p : "gateway",
			      wanted_status(plan));
		return false;
	}
	if (!check_origin(x, h, plan))
		return false;
	x->status = h->status;
	x->close = h->close;
	set_framing(x, h);
	if (x->wait_continue) {
		/* Final answer instead of 100: the body is not sent. */
		x->wait_continue = false;
		x->gen_left = 0;
		x->gen_open = false;
		if (opt.has_body)
			x->close = true;
	}
	return true;
}

static bool read_head(struct exchange *x, bool *more)
{
	const char *why = NULL;
	struct http_head h;
	ssize_t n = http_parse_response(buf_data(&x->in), x->in.len, &h, &why);

	if (n < 0 || (!n && x->in.len > HEAD_MAX)) {
		exchange_fail(x, "malformed head: %s", n < 0 ? why : "endless");
		return false;
	}
	*more = n;
	if (!n)
		return true;
	if (h.status == 101) {
		exchange_fail(x, "101 that was not asked for");
		return false;
	}
	if (h.status < 200) {
		totals.interim++;
		x->wait_continue = false;
	} else if (!take_head(x, &h)) {
		return false;
	}
	buf_consume(&x->in, n);
	return true;
}

/* Sequence number the octets of this body start at; false: it is a text. */
static bool is_payload(const struct plan *plan)
{
	switch (plan->command) {
	case CMD_BYTES:
	case CMD_CHUNKED:
	case CMD_TRAILER:
	case CMD_CLOSE:
	case CMD_ECHO:
		return true;
	default:
		return false;
	}
}

static bool check_span(struct exchange *x, struct str span)
{
	const struct request *r = exchange_current(x);
	ssize_t bad;

	if (x->checked && is_payload(&opt.plans[r->path])) {
		bad = payload_compare(r->seq + x->pos, span.p, span.len);
		if (bad >= 0) {
			exchange_fail(x, "body differs at octet %llu",
				      (unsigned long long)x->pos + bad);
			return false;
		}
	} else if (x->text.len < TEXT_MAX) {
		buf_append(&x->text, span.p, span.len);
	}
	x->pos += span.len;
	return true;
}

/* A complete body whose octets are right may still be short or long. */
static bool check_total(struct exchange *x, const struct plan *plan)
{
	uint64_t want = plan->number, sum = CHECKSUM_START, left;
	char line[64];
	int n;

	switch (plan->command) {
	case CMD_ECHO:
		want = opt.has_body ? opt.body_size : 0;
		return x->pos == want;
	case CMD_BYTES:
	case CMD_CHUNKED:
	case CMD_TRAILER:
	case CMD_CLOSE:
		return x->pos == want;
	case CMD_HEADERS:
	case CMD_COUNT:
		return true;
	case CMD_SINK:
		want = opt.has_body ? opt.body_size : 0;
		for (left = want; left;) {
			size_t part = left;
			const char *p = payload_at(exchange_current(x)->seq +
						   want - left, &part);

			sum = checksum(sum, p, part);
			left -= part;
		}
		n = snprintf(line, sizeof(line), "%llu %016llx\n",
			     (unsigned long long)want, (unsigned long long)sum);
		break;
	default:
		n = snprintf(line, sizeof(line), "%s\n", x->backend);
		break;
	}
	return x->text.len == (size_t)n && !memcmp(buf_data(&x->text), line, n);
}

static bool body_end(struct exchange *x)
{
	const struct request *r = exchange_current(x);
	const struct plan *plan = &opt.plans[r->path];
	uint64_t took = now_ms() - r->started;

	if (x->checked && !check_total(x, plan)) {
		exchange_fail(x, "wrong body, %llu octets",
			      (unsigned long long)x->pos);
		return false;
	}
	if (is_also(x->status))
		totals.also++;
	else
		totals.ok++;
	if (took > totals.max_ms)
		totals.max_ms = took;
	totals.trailers += x->chunk.trailers;
	if (x->backend[0])
		count_backend(x->backend);
	if (opt.sequence)
		fprintf(opt.sequence, "%s\n", x->backend[0] ? x->backend : "-");
	x->answer = ANSWER_HEAD;
	x->first = (x->first + 1) % MAX_PIPELINE;
	x->count--;
	if (opt.abort == STAGE_IDLE) {
		totals.ok--;
		x->count++;
		exchange_aborted(x);
		return false;
	}
	if (x->close) {
		/* What was pipelined behind it was not served and does not count. */
		totals.requests -= x->count;
		x->count = 0;
		x->gen_left = 0;
		x->gen_open = false;
		buf_clear(&x->out);
		x->state = X_LAST;
		x->until = now_ms() + opt.timeout_ms;
	}
	return true;
}

static bool read_body(struct exchange *x, bool *more)
{
	struct str span = { buf_data(&x->in), x->in.len };
	ssize_t n = x->in.len;
	bool done = false;

	if (x->answer == ANSWER_CHUNKED) {
		n = chunk_decode(&x->chunk, buf_data(&x->in), x->in.len, &span);
		if (n < 0) {
			exchange_fail(x, "malformed chunk");
			return false;
		}
		done = x->chunk.state == CHUNK_DONE;
	} else if (x->answer == ANSWER_LENGTH) {
		if (span.len > x->left)
			span.len = x->left;
		n = span.len;
		x->left -= n;
		done = !x->left;
	}
	if (span.len && !check_span(x, span))
		return false;
	buf_consume(&x->in, n);
	if (opt.abort == STAGE_MID_RESPONSE && x->pos) {
		exchange_aborted(x);
		return false;
	}
	*more = n || done;
	return done ? body_end(x) : true;
}

bool check_input(struct exchange *x)
{
	bool more = true;

	while (more) {
		if (x->in.len && !x->count) {
			exchange_fail(x, "octets that nobody asked for: %.*s",
				      x->in.len < 40 ? (int)x->in.len : 40,
				      buf_data(&x->in));
			return false;
		}
		if (!x->count)
			break;
		if (!(x->answer == ANSWER_HEAD ? read_head(x, &more) :
		      read_body(x, &more)))
			return false;
	}
	return true;
}

void check_eof(struct exchange *x)
{
	if (x->count && x->answer == ANSWER_CLOSE) {
		x->close = true;
		if (!body_end(x))
			return;
	}
	if (x->count) {
		exchange_fail(x, "closed %s", x->answer == ANSWER_HEAD ?
			      x->in.len ? "inside the head" : "before the answer"
			      : "inside the body");
		return;
	}
	if (x->state == X_OPEN) {
		totals.idle_closed++;
	}
	exchange_close(x);
}
