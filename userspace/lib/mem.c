// SPDX-License-Identifier: MIT
/*
 * Allocation that ends the process instead of failing.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "mem.h"

void *gws_mem_check(void *memory)
{
	if (!memory) {
		fputs("out of memory\n", stderr);
		abort();
	}
	return memory;
}

struct gws_arena *gws_mem_arena(void)
{
	return gws_mem_check(gws_arena_create());
}

void *gws_mem_take(struct gws_arena *arena, size_t size)
{
	return gws_mem_check(gws_arena_alloc(arena, size));
}

char *gws_mem_strdup(struct gws_arena *arena, const char *str)
{
	return str ? gws_mem_check(gws_arena_strdup(arena, str)) : NULL;
}

char *gws_mem_printf(struct gws_arena *arena, const char *format, ...)
{
	char *text;
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	text = gws_mem_take(arena, (size_t)len + 1);
	va_start(args, format);
	vsnprintf(text, (size_t)len + 1, format, args);
	va_end(args);
	return text;
}
