/* SPDX-License-Identifier: MIT */
#ifndef GWS_IR_DUMP_H
#define GWS_IR_DUMP_H

#include <cjson/cJSON.h>
#include "ir.h"

/*
 * gws_ir_json - the whole IR as a tree, for people and golden files; digests
 * are left out, they follow from the rest. Never NULL; cJSON_Delete() it.
 */
cJSON *gws_ir_json(const struct gws_ir *ir);

#endif
