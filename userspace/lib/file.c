// SPDX-License-Identifier: MIT
/*
 * Files read whole and replaced whole.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "mem.h"

int gws_path_in(char *path, size_t size, const char *dir, const char *name)
{
	int len = snprintf(path, size, "%s/%s", dir, name);

	return len < 0 || (size_t)len >= size ? -ENAMETOOLONG : 0;
}

int gws_file_read(int fd, size_t max, struct stat *st, char **text,
		  size_t *len)
{
	size_t size;
	ssize_t n;

	*text = NULL;
	*len = 0;
	if (fstat(fd, st))
		return -errno;
	if (!S_ISREG(st->st_mode))
		return -EINVAL;
	size = (size_t)st->st_size;
	if (size > max)
		return -EFBIG;
	*text = gws_mem_check(malloc(size + 1));
	while (*len < size) {
		n = read(fd, *text + *len, size - *len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			int err = -errno;

			free(*text);
			*text = NULL;
			return err;
		}
		if (!n)
			break;
		*len += (size_t)n;
	}
	(*text)[*len] = '\0';
	return 0;
}

static int write_all(int fd, const char *text, size_t len)
{
	ssize_t n;

	while (len) {
		n = write(fd, text, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		text += n;
		len -= (size_t)n;
	}
	return 0;
}

int gws_file_replace(const char *path, const char *text, size_t len,
		     unsigned int flags)
{
	char beside[4096];
	int fd, err;

	if ((size_t)snprintf(beside, sizeof(beside), "%s.new", path) >=
	    sizeof(beside))
		return -ENAMETOOLONG;
	fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
		  flags & GWS_FILE_PRIVATE ? 0600 : 0644);
	if (fd < 0)
		return -errno;
	err = write_all(fd, text, len);
	if (!err && (flags & GWS_FILE_DURABLE) && fsync(fd))
		err = -errno;
	if (close(fd) && !err)
		err = -errno;
	if (!err && rename(beside, path))
		err = -errno;
	if (err)
		unlink(beside);
	return err;
}
