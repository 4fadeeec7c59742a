// SPDX-License-Identifier: MIT
/*
 * RE2's syntax to that of libfa, which is POSIX's without classes by name,
 * escapes in brackets and anchors. Every atom becomes the set of its bytes.
 */
#include <ctype.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/mem.h"
#include "regex.h"

/* Bytes; NUL is in none, since libfa ends there and requests have none. */
struct set {
	bool has[256];
};

struct reader {
	struct gws_arena *arena;
	const char *p;
	char *out;
	size_t len, room;
	const char *why;	/* the first thing that is wrong */
	int depth;
	bool fold;		/* flag i */
	bool dot_all;		/* flag s */
};

/* Of a part of an expression. */
struct part {
	unsigned long positions;	/* bytes it consumes, written out */
	bool at_start;		/* in: nothing can stand before it */
	bool at_end;		/* out: nothing may follow it */
	bool anchored;		/* out: it has an anchor, and cannot repeat */
};

__attribute__((format(printf, 2, 3)))
static bool fail(struct reader *r, const char *format, ...)
{
	char text[160];
	va_list args;
	char *c;

	if (r->why)
		return false;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	/* A character may have been cut. */
	for (c = text; *c; c++)
		if (!isprint((unsigned char)*c))
			*c = '?';
	r->why = gws_mem_strdup(r->arena, text);
	return false;
}

static void put(struct reader *r, char c)
{
	char *grown;

	if (r->len == r->room) {
		grown = gws_mem_take(r->arena, 2 * r->room + 64);
		if (r->len)
			memcpy(grown, r->out, r->len);
		r->out = grown;
		r->room = 2 * r->room + 64;
	}
	r->out[r->len++] = c;
}

static void put_text(struct reader *r, const char *text)
{
	while (*text)
		put(r, *text++);
}

/* --- sets --- */

static void set_range(struct set *set, int from, int to)
{
	for (; from <= to; from++)
		set->has[from] = from != 0;
}

static void set_chars(struct set *set, const char *chars)
{
	for (; *chars; chars++)
		set->has[(unsigned char)*chars] = true;
}

static void set_invert(struct set *set)
{
	int c;

	for (c = 1; c < 256; c++)
		set->has[c] = !set->has[c];
}

static void set_join(struct set *set, const struct set *more)
{
	int c;

	for (c = 1; c < 256; c++)
		set->has[c] |= more->has[c];
}

/* Both cases of every letter that is there. */
static void set_fold(struct set *set)
{
	int c;

	for (c = 'a'; c <= 'z'; c++)
		set->has[c] = set->has[toupper(c)] =
			set->has[c] || set->has[toupper(c)];
}

/*
 * In brackets, where libfa knows no escapes: ']' comes first, '-' last, '^' not
 * first. libfa compares ends of ranges as signed characters.
 */
static void put_set(struct reader *r, const struct set *set)
{
	bool caret = set->has['^'], any = set->has[']'];
	int c, end;

	put(r, '[');
	if (any)
		put(r, ']');
	for (c = 1; c < 256; c++) {
		if (!set->has[c] || strchr("]^-", c))
			continue;
		for (end = c; end < 255 && end != 127 && set->has[end + 1] &&
		     !strchr("]^-", end + 1); end++)
			;
		put(r, (char)c);
		if (end > c) {
			put(r, '-');
			put(r, (char)end);
		}
		any = true;
		c = end;
	}
	if (caret && any)
		put(r, '^');
	if (set->has['-'])
		put(r, '-');
	if (caret && !any)
		put(r, '^');
	put(r, ']');
}

static bool put_atom(struct reader *r, struct set *set)
{
	int c, n = 0, last = 0;

	if (r->fold)
		set_fold(set);
	for (c = 1; c < 256; c++)
		if (set->has[c]) {
			last = c;
			n++;
		}
	if (!n)
		return fail(r, "has a class that no byte is in");
	if (n > 1) {
		put_set(r, set);
		return true;
	}
	if (strchr("\\[](){}.*+?|^$", last))
		put(r, '\\');
	put(r, (char)last);
	return true;
}

/* --- escapes and classes --- */

