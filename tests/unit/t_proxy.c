// SPDX-License-Identifier: MIT
/* Suite gws_proxy under cmocka. */
#include "suite_proxy.h"

RUN_SUITE("gws_proxy", PROXY_TESTS)
