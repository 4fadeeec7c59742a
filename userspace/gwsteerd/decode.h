/* SPDX-License-Identifier: MIT */
/*
 * JSON trees -> objects. Strict: what an API server would refuse is refused.
 */
#ifndef GWS_DECODE_H
#define GWS_DECODE_H

#include <stdbool.h>
#include <cjson/cJSON.h>
#include "object.h"

struct gws_problems;

enum gws_decoded_state {
	GWS_DECODED,		/* @object is there */
	GWS_DECODED_BROKEN,	/* refused; see the problems */
	GWS_DECODED_UNUSED,	/* a kind that this release does not read */
};

struct gws_decoded {
	enum gws_decoded_state state;
	struct gws_object *object;	/* one reference, the callee's */
	/*
	 * Whose it is, as far as a broken one tells: @named is false when kind
	 * or name could not be read.
	 */
	bool named;
	enum gws_kind kind;
	const char *namespace;
	const char *name;
};

typedef void (*gws_decode_fn)(const struct gws_decoded *decoded, void *data);

/*
 * gws_decode - the object of a document, or all of a List.
 * @file: for the problems and the objects; may be NULL
 */
void gws_decode(const cJSON *document, const char *file,
		struct gws_problems *problems, gws_decode_fn fn, void *data);

#endif
