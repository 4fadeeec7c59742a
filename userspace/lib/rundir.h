/* SPDX-License-Identifier: MIT */
/*
 * What gwsteerd leaves in its run directory for gwctl: the lock that says who
 * runs, and status.json.
 */
#ifndef GWS_RUNDIR_H
#define GWS_RUNDIR_H

#include <sys/types.h>
#include <cjson/cJSON.h>

#define GWS_RUN_DIR	"/run/gwsteer"
#define GWS_STATE_DIR	"/var/lib/gwsteer"

/* Makes @dir (not its parents) unless it is there. 0 or -errno. */
int gws_dir_make(const char *dir);

/**
 * gws_lock_take() - be the only daemon of a run directory
 * @holder: process that holds the lock when that is another one
 *
 * The lock ends with the process; nothing is left that could be stale. The
 * file must not be opened a second time in the process that holds it.
 *
 * Return: a descriptor to keep open, -EBUSY, or another -errno.
 */
int gws_lock_take(const char *run_dir, pid_t *holder);

/* The process that holds the lock, 0 for none, or -errno of open(2). */
pid_t gws_lock_holder(const char *run_dir);

/**
 * gws_status_read() - the tree that the daemon wrote last
 *
 * Return: 0 and the tree, owned by the caller; -ENOENT no daemon has written
 * one; -EBADMSG not JSON; -ENOMEM or another error of reading.
 */
int gws_status_read(const char *run_dir, cJSON **tree);

/* Replaces status.json at once: a reader sees the old or the new one whole. */
int gws_status_write(const char *run_dir, const cJSON *tree);

#endif /* GWS_RUNDIR_H */
