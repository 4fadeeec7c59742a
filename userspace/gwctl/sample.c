// SPDX-License-Identifier: MIT
/*
 * Two looks at the counters, and their difference.
 */
#define _GNU_SOURCE
#include <string.h>

#include "../lib/mem.h"
#include "rows_stats.h"
#include "sample.h"

static void subtract(struct gws_msg_stats *now, const struct gws_msg_stats *old)
{
	int i;

	now->requests -= old->requests;
	now->errors -= old->errors;
	now->bytes_rx -= old->bytes_rx;
	now->bytes_tx -= old->bytes_tx;
	now->latency_sum -= old->latency_sum;
	now->mirrors -= old->mirrors;
	now->mirrors_answered -= old->mirrors_answered;
	for (i = 0; i < 6; i++)
		now->class[i] -= old->class[i];
	for (i = 0; i < GWS_LATENCY_BUCKETS; i++)
		now->latency[i] -= old->latency[i];
	for (i = 0; i < GWS_ERRORS; i++)
		now->error[i] -= old->error[i];
}

int gws_sample_take(struct gws_sample *sample, const struct gws_call *call)
{
	struct gws_view *view = &sample->view;
	int code = gws_view_open(view, call);
	size_t size;

	clock_gettime(CLOCK_MONOTONIC, &sample->at);
	if (!code)
		code = gws_view_need_kernel(view);
	if (code)
		return code;
	gws_stats_sort(view);
	size = view->n_stats * sizeof(*view->stats);
	sample->stats = gws_mem_take(view->arena, size);
	if (size)
		memcpy(sample->stats, view->stats, size);
	return GWS_EXIT_OK;
}

double gws_seconds_between(const struct timespec *a, const struct timespec *b)
{
	return (double)(b->tv_sec - a->tv_sec) +
	       (double)(b->tv_nsec - a->tv_nsec) / 1e9;
}

/* Counters that a module loaded anew, or a new backend, has began at 0. */
static void difference(struct gws_msg_stat *stat,
		       const struct gws_sample *before)
{
	const struct gws_msg_stat *old;

	old = gws_stats_find(before->stats, before->view.n_stats, stat);
	if (old && old->stats.requests <= stat->stats.requests)
		subtract(&stat->stats, &old->stats);
}

double gws_sample_subtract(struct gws_sample *now,
			   const struct gws_sample *before)
{
	size_t i;

	for (i = 0; i < now->view.n_stats; i++)
		difference(&now->view.stats[i], before);
	return gws_seconds_between(&before->at, &now->at);
}
