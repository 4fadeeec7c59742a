// SPDX-License-Identifier: MIT
/*
 * Service, EndpointSlice and ConfigMap.
 */
#include "../lib/jsonx.h"
#include "../lib/mem.h"
#include "decode_kinds.h"

/* The API server copies clusterIP into clusterIPs; by hand one is enough. */
static void decode_cluster_ips(struct gws_service *service, const cJSON *spec)
{
	const cJSON *list = gws_json_get(spec, "clusterIPs"), *item;
	struct gws_ip *ips = service->cluster_ips;
	size_t n = 0;

	if (!list || !list->child)
		n = !gws_ip_parse(gws_json_str(spec, "clusterIP", ""), &ips[0]);
	cJSON_ArrayForEach(item, list)
		n += n < 2 && !gws_ip_parse(item->valuestring, &ips[n]);
	service->ncluster_ips = n;
}

void gws_decode_service(struct gws_object *object, const cJSON *tree)
{
	const cJSON *spec = gws_json_get(tree, "spec"), *item;
	const cJSON *families = gws_json_get(spec, "ipFamilies");
	struct gws_service *service = &object->service;
	struct gws_service_port *port;

	service->type = gws_decode_text(object, spec, "type", "ClusterIP");
	if (families && families->child)
		service->family = gws_mem_strdup(object->arena,
						 families->child->valuestring);
	decode_cluster_ips(service, spec);
	cJSON_ArrayForEach(item, gws_json_get(spec, "ports")) {
		port = gws_mem_push(object->arena, service->ports,
				    service->nports);
		port->name = gws_decode_text(object, item, "name", "");
		port->protocol = gws_decode_text(object, item, "protocol",
						 "TCP");
		port->app_protocol = gws_decode_text(object, item,
						     "appProtocol", NULL);
		port->port = (uint16_t)gws_json_int(item, "port", 0);
		port->node_port = (uint16_t)gws_json_int(item, "nodePort", 0);
	}
}

/*
 * discovery/v1 EndpointConditions: ready nil is true, serving nil is as ready,
 * terminating nil is false.
 */
static void decode_endpoint(struct gws_object *object, const cJSON *item)
{
	struct gws_endpointslice *slice = &object->slice;
	const cJSON *conditions = gws_json_get(item, "conditions");
	struct gws_slice_endpoint *endpoint;

	endpoint = gws_mem_push(object->arena, slice->endpoints,
				slice->nendpoints);
	endpoint->address = gws_mem_strdup(object->arena,
		gws_json_get(item, "addresses")->child->valuestring);
	endpoint->ready = gws_json_bool(conditions, "ready", true);
	endpoint->serving = gws_json_bool(conditions, "serving",
					  endpoint->ready);
	endpoint->terminating = gws_json_bool(conditions, "terminating", false);
}

void gws_decode_endpointslice(struct gws_object *object, const cJSON *tree)
{
	struct gws_endpointslice *slice = &object->slice;
	struct gws_slice_port *port;
	const cJSON *item;

	slice->service = gws_object_label(object, "kubernetes.io/service-name");
	slice->type = gws_decode_text(object, tree, "addressType", "");
	cJSON_ArrayForEach(item, gws_json_get(tree, "endpoints"))
		decode_endpoint(object, item);
	cJSON_ArrayForEach(item, gws_json_get(tree, "ports")) {
		port = gws_mem_push(object->arena, slice->ports, slice->nports);
		port->name = gws_decode_text(object, item, "name", "");
		port->protocol = gws_decode_text(object, item, "protocol",
						 "TCP");
		port->port = (uint16_t)gws_json_int(item, "port", 0);
	}
}

void gws_decode_configmap(struct gws_object *object, const cJSON *tree)
{
	const cJSON *binary = gws_json_get(tree, "binaryData");
	struct gws_configmap *map = &object->map;

	map->data = gws_decode_pairs(object, gws_json_get(tree, "data"),
				     &map->ndata);
	map->binary = binary && binary->child;
}
