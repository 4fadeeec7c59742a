/* SPDX-License-Identifier: MIT */
#ifndef GWS_CLIENT_H
#define GWS_CLIENT_H

#include "msg.h"

/*
 * One call per command of the module. All return 0 or -errno as
 * gws_nl_request() does; results live in the arena that is passed.
 */

int gws_client_info(struct gws_nl *nl, struct gws_arena *arena,
		    struct gws_msg_info *info);

/* -ENOENT: no such limit; -ERANGE: @value is out of its range. */
int gws_client_set_limit(struct gws_nl *nl, const char *name, uint64_t value,
			 struct gws_nl_error *error);

/**
 * gws_client_config() - all listeners, tables and clusters of one generation
 * @config: overwritten
 * @generation: the generation they are of
 *
 * Return: -EAGAIN when commits kept overtaking the dumps.
 */
int gws_client_config(struct gws_nl *nl, struct gws_arena *arena,
		      struct gws_msg_config *config, uint64_t *generation);

/* What would become of a request; see gws_msg_test_route(). */
int gws_client_test_route(struct gws_nl *nl, struct gws_arena *arena,
			  struct gws_nl_msg *msg,
			  struct gws_msg_tested *tested,
			  struct gws_nl_error *error);

/* An array of @countp elements. */
int gws_client_stats(struct gws_nl *nl, struct gws_arena *arena,
		     struct gws_msg_stat **statsp, size_t *countp);

/* The same for the connections of clients. */
int gws_client_connections(struct gws_nl *nl, struct gws_arena *arena,
			   struct gws_msg_record **connsp, size_t *countp);

/*
 * Transactions. -EBUSY: somebody else has one open; -ESTALE: @generation is
 * not the current one.
 */
int gws_client_begin(struct gws_nl *nl, uint64_t generation,
		     struct gws_nl_error *error);
int gws_client_put_listener(struct gws_nl *nl,
			    const struct gws_msg_listener *listener,
			    struct gws_nl_error *error);
int gws_client_put_table(struct gws_nl *nl, const struct gws_msg_table *table,
			 struct gws_nl_error *error);
int gws_client_put_cluster(struct gws_nl *nl,
			   const struct gws_msg_cluster *cluster,
			   struct gws_nl_error *error);
/* @cmd is a GWS_CMD_DEL_*. */
int gws_client_del(struct gws_nl *nl, uint8_t cmd, uint32_t id,
		   struct gws_nl_error *error);
int gws_client_commit(struct gws_nl *nl, uint64_t *generation,
		      struct gws_nl_error *error);
int gws_client_abort(struct gws_nl *nl);

#endif /* GWS_CLIENT_H */
