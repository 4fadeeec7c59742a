/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Fixed limits on what others can make the module hold or do, by owner. Limits
 * that an operator can change at run time are in counters.h; constants that only
 * tune (sizes of batches, budgets of a turn) stand in their files.
 */
#ifndef GWS_LIMITS_H
#define GWS_LIMITS_H

/* http_parse.c: heads of requests and responses. */
enum gws_http_limits {
	/*
	 * Bytes of one head, start line to empty line. Beyond: 431, or 414
	 * while the request line has not ended. Below 64 KiB, since headers
	 * are stored as 16-bit offsets.
	 */
	GWS_HEAD_MAX = 16 * 1024,
	/*
	 * Bytes behind a head that must be readable: a known name may start
	 * at its last byte, and two words of value are loaded behind it.
	 */
	GWS_HEAD_SLACK = 40,
	/* Header lines of one head; Apache's default. Beyond: 431. */
	GWS_HEADERS_MAX = 100,
	/* Bytes of the request target (RFC 9112 3: at least 8000). Beyond: 414. */
	GWS_TARGET_MAX = 8 * 1024,
	/* Bytes of a method; the longest registered has 17. Beyond: 501. */
	GWS_METHOD_MAX = 24,
	/* Bytes of Host: a name of 255, brackets, a port. Beyond: 400. */
	GWS_HOST_MAX = 270,
	/* Of a host's name; as GWS_HOSTNAME_MAX, which no name that is configured exceeds. */
	GWS_HOST_NAME_MAX = 253,
	/* Empty lines before a request line (RFC 9112 2.2: at least 1). 400. */
	GWS_EMPTY_LINES_MAX = 2,
	/* Digits of Content-Length: 18 nines fit a signed 64-bit number. 400. */
	GWS_LENGTH_DIGITS_MAX = 18,
	/* Field names that Connection may nominate; each costs a walk. 400. */
	GWS_NOMINATED_MAX = 16,
	/*
	 * Bytes of them together: each is compared with every field of its
	 * length, so long ones of one length would cost ten times a plain parse.
	 * 400.
	 */
	GWS_NOMINATED_BYTES_MAX = 512,
	/*
	 * Passes of one request through gateways of our kind, counted in Via.
	 * Chained gateways are legitimate, a loop ends here. Beyond: 508.
	 */
	GWS_VIA_MAX = 8,
};

/* http_body.c: chunked framing. Beyond any of them: 400, from a backend 502. */
enum gws_body_limits {
	/* Hex digits of a chunk size: 60 bits, never overflows. */
	GWS_CHUNK_DIGITS_MAX = 15,
	/* Bytes of one chunk line with its extensions, without CRLF. */
	GWS_CHUNK_LINE_MAX = 256,
	/*
	 * Bytes of chunk extensions in one message: they are work without
	 * payload (the class of CVE-2023-39326).
	 */
	GWS_CHUNK_EXTENSIONS_MAX = 16 * 1024,
	/* Bytes of the trailer section. */
	GWS_TRAILER_MAX = 4 * 1024,
	/* Room for a chunk line of our own: 8 hex digits, CRLF. */
	GWS_CHUNK_HEAD_MAX = 10,
};

/* proxy.c */
enum gws_proxy_limits {
	/*
	 * Bytes of a header of version 2, TLVs included: what of a client's
	 * certificate and the like senders add. Beyond: refused.
	 */
	GWS_PROXY_MAX = 4096,
};

/* http_identity.c */
enum gws_identity_limits {
	/* Addresses of X-Forwarded-For, from the last, that are looked at. */
	GWS_HOPS_MAX = 32,
};

/* http_rewrite.c, http_reply.c: bytes that we add. */
enum gws_http_rooms {
	/* The lines of gws_http_identity_write(), beyond what came in the head. */
	GWS_IDENTITY_ROOM = 512 + 2 * GWS_HOST_MAX,
	/* The lines that gws_http_client_fields() writes. */
	GWS_CLIENT_FIELDS_MAX = 256,
	/* The largest answer that gws_http_reply_write() gives. */
	GWS_REPLY_MAX = 256,
	/* What gws_http_write_request() adds of its own at most. */
	GWS_REQUEST_ROOM = 160,
	/* What gws_http_write_response() adds to a head at most. */
	GWS_RESPONSE_ROOM = 96,
};

