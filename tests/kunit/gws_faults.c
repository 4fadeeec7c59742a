// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lets the nth call of a function return at once. The kernel's own fail_function
 * does that too, but draws a random number first: in a breakpoint's handler, which
 * counts as NMI, lockdep reports the lock of that, and is off from then on.
 */
#include <linux/kallsyms.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/slab.h>

static atomic_t nth;		/* calls until the one that fails; then below 1 */
static long retval;
static char name[KSYM_NAME_LEN];
static struct kprobe probe;

static int entered(struct kprobe *p, struct pt_regs *regs)
{
	if (atomic_dec_return(&nth))
		return 0;
	regs_set_return_value(regs, retval);
	instruction_pointer_set(regs, *(unsigned long *)regs->sp);
	regs->sp += sizeof(long);
	return 1;
}

/* With this the probe stays a breakpoint: a jump could not go elsewhere. */
static void left(struct kprobe *p, struct pt_regs *regs, unsigned long flags)
{
}

static void stop(void)
{
	if (probe.symbol_name)
		unregister_kprobe(&probe);
	probe = (struct kprobe){};
}

/* Under the lock of the module's parameters. */
static int name_set(const char *val, const struct kernel_param *kp)
{
	int err;

	stop();
	strscpy(name, val, sizeof(name));
	probe.symbol_name = strim(name);
	probe.pre_handler = entered;
	probe.post_handler = left;
	err = register_kprobe(&probe);
	if (err)
		probe.symbol_name = NULL;
	return err;
}

static int nth_set(const char *val, const struct kernel_param *kp)
{
	int n, err = kstrtoint(val, 0, &n);

	if (!err)
		atomic_set(&nth, n);
	return err;
}

static int nth_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%d\n", atomic_read(&nth));
}

/* What nothing points to any more, as proof that leaks are found. */
static int leak_set(const char *val, const struct kernel_param *kp)
{
	int i, n, err = kstrtoint(val, 0, &n);

	for (i = 0; !err && i < n; i++)
		if (!kzalloc(64, GFP_KERNEL))
			err = -ENOMEM;
	return err;
}

static const struct kernel_param_ops leak_ops = { .set = leak_set };
static const struct kernel_param_ops name_ops = { .set = name_set };
static const struct kernel_param_ops nth_ops = { .set = nth_set, .get = nth_get };

module_param_cb(leak, &leak_ops, NULL, 0200);
module_param_cb(name, &name_ops, NULL, 0200);
module_param_cb(nth, &nth_ops, NULL, 0600);
module_param(retval, long, 0600);

static int __init gws_faults_init(void)
{
	return 0;
}

static void __exit gws_faults_exit(void)
{
	stop();
}

module_init(gws_faults_init);
module_exit(gws_faults_exit);

MODULE_DESCRIPTION("Functions of gwsteer that fail, for its tests");
MODULE_LICENSE("GPL");
