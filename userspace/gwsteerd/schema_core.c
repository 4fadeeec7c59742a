// SPDX-License-Identifier: MIT
/*
 * Schemas of metadata, label selectors and Kubernetes' own kinds: every field
 * that an API server of 1.34 knows, since an unknown one is refused.
 */
#include <stdio.h>
#include <string.h>

#include "../lib/jsonx.h"
#include "schema_fields.h"

const struct gws_schema gws_schema_string = { .type = GWS_S_STRING };

static const struct gws_schema label_value = {
	.type = GWS_S_STRING, .max = 63, .format = gws_format_label_value,
};

const struct gws_schema gws_schema_metadata_fields[] = {
	{ .name = "name", .type = GWS_S_STRING, .required = true, .min = 1, .max = 253,
	  .format = gws_format_subdomain },
	{ .name = "namespace", .type = GWS_S_STRING, .max = 63, .min = 1,
	  .format = gws_format_label },
	{ .name = "labels", .type = GWS_S_MAP, .item = &label_value },
	{ .name = "annotations", .type = GWS_S_MAP, .item = &gws_schema_string },
	{ .name = "creationTimestamp", .type = GWS_S_STRING,
	  .format = gws_format_time },
	{ .name = "generation", .type = GWS_S_INTEGER },
	{ .name = "uid", .type = GWS_S_STRING },
	{ .name = "resourceVersion", .type = GWS_S_STRING },
	{ .name = "generateName", .type = GWS_S_STRING },
	{ .name = "selfLink", .type = GWS_S_STRING },
	{ .name = "deletionTimestamp", .type = GWS_S_STRING,
	  .format = gws_format_time },
	{ .name = "deletionGracePeriodSeconds", .type = GWS_S_INTEGER },
	{ .name = "finalizers", .type = GWS_S_ARRAY, .item = &gws_schema_string },
	{ .name = "ownerReferences", .type = GWS_S_ANY },
	{ .name = "managedFields", .type = GWS_S_ANY },
	{ .name = NULL }
};

static const char *const operators[] = {
	"In", "NotIn", "Exists", "DoesNotExist", NULL
};

static const struct gws_schema expression_fields[] = {
	{ .name = "key", .type = GWS_S_STRING, .required = true, .min = 1 },
	{ .name = "operator", .type = GWS_S_STRING, .required = true, .values = operators },
	{ .name = "values", .type = GWS_S_ARRAY, .item = &gws_schema_string },
	{ .name = NULL }
};

/* metav1.LabelSelectorRequirement: values exactly where they mean something. */
static void check_expression(struct gws_check *check, const cJSON *node)
{
	const char *operator = gws_json_str(node, "operator", "");
	int n = cJSON_GetArraySize(gws_json_get(node, "values"));
	bool takes = !strcmp(operator, "In") || !strcmp(operator, "NotIn");

	if (takes && !n)
		gws_check_fail(check, node, "values", "is required for %s",
			       operator);
	if (!takes && n)
		gws_check_fail(check, node, "values",
			       "must not be set for %s", operator);
}

static const struct gws_schema expression = {
	.type = GWS_S_OBJECT, .fields = expression_fields,
	.rule = check_expression,
};

const struct gws_schema gws_schema_selector_fields[] = {
	{ .name = "matchLabels", .type = GWS_S_MAP, .item = &label_value },
	{ .name = "matchExpressions", .type = GWS_S_ARRAY, .item = &expression },
	{ .name = NULL }
};

static const char *const protocols[] = { "TCP", "UDP", "SCTP", NULL };

static const struct gws_schema service_port_fields[] = {
	{ .name = "name", .type = GWS_S_STRING, .max = 63, .format = gws_format_label },
	{ .name = "protocol", .type = GWS_S_STRING, .values = protocols },
	{ .name = "appProtocol", .type = GWS_S_STRING },
	{ .name = "port", .type = GWS_S_INTEGER, .required = true, .min = 1, .max = 65535 },
	{ .name = "targetPort", .type = GWS_S_INT_OR_STRING },
	{ .name = "nodePort", .type = GWS_S_INTEGER, .max = 65535 },
	{ .name = NULL }
};

