// SPDX-License-Identifier: GPL-2.0-only
/* The module: brings its parts up in order, and down in the reverse order. */
#include <linux/module.h>
#include "budget.h"
#include "config.h"
#include "netlink.h"
#include "netns.h"
#include "sock.h"
#include "sysfs.h"
#include "worker.h"

static int __init gwsteer_init(void)
{
	int err;

	err = gws_socks_init();
	if (err)
		return err;
	err = gws_workers_init();
	if (err)
		return err;
	err = gws_sysfs_init();
	if (err)
		goto err_workers;
	err = gws_configs_init();
	if (err)
		goto err_sysfs;
	err = gws_netns_init();
	if (err)
		goto err_configs;
	err = gws_netlink_init();
	if (err)
		goto err_netns;
	pr_info("version %s\n", GWS_VERSION);
	return 0;

err_netns:
	gws_netns_exit();
err_configs:
	gws_configs_exit();
err_sysfs:
	gws_sysfs_exit();
err_workers:
	gws_budget_exit();
	gws_workers_exit();
	rcu_barrier();
	return err;
}

static void __exit gwsteer_exit(void)
{
	gws_netlink_exit();
	gws_netns_exit();
	gws_configs_exit();
	gws_sysfs_exit();
	gws_budget_exit();
	gws_workers_exit();
	rcu_barrier();
}

module_init(gwsteer_init);
module_exit(gwsteer_exit);

MODULE_DESCRIPTION("Kubernetes Gateway API data plane");
MODULE_AUTHOR("The gwsteer authors");
MODULE_LICENSE("GPL");
MODULE_VERSION(GWS_VERSION);
MODULE_ALIAS_GENL_FAMILY("gwsteer");
