// SPDX-License-Identifier: MIT
/*
 * Changes of a directory, by inotify.
 *
 * Editors and kubectl-like tools write in several steps. A timer, set anew by
 * every event, waits until the directory is quiet, longer when a name went away,
 * which may be half of a replacement, but never longer than SETTLE_MAX after the
 * first event; a file that is being written is left alone until its writer closes
 * it, or, should it never do so, for WRITER_WAIT.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "../lib/mem.h"
#include "dir_watch.h"

enum {
	SETTLE = 10,		/* ms without an event */
	SETTLE_GONE = 200,	/* the same when a name went away */
	SETTLE_MAX = 1000,	/* ms from the first event on */
	LOOK_AGAIN = 200,	/* ms, while there are writers */
	WRITER_WAIT = 3000,	/* ms for a writer to close its file */
};

#define EVENTS (IN_MODIFY | IN_ATTRIB | IN_CLOSE_WRITE | IN_MOVED_FROM |	\
		IN_MOVED_TO | IN_CREATE | IN_DELETE | IN_DELETE_SELF |		\
		IN_MOVE_SELF)

/* A file that somebody has open for writing. */
struct writer {
	char *name;
	struct timespec since;
};

struct gws_dir_watch {
	char *path;
	int epoll;
	int inotify;
	int descriptor;		/* of the directory, -1: it is away */
	int timer;
	struct writer *writers;
	size_t nwriters;
	bool gone;		/* a name went away since the last scan */
	bool pending;		/* there were events since the last scan */
	struct timespec first;	/* when the first of them came */
};

static long long ms_since(const struct timespec *then)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - then->tv_sec) * 1000LL +
	       (now.tv_nsec - then->tv_nsec) / 1000000;
}

static struct writer *find_writer(const struct gws_dir_watch *watch,
				  const char *name)
{
	size_t i;

	for (i = 0; i < watch->nwriters; i++)
		if (!strcmp(watch->writers[i].name, name))
			return &watch->writers[i];
	return NULL;
}

bool gws_dir_watch_is_written(const struct gws_dir_watch *watch,
			      const char *name)
{
	return find_writer(watch, name);
}

static void writer_add(struct gws_dir_watch *watch, const char *name)
{
	struct writer *writer = find_writer(watch, name);

	if (writer)
		return;
	watch->writers = gws_mem_check(reallocarray(watch->writers,
						  watch->nwriters + 1,
						  sizeof(*watch->writers)));
	writer = &watch->writers[watch->nwriters++];
	writer->name = gws_mem_check(strdup(name));
	clock_gettime(CLOCK_MONOTONIC, &writer->since);
}

static void writer_drop(struct gws_dir_watch *watch, struct writer *writer)
{
	if (!writer)
		return;
	free(writer->name);
	*writer = watch->writers[--watch->nwriters];
}

/* Who has not closed its file for so long will not be waited for. */
static void drop_old_writers(struct gws_dir_watch *watch)
{
	size_t i;

	for (i = watch->nwriters; i--;)
		if (ms_since(&watch->writers[i].since) >= WRITER_WAIT)
			writer_drop(watch, &watch->writers[i]);
}

static int set_timer(const struct gws_dir_watch *watch, int ms)
{
	const struct itimerspec spec = {
		.it_value = { ms / 1000, (long)(ms % 1000) * 1000000 },
	};

	return timerfd_settime(watch->timer, 0, &spec, NULL) ? -errno : 0;
}

/* The directory was replaced by another one of its name, or is back. */
static void watch_again(struct gws_dir_watch *watch)
{
	if (watch->descriptor >= 0)
		inotify_rm_watch(watch->inotify, watch->descriptor);
	watch->descriptor = inotify_add_watch(watch->inotify, watch->path, EVENTS);
}

static void take_event(struct gws_dir_watch *watch,
		       const struct inotify_event *event)
{
	const char *name = event->len ? event->name : "";

	if (event->mask & (IN_DELETE_SELF | IN_MOVE_SELF))
		watch_again(watch);
	/* Hidden files are never read; most replacements begin as one. */
	if (event->mask & (IN_MOVED_FROM | IN_DELETE) && name[0] != '.')
		watch->gone = true;
	if (event->mask & IN_MODIFY)
		writer_add(watch, name);
	else if (event->mask & ~(uint32_t)(IN_CREATE | IN_ATTRIB))
		writer_drop(watch, find_writer(watch, name));
}

