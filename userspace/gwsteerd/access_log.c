// SPDX-License-Identifier: MIT
/*
 * The access log's thread: module -> queue of a socket -> file. What does not
 * fit the queue while the file takes its time is lost, and counted by the module.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "../lib/log.h"
#include "../lib/record.h"
#include "access_log.h"

/* Milliseconds between two looks for the module, or for what was lost. */
#define LOOK_AGAIN	1000

struct gws_access_log {
	const char *path;
	bool json;
	int wake;		/* eventfd: one of the next two is set */
	atomic_bool reopen;
	atomic_bool stop;
	pthread_t thread;

	/* The rest is the thread's. */
	FILE *out;
	struct gws_nl_listener *listener;	/* NULL: no module */
	struct gws_arena *arena;
	uint64_t lost;		/* as the module says */
	uint64_t told;		/* of these, in our own log */
	bool broken;		/* the last write failed, and that was said */
};

static int open_file(const char *path, FILE **out)
{
	int fd;

	if (!strcmp(path, "-"))
		fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
	else
		fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
	if (fd < 0)
		return -errno;
	*out = fdopen(fd, "a");
	if (!*out) {
		close(fd);
		return -ENOMEM;
	}
	return 0;
}

static void flush(struct gws_access_log *log)
{
	bool failed = fflush(log->out) || ferror(log->out);

	if (failed && !log->broken)
		gws_error("cannot write the access log %s: %s", log->path,
			  strerror(errno));
	log->broken = failed;
	clearerr(log->out);
}

/* The old one serves on if there is no new one. */
static void reopen(struct gws_access_log *log)
{
	FILE *out;
	int err = open_file(log->path, &out);

	if (err) {
		gws_error("cannot open the access log %s anew: %s", log->path,
			  strerror(-err));
		return;
	}
	flush(log);
	fclose(log->out);
	log->out = out;
}

static int on_message(uint8_t cmd, const struct gws_attrs *attrs, void *data)
{
	struct gws_access_log *log = data;
	struct gws_msg_log message = { 0 };
	size_t i;
	int err;

	if (cmd != GWS_CMD_LOG && cmd != GWS_CMD_SUBSCRIBE_LOG)
		return 0;
	gws_arena_destroy(log->arena);
	log->arena = gws_arena_create();
	if (!log->arena)
		return -ENOMEM;
	err = gws_msg_get_log(attrs, log->arena, &message);
	if (err)
		return err;
	if (message.lost > log->lost)
		log->lost = message.lost;
	for (i = 0; i < message.n_records; i++) {
		if (log->json)
			gws_record_json(log->out, &message.records[i]);
		else
			gws_record_text(log->out, &message.records[i]);
	}
	return 0;
}

static void disconnect(struct gws_access_log *log, int err)
{
	if (err != -ENOENT)
		gws_warn("the access log pauses: %s", strerror(-err));
	gws_nl_listener_close(log->listener);
	log->listener = NULL;
}

/* Asks for the records; again, for how many were lost. */
static void ask(struct gws_access_log *log)
{
	int err = 0;

	if (!log->listener) {
		/* Without a module there is nothing to say: the app does. */
		if (gws_nl_listen(&log->listener))
			return;
		log->lost = log->told = 0;
	}
	err = gws_nl_listener_ask(log->listener, GWS_CMD_SUBSCRIBE_LOG);
	if (!err)
		err = gws_nl_listener_read(log->listener, on_message, log);
	flush(log);
	if (log->lost > log->told)
		gws_warn("%llu records of the access log were lost",
			 (unsigned long long)(log->lost - log->told));
	log->told = log->lost;
	if (err)
		disconnect(log, err);
}

static void take(struct gws_access_log *log)
{
	int err = gws_nl_listener_read(log->listener, on_message, log);

	flush(log);
	if (err)
		disconnect(log, err);
}

static void *run(void *data)
{
	struct gws_access_log *log = data;
	struct pollfd fds[2] = {
		{ .fd = log->wake, .events = POLLIN }, { .events = POLLIN },
	};
	eventfd_t times;
	int n;

	ask(log);
	while (!atomic_load(&log->stop)) {
		fds[1].fd = log->listener ? gws_nl_listener_fd(log->listener) :
					    -1;
		n = poll(fds, 2, LOOK_AGAIN);
		if (n > 0 && fds[0].revents)
			eventfd_read(log->wake, &times);
		if (atomic_exchange(&log->reopen, false))
			reopen(log);
		if (n > 0 && fds[1].revents)
			take(log);
		else if (!n)
			ask(log);
	}
	ask(log);
	return NULL;
}

static void destroy(struct gws_access_log *log)
{
	gws_nl_listener_close(log->listener);
	gws_arena_destroy(log->arena);
	if (log->out)
		fclose(log->out);
	if (log->wake >= 0)
		close(log->wake);
	free(log);
}

int gws_access_log_start(struct gws_access_log **out, const char *path,
			 bool json)
{
	struct gws_access_log *log = calloc(1, sizeof(*log));
	int err;

	*out = NULL;
	if (!log)
		return -ENOMEM;
	log->path = path;
	log->json = json;
	log->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	err = log->wake < 0 ? -errno : open_file(path, &log->out);
	if (!err)
		err = -pthread_create(&log->thread, NULL, run, log);
	if (err) {
		destroy(log);
		return err;
	}
	*out = log;
	return 0;
}

void gws_access_log_reopen(struct gws_access_log *log)
{
	atomic_store(&log->reopen, true);
	eventfd_write(log->wake, 1);
}

void gws_access_log_stop(struct gws_access_log *log)
{
	if (!log)
		return;
	atomic_store(&log->stop, true);
	eventfd_write(log->wake, 1);
	pthread_join(log->thread, NULL);
	destroy(log);
}
