/* SPDX-License-Identifier: MIT */
/*
 * Copies of manifests as they last were without an error, for a daemon that
 * starts when one of them is broken. They are what the kernel serves meanwhile,
 * and after a reboot all that is left of it.
 *
 * A copy is written without fsync(2): it may be lost with the machine's power,
 * and an edit is in force sooner.
 */
#ifndef GWS_LAST_GOOD_H
#define GWS_LAST_GOOD_H

#include <stddef.h>

/*
 * gws_last_good_open - the directory for the copies of the manifests of @path
 * is made under @state_dir: one for each @path, so that two directories of
 * manifests do not mix.
 * Returns 0 and its name, for free(3); or -errno.
 */
int gws_last_good_open(char **dir, const char *state_dir, const char *path);

/*
 * gws_last_good_load - returns 0 and the text, NUL-terminated, for free(3);
 * -ENOENT without a copy; or another -errno.
 */
int gws_last_good_load(const char *dir, const char *name, char **text,
		       size_t *len);

/* gws_last_good_save - does nothing when the copy is the same. 0 or -errno. */
int gws_last_good_save(const char *dir, const char *name, const char *text,
		       size_t len);

/* gws_last_good_drop - the manifest is gone. */
void gws_last_good_drop(const char *dir, const char *name);

#endif
