// SPDX-License-Identifier: MIT
/*
 * state-dir/last-good/<digest of the directory's path>/<name of the manifest>
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/digest.h"
#include "../lib/file.h"
#include "../lib/mem.h"
#include "last_good.h"

#define COPY_MAX	(64 << 20)	/* bytes; a larger file is not ours */

/* Manifests may hold what is not for everybody. */
static int make(const char *dir)
{
	return mkdir(dir, 0700) && errno != EEXIST ? -errno : 0;
}

int gws_last_good_open(char **dir, const char *state_dir, const char *path)
{
	char *real = realpath(path, NULL), *parent;
	int err;

	*dir = NULL;
	if (!real)
		return -errno;
	if (asprintf(&parent, "%s/last-good", state_dir) < 0 ||
	    asprintf(dir, "%s/%016" PRIx64, parent,
		     gws_digest_str(GWS_DIGEST_INIT, real)) < 0)
		gws_mem_check(NULL);
	free(real);
	err = make(parent);
	free(parent);
	if (!err)
		err = make(*dir);
	if (err) {
		free(*dir);
		*dir = NULL;
	}
	return err;
}

int gws_last_good_load(const char *dir, const char *name, char **text,
		       size_t *len)
{
	char path[4096];
	struct stat st;
	int fd, err = gws_path_in(path, sizeof(path), dir, name);

	if (err)
		return err;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = gws_file_read(fd, COPY_MAX, &st, text, len);
	close(fd);
	return err;
}

int gws_last_good_save(const char *dir, const char *name, const char *text,
		       size_t len)
{
	char path[4096], *old;
	size_t old_len;
	int same, err = gws_path_in(path, sizeof(path), dir, name);

	if (err)
		return err;
	if (!gws_last_good_load(dir, name, &old, &old_len)) {
		same = old_len == len && !memcmp(old, text, len);
		free(old);
		if (same)
			return 0;
	}
	return gws_file_replace(path, text, len, GWS_FILE_PRIVATE);
}

void gws_last_good_drop(const char *dir, const char *name)
{
	char path[4096];

	if (!gws_path_in(path, sizeof(path), dir, name))
		unlink(path);
}
