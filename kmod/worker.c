// SPDX-License-Identifier: GPL-2.0-only
/*
 * The worker threads.
 *
 *   callback -> queue -> batch (BH off, up to BATCH sockets) -> event()
 *                                  \-> slow list -> slow() in process context
 *
 * A batch holds BH off over several sockets, so that what they send to local
 * peers is delivered in one softirq run afterwards, not one per send. A socket
 * is freed in the slow part only, never while a batch may still hold it.
 */
#include <linux/completion.h>
#include <linux/cpuhotplug.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include "budget.h"
#include "log.h"
#include "mirror.h"
#include "netns.h"
#include "scratch.h"
#include "sock.h"
#include "worker.h"

enum {
	BATCH = 16,		/* sockets per BH-off section */
	BATCHES = 4,		/* before accept, connect and close get a turn */
	SLOW = 64,		/* sockets that get it, before batches do again */
};

/* A call that somebody waits for. */
struct worker_call {
	struct gws_call call;
	int (*fn)(struct gws_worker *w, void *arg);
	void *arg;
	int result;
	struct completion done;
};

static DEFINE_PER_CPU(struct gws_worker, workers);
static enum cpuhp_state hotplug_state;

struct gws_worker *gws_worker(int cpu)
{
	return per_cpu_ptr(&workers, cpu);
}

bool gws_worker_ready(int cpu)
{
	return READ_ONCE(gws_worker(cpu)->task);
}

static int take_batch(struct gws_worker *w, struct gws_sock **batch)
{
	struct gws_sock *s;
	int n = 0;

	spin_lock(&w->lock);
	while (n < BATCH && !list_empty(&w->queue)) {
		s = list_first_entry(&w->queue, struct gws_sock, queue);
		list_del_init(&s->queue);
		/* Before it is looked at: what comes later queues it again. */
		WRITE_ONCE(s->queued, false);
		batch[n++] = s;
	}
	spin_unlock(&w->lock);
	/* Pairs with gws_sock_kick(). */
	smp_mb();
	return n;
}

/* Softirqs get their turn. What is in the batch is freed by this thread alone. */
static void section_split(struct gws_worker *w)
{
	local_bh_enable();
	cond_resched();
	local_bh_disable();
	w->sent = 0;
}

static bool run_batch(struct gws_worker *w)
{
	struct gws_sock *batch[BATCH];
	int i, n;

	local_bh_disable();
	w->sent = 0;
	n = take_batch(w, batch);
	for (i = 0; i < n; i++) {
		if (unlikely(gws_worker_is_full(w)))
			section_split(w);
		gws_sock_run_event(batch[i]);
	}
	local_bh_enable();
	return n == BATCH;
}

static void run_batches(struct gws_worker *w)
{
	int i;

	for (i = 0; i < BATCHES && run_batch(w); i++)
		cond_resched();
}

static void run_starved(struct gws_worker *w)
{
	if (list_empty(&w->starved) || time_before(jiffies, w->retry_at))
		return;
	spin_lock_bh(&w->lock);
	list_splice_tail_init(&w->starved, &w->queue);
	spin_unlock_bh(&w->lock);
}

/* Up to @most; what a socket defers anew waits for the next round. */
static void run_slow(struct gws_worker *w, unsigned int most)
{
	LIST_HEAD(slow);
	struct gws_sock *s;

	list_splice_init(&w->slow, &slow);
	while (!list_empty(&slow) && most--) {
		s = list_first_entry(&slow, struct gws_sock, slow);
		list_del_init(&s->slow);
		gws_sock_run_slow(s);
		cond_resched();
	}
	list_splice(&slow, &w->slow);
}

static void run_calls(struct gws_worker *w)
{
	struct gws_call *call;

	for (;;) {
		spin_lock_bh(&w->lock);
		call = list_first_entry_or_null(&w->calls, struct gws_call, node);
		/* Before it runs: what is posted from here on runs it again. */
		if (call)
			list_del_init(&call->node);
		spin_unlock_bh(&w->lock);
		if (!call)
			return;
		call->fn(w, call);
	}
}

static bool worker_idle(struct gws_worker *w)
{
	bool idle;

	spin_lock_bh(&w->lock);
	idle = list_empty(&w->queue) && list_empty(&w->calls);
	if (idle)
		w->awake = false;
	spin_unlock_bh(&w->lock);
	return idle;
}

static long sleep_time(const struct gws_worker *w)
{
	long next = gws_wheel_next(&w->wheel);

	if (list_empty(&w->starved))
		return next;
	return clamp((long)(w->retry_at - jiffies), 0L, next);
}

/* Not at all where something is due: a time-out of 0 sleeps to the next jiffy. */
static void worker_sleep(struct gws_worker *w)
{
	long left = 0;

	/* The state comes before the look: a waker between undoes it. */
	set_current_state(TASK_IDLE);
	if (list_empty(&w->slow) && list_empty(&w->mirrors) &&
	    !kthread_should_stop() && worker_idle(w))
		left = sleep_time(w);
	if (left)
		schedule_timeout(left);
	__set_current_state(TASK_RUNNING);
	spin_lock_bh(&w->lock);
	w->awake = true;
	spin_unlock_bh(&w->lock);
}

static int worker_thread(void *arg)
{
	struct gws_worker *w = arg;

	set_user_nice(current, GWS_WORKER_NICE);
	while (!kthread_should_stop()) {
		worker_sleep(w);
		run_starved(w);
		run_batches(w);
		run_slow(w, SLOW);
		run_calls(w);
		gws_wheel_run(&w->wheel, gws_sock_run_timeout);
		gws_budget_run(w);
		if (unlikely(!list_empty(&w->mirrors)))
			gws_mirrors_run(w);
		if (unlikely(!list_empty(&w->log)))
			gws_log_run(w);
		/* Under full load it never sleeps; who ends a tracer waits. */
		cond_resched_tasks_rcu_qs();
	}
	run_calls(w);
	return 0;
}

