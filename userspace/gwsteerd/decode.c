// SPDX-License-Identifier: MIT
/*
 * Kind, name and metadata of an object; then its schema; then its struct.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "../lib/digest.h"
#include "../lib/jsonx.h"
#include "../lib/mem.h"
#include "decode.h"
#include "decode_kinds.h"
#include "problem.h"
#include "schema.h"
#include "yaml_tree.h"

static const struct kind {
	const char *name;
	const char *versions[2];
	bool cluster;		/* not in a namespace */
	bool label;		/* its name is a label, not a subdomain */
	const struct gws_schema *schema;
	void (*decode)(struct gws_object *object, const cJSON *tree);
} kinds[] = {
	[GWS_KIND_GATEWAYCLASS] = {
		"GatewayClass", { GWS_GROUP "/v1", GWS_GROUP "/v1beta1" },
		true, false, &gws_schema_gatewayclass, gws_decode_gatewayclass
	},
	[GWS_KIND_GATEWAY] = {
		"Gateway", { GWS_GROUP "/v1", GWS_GROUP "/v1beta1" },
		false, false, &gws_schema_gateway, gws_decode_gateway
	},
	[GWS_KIND_HTTPROUTE] = {
		"HTTPRoute", { GWS_GROUP "/v1", GWS_GROUP "/v1beta1" },
		false, false, &gws_schema_httproute, gws_decode_httproute
	},
	[GWS_KIND_REFERENCEGRANT] = {
		"ReferenceGrant", { GWS_GROUP "/v1", GWS_GROUP "/v1beta1" },
		false, false, &gws_schema_referencegrant,
		gws_decode_referencegrant
	},
	[GWS_KIND_SERVICE] = {
		"Service", { "v1", NULL }, false, true, &gws_schema_service,
		gws_decode_service
	},
	[GWS_KIND_ENDPOINTSLICE] = {
		"EndpointSlice", { "discovery.k8s.io/v1", NULL },
		false, false, &gws_schema_endpointslice,
		gws_decode_endpointslice
	},
	[GWS_KIND_NAMESPACE] = {
		"Namespace", { "v1", NULL }, true, true, &gws_schema_namespace,
		NULL
	},
	[GWS_KIND_CONFIGMAP] = {
		"ConfigMap", { "v1", NULL }, false, false,
		&gws_schema_configmap, gws_decode_configmap
	},
};

struct decoder {
	const char *file;
	struct gws_problems *problems;
	gws_decode_fn fn;
	void *data;
};

const char *gws_decode_text(struct gws_object *object, const cJSON *tree,
			    const char *name, const char *other)
{
	return gws_mem_strdup(object->arena, gws_json_str(tree, name, other));
}

struct gws_pair *gws_decode_pairs(struct gws_object *object, const cJSON *map,
				  size_t *count)
{
	struct gws_pair *pairs = NULL, *pair;
	const cJSON *item;

	*count = 0;
	cJSON_ArrayForEach(item, map) {
		if (!cJSON_IsString(item))
			continue;
		pair = gws_mem_push(object->arena, pairs, *count);
		pair->name = gws_mem_strdup(object->arena, item->string);
		pair->value = gws_mem_strdup(object->arena, item->valuestring);
	}
	return pairs;
}

/* Members of a mapping count in any order, so their digests are summed. */
static uint64_t tree_digest(const cJSON *node)
{
	uint64_t digest = gws_digest_u64(GWS_DIGEST_INIT,
					 (uint64_t)(node->type & 0xff));
	uint64_t sum = 0;
	const cJSON *child;

	if (cJSON_IsString(node))
		return gws_digest_str(digest, node->valuestring);
	if (cJSON_IsNumber(node))
		return gws_digest_bytes(digest, &node->valuedouble,
					sizeof(node->valuedouble));
	cJSON_ArrayForEach(child, node) {
		if (cJSON_IsArray(node))
			digest = gws_digest_u64(digest, tree_digest(child));
		else if (!cJSON_IsNull(child))
			sum += gws_digest_u64(gws_digest_str(GWS_DIGEST_INIT,
							     child->string),
					      tree_digest(child));
	}
	return gws_digest_u64(digest, sum);
}

