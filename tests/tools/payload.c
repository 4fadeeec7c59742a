// SPDX-License-Identifier: MIT
/* Paths' meanings, body octets and their checksum. */
#include <stdio.h>
#include <string.h>

#include "payload.h"

/* Prime, so that no buffer or segment size fits the period. */
enum { PERIOD = 65521 };

static char sequence[2 * PERIOD];

enum argument { NONE, NUMBER, WORD };

static const struct {
	const char *name;
	enum command command;
	enum argument argument;
} commands[] = {
	{ "bytes", CMD_BYTES, NUMBER },
	{ "chunked", CMD_CHUNKED, NUMBER },
	{ "trailer", CMD_TRAILER, NUMBER },
	{ "close", CMD_CLOSE, NUMBER },
	{ "echo", CMD_ECHO, NONE },
	{ "sink", CMD_SINK, NONE },
	{ "delay", CMD_DELAY, NUMBER },
	{ "status", CMD_STATUS, NUMBER },
	{ "headers", CMD_HEADERS, NONE },
	{ "hints", CMD_HINTS, NONE },
	{ "early", CMD_EARLY, NONE },
	{ "abort", CMD_ABORT, WORD },
	{ "bad", CMD_BAD, WORD },
};

void payload_init(void)
{
	uint32_t x = 2463534242u;

	for (int i = 0; i < PERIOD; i++) {
		x ^= x << 13;
		x ^= x >> 17;
		x ^= x << 5;
		sequence[i] = x >> 24;
		sequence[i + PERIOD] = sequence[i];
	}
}

const char *payload_at(uint64_t at, size_t *n)
{
	if (*n > PERIOD)
		*n = PERIOD;
	return sequence + at % PERIOD;
}

ssize_t payload_compare(uint64_t at, const char *data, size_t n)
{
	size_t done = 0;

	while (done < n) {
		size_t part = n - done;
		const char *want = payload_at(at + done, &part);

		if (memcmp(want, data + done, part)) {
			while (*want == data[done]) {
				want++;
				done++;
			}
			return done;
		}
		done += part;
	}
	return -1;
}

uint64_t checksum(uint64_t sum, const char *data, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sum = (sum ^ (unsigned char)data[i]) * 0x100000001b3ull;
	return sum;
}

/* Takes the next path element off *rest. */
static bool next_element(struct str *rest, struct str *element)
{
	size_t n = 0;

	while (rest->len && *rest->p == '/') {
		rest->p++;
		rest->len--;
	}
	while (n < rest->len && rest->p[n] != '/')
		n++;
	*element = (struct str){ rest->p, n };
	rest->p += n;
	rest->len -= n;
	return n;
}

static bool take_argument(struct str *rest, enum argument kind,
			  struct plan *plan)
{
	struct str element;

	if (kind == NONE)
		return true;
	if (!next_element(rest, &element))
		return false;
	if (kind == NUMBER)
		return str_number(element, &plan->number);
	if (element.len >= sizeof(plan->word))
		return false;
	memcpy(plan->word, element.p, element.len);
	return true;
}

bool plan_parse(struct str target, struct plan *plan)
{
	const char *query = memchr(target.p, '?', target.len);
	struct str rest = target, element;

	memset(plan, 0, sizeof(*plan));
	if (query)
		rest.len = query - rest.p;
	if (str_is(rest, "/-/count")) {
		plan->command = CMD_COUNT;
		return true;
	}
	if (str_is(target, "*")) {
		plan->command = CMD_HEADERS;
		return true;
	}
	while (next_element(&rest, &element)) {
		for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
			if (!str_is(element, commands[i].name))
				continue;
			plan->command = commands[i].command;
			return take_argument(&rest, commands[i].argument, plan);
		}
	}
	return true;
}
