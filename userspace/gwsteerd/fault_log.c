// SPDX-License-Identifier: MIT
/*
 * Each bad condition is said once. What was said is kept in the order of its
 * keys, so that two states of a thousand routes are compared in one pass.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/fault.h"
#include "../lib/log.h"
#include "../lib/mem.h"
#include "fault_log.h"

/* One edit can break all routes: what is more than that, gwctl shows. */
enum { LINES_MAX = 100 };

struct row {
	const char *key;	/* where, and which condition */
	const char *text;	/* reason and message */
	const char *place;
	bool pending;
};

struct rows {
	struct gws_arena *arena;
	struct row *list;
	size_t count;
};

struct gws_fault_log {
	struct rows told;
	size_t lines;		/* of this update */
};

static void add(const struct gws_fault *fault, void *data)
{
	struct rows *rows = data;
	char place[GWS_FAULT_PLACE];
	struct row *row;

	row = gws_mem_push(rows->arena, rows->list, rows->count);
	row->key = gws_mem_printf(rows->arena, "%s: %s=%s", fault->where,
				  fault->type, fault->status);
	row->text = gws_mem_printf(rows->arena, "(%s): %s", fault->reason,
				   fault->message);
	row->place = gws_mem_printf(rows->arena, "%s",
		gws_fault_place(fault->object, place));
	row->pending = fault->pending;
}

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct row *)a)->key,
		      ((const struct row *)b)->key);
}

static bool has_room(struct gws_fault_log *log)
{
	return ++log->lines <= LINES_MAX;
}

static void say_bad(struct gws_fault_log *log, const struct row *row)
{
	if (row->pending || !has_room(log))
		return;
	gws_error("%s%s%s %s", row->place, *row->place ? ": " : "", row->key,
		  row->text);
}

static void say_good(struct gws_fault_log *log, const struct row *row)
{
	if (!row->pending && has_room(log))
		gws_info("no longer so: %s", row->key);
}

static void say_difference(struct gws_fault_log *log, const struct rows *now)
{
	const struct row *old = log->told.list, *new = now->list;
	const struct row *old_end = old + log->told.count;
	const struct row *new_end = new + now->count;
	int order;

	while (old < old_end || new < new_end) {
		order = old == old_end ? 1 : new == new_end ? -1 :
			compare(old, new);
		if (order < 0)
			say_good(log, old);
		else if (order > 0 || strcmp(old->text, new->text))
			say_bad(log, new);
		old += order <= 0;
		new += order >= 0;
	}
}

struct gws_fault_log *gws_fault_log_create(void)
{
	struct gws_fault_log *log = calloc(1, sizeof(*log));

	gws_mem_check(log);
	return log;
}

void gws_fault_log_destroy(struct gws_fault_log *log)
{
	if (log)
		gws_arena_destroy(log->told.arena);
	free(log);
}

void gws_fault_log_update(struct gws_fault_log *log, const cJSON *objects)
{
	struct rows now = { .arena = gws_mem_arena() };
	const cJSON *object;

	cJSON_ArrayForEach(object, objects)
		gws_faults_of(object, add, &now);
	if (now.count)
		qsort(now.list, now.count, sizeof(*now.list), compare);
	log->lines = 0;
	say_difference(log, &now);
	if (log->lines > LINES_MAX)
		gws_warn("%zu conditions more have changed: gwctl status",
			 log->lines - LINES_MAX);
	gws_arena_destroy(log->told.arena);
	log->told = now;
}
