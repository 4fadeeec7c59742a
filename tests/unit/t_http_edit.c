// SPDX-License-Identifier: MIT
/* Suite gws_http_edit under cmocka. */
#include "suite_http_edit.h"

RUN_SUITE("gws_http_edit", HTTP_EDIT_TESTS)
