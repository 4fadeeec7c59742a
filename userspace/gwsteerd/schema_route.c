// SPDX-License-Identifier: MIT
/*
 * Schema of HTTPRoute, standard channel of Gateway API v1.7.0. A rule's comment
 * quotes the message of the CEL rule it stands for.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdint.h>
#include <string.h>

#include "../lib/jsonx.h"
#include "schema_fields.h"

#define OBJECT(_fields, ...)						\
	{ .type = GWS_S_OBJECT, .fields = _fields, __VA_ARGS__ }
#define LIST(_name, _max, _item, ...)					\
	{ .name = _name, .type = GWS_S_ARRAY, .max = _max,		\
	  .item = _item, __VA_ARGS__ }
#define PART(_name, _fields, ...)					\
	{ .name = _name, .type = GWS_S_OBJECT, .fields = _fields,	\
	  __VA_ARGS__ }
#define END { .name = NULL }

static const struct gws_schema header_name = {
	.type = GWS_S_STRING, .min = 1, .max = 256, .format = gws_format_header,
};
static const struct gws_schema hostname = {
	.type = GWS_S_STRING, .min = 1, .max = 253,
	.format = gws_format_hostname,
};

/* A reference to one thing of a kind: BackendObjectReference. */
static const struct gws_schema object_ref_fields[] = {
	GROUP(), KIND(), NAME(.required = true), NAMESPACE(), PORT(), END
};

/* "Must have port for Service reference" */
static void check_backend(struct gws_check *check, const cJSON *node)
{
	if (!*gws_json_str(node, "group", "") &&
	    !strcmp(gws_json_str(node, "kind", "Service"), "Service") &&
	    !gws_json_get(node, "port"))
		gws_check_fail(check, node, "port",
			       "is required for a Service");
}

/* Filters. */

static const struct gws_schema header_fields[] = {
	{ .name = "name", .type = GWS_S_STRING, .required = true, .min = 1,
	  .max = 256, .format = gws_format_header },
	{ .name = "value", .type = GWS_S_STRING, .required = true, .min = 1,
	  .max = 4096 },
	END
};
static const struct gws_schema header = OBJECT(header_fields);

static const struct gws_schema modifier_fields[] = {
	LIST("set", 16, &header, .key = "name"),
	LIST("add", 16, &header, .key = "name"),
	LIST("remove", 16, &gws_schema_string, .set = true),
	END
};

static const char *const path_modifiers[] = {
	"ReplaceFullPath", "ReplacePrefixMatch", NULL
};
static const struct gws_schema path_modifier_fields[] = {
	{ .name = "type", .type = GWS_S_STRING, .required = true,
	  .values = path_modifiers },
	{ .name = "replaceFullPath", .type = GWS_S_STRING, .max = 1024 },
	{ .name = "replacePrefixMatch", .type = GWS_S_STRING, .max = 1024 },
	END
};

/* Of the members "replaceFullPath" and "replacePrefixMatch", that of the type. */
static void check_path_modifier(struct gws_check *check, const cJSON *node)
{
	static const char *const members[] = {
		"replaceFullPath", "replacePrefixMatch"
	};
	const char *type = gws_json_str(node, "type", "");
	size_t i;

	for (i = 0; i < 2; i++) {
		bool wanted = !strcmp(type, path_modifiers[i]);
		bool there = gws_json_get(node, members[i]);

		if (wanted && !there)
			gws_check_fail(check, node, members[i],
				       "is required when type is %s", type);
		if (!wanted && there)
			gws_check_fail(check, node, members[i],
				       "must not be set when type is %s", type);
	}
}

static const char *const schemes[] = { "http", "https", NULL };

static void check_status_code(struct gws_check *check, const cJSON *node)
{
	int code = (int)node->valuedouble;

	if (code < 301 || code > 308 || (code > 303 && code < 307))
		gws_check_fail(check, node, NULL,
			       "%d is not one of 301, 302, 303, 307, 308", code);
}

