// SPDX-License-Identifier: MIT
/* Suite gws_http_rewrite under cmocka. */
#include "suite_http_rewrite.h"

RUN_SUITE("gws_http_rewrite", HTTP_REWRITE_TESTS)
