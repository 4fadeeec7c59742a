// SPDX-License-Identifier: MIT
/* Suite gws_inet under cmocka. */
#include "suite_inet.h"

RUN_SUITE("gws_inet", INET_TESTS)