static const struct gws_schema redirect_fields[] = {
	{ .name = "scheme", .type = GWS_S_STRING, .values = schemes },
	{ .name = "hostname", .type = GWS_S_STRING, .min = 1, .max = 253,
	  .format = gws_format_subdomain },
	PART("path", path_modifier_fields, .rule = check_path_modifier),
	PORT(),
	{ .name = "statusCode", .type = GWS_S_INTEGER, .max = 599,
	  .rule = check_status_code },
	END
};

static const struct gws_schema rewrite_fields[] = {
	{ .name = "hostname", .type = GWS_S_STRING, .min = 1, .max = 253,
	  .format = gws_format_subdomain },
	PART("path", path_modifier_fields, .rule = check_path_modifier),
	END
};

static const struct gws_schema fraction_fields[] = {
	{ .name = "numerator", .type = GWS_S_INTEGER, .required = true,
	  .max = INT32_MAX },
	{ .name = "denominator", .type = GWS_S_INTEGER, .min = 1,
	  .max = INT32_MAX },
	END
};

/* "numerator must be less than or equal to denominator" */
static void check_fraction(struct gws_check *check, const cJSON *node)
{
	if (gws_json_int(node, "numerator", 0) >
	    gws_json_int(node, "denominator", 100))
		gws_check_fail(check, node, "numerator",
			       "must not be larger than the denominator");
}

static const struct gws_schema mirror_fields[] = {
	PART("backendRef", object_ref_fields, .required = true,
	     .rule = check_backend),
	{ .name = "percent", .type = GWS_S_INTEGER, .max = 100 },
	PART("fraction", fraction_fields, .rule = check_fraction),
	END
};

/* "Only one of percent or fraction may be specified" */
static void check_mirror(struct gws_check *check, const cJSON *node)
{
	if (gws_json_get(node, "percent") && gws_json_get(node, "fraction"))
		gws_check_fail(check, node, "fraction",
			       "must not be set beside percent");
}

static const char *const cors_methods[] = {
	"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE",
	"PATCH", "*", NULL
};
static const struct gws_schema cors_method = {
	.type = GWS_S_STRING, .values = cors_methods,
};
static const struct gws_schema cors_origin = {
	.type = GWS_S_STRING, .min = 1, .max = 253,
	.format = gws_format_origin,
};

/* "cannot contain '*' alongside other ..." */
static void check_star(struct gws_check *check, const cJSON *node)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, node)
		if (!strcmp(item->valuestring, "*") && node->child->next)
			gws_check_fail(check, item, NULL,
				       "must not have \"*\" beside others");
}

static const struct gws_schema cors_fields[] = {
	LIST("allowOrigins", 64, &cors_origin, .set = true, .rule = check_star),
	{ .name = "allowCredentials", .type = GWS_S_BOOLEAN },
	LIST("allowMethods", 9, &cors_method, .set = true, .rule = check_star),
	LIST("allowHeaders", 64, &header_name, .set = true, .rule = check_star),
	LIST("exposeHeaders", 64, &header_name, .set = true),
	{ .name = "maxAge", .type = GWS_S_INTEGER, .min = 1,
	  .max = INT32_MAX },
	END
};

static const struct gws_schema extension_fields[] = {
	GROUP(.required = true), KIND(.required = true),
	NAME(.required = true), END
};

/* Types of filters and, at the same place, their members. */
static const char *const filter_types[] = {
	"RequestHeaderModifier", "ResponseHeaderModifier", "RequestMirror",
	"RequestRedirect", "URLRewrite", "ExtensionRef", "CORS", "ExternalAuth",
	NULL
};
static const char *const filter_members[] = {
	"requestHeaderModifier", "responseHeaderModifier", "requestMirror",
	"requestRedirect", "urlRewrite", "extensionRef", "cors", "externalAuth",
	NULL
};

