// SPDX-License-Identifier: GPL-2.0-only
/* The life of client policies. */
#include <linux/slab.h>
#include "netns.h"
#include "policy.h"

struct gws_policy *gws_policy_make(struct gws_net *gn, u32 nsenders,
				   u32 ntrusted)
{
	size_t size = struct_size((struct gws_policy *)NULL, prefixes,
				  nsenders + ntrusted);
	struct gws_policy *policy = kzalloc(size, GFP_KERNEL_ACCOUNT);

	if (!policy)
		return NULL;
	refcount_set(&policy->ref, 1);
	policy->gn = gn;
	policy->bytes = size;
	policy->nsenders = nsenders;
	policy->ntrusted = ntrusted;
	memset(policy->limits, 0xff, sizeof(policy->limits));
	gws_config_hold(&gn->config, size);
	return policy;
}

static void policy_free_rcu(struct rcu_head *rcu)
{
	struct gws_policy *policy = container_of(rcu, struct gws_policy, rcu);
	struct gws_net *gn = policy->gn;
	u64 bytes = policy->bytes;

	kfree(policy);
	gws_config_drop(&gn->config, bytes);
}

void gws_policy_put(struct gws_policy *policy)
{
	if (policy && refcount_dec_and_test(&policy->ref))
		call_rcu(&policy->rcu, policy_free_rcu);
}

bool gws_policy_equal(const struct gws_policy *a, const struct gws_policy *b)
{
	if (!a || !b)
		return a == b;
	return a->flags == b->flags && a->nsenders == b->nsenders &&
	       a->ntrusted == b->ntrusted &&
	       !memcmp(a->limits, b->limits, sizeof(a->limits)) &&
	       !memcmp(a->prefixes, b->prefixes,
		       (a->nsenders + a->ntrusted) * sizeof(*a->prefixes));
}
