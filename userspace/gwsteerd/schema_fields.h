/* SPDX-License-Identifier: MIT */
/*
 * Fields that stand in many schemas, for the tables of schema_*.c only. What is
 * given as argument is added: .required = true.
 */
#ifndef GWS_SCHEMA_FIELDS_H
#define GWS_SCHEMA_FIELDS_H

#include "schema.h"

/* apiVersion, kind, metadata and status of an object. */
#define HEAD								\
	{ .name = "apiVersion", .type = GWS_S_STRING, .required = true }, \
	{ .name = "kind", .type = GWS_S_STRING, .required = true },	\
	{ .name = "metadata", .type = GWS_S_OBJECT, .required = true,	\
	  .fields = gws_schema_metadata_fields },			\
	{ .name = "status", .type = GWS_S_ANY }

/* Parts of references. */
#define GROUP(...)							\
	{ .name = "group", .type = GWS_S_STRING, .max = 253,		\
	  .format = gws_format_group, __VA_ARGS__ }
#define KIND(...)							\
	{ .name = "kind", .type = GWS_S_STRING, .min = 1, .max = 63,	\
	  .format = gws_format_kind, __VA_ARGS__ }
#define NAME(...)							\
	{ .name = "name", .type = GWS_S_STRING, .min = 1, .max = 253,	\
	  __VA_ARGS__ }
#define NAMESPACE(...)							\
	{ .name = "namespace", .type = GWS_S_STRING, .min = 1,		\
	  .max = 63, .format = gws_format_label, __VA_ARGS__ }
#define PORT(...)							\
	{ .name = "port", .type = GWS_S_INTEGER, .min = 1,		\
	  .max = 65535, __VA_ARGS__ }

#endif
