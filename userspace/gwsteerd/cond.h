/* SPDX-License-Identifier: MIT */
/*
 * Conditions: their types, reasons and standard messages in one table.
 */
#ifndef GWS_COND_H
#define GWS_COND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cjson/cJSON.h>

struct gws_arena;

/* In the order in which a status lists them. */
enum gws_cond_type {
	GWS_COND_ACCEPTED,
	GWS_COND_CONFLICTED,
	GWS_COND_PARTIALLY_INVALID,
	GWS_COND_PROGRAMMED,
	GWS_COND_RESOLVED_REFS,
	GWS_COND_TYPES
};

enum gws_cond_status { GWS_COND_ABSENT, GWS_TRUE, GWS_FALSE, GWS_UNKNOWN };

/* Reasons of apis/v1, and our own at the end. */
enum gws_reason {
	/* True */
	GWS_R_ACCEPTED,
	GWS_R_PROGRAMMED,
	GWS_R_RESOLVED_REFS,
	/* GatewayClass, Gateway */
	GWS_R_INVALID_PARAMETERS,
	GWS_R_UNSUPPORTED_ADDRESS,
	GWS_R_LISTENERS_NOT_VALID,
	GWS_R_ADDRESS_NOT_ASSIGNED,
	GWS_R_ADDRESS_NOT_USABLE,
	GWS_R_INVALID,
	GWS_R_NO_RESOURCES,
	GWS_R_PENDING,
	/* listeners */
	GWS_R_UNSUPPORTED_PROTOCOL,
	GWS_R_PORT_UNAVAILABLE,
	GWS_R_HOSTNAME_CONFLICT,
	GWS_R_PROTOCOL_CONFLICT,
	GWS_R_INVALID_ROUTE_KINDS,
	/* routes */
	GWS_R_NOT_ALLOWED_BY_LISTENERS,
	GWS_R_NO_MATCHING_LISTENER_HOSTNAME,
	GWS_R_NO_MATCHING_PARENT,
	GWS_R_UNSUPPORTED_VALUE,
	GWS_R_BACKEND_NOT_FOUND,
	GWS_R_INVALID_KIND,
	GWS_R_REF_NOT_PERMITTED,
	/* not of the API: an endpoint that must not be connected to */
	GWS_R_INVALID_ENDPOINT,
	GWS_R_COUNT
};

struct gws_cond {
	enum gws_cond_status status;
	enum gws_reason reason;
	const char *message;
};

/* One per type. All absent when zeroed. */
struct gws_conds {
	struct gws_cond list[GWS_COND_TYPES];
};

/*
 * gws_cond_set - replaces what was there. Without a @format, the message is the
 * reason's standard one.
 */
void gws_cond_set(struct gws_arena *arena, struct gws_conds *conds,
		  enum gws_cond_type type, enum gws_cond_status status,
		  enum gws_reason reason, const char *format, ...)
	__attribute__((format(printf, 6, 7)));

/*
 * gws_cond_fail - False, unless the condition is False already: the first cause
 * is the one to mend first.
 */
void gws_cond_fail(struct gws_arena *arena, struct gws_conds *conds,
		   enum gws_cond_type type, enum gws_reason reason,
		   const char *format, ...)
	__attribute__((format(printf, 5, 6)));

/*
 * gws_cond_fail_too - the same where causes have nothing to do with each other:
 * the reason is the first one's, the message names all.
 */
void gws_cond_fail_too(struct gws_arena *arena, struct gws_conds *conds,
		       enum gws_cond_type type, enum gws_reason reason,
		       const char *format, ...)
	__attribute__((format(printf, 5, 6)));

/* Two causes in one message, unless it is longer than anybody reads. */
const char *gws_cond_join(struct gws_arena *arena, const char *first,
			  const char *second);

bool gws_cond_is(const struct gws_conds *conds, enum gws_cond_type type,
		 enum gws_cond_status status);

const char *gws_reason_name(enum gws_reason reason);

/* The array of a status, each with @generation. */
cJSON *gws_cond_json(const struct gws_conds *conds, int64_t generation);

#endif
