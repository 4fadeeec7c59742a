/* SPDX-License-Identifier: MIT */
/*
 * Decoded objects: the parts of manifests that this release acts on, and for
 * the parts that it does not, which those are (struct gws_unsupported).
 *
 * An object is immutable once decoded, except for @generation, and is shared by
 * reference count. Its strings live in its own arena; optional ones are NULL
 * when absent. Defaults of the API are already filled in.
 */
#ifndef GWS_OBJECT_H
#define GWS_OBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../lib/filter.h"
#include "../lib/ip.h"
#include "../lib/tries.h"

#define GWS_GROUP "gateway.networking.k8s.io"

struct gws_arena;

enum gws_kind {
	GWS_KIND_GATEWAYCLASS,
	GWS_KIND_GATEWAY,
	GWS_KIND_HTTPROUTE,
	GWS_KIND_REFERENCEGRANT,
	GWS_KIND_SERVICE,
	GWS_KIND_ENDPOINTSLICE,
	GWS_KIND_NAMESPACE,
	GWS_KIND_CONFIGMAP,
	GWS_KIND_COUNT
};

/* "HTTPRoute" */
const char *gws_kind_name(enum gws_kind kind);

struct gws_pair {
	const char *name;
	const char *value;
};

/* A field that the API has and this release does not. */
struct gws_unsupported {
	const char *field;	/* "spec.rules[0].filters[1]" */
	const char *what;	/* "filter RequestRedirect" */
	const char *why;	/* instead of @what: the whole of it, or NULL */
};

/* labels.Selector of metav1.LabelSelector. */
struct gws_label_rule {
	const char *key;
	const char *operator;	/* In, NotIn, Exists, DoesNotExist */
	const char **values;
	size_t nvalues;
};

struct gws_selector {
	bool present;		/* absent selects nothing, empty everything */
	struct gws_pair *labels;
	size_t nlabels;
	struct gws_label_rule *rules;
	size_t nrules;
};

struct gws_parameters_ref {
	const char *group;
	const char *kind;
	const char *namespace;	/* of a GatewayClass's, or NULL */
	const char *name;
};

struct gws_gatewayclass {
	const char *controller;
	struct gws_parameters_ref *parameters;	/* or NULL */
};

enum gws_from { GWS_FROM_SAME, GWS_FROM_ALL, GWS_FROM_SELECTOR };

struct gws_group_kind {
	const char *group;
	const char *kind;
};

struct gws_listener_spec {
	const char *name;
	const char *hostname;	/* "" = any */
	const char *protocol;	/* as written: HTTP, HTTPS, example.com/foo */
	uint16_t port;
	enum gws_from from;
	struct gws_selector selector;
	struct gws_group_kind *kinds;
	size_t nkinds;
};

struct gws_address_spec {
	const char *type;	/* IPAddress, Hostname, ... */
	const char *value;	/* NULL: any */
};

struct gws_gateway {
	const char *class;
	struct gws_listener_spec *listeners;
	size_t nlisteners;
	struct gws_address_spec *addresses;
	size_t naddresses;
	struct gws_parameters_ref *parameters;	/* or NULL */
	struct gws_unsupported *unsupported;
	size_t nunsupported;
};

struct gws_parent_ref {
	const char *group;
	const char *kind;
	const char *namespace;	/* never NULL: the route's own if not written */
	const char *name;
	const char *section;	/* or NULL */
	uint16_t port;		/* 0: any */
	bool has_namespace;	/* it was written */
};

enum gws_path_match { GWS_MATCH_EXACT, GWS_MATCH_PREFIX, GWS_MATCH_REGEX };

struct gws_regex;

/* Of a header or query parameter; @value is the text of @regex, if that is set. */
struct gws_route_value {
	const char *name;
	const char *value;
	const struct gws_regex *regex;
};

struct gws_route_match {
	enum gws_path_match path_type;
	const char *path;
	const struct gws_regex *regex;	/* of GWS_MATCH_REGEX, else NULL */
	struct gws_route_value *headers;
	size_t nheaders;
	const char *method;		/* or NULL */
	struct gws_route_value *queries;
	size_t nqueries;
};

struct gws_backend_ref;

