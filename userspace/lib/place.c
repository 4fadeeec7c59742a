// SPDX-License-Identifier: MIT
/* Address and port as text. */
#include <stdio.h>
#include <string.h>

#include "place.h"

const char *gws_place_text(const struct gws_msg_addr *addr, uint16_t port,
			   char buf[GWS_PLACE_TEXT])
{
	struct gws_ip ip = { .len = addr->len };
	char text[GWS_IP_TEXT] = "*";
	bool v6 = addr->len == 16;

	memcpy(ip.b, addr->bytes, addr->len);
	if (addr->len)
		gws_ip_text(&ip, text);
	snprintf(buf, GWS_PLACE_TEXT, "%s%s%s:%u", v6 ? "[" : "", text,
		 v6 ? "]" : "", port);
	return buf;
}
