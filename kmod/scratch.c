// SPDX-License-Identifier: GPL-2.0-only
/* Working memory of the workers, on their own node. */
#include <linux/slab.h>
#include <linux/topology.h>
#include "scratch.h"

struct gws_scratch *gws_scratch_alloc(int cpu)
{
	return kvzalloc_node(sizeof(struct gws_scratch), GFP_KERNEL,
			     cpu_to_node(cpu));
}

void gws_scratch_free(struct gws_scratch *scratch)
{
	kvfree(scratch);
}
