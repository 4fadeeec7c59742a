// SPDX-License-Identifier: MIT
/* Suite gws_http_body under cmocka. */
#include "suite_http_body.h"

RUN_SUITE("gws_http_body", HTTP_BODY_TESTS)