static bool class_by_letter(char letter, struct set *set)
{
	switch (tolower((unsigned char)letter)) {
	case 'd':
		set_range(set, '0', '9');
		break;
	case 'w':
		set_range(set, '0', '9');
		set_range(set, 'a', 'z');
		set_range(set, 'A', 'Z');
		set_chars(set, "_");
		break;
	case 's':
		set_chars(set, "\t\n\f\r ");
		break;
	default:
		return false;
	}
	if (isupper((unsigned char)letter))
		set_invert(set);
	return true;
}

static bool read_hex(struct reader *r, struct set *set)
{
	bool braces = *r->p == '{';
	char *end;
	unsigned long byte;

	r->p += braces;
	if (!isxdigit((unsigned char)r->p[0]) ||
	    (!braces && !isxdigit((unsigned char)r->p[1])))
		return fail(r, "has \\x without hex digits");
	if (braces) {
		byte = strtoul(r->p, &end, 16);
		if (*end != '}')
			return fail(r, "has \\x{ without }");
		r->p = end + 1;
	} else {
		char digits[] = { r->p[0], r->p[1], '\0' };

		byte = strtoul(digits, NULL, 16);
		r->p += 2;
	}
	if (!byte || byte > 0x7f)
		return fail(r, "has \\x%lx, which is no ASCII character", byte);
	set->has[byte] = true;
	return true;
}

/* Behind the backslash. */
static bool read_escape(struct reader *r, struct set *set)
{
	static const char letters[] = "nrtfva", bytes[] = "\n\r\t\f\v\a";
	char c = *r->p;
	const char *letter;

	if (!c)
		return fail(r, "ends with a backslash");
	r->p++;
	if (class_by_letter(c, set))
		return true;
	letter = strchr(letters, c);
	if (letter)
		set->has[(unsigned char)bytes[letter - letters]] = true;
	else if (c == 'x')
		return read_hex(r, set);
	else if (c == 'b' || c == 'B')
		return fail(r, "has the word boundary \\%c", c);
	else if (c == 'p' || c == 'P')
		return fail(r, "has the Unicode class \\%c", c);
	else if (isdigit((unsigned char)c))
		return fail(r, "has the back reference \\%c", c);
	else if (isalpha((unsigned char)c) || (unsigned char)c >= 0x80)
		return fail(r, "has the unknown escape \\%c", c);
	else
		set->has[(unsigned char)c] = true;
	return true;
}

/* "[:alpha:]", behind its '['. */
static bool read_named(struct reader *r, struct set *set)
{
	static const struct {
		const char *name;
		int (*is)(int c);
	} names[] = {
		{ ":alnum:]", isalnum }, { ":alpha:]", isalpha },
		{ ":blank:]", isblank }, { ":cntrl:]", iscntrl },
		{ ":digit:]", isdigit }, { ":graph:]", isgraph },
		{ ":lower:]", islower }, { ":print:]", isprint },
		{ ":punct:]", ispunct }, { ":space:]", isspace },
		{ ":upper:]", isupper }, { ":xdigit:]", isxdigit },
	};
	size_t i;
	int c;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strncmp(r->p, names[i].name, strlen(names[i].name)))
			continue;
		r->p += strlen(names[i].name);
		for (c = 1; c < 128; c++)
			set->has[c] |= !!names[i].is(c);
		return true;
	}
	return fail(r, "has an unknown class [%.8s", r->p);
}

static int only_byte(const struct set *set)
{
	int c, n = 0, last = -1;

	for (c = 1; c < 256; c++)
		if (set->has[c]) {
			last = c;
			n++;
		}
	return n == 1 ? last : -1;
}

/* One member of brackets: a byte, a class. */
static bool read_member(struct reader *r, struct set *set)
{
	if (!*r->p)
		return fail(r, "has [ without ]");
	if (r->p[0] == '[' && r->p[1] == ':') {
		r->p++;
		return read_named(r, set);
	}
	if (*r->p == '\\') {
		r->p++;
		return read_escape(r, set);
	}
	if ((unsigned char)*r->p >= 0x80)
		return fail(r, "has a character in brackets that is not ASCII");
	set->has[(unsigned char)*r->p++] = true;
	return true;
}

