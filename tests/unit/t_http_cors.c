// SPDX-License-Identifier: MIT
/* Suite gws_http_cors under cmocka. */
#include "suite_http_cors.h"

RUN_SUITE("gws_http_cors", HTTP_CORS_TESTS)
