// SPDX-License-Identifier: MIT
/*
 * The invariants of an IR, of those that the kernel checks at COMMIT.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ir.h"

struct complaint {
	char *why;
	size_t size;
};

__attribute__((format(printf, 2, 3)))
static int complain(const struct complaint *complaint, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(complaint->why, complaint->size, format, args);
	va_end(args);
	return -EINVAL;
}

static bool same_bind(const struct gws_ir_bind *a, const struct gws_ir_bind *b)
{
	return a->port == b->port && !gws_ip_cmp(&a->addr, &b->addr);
}

/* Listeners that share a bind agree on its kind and differ in hostname. */
static int check_shared(const struct gws_ir_listener *a,
			const struct gws_ir_listener *b,
			const struct complaint *complaint)
{
	size_t i, j;

	for (i = 0; i < a->nbinds; i++)
		for (j = 0; j < b->nbinds; j++) {
			if (!same_bind(&a->binds[i], &b->binds[j]))
				continue;
			if (a->binds[i].kind != b->binds[j].kind)
				return complain(complaint,
						"listeners %s and %s share port %u in two ways",
						a->key, b->key,
						a->binds[i].port);
			if (!strcmp(a->hostname, b->hostname))
				return complain(complaint,
						"listeners %s and %s share port %u and hostname",
						a->key, b->key,
						a->binds[i].port);
		}
	return 0;
}

static int check_listeners(const struct gws_ir *ir,
			   const struct complaint *complaint)
{
	const struct gws_ir_listener *listener;
	size_t i, j;
	int err;

	for (i = 0; i < ir->nlisteners; i++) {
		listener = &ir->listeners[i];
		if (i && strcmp(listener[-1].key, listener->key) >= 0)
			return complain(complaint, "listener %s out of order",
					listener->key);
		if (!listener->nbinds)
			return complain(complaint, "listener %s has no bind",
					listener->key);
		for (j = 0; j < listener->nbinds; j++)
			if (!listener->binds[j].port)
				return complain(complaint,
						"listener %s binds port 0",
						listener->key);
		for (j = 0; j < i; j++) {
			err = check_shared(&ir->listeners[j], listener,
					   complaint);
			if (err)
				return err;
		}
	}
	return 0;
}

static int check_mirrors(const struct gws_ir *ir,
			 const struct gws_ir_table *table,
			 const struct gws_filter *filters, size_t n,
			 const struct complaint *complaint)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (filters[i].kind != GWS_FILTER_MIRROR)
			continue;
		if (!gws_ir_find_cluster(ir, filters[i].mirror))
			return complain(complaint,
					"table %s mirrors to cluster %s, which is not there",
					table->key, filters[i].mirror);
		if (!filters[i].denominator ||
		    filters[i].numerator > filters[i].denominator)
			return complain(complaint, "table %s mirrors %u of %u",
					table->key, filters[i].numerator,
					filters[i].denominator);
	}
	return 0;
}

static int check_rules(const struct gws_ir *ir, const struct gws_ir_table *table,
		       const struct complaint *complaint)
{
	const struct gws_ir_backend *backend;
	const struct gws_tries *tries;
	const struct gws_ir_rule *rule;
	size_t i, j;

	for (i = 0; i < table->nrules; i++) {
		rule = &table->rules[i];
		tries = &rule->tries;
		if (tries->attempts > GWS_ATTEMPTS_MAX ||
		    (tries->timeout && tries->try_timeout > tries->timeout))
			return complain(complaint,
					"table %s has a rule %zu of wrong times",
					table->key, i);
		if (check_mirrors(ir, table, rule->filters, rule->nfilters,
				  complaint))
			return -EINVAL;
		for (j = 0; j < rule->nbackends; j++) {
			backend = &rule->backends[j];
			if (check_mirrors(ir, table, backend->filters,
					  backend->nfilters, complaint))
				return -EINVAL;
			if (backend->cluster &&
			    !gws_ir_find_cluster(ir, backend->cluster))
				return complain(complaint,
						"table %s refers to cluster %s, which is not there",
						table->key, backend->cluster);
			if (backend->weight > 1000000)
				return complain(complaint,
						"table %s has weight %u",
						table->key, backend->weight);
		}
	}
	return 0;
}

static int check_tables(const struct gws_ir *ir,
			const struct complaint *complaint)
{
	const struct gws_ir_table *table;
	size_t i, j;
	int err;

	for (i = 0; i < ir->ntables; i++) {
		table = &ir->tables[i];
		if (i && strcmp(table[-1].key, table->key) >= 0)
			return complain(complaint, "table %s out of order",
					table->key);
		if (!gws_ir_find_listener(ir, table->listener))
			return complain(complaint,
					"table %s has no listener", table->key);
		for (j = 0; j < table->nmatches; j++)
			if (table->matches[j].rule >= table->nrules ||
			    table->matches[j].path_regex > table->nregexes ||
			    (!table->matches[j].path_regex &&
			     table->matches[j].path[0] != '/'))
				return complain(complaint,
						"table %s has a bad match %zu",
						table->key, j);
		err = check_rules(ir, table, complaint);
		if (err)
			return err;
	}
	return 0;
}

static int check_clusters(const struct gws_ir *ir,
			  const struct complaint *complaint)
{
	const struct gws_ir_cluster *cluster;
	const char *refusal;
	size_t i, j;

	for (i = 0; i < ir->nclusters; i++) {
		cluster = &ir->clusters[i];
		if (i && strcmp(cluster[-1].key, cluster->key) >= 0)
			return complain(complaint, "cluster %s out of order",
					cluster->key);
		for (j = 0; j < cluster->nendpoints; j++) {
			refusal = gws_ip_refusal(&cluster->endpoints[j].addr);
			if (refusal || !cluster->endpoints[j].port)
				return complain(complaint,
						"endpoint %zu of cluster %s %s",
						j, cluster->key,
						refusal ? refusal :
						"has port 0");
		}
	}
	return 0;
}

int gws_ir_check(const struct gws_ir *ir, char *why, size_t size)
{
	const struct complaint complaint = { .why = why, .size = size };
	int err = check_listeners(ir, &complaint);

	if (!err)
		err = check_tables(ir, &complaint);
	return err ? err : check_clusters(ir, &complaint);
}
