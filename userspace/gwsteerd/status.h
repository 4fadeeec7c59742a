/* SPDX-License-Identifier: MIT */
/*
 * Graph and push result -> the status of every object that is ours.
 */
#ifndef GWS_STATUS_H
#define GWS_STATUS_H

#include <stddef.h>
#include <stdint.h>
#include <cjson/cJSON.h>

struct gws_graph;

enum gws_push_state {
	GWS_PUSH_PENDING,	/* nothing was sent yet, or no answer yet */
	GWS_PUSH_DONE,		/* committed, except for @errors */
	GWS_PUSH_FAILED,	/* nothing of it was applied; see @text */
};

/* An object that the kernel did not take. @key as in the IR. */
struct gws_push_error {
	const char *key;
	const char *text;
};

struct gws_push_result {
	enum gws_push_state state;
	int err;		/* -errno when FAILED */
	const char *text;	/* when FAILED: the cause, for people */
	const struct gws_push_error *errors;
	size_t nerrors;
};

/*
 * gws_status_build - an array of
 *   {apiVersion, kind, metadata: {name, namespace?, generation}, status: {...}}
 * for GatewayClasses, Gateways and HTTPRoutes of our controller, in the order
 * of kind, namespace and name. Conditions have no lastTransitionTime yet.
 * Pure. Never NULL; free with cJSON_Delete().
 */
cJSON *gws_status_build(const struct gws_graph *graph,
			const struct gws_push_result *push);

/*
 * gws_status_stamp - add lastTransitionTime to every condition of @next: that
 * of the same condition in @prev while its status is the same, else @now
 * (RFC 3339). @prev may be NULL.
 */
void gws_status_stamp(cJSON *next, const cJSON *prev, const char *now);

#endif
