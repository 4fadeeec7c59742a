/* SPDX-License-Identifier: MIT */
/*
 * Control characters in texts of others, which a terminal would act on.
 */
#ifndef GWS_CONTROL_H
#define GWS_CONTROL_H

#include <stddef.h>

/* Bytes of the one that @text begins with: C0, DEL or, in UTF-8, C1; else 0. */
static inline size_t gws_control_len(const char *text)
{
	const unsigned char *c = (const unsigned char *)text;

	if (c[0] == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0)
		return 2;
	return c[0] && (c[0] < ' ' || c[0] == 127);
}

#endif /* GWS_CONTROL_H */
