// SPDX-License-Identifier: MIT
/*
 * GatewayClass, Gateway and ReferenceGrant.
 */
#include <string.h>

#include "../lib/jsonx.h"
#include "../lib/mem.h"
#include "decode_kinds.h"

static struct gws_parameters_ref *decode_parameters(struct gws_object *object,
						    const cJSON *ref)
{
	struct gws_parameters_ref *parameters;

	if (!ref)
		return NULL;
	parameters = gws_mem_take(object->arena, sizeof(*parameters));
	parameters->group = gws_decode_text(object, ref, "group", "");
	parameters->kind = gws_decode_text(object, ref, "kind", "");
	parameters->namespace = gws_decode_text(object, ref, "namespace", NULL);
	parameters->name = gws_decode_text(object, ref, "name", "");
	return parameters;
}

void gws_decode_gatewayclass(struct gws_object *object, const cJSON *tree)
{
	const cJSON *spec = gws_json_get(tree, "spec");

	object->class.controller = gws_decode_text(object, spec,
						   "controllerName", "");
	object->class.parameters =
		decode_parameters(object, gws_json_get(spec, "parametersRef"));
}

static void decode_selector(struct gws_object *object, const cJSON *tree,
			    struct gws_selector *selector)
{
	const cJSON *item, *value;
	struct gws_label_rule *rule;

	selector->present = tree;
	selector->labels = gws_decode_pairs(object,
					    gws_json_get(tree, "matchLabels"),
					    &selector->nlabels);
	cJSON_ArrayForEach(item, gws_json_get(tree, "matchExpressions")) {
		rule = gws_mem_push(object->arena, selector->rules,
				    selector->nrules);
		rule->key = gws_decode_text(object, item, "key", "");
		rule->operator = gws_decode_text(object, item, "operator", "");
		cJSON_ArrayForEach(value, gws_json_get(item, "values"))
			*gws_mem_push(object->arena, rule->values,
				      rule->nvalues) =
				gws_mem_strdup(object->arena,
					       value->valuestring);
	}
}

static void decode_listener(struct gws_object *object, const cJSON *item)
{
	struct gws_gateway *gateway = &object->gateway;
	const cJSON *allowed = gws_json_get(item, "allowedRoutes"), *kind;
	const cJSON *namespaces = gws_json_get(allowed, "namespaces");
	const char *from = gws_json_str(namespaces, "from", "Same");
	struct gws_listener_spec *listener;
	struct gws_group_kind *group_kind;

	listener = gws_mem_push(object->arena, gateway->listeners,
				gateway->nlisteners);
	listener->name = gws_decode_text(object, item, "name", "");
	listener->hostname = gws_decode_text(object, item, "hostname", "");
	listener->protocol = gws_decode_text(object, item, "protocol", "");
	listener->port = (uint16_t)gws_json_int(item, "port", 0);
	listener->from = !strcmp(from, "All") ? GWS_FROM_ALL :
			 !strcmp(from, "Selector") ? GWS_FROM_SELECTOR :
			 GWS_FROM_SAME;
	decode_selector(object, gws_json_get(namespaces, "selector"),
			&listener->selector);
	cJSON_ArrayForEach(kind, gws_json_get(allowed, "kinds")) {
		group_kind = gws_mem_push(object->arena, listener->kinds,
					  listener->nkinds);
		group_kind->group = gws_decode_text(object, kind, "group",
						    GWS_GROUP);
		group_kind->kind = gws_decode_text(object, kind, "kind", "");
	}
}

/* spec.tls acts on HTTPS listeners and on TLS to backends only. */
static void note_tls(struct gws_object *object, const cJSON *tls)
{
	struct gws_gateway *gateway = &object->gateway;
	static const char *const parts[] = { "frontend", "backend" };
	struct gws_unsupported *unsupported;
	size_t i;

	for (i = 0; i < 2; i++) {
		if (!gws_json_get(tls, parts[i]))
			continue;
		unsupported = gws_mem_push(object->arena, gateway->unsupported,
					   gateway->nunsupported);
		unsupported->field = gws_mem_printf(object->arena,
						    "spec.tls.%s", parts[i]);
		unsupported->what = i ? "a client certificate for backends" :
			"validation of client certificates";
	}
}

void gws_decode_gateway(struct gws_object *object, const cJSON *tree)
{
	const cJSON *spec = gws_json_get(tree, "spec"), *item;
	const cJSON *infrastructure = gws_json_get(spec, "infrastructure");
	struct gws_gateway *gateway = &object->gateway;
	struct gws_address_spec *address;

	gateway->class = gws_decode_text(object, spec, "gatewayClassName", "");
	gateway->parameters =
		decode_parameters(object, gws_json_get(infrastructure,
						       "parametersRef"));
	cJSON_ArrayForEach(item, gws_json_get(spec, "listeners"))
		decode_listener(object, item);
	cJSON_ArrayForEach(item, gws_json_get(spec, "addresses")) {
		address = gws_mem_push(object->arena, gateway->addresses,
				       gateway->naddresses);
		address->type = gws_decode_text(object, item, "type",
						"IPAddress");
		address->value = gws_decode_text(object, item, "value", NULL);
		if (address->value && !*address->value)
			address->value = NULL;
	}
	note_tls(object, gws_json_get(spec, "tls"));
}

void gws_decode_referencegrant(struct gws_object *object, const cJSON *tree)
{
	const cJSON *spec = gws_json_get(tree, "spec"), *item;
	struct gws_referencegrant *grant = &object->grant;
	struct gws_grant_from *from;
	struct gws_grant_to *to;

	cJSON_ArrayForEach(item, gws_json_get(spec, "from")) {
		from = gws_mem_push(object->arena, grant->from, grant->nfrom);
		from->group = gws_decode_text(object, item, "group", "");
		from->kind = gws_decode_text(object, item, "kind", "");
		from->namespace = gws_decode_text(object, item, "namespace",
						  "");
	}
	cJSON_ArrayForEach(item, gws_json_get(spec, "to")) {
		to = gws_mem_push(object->arena, grant->to, grant->nto);
		to->group = gws_decode_text(object, item, "group", "");
		to->kind = gws_decode_text(object, item, "kind", "");
		to->name = gws_decode_text(object, item, "name", NULL);
	}
}
