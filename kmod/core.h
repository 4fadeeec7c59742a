/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Ground of the pure core: the little that its files need from where they are
 * compiled, the same in the module, in the KUnit module and in user space.
 */
#ifndef GWS_CORE_H
#define GWS_CORE_H

#ifdef __KERNEL__
#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/types.h>
#include <asm/byteorder.h>

typedef __le64 gws_le64;
#else
#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
typedef int64_t s64;
typedef u64 gws_le64;

#ifndef likely
#define likely(x)	__builtin_expect(!!(x), 1)
#define unlikely(x)	__builtin_expect(!!(x), 0)
#endif
#ifndef fallthrough
#define fallthrough	__attribute__((__fallthrough__))
#endif
#ifndef __always_inline
#define __always_inline	inline __attribute__((__always_inline__))
#endif
#ifndef noinline
#define noinline	__attribute__((__noinline__))
#endif
#define le64_to_cpu(x)	le64toh(x)
#ifndef ARRAY_SIZE
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#endif
#define READ_ONCE(x)	(*(const volatile __typeof__(x) *)&(x))
#endif /* __KERNEL__ */

/* Bytes of somebody else; no NUL at the end, @p may be NULL where @len is 0. */
struct gws_str {
	const char *p;
	u32 len;
};

#define GWS_STR(literal) \
	((struct gws_str){ (literal), sizeof(literal) - 1 })

/* Eight bytes, the first in the lowest bits on every machine. */
static __always_inline u64 gws_load64(const char *p)
{
	gws_le64 v;

	__builtin_memcpy(&v, p, sizeof(v));
	return le64_to_cpu(v);
}

static __always_inline char gws_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

/* For short strings: no call, eight bytes at a time. */
static inline bool gws_mem_eq(const char *a, const char *b, u32 len)
{
	u32 i;

	for (i = 0; len - i >= 8; i += 8)
		if (gws_load64(a + i) != gws_load64(b + i))
			return false;
	for (; i < len; i++)
		if (a[i] != b[i])
			return false;
	return true;
}

static inline bool gws_str_eq(struct gws_str a, struct gws_str b)
{
	return a.len == b.len && gws_mem_eq(a.p, b.p, a.len);
}

/* ASCII case only (RFC 9110 5.1: field names). */
static inline bool gws_str_eq_nocase(struct gws_str a, struct gws_str b)
{
	u32 i;

	if (a.len != b.len)
		return false;
	for (i = 0; i < a.len; i++)
		if (gws_lower(a.p[i]) != gws_lower(b.p[i]))
			return false;
	return true;
}

/* At most ten digits; returns the end of what it wrote. */
static inline char *gws_put_decimal(char *out, u32 n)
{
	char digits[10];
	u32 i = sizeof(digits);

	do {
		digits[--i] = '0' + n % 10;
		n /= 10;
	} while (n);
	while (i < sizeof(digits))
		*out++ = digits[i++];
	return out;
}

#endif /* GWS_CORE_H */
