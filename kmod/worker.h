/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One kernel thread per CPU that does all socket work. A connection stays on
 * the worker that accepted it.
 *
 * The threads are bound, but not per-CPU threads in the sense of smpboot: when
 * a CPU goes, a parked thread would freeze its connections, while a bound one
 * is moved elsewhere by the scheduler and goes on; it is bound again when the
 * CPU comes back.
 */
#ifndef GWS_WORKER_H
#define GWS_WORKER_H

#include <linux/list.h>
#include <linux/mm_types.h>
#include <linux/percpu.h>
#include <linux/spinlock.h>
#include "limits.h"
#include "timer.h"

struct gws_net;
struct gws_scratch;
struct gws_worker;

/* Something to do in a worker. Zeroed is not initialised. */
struct gws_call {
	struct list_head node;		/* worker->calls; under worker->lock */
	void (*fn)(struct gws_worker *w, struct gws_call *call);
};

static inline void gws_call_init(struct gws_call *call,
				 void (*fn)(struct gws_worker *w,
					    struct gws_call *call))
{
	INIT_LIST_HEAD(&call->node);
	call->fn = fn;
}

/*
 * A walk over a worker's sockets that is left in between: a socket that goes
 * meanwhile is stepped over, one that comes may be missed. In the worker only;
 * sock.h has the functions.
 */
struct gws_sock_walk {
	struct list_head node;		/* worker->walks, while it is under way */
	struct list_head *next;
};

/* Bytes of sockets that may be cut when memory is short; budget.c. */
struct gws_cuttable {
	u64 idle;	/* that idle connections hold */
	u64 worth;	/* that those hold of which each frees much */
};

struct gws_worker {
	spinlock_t lock;		/* protects the next three; _bh, a leaf */
	struct list_head queue;		/* gws_sock with events */
	struct list_head calls;		/* struct gws_call */
	bool awake;			/* no wake-up needed */
	struct task_struct *task;	/* referenced until the very end */
	int cpu;
	struct gws_call audit;		/* budget.c */

	/* The rest belongs to the thread alone. */
	struct list_head starved;	/* gws_sock that wait for memory */
	unsigned long retry_at;		/* jiffies, when one of them does */
	struct list_head slow;		/* gws_sock that want process context */
	struct list_head socks;		/* every gws_sock of this worker */
	struct list_head walks;		/* gws_sock_walk over @socks */
	struct gws_sock_walk measured;	/* budget.c: it never ends */
	struct gws_cuttable round;	/* of it, as far as it has come */
	struct gws_cuttable before;	/* the last one */
	u32 nsocks;
	u32 sent;			/* bytes, in this BH-off section */
	struct list_head mirrors;	/* gws_mirror to be begun; mirror.c */
	struct list_head log;		/* gws_log_record to be sent; log.h */
	u32 log_bytes;			/* of these */
	unsigned long audit_at;		/* jiffies; budget.c */
	u8 unpaid;			/* budget.c: audits since, in vain */
	struct gws_wheel wheel;
	struct page_frag frag;		/* rewritten heads and copied bytes */
	struct gws_scratch *scratch;
};

enum {
	/*
	 * Measured, 32 connections on one CPU: at -5 the worker preempts its
	 * clients for every event and there is nothing to batch, 42.4k
	 * instructions added per request; at 0 and at 5, 32.0k.
	 */
	GWS_WORKER_NICE = 0,
};

/* Enough was sent with BH off: a connection with more to do waits for its turn. */
static inline bool gws_worker_is_full(const struct gws_worker *w)
{
	return w->sent >= GWS_SECTION_BYTES;
}

/* The worker of @cpu; it may have no thread (yet). */
struct gws_worker *gws_worker(int cpu);
bool gws_worker_ready(int cpu);
/* Has every CPU that is online a worker? There was no memory, if not. */
bool gws_workers_complete(void);

/*
 * Has call->fn run once in the worker of @cpu, in process context; it sees what
 * was written before. Any context. @call must live until then. False when it
 * waits for its turn already (what was said holds all the same), or when that
 * worker has no thread.
 */
bool gws_worker_post(int cpu, struct gws_call *call);

/*
 * Runs @fn in the worker of @cpu, in process context, and waits for it.
 * Returns what @fn returned, or -ENXIO when that worker has no thread.
 */
int gws_worker_call(int cpu, int (*fn)(struct gws_worker *w, void *arg),
		    void *arg);

/* Aborts every socket of @gn in all workers; returns when none is left. */
void gws_workers_drop_net(struct gws_net *gn);

/* Returns 0, -ENOMEM, or the error of cpuhp_setup_state(). */
int gws_workers_init(void);
void gws_workers_exit(void);

#endif /* GWS_WORKER_H */
