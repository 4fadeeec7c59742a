/* SPDX-License-Identifier: MIT */
/*
 * Memory that is always there.
 *
 * The pipeline from manifests to IR allocates little and often; a failure there
 * leaves nothing sensible to do. These end the process with abort(): the kernel
 * keeps serving what it has, the service manager starts the daemon again.
 */
#ifndef GWS_MEM_H
#define GWS_MEM_H

#include <stddef.h>

#include "arena.h"

/* @memory, which must not be NULL, of an allocation by anyone. */
void *gws_mem_check(void *memory);

struct gws_arena *gws_mem_arena(void);
/* Zeroed. */
void *gws_mem_take(struct gws_arena *arena, size_t size);
/* NULL stays NULL. */
char *gws_mem_strdup(struct gws_arena *arena, const char *str);
char *gws_mem_printf(struct gws_arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The address of one more, zeroed, element of an array in an arena. */
#define gws_mem_push(arena, array, count)				\
	((array) = gws_mem_check(gws_arena_grow(arena, array, count,	\
						sizeof(*(array)))),	\
	 &(array)[(count)++])

#endif
