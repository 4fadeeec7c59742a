/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A SYN that meets TIME_WAIT. TCP lets it open a new connection only if it
 * cannot be an old duplicate, and looks for a listener then; it does not find
 * ours, so the same is decided here.
 */
#ifndef GWS_TIMEWAIT_H
#define GWS_TIMEWAIT_H

#include <linux/types.h>

struct gws_packet;
struct sock;

/*
 * LOCAL_IN: @p is a SYN of the connection of @sk, which the lookup found with
 * a reference. True: @sk was in TIME_WAIT, is gone, and @p may open a
 * connection. False: @p is TCP's, which finds @sk by itself. Either way the
 * reference is given up.
 */
bool gws_timewait_replace(const struct gws_packet *p, struct sock *sk);

#endif /* GWS_TIMEWAIT_H */
