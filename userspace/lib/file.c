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
	return fsync(fd) ? -errno : 0;
}

int gws_file_replace(const char *path, const char *text)
{
	char beside[4096];
	int fd, err;

	if ((size_t)snprintf(beside, sizeof(beside), "%s.new", path) >=
	    sizeof(beside))
		return -ENAMETOOLONG;
	fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	err = write_all(fd, text, strlen(text));
	if (close(fd) && !err)
		err = -errno;
	if (!err && rename(beside, path))
		err = -errno;
	if (err)
		unlink(beside);
	return err;
}
