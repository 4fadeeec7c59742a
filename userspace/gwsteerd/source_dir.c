// SPDX-License-Identifier: MIT
/*
 * A directory of manifests, followed by inotify.
 *
 * Every file keeps the objects that it gave last. After a change, the files
 * that changed are read again and the store is made equal to what all files
 * together say. What is broken does not count as deleted: a document that is
 * refused leaves the object that it had, and a file in which a document cannot
 * even be told whose it is keeps all objects it had; after a restart, those of
 * the copy of its last good content.
 *
 * Editors and kubectl-like tools write in several steps. A timer, set anew by
 * every event, waits until the directory is quiet, longer when a name went away,
 * which may be half of a replacement; a file that is being written is left alone
 * until its writer closes it, or, should it never do so, for WRITER_WAIT.
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
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "../lib/file.h"
#include "../lib/mem.h"
#include "decode.h"
#include "last_good.h"
#include "problem.h"
#include "source_dir.h"
#include "store.h"
#include "yaml_tree.h"

enum {
	SETTLE = 10,		/* ms without an event */
	SETTLE_GONE = 200,	/* the same when a name went away */
	LOOK_AGAIN = 200,	/* ms, while there are writers */
	WRITER_WAIT = 3000,	/* ms for a writer to close its file */
	FILE_SIZE_MAX = 64 << 20,
	FILES_MAX = 100000,
};

#define EVENTS (IN_MODIFY | IN_ATTRIB | IN_CLOSE_WRITE | IN_MOVED_FROM |	\
		IN_MOVED_TO | IN_CREATE | IN_DELETE | IN_DELETE_SELF |		\
		IN_MOVE_SELF)

/* A file as it was read. */
struct file {
	char *name;
	struct stat st;		/* to see that nothing changed */
	struct gws_object **objects;
	size_t count;
	struct gws_problems *problems;
};

/* A file that somebody has open for writing. */
struct writer {
	char *name;
	struct timespec since;
};

struct gws_source_dir {
	char *path;
	char *copies;		/* directory of last_good.h, or NULL */
	struct gws_store *store;
	int epoll;
	int inotify;
	int watch;
	int timer;
	struct file **files;	/* by name */
	size_t count;
	struct writer *writers;
	size_t nwriters;
	bool gone;		/* a name went away since the last scan */
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

/* --- one file --- */

static void file_destroy(struct file *file)
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

static struct file *file_create(const char *name)
{
	struct file *file = gws_mem_check(calloc(1, sizeof(*file)));

	file->name = gws_mem_check(strdup(name));
	file->problems = gws_problems_create();
	return file;
}

/* Takes over the reference. */
static void file_add(struct file *file, struct gws_object *object)
{
	file->objects = gws_mem_check(
		reallocarray(file->objects, file->count + 1,
			     sizeof(*file->objects)));
	file->objects[file->count++] = object;
}

static struct gws_object *file_find(const struct file *file, enum gws_kind kind,
				    const char *namespace, const char *name)
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
	struct gws_source_dir *dir;
	struct file *file;
	const struct file *old;	/* as it was before, or NULL */
	struct file *copy;	/* what stands in for @old after a start */
	bool unnamed;		/* a broken document could be anybody's */
};

static void take_document(const struct gws_yaml_doc *doc, void *data);

/* What the file said before, or NULL. */
static const struct file *before(struct reading *reading)
{
	struct reading copying = { .dir = reading->dir };
	const char *copies = reading->dir->copies;
	size_t len;
	char *text;

	if (reading->old || reading->copy || !copies ||
	    gws_last_good_load(copies, reading->file->name, &text, &len))
		return reading->old ? reading->old : reading->copy;
	/* What is broken in the copy has nothing that stands in for it. */
	copying.file = file_create(reading->file->name);
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
	const struct file *old;

	if (!decoded->named) {
		reading->unnamed = true;
		return;
	}
	last = gws_store_find(reading->dir->store, decoded->kind,
			      decoded->namespace, decoded->name);
	if (!last) {
		old = before(reading);
		last = old ? file_find(old, decoded->kind, decoded->namespace,
				       decoded->name) : NULL;
	}
	if (last)
		file_add(reading->file,
			 gws_object_get((struct gws_object *)last));
}

