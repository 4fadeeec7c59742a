// SPDX-License-Identifier: GPL-2.0-only
/*
 * One mistake for each tool of tests/lint.sh, which has to find it in every run
 * or has not looked. Never loaded; lint.sh puts it beside a copy of the module.
 */
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

/* gcc and clang, W=1: no prototype */
void planted_no_prototype(void)
{
}

/* sparse: an RCU pointer read as any other */
static int *planted_rcu(int *__rcu *from)
{
	return *from;
}

/* coccicheck: kfree() takes NULL */
static void planted_free(void *p)
{
	if (p)
		kfree(p);
}

/* locking.pl: with its lock held, and no check */
static void planted_lock(void)
{
}

/* checkpatch: braces */
static int planted_braces(int *__rcu *from)
{
	if (planted_rcu(from)) {
		planted_free(NULL);
	}
	planted_lock();
	return 0;
}
module_param_call(planted, NULL, (void *)planted_braces, NULL, 0444);

MODULE_DESCRIPTION("mistakes on purpose");
MODULE_LICENSE("GPL");
