/* SPDX-License-Identifier: MIT */
#ifndef GWS_ACCESS_LOG_H
#define GWS_ACCESS_LOG_H

#include <stdbool.h>

struct gws_access_log;

/**
 * gws_access_log_start() - write the module's access log from here on
 * @path: a file, that is appended to; "-" is stdout. Not copied
 * @json: else text
 *
 * A thread of its own does it: whoever reads slowly, or a disk, must not hold up
 * the configuration. It waits for a module that is not there.
 *
 * Return: 0 and the log, owned by the caller; else the error of open() or of
 * making the thread.
 */
int gws_access_log_start(struct gws_access_log **log, const char *path,
			 bool json);

/* What is written from here on goes to a file that is opened anew. */
void gws_access_log_reopen(struct gws_access_log *log);

/* Writes what there is, and ends the thread. NULL is allowed. */
void gws_access_log_stop(struct gws_access_log *log);

#endif /* GWS_ACCESS_LOG_H */
