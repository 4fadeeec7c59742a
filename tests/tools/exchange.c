// SPDX-License-Identifier: MIT
/* One connection of the client: connecting, sending, reading, ending. */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "client.h"
#include "segments.h"

enum {
	READ_SIZE = 65536,
	OUT_MAX = 65536,
	SHOWN_FAILURES = 20,
	RETRY_MS = 20,
	SMALL_BUFFER = 4096,
};

static uint64_t next_seq;

void exchange_close(struct exchange *x)
{
	if (x->fd >= 0) {
		totals.segments += segments_of(x->fd);
		close(x->fd);
	}
	x->fd = -1;
	x->state = opt.hold_ms ? X_DONE : X_CLOSED;
	x->resume = 0;
	x->read_at = 0;
	x->until = 0;
	x->first = 0;
	x->count = 0;
	x->gen_left = 0;
	x->gen_open = false;
	x->wait_continue = false;
	x->cut = false;
	x->shut = false;
	x->reset = 0;
	x->answer = ANSWER_HEAD;
	x->close = false;
	buf_clear(&x->in);
	buf_clear(&x->out);
	buf_clear(&x->text);
}

/* What is outstanding, or the attempt to connect, goes to @total. */
static void give_up(struct exchange *x, uint64_t *total)
{
	if (!x->count)
		totals.requests++;
	*total += x->count ? x->count : 1;
	exchange_close(x);
}

void exchange_fail(struct exchange *x, const char *fmt, ...)
{
	const struct request *r = exchange_current(x);
	va_list ap;

	if (totals.failed < SHOWN_FAILURES) {
		if (x->count)
			fprintf(stderr, "client: request %llu %s: ",
				(unsigned long long)r->seq,
				opt.paths[r->path]);
		else
			fprintf(stderr, "client: no request: ");
		va_start(ap, fmt);
		vfprintf(stderr, fmt, ap);
		va_end(ap);
		fprintf(stderr, "\n");
	}
	give_up(x, &totals.failed);
	x->resume = now_ms() + RETRY_MS;
}

void exchange_aborted(struct exchange *x)
{
	struct linger l = { .l_onoff = 1, .l_linger = 0 };

	if (opt.abort_rst)
		setsockopt(x->fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l));
	give_up(x, &totals.aborted);
}

/* The peer has gone, as a refusal or a reset says. */
static void gone(struct exchange *x, uint64_t *total, const char *what, int err)
{
	if (!opt.lossy || (err != ECONNREFUSED && err != ECONNRESET)) {
		exchange_fail(x, "%s: %s", what, strerror(err));
		return;
	}
	give_up(x, total);
	x->resume = now_ms() + RETRY_MS;
}

