// SPDX-License-Identifier: MIT
/*
 * Expression -> automaton -> table. Making an automaton deterministic can take
 * exponential space, and libfa would take it: so it is counted first how many
 * states there will be, and only what is bounded is handed back to libfa.
 */
#include <fa.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/mem.h"
#include "regex.h"

#define TOO_MUCH "needs more work than there may be for one route"
#define WORD		(8 * sizeof(uint64_t))
/* Slots of the hash of sets of states; a power of two, and never full. */
#define SLOTS		(4 * GWS_REGEX_STATES_MAX)

/* libfa's states, with numbers. */
struct automaton {
	struct gws_arena *arena;
	struct state **states;		/* by address */
	size_t n;
	bool edge[257];		/* a transition begins or ended here */
};

/* Sets of states that the deterministic automaton has for states. */
struct sets {
	size_t words;			/* of one set */
	uint64_t *bits;			/* of all */
	size_t n;
	uint16_t slots[SLOTS];		/* number + 1; 0: free */
	size_t *work;			/* that may still be done */
};

static int compare_states(const void *a, const void *b)
{
	const struct state *const *x = a, *const *y = b;

	return (*x > *y) - (*x < *y);
}

static size_t number_of(const struct automaton *a, struct state *state)
{
	struct state **found = bsearch(&state, a->states, a->n,
				       sizeof(*a->states), compare_states);

	return (size_t)(found - a->states);
}

static void read_automaton(struct automaton *a, struct fa *fa)
{
	struct state *state, *to;
	unsigned char min, max;
	size_t i;

	for (state = fa_state_initial(fa); state; state = fa_state_next(state)) {
		*gws_mem_push(a->arena, a->states, a->n) = state;
		for (i = 0; i < fa_state_num_trans(state); i++) {
			fa_state_trans(state, i, &to, &min, &max);
			a->edge[min] = true;
			a->edge[max + 1] = true;
		}
	}
	qsort(a->states, a->n, sizeof(*a->states), compare_states);
}

/* --- how many states will there be --- */

static uint64_t *set_at(const struct sets *sets, size_t i)
{
	return sets->bits + i * sets->words;
}

/* Takes the set behind the last one in, if it is new. */
static void set_keep(struct sets *sets)
{
	const uint64_t *set = set_at(sets, sets->n);
	uint64_t hash = 0;
	size_t i, slot;

	for (i = 0; i < sets->words; i++)
		hash = (hash ^ set[i]) * 0x9e3779b97f4a7c15ULL;
	for (slot = hash >> 40; sets->slots[slot % SLOTS]; slot++)
		if (!memcmp(set_at(sets, sets->slots[slot % SLOTS] - 1), set,
			    sets->words * sizeof(*set)))
			return;
	sets->slots[slot % SLOTS] = (uint16_t)++sets->n;
}

/* False when there is not so much left. */
static bool spend(size_t *work, size_t steps)
{
	if (steps > *work) {
		*work = 0;
		return false;
	}
	*work -= steps;
	return true;
}

/* Where the states of set @from go by @byte; into the set behind the last. */
static bool set_step(struct sets *sets, const struct automaton *a, size_t from,
		     int byte)
{
	uint64_t *next = set_at(sets, sets->n);
	const uint64_t *set = set_at(sets, from);
	unsigned char min, max;
	size_t i, k, number;
	struct state *to;

	memset(next, 0, sets->words * sizeof(*next));
	for (i = 0; i < a->n; i++) {
		if (!(set[i / WORD] >> i % WORD & 1))
			continue;
		if (!spend(sets->work, fa_state_num_trans(a->states[i])))
			return false;
		for (k = 0; k < fa_state_num_trans(a->states[i]); k++) {
			fa_state_trans(a->states[i], k, &to, &min, &max);
			if (byte < min || byte > max)
				continue;
			number = number_of(a, to);
			next[number / WORD] |= 1ULL << number % WORD;
		}
	}
	return spend(sets->work, sets->words);
}

