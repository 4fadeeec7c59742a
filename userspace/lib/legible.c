// SPDX-License-Identifier: MIT
#include <stddef.h>

#include "legible.h"

/* Bytes of the character that starts with this one; 0: none does. */
static size_t length_of(unsigned char first)
{
	if (first < 0x80)
		return first >= ' ' && first != 0x7f;
	if (first < 0xc2 || first > 0xf4)
		return 0;
	return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

char *gws_legible(char *text)
{
	size_t len, i;
	char *p = text;

	while (*p) {
		len = length_of((unsigned char)*p);
		for (i = 1; i < len && (p[i] & 0xc0) == 0x80; i++)
			;
		if (len && i >= len)
			p += len;
		else
			*p++ = '?';
	}
	return text;
}