static const struct gws_schema filter_fields[] = {
	{ .name = "type", .type = GWS_S_STRING, .required = true,
	  .values = filter_types },
	PART("requestHeaderModifier", modifier_fields),
	PART("responseHeaderModifier", modifier_fields),
	PART("requestMirror", mirror_fields, .rule = check_mirror),
	PART("requestRedirect", redirect_fields),
	PART("urlRewrite", rewrite_fields),
	PART("extensionRef", extension_fields),
	PART("cors", cors_fields),
	/* Experimental, and not there: that is said, so its fields do not matter. */
	{ .name = "externalAuth", .type = GWS_S_ANY },
	END
};

/* "filter.x must be nil if the filter.type is not X", "must be specified" */
static void check_filter(struct gws_check *check, const cJSON *node)
{
	const char *type = gws_json_str(node, "type", "");
	size_t i;

	for (i = 0; filter_types[i]; i++) {
		bool wanted = !strcmp(type, filter_types[i]);
		bool there = gws_json_get(node, filter_members[i]);

		if (wanted && !there)
			gws_check_fail(check, node, filter_members[i],
				       "is required when type is %s", type);
		if (!wanted && there)
			gws_check_fail(check, node, filter_members[i],
				       "must not be set when type is %s", type);
	}
}

static const struct gws_schema filter =
	OBJECT(filter_fields, .rule = check_filter);

static int count_type(const cJSON *filters, const char *type)
{
	const cJSON *item;
	int n = 0;

	cJSON_ArrayForEach(item, filters)
		n += !strcmp(gws_json_str(item, "type", ""), type);
	return n;
}

/* "... filter cannot be repeated", "May specify either ... but not both" */
static void check_filters(struct gws_check *check, const cJSON *node)
{
	size_t i;

	for (i = 0; filter_types[i]; i++) {
		if (!strcmp(filter_types[i], "RequestMirror") ||
		    !strcmp(filter_types[i], "ExtensionRef"))
			continue;
		if (count_type(node, filter_types[i]) > 1)
			gws_check_fail(check, node, NULL,
				       "must not repeat filter %s",
				       filter_types[i]);
	}
	if (count_type(node, "RequestRedirect") &&
	    count_type(node, "URLRewrite"))
		gws_check_fail(check, node, NULL,
			       "must not have RequestRedirect beside URLRewrite");
}

#define FILTERS LIST("filters", 16, &filter, .rule = check_filters)

/* Matches. */

static const char *const path_types[] = {
	"Exact", "PathPrefix", "RegularExpression", NULL
};
static const struct gws_schema path_fields[] = {
	{ .name = "type", .type = GWS_S_STRING, .values = path_types },
	{ .name = "value", .type = GWS_S_STRING, .max = 1024 },
	END
};

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n >= m && !strcmp(text + n - m, end);
}

/* The rules of HTTPPathMatch, in their order. */
static void check_path(struct gws_check *check, const cJSON *node)
{
	static const char *const inside[] = {
		"//", "/./", "/../", "%2f", "%2F", "#"
	};
	const char *value = gws_json_str(node, "value", "/");
	const cJSON *where = gws_json_get(node, "value");
	const char *wrong;
	size_t i;

	if (!strcmp(gws_json_str(node, "type", ""), "RegularExpression"))
		return;
	if (value[0] != '/') {
		gws_check_fail(check, where, "value",
			       "\"%.100s\" must start with \"/\"", value);
		return;
	}
	for (i = 0; i < sizeof(inside) / sizeof(inside[0]); i++) {
		if (!strstr(value, inside[i]))
			continue;
		gws_check_fail(check, where, "value",
			       "\"%.100s\" must not contain \"%s\"", value,
			       inside[i]);
		return;
	}
	if (ends_with(value, "/..") || ends_with(value, "/.")) {
		gws_check_fail(check, where, "value",
			       "\"%.100s\" must not end with \"/.\" or \"/..\"",
			       value);
		return;
	}
	wrong = gws_format_path(value);
	if (wrong)
		gws_check_fail(check, where, "value", "\"%.100s\" %s", value,
			       wrong);
}

