/* SPDX-License-Identifier: MIT */
#ifndef GWS_LOG_H
#define GWS_LOG_H

enum gws_log_level {
	GWS_LOG_ERROR,
	GWS_LOG_WARNING,
	GWS_LOG_INFO,
	GWS_LOG_DEBUG,
};

/**
 * gws_log_init() - where and how much is written
 * @program: name before each line; not copied
 * @level: the most talkative level that is written
 *
 * When stderr goes to the journal, lines carry its priority prefix instead of
 * the program's name.
 */
void gws_log_init(const char *program, enum gws_log_level level);

/* Return: 0 and the level in @level, or -EINVAL for an unknown name. */
int gws_log_level_parse(const char *name, enum gws_log_level *level);

void gws_log(enum gws_log_level level, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* What to do about the error just written: a line of the same priority. */
void gws_hint(const char *label, const char *text);

#define gws_error(...)	gws_log(GWS_LOG_ERROR, __VA_ARGS__)
#define gws_warn(...)	gws_log(GWS_LOG_WARNING, __VA_ARGS__)
#define gws_info(...)	gws_log(GWS_LOG_INFO, __VA_ARGS__)
#define gws_debug(...)	gws_log(GWS_LOG_DEBUG, __VA_ARGS__)

#endif /* GWS_LOG_H */