static const char *count_sets(struct sets *sets, const struct automaton *a,
			      struct state *initial)
{
	size_t i, first = number_of(a, initial);
	int byte;

	set_at(sets, 0)[first / WORD] = 1ULL << first % WORD;
	set_keep(sets);
	for (i = 0; i < sets->n; i++)
		for (byte = 0; byte < 256; byte++) {
			if (!a->edge[byte])
				continue;
			if (!set_step(sets, a, i, byte))
				return TOO_MUCH;
			set_keep(sets);
			if (sets->n > GWS_REGEX_STATES_MAX)
				return "needs an automaton with too many states";
		}
	return NULL;
}

static const char *check_size(struct fa *fa, size_t *work)
{
	struct automaton a = { .arena = gws_mem_arena() };
	struct sets sets = { .work = work };
	const char *why;

	read_automaton(&a, fa);
	sets.words = (a.n + WORD - 1) / WORD;
	/* One more than may be, and one that is only looked at. */
	sets.bits = gws_mem_check(calloc((GWS_REGEX_STATES_MAX + 2) *
					 sets.words, sizeof(*sets.bits)));
	why = count_sets(&sets, &a, fa_state_initial(fa));
	free(sets.bits);
	gws_arena_destroy(a.arena);
	return why;
}

/* --- the table --- */

struct table {
	const struct automaton *a;
	uint16_t *order;	/* the @n states that can be reached, as they are met */
	size_t n;
	uint16_t *number;	/* in the table, of each state */
	uint16_t *next;		/* by state and class, one class an interval */
	size_t states, classes, accept;
	uint8_t class_of[256];
};

static void meet(struct table *t, size_t state)
{
	if (t->number[state])
		return;
	t->number[state] = 1;
	t->order[t->n++] = (uint16_t)state;
}

/*
 * From the initial state on, byte by byte: so the same expression gives the
 * same table, wherever malloc() put the states.
 */
static void order_states(struct table *t, size_t initial)
{
	struct state *from, *to, *by[256];
	unsigned char min, max;
	size_t i, k;
	int byte;

	meet(t, initial);
	for (i = 0; i < t->n; i++) {
		from = t->a->states[t->order[i]];
		memset(by, 0, sizeof(by));
		for (k = 0; k < fa_state_num_trans(from); k++) {
			fa_state_trans(from, k, &to, &min, &max);
			for (byte = min; byte <= max; byte++)
				by[byte] = to;
		}
		for (byte = 0; byte < 256; byte++)
			if (by[byte])
				meet(t, number_of(t->a, by[byte]));
	}
}

/* 0 is the dead state; those that accept come last. */
static void number_states(struct table *t)
{
	size_t i, n = 1;
	int accepting;

	for (accepting = 0; accepting < 2; accepting++) {
		if (accepting)
			t->accept = n;
		for (i = 0; i < t->n; i++)
			if (fa_state_is_accepting(t->a->states[t->order[i]]) ==
			    accepting)
				t->number[t->order[i]] = (uint16_t)n++;
	}
	t->states = n;
}

static void number_classes(struct table *t)
{
	int byte;

	for (byte = 0; byte < 256; byte++) {
		if (byte && t->a->edge[byte])
			t->classes++;
		t->class_of[byte] = (uint8_t)t->classes;
	}
	t->classes++;
}

static void fill(struct table *t)
{
	unsigned char min, max;
	struct state *from, *to;
	size_t i, k;
	int byte;

	for (i = 0; i < t->n; i++) {
		from = t->a->states[t->order[i]];
		for (k = 0; k < fa_state_num_trans(from); k++) {
			fa_state_trans(from, k, &to, &min, &max);
			for (byte = min; byte <= max; byte++)
				t->next[t->number[t->order[i]] * t->classes +
					t->class_of[byte]] =
					t->number[number_of(t->a, to)];
		}
	}
}

static bool same_class(const struct table *t, size_t a, size_t b)
{
	size_t i;

	for (i = 0; i < t->states; i++)
		if (t->next[i * t->classes + a] != t->next[i * t->classes + b])
			return false;
	return true;
}

