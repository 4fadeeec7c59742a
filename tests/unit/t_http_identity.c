// SPDX-License-Identifier: MIT
/* Suite gws_http_identity under cmocka. */
#include "suite_http_identity.h"

RUN_SUITE("gws_http_identity", HTTP_IDENTITY_TESTS)
