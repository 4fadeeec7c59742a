// SPDX-License-Identifier: MIT
/* Suite gws_http_parse under cmocka. */
#include "suite_http_parse.h"

RUN_SUITE("gws_http_parse", HTTP_PARSE_TESTS)
