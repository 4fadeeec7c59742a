// SPDX-License-Identifier: MIT
/*
 * Rows of the counters that rules and their backends have.
 */
#include <stdlib.h>
#include <string.h>

#include "../lib/error_name.h"
#include "../lib/jsonx.h"
#include "../lib/mem.h"
#include "rows_stats.h"

bool gws_stats_same_rule(const struct gws_msg_stat *a,
			 const struct gws_msg_stat *b)
{
	return a->rule.kind == b->rule.kind &&
	       !strcmp(a->rule.namespace, b->rule.namespace) &&
	       !strcmp(a->rule.route, b->rule.route) &&
	       !strcmp(a->rule.name, b->rule.name) &&
	       !strcmp(a->namespace, b->namespace) &&
	       !strcmp(a->gateway, b->gateway) &&
	       !strcmp(a->section, b->section) &&
	       !strcmp(a->set ? a->set : "", b->set ? b->set : "") &&
	       !strcmp(a->set_namespace ? a->set_namespace : "",
		       b->set_namespace ? b->set_namespace : "");
}

static int compare_names(const struct gws_msg_stat *left,
			 const struct gws_msg_stat *right)
{
	const char *const keys[][2] = {
		{ left->rule.namespace, right->rule.namespace },
		{ left->rule.route, right->rule.route },
		{ left->rule.name, right->rule.name },
		{ left->namespace, right->namespace },
		{ left->gateway, right->gateway },
		{ left->section, right->section },
	};
	int order = 0;
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]) && !order; i++)
		order = strcmp(keys[i][0], keys[i][1]);
	return order;
}

static int compare(const void *a, const void *b)
{
	const struct gws_msg_stat *left = a, *right = b;
	int order = compare_names(left, right);

	if (order)
		return order;
	if (left->has_backend != right->has_backend)
		return left->has_backend ? -1 : 1;
	return left->backend.index < right->backend.index ? -1 :
	       left->backend.index > right->backend.index;
}

/*
 * In a sorted list @stat and its neighbours that may be of the same rule: there
 * are as many rules as routes, and each is asked for its backends.
 */
static void find_neighbours(const struct gws_view *view,
			    const struct gws_msg_stat *stat, size_t *from,
			    size_t *to)
{
	const struct gws_msg_stat *stats = view->stats;

	*from = stat - stats;
	*to = *from + 1;
	while (*from && !compare_names(&stats[*from - 1], stat))
		--*from;
	while (*to < view->n_stats && !compare_names(&stats[*to], stat))
		++*to;
}

/* Of all backends of a rule. */
struct sums {
	uint64_t weights;
	uint64_t requests;
	uint64_t active;
	uint64_t bytes_rx;
	uint64_t bytes_tx;
};

static struct sums rule_sums(const struct gws_view *view,
			     const struct gws_msg_stat *rule)
{
	const struct gws_msg_stat *stat;
	struct sums sums = { 0 };
	size_t i, to;

	find_neighbours(view, rule, &i, &to);
	for (; i < to; i++) {
		stat = &view->stats[i];
		if (!stat->has_backend || !gws_stats_same_rule(stat, rule))
			continue;
		sums.weights += stat->backend.weight;
		sums.requests += stat->stats.requests;
		sums.active += stat->stats.active;
		sums.bytes_rx += stat->stats.bytes_rx;
		sums.bytes_tx += stat->stats.bytes_tx;
	}
	return sums;
}

static void add_share(cJSON *row, const struct gws_view *view, const char *key,
		      uint64_t part, uint64_t whole)
{
	if (whole)
		gws_json_add_str(row, key, gws_mem_printf(view->arena, "%.1f%%",
				 100.0 * (double)part / (double)whole));
}

/*
 * The upper bound of the bucket in which the quantile lies: bucket n counts
 * answers that took less than 2^n microseconds.
 */
static void add_quantile(cJSON *row, const struct gws_view *view,
			 const char *key, const struct gws_msg_stats *stats,
			 double quantile)
{
	uint64_t all = 0, seen = 0;
	double us;
	int i;

	for (i = 0; i < GWS_LATENCY_BUCKETS; i++)
		all += stats->latency[i];
	if (!all)
		return;
	for (i = 0; i < GWS_LATENCY_BUCKETS - 1; i++) {
		seen += stats->latency[i];
		if ((double)seen >= quantile * (double)all)
			break;
	}
	us = (double)(1ULL << i);
	if (i == GWS_LATENCY_BUCKETS - 1)
		gws_json_add_str(row, key, gws_mem_printf(view->arena,
				 ">%.0fs", us / 2e6));
	else
		gws_json_add_str(row, key, us < 1000 ?
			gws_mem_printf(view->arena, "<%.0fus", us) :
			gws_mem_printf(view->arena, "<%.0fms", us / 1000));
}

static void add_errors(cJSON *row, const struct gws_msg_stats *stats)
{
	cJSON *by = gws_json_add(row, "errorsBy", gws_json_object());
	int i;

	for (i = 0; i < GWS_ERRORS; i++) {
		if (stats->error[i])
			gws_json_add_int(by, gws_error_name(i),
					 stats->error[i]);
	}
}