static const struct gws_schema service_port = {
	.type = GWS_S_OBJECT, .fields = service_port_fields,
};

/* core/v1 ServicePort: names are unique, and required when there are several. */
static void check_ports(struct gws_check *check, const cJSON *node)
{
	const cJSON *port, *other;
	const char *name;
	int i = 0;
	char path[32];

	cJSON_ArrayForEach(port, node) {
		name = gws_json_str(port, "name", "");
		snprintf(path, sizeof(path), "[%d].name", i++);
		if (!*name && node->child->next)
			gws_check_fail(check, port, path,
				       "is required when there are several ports");
		for (other = node->child; other != port; other = other->next)
			if (*name &&
			    !strcmp(name, gws_json_str(other, "name", "")))
				break;
		if (other != port)
			gws_check_fail(check, port, path,
				       "stands twice in the list");
	}
}

static const char *const service_types[] = {
	"ClusterIP", "NodePort", "LoadBalancer", "ExternalName", NULL
};
static const char *const families[] = { "IPv4", "IPv6", NULL };
static const struct gws_schema family = {
	.type = GWS_S_STRING, .values = families,
};

static const struct gws_schema cluster_ip = {
	.type = GWS_S_STRING, .format = gws_format_cluster_ip,
};

static const struct gws_schema service_spec_fields[] = {
	{ .name = "ports", .type = GWS_S_ARRAY, .item = &service_port, .rule = check_ports },
	{ .name = "selector", .type = GWS_S_MAP, .item = &gws_schema_string },
	{ .name = "clusterIP", .type = GWS_S_STRING, .format = gws_format_cluster_ip },
	{ .name = "clusterIPs", .type = GWS_S_ARRAY, .max = 2, .item = &cluster_ip },
	{ .name = "type", .type = GWS_S_STRING, .values = service_types },
	{ .name = "externalIPs", .type = GWS_S_ARRAY, .item = &gws_schema_string },
	{ .name = "sessionAffinity", .type = GWS_S_STRING },
	{ .name = "sessionAffinityConfig", .type = GWS_S_ANY },
	{ .name = "loadBalancerIP", .type = GWS_S_STRING },
	{ .name = "loadBalancerSourceRanges", .type = GWS_S_ARRAY, .item = &gws_schema_string },
	{ .name = "loadBalancerClass", .type = GWS_S_STRING },
	{ .name = "allocateLoadBalancerNodePorts", .type = GWS_S_BOOLEAN },
	{ .name = "externalName", .type = GWS_S_STRING },
	{ .name = "externalTrafficPolicy", .type = GWS_S_STRING },
	{ .name = "internalTrafficPolicy", .type = GWS_S_STRING },
	{ .name = "trafficDistribution", .type = GWS_S_STRING },
	{ .name = "healthCheckNodePort", .type = GWS_S_INTEGER },
	{ .name = "publishNotReadyAddresses", .type = GWS_S_BOOLEAN },
	{ .name = "ipFamilies", .type = GWS_S_ARRAY, .max = 2, .item = &family },
	{ .name = "ipFamilyPolicy", .type = GWS_S_STRING },
	{ .name = NULL }
};

static const struct gws_schema service_fields[] = {
	HEAD,
	{ .name = "spec", .type = GWS_S_OBJECT, .required = true,
	  .fields = service_spec_fields },
	{ .name = NULL }
};

const struct gws_schema gws_schema_service = {
	.type = GWS_S_OBJECT, .fields = service_fields,
};

