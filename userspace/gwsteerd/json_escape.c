// SPDX-License-Identifier: MIT
/*
 * Surrogate pairs. Only a text that cJSON takes whole is touched: in YAML the
 * same bytes may stand for themselves.
 */
#define _GNU_SOURCE
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cjson/cJSON.h>

#include "../lib/mem.h"
#include "json_escape.h"

#define ESCAPE_LEN	6	/* of "\uD83D", two of which become 10 bytes */

static bool is_json(const char *text, size_t len)
{
	const char *end = NULL;
	cJSON *tree = cJSON_ParseWithLengthOpts(text, len, &end, false);
	bool whole = cJSON_IsObject(tree);

	for (; whole && end < text + len; end++)
		whole = *end && strchr(" \t\r\n", *end);
	cJSON_Delete(tree);
	return whole;
}

/* Return: whether "\uXXXX" stands at @at. */
static bool read_escape(const char *at, const char *end, uint32_t *unit)
{
	char digits[5] = "", *stop;

	if (end - at < ESCAPE_LEN || at[0] != '\\' || at[1] != 'u')
		return false;
	memcpy(digits, at + 2, 4);
	*unit = (uint32_t)strtoul(digits, &stop, 16);
	return stop == digits + 4;
}

static bool read_pair(const char *at, const char *end, uint32_t *character)
{
	uint32_t high, low;

	if (!read_escape(at, end, &high) || (high & 0xfc00) != 0xd800 ||
	    !read_escape(at + ESCAPE_LEN, end, &low) ||
	    (low & 0xfc00) != 0xdc00)
		return false;
	*character = 0x10000 + ((high & 0x3ff) << 10 | (low & 0x3ff));
	return true;
}

char *gws_json_escapes(const char *text, size_t *len)
{
	const char *at = text, *end = text + *len;
	uint32_t character;
	char *copy, *to;

	if (!memmem(text, *len, "\\u", 2) || !is_json(text, *len))
		return NULL;
	copy = gws_mem_check(malloc(*len + 1));
	to = copy;
	while (at < end) {
		if (read_pair(at, end, &character)) {
			to += sprintf(to, "\\U%08X", character);
			at += 2 * ESCAPE_LEN;
			continue;
		}
		/* What is escaped, a backslash too, begins no escape. */
		if (*at == '\\')
			*to++ = *at++;
		*to++ = *at++;
	}
	*len = (size_t)(to - copy);
	return copy;
}
