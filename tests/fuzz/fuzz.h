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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif /* GWS_FUZZ_H */