static const char *const value_types[] = {
	"Exact", "RegularExpression", NULL
};
static const struct gws_schema header_match_fields[] = {
	{ .name = "type", .type = GWS_S_STRING, .values = value_types },
	{ .name = "name", .type = GWS_S_STRING, .required = true, .min = 1,
	  .max = 256, .format = gws_format_header },
	{ .name = "value", .type = GWS_S_STRING, .required = true, .min = 1,
	  .max = 4096 },
	END
};
static const struct gws_schema header_match = OBJECT(header_match_fields);

static const struct gws_schema query_match_fields[] = {
	{ .name = "type", .type = GWS_S_STRING, .values = value_types },
	{ .name = "name", .type = GWS_S_STRING, .required = true, .min = 1,
	  .max = 256, .format = gws_format_header },
	{ .name = "value", .type = GWS_S_STRING, .required = true, .min = 1,
	  .max = 1024 },
	END
};
static const struct gws_schema query_match = OBJECT(query_match_fields);

static const char *const methods[] = {
	"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE",
	"PATCH", NULL
};

static const struct gws_schema match_fields[] = {
	PART("path", path_fields, .rule = check_path),
	LIST("headers", 16, &header_match, .key = "name"),
	LIST("queryParams", 16, &query_match, .key = "name"),
	{ .name = "method", .type = GWS_S_STRING, .values = methods },
	END
};
static const struct gws_schema match = OBJECT(match_fields);

/* Rules. */

static const struct gws_schema backend_fields[] = {
	GROUP(), KIND(), NAME(.required = true), NAMESPACE(), PORT(),
	{ .name = "weight", .type = GWS_S_INTEGER, .max = 1000000 },
	FILTERS,
	END
};
static const struct gws_schema backend =
	OBJECT(backend_fields, .rule = check_backend);

static const struct gws_schema timeouts_fields[] = {
	{ .name = "request", .type = GWS_S_STRING,
	  .format = gws_format_duration },
	{ .name = "backendRequest", .type = GWS_S_STRING,
	  .format = gws_format_duration },
	END
};

/* "backendRequest timeout cannot be longer than request timeout" */
static void check_timeouts(struct gws_check *check, const cJSON *node)
{
	const char *request = gws_json_str(node, "request", NULL);
	const char *backend_request = gws_json_str(node, "backendRequest",
						   NULL);

	if (request && backend_request && gws_duration_ms(request) &&
	    gws_duration_ms(backend_request) > gws_duration_ms(request))
		gws_check_fail(check, node, "backendRequest",
			       "must not be longer than request");
}

static const struct gws_schema retry_code = {
	.type = GWS_S_INTEGER, .min = 400, .max = 599,
};
static const struct gws_schema retry_fields[] = {
	LIST("codes", 200, &retry_code, .set = true),
	{ .name = "attempts", .type = GWS_S_INTEGER, .max = INT32_MAX },
	{ .name = "backoff", .type = GWS_S_STRING,
	  .format = gws_format_duration },
	END
};

static const struct gws_schema rule_fields[] = {
	NAME(.format = gws_format_subdomain),
	LIST("matches", 64, &match),
	FILTERS,
	LIST("backendRefs", 16, &backend),
	PART("timeouts", timeouts_fields, .rule = check_timeouts),
	PART("retry", retry_fields),
	END
};

/* Filters that replace the matched prefix, of a kind with a path. */
static bool replaces_prefix(const cJSON *filters)
{
	const cJSON *item, *path;

	cJSON_ArrayForEach(item, filters) {
		path = gws_json_get(gws_json_get(item, "requestRedirect"),
				    "path");
		if (!path)
			path = gws_json_get(gws_json_get(item, "urlRewrite"),
					    "path");
		if (gws_json_get(path, "replacePrefixMatch"))
			return true;
	}
	return false;
}

/*
 * "RequestRedirect filter must not be used together with backendRefs"
 * "When using ... path.replacePrefixMatch, exactly one PathPrefix match must be
 * specified"
 */
