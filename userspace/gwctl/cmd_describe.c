// SPDX-License-Identifier: MIT
/*
 * gwctl describe KIND NAME: what the daemon says of an object, what the kernel
 * has of it, and an analysis: why it is not as wanted.
 */
#include <string.h>

#include "../lib/jsonx.h"
#include "health.h"
#include "rows.h"

/* Rows of another kind that belong to the described object. */
struct relation {
	const char *api_kind;
	const char *title;
	cJSON *(*rows)(const struct gws_view *view);
	const char *namespace_key;
	const char *name_key;
};

static const struct relation relations[] = {
	{ "Gateway", "kernelListeners", gws_rows_listeners,
	  "namespace", "gateway" },
	{ "Gateway", "kernelRules", gws_rows_rules,
	  "gatewayNamespace", "gateway" },
	{ "HTTPRoute", "kernelRules", gws_rows_rules, "namespace", "route" },
};

static void add_related(cJSON *tree, const struct gws_view *view,
			const struct relation *relation, const char *namespace,
			const char *name)
{
	cJSON *rows = relation->rows(view), *row, *next;

	for (row = rows->child; row; row = next) {
		next = row->next;
		if (!strcmp(gws_json_str(row, relation->namespace_key, ""),
			    namespace) &&
		    !strcmp(gws_json_str(row, relation->name_key, ""), name))
			continue;
		cJSON_Delete(cJSON_DetachItemViaPointer(rows, row));
	}
	gws_json_add(tree, relation->title, rows);
}

static void add_analysis(cJSON *tree, const struct gws_view *view,
			 const struct gws_subject *subject)
{
	struct gws_health health;

	gws_health_check(&health, view, subject, true);
	if (!health.lines->child)
		gws_json_append(health.lines,
				cJSON_CreateString("nothing is wrong with it"));
	gws_json_add(tree, "analysis", health.lines);
}

/* An object of the API: status.json's entry, kernel, analysis. */
static cJSON *describe_object(const struct gws_view *view, const char *kind,
			      const cJSON *row)
{
	const char *namespace = gws_json_str(row, "namespace", "");
	const char *name = gws_json_str(row, "name", "");
	const struct gws_subject subject = { kind, namespace, name };
	cJSON *tree;
	size_t i;

	tree = cJSON_Duplicate(gws_view_object(view, kind, namespace, name),
			       true);
	for (i = 0; i < sizeof(relations) / sizeof(relations[0]); i++) {
		if (!strcmp(relations[i].api_kind, kind) && !view->module_err)
			add_related(tree, view, &relations[i], namespace, name);
	}
	add_analysis(tree, view, &subject);
	return tree;
}

static int describe_rows(const struct gws_call *call,
			 const struct gws_listing *listing,
			 const struct gws_view *view, const cJSON *rows)
{
	const cJSON *row;
	cJSON *tree;
	int err = 0;

	cJSON_ArrayForEach(row, rows) {
		if (row != rows->child &&
		    (call->output == GWS_OUTPUT_TABLE ||
		     call->output == GWS_OUTPUT_WIDE))
			putchar('\n');
		if (listing->api_kind)
			tree = describe_object(view, listing->api_kind, row);
		else
			tree = cJSON_Duplicate(row, true);
		err = gws_print_object(stdout, call->output, tree);
		cJSON_Delete(tree);
		if (err)
			return gws_exit_report(GWS_EXIT_SYSTEM, "out of memory");
	}
	return GWS_EXIT_OK;
}

static int describe(const struct gws_call *call,
		    const struct gws_listing *listing,
		    const struct gws_view *view)
{
	cJSON *rows = listing->rows(view);
	int code;

	gws_rows_filter(rows, call->namespace, "name", call->argv[1]);
	if (rows->child)
		code = describe_rows(call, listing, view, rows);
	else
		code = gws_exit_report(GWS_EXIT_NOT_FOUND, "%s %s",
				       listing->singular, call->argv[1]);
	cJSON_Delete(rows);
	return code;
}

int gws_cmd_describe(const struct gws_call *call)
{
	const struct gws_listing *listing;
	struct gws_view view;
	int code;

	if (call->argc != 2)
		return gws_exit_report(GWS_EXIT_USAGE,
				       "gwctl describe KIND NAME");
	code = gws_listing_open(&listing, &view, call);
	if (!code)
		code = describe(call, listing, &view);
	gws_view_close(&view);
	return code;
}
