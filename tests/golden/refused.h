/* SPDX-License-Identifier: MIT */
/*
 * What the kernel would refuse a table for, and with it the rules of others:
 * none of it may be left in an IR. gws_ir_check() does not look for it, since
 * the daemon keeps all that it had for what that finds.
 */
#ifndef GWS_TESTS_REFUSED_H
#define GWS_TESTS_REFUSED_H

#include <stdlib.h>
#include <string.h>

#include "../../userspace/gwsteerd/ir.h"
#include "../../userspace/gwsteerd/resolve_steps.h"

/* As GWS_HEAD_MAX of kmod/limits.h: path, names and values of one match. */
#define REFUSED_TEXT	(16 * 1024)
/* As GWS_FILTERS_MAX: of a rule and its backends. */
#define REFUSED_FILTERS	(16 * 1024)

/* As attributes: strings with their end; of an expression a number. */
static size_t refused_size(const struct gws_ir_header *pairs, size_t n)
{
	size_t i, size = 0;

	for (i = 0; i < n; i++)
		size += strlen(pairs[i].name) + 1 +
			(pairs[i].regex ? sizeof(uint32_t) :
					  strlen(pairs[i].value) + 1);
	return size;
}

static const char *refused_match(const struct gws_ir_match *match)
{
	size_t size = refused_size(match->headers, match->nheaders) +
		      refused_size(match->queries, match->nqueries), i;

	for (i = 0; i < match->nheaders; i++)
		if (!match->headers[i].regex &&
		    !gws_field_is_value(match->headers[i].value))
			return "a value of a header";
	if (!match->path_regex)
		size += strlen(match->path) + 1;
	if (match->method)
		size += strlen(match->method) + 1;
	return size > REFUSED_TEXT ? "a match that is too long" : NULL;
}

static const char *refused_filter(const struct gws_filter *filter)
{
	const char *port;
	size_t i;

	for (i = 0; i < filter->n_set; i++)
		if (!gws_field_is_value(filter->set[i].value))
			return "a value that is set";
	for (i = 0; i < filter->n_add; i++)
		if (!gws_field_is_value(filter->add[i].value))
			return "a value that is added";
	for (i = 0; i < filter->n_origins; i++) {
		port = strrchr(filter->origins[i], ':');
		if (port && port[1] != '/' &&
		    (atoi(port + 1) < 1 || atoi(port + 1) > 65535))
			return "the port of an origin";
	}
	return NULL;
}

static const char *refused_name(const char *name)
{
	const char *c;

	for (c = name; *c; c++)
		if (*c < ' ' || *c > '~')
			return "characters of a backend's name";
	return c == name || c - name > GWS_BACKEND_NAME_MAX ?
	       "the length of a backend's name" : NULL;
}

static const char *refused_rule(const struct gws_ir_rule *rule)
{
	const struct gws_ir_backend *backend;
	const char *why = NULL;
	size_t i, j, size = 0;

	for (i = 0; !why && i < rule->nfilters; i++) {
		why = refused_filter(&rule->filters[i]);
		size += gws_filter_size(&rule->filters[i]);
	}
	for (i = 0; !why && i < rule->nbackends; i++) {
		backend = &rule->backends[i];
		why = refused_name(backend->name);
		for (j = 0; !why && j < backend->nfilters; j++) {
			why = refused_filter(&backend->filters[j]);
			size += gws_filter_size(&backend->filters[j]);
		}
	}
	return size > REFUSED_FILTERS ? "filters that are too long" : why;
}

/* NULL, or why the kernel would not take one of the tables. */
static const char *refused(const struct gws_ir *ir)
{
	const struct gws_ir_table *table;
	const char *why = NULL;
	size_t i, j;

	for (i = 0; !why && i < ir->ntables; i++) {
		table = &ir->tables[i];
		for (j = 0; !why && j < table->nrules; j++)
			why = refused_rule(&table->rules[j]);
		for (j = 0; !why && j < table->nmatches; j++)
			why = refused_match(&table->matches[j]);
		for (j = 0; !why && j < table->nregexes; j++)
			if (strlen(table->regexes[j].text) > GWS_REGEX_TEXT_MAX)
				why = "an expression that is too long";
	}
	return why;
}

#endif
