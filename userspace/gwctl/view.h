/* SPDX-License-Identifier: MIT */
/*
 * What a command looks at: the kernel's tables and counters, and the status
 * that the daemon wrote. Each may be missing.
 */
#ifndef GWS_VIEW_H
#define GWS_VIEW_H

#include <stdbool.h>
#include <sys/types.h>
#include <cjson/cJSON.h>

#include "../lib/client.h"
#include "cmd.h"

struct gws_view {
	struct gws_arena *arena;
	/* kernel: 0, or why it could not be asked (-ENOENT: no module) */
	int module_err;
	struct gws_msg_info info;
	struct gws_msg_config config;
	uint64_t generation;	/* of @config */
	struct gws_msg_stat *stats;
	size_t n_stats;
	struct gws_msg_record *conns;	/* gws_view_need_connections() */
	size_t n_conns;
	/* daemon */
	cJSON *status;		/* status.json, or NULL */
	pid_t daemon;		/* 0: does not run */
};

/**
 * gws_view_open() - look at everything
 *
 * Return: GWS_EXIT_OK even when kernel or daemon could not be asked, or
 * GWS_EXIT_SYSTEM, said on stderr. gws_view_close() in any case.
 */
int gws_view_open(struct gws_view *view, const struct gws_call *call);
void gws_view_close(struct gws_view *view);

/* GWS_EXIT_OK, or says on stderr why the kernel's side is missing. */
int gws_view_need_kernel(const struct gws_view *view);
/* The same for a route by name, which NULL stands for any of. */
int gws_view_need_route(const struct gws_view *view, const char *namespace,
			const char *name);
/* Asks for the connections, too. An exit code; what is not OK was said. */
int gws_view_need_connections(struct gws_view *view);
/* The same for the daemon's; a status that nobody updates is said, too. */
int gws_view_need_daemon(const struct gws_view *view);

/* The value of a counter of the module, 0 when there is none of that name. */
uint64_t gws_view_counter(const struct gws_view *view, const char *name);

/* Objects of the daemon's status: NULL when there is none. */
const cJSON *gws_view_object(const struct gws_view *view, const char *kind,
			     const char *namespace, const char *name);

#endif /* GWS_VIEW_H */
