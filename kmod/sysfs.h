/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /sys/kernel/gwsteer: the counters of the initial network namespace, one value
 * per file, read-only. Other namespaces have the same figures by netlink.
 */
#ifndef GWS_SYSFS_H
#define GWS_SYSFS_H

struct gws_net;
struct gws_stats;

/* The directory itself. Process context. Returns 0 or -ENOMEM. */
int gws_sysfs_init(void);
/* After every namespace is gone; waits for the last directory. */
void gws_sysfs_exit(void);

/*
 * Totals, reasons and limits of a namespace; does nothing but for init_net.
 * exit comes before what the files read is freed, and after gws_config_exit().
 */
int gws_sysfs_net_init(struct gws_net *gn);
void gws_sysfs_net_exit(struct gws_net *gn);

/*
 * The directory of a rule or backend. add makes it and those above it, show
 * makes its files tell of @stats, remove takes away what nobody needs. Do
 * nothing but for init_net. add and remove: process context, config->lock; show:
 * any context. A rule is added before its backends. add returns 0 or -ENOMEM.
 */
int gws_sysfs_add(struct gws_stats *stats);
void gws_sysfs_show(struct gws_stats *stats);
void gws_sysfs_remove(struct gws_stats *stats);

#endif /* GWS_SYSFS_H */
