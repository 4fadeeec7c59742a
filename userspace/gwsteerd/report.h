/* SPDX-License-Identifier: MIT */
/*
 * The tree of status.json: what the daemon wants, what the kernel has, what is
 * wrong. gwctl reads it.
 */
#ifndef GWS_REPORT_H
#define GWS_REPORT_H

#include <stddef.h>
#include <cjson/cJSON.h>

#include "../lib/ip.h"
#include "push.h"

struct gws_problems;
struct gws_store;

struct gws_report {
	const char *started;		/* RFC 3339 */
	const char *manifests;
	const struct gws_ip *addrs;
	size_t naddrs;
	const struct gws_push_result *push;
	uint64_t applied;		/* changes that the kernel took */
	double apply_seconds;		/* that all of these took together */
	const struct gws_push_view *view;
	const struct gws_problems *problems;	/* of files */
	const struct gws_problems *notes;	/* of gws_graph_notes() */
	const struct gws_store *store;
};

/**
 * gws_report_build() - the whole tree
 * @now: RFC 3339
 * @objects: of gws_status_build(); belongs to the tree afterwards, as "objects"
 *
 * Return: never NULL; free with cJSON_Delete().
 */
cJSON *gws_report_build(const struct gws_report *report, const char *now,
			cJSON *objects);

#endif /* GWS_REPORT_H */
