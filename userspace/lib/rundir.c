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

#include "file.h"
#include "rundir.h"

#define STATUS_MAX	(256 << 20)	/* bytes; a larger file is not ours */

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
	int err = gws_path_in(path, sizeof(path), run_dir, "gwsteerd.lock");
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

int gws_status_read(const char *run_dir, cJSON **tree)
{
	char path[4096], *text;
	int err = gws_path_in(path, sizeof(path), run_dir, "status.json");
	struct stat st;
	size_t len;
	int fd;

	*tree = NULL;
	if (err)
		return err;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = gws_file_read(fd, STATUS_MAX, &st, &text, &len);
	close(fd);
	if (err)
		return err;
	*tree = cJSON_Parse(text);
	free(text);
	return *tree ? 0 : -EBADMSG;
}

int gws_status_write(const char *run_dir, const cJSON *tree)
{
	char path[4096], *text;
	int err = gws_path_in(path, sizeof(path), run_dir, "status.json");

	if (err)
		return err;
	text = cJSON_PrintUnformatted(tree);
	if (!text)
		return -ENOMEM;
	err = gws_file_replace(path, text, strlen(text), 0);
	free(text);
	return err;
}
