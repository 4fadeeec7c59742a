/* SPDX-License-Identifier: MIT */
/*
 * A directory of manifests as a source: *.yaml, *.yml and *.json directly in
 * it, in the order of their names, hidden files excepted. Changes are followed
 * by inotify.
 *
 * For an epoll loop: add gws_source_dir_fd() for input, call
 * gws_source_dir_handle() when it is readable.
 */
#ifndef GWS_SOURCE_DIR_H
#define GWS_SOURCE_DIR_H

#include <stddef.h>

struct gws_problems;
struct gws_source_dir;
struct gws_store;

/*
 * gws_source_dir_open - watch @path and load it into @store.
 * Mistakes in files are problems, not errors. @store must outlive the source.
 * @copies: a directory of gws_last_good_open(), from which a file that is
 * broken from the start gets what it last said; NULL: from nowhere, and nothing
 * is written.
 * Returns 0; -ENOENT, -ENOTDIR, -EACCES and what inotify_init1(2),
 * epoll_create1(2) and timerfd_create(2) say.
 */
int gws_source_dir_open(struct gws_source_dir **out, const char *path,
			const char *copies, struct gws_store *store);
void gws_source_dir_close(struct gws_source_dir *dir);

int gws_source_dir_fd(const struct gws_source_dir *dir);

/*
 * gws_source_dir_handle - take what happened. Files are read when the
 * directory has been quiet for a moment, a file that is still being written
 * when its writer closed it.
 * Returns 1 when the store or the problems changed, 0 when not, or -errno when
 * the directory itself cannot be read (the store is left as it is).
 */
int gws_source_dir_handle(struct gws_source_dir *dir);

/* Read everything again now, as for SIGHUP. Returns as handle does. */
int gws_source_dir_rescan(struct gws_source_dir *dir);

/* How many manifests the directory has, good or bad. */
size_t gws_source_dir_count(const struct gws_source_dir *dir);

/* What is wrong with the files as they are now. Valid until the next call. */
const struct gws_problems *gws_source_dir_problems(
					const struct gws_source_dir *dir);

#endif
