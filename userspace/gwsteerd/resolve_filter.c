// SPDX-License-Identifier: MIT
/*
 * Filters: which can be carried out, and what the kernel shall do for them.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "../lib/mem.h"
#include "path.h"
#include "resolve_steps.h"
#include "schema.h"

/* As GWS_FILTERS_MAX of kmod/limits.h. */
#define FILTERS_MAX	(16 * 1024)

/*
 * Fields that no filter may change: those of framing and of one connection are
 * the proxy's own, a wrong one would make two messages of one. Host is what
 * URLRewrite is for; a lost Via would hide a loop.
 */
static const char *const fixed[] = {
	"Connection", "Content-Length", "HTTP2-Settings", "Keep-Alive",
	"Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "Upgrade",
	NULL
};
static const char *const fixed_request[] = { "Expect", "Host", "Via", NULL };

static bool is_among(const char *name, const char *const *list)
{
	for (; *list; list++)
		if (!strcasecmp(name, *list))
			return true;
	return false;
}

bool gws_field_is_value(const char *text)
{
	size_t len = strlen(text), i;

	for (i = 0; i < len; i++)
		if (((unsigned char)text[i] < ' ' && text[i] != '\t') ||
		    text[i] == 0x7f)
			return false;
	return !len || (!strchr(" \t", text[0]) &&
			!strchr(" \t", text[len - 1]));
}

/* The name that the n-th action of a modifier has, and where it stands. */
struct action {
	const char *list;
	size_t index;
	const char *name;
	const char *value;	/* NULL: remove */
};

static bool get_action(const struct gws_filter *filter, size_t n,
		       struct action *action)
{
	*action = (struct action){ "set", n, NULL, NULL };
	if (n < filter->n_set) {
		action->name = filter->set[n].name;
		action->value = filter->set[n].value;
		return true;
	}
	n -= filter->n_set;
	if (n < filter->n_add) {
		*action = (struct action){ "add", n, filter->add[n].name,
					   filter->add[n].value };
		return true;
	}
	n -= filter->n_add;
	if (n >= filter->n_remove)
		return false;
	*action = (struct action){ "remove", n, filter->remove[n], NULL };
	return true;
}

static const char *action_wrong(const struct gws_filter *filter, size_t n,
				const struct action *action)
{
	struct action other;
	size_t i;

	if (gws_format_header(action->name))
		return "is not a header name";
	if (is_among(action->name, fixed) ||
	    (filter->kind == GWS_FILTER_REQUEST_HEADERS &&
	     is_among(action->name, fixed_request)))
		return "cannot be changed by a filter";
	if (action->value && !gws_field_is_value(action->value))
		return "has a value with bytes or spaces that no header value has";
	/* HTTPHeaderFilter: "Only one action for a given header name". */
	for (i = 0; i < n && get_action(filter, i, &other); i++)
		if (!strcasecmp(other.name, action->name))
			return "has another action in this filter";
	return NULL;
}

static const char *modifier_wrong(struct gws_arena *arena,
				  const struct gws_route_filter *from)
{
	const char *member = from->filter.kind == GWS_FILTER_REQUEST_HEADERS ?
		"requestHeaderModifier" : "responseHeaderModifier";
	struct action action;
	const char *wrong;
	size_t n;

	for (n = 0; get_action(&from->filter, n, &action); n++) {
		wrong = action_wrong(&from->filter, n, &action);
		if (wrong)
			return gws_mem_printf(arena,
					      "%s.%s.%s[%zu]: header %.100s %s",
					      from->field, member, action.list,
					      action.index, action.name, wrong);
	}
	return NULL;
}

/* The path as it is sent; an empty prefix stays empty. NULL: it is none. */
static const char *new_path(struct gws_arena *arena,
			    const struct gws_filter *filter)
{
	if (filter->replace == GWS_REPLACE_PREFIX && !*filter->path)
		return "";
	if (filter->path[0] != '/' || strpbrk(filter->path, "?#") ||
	    gws_format_path(filter->path))
		return NULL;
	return gws_path_normalise(arena, filter->path);
}

