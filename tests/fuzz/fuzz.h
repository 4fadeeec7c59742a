/* SPDX-License-Identifier: MIT */
/*
 * What the fuzz targets share. An input lies in memory of exactly its size, so
 * that AddressSanitizer sees every byte read beyond.
 */
#ifndef GWS_FUZZ_H
#define GWS_FUZZ_H

#include <stdio.h>
#include <stdlib.h>
#include "core.h"

#define MUST(cond)							\
	do {								\
		if (!(cond)) {						\
			fprintf(stderr, "%s:%d: %s\n", __FILE__,	\
				__LINE__, #cond);			\
			abort();					\
		}							\
	} while (0)

/* @len bytes and @slack bytes of @fill behind them; free() it. */
static inline char *fuzz_copy(const void *data, size_t len, size_t slack,
			      int fill)
{
	char *copy = malloc(len + slack ? len + slack : 1);

	MUST(copy);
	memcpy(copy, data, len);
	memset(copy + len, fill, slack);
	return copy;
}

/* An input that says what to build; at its end all it gives is 0. */
struct fuzz_input {
	const uint8_t *p;
	size_t left;
};

static inline uint8_t fuzz_byte(struct fuzz_input *in)
{
	if (!in->left)
		return 0;
	in->left--;
	return *in->p++;
}

static inline uint32_t fuzz_u32(struct fuzz_input *in)
{
	uint32_t n = 0;
	int i;

	for (i = 0; i < 4; i++)
		n = n << 8 | fuzz_byte(in);
	return n;
}

/* Up to @max characters of @alphabet and a NUL into @out; returns it. */
static inline char *fuzz_text(struct fuzz_input *in, const char *alphabet,
			      char *out, size_t max)
{
	size_t n = fuzz_byte(in) % (max + 1), i;

	for (i = 0; i < n; i++)
		out[i] = alphabet[fuzz_byte(in) % strlen(alphabet)];
	out[n] = '\0';
	return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif /* GWS_FUZZ_H */
