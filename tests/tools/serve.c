// SPDX-License-Identifier: MIT
/*
 * State machine of one connection of the backend: head, body, answer, again.
 * Requests of a pipeline are taken one after the other from the input buffer.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "serve.h"

enum {
	READ_SIZE = 65536,
	IN_MAX = 262144,
	OUT_MAX = 262144,
	HEAD_MAX = 131072,
};

enum step { MORE, BLOCKED, DEAD };

static struct conn *conns;

uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ull + ts.tv_nsec / 1000000;
}

void serve_accept(int fd)
{
	struct conn *c = calloc(1, sizeof(*c));
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = c };
	int one = 1;

	if (!c || epoll_ctl(server.epoll, EPOLL_CTL_ADD, fd, &ev)) {
		perror("backend: accept");
		free(c);
		close(fd);
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	c->fd = fd;
	c->events = EPOLLIN;
	c->next = conns;
	if (conns)
		conns->prev = c;
	conns = c;
	server.connections++;
	server.open++;
}

static void conn_free(struct conn *c)
{
	struct linger l = { .l_onoff = 1, .l_linger = 0 };

	if (c->reset)
		setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l));
	close(c->fd);
	if (c->prev)
		c->prev->next = c->next;
	else
		conns = c->next;
	if (c->next)
		c->next->prev = c->prev;
	buf_free(&c->in);
	buf_free(&c->out);
	buf_free(&c->head);
	free(c);
	server.open--;
}

static void copy_str(char *to, size_t size, struct str from)
{
	size_t n = from.len < size - 1 ? from.len : size - 1;

	if (n)
		memcpy(to, from.p, n);
	to[n] = 0;
}

static void take_request(struct conn *c, const struct http_head *h, size_t len)
{
	buf_clear(&c->head);
	buf_append(&c->head, buf_data(&c->in), len);
	copy_str(c->method, sizeof(c->method), h->method);
	copy_str(c->target, sizeof(c->target), h->target);
	copy_str(c->seq, sizeof(c->seq), http_field(h, "x-seq"));
	c->minor = h->minor;
	memset(&c->chunk, 0, sizeof(c->chunk));
	c->body = h->chunked ? FRAME_CHUNKED :
		  h->length ? FRAME_LENGTH : FRAME_NONE;
	c->body_left = h->length;
	c->body_len = 0;
	c->body_sum = CHECKSUM_START;
	c->status = 200;
	c->served++;
	c->close = h->close || c->served == server.max_requests;
	server.requests++;
	c->broken = server.broken && server.requests % server.broken_every == 0;
	buf_consume(&c->in, len);
}

static enum step bad_request(struct conn *c, const char *why)
{
	server.malformed++;
	fprintf(stderr, "%s: malformed: %s\n", server.name, why);
	respond_error(c, 400, why);
	return MORE;
}

static enum step read_head(struct conn *c)
{
	const char *why = NULL;
	struct http_head h;
	ssize_t n;

	n = http_parse_request(buf_data(&c->in), c->in.len, &h, &why);
	if (n < 0 || (!n && c->in.len > HEAD_MAX))
		return bad_request(c, n < 0 ? why : "head too long");
	if (!n) {
		if (c->eof && c->in.len)
			server.aborted++;
		return c->eof ? DEAD : BLOCKED;
	}
	if (!plan_parse(h.target, &c->plan)) {
		take_request(c, &h, n);
		respond_error(c, 404, "no such command");
		return MORE;
	}
	take_request(c, &h, n);
	if (c->plan.command == CMD_COUNT)
		server.requests--;
	if (c->plan.command == CMD_EARLY) {
		respond(c);
		return MORE;
	}
	if (h.expect && c->body != FRAME_NONE)
		buf_printf(&c->out, "HTTP/1.1 100 Continue\r\n\r\n");
	if (c->plan.command == CMD_ECHO)
		respond(c);
	c->phase = READ_BODY;
	return MORE;
}

static void body_span(struct conn *c, struct str span)
{
	c->body_len += span.len;
	if (c->plan.command == CMD_ECHO)
		respond_echo(c, span);
	else if (c->plan.command == CMD_SINK)
		c->body_sum = checksum(c->body_sum, span.p, span.len);
}

static enum step body_end(struct conn *c)
{
	if (c->plan.command == CMD_ECHO)
		respond_echo_end(c);
	else
		respond(c);
	return MORE;
}

static enum step body_lacks(struct conn *c)
{
	if (!c->eof)
		return BLOCKED;
	server.aborted++;
	return DEAD;
}

static enum step read_body(struct conn *c)
{
	struct str span;
	ssize_t n;

	if (c->body == FRAME_NONE ||
	    (c->body == FRAME_LENGTH && !c->body_left) ||
	    (c->body == FRAME_CHUNKED && c->chunk.state == CHUNK_DONE))
		return body_end(c);
	if (c->out.len > OUT_MAX)
		return BLOCKED;
	if (c->body == FRAME_LENGTH) {
		n = c->in.len < c->body_left ? c->in.len : c->body_left;
		span = (struct str){ buf_data(&c->in), n };
		c->body_left -= n;
	} else {
		n = chunk_decode(&c->chunk, buf_data(&c->in), c->in.len, &span);
	}
	if (n < 0)
		return bad_request(c, "malformed chunk");
	if (!n)
		return body_lacks(c);
	body_span(c, span);
	buf_consume(&c->in, n);
	return MORE;
}

static void finish(struct conn *c)
{
	server.completed++;
	if (server.log)
		fprintf(server.log, "%s %s %s %d\n", c->seq[0] ? c->seq : "-",
			c->method, c->target, c->status);
	if (c->phase == WRITE_BODY)
		c->phase = c->close ? CLOSING : READ_HEAD;
}

static enum step write_body(struct conn *c)
{
	if (c->out.len > READ_SIZE)
		return BLOCKED;
	if (!respond_more(c))
		finish(c);
	return MORE;
}

static enum step drain(struct conn *c)
{
	if (c->out.len)
		return BLOCKED;
	if (!c->shut)
		shutdown(c->fd, SHUT_WR);
	c->shut = true;
	buf_clear(&c->in);
	return c->eof ? DEAD : BLOCKED;
}

static enum step step(struct conn *c)
{
	switch (c->phase) {
	case READ_HEAD:
		return read_head(c);
	case READ_BODY:
		return read_body(c);
	case WAIT:
		if (now_ms() < c->wake)
			return BLOCKED;
		c->phase = WRITE_BODY;
		return MORE;
	case WRITE_BODY:
		return write_body(c);
	case CLOSING:
		return c->out.len ? BLOCKED : DEAD;
	case DRAIN:
		return drain(c);
	}
	return DEAD;
}

/* False when the connection is gone. */
static bool fill(struct conn *c)
{
	while (!c->eof && c->in.len < IN_MAX) {
		char *to = buf_room(&c->in, READ_SIZE);
		ssize_t n = read(c->fd, to, READ_SIZE);

		if (n < 0)
			return errno == EAGAIN || errno == EINTR;
		if (!n)
			c->eof = true;
		if (server.raw)
			fwrite(to, 1, n, server.raw);
		c->in.len += n;
		if (n < READ_SIZE)
			break;
	}
	return true;
}

