/* SPDX-License-Identifier: MIT */
/*
 * The objects of the netlink protocol as plain structs, and their attributes.
 * Strings are borrowed when encoding and live in an arena when decoding;
 * optional ones are NULL when absent. Ports are in host byte order.
 */
#ifndef GWS_MSG_H
#define GWS_MSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/gwsteer.h>

#include "arena.h"
#include "filter.h"
#include "nl.h"
#include "tries.h"

struct gws_msg_addr {
	uint8_t bytes[16];	/* network byte order */
	uint8_t len;		/* 4, 16, or 0: every local address */
};

struct gws_msg_bind {
	struct gws_msg_addr addr;
	uint16_t port;
	uint8_t kind;		/* enum gws_bind_kind */
};

struct gws_msg_limit {
	const char *name;
	uint64_t value;
	uint64_t def;
};

struct gws_msg_net {
	struct gws_msg_addr addr;
	uint8_t bits;
};

/* Who its clients are; all 0: the usual. */
struct gws_msg_client {
	uint32_t flags;			/* GWS_CLIENT_F_* */
	struct gws_msg_net *senders;
	size_t n_senders;
	struct gws_msg_net *trusted;
	size_t n_trusted;
	struct gws_msg_limit *limits;
	size_t n_limits;
};

struct gws_msg_listener {
	uint32_t id;
	uint64_t digest;
	const char *namespace;
	const char *gateway;
	const char *section;
	const char *set_namespace;	/* NULL unless of a ListenerSet */
	const char *set;
	const char *hostname;		/* "" = any */
	uint8_t protocol;		/* enum gws_protocol */
	uint16_t port;			/* spec.port */
	struct gws_msg_bind *binds;
	size_t n_binds;
	struct gws_msg_client client;
};

struct gws_msg_backend {
	uint32_t cluster;		/* id, 0 = invalid reference */
	uint32_t weight;
	const char *name;
	uint32_t index;			/* in dumps of counters */
	struct gws_filter *filters;
	size_t n_filters;
};

struct gws_msg_rule {
	uint8_t kind;			/* enum gws_route_kind */
	const char *namespace;
	const char *route;
	const char *name;
	struct gws_msg_backend *backends;
	size_t n_backends;
	struct gws_tries tries;
	struct gws_filter *filters;
	size_t n_filters;
};

/* A regular expression of a table; without automaton in dumps. */
struct gws_msg_regex {
	const char *text;
	const struct gws_dfa *dfa;
	size_t size;
};

/* Of a header, or of a query parameter. */
struct gws_msg_header {
	const char *name;
	const char *value;		/* "" beside @regex */
	uint32_t regex;			/* its index and 1; 0: none */
};

struct gws_msg_match {
	uint32_t rule;			/* index in the table's rules */
	uint8_t path_kind;		/* enum gws_path_kind */
	const char *path;
	uint32_t path_regex;		/* its index and 1; 0: none */
	struct gws_msg_header *headers;
	size_t n_headers;
	const char *method;		/* NULL: any */
	struct gws_msg_header *queries;
	size_t n_queries;
};

struct gws_msg_table {
	uint32_t id;
	uint64_t digest;
	uint32_t listener;
	const char *hostname;		/* "" = any */
	struct gws_msg_rule *rules;
	size_t n_rules;
	struct gws_msg_regex *regexes;
	size_t n_regexes;
	struct gws_msg_match *matches;
	size_t n_matches;
};

struct gws_msg_endpoint {
	struct gws_msg_addr addr;
	uint16_t port;
	uint32_t flags;			/* GWS_EP_F_* */
	/* in dumps only */
	uint32_t active;
	uint32_t conns;
	uint8_t set_aside;
	uint64_t requests;
	uint64_t errors;
};

struct gws_msg_cluster {
	uint32_t id;
	uint64_t digest;
	const char *name;		/* "namespace/service:port" */
	uint8_t protocol;
	struct gws_msg_endpoint *endpoints;
	size_t n_endpoints;
};

struct gws_msg_counter {
	const char *name;
	uint64_t value;
};

struct gws_msg_info {
	const char *version;
	uint32_t abi;
	uint64_t generation;
	uint64_t memory;		/* bytes */
	struct gws_msg_counter *counters;
	size_t n_counters;
	struct gws_msg_limit *limits;
	size_t n_limits;
};

struct gws_msg_stats {
	uint64_t requests;
	uint64_t errors;
	uint64_t bytes_rx;
	uint64_t bytes_tx;
	uint64_t active;
	uint64_t class[6];
	uint64_t latency[GWS_LATENCY_BUCKETS];
	uint64_t latency_sum;		/* us */
	uint64_t error[GWS_ERRORS];	/* by enum gws_error */
	uint64_t mirrors;		/* of a rule */
	uint64_t mirrors_answered;
};

/* The counters of a rule, or of one of its backends. */
struct gws_msg_stat {
	const char *namespace;
	const char *gateway;
	const char *section;
	const char *set_namespace;
	const char *set;
	struct gws_msg_rule rule;
	bool has_backend;
	struct gws_msg_backend backend;
	struct gws_msg_stats stats;
};

/*
 * One request, as the access log has it, or one connection; NULL where nothing
 * is known.
 */