/* Classes that are the same everywhere become one. Returns how many are left. */
static size_t merge_classes(const struct table *t, uint16_t *merged)
{
	size_t i, k, n = 0, kept[256];

	for (i = 0; i < t->classes; i++) {
		for (k = 0; k < n && !same_class(t, kept[k], i); k++)
			;
		if (k == n)
			kept[n++] = i;
		merged[i] = (uint16_t)k;
	}
	return n;
}

static const struct gws_dfa *make_dfa(struct gws_arena *arena,
				      const struct table *t, size_t start,
				      size_t *size)
{
	uint16_t merged[256];
	size_t classes = merge_classes(t, merged), i, k;
	struct gws_dfa *dfa;

	*size = sizeof(*dfa) + t->states * classes * sizeof(dfa->next[0]);
	if (*size > GWS_DFA_SIZE_MAX)
		return NULL;
	dfa = gws_mem_take(arena, *size);
	dfa->states = (uint16_t)t->states;
	dfa->classes = (uint16_t)classes;
	dfa->start = (uint16_t)start;
	dfa->accept = (uint16_t)t->accept;
	for (i = 0; i < 256; i++)
		dfa->class_of[i] = (uint8_t)merged[t->class_of[i]];
	for (i = 0; i < t->states; i++)
		for (k = 0; k < t->classes; k++)
			dfa->next[i * classes + merged[k]] =
				t->next[i * t->classes + k];
	return dfa;
}

static const struct gws_dfa *tabulate(struct gws_arena *arena, struct fa *fa,
				      size_t *size)
{
	struct gws_arena *scratch = gws_mem_arena();
	struct automaton a = { .arena = scratch };
	struct table t = { .a = &a };
	const struct gws_dfa *dfa;
	size_t initial;

	read_automaton(&a, fa);
	initial = number_of(&a, fa_state_initial(fa));
	t.number = gws_mem_take(scratch, a.n * sizeof(*t.number));
	t.order = gws_mem_take(scratch, a.n * sizeof(*t.order));
	order_states(&t, initial);
	number_states(&t);
	number_classes(&t);
	t.next = gws_mem_take(scratch, t.states * t.classes * sizeof(*t.next));
	fill(&t);
	dfa = make_dfa(arena, &t, t.number[initial], size);
	gws_arena_destroy(scratch);
	return dfa;
}

static const char *compile(struct gws_arena *arena, const char *posix,
			   size_t len, size_t *work, struct gws_regex *regex)
{
	const char *why;
	struct fa *fa;

	/* What regex_posix.c writes is in order: only memory can be short. */
	if (fa_compile(posix, len, &fa))
		gws_mem_check(NULL);
	why = check_size(fa, work);
	if (!why) {
		if (fa_minimize(fa) < 0)
			gws_mem_check(NULL);
		regex->dfa = tabulate(arena, fa, &regex->size);
		if (!regex->dfa)
			why = gws_mem_printf(arena, "needs %zu KiB of table, more than %d",
					     regex->size / 1024,
					     GWS_DFA_SIZE_MAX / 1024);
	}
	fa_free(fa);
	return why;
}

const struct gws_regex *gws_regex_compile(struct gws_arena *arena,
					  const char *text, size_t *work,
					  const char **why)
{
	struct gws_regex *regex = gws_mem_take(arena, sizeof(*regex));
	size_t len, positions;
	const char *posix;

	regex->text = gws_mem_strdup(arena, text);
	/* The API counts characters, of which classes may have any number. */
	if (strlen(text) > GWS_REGEX_TEXT_MAX) {
		*why = gws_mem_printf(arena, "is longer than %d bytes",
				      GWS_REGEX_TEXT_MAX);
		return NULL;
	}
	posix = gws_regex_posix(arena, text, &len, &positions, why);
	if (!posix)
		return NULL;
	/* Of "(a?){n}" each character leads to all that follow it. */
	*why = TOO_MUCH;
	if (spend(work, positions * positions))
		*why = compile(arena, posix, len, work, regex);
	return *why ? NULL : regex;
}
