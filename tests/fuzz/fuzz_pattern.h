/* SPDX-License-Identifier: MIT */
/*
 * Extended regular expressions, as the second opinion on a grammar.
 */
#ifndef GWS_FUZZ_PATTERN_H
#define GWS_FUZZ_PATTERN_H

#include <regex.h>
#include "fuzz.h"

struct fuzz_pattern {
	const char *text;
	bool compiled;
	regex_t regex;
};

/* Is the whole of @text of that pattern? */
static inline bool fuzz_matches(struct fuzz_pattern *pattern, const char *text)
{
	regmatch_t match;

	if (!pattern->compiled)
		MUST(!regcomp(&pattern->regex, pattern->text, REG_EXTENDED));
	pattern->compiled = true;
	return !regexec(&pattern->regex, text, 1, &match, 0) &&
	       !match.rm_so && !text[match.rm_eo];
}

#endif /* GWS_FUZZ_PATTERN_H */
