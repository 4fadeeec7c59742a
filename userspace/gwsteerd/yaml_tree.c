// SPDX-License-Identifier: MIT
/*
 * libyaml events -> cJSON trees.
 *
 * cJSON has no room for a line number, so each node carries its line in
 * valueint, which nothing else here uses: numbers are read from valuedouble.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "../lib/jsonx.h"
#include "../lib/mem.h"
#include "json_escape.h"
#include "yaml_scalar.h"
#include "yaml_tree.h"

struct anchor {
	const char *name;
	const cJSON *node;	/* NULL while it is being read */
};

struct reader {
	yaml_parser_t parser;
	const char *text;	/* of the document, not ended by anything */
	size_t len;
	struct gws_arena *arena;
	struct anchor *anchors;
	size_t nanchors;
	cJSON *merged;		/* what "<<" named: aliases may name it, too */
	size_t nodes;
	size_t copies;
	int base;		/* lines before this document */
	int error_line;
	char error[256];
};

static int build(struct reader *reader, const yaml_event_t *event, int depth,
		 cJSON **out);

int gws_yaml_line(const cJSON *node)
{
	return node ? node->valueint : 0;
}

static int line_of(const struct reader *reader, yaml_mark_t mark)
{
	return reader->base + (int)mark.line + 1;
}

__attribute__((format(printf, 3, 4)))
static int fail(struct reader *reader, int line, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(reader->error, sizeof(reader->error), format, args);
	va_end(args);
	reader->error_line = line;
	return -EINVAL;
}

/* libyaml calls it a character that cannot start a token; it looks like spaces. */
static bool at_tab(const struct reader *reader)
{
	const char *at = reader->text, *end = reader->text + reader->len;
	size_t line = reader->parser.problem_mark.line;

	for (; at && line; line--) {
		at = memchr(at, '\n', (size_t)(end - at));
		if (at)
			at++;
	}
	while (at && at < end && *at == ' ')
		at++;
	return at && at < end && *at == '\t';
}

static int next(struct reader *reader, yaml_event_t *event)
{
	const yaml_parser_t *parser = &reader->parser;

	if (yaml_parser_parse(&reader->parser, event))
		return 0;
	if (parser->error == YAML_MEMORY_ERROR)
		gws_mem_check(NULL);
	return fail(reader, line_of(reader, parser->problem_mark), "%s%s%s%s",
		    parser->problem ? parser->problem : "not YAML",
		    at_tab(reader) ? " (a tab)" : "",
		    parser->context ? ", " : "",
		    parser->context ? parser->context : "");
}

/* The index of a new anchor, SIZE_MAX without a name. */
static size_t anchor_add(struct reader *reader, const yaml_char_t *name)
{
	struct anchor *anchor;

	if (!name)
		return SIZE_MAX;
	anchor = gws_mem_push(reader->arena, reader->anchors,
			      reader->nanchors);
	anchor->name = gws_mem_strdup(reader->arena, (const char *)name);
	return reader->nanchors - 1;
}

static void anchor_set(struct reader *reader, size_t index, const cJSON *node)
{
	if (index != SIZE_MAX)
		reader->anchors[index].node = node;
}

/* Nodes of a tree; its depth is added to *@depth when it is larger. */
static size_t measure(const cJSON *node, int depth, int *deepest)
{
	const cJSON *child;
	size_t n = 1;

	if (depth > *deepest)
		*deepest = depth;
	for (child = node->child; child; child = child->next)
		n += measure(child, depth + 1, deepest);
	return n;
}

/* The last anchor of a name counts, as YAML 1.2 7.1 has it. */
static int build_alias(struct reader *reader, const yaml_event_t *event,
		       int depth, cJSON **out)
{
	const char *name = (const char *)event->data.alias.anchor;
	int line = line_of(reader, event->start_mark), deepest = 0;
	size_t i = reader->nanchors;

	while (i && strcmp(reader->anchors[i - 1].name, name))
		i--;
	if (!i)
		return fail(reader, line, "alias *%s has no anchor", name);
	if (!reader->anchors[i - 1].node)
		return fail(reader, line, "alias *%s contains itself", name);
	reader->copies += measure(reader->anchors[i - 1].node, depth, &deepest);
	if (reader->copies > GWS_YAML_COPIES_MAX)
		return fail(reader, line, "aliases expand to more than %d values",
			    GWS_YAML_COPIES_MAX);
	if (deepest > GWS_YAML_DEPTH_MAX)
		return fail(reader, line, "nested more than %d deep",
			    GWS_YAML_DEPTH_MAX);
	*out = gws_mem_check(cJSON_Duplicate(reader->anchors[i - 1].node, true));
	return 0;
}

static int build_scalar(struct reader *reader, const yaml_event_t *event,
			cJSON **out)
{
	const char *value = (const char *)event->data.scalar.value;
	const char *tag = (const char *)event->data.scalar.tag;
	int line = line_of(reader, event->start_mark);
	bool plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;

	if (memchr(value, '\0', event->data.scalar.length))
		return fail(reader, line, "a NUL character in a string");
	*out = gws_yaml_scalar(value, tag, plain);
	if (!*out)
		return fail(reader, line, "\"%.40s\" does not fit its tag %.80s",
			    value, tag ? tag : "!");
	return 0;
}

