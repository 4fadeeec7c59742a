/* SPDX-License-Identifier: MIT */
#ifndef GWS_DIR_WATCH_H
#define GWS_DIR_WATCH_H

#include <stdbool.h>

struct gws_dir_watch;

/*
 * gws_dir_watch_open - be told when files of the directory @path change.
 * Returns 0; -ENOENT, -ENOTDIR, -EACCES and what inotify_init1(2),
 * epoll_create1(2) and timerfd_create(2) say.
 */
int gws_dir_watch_open(struct gws_dir_watch **out, const char *path);
/* NULL is allowed. */
void gws_dir_watch_close(struct gws_dir_watch *watch);

/* Readable when gws_dir_watch_handle() has something to do. */
int gws_dir_watch_fd(const struct gws_dir_watch *watch);

/*
 * gws_dir_watch_handle - take what happened. Returns 1 when it is time to look
 * at the directory, since it changed and is quiet now; 0 when not; or -errno.
 */
int gws_dir_watch_handle(struct gws_dir_watch *watch);

/* Whether somebody is writing the file @name, so that it is better left alone. */
bool gws_dir_watch_is_written(const struct gws_dir_watch *watch,
			      const char *name);

#endif