static void add_figures(cJSON *row, const struct gws_view *view,
			const struct gws_msg_stats *stats)
{
	static const char *const classes[] = {
		"unanswered", "1xx", "2xx", "3xx", "4xx", "5xx"
	};
	size_t i;

	gws_json_add_int(row, "requests", stats->requests);
	gws_json_add_int(row, "errors", stats->errors);
	add_errors(row, stats);
	gws_json_add_int(row, "active", stats->active);
	for (i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		gws_json_add_int(row, classes[i], stats->class[i]);
	gws_json_add_int(row, "bytesRx", stats->bytes_rx);
	gws_json_add_int(row, "bytesTx", stats->bytes_tx);
	add_quantile(row, view, "p50", stats, 0.5);
	add_quantile(row, view, "p99", stats, 0.99);
}

/* @seconds: in which all this happened, 0: nobody knows. */
static void add_rates(cJSON *row, const struct gws_msg_stats *stats,
		      double seconds)
{
	if (seconds <= 0)
		return;
	gws_json_add(row, "rate",
		     cJSON_CreateNumber((double)stats->requests / seconds));
	gws_json_add(row, "rxRate",
		     cJSON_CreateNumber((double)stats->bytes_rx / seconds));
	gws_json_add(row, "txRate",
		     cJSON_CreateNumber((double)stats->bytes_tx / seconds));
}

static void add_row(cJSON *rows, const struct gws_view *view,
		    const struct gws_msg_stat *stat, double seconds)
{
	cJSON *row = gws_json_append(rows, gws_json_object());
	struct gws_msg_stats figures = stat->stats;
	struct sums sums = rule_sums(view, stat);

	gws_json_add_str(row, "namespace", stat->rule.namespace);
	gws_json_add_str(row, "kind", stat->rule.kind == GWS_ROUTE_GRPC ?
			 "GRPCRoute" : "HTTPRoute");
	gws_json_add_str(row, "route", stat->rule.route);
	gws_json_add_str(row, "rule", stat->rule.name);
	gws_json_add_str(row, "gateway", stat->gateway);
	gws_json_add_str(row, "gatewayNamespace", stat->namespace);
	gws_json_add_str(row, "listener", stat->section);
	if (stat->has_backend) {
		gws_json_add_str(row, "backend", stat->backend.name);
		gws_json_add_int(row, "index", stat->backend.index);
		gws_json_add_int(row, "weight", stat->backend.weight);
		add_share(row, view, "configured", stat->backend.weight,
			  sums.weights);
		add_share(row, view, "observed", stat->stats.requests,
			  sums.requests);
	} else {
		/* The module counts these where they occur, at the backend. */
		figures.active = sums.active;
		figures.bytes_rx = sums.bytes_rx;
		figures.bytes_tx = sums.bytes_tx;
		gws_json_add_int(row, "mirrors", figures.mirrors);
		gws_json_add_int(row, "mirrorsAnswered",
				 figures.mirrors_answered);
	}
	add_figures(row, view, &figures);
	add_rates(row, &figures, seconds);
}

void gws_stats_sort(const struct gws_view *view)
{
	if (view->n_stats)
		qsort(view->stats, view->n_stats, sizeof(*view->stats),
		      compare);
}

const struct gws_msg_stat *gws_stats_find(const struct gws_msg_stat *stats,
					  size_t n,
					  const struct gws_msg_stat *like)
{
	const struct gws_msg_stat *at = NULL, *end = stats + n;

	if (n)
		at = bsearch(like, stats, n, sizeof(*stats), compare);
	/* To the first of those that are sorted alike, then through them. */
	while (at && at > stats && !compare(at - 1, like))
		at--;
	for (; at && at < end && !compare(at, like); at++) {
		if (gws_stats_same_rule(at, like) &&
		    (!like->has_backend ||
		     !strcmp(at->backend.name, like->backend.name)))
			return at;
	}
	return NULL;
}

static bool has_backends(const struct gws_view *view,
			 const struct gws_msg_stat *rule)
{
	size_t i, to;

	find_neighbours(view, rule, &i, &to);
	for (; i < to; i++) {
		if (view->stats[i].has_backend &&
		    gws_stats_same_rule(&view->stats[i], rule))
			return true;
	}
	return false;
}

cJSON *gws_stats_backends(const struct gws_view *view, double seconds)
{
	cJSON *rows = gws_json_array();
	size_t i;

	for (i = 0; i < view->n_stats; i++) {
		if (view->stats[i].has_backend ||
		    !has_backends(view, &view->stats[i]))
			add_row(rows, view, &view->stats[i], seconds);
	}
	return rows;
}

cJSON *gws_stats_rules(const struct gws_view *view, double seconds)
{
	cJSON *rows = gws_json_array();
	size_t i;

	for (i = 0; i < view->n_stats; i++) {
		if (!view->stats[i].has_backend)
			add_row(rows, view, &view->stats[i], seconds);
	}
	return rows;
}
