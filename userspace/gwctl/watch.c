// SPDX-License-Identifier: MIT
/*
 * Rows are kept as texts, sorted by the text of their keys: there may be tens of
 * thousands of connections at each look.
 */
#include <stdlib.h>
#include <string.h>

#include "../lib/jsonx.h"
#include "../lib/mem.h"
#include "watch.h"

struct gws_watch_row {
	char *name;	/* values of the keys */
	char *text;	/* all but what changes by itself */
	cJSON *row;
};

static char *name_of(const cJSON *row, const char *const *keys)
{
	cJSON *values = gws_json_array();
	const cJSON *value;
	char *text;

	for (; *keys; keys++) {
		value = gws_json_get(row, *keys);
		gws_json_append(values, value ? cJSON_Duplicate(value, true) :
						cJSON_CreateNull());
	}
	text = gws_mem_check(cJSON_PrintUnformatted(values));
	cJSON_Delete(values);
	return text;
}

static char *text_of(const cJSON *row)
{
	cJSON *rest = gws_mem_check(cJSON_Duplicate(row, true));
	char *text;

	cJSON_DeleteItemFromObjectCaseSensitive(rest, "age");
	cJSON_DeleteItemFromObjectCaseSensitive(rest, "ageMs");
	text = gws_mem_check(cJSON_PrintUnformatted(rest));
	cJSON_Delete(rest);
	return text;
}

static int by_name(const void *a, const void *b)
{
	const struct gws_watch_row *left = a, *right = b;

	return strcmp(left->name, right->name);
}

/* Two rows of one name are not expected, and not mixed up. */
static int by_name_and_text(const void *a, const void *b)
{
	const struct gws_watch_row *left = a, *right = b;
	int order = by_name(a, b);

	return order ? order : strcmp(left->text, right->text);
}

static bool has(const struct gws_watch *watch, const struct gws_watch_row *row,
		int (*compare)(const void *a, const void *b))
{
	return watch->n && bsearch(row, watch->rows, watch->n,
				   sizeof(*watch->rows), compare);
}

static void take(struct gws_watch *watch, const cJSON *rows,
		 const char *const *keys)
{
	struct gws_watch_row *to;
	const cJSON *row;

	watch->n = cJSON_GetArraySize(rows);
	watch->rows = gws_mem_check(calloc(watch->n + 1, sizeof(*to)));
	to = watch->rows;
	cJSON_ArrayForEach(row, rows) {
		to->name = name_of(row, keys);
		to->text = text_of(row);
		to->row = gws_mem_check(cJSON_Duplicate(row, true));
		to++;
	}
}

/* @now: in the order of @rows. */
static void drop_seen(cJSON *rows, const struct gws_watch *now,
		      const struct gws_watch *before)
{
	cJSON *row = rows->child, *next;
	size_t i;

	for (i = 0; i < now->n; i++, row = next) {
		next = row->next;
		if (has(before, &now->rows[i], by_name_and_text))
			cJSON_Delete(cJSON_DetachItemViaPointer(rows, row));
	}
}

cJSON *gws_watch_step(struct gws_watch *watch, cJSON *rows,
		      const char *const *keys)
{
	cJSON *gone = gws_json_array();
	struct gws_watch now;
	size_t i;

	take(&now, rows, keys);
	drop_seen(rows, &now, watch);
	if (now.n)
		qsort(now.rows, now.n, sizeof(*now.rows), by_name_and_text);
	for (i = 0; i < watch->n; i++) {
		if (has(&now, &watch->rows[i], by_name))
			continue;
		gws_json_append(gone, watch->rows[i].row);
		watch->rows[i].row = NULL;
	}
	gws_watch_clear(watch);
	*watch = now;
	return gone;
}

void gws_watch_clear(struct gws_watch *watch)
{
	size_t i;

	for (i = 0; i < watch->n; i++) {
		free(watch->rows[i].name);
		free(watch->rows[i].text);
		cJSON_Delete(watch->rows[i].row);
	}
	free(watch->rows);
	memset(watch, 0, sizeof(*watch));
}
