/* SPDX-License-Identifier: MIT */
/* What the decoders of messages share. */
#ifndef GWS_MSG_GET_H
#define GWS_MSG_GET_H

#include "msg.h"

/* Appends a zeroed element to an array of the arena. */
#define append(arena, array, count)					\
	({								\
		void *grown_ = gws_arena_grow(arena, array, count,	\
					      sizeof(*(array)));	\
									\
		if (grown_) {						\
			(array) = grown_;				\
			memset(&(array)[count], 0, sizeof(*(array)));	\
		}							\
		grown_ ? &(array)[(count)++] : NULL;			\
	})

/* 0, -EBADMSG or -ENOMEM. */
int gws_msg_get_str(const struct nlattr *attr, struct gws_arena *arena,
		    const char **value);
int gws_msg_get_rule(const struct nlattr *nest, struct gws_arena *arena,
		     struct gws_msg_rule *rule);

#endif /* GWS_MSG_GET_H */
