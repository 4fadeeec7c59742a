// SPDX-License-Identifier: MIT
/*
 * Lists of mistakes, in words for whoever wrote the input.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "../lib/legible.h"
#include "../lib/mem.h"
#include "problem.h"

struct gws_problems {
	struct gws_arena *arena;
	struct gws_problem *list;
	size_t count;
};

struct gws_problems *gws_problems_create(void)
{
	struct gws_problems *list = gws_mem_check(calloc(1, sizeof(*list)));

	list->arena = gws_mem_arena();
	return list;
}

void gws_problems_destroy(struct gws_problems *list)
{
	if (!list)
		return;
	gws_arena_destroy(list->arena);
	free(list);
}

void gws_problems_clear(struct gws_problems *list)
{
	gws_arena_destroy(list->arena);
	list->arena = gws_mem_arena();
	list->list = NULL;
	list->count = 0;
}

/* Names and values that somebody wrote, perhaps cut in the middle. */
static const char *copy(struct gws_problems *list, const char *text)
{
	char *own = gws_mem_strdup(list->arena, text);

	return own ? gws_legible(own) : NULL;
}

static void push(struct gws_problems *list, const struct gws_problem *from,
		 const char *text)
{
	struct gws_problem *problem = gws_mem_push(list->arena, list->list,
						   list->count);

	problem->level = from->level;
	problem->file = copy(list, from->file);
	problem->line = from->line;
	problem->object = copy(list, from->object);
	problem->field = copy(list, from->field);
	problem->text = copy(list, text);
}

void gws_problems_add(struct gws_problems *list, enum gws_level level,
		      const char *file, int line, const char *object,
		      const char *field, const char *format, ...)
{
	struct gws_problem problem = {
		.level = level, .file = file, .line = line,
		.object = object, .field = field,
	};
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	push(list, &problem, text);
}

void gws_problems_append(struct gws_problems *list,
			 const struct gws_problems *more)
{
	size_t i;

	for (i = 0; i < more->count; i++)
		push(list, &more->list[i], more->list[i].text);
}

size_t gws_problems_count(const struct gws_problems *list)
{
	return list->count;
}

const struct gws_problem *gws_problems_get(const struct gws_problems *list,
					   size_t index)
{
	return &list->list[index];
}

size_t gws_problems_level(const struct gws_problems *list,
			  enum gws_level level)
{
	size_t i, n = 0;

	for (i = 0; i < list->count; i++)
		n += list->list[i].level == level;
	return n;
}

int gws_problem_format(const struct gws_problem *problem, char *buf,
		       size_t size)
{
	const char *file = problem->file ? problem->file : "";
	const char *object = problem->object ? problem->object : "";
	const char *field = problem->field ? problem->field : "";
	char line[16] = "";

	if (problem->line > 0)
		snprintf(line, sizeof(line), "%s%d", *file ? ":" : "line ",
			 problem->line);
	return snprintf(buf, size, "%s%s%s%s%s%s%s%s", file, line,
			*file || *line ? ": " : "", object,
			*object ? ": " : "", field, *field ? ": " : "",
			problem->text);
}

const char *gws_level_name(enum gws_level level)
{
	static const char *const names[] = { "note", "warning", "error" };

	return names[level];
}
