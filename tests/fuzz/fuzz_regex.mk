# SPDX-License-Identifier: MIT
include $(TOP)/tests/unit/pipeline.mk
fuzz_regex_SRC = $(CORE) $(PIPELINE)
fuzz_regex_LIBS = $(PIPELINE_LIBS)
fuzz_regex_INPUTS = 2000
