// SPDX-License-Identifier: MIT
/*
 * Memory that is freed at once: what a dump or a plan consists of lives and
 * dies together.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"

#define ALIGNMENT	_Alignof(max_align_t)
/* Chunks double, so that an arena of a few strings stays small. */
#define CHUNK_MIN	512
#define CHUNK_MAX	16384

struct chunk {
	struct chunk *next;
	size_t used;
	size_t size;
	_Alignas(max_align_t) char data[];
};

struct gws_arena {
	struct chunk *chunks;
};

struct gws_arena *gws_arena_create(void)
{
	return calloc(1, sizeof(struct gws_arena));
}

void gws_arena_destroy(struct gws_arena *arena)
{
	struct chunk *chunk, *next;

	if (!arena)
		return;
	for (chunk = arena->chunks; chunk; chunk = next) {
		next = chunk->next;
		free(chunk);
	}
	free(arena);
}

static struct chunk *chunk_add(struct gws_arena *arena, size_t size)
{
	size_t usual = arena->chunks ? 2 * arena->chunks->size : CHUNK_MIN;
	struct chunk *chunk;

	if (usual > CHUNK_MAX)
		usual = CHUNK_MAX;
	if (size < usual)
		size = usual;
	chunk = calloc(1, sizeof(*chunk) + size);
	if (!chunk)
		return NULL;
	chunk->size = size;
	chunk->next = arena->chunks;
	arena->chunks = chunk;
	return chunk;
}

void *gws_arena_alloc(struct gws_arena *arena, size_t size)
{
	struct chunk *chunk = arena->chunks;
	void *memory;

	if (size > SIZE_MAX / 2)
		return NULL;
	size = (size + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
	if (!chunk || chunk->size - chunk->used < size) {
		chunk = chunk_add(arena, size);
		if (!chunk)
			return NULL;
	}
	memory = chunk->data + chunk->used;
	chunk->used += size;
	return memory;
}

char *gws_arena_strdup(struct gws_arena *arena, const char *str)
{
	size_t size = strlen(str) + 1;
	char *copy = gws_arena_alloc(arena, size);

	return copy ? memcpy(copy, str, size) : NULL;
}

void *gws_arena_grow(struct gws_arena *arena, void *array, size_t count,
		     size_t size)
{
	void *bigger;

	if (count & (count - 1))
		return array;
	if (count > SIZE_MAX / 2 / size)
		return NULL;
	bigger = gws_arena_alloc(arena, (count ? 2 * count : 1) * size);
	if (bigger && count)
		memcpy(bigger, array, count * size);
	return bigger;
}
