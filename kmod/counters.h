/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The names of all counters and limits of a network namespace, in one place.
 * sysfs, netlink and gwctl take them from these lists.
 */
#ifndef GWS_COUNTERS_H
#define GWS_COUNTERS_H

#include <linux/types.h>

/* X(name): monotonic totals. */
#define GWS_COUNTER_LIST(X)						\
	X(connections_accepted)						\
	X(connections_closed)						\
	X(connections_aborted)						\
	X(connections_refused)						\
	X(requests)							\
	X(responses_1xx)						\
	X(responses_2xx)						\
	X(responses_3xx)						\
	X(responses_4xx)						\
	X(responses_5xx)						\
	X(bytes_rx)							\
	X(bytes_tx)							\
	X(upstream_connects)						\
	X(upstream_connect_failures)					\
	X(upstream_reuses)						\
	X(upstream_replays)						\
	X(upstream_retries)						\
	X(upstream_closed)						\
	X(syn_steered)							\
	X(syn_ceded)							\
	X(address_resets)						\
	X(redirects)							\
	X(preflights)							\
	X(mirrors)							\
	X(mirrors_answered)						\
	X(commits)							\
	X(commit_failures)						\
	X(log_sent)							\
	X(log_lost)

/*
 * X(name): why a request was not answered by a backend, or why a connection
 * ended early. Reasons of the HTTP parsers come from GWS_HTTP_ERRORS besides.
 * Those of mirrors are for copies of requests: each of the counter mirrors is
 * answered, or counts in one of them, or is still under way.
 */
#define GWS_REASON_LIST(X)						\
	X(no_listener)							\
	X(no_host)							\
	X(no_rule)							\
	X(invalid_backend)						\
	X(no_endpoint)							\
	X(connect_failed)						\
	X(connect_timeout)						\
	X(upstream_reset)						\
	X(upstream_bad_response)					\
	X(upstream_timeout)						\
	X(upstream_truncated)						\
	X(request_timeout)						\
	X(backend_timeout)						\
	X(tunnel_idle)							\
	X(client_reset)							\
	X(client_idle)							\
	X(client_timeout)						\
	X(client_stalled)						\
	X(client_slow)							\
	X(client_slow_reader)						\
	X(body_malformed)						\
	X(limit_connections)						\
	X(limit_source_connections)					\
	X(limit_endpoint_connections)					\
	X(no_port)							\
	X(connect_denied)						\
	X(limit_memory)							\
	X(slow_cut)							\
	X(no_memory)							\
	X(proxy_header)							\
	X(proxy_sender)							\
	X(plain_path_refused)						\
	X(closing_expired)						\
	X(mirror_unfinished)						\
	X(mirror_too_long)						\
	X(mirror_upgrade)						\
	X(mirror_limit)							\
	X(mirror_no_memory)						\
	X(mirror_no_endpoint)						\
	X(mirror_connect)						\
	X(mirror_timeout)						\
	X(mirror_reset)							\
	X(mirror_bad_response)

/* X(name): what there is now; gws_gauge_value() knows where. */
#define GWS_GAUGE_LIST(X)						\
	X(connections)							\
	X(tunnels)							\
	X(mirrors_under_way)						\
	X(sockets)							\
	X(sources)							\
	X(memory_held)							\
	X(memory_max)							\
	X(log_subscribers)

/*
 * X(name, default, min, max): limits of a namespace, changeable at run time.
 * Times are in milliseconds, sizes in bytes, memory_percent is of tcp_mem.
 * head_bytes and head_fields can only be less than what the parser takes.
 * body_rate is what a client must send of a body, in bytes per second, lest
 * stall_timeout run out; read_rate is what it must take of a response, lest
 * stall_timeout or, at the end, close_timeout run out. 0: one byte per time-out
 * will do. Each segment counts as a jiffy's worth at least. The default is that
 * of IIS and Kestrel.
 */
#define GWS_LIMIT_LIST(X)						\
	X(connections, 65536, 1, 1048576)				\
	X(source_connections, 16384, 1, 1048576)			\
	X(endpoint_connections, 4096, 1, 65536)				\
	X(endpoint_idle, 128, 0, 65536)					\
	X(head_bytes, 16384, 256, 16384)				\
	X(head_fields, 100, 1, 100)					\
	X(mirrors, 1024, 0, 65536)					\
	X(head_timeout, 10000, 100, 600000)				\
	X(idle_timeout, 60000, 100, 3600000)				\
	X(connect_timeout, 5000, 100, 600000)				\
	X(response_timeout, 60000, 100, 3600000)			\
	X(stall_timeout, 60000, 100, 3600000)				\
	X(body_rate, 240, 0, 1048576)					\
	X(read_rate, 240, 0, 1048576)					\
	X(tunnel_timeout, 3600000, 1000, 86400000)			\
	X(close_timeout, 10000, 100, 600000)				\
	X(upstream_idle_timeout, 30000, 100, 3600000)			\
	X(set_aside, 3000, 0, 600000)					\
	X(socket_buffer, 262144, 16384, 4194304)			\
	X(memory_percent, 50, 1, 100)					\
	X(backlog, 4096, 16, 65535)					\
	X(log_buffer, 1048576, 4096, 67108864)

enum gws_counter {
#define X(name) GWS_CNT_##name,
	GWS_COUNTER_LIST(X)
#undef X
	GWS_CNT_COUNT
};

enum gws_reason {
#define X(name) GWS_REASON_##name,
	GWS_REASON_LIST(X)
#undef X
	GWS_REASON_COUNT
};

enum gws_gauge {
#define X(name) GWS_GAUGE_##name,
	GWS_GAUGE_LIST(X)
#undef X
	GWS_GAUGE_COUNT
};

enum gws_limit {
#define X(name, def, min, max) GWS_LIMIT_##name,
	GWS_LIMIT_LIST(X)
#undef X
	GWS_LIMIT_COUNT
};

#endif /* GWS_COUNTERS_H */
