// SPDX-License-Identifier: MIT
/* Buffers of the test tools. Lack of memory ends the program. */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"

char *buf_room(struct buf *b, size_t n)
{
	if (b->start && b->start + b->len + n > b->cap) {
		memmove(b->mem, b->mem + b->start, b->len);
		b->start = 0;
	}
	if (b->len + n > b->cap) {
		b->cap = b->len + n + b->cap;
		b->mem = realloc(b->mem, b->cap);
		if (!b->mem) {
			perror("realloc");
			exit(2);
		}
	}
	return b->mem + b->start + b->len;
}

void buf_append(struct buf *b, const void *data, size_t n)
{
	if (!n)
		return;
	memcpy(buf_room(b, n), data, n);
	b->len += n;
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	buf_room(b, n + 1);
	va_start(ap, fmt);
	vsnprintf(buf_data(b) + b->len, n + 1, fmt, ap);
	va_end(ap);
	b->len += n;
}

void buf_consume(struct buf *b, size_t n)
{
	assert(n <= b->len);
	b->start += n;
	b->len -= n;
	if (!b->len)
		b->start = 0;
}

void buf_clear(struct buf *b)
{
	b->start = 0;
	b->len = 0;
}

void buf_free(struct buf *b)
{
	free(b->mem);
	memset(b, 0, sizeof(*b));
}
