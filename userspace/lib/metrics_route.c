// SPDX-License-Identifier: MIT
/*
 * What routes and their backends count. A route has at most 20 series of what all
 * of its rules and listeners have together:
 *
 *    5  http_requests_total, by class
 *    8  http_request_duration_seconds: five bounds, +Inf, sum and count
 *    4  upstream_errors_total, by reason
 *    3  upstream_requests_total, by backend: from four backends on the first two
 *       by name, and what is left as one
 *
 * With detail each backend has 33, and is told by its own name; upstream_errors_total
 * is then of backends, and of none: the sum over them is what it was without.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "error_name.h"
#include "metrics_text.h"

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

enum { BACKENDS_TOLD = 3 };

/*
 * Bounds of histograms: 2^n microseconds, since that is how the kernel counts. A
 * quantile is known within the ratio of two bounds. So the five of a route lie
 * where objectives of HTTP services do, from 4 ms to 1 s in steps of four; what
 * is faster than the first is good for everybody, what is slower than the last
 * for nobody. Those of a backend, to compare it with another, go in steps of two
 * from 128 us up to the last one that there is.
 */
static const int route_bounds[] = { 12, 14, 16, 18, 20 };
static const int backend_bounds[] = {
	7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22,
};

/* A route of a Gateway, or one of its backends: sums over rules and listeners. */
struct sum {
	const struct gws_msg_stat *of;	/* has the names */
	const char *backend;		/* NULL: of the route */
	struct gws_msg_stats stats;
};

struct sums {
	struct sum *list;
	size_t n;
};

static int compare_routes(const struct gws_msg_stat *l,
			  const struct gws_msg_stat *r)
{
	int order = strcmp(l->namespace, r->namespace);

	if (!order)
		order = strcmp(l->gateway, r->gateway);
	if (!order)
		order = (int)l->rule.kind - r->rule.kind;
	if (!order)
		order = strcmp(l->rule.namespace, r->rule.namespace);
	if (!order)
		order = strcmp(l->rule.route, r->rule.route);
	return order;
}

/* By names; with those of the backend for backends. */
static int compare(const void *a, const void *b)
{
	const struct sum *l = a, *r = b;
	int order = compare_routes(l->of, r->of);

	if (!order && l->backend)
		order = strcmp(l->backend, r->backend);
	return order;
}

static void add(struct gws_msg_stats *to, const struct gws_msg_stats *from)
{
	int i;

	to->requests += from->requests;
	to->errors += from->errors;
	to->latency_sum += from->latency_sum;
	for (i = 0; i < 6; i++)
		to->class[i] += from->class[i];
	for (i = 0; i < GWS_LATENCY_BUCKETS; i++)
		to->latency[i] += from->latency[i];
	for (i = 0; i < GWS_ERRORS; i++)
		to->error[i] += from->error[i];
}

/* What has the same names becomes one. */
static void sums_merge(struct sums *sums)
{
	size_t i, n = sums->n;

	qsort(sums->list, n, sizeof(*sums->list), compare);
	for (sums->n = i = 0; i < n; i++) {
		if (sums->n &&
		    !compare(&sums->list[sums->n - 1], &sums->list[i]))
			add(&sums->list[sums->n - 1].stats,
			    &sums->list[i].stats);
		else
			sums->list[sums->n++] = sums->list[i];
	}
}

static int sums_make(struct sums *sums, const struct gws_metrics *m,
		     bool backends)
{
	const struct gws_msg_stat *stat;
	size_t i;

	sums->list = calloc(m->n_stats + 1, sizeof(*sums->list));
	if (!sums->list)
		return -ENOMEM;
	for (i = 0; i < m->n_stats; i++) {
		stat = &m->stats[i];
		if (stat->has_backend == backends)
			sums->list[sums->n++] = (struct sum){
				stat, backends ? stat->backend.name : NULL,
				stat->stats,
			};
	}
	sums_merge(sums);
	return 0;
}

/* --- errors of no backend --- */

