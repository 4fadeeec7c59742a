// SPDX-License-Identifier: MIT
/*
 * A strict HTTP/1.1 client for tests of a proxy: options, main loop, totals.
 * See README.md. Exit status: 0 all as expected, 1 a failure, 2 usage.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <netdb.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "client.h"
#include "segments.h"

enum { MAX_EVENTS = 256, TICK_MS = 20, FINE_TICK_MS = 1 };

struct options opt = {
	.connections = 1, .requests = 1, .host = "test", .method = "GET",
	.pipeline = 1, .timeout_ms = 10000,
};
struct totals totals;

static int epoll = -1;
static uint64_t started;
static volatile sig_atomic_t stop;

uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ull + ts.tv_nsec / 1000000;
}

bool all_started(uint64_t now)
{
	if (stop)
		return true;
	if (opt.duration_ms)
		return now >= started + opt.duration_ms;
	return totals.requests >= opt.requests;
}

bool may_start(void)
{
	uint64_t now = now_ms();

	if (all_started(now))
		return false;
	return !opt.rate ||
	       totals.requests <= (now - started) * opt.rate / 1000;
}

void watch(struct exchange *x, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.ptr = x };
	int op = x->events ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;

	/* Marks a socket as added even when nothing is wanted of it. */
	if (x->events == (events | EPOLLET))
		return;
	if (epoll_ctl(epoll, op, x->fd, &ev)) {
		perror("client: epoll_ctl");
		exit(2);
	}
	x->events = events | EPOLLET;
}

static bool is_over(struct exchange *xs, uint64_t now)
{
	bool all_done = true;

	for (unsigned int i = 0; i < opt.connections; i++) {
		if (xs[i].fd >= 0)
			return false;
		all_done &= xs[i].state == X_DONE;
	}
	return all_done || (!opt.hold_ms && all_started(now));
}

static void run(struct exchange *xs)
{
	bool fine = opt.slow_bytes || opt.bytewise || opt.rate;
	struct epoll_event ev[MAX_EVENTS];
	uint64_t ticked = 0;

	for (;;) {
		uint64_t now = now_ms();
		int n;

		/* With few connections each round costs little: reconnect at once. */
		if (opt.connections <= 64 || now != ticked) {
			for (unsigned int i = 0; i < opt.connections; i++)
				exchange_tick(&xs[i], now);
			ticked = now;
		}
		if (is_over(xs, now))
			return;
		n = epoll_wait(epoll, ev, MAX_EVENTS,
			       fine ? FINE_TICK_MS : TICK_MS);
		for (int i = 0; i < n; i++) {
			struct exchange *x = ev[i].data.ptr;

			if (x->fd >= 0)
				exchange_event(x, ev[i].events);
		}
	}
}

static void print_totals(void)
{
	const struct { const char *name; uint64_t value; } rows[] = {
		{ "requests", totals.requests }, { "ok", totals.ok },
		{ "failed", totals.failed }, { "also", totals.also },
		{ "aborted", totals.aborted }, { "refused", totals.refused },
		{ "cut", totals.cut }, { "local", totals.local },
		{ "connects", totals.connects },
		{ "idle_closed", totals.idle_closed },
		{ "idle_reset", totals.idle_reset },
		{ "stall_open", totals.stall_open },
		{ "stall_closed", totals.stall_closed },
		{ "interim", totals.interim }, { "trailers", totals.trailers },
		{ "bytes_out", totals.bytes_out },
		{ "bytes_in", totals.bytes_in }, { "max_ms", totals.max_ms },
		{ "took_ms", now_ms() - started },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		printf("%s%s=%llu", i ? " " : "", rows[i].name,
		       (unsigned long long)rows[i].value);
	for (int i = 100; i < 600; i++)
		if (totals.status[i])
			printf(" status_%d=%llu", i,
			       (unsigned long long)totals.status[i]);
	for (int i = 0; i < MAX_BACKENDS && totals.backends[i].name[0]; i++)
		printf(" %s=%llu", totals.backends[i].name,
		       (unsigned long long)totals.backends[i].count);
	printf("\n");
}

/* The last octet of a connection that ends may have no segment any more. */
static bool octets_alone(void)
{
	const struct segments s = { .octets = totals.bytes_out,
		.count = totals.segments + totals.connects };

	if (!opt.bytewise || segments_suffice(&s))
		return true;
	fprintf(stderr, "client: %u octets by octet, %llu segments\n", s.octets,
		(unsigned long long)totals.segments);
	return false;
}

static void usage(const char *why)
{
	fprintf(stderr, "client: %s\n"
"usage: client -a ADDR -p PORT [options]\n"
"  what: --host NAME  --path PATH (repeatable, in turn)  --method M\n"
"        --header 'N: V'  --body N  --chunked  --expect\n"
"  how much: -c CONNECTIONS  -n REQUESTS  -d SECONDS  --rate R\n"
"  how: --close  --pipeline N  --bytewise [--gap MS]  --half-close\n"
"       --slow BYTES:MS  --stall MS  --hold MS  --bind ADDR\n"
"       --abort STAGE[:rst]  (connect partial-head head mid-body in-flight\n"
"                             mid-response idle)\n"
"  judged by: --status NNN  --also NNN,...  --lossy  --timeout MS\n"
"             --sequence FILE\n"
"  --malformed FILE  plays a table of raw requests instead\n"
"  --together  of --bytewise: without care that each octet is a segment\n", why);
	exit(2);
}

static socklen_t resolve(const char *addr, const char *port,
			 struct sockaddr_storage *to)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV }, *ai;
	socklen_t len;

	if (!addr || getaddrinfo(addr, port, &hints, &ai))
		usage("bad address or port");
	len = ai->ai_addrlen;
	memcpy(to, ai->ai_addr, len);
	freeaddrinfo(ai);
	return len;
}

