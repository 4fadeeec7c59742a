// SPDX-License-Identifier: MIT
/*
 * The module's commands as functions: encode, exchange, decode.
 */
#include <errno.h>
#include <string.h>

#include "client.h"

#define CONFIG_TRIES	8

struct info_target {
	struct gws_arena *arena;
	struct gws_msg_info *info;
};

static int on_info(const struct gws_attrs *attrs, void *data)
{
	struct info_target *target = data;

	return gws_msg_get_info(attrs, target->arena, target->info);
}

int gws_client_info(struct gws_nl *nl, struct gws_arena *arena,
		    struct gws_msg_info *info)
{
	struct info_target target = { arena, info };
	int err;

	memset(info, 0, sizeof(*info));
	err = gws_nl_request(nl, gws_nl_msg_new(GWS_CMD_GET_INFO), on_info,
			     &target, NULL);
	if (err)
		return err;
	return info->version ? 0 : -EBADMSG;
}

int gws_client_set_limit(struct gws_nl *nl, const char *name, uint64_t value,
			 struct gws_nl_error *error)
{
	return gws_nl_request(nl, gws_msg_set_limit(name, value), NULL, NULL,
			      error);
}

struct tested_target {
	struct gws_arena *arena;
	struct gws_msg_tested *tested;
};

static int on_tested(const struct gws_attrs *attrs, void *data)
{
	struct tested_target *target = data;

	return gws_msg_get_tested(attrs, target->arena, target->tested);
}

int gws_client_test_route(struct gws_nl *nl, struct gws_arena *arena,
			  struct gws_nl_msg *msg,
			  struct gws_msg_tested *tested,
			  struct gws_nl_error *error)
{
	struct tested_target target = { arena, tested };
	int err;

	memset(tested, 0, sizeof(*tested));
	err = gws_nl_request(nl, msg, on_tested, &target, error);
	if (err)
		return err;
	return tested->verdict ? 0 : -EBADMSG;
}

/* --- dumps --- */

struct config_target {
	struct gws_arena *arena;
	struct gws_msg_config *config;
	uint64_t generation;
	bool mixed;	/* messages of another generation were seen */
	int (*get)(const struct gws_attrs *attrs, struct gws_arena *arena,
		   struct gws_msg_config *config);
	size_t *count;
};

static int on_object(const struct gws_attrs *attrs, void *data)
{
	struct config_target *target = data;
	uint64_t generation;
	int err;

	err = gws_msg_get_generation(attrs, &generation);
	if (err)
		return err;
	if (generation != target->generation)
		target->mixed = true;
	return target->get(attrs, target->arena, target->config);
}

static void forget_objects(void *data)
{
	struct config_target *target = data;

	*target->count = 0;
}

static int config_dump(struct gws_nl *nl, struct config_target *target)
{
	struct gws_msg_config *config = target->config;
	int err;

	target->get = gws_msg_get_listener;
	target->count = &config->n_listeners;
	err = gws_nl_dump(nl, GWS_CMD_GET_LISTENER, on_object, forget_objects,
			  target);
	if (err)
		return err;
	target->get = gws_msg_get_table;
	target->count = &config->n_tables;
	err = gws_nl_dump(nl, GWS_CMD_GET_TABLE, on_object, forget_objects,
			  target);
	if (err)
		return err;
	target->get = gws_msg_get_cluster;
	target->count = &config->n_clusters;
	return gws_nl_dump(nl, GWS_CMD_GET_CLUSTER, on_object, forget_objects,
			   target);
}

int gws_client_config(struct gws_nl *nl, struct gws_arena *arena,
		      struct gws_msg_config *config, uint64_t *generation)
{
	struct gws_msg_info before, after;
	int try, err;

	for (try = 0; try < CONFIG_TRIES; try++) {
		struct config_target target = { arena, config, 0, false,
						NULL, NULL };

		memset(config, 0, sizeof(*config));
		err = gws_client_info(nl, arena, &before);
		if (err)
			return err;
		target.generation = before.generation;
		err = config_dump(nl, &target);
		if (err)
			return err;
		/* An empty dump names no generation: ask again instead. */
		err = gws_client_info(nl, arena, &after);
		if (err)
			return err;
		*generation = after.generation;
		if (!target.mixed && before.generation == after.generation)
			return 0;
	}
	return -EAGAIN;
}