/* What the API server counts generations of: all but metadata and status. */
static uint64_t spec_digest(const cJSON *tree)
{
	uint64_t sum = 0;
	const cJSON *member;

	cJSON_ArrayForEach(member, tree)
		if (strcmp(member->string, "metadata") &&
		    strcmp(member->string, "status"))
			sum += gws_digest_u64(gws_digest_str(GWS_DIGEST_INIT,
							     member->string),
					      tree_digest(member));
	return sum;
}

static void decode_metadata(struct gws_object *object, const cJSON *metadata,
			    const char *namespace)
{
	const char *created;

	object->name = gws_decode_text(object, metadata, "name", "");
	object->namespace = gws_mem_strdup(object->arena, namespace);
	object->labels = gws_decode_pairs(object,
					  gws_json_get(metadata, "labels"),
					  &object->nlabels);
	object->generation = gws_json_int(metadata, "generation", 0);
	created = gws_json_str(metadata, "creationTimestamp", NULL);
	object->created = created ? gws_time_seconds(created) : INT64_MAX;
}

static struct gws_object *build(const struct decoder *decoder,
				const struct gws_decoded *decoded,
				const cJSON *tree)
{
	const struct kind *kind = &kinds[decoded->kind];
	const cJSON *metadata = gws_json_get(tree, "metadata");
	struct gws_object *object = gws_object_create();
	const cJSON *labels = gws_json_get(metadata, "labels");

	object->kind = decoded->kind;
	object->file = gws_mem_strdup(object->arena, decoder->file);
	object->line = gws_yaml_line(tree);
	decode_metadata(object, metadata, decoded->namespace);
	object->spec_digest = spec_digest(tree);
	object->digest = gws_digest_u64(object->spec_digest,
					labels ? tree_digest(labels) : 0);
	object->digest = gws_digest_u64(object->digest,
					(uint64_t)object->created);
	if (kind->decode)
		kind->decode(object, tree);
	return object;
}

/* Names that a schema of all kinds cannot check. */
static int check_name(const struct decoder *decoder, const struct kind *kind,
		      const cJSON *metadata, const char *label)
{
	const cJSON *name = gws_json_get(metadata, "name");
	const cJSON *namespace = gws_json_get(metadata, "namespace");
	const char *wrong = NULL;

	if (kind->label)
		wrong = strlen(name->valuestring) > 63 ?
			"is longer than 63 characters" :
			gws_format_label(name->valuestring);
	if (wrong)
		gws_problems_add(decoder->problems, GWS_LEVEL_ERROR,
				 decoder->file, gws_yaml_line(name), label,
				 "metadata.name", "\"%.100s\" %s",
				 name->valuestring, wrong);
	if (kind->cluster && namespace)
		gws_problems_add(decoder->problems, GWS_LEVEL_ERROR,
				 decoder->file, gws_yaml_line(namespace), label,
				 "metadata.namespace",
				 "must not be set, a %s is in no namespace",
				 kind->name);
	return wrong || (kind->cluster && namespace);
}

/* Fills in whose object it is; the text for problems is in @label. */
static void identify(struct gws_decoded *decoded, const struct kind *kind,
		     const cJSON *tree, char *label, size_t size)
{
	const cJSON *metadata = gws_json_get(tree, "metadata");

	if (!cJSON_IsObject(metadata))
		metadata = NULL;
	decoded->kind = (enum gws_kind)(kind - kinds);
	decoded->name = gws_json_str(metadata, "name", "");
	decoded->namespace = kind->cluster ? "" :
		gws_json_str(metadata, "namespace", "default");
	decoded->named = *decoded->name;
	snprintf(label, size, "%s%s%s%s%s", kind->name,
		 decoded->named ? " " : "", decoded->namespace,
		 *decoded->namespace && decoded->named ? "/" : "",
		 decoded->name);
	if (!decoded->named)
		snprintf(label, size, "%s", kind->name);
}