static const struct gws_schema conditions_fields[] = {
	{ .name = "ready", .type = GWS_S_BOOLEAN },
	{ .name = "serving", .type = GWS_S_BOOLEAN },
	{ .name = "terminating", .type = GWS_S_BOOLEAN },
	{ .name = NULL }
};

static const struct gws_schema endpoint_fields[] = {
	{ .name = "addresses", .type = GWS_S_ARRAY, .required = true, .min = 1, .max = 100,
	  .item = &gws_schema_string },
	{ .name = "conditions", .type = GWS_S_OBJECT, .fields = conditions_fields },
	{ .name = "hostname", .type = GWS_S_STRING },
	{ .name = "targetRef", .type = GWS_S_ANY },
	{ .name = "deprecatedTopology", .type = GWS_S_ANY },
	{ .name = "nodeName", .type = GWS_S_STRING },
	{ .name = "zone", .type = GWS_S_STRING },
	{ .name = "hints", .type = GWS_S_ANY },
	{ .name = NULL }
};

static const struct gws_schema endpoint = {
	.type = GWS_S_OBJECT, .fields = endpoint_fields,
};

static const struct gws_schema slice_port_fields[] = {
	{ .name = "name", .type = GWS_S_STRING, .max = 63 },
	{ .name = "protocol", .type = GWS_S_STRING, .values = protocols },
	{ .name = "port", .type = GWS_S_INTEGER, .min = 1, .max = 65535 },
	{ .name = "appProtocol", .type = GWS_S_STRING },
	{ .name = NULL }
};

static const struct gws_schema slice_port = {
	.type = GWS_S_OBJECT, .fields = slice_port_fields,
};

static const char *const address_types[] = { "IPv4", "IPv6", "FQDN", NULL };

/* discovery/v1: the addresses are of the slice's addressType. */
static void check_slice(struct gws_check *check, const cJSON *node)
{
	const char *type = gws_json_str(node, "addressType", "");
	const cJSON *item, *address;
	char path[48];
	int i = 0, j;

	cJSON_ArrayForEach(item, gws_json_get(node, "endpoints")) {
		j = 0;
		cJSON_ArrayForEach(address, gws_json_get(item, "addresses")) {
			const char *text = address->valuestring;
			bool v6 = strchr(text, ':');

			snprintf(path, sizeof(path),
				 "endpoints[%d].addresses[%d]", i, j++);
			if (strcmp(type, "FQDN") &&
			    (gws_format_ip(text) || v6 != !strcmp(type, "IPv6")))
				gws_check_fail(check, address, path,
					       "\"%.100s\" must be an %s address",
					       text, type);
		}
		i++;
	}
}

static const struct gws_schema slice_fields[] = {
	HEAD,
	{ .name = "addressType", .type = GWS_S_STRING, .required = true,
	  .values = address_types },
	{ .name = "endpoints", .type = GWS_S_ARRAY, .max = 1000,
	  .item = &endpoint },
	{ .name = "ports", .type = GWS_S_ARRAY, .max = 100, .item = &slice_port },
	{ .name = NULL }
};

const struct gws_schema gws_schema_endpointslice = {
	.type = GWS_S_OBJECT, .fields = slice_fields, .rule = check_slice,
};

static const struct gws_schema namespace_fields[] = {
	HEAD,
	{ .name = "spec", .type = GWS_S_ANY },
	{ .name = NULL }
};

const struct gws_schema gws_schema_namespace = {
	.type = GWS_S_OBJECT, .fields = namespace_fields,
};

static const struct gws_schema configmap_fields[] = {
	HEAD,
	{ .name = "data", .type = GWS_S_MAP, .item = &gws_schema_string },
	{ .name = "binaryData", .type = GWS_S_MAP, .item = &gws_schema_string },
	{ .name = "immutable", .type = GWS_S_BOOLEAN },
	{ .name = NULL }
};

const struct gws_schema gws_schema_configmap = {
	.type = GWS_S_OBJECT, .fields = configmap_fields,
};