static const char *path_wrong(struct gws_arena *arena,
			      const struct gws_route_filter *from)
{
	const struct gws_filter *filter = &from->filter;
	const char *member = filter->kind == GWS_FILTER_REDIRECT ?
		"requestRedirect" : "urlRewrite";
	bool full = filter->replace == GWS_REPLACE_FULL;

	if (filter->replace == GWS_REPLACE_NONE)
		return NULL;
	if (new_path(arena, filter))
		return NULL;
	return gws_mem_printf(arena, "%s.%s.path.%s: \"%.100s\" is not a path",
			      from->field, member, full ? "replaceFullPath" :
			      "replacePrefixMatch", filter->path);
}

/* Five digits are a port for the schema, but 0 and 65536 are none. */
static bool has_no_port(const char *origin)
{
	const char *colon = strrchr(origin, ':');
	unsigned long port;
	char *end;

	if (!colon || colon[1] == '/' || !colon[1])
		return false;
	port = strtoul(colon + 1, &end, 10);
	return !port || port > 65535 || *end;
}

/* "*" is a name like any other where credentials are (Fetch, 3.3.3). */
static const char *cors_wrong(struct gws_arena *arena,
			      const struct gws_route_filter *from)
{
	const struct gws_filter *filter = &from->filter;
	size_t i;

	for (i = 0; i < filter->n_origins; i++)
		if (has_no_port(filter->origins[i]))
			return gws_mem_printf(arena,
					      "%s.cors.allowOrigins[%zu]: \"%s\" has no port of 1 to 65535",
					      from->field, i,
					      filter->origins[i]);
	for (i = 0; filter->credentials && i < filter->n_expose; i++)
		if (!strcmp(filter->expose[i], "*"))
			return gws_mem_printf(arena,
					      "%s.cors.exposeHeaders[%zu]: \"*\" exposes nothing beside allowCredentials, name the headers",
					      from->field, i);
	return NULL;
}

static const char *filter_wrong(struct gws_arena *arena,
				const struct gws_route_filter *from)
{
	switch (from->filter.kind) {
	case GWS_FILTER_REQUEST_HEADERS:
	case GWS_FILTER_RESPONSE_HEADERS:
		return modifier_wrong(arena, from);
	case GWS_FILTER_REDIRECT:
	case GWS_FILTER_REWRITE:
		return path_wrong(arena, from);
	case GWS_FILTER_CORS:
		return cors_wrong(arena, from);
	}
	return NULL;
}

/* With what is written elsewhere: the matched prefix, the listener's scheme, ... */
static size_t filters_size(struct gws_arena *arena,
			   const struct gws_route_rule *rule,
			   const struct gws_route_filter *filters, size_t n)
{
	struct gws_filter filter;
	size_t i, size = 0;

	for (i = 0; i < n; i++) {
		filter = filters[i].filter;
		if (filter.replace == GWS_REPLACE_PREFIX)
			filter.prefix = rule->matches[0].path;
		if (filter.kind == GWS_FILTER_REDIRECT && !filter.scheme)
			filter.scheme = "http";
		if (filter.kind == GWS_FILTER_MIRROR)
			filter.mirror = gws_ref_name(arena, filters[i].mirror);
		size += gws_filter_size(&filter);
	}
	return size;
}

const char *gws_filters_wrong(const struct gws_resolver *resolver,
			      const struct gws_route_rule *rule, size_t index)
{
	size_t size = filters_size(resolver->arena, rule, rule->filters,
				   rule->nfilters), i, j;
	const struct gws_backend_ref *ref;
	const char *wrong = NULL;

	for (i = 0; !wrong && i < rule->nfilters; i++)
		wrong = filter_wrong(resolver->arena, &rule->filters[i]);
	for (i = 0; !wrong && i < rule->nbackends; i++) {
		ref = &rule->backends[i];
		size += filters_size(resolver->arena, rule, ref->filters,
				     ref->nfilters);
		for (j = 0; !wrong && j < ref->nfilters; j++)
			wrong = filter_wrong(resolver->arena, &ref->filters[j]);
	}
	if (!wrong && size > FILTERS_MAX)
		return gws_mem_printf(resolver->arena,
				      "spec.rules[%zu].filters: with those of its backends they are larger than %u bytes",
				      index, FILTERS_MAX);
	return wrong;
}

