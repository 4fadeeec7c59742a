// SPDX-License-Identifier: MIT
/*
 * A deterministic HTTP/1.1 backend for tests: see README.md for its paths.
 * One thread, one epoll set, many ports.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "serve.h"

enum { MAX_EVENTS = 256, BACKLOG = 4096, MAX_LISTENERS = 16, MAX_CONNECTIONS = 16384 };

struct server server = { .name = "BACKEND", .broken_every = 10 };

static int listeners[MAX_LISTENERS];
static unsigned int nlisteners;
static volatile sig_atomic_t stop, report;

static void on_signal(int sig)
{
	if (sig == SIGUSR1)
		report = 1;
	else
		stop = 1;
}

static void fail(const char *what)
{
	fprintf(stderr, "backend: %s: %s\n", what, strerror(errno));
	exit(2);
}

static int listen_on(const char *addr, int port)
{
	struct sockaddr_in6 a6 = { .sin6_family = AF_INET6,
				   .sin6_port = htons(port) };
	struct sockaddr_in a4 = { .sin_family = AF_INET,
				  .sin_port = htons(port) };
	bool v4 = inet_pton(AF_INET, addr, &a4.sin_addr) == 1;
	int fd, one = 1, zero = 0;

	if (!v4 && inet_pton(AF_INET6, addr, &a6.sin6_addr) != 1) {
		fprintf(stderr, "backend: not an address: %s\n", addr);
		exit(2);
	}
	fd = socket(v4 ? AF_INET : AF_INET6,
		    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		fail("socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (!v4)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof(zero));
	if (bind(fd, v4 ? (void *)&a4 : (void *)&a6,
		 v4 ? sizeof(a4) : sizeof(a6)))
		fail("bind");
	if (listen(fd, BACKLOG))
		fail("listen");
	return fd;
}

static void add_listeners(const char *addr, char *ports)
{
	for (char *p = strtok(ports, ","); p; p = strtok(NULL, ",")) {
		struct epoll_event ev = { .events = EPOLLIN };

		if (nlisteners == MAX_LISTENERS) {
			fprintf(stderr, "backend: too many ports\n");
			exit(2);
		}
		listeners[nlisteners] = listen_on(addr, atoi(p));
		ev.data.ptr = &listeners[nlisteners];
		if (epoll_ctl(server.epoll, EPOLL_CTL_ADD,
			      listeners[nlisteners++], &ev))
			fail("epoll_ctl");
	}
}

static bool is_listener(void *ptr)
{
	return ptr >= (void *)listeners &&
	       ptr < (void *)(listeners + MAX_LISTENERS);
}

static void accept_all(int fd)
{
	int conn;

	for (;;) {
		conn = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (conn < 0)
			break;
		serve_accept(conn);
	}
	if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
		perror("backend: accept");
}

/* Connections whose other end is gone without a word stay for minutes. */
static void allow_connections(void)
{
	const struct rlimit most = { MAX_CONNECTIONS, MAX_CONNECTIONS };

	if (setrlimit(RLIMIT_NOFILE, &most))
		fail("setrlimit");
}

static void print_counts(void)
{
	printf("name=%s requests=%llu completed=%llu malformed=%llu "
	       "aborted=%llu connections=%llu open=%llu\n", server.name,
	       (unsigned long long)server.requests,
	       (unsigned long long)server.completed,
	       (unsigned long long)server.malformed,
	       (unsigned long long)server.aborted,
	       (unsigned long long)server.connections,
	       (unsigned long long)server.open);
	fflush(stdout);
}

static void run(void)
{
	struct epoll_event ev[MAX_EVENTS];

	while (!stop) {
		int n = epoll_wait(server.epoll, ev, MAX_EVENTS,
				   serve_timers(now_ms()));

		if (n < 0 && errno != EINTR)
			fail("epoll_wait");
		for (int i = 0; i < n; i++) {
			if (is_listener(ev[i].data.ptr))
				accept_all(*(int *)ev[i].data.ptr);
			else
				serve_event(ev[i].data.ptr, ev[i].events);
		}
		if (report) {
			report = 0;
			print_counts();
		}
		if (server.log)
			fflush(server.log);
		if (server.raw)
			fflush(server.raw);
	}
}

static void usage(void)
{
	fprintf(stderr, "usage: backend [-n NAME] [-l ADDR] [-p PORT,PORT...]\n"
		"  -L FILE  access log    -k N  requests of a connection\n"
		"  -R FILE  every octet that came, of all connections\n"
		"  -b FAULT [-e N]  show FAULT (body name seq status short drop\n"
		"                   stall) in every Nth answer\n");
	exit(2);
}

static void watch_signals(void)
{
	struct sigaction sa = { .sa_handler = on_signal };

	sigaction(SIGUSR1, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
}

static FILE *create(const char *name)
{
	FILE *f = fopen(name, "w");

	if (!f)
		fail(name);
	return f;
}

int main(int argc, char **argv)
{
	const char *addr = "::";
	char *ports = "8080";
	int opt;

	while ((opt = getopt(argc, argv, "n:l:p:L:R:k:b:e:")) != -1) {
		switch (opt) {
		case 'n': server.name = optarg; break;
		case 'l': addr = optarg; break;
		case 'p': ports = optarg; break;
		case 'L': server.log = create(optarg); break;
		case 'R': server.raw = create(optarg); break;
		case 'k': server.max_requests = strtoull(optarg, NULL, 10); break;
		case 'b': server.broken = optarg; break;
		case 'e': server.broken_every = strtoull(optarg, NULL, 10); break;
		default: usage();
		}
	}
	if (optind != argc || !server.broken_every)
		usage();
	allow_connections();
	payload_init();
	watch_signals();
	server.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (server.epoll < 0)
		fail("epoll_create1");
	add_listeners(addr, strdup(ports));
	run();
	print_counts();
	return 0;
}
