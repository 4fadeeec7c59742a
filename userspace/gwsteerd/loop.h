/* SPDX-License-Identifier: MIT */
#ifndef GWS_LOOP_H
#define GWS_LOOP_H

#include <stdint.h>

struct gws_loop;

/* The descriptor is readable. */
typedef void (*gws_loop_fd_fn)(void *data);
/* A signal of the loop arrived. */
typedef void (*gws_loop_signal_fn)(int signal, void *data);

/**
 * gws_loop_create() - an empty loop
 * @on_signal: called for SIGTERM, SIGINT, SIGHUP and SIGUSR1, which are blocked from
 *	here on; SIGPIPE is ignored
 *
 * Return: 0 and the loop, owned by the caller, or -errno.
 */
int gws_loop_create(struct gws_loop **loop, gws_loop_signal_fn on_signal,
		    void *data);
void gws_loop_destroy(struct gws_loop *loop);

/*
 * gws_loop_add() - call @fn while @fd is readable. The descriptor stays the
 * caller's. 0, -ENOSPC above a fixed number of them, or -errno.
 */
int gws_loop_add(struct gws_loop *loop, int fd, gws_loop_fd_fn fn, void *data);
void gws_loop_remove(struct gws_loop *loop, int fd);

/* Calls @fn once, in @ms milliseconds; a later call replaces an earlier one. */
int gws_loop_after(struct gws_loop *loop, uint32_t ms, gws_loop_fd_fn fn,
		   void *data);

/* Runs until gws_loop_stop(). 0 or -errno of epoll_wait(2). */
int gws_loop_run(struct gws_loop *loop);
void gws_loop_stop(struct gws_loop *loop);

#endif /* GWS_LOOP_H */
