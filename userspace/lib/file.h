/* SPDX-License-Identifier: MIT */
#ifndef GWS_FILE_H
#define GWS_FILE_H

#include <stddef.h>
#include <sys/stat.h>

/* gws_path_in - @dir/@name. Returns 0 or -ENAMETOOLONG. */
int gws_path_in(char *path, size_t size, const char *dir, const char *name);

/*
 * gws_file_read - the whole of an open regular file, and its fstat(2)
 * @max: bytes that are too many
 *
 * Returns 0 and the text, NUL-terminated, for free(3); -EINVAL for what is no
 * regular file; -EFBIG; or -errno of fstat(2) and read(2).
 */
int gws_file_read(int fd, size_t max, struct stat *st, char **text,
		  size_t *len);

enum gws_file_flags {
	GWS_FILE_DURABLE = 1,	/* written for good when the call returns */
	GWS_FILE_PRIVATE = 2,	/* readable for its owner only */
};

/*
 * gws_file_replace - @text in place of what @path had, all or nothing: written
 * beside it, then renamed. @flags: of enum gws_file_flags.
 * Returns 0 or -errno.
 */
int gws_file_replace(const char *path, const char *text, size_t len,
		     unsigned int flags);

#endif
