/* SPDX-License-Identifier: MIT */
#ifndef GWS_METRICS_SERVER_H
#define GWS_METRICS_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../lib/ip.h"

struct gws_metrics_server;

/**
 * gws_metrics_server_start() - serve GET /metrics by HTTP/1.1
 * @run_dir: of the daemon, for what it says of its configuration; not copied
 * @detail: all that is known of each backend, too
 *
 * A thread of its own does it, a client at a time and each for a few seconds at
 * most: who scrapes slowly must not hold up the configuration.
 *
 * Return: 0 and the server, owned by the caller; else the error of bind() or of
 * making the thread.
 */
int gws_metrics_server_start(struct gws_metrics_server **server,
			     const struct gws_ip *ip, uint16_t port,
			     const char *run_dir, bool detail);

/* NULL is allowed. */
void gws_metrics_server_stop(struct gws_metrics_server *server);

/*
 * The answer to the @len bytes that a client has sent so far, and GWS_HEAD_SLACK
 * more that are readable; @body is what GET /metrics gets.
 *
 * Return: its bytes, in @answer for free(3); 0 when more must come; -ENOMEM.
 */
long gws_metrics_answer(const char *request, size_t len, const char *body,
			size_t body_len, char **answer);

#endif /* GWS_METRICS_SERVER_H */
