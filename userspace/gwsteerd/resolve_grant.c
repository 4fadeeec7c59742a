// SPDX-License-Identifier: MIT
/*
 * Who may refer to whom over namespaces: ReferenceGrants for backends,
 * allowedRoutes.namespaces for parents.
 */
#include <string.h>

#include "resolve_steps.h"

static bool grants_from(const struct gws_referencegrant *grant,
			const char *namespace)
{
	size_t i;

	for (i = 0; i < grant->nfrom; i++)
		if (!strcmp(grant->from[i].group, GWS_GROUP) &&
		    !strcmp(grant->from[i].kind, "HTTPRoute") &&
		    !strcmp(grant->from[i].namespace, namespace))
			return true;
	return false;
}

static bool grants_to(const struct gws_referencegrant *grant,
		      const struct gws_backend_ref *to)
{
	size_t i;

	for (i = 0; i < grant->nto; i++)
		if (!strcmp(grant->to[i].group, to->group) &&
		    !strcmp(grant->to[i].kind, to->kind) &&
		    (!grant->to[i].name || !strcmp(grant->to[i].name, to->name)))
			return true;
	return false;
}

bool gws_resolve_grant(const struct gws_resolver *resolver, const char *from,
		       const struct gws_backend_ref *to)
{
	struct gws_object *const *grants;
	size_t count, i;

	if (!strcmp(from, to->namespace))
		return true;
	grants = gws_store_kind(resolver->store, GWS_KIND_REFERENCEGRANT,
				&count);
	for (i = 0; i < count; i++)
		if (!strcmp(grants[i]->namespace, to->namespace) &&
		    grants_from(&grants[i]->grant, from) &&
		    grants_to(&grants[i]->grant, to))
			return true;
	return false;
}

/*
 * A label of a namespace. One without a manifest exists all the same, with the
 * label that every namespace has.
 */
static const char *namespace_label(const struct gws_resolver *resolver,
				   const char *namespace, const char *key)
{
	const struct gws_object *object;

	if (!strcmp(key, "kubernetes.io/metadata.name"))
		return namespace;
	object = gws_store_find(resolver->store, GWS_KIND_NAMESPACE, "",
				namespace);
	return object ? gws_object_label(object, key) : NULL;
}

/* metav1.LabelSelectorRequirement; NotIn holds without the label too. */
static bool rule_holds(const struct gws_label_rule *rule, const char *value)
{
	bool in = false;
	size_t i;

	if (!strcmp(rule->operator, "Exists"))
		return value;
	if (!strcmp(rule->operator, "DoesNotExist"))
		return !value;
	for (i = 0; value && i < rule->nvalues; i++)
		in |= !strcmp(rule->values[i], value);
	return !strcmp(rule->operator, "In") ? in : !in;
}

static bool selects(const struct gws_resolver *resolver,
		    const struct gws_selector *selector, const char *namespace)
{
	const char *value;
	size_t i;

	if (!selector->present)
		return false;
	for (i = 0; i < selector->nlabels; i++) {
		value = namespace_label(resolver, namespace,
					selector->labels[i].name);
		if (!value || strcmp(value, selector->labels[i].value))
			return false;
	}
	for (i = 0; i < selector->nrules; i++)
		if (!rule_holds(&selector->rules[i],
				namespace_label(resolver, namespace,
						selector->rules[i].key)))
			return false;
	return true;
}

bool gws_resolve_namespace(const struct gws_resolver *resolver,
			   const struct gws_listener_spec *listener,
			   const char *gateway_namespace,
			   const char *namespace)
{
	switch (listener->from) {
	case GWS_FROM_ALL:
		return true;
	case GWS_FROM_SELECTOR:
		return selects(resolver, &listener->selector, namespace);
	case GWS_FROM_SAME:
		break;
	}
	return !strcmp(gateway_namespace, namespace);
}