static void decode_known(const struct decoder *decoder, const struct kind *kind,
			 const cJSON *tree)
{
	struct gws_decoded decoded = { .state = GWS_DECODED_BROKEN };
	char label[384];

	identify(&decoded, kind, tree, label, sizeof(label));
	if (!gws_schema_check(kind->schema, tree, decoder->file, label,
			      decoder->problems) &&
	    !check_name(decoder, kind, gws_json_get(tree, "metadata"), label)) {
		decoded.state = GWS_DECODED;
		decoded.object = build(decoder, &decoded, tree);
	}
	decoder->fn(&decoded, decoder->data);
}

/* As a document calls itself, whatever its kind. */
static void describe(const cJSON *tree, char *label, size_t size)
{
	const char *kind = gws_json_str(tree, "kind", "");
	const cJSON *metadata = gws_json_get(tree, "metadata");
	const char *namespace, *name;

	if (!cJSON_IsObject(metadata))
		metadata = NULL;
	namespace = gws_json_str(metadata, "namespace", "");
	name = gws_json_str(metadata, "name", "");
	snprintf(label, size, "%s%s%s%s%s", kind, *kind && *name ? " " : "",
		 *name ? namespace : "", *namespace && *name ? "/" : "", name);
}

/* What has no kind or no version could be anybody's. */
static void refuse(const struct decoder *decoder, const cJSON *tree,
		   const char *field, const char *text)
{
	struct gws_decoded decoded = { .state = GWS_DECODED_BROKEN };
	char label[384] = "";

	if (cJSON_IsObject(tree))
		describe(tree, label, sizeof(label));
	gws_problems_add(decoder->problems, GWS_LEVEL_ERROR, decoder->file,
			 gws_yaml_line(tree), *label ? label : NULL, field,
			 "%s", text);
	decoder->fn(&decoded, decoder->data);
}

/* @kind: the one that is meant by what stands in @field. */
__attribute__((format(printf, 5, 6)))
static void refuse_kind(const struct decoder *decoder, const struct kind *kind,
			const cJSON *tree, const char *field,
			const char *format, ...)
{
	struct gws_decoded decoded = { .state = GWS_DECODED_BROKEN };
	char label[384], text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	identify(&decoded, kind, tree, label, sizeof(label));
	gws_problems_add(decoder->problems, GWS_LEVEL_ERROR, decoder->file,
			 gws_yaml_line(gws_json_get(tree, field)), label, field,
			 "%s", text);
	decoder->fn(&decoded, decoder->data);
}

static bool has_version(const struct kind *kind, const char *version)
{
	return !strcmp(version, kind->versions[0]) ||
	       (kind->versions[1] && !strcmp(version, kind->versions[1]));
}

/* The group of an apiVersion, without its version. */
static size_t group_len(const char *version)
{
	const char *slash = strchr(version, '/');

	return slash ? (size_t)(slash - version) : 0;
}

static void decode_unused(const struct decoder *decoder, const cJSON *tree,
			  const char *version, const char *name)
{
	struct gws_decoded decoded = { .state = GWS_DECODED_UNUSED };
	char label[384];

	describe(tree, label, sizeof(label));
	gws_problems_add(decoder->problems, GWS_LEVEL_NOTE, decoder->file,
			 gws_yaml_line(tree), label, NULL,
			 "kind %s of %s is not used by this release", name,
			 version);
	decoder->fn(&decoded, decoder->data);
}

static bool same_group(const char *a, const char *b)
{
	return group_len(a) == group_len(b) && !strncmp(a, b, group_len(a));
}

static const struct kind *find_kind(const char *version, const char *name)
{
	size_t i;

	for (i = 0; i < GWS_KIND_COUNT; i++)
		if (!strcmp(kinds[i].name, name) &&
		    same_group(kinds[i].versions[0], version))
			return &kinds[i];
	return NULL;
}

