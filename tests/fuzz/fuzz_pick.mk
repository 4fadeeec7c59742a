# SPDX-License-Identifier: MIT
fuzz_pick_INPUTS = 5000