static int build_sequence(struct reader *reader, int depth, cJSON *array)
{
	yaml_event_t event;
	cJSON *item;
	int err;

	for (;;) {
		err = next(reader, &event);
		if (err)
			return err;
		if (event.type == YAML_SEQUENCE_END_EVENT)
			break;
		err = build(reader, &event, depth + 1, &item);
		yaml_event_delete(&event);
		if (err)
			return err;
		gws_json_append(array, item);
	}
	yaml_event_delete(&event);
	return 0;
}

/* Members of another mapping, for the names that are not there yet. */
static int merge_one(struct reader *reader, cJSON *object, const cJSON *from)
{
	const cJSON *member;

	if (!cJSON_IsObject(from))
		return fail(reader, gws_yaml_line(from),
			    "\"<<\" needs a mapping or a list of them");
	cJSON_ArrayForEach(member, from)
		if (!cJSON_GetObjectItemCaseSensitive(object, member->string))
			gws_json_add(object, member->string,
				     gws_mem_check(cJSON_Duplicate(member,
								   true)));
	return 0;
}

/* What "<<" named: mappings, or lists of mappings. The first one counts. */
static int merge_all(struct reader *reader, cJSON *object, const cJSON *merged)
{
	const cJSON *from, *item;
	int err = 0;

	cJSON_ArrayForEach(from, merged) {
		if (!cJSON_IsArray(from))
			err = merge_one(reader, object, from);
		else
			cJSON_ArrayForEach(item, from)
				err = err ? err : merge_one(reader, object,
							    item);
		if (err)
			return err;
	}
	return 0;
}

/* Keys become strings as sigs.k8s.io/yaml makes them. */
static int build_key(struct reader *reader, const yaml_event_t *event,
		     char **key)
{
	int line = line_of(reader, event->start_mark);
	cJSON *node = NULL;
	char number[32];
	const char *text;
	int err;

	if (event->type != YAML_SCALAR_EVENT)
		return fail(reader, line, "a key must be a scalar");
	err = build_scalar(reader, event, &node);
	if (err)
		return err;
	if (cJSON_IsString(node)) {
		text = node->valuestring;
	} else if (cJSON_IsBool(node)) {
		text = cJSON_IsTrue(node) ? "true" : "false";
	} else if (cJSON_IsNumber(node)) {
		snprintf(number, sizeof(number), "%.15g", node->valuedouble);
		text = number;
	} else {
		cJSON_Delete(node);
		return fail(reader, line, "a key must not be null");
	}
	*key = gws_mem_strdup(reader->arena, text);
	cJSON_Delete(node);
	return 0;
}

static bool is_merge(const yaml_event_t *event)
{
	return event->type == YAML_SCALAR_EVENT && !event->data.scalar.tag &&
	       event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
	       !strcmp((const char *)event->data.scalar.value, "<<");
}

/* One member; @merged collects what "<<" names, for after the explicit keys. */
static int build_member(struct reader *reader, const yaml_event_t *key_event,
			int depth, cJSON *object, cJSON *merged)
{
	int line = line_of(reader, key_event->start_mark);
	yaml_event_t event;
	cJSON *value = NULL;
	char *key = NULL;
	int err;

	if (!is_merge(key_event)) {
		err = build_key(reader, key_event, &key);
		if (err)
			return err;
		if (cJSON_GetObjectItemCaseSensitive(object, key))
			return fail(reader, line, "key \"%.200s\" stands twice",
				    key);
	}
	err = next(reader, &event);
	if (err)
		return err;
	err = build(reader, &event, depth + 1, &value);
	yaml_event_delete(&event);
	if (err)
		return err;
	if (key)
		gws_json_add(object, key, value);
	else
		gws_json_append(merged, value);
	return 0;
}

static int build_mapping(struct reader *reader, int depth, cJSON *object)
{
	cJSON *merged = gws_json_append(reader->merged, gws_json_array());
	yaml_event_t event;
	size_t keys = 0;
	int err;

	for (;;) {
		err = next(reader, &event);
		if (err)
			return err;
		if (event.type == YAML_MAPPING_END_EVENT) {
			yaml_event_delete(&event);
			return merge_all(reader, object, merged);
		}
		err = ++keys > GWS_YAML_KEYS_MAX ?
			fail(reader, line_of(reader, event.start_mark),
			     "a mapping of more than %d keys",
			     GWS_YAML_KEYS_MAX) :
			build_member(reader, &event, depth, object, merged);
		yaml_event_delete(&event);
		if (err)
			return err;
	}
}

