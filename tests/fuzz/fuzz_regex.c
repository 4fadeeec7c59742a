// SPDX-License-Identifier: MIT
/*
 * Regular expressions of routes: any text is refused or becomes an automaton
 * that the kernel takes, within its time; one in the syntax that it shares with
 * regcomp(3) means what that makes of it. And an automaton that nobody made is
 * refused, or runs within its own bytes.
 */
#define _GNU_SOURCE
#include "../../userspace/gwsteerd/regex.h"
#include "../../userspace/lib/mem.h"
#include "../unit/regex_gen.h"
#include "fuzz.h"

static const struct gws_regex *compile(struct gws_arena *arena,
				       const char *text)
{
	size_t work = GWS_REGEX_WORK_MAX / 10;
	const struct gws_regex *regex;
	const char *why;

	regex = gws_regex_compile(arena, text, &work, &why);
	MUST(!regex == !!why);
	MUST(!regex || gws_dfa_valid(regex->dfa, regex->size));
	return regex;
}

static unsigned int pick(void *data, unsigned int n)
{
	return fuzz_byte(data) % n;
}

static void compare(struct gws_arena *arena, struct fuzz_input *in)
{
	struct regex_gen gen = { .pick = pick, .data = in };
	const struct gws_regex *regex;
	char text[REGEX_GEN_TEXT + 1];
	regex_t posix;
	int i;

	regex_gen(&gen);
	regex = compile(arena, gen.text);
	if (!regex || !regex_posix(gen.text, &posix))
		return;
	for (i = 0; i < 4; i++) {
		regex_gen_text(&gen, text);
		MUST(regex_run(regex->dfa, text) ==
		     !regexec(&posix, text, 0, NULL, 0));
	}
	regfree(&posix);
}

/* Few states and classes, mostly right: many are valid, and none far from it. */
static void run(struct fuzz_input *in)
{
	u16 states = fuzz_byte(in) % 9, classes = fuzz_byte(in) % 5;
	size_t i, n = (size_t)states * classes;
	size_t size = sizeof(struct gws_dfa) + n * sizeof(u16);
	struct gws_dfa *dfa = calloc(1, size);
	u32 state;

	MUST(dfa);
	dfa->states = states;
	dfa->classes = classes;
	dfa->start = fuzz_byte(in) % 9;
	dfa->accept = fuzz_byte(in) % 10;
	for (i = 0; i < 256 && classes; i++)
		dfa->class_of[i] = i * (1 + fuzz_byte(in) % 3) % classes;
	dfa->class_of[fuzz_byte(in)] = fuzz_byte(in) % 5;
	for (i = classes; i < n; i++)
		dfa->next[i] = fuzz_byte(in) % states;
	if (n)
		dfa->next[fuzz_byte(in) % n] = fuzz_byte(in) % 9;
	if (gws_dfa_valid(dfa, size)) {
		state = gws_dfa_run(dfa, dfa->start, (const char *)in->p, in->left);
		MUST(state < states);
		gws_dfa_accepts(dfa, state);
	}
	MUST(!gws_dfa_valid(dfa, size - 1));
	free(dfa);
}

/* The first byte says whether the rest is an expression, or makes one, or an automaton. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	struct gws_arena *arena = gws_mem_arena();
	char *text;

	switch (fuzz_byte(&in) % 4) {
	case 1:
		compare(arena, &in);
		break;
	case 3:
		run(&in);
		break;
	default:
		text = fuzz_copy(in.p, in.left, 1, 0);
		compile(arena, text);
		free(text);
	}
	gws_arena_destroy(arena);
	return 0;
}
