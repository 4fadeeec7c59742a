// SPDX-License-Identifier: MIT
/*
 * A list of taken ports, made anew at every look.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/ports.h"
#include "taken.h"

void gws_taken_clear(struct gws_taken *taken)
{
	size_t i;

	for (i = 0; i < taken->count; i++)
		free((char *)taken->list[i].holder);
	free(taken->list);
	free(taken->holders);
	memset(taken, 0, sizeof(*taken));
}

static int ask(struct gws_taken *taken, const struct gws_ip *addr, uint16_t port)
{
	struct gws_port_holder holder;
	int found = gws_port_holder(addr, port, &holder);

	if (found <= 0)
		return found;
	taken->holders[taken->count] = holder;
	taken->list[taken->count++] = (struct gws_taken_port){
		.addr = *addr, .port = port,
	};
	return 0;
}

static int ask_all(struct gws_taken *taken, const struct gws_ip *addrs,
		   size_t naddrs, const uint16_t *ports, size_t nports)
{
	size_t room = naddrs * nports + 1, i, j;
	int err = 0;

	taken->list = calloc(room, sizeof(*taken->list));
	taken->holders = calloc(room, sizeof(*taken->holders));
	if (!taken->list || !taken->holders)
		return -ENOMEM;
	for (i = 0; i < naddrs; i++)
		for (j = 0; j < nports && !err; j++)
			err = ask(taken, &addrs[i], ports[j]);
	return err;
}

static bool same(const struct gws_taken *a, const struct gws_taken *b)
{
	size_t i;

	for (i = 0; i < a->count && i < b->count; i++)
		if (a->list[i].port != b->list[i].port ||
		    gws_ip_cmp(&a->list[i].addr, &b->list[i].addr) ||
		    a->holders[i].inode != b->holders[i].inode)
			return false;
	return a->count == b->count;
}

static int name_all(struct gws_taken *taken)
{
	char text[64];
	size_t i;

	for (i = 0; i < taken->count; i++) {
		gws_port_name(&taken->holders[i]);
		taken->list[i].holder = strdup(gws_port_text(&taken->holders[i],
							     text));
		if (!taken->list[i].holder)
			return -ENOMEM;
	}
	return 0;
}

int gws_taken_look(struct gws_taken *taken, const struct gws_ip *addrs,
		   size_t naddrs, const uint16_t *ports, size_t nports)
{
	struct gws_taken now = { 0 };
	int err = ask_all(&now, addrs, naddrs, ports, nports);
	bool changed;

	changed = !err && !same(&now, taken);
	if (changed)
		err = name_all(&now);
	if (err || !changed) {
		gws_taken_clear(&now);
		return err;
	}
	gws_taken_clear(taken);
	*taken = now;
	return 1;
}