static int build_collection(struct reader *reader, const yaml_event_t *event,
			    int depth, cJSON **out)
{
	bool sequence = event->type == YAML_SEQUENCE_START_EVENT;
	const yaml_char_t *anchor = sequence ?
		event->data.sequence_start.anchor :
		event->data.mapping_start.anchor;
	int line = line_of(reader, event->start_mark);
	size_t index;
	int err;

	if (depth >= GWS_YAML_DEPTH_MAX)
		return fail(reader, line, "nested more than %d deep",
			    GWS_YAML_DEPTH_MAX);
	index = anchor_add(reader, anchor);
	*out = sequence ? gws_json_array() : gws_json_object();
	(*out)->valueint = line;
	err = sequence ? build_sequence(reader, depth, *out) :
			 build_mapping(reader, depth, *out);
	if (err) {
		cJSON_Delete(*out);
		*out = NULL;
		return err;
	}
	anchor_set(reader, index, *out);
	return 0;
}

static int build(struct reader *reader, const yaml_event_t *event, int depth,
		 cJSON **out)
{
	int line = line_of(reader, event->start_mark);
	int err;

	if (++reader->nodes > GWS_YAML_NODES_MAX)
		return fail(reader, line, "more than %d values",
			    GWS_YAML_NODES_MAX);
	switch (event->type) {
	case YAML_ALIAS_EVENT:
		err = build_alias(reader, event, depth, out);
		break;
	case YAML_SCALAR_EVENT:
		err = build_scalar(reader, event, out);
		if (!err)
			anchor_set(reader,
				   anchor_add(reader,
					      event->data.scalar.anchor), *out);
		break;
	default:
		return build_collection(reader, event, depth, out);
	}
	if (!err)
		(*out)->valueint = line;
	return err;
}

/* The next document that libyaml sees; *@out NULL at the end of the stream. */
static int read_one(struct reader *reader, cJSON **out, int *line)
{
	yaml_event_t event;
	int err;

	*out = NULL;
	for (;;) {
		err = next(reader, &event);
		if (err)
			return err;
		if (event.type == YAML_STREAM_END_EVENT) {
			yaml_event_delete(&event);
			return 0;
		}
		if (event.type != YAML_STREAM_START_EVENT &&
		    event.type != YAML_DOCUMENT_START_EVENT &&
		    event.type != YAML_DOCUMENT_END_EVENT)
			break;
		yaml_event_delete(&event);
	}
	*line = line_of(reader, event.start_mark);
	reader->merged = gws_json_array();
	err = build(reader, &event, 0, out);
	yaml_event_delete(&event);
	/* Anchors are of one document. */
	cJSON_Delete(reader->merged);
	reader->nanchors = 0;
	reader->anchors = NULL;
	reader->nodes = 0;
	reader->copies = 0;
	return err;
}

static void read_part(const char *text, size_t len, int base, gws_yaml_fn fn,
		      void *data)
{
	char *respelt = gws_json_escapes(text, &len);
	struct reader reader = { .base = base, .len = len };
	struct gws_yaml_doc doc;
	int err;

	if (!yaml_parser_initialize(&reader.parser))
		gws_mem_check(NULL);
	reader.text = respelt ? respelt : text;
	reader.arena = gws_mem_arena();
	yaml_parser_set_input_string(&reader.parser,
				     (const unsigned char *)reader.text, len);
	do {
		memset(&doc, 0, sizeof(doc));
		err = read_one(&reader, &doc.root, &doc.line);
		if (err) {
			doc.line = reader.error_line;
			doc.error = reader.error;
			fn(&doc, data);
			break;
		}
		if (!doc.root)
			break;
		if (cJSON_IsNull(doc.root))
			cJSON_Delete(doc.root);
		else
			fn(&doc, data);
	} while (true);
	yaml_parser_delete(&reader.parser);
	gws_arena_destroy(reader.arena);
	free(respelt);
}

static bool is_separator(const char *line, size_t len)
{
	size_t i;

	if (len < 3 || memcmp(line, "---", 3))
		return false;
	for (i = 3; i < len && strchr(" \t\r", line[i]); i++)
		;
	return i == len || line[i] == '#';
}

/* Nothing to read: blank lines, comments, directives, document ends. */
static bool is_empty_line(const char *line, size_t len)
{
	size_t i = 0;

	if (len && line[0] == '%')
		return true;
	if (len >= 3 && !memcmp(line, "...", 3))
		i = 3;
	while (i < len && strchr(" \t\r", line[i]))
		i++;
	return i == len || line[i] == '#';
}

void gws_yaml_read(const char *text, size_t len, gws_yaml_fn fn, void *data)
{
	const char *end = text + len, *part = text, *line = text, *eol;
	bool empty = true;
	int number = 0, base = 0;

	for (; line < end; line = eol < end ? eol + 1 : end, number++) {
		eol = memchr(line, '\n', (size_t)(end - line));
		if (!eol)
			eol = end;
		if (!is_separator(line, (size_t)(eol - line))) {
			empty &= is_empty_line(line, (size_t)(eol - line));
			continue;
		}
		if (!empty)
			read_part(part, (size_t)(line - part), base, fn, data);
		part = eol < end ? eol + 1 : end;
		base = number + 1;
		empty = true;
	}
	if (!empty)
		read_part(part, (size_t)(end - part), base, fn, data);
}
