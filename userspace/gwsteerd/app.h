/* SPDX-License-Identifier: MIT */
/*
 * The daemon's state and its pipeline:
 * source -> store -> resolve -> IR -> push -> status.
 */
#ifndef GWS_APP_H
#define GWS_APP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../lib/ip.h"
#include "limit.h"
#include "loop.h"

struct gws_app;

/* Everything stays the caller's and must outlive the app. */
struct gws_app_options {
	const char *manifests;
	const char *state_dir;
	const char *run_dir;
	struct gws_cidr *pool;
	size_t npool;
	uint16_t *host_ports;
	size_t nhost_ports;
	struct gws_limit_value *limits;	/* for each module that comes */
	size_t nlimits;
	struct gws_ip *addrs;	/* none: the node's own are asked for */
	size_t naddrs;
};

/**
 * gws_app_create() - load the manifests, bring the kernel to them
 * @loop: that the app adds its descriptors and its timer to
 *
 * When it returns, a first push was tried and status.json is written; what did
 * not succeed is in there and is tried again from the loop.
 *
 * Return: 0 and the app, owned by the caller; what gws_source_dir_open() says
 * of the directory; -ENOMEM or another error of opening descriptors.
 */
int gws_app_create(struct gws_app **app, const struct gws_app_options *options,
		   struct gws_loop *loop);

/* Leaves the kernel and status.json as they are: traffic goes on. */
void gws_app_destroy(struct gws_app *app);

/* Reads all manifests again. */
void gws_app_rescan(struct gws_app *app);

#endif /* GWS_APP_H */