/*
 * What the prefix of the rule's only match takes of a path. The schema has seen
 * that there is one match, and that it is a prefix.
 */
static const char *matched_prefix(struct gws_arena *arena,
				  const struct gws_route_rule *rule)
{
	char *path = gws_mem_strdup(arena,
				    gws_path_normalise(arena,
						       rule->matches[0].path));
	size_t len = strlen(path);

	while (len && path[len - 1] == '/')
		path[--len] = '\0';
	return path;
}

static struct gws_filter resolve_filter(struct gws_arena *arena,
					const struct gws_route_rule *rule,
					const struct gws_filter *from)
{
	struct gws_filter filter = *from;

	if (filter.replace)
		filter.path = new_path(arena, from);
	if (filter.replace == GWS_REPLACE_PREFIX)
		filter.prefix = matched_prefix(arena, rule);
	return filter;
}

/* "invalid mirror backend": told, and not configured; the rule serves on. */
static void resolve_mirror(struct gws_resolver *resolver,
			   struct gws_graph_route *route,
			   const struct gws_route_filter *from,
			   struct gws_filter **filters, size_t *n)
{
	const char *where = gws_mem_printf(resolver->arena,
					   "%s.requestMirror.backendRef",
					   from->field);
	struct gws_filter *filter;

	if (!gws_resolve_ref(resolver, route, from->mirror, where))
		return;
	filter = gws_mem_push(resolver->arena, *filters, *n);
	*filter = from->filter;
	filter->mirror = gws_ref_name(resolver->arena, from->mirror);
}

/* The member that says what a filter is for which there is nothing of ours. */
static const char *member_of(const struct gws_route_filter *filter)
{
	return !strcmp(filter->type, "ExtensionRef") ? "extensionRef" : "type";
}

/* Returns false when a filter of the list must not be skipped, but is not there. */
static bool resolve_list(struct gws_resolver *resolver,
			 struct gws_graph_route *route,
			 const struct gws_route_rule *rule,
			 const struct gws_route_filter *from, size_t count,
			 struct gws_filter **filters, size_t *n)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (from[i].filter.kind == GWS_FILTER_UNSPEC) {
			gws_cond_fail_too(resolver->arena, &route->conds,
					  GWS_COND_RESOLVED_REFS,
					  GWS_R_INVALID_KIND,
					  "%s.%s: there are no filters of kind %s; requests that it is for are answered 500",
					  from[i].field, member_of(&from[i]),
					  from[i].extension);
			*n = 0;
			return false;
		}
		if (from[i].filter.kind == GWS_FILTER_MIRROR) {
			resolve_mirror(resolver, route, &from[i], filters, n);
			continue;
		}
		*gws_mem_push(resolver->arena, *filters, *n) =
			resolve_filter(resolver->arena, rule, &from[i].filter);
	}
	return true;
}

void gws_resolve_filters(struct gws_resolver *resolver,
			 struct gws_graph_route *route, size_t index)
{
	struct gws_graph_rule *rule = &route->rules[index];
	struct gws_graph_backend *backend;
	size_t i;

	rule->failing = !resolve_list(resolver, route, rule->rule,
				      rule->rule->filters,
				      rule->rule->nfilters, &rule->filters,
				      &rule->nfilters);
	for (i = 0; i < rule->nbackends; i++) {
		backend = &rule->backends[i];
		if (!resolve_list(resolver, route, rule->rule,
				  backend->ref->filters, backend->ref->nfilters,
				  &backend->filters, &backend->nfilters))
			backend->cluster = NULL;
		if (rule->failing)
			backend->nfilters = 0;
	}
}
