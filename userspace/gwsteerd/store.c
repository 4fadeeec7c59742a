// SPDX-License-Identifier: MIT
/*
 * One array per kind, sorted by namespace and name: walks need order, finds are
 * binary searches, and an insertion moves pointers only.
 */
#include <stdlib.h>
#include <string.h>

#include "../lib/mem.h"
#include "store.h"

struct shelf {
	struct gws_object **objects;
	size_t count;
	size_t room;
};

struct gws_store {
	struct shelf shelves[GWS_KIND_COUNT];
	unsigned long version;
};

struct gws_store *gws_store_create(void)
{
	return gws_mem_check(calloc(1, sizeof(struct gws_store)));
}

void gws_store_destroy(struct gws_store *store)
{
	size_t kind, i;

	if (!store)
		return;
	for (kind = 0; kind < GWS_KIND_COUNT; kind++) {
		for (i = 0; i < store->shelves[kind].count; i++)
			gws_object_put(store->shelves[kind].objects[i]);
		free(store->shelves[kind].objects);
	}
	free(store);
}

/* Where an object is, or would be. */
static size_t position(const struct shelf *shelf, const char *namespace,
		       const char *name, bool *found)
{
	size_t low = 0, high = shelf->count, middle;
	int cmp;

	*found = false;
	while (low < high) {
		middle = low + (high - low) / 2;
		cmp = strcmp(shelf->objects[middle]->namespace, namespace);
		if (!cmp)
			cmp = strcmp(shelf->objects[middle]->name, name);
		if (cmp < 0)
			low = middle + 1;
		else
			high = middle;
		*found |= !cmp;
	}
	return low;
}

static void insert(struct shelf *shelf, size_t at, struct gws_object *object)
{
	if (shelf->count == shelf->room) {
		shelf->room = shelf->room ? 2 * shelf->room : 16;
		shelf->objects = gws_mem_check(
			reallocarray(shelf->objects, shelf->room,
				     sizeof(*shelf->objects)));
	}
	memmove(&shelf->objects[at + 1], &shelf->objects[at],
		(shelf->count - at) * sizeof(*shelf->objects));
	shelf->objects[at] = object;
	shelf->count++;
}

bool gws_store_put(struct gws_store *store, struct gws_object *object)
{
	struct shelf *shelf = &store->shelves[object->kind];
	struct gws_object *old;
	bool found, changed = true;
	size_t at = position(shelf, object->namespace, object->name, &found);

	if (found) {
		old = shelf->objects[at];
		changed = old->digest != object->digest;
		if (!object->generation)
			object->generation = old->generation +
				(old->spec_digest != object->spec_digest);
		changed |= old->generation != object->generation;
		shelf->objects[at] = object;
		gws_object_put(old);
	} else {
		if (!object->generation)
			object->generation = 1;
		insert(shelf, at, object);
	}
	store->version += changed;
	return changed;
}

bool gws_store_del(struct gws_store *store, enum gws_kind kind,
		   const char *namespace, const char *name)
{
	struct shelf *shelf = &store->shelves[kind];
	bool found;
	size_t at = position(shelf, namespace, name, &found);

	if (!found)
		return false;
	gws_object_put(shelf->objects[at]);
	shelf->count--;
	memmove(&shelf->objects[at], &shelf->objects[at + 1],
		(shelf->count - at) * sizeof(*shelf->objects));
	store->version++;
	return true;
}

const struct gws_object *gws_store_find(const struct gws_store *store,
					enum gws_kind kind,
					const char *namespace,
					const char *name)
{
	const struct shelf *shelf = &store->shelves[kind];
	bool found;
	size_t at = position(shelf, namespace, name, &found);

	return found ? shelf->objects[at] : NULL;
}

struct gws_object *const *gws_store_kind(const struct gws_store *store,
					 enum gws_kind kind, size_t *count)
{
	*count = store->shelves[kind].count;
	return store->shelves[kind].objects;
}

unsigned long gws_store_version(const struct gws_store *store)
{
	return store->version;
}
