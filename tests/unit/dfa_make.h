/* SPDX-License-Identifier: MIT */
/*
 * Automata by hand, for tests of who runs them.
 */
#ifndef GWS_DFA_MAKE_H
#define GWS_DFA_MAKE_H

#include "dfa.h"

/* Words of sixteen bits. */
#define DFA_ROOM(states, classes)					\
	((sizeof(struct gws_dfa) + 2 * (states) * (classes)) / 2)

/*
 * Into @room. The n-th of @letters has class n, all other bytes class 0. State 1
 * is the start; @next has the steps, as many as there are.
 */
static inline const struct gws_dfa *dfa_make(u16 *room, u16 states, u16 accept,
					     const char *letters,
					     const u16 *next)
{
	struct gws_dfa *dfa = (struct gws_dfa *)room;
	u16 i;

	memset(dfa, 0, sizeof(*dfa));
	dfa->states = states;
	dfa->classes = strlen(letters) + 1;
	dfa->start = 1;
	dfa->accept = accept;
	for (i = 1; i < dfa->classes; i++)
		dfa->class_of[(u8)letters[i - 1]] = i;
	memcpy(dfa->next, next, 2 * states * dfa->classes);
	return dfa;
}

#endif /* GWS_DFA_MAKE_H */
