/* SPDX-License-Identifier: MIT */
/*
 * What both tools know about a request: the meaning of its path and the octets
 * of the bodies. A body is a window into one endless sequence that starts at
 * the request's number, so bodies of different requests differ everywhere.
 */
#ifndef GWS_TOOLS_PAYLOAD_H
#define GWS_TOOLS_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http.h"

enum command {
	CMD_NAME,
	CMD_BYTES,
	CMD_CHUNKED,
	CMD_TRAILER,
	CMD_CLOSE,
	CMD_ECHO,
	CMD_SINK,
	CMD_DELAY,
	CMD_STATUS,
	CMD_HEADERS,
	CMD_HINTS,
	CMD_EARLY,
	CMD_ABORT,
	CMD_BAD,
	CMD_COUNT,
};

struct plan {
	enum command command;
	uint64_t number;	/* N, MS or NNN */
	char word[32];		/* WHERE or WHAT */
};

/*
 * The first element of the path that names a command decides, so a command
 * may stand below a route's prefix. False: its argument is missing or bad.
 */
bool plan_parse(struct str target, struct plan *plan);

void payload_init(void);
/* Up to @n octets of the sequence from @at on; *n is cut to what is there. */
const char *payload_at(uint64_t at, size_t *n);
/* Index of the first octet that differs from the sequence, or -1. */
ssize_t payload_compare(uint64_t at, const char *data, size_t n);

/* FNV-1a, 64 bit. Start with CHECKSUM_START. */
#define CHECKSUM_START 0xcbf29ce484222325ull
uint64_t checksum(uint64_t sum, const char *data, size_t n);

#endif /* GWS_TOOLS_PAYLOAD_H */
