/* SPDX-License-Identifier: MIT */
#ifndef GWS_YAML_SCALAR_H
#define GWS_YAML_SCALAR_H

#include <stdbool.h>
#include <cjson/cJSON.h>

/*
 * gws_yaml_scalar - the value of a scalar, as sigs.k8s.io/yaml gives it.
 * @tag: as libyaml gives it, or NULL
 * @plain: written without quotes and not as a block
 *
 * Returns NULL when @value does not fit @tag, or @tag is not one of JSON's.
 */
cJSON *gws_yaml_scalar(const char *value, const char *tag, bool plain);

#endif