/* Returns 1 when there were events, or -errno. */
static int drain(struct gws_dir_watch *watch)
{
	char buf[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	const struct inotify_event *event;
	int seen = 0;
	ssize_t n, at;

	while ((n = read(watch->inotify, buf, sizeof(buf))) > 0)
		for (at = 0; at < n; at += (ssize_t)(sizeof(*event) +
						     event->len)) {
			event = (const struct inotify_event *)(buf + at);
			take_event(watch, event);
			seen = 1;
		}
	return n < 0 && errno != EAGAIN && errno != EINTR ? -errno : seen;
}

/* After an event: waits on, or no longer, for then the timer stays as it was. */
static int settle(struct gws_dir_watch *watch)
{
	if (!watch->pending) {
		watch->pending = true;
		clock_gettime(CLOCK_MONOTONIC, &watch->first);
	}
	if (ms_since(&watch->first) >= SETTLE_MAX)
		return 0;
	return set_timer(watch, watch->gone ? SETTLE_GONE : SETTLE);
}

int gws_dir_watch_handle(struct gws_dir_watch *watch)
{
	uint64_t expirations;
	int err = drain(watch);

	if (err < 0)
		return err;
	if (err) {
		err = settle(watch);
		if (err)
			return err;
	}
	if (read(watch->timer, &expirations, sizeof(expirations)) < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	watch->gone = false;
	watch->pending = false;
	drop_old_writers(watch);
	/* A directory that was away is looked for again. */
	if (watch->descriptor < 0)
		watch_again(watch);
	if (watch->descriptor < 0 || watch->nwriters) {
		err = set_timer(watch, watch->descriptor < 0 ? WRITER_WAIT :
				LOOK_AGAIN);
		if (err)
			return err;
	}
	return 1;
}

int gws_dir_watch_fd(const struct gws_dir_watch *watch)
{
	return watch->epoll;
}

static int open_fds(struct gws_dir_watch *watch)
{
	struct epoll_event event = { .events = EPOLLIN };

	watch->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (watch->inotify < 0)
		return -errno;
	watch->descriptor = inotify_add_watch(watch->inotify, watch->path,
					      EVENTS | IN_ONLYDIR);
	if (watch->descriptor < 0)
		return -errno;
	watch->timer = timerfd_create(CLOCK_MONOTONIC,
				    TFD_NONBLOCK | TFD_CLOEXEC);
	if (watch->timer < 0)
		return -errno;
	watch->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (watch->epoll < 0)
		return -errno;
	event.data.fd = watch->inotify;
	if (epoll_ctl(watch->epoll, EPOLL_CTL_ADD, watch->inotify, &event))
		return -errno;
	event.data.fd = watch->timer;
	if (epoll_ctl(watch->epoll, EPOLL_CTL_ADD, watch->timer, &event))
		return -errno;
	return 0;
}

int gws_dir_watch_open(struct gws_dir_watch **out, const char *path)
{
	struct gws_dir_watch *watch = gws_mem_check(calloc(1, sizeof(*watch)));
	int err;

	*out = NULL;
	watch->path = gws_mem_check(strdup(path));
	watch->epoll = -1;
	watch->inotify = -1;
	watch->timer = -1;
	err = open_fds(watch);
	if (err) {
		gws_dir_watch_close(watch);
		return err;
	}
	*out = watch;
	return 0;
}

void gws_dir_watch_close(struct gws_dir_watch *watch)
{
	if (!watch)
		return;
	while (watch->nwriters)
		writer_drop(watch, &watch->writers[watch->nwriters - 1]);
	free(watch->writers);
	if (watch->epoll >= 0)
		close(watch->epoll);
	if (watch->timer >= 0)
		close(watch->timer);
	if (watch->inotify >= 0)
		close(watch->inotify);
	free(watch->path);
	free(watch);
}
