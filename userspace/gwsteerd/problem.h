/* SPDX-License-Identifier: MIT */
/*
 * What is wrong with an input, in words for its author: file, line, object,
 * field, message.
 */
#ifndef GWS_PROBLEM_H
#define GWS_PROBLEM_H

#include <stddef.h>

enum gws_level {
	GWS_LEVEL_NOTE,		/* taken, but not used */
	GWS_LEVEL_WARNING,	/* taken, but probably not what was meant */
	GWS_LEVEL_ERROR,	/* not taken */
};

/* Unknown parts are NULL or 0. Strings belong to the list. */
struct gws_problem {
	enum gws_level level;
	const char *file;
	int line;
	const char *object;	/* "HTTPRoute gw-demo/fanout" */
	const char *field;	/* "spec.rules[0].matches[0].path.valu" */
	const char *text;
};

struct gws_problems;

struct gws_problems *gws_problems_create(void);
void gws_problems_destroy(struct gws_problems *list);
void gws_problems_clear(struct gws_problems *list);

/* gws_problems_add - strings are copied; @text by format. */
void gws_problems_add(struct gws_problems *list, enum gws_level level,
		      const char *file, int line, const char *object,
		      const char *field, const char *format, ...)
	__attribute__((format(printf, 7, 8)));
void gws_problems_append(struct gws_problems *list,
			 const struct gws_problems *more);

size_t gws_problems_count(const struct gws_problems *list);
const struct gws_problem *gws_problems_get(const struct gws_problems *list,
					   size_t index);
/* How many of @level. */
size_t gws_problems_level(const struct gws_problems *list,
			  enum gws_level level);

/*
 * gws_problem_format - one line without its end:
 *   [file:line: ][object: ][field: ]text
 * Returns its length as snprintf() does.
 */
int gws_problem_format(const struct gws_problem *problem, char *buf,
		       size_t size);
const char *gws_level_name(enum gws_level level);

#endif
