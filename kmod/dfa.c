// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What the data path takes for granted of an automaton.
 */
#include "dfa.h"

/* Every step leads to a state, and none leaves the first. */
static bool steps_valid(const struct gws_dfa *dfa)
{
	u32 n = (u32)dfa->states * dfa->classes, i;

	for (i = 0; i < n; i++)
		if (dfa->next[i] >= (i < dfa->classes ? 1 : dfa->states))
			return false;
	return true;
}

bool gws_dfa_valid(const struct gws_dfa *dfa, size_t size)
{
	u32 i;

	if (size < sizeof(*dfa) || size > GWS_DFA_SIZE_MAX)
		return false;
	if (!dfa->states || !dfa->classes || dfa->classes > 256 ||
	    dfa->start >= dfa->states || !dfa->accept ||
	    dfa->accept > dfa->states)
		return false;
	if (size - sizeof(*dfa) != (size_t)dfa->states * dfa->classes *
				   sizeof(dfa->next[0]))
		return false;
	for (i = 0; i < ARRAY_SIZE(dfa->class_of); i++)
		if (dfa->class_of[i] >= dfa->classes)
			return false;
	return steps_valid(dfa);
}
