/* SPDX-License-Identifier: MIT */
/*
 * Who holds a TCP port of this network namespace.
 */
#ifndef GWS_PORTS_H
#define GWS_PORTS_H

#include <stdint.h>
#include <sys/types.h>

#include "ip.h"

struct gws_port_holder {
	uint32_t inode;		/* of the listening socket */
	char process[32];	/* its name, "" when nobody may be asked */
	pid_t pid;		/* 0 when unknown */
};

/**
 * gws_port_holder() - the socket that a connection to @addr and @port reaches
 *
 * The kernel looks it up as it does for a SYN, so wildcards and sockets of both
 * families are told right. The module's own listeners are not found. Fills in
 * the inode only.
 *
 * Return: 1 and the holder, 0 when nobody listens there, or -errno of
 * sock_diag(7).
 */
int gws_port_holder(const struct gws_ip *addr, uint16_t port,
		    struct gws_port_holder *holder);

/*
 * gws_port_name() - the process, as far as the caller may look into others;
 * walks all of /proc.
 */
void gws_port_name(struct gws_port_holder *holder);

/* "nginx (pid 7)", or "a process". Returns @text. */
const char *gws_port_text(const struct gws_port_holder *holder, char text[64]);

#endif /* GWS_PORTS_H */
