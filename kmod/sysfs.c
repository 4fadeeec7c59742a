// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tree in /sys/kernel/gwsteer:
 *
 *   version, generation, memory
 *   totals/<counter>, reasons/<reason>, gauges/<gauge>, limits/<limit>
 *   gateways/<ns>/<gateway>/listeners/<listener>/...
 *   gateways/<ns>/<gateway>/listenersets/<ns>/<set>/<listener>/...
 *     ... httproutes|grpcroutes/<ns>/<route>/rules/<name or index>/
 *           requests, errors
 *           backends/<index>/name, requests, weight, errors, bytes_rx,
 *                            bytes_tx, active
 *
 * Fixed words stand between all names of users, so no two paths collide. The
 * directories are made before a commit is published and removed after it. No
 * file takes a lock of ours: removing a directory waits for its readers, and
 * that happens under config->lock.
 */
#include <linux/error-injection.h>
#include <linux/hashtable.h>
#include <linux/jhash.h>
#include <linux/kobject.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <linux/wait.h>
#include "config.h"
#include "netns.h"
#include "sysfs.h"

enum { DIR_HASH_BITS = 10 };

struct gws_dir {
	struct kobject kobj;
	struct hlist_node node;		/* dirs */
	struct gws_dir *parent;		/* counted in its @uses */
	u32 uses;
	struct gws_stats __rcu *stats;	/* what the files tell of; NULL: none */
};

struct dir_attribute {
	struct attribute attr;
	ssize_t (*show)(struct gws_dir *dir, const struct dir_attribute *attr,
			char *buf);
	unsigned int index;
};

/* The namespace that is shown, and its own directories. */
static struct gws_net *shown;
static struct gws_dir *root, *totals, *reasons, *gauges, *limits, *gateways;

/* Below @gateways, by parent and name; under the config->lock of @shown. */
static DEFINE_HASHTABLE(dirs, DIR_HASH_BITS);

/* Directories not yet released: their release is code of this module. */
static atomic_t ndirs;
static DECLARE_WAIT_QUEUE_HEAD(released);

static ssize_t dir_attr_show(struct kobject *kobj, struct attribute *attr,
			     char *buf)
{
	const struct dir_attribute *a =
		container_of(attr, struct dir_attribute, attr);

	return a->show(container_of(kobj, struct gws_dir, kobj), a, buf);
}

static const struct sysfs_ops dir_ops = {
	.show = dir_attr_show,
};

static void dir_release(struct kobject *kobj)
{
	kfree(container_of(kobj, struct gws_dir, kobj));
	if (atomic_dec_and_test(&ndirs))
		wake_up(&released);
}

static const struct kobj_type dir_type = {
	.release = dir_release,
	.sysfs_ops = &dir_ops,
};

static struct gws_dir *dir_make(struct kobject *parent, const char *name)
{
	struct gws_dir *dir = kzalloc(sizeof(*dir), GFP_KERNEL_ACCOUNT);

	if (!dir)
		return NULL;
	atomic_inc(&ndirs);
	if (kobject_init_and_add(&dir->kobj, &dir_type, parent, "%s", name)) {
		kobject_put(&dir->kobj);
		return NULL;
	}
	return dir;
}

static void dir_unmake(struct gws_dir *dir)
{
	if (!dir)
		return;
	kobject_del(&dir->kobj);
	kobject_put(&dir->kobj);
}

static ssize_t show_version(struct gws_dir *dir,
			    const struct dir_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", GWS_VERSION);
}

static ssize_t show_generation(struct gws_dir *dir,
			       const struct dir_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%llu\n", READ_ONCE(shown->config.generation));
}

static ssize_t show_memory(struct gws_dir *dir,
			   const struct dir_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%lld\n",
			  atomic64_read(&shown->config.memory));
}

static ssize_t show_total(struct gws_dir *dir,
			  const struct dir_attribute *attr, char *buf)
{
	struct gws_counters sum;

	gws_counters_sum(shown->counters, &sum);
	return sysfs_emit(buf, "%llu\n", sum.count[attr->index]);
}

static ssize_t show_reason(struct gws_dir *dir,
			   const struct dir_attribute *attr, char *buf)
{
	struct gws_counters sum;

	gws_counters_sum(shown->counters, &sum);
	return sysfs_emit(buf, "%llu\n", gws_reason_value(&sum, attr->index));
}

static ssize_t show_gauge(struct gws_dir *dir,
			  const struct dir_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%llu\n", gws_gauge_value(shown, attr->index));
}

static ssize_t show_limit(struct gws_dir *dir,
			  const struct dir_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%llu\n", gws_limit(shown->limits, attr->index));
}

/* The counters behind a directory; false when there are none any more. */
static bool dir_tally(struct gws_dir *dir, struct gws_tally *sum)
{
	struct gws_stats *stats;

	rcu_read_lock();
	stats = rcu_dereference(dir->stats);
	if (stats)
		gws_tally_sum(stats->tally, sum);
	rcu_read_unlock();
	return stats;
}

