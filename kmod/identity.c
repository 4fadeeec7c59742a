// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who a connection's client is: the peer, or whom the PROXY header names that a
 * load balancer begins it with; and what is said of it to backends. The header is
 * read in batches like a head; counting the connection for its new source may
 * sleep, so that is done in the slow part.
 */
#include <linux/inet.h>
#include "conn.h"
#include "http_rewrite.h"
#include "identity.h"
#include "limits.h"
#include "netns.h"
#include "policy.h"
#include "proxy.h"
#include "scratch.h"
#include "source.h"
#include "worker.h"

static void inet_of_addr(const struct gws_addr *addr, struct gws_inet *ip)
{
	memset(ip, 0, sizeof(*ip));
	ip->len = addr->family == AF_INET ? sizeof(struct in_addr) :
					    sizeof(struct in6_addr);
	ip->port = addr->port;
	memcpy(ip->bytes, &addr->ip, ip->len);
	gws_inet_unmap(ip);
}

static void addr_of_inet(const struct gws_inet *ip, struct gws_addr *addr)
{
	memset(addr, 0, sizeof(*addr));
	addr->family = ip->len == sizeof(struct in_addr) ? AF_INET : AF_INET6;
	addr->port = ip->port;
	memcpy(&addr->ip, ip->bytes, ip->len);
}

/* Each connection would pay for what "%pI4" does beside that. */
static u32 inet_write(char *to, __be32 addr)
{
	const u8 *octets = (const u8 *)&addr;
	char *p = gws_put_decimal(to, octets[0]);
	int i;

	for (i = 1; i < 4; i++) {
		*p++ = '.';
		p = gws_put_decimal(p, octets[i]);
	}
	return p - to;
}

static u32 addr_write(char *to, const struct gws_addr *addr)
{
	if (addr->family == AF_INET)
		return inet_write(to, addr->ip.ip);
	return scnprintf(to, INET6_ADDRSTRLEN, "%pI6c", &addr->ip.in6);
}

bool gws_identity_trusted(const struct gws_conn *conn)
{
	const struct gws_policy *policy = conn->policy;
	struct gws_inet from;

	if (!policy)
		return false;
	inet_of_addr(&conn->from, &from);
	return gws_prefixes_have(gws_policy_trusted(policy), policy->ntrusted,
				 &from);
}

/* Once it is settled who the client is. */
static int fields_write(struct gws_conn *conn)
{
	char addr[INET6_ADDRSTRLEN];
	struct gws_str text = { .p = addr };
	int len;

	text.len = addr_write(addr, &conn->from);
	len = gws_http_client_fields(conn->fields, sizeof(conn->fields), text,
				     GWS_STR("http"), conn->port);
	if (WARN_ON_ONCE(len < 0))
		return len;
	conn->fields_len = len;
	if (unlikely(conn->policy))
		conn->described = gws_identity_trusted(conn) ||
				  conn->policy->flags & ~GWS_CLIENT_F_PROXY;
	return 0;
}

int gws_identity_begin(struct gws_conn *conn, const struct gws_addr *from,
		       struct gws_policy *policy)
{
	conn->from = *from;
	conn->port = conn->to.port;
	conn->policy = policy;
	if (likely(!policy || !(policy->flags & GWS_CLIENT_F_PROXY)))
		return fields_write(conn);
	conn->state = GWS_CONN_PROXY;
	return 0;
}

bool gws_identity_admits(const struct gws_policy *policy,
			 const struct gws_addr *from)
{
	struct gws_inet peer;

	if (likely(!policy || !policy->nsenders))
		return true;
	inet_of_addr(from, &peer);
	return gws_prefixes_have(policy->prefixes, policy->nsenders, &peer);
}

static int parse_proxy(const char *buf, u32 len, u32 *resume, void *into)
{
	return gws_proxy_parse(buf, len, into);
}

static void refuse(struct gws_conn *conn)
{
	gws_conn_blame(conn, proxy_header);
	gws_conn_abort(conn);
}

bool gws_identity_read(struct gws_conn *conn)
{
	struct sock *sk = conn->c.sk;
	struct gws_proxy proxy;
	struct gws_cursor c;
	bool eof;
	int ret;

	bh_lock_sock(sk);
	if (sock_owned_by_user(sk)) {
		gws_sock_kick(&conn->c);
		bh_unlock_sock(sk);
		return false;
	}
	gws_cursor_init(&c, sk);
	ret = gws_head_gather(&conn->head, &c, conn->c.worker->scratch,
			      parse_proxy, &proxy);
	gws_cursor_consume(&c);
	eof = sk->sk_shutdown & RCV_SHUTDOWN;
	bh_unlock_sock(sk);

	if (ret > 0) {
		conn->state = GWS_CONN_ADMIT;
		conn->named = proxy.from.len;
		if (conn->named) {
			addr_of_inet(&proxy.from, &conn->from);
			conn->port = proxy.to.port;
		}
		gws_sock_defer(&conn->c);
	} else if (ret == GWS_HEAD_NOMEM) {
		gws_conn_blame(conn, no_memory);
		gws_conn_abort(conn);
	} else if (ret < 0 || (eof && conn->head.len)) {
		refuse(conn);
	} else if (eof) {
		/* Only a check whether somebody listens. */
		gws_conn_close(conn);
	}
	return false;
}

/* From here on it counts for its client, and no more for who sent the header. */
static int source_change(struct gws_conn *conn)
{
	struct gws_net *gn = conn->c.gn;
	struct gws_source *source = gws_source_enter(gn, &conn->from);

	if (IS_ERR(source))
		return PTR_ERR(source);
	gws_source_leave(gn, conn->source);
	conn->source = source;
	return 0;
}

void gws_identity_admit(struct gws_conn *conn)
{
	int err = conn->named ? source_change(conn) : 0;

	if (!err)
		err = fields_write(conn);
	local_bh_disable();
	if (!err) {
		conn->state = GWS_CONN_HEAD;
		gws_conn_deadline(conn, GWS_LIMIT_head_timeout);
		gws_conn_run(conn);
	} else {
		if (err == -EUSERS)
			gws_conn_blame(conn, limit_source_connections);
		else
			gws_conn_blame(conn, no_memory);
		gws_conn_abort(conn);
	}
	local_bh_enable();
}

void gws_identity_describe(const struct gws_conn *conn,
			   struct gws_identity_text *text,
			   struct gws_http_forward *fwd)
{
	const struct gws_policy *policy = conn->policy;

	text->id = (struct gws_http_identity){
		.addr = { text->addr, addr_write(text->addr, &conn->from) },
		.port = conn->port,
		.believed = gws_identity_trusted(conn),
		.x_forwarded = !(policy->flags & GWS_CLIENT_F_NO_X_FORWARDED),
		.forwarded = policy->flags & GWS_CLIENT_F_FORWARDED,
		.trusted = gws_policy_trusted(policy),
		.ntrusted = policy->ntrusted,
	};
	fwd->identity = &text->id;
}
