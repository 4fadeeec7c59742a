/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Automata that user space made of regular expressions (struct gws_dfa of the
 * UAPI header): one step a byte, no backtracking, no memory.
 */
#ifndef GWS_DFA_H
#define GWS_DFA_H

#include "core.h"
#include <uapi/linux/gwsteer.h>

/*
 * Is it one, and as long as it says? @dfa is aligned to two bytes, @size are
 * all bytes of it. Only what this is true for may be run.
 */
bool gws_dfa_valid(const struct gws_dfa *dfa, size_t size);

static __always_inline u32 gws_dfa_step(const struct gws_dfa *dfa, u32 state,
					char c)
{
	return dfa->next[state * dfa->classes + dfa->class_of[(u8)c]];
}

/* The state after @len bytes more; 0, that of no hope, as soon as it is. */
static inline u32 gws_dfa_run(const struct gws_dfa *dfa, u32 state,
			      const char *p, u32 len)
{
	const char *end = p + len;

	while (p != end && state)
		state = gws_dfa_step(dfa, state, *p++);
	return state;
}

static inline bool gws_dfa_accepts(const struct gws_dfa *dfa, u32 state)
{
	return state >= dfa->accept;
}

#endif /* GWS_DFA_H */
