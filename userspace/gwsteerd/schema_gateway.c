// SPDX-License-Identifier: MIT
/*
 * Schemas of GatewayClass, Gateway and ReferenceGrant, standard channel of
 * Gateway API v1.7.0. A rule's comment names the CEL rule it stands for.
 */
#include <stdio.h>
#include <string.h>

#include "../lib/jsonx.h"
#include "schema_fields.h"

static const struct gws_schema parameters_fields[] = {
	GROUP(.required = true), KIND(.required = true),
	NAME(.required = true), NAMESPACE(), { .name = NULL }
};

static const struct gws_schema class_spec_fields[] = {
	{ .name = "controllerName", .type = GWS_S_STRING, .required = true, .min = 1,
	  .max = 253, .format = gws_format_controller },
	{ .name = "description", .type = GWS_S_STRING, .max = 64 },
	{ .name = "parametersRef", .type = GWS_S_OBJECT, .fields = parameters_fields },
	{ .name = NULL }
};

static const struct gws_schema class_fields[] = {
	HEAD,
	{ .name = "spec", .type = GWS_S_OBJECT, .required = true, .fields = class_spec_fields },
	{ .name = NULL }
};

const struct gws_schema gws_schema_gatewayclass = {
	.type = GWS_S_OBJECT, .fields = class_fields,
};

static const struct gws_schema address_fields[] = {
	{ .name = "type", .type = GWS_S_STRING, .min = 1, .max = 253,
	  .format = gws_format_address_type },
	{ .name = "value", .type = GWS_S_STRING, .max = 253 },
	{ .name = NULL }
};

/* GatewaySpecAddress: oneOf by type, "Hostname value must be empty or ..." */
static void check_address(struct gws_check *check, const cJSON *node)
{
	const char *type = gws_json_str(node, "type", "IPAddress");
	const cJSON *value = gws_json_get(node, "value");
	const char *wrong = NULL;

	if (!value)
		return;
	if (!strcmp(type, "IPAddress"))
		wrong = gws_format_ip(value->valuestring);
	else if (!strcmp(type, "Hostname"))
		wrong = gws_format_hostname(value->valuestring);
	if (wrong)
		gws_check_fail(check, value, "value", "\"%.100s\" %s",
			       value->valuestring, wrong);
}

static const struct gws_schema address = {
	.type = GWS_S_OBJECT, .fields = address_fields, .rule = check_address,
};

/* "IPAddress values must be unique", "Hostname values must be unique" */
static void check_addresses(struct gws_check *check, const cJSON *node)
{
	const cJSON *item, *other;
	const char *value;
	char path[32];
	int i = 0;

	cJSON_ArrayForEach(item, node) {
		snprintf(path, sizeof(path), "[%d].value", i++);
		value = gws_json_str(item, "value", NULL);
		for (other = node->child; value && other != item;
		     other = other->next) {
			if (strcmp(gws_json_str(other, "value", ""), value) ||
			    strcmp(gws_json_str(other, "type", "IPAddress"),
				   gws_json_str(item, "type", "IPAddress")))
				continue;
			gws_check_fail(check, item, path,
				       "stands twice in the list");
			break;
		}
	}
}

static const char *const listener_froms[] = { "All", "Selector", "Same", NULL };
static const char *const set_froms[] = {
	"All", "Selector", "Same", "None", NULL
};

static const struct gws_schema route_namespaces_fields[] = {
	{ .name = "from", .type = GWS_S_STRING, .values = listener_froms },
	{ .name = "selector", .type = GWS_S_OBJECT, .fields = gws_schema_selector_fields },
	{ .name = NULL }
};

static const struct gws_schema set_namespaces_fields[] = {
	{ .name = "from", .type = GWS_S_STRING, .values = set_froms },
	{ .name = "selector", .type = GWS_S_OBJECT, .fields = gws_schema_selector_fields },
	{ .name = NULL }
};

static const struct gws_schema allowed_listeners_fields[] = {
	{ .name = "namespaces", .type = GWS_S_OBJECT, .fields = set_namespaces_fields },
	{ .name = NULL }
};

static const struct gws_schema route_kind_fields[] = {
	GROUP(), KIND(.required = true), { .name = NULL }
};
static const struct gws_schema route_kind = {
	.type = GWS_S_OBJECT, .fields = route_kind_fields,
};

static const struct gws_schema allowed_routes_fields[] = {
	{ .name = "namespaces", .type = GWS_S_OBJECT, .fields = route_namespaces_fields },
	{ .name = "kinds", .type = GWS_S_ARRAY, .max = 8, .item = &route_kind },
	{ .name = NULL }
};

