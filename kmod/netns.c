// SPDX-License-Identifier: GPL-2.0-only
/*
 * One instance per network namespace: made with it, active after its first
 * commit, and gone with it.
 *
 * The end, in this order: no new packet is steered (hooks), no new connection
 * is accepted (listeners), every socket is aborted (workers), then the
 * configuration goes, which the sockets' requests had held on to.
 */
#include <linux/cpuhotplug.h>
#include <linux/error-injection.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <net/netns/generic.h>
#include "netns.h"
#include "source.h"
#include "sysfs.h"
#include "worker.h"

static unsigned int gws_net_id __read_mostly;

/* Outside of every gn->lock. */
static DEFINE_MUTEX(nets_lock);
static LIST_HEAD(nets);
static enum cpuhp_state hotplug_state;

struct gws_net *gws_net(const struct net *net)
{
	return net_generic(net, gws_net_id);
}

static void limits_init(u64 *limits)
{
#define X(name, def, min, max) limits[GWS_LIMIT_##name] = def;
	GWS_LIMIT_LIST(X)
#undef X
}

static int __net_init net_init(struct net *net)
{
	struct gws_net *gn = gws_net(net);
	int err;

	gn->net = net;
	limits_init(gn->limits);
	gws_log_init(&gn->log);
	spin_lock_init(&gn->endpoint_lock);
	hash_init(gn->endpoints);
	mutex_init(&gn->lock);
	gn->counters = alloc_percpu(struct gws_counters);
	if (!gn->counters)
		return -ENOMEM;
	err = gws_config_init(gn);
	if (err)
		goto err_config;
	err = gws_sysfs_net_init(gn);
	if (err)
		goto err_sysfs;
	mutex_lock(&nets_lock);
	list_add(&gn->list, &nets);
	mutex_unlock(&nets_lock);
	return 0;

err_sysfs:
	gws_config_exit(gn);
err_config:
	free_percpu(gn->counters);
	return err;
}

static void __net_exit net_exit(struct net *net)
{
	struct gws_net *gn = gws_net(net);
	/* Nobody can give it one any more. */
	bool configured = gn->config.index;

	mutex_lock(&nets_lock);
	list_del(&gn->list);
	mutex_unlock(&nets_lock);
	mutex_lock(&gn->lock);
	if (gn->active) {
		gws_hooks_exit(gn);
		gws_listen_exit(gn);
		gws_workers_drop_net(gn);
		gws_sources_exit(gn);
	}
	mutex_unlock(&gn->lock);
	gws_config_exit(gn);
	gws_sysfs_net_exit(gn);
	/*
	 * RCU callbacks of the configuration may still use what @gn holds. Most
	 * namespaces of a node have none, and all of them end one after another.
	 */
	if (configured)
		rcu_barrier();
	free_percpu(gn->counters);
}

int gws_net_activate(struct gws_net *gn)
{
	int err = 0;

	mutex_lock(&gn->lock);
	if (gn->active)
		goto out;
	err = gws_sources_init(gn);
	if (err)
		goto out;
	err = gws_listen_init(gn);
	if (err)
		goto err_sources;
	err = gws_hooks_init(gn);
	if (err)
		goto err_listen;
	gn->active = true;
	goto out;

err_listen:
	gws_listen_exit(gn);
err_sources:
	/* A listener is reachable for a moment before it is unhashed. */
	gws_workers_drop_net(gn);
	gws_sources_exit(gn);
out:
	mutex_unlock(&gn->lock);
	return err;
}
ALLOW_ERROR_INJECTION(gws_net_activate, ERRNO);

static struct pernet_operations net_ops = {
	.init = net_init,
	.exit = net_exit,
	.id = &gws_net_id,
	.size = sizeof(struct gws_net),
};

static void listen_extend(struct work_struct *work)
{
	struct gws_net *gn;

	mutex_lock(&nets_lock);
	list_for_each_entry(gn, &nets, list) {
		mutex_lock(&gn->lock);
		if (gn->active &&
		    (gws_listen_extend(gn) || !gws_workers_complete()))
			gws_count_reason(gn, no_memory);
		mutex_unlock(&gn->lock);
	}
	mutex_unlock(&nets_lock);
}

static DECLARE_WORK(extend_work, listen_extend);

/*
 * A CPU that comes online for the first time has a worker by now (worker.c), but
 * no listeners. Making them takes gn->lock, inside of which the hooks wait for
 * the lock that is held here: so it is done elsewhere, a moment later.
 */
static int worker_added(unsigned int cpu)
{
	schedule_work(&extend_work);
	return 0;
}

int gws_netns_init(void)
{
	int state, err;

	err = register_pernet_subsys(&net_ops);
	if (err)
		return err;
	state = cpuhp_setup_state_nocalls(CPUHP_AP_ONLINE_DYN, "net/gwsteer:listen",
					  worker_added, NULL);
	if (state < 0) {
		unregister_pernet_subsys(&net_ops);
		return state;
	}
	hotplug_state = state;
	return 0;
}

void gws_netns_exit(void)
{
	cpuhp_remove_state_nocalls(hotplug_state);
	cancel_work_sync(&extend_work);
	unregister_pernet_subsys(&net_ops);
}