bool gws_worker_post(int cpu, struct gws_call *call)
{
	struct gws_worker *w = gws_worker(cpu);
	bool posted, wake = false;

	if (!gws_worker_ready(cpu))
		return false;
	spin_lock_bh(&w->lock);
	posted = list_empty(&call->node);
	if (posted) {
		list_add_tail(&call->node, &w->calls);
		wake = !w->awake;
		w->awake = true;
	}
	spin_unlock_bh(&w->lock);
	if (wake)
		wake_up_process(w->task);
	return posted;
}

static void run_waited(struct gws_worker *w, struct gws_call *call)
{
	struct worker_call *wc = container_of(call, struct worker_call, call);

	wc->result = wc->fn(w, wc->arg);
	complete(&wc->done);
}

int gws_worker_call(int cpu, int (*fn)(struct gws_worker *w, void *arg),
		    void *arg)
{
	struct worker_call wc = { .fn = fn, .arg = arg };

	gws_call_init(&wc.call, run_waited);
	init_completion(&wc.done);
	if (!gws_worker_post(cpu, &wc.call))
		return -ENXIO;
	wait_for_completion(&wc.done);
	return wc.result;
}

static bool abort_net(struct gws_worker *w, const struct gws_net *gn)
{
	struct gws_sock *s;
	bool found = false;

	list_for_each_entry(s, &w->socks, all) {
		if (s->gn != gn)
			continue;
		gws_sock_abort(s);
		found = true;
	}
	return found;
}

static int drop_net(struct gws_worker *w, void *arg)
{
	gws_mirrors_drop(w, arg);
	while (abort_net(w, arg))
		run_slow(w, UINT_MAX);
	/* Its records are about what now goes. */
	gws_log_run(w);
	return 0;
}

void gws_workers_drop_net(struct gws_net *gn)
{
	int cpu;

	for_each_possible_cpu(cpu)
		if (gws_worker_ready(cpu))
			gws_worker_call(cpu, drop_net, gn);
	WARN_ON_ONCE(atomic_read(&gn->socks) || atomic_read(&gn->mirrors));
}

/* Once per CPU for the life of the module; later the thread is bound anew. */
static void worker_start(struct gws_worker *w, int cpu)
{
	struct task_struct *task;

	w->scratch = gws_scratch_alloc(cpu);
	if (!w->scratch)
		return;
	task = kthread_create_on_node(worker_thread, w, cpu_to_node(cpu),
				      "gwsteer/%u", cpu);
	if (IS_ERR(task)) {
		gws_scratch_free(w->scratch);
		w->scratch = NULL;
		return;
	}
	/* Callbacks may wake it after kthread_stop(): the struct must stay. */
	get_task_struct(task);
	kthread_bind(task, cpu);
	WRITE_ONCE(w->task, task);
	wake_up_process(task);
}

/*
 * Never an error: that would keep the CPU from coming online. Without a worker
 * its SYNs go to the listeners of the others (gws_listen_pick()), and when it
 * comes online again there is another attempt.
 */
static int worker_online(unsigned int cpu)
{
	struct gws_worker *w = gws_worker(cpu);

	if (w->task)
		(void)set_cpus_allowed_ptr(w->task, cpumask_of(cpu));
	else
		worker_start(w, cpu);
	return 0;
}

bool gws_workers_complete(void)
{
	int cpu;

	for_each_online_cpu(cpu)
		if (!gws_worker_ready(cpu))
			return false;
	return true;
}

static void worker_setup(int cpu)
{
	struct gws_worker *w = gws_worker(cpu);

	spin_lock_init(&w->lock);
	INIT_LIST_HEAD(&w->queue);
	INIT_LIST_HEAD(&w->calls);
	INIT_LIST_HEAD(&w->slow);
	INIT_LIST_HEAD(&w->starved);
	INIT_LIST_HEAD(&w->socks);
	INIT_LIST_HEAD(&w->walks);
	INIT_LIST_HEAD(&w->mirrors);
	INIT_LIST_HEAD(&w->log);
	gws_wheel_init(&w->wheel);
	gws_budget_worker_init(w);
	w->cpu = cpu;
}

static void workers_stop(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		if (gws_worker_ready(cpu))
			kthread_stop(gws_worker(cpu)->task);
}

static void workers_free(void)
{
	struct gws_worker *w;
	int cpu;

	for_each_possible_cpu(cpu) {
		w = gws_worker(cpu);
		if (!w->task)
			continue;
		put_task_struct(w->task);
		if (w->frag.page)
			put_page(w->frag.page);
		gws_scratch_free(w->scratch);
	}
}

void gws_workers_exit(void)
{
	cpuhp_remove_state_nocalls(hotplug_state);
	workers_stop();
	/* Nobody wakes a worker any more once the last callback is over. */
	synchronize_net();
	workers_free();
}

int gws_workers_init(void)
{
	int cpu, state;

	for_each_possible_cpu(cpu)
		worker_setup(cpu);
	state = cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "net/gwsteer:online",
				  worker_online, NULL);
	if (state < 0)
		return state;
	hotplug_state = state;
	/* Who loads the module can do so again. */
	if (!gws_workers_complete()) {
		gws_workers_exit();
		return -ENOMEM;
	}
	return 0;
}
