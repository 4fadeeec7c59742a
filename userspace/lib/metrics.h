/* SPDX-License-Identifier: MIT */
/* Counters in the text format of Prometheus. */
#ifndef GWS_METRICS_H
#define GWS_METRICS_H

#include <stdbool.h>
#include <stdio.h>

#include "msg.h"

struct gws_metrics {
	const struct gws_msg_info *info;	/* NULL: no module that we know */
	const struct gws_msg_stat *stats;
	size_t n_stats;
	bool has_wanted;
	uint64_t wanted;			/* generation, the daemon's */
};

/*
 * gws_metrics_write - all there is
 *
 * A route has, for each Gateway that it is attached to, at most 18 series and
 * one for each of its backends; its rules are added up. Nothing that a client
 * chooses becomes a label.
 *
 * Return: 0, or -ENOMEM.
 */
int gws_metrics_write(FILE *out, const struct gws_metrics *metrics);

#endif /* GWS_METRICS_H */
