# SPDX-License-Identifier: MIT
include $(TOP)/tests/unit/pipeline.mk
fuzz_match_SRC = $(CORE) $(PIPELINE)
fuzz_match_LIBS = $(PIPELINE_LIBS)
fuzz_match_INPUTS = 100000
