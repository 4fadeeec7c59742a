/* SPDX-License-Identifier: MIT */
#ifndef GWS_PORTS_H
#define GWS_PORTS_H

#include <stdint.h>
#include <sys/types.h>

struct gws_port_holder {
	char address[64];	/* that it listens on */
	char process[32];	/* its name, "" when nobody may be asked */
	pid_t pid;		/* 0 when unknown */
};

/**
 * gws_port_holder() - which process listens on a TCP port of this namespace
 *
 * Return: 1 and who, 0 when nobody does, or -errno of reading /proc.
 */
int gws_port_holder(uint16_t port, struct gws_port_holder *holder);

#endif /* GWS_PORTS_H */
