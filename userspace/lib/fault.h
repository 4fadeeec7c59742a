/* SPDX-License-Identifier: MIT */
/* Conditions that say that something is not as wanted. */
#ifndef GWS_FAULT_H
#define GWS_FAULT_H

#include <stdbool.h>
#include <cjson/cJSON.h>

struct gws_fault {
	const cJSON *object;	/* of status.json */
	const char *where;	/* "HTTPRoute demo/split parent web" */
	const char *type;
	const char *status;
	const char *reason;
	const char *message;
	bool pending;		/* the push has failed, which says so itself */
};

typedef void (*gws_fault_fn)(const struct gws_fault *fault, void *data);

/*
 * gws_faults_of - calls @take for each bad condition of an object, of its
 * listeners and of its parents. Texts last as long as the call.
 */
void gws_faults_of(const cJSON *object, gws_fault_fn take, void *data);

/* "gateway.yaml:7", or "" for an object without a file. Return: @text. */
enum { GWS_FAULT_PLACE = 512 };
const char *gws_fault_place(const cJSON *object, char text[GWS_FAULT_PLACE]);

#endif /* GWS_FAULT_H */