/* Behind "[". */
static bool read_brackets(struct reader *r, struct set *set)
{
	bool negated = *r->p == '^', first = true;
	int from, to;

	r->p += negated;
	for (; first || *r->p != ']'; first = false) {
		struct set member = { { false } }, end = { { false } };

		if (!read_member(r, &member))
			return false;
		if (r->p[0] == '-' && r->p[1] && r->p[1] != ']') {
			r->p++;
			if (!read_member(r, &end))
				return false;
			from = only_byte(&member);
			to = only_byte(&end);
			if (from < 0 || to < from)
				return fail(r, "has a range whose ends are not in order");
			set_range(&member, from, to);
		}
		set_join(set, &member);
	}
	r->p++;
	/* Before it is inverted: "[^a]" without case is neither 'a' nor 'A'. */
	if (r->fold)
		set_fold(set);
	if (negated)
		set_invert(set);
	return true;
}

/* --- the expression --- */

static bool read_alternatives(struct reader *r, struct part *part);

/* Flags behind "(?", as in "(?i)" and "(?i:"; true when a group follows. */
static bool read_flags(struct reader *r, bool *group)
{
	bool on = true;

	for (;; r->p++) {
		switch (*r->p) {
		case 'i':
			r->fold = on;
			continue;
		case 's':
			r->dot_all = on;
			continue;
		case '-':
			on = false;
			continue;
		case ':':
		case ')':
			*group = *r->p++ == ':';
			return true;
		case '=':
		case '!':
			return fail(r, "has look-ahead (?%c", *r->p);
		default:
			return fail(r, "has the unknown flag (?%.1s", r->p);
		}
	}
}

