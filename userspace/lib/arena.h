/* SPDX-License-Identifier: MIT */
#ifndef GWS_ARENA_H
#define GWS_ARENA_H

#include <stddef.h>

struct gws_arena;

/**
 * gws_arena_create() - an empty arena
 *
 * Return: the arena, owned by the caller, or NULL when memory is short.
 */
struct gws_arena *gws_arena_create(void);

/* Frees the arena and all that was taken from it. NULL is allowed. */
void gws_arena_destroy(struct gws_arena *arena);

/**
 * gws_arena_alloc() - zeroed memory that lives as long as the arena
 * @size: bytes, may be 0
 *
 * Return: memory aligned for any type, or NULL when memory is short.
 */
void *gws_arena_alloc(struct gws_arena *arena, size_t size);

/* A copy of @str, or NULL when memory is short. */
char *gws_arena_strdup(struct gws_arena *arena, const char *str);

/**
 * gws_arena_grow() - room for one more element of an array
 * @array: the array, NULL when @count is 0
 * @count: elements in use
 * @size: bytes of one element
 *
 * The array doubles when @count is a power of two, so a caller that counts
 * from 0 never writes past what it has. The place left behind stays in the
 * arena.
 *
 * Return: the array, perhaps moved, or NULL when memory is short.
 */
void *gws_arena_grow(struct gws_arena *arena, void *array, size_t count,
		     size_t size);

#endif /* GWS_ARENA_H */