struct stats_target {
	struct gws_arena *arena;
	struct gws_msg_stat *stats;
	size_t count;
};

static int on_stat(const struct gws_attrs *attrs, void *data)
{
	struct stats_target *target = data;
	struct gws_msg_stat *stats, *stat;

	stats = gws_arena_grow(target->arena, target->stats, target->count,
			       sizeof(*stats));
	if (!stats)
		return -ENOMEM;
	target->stats = stats;
	stat = &stats[target->count++];
	memset(stat, 0, sizeof(*stat));
	return gws_msg_get_stat(attrs, target->arena, stat);
}

static void forget_stats(void *data)
{
	struct stats_target *target = data;

	target->count = 0;
	target->stats = NULL;
}

int gws_client_stats(struct gws_nl *nl, struct gws_arena *arena,
		     struct gws_msg_stat **statsp, size_t *countp)
{
	struct stats_target target = { .arena = arena };
	int err;

	err = gws_nl_dump(nl, GWS_CMD_GET_STATS, on_stat, forget_stats,
			  &target);
	*statsp = target.stats;
	*countp = target.count;
	return err;
}

struct conns_target {
	struct gws_arena *arena;
	struct gws_msg_record *conns;
	size_t count;
};

static int on_connection(const struct gws_attrs *attrs, void *data)
{
	struct conns_target *target = data;
	struct gws_msg_record *conns, *conn;

	conns = gws_arena_grow(target->arena, target->conns, target->count,
			       sizeof(*conns));
	if (!conns)
		return -ENOMEM;
	target->conns = conns;
	conn = &conns[target->count++];
	memset(conn, 0, sizeof(*conn));
	return gws_msg_get_connection(attrs, target->arena, conn);
}

static void forget_conns(void *data)
{
	struct conns_target *target = data;

	target->count = 0;
	target->conns = NULL;
}

int gws_client_connections(struct gws_nl *nl, struct gws_arena *arena,
			   struct gws_msg_record **connsp, size_t *countp)
{
	struct conns_target target = { .arena = arena };
	int err;

	err = gws_nl_dump(nl, GWS_CMD_GET_CONNECTION, on_connection,
			  forget_conns, &target);
	*connsp = target.conns;
	*countp = target.count;
	return err;
}

/* --- transactions --- */

struct sender {
	struct gws_nl *nl;
	struct gws_nl_error *error;
};

static int send_message(struct gws_nl_msg *msg, void *data)
{
	struct sender *sender = data;

	return gws_nl_request(sender->nl, msg, NULL, NULL, sender->error);
}

int gws_client_begin(struct gws_nl *nl, uint64_t generation,
		     struct gws_nl_error *error)
{
	return gws_nl_request(nl, gws_msg_begin(generation), NULL, NULL, error);
}

int gws_client_put_listener(struct gws_nl *nl,
			    const struct gws_msg_listener *listener,
			    struct gws_nl_error *error)
{
	struct sender sender = { nl, error };

	return gws_msg_put_listener(listener, send_message, &sender);
}

int gws_client_put_table(struct gws_nl *nl, const struct gws_msg_table *table,
			 struct gws_nl_error *error)
{
	struct sender sender = { nl, error };

	return gws_msg_put_table(table, send_message, &sender);
}

int gws_client_put_cluster(struct gws_nl *nl,
			   const struct gws_msg_cluster *cluster,
			   struct gws_nl_error *error)
{
	struct sender sender = { nl, error };

	return gws_msg_put_cluster(cluster, send_message, &sender);
}

int gws_client_del(struct gws_nl *nl, uint8_t cmd, uint32_t id,
		   struct gws_nl_error *error)
{
	return gws_nl_request(nl, gws_msg_del(cmd, id), NULL, NULL, error);
}

static int on_generation(const struct gws_attrs *attrs, void *data)
{
	return gws_msg_get_generation(attrs, data);
}

int gws_client_commit(struct gws_nl *nl, uint64_t *generation,
		      struct gws_nl_error *error)
{
	*generation = 0;
	return gws_nl_request(nl, gws_nl_msg_new(GWS_CMD_COMMIT), on_generation,
			      generation, error);
}

int gws_client_abort(struct gws_nl *nl)
{
	return gws_nl_request(nl, gws_nl_msg_new(GWS_CMD_ABORT), NULL, NULL,
			      NULL);
}
