/* SPDX-License-Identifier: GPL-2.0-only */
/* Who a connection's client is, and what backends are told of it. */
#ifndef GWS_IDENTITY_H
#define GWS_IDENTITY_H

#include <linux/inet.h>
#include <linux/types.h>
#include "http_identity.h"

struct gws_addr;
struct gws_conn;
struct gws_http_forward;
struct gws_policy;

/* May @from connect at all? Only those who may send a PROXY header, if any. */
bool gws_identity_admits(const struct gws_policy *policy,
			 const struct gws_addr *from);

/*
 * For a new connection from @from; takes over the reference on @policy, which may
 * be NULL. Sets the state when a PROXY header comes first. 0 or -ENOSPC.
 */
int gws_identity_begin(struct gws_conn *conn, const struct gws_addr *from,
		       struct gws_policy *policy);

/* GWS_CONN_PROXY: reads the header. True when conn_run should look again. */
bool gws_identity_read(struct gws_conn *conn);

/* GWS_CONN_ADMIT, in process context: the client is known. */
void gws_identity_admit(struct gws_conn *conn);

/* Is the client a proxy that is believed? Once it is settled who it is. */
bool gws_identity_trusted(const struct gws_conn *conn);

/* What gws_identity_describe() has @fwd refer to; used as long as that is. */
struct gws_identity_text {
	struct gws_http_identity id;
	char addr[INET6_ADDRSTRLEN];
};

/* What a request of a connection that is @described says of its client. */
void gws_identity_describe(const struct gws_conn *conn,
			   struct gws_identity_text *text,
			   struct gws_http_forward *fwd);

#endif /* GWS_IDENTITY_H */
