/* SPDX-License-Identifier: MIT */
/*
 * cJSON as we use it: null is the same as absent, names are compared with case,
 * and building never fails (lib/mem.h says why).
 */
#ifndef GWS_JSONX_H
#define GWS_JSONX_H

#include <stdbool.h>
#include <stddef.h>
#include <cjson/cJSON.h>

/* A member that is there and not null, or NULL. @object may be NULL. */
const cJSON *gws_json_get(const cJSON *object, const char *name);
/* A string member, or @other. */
const char *gws_json_str(const cJSON *object, const char *name,
			 const char *other);
/* A number member that fits, or @other. */
long long gws_json_int(const cJSON *object, const char *name, long long other);
bool gws_json_bool(const cJSON *object, const char *name, bool other);

cJSON *gws_json_object(void);
cJSON *gws_json_array(void);
/* Each adds to @object under @name and returns what was added. */
cJSON *gws_json_add(cJSON *object, const char *name, cJSON *value);
cJSON *gws_json_add_str(cJSON *object, const char *name, const char *value);
cJSON *gws_json_add_int(cJSON *object, const char *name, long long value);
cJSON *gws_json_add_bool(cJSON *object, const char *name, bool value);
/* Appends to @array and returns @value. */
cJSON *gws_json_append(cJSON *array, cJSON *value);

#endif
