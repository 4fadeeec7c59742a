/* SPDX-License-Identifier: MIT */
/*
 * Regular expressions of routes, compiled to what the kernel runs: a table of a
 * deterministic automaton (struct gws_dfa), so that a request costs one step a
 * byte, whatever the expression and whatever the request.
 *
 * The syntax is RE2's, as Envoy and what is built on it have it, read byte by
 * byte: literals, ".", classes with ranges, [:alpha:] and \d \w \s, groups,
 * "|", * + ? {n,m}, their lazy forms (which choose no other text when all of it
 * must match), the flags i and s. The whole text must match; "^" in front and
 * "$" at the end say what holds anyway. Not there, and refused by name, is what
 * no automaton of bounded size does, or does for single bytes only: \b, back
 * references, look-around, \p, other flags.
 *
 * libfa (of Augeas) parses and makes the automaton, since it is the one C
 * library in Debian whose automata can be walked: of RE2, PCRE and TRE only an
 * answer comes out, and Hyperscan's databases are run by itself alone. Its
 * syntax is POSIX's, and it sets no limit to what it makes; both is added here.
 */
#ifndef GWS_REGEX_H
#define GWS_REGEX_H

#include <stddef.h>
#include <stdint.h>
#include <linux/gwsteer.h>

struct gws_arena;

enum gws_regex_limits {
	/* Characters that an expression stands for with its {n,m} written out. */
	GWS_REGEX_POSITIONS_MAX = 1024,
	GWS_REGEX_DEPTH_MAX = 50,
	/* States of the automaton before it is made as small as it can be. */
	GWS_REGEX_STATES_MAX = 4096,
	/* Steps for all expressions of an object: about a second. */
	GWS_REGEX_WORK_MAX = 30 * 1000 * 1000,
};

struct gws_regex {
	const char *text;
	const struct gws_dfa *dfa;
	size_t size;		/* of @dfa, bytes */
};

/*
 * gws_regex_compile - NULL and in @why what is wrong with it: "has ...",
 * "needs ...", a text of @arena.
 * @work: what is left of GWS_REGEX_WORK_MAX; what it cost is taken off.
 */
const struct gws_regex *gws_regex_compile(struct gws_arena *arena,
					  const char *text, size_t *work,
					  const char **why);

/*
 * gws_regex_posix - the same language in libfa's syntax; NULL and @why.
 * @len: bytes of the result, which may hold any byte but NUL.
 * @positions: characters that it stands for.
 */
const char *gws_regex_posix(struct gws_arena *arena, const char *text,
			    size_t *len, size_t *positions, const char **why);

#endif
