/* SPDX-License-Identifier: GPL-2.0-only */
/* How long, and how often, a rule lets a request be tried. Part of a rule. */
#ifndef GWS_TRIES_H
#define GWS_TRIES_H

#include <linux/bitmap.h>
#include <linux/types.h>
#include <uapi/linux/gwsteer.h>

struct nlattr;
struct sk_buff;

enum {
	GWS_RETRY_CODES = GWS_RETRY_CODE_MAX - GWS_RETRY_CODE_MIN + 1,
};

struct gws_tries {
	u32 timeout;		/* ms for the request; 0: none */
	u32 try_timeout;	/* ms for each try; 0: none */
	u32 backoff;		/* ms; 0: not said */
	u16 max;		/* tries, the first one included */
	bool retry;		/* GWS_A_RULE_RETRY was there */
	bool set;		/* any of it was: the one test of the data path */
	DECLARE_BITMAP(codes, GWS_RETRY_CODES);
};

static inline bool gws_tries_has_code(const struct gws_tries *tries, u16 status)
{
	return status >= GWS_RETRY_CODE_MIN && status <= GWS_RETRY_CODE_MAX &&
	       test_bit(status - GWS_RETRY_CODE_MIN, tries->codes);
}

/*
 * From the attributes of a rule, by type. NULL, or what is wrong with them; it
 * lives as long as the module.
 */
const char *gws_tries_decode(struct gws_tries *tries, struct nlattr **tb);
/* The opposite. 0 or -EMSGSIZE. */
int gws_tries_put(struct sk_buff *skb, const struct gws_tries *tries);

#endif /* GWS_TRIES_H */
