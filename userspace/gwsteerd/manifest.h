/* SPDX-License-Identifier: MIT */
#ifndef GWS_MANIFEST_H
#define GWS_MANIFEST_H

#include <stddef.h>
#include <sys/stat.h>

struct gws_object;
struct gws_problems;
struct gws_store;

/* A file as it was read. */
struct gws_manifest {
	char *name;
	struct stat st;		/* to see that nothing changed */
	struct gws_object **objects;
	size_t count;
	struct gws_problems *problems;
};

/* Where what a broken file last said is looked for. */
struct gws_manifest_place {
	const struct gws_store *store;
	const char *copies;	/* directory of last_good.h, or NULL */
};

/*
 * gws_manifest_read - read the file @name from @fd, -1: errno says why not.
 * @old: the file as it was before, or NULL. A file that cannot be read is as
 * one that cannot be understood: a problem of the result. Never NULL.
 */
struct gws_manifest *gws_manifest_read(const struct gws_manifest_place *place,
				       const char *name, int fd,
				       const struct gws_manifest *old);
/* NULL is allowed. */
void gws_manifest_destroy(struct gws_manifest *file);

#endif
