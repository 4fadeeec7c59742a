/* SPDX-License-Identifier: MIT */
/*
 * A filter of a route: what a manifest says, what the IR holds and what the
 * netlink protocol carries are the same struct, filled in further on the way.
 */
#ifndef GWS_FILTER_H
#define GWS_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cjson/cJSON.h>
#include <linux/gwsteer.h>

struct gws_arena;

struct gws_filter_field {
	const char *name;
	const char *value;
};

struct gws_filter {
	uint8_t kind;			/* enum gws_filter_kind */
	/* GWS_FILTER_REQUEST_HEADERS, _RESPONSE_HEADERS */
	struct gws_filter_field *set;
	size_t n_set;
	struct gws_filter_field *add;
	size_t n_add;
	const char **remove;
	size_t n_remove;
	/* GWS_FILTER_REDIRECT, _REWRITE */
	const char *scheme;		/* NULL: as it is, so hostname */
	const char *hostname;
	uint16_t port;			/* 0: not said */
	uint16_t status;
	uint8_t replace;		/* enum gws_replace_kind */
	const char *path;		/* of @replace */
	const char *prefix;		/* of GWS_REPLACE_PREFIX */
	/* GWS_FILTER_CORS */
	const char **origins;
	size_t n_origins;
	const char **methods;
	size_t n_methods;
	const char **headers;
	size_t n_headers;
	const char **expose;
	size_t n_expose;
	bool credentials;
	uint32_t max_age;		/* seconds */
	/* GWS_FILTER_MIRROR */
	const char *mirror;		/* "namespace/service:port" */
	uint32_t cluster;		/* its id; 0 where there is none so far */
	uint32_t numerator;
	uint32_t denominator;
};

/* "RequestRedirect"; "unknown" for what is not in the list. */
const char *gws_filter_type(uint8_t kind);
/* The kind of that type, GWS_FILTER_UNSPEC when there is none. */
uint8_t gws_filter_kind(const char *type);
/* The first of @n filters that is of @kind, or NULL. */
const struct gws_filter *gws_filter_find(const struct gws_filter *filters,
					 size_t n, uint8_t kind);

/* A copy whose arrays and strings are in @arena. */
struct gws_filter gws_filter_copy(struct gws_arena *arena,
				  const struct gws_filter *from);

uint64_t gws_filter_digest(uint64_t digest, const struct gws_filter *filter);

/* Not less than the bytes that it has as an attribute. */
size_t gws_filter_size(const struct gws_filter *filter);

/* For people and golden files. */
cJSON *gws_filter_json(const struct gws_filter *filters, size_t n);

#endif /* GWS_FILTER_H */
