// SPDX-License-Identifier: MIT
/*
 * One opinion on which conditions are bad, for the daemon's log, the metrics and
 * gwctl.
 */
#include <stdio.h>
#include <string.h>

#include "fault.h"
#include "jsonx.h"

enum { WHERE = 1024 };	/* a kind and three names */

struct walk {
	const cJSON *object;
	gws_fault_fn take;
	void *data;
};

static bool is_bad(const char *type, const char *status)
{
	if (!strcmp(type, "Conflicted") || !strcmp(type, "PartiallyInvalid"))
		return !strcmp(status, "True");
	if (strcmp(type, "Accepted") && strcmp(type, "Programmed") &&
	    strcmp(type, "ResolvedRefs"))
		return false;
	return strcmp(status, "True");
}

static void look(const struct walk *walk, const char *where, const cJSON *node)
{
	const cJSON *condition;

	cJSON_ArrayForEach(condition, gws_json_get(node, "conditions")) {
		struct gws_fault fault = {
			.object = walk->object,
			.where = where,
			.type = gws_json_str(condition, "type", ""),
			.status = gws_json_str(condition, "status", ""),
			.reason = gws_json_str(condition, "reason", "-"),
			.message = gws_json_str(condition, "message", ""),
		};

		fault.pending = !strcmp(fault.reason, "Pending");
		if (is_bad(fault.type, fault.status))
			walk->take(&fault, walk->data);
	}
}

/* Listeners and parents: a list of parts with conditions of their own. */
static void look_at_parts(const struct walk *walk, const char *where,
			  const char *list, const char *word)
{
	const cJSON *status = gws_json_get(walk->object, "status"), *part;
	char inner[WHERE];

	cJSON_ArrayForEach(part, gws_json_get(status, list)) {
		const cJSON *ref = gws_json_get(part, "parentRef");

		snprintf(inner, sizeof(inner), "%s %s %s", where, word,
			 gws_json_str(ref ? ref : part, "name", ""));
		look(walk, inner, part);
	}
}

void gws_faults_of(const cJSON *object, gws_fault_fn take, void *data)
{
	const struct walk walk = { object, take, data };
	const cJSON *meta = gws_json_get(object, "metadata");
	const char *namespace = gws_json_str(meta, "namespace", NULL);
	char where[WHERE / 2];

	snprintf(where, sizeof(where), "%s %s%s%s",
		 gws_json_str(object, "kind", ""), namespace ? namespace : "",
		 namespace ? "/" : "", gws_json_str(meta, "name", ""));
	look(&walk, where, gws_json_get(object, "status"));
	look_at_parts(&walk, where, "listeners", "listener");
	look_at_parts(&walk, where, "parents", "parent");
}

const char *gws_fault_place(const cJSON *object, char text[GWS_FAULT_PLACE])
{
	const char *file = gws_json_str(object, "file", NULL);

	text[0] = '\0';
	if (file)
		snprintf(text, GWS_FAULT_PLACE, "%s:%lld", file,
			 gws_json_int(object, "line", 0));
	return text;
}
