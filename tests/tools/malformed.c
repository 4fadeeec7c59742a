// SPDX-License-Identifier: MIT
/*
 * Plays a table of raw requests, each on a connection of its own, and judges
 * the answer's status and whether the connection stays open. TAP on stdout. With
 * --bytewise each octet is a segment (of a long row the last 2000), and a row
 * whose octets TCP has put together fails.
 *
 * A line is: name | statuses | after | request
 *   statuses  one or more, comma separated; "none": closed without an answer
 *   after     close, keep or any
 *   request   escapes \r \n \t \0 \\ \xHH, and *N{text} for text N times
 */
#include <ctype.h>
#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client.h"
#include "segments.h"

enum { LINE_MAX_OCTETS = 16384, SETTLE_MS = 400 };

struct row {
	char *name;
	char *statuses;
	char *after;
	char *request;
};

static char *trim(char *s)
{
	char *end;

	while (isspace((unsigned char)*s))
		s++;
	end = s + strlen(s);
	while (end > s && isspace((unsigned char)end[-1]))
		*--end = 0;
	return s;
}

static bool split(char *line, struct row *row)
{
	char **field[] = { &row->name, &row->statuses, &row->after };

	for (int i = 0; i < 3; i++) {
		char *bar = strchr(line, '|');

		if (!bar)
			return false;
		*bar = 0;
		*field[i] = trim(line);
		line = bar + 1;
	}
	row->request = line + (*line == ' ');
	row->request[strcspn(row->request, "\n")] = 0;
	return true;
}

static const char *unescape_one(const char *p, struct buf *out)
{
	char hex[3] = { 0 };
	char c;

	switch (*p) {
	case 'r': c = '\r'; break;
	case 'n': c = '\n'; break;
	case 't': c = '\t'; break;
	case '0': c = 0; break;
	case 'x':
		memcpy(hex, p + 1, 2);
		c = strtoul(hex, NULL, 16);
		p += 2;
		break;
	default: c = *p;
	}
	buf_append(out, &c, 1);
	return p + 1;
}

static void unescape(const char *p, const char *end, struct buf *out)
{
	while (p < end) {
		if (*p == '\\' && p + 1 < end) {
			p = unescape_one(p + 1, out);
		} else if (*p == '*' && isdigit((unsigned char)p[1])) {
			char *open;
			unsigned long n = strtoul(p + 1, &open, 10);
			const char *close = memchr(open, '}', end - open);

			if (*open != '{' || !close) {
				buf_append(out, p++, 1);
				continue;
			}
			while (n--)
				unescape(open + 1, close, out);
			p = close + 1;
		} else {
			buf_append(out, p++, 1);
		}
	}
}

static int dial(void)
{
	int fd = socket(opt.addr.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int nodelay = !opt.together;

	if (fd < 0 || (opt.bind_len && bind(fd, (struct sockaddr *)&opt.bind,
					    opt.bind_len)) ||
	    connect(fd, (struct sockaddr *)&opt.addr, opt.addr_len)) {
		fprintf(stderr, "client: connect: %s\n", strerror(errno));
		exit(2);
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &nodelay, sizeof(nodelay));
	return fd;
}

static void send_all(int fd, struct buf *b)
{
	while (b->len) {
		ssize_t n = send(fd, buf_data(b), b->len, MSG_NOSIGNAL);

		if (n < 0)
			return;	/* refused early: the answer tells */
		buf_consume(b, n);
	}
}

/* Reads until the peer closes or is quiet; true when it closed. */
static bool read_all(int fd, struct buf *in, uint64_t timeout)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	for (;;) {
		ssize_t n;

		if (poll(&p, 1, in->len ? SETTLE_MS : (int)timeout) <= 0)
			return false;
		n = read(fd, buf_room(in, 65536), 65536);
		if (n <= 0)
			return true;
		in->len += n;
	}
}

static bool status_listed(const char *list, const char *status)
{
	const char *p = strstr(list, status);

	return p && (p == list || p[-1] == ',' || p[-1] == ' ');
}

static const char *judge(const struct row *row, struct buf *in, bool closed,
			 char *got, size_t size)
{
	struct http_head h;
	const char *why = NULL;
	ssize_t n = http_parse_response(buf_data(in), in->len, &h, &why);

	if (n > 0)
		snprintf(got, size, "%d", h.status);
	else
		snprintf(got, size, "%s", in->len ? "garbage" : "none");
	if (!status_listed(row->statuses, got))
		return "status";
	if (!strcmp(row->after, "close") && !closed)
		return "stays open";
	if (!strcmp(row->after, "keep") && closed)
		return "closed";
	return NULL;
}

static bool play(const struct row *row, unsigned int number)
{
	struct buf out = { 0 }, in = { 0 };
	struct segments segments = { 0 };
	const char *fault;
	char got[16];
	bool closed;
	int fd = dial();

	unescape(row->request, row->request + strlen(row->request), &out);
	if (opt.bytewise)
		segments_send(fd, &out, &segments);
	else
		send_all(fd, &out);
	closed = read_all(fd, &in, opt.timeout_ms);
	fault = judge(row, &in, closed, got, sizeof(got));
	if (!fault && !segments_suffice(&segments))
		fault = "octets share segments";
	printf("%sok %u - %s: %s\n", fault ? "not " : "", number, row->name,
	       got);
	if (fault)
		printf("# %s: want %s, %s; got %s, %s\n", fault, row->statuses,
		       row->after, got, closed ? "close" : "keep");
	if (fault && opt.bytewise)
		printf("# %u octets by octet, %u segments\n", segments.octets,
		       segments.count);
	close(fd);
	buf_free(&out);
	buf_free(&in);
	return !fault;
}

int malformed_table(const char *file)
{
	unsigned int number = 0, failed = 0;
	char line[LINE_MAX_OCTETS];
	FILE *f = fopen(file, "r");
	struct row row;

	if (!f) {
		fprintf(stderr, "client: %s: %s\n", file, strerror(errno));
		return 2;
	}
	while (fgets(line, sizeof(line), f)) {
		if (*line == '#' || *line == '\n')
			continue;
		if (!split(line, &row)) {
			fprintf(stderr, "client: bad row: %s", line);
			fclose(f);
			return 2;
		}
		failed += !play(&row, ++number);
		fflush(stdout);
	}
	fclose(f);
	printf("1..%u\n", number);
	printf("# requests=%u failed=%u\n", number, failed);
	return failed || !number;
}