/* http_memo.c: heads remembered by a worker; 226 KiB in all. */
enum gws_memo_limits {
	/* Bytes of one head; longer ones are parsed every time. */
	GWS_MEMO_HEAD_MAX = 768,
	/* Of each kind; a power of two. */
	GWS_MEMO_SLOTS = 32,
};

/* exchange.c */
enum gws_exchange_limits {
	/*
	 * Interim responses to one request: each is progress, so they could go
	 * on for ever. Beyond: 502.
	 */
	GWS_INTERIM_MAX = 1000,
	/*
	 * Milliseconds without a byte of a response to a request whose rule has
	 * times of its own: the most that response_timeout can be. Without an end
	 * a backend that is no more would keep its client's connection for good.
	 */
	GWS_RESPONSE_MS_MAX = 3600 * 1000,
};

/* log.c, log_send.c: the access log. */
enum gws_log_limits {
	/* Bytes kept of a path with its query, and of a header's value. */
	GWS_LOG_TARGET_MAX = 1024,
	GWS_LOG_FIELD_MAX = 256,
	/* Subscribers of a namespace; each costs a copy of every message. */
	GWS_LOG_SUBSCRIBERS_MAX = 8,
	/*
	 * Bytes of a message: twice the largest record, which has 4.8 KiB, and
	 * no more than the allocator gives without waiting.
	 */
	GWS_LOG_MESSAGE_MAX = 8 * 1024,
};

/* pick.c */
enum gws_pick_limits {
	/* backendRefs of one rule (Gateway API maxItems). */
	GWS_BACKENDS_MAX = 16,
	/* Weight of one backendRef (Gateway API maximum). */
	GWS_WEIGHT_MAX = 1000000,
	/* Entries (bytes) of a precomputed schedule; above it is calculated. */
	GWS_SCHEDULE_MAX = 4096,
};

/* decode_filter.c: beyond any of them a commit is refused. */
enum gws_filter_limits {
	/* Fields of one filter: set, add, remove 16 each (Gateway API maxItems). */
	GWS_FILTER_FIELDS_MAX = 48,
	/* Origins of one filter (Gateway API maxItems): each is looked at. */
	GWS_ORIGINS_MAX = 64,
	/*
	 * Mirrors of a rule, and of a backend (Gateway API maxItems of filters):
	 * both together have a bit each.
	 */
	GWS_MIRRORS_MAX = 16,
	/*
	 * Bytes of all filters of one rule, as attributes: with them it still
	 * fits one dumped message, and a head grows by less than its maximum.
	 */
	GWS_FILTERS_MAX = 16 * 1024,
};

/* decode.c, transaction.c, binds.c: beyond any of them a commit is refused. */
enum gws_config_limits {
	/* Objects of a namespace. */
	GWS_LISTENERS_MAX = 16384,
	GWS_TABLES_MAX = 65536,
	GWS_CLUSTERS_MAX = 65536,
	/* Different addresses and ports of a namespace; counted in 16 bits. */
	GWS_BINDS_MAX = 65535,
	/* Networks of clients that one listener names. */
	GWS_PREFIXES_MAX = 256,
	/* Binds of one listener: a NodePort, the node's addresses, some more. */
	GWS_LISTENER_BINDS_MAX = 256,
	/* Listeners of one bind: they are walked for every request. */
	GWS_BIND_LISTENERS_MAX = 1024,
	/* Of one table. */
	GWS_RULES_MAX = 16384,
	GWS_MATCHES_MAX = 65536,
	/* Regular expressions of one table. */
	GWS_REGEXES_MAX = 4096,
	/* Header matches of one match, and queries (Gateway API maxItems). */
	GWS_MATCH_HEADERS_MAX = 16,
	GWS_ENDPOINTS_MAX = 16384,
	/* Bytes of messages that one transaction keeps. */
	GWS_STAGED_MAX = 256 * 1024 * 1024,
	/* Bytes of one dumped message: holds the largest rule or match. */
	GWS_DUMP_MAX = 32 * 1024,
	/* Connections that a worker describes before it goes on with its work. */
	GWS_DUMP_CONNS = 128,
	/* Bytes of the answer to GET_INFO. */
	GWS_INFO_MAX = 16 * 1024,
};