#define TALLY_SHOW(field, format)					\
static ssize_t show_##field(struct gws_dir *dir,			\
			    const struct dir_attribute *attr, char *buf) \
{									\
	struct gws_tally sum;						\
									\
	if (!dir_tally(dir, &sum))					\
		return -ENODEV;						\
	return sysfs_emit(buf, format "\n", sum.field);			\
}

TALLY_SHOW(requests, "%llu")
TALLY_SHOW(errors, "%llu")
TALLY_SHOW(bytes_rx, "%llu")
TALLY_SHOW(bytes_tx, "%llu")
TALLY_SHOW(active, "%lld")

static ssize_t show_name(struct gws_dir *dir, const struct dir_attribute *attr,
			 char *buf)
{
	struct gws_stats *stats;
	ssize_t n = -ENODEV;

	rcu_read_lock();
	stats = rcu_dereference(dir->stats);
	if (stats)
		n = sysfs_emit(buf, "%s\n", stats->name);
	rcu_read_unlock();
	return n;
}

static ssize_t show_weight(struct gws_dir *dir,
			   const struct dir_attribute *attr, char *buf)
{
	struct gws_stats *stats;
	ssize_t n = -ENODEV;

	rcu_read_lock();
	stats = rcu_dereference(dir->stats);
	if (stats)
		n = sysfs_emit(buf, "%u\n", READ_ONCE(stats->weight));
	rcu_read_unlock();
	return n;
}

#define DIR_ATTR(field)							\
	static struct dir_attribute attr_##field = {			\
		.attr = { .name = #field, .mode = 0444 },		\
		.show = show_##field,					\
	}

DIR_ATTR(version);
DIR_ATTR(generation);
DIR_ATTR(memory);
DIR_ATTR(requests);
DIR_ATTR(errors);
DIR_ATTR(bytes_rx);
DIR_ATTR(bytes_tx);
DIR_ATTR(active);
DIR_ATTR(name);
DIR_ATTR(weight);

static const struct attribute *const net_files[] = {
	&attr_generation.attr, &attr_memory.attr, NULL
};

static const struct attribute *const rule_files[] = {
	&attr_requests.attr, &attr_errors.attr, NULL
};

static const struct attribute *const backend_files[] = {
	&attr_name.attr, &attr_weight.attr, &attr_requests.attr,
	&attr_errors.attr, &attr_bytes_rx.attr, &attr_bytes_tx.attr,
	&attr_active.attr, NULL
};

static struct dir_attribute total_attrs[GWS_CNT_COUNT];
static struct dir_attribute reason_attrs[GWS_REASON_NAMES];
static struct dir_attribute gauge_attrs[GWS_GAUGE_COUNT];
static struct dir_attribute limit_attrs[GWS_LIMIT_COUNT];

static void attr_init(struct dir_attribute *a, const char *name,
		      unsigned int index,
		      ssize_t (*show)(struct gws_dir *,
				      const struct dir_attribute *, char *))
{
	a->attr.name = name;
	a->attr.mode = 0444;
	a->index = index;
	a->show = show;
}

static void lists_init(void)
{
	unsigned int i;

	for (i = 0; i < GWS_CNT_COUNT; i++)
		attr_init(&total_attrs[i], gws_counter_name(i), i, show_total);
	for (i = 0; i < GWS_REASON_NAMES; i++)
		attr_init(&reason_attrs[i], gws_reason_name(i), i, show_reason);
	for (i = 0; i < GWS_GAUGE_COUNT; i++)
		attr_init(&gauge_attrs[i], gws_gauge_name(i), i, show_gauge);
	for (i = 0; i < GWS_LIMIT_COUNT; i++)
		attr_init(&limit_attrs[i], gws_limit_ranges[i].name, i,
			  show_limit);
}

static struct gws_dir *list_make(const char *name,
				 const struct dir_attribute *attrs, size_t n)
{
	struct gws_dir *dir = dir_make(&root->kobj, name);
	size_t i;

	if (!dir)
		return NULL;
	for (i = 0; i < n; i++) {
		if (sysfs_create_file(&dir->kobj, &attrs[i].attr)) {
			dir_unmake(dir);
			return NULL;
		}
	}
	return dir;
}

int gws_sysfs_net_init(struct gws_net *gn)
{
	if (!net_eq(gn->net, &init_net))
		return 0;
	lists_init();
	shown = gn;
	totals = list_make("totals", total_attrs, ARRAY_SIZE(total_attrs));
	reasons = list_make("reasons", reason_attrs, ARRAY_SIZE(reason_attrs));
	gauges = list_make("gauges", gauge_attrs, ARRAY_SIZE(gauge_attrs));
	limits = list_make("limits", limit_attrs, ARRAY_SIZE(limit_attrs));
	gateways = dir_make(&root->kobj, "gateways");
	if (totals && reasons && gauges && limits && gateways &&
	    !sysfs_create_files(&root->kobj, net_files))
		return 0;
	gws_sysfs_net_exit(gn);
	return -ENOMEM;
}

