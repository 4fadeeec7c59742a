/* SPDX-License-Identifier: MIT */
/*
 * Ports of the node's addresses that processes have, asked from the kernel.
 */
#ifndef GWS_TAKEN_H
#define GWS_TAKEN_H

#include "../lib/ip.h"
#include "resolve.h"

struct gws_port_holder;

/* All zero at first. */
struct gws_taken {
	struct gws_taken_port *list;	/* by address, then port, as asked */
	struct gws_port_holder *holders;	/* of the same */
	size_t count;
};

/**
 * gws_taken_look() - who listens on @ports of @addrs now
 *
 * Processes are named when the answer is another than the last time: that walks
 * /proc.
 *
 * Return: 1 when it is another, 0 when not, -ENOMEM, or what
 * gws_port_holder() says; then @taken is as it was.
 */
int gws_taken_look(struct gws_taken *taken, const struct gws_ip *addrs,
		   size_t naddrs, const uint16_t *ports, size_t nports);
void gws_taken_clear(struct gws_taken *taken);

#endif /* GWS_TAKEN_H */