/* match.c */
enum gws_match_limits {
	/* So many matches are compared in order; more have an index. */
	GWS_MATCH_WALK_MAX = 4,
	/*
	 * So many, without regular expressions, are compared in some
	 * microseconds, even if an index is of no use for them.
	 */
	GWS_MATCH_QUICK_MAX = 64,
	/*
	 * So many headers and parameters, together. A head of 100 fields whose names
	 * are as long as the wanted one makes 1000 of them cost 12 ms.
	 */
	GWS_MATCH_CONDITIONS_MAX = 16,
};

/* test_route.c */
enum gws_test_limits {
	/* Matches that one answer tells about. */
	GWS_TRIED_MAX = 64,
	/*
	 * Bytes of the answer: 40 for each, the host and path that a redirect
	 * may bring, and some. What it takes from the request comes on top.
	 */
	GWS_TEST_REPLY_MAX = 6144,
};

/* table.c */
enum gws_route_limits {
	/* Longer hosts are looked up for every request. */
	GWS_HINT_HOST_MAX = 64,
};

/* stream.h: what a direction of a connection holds besides socket buffers. */
enum gws_pipe_limits {
	/* 16 fragments of one skb and a chunk line. */
	GWS_PIPE_SLOTS = 18,
	/* Bytes pinned. No more is read from the source. */
	GWS_PIPE_BYTES = 128 * 1024,
};

/* worker.c */
enum gws_worker_limits {
	/*
	 * Bytes sent in one section with BH off, and what one more step of an
	 * exchange sends: without it 16 sockets of 8 steps came to 16 MiB.
	 */
	GWS_SECTION_BYTES = 256 * 1024,
	/*
	 * Nanoseconds that a request may have taken until its rule was found;
	 * beyond it the section ends as well, since the next may take as long.
	 */
	GWS_SECTION_NS = 250 * 1000,
};

/* request.c */
enum gws_request_limits {
	/*
	 * Endpoints tried, or connections to one, before the answer is 502; where
	 * the rule says nothing of it.
	 */
	GWS_TRIES_MAX = 3,
};

/* retry.c, hold.c */
enum gws_retry_limits {
	/* Wait before a second try where the rule says none, and its growth. */
	GWS_BACKOFF_MS = 25,
	GWS_BACKOFF_DOUBLINGS = 3,
	/*
	 * Bytes of one request with a body, as forwarded, that are kept for a
	 * further try or to be mirrored. A longer one is sent once, and not mirrored.
	 */
	GWS_HOLD_BYTES = 64 * 1024,
};

/* endpoint.c */
enum gws_endpoint_limits {
	/* The time that an endpoint is set aside doubles so often, while it fails. */
	GWS_ASIDE_DOUBLINGS = 3,
};

/* upstream.c */
enum gws_upstream_limits {
	/*
	 * So long after its last answer an idle connection still takes a
	 * request that cannot be sent again: the peer was alive just now, and
	 * no server in use closes an idle connection that early (the shortest
	 * default known is gunicorn's, 2 s). What is left is a peer that closes
	 * while the request is on its way; a fresh connection for each would
	 * use up the local ports at some 470 requests per second and endpoint.
	 */
	GWS_PROVEN_MS = 1000,
};

/* steer.c */
enum gws_steer_limits {
	/*
	 * A process that listened on a host port keeps it so long after the
	 * last SYN that it got: it may only be restarting.
	 */
	GWS_CEDED_HOLD_MS = 5000,
	/* Addresses and ports remembered as ceded; some push others out. */
	GWS_CEDED_SLOTS = 64,
};

#endif /* GWS_LIMITS_H */
