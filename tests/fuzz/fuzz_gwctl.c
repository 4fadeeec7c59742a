// SPDX-License-Identifier: MIT
/*
 * gwctl over a status.json of any content: a row and a line for each object of
 * a kind, no control character for a terminal, and JSON and YAML that are read
 * as what was to be printed.
 */
#include <errno.h>
#include <math.h>

#include "../../userspace/gwctl/health.h"
#include "../../userspace/gwctl/rows.h"
#include "../../userspace/gwsteerd/yaml_tree.h"
#include "../../userspace/lib/jsonx.h"
#include "../../userspace/lib/print.h"
#include "fuzz.h"

/* @listing NULL: an object, not rows. The text is for free(3). */
static char *print(enum gws_output output, const struct gws_listing *listing,
		   const cJSON *tree)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	int err;

	MUST(out);
	if (listing)
		err = gws_print_rows(out, output, listing->columns,
				     listing->n_columns, tree, true);
	else
		err = gws_print_object(out, output, tree);
	MUST(!err && !fclose(out));
	return text;
}

/* Neither C0 nor, in UTF-8, C1. Returns the number of lines. */
static int check_terminal(char *text)
{
	int lines = 0;
	u8 *c;

	for (c = (u8 *)text; *c; c++) {
		lines += *c == '\n';
		MUST(*c == '\n' || (*c >= ' ' && *c != 127));
		MUST(c[0] != 0xc2 || c[1] < 0x80 || c[1] > 0x9f);
	}
	free(text);
	return lines;
}

static void check_json(char *text, const cJSON *tree)
{
	cJSON *again = cJSON_Parse(text);

	MUST(again && cJSON_Compare(again, tree, true));
	cJSON_Delete(again);
	free(text);
}

static void compare_document(const struct gws_yaml_doc *doc, void *data)
{
	MUST(doc->root && cJSON_Compare(doc->root, data, true));
	cJSON_Delete(doc->root);
}

static void check_yaml(char *text, cJSON *tree)
{
	gws_yaml_read(text, strlen(text), compare_document, tree);
	free(text);
}

static int depth_of(const cJSON *node)
{
	const cJSON *child;
	int deepest = 0, depth;

	cJSON_ArrayForEach(child, node) {
		depth = depth_of(child);
		if (depth > deepest)
			deepest = depth;
	}
	return deepest + 1;
}

/* Characters that YAML has only as escapes, and what is no UTF-8 at all. */
static bool is_ascii(const cJSON *tree)
{
	char *text = cJSON_PrintUnformatted(tree), *c = text;
	bool all;

	while (*c > 0 && *c != 127)
		c++;
	all = !*c;
	free(text);
	return all;
}

/* No key stands twice, and all numbers are finite. */
static bool is_sound(const cJSON *node)
{
	const cJSON *child;

	if (cJSON_IsNumber(node) && !isfinite(node->valuedouble))
		return false;
	cJSON_ArrayForEach(child, node) {
		if (cJSON_IsObject(node) &&
		    cJSON_GetObjectItemCaseSensitive(node, child->string) !=
		    child)
			return false;
		if (!is_sound(child))
			return false;
	}
	return true;
}

static void check_outputs(const struct gws_listing *listing, cJSON *tree)
{
	int lines, rows = cJSON_GetArraySize(tree);

	lines = check_terminal(print(GWS_OUTPUT_TABLE, listing, tree));
	MUST(!listing || lines == rows + 1);
	lines = check_terminal(print(GWS_OUTPUT_WIDE, listing, tree));
	MUST(!listing || lines == rows + 1);
	if (!is_sound(tree))
		return;
	check_json(print(GWS_OUTPUT_JSON, listing, tree), tree);
	if (is_ascii(tree) && depth_of(tree) < GWS_YAML_DEPTH_MAX)
		check_yaml(print(GWS_OUTPUT_YAML, listing, tree), tree);
}

static int objects_of(const cJSON *status, const char *kind)
{
	const cJSON *object;
	int n = 0;

	cJSON_ArrayForEach(object, gws_json_get(status, "objects"))
		n += !strcmp(gws_json_str(object, "kind", ""), kind);
	return n;
}

static void check_listings(const struct gws_view *view)
{
	const struct gws_listing *listing;
	cJSON *rows;

	for (listing = gws_listings; listing->plural; listing++) {
		if (!listing->api_kind)
			continue;
		rows = listing->rows(view);
		MUST(cJSON_GetArraySize(rows) ==
		     objects_of(view->status, listing->api_kind));
		check_outputs(listing, rows);
		cJSON_Delete(rows);
	}
}

static void check_health(const struct gws_view *view)
{
	struct gws_health health;
	const cJSON *line;

	gws_health_check(&health, view, NULL, false);
	MUST(health.code == GWS_EXIT_OK || health.lines->child);
	cJSON_ArrayForEach(line, health.lines)
		MUST(cJSON_IsString(line));
	gws_health_clear(&health);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_copy(data, size, 1, 0);
	struct gws_view view = {
		.module_err = -ENOENT,
		.arena = gws_arena_create(),
		.status = cJSON_Parse(text),
	};

	if (view.status) {
		check_listings(&view);
		check_health(&view);
		check_outputs(NULL, view.status);
	}
	cJSON_Delete(view.status);
	gws_arena_destroy(view.arena);
	free(text);
	return 0;
}
