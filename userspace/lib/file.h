/* SPDX-License-Identifier: MIT */
#ifndef GWS_FILE_H
#define GWS_FILE_H

#include <stddef.h>
#include <sys/stat.h>

/*
 * gws_file_read - the whole of an open regular file, and its fstat(2)
 * @max: bytes that are too many
 *
 * Returns 0 and the text, NUL-terminated, for free(3); -EINVAL for what is no
 * regular file; -EFBIG; or -errno of fstat(2) and read(2).
 */
int gws_file_read(int fd, size_t max, struct stat *st, char **text,
		  size_t *len);

/*
 * gws_file_replace - @text in place of what @path had: all or nothing, also
 * over a crash (write beside it, fsync, rename). Returns 0 or -errno.
 */
int gws_file_replace(const char *path, const char *text);

#endif