static void set_abort(char *arg)
{
	static const char *const stages[] = {
		[STAGE_CONNECT] = "connect", [STAGE_PARTIAL_HEAD] = "partial-head",
		[STAGE_HEAD] = "head", [STAGE_MID_BODY] = "mid-body",
		[STAGE_IN_FLIGHT] = "in-flight",
		[STAGE_MID_RESPONSE] = "mid-response", [STAGE_IDLE] = "idle",
	};
	char *how = strchr(arg, ':');

	if (how) {
		*how++ = 0;
		opt.abort_rst = !strcmp(how, "rst");
	}
	for (int i = STAGE_CONNECT; i <= STAGE_IDLE; i++)
		if (!strcmp(arg, stages[i]))
			opt.abort = i;
	if (!opt.abort)
		usage("no such stage");
}

static void set_also(char *arg)
{
	for (char *p = strtok(arg, ","); p; p = strtok(NULL, ",")) {
		if (opt.nalso == MAX_ALSO)
			usage("too many statuses");
		opt.also[opt.nalso++] = atoi(p);
	}
}

static void add_path(const char *path)
{
	struct str s = { path, strlen(path) };

	if (opt.npaths == MAX_PATHS)
		usage("too many paths");
	if (!plan_parse(s, &opt.plans[opt.npaths]))
		usage("bad command in the path");
	opt.paths[opt.npaths++] = path;
}

static void set_slow(const char *arg)
{
	char *colon;

	opt.slow_bytes = strtoul(arg, &colon, 10);
	opt.slow_ms = *colon == ':' ? strtoul(colon + 1, NULL, 10) : 0;
	if (!opt.slow_bytes)
		usage("--slow wants BYTES:MS");
}

enum {
	O_HOST = 256, O_PATH, O_METHOD, O_HEADER, O_BODY, O_CHUNKED, O_EXPECT,
	O_RATE, O_CLOSE, O_PIPELINE, O_BYTEWISE, O_TOGETHER, O_GAP, O_HALF, O_SLOW,
	O_STALL, O_HOLD, O_BIND, O_ABORT, O_STATUS, O_ALSO, O_LOSSY, O_TIMEOUT,
	O_SEQUENCE, O_MALFORMED,
};

static const struct option long_options[] = {
	{ "host", 1, NULL, O_HOST }, { "path", 1, NULL, O_PATH },
	{ "method", 1, NULL, O_METHOD }, { "header", 1, NULL, O_HEADER },
	{ "body", 1, NULL, O_BODY }, { "chunked", 0, NULL, O_CHUNKED },
	{ "expect", 0, NULL, O_EXPECT }, { "rate", 1, NULL, O_RATE },
	{ "close", 0, NULL, O_CLOSE }, { "pipeline", 1, NULL, O_PIPELINE },
	{ "bytewise", 0, NULL, O_BYTEWISE }, { "together", 0, NULL, O_TOGETHER },
	{ "gap", 1, NULL, O_GAP },
	{ "half-close", 0, NULL, O_HALF }, { "slow", 1, NULL, O_SLOW },
	{ "stall", 1, NULL, O_STALL }, { "hold", 1, NULL, O_HOLD },
	{ "bind", 1, NULL, O_BIND }, { "abort", 1, NULL, O_ABORT },
	{ "status", 1, NULL, O_STATUS }, { "also", 1, NULL, O_ALSO },
	{ "lossy", 0, NULL, O_LOSSY }, { "timeout", 1, NULL, O_TIMEOUT },
	{ "sequence", 1, NULL, O_SEQUENCE }, { "malformed", 1, NULL, O_MALFORMED },
	{ NULL, 0, NULL, 0 }
};

