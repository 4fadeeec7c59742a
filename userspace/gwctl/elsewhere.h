/* SPDX-License-Identifier: MIT */
/* Routes of an address and port that a request was not for by its host. */
#ifndef GWS_ELSEWHERE_H
#define GWS_ELSEWHERE_H

#include <stddef.h>
#include <stdint.h>

#include "../lib/jsonx.h"
#include "../lib/msg.h"

/* A request, as the kernel saw it. */
struct gws_arrival {
	const struct gws_msg_addr *addr;
	uint16_t port;
	uint32_t listener;	/* the id of the one that it was for; 0: of none */
	const char *host;	/* in any case, with or without a port */
};

/* Does a table's hostname, also "*.example.com" or "", cover @host? */
bool gws_hostname_covers(const char *hostname, const char *host);

/*
 * gws_elsewhere_add - appends a row to @rows for each route that lost before any of
 * its matches was looked at, until @rows has @most
 *
 * A row has "lost": "hostname" of a route of the same listener, "listener" of one
 * of another that has the address and port as well; "route" and "hostname".
 */
void gws_elsewhere_add(cJSON *rows, int most, const struct gws_msg_config *config,
		       const struct gws_arrival *request);

#endif
