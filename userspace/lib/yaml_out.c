// SPDX-License-Identifier: MIT
/*
 * JSON trees as YAML, by libyaml's emitter.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <yaml.h>

#include "yaml_out.h"

/* YAML 1.1 reads these, and whatever starts like a number, as no text. */
static bool reads_as_text(const char *text)
{
	static const char *const others[] = {
		"true", "false", "yes", "no", "on", "off", "y", "n", "null",
	};
	size_t i;

	if (!*text || strchr("0123456789+-.~=<", *text))
		return false;
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (!strcasecmp(text, others[i]))
			return false;
	}
	return true;
}

static int put_scalar(yaml_emitter_t *emitter, const char *text,
		      yaml_scalar_style_t style)
{
	yaml_event_t event;

	/* Both implicit: the tag is left out, the style is as asked for. */
	if (!yaml_scalar_event_initialize(&event, NULL, NULL,
					  (yaml_char_t *)text, strlen(text),
					  1, 1, style))
		return -ENOMEM;
	return yaml_emitter_emit(emitter, &event) ? 0 : -ENOMEM;
}

static int put_text(yaml_emitter_t *emitter, const char *text)
{
	return put_scalar(emitter, text, reads_as_text(text) ?
			  YAML_PLAIN_SCALAR_STYLE :
			  YAML_DOUBLE_QUOTED_SCALAR_STYLE);
}

/* Numbers as JSON writes them. */
static int put_number(yaml_emitter_t *emitter, const cJSON *number)
{
	char *text = cJSON_PrintUnformatted(number);
	int err;

	if (!text)
		return -ENOMEM;
	err = put_scalar(emitter, text, YAML_PLAIN_SCALAR_STYLE);
	free(text);
	return err;
}

static int put_value(yaml_emitter_t *emitter, const cJSON *value);

static int put_sequence(yaml_emitter_t *emitter, const cJSON *array)
{
	const cJSON *element;
	yaml_event_t event;
	int err;

	if (!yaml_sequence_start_event_initialize(&event, NULL, NULL, 1,
						  array->child ?
						  YAML_BLOCK_SEQUENCE_STYLE :
						  YAML_FLOW_SEQUENCE_STYLE) ||
	    !yaml_emitter_emit(emitter, &event))
		return -ENOMEM;
	cJSON_ArrayForEach(element, array) {
		err = put_value(emitter, element);
		if (err)
			return err;
	}
	if (!yaml_sequence_end_event_initialize(&event) ||
	    !yaml_emitter_emit(emitter, &event))
		return -ENOMEM;
	return 0;
}

static int put_mapping(yaml_emitter_t *emitter, const cJSON *object)
{
	const cJSON *member;
	yaml_event_t event;
	int err;

	if (!yaml_mapping_start_event_initialize(&event, NULL, NULL, 1,
						 object->child ?
						 YAML_BLOCK_MAPPING_STYLE :
						 YAML_FLOW_MAPPING_STYLE) ||
	    !yaml_emitter_emit(emitter, &event))
		return -ENOMEM;
	cJSON_ArrayForEach(member, object) {
		err = put_text(emitter, member->string);
		if (!err)
			err = put_value(emitter, member);
		if (err)
			return err;
	}
	if (!yaml_mapping_end_event_initialize(&event) ||
	    !yaml_emitter_emit(emitter, &event))
		return -ENOMEM;
	return 0;
}

static int put_value(yaml_emitter_t *emitter, const cJSON *value)
{
	if (cJSON_IsObject(value))
		return put_mapping(emitter, value);
	if (cJSON_IsArray(value))
		return put_sequence(emitter, value);
	if (cJSON_IsString(value))
		return put_text(emitter, value->valuestring);
	if (cJSON_IsNumber(value))
		return put_number(emitter, value);
	return put_scalar(emitter, cJSON_IsTrue(value) ? "true" :
			  cJSON_IsFalse(value) ? "false" : "null",
			  YAML_PLAIN_SCALAR_STYLE);
}

static int put_document(yaml_emitter_t *emitter, const cJSON *tree)
{
	yaml_event_t event;
	int err;

	if (!yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING) ||
	    !yaml_emitter_emit(emitter, &event) ||
	    !yaml_document_start_event_initialize(&event, NULL, NULL, NULL,
						  1) ||
	    !yaml_emitter_emit(emitter, &event))
		return -ENOMEM;
	err = put_value(emitter, tree);
	if (err)
		return err;
	if (!yaml_document_end_event_initialize(&event, 1) ||
	    !yaml_emitter_emit(emitter, &event) ||
	    !yaml_stream_end_event_initialize(&event) ||
	    !yaml_emitter_emit(emitter, &event))
		return -ENOMEM;
	return 0;
}

int gws_yaml_write(FILE *out, const cJSON *tree)
{
	yaml_emitter_t emitter;
	int err;

	if (!yaml_emitter_initialize(&emitter))
		return -ENOMEM;
	yaml_emitter_set_output_file(&emitter, out);
	yaml_emitter_set_width(&emitter, -1);
	yaml_emitter_set_unicode(&emitter, 1);
	err = put_document(&emitter, tree);
	yaml_emitter_delete(&emitter);
	return err;
}
