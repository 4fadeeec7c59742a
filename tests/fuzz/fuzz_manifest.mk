# SPDX-License-Identifier: MIT
include $(TOP)/tests/unit/pipeline.mk
fuzz_manifest_SRC = $(PIPELINE)
fuzz_manifest_SEEDS = $(OUT)/seeds/manifest
fuzz_manifest_LIBS = $(PIPELINE_LIBS)
fuzz_manifest_DICT = yaml.dict
fuzz_manifest_INPUTS = 1000