static const struct gws_schema secret_ref_fields[] = {
	GROUP(), KIND(), NAME(.required = true), NAMESPACE(), { .name = NULL }
};
static const struct gws_schema secret_ref = {
	.type = GWS_S_OBJECT, .fields = secret_ref_fields,
};
static const struct gws_schema option = {
	.type = GWS_S_STRING, .max = 4096,
};
static const char *const tls_modes[] = { "Terminate", "Passthrough", NULL };

static const struct gws_schema listener_tls_fields[] = {
	{ .name = "mode", .type = GWS_S_STRING, .values = tls_modes },
	{ .name = "certificateRefs", .type = GWS_S_ARRAY, .max = 64, .item = &secret_ref },
	{ .name = "options", .type = GWS_S_MAP, .max = 16, .item = &option },
	{ .name = NULL }
};

/* "certificateRefs or options must be specified when mode is Terminate" */
static void check_listener_tls(struct gws_check *check, const cJSON *node)
{
	if (!strcmp(gws_json_str(node, "mode", "Terminate"), "Terminate") &&
	    !cJSON_GetArraySize(gws_json_get(node, "certificateRefs")) &&
	    !cJSON_GetArraySize(gws_json_get(node, "options")))
		gws_check_fail(check, node, "certificateRefs",
			       "is required when mode is Terminate");
}

/* The rules of GatewaySpec.listeners that look at one listener. */
static void check_listener(struct gws_check *check, const cJSON *node)
{
	const char *protocol = gws_json_str(node, "protocol", "");
	const cJSON *tls = gws_json_get(node, "tls");
	const cJSON *hostname = gws_json_get(node, "hostname");
	bool l4 = !strcmp(protocol, "TCP") || !strcmp(protocol, "UDP");

	if (tls && (l4 || !strcmp(protocol, "HTTP")))
		gws_check_fail(check, tls, "tls",
			       "must not be set for protocol %s", protocol);
	if (tls && !strcmp(protocol, "HTTPS") &&
	    strcmp(gws_json_str(tls, "mode", "Terminate"), "Terminate"))
		gws_check_fail(check, tls, "tls.mode",
			       "must be Terminate for protocol HTTPS");
	if (!tls && !strcmp(protocol, "TLS"))
		gws_check_fail(check, node, "tls",
			       "is required for protocol TLS");
	if (hostname && l4)
		gws_check_fail(check, hostname, "hostname",
			       "must not be set for protocol %s", protocol);
}

static const struct gws_schema listener_fields[] = {
	{ .name = "name", .type = GWS_S_STRING, .required = true, .min = 1, .max = 253,
	  .format = gws_format_subdomain },
	{ .name = "hostname", .type = GWS_S_STRING, .min = 1, .max = 253,
	  .format = gws_format_hostname },
	{ .name = "port", .type = GWS_S_INTEGER, .required = true, .min = 1, .max = 65535 },
	{ .name = "protocol", .type = GWS_S_STRING, .required = true, .min = 1, .max = 255,
	  .format = gws_format_protocol },
	{ .name = "tls", .type = GWS_S_OBJECT, .fields = listener_tls_fields,
	  .rule = check_listener_tls },
	{ .name = "allowedRoutes", .type = GWS_S_OBJECT, .fields = allowed_routes_fields },
	{ .name = NULL }
};

static const struct gws_schema listener = {
	.type = GWS_S_OBJECT, .fields = listener_fields, .rule = check_listener,
};

/* "Combination of port, protocol and hostname must be unique ..." */
static void check_listeners(struct gws_check *check, const cJSON *node)
{
	const cJSON *item, *other;
	char path[32];
	int i = 0;

	cJSON_ArrayForEach(item, node) {
		snprintf(path, sizeof(path), "[%d]", i++);
		for (other = node->child; other != item; other = other->next) {
			if (gws_json_int(item, "port", 0) !=
			    gws_json_int(other, "port", 0) ||
			    strcmp(gws_json_str(item, "protocol", ""),
				   gws_json_str(other, "protocol", "")) ||
			    strcmp(gws_json_str(item, "hostname", ""),
				   gws_json_str(other, "hostname", "")))
				continue;
			gws_check_fail(check, item, path,
				       "has the port, protocol and hostname of listener %s",
				       gws_json_str(other, "name", ""));
			break;
		}
	}
}

static const struct gws_schema annotation = {
	.type = GWS_S_STRING, .max = 4096,
};
static const struct gws_schema label = {
	.type = GWS_S_STRING, .max = 63, .format = gws_format_label_value,
};

static const struct gws_schema local_parameters_fields[] = {
	GROUP(.required = true), KIND(.required = true),
	NAME(.required = true), { .name = NULL }
};

static const struct gws_schema infrastructure_fields[] = {
	{ .name = "labels", .type = GWS_S_MAP, .max = 8, .item = &label },
	{ .name = "annotations", .type = GWS_S_MAP, .max = 16, .item = &annotation },
	{ .name = "parametersRef", .type = GWS_S_OBJECT, .fields = local_parameters_fields },
	{ .name = NULL }
};