void gws_sysfs_net_exit(struct gws_net *gn)
{
	if (gn != shown)
		return;
	sysfs_remove_files(&root->kobj, net_files);
	dir_unmake(gateways);
	dir_unmake(limits);
	dir_unmake(gauges);
	dir_unmake(reasons);
	dir_unmake(totals);
	shown = NULL;
}

int gws_sysfs_init(void)
{
	root = dir_make(kernel_kobj, "gwsteer");
	if (!root)
		return -ENOMEM;
	if (!sysfs_create_file(&root->kobj, &attr_version.attr))
		return 0;
	gws_sysfs_exit();
	return -ENOMEM;
}

void gws_sysfs_exit(void)
{
	dir_unmake(root);
	wait_event(released, !atomic_read(&ndirs));
}

static u32 dir_hash(const struct gws_dir *parent, const char *name)
{
	return jhash(name, strlen(name), hash_ptr(parent, 32));
}

/* Finds or makes a directory and counts a use of it. */
static struct gws_dir *dir_enter(struct gws_dir *parent, const char *name,
				 const struct attribute *const *files)
{
	u32 hash = dir_hash(parent, name);
	struct gws_dir *dir;

	hash_for_each_possible(dirs, dir, node, hash) {
		if (dir->parent == parent &&
		    !strcmp(kobject_name(&dir->kobj), name)) {
			dir->uses++;
			return dir;
		}
	}
	dir = dir_make(&parent->kobj, name);
	if (!dir)
		return NULL;
	if (files && sysfs_create_files(&dir->kobj, files)) {
		dir_unmake(dir);
		return NULL;
	}
	dir->uses = 1;
	dir->parent = parent;
	parent->uses++;
	hash_add(dirs, &dir->node, hash);
	return dir;
}

/* Gives a use back; a directory without any goes, and its use of the parent. */
static void dir_leave(struct gws_dir *dir)
{
	while (dir != gateways && !--dir->uses) {
		struct gws_dir *parent = dir->parent;

		hash_del(&dir->node);
		dir_unmake(dir);
		dir = parent;
	}
}

/*
 * Walks down @names from @base and ends in a directory with @files. Only the
 * last one's use is kept: it holds those above.
 */
static struct gws_dir *dir_walk(struct gws_dir *base, const char *const *names,
				int n, const struct attribute *const *files)
{
	struct gws_dir *dir = base, *next;
	int i;

	for (i = 0; i < n; i++) {
		next = dir_enter(dir, names[i], i == n - 1 ? files : NULL);
		if (dir != base)
			dir_leave(dir);
		if (!next)
			return NULL;
		dir = next;
	}
	return dir;
}

static const char *kind_name(u8 kind)
{
	return kind == GWS_ROUTE_GRPC ? "grpcroutes" : "httproutes";
}

static struct gws_dir *rule_enter(const struct gws_stats *s)
{
	const char *const *owner = s->owner->names;
	const char *names[12];
	int n = 0;

	names[n++] = owner[GWS_OWNER_NAMESPACE];
	names[n++] = owner[GWS_OWNER_GATEWAY];
	if (*owner[GWS_OWNER_SET]) {
		names[n++] = "listenersets";
		names[n++] = owner[GWS_OWNER_SET_NAMESPACE];
		names[n++] = owner[GWS_OWNER_SET];
	} else {
		names[n++] = "listeners";
	}
	names[n++] = owner[GWS_OWNER_SECTION];
	names[n++] = kind_name(s->kind);
	names[n++] = s->namespace;
	names[n++] = s->route;
	names[n++] = "rules";
	names[n++] = s->name;
	return dir_walk(gateways, names, n, rule_files);
}

static struct gws_dir *backend_enter(const struct gws_stats *s)
{
	const char *names[2] = { "backends" };
	char index[11];

	snprintf(index, sizeof(index), "%u", s->index);
	names[1] = index;
	return dir_walk(s->parent->dir, names, 2, backend_files);
}

int gws_sysfs_add(struct gws_stats *stats)
{
	lockdep_assert_held(&stats->gn->config.lock);
	if (stats->gn != shown)
		return 0;
	stats->dir = stats->parent ? backend_enter(stats) : rule_enter(stats);
	if (!stats->dir)
		return -ENOMEM;
	/* A new directory tells of what it was made for. */
	if (!rcu_access_pointer(stats->dir->stats))
		gws_sysfs_show(stats);
	return 0;
}
ALLOW_ERROR_INJECTION(gws_sysfs_add, ERRNO);

void gws_sysfs_show(struct gws_stats *stats)
{
	if (stats->dir)
		rcu_assign_pointer(stats->dir->stats, stats);
}

void gws_sysfs_remove(struct gws_stats *stats)
{
	struct gws_dir *dir = stats->dir;

	lockdep_assert_held(&stats->gn->config.lock);
	if (!dir)
		return;
	if (rcu_access_pointer(dir->stats) == stats)
		RCU_INIT_POINTER(dir->stats, NULL);
	stats->dir = NULL;
	dir_leave(dir);
}
