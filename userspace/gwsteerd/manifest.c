// SPDX-License-Identifier: MIT
/*
 * One file of manifests. What is broken does not count as deleted: a document
 * that is refused leaves the object that it had, and a file in which a document
 * cannot even be told whose it is keeps all objects it had; after a restart,
 * those of the copy of its last good content.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/file.h"
#include "../lib/mem.h"
#include "decode.h"
#include "last_good.h"
#include "manifest.h"
#include "problem.h"
#include "store.h"
#include "yaml_tree.h"

#define FILE_SIZE_MAX (64 << 20)

void gws_manifest_destroy(struct gws_manifest *file)
{
	size_t i;

	if (!file)
		return;
	for (i = 0; i < file->count; i++)
		gws_object_put(file->objects[i]);
	gws_problems_destroy(file->problems);
	free(file->objects);
	free(file->name);
	free(file);
}

static struct gws_manifest *create(const char *name)
{
	struct gws_manifest *file = gws_mem_check(calloc(1, sizeof(*file)));

	file->name = gws_mem_check(strdup(name));
	file->problems = gws_problems_create();
	return file;
}

/* Takes over the reference. */
static void add(struct gws_manifest *file, struct gws_object *object)
{
	file->objects = gws_mem_check(
		reallocarray(file->objects, file->count + 1,
			     sizeof(*file->objects)));
	file->objects[file->count++] = object;
}

static struct gws_object *find(const struct gws_manifest *file,
			       enum gws_kind kind, const char *namespace,
			       const char *name)
{
	size_t i;

	for (i = 0; i < file->count; i++)
		if (file->objects[i]->kind == kind &&
		    !strcmp(file->objects[i]->namespace, namespace) &&
		    !strcmp(file->objects[i]->name, name))
			return file->objects[i];
	return NULL;
}

/* What the reading of a file knows. */
struct reading {
	const struct gws_store *store;
	const char *copies;
	struct gws_manifest *file;
	const struct gws_manifest *old;	/* as it was before, or NULL */
	struct gws_manifest *copy;	/* what stands in for @old after a start */
	bool unnamed;		/* a broken document could be anybody's */
};

static void take_document(const struct gws_yaml_doc *doc, void *data);

/* What the file said before, or NULL. */
static const struct gws_manifest *before(struct reading *reading)
{
	struct reading copying = { .store = reading->store };
	const char *copies = reading->copies;
	size_t len;
	char *text;

	if (reading->old || reading->copy || !copies ||
	    gws_last_good_load(copies, reading->file->name, &text, &len))
		return reading->old ? reading->old : reading->copy;
	/* What is broken in the copy has nothing that stands in for it. */
	copying.file = create(reading->file->name);
	copying.old = copying.file;
	gws_yaml_read(text, len, take_document, &copying);
	free(text);
	reading->copy = copying.file;
	return reading->copy;
}

/* What is broken keeps what the store has, wherever it came from. */
static void keep_last(struct reading *reading, const struct gws_decoded *decoded)
{
	const struct gws_object *last;
	const struct gws_manifest *old;

	if (!decoded->named) {
		reading->unnamed = true;
		return;
	}
	last = gws_store_find(reading->store, decoded->kind,
			      decoded->namespace, decoded->name);
	if (!last) {
		old = before(reading);
		last = old ? find(old, decoded->kind, decoded->namespace,
				  decoded->name) : NULL;
	}
	if (last)
		add(reading->file, gws_object_get((struct gws_object *)last));
}

static void take_object(const struct gws_decoded *decoded, void *data)
{
	struct reading *reading = data;

	switch (decoded->state) {
	case GWS_DECODED:
		/* The source of truth here is the file, not an old export. */
		decoded->object->generation = 0;
		add(reading->file, decoded->object);
		break;
	case GWS_DECODED_BROKEN:
		keep_last(reading, decoded);
		break;
	case GWS_DECODED_UNUSED:
		break;
	}
}

static void take_document(const struct gws_yaml_doc *doc, void *data)
{
	struct reading *reading = data;

	if (!doc->root) {
		gws_problems_add(reading->file->problems, GWS_LEVEL_ERROR,
				 reading->file->name, doc->line, NULL, NULL,
				 "not YAML: %s", doc->error);
		reading->unnamed = true;
		return;
	}
	gws_decode(doc->root, reading->file->name, reading->file->problems,
		   take_object, reading);
	cJSON_Delete(doc->root);
}

/* Whoever writes the copy in vain is told: the next start would miss it. */
static void save_copy(struct reading *reading, const char *text, size_t len)
{
	struct gws_manifest *file = reading->file;
	int err;

	if (!reading->copies ||
	    gws_problems_level(file->problems, GWS_LEVEL_ERROR))
		return;
	err = gws_last_good_save(reading->copies, file->name, text, len);
	if (err)
		gws_problems_add(file->problems, GWS_LEVEL_WARNING, file->name,
				 0, NULL, NULL,
				 "cannot be copied to %s: %s; should it be broken when gwsteerd starts, its objects are lost",
				 reading->copies, strerror(-err));
}

static void keep_all(struct reading *reading)
{
	const struct gws_manifest *old = before(reading);
	struct gws_object *object;
	size_t i;

	for (i = 0; old && i < old->count; i++) {
		object = old->objects[i];
		if (!find(reading->file, object->kind, object->namespace,
			  object->name))
			add(reading->file, gws_object_get(object));
	}
}

/* A file that cannot be read is as one that cannot be understood. */
static void read_from(struct reading *reading, int fd)
{
	struct gws_manifest *file = reading->file;
	int err = fd < 0 ? -errno : 0;
	char *text;
	size_t len;

	if (!err)
		err = gws_file_read(fd, FILE_SIZE_MAX, &file->st, &text, &len);
	if (err) {
		gws_problems_add(file->problems, GWS_LEVEL_ERROR, file->name, 0,
				 NULL, NULL, "cannot be read: %s",
				 err == -EINVAL ? "not a regular file" :
				 strerror(-err));
		reading->unnamed = true;
	} else {
		gws_yaml_read(text, len, take_document, reading);
		save_copy(reading, text, len);
		free(text);
	}
	if (reading->unnamed)
		keep_all(reading);
	gws_manifest_destroy(reading->copy);
}

struct gws_manifest *gws_manifest_read(const struct gws_manifest_place *place,
				       const char *name, int fd,
				       const struct gws_manifest *old)
{
	struct reading reading = {
		.store = place->store, .copies = place->copies, .old = old,
	};

	reading.file = create(name);
	read_from(&reading, fd);
	return reading.file;
}
