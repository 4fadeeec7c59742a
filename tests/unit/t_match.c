// SPDX-License-Identifier: MIT
/* Suite gws_match under cmocka. */
#include "suite_match.h"

RUN_SUITE("gws_match", MATCH_TESTS)