static const struct gws_schema ca_ref_fields[] = {
	GROUP(.required = true), KIND(.required = true),
	NAME(.required = true), NAMESPACE(), { .name = NULL }
};
static const struct gws_schema ca_ref = {
	.type = GWS_S_OBJECT, .fields = ca_ref_fields,
};
static const char *const validation_modes[] = {
	"AllowValidOnly", "AllowInsecureFallback", NULL
};

static const struct gws_schema validation_fields[] = {
	{ .name = "caCertificateRefs", .type = GWS_S_ARRAY, .required = true, .min = 1,
	  .max = 16, .item = &ca_ref },
	{ .name = "mode", .type = GWS_S_STRING, .values = validation_modes },
	{ .name = NULL }
};

static const struct gws_schema frontend_tls_fields[] = {
	{ .name = "validation", .type = GWS_S_OBJECT, .fields = validation_fields },
	{ .name = NULL }
};

static const struct gws_schema per_port_fields[] = {
	{ .name = "port", .type = GWS_S_INTEGER, .required = true, .min = 1, .max = 65535 },
	{ .name = "tls", .type = GWS_S_OBJECT, .required = true,
	  .fields = frontend_tls_fields },
	{ .name = NULL }
};
static const struct gws_schema per_port = {
	.type = GWS_S_OBJECT, .fields = per_port_fields,
};

static const struct gws_schema frontend_fields[] = {
	{ .name = "default", .type = GWS_S_OBJECT, .required = true,
	  .fields = frontend_tls_fields },
	{ .name = "perPort", .type = GWS_S_ARRAY, .max = 64, .item = &per_port, .key = "port" },
	{ .name = NULL }
};

static const struct gws_schema backend_tls_fields[] = {
	{ .name = "clientCertificateRef", .type = GWS_S_OBJECT, .fields = secret_ref_fields },
	{ .name = NULL }
};

static const struct gws_schema gateway_tls_fields[] = {
	{ .name = "backend", .type = GWS_S_OBJECT, .fields = backend_tls_fields },
	{ .name = "frontend", .type = GWS_S_OBJECT, .fields = frontend_fields },
	{ .name = NULL }
};

static const struct gws_schema gateway_spec_fields[] = {
	{ .name = "gatewayClassName", .type = GWS_S_STRING, .required = true, .min = 1,
	  .max = 253 },
	{ .name = "listeners", .type = GWS_S_ARRAY, .required = true, .min = 1, .max = 64,
	  .item = &listener, .key = "name", .rule = check_listeners },
	{ .name = "addresses", .type = GWS_S_ARRAY, .max = 16, .item = &address,
	  .rule = check_addresses },
	{ .name = "infrastructure", .type = GWS_S_OBJECT, .fields = infrastructure_fields },
	{ .name = "allowedListeners", .type = GWS_S_OBJECT,
	  .fields = allowed_listeners_fields },
	{ .name = "tls", .type = GWS_S_OBJECT, .fields = gateway_tls_fields },
	{ .name = NULL }
};

static const struct gws_schema gateway_fields[] = {
	HEAD,
	{ .name = "spec", .type = GWS_S_OBJECT, .required = true,
	  .fields = gateway_spec_fields },
	{ .name = NULL }
};

const struct gws_schema gws_schema_gateway = {
	.type = GWS_S_OBJECT, .fields = gateway_fields,
};

static const struct gws_schema grant_from_fields[] = {
	GROUP(.required = true), KIND(.required = true),
	NAMESPACE(.required = true), { .name = NULL }
};
static const struct gws_schema grant_from = {
	.type = GWS_S_OBJECT, .fields = grant_from_fields,
};
static const struct gws_schema grant_to_fields[] = {
	GROUP(.required = true), KIND(.required = true), NAME(), { .name = NULL }
};
static const struct gws_schema grant_to = {
	.type = GWS_S_OBJECT, .fields = grant_to_fields,
};

static const struct gws_schema grant_spec_fields[] = {
	{ .name = "from", .type = GWS_S_ARRAY, .required = true, .min = 1, .max = 16,
	  .item = &grant_from },
	{ .name = "to", .type = GWS_S_ARRAY, .required = true, .min = 1, .max = 16,
	  .item = &grant_to },
	{ .name = NULL }
};

static const struct gws_schema grant_fields[] = {
	HEAD,
	{ .name = "spec", .type = GWS_S_OBJECT, .required = true, .fields = grant_spec_fields },
	{ .name = NULL }
};

const struct gws_schema gws_schema_referencegrant = {
	.type = GWS_S_OBJECT, .fields = grant_fields,
};
