// SPDX-License-Identifier: MIT
/*
 * Conditions and their texts.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../lib/jsonx.h"
#include "../lib/legible.h"
#include "../lib/mem.h"
#include "cond.h"

#define MESSAGE_ENOUGH	2000	/* characters; the API has room for 32768 */

static const char *const types[] = {
	[GWS_COND_ACCEPTED] = "Accepted",
	[GWS_COND_CONFLICTED] = "Conflicted",
	[GWS_COND_PARTIALLY_INVALID] = "PartiallyInvalid",
	[GWS_COND_PROGRAMMED] = "Programmed",
	[GWS_COND_RESOLVED_REFS] = "ResolvedRefs",
};

static const struct reason {
	const char *name;
	const char *message;
} reasons[] = {
	[GWS_R_ACCEPTED] = { "Accepted", "Valid" },
	[GWS_R_PROGRAMMED] = { "Programmed", "The kernel has it" },
	[GWS_R_RESOLVED_REFS] = { "ResolvedRefs", "All references resolve" },
	[GWS_R_INVALID_PARAMETERS] = { "InvalidParameters",
		"The parameters are not valid" },
	[GWS_R_UNSUPPORTED_ADDRESS] = { "UnsupportedAddress",
		"Only addresses of type IPAddress are supported" },
	[GWS_R_LISTENERS_NOT_VALID] = { "ListenersNotValid",
		"No listener is valid" },
	[GWS_R_ADDRESS_NOT_ASSIGNED] = { "AddressNotAssigned",
		"No address is assigned" },
	[GWS_R_ADDRESS_NOT_USABLE] = { "AddressNotUsable",
		"An address cannot be used" },
	[GWS_R_INVALID] = { "Invalid", "Not valid" },
	[GWS_R_NO_RESOURCES] = { "NoResources",
		"The kernel lacks the memory for it" },
	[GWS_R_PENDING] = { "Pending", "Not yet taken by the kernel" },
	[GWS_R_UNSUPPORTED_PROTOCOL] = { "UnsupportedProtocol",
		"The protocol is not supported" },
	[GWS_R_PORT_UNAVAILABLE] = { "PortUnavailable",
		"The port is not available" },
	[GWS_R_HOSTNAME_CONFLICT] = { "HostnameConflict",
		"Listeners of one port have the same hostname" },
	[GWS_R_PROTOCOL_CONFLICT] = { "ProtocolConflict",
		"Listeners of one port have different protocols" },
	[GWS_R_INVALID_ROUTE_KINDS] = { "InvalidRouteKinds",
		"allowedRoutes names a kind that this listener cannot take" },
	[GWS_R_NOT_ALLOWED_BY_LISTENERS] = { "NotAllowedByListeners",
		"No listener allows this route" },
	[GWS_R_NO_MATCHING_LISTENER_HOSTNAME] = { "NoMatchingListenerHostname",
		"No hostname of the route fits a listener's" },
	[GWS_R_NO_MATCHING_PARENT] = { "NoMatchingParent",
		"No listener has that sectionName and port" },
	[GWS_R_UNSUPPORTED_VALUE] = { "UnsupportedValue",
		"A value is not supported" },
	[GWS_R_BACKEND_NOT_FOUND] = { "BackendNotFound",
		"A backend does not exist" },
	[GWS_R_INVALID_KIND] = { "InvalidKind",
		"A backend is of an unknown kind" },
	[GWS_R_REF_NOT_PERMITTED] = { "RefNotPermitted",
		"No ReferenceGrant permits a reference" },
	[GWS_R_INVALID_ENDPOINT] = { "InvalidEndpoint",
		"An endpoint cannot be used" },
};

_Static_assert(sizeof(reasons) / sizeof(reasons[0]) == GWS_R_COUNT,
	       "every reason has a name");

static void set(struct gws_arena *arena, struct gws_cond *cond,
		enum gws_cond_status status, enum gws_reason reason,
		const char *format, va_list args)
{
	char text[2 * MESSAGE_ENOUGH];

	cond->status = status;
	cond->reason = reason;
	if (format)
		vsnprintf(text, sizeof(text), format, args);
	cond->message = format ? gws_mem_strdup(arena, gws_legible(text)) :
				 reasons[reason].message;
}

void gws_cond_set(struct gws_arena *arena, struct gws_conds *conds,
		  enum gws_cond_type type, enum gws_cond_status status,
		  enum gws_reason reason, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	set(arena, &conds->list[type], status, reason, format, args);
	va_end(args);
}

void gws_cond_fail(struct gws_arena *arena, struct gws_conds *conds,
		   enum gws_cond_type type, enum gws_reason reason,
		   const char *format, ...)
{
	va_list args;

	if (conds->list[type].status == GWS_FALSE)
		return;
	va_start(args, format);
	set(arena, &conds->list[type], GWS_FALSE, reason, format, args);
	va_end(args);
}

const char *gws_cond_join(struct gws_arena *arena, const char *first,
			  const char *second)
{
	return !*first ? second : strlen(first) > MESSAGE_ENOUGH ? first :
	       gws_mem_printf(arena, "%s; %s", first, second);
}

void gws_cond_fail_too(struct gws_arena *arena, struct gws_conds *conds,
		       enum gws_cond_type type, enum gws_reason reason,
		       const char *format, ...)
{
	struct gws_cond *cond = &conds->list[type], more = { .message = "" };
	va_list args;

	va_start(args, format);
	set(arena, &more, GWS_FALSE, reason, format, args);
	va_end(args);
	if (cond->status == GWS_FALSE)
		cond->message = gws_cond_join(arena, cond->message,
					      more.message);
	else
		*cond = more;
}

bool gws_cond_is(const struct gws_conds *conds, enum gws_cond_type type,
		 enum gws_cond_status status)
{
	return conds->list[type].status == status;
}

const char *gws_reason_name(enum gws_reason reason)
{
	return reasons[reason].name;
}

cJSON *gws_cond_json(const struct gws_conds *conds, int64_t generation)
{
	static const char *const statuses[] = {
		[GWS_TRUE] = "True", [GWS_FALSE] = "False",
		[GWS_UNKNOWN] = "Unknown",
	};
	cJSON *array = gws_json_array(), *item;
	const struct gws_cond *cond;
	int type;

	for (type = 0; type < GWS_COND_TYPES; type++) {
		cond = &conds->list[type];
		if (cond->status == GWS_COND_ABSENT)
			continue;
		item = gws_json_append(array, gws_json_object());
		gws_json_add_str(item, "type", types[type]);
		gws_json_add_str(item, "status", statuses[cond->status]);
		gws_json_add_str(item, "reason", reasons[cond->reason].name);
		gws_json_add_str(item, "message", cond->message);
		gws_json_add_int(item, "observedGeneration", generation);
	}
	return array;
}
