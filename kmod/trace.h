/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints (/sys/kernel/tracing/events/gwsteer): what happens to a
 * connection, in the order steer, accept, then for each request matched,
 * picked, upstream, and close. @conn only tells connections apart.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM gwsteer

#if !defined(GWS_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define GWS_TRACE_H

#include <linux/tracepoint.h>
#include <net/ipv6.h>
#include "counters.h"
#include "table.h"

/* One pair of __print_symbolic(). */
#define GWS_TRACE_REASON(name)	{ GWS_REASON_##name, #name },

TRACE_DEFINE_ENUM(GWS_BIND_NODEPORT);
TRACE_DEFINE_ENUM(GWS_BIND_ADDRESS);
TRACE_DEFINE_ENUM(GWS_BIND_HOST);
TRACE_DEFINE_ENUM(GWS_VERDICT_BACKEND);
TRACE_DEFINE_ENUM(GWS_VERDICT_NO_LISTENER);
TRACE_DEFINE_ENUM(GWS_VERDICT_NO_HOST);
TRACE_DEFINE_ENUM(GWS_VERDICT_NO_RULE);
TRACE_DEFINE_ENUM(GWS_VERDICT_INVALID);
TRACE_DEFINE_ENUM(GWS_VERDICT_FILTER);
#define X(name) TRACE_DEFINE_ENUM(GWS_REASON_##name);
GWS_REASON_LIST(X)
#undef X
TRACE_DEFINE_ENUM(GWS_REASON_COUNT);

/* IPv4 addresses are kept as mapped ones, so that one format prints both. */
#ifndef GWS_TRACE_ADDR
#define GWS_TRACE_ADDR
static inline void gws_trace_addr(struct in6_addr *to,
				  const struct gws_addr *addr)
{
	if (addr->family == AF_INET6)
		*to = addr->ip.in6;
	else
		ipv6_addr_set_v4mapped(addr->ip.ip, to);
}

/* An event of perf has 8 KiB, and is refused with a WARN where it would be longer. */
static inline u32 gws_trace_len(const struct gws_str *path)
{
	return min_t(u32, path->len, 4096);
}
#endif

/* A segment was handed to a listener; @syn: else the ACK of a SYN cookie. */
TRACE_EVENT(gws_steer,
	TP_PROTO(const struct gws_addr *from, const struct gws_addr *to,
		 int bind, bool syn),
	TP_ARGS(from, to, bind, syn),
	TP_STRUCT__entry(
		__array(u8, from, 16)
		__array(u8, to, 16)
		__field(u16, from_port)
		__field(u16, to_port)
		__field(u8, bind)
		__field(bool, syn)
	),
	TP_fast_assign(
		gws_trace_addr((struct in6_addr *)__entry->from, from);
		gws_trace_addr((struct in6_addr *)__entry->to, to);
		__entry->from_port = from->port;
		__entry->to_port = to->port;
		__entry->bind = bind;
		__entry->syn = syn;
	),
	TP_printk("from=[%pI6c]:%u to=[%pI6c]:%u bind=%s %s",
		  __entry->from, __entry->from_port,
		  __entry->to, __entry->to_port,
		  __print_symbolic(__entry->bind,
				   { GWS_BIND_NODEPORT, "nodeport" },
				   { GWS_BIND_ADDRESS, "address" },
				   { GWS_BIND_HOST, "host" }),
		  __entry->syn ? "syn" : "cookie")
);

TRACE_EVENT(gws_accept,
	TP_PROTO(const void *conn, const struct gws_addr *from,
		 const struct gws_addr *to),
	TP_ARGS(conn, from, to),
	TP_STRUCT__entry(
		__field(const void *, conn)
		__array(u8, from, 16)
		__array(u8, to, 16)
		__field(u16, from_port)
		__field(u16, to_port)
	),
	TP_fast_assign(
		__entry->conn = conn;
		gws_trace_addr((struct in6_addr *)__entry->from, from);
		gws_trace_addr((struct in6_addr *)__entry->to, to);
		__entry->from_port = from->port;
		__entry->to_port = to->port;
	),
	TP_printk("conn=%p from=[%pI6c]:%u to=[%pI6c]:%u", __entry->conn,
		  __entry->from, __entry->from_port,
		  __entry->to, __entry->to_port)
);

