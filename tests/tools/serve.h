/* SPDX-License-Identifier: MIT */
/* The backend's connections. */
#ifndef GWS_TOOLS_SERVE_H
#define GWS_TOOLS_SERVE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "buf.h"
#include "http.h"
#include "payload.h"

/* One process is one backend. */
struct server {
	const char *name;
	int epoll;
	FILE *log;		/* NULL: no access log */
	FILE *raw;		/* NULL, or where all that is received goes */
	const char *broken;	/* NULL, or the fault to show now and then */
	uint64_t broken_every;
	uint64_t max_requests;	/* of a connection, 0: no limit */
	uint64_t requests;	/* heads taken */
	uint64_t completed;	/* answers handed to the socket whole */
	uint64_t malformed;
	uint64_t aborted;	/* peer went away inside an exchange */
	uint64_t connections;
	uint64_t open;
};

extern struct server server;

enum phase {
	READ_HEAD,
	READ_BODY,
	WAIT,		/* until wake */
	WRITE_BODY,
	CLOSING,	/* once everything is written */
	DRAIN,		/* answered early: FIN, then read to the end */
};

enum framing {
	FRAME_NONE,
	FRAME_LENGTH,
	FRAME_CHUNKED,
	FRAME_CLOSE,
};

struct conn {
	int fd;
	uint32_t events;
	struct buf in;
	struct buf out;
	enum phase phase;
	bool eof;
	bool reset;		/* close with RST */
	bool close;		/* after this answer */
	bool shut;
	uint64_t served;

	/* the request */
	struct plan plan;
	struct buf head;	/* as received */
	char method[16];
	char target[256];
	char seq[24];
	int minor;
	bool broken;		/* this answer shows server.broken */
	struct chunk chunk;
	enum framing body;
	uint64_t body_left;
	uint64_t body_len;
	uint64_t body_sum;

	/* the answer */
	int status;
	enum framing frame;
	uint64_t left;
	uint64_t at;
	unsigned int turn;	/* of the table of chunk sizes */
	uint64_t wake;		/* ms */
	struct conn *prev, *next;
};

uint64_t now_ms(void);

void serve_accept(int fd);
/* An epoll event, or the end of a wait. */
void serve_event(struct conn *c, uint32_t events);
/* Wakes what is due; returns the ms to the next one, -1 for none. */
int serve_timers(uint64_t now);

/* respond.c: the whole request is there (or its head, for echo and early). */
void respond(struct conn *c);
void respond_error(struct conn *c, int status, const char *text);
/* Appends more of the body; false when it is complete. */
bool respond_more(struct conn *c);
/* Echoes a span of the request's body. */
void respond_echo(struct conn *c, struct str payload);
void respond_echo_end(struct conn *c);

#endif /* GWS_TOOLS_SERVE_H */