static const char *addr, *port, *table;

static void set_how(int c, char *arg)
{
	switch (c) {
	case O_CLOSE: opt.close = true; break;
	case O_PIPELINE: opt.pipeline = atoi(arg); break;
	case O_BYTEWISE: opt.bytewise = true; break;
	case O_TOGETHER: opt.together = true; break;
	case O_GAP: opt.gap_ms = atoi(arg); break;
	case O_HALF: opt.half_close = true; break;
	case O_SLOW: set_slow(arg); break;
	case O_STALL: opt.stall_ms = atoi(arg); break;
	case O_HOLD: opt.hold_ms = atoi(arg); break;
	case O_BIND: opt.bind_len = resolve(arg, "0", &opt.bind); break;
	case O_ABORT: set_abort(arg); break;
	case O_STATUS: opt.status = atoi(arg); break;
	case O_ALSO: set_also(arg); break;
	case O_LOSSY: opt.lossy = true; break;
	case O_TIMEOUT: opt.timeout_ms = atoi(arg); break;
	case O_MALFORMED: table = arg; break;
	case O_SEQUENCE:
		opt.sequence = fopen(arg, "w");
		if (!opt.sequence)
			usage(strerror(errno));
		break;
	default: usage("unknown option");
	}
}

static void set_what(int c, char *arg)
{
	switch (c) {
	case 'a': addr = arg; break;
	case 'p': port = arg; break;
	case 'c': opt.connections = atoi(arg); break;
	case 'n': opt.requests = strtoull(arg, NULL, 10); break;
	case 'd': opt.duration_ms = strtod(arg, NULL) * 1000; break;
	case O_HOST: opt.host = arg; break;
	case O_PATH: add_path(arg); break;
	case O_METHOD: opt.method = arg; break;
	case O_HEADER: buf_printf(&opt.headers, "%s\r\n", arg); break;
	case O_BODY:
		opt.has_body = true;
		opt.body_size = strtoull(arg, NULL, 10);
		break;
	case O_CHUNKED: opt.chunked = true; break;
	case O_EXPECT: opt.expect = true; break;
	case O_RATE: opt.rate = atoi(arg); break;
	default: set_how(c, arg);
	}
}

static void on_signal(int sig)
{
	(void)sig;
	stop = 1;
}

static void read_options(int argc, char **argv)
{
	int c;

	while ((c = getopt_long(argc, argv, "a:p:c:n:d:", long_options,
				NULL)) != -1)
		set_what(c, optarg);
	if (optind != argc || !addr || !port)
		usage("need -a and -p");
	opt.addr_len = resolve(addr, port, &opt.addr);
	if (!opt.npaths)
		add_path("/");
	if (!opt.connections || !opt.pipeline || opt.pipeline > MAX_PIPELINE)
		usage("number out of range");
	if (opt.abort == STAGE_MID_BODY && (opt.body_size < 2))
		usage("--abort mid-body needs --body of two octets or more");
	if (opt.has_body && !strcmp(opt.method, "GET"))
		opt.method = "POST";
}

int main(int argc, char **argv)
{
	struct exchange *xs;

	payload_init();
	read_options(argc, argv);
	if (table)
		return malformed_table(table);
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	epoll = epoll_create1(EPOLL_CLOEXEC);
	xs = calloc(opt.connections, sizeof(*xs));
	if (epoll < 0 || !xs) {
		perror("client");
		return 2;
	}
	for (unsigned int i = 0; i < opt.connections; i++)
		xs[i].fd = -1;
	started = now_ms();
	run(xs);
	print_totals();
	if (opt.sequence)
		fclose(opt.sequence);
	if (!octets_alone())
		return 1;
	return totals.failed || totals.ok + totals.also + totals.aborted +
	       totals.refused + totals.cut != totals.requests;
}