/* A request was routed; @host and @path as they were matched, up to 4096 octets. */
TRACE_EVENT(gws_matched,
	TP_PROTO(const void *conn, int verdict, const struct gws_str *host,
		 const struct gws_str *path),
	TP_ARGS(conn, verdict, host, path),
	TP_STRUCT__entry(
		__field(const void *, conn)
		__field(u8, verdict)
		__dynamic_array(char, host, host->len + 1)
		__dynamic_array(char, path, gws_trace_len(path) + 1)
	),
	TP_fast_assign(
		__entry->conn = conn;
		__entry->verdict = verdict;
		memcpy(__get_dynamic_array(host), host->p, host->len);
		((char *)__get_dynamic_array(host))[host->len] = 0;
		memcpy(__get_dynamic_array(path), path->p, gws_trace_len(path));
		((char *)__get_dynamic_array(path))[gws_trace_len(path)] = 0;
	),
	TP_printk("conn=%p verdict=%s host=%s path=%s", __entry->conn,
		  __print_symbolic(__entry->verdict,
				   { GWS_VERDICT_BACKEND, "backend" },
				   { GWS_VERDICT_NO_LISTENER, "no_listener" },
				   { GWS_VERDICT_NO_HOST, "no_host" },
				   { GWS_VERDICT_NO_RULE, "no_rule" },
				   { GWS_VERDICT_INVALID, "invalid" },
				   { GWS_VERDICT_FILTER, "filter" }),
		  (char *)__get_dynamic_array(host),
		  (char *)__get_dynamic_array(path))
);

/* The endpoint that the request goes to. */
TRACE_EVENT(gws_picked,
	TP_PROTO(const void *conn, const struct gws_addr *endpoint),
	TP_ARGS(conn, endpoint),
	TP_STRUCT__entry(
		__field(const void *, conn)
		__array(u8, endpoint, 16)
		__field(u16, port)
	),
	TP_fast_assign(
		__entry->conn = conn;
		gws_trace_addr((struct in6_addr *)__entry->endpoint, endpoint);
		__entry->port = endpoint->port;
	),
	TP_printk("conn=%p endpoint=[%pI6c]:%u", __entry->conn,
		  __entry->endpoint, __entry->port)
);

/* A connection to it: an idle one, a new one, or why there is none. */
TRACE_EVENT(gws_upstream,
	TP_PROTO(const void *conn, const struct gws_addr *endpoint, bool reused,
		 int err),
	TP_ARGS(conn, endpoint, reused, err),
	TP_STRUCT__entry(
		__field(const void *, conn)
		__array(u8, endpoint, 16)
		__field(u16, port)
		__field(bool, reused)
		__field(int, err)
	),
	TP_fast_assign(
		__entry->conn = conn;
		gws_trace_addr((struct in6_addr *)__entry->endpoint, endpoint);
		__entry->port = endpoint->port;
		__entry->reused = reused;
		__entry->err = err;
	),
	TP_printk("conn=%p endpoint=[%pI6c]:%u %s err=%d", __entry->conn,
		  __entry->endpoint, __entry->port,
		  __entry->reused ? "reused" : "new", __entry->err)
);

/* @reason: enum gws_reason, GWS_REASON_COUNT for an ordinary end. */
TRACE_EVENT(gws_close,
	TP_PROTO(const void *conn, int reason),
	TP_ARGS(conn, reason),
	TP_STRUCT__entry(
		__field(const void *, conn)
		__field(u8, reason)
	),
	TP_fast_assign(
		__entry->conn = conn;
		__entry->reason = reason;
	),
	TP_printk("conn=%p reason=%s", __entry->conn,
		  __print_symbolic(__entry->reason,
				   GWS_REASON_LIST(GWS_TRACE_REASON)
				   { GWS_REASON_COUNT, "none" }))
);

#endif /* GWS_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
