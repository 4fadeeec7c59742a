/* SPDX-License-Identifier: MIT */
/*
 * Brings the kernel to an IR: connection, transaction, what was refused.
 */
#ifndef GWS_PUSH_H
#define GWS_PUSH_H

#include <stdbool.h>
#include <stdint.h>

#include "ir.h"
#include "limit.h"
#include "status.h"

/* How the module looked the last time it was asked. */
enum gws_module_state {
	GWS_MODULE_MISSING,	/* not loaded */
	GWS_MODULE_FOREIGN,	/* speaks another ABI */
	GWS_MODULE_READY,
};

struct gws_push;

/* What the caller may know about the kernel's side. */
struct gws_push_view {
	enum gws_module_state module;
	char version[64];	/* of the module, "" when unknown */
	uint32_t abi;
	uint64_t generation;	/* the kernel's, as last seen */
	size_t sent;		/* objects put or deleted by the last run */
};

/* NULL when memory is short. Connects to nothing yet. */
struct gws_push *gws_push_create(void);
void gws_push_destroy(struct gws_push *push);

/*
 * What limits shall be in each module that is met: told it once, so that whoever
 * changes one by hand is left alone. @limits stays the caller's and must outlive
 * @push. One that the module refuses is said, and is no failure.
 */
void gws_push_set_limits(struct gws_push *push,
			 const struct gws_limit_value *limits, size_t n);

/**
 * gws_push_run() - make the kernel have what @ir says
 * @result: for gws_status_build(); its texts and keys live until the next run
 *	and as long as @ir
 *
 * Sends only what differs. What the kernel refuses is named in @result and the
 * rest is applied without it; of a refused object the kernel keeps the state
 * before.
 *
 * Return: 0 when the kernel has all but what @result names; -ENOENT module not
 * loaded; -EPROTO a module of another ABI; -EPERM no CAP_NET_ADMIN; -EBUSY or
 * -EAGAIN somebody else writes, try again; -ENOMEM and others, try again.
 */
int gws_push_run(struct gws_push *push, const struct gws_ir *ir,
		 struct gws_push_result *result);

/**
 * gws_push_poll() - look whether the kernel is still as the last run left it
 *
 * Return: whether a run is needed: the module came, went or has another
 * generation.
 */
bool gws_push_poll(struct gws_push *push);

/* Forget what is known of the kernel: the module was loaded or unloaded. */
void gws_push_forget(struct gws_push *push);

const struct gws_push_view *gws_push_view(const struct gws_push *push);

#endif /* GWS_PUSH_H */
