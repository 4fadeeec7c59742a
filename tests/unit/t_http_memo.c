// SPDX-License-Identifier: MIT
/* Suite gws_http_memo under cmocka. */
#include "suite_http_memo.h"

RUN_SUITE("gws_http_memo", HTTP_MEMO_TESTS)
