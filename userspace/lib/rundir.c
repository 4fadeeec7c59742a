// SPDX-License-Identifier: MIT
/*
 * The run directory: lock and status file. The lock is a POSIX record lock, for
 * it can be asked about, with the holder's pid, without being taken.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rundir.h"

#define STATUS_MAX	(256 << 20)	/* bytes; a larger file is not ours */

static int path_in(char *path, size_t size, const char *dir, const char *name)
{
	int len = snprintf(path, size, "%s/%s", dir, name);

	return len < 0 || (size_t)len >= size ? -ENAMETOOLONG : 0;
}

int gws_dir_make(const char *dir)
{
	struct stat st;

	if (!mkdir(dir, 0755))
		return 0;
	if (errno != EEXIST)
		return -errno;
	if (stat(dir, &st))
		return -errno;
	return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
}

static int lock_open(const char *run_dir, int flags)
{
	char path[4096];
	int err = path_in(path, sizeof(path), run_dir, "gwsteerd.lock");
	int fd;

	if (err)
		return err;
	fd = open(path, flags | O_CLOEXEC, 0644);
	return fd < 0 ? -errno : fd;
}

int gws_lock_take(const char *run_dir, pid_t *holder)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = lock_open(run_dir, O_RDWR | O_CREAT), err;

	*holder = 0;
	if (fd < 0)
		return fd;
	if (!fcntl(fd, F_SETLK, &lock))
		return fd;
	err = -errno;
	if (err == -EACCES || err == -EAGAIN) {
		err = -EBUSY;
		if (!fcntl(fd, F_GETLK, &lock) && lock.l_type != F_UNLCK)
			*holder = lock.l_pid;
	}
	close(fd);
	return err;
}

pid_t gws_lock_holder(const char *run_dir)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = lock_open(run_dir, O_RDONLY);
	pid_t holder;

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	holder = fcntl(fd, F_GETLK, &lock) ? -errno :
		 lock.l_type == F_UNLCK ? 0 : lock.l_pid;
	close(fd);
	return holder;
}

static int read_file(FILE *file, char **textp)
{
	size_t size = 0, used = 0;
	char *text = NULL, *more;

	do {
		if (used == size) {
			size = size ? 2 * size : 65536;
			more = size > STATUS_MAX ? NULL :
			       realloc(text, size + 1);
			if (!more) {
				free(text);
				return -ENOMEM;
			}
			text = more;
		}
		used += fread(text + used, 1, size - used, file);
	} while (used == size);
	if (ferror(file)) {
		free(text);
		return -EIO;
	}
	text[used] = '\0';
	*textp = text;
	return 0;
}

int gws_status_read(const char *run_dir, cJSON **tree)
{
	char path[4096], *text;
	int err = path_in(path, sizeof(path), run_dir, "status.json");
	FILE *file;

	*tree = NULL;
	if (err)
		return err;
	file = fopen(path, "re");
	if (!file)
		return -errno;
	err = read_file(file, &text);
	fclose(file);
	if (err)
		return err;
	*tree = cJSON_Parse(text);
	free(text);
	return *tree ? 0 : -EBADMSG;
}

/* Written beside and renamed. No fsync: /run does not survive a crash. */
static int write_file(const char *path, const char *text)
{
	char beside[4096 + 8];
	FILE *file;
	int err = 0;

	snprintf(beside, sizeof(beside), "%s.new", path);
	file = fopen(beside, "we");
	if (!file)
		return -errno;
	if (fputs(text, file) < 0 || fputc('\n', file) < 0)
		err = -EIO;
	if (fclose(file))
		err = -errno;
	if (!err && rename(beside, path))
		err = -errno;
	if (err)
		unlink(beside);
	return err;
}

int gws_status_write(const char *run_dir, const cJSON *tree)
{
	char path[4096], *text;
	int err = path_in(path, sizeof(path), run_dir, "status.json");

	if (err)
		return err;
	text = cJSON_PrintUnformatted(tree);
	if (!text)
		return -ENOMEM;
	err = write_file(path, text);
	free(text);
	return err;
}
