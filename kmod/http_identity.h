/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What a request that goes on says about its client, where that is more than the
 * lines of the connection (gws_http_client_fields()).
 *
 * A client whose address is in a trusted network is a proxy that speaks for
 * others; what it says is kept where it is in order:
 *
 *   X-Forwarded-For	goes on, with the address of the proxy behind it
 *   X-Forwarded-Proto	http, https, ws or wss, if it came once; else ours
 *   X-Forwarded-Port	1 to 65535, if it came once; else ours
 *   X-Forwarded-Host	a host, if it came once; else Host
 *   X-Real-IP		never kept, for many proxies pass on what a client sent:
 *			the last address of X-Forwarded-For, ours included, that
 *			is in no trusted network, or the first one if all are; what
 *			is no address ends the search
 *   Forwarded		goes on, with an element of ours behind it
 *   X-Forwarded-Ssl, -Scheme, -Prefix, -Server	go on as they came
 *   X-Forwarded-Protocol	never kept: who reads it can read X-Forwarded-Proto
 *
 * Of any other client nothing is kept.
 */
#ifndef GWS_HTTP_IDENTITY_H
#define GWS_HTTP_IDENTITY_H

#include "http_parse.h"
#include "inet.h"

struct gws_http_identity {
	struct gws_str addr;	/* of the client as text, without brackets */
	u16 port;		/* that it connected to */
	bool believed;		/* it is a trusted proxy */
	bool x_forwarded;	/* X-Forwarded-* and X-Real-IP are written */
	bool forwarded;		/* Forwarded is (RFC 7239) */
	const struct gws_prefix *trusted;
	u32 ntrusted;
};

/*
 * Writes the lines at @out, where there is room for what @req has of such lines
 * and GWS_IDENTITY_ROOM bytes. Returns the end of them.
 */
char *gws_http_identity_write(char *out, const struct gws_http_request *req,
			      const struct gws_http_identity *id);

#endif /* GWS_HTTP_IDENTITY_H */
