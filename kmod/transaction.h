/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The changes that one netlink socket stages between BEGIN and COMMIT. Staged
 * messages are kept as they came; COMMIT turns them into objects, checks the
 * state that they would leave, and swaps everything at once.
 */
#ifndef GWS_TRANSACTION_H
#define GWS_TRANSACTION_H

#include <linux/hashtable.h>
#include <linux/list.h>
#include <linux/netlink.h>
#include "config.h"

enum { GWS_STAGE_HASH_BITS = 10 };

/* The attributes of one PUT message. */
struct gws_chunk {
	struct list_head list;
	int len;
	u8 data[] __aligned(NLA_ALIGNTO);
};

/* What the transaction does to one object; the last word on it. */
struct gws_stage {
	struct list_head list;		/* transaction->stages[kind] */
	struct hlist_node node;		/* transaction->ids */
	u8 kind;			/* enum gws_object */
	bool del;
	u32 id;
	struct list_head chunks;	/* of a PUT, the first has the scalars */

	/* The rest lives within COMMIT. */
	struct gws_slot *slot;
	void *old;			/* of @slot, replaced or deleted */
	union {				/* NULL for DEL */
		struct gws_listener *listener;
		struct gws_table *table;
		struct gws_cluster_body *body;
	};
	struct gws_cluster *cluster;	/* where @body goes */
	struct hlist_node key;		/* tables: transaction->keys */
};

struct gws_transaction {
	struct gws_net *gn;
	u32 portid;			/* of the socket that began it */
	bool spoiled;			/* a message of it was refused */
	int bytes;			/* of all messages it was given */
	struct list_head stages[GWS_OBJECT_COUNT];
	DECLARE_HASHTABLE(ids, GWS_STAGE_HASH_BITS);

	/* The rest lives within COMMIT. */
	struct netlink_ext_ack *extack;	/* where texts go, or NULL */
	bool counted;			/* users are those after the commit */
	struct list_head edits;		/* binds that change */
	DECLARE_HASHTABLE(edit_hash, GWS_STAGE_HASH_BITS);
	DECLARE_HASHTABLE(keys, GWS_STAGE_HASH_BITS);
};

/*
 * All take config->lock. @portid is the sender's; stage, remove, commit and
 * abort return -ENOTCONN when it has no transaction.
 *
 * begin: -EBUSY, -ESTALE, -ENOMEM.
 */
int gws_transaction_begin(struct gws_net *gn, u32 portid, u64 generation);
/*
 * Keeps a copy of @attrs. @append: the rest of an object that this transaction
 * staged before (-EINVAL if it did not), else replaces what it staged for @id.
 * Also -ENOMEM, -E2BIG (limit of staged bytes).
 */
int gws_transaction_stage(struct gws_net *gn, u32 portid, enum gws_object kind,
			  u32 id, bool append, const void *attrs, int len);
/* -ENOENT when neither published nor staged, -ENOMEM. */
int gws_transaction_remove(struct gws_net *gn, u32 portid,
			   enum gws_object kind, u32 id);
/*
 * Ends the transaction either way. Returns 0 and the new generation, or with
 * nothing changed: -EINVAL (and a text in @extack), -ECANCELED (a message was
 * refused before), -ENOMEM, what gws_net_activate() returned.
 */
int gws_transaction_commit(struct gws_net *gn, u32 portid,
			   struct netlink_ext_ack *extack, u64 *generation);
int gws_transaction_abort(struct gws_net *gn, u32 portid);

/* Drops what is staged. config->lock. */
void gws_transaction_free(struct gws_transaction *tr);

/*
 * Sets the extack's text to "<object> <id>: <text>". Returns -EINVAL.
 * config->lock.
 */
__printf(3, 4)
int gws_refuse(struct gws_transaction *tr, const struct gws_stage *st,
	       const char *fmt, ...);

/* The object of that id as the transaction leaves it; NULL: none. */
struct gws_stage *gws_stage_find(struct gws_transaction *tr,
				 enum gws_object kind, u32 id);

/*
 * decode.c: objects from staged messages, checked each by itself and for what
 * they name. Return 0 with the object in @st, or -EINVAL (text set), -ENOMEM.
 * Listeners and clusters come before tables, which point at them.
 */
int gws_decode_listener(struct gws_transaction *tr, struct gws_stage *st);
int gws_decode_cluster(struct gws_transaction *tr, struct gws_stage *st);
int gws_decode_table(struct gws_transaction *tr, struct gws_stage *st);

/*
 * binds.c: what the changed listeners make of addresses and ports. prepare
 * allocates and checks (0, -EINVAL with a text, -ENOMEM), publish swaps
 * (config->publish, cannot fail), finish frees what publish replaced or, with
 * nothing published, what prepare made.
 */
int gws_binds_prepare(struct gws_transaction *tr);
/* The bind of exactly that address and port as the commit leaves it, or NULL. */
struct gws_bind *gws_binds_after(struct gws_transaction *tr,
				 const struct gws_addr *addr);
/* Is there one after the commit that was not before? */
bool gws_binds_gain(struct gws_transaction *tr);
void gws_binds_publish(struct gws_transaction *tr);
void gws_binds_finish(struct gws_transaction *tr, bool published);

#endif /* GWS_TRANSACTION_H */
