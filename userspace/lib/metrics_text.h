/* SPDX-License-Identifier: MIT */
/* What metrics.c and metrics_route.c share: the text format itself. */
#ifndef GWS_METRICS_TEXT_H
#define GWS_METRICS_TEXT_H

#include "metrics.h"

/* The two lines before a metric; of @metric what stands before its labels. */
void gws_metrics_help(FILE *out, const char *metric, const char *type,
		      const char *help);
/* The value of a label, between its quotes. */
void gws_metrics_label(FILE *out, const char *text);

/* What each route counts, and its backends. 0, or -ENOMEM. */
int gws_metrics_write_routes(FILE *out, const struct gws_metrics *metrics);

#endif /* GWS_METRICS_TEXT_H */
