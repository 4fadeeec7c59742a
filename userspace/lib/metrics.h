/* SPDX-License-Identifier: MIT */
/* Counters in the text format of Prometheus. */
#ifndef GWS_METRICS_H
#define GWS_METRICS_H

#include <stdbool.h>
#include <stdio.h>
#include <cjson/cJSON.h>

#include "msg.h"

enum gws_metrics_level {
	GWS_METRICS_ERROR,
	GWS_METRICS_WARNING,
	GWS_METRICS_NOTE,
	GWS_METRICS_LEVELS
};

/* Types of conditions that can be bad. */
enum { GWS_METRICS_CONDITIONS = 5 };

/* What the daemon says of itself. */
struct gws_metrics_daemon {
	bool known;
	uint64_t wanted;		/* generation */
	bool push_failed;		/* the last one, and none since */
	uint64_t refused;		/* objects, by the kernel */
	uint64_t problems[GWS_METRICS_LEVELS];
	uint64_t bad[GWS_METRICS_CONDITIONS];	/* of objects, by type */
	uint64_t applied;		/* changes that the kernel has */
	double apply_seconds;		/* all of them together */
};

struct gws_metrics {
	const struct gws_msg_info *info;	/* NULL: no module that we know */
	const struct gws_msg_stat *stats;
	size_t n_stats;
	struct gws_metrics_daemon daemon;
	bool detail;
};

/* From status.json; NULL: there is none. */
void gws_metrics_take_status(struct gws_metrics_daemon *daemon,
			     const cJSON *status);

/*
 * gws_metrics_write - all there is
 *
 * A route has, for each Gateway that it is attached to, at most 20 series,
 * however many backends it has; its rules are added up. With @detail it has more,
 * for each of its backends. Nothing that a client chooses becomes a label.
 *
 * Return: 0, or -ENOMEM.
 */
int gws_metrics_write(FILE *out, const struct gws_metrics *metrics);

#endif /* GWS_METRICS_H */
