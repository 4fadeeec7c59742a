// SPDX-License-Identifier: MIT
/*
 * A directory of manifests. Every file keeps the objects that it gave last.
 * After a change, the files that changed are read again and the store is made
 * equal to what all files together say.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/mem.h"
#include "dir_watch.h"
#include "last_good.h"
#include "manifest.h"
#include "object.h"
#include "problem.h"
#include "source_dir.h"
#include "store.h"

#define FILES_MAX 100000

struct gws_source_dir {
	char *path;
	char *copies;		/* directory of last_good.h, or NULL */
	struct gws_store *store;
	struct gws_dir_watch *watch;
	struct gws_manifest **files;	/* by name */
	size_t count;
	struct gws_problems *problems;	/* of all files, and duplicates */
};

static bool is_manifest(const char *name)
{
	static const char *const ends[] = { ".yaml", ".yml", ".json" };
	size_t len = strlen(name), n, i;

	for (i = 0; i < sizeof(ends) / sizeof(ends[0]) && name[0] != '.'; i++) {
		n = strlen(ends[i]);
		if (len > n && !strcmp(name + len - n, ends[i]))
			return true;
	}
	return false;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void free_names(char **names, size_t count)
{
	while (count)
		free(names[--count]);
	free(names);
}

static int list_names(const char *path, char ***names, size_t *count)
{
	DIR *dir = opendir(path);
	struct dirent *entry;

	*names = NULL;
	*count = 0;
	if (!dir)
		return -errno;
	while (errno = 0, (entry = readdir(dir))) {
		if (!is_manifest(entry->d_name) || *count == FILES_MAX)
			continue;
		*names = gws_mem_check(reallocarray(*names, *count + 1,
						    sizeof(**names)));
		(*names)[(*count)++] = gws_mem_check(strdup(entry->d_name));
	}
	if (errno) {
		int err = -errno;

		closedir(dir);
		free_names(*names, *count);
		return err;
	}
	closedir(dir);
	if (*count)
		qsort(*names, *count, sizeof(**names), compare_names);
	return 0;
}

static struct gws_manifest *find_file(const struct gws_source_dir *dir,
			      const char *name)
{
	size_t i;

	for (i = 0; i < dir->count; i++)
		if (!strcmp(dir->files[i]->name, name))
			return dir->files[i];
	return NULL;
}

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
	       a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	       a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
	       a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/* The file as it is now: the old one where nothing changed, or not yet. */
static struct gws_manifest *next_file(struct gws_source_dir *dir, const char *name,
			      bool all)
{
	struct gws_manifest *old = find_file(dir, name), *file;
	const struct gws_manifest_place place = {
		.store = dir->store, .copies = dir->copies,
	};
	char path[PATH_MAX];
	struct stat st;
	int fd;

	if (!all && gws_dir_watch_is_written(dir->watch, name))
		return old;
	snprintf(path, sizeof(path), "%s/%s", dir->path, name);
	if (!all && old && !stat(path, &st) && same_file(&st, &old->st))
		return old;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	/* Gone between the listing and now: its event is on the way. */
	if (fd < 0 && errno == ENOENT)
		return NULL;
	file = gws_manifest_read(&place, name, fd, old);
	if (fd >= 0)
		close(fd);
	return file;
}

/* An object and the place where it stands among all. */
struct entry {
	struct gws_object *object;
	const char *file;
	size_t place;
};

/* The objects of all files: by identity, then as they stand in files. */
struct entries {
	struct entry *list;
	size_t count;
};

static int compare_entries(const void *x, const void *y)
{
	const struct entry *a = x, *b = y;
	int cmp = gws_object_cmp(a->object, b->object);

	return cmp ? cmp : (a->place > b->place) - (a->place < b->place);
}

static void collect(const struct gws_source_dir *dir, struct entries *entries)
{
	size_t i, j, room = 0;

	for (i = 0; i < dir->count; i++)
		room += dir->files[i]->count;
	entries->list = gws_mem_check(calloc(room + 1, sizeof(struct entry)));
	entries->count = 0;
	for (i = 0; i < dir->count; i++)
		for (j = 0; j < dir->files[i]->count; j++) {
			struct entry *entry = &entries->list[entries->count];

			entry->object = dir->files[i]->objects[j];
			entry->file = dir->files[i]->name;
			entry->place = entries->count++;
		}
	qsort(entries->list, entries->count, sizeof(struct entry),
	      compare_entries);
}

static void report_duplicate(struct gws_source_dir *dir,
			     const struct entry *entry,
			     const struct gws_object *first)
{
	const struct gws_object *object = entry->object;
	char label[384];

	/* What was kept for a broken document is no second. */
	if (object == first)
		return;
	snprintf(label, sizeof(label), "%s %s%s%s", gws_kind_name(object->kind),
		 object->namespace, *object->namespace ? "/" : "",
		 object->name);
	gws_problems_add(dir->problems, GWS_LEVEL_ERROR, entry->file,
			 object->line, label, NULL,
			 "stands in %s:%d already, which is the one that counts",
			 first->file, first->line);
}

/* The first of a name counts; what follows it goes. */
static void unite(struct gws_source_dir *dir, struct entries *entries)
{
	size_t i, n = 0;

	for (i = 0; i < entries->count; i++) {
		if (n && !gws_object_cmp(entries->list[n - 1].object,
					 entries->list[i].object))
			report_duplicate(dir, &entries->list[i],
					 entries->list[n - 1].object);
		else
			entries->list[n++] = entries->list[i];
	}
	entries->count = n;
}

static bool has_entry(const struct entries *entries,
		      const struct gws_object *object)
{
	size_t low = 0, high = entries->count, middle;
	int cmp;

	while (low < high) {
		middle = low + (high - low) / 2;
		cmp = gws_object_cmp(entries->list[middle].object, object);
		if (!cmp)
			return true;
		if (cmp < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

static bool delete_others(struct gws_store *store,
			  const struct entries *entries)
{
	struct gws_object *const *objects;
	bool changed = false;
	size_t count, i;
	int kind;

	for (kind = 0; kind < GWS_KIND_COUNT; kind++) {
		objects = gws_store_kind(store, (enum gws_kind)kind, &count);
		/* From the end: what a deletion moves has been looked at. */
		for (i = count; i--;)
			if (!has_entry(entries, objects[i]))
				changed |= gws_store_del(store,
							 objects[i]->kind,
							 objects[i]->namespace,
							 objects[i]->name);
	}
	return changed;
}

/* Makes the store what the files together say. */
static bool synchronise(struct gws_source_dir *dir)
{
	struct gws_object *object;
	struct entries entries;
	bool changed;
	size_t i;

	collect(dir, &entries);
	unite(dir, &entries);
	changed = delete_others(dir->store, &entries);
	for (i = 0; i < entries.count; i++) {
		object = entries.list[i].object;
		if (gws_store_find(dir->store, object->kind, object->namespace,
				   object->name) != object)
			changed |= gws_store_put(dir->store,
						 gws_object_get(object));
	}
	free(entries.list);
	return changed;
}

/* Puts the new list of files in place of the old one. */
static void replace_files(struct gws_source_dir *dir, struct gws_manifest **files,
			  size_t count)
{
	size_t i, j;

	for (i = 0; i < dir->count; i++) {
		for (j = 0; j < count && files[j] != dir->files[i]; j++)
			;
		if (j == count)
			gws_manifest_destroy(dir->files[i]);
	}
	free(dir->files);
	dir->files = files;
	dir->count = count;
}

/* Copies of manifests that are no longer there. */
static void drop_copies(struct gws_source_dir *dir)
{
	size_t count, i;
	char **names;

	if (!dir->copies || list_names(dir->copies, &names, &count))
		return;
	for (i = 0; i < count; i++)
		if (!find_file(dir, names[i]))
			gws_last_good_drop(dir->copies, names[i]);
	free_names(names, count);
}

static void gather_problems(struct gws_source_dir *dir)
{
	size_t i;

	gws_problems_clear(dir->problems);
	for (i = 0; i < dir->count; i++)
		gws_problems_append(dir->problems, dir->files[i]->problems);
}

/* Returns 1 when the store or the problems changed, or -errno. */
static int scan(struct gws_source_dir *dir, bool all)
{
	struct gws_manifest **files, *file;
	size_t count, i, n = 0;
	bool changed = false;
	char **names;
	int err = list_names(dir->path, &names, &count);

	if (err)
		return err;
	files = gws_mem_check(calloc(count + 1, sizeof(*files)));
	for (i = 0; i < count; i++) {
		file = next_file(dir, names[i], all);
		if (!file)
			continue;
		changed |= n >= dir->count || dir->files[n] != file;
		files[n++] = file;
	}
	changed |= n != dir->count;
	free_names(names, count);
	replace_files(dir, files, n);
	if (!changed)
		return 0;
	drop_copies(dir);
	gather_problems(dir);
	/* Problems alone are a change too: something was read again. */
	synchronise(dir);
	return 1;
}

int gws_source_dir_handle(struct gws_source_dir *dir)
{
	int changed = gws_dir_watch_handle(dir->watch);

	return changed > 0 ? scan(dir, false) : changed;
}

int gws_source_dir_rescan(struct gws_source_dir *dir)
{
	return scan(dir, true);
}

int gws_source_dir_fd(const struct gws_source_dir *dir)
{
	return gws_dir_watch_fd(dir->watch);
}

size_t gws_source_dir_count(const struct gws_source_dir *dir)
{
	return dir->count;
}

const struct gws_problems *gws_source_dir_problems(
					const struct gws_source_dir *dir)
{
	return dir->problems;
}

int gws_source_dir_open(struct gws_source_dir **out, const char *path,
			const char *copies, struct gws_store *store)
{
	struct gws_source_dir *dir = gws_mem_check(calloc(1, sizeof(*dir)));
	int err;

	dir->path = gws_mem_check(strdup(path));
	if (copies)
		dir->copies = gws_mem_check(strdup(copies));
	dir->store = store;
	dir->problems = gws_problems_create();
	err = gws_dir_watch_open(&dir->watch, path);
	if (!err)
		err = scan(dir, true);
	if (err < 0) {
		gws_source_dir_close(dir);
		return err;
	}
	*out = dir;
	return 0;
}

void gws_source_dir_close(struct gws_source_dir *dir)
{
	size_t i;

	if (!dir)
		return;
	for (i = 0; i < dir->count; i++)
		gws_manifest_destroy(dir->files[i]);
	free(dir->files);
	gws_problems_destroy(dir->problems);
	gws_dir_watch_close(dir->watch);
	free(dir->copies);
	free(dir->path);
	free(dir);
}
