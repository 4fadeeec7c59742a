// SPDX-License-Identifier: MIT
/*
 * The pure core and its suites inside the kernel: the sources are compiled in
 * here, so that the module under test exports nothing for it. The suites are
 * those of tests/unit; KASAN stands for the guard page there.
 */
#include <kunit/test.h>
#include <linux/module.h>

#include "../../kmod/http_chars.c"
#include "../../kmod/http_field.c"
#include "../../kmod/http_parse.c"
#include "../../kmod/http_uri.c"
#include "../../kmod/http_body.c"
#include "../../kmod/inet.c"
#include "../../kmod/proxy.c"
#include "../../kmod/http_identity.c"
#include "../../kmod/http_rewrite.c"
#include "../../kmod/http_edit.c"
#include "../../kmod/http_cors.c"
#include "../../kmod/http_reply.c"
#include "../../kmod/http_memo.c"
#include "../../kmod/dfa.c"
#include "../../kmod/match.c"
#include "../../kmod/match_index.c"
#include "../../kmod/pick.c"

#include "../unit/suite_http_parse.h"
#include "../unit/suite_http_body.h"
#include "../unit/suite_http_rewrite.h"
#include "../unit/suite_http_edit.h"
#include "../unit/suite_http_cors.h"
#include "../unit/suite_http_memo.h"
#include "../unit/suite_inet.h"
#include "../unit/suite_proxy.h"
#include "../unit/suite_http_identity.h"
#include "../unit/suite_match.h"
#include "../unit/suite_pick.h"

#define CORE_CASE(name)	KUNIT_CASE(name),

#define CORE_SUITE(suite, tests)					\
	static struct kunit_case suite##_cases[] = {			\
		tests(CORE_CASE)					\
		{}							\
	};								\
	static struct kunit_suite suite##_suite = {			\
		.name = #suite,						\
		.test_cases = suite##_cases,				\
	}

CORE_SUITE(gws_http_parse, HTTP_PARSE_TESTS);
CORE_SUITE(gws_http_body, HTTP_BODY_TESTS);
CORE_SUITE(gws_http_rewrite, HTTP_REWRITE_TESTS);
CORE_SUITE(gws_http_edit, HTTP_EDIT_TESTS);
CORE_SUITE(gws_http_cors, HTTP_CORS_TESTS);
CORE_SUITE(gws_http_memo, HTTP_MEMO_TESTS);
CORE_SUITE(gws_inet, INET_TESTS);
CORE_SUITE(gws_proxy, PROXY_TESTS);
CORE_SUITE(gws_http_identity, HTTP_IDENTITY_TESTS);
CORE_SUITE(gws_match, MATCH_TESTS);
CORE_SUITE(gws_pick, PICK_TESTS);

kunit_test_suites(&gws_http_parse_suite, &gws_http_body_suite,
		  &gws_http_rewrite_suite, &gws_http_edit_suite,
		  &gws_http_cors_suite, &gws_http_memo_suite,
		  &gws_inet_suite, &gws_proxy_suite, &gws_http_identity_suite,
		  &gws_match_suite, &gws_pick_suite);

MODULE_DESCRIPTION("KUnit suites of the pure core of gwsteer");
MODULE_LICENSE("Dual MIT/GPL");
