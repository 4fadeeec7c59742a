// SPDX-License-Identifier: MIT
/*
 * The endpoint for Prometheus. A request's head goes through the module's own
 * parser, which is strict and fuzzed; there is one answer, and then the end of the
 * connection.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../../kmod/http_parse.h"
#include "../../kmod/limits.h"
#include "../lib/client.h"
#include "../lib/log.h"
#include "../lib/metrics.h"
#include "../lib/rundir.h"
#include "metrics_server.h"

/* Milliseconds, from the accept. */
enum {
	HEAD_TIME = 2000,
	ANSWER_TIME = 10000,
};

struct gws_metrics_server {
	int fd;
	int stop;		/* eventfd */
	const char *run_dir;
	bool detail;
	pthread_t thread;
};

/* --- what there is to tell --- */

/* Leaves out what a module that is not there, or not ours, would have. */
static void ask_module(struct gws_metrics *metrics, struct gws_arena *arena,
		       struct gws_msg_info *info)
{
	struct gws_msg_stat *stats;
	struct gws_nl *nl;

	if (gws_nl_open(&nl))
		return;
	if (!gws_client_info(nl, arena, info) && info->abi == GWS_ABI &&
	    !gws_client_stats(nl, arena, &stats, &metrics->n_stats)) {
		metrics->info = info;
		metrics->stats = stats;
	} else {
		metrics->n_stats = 0;
	}
	gws_nl_close(nl);
}

static int collect(const struct gws_metrics_server *server, char **text,
		   size_t *len)
{
	struct gws_arena *arena = gws_arena_create();
	struct gws_metrics metrics = { .detail = server->detail };
	struct gws_msg_info info;
	cJSON *status = NULL;
	FILE *out = open_memstream(text, len);
	int err = -ENOMEM;

	if (arena && out) {
		ask_module(&metrics, arena, &info);
		if (!gws_status_read(server->run_dir, &status))
			gws_metrics_take_status(&metrics.daemon, status);
		err = gws_metrics_write(out, &metrics);
	}
	if (out && fclose(out))
		err = -ENOMEM;
	cJSON_Delete(status);
	gws_arena_destroy(arena);
	return err;
}

/* --- HTTP --- */

static long answer(char **out, const char *status, const char *fields,
		   const char *body, size_t len, bool head)
{
	char start[256];
	int n = snprintf(start, sizeof(start), "HTTP/1.1 %s\r\n%s"
			 "Content-Length: %zu\r\nConnection: close\r\n\r\n",
			 status, fields, len);

	if (head)
		len = 0;
	*out = malloc(n + len + 1);
	if (!*out)
		return -ENOMEM;
	memcpy(*out, start, n);
	if (len)
		memcpy(*out + n, body, len);
	return n + len;
}

static bool is_metrics(const struct gws_http_request *req)
{
	return gws_str_eq(req->path, GWS_STR("/metrics"));
}

long gws_metrics_answer(const char *request, size_t len, const char *body,
			size_t body_len, char **out)
{
	static const char type[] =
		"Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n";
	struct gws_http_request req;
	u32 resume = 0;
	char status[64];
	bool head;
	int ret;

	ret = gws_http_parse_request(request, len, &resume, &req);
	if (!ret)
		return 0;
	if (ret < 0) {
		snprintf(status, sizeof(status), "%u Refused",
			 gws_http_error_status(-ret));
		return answer(out, status, "", "", 0, false);
	}
	head = req.method_id == GWS_METHOD_HEAD;
	if (!head && req.method_id != GWS_METHOD_GET)
		return answer(out, "405 Method Not Allowed",
			      "Allow: GET, HEAD\r\n", "", 0, false);
	if (!is_metrics(&req))
		return answer(out, "404 Not Found", "", "", 0, head);
	return answer(out, "200 OK", type, body, body_len, head);
}

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000L + now.tv_nsec / 1000000;
}

/* False: too late, or the daemon ends. */
static bool wait_for(const struct gws_metrics_server *server, int fd,
		     short events, long deadline)
{
	struct pollfd fds[] = {
		{ .fd = fd, .events = events },
		{ .fd = server->stop, .events = POLLIN },
	};
	long left = deadline - now_ms();

	return left > 0 && poll(fds, 2, left) > 0 && !fds[1].revents;
}