struct gws_route_filter {
	const char *type;	/* as written */
	const char *field;	/* "spec.rules[0].filters[1]" */
	/* Of what is written; kind GWS_FILTER_UNSPEC: an ExtensionRef. */
	struct gws_filter filter;
	const char *extension;	/* "group/kind", of an ExtensionRef */
	struct gws_backend_ref *mirror;	/* of a RequestMirror */
};

struct gws_backend_ref {
	const char *group;	/* "" = core */
	const char *kind;
	const char *namespace;
	const char *name;
	uint16_t port;		/* 0: not written */
	uint32_t weight;
	struct gws_route_filter *filters;
	size_t nfilters;
};

struct gws_route_rule {
	const char *name;	/* or NULL */
	struct gws_route_match *matches;	/* at least one */
	size_t nmatches;
	struct gws_backend_ref *backends;
	size_t nbackends;
	struct gws_tries tries;
	struct gws_route_filter *filters;
	size_t nfilters;
	struct gws_unsupported *unsupported;	/* of this rule */
	size_t nunsupported;
};

struct gws_httproute {
	struct gws_parent_ref *parents;
	size_t nparents;
	const char **hostnames;
	size_t nhostnames;
	struct gws_route_rule *rules;	/* at least one */
	size_t nrules;
};

struct gws_grant_from {
	const char *group;
	const char *kind;
	const char *namespace;
};

struct gws_grant_to {
	const char *group;
	const char *kind;
	const char *name;	/* NULL: every one of the namespace */
};

struct gws_referencegrant {
	struct gws_grant_from *from;
	size_t nfrom;
	struct gws_grant_to *to;
	size_t nto;
};

struct gws_service_port {
	const char *name;	/* "" when absent */
	const char *protocol;	/* TCP, UDP, SCTP */
	const char *app_protocol;	/* or NULL */
	uint16_t port;
	uint16_t node_port;	/* 0: none */
};

struct gws_service {
	const char *type;	/* ClusterIP, NodePort, LoadBalancer, ... */
	const char *family;	/* first of ipFamilies, or NULL */
	struct gws_ip cluster_ips[2];
	size_t ncluster_ips;	/* 0: headless, or none is written */
	struct gws_service_port *ports;
	size_t nports;
};

struct gws_slice_port {
	const char *name;	/* "" when absent */
	const char *protocol;
	uint16_t port;		/* 0: all ports, not usable */
};

struct gws_slice_endpoint {
	const char *address;	/* the first; all are the same endpoint */
	bool ready;
	bool serving;
	bool terminating;
};

struct gws_endpointslice {
	const char *service;	/* of the label, or NULL */
	const char *type;	/* IPv4, IPv6, FQDN */
	struct gws_slice_endpoint *endpoints;
	size_t nendpoints;
	struct gws_slice_port *ports;
	size_t nports;
};

struct gws_configmap {
	struct gws_pair *data;
	size_t ndata;
	bool binary;		/* it has binaryData */
};

struct gws_object {
	enum gws_kind kind;
	const char *namespace;	/* "" for cluster-scoped kinds */
	const char *name;
	const char *file;	/* where it was read, or NULL */
	int line;
	int64_t generation;	/* 0 until the store or the source gives one */
	int64_t created;	/* seconds since 1970, INT64_MAX: not said */
	uint64_t spec_digest;	/* changes when the generation shall */
	uint64_t digest;	/* of all that is decoded, metadata too */
	struct gws_pair *labels;
	size_t nlabels;
	union {
		struct gws_gatewayclass class;
		struct gws_gateway gateway;
		struct gws_httproute route;
		struct gws_referencegrant grant;
		struct gws_service service;
		struct gws_endpointslice slice;
		struct gws_configmap map;
	};
	struct gws_arena *arena;
	unsigned int refs;
};

/* An object without references, of one reference. */
struct gws_object *gws_object_create(void);
struct gws_object *gws_object_get(struct gws_object *object);
void gws_object_put(struct gws_object *object);

/* The label's value, or NULL. */
const char *gws_object_label(const struct gws_object *object,
			     const char *name);

/* By kind, namespace and name. */
int gws_object_cmp(const struct gws_object *a, const struct gws_object *b);

#endif
