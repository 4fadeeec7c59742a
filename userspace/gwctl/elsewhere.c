// SPDX-License-Identifier: MIT
/*
 * Which routes have lost by the hostname alone: the kernel does not come past their
 * tables, so they are found in what it has.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "elsewhere.h"

/* Without port and final dot; brackets and all of an address stay. */
static size_t host_len(const char *host)
{
	const char *from = strchr(host, ']'), *colon = strchr(from ? from : host, ':');
	size_t len = colon ? (size_t)(colon - host) : strlen(host);

	return len && host[len - 1] == '.' ? len - 1 : len;
}

bool gws_hostname_covers(const char *hostname, const char *host)
{
	size_t len = host_len(host), n = strlen(hostname);

	if (!n)
		return true;
	if (*hostname != '*')
		return n == len && !strncasecmp(hostname, host, n);
	/* The star stands for at least one octet. */
	return len > n - 1 &&
	       !strncasecmp(hostname + 1, host + len - (n - 1), n - 1);
}

/* A bind without an address is one of any. */
static bool is_bound(const struct gws_msg_listener *l,
		     const struct gws_arrival *request)
{
	const struct gws_msg_bind *bind;
	size_t i;

	for (i = 0; i < l->n_binds; i++) {
		bind = &l->binds[i];
		if (bind->port == request->port &&
		    (!bind->addr.len ||
		     (bind->addr.len == request->addr->len &&
		      !memcmp(bind->addr.bytes, request->addr->bytes,
			      bind->addr.len))))
			return true;
	}
	return false;
}

/* NULL: it was looked at, or is not of that address and port. */
static const char *lost_by(const struct gws_msg_config *config,
			   const struct gws_msg_table *table,
			   const struct gws_arrival *request)
{
	const struct gws_msg_listener *l;

	if (table->listener == request->listener)
		return gws_hostname_covers(table->hostname, request->host) ?
		       NULL : "hostname";
	l = gws_msg_config_listener(config, table->listener);
	return l && is_bound(l, request) ? "listener" : NULL;
}

static bool is_told(const cJSON *rows, const char *lost, const char *route,
		    const char *hostname)
{
	const cJSON *row;

	cJSON_ArrayForEach(row, rows)
		if (!strcmp(gws_json_str(row, "lost", ""), lost) &&
		    !strcmp(gws_json_str(row, "route", ""), route) &&
		    !strcmp(gws_json_str(row, "hostname", ""), hostname))
			return true;
	return false;
}

static void add_table(cJSON *rows, int most, const struct gws_msg_table *table,
		      const char *lost)
{
	const char *hostname = *table->hostname ? table->hostname : "*";
	char route[512];
	cJSON *row;
	size_t i;

	for (i = 0; i < table->n_rules; i++) {
		snprintf(route, sizeof(route), "%s/%s",
			 table->rules[i].namespace, table->rules[i].route);
		if (is_told(rows, lost, route, hostname))
			continue;
		if (cJSON_GetArraySize(rows) >= most)
			return;
		row = gws_json_append(rows, gws_json_object());
		gws_json_add_str(row, "lost", lost);
		gws_json_add_str(row, "route", route);
		gws_json_add_str(row, "hostname", hostname);
	}
}

void gws_elsewhere_add(cJSON *rows, int most, const struct gws_msg_config *config,
		       const struct gws_arrival *request)
{
	const char *lost;
	size_t i;

	for (i = 0; i < config->n_tables; i++) {
		lost = lost_by(config, &config->tables[i], request);
		if (lost)
			add_table(rows, most, &config->tables[i], lost);
	}
}
