// SPDX-License-Identifier: MIT
/*
 * Regular expressions of routes: any text is refused or becomes an automaton
 * that the kernel takes, within its time; one in the syntax that it shares with
 * regcomp(3) means what that makes of it.
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

/* The first byte says whether the rest is an expression, or makes one. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	struct gws_arena *arena = gws_mem_arena();
	char *text;

	if (fuzz_byte(&in) % 2) {
		compare(arena, &in);
	} else {
		text = fuzz_copy(in.p, in.left, 1, 0);
		compile(arena, text);
		free(text);
	}
	gws_arena_destroy(arena);
	return 0;
}
