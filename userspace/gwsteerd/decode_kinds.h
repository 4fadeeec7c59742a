/* SPDX-License-Identifier: MIT */
/*
 * From a checked tree to the struct of a kind. The schema has been checked, so
 * required fields are there and types are right.
 */
#ifndef GWS_DECODE_KINDS_H
#define GWS_DECODE_KINDS_H

#include <stdbool.h>
#include <stddef.h>
#include <cjson/cJSON.h>
#include "object.h"

void gws_decode_gatewayclass(struct gws_object *object, const cJSON *tree);
void gws_decode_gateway(struct gws_object *object, const cJSON *tree);
void gws_decode_httproute(struct gws_object *object, const cJSON *tree);
void gws_decode_referencegrant(struct gws_object *object, const cJSON *tree);
void gws_decode_service(struct gws_object *object, const cJSON *tree);
void gws_decode_endpointslice(struct gws_object *object, const cJSON *tree);
void gws_decode_configmap(struct gws_object *object, const cJSON *tree);

/* A copy of a string field in the object's arena, or of @other. */
const char *gws_decode_text(struct gws_object *object, const cJSON *tree,
			    const char *name, const char *other);
/* A filter of the list at @path ("spec.rules[0]"), appended to @filters. */
void gws_decode_filter(struct gws_object *object, const cJSON *tree,
		       const char *path, size_t index,
		       struct gws_route_filter **filters, size_t *n);
/* An object with group, kind, namespace, name and port, without filters. */
void gws_decode_ref(struct gws_object *object, const cJSON *tree,
		    struct gws_backend_ref *ref);
/* A map of strings. */
struct gws_pair *gws_decode_pairs(struct gws_object *object, const cJSON *map,
				  size_t *count);

#endif
