/* SPDX-License-Identifier: MIT */
/*
 * What an API server checks of an object before it stores it, as tables: names
 * and types of fields, required ones, ranges, lengths, formats, enumerations,
 * unique lists, and rules over several fields (CEL in a CRD).
 */
#ifndef GWS_SCHEMA_H
#define GWS_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <cjson/cJSON.h>

struct gws_problems;

enum gws_schema_type {
	GWS_S_ANY,
	GWS_S_OBJECT,
	GWS_S_MAP,		/* any names, values by @item */
	GWS_S_ARRAY,
	GWS_S_STRING,
	GWS_S_INTEGER,
	GWS_S_BOOLEAN,
	GWS_S_INT_OR_STRING,
};

struct gws_check;

struct gws_schema {
	const char *name;	/* of the field; NULL ends a list of fields */
	enum gws_schema_type type;
	bool required;
	/* Characters, items, members, or the number. No upper limit: 0. */
	long long min;
	long long max;
	/* NULL, or what the text should be: "must be ..." */
	const char *(*format)(const char *text);
	const char *const *values;	/* of a string; ended by NULL */
	const struct gws_schema *fields;	/* of an object */
	const struct gws_schema *item;	/* of an array or a map */
	const char *key;		/* this field is unique in the array */
	bool set;			/* items are unique strings */
	void (*rule)(struct gws_check *check, const cJSON *node);
};

/*
 * gws_schema_check - report all that is wrong with @node.
 * @file, @object: for the report
 * Returns the number of errors. Fields that are null count as absent.
 */
int gws_schema_check(const struct gws_schema *schema, const cJSON *node,
		     const char *file, const char *object,
		     struct gws_problems *problems);

/*
 * gws_check_fail - for rules: an error at @node, which is the node under check
 * or inside of it. @below is added to the path ("[2].name"), may be NULL.
 */
void gws_check_fail(struct gws_check *check, const cJSON *node,
		    const char *below, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* How many letters must change to make one name of the other; 64 at most. */
size_t gws_schema_distance(const char *a, const char *b);

/* Formats; each returns NULL or what is wrong, "must be ...". */
const char *gws_format_label(const char *text);		/* RFC 1123 label */
const char *gws_format_subdomain(const char *text);	/* RFC 1123 subdomain */
const char *gws_format_hostname(const char *text);	/* or with "*." */
const char *gws_format_group(const char *text);		/* subdomain or "" */
const char *gws_format_kind(const char *text);
const char *gws_format_controller(const char *text);
const char *gws_format_protocol(const char *text);
const char *gws_format_address_type(const char *text);
const char *gws_format_header(const char *text);	/* RFC 9110 token */
const char *gws_format_duration(const char *text);	/* GEP-2257 */
/* Milliseconds of a duration, whose format was checked. */
long long gws_duration_ms(const char *text);
const char *gws_format_origin(const char *text);
const char *gws_format_time(const char *text);		/* RFC 3339 */
/* Seconds since 1970 of a time, whose format was checked. */
long long gws_time_seconds(const char *text);
const char *gws_format_label_value(const char *text);
const char *gws_format_path(const char *text);		/* RFC 3986 pchar, "/" */
const char *gws_format_ip(const char *text);
const char *gws_format_cluster_ip(const char *text);	/* or "None", or "" */

/* The schemas of whole objects, of the standard channel of v1.7.0. */
extern const struct gws_schema gws_schema_gatewayclass;
extern const struct gws_schema gws_schema_gateway;
extern const struct gws_schema gws_schema_httproute;
extern const struct gws_schema gws_schema_referencegrant;
extern const struct gws_schema gws_schema_service;
extern const struct gws_schema gws_schema_endpointslice;
extern const struct gws_schema gws_schema_namespace;
extern const struct gws_schema gws_schema_configmap;

/* metav1.ObjectMeta and LabelSelector, metadata of core kinds. */
extern const struct gws_schema gws_schema_metadata_fields[];
extern const struct gws_schema gws_schema_selector_fields[];
extern const struct gws_schema gws_schema_string;

#endif
