// SPDX-License-Identifier: MIT
/*
 * Getters and builders over cJSON.
 */
#include "jsonx.h"
#include "mem.h"

const cJSON *gws_json_get(const cJSON *object, const char *name)
{
	const cJSON *node = object ?
		cJSON_GetObjectItemCaseSensitive(object, name) : NULL;

	return node && !cJSON_IsNull(node) ? node : NULL;
}

const char *gws_json_str(const cJSON *object, const char *name,
			 const char *other)
{
	const cJSON *node = gws_json_get(object, name);

	return cJSON_IsString(node) ? node->valuestring : other;
}

long long gws_json_int(const cJSON *object, const char *name, long long other)
{
	const cJSON *node = gws_json_get(object, name);

	if (!cJSON_IsNumber(node) || !(node->valuedouble > -0x1p63 &&
				       node->valuedouble < 0x1p63))
		return other;
	return (long long)node->valuedouble;
}

bool gws_json_bool(const cJSON *object, const char *name, bool other)
{
	const cJSON *node = gws_json_get(object, name);

	return cJSON_IsBool(node) ? cJSON_IsTrue(node) : other;
}

cJSON *gws_json_object(void)
{
	return gws_mem_check(cJSON_CreateObject());
}

cJSON *gws_json_array(void)
{
	return gws_mem_check(cJSON_CreateArray());
}

cJSON *gws_json_add(cJSON *object, const char *name, cJSON *value)
{
	return gws_mem_check(cJSON_AddItemToObject(object, name, value) ?
			     value : NULL);
}

cJSON *gws_json_add_str(cJSON *object, const char *name, const char *value)
{
	return gws_mem_check(cJSON_AddStringToObject(object, name, value));
}

cJSON *gws_json_add_int(cJSON *object, const char *name, long long value)
{
	return gws_mem_check(cJSON_AddNumberToObject(object, name,
						     (double)value));
}

cJSON *gws_json_add_bool(cJSON *object, const char *name, bool value)
{
	return gws_mem_check(cJSON_AddBoolToObject(object, name, value));
}

cJSON *gws_json_append(cJSON *array, cJSON *value)
{
	return gws_mem_check(cJSON_AddItemToArray(array, value) ? value : NULL);
}
