/* SPDX-License-Identifier: MIT */
/*
 * The objects that sources delivered: (kind, namespace, name) -> object,
 * walked in that order.
 */
#ifndef GWS_STORE_H
#define GWS_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include "object.h"

struct gws_store;

struct gws_store *gws_store_create(void);
void gws_store_destroy(struct gws_store *store);

/*
 * gws_store_put - add or replace an object; takes over the caller's reference.
 * An object that says no generation (manifests do not) gets one: 1 when new,
 * one more than before when its spec changed, the same otherwise.
 * Returns true when resolving again could give another result.
 */
bool gws_store_put(struct gws_store *store, struct gws_object *object);

/* gws_store_del - returns true when there was such an object. */
bool gws_store_del(struct gws_store *store, enum gws_kind kind,
		   const char *namespace, const char *name);

/* NULL if there is none. Valid until the next put or del. */
const struct gws_object *gws_store_find(const struct gws_store *store,
					enum gws_kind kind,
					const char *namespace,
					const char *name);

/*
 * gws_store_kind - all objects of a kind, by namespace and name.
 * The array is valid until the next put or del.
 */
struct gws_object *const *gws_store_kind(const struct gws_store *store,
					 enum gws_kind kind, size_t *count);

/* Raised by every change that put or del reported. */
unsigned long gws_store_version(const struct gws_store *store);

#endif
