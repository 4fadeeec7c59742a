/* SPDX-License-Identifier: MIT */
/* The module's limits: their names and ranges. */
#ifndef GWS_LIMIT_H
#define GWS_LIMIT_H

#include <stddef.h>
#include <stdint.h>

struct gws_limit {
	const char *name;
	uint64_t min, max;
};

/* A limit, and what it is to be. */
struct gws_limit_value {
	const char *name;
	uint64_t value;
};

/* By the @len bytes of its name; NULL: there is none. */
const struct gws_limit *gws_limit_find(const char *name, size_t len);

/* 0 and the value that @text says; -EINVAL: not a number; -ERANGE. */
int gws_limit_read(const struct gws_limit *limit, const char *text,
		   uint64_t *value);

#endif /* GWS_LIMIT_H */
