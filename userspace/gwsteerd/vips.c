// SPDX-License-Identifier: MIT
/*
 * The addresses that are Gateways' own, as the IR has them.
 */
#include "../lib/mem.h"
#include "../lib/routes.h"
#include "ir.h"
#include "vips.h"

int gws_vips_route(const struct gws_ir *ir)
{
	struct gws_arena *arena = gws_mem_arena();
	const struct gws_ir_bind *bind;
	struct gws_ip *addrs = NULL;
	size_t naddrs = 0, i, j;
	int err;

	for (i = 0; ir && i < ir->nlisteners; i++)
		for (j = 0; j < ir->listeners[i].nbinds; j++) {
			bind = &ir->listeners[i].binds[j];
			if (bind->kind == GWS_BIND_ADDRESS)
				*gws_mem_push(arena, addrs, naddrs) =
					bind->addr;
		}
	err = gws_routes_sync(addrs, naddrs);
	gws_arena_destroy(arena);
	return err;
}
