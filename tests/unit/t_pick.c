// SPDX-License-Identifier: MIT
/* Suite gws_pick under cmocka. */
#include "suite_pick.h"

RUN_SUITE("gws_pick", PICK_TESTS)
