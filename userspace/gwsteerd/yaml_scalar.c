// SPDX-License-Identifier: MIT
/*
 * The types of YAML scalars, as kubectl decides them: the resolution of YAML
 * 1.1 (yaml.org/type) with Go's numbers, and dates left as strings.
 */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/mem.h"
#include "yaml_scalar.h"

#define TAG "tag:yaml.org,2002:"

enum { NUMBER_MAX = 128 };

static bool among(const char *value, const char *const *list)
{
	for (; *list; list++)
		if (!strcmp(value, *list))
			return true;
	return false;
}

static const char *const nulls[] = { "", "~", "null", "Null", "NULL", NULL };
static const char *const trues[] = {
	"y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE",
	"on", "On", "ON", NULL
};
static const char *const falses[] = {
	"n", "N", "no", "No", "NO", "false", "False", "FALSE",
	"off", "Off", "OFF", NULL
};

/* [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)? */
static bool is_float(const char *c)
{
	size_t before, after = 0;

	c += *c == '-' || *c == '+';
	before = strspn(c, "0123456789");
	c += before;
	if (*c == '.') {
		after = strspn(++c, "0123456789");
		c += after;
	}
	if (!before && !after)
		return false;
	if (*c == 'e' || *c == 'E') {
		c++;
		c += *c == '-' || *c == '+';
		if (!isdigit((unsigned char)*c))
			return false;
		c += strspn(c, "0123456789");
	}
	return !*c;
}

/* Go's strconv.ParseInt(s, 0, 64): 0x, 0o, 0b and 0 give the base. */
static bool parse_int(const char *text, double *number)
{
	const char *digits = text + (*text == '-' || *text == '+');
	int base = 10;
	char *end;
	unsigned long long value;

	if (digits[0] == '0' && digits[1]) {
		switch (tolower((unsigned char)digits[1])) {
		case 'x':
			base = 16;
			break;
		case 'o':
			base = 8;
			break;
		case 'b':
			base = 2;
			break;
		default:
			base = 8;
			digits--;
		}
		digits += 2;
	}
	if (!isxdigit((unsigned char)*digits) ||
	    (base == 16 && tolower((unsigned char)digits[1]) == 'x'))
		return false;
	errno = 0;
	value = strtoull(digits, &end, base);
	if (errno || *end)
		return false;
	*number = *text == '-' ? -(double)value : (double)value;
	return true;
}

static bool parse_number(const char *value, double *number)
{
	char text[NUMBER_MAX];
	size_t n = 0;

	if (!strchr("+-.0123456789", *value))
		return false;
	for (; *value; value++) {
		if (*value == '_')
			continue;
		if (n == sizeof(text) - 1)
			return false;
		text[n++] = *value;
	}
	text[n] = '\0';
	if (parse_int(text, number))
		return true;
	if (!is_float(text))
		return false;
	*number = strtod(text, NULL);
	return isfinite(*number);
}

static cJSON *plain_scalar(const char *value)
{
	double number;

	if (among(value, nulls))
		return cJSON_CreateNull();
	if (among(value, trues))
		return cJSON_CreateTrue();
	if (among(value, falses))
		return cJSON_CreateFalse();
	if (parse_number(value, &number))
		return cJSON_CreateNumber(number);
	return cJSON_CreateString(value);
}

cJSON *gws_yaml_scalar(const char *value, const char *tag, bool plain)
{
	cJSON *node;
	bool fits;

	if (!tag)
		return gws_mem_check(plain ? plain_scalar(value) :
				     cJSON_CreateString(value));
	if (!strcmp(tag, "!") || !strcmp(tag, TAG "str"))
		return gws_mem_check(cJSON_CreateString(value));
	node = gws_mem_check(plain_scalar(value));
	fits = (!strcmp(tag, TAG "bool") && cJSON_IsBool(node)) ||
	       (!strcmp(tag, TAG "null") && cJSON_IsNull(node)) ||
	       (!strcmp(tag, TAG "float") && cJSON_IsNumber(node)) ||
	       (!strcmp(tag, TAG "int") && cJSON_IsNumber(node) &&
		node->valuedouble == trunc(node->valuedouble));
	if (fits)
		return node;
	cJSON_Delete(node);
	return NULL;
}
