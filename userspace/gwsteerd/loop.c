// SPDX-License-Identifier: MIT
/*
 * The event loop.
 *
 * Threading
 * ---------
 * Everything but the access log and the answers to Prometheus, which have a
 * thread and sockets each of their own and share nothing with the rest, is a
 * callback of this loop:
 *
 *   descriptor            tells of                         calls
 *   signalfd              SIGTERM, SIGINT, SIGHUP          app: stop, rescan
 *                         SIGUSR1                          access log: reopen
 *   source (inotify)      a manifest changed               app: rebuild
 *   netlink (nlctrl)      the module was loaded, unloaded  app: push
 *   timerfd               retry or look again              app: push, poll
 *
 * A callback runs to its end before the next one, so no state needs a lock and
 * none may wait for something outside. What may block is short: reading
 * manifests, and requests to the module, which the kernel answers before
 * sendmsg() returns except that BEGIN and COMMIT may wait for the module's
 * configuration mutex. modprobe runs before the loop starts.
 *
 * A rebuild makes a new graph and IR and throws the old ones away; nothing
 * refers to an old one afterwards but strings of the last push result, which
 * are used before the IR goes.
 *
 * What would have to change for more threads: libnl sockets are one per thread, the
 * store has no lock, and object references are counted without atomics.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "loop.h"

#define SOURCES_MAX	8

struct source {
	int fd;			/* -1: free */
	gws_loop_fd_fn fn;
	void *data;
};

struct gws_loop {
	int epoll;
	int signals;
	int timer;
	bool stop;
	gws_loop_signal_fn on_signal;
	void *signal_data;
	gws_loop_fd_fn on_timer;
	void *timer_data;
	struct source sources[SOURCES_MAX];
};

static void take_signals(void *data)
{
	struct gws_loop *loop = data;
	struct signalfd_siginfo info;

	while (read(loop->signals, &info, sizeof(info)) == sizeof(info))
		loop->on_signal(info.ssi_signo, loop->signal_data);
}

static void take_timer(void *data)
{
	struct gws_loop *loop = data;
	uint64_t times;

	if (read(loop->timer, &times, sizeof(times)) == sizeof(times) &&
	    loop->on_timer)
		loop->on_timer(loop->timer_data);
}

static int open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGUSR1);
	if (sigprocmask(SIG_BLOCK, &set, NULL) ||
	    signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return -1;
	return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

int gws_loop_create(struct gws_loop **out, gws_loop_signal_fn on_signal,
		    void *data)
{
	struct gws_loop *loop = calloc(1, sizeof(*loop));
	int err, i;

	*out = NULL;
	if (!loop)
		return -ENOMEM;
	for (i = 0; i < SOURCES_MAX; i++)
		loop->sources[i].fd = -1;
	loop->on_signal = on_signal;
	loop->signal_data = data;
	loop->epoll = epoll_create1(EPOLL_CLOEXEC);
	loop->signals = open_signals();
	loop->timer = timerfd_create(CLOCK_MONOTONIC,
				     TFD_NONBLOCK | TFD_CLOEXEC);
	err = -errno;
	if (loop->epoll < 0 || loop->signals < 0 || loop->timer < 0)
		goto err;
	err = gws_loop_add(loop, loop->signals, take_signals, loop);
	if (!err)
		err = gws_loop_add(loop, loop->timer, take_timer, loop);
	if (err)
		goto err;
	*out = loop;
	return 0;

err:
	gws_loop_destroy(loop);
	return err;
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

void gws_loop_destroy(struct gws_loop *loop)
{
	if (!loop)
		return;
	close_fd(loop->timer);
	close_fd(loop->signals);
	close_fd(loop->epoll);
	free(loop);
}

int gws_loop_add(struct gws_loop *loop, int fd, gws_loop_fd_fn fn, void *data)
{
	struct epoll_event event = { .events = EPOLLIN };
	int i;

	for (i = 0; i < SOURCES_MAX && loop->sources[i].fd >= 0; i++)
		;
	if (i == SOURCES_MAX)
		return -ENOSPC;
	event.data.ptr = &loop->sources[i];
	if (epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &event))
		return -errno;
	loop->sources[i] = (struct source){ fd, fn, data };
	return 0;
}

void gws_loop_remove(struct gws_loop *loop, int fd)
{
	int i;

	for (i = 0; i < SOURCES_MAX; i++) {
		if (loop->sources[i].fd != fd)
			continue;
		epoll_ctl(loop->epoll, EPOLL_CTL_DEL, fd, NULL);
		loop->sources[i].fd = -1;
	}
}

int gws_loop_after(struct gws_loop *loop, uint32_t ms, gws_loop_fd_fn fn,
		   void *data)
{
	struct itimerspec when = {
		.it_value.tv_sec = ms / 1000,
		/* All zero would disarm the timer. */
		.it_value.tv_nsec = ms % 1000 * 1000000L + 1,
	};

	loop->on_timer = fn;
	loop->timer_data = data;
	return timerfd_settime(loop->timer, 0, &when, NULL) ? -errno : 0;
}

int gws_loop_run(struct gws_loop *loop)
{
	struct epoll_event event;
	struct source *source;
	int n;

	while (!loop->stop) {
		/* One at a time: a callback may remove another source. */
		n = epoll_wait(loop->epoll, &event, 1, -1);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n <= 0)
			continue;
		source = event.data.ptr;
		if (source->fd >= 0)
			source->fn(source->data);
	}
	return 0;
}

void gws_loop_stop(struct gws_loop *loop)
{
	loop->stop = true;
}
