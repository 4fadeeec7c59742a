// SPDX-License-Identifier: MIT
/*
 * From a parametersRef to the configuration that it names. What is wrong is told
 * by the object that refers to it: a ConfigMap has no conditions.
 */
#include <string.h>

#include "../lib/mem.h"
#include "resolve_steps.h"

static const char *read_map(const struct gws_resolver *resolver,
			    const char *namespace, const char *name,
			    struct gws_client_config *config)
{
	const struct gws_object *map;
	const char *wrong;

	map = gws_store_find(resolver->store, GWS_KIND_CONFIGMAP, namespace,
			     name);
	if (!map)
		return gws_mem_printf(resolver->arena,
				      "there is no ConfigMap %s/%s", namespace,
				      name);
	wrong = gws_config_apply(resolver->arena, &map->map, config);
	return wrong ? gws_mem_printf(resolver->arena, "ConfigMap %s/%s: %s",
				      namespace, name, wrong) : NULL;
}

const char *gws_resolve_config(const struct gws_resolver *resolver,
			       const struct gws_parameters_ref *ref,
			       const char *namespace,
			       struct gws_client_config *config)
{
	if (*ref->group || strcmp(ref->kind, "ConfigMap"))
		return gws_mem_printf(resolver->arena,
				      "a ConfigMap is wanted, not %s%s%s",
				      ref->group, *ref->group ? "/" : "",
				      ref->kind);
	if (!namespace)
		return "namespace is required for a ConfigMap";
	return read_map(resolver, namespace, ref->name, config);
}

/* A port that no listener has is one that its author thinks protected. */
const char *gws_resolve_proxy_ports(const struct gws_resolver *resolver,
				    const struct gws_gateway *gateway,
				    const struct gws_client_config *config)
{
	size_t i, j;

	for (i = 0; i < config->nports; i++) {
		for (j = 0; j < gateway->nlisteners; j++)
			if (gateway->listeners[j].port == config->ports[i])
				break;
		if (j == gateway->nlisteners)
			return gws_mem_printf(resolver->arena,
					      "data.proxyProtocol: no listener has port %u",
					      config->ports[i]);
	}
	return NULL;
}