/* Behind "(?"; names of groups mean nothing here. */
static bool read_group_kind(struct reader *r, bool *group)
{
	const char *name = r->p;

	*group = true;
	if (!strncmp(name, "<=", 2) || !strncmp(name, "<!", 2))
		return fail(r, "has look-behind (?<%c", name[1]);
	name += *name == 'P';
	if (*name != '<')
		return read_flags(r, group);
	name += 1 + strspn(name + 1, "abcdefghijklmnopqrstuvwxyz"
			   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
	if (*name != '>')
		return fail(r, "has a group with a bad name");
	r->p = name + 1;
	return true;
}

/* Behind "("; flags end with the group that they stand in. */
static bool read_group(struct reader *r, struct part *part)
{
	bool fold = r->fold, dot_all = r->dot_all, group = true;

	if (++r->depth > GWS_REGEX_DEPTH_MAX)
		return fail(r, "has more than %d groups in each other",
			    GWS_REGEX_DEPTH_MAX);
	if (*r->p == '?') {
		r->p++;
		if (!read_group_kind(r, &group))
			return false;
	}
	put(r, '(');
	if (group) {
		if (!read_alternatives(r, part))
			return false;
		if (*r->p != ')')
			return fail(r, "has ( without )");
		r->p++;
		r->fold = fold;
		r->dot_all = dot_all;
	}
	put(r, ')');
	r->depth--;
	return true;
}

static bool read_anchor(struct reader *r, struct part *part, char c)
{
	part->anchored = true;
	if (c == '$' || c == 'z')
		part->at_end = true;
	else if (!part->at_start)
		return fail(r, "has the anchor %s%c inside",
			    c == 'A' ? "\\" : "", c);
	put_text(r, "()");
	return true;
}

/* One character of several bytes, of which the first was read. */
static bool read_utf8(struct reader *r, struct part *part)
{
	put(r, '(');
	put(r, r->p[-1]);
	for (part->positions = 1; ((unsigned char)*r->p & 0xc0) == 0x80;
	     part->positions++)
		put(r, *r->p++);
	put(r, ')');
	return true;
}

/* "{2}", "{2,}", "{2,5}" at @p; anything else is text. Returns its length. */
static size_t repeat_length(const char *p)
{
	size_t n;

	if (*p != '{')
		return 0;
	n = 1 + strspn(p + 1, "0123456789");
	if (n == 1)
		return 0;
	if (p[n] == ',')
		n += 1 + strspn(p + n + 1, "0123456789");
	return p[n] == '}' ? n + 1 : 0;
}

static bool read_atom(struct reader *r, struct part *part)
{
	struct set set = { { false } };
	char c = *r->p++;

	switch (c) {
	case '(':
		return read_group(r, part);
	case '^':
	case '$':
		return read_anchor(r, part, c);
	case '*':
	case '+':
	case '?':
		return fail(r, "has %c with nothing to repeat", c);
	case '.':
		if (!r->dot_all)
			set.has['\n'] = true;
		set_invert(&set);
		break;
	case '[':
		if (!read_brackets(r, &set))
			return false;
		break;
	case '\\':
		if (*r->p == 'A' || *r->p == 'z')
			return read_anchor(r, part, *r->p++);
		if (!read_escape(r, &set))
			return false;
		break;
	default:
		if ((unsigned char)c >= 0x80)
			return read_utf8(r, part);
		if (repeat_length(r->p - 1))
			return fail(r, "has {} with nothing to repeat");
		set.has[(unsigned char)c] = true;
	}
	part->positions = 1;
	return put_atom(r, &set);
}

/* How often at most, or at least where there is no most; 0: no repetition. */
static bool read_count(struct reader *r, size_t len, unsigned long *times)
{
	unsigned long min, max;
	char *end;

	min = max = strtoul(r->p + 1, &end, 10);
	if (*end == ',')
		max = end[1] == '}' ? min : strtoul(end + 1, NULL, 10);
	if (max < min || max > GWS_REGEX_POSITIONS_MAX)
		return fail(r, "has the repetition %.*s, which is out of order or above %d",
			    len < 24 ? (int)len : 24, r->p,
			    GWS_REGEX_POSITIONS_MAX);
	*times = max + (end[0] == ',' && end[1] == '}');
	return true;
}

static bool read_repeat(struct reader *r, struct part *part)
{
	size_t len = repeat_length(r->p);
	unsigned long times = 1;

	if (len) {
		if (!read_count(r, len, &times))
			return false;
	} else if (*r->p && strchr("*+?", *r->p)) {
		len = 1;
	} else {
		return true;
	}
	if (part->anchored)
		return fail(r, "repeats an anchor");
	while (len--)
		put(r, *r->p++);
	part->positions *= times;
	/* Lazy: which of several texts is taken does not matter here. */
	r->p += *r->p == '?';
	if ((*r->p && strchr("*+?", *r->p)) || repeat_length(r->p))
		return fail(r, "repeats a repetition");
	return true;
}

static bool add_positions(struct reader *r, struct part *part,
			  unsigned long positions)
{
	part->positions += positions;
	if (part->positions > GWS_REGEX_POSITIONS_MAX)
		return fail(r, "needs more than %d characters with its repetitions written out",
			    GWS_REGEX_POSITIONS_MAX);
	return true;
}

static bool read_sequence(struct reader *r, struct part *part)
{
	while (*r->p && *r->p != '|' && *r->p != ')') {
		struct part atom = { .at_start = part->at_start };

		if (part->at_end && *r->p != '$')
			return fail(r, "has the anchor $ inside");
		if (!read_atom(r, &atom) || !read_repeat(r, &atom) ||
		    !add_positions(r, part, atom.positions))
			return false;
		part->at_start = part->at_start && !atom.positions;
		part->at_end |= atom.at_end;
		part->anchored |= atom.anchored;
	}
	return true;
}

static bool read_alternatives(struct reader *r, struct part *part)
{
	struct part alternative = { .at_start = part->at_start };

	for (;;) {
		if (!read_sequence(r, &alternative) ||
		    !add_positions(r, part, alternative.positions))
			return false;
		part->at_end |= alternative.at_end;
		part->anchored |= alternative.anchored;
		if (*r->p != '|')
			return true;
		put(r, *r->p++);
		alternative = (struct part){ .at_start = part->at_start };
	}
}

const char *gws_regex_posix(struct gws_arena *arena, const char *text,
			    size_t *len, size_t *positions, const char **why)
{
	struct reader r = { .arena = arena, .p = text };
	struct part whole = { .at_start = true };

	if (!*text)
		fail(&r, "is empty");
	else if (read_alternatives(&r, &whole) && *r.p)
		fail(&r, "has ) without (");
	*why = r.why;
	*len = r.len;
	*positions = whole.positions;
	return r.why ? NULL : r.out ? r.out : "";
}