static int compare_names(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

static int compare_rules(const struct gws_msg_stat *l,
			 const struct gws_msg_stat *r)
{
	int order = compare_routes(l, r);

	if (!order)
		order = strcmp(l->rule.name, r->rule.name);
	if (!order)
		order = strcmp(l->section, r->section);
	if (!order)
		order = compare_names(l->set_namespace, r->set_namespace);
	if (!order)
		order = compare_names(l->set, r->set);
	return order;
}

static int compare_rows(const void *a, const void *b)
{
	const struct gws_msg_stat *const *l = a, *const *r = b;

	return compare_rules(*l, *r);
}

static void subtract_errors(struct gws_msg_stats *from,
			    const struct gws_msg_stats *what)
{
	uint64_t *e = from->error;
	int i;

	for (i = 0; i < GWS_ERRORS; i++)
		e[i] -= what->error[i] < e[i] ? what->error[i] : e[i];
}

/* Of the rule whose rows are the first of @n; returns how many it has. */
static size_t unchosen_add(struct sums *sums, const struct gws_msg_stat **rows,
			   size_t n)
{
	const struct gws_msg_stat *rule = NULL;
	struct gws_msg_stats chosen = { 0 };
	uint64_t weights = 0;
	struct sum *sum;
	size_t i;

	for (i = 0; i < n && !compare_rules(rows[0], rows[i]); i++) {
		if (!rows[i]->has_backend) {
			rule = rows[i];
			continue;
		}
		weights += rows[i]->backend.weight;
		add(&chosen, &rows[i]->stats);
	}
	if (!rule || weights)
		return i;
	sum = &sums->list[sums->n++];
	*sum = (struct sum){ rule, "", rule->stats };
	subtract_errors(&sum->stats, &chosen);
	return i;
}

/*
 * Rules that have no backend to choose, since they name none or give none a weight:
 * all others count each of their errors at a backend, too. Not what a route has
 * more than all of its backends: one that is removed takes its errors along, and
 * what goes on meanwhile is in one figure and not yet in the other.
 */
static int unchosen_make(struct sums *sums, const struct gws_metrics *m)
{
	const struct gws_msg_stat **rows;
	size_t i;

	rows = calloc(m->n_stats + 1, sizeof(*rows));
	sums->list = calloc(m->n_stats + 1, sizeof(*sums->list));
	if (!rows || !sums->list) {
		free(rows);
		return -ENOMEM;
	}
	for (i = 0; i < m->n_stats; i++)
		rows[i] = &m->stats[i];
	qsort(rows, m->n_stats, sizeof(*rows), compare_rows);
	for (i = 0; i < m->n_stats; )
		i += unchosen_add(sums, rows + i, m->n_stats - i);
	free(rows);
	sums_merge(sums);
	return 0;
}

/* --- */

/* How many backends, from @list on, are of the same route. */
static size_t same_route(const struct sum *list, size_t n)
{
	size_t i = 1;

	while (i < n && !compare_routes(list->of, list[i].of))
		i++;
	return i;
}

/*
 * The first ones by name, and not those with the most requests or weight: which
 * ones are told must not change with each edit of the weights.
 */
static void backends_limit(struct sums *sums)
{
	size_t i, k, n, to = 0;

	for (i = 0; i < sums->n; i += n) {
		n = same_route(&sums->list[i], sums->n - i);
		for (k = 0; k < n; k++) {
			if (k < BACKENDS_TOLD)
				sums->list[to++] = sums->list[i + k];
			else
				add(&sums->list[to - 1].stats,
				    &sums->list[i + k].stats);
		}
		/* Names of Services have a slash, so none is called so. */
		if (n > BACKENDS_TOLD)
			sums->list[to - 1].backend = "other";
	}
	sums->n = to;
}

/* Its metric and names; more labels may follow. */
static void put_start(FILE *out, const char *metric, const struct sum *sum)
{
	const struct gws_msg_stat *of = sum->of;

	fprintf(out, "gwsteer_%s{gateway=\"", metric);
	gws_metrics_label(out, of->namespace);
	putc('/', out);
	gws_metrics_label(out, of->gateway);
	fprintf(out, "\",route_kind=\"%s\",route=\"",
		of->rule.kind == GWS_ROUTE_GRPC ? "GRPCRoute" : "HTTPRoute");
	gws_metrics_label(out, of->rule.namespace);
	putc('/', out);
	gws_metrics_label(out, of->rule.route);
	putc('"', out);
	if (!sum->backend)
		return;
	fputs(",backend=\"", out);
	gws_metrics_label(out, sum->backend);
	putc('"', out);
}

/* @label: NULL, or one more, whose value needs no care. */
static void put_value(FILE *out, const char *metric, const struct sum *sum,
		      const char *label, const char *value, uint64_t number)
{
	put_start(out, metric, sum);
	if (label)
		fprintf(out, ",%s=\"%s\"", label, value);
	fprintf(out, "} %" PRIu64 "\n", number);
}

static void put_classes(FILE *out, const struct sum *sum)
{
	static const char metric[] = "http_requests_total";
	static const char *const classes[] = { "2xx", "3xx", "4xx", "5xx" };
	const uint64_t *c = sum->stats.class;
	size_t i;

	for (i = 0; i < COUNT(classes); i++)
		put_value(out, metric, sum, "code_class", classes[i], c[i + 2]);
	put_value(out, metric, sum, "code_class", "other", c[0] + c[1]);
}

static void put_histogram(FILE *out, const char *metric, const struct sum *sum,
			  const int *bounds, size_t n)
{
	uint64_t below = 0;
	char name[64], le[32];
	size_t i, b = 0;

	snprintf(name, sizeof(name), "%s_bucket", metric);
	for (i = 0; i < GWS_LATENCY_BUCKETS; i++) {
		below += sum->stats.latency[i];
		if (b == n || (int)i != bounds[b])
			continue;
		snprintf(le, sizeof(le), "%.6f",
			 (double)(1u << bounds[b++]) / 1e6);
		put_value(out, name, sum, "le", le, below);
	}
	put_value(out, name, sum, "le", "+Inf", below);
	snprintf(name, sizeof(name), "%s_sum", metric);
	put_start(out, name, sum);
	fprintf(out, "} %" PRIu64 ".%06" PRIu64 "\n",
		sum->stats.latency_sum / 1000000,
		sum->stats.latency_sum % 1000000);
	snprintf(name, sizeof(name), "%s_count", metric);
	put_value(out, name, sum, NULL, NULL, below);
}

static void put_durations(FILE *out, const struct sum *sum)
{
	put_histogram(out, "http_request_duration_seconds", sum, route_bounds,
		      COUNT(route_bounds));
}

static void put_errors(FILE *out, const struct sum *sum)
{
	static const char metric[] = "upstream_errors_total";
	const uint64_t *e = sum->stats.error;

	put_value(out, metric, sum, "reason", "connect", e[GWS_ERROR_CONNECT]);
	put_value(out, metric, sum, "reason", "timeout", e[GWS_ERROR_TIMEOUT]);
	put_value(out, metric, sum, "reason", "reset",
		  e[GWS_ERROR_RESET] + e[GWS_ERROR_PROTOCOL]);
	put_value(out, metric, sum, "reason", "unavailable",
		  e[GWS_ERROR_NO_ENDPOINT] + e[GWS_ERROR_LIMIT] +
		  e[GWS_ERROR_INVALID] + e[GWS_ERROR_OTHER]);
}

static void put_requests(FILE *out, const struct sum *sum)
{
	put_value(out, "upstream_requests_total", sum, NULL, NULL,
		  sum->stats.requests);
}

/* --- detail --- */

static void put_backend_classes(FILE *out, const struct sum *sum)
{
	static const char *const classes[] = {
		"none", "1xx", "2xx", "3xx", "4xx", "5xx",
	};
	size_t i;

	for (i = 0; i < COUNT(classes); i++)
		put_value(out, "upstream_requests_total", sum, "code_class",
			  classes[i], sum->stats.class[i]);
}

static void put_backend_durations(FILE *out, const struct sum *sum)
{
	put_histogram(out, "upstream_duration_seconds", sum, backend_bounds,
		      COUNT(backend_bounds));
}

static void put_backend_errors(FILE *out, const struct sum *sum)
{
	int i;

	for (i = 0; i < GWS_ERRORS; i++)
		put_value(out, "upstream_errors_total", sum, "reason",
			  gws_error_name(i), sum->stats.error[i]);
}

/* --- */

static void put_rows(FILE *out, const struct sums *sums,
		     void (*put)(FILE *out, const struct sum *sum))
{
	size_t i;

	for (i = 0; i < sums->n; i++)
		put(out, &sums->list[i]);
}

static void put_family(FILE *out, const struct sums *sums, const char *metric,
		       const char *type, const char *help,
		       void (*put)(FILE *out, const struct sum *sum))
{
	gws_metrics_help(out, metric, type, help);
	put_rows(out, sums, put);
}

/* Of routes, of their backends, and of the rules that have none. */
struct all {
	struct sums routes, backends, unchosen;
};

static void put_routes(FILE *out, const struct all *all, bool detail)
{
	put_family(out, &all->routes, "http_requests_total", "counter",
		   "Requests of a route, by the class of what was answered.",
		   put_classes);
	put_family(out, &all->routes, "http_request_duration_seconds",
		   "histogram",
		   "From the whole head of a request to that of the response.",
		   put_durations);
	put_family(out, detail ? &all->unchosen : &all->routes,
		   "upstream_errors_total", "counter",
		   "Requests that a backend did not answer, or not in full.",
		   detail ? put_backend_errors : put_errors);
	if (detail)
		put_rows(out, &all->backends, put_backend_errors);
}

static void put_backends(FILE *out, const struct sums *backends, bool detail)
{
	put_family(out, backends, "upstream_requests_total", "counter",
		   "Requests that were given to a backend.",
		   detail ? put_backend_classes : put_requests);
	if (detail)
		put_family(out, backends, "upstream_duration_seconds",
			   "histogram",
			   "From the whole head of a request to that of the backend's response.",
			   put_backend_durations);
}

int gws_metrics_write_routes(FILE *out, const struct gws_metrics *metrics)
{
	struct all all = { 0 };
	int err = sums_make(&all.routes, metrics, false);

	if (!err)
		err = sums_make(&all.backends, metrics, true);
	if (!err && metrics->detail)
		err = unchosen_make(&all.unchosen, metrics);
	if (!err) {
		if (!metrics->detail)
			backends_limit(&all.backends);
		put_routes(out, &all, metrics->detail);
		put_backends(out, &all.backends, metrics->detail);
	}
	free(all.routes.list);
	free(all.backends.list);
	free(all.unchosen.list);
	return err;
}
