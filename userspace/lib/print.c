// SPDX-License-Identifier: MIT
/*
 * The print layer of gwctl: tables, blocks, JSON and YAML out of a cJSON tree.
 * Texts come from manifests, so control characters never reach a terminal.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "control.h"
#include "print.h"
#include "yaml_out.h"

#define GAP	3	/* blanks between columns */

static const char *const output_names[] = {
	[GWS_OUTPUT_TABLE] = "table", [GWS_OUTPUT_WIDE] = "wide",
	[GWS_OUTPUT_JSON] = "json", [GWS_OUTPUT_YAML] = "yaml",
};

int gws_output_parse(const char *name, enum gws_output *output)
{
	size_t i;

	for (i = 0; i < sizeof(output_names) / sizeof(output_names[0]); i++) {
		if (strcmp(output_names[i], name))
			continue;
		*output = i;
		return 0;
	}
	return -EINVAL;
}

static void put_text(FILE *out, const char *text)
{
	size_t n;

	for (; *text; text += n ? n : 1) {
		n = gws_control_len(text);
		fputc(n ? '?' : *text, out);
	}
}

static void put_number(FILE *out, double number)
{
	if (number > -0x1p63 && number < 0x1p63 &&
	    number == (double)(long long)number)
		fprintf(out, "%lld", (long long)number);
	else
		fprintf(out, "%.1f", number);
}

static void put_value(FILE *out, const cJSON *value)
{
	const cJSON *element;

	if (cJSON_IsBool(value)) {
		fputs(cJSON_IsTrue(value) ? "True" : "False", out);
	} else if (cJSON_IsNumber(value)) {
		put_number(out, value->valuedouble);
	} else if (cJSON_IsString(value) && *value->valuestring) {
		put_text(out, value->valuestring);
	} else if (cJSON_IsArray(value) && value->child) {
		cJSON_ArrayForEach(element, value) {
			if (element != value->child)
				fputc(',', out);
			put_value(out, element);
		}
	} else if (cJSON_IsObject(value) && value->child) {
		cJSON_ArrayForEach(element, value) {
			if (element != value->child)
				fputc(',', out);
			put_text(out, element->string);
			fputc('=', out);
			put_value(out, element);
		}
	} else {
		fputc('-', out);
	}
}

/* The text of a cell, to be freed; NULL when memory is short. */
static char *cell_text(const cJSON *value)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	put_value(out, value);
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}

/* --- tables --- */

struct table {
	const struct gws_column *columns;
	size_t n_columns;
	size_t *widths;
	char **cells;	/* row by row */
	size_t n_rows;
	bool wide;
};

static bool shown(const struct table *t, size_t column)
{
	return t->wide || !t->columns[column].wide;
}

static int table_fill(struct table *t, const cJSON *rows)
{
	char **cell = t->cells;
	const cJSON *row;
	size_t i, len;

	cJSON_ArrayForEach(row, rows) {
		for (i = 0; i < t->n_columns; i++, cell++) {
			*cell = cell_text(cJSON_GetObjectItemCaseSensitive(
				row, t->columns[i].key));
			if (!*cell)
				return -ENOMEM;
			len = strlen(*cell);
			if (len > t->widths[i])
				t->widths[i] = len;
		}
	}
	return 0;
}

static void put_cells(FILE *out, const struct table *t,
		      const char *(*text)(const struct table *t, size_t i,
					  size_t row), size_t row)
{
	size_t i, pad = 0;

	for (i = 0; i < t->n_columns; i++) {
		const char *cell = text(t, i, row);

		if (!shown(t, i))
			continue;
		fprintf(out, "%*s%s", (int)pad, "", cell);
		pad = t->widths[i] - strlen(cell) + GAP;
	}
	fputc('\n', out);
}

static const char *title_text(const struct table *t, size_t i, size_t row)
{
	(void)row;
	return t->columns[i].title;
}

static const char *row_text(const struct table *t, size_t i, size_t row)
{
	return t->cells[row * t->n_columns + i];
}

static void table_put(FILE *out, struct table *t, bool titles)
{
	size_t i;

	if (titles) {
		for (i = 0; i < t->n_columns; i++) {
			size_t len = strlen(t->columns[i].title);

			if (len > t->widths[i])
				t->widths[i] = len;
		}
		put_cells(out, t, title_text, 0);
	}
	for (i = 0; i < t->n_rows; i++)
		put_cells(out, t, row_text, i);
}

static int print_table(FILE *out, bool wide, const struct gws_column *columns,
		       size_t n, const cJSON *rows, bool titles)
{
	struct table t = { .columns = columns, .n_columns = n, .wide = wide,
			   .n_rows = cJSON_GetArraySize(rows) };
	int err = -ENOMEM;
	size_t i;

	t.widths = calloc(n, sizeof(*t.widths));
	t.cells = calloc(n * t.n_rows + 1, sizeof(*t.cells));
	if (t.widths && t.cells)
		err = table_fill(&t, rows);
	if (!err)
		table_put(out, &t, titles);
	for (i = 0; t.cells && i < n * t.n_rows; i++)
		free(t.cells[i]);
	free(t.cells);
	free(t.widths);
	return err;
}

static int print_json(FILE *out, const cJSON *tree)
{
	char *text = cJSON_Print(tree);

	if (!text)
		return -ENOMEM;
	fprintf(out, "%s\n", text);
	free(text);
	return 0;
}

int gws_print_rows(FILE *out, enum gws_output output,
		   const struct gws_column *columns, size_t n,
		   const cJSON *rows, bool titles)
{
	switch (output) {
	case GWS_OUTPUT_JSON:
		return print_json(out, rows);
	case GWS_OUTPUT_YAML:
		return gws_yaml_write(out, rows);
	default:
		return print_table(out, output == GWS_OUTPUT_WIDE, columns, n,
				   rows, titles);
	}
}

/* --- blocks --- */

/* Whether it goes on the line of its key: no object, no list of sentences. */
static bool is_inline(const cJSON *value)
{
	const cJSON *element;

	if (cJSON_IsObject(value))
		return !value->child;
	cJSON_ArrayForEach(element, value) {
		if (!is_inline(element) || (cJSON_IsString(element) &&
					    strchr(element->valuestring, ' ')))
			return false;
	}
	return true;
}

static void put_block(FILE *out, const cJSON *value, int indent);

static void put_list(FILE *out, const cJSON *list, int indent)
{
	const cJSON *element;

	cJSON_ArrayForEach(element, list) {
		if (element != list->child && !is_inline(element))
			fputc('\n', out);
		put_block(out, element, indent);
	}
}

static void put_block(FILE *out, const cJSON *value, int indent)
{
	const cJSON *member;

	if (is_inline(value)) {
		fprintf(out, "%*s", indent, "");
		put_value(out, value);
		fputc('\n', out);
		return;
	}
	if (cJSON_IsArray(value)) {
		put_list(out, value, indent);
		return;
	}
	cJSON_ArrayForEach(member, value) {
		fprintf(out, "%*s", indent, "");
		put_text(out, member->string);
		if (is_inline(member)) {
			fputs(": ", out);
			put_value(out, member);
			fputc('\n', out);
		} else {
			fputs(":\n", out);
			put_block(out, member, indent + 2);
		}
	}
}

int gws_print_object(FILE *out, enum gws_output output, const cJSON *object)
{
	switch (output) {
	case GWS_OUTPUT_JSON:
		return print_json(out, object);
	case GWS_OUTPUT_YAML:
		return gws_yaml_write(out, object);
	default:
		put_block(out, object, 0);
		return 0;
	}
}
