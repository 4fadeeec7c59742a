/* SPDX-License-Identifier: MIT */
/* The strict client: options, totals and its connections. */
#ifndef GWS_TOOLS_CLIENT_H
#define GWS_TOOLS_CLIENT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>

#include "buf.h"
#include "http.h"
#include "payload.h"

enum { MAX_PATHS = 16, MAX_ALSO = 8, MAX_BACKENDS = 16, MAX_PIPELINE = 64 };

enum stage {
	STAGE_NONE,
	STAGE_CONNECT,		/* once connected */
	STAGE_PARTIAL_HEAD,	/* half of the head is sent */
	STAGE_HEAD,		/* the head is sent, its body is not */
	STAGE_MID_BODY,		/* half of the body is sent */
	STAGE_IN_FLIGHT,	/* all is sent, nothing is read */
	STAGE_MID_RESPONSE,	/* part of the answer's body is read */
	STAGE_IDLE,		/* the answer is complete */
};

struct options {
	struct sockaddr_storage addr;
	socklen_t addr_len;
	struct sockaddr_storage bind;
	socklen_t bind_len;
	unsigned int connections;
	uint64_t requests;
	uint64_t duration_ms;	/* 0: until @requests are done */
	const char *host;
	const char *paths[MAX_PATHS];
	struct plan plans[MAX_PATHS];
	unsigned int npaths;
	const char *method;
	struct buf headers;
	uint64_t body_size;
	bool has_body;
	bool chunked;
	bool expect;
	bool close;
	unsigned int pipeline;
	bool bytewise;
	bool together;		/* TCP may put octets together, for tests of that */
	uint64_t gap_ms;
	enum stage abort;
	bool abort_rst;
	size_t slow_bytes;	/* 0: reads as fast as it can */
	uint64_t slow_ms;
	bool half_close;
	uint64_t stall_ms;
	uint64_t hold_ms;
	int status;		/* 0: what the path stands for */
	int also[MAX_ALSO];
	unsigned int nalso;
	uint64_t timeout_ms;
	bool lossy;		/* the peer may refuse and reset connections */
	uint64_t rate;		/* requests a second, 0: no limit */
	FILE *sequence;
};

struct totals {
	uint64_t requests;
	uint64_t ok;
	uint64_t failed;
	uint64_t also;
	uint64_t aborted;
	uint64_t refused;	/* of a lossy peer: connections */
	uint64_t cut;		/* and requests that were outstanding */
	uint64_t local;		/* answers without X-Backend */
	uint64_t connects;
	uint64_t idle_closed;
	uint64_t idle_reset;
	uint64_t stall_open;
	uint64_t stall_closed;
	uint64_t interim;
	uint64_t trailers;
	uint64_t bytes_out;
	uint64_t segments;	/* that these took */
	uint64_t bytes_in;
	uint64_t max_ms;
	uint64_t status[600];
	struct { char name[32]; uint64_t count; } backends[MAX_BACKENDS];
};

extern struct options opt;
extern struct totals totals;

struct request {
	uint64_t seq;
	unsigned int path;
	uint64_t started;	/* ms */
};

enum xstate {
	X_CLOSED,	/* reconnects at @resume */
	X_CONNECTING,
	X_OPEN,
	X_LAST,		/* the peer said close: only EOF may follow */
	X_DONE,
};

enum answer { ANSWER_HEAD, ANSWER_LENGTH, ANSWER_CHUNKED, ANSWER_CLOSE };

/* One connection and what is under way on it. */
struct exchange {
	int fd;
	enum xstate state;
	uint32_t events;
	struct buf out;
	struct buf in;
	struct request queue[MAX_PIPELINE];
	unsigned int first, count;
	uint64_t resume;	/* ms: neither sends nor connects before */
	uint64_t read_at;	/* ms: does not read before */
	uint64_t until;		/* ms: end of hold, of a stall or of X_LAST */

	/* the body being sent */
	uint64_t gen_left;
	uint64_t gen_at;
	bool gen_open;		/* a last chunk is still owed */
	bool wait_continue;
	bool cut;		/* what is in @out is all before an abort */
	bool shut;
	int reset;		/* a send's error, which no read gets any more */

	/* the answer being read */
	enum answer answer;
	struct chunk chunk;
	uint64_t left;
	uint64_t pos;
	bool checked;		/* the body has to be that of the plan */
	bool close;
	int status;
	char backend[32];
	struct buf text;	/* of a short body */
};

uint64_t now_ms(void);

/* client.c */
bool may_start(void);
/* No request will be started any more. */
bool all_started(uint64_t now);
void watch(struct exchange *x, uint32_t events);

/* exchange.c */
void exchange_tick(struct exchange *x, uint64_t now);
void exchange_event(struct exchange *x, uint32_t events);
void exchange_close(struct exchange *x);
/* Counts all that is outstanding as failed and closes. */
void exchange_fail(struct exchange *x, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void exchange_aborted(struct exchange *x);
static inline struct request *exchange_current(struct exchange *x)
{
	return &x->queue[x->first];
}

/* check.c: reads answers out of x->in; false when @x was closed over it. */
bool check_input(struct exchange *x);
/* The peer closed in order: the end of a body, or a failure. */
void check_eof(struct exchange *x);

/* malformed.c: plays a table of raw requests, returns the exit status. */
int malformed_table(const char *file);

#endif /* GWS_TOOLS_CLIENT_H */
