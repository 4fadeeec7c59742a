/* SPDX-License-Identifier: MIT */
/*
 * Expressions and texts from numbers, in the syntax that regcomp(3) and ours
 * share, so that one can be held against the other.
 */
#ifndef GWS_REGEX_GEN_H
#define GWS_REGEX_GEN_H

#include <regex.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "dfa.h"

enum { REGEX_GEN_ROOM = 400, REGEX_GEN_TEXT = 12 };

struct regex_gen {
	/* 0 to @n - 1 */
	unsigned int (*pick)(void *data, unsigned int n);
	void *data;
	char text[REGEX_GEN_ROOM + 64];
	size_t len;
};

static inline void regex_gen_put(struct regex_gen *g, const char *text)
{
	g->len += (size_t)sprintf(g->text + g->len, "%s", text);
}

static inline void regex_gen_alternatives(struct regex_gen *g, int depth);

static inline void regex_gen_atom(struct regex_gen *g, int depth)
{
	static const char *const atoms[] = {
		"a", "b", "c", ".", "[ab]", "[^a]", "[b-c]", "\\.", "\\*",
		"[[:alpha:]]",
	};
	static const char *const repeats[] = {
		"", "", "", "*", "+", "?", "{2}", "{0,2}", "{1,}", "{0}",
	};
	unsigned int n = g->pick(g->data, 14);

	if (n >= 10 && depth) {
		regex_gen_put(g, "(");
		regex_gen_alternatives(g, depth - 1);
		regex_gen_put(g, ")");
	} else {
		regex_gen_put(g, atoms[n % 10]);
	}
	regex_gen_put(g, repeats[g->pick(g->data, 10)]);
}

static inline void regex_gen_alternatives(struct regex_gen *g, int depth)
{
	unsigned int alternatives = 1 + g->pick(g->data, 3) / 2, atoms;

	while (alternatives--) {
		for (atoms = 1 + g->pick(g->data, 3);
		     atoms && g->len < REGEX_GEN_ROOM; atoms--)
			regex_gen_atom(g, depth);
		if (alternatives && g->len && g->text[g->len - 1] != '(')
			regex_gen_put(g, "|");
	}
	if (strchr("(|", g->text[g->len - 1]))
		regex_gen_put(g, "a");
}

/* An expression in @g->text. */
static inline void regex_gen(struct regex_gen *g)
{
	g->len = 0;
	g->text[0] = '\0';
	regex_gen_alternatives(g, 3);
}

static inline void regex_gen_text(struct regex_gen *g, char *text)
{
	static const char letters[] = "aabbc.*d";
	unsigned int n = g->pick(g->data, REGEX_GEN_TEXT + 1), i;

	for (i = 0; i < n; i++)
		text[i] = letters[g->pick(g->data, sizeof(letters) - 1)];
	text[n] = '\0';
}

static inline bool regex_run(const struct gws_dfa *dfa, const char *text)
{
	return gws_dfa_accepts(dfa, gws_dfa_run(dfa, dfa->start, text,
						(u32)strlen(text)));
}

/* What regcomp(3) makes of it; the caller frees it. False: it took it not. */
static inline bool regex_posix(const char *text, regex_t *posix)
{
	char whole[REGEX_GEN_ROOM + 80];

	snprintf(whole, sizeof(whole), "^(%s)$", text);
	return !regcomp(posix, whole, REG_EXTENDED | REG_NOSUB);
}

#endif /* GWS_REGEX_GEN_H */
