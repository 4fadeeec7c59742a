/* SPDX-License-Identifier: MIT */
/* A look at the counters, and what has happened since an earlier one. */
#ifndef GWS_SAMPLE_H
#define GWS_SAMPLE_H

#include <time.h>

#include "view.h"

struct gws_sample {
	struct gws_view view;
	struct gws_msg_stat *stats;	/* as they were, before @view's were changed */
	struct timespec at;
};

/*
 * An exit code; what is not GWS_EXIT_OK was said. The view is to be closed in any
 * case.
 */
int gws_sample_take(struct gws_sample *sample, const struct gws_call *call);

/*
 * Leaves in the view's statistics what was counted since @before.
 * Return: in how many seconds that was.
 */
double gws_sample_subtract(struct gws_sample *now,
			   const struct gws_sample *before);

/* Of CLOCK_MONOTONIC. */
double gws_seconds_between(const struct timespec *a, const struct timespec *b);

#endif /* GWS_SAMPLE_H */
