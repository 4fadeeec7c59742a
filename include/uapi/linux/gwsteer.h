/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * gwsteer: generic netlink protocol between the gwsteer module and user space.
 *
 * Family "gwsteer", version GWS_GENL_VERSION. Every command, dumps included,
 * needs CAP_NET_ADMIN in the initial user namespace. All state is per network
 * namespace: a socket sees and changes the namespace it was opened in.
 *
 * Integers are in host byte order, ports too; addresses are in network byte
 * order. Strings are NUL-terminated. Ids are chosen by user space, non-zero,
 * unique per kind of object and stable for the life of the object.
 *
 * Objects
 * -------
 * listener  one listener of a Gateway: its names, hostname and binds (the
 *           addresses and ports where its traffic is taken from).
 * table     the routes of one listener for one hostname: rules, and matches in
 *           precedence order, each naming its rule.
 * cluster   one port of a backend Service: its endpoints.
 *
 * Transactions
 * ------------
 * GWS_CMD_BEGIN opens a transaction for the sending socket, one per namespace
 * at a time. PUT and DEL commands of that socket stage changes; nothing is
 * visible. GWS_CMD_COMMIT checks the whole and applies it at once, or not at
 * all; the generation then is one higher. GWS_CMD_ABORT or the socket's close
 * drops what was staged. A PUT replaces the object of that id whole.
 * References (table to listener, backend or mirror to cluster) are checked at
 * COMMIT against the state that the transaction leaves. COMMIT ends the
 * transaction whether it succeeds or not. What does not fit its policy (types,
 * lengths, nests without NLA_F_NESTED) is refused at once, the rest at COMMIT.
 *
 * An object that does not fit one message (64 KiB) is continued: further PUTs
 * of the same id with GWS_A_FLAGS = GWS_F_APPEND add binds, rules, regexes,
 * matches or endpoints to what this transaction staged for the id; they carry
 * the id, the flags and such items only.
 *
 * Trees (attribute: type; * = may repeat, ? = optional)
 *
 * GWS_CMD_GET_INFO (do)
 *   reply: GWS_A_VERSION string; GWS_A_ABI u32; GWS_A_GENERATION u64;
 *          GWS_A_MEMORY u64 (bytes held by configuration objects);
 *          GWS_A_COUNTER* { GWS_A_CNT_NAME string, GWS_A_CNT_VALUE u64 }
 *              (totals, gauges and drop reasons; names are stable);
 *          GWS_A_LIMIT* { GWS_A_LIM_NAME string, GWS_A_LIM_VALUE u64,
 *              GWS_A_LIM_DEFAULT u64 }
 *
 * GWS_CMD_SET_LIMIT: GWS_A_LIMIT { GWS_A_LIM_NAME, GWS_A_LIM_VALUE }
 *   errors: ENOENT no such limit, ERANGE value out of range
 *
 * GWS_CMD_BEGIN: GWS_A_GENERATION u64 (the generation the changes build on)
 *   errors: EBUSY another socket has a transaction open;
 *           ESTALE the generation is not the current one
 *
 * GWS_CMD_PUT_LISTENER
 *   GWS_A_ID u32; GWS_A_FLAGS u32?; GWS_A_DIGEST u64?
 *   GWS_A_NAMESPACE string; GWS_A_GATEWAY string; GWS_A_SECTION string
 *   GWS_A_SET_NAMESPACE string?; GWS_A_SET string? (of a ListenerSet)
 *   GWS_A_PROTOCOL u8 (enum gws_protocol); GWS_A_PORT u16 (spec.port)
 *   GWS_A_HOSTNAME string? ("" = any, "*.example.com", "example.com"; lower case)
 *   GWS_A_BIND* { GWS_A_BIND_ADDR binary[4|16]? (absent: every local address,
 *                 both families), GWS_A_BIND_PORT u16,
 *                 GWS_A_BIND_KIND u8 (enum gws_bind_kind) }
 *   GWS_A_CLIENT? { GWS_A_CLIENT_FLAGS u32? (GWS_CLIENT_F_*),
 *                   GWS_A_CLIENT_SENDER* { GWS_A_NET_ADDR binary[4|16],
 *                                          GWS_A_NET_BITS u8 },
 *                   GWS_A_CLIENT_TRUSTED* { the same },
 *                   GWS_A_CLIENT_LIMIT* { GWS_A_LIM_NAME, GWS_A_LIM_VALUE } }
 *   Who its clients are. With F_PROXY each connection begins with a header of
 *   the PROXY protocol, sent from one of the networks SENDER if there are any.
 *   What a client from one of the networks TRUSTED says of the one that it
 *   speaks for is believed. Bits of an address beyond the network's are 0.
 *   LIMIT is one of head_timeout, idle_timeout, response_timeout, stall_timeout,
 *   body_rate, read_rate and tunnel_timeout that its connections have instead of the
 *   namespace's.
 *   Listeners that share a bind are told apart by hostname, the most specific
 *   first; they must agree on protocol, kind and GWS_A_CLIENT. The names of an id
 *   cannot change, and no two listeners have the same (counters go by names).
 *   NODEPORT has no address, ADDRESS has one.
 *
 * GWS_CMD_PUT_TABLE
 *   GWS_A_ID u32; GWS_A_FLAGS u32?; GWS_A_DIGEST u64?
 *   GWS_A_LISTENER u32; GWS_A_HOSTNAME string ("" = any)
 *   GWS_A_RULE* {
 *     GWS_A_RULE_KIND u8 (enum gws_route_kind), GWS_A_RULE_NAMESPACE string,
 *     GWS_A_RULE_ROUTE string, GWS_A_RULE_NAME string (its name or index),
 *     GWS_A_RULE_BACKEND* {
 *       GWS_A_BACKEND_CLUSTER u32 (0: invalid reference, its share gets 500),
 *       GWS_A_BACKEND_WEIGHT u32, GWS_A_BACKEND_NAME string,
 *       GWS_A_BACKEND_FILTER* (as of the rule) },
 *     GWS_A_RULE_TIMEOUT u32? (milliseconds from the request's head to the end
 *       of the response; 0: none),
 *     GWS_A_RULE_TRY_TIMEOUT u32? (the same for each try of a backend; with either
 *       of the two the limit response_timeout does not end its requests),
 *     GWS_A_RULE_RETRY? {
 *       GWS_A_RETRY_ATTEMPTS u32 (further tries, at most 1000; 0: none at all),
 *       GWS_A_RETRY_BACKOFF u32? (milliseconds before the first of them),
 *       GWS_A_RETRY_CODES binary u16[]? (statuses 400..599 that are tried again)
 *     },
 *     GWS_A_RULE_FILTER* {
 *       GWS_A_FILTER_KIND u8 (enum gws_filter_kind),
 *       of REQUEST_HEADERS and RESPONSE_HEADERS, in this order:
 *         GWS_A_FILTER_SET* { GWS_A_HDR_NAME string, GWS_A_HDR_VALUE string },
 *         GWS_A_FILTER_ADD* (the same), GWS_A_FILTER_REMOVE* string;
 *       of REDIRECT: GWS_A_FILTER_SCHEME string, GWS_A_FILTER_PORT u16?
 *         (absent: none is written), GWS_A_FILTER_STATUS u16 (301, 302, 303,
 *         307, 308); of REDIRECT and REWRITE:
 *         GWS_A_FILTER_HOSTNAME string? (absent: stays),
 *         GWS_A_FILTER_REPLACE u8? (enum gws_replace_kind),
 *         GWS_A_FILTER_PATH string? (normalised; of REPLACE; "" is allowed
 *         for a prefix), GWS_A_FILTER_PREFIX string? (of REPLACE_PREFIX: what
 *         is replaced, without '/' at its end, "" for the prefix "/");
 *       of CORS: GWS_A_FILTER_ORIGIN* string ("https://a.example:8443",
 *         a '*' may stand for the beginning of the host; "*"),
 *         GWS_A_FILTER_METHOD* string, GWS_A_FILTER_HEADER* string,
 *         GWS_A_FILTER_EXPOSE* string ("*" in each of them: all),
 *         GWS_A_FILTER_CREDENTIALS u8?, GWS_A_FILTER_MAX_AGE u32;
 *       of MIRROR: GWS_A_FILTER_CLUSTER u32, GWS_A_FILTER_NAME string
 *         ("namespace/service:port"), GWS_A_FILTER_NUMERATOR u32,
 *         GWS_A_FILTER_DENOMINATOR u32 (of that many requests in a row so many
 *         are copied; not less than the numerator) } }
 *   GWS_A_REGEX* {
 *     GWS_A_REGEX_TEXT string (the expression, for people),
 *     GWS_A_REGEX_DFA binary (struct gws_dfa; not in dumps) }
 *   GWS_A_MATCH* {
 *     GWS_A_MATCH_RULE u32 (index of the rule in this table, from 0),
 *     GWS_A_MATCH_PATH_KIND u8 (enum gws_path_kind),
 *     GWS_A_MATCH_PATH string (normalised),
 *     GWS_A_MATCH_HEADER* { GWS_A_HDR_NAME string, GWS_A_HDR_VALUE string },
 *     GWS_A_MATCH_METHOD string? (a token, compared exactly),
 *     GWS_A_MATCH_QUERY* { GWS_A_HDR_NAME string (not empty),
 *                          GWS_A_HDR_VALUE string } (of parameters, as meant:
 *         "a b" is met by q=a+b and q=a%20b; of a name that a query has twice
 *         the first counts),
 *     GWS_A_MATCH_PATH_REGEX u32 (index of a GWS_A_REGEX of this table, from 0;
 *         with GWS_PATH_REGEX, instead of GWS_A_MATCH_PATH) }
 *   GWS_A_HDR_REGEX u32, such an index, may stand for GWS_A_HDR_VALUE. The whole
 *   path, header or parameter must be of the expression's language.
 *   All parts of a match must fit. At most 16 headers and 16 queries.
 *   Hostnames are tried from the most specific table to the least, in each the
 *   first match wins; a request that no rule of a table matches goes on to
 *   the next less specific hostname of the same listener.
 *   A rule without backends, or with weights that sum to 0, answers 500.
 *   Times are below 2^31, that of a try is not above that of the request. Without
 *   GWS_A_RULE_RETRY a connection that cannot be made is tried three times.
 *   Filters of the rule act first, then those of the backend that was picked;
 *   of several that set a host or a path, the last one counts, and a path is
 *   always made of the one that was matched. Each kind may stand once in a
 *   list, MIRROR up to 16 times. What is copied is what the backend gets.
 *   Fields of framing and of one hop cannot be set, added or removed;
 *   of requests neither Host, Expect and Via. At most 16 KiB of filters in a
 *   rule, its backends' included. A rule with a redirect needs no backend. A rule
 *   with CORS answers preflights itself; what backends say of CORS is replaced.
 *   Where these are filters of a backend, requests for which it was picked are
 *   answered so; its CORS stands in for that of the rule, which is asked first.
 *   A rule is known by kind, namespace, route and name; once in a table, the
 *   same in the tables of a listener's other hostnames: they share counters
 *   and, with the same weights, the sequence of picks. Since a name could look
 *   like an index, GWS_A_RULE_NAME is the index also for rules whose name is
 *   made of digits alone.
 *
 * GWS_CMD_PUT_CLUSTER
 *   GWS_A_ID u32; GWS_A_FLAGS u32?; GWS_A_DIGEST u64?
 *   GWS_A_NAME string ("namespace/service:port"); GWS_A_PROTOCOL u8
 *   GWS_A_ENDPOINT* { GWS_A_EP_ADDR binary[4|16], GWS_A_EP_PORT u16,
 *                     GWS_A_EP_FLAGS u32 (GWS_EP_F_*) }
 *   New requests go to endpoints that are ready; where none is, to those that are
 *   serving; without any the answer is 503. Refused are addresses that
 *   are loopback, unspecified, multicast, link-local or IPv4 in IPv6, and the
 *   address and port of a bind.
 *
 * GWS_CMD_DEL_LISTENER, GWS_CMD_DEL_TABLE, GWS_CMD_DEL_CLUSTER: GWS_A_ID u32
 *   errors: ENOENT
 *
 * Errors of PUT and DEL
 *   ENOTCONN this socket has no transaction, EINVAL (APPEND with nothing
 *   staged), ENOMEM, E2BIG (more than 256 MiB staged)
 *
 * GWS_CMD_COMMIT
 *   reply: GWS_A_GENERATION u64 (the new one)
 *   errors: EINVAL with an extack text that names object and attribute,
 *           ECANCELED a PUT or DEL of the transaction failed before (one that
 *           broke its policy is not counted: look at every ACK),
 *           ENOMEM, ENOTCONN this socket has no transaction; at the first
 *           COMMIT of a namespace also what making its sockets and hooks gave
 * GWS_CMD_ABORT
 *
 * GWS_CMD_GET_LISTENER, GWS_CMD_GET_TABLE, GWS_CMD_GET_CLUSTER (dump)
 *   reply: the attributes of PUT and GWS_A_GENERATION. One recvmsg() gives up
 *   to 32 KiB; a large object is split over messages, the later ones with
 *   GWS_F_APPEND. Endpoints that are ready come first. A dump that a commit
 *   overtook is marked NLM_F_DUMP_INTR. Endpoints additionally carry
 *   GWS_A_EP_ACTIVE u32 (requests in flight), GWS_A_EP_CONNS u32 (connections),
 *   GWS_A_EP_SET_ASIDE u8 (1: connects failed lately), GWS_A_EP_REQUESTS u64,
 *   GWS_A_EP_ERRORS u64.
 *
 * GWS_CMD_TEST_ROUTE (do): what would become of a request; nothing is counted
 *   GWS_A_BIND { GWS_A_BIND_ADDR binary[4|16], GWS_A_BIND_PORT u16 } (where it
 *       is sent to), GWS_A_REQUEST binary (one whole head)
 *   reply: GWS_A_TESTED u8 (enum gws_tested);
 *          REFUSED: GWS_A_NAME string (as the counter of that reason),
 *              GWS_A_STATUS u16 (of the answer), and no more; LAST_HOP: nothing
 *              else;
 *          GWS_A_GENERATION u64; GWS_A_LISTENER u32?;
 *          FILTER: GWS_A_FILTER u8 (enum gws_filter_kind: REDIRECT, or CORS of a
 *              preflight), GWS_A_STATUS u16 (of the answer), of REDIRECT
 *              GWS_A_LOCATION string; a backend's filter only where no other
 *              backend has a weight, else it is BACKEND;
 *          BACKEND and FILTER: GWS_A_ANSWERS binary: u16[]? (for each backend of the
 *              rule which filter would answer if it was picked, or UNSPEC; not
 *              there: none for any);
 *          GWS_A_TRIED* {
 *              GWS_A_TRIED_TABLE u32, GWS_A_TRIED_MATCH u32,
 *              GWS_A_TRIED_MISS u8, GWS_A_TRIED_WHICH u32 }
 *   With BACKEND, INVALID, FILTER and NO_ENDPOINT the first GWS_A_TRIED is the
 *   match that decides. The others, at most 64, lost: first those whose path fits,
 *   then the rest; each in the order of tables and matches. One that lost by
 *   GWS_MISS_NONE comes later in that order.
 *   errors: EINVAL not one address and port, or not one head; ENOMEM; EMSGSIZE
 *           the location is too long for an answer
 *
 * GWS_CMD_GET_STATS (dump)
 *   one message per backend of each rule (and one without GWS_A_BACKEND for a
 *   rule's own counters):
 *   GWS_A_NAMESPACE, GWS_A_GATEWAY, GWS_A_SECTION, GWS_A_SET_NAMESPACE?,
 *   GWS_A_SET?, GWS_A_RULE { _KIND, _NAMESPACE, _ROUTE, _NAME },
 *   GWS_A_BACKEND { GWS_A_BACKEND_INDEX u32, GWS_A_BACKEND_NAME,
 *                   GWS_A_BACKEND_WEIGHT },
 *   GWS_A_STATS { GWS_A_STATS_REQUESTS u64, _ERRORS u64, _BYTES_RX u64 (from
 *                 the client), _BYTES_TX u64 (to the client), _ACTIVE u64,
 *                 _CLASS binary: u64[6] (index 1..5 = 1xx..5xx, 0 = none sent),
 *                 _LATENCY binary: u64[GWS_LATENCY_BUCKETS],
 *                 _LATENCY_SUM u64 (us), _ERROR binary: u64[GWS_ERRORS] (by
 *                 enum gws_error; together _ERRORS), _MIRRORS u64 (copies that a
 *                 rule's filters asked for), _MIRRORS_ANSWERED u64 (of them) }
 *   Latency bucket n counts answers that took less than 2^n microseconds, from
 *   the complete request head to the response head, the last one all others.
 *
 * GWS_CMD_GET_CONNECTION (dump)
 *   one message per connection of a client, as it was when its worker was asked:
 *   GWS_A_RECORD { GWS_A_REC_TIME u64 (ns since the epoch, of the accept),
 *     GWS_A_REC_DURATION u64 (us since then), GWS_A_REC_BYTES_RX u64,
 *     GWS_A_REC_BYTES_TX u64 (both in its life), GWS_A_REC_REQUESTS u64,
 *     GWS_A_REC_STATE u8 (enum gws_connection_state), GWS_A_REC_CPU u32,
 *     client, destination; of the request in hand upstream?, listener?, rule?
 *     and backend? as in GWS_CMD_LOG }
 *
 * GWS_CMD_SUBSCRIBE_LOG (do)
 *   From here on the sending socket gets GWS_CMD_LOG messages about the requests
 *   that begin in its network namespace, until it is closed.
 *   reply: GWS_A_LOG_LOST u64, as below; so it can be asked for at any time.
 *   errors: EBUSY there are 8 subscribers already
 *
 * GWS_CMD_LOG (only sent by the kernel; its sequence number is 0)
 *   GWS_A_LOG_LOST u64 (records that did not reach this socket so far, for lack
 *       of memory, of room (limit log_buffer), or since its queue was full)
 *   GWS_A_RECORD* {
 *     GWS_A_REC_TIME u64 (ns since the epoch, of the complete request head),
 *     GWS_A_REC_DURATION u64 (us, until the request was over),
 *     GWS_A_REC_RESPONSE u64? (us, until the upstream's response head),
 *     GWS_A_REC_BYTES_RX u64 (head and body as received),
 *     GWS_A_REC_BYTES_TX u64 (as sent),
 *     GWS_A_REC_STATUS u16 (0: none was sent), GWS_A_REC_TRIES u16 (endpoints
 *     or connections), GWS_A_REC_MINOR u8? (x of HTTP/1.x),
 *     GWS_A_REC_REASON string? (name of the reason or parse error that was
 *     counted), GWS_A_REC_CLIENT binary[4|16], GWS_A_REC_CLIENT_PORT u16,
 *     GWS_A_REC_DESTINATION binary[4|16], GWS_A_REC_DESTINATION_PORT u16,
 *     GWS_A_REC_UPSTREAM binary[4|16]?, GWS_A_REC_UPSTREAM_PORT u16?,
 *     GWS_A_REC_METHOD string?, GWS_A_REC_AUTHORITY string?,
 *     GWS_A_REC_TARGET string? (path and query), GWS_A_REC_AGENT string?,
 *     GWS_A_REC_REFERER string?, GWS_A_REC_FORWARDED_FOR string?,
 *     GWS_A_REC_REQUEST_ID string? (these as the client sent them, a header's
 *     first line only; any octet but NUL, CR and LF; X-Forwarded-For only if
 *     the client is a trusted proxy, and then the last line, whose end it wrote),
 *     GWS_A_REC_CUT u32? (bit n: the string n behind GWS_A_REC_METHOD is
 *     shortened: its beginning is there, of X-Forwarded-For its end),
 *     GWS_A_REC_LISTENER? { GWS_A_NAMESPACE, GWS_A_GATEWAY, GWS_A_SECTION,
 *     GWS_A_SET_NAMESPACE?, GWS_A_SET? },
 *     GWS_A_REC_RULE? { _KIND, _NAMESPACE, _ROUTE, _NAME },
 *     GWS_A_REC_BACKEND string? }
 *   One record for each request, and for each head that was refused. A request
 *   that no rule took has neither of the last two, and the listener only if one
 *   has its host.
 */
#ifndef _UAPI_LINUX_GWSTEER_H
#define _UAPI_LINUX_GWSTEER_H

#include <linux/types.h>

#define GWS_GENL_NAME		"gwsteer"
#define GWS_GENL_VERSION	1
/* Raised whenever a command or attribute changes its meaning. */
#define GWS_ABI			2

/* Longest names: RFC 1123 subdomain and label, without the NUL. */
#define GWS_NAME_MAX		253
#define GWS_NAMESPACE_MAX	63
#define GWS_HOSTNAME_MAX	253
/* "namespace/service:port" */
#define GWS_BACKEND_NAME_MAX	(GWS_NAMESPACE_MAX + GWS_NAME_MAX + 7)

#define GWS_LATENCY_BUCKETS	24

/* Further tries of one request. */
#define GWS_ATTEMPTS_MAX	1000
/* Statuses that may be tried again. */
#define GWS_RETRY_CODE_MIN	400
#define GWS_RETRY_CODE_MAX	599

/* Bytes of one struct gws_dfa: it must fit a message beside others. */
#define GWS_DFA_SIZE_MAX	(24 * 1024)
/* Bytes of the expression that it was made of. */
#define GWS_REGEX_TEXT_MAX	4096

/*
 * A deterministic automaton over bytes. In state s, byte b leads to state
 * next[s * classes + class_of[b]]. State 0 accepts nothing and is never left;
 * states from accept on accept.
 */
struct gws_dfa {
	__u16 states;
	__u16 classes;
	__u16 start;
	__u16 accept;
	__u8 class_of[256];
	__u16 next[];		/* states * classes */
};

enum gws_cmd {
	GWS_CMD_UNSPEC,
	GWS_CMD_GET_INFO,
	GWS_CMD_SET_LIMIT,
	GWS_CMD_BEGIN,
	GWS_CMD_PUT_LISTENER,
	GWS_CMD_PUT_TABLE,
	GWS_CMD_PUT_CLUSTER,
	GWS_CMD_DEL_LISTENER,
	GWS_CMD_DEL_TABLE,
	GWS_CMD_DEL_CLUSTER,
	GWS_CMD_COMMIT,
	GWS_CMD_ABORT,
	GWS_CMD_GET_LISTENER,
	GWS_CMD_GET_TABLE,
	GWS_CMD_GET_CLUSTER,
	GWS_CMD_GET_STATS,
	GWS_CMD_SUBSCRIBE_LOG,
	GWS_CMD_LOG,
	GWS_CMD_GET_CONNECTION,
	GWS_CMD_TEST_ROUTE,
	__GWS_CMD_LAST
};

#define GWS_CMD_MAX (__GWS_CMD_LAST - 1)

enum gws_attribute {
	GWS_A_UNSPEC,
	GWS_A_PAD,
	GWS_A_VERSION,		/* string */
	GWS_A_ABI,		/* u32 */
	GWS_A_GENERATION,	/* u64 */
	GWS_A_MEMORY,		/* u64, bytes */
	GWS_A_COUNTER,		/* nest, enum gws_counter_attribute */
	GWS_A_LIMIT,		/* nest, enum gws_limit_attribute */
	GWS_A_ID,		/* u32 */
	GWS_A_FLAGS,		/* u32, GWS_F_* */
	GWS_A_DIGEST,		/* u64, opaque to the kernel, returned by dumps */
	GWS_A_NAMESPACE,	/* string, of the Gateway */
	GWS_A_GATEWAY,		/* string */
	GWS_A_SECTION,		/* string, the listener's name */
	GWS_A_SET_NAMESPACE,	/* string, of the ListenerSet */
	GWS_A_SET,		/* string */
	GWS_A_PROTOCOL,		/* u8, enum gws_protocol */
	GWS_A_PORT,		/* u16 */
	GWS_A_HOSTNAME,		/* string */
	GWS_A_BIND,		/* nest, enum gws_bind_attribute */
	GWS_A_LISTENER,		/* u32, id */
	GWS_A_RULE,		/* nest, enum gws_rule_attribute */
	GWS_A_MATCH,		/* nest, enum gws_match_attribute */
	GWS_A_NAME,		/* string */
	GWS_A_ENDPOINT,		/* nest, enum gws_endpoint_attribute */
	GWS_A_BACKEND,		/* nest, enum gws_backend_attribute */
	GWS_A_STATS,		/* nest, enum gws_stats_attribute */
	GWS_A_LOG_LOST,		/* u64 */
	GWS_A_RECORD,		/* nest, enum gws_record_attribute */
	GWS_A_CLIENT,		/* nest, enum gws_client_attribute */
	GWS_A_REGEX,		/* nest, enum gws_regex_attribute */
	GWS_A_REQUEST,		/* binary */
	GWS_A_TESTED,		/* u8, enum gws_tested */
	GWS_A_TRIED,		/* nest, enum gws_tried_attribute */
	GWS_A_STATUS,		/* u16 */
	GWS_A_FILTER,		/* u8, enum gws_filter_kind */
	GWS_A_LOCATION,		/* string, as of the field Location */
	GWS_A_ANSWERS,		/* binary: u16[], enum gws_filter_kind each */
	__GWS_A_LAST
};

#define GWS_A_MAX (__GWS_A_LAST - 1)

/* GWS_A_FLAGS */
#define GWS_F_APPEND		(1U << 0)

enum gws_protocol {
	GWS_PROTOCOL_UNSPEC,
	GWS_PROTOCOL_HTTP,	/* HTTP/1.1 in clear */
	__GWS_PROTOCOL_LAST
};

/*
 * How a bind takes its traffic.
 *   NODEPORT  that port on every local address, before other people's NAT
 *   ADDRESS   an address of the Gateway's own (VIP, ClusterIP), whole, before
 *             other people's NAT; ports without a listener get a reset
 *   HOST      a port of the node's own addresses, after other people's NAT and
 *             only while no socket listens there
 */
enum gws_bind_kind {
	GWS_BIND_UNSPEC,
	GWS_BIND_NODEPORT,
	GWS_BIND_ADDRESS,
	GWS_BIND_HOST,
	__GWS_BIND_LAST
};

enum gws_bind_attribute {
	GWS_A_BIND_UNSPEC,
	GWS_A_BIND_ADDR,	/* binary, 4 or 16 bytes */
	GWS_A_BIND_PORT,	/* u16 */
	GWS_A_BIND_KIND,	/* u8, enum gws_bind_kind */
	__GWS_A_BIND_LAST
};

#define GWS_A_BIND_MAX (__GWS_A_BIND_LAST - 1)

/* GWS_A_CLIENT_FLAGS; without any of them X-Forwarded-* alone is sent */
#define GWS_CLIENT_F_PROXY		(1U << 0)	/* PROXY protocol, v1 or v2 */
#define GWS_CLIENT_F_FORWARDED		(1U << 1)	/* Forwarded is sent */
#define GWS_CLIENT_F_NO_X_FORWARDED	(1U << 2)	/* nor X-Forwarded-* */

enum gws_client_attribute {
	GWS_A_CLIENT_UNSPEC,
	GWS_A_CLIENT_FLAGS,	/* u32, GWS_CLIENT_F_* */
	GWS_A_CLIENT_SENDER,	/* nest, enum gws_net_attribute */
	GWS_A_CLIENT_TRUSTED,	/* nest, enum gws_net_attribute */
	GWS_A_CLIENT_LIMIT,	/* nest, enum gws_limit_attribute */
	__GWS_A_CLIENT_LAST
};

#define GWS_A_CLIENT_MAX (__GWS_A_CLIENT_LAST - 1)

enum gws_net_attribute {
	GWS_A_NET_UNSPEC,
	GWS_A_NET_ADDR,		/* binary, 4 or 16 bytes */
	GWS_A_NET_BITS,		/* u8, 0..32 or 0..128 */
	__GWS_A_NET_LAST
};

#define GWS_A_NET_MAX (__GWS_A_NET_LAST - 1)

enum gws_route_kind {
	GWS_ROUTE_UNSPEC,
	GWS_ROUTE_HTTP,		/* HTTPRoute */
	GWS_ROUTE_GRPC,		/* GRPCRoute */
	__GWS_ROUTE_LAST
};

enum gws_rule_attribute {
	GWS_A_RULE_UNSPEC,
	GWS_A_RULE_KIND,	/* u8, enum gws_route_kind */
	GWS_A_RULE_NAMESPACE,	/* string */
	GWS_A_RULE_ROUTE,	/* string */
	GWS_A_RULE_NAME,	/* string */
	GWS_A_RULE_BACKEND,	/* nest, enum gws_backend_attribute */
	GWS_A_RULE_TIMEOUT,	/* u32, ms */
	GWS_A_RULE_TRY_TIMEOUT,	/* u32, ms */
	GWS_A_RULE_RETRY,	/* nest, enum gws_retry_attribute */
	GWS_A_RULE_FILTER,	/* nest, enum gws_filter_attribute */
	__GWS_A_RULE_LAST
};

#define GWS_A_RULE_MAX (__GWS_A_RULE_LAST - 1)

enum gws_retry_attribute {
	GWS_A_RETRY_UNSPEC,
	GWS_A_RETRY_ATTEMPTS,	/* u32, 0..GWS_ATTEMPTS_MAX */
	GWS_A_RETRY_BACKOFF,	/* u32, ms */
	GWS_A_RETRY_CODES,	/* binary, u16[] */
	__GWS_A_RETRY_LAST
};

#define GWS_A_RETRY_MAX (__GWS_A_RETRY_LAST - 1)

enum gws_backend_attribute {
	GWS_A_BACKEND_UNSPEC,
	GWS_A_BACKEND_CLUSTER,	/* u32, id; 0 = invalid */
	GWS_A_BACKEND_WEIGHT,	/* u32, 0..1000000 */
	GWS_A_BACKEND_NAME,	/* string, "namespace/service:port" */
	GWS_A_BACKEND_INDEX,	/* u32, in dumps of counters */
	GWS_A_BACKEND_FILTER,	/* nest, enum gws_filter_attribute */
	__GWS_A_BACKEND_LAST
};

#define GWS_A_BACKEND_MAX (__GWS_A_BACKEND_LAST - 1)

enum gws_filter_kind {
	GWS_FILTER_UNSPEC,
	GWS_FILTER_REQUEST_HEADERS,	/* RequestHeaderModifier */
	GWS_FILTER_RESPONSE_HEADERS,	/* ResponseHeaderModifier */
	GWS_FILTER_REDIRECT,		/* RequestRedirect */
	GWS_FILTER_REWRITE,		/* URLRewrite */
	GWS_FILTER_CORS,		/* CORS */
	GWS_FILTER_MIRROR,		/* RequestMirror */
	__GWS_FILTER_LAST
};

enum gws_replace_kind {
	GWS_REPLACE_NONE,	/* the path stays */
	GWS_REPLACE_FULL,
	GWS_REPLACE_PREFIX,
	__GWS_REPLACE_LAST
};

enum gws_filter_attribute {
	GWS_A_FILTER_UNSPEC,
	GWS_A_FILTER_KIND,	/* u8, enum gws_filter_kind */
	GWS_A_FILTER_SET,	/* nest, enum gws_header_attribute */
	GWS_A_FILTER_ADD,	/* nest, enum gws_header_attribute */
	GWS_A_FILTER_REMOVE,	/* string, a field name */
	GWS_A_FILTER_SCHEME,	/* string */
	GWS_A_FILTER_HOSTNAME,	/* string */
	GWS_A_FILTER_PORT,	/* u16 */
	GWS_A_FILTER_STATUS,	/* u16 */
	GWS_A_FILTER_REPLACE,	/* u8, enum gws_replace_kind */
	GWS_A_FILTER_PATH,	/* string */
	GWS_A_FILTER_PREFIX,	/* string */
	GWS_A_FILTER_ORIGIN,	/* string */
	GWS_A_FILTER_METHOD,	/* string */
	GWS_A_FILTER_HEADER,	/* string, a field name */
	GWS_A_FILTER_EXPOSE,	/* string, a field name */
	GWS_A_FILTER_CREDENTIALS,	/* u8, 0 or 1 */
	GWS_A_FILTER_MAX_AGE,	/* u32, seconds */
	GWS_A_FILTER_CLUSTER,	/* u32, id */
	GWS_A_FILTER_NAME,	/* string, "namespace/service:port" */
	GWS_A_FILTER_NUMERATOR,	/* u32 */
	GWS_A_FILTER_DENOMINATOR,	/* u32, 1..2^31 - 1 */
	__GWS_A_FILTER_LAST
};

#define GWS_A_FILTER_MAX (__GWS_A_FILTER_LAST - 1)

enum gws_path_kind {
	GWS_PATH_ANY,		/* the same as the prefix "/" */
	GWS_PATH_EXACT,
	GWS_PATH_PREFIX,	/* by path elements */
	GWS_PATH_REGEX,
	__GWS_PATH_LAST
};

enum gws_match_attribute {
	GWS_A_MATCH_UNSPEC,
	GWS_A_MATCH_RULE,	/* u32, index */
	GWS_A_MATCH_PATH_KIND,	/* u8, enum gws_path_kind */
	GWS_A_MATCH_PATH,	/* string */
	GWS_A_MATCH_HEADER,	/* nest, enum gws_header_attribute */
	GWS_A_MATCH_METHOD,	/* string */
	GWS_A_MATCH_QUERY,	/* nest, enum gws_header_attribute */
	GWS_A_MATCH_PATH_REGEX,	/* u32, index */
	__GWS_A_MATCH_LAST
};

#define GWS_A_MATCH_MAX (__GWS_A_MATCH_LAST - 1)

enum gws_header_attribute {
	GWS_A_HDR_UNSPEC,
	GWS_A_HDR_NAME,		/* string, a header's compared without case */
	GWS_A_HDR_VALUE,	/* string, compared exactly */
	GWS_A_HDR_REGEX,	/* u32, index */
	__GWS_A_HDR_LAST
};

#define GWS_A_HDR_MAX (__GWS_A_HDR_LAST - 1)

enum gws_regex_attribute {
	GWS_A_REGEX_UNSPEC,
	GWS_A_REGEX_TEXT,	/* string */
	GWS_A_REGEX_DFA,	/* binary, struct gws_dfa */
	__GWS_A_REGEX_LAST
};

#define GWS_A_REGEX_MAX (__GWS_A_REGEX_LAST - 1)

/* What would become of a request. */
enum gws_tested {
	GWS_TESTED_UNSPEC,
	GWS_TESTED_BACKEND,	/* the rule's backends, by weight */
	GWS_TESTED_INVALID,	/* 500: none of them has a weight and is valid */
	GWS_TESTED_NO_RULE,	/* 404 */
	GWS_TESTED_NO_HOST,	/* 404 */
	GWS_TESTED_NO_LISTENER,	/* the connection is not ours, or 404 */
	GWS_TESTED_REFUSED,	/* the head itself is */
	GWS_TESTED_FILTER,	/* a filter of the rule answers */
	GWS_TESTED_NO_ENDPOINT,	/* 503: of the valid ones none has an endpoint */
	GWS_TESTED_LAST_HOP,	/* 200: Max-Forwards lets it come this far only */
	__GWS_TESTED_LAST
};

/* The first condition of a match that does not hold. */
enum gws_miss {
	GWS_MISS_NONE,		/* all hold */
	GWS_MISS_PATH,
	GWS_MISS_METHOD,
	GWS_MISS_HEADER,
	GWS_MISS_QUERY,
	__GWS_MISS_LAST
};

enum gws_tried_attribute {
	GWS_A_TRIED_UNSPEC,
	GWS_A_TRIED_TABLE,	/* u32, id */
	GWS_A_TRIED_MATCH,	/* u32, index in the table, from 0 */
	GWS_A_TRIED_MISS,	/* u8, enum gws_miss */
	GWS_A_TRIED_WHICH,	/* u32, of headers or queries, from 0 */
	__GWS_A_TRIED_LAST
};

#define GWS_A_TRIED_MAX (__GWS_A_TRIED_LAST - 1)

/* GWS_A_EP_FLAGS */
#define GWS_EP_F_READY		(1U << 0)	/* takes new requests */
#define GWS_EP_F_SERVING	(1U << 1)	/* terminating, but still serves */

enum gws_endpoint_attribute {
	GWS_A_EP_UNSPEC,
	GWS_A_EP_PAD,
	GWS_A_EP_ADDR,		/* binary, 4 or 16 bytes */
	GWS_A_EP_PORT,		/* u16 */
	GWS_A_EP_FLAGS,		/* u32, GWS_EP_F_* */
	GWS_A_EP_ACTIVE,	/* u32 */
	GWS_A_EP_CONNS,		/* u32 */
	GWS_A_EP_SET_ASIDE,	/* u8 */
	GWS_A_EP_REQUESTS,	/* u64 */
	GWS_A_EP_ERRORS,	/* u64 */
	__GWS_A_EP_LAST
};

#define GWS_A_EP_MAX (__GWS_A_EP_LAST - 1)

enum gws_stats_attribute {
	GWS_A_STATS_UNSPEC,
	GWS_A_STATS_PAD,
	GWS_A_STATS_REQUESTS,	/* u64 */
	GWS_A_STATS_ERRORS,	/* u64 */
	GWS_A_STATS_BYTES_RX,	/* u64 */
	GWS_A_STATS_BYTES_TX,	/* u64 */
	GWS_A_STATS_ACTIVE,	/* u64 */
	GWS_A_STATS_CLASS,	/* binary, u64[6] */
	GWS_A_STATS_LATENCY,	/* binary, u64[GWS_LATENCY_BUCKETS] */
	GWS_A_STATS_LATENCY_SUM,	/* u64, us */
	GWS_A_STATS_ERROR,	/* binary, u64[GWS_ERRORS] */
	GWS_A_STATS_MIRRORS,	/* u64 */
	GWS_A_STATS_MIRRORS_ANSWERED,	/* u64 */
	__GWS_A_STATS_LAST
};

#define GWS_A_STATS_MAX (__GWS_A_STATS_LAST - 1)

enum gws_record_attribute {
	GWS_A_REC_UNSPEC,
	GWS_A_REC_PAD,
	GWS_A_REC_TIME,		/* u64, ns since the epoch */
	GWS_A_REC_DURATION,	/* u64, us */
	GWS_A_REC_RESPONSE,	/* u64, us */
	GWS_A_REC_BYTES_RX,	/* u64 */
	GWS_A_REC_BYTES_TX,	/* u64 */
	GWS_A_REC_STATUS,	/* u16 */
	GWS_A_REC_TRIES,	/* u16 */
	GWS_A_REC_MINOR,	/* u8 */
	GWS_A_REC_REASON,	/* string */
	GWS_A_REC_CLIENT,	/* binary, 4 or 16 bytes */
	GWS_A_REC_CLIENT_PORT,	/* u16 */
	GWS_A_REC_DESTINATION,	/* binary, 4 or 16 bytes */
	GWS_A_REC_DESTINATION_PORT,	/* u16 */
	GWS_A_REC_UPSTREAM,	/* binary, 4 or 16 bytes */
	GWS_A_REC_UPSTREAM_PORT,	/* u16 */
	GWS_A_REC_METHOD,	/* string; the next six belong behind it */
	GWS_A_REC_AUTHORITY,	/* string */
	GWS_A_REC_TARGET,	/* string */
	GWS_A_REC_AGENT,	/* string */
	GWS_A_REC_REFERER,	/* string */
	GWS_A_REC_FORWARDED_FOR,	/* string */
	GWS_A_REC_REQUEST_ID,	/* string */
	GWS_A_REC_CUT,		/* u32 */
	GWS_A_REC_LISTENER,	/* nest, enum gws_attribute */
	GWS_A_REC_RULE,		/* nest, enum gws_rule_attribute */
	GWS_A_REC_BACKEND,	/* string */
	GWS_A_REC_REQUESTS,	/* u64 */
	GWS_A_REC_STATE,	/* u8, enum gws_connection_state */
	GWS_A_REC_CPU,		/* u32 */
	__GWS_A_REC_LAST
};

#define GWS_A_REC_MAX (__GWS_A_REC_LAST - 1)

enum gws_connection_state {
	GWS_CONNECTION_UNSPEC,
	GWS_CONNECTION_IDLE,		/* between requests */
	GWS_CONNECTION_HEAD,		/* in a head, or in what comes before one */
	GWS_CONNECTION_CONNECT,		/* waits for a connection to an endpoint */
	GWS_CONNECTION_EXCHANGE,	/* request and response flow */
	GWS_CONNECTION_REPLY,		/* an answer of ours flows */
	GWS_CONNECTION_PAUSE,		/* waits for its next try */
	GWS_CONNECTION_TUNNEL,		/* bytes flow both ways after a 101 */
	GWS_CONNECTION_CLOSING,
	__GWS_CONNECTION_LAST
};

/* Why a request that a rule took was not answered, or not in full. */
enum gws_error {
	GWS_ERROR_OTHER,	/* this node lacked something: memory, a port */
	GWS_ERROR_INVALID,	/* the reference to the backend */
	GWS_ERROR_NO_ENDPOINT,	/* none is ready */
	GWS_ERROR_CONNECT,
	GWS_ERROR_TIMEOUT,	/* connected, but no answer in time */
	GWS_ERROR_RESET,	/* by the endpoint, before or in its answer */
	GWS_ERROR_PROTOCOL,	/* its answer is no HTTP */
	GWS_ERROR_LIMIT,	/* endpoint_connections */
	__GWS_ERROR_LAST
};

#define GWS_ERRORS	8

enum gws_counter_attribute {
	GWS_A_CNT_UNSPEC,
	GWS_A_CNT_PAD,
	GWS_A_CNT_NAME,		/* string */
	GWS_A_CNT_VALUE,	/* u64 */
	__GWS_A_CNT_LAST
};

#define GWS_A_CNT_MAX (__GWS_A_CNT_LAST - 1)

enum gws_limit_attribute {
	GWS_A_LIM_UNSPEC,
	GWS_A_LIM_PAD,
	GWS_A_LIM_NAME,		/* string */
	GWS_A_LIM_VALUE,	/* u64 */
	GWS_A_LIM_DEFAULT,	/* u64, in replies */
	__GWS_A_LIM_LAST
};

#define GWS_A_LIM_MAX (__GWS_A_LIM_LAST - 1)

#endif /* _UAPI_LINUX_GWSTEER_H */