static void send_all(const struct gws_metrics_server *server, int fd,
		     const char *data, size_t len, long deadline)
{
	ssize_t n;

	while (len && wait_for(server, fd, POLLOUT, deadline)) {
		n = send(fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return;
		if (n > 0) {
			data += n;
			len -= n;
		}
	}
	shutdown(fd, SHUT_WR);
}

/* @wanted: the request is good, and asks for what there is. */
static void reply(const struct gws_metrics_server *server, int fd,
		  const char *request, size_t len, bool wanted, long start)
{
	char *body = NULL, *out = NULL;
	size_t body_len = 0;
	long n = -ENOMEM;

	if (!wanted || !collect(server, &body, &body_len))
		n = gws_metrics_answer(request, len, body, body_len, &out);
	if (n > 0)
		send_all(server, fd, out, n, start + ANSWER_TIME);
	free(out);
	free(body);
}

/* Until its head is whole or wrong; nothing is collected before that. */
static void serve(const struct gws_metrics_server *server, int fd)
{
	char buf[GWS_HEAD_MAX + GWS_HEAD_SLACK] = "";
	struct gws_http_request req;
	long start = now_ms();
	size_t len = 0;
	u32 resume = 0;
	ssize_t n;
	int ret;

	while (len < GWS_HEAD_MAX &&
	       wait_for(server, fd, POLLIN, start + HEAD_TIME)) {
		n = recv(fd, buf + len, GWS_HEAD_MAX - len, MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n <= 0)
			return;
		len += n;
		ret = gws_http_parse_request(buf, len, &resume, &req);
		if (ret) {
			reply(server, fd, buf, len, ret > 0 && is_metrics(&req),
			      start);
			return;
		}
	}
}

static void *run(void *data)
{
	struct gws_metrics_server *server = data;
	int fd;

	for (;;) {
		struct pollfd fds[] = {
			{ .fd = server->fd, .events = POLLIN },
			{ .fd = server->stop, .events = POLLIN },
		};

		if (poll(fds, 2, -1) > 0 && fds[1].revents)
			return NULL;
		fd = accept4(server->fd, NULL, NULL, SOCK_CLOEXEC);
		/* Of descriptors or memory; what waits can wait. */
		if (fd < 0) {
			poll(NULL, 0, 100);
			continue;
		}
		serve(server, fd);
		close(fd);
	}
}

static int listen_on(const struct gws_ip *ip, uint16_t port)
{
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
				   .sin6_port = htons(port) };
	struct sockaddr_in v4 = { .sin_family = AF_INET,
				  .sin_port = htons(port) };
	bool six = ip->len == 16;
	int fd, one = 1, err;

	memcpy(&v6.sin6_addr, ip->b, sizeof(v6.sin6_addr));
	memcpy(&v4.sin_addr, ip->b, sizeof(v4.sin_addr));
	fd = socket(six ? AF_INET6 : AF_INET,
		    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (six)
		err = bind(fd, (struct sockaddr *)&v6, sizeof(v6));
	else
		err = bind(fd, (struct sockaddr *)&v4, sizeof(v4));
	if (err || listen(fd, 16)) {
		err = -errno;
		close(fd);
		return err;
	}
	return fd;
}

static void destroy(struct gws_metrics_server *server)
{
	if (server->fd >= 0)
		close(server->fd);
	if (server->stop >= 0)
		close(server->stop);
	free(server);
}

int gws_metrics_server_start(struct gws_metrics_server **out,
			     const struct gws_ip *ip, uint16_t port,
			     const char *run_dir, bool detail)
{
	struct gws_metrics_server *server = calloc(1, sizeof(*server));
	int err = 0;

	*out = NULL;
	if (!server)
		return -ENOMEM;
	server->run_dir = run_dir;
	server->detail = detail;
	server->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	server->fd = listen_on(ip, port);
	if (server->fd < 0 || server->stop < 0)
		err = server->fd < 0 ? server->fd : -EMFILE;
	if (!err)
		err = -pthread_create(&server->thread, NULL, run, server);
	if (err) {
		destroy(server);
		return err;
	}
	*out = server;
	return 0;
}

void gws_metrics_server_stop(struct gws_metrics_server *server)
{
	if (!server)
		return;
	eventfd_write(server->stop, 1);
	pthread_join(server->thread, NULL);
	destroy(server);
}
