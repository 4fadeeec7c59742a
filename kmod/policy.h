/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who the clients of a listener are (GWS_A_CLIENT). Immutable; kept by its listener
 * and by each connection that was accepted under it, which goes by it to its end.
 * A listener that asks for nothing has none.
 */
#ifndef GWS_POLICY_H
#define GWS_POLICY_H

#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/types.h>
#include "counters.h"
#include "inet.h"

struct gws_addr;
struct gws_net;

struct gws_policy {
	refcount_t ref;
	struct rcu_head rcu;
	struct gws_net *gn;
	u64 bytes;		/* counted in config->memory */
	u32 flags;		/* GWS_CLIENT_F_* */
	u32 nsenders;
	u32 ntrusted;
	u64 limits[GWS_LIMIT_COUNT];	/* GWS_LIMIT_UNSET: the namespace's */
	struct gws_prefix prefixes[];	/* of senders, then trusted ones */
};

#define GWS_LIMIT_UNSET	(~0ULL)

static inline const struct gws_prefix *
gws_policy_trusted(const struct gws_policy *policy)
{
	return policy->prefixes + policy->nsenders;
}

/* With room for so many prefixes, counted and of one reference; or NULL. */
struct gws_policy *gws_policy_make(struct gws_net *gn, u32 nsenders,
				   u32 ntrusted);
/* Any context; NULL-safe. The caller has a reference or the RCU read lock. */
void gws_policy_put(struct gws_policy *policy);
/* The same to clients? Either may be NULL. */
bool gws_policy_equal(const struct gws_policy *a, const struct gws_policy *b);

/*
 * The policy of connections to @to, with a reference; NULL: none is needed. Takes
 * the RCU read lock itself.
 */
struct gws_policy *gws_config_policy(struct gws_net *gn,
				     const struct gws_addr *to);

#endif /* GWS_POLICY_H */
