// SPDX-License-Identifier: MIT
/*
 * Texts as kubectl takes them: limits hold, lines are right, documents have
 * nothing to do with each other, and what we print as JSON or YAML is read as
 * the same tree again. Scalars have the types that the tags of YAML 1.1 say.
 */
#include <errno.h>
#include <math.h>

#include "../../userspace/gwsteerd/yaml_scalar.h"
#include "../../userspace/gwsteerd/yaml_tree.h"
#include "../../userspace/lib/yaml_out.h"
#include "fuzz_pattern.h"

enum { DOCS = 64 };

struct docs {
	cJSON *root[DOCS];
	int line[DOCS];
	u32 count;
};

static void take(const struct gws_yaml_doc *doc, void *data)
{
	struct docs *docs = data;

	MUST(!doc->root == !!doc->error);
	MUST(!doc->error || *doc->error);
	if (docs->count == DOCS) {
		cJSON_Delete(doc->root);
		return;
	}
	docs->line[docs->count] = doc->line;
	docs->root[docs->count++] = doc->root;
}

static struct docs read_text(const char *text, size_t len)
{
	char *copy = fuzz_copy(text, len, 0, 0);
	struct docs docs = {};

	gws_yaml_read(copy, len, take, &docs);
	free(copy);
	return docs;
}

static void forget(struct docs *docs)
{
	while (docs->count)
		cJSON_Delete(docs->root[--docs->count]);
}

static bool same(const cJSON *a, const cJSON *b)
{
	return !a || !b ? a == b : cJSON_Compare(a, b, true);
}

/* --- limits and lines --- */

struct extent {
	int first, last;	/* lines that a node may begin at */
	u32 nodes;
};

static void check_node(const cJSON *node, int depth, struct extent *extent)
{
	const cJSON *child;

	MUST(depth <= GWS_YAML_DEPTH_MAX);
	MUST(gws_yaml_line(node) >= extent->first);
	MUST(gws_yaml_line(node) <= extent->last);
	MUST(!cJSON_IsNumber(node) || isfinite(node->valuedouble));
	extent->nodes++;
	cJSON_ArrayForEach(child, node)
		check_node(child, depth + 1, extent);
}

/* libyaml knows more ends of a line than we count. */
static int lines_of(const char *text, size_t len)
{
	int lines = 1;
	size_t i;

	for (i = 0; i < len; i++)
		lines += text[i] == '\n' || text[i] == '\r' || (u8)text[i] >= 0x80;
	return lines;
}

static void check_docs(const struct docs *docs, const char *text, size_t len)
{
	int lines = lines_of(text, len);
	struct extent extent;
	u32 i;

	for (i = 0; i < docs->count; i++) {
		MUST(docs->line[i] >= 0 && docs->line[i] <= lines + 1);
		if (!docs->root[i])
			continue;
		/* libyaml ends the last line, too, if the text does not. */
		extent = (struct extent){ docs->line[i], lines + 1, 0 };
		check_node(docs->root[i], 0, &extent);
		MUST(extent.nodes <= GWS_YAML_NODES_MAX);
	}
}

/* The text twice, as documents: each gives what it gave alone. */
static void check_twice(const char *text, size_t len)
{
	char *twice = fuzz_copy(text, len, len + 6, 0);
	struct docs once, both;
	size_t n = len;
	u32 i;

	twice[n++] = '\n';
	once = read_text(twice, n);
	memcpy(twice + n, "---\n", 4);
	memcpy(twice + n + 4, text, len);
	twice[2 * len + 5] = '\n';
	both = read_text(twice, 2 * len + 6);
	MUST(both.count == 2 * once.count || both.count == DOCS);
	for (i = 0; i < both.count; i++)
		MUST(same(both.root[i], once.root[i % once.count]));
	forget(&once);
	forget(&both);
	free(twice);
}

/* --- printed and read again --- */

/* Control characters of C1 and the like: JSON has them raw, YAML has not. */
static bool is_printable(const char *text)
{
	return !strpbrk(text, "\x7f\xc2\xe2\xef");
}

static void check_again(const cJSON *root, const char *text, size_t len)
{
	struct docs docs = read_text(text, len);

	MUST(docs.count == 1 && docs.root[0]);
	MUST(same(docs.root[0], root));
	forget(&docs);
}

static void check_printed(const cJSON *root)
{
	char *json = cJSON_Print(root), *yaml = NULL;
	size_t size = 0;
	FILE *out;

	if (json && is_printable(json)) {
		check_again(root, json, strlen(json));
		out = open_memstream(&yaml, &size);
		MUST(!gws_yaml_write(out, root));
		MUST(!fclose(out));
		check_again(root, yaml, size);
	}
	free(yaml);
	free(json);
}

/* --- scalars --- */

static struct fuzz_pattern boolean = {
	.text = "^(y|Y|yes|Yes|YES|n|N|no|No|NO|true|True|TRUE|false|False|FALSE|"
	"on|On|ON|off|Off|OFF)$"
};
static struct fuzz_pattern number = {
	.text = "^[-+]?(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|"
	"([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][-+]?[0-9]+)?)$"
};

/* Only decimals may be beyond 64 bits: the others are no floats, so strings. */
static bool beyond_64_bits(const char *text)
{
	const char *digits = text + (*text == '-' || *text == '+');
	int base = 0;

	if (*digits == '0' && digits[1] && strchr("xXbBoO", digits[1]))
		base = strchr("xX", digits[1]) ? 16 :
		       strchr("bB", digits[1]) ? 2 : 8;
	errno = 0;
	if (base)
		(void)strtoull(digits + 2, NULL, base);
	return errno == ERANGE;
}

/* Of a plain one. Numbers of many digits may be too large, or too long. */
static void check_scalar(const char *text)
{
	cJSON *plain = gws_yaml_scalar(text, NULL, true);
	cJSON *quoted = gws_yaml_scalar(text, NULL, false);

	MUST(cJSON_IsString(quoted) && !strcmp(quoted->valuestring, text));
	MUST(cJSON_IsBool(plain) == fuzz_matches(&boolean, text));
	MUST(cJSON_IsNull(plain) == (!*text || !strcmp(text, "~") ||
				     !strcmp(text, "null") ||
				     !strcmp(text, "Null") ||
				     !strcmp(text, "NULL")));
	if (!strchr(text, '_') && strlen(text) < 60)
		MUST(cJSON_IsNumber(plain) ==
		     (fuzz_matches(&number, text) && !beyond_64_bits(text) &&
		      isfinite(strtod(text, NULL))));
	if (cJSON_IsString(plain))
		MUST(!strcmp(plain->valuestring, text));
	cJSON_Delete(plain);
	cJSON_Delete(quoted);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_copy(data, size, 1, 0);
	struct docs docs = read_text(text, size);
	u32 i;

	check_docs(&docs, text, size);
	for (i = 0; i < docs.count; i++)
		if (docs.root[i])
			check_printed(docs.root[i]);
	forget(&docs);
	check_twice(text, size);
	check_scalar(text);
	free(text);
	return 0;
}
