/* SPDX-License-Identifier: MIT */
/*
 * FNV-1a, 64 bit: recognises unchanged objects. Not a defence against someone
 * who looks for collisions; who can write two colliding manifests of an object
 * hides only a change of his own.
 */
#ifndef GWS_DIGEST_H
#define GWS_DIGEST_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define GWS_DIGEST_INIT 0xcbf29ce484222325ULL

static inline uint64_t gws_digest_bytes(uint64_t digest, const void *data,
					size_t len)
{
	const unsigned char *bytes = data;
	size_t i;

	for (i = 0; i < len; i++)
		digest = (digest ^ bytes[i]) * 0x100000001b3ULL;
	return digest;
}

/* The NUL is part of it, so that "a","bc" differs from "ab","c". */
static inline uint64_t gws_digest_str(uint64_t digest, const char *str)
{
	return gws_digest_bytes(digest, str, strlen(str) + 1);
}

/* Independent of the byte order of the machine. */
static inline uint64_t gws_digest_u64(uint64_t digest, uint64_t value)
{
	int i;

	for (i = 0; i < 8; i++)
		digest = (digest ^ ((value >> (8 * i)) & 0xff)) *
			 0x100000001b3ULL;
	return digest;
}

#endif
