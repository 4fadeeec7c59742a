/* SPDX-License-Identifier: MIT */
/*
 * How long, and how often, a rule lets a request be tried: the same in a decoded
 * route, in the IR and in a message.
 */
#ifndef GWS_TRIES_H
#define GWS_TRIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gws_tries {
	uint32_t timeout;	/* ms for the request; 0: none */
	uint32_t try_timeout;	/* ms for each try; 0: none */
	bool retry;		/* the rest was said */
	uint32_t attempts;	/* beyond the first try */
	uint32_t backoff;	/* ms; 0: not said */
	const uint16_t *codes;	/* ascending */
	size_t n_codes;
};

#endif /* GWS_TRIES_H */
