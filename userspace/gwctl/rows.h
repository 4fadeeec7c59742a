/* SPDX-License-Identifier: MIT */
/*
 * The lists that gwctl shows: what a row of each kind says.
 */
#ifndef GWS_ROWS_H
#define GWS_ROWS_H

#include "view.h"

struct gws_listing {
	const char *plural;
	const char *singular;
	const char *alias;	/* another name, or NULL */
	const char *api_kind;	/* of the daemon's objects, or NULL */
	const struct gws_column *columns;
	size_t n_columns;
	bool needs_kernel;
	bool needs_daemon;
	bool needs_connections;
	const char *const *keys;	/* tell rows apart; the last one NULL */
	/* Objects with at least "name"; "namespace" where there is one. */
	cJSON *(*rows)(const struct gws_view *view);
};

/* All of them, the last one without a name. */
extern const struct gws_listing gws_listings[];

/* By any of its names, or NULL. */
const struct gws_listing *gws_listing_find(const char *name);

/*
 * gws_listing_open() - the kind that the first argument names, and a view that
 * has what its rows need
 *
 * Return: an exit code; what is not GWS_EXIT_OK was said. gws_view_close() in
 * any case.
 */
int gws_listing_open(const struct gws_listing **listing, struct gws_view *view,
		     const struct gws_call *call);

/*
 * Removes rows of other namespaces and of other names, which stand under @key;
 * NULL keeps all.
 */
void gws_rows_filter(cJSON *rows, const char *namespace, const char *key,
		     const char *name);

/* kernel: */
cJSON *gws_rows_listeners(const struct gws_view *view);
cJSON *gws_rows_rules(const struct gws_view *view);
cJSON *gws_rows_backends(const struct gws_view *view);
cJSON *gws_rows_endpoints(const struct gws_view *view);
cJSON *gws_rows_connections(const struct gws_view *view);
/* daemon: */
cJSON *gws_rows_gateways(const struct gws_view *view);
cJSON *gws_rows_routes(const struct gws_view *view);
cJSON *gws_rows_classes(const struct gws_view *view);

/*
 * "True", "False" or "Unknown" of a condition among conditions, NULL when it is
 * not there.
 */
const char *gws_condition(const cJSON *conditions, const char *type);

/* "GET prefix /foo ?a=1 x-b~c.*": a match as one line. */
char *gws_rows_match(struct gws_arena *arena, const struct gws_msg_table *t,
		     const struct gws_msg_match *m);

#endif /* GWS_ROWS_H */
