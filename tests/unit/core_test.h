/* SPDX-License-Identifier: MIT */
/*
 * The suites of the pure core (suite_*.h) run in user space under cmocka and
 * in the kernel under KUnit; this is what differs.
 *
 * place() gives a copy of @len bytes and @more_len bytes behind them, which ends
 * where readable memory ends: at a PROT_NONE page in user space, at the end of
 * an allocation that KASAN guards in the kernel. unplace() gives it back.
 */
#ifndef GWS_CORE_TEST_H
#define GWS_CORE_TEST_H

#include "core.h"

#ifdef __KERNEL__

#include <kunit/test.h>
#include <linux/kernel.h>
#include <linux/printk.h>
#include <linux/slab.h>

#define CORE_TEST(name)	static void name(struct kunit *test)

/* A function, since each expectation of KUnit takes stack of its own. */
static noinline __printf(2, 3) void check_failed(struct kunit *test,
						 const char *format, ...)
{
	struct va_format vaf = { .fmt = format };
	va_list args;

	va_start(args, format);
	vaf.va = &args;
	KUNIT_FAIL(test, "%pV\n", &vaf);
	va_end(args);
}

#define CHECK_MSG(cond, ...)						\
	do {								\
		if (!(cond))						\
			check_failed(test, __VA_ARGS__);		\
	} while (0)

static inline char *place(const void *p, u32 len, const void *more,
			  u32 more_len)
{
	char *copy = kmalloc(len + more_len, GFP_KERNEL | __GFP_NOFAIL);

	memcpy(copy, p, len);
	memcpy(copy + len, more, more_len);
	return copy;
}

static inline void unplace(char *copy)
{
	kfree(copy);
}

#else /* user space */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

#define CORE_TEST(name)	static void name(void **state __attribute__((unused)))

#define CHECK_MSG(cond, ...)						\
	do {								\
		if (!(cond))						\
			fail_msg(__VA_ARGS__);				\
	} while (0)

#define PLACE_ROOM	(64 * 1024)

/* One arena, so only the copy made last is right at the guard page. */
static inline char *place(const void *p, u32 len, const void *more,
			  u32 more_len)
{
	static char *end;

	if (!end) {
		char *arena = mmap(NULL, PLACE_ROOM + getpagesize(),
				   PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		assert_true(arena != MAP_FAILED);
		end = arena + PLACE_ROOM;
		assert_int_equal(mprotect(end, getpagesize(), PROT_NONE), 0);
	}
	assert_true(len + more_len <= PLACE_ROOM);
	memcpy(end - more_len, more, more_len);
	return memcpy(end - more_len - len, p, len);
}

static inline void unplace(char *copy)
{
	(void)copy;
}

#define RUN_CASE(name)	cmocka_unit_test(name),

/* The main() of a test that runs one suite. */
#define RUN_SUITE(suite_name, tests)					\
	int main(void)							\
	{								\
		const struct CMUnitTest cases[] = { tests(RUN_CASE) };	\
									\
		return cmocka_run_group_tests_name(suite_name, cases,	\
						   NULL, NULL);		\
	}

#endif /* __KERNEL__ */

#define CHECK(cond)		CHECK_MSG(cond, "%s:%d: %s", __func__, __LINE__, #cond)
#define CHECK_EQ(got, want)						\
	CHECK_MSG((s64)(got) == (s64)(want), "%s:%d: %s is %lld, not %lld", \
		  __func__, __LINE__, #got, (long long)(got),		\
		  (long long)(want))
#define CHECK_STR(got, want)						\
	do {								\
		struct gws_str got_ = (got);				\
									\
		CHECK_MSG(gws_str_eq(got_, (struct gws_str){ want,	\
							     strlen(want) }), \
			  "%s:%d: %s is \"%.*s\", not \"%s\"", __func__, \
			  __LINE__, #got, (int)got_.len,		\
			  got_.p ? got_.p : "", want);			\
	} while (0)

#endif /* GWS_CORE_TEST_H */