static bool flush(struct conn *c)
{
	while (c->out.len) {
		ssize_t n = send(c->fd, buf_data(&c->out), c->out.len,
				 MSG_NOSIGNAL);

		if (n < 0)
			return errno == EAGAIN || errno == EINTR;
		buf_consume(&c->out, n);
	}
	return true;
}

static void set_events(struct conn *c)
{
	uint32_t want = 0;
	struct epoll_event ev;

	if (!c->eof && c->in.len < IN_MAX)
		want |= EPOLLIN;
	if (c->out.len && c->phase != WAIT)
		want |= EPOLLOUT;
	if (want == c->events)
		return;
	ev = (struct epoll_event){ .events = want, .data.ptr = c };
	if (epoll_ctl(server.epoll, EPOLL_CTL_MOD, c->fd, &ev))
		perror("backend: epoll_ctl");
	c->events = want;
}

static bool is_idle(const struct conn *c)
{
	return c->phase == READ_HEAD && !c->in.len && !c->out.len;
}

static void conn_lost(struct conn *c)
{
	if (!is_idle(c) && c->phase != DRAIN)
		server.aborted++;
	conn_free(c);
}

void serve_event(struct conn *c, uint32_t events)
{
	enum step s;

	/* An error also shows when nothing is wanted: no spinning on it. */
	if ((events & (EPOLLERR | EPOLLHUP)) && !(c->events & EPOLLIN)) {
		conn_lost(c);
		return;
	}
	if ((events & (EPOLLIN | EPOLLERR | EPOLLHUP)) && !fill(c)) {
		conn_lost(c);
		return;
	}
	do {
		s = step(c);
		if (s == BLOCKED && c->out.len && c->phase != WAIT) {
			size_t before = c->out.len;

			if (!flush(c)) {
				conn_lost(c);
				return;
			}
			if (c->out.len < before)
				s = MORE;
		}
	} while (s == MORE);
	if (s == DEAD)
		conn_free(c);
	else
		set_events(c);
}

int serve_timers(uint64_t now)
{
	uint64_t first = 0;
	struct conn *next;

	for (struct conn *c = conns; c; c = next) {
		next = c->next;
		if (c->phase == WAIT && c->wake <= now)
			serve_event(c, 0);
		else if (c->phase == WAIT && c->wake != UINT64_MAX &&
			 (!first || c->wake < first))
			first = c->wake;
	}
	return first ? (int)(first - now) : -1;
}