static void take_object(const struct gws_decoded *decoded, void *data)
{
	struct reading *reading = data;

	switch (decoded->state) {
	case GWS_DECODED:
		/* The source of truth here is the file, not an old export. */
		decoded->object->generation = 0;
		file_add(reading->file, decoded->object);
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
	struct file *file = reading->file;
	int err;

	if (!reading->dir->copies ||
	    gws_problems_level(file->problems, GWS_LEVEL_ERROR))
		return;
	err = gws_last_good_save(reading->dir->copies, file->name, text, len);
	if (err)
		gws_problems_add(file->problems, GWS_LEVEL_WARNING, file->name,
				 0, NULL, NULL,
				 "cannot be copied to %s: %s; should it be broken when gwsteerd starts, its objects are lost",
				 reading->dir->copies, strerror(-err));
}

static void keep_all(struct reading *reading)
{
	const struct file *old = before(reading);
	struct gws_object *object;
	size_t i;

	for (i = 0; old && i < old->count; i++) {
		object = old->objects[i];
		if (!file_find(reading->file, object->kind, object->namespace,
			       object->name))
			file_add(reading->file, gws_object_get(object));
	}
}

/* A file that cannot be read is as one that cannot be understood. */
static void file_read(struct reading *reading, int fd)
{
	struct file *file = reading->file;
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
	file_destroy(reading->copy);
}

/* --- all files --- */

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

static struct file *find_file(const struct gws_source_dir *dir,
			      const char *name)
{
	size_t i;

	for (i = 0; i < dir->count; i++)
		if (!strcmp(dir->files[i]->name, name))
			return dir->files[i];
	return NULL;
}

static struct writer *find_writer(struct gws_source_dir *dir, const char *name)
{
	size_t i;

	for (i = 0; i < dir->nwriters; i++)
		if (!strcmp(dir->writers[i].name, name))
			return &dir->writers[i];
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
static struct file *next_file(struct gws_source_dir *dir, const char *name,
			      bool all)
{
	struct file *old = find_file(dir, name);
	struct reading reading = { .dir = dir, .old = old };
	char path[PATH_MAX];
	struct stat st;
	int fd;

	if (!all && find_writer(dir, name))
		return old;
	snprintf(path, sizeof(path), "%s/%s", dir->path, name);
	if (!all && old && !stat(path, &st) && same_file(&st, &old->st))
		return old;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	/* Gone between the listing and now: its event is on the way. */
	if (fd < 0 && errno == ENOENT)
		return NULL;
	reading.file = file_create(name);
	file_read(&reading, fd);
	if (fd >= 0)
		close(fd);
	return reading.file;
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
static void replace_files(struct gws_source_dir *dir, struct file **files,
			  size_t count)
{
	size_t i, j;

	for (i = 0; i < dir->count; i++) {
		for (j = 0; j < count && files[j] != dir->files[i]; j++)
			;
		if (j == count)
			file_destroy(dir->files[i]);
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
	struct file **files, *file;
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

/* --- events --- */

static void writer_add(struct gws_source_dir *dir, const char *name)
{
	struct writer *writer = find_writer(dir, name);

	if (writer)
		return;
	dir->writers = gws_mem_check(reallocarray(dir->writers,
						  dir->nwriters + 1,
						  sizeof(*dir->writers)));
	writer = &dir->writers[dir->nwriters++];
	writer->name = gws_mem_check(strdup(name));
	clock_gettime(CLOCK_MONOTONIC, &writer->since);
}

static void writer_drop(struct gws_source_dir *dir, struct writer *writer)
{
	if (!writer)
		return;
	free(writer->name);
	*writer = dir->writers[--dir->nwriters];
}

/* Who has not closed its file for so long will not be waited for. */
static void drop_old_writers(struct gws_source_dir *dir)
{
	struct timespec now;
	size_t i;

	clock_gettime(CLOCK_MONOTONIC, &now);
	for (i = dir->nwriters; i--;) {
		long long age = (now.tv_sec - dir->writers[i].since.tv_sec) *
				1000LL + (now.tv_nsec -
				dir->writers[i].since.tv_nsec) / 1000000;

		if (age >= WRITER_WAIT)
			writer_drop(dir, &dir->writers[i]);
	}
}

static int set_timer(const struct gws_source_dir *dir, int ms)
{
	const struct itimerspec spec = {
		.it_value = { ms / 1000, (long)(ms % 1000) * 1000000 },
	};

	return timerfd_settime(dir->timer, 0, &spec, NULL) ? -errno : 0;
}

/* The directory was replaced by another one of its name, or is back. */
static void watch_again(struct gws_source_dir *dir)
{
	if (dir->watch >= 0)
		inotify_rm_watch(dir->inotify, dir->watch);
	dir->watch = inotify_add_watch(dir->inotify, dir->path, EVENTS);
}

static void take_event(struct gws_source_dir *dir,
		       const struct inotify_event *event)
{
	const char *name = event->len ? event->name : "";

	if (event->mask & (IN_DELETE_SELF | IN_MOVE_SELF))
		watch_again(dir);
	if (event->mask & (IN_MOVED_FROM | IN_DELETE))
		dir->gone = true;
	if (event->mask & IN_MODIFY)
		writer_add(dir, name);
	else if (event->mask & ~(uint32_t)(IN_CREATE | IN_ATTRIB))
		writer_drop(dir, find_writer(dir, name));
}

/* Returns 1 when there were events, or -errno. */
static int drain(struct gws_source_dir *dir)
{
	char buf[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	const struct inotify_event *event;
	int seen = 0;
	ssize_t n, at;

	while ((n = read(dir->inotify, buf, sizeof(buf))) > 0)
		for (at = 0; at < n; at += (ssize_t)(sizeof(*event) +
						     event->len)) {
			event = (const struct inotify_event *)(buf + at);
			take_event(dir, event);
			seen = 1;
		}
	return n < 0 && errno != EAGAIN && errno != EINTR ? -errno : seen;
}

int gws_source_dir_handle(struct gws_source_dir *dir)
{
	uint64_t expirations;
	int err = drain(dir);

	if (err < 0)
		return err;
	if (err) {
		err = set_timer(dir, dir->gone ? SETTLE_GONE : SETTLE);
		if (err)
			return err;
	}
	if (read(dir->timer, &expirations, sizeof(expirations)) < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	dir->gone = false;
	drop_old_writers(dir);
	/* A directory that was away is looked for again. */
	if (dir->watch < 0)
		watch_again(dir);
	if (dir->watch < 0 || dir->nwriters) {
		err = set_timer(dir, dir->watch < 0 ? WRITER_WAIT :
				LOOK_AGAIN);
		if (err)
			return err;
	}
	return scan(dir, false);
}

int gws_source_dir_rescan(struct gws_source_dir *dir)
{
	return scan(dir, true);
}

int gws_source_dir_fd(const struct gws_source_dir *dir)
{
	return dir->epoll;
}

const struct gws_problems *gws_source_dir_problems(
					const struct gws_source_dir *dir)
{
	return dir->problems;
}

static int open_fds(struct gws_source_dir *dir)
{
	struct epoll_event event = { .events = EPOLLIN };

	dir->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (dir->inotify < 0)
		return -errno;
	dir->watch = inotify_add_watch(dir->inotify, dir->path,
				       EVENTS | IN_ONLYDIR);
	if (dir->watch < 0)
		return -errno;
	dir->timer = timerfd_create(CLOCK_MONOTONIC,
				    TFD_NONBLOCK | TFD_CLOEXEC);
	if (dir->timer < 0)
		return -errno;
	dir->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (dir->epoll < 0)
		return -errno;
	event.data.fd = dir->inotify;
	if (epoll_ctl(dir->epoll, EPOLL_CTL_ADD, dir->inotify, &event))
		return -errno;
	event.data.fd = dir->timer;
	if (epoll_ctl(dir->epoll, EPOLL_CTL_ADD, dir->timer, &event))
		return -errno;
	return 0;
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
	dir->epoll = -1;
	dir->inotify = -1;
	dir->timer = -1;
	err = open_fds(dir);
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
		file_destroy(dir->files[i]);
	free(dir->files);
	while (dir->nwriters)
		writer_drop(dir, &dir->writers[dir->nwriters - 1]);
	free(dir->writers);
	gws_problems_destroy(dir->problems);
	if (dir->epoll >= 0)
		close(dir->epoll);
	if (dir->timer >= 0)
		close(dir->timer);
	if (dir->inotify >= 0)
		close(dir->inotify);
	free(dir->copies);
	free(dir->path);
	free(dir);
}
