/* SPDX-License-Identifier: MIT */
/*
 * YAML (and with it JSON) as kubectl takes it -> cJSON trees.
 */
#ifndef GWS_YAML_TREE_H
#define GWS_YAML_TREE_H

#include <stddef.h>
#include <cjson/cJSON.h>

enum {
	GWS_YAML_DEPTH_MAX = 100,	/* nested collections */
	GWS_YAML_NODES_MAX = 1000000,	/* nodes of a document */
	GWS_YAML_COPIES_MAX = 100000,	/* of them made by aliases */
	GWS_YAML_KEYS_MAX = 20000,	/* keys of one mapping */
};

/* What the caller learns of each document of a text, in order. */
struct gws_yaml_doc {
	cJSON *root;		/* NULL: broken, see @error */
	int line;		/* of its first content, or of the error */
	const char *error;
};

typedef void (*gws_yaml_fn)(const struct gws_yaml_doc *doc, void *data);

/*
 * gws_yaml_read - every document of @text.
 *
 * Documents are separated as kubectl separates them, by a line of "---" with
 * nothing but a comment behind it, before the YAML parser sees them; so a broken
 * one does not take the others with it. Empty documents are left out.
 *
 * Plain scalars are typed as kubectl types them (YAML 1.1: yes, no, on, off, y
 * and n are booleans, 0x1f and 017 are numbers, dates are strings). A key that
 * stands twice in a mapping is an error, as with kubectl's strict validation.
 *
 * @doc->root belongs to the caller of cJSON_Delete(), that is to @fn.
 */
void gws_yaml_read(const char *text, size_t len, gws_yaml_fn fn, void *data);

/* The line where a node of such a tree begins; 0 for NULL. */
int gws_yaml_line(const cJSON *node);

#endif
