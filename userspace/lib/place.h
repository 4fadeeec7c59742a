/* SPDX-License-Identifier: MIT */
#ifndef GWS_PLACE_H
#define GWS_PLACE_H

#include "ip.h"
#include "msg.h"

/* "[", an address, "]:65535" and the NUL. */
#define GWS_PLACE_TEXT	(GWS_IP_TEXT + 8)

/* "address:port", "[address]:port", or "*:port" without an address; returns @buf. */
const char *gws_place_text(const struct gws_msg_addr *addr, uint16_t port,
			   char buf[GWS_PLACE_TEXT]);

#endif /* GWS_PLACE_H */