static void check_rule(struct gws_check *check, const cJSON *node)
{
	const cJSON *filters = gws_json_get(node, "filters");
	const cJSON *backends = gws_json_get(node, "backendRefs"), *item;
	const cJSON *matches = gws_json_get(node, "matches"), *path;
	bool replaces = replaces_prefix(filters);

	if (cJSON_GetArraySize(backends) &&
	    count_type(filters, "RequestRedirect"))
		gws_check_fail(check, backends, "backendRefs",
			       "must not be set beside filter RequestRedirect");
	cJSON_ArrayForEach(item, backends)
		replaces |= replaces_prefix(gws_json_get(item, "filters"));
	if (!replaces || !matches)
		return;
	path = gws_json_get(matches->child, "path");
	if (cJSON_GetArraySize(matches) != 1 ||
	    strcmp(gws_json_str(path, "type", "PathPrefix"), "PathPrefix"))
		gws_check_fail(check, matches, "matches",
			       "must be one PathPrefix for replacePrefixMatch");
}

static const struct gws_schema rule = OBJECT(rule_fields, .rule = check_rule);

/* "Rule name must be unique within the route", the limit of all matches. */
static void check_rules(struct gws_check *check, const cJSON *node)
{
	const cJSON *item, *other, *list;
	int matches = 0, i = 0;
	char path[32];
	const char *name;

	cJSON_ArrayForEach(item, node) {
		/* One is the default of a list that is not there at all. */
		list = gws_json_get(item, "matches");
		matches += list ? cJSON_GetArraySize(list) : 1;
		name = gws_json_str(item, "name", NULL);
		snprintf(path, sizeof(path), "[%d].name", i++);
		for (other = node->child; name && other != item;
		     other = other->next) {
			if (strcmp(gws_json_str(other, "name", ""), name))
				continue;
			gws_check_fail(check, item, path,
				       "stands twice in the list");
			break;
		}
	}
	if (matches > 128)
		gws_check_fail(check, node, NULL,
			       "have %d matches, at most 128 are allowed",
			       matches);
}

/* Parents. */

static const struct gws_schema parent_fields[] = {
	GROUP(), KIND(), NAME(.required = true), NAMESPACE(), PORT(),
	{ .name = "sectionName", .type = GWS_S_STRING, .min = 1, .max = 253,
	  .format = gws_format_subdomain },
	END
};
static const struct gws_schema parent = OBJECT(parent_fields);

static bool same_parent(const cJSON *a, const cJSON *b)
{
	static const char *const fields[] = { "name", "namespace" };
	size_t i;

	if (strcmp(gws_json_str(a, "group", "gateway.networking.k8s.io"),
		   gws_json_str(b, "group", "gateway.networking.k8s.io")) ||
	    strcmp(gws_json_str(a, "kind", "Gateway"),
		   gws_json_str(b, "kind", "Gateway")))
		return false;
	for (i = 0; i < 2; i++)
		if (strcmp(gws_json_str(a, fields[i], ""),
			   gws_json_str(b, fields[i], "")))
			return false;
	return true;
}

/* "sectionName must be specified / unique when parentRefs includes 2 or more" */
static void check_parents(struct gws_check *check, const cJSON *node)
{
	const cJSON *item, *other;
	const char *a, *b;
	char path[32];
	int i = 0;

	cJSON_ArrayForEach(item, node) {
		snprintf(path, sizeof(path), "[%d].sectionName", i++);
		a = gws_json_str(item, "sectionName", "");
		for (other = node->child; other != item; other = other->next) {
			b = gws_json_str(other, "sectionName", "");
			if (!same_parent(item, other) || (*a && *b &&
							  strcmp(a, b)))
				continue;
			gws_check_fail(check, item, path, *a && *b ?
				       "must be unique among references to one parent" :
				       "is required in each of several references to one parent");
			break;
		}
	}
}

static const struct gws_schema spec_fields[] = {
	LIST("parentRefs", 32, &parent, .rule = check_parents),
	LIST("hostnames", 16, &hostname),
	LIST("rules", 16, &rule, .min = 1, .rule = check_rules),
	END
};

static const struct gws_schema route_fields[] = {
	HEAD,
	PART("spec", spec_fields, .required = true),
	END
};

const struct gws_schema gws_schema_httproute = OBJECT(route_fields);
