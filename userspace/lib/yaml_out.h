/* SPDX-License-Identifier: MIT */
#ifndef GWS_YAML_OUT_H
#define GWS_YAML_OUT_H

#include <stdio.h>
#include <cjson/cJSON.h>

/**
 * gws_yaml_write() - a JSON tree as one YAML document
 *
 * Keys keep their order; texts that YAML would read as something else are
 * quoted.
 *
 * Return: 0, or -ENOMEM.
 */
int gws_yaml_write(FILE *out, const cJSON *tree);

#endif /* GWS_YAML_OUT_H */