struct gws_msg_record {
	uint64_t time;			/* ns since the epoch */
	uint64_t duration;		/* us; of a connection: its age */
	uint64_t response;		/* us, of an upstream's response */
	bool answered;			/* @response counts */
	uint64_t bytes_rx;
	uint64_t bytes_tx;
	uint16_t status;		/* 0: none was sent */
	uint16_t tries;
	bool has_minor;
	uint8_t minor;			/* of HTTP/1.x */
	const char *reason;
	struct gws_msg_addr client;
	uint16_t client_port;
	struct gws_msg_addr destination;
	uint16_t destination_port;
	struct gws_msg_addr upstream;	/* len 0: none */
	uint16_t upstream_port;
	const char *method;
	const char *authority;
	const char *target;
	const char *agent;
	const char *referer;
	const char *forwarded_for;
	const char *request_id;
	uint32_t cut;			/* bit n: the string n behind @method */
	const char *namespace;		/* the listener's names */
	const char *gateway;
	const char *section;
	const char *set_namespace;
	const char *set;
	struct gws_msg_rule rule;	/* route NULL: none */
	const char *backend;
	/* of a connection */
	uint64_t requests;
	uint8_t state;			/* enum gws_connection_state */
	uint32_t cpu;
};

/* What one GWS_CMD_LOG message says, or a reply to GWS_CMD_SUBSCRIBE_LOG. */
struct gws_msg_log {
	uint64_t lost;
	struct gws_msg_record *records;
	size_t n_records;
};

/* A match that was compared with a request. */
struct gws_msg_tried {
	uint32_t table;		/* id */
	uint32_t match;		/* index */
	uint8_t miss;		/* enum gws_miss */
	uint32_t which;
};

/* What would become of a request. */
struct gws_msg_tested {
	uint8_t verdict;	/* enum gws_tested */
	const char *error;	/* of a head that is refused, else NULL */
	uint16_t status;	/* of the answer then, and of a filter's */
	uint8_t filter;		/* enum gws_filter_kind: the one that answers */
	const char *location;	/* that it sends to, or NULL */
	/* enum gws_filter_kind: of each backend the one that would answer. */
	uint16_t *answers;
	size_t n_answers;
	uint64_t generation;
	uint32_t listener;	/* id; 0: none */
	struct gws_msg_tried *tried;
	size_t n_tried;
};

/* Everything the kernel holds, of one generation. */
struct gws_msg_config {
	struct gws_msg_listener *listeners;
	size_t n_listeners;
	struct gws_msg_table *tables;
	size_t n_tables;
	struct gws_msg_cluster *clusters;
	size_t n_clusters;
};

/* The listener of that id, or NULL. */
static inline const struct gws_msg_listener *
gws_msg_config_listener(const struct gws_msg_config *config, uint32_t id)
{
	size_t i;

	for (i = 0; i < config->n_listeners; i++)
		if (config->listeners[i].id == id)
			return &config->listeners[i];
	return NULL;
}

/* "X-Forwarded", "Forwarded", "Both" or "None", by GWS_CLIENT_F_*. */
const char *gws_forwarded_text(uint32_t flags);

/**
 * gws_msg_send_fn - takes one message of an encoded object
 * @msg: owned by the callee from here on
 *
 * Return: 0, or a negative error that ends the encoding.
 */
typedef int (*gws_msg_send_fn)(struct gws_nl_msg *msg, void *data);

/*
 * gws_msg_put_*() - encode an object as PUT messages
 *
 * An object of more than about 32 KiB becomes several messages, the later
 * ones with GWS_F_APPEND.
 *
 * Return: 0, -ENOMEM, or what @send returned.
 */
int gws_msg_put_listener(const struct gws_msg_listener *listener,
			 gws_msg_send_fn send, void *data);
int gws_msg_put_table(const struct gws_msg_table *table,
		      gws_msg_send_fn send, void *data);
int gws_msg_put_cluster(const struct gws_msg_cluster *cluster,
			gws_msg_send_fn send, void *data);

/* One attribute only: DEL, BEGIN, SET_LIMIT. NULL when memory is short. */
struct gws_nl_msg *gws_msg_del(uint8_t cmd, uint32_t id);
struct gws_nl_msg *gws_msg_begin(uint64_t generation);
/* @head: of @len bytes, as it would be sent to @addr and @port. */
struct gws_nl_msg *gws_msg_test_route(const struct gws_msg_addr *addr,
				      uint16_t port, const char *head,
				      size_t len);
struct gws_nl_msg *gws_msg_set_limit(const char *name, uint64_t value);

/*
 * gws_msg_get_*() - decode one message of a dump
 *
 * The object is appended to @config; a message with GWS_F_APPEND continues the
 * object of its id, which must be the last one. Attributes that are not known
 * are skipped: a newer module may send more.
 *
 * Return: 0, -ENOMEM, or -EBADMSG for an attribute of the wrong shape or one
 * that is missing.
 */
int gws_msg_get_listener(const struct gws_attrs *attrs, struct gws_arena *arena,
			 struct gws_msg_config *config);
int gws_msg_get_table(const struct gws_attrs *attrs, struct gws_arena *arena,
		      struct gws_msg_config *config);
int gws_msg_get_cluster(const struct gws_attrs *attrs, struct gws_arena *arena,
			struct gws_msg_config *config);

/* As above, for one message each. */
int gws_msg_get_info(const struct gws_attrs *attrs, struct gws_arena *arena,
		     struct gws_msg_info *info);
int gws_msg_get_stat(const struct gws_attrs *attrs, struct gws_arena *arena,
		     struct gws_msg_stat *stat);
int gws_msg_get_log(const struct gws_attrs *attrs, struct gws_arena *arena,
		    struct gws_msg_log *log);
int gws_msg_get_connection(const struct gws_attrs *attrs,
			   struct gws_arena *arena,
			   struct gws_msg_record *record);
int gws_msg_get_tested(const struct gws_attrs *attrs, struct gws_arena *arena,
		       struct gws_msg_tested *tested);
/* Return: 0, or -EBADMSG when the message carries no generation. */
int gws_msg_get_generation(const struct gws_attrs *attrs, uint64_t *generation);

#endif /* GWS_MSG_H */
