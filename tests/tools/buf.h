/* SPDX-License-Identifier: MIT */
/* A growable run of octets, consumed at the front. */
#ifndef GWS_TOOLS_BUF_H
#define GWS_TOOLS_BUF_H

#include <stddef.h>

struct buf {
	char *mem;
	size_t start;	/* octets of mem already consumed */
	size_t len;	/* octets that follow */
	size_t cap;
};

static inline char *buf_data(const struct buf *b)
{
	return b->mem + b->start;
}

/* Room for @n more octets; exits the program when there is no memory. */
char *buf_room(struct buf *b, size_t n);
void buf_append(struct buf *b, const void *data, size_t n);
void buf_printf(struct buf *b, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void buf_consume(struct buf *b, size_t n);
void buf_clear(struct buf *b);
void buf_free(struct buf *b);

#endif /* GWS_TOOLS_BUF_H */
