/* SPDX-License-Identifier: MIT */
#ifndef GWS_PRINT_H
#define GWS_PRINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <cjson/cJSON.h>

/*
 * Output in one of four forms from one tree: what a command shows is built
 * once, as JSON, and printed here.
 */
enum gws_output {
	GWS_OUTPUT_TABLE,
	GWS_OUTPUT_WIDE,
	GWS_OUTPUT_JSON,
	GWS_OUTPUT_YAML,
};

struct gws_column {
	const char *title;
	const char *key;	/* of a row's object */
	bool wide;		/* only with -o wide */
};

/* Return: 0 and the form in @output, or -EINVAL for an unknown name. */
int gws_output_parse(const char *name, enum gws_output *output);

/**
 * gws_print_rows() - a list of objects
 * @columns: @n of them, shown by table and wide; the others show every key
 * @rows: an array of objects
 * @titles: whether table and wide start with the titles
 *
 * A value that is absent, null, an empty text or an empty array is "-".
 *
 * Return: 0, or -ENOMEM.
 */
int gws_print_rows(FILE *out, enum gws_output output,
		   const struct gws_column *columns, size_t n,
		   const cJSON *rows, bool titles);

/**
 * gws_print_object() - one object: "key: value" lines, nested ones indented
 *
 * Return: 0, or -ENOMEM.
 */
int gws_print_object(FILE *out, enum gws_output output, const cJSON *object);

#endif /* GWS_PRINT_H */