static bool open_socket(struct exchange *x)
{
	int nodelay = !opt.together, small = SMALL_BUFFER;

	x->fd = socket(opt.addr.ss_family,
		       SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (x->fd < 0)
		return false;
	setsockopt(x->fd, IPPROTO_TCP, TCP_NODELAY, &nodelay, sizeof(nodelay));
	if (opt.slow_bytes || opt.stall_ms)
		setsockopt(x->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	if (opt.bind_len &&
	    bind(x->fd, (struct sockaddr *)&opt.bind, opt.bind_len))
		return false;
	if (connect(x->fd, (struct sockaddr *)&opt.addr, opt.addr_len) &&
	    errno != EINPROGRESS)
		return false;
	return true;
}

static void start_connect(struct exchange *x, uint64_t now)
{
	if (!open_socket(x)) {
		exchange_fail(x, "connect: %s", strerror(errno));
		return;
	}
	x->state = X_CONNECTING;
	x->until = now + opt.timeout_ms;
	x->events = 0;
	watch(x, EPOLLOUT);
}

/* Appends the head of the next request; its body follows by generate(). */
static void start_request(struct exchange *x, uint64_t now)
{
	struct request *r = &x->queue[(x->first + x->count) % MAX_PIPELINE];
	size_t before = x->out.len;

	if (!next_seq)
		next_seq = (uint64_t)getpid() << 20;
	r->seq = next_seq++;
	r->path = totals.requests++ % opt.npaths;
	r->started = now;
	x->count++;
	buf_printf(&x->out, "%s %s HTTP/1.1\r\nHost: %s\r\nX-Seq: %llu\r\n",
		   opt.method, opt.paths[r->path], opt.host,
		   (unsigned long long)r->seq);
	buf_append(&x->out, buf_data(&opt.headers), opt.headers.len);
	if (opt.close)
		buf_printf(&x->out, "Connection: close\r\n");
	if (opt.has_body && opt.chunked)
		buf_printf(&x->out, "Transfer-Encoding: chunked\r\n");
	else if (opt.has_body)
		buf_printf(&x->out, "Content-Length: %llu\r\n",
			   (unsigned long long)opt.body_size);
	if (opt.expect && opt.has_body)
		buf_printf(&x->out, "Expect: 100-continue\r\n");
	buf_printf(&x->out, "\r\n");
	x->gen_left = opt.has_body ? opt.body_size : 0;
	x->gen_at = r->seq;
	x->gen_open = opt.has_body && opt.chunked;
	x->wait_continue = opt.expect && opt.has_body;
	if (opt.abort == STAGE_PARTIAL_HEAD) {
		x->out.len = before + (x->out.len - before) / 2;
		x->cut = true;
	} else if (opt.abort == STAGE_HEAD) {
		x->cut = true;
	}
}

/* Appends more of the body; chunks have sizes that fit nothing. */
static void generate(struct exchange *x)
{
	while (x->gen_left && x->out.len < OUT_MAX && !x->cut &&
	       !x->wait_continue) {
		size_t n = x->gen_left;
		const char *data;

		if (opt.chunked && n > 4099)
			n = 4099;
		if (opt.abort == STAGE_MID_BODY) {
			uint64_t sent = opt.body_size - x->gen_left;

			if (sent >= opt.body_size / 2) {
				x->cut = true;
				return;
			}
			if (n > opt.body_size / 2 - sent)
				n = opt.body_size / 2 - sent;
		}
		data = payload_at(x->gen_at, &n);
		if (opt.chunked)
			buf_printf(&x->out, "%zX\r\n", n);
		buf_append(&x->out, data, n);
		if (opt.chunked)
			buf_append(&x->out, "\r\n", 2);
		x->gen_at += n;
		x->gen_left -= n;
	}
	if (x->gen_open && !x->gen_left && !x->cut && !x->wait_continue) {
		buf_printf(&x->out, "0\r\n\r\n");
		x->gen_open = false;
	}
}

static bool all_sent(const struct exchange *x)
{
	return !x->out.len && (x->cut || (!x->gen_left && !x->gen_open));
}

/* Starts what the pipeline has room for. */
static void start_requests(struct exchange *x, uint64_t now)
{
	while (x->state == X_OPEN && x->count < opt.pipeline && !x->shut &&
	       !x->gen_left && !x->gen_open && !x->cut && may_start() &&
	       !((opt.close || opt.half_close || opt.stall_ms) && x->count))
		start_request(x, now);
}

/* An octet has its own segment only when the one before it has left. */
static bool octet_waits(const struct exchange *x)
{
	return opt.bytewise && !opt.together && !segments_all_sent(x->fd);
}

/* False when @x was closed. */
static bool flush(struct exchange *x, uint64_t now)
{
	while (x->out.len && now >= x->resume) {
		size_t n = opt.bytewise ? 1 : x->out.len;
		ssize_t sent;

		if (octet_waits(x)) {
			x->resume = now + 1;
			return true;
		}
		sent = send(x->fd, buf_data(&x->out), n, MSG_NOSIGNAL);
		if (sent < 0 && errno == EAGAIN)
			return true;
		/* The peer may have answered before it closed: read first. */
		if (sent < 0) {
			if (errno == ECONNRESET)
				x->reset = errno;
			buf_clear(&x->out);
			x->gen_left = 0;
			x->gen_open = false;
			return true;
		}
		totals.bytes_out += sent;
		buf_consume(&x->out, sent);
		if (opt.bytewise)
			x->resume = now + opt.gap_ms;
	}
	return true;
}

/* The stages of an abort that are reached by sending. */
static bool sending_stage(struct exchange *x)
{
	if ((x->cut && !x->out.len) ||
	    (opt.abort == STAGE_IN_FLIGHT && x->count && all_sent(x))) {
		exchange_aborted(x);
		return true;
	}
	return false;
}

static void set_events(struct exchange *x, uint64_t now)
{
	uint32_t events = 0;

	if (!opt.stall_ms && now >= x->read_at)
		events |= EPOLLIN;
	if (x->out.len && now >= x->resume)
		events |= EPOLLOUT;
	watch(x, events);
}

static void end_idle(struct exchange *x, uint64_t now)
{
	if (x->state != X_OPEN || x->count || !all_started(now))
		return;
	if (opt.hold_ms && !x->until)
		x->until = now + opt.hold_ms;
	if (opt.hold_ms && now < x->until)
		return;
	exchange_close(x);
}

static void drive(struct exchange *x, uint64_t now)
{
	start_requests(x, now);
	generate(x);
	if (!flush(x, now) || sending_stage(x))
		return;
	if (x->gen_left || x->gen_open)
		generate(x);
	if (opt.half_close && x->count && all_sent(x) && !x->shut) {
		shutdown(x->fd, SHUT_WR);
		x->shut = true;
	}
	if (opt.stall_ms && x->count && !x->until)
		x->until = now + opt.stall_ms;
	end_idle(x, now);
	if (x->fd >= 0)
		set_events(x, now);
}

static void connected(struct exchange *x, uint64_t now)
{
	int err = 0;
	socklen_t len = sizeof(err);

	getsockopt(x->fd, SOL_SOCKET, SO_ERROR, &err, &len);
	if (err) {
		gone(x, &totals.refused, "connect", err);
		return;
	}
	totals.connects++;
	x->state = X_OPEN;
	x->until = 0;
	if (opt.abort == STAGE_CONNECT)
		exchange_aborted(x);
	else
		drive(x, now);
}

static void lost(struct exchange *x, int err)
{
	if (x->state == X_OPEN && !x->count) {
		totals.idle_reset++;
		exchange_close(x);
		return;
	}
	gone(x, &totals.cut, "read", err);
}

static bool read_some(struct exchange *x, uint64_t now)
{
	size_t want = opt.slow_bytes ? opt.slow_bytes : READ_SIZE;
	ssize_t n = read(x->fd, buf_room(&x->in, want), want);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (n < 0) {
		lost(x, errno);
		return false;
	}
	if (!n && x->count && x->reset) {
		gone(x, &totals.cut, "send", x->reset);
		return false;
	}
	if (!n) {
		check_eof(x);
		return false;
	}
	totals.bytes_in += n;
	x->in.len += n;
	if (opt.slow_bytes)
		x->read_at = now + opt.slow_ms;
	return check_input(x);
}

static void stall_end(struct exchange *x, bool open)
{
	if (open)
		totals.stall_open++;
	else
		totals.stall_closed++;
	exchange_aborted(x);
	x->state = X_DONE;
}

void exchange_event(struct exchange *x, uint32_t events)
{
	uint64_t now = now_ms();

	if (x->state == X_CONNECTING) {
		connected(x, now);
		return;
	}
	if (opt.stall_ms) {
		if (events & (EPOLLERR | EPOLLHUP)) {
			stall_end(x, false);
			return;
		}
	} else if ((events & (EPOLLIN | EPOLLERR | EPOLLHUP)) &&
		   now >= x->read_at && !read_some(x, now)) {
		return;
	}
	drive(x, now);
}

static void check_deadline(struct exchange *x, uint64_t now)
{
	const struct request *r = exchange_current(x);

	if (opt.stall_ms && x->until && now >= x->until)
		stall_end(x, true);
	else if (x->state == X_CONNECTING && now >= x->until)
		exchange_fail(x, "connect: timed out");
	else if (x->state == X_LAST && now >= x->until)
		exchange_fail(x, "said close, but stays open");
	else if (x->count && !opt.stall_ms &&
		 now >= r->started + opt.timeout_ms)
		exchange_fail(x, "timed out: %zu octets to send, answer %s",
			      x->out.len, x->answer == ANSWER_HEAD && !x->in.len ?
			      "not begun" : "not complete");
}

void exchange_tick(struct exchange *x, uint64_t now)
{
	if (x->state == X_CLOSED && now >= x->resume) {
		if (may_start() || opt.hold_ms)
			start_connect(x, now);
		return;
	}
	if (x->fd < 0)
		return;
	check_deadline(x, now);
	if (x->fd >= 0 && x->state != X_CONNECTING)
		drive(x, now);
}