/*
 * A kind that nobody has, one letter or its case beside one that is read.
 * Others (TCPRoute) are two letters away.
 */
static bool is_slip_of_kind(const struct kind *kind, const char *version,
			    const char *name)
{
	return same_group(kind->versions[0], version) &&
	       (!strcasecmp(kind->name, name) ||
		gws_schema_distance(kind->name, name) == 1);
}

/*
 * The right kind of a group that is another one of Kubernetes, without such a
 * kind, or misspelt. What others call Gateway or Service stays theirs.
 */
static bool is_slip_of_group(const struct kind *kind, const char *version,
			     const char *name)
{
	char meant[64], group[64];
	size_t i;

	if (strcmp(kind->name, name))
		return false;
	for (i = 0; i < GWS_KIND_COUNT; i++)
		if (same_group(kinds[i].versions[0], version))
			return true;
	snprintf(meant, sizeof(meant), "%.*s",
		 (int)group_len(kind->versions[0]), kind->versions[0]);
	snprintf(group, sizeof(group), "%.*s", (int)group_len(version),
		 version);
	return same_group("networking.k8s.io/v1", version) ||
	       (*meant && *group && gws_schema_distance(meant, group) <= 2);
}

/* What may be a slip is no kind that we leave alone: false, it was none. */
static bool refuse_slip(const struct decoder *decoder, const cJSON *tree,
			const char *version, const char *name)
{
	const struct kind *kind;

	for (kind = kinds; kind < kinds + GWS_KIND_COUNT; kind++) {
		if (is_slip_of_kind(kind, version, name))
			refuse_kind(decoder, kind, tree, "kind",
				    "\"%.100s\" is no kind of %s, did you mean \"%s\"?",
				    name, version, kind->name);
		else if (is_slip_of_group(kind, version, name))
			refuse_kind(decoder, kind, tree, "apiVersion",
				    "\"%.100s\" has no kind %s, did you mean \"%s\"?",
				    version, name, kind->versions[0]);
		else
			continue;
		return true;
	}
	return false;
}

static void decode_one(const struct decoder *decoder, const cJSON *tree)
{
	const char *version, *name, *field;
	const struct kind *kind;

	if (!cJSON_IsObject(tree)) {
		refuse(decoder, tree, NULL,
		       "an object must be a mapping with apiVersion and kind");
		return;
	}
	version = gws_json_str(tree, "apiVersion", "");
	name = gws_json_str(tree, "kind", "");
	if (!*version || !*name) {
		field = *name ? "apiVersion" : "kind";
		refuse(decoder, tree, field, gws_json_get(tree, field) ?
		       "must be a string, and not empty" : "is required");
		return;
	}
	kind = find_kind(version, name);
	if (kind && has_version(kind, version))
		decode_known(decoder, kind, tree);
	else if (kind)
		refuse_kind(decoder, kind, tree, "apiVersion",
			    "\"%.100s\" is not read, use \"%s\"", version,
			    kind->versions[0]);
	else if (!refuse_slip(decoder, tree, version, name))
		decode_unused(decoder, tree, version, name);
}

void gws_decode(const cJSON *document, const char *file,
		struct gws_problems *problems, gws_decode_fn fn, void *data)
{
	struct decoder decoder = {
		.file = file, .problems = problems, .fn = fn, .data = data,
	};
	const char *kind = cJSON_IsObject(document) ?
		gws_json_str(document, "kind", "") : "";
	const cJSON *items = cJSON_IsObject(document) ?
		gws_json_get(document, "items") : NULL, *item;
	size_t len = strlen(kind);

	if (len < 4 || strcmp(kind + len - 4, "List") || !cJSON_IsArray(items)) {
		decode_one(&decoder, document);
		return;
	}
	cJSON_ArrayForEach(item, items)
		decode_one(&decoder, item);
}
