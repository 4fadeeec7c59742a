// SPDX-License-Identifier: MIT
/*
 * From IRs to a kernel: plans and transactions against a kernel in memory that
 * stands in for lib/client.c. It checks references as the module does and
 * refuses what a test tells it to.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../userspace/gwsteerd/push.h"
#include "../../userspace/gwsteerd/wire.h"
#include "../../userspace/lib/client.h"

#define ROOM	32

/* --- the kernel in memory --- */

struct kernel {
	bool loaded;
	uint32_t abi;
	uint64_t generation;
	struct gws_msg_listener listeners[ROOM];
	struct gws_msg_table tables[ROOM];
	struct gws_msg_cluster clusters[ROOM];
	size_t n[GWS_STATE_KINDS];
	/* what a test asks for */
	const char *refuse_put;		/* key part: PUT says EINVAL */
	const char *refuse_commit;	/* name: COMMIT says EINVAL */
	int begin_err;
	int begin_errs;			/* how often */
	bool silent;			/* COMMIT's text names nothing */
	int family;			/* another one after each load */
	int limit_err;			/* of SET_LIMIT */
	/* what happened */
	int puts, dels, commits, begins, dumps;
	char limits[64];		/* "NAME=VALUE " of each SET_LIMIT */
};

static struct kernel now, staged;
static bool open_transaction;
static struct gws_arena *memory;	/* of tables: a plan's own goes with it */

int gws_nl_open(struct gws_nl **nlp)
{
	*nlp = now.loaded ? (struct gws_nl *)&now : NULL;
	return now.loaded ? 0 : -ENOENT;
}

void gws_nl_close(struct gws_nl *nl)
{
	(void)nl;
}

int gws_nl_resolve(struct gws_nl *nl)
{
	(void)nl;
	return now.loaded ? 0 : -ENOENT;
}

int gws_nl_family(const struct gws_nl *nl)
{
	(void)nl;
	return now.family;
}

int gws_client_set_limit(struct gws_nl *nl, const char *name, uint64_t value,
			 struct gws_nl_error *error)
{
	size_t len = strlen(now.limits);

	(void)nl, (void)error;
	snprintf(now.limits + len, sizeof(now.limits) - len, "%s=%d ", name,
		 (int)value);
	return now.limit_err;
}

int gws_client_info(struct gws_nl *nl, struct gws_arena *arena,
		    struct gws_msg_info *info)
{
	(void)nl;
	(void)arena;
	memset(info, 0, sizeof(*info));
	info->version = "9.9.9";
	info->abi = now.abi;
	info->generation = now.generation;
	return now.loaded ? 0 : -ENOENT;
}

int gws_client_config(struct gws_nl *nl, struct gws_arena *arena,
		      struct gws_msg_config *config, uint64_t *generation)
{
	(void)nl;
	(void)arena;
	*config = (struct gws_msg_config){
		now.listeners, now.n[GWS_STATE_LISTENER],
		now.tables, now.n[GWS_STATE_TABLE],
		now.clusters, now.n[GWS_STATE_CLUSTER],
	};
	*generation = now.generation;
	now.dumps++;
	return now.loaded ? 0 : -ENOENT;
}

int gws_client_begin(struct gws_nl *nl, uint64_t generation,
		     struct gws_nl_error *error)
{
	(void)nl;
	error->text[0] = '\0';
	now.begins++;
	if (now.begin_errs > 0) {
		now.begin_errs--;
		return now.begin_err;
	}
	if (generation != now.generation)
		return -ESTALE;
	staged = now;
	open_transaction = true;
	return 0;
}

/* Where the object of that id is, or goes. */
#define SLOT(array, kind, object)					\
	({								\
		size_t i_;						\
									\
		for (i_ = 0; i_ < staged.n[kind]; i_++) {		\
			if (staged.array[i_].id == (object)->id)	\
				break;					\
		}							\
		if (i_ == staged.n[kind])				\
			staged.n[kind]++;				\
		assert_true(i_ < ROOM);					\
		&staged.array[i_];					\
	})

static int staged_put(const char *name, struct gws_nl_error *error)
{
	assert_true(open_transaction);
	now.puts++;
	error->text[0] = '\0';
	if (!now.refuse_put || strcmp(now.refuse_put, name))
		return 0;
	strcpy(error->text, "malformed");
	return -EINVAL;
}

int gws_client_put_listener(struct gws_nl *nl,
			    const struct gws_msg_listener *listener,
			    struct gws_nl_error *error)
{
	(void)nl;
	*SLOT(listeners, GWS_STATE_LISTENER, listener) = *listener;
	return staged_put(listener->section, error);
}

static void *copy(const void *data, size_t size)
{
	return size ? memcpy(gws_arena_alloc(memory, size), data, size) : NULL;
}

int gws_client_put_table(struct gws_nl *nl, const struct gws_msg_table *table,
			 struct gws_nl_error *error)
{
	struct gws_msg_table *slot = SLOT(tables, GWS_STATE_TABLE, table);
	size_t i;

	(void)nl;
	*slot = *table;
	slot->rules = copy(table->rules, table->n_rules *
			   sizeof(*table->rules));
	for (i = 0; i < table->n_rules; i++) {
		slot->rules[i].backends = copy(table->rules[i].backends,
			table->rules[i].n_backends *
			sizeof(*table->rules[i].backends));
		slot->rules[i].filters = copy(table->rules[i].filters,
			table->rules[i].n_filters *
			sizeof(*table->rules[i].filters));
	}
	return staged_put(table->hostname, error);
}

int gws_client_put_cluster(struct gws_nl *nl,
			   const struct gws_msg_cluster *cluster,
			   struct gws_nl_error *error)
{
	(void)nl;
	*SLOT(clusters, GWS_STATE_CLUSTER, cluster) = *cluster;
	return staged_put(cluster->name, error);
}

#define REMOVE(array, kind, wanted)					\
	({								\
		size_t i_;						\
									\
		for (i_ = 0; i_ < staged.n[kind]; i_++) {		\
			if (staged.array[i_].id == (wanted))		\
				break;					\
		}							\
		assert_true(i_ < staged.n[kind]);			\
		staged.array[i_] = staged.array[--staged.n[kind]];	\
	})

int gws_client_del(struct gws_nl *nl, uint8_t cmd, uint32_t id,
		   struct gws_nl_error *error)
{
	(void)nl;
	(void)error;
	assert_true(open_transaction);
	now.dels++;
	if (cmd == GWS_CMD_DEL_LISTENER)
		REMOVE(listeners, GWS_STATE_LISTENER, id);
	else if (cmd == GWS_CMD_DEL_TABLE)
		REMOVE(tables, GWS_STATE_TABLE, id);
	else
		REMOVE(clusters, GWS_STATE_CLUSTER, id);
	return 0;
}

static bool has_cluster(uint32_t id)
{
	size_t i;

	for (i = 0; i < staged.n[GWS_STATE_CLUSTER]; i++) {
		if (staged.clusters[i].id == id)
			return true;
	}
	return false;
}

static bool has_listener(uint32_t id)
{
	size_t i;

	for (i = 0; i < staged.n[GWS_STATE_LISTENER]; i++) {
		if (staged.listeners[i].id == id)
			return true;
	}
	return false;
}

/* References, as the module checks them: nobody may be left dangling. */
static void check_references(void)
{
	size_t t, r, b;

	for (t = 0; t < staged.n[GWS_STATE_TABLE]; t++) {
		const struct gws_msg_table *table = &staged.tables[t];

		assert_true(has_listener(table->listener));
		for (r = 0; r < table->n_rules; r++) {
			for (b = 0; b < table->rules[r].n_backends; b++) {
				uint32_t id =
					table->rules[r].backends[b].cluster;

				assert_true(!id || has_cluster(id));
			}
		}
	}
}

static int refuse_one(struct gws_nl_error *error)
{
	size_t i;

	for (i = 0; i < staged.n[GWS_STATE_LISTENER]; i++) {
		if (strcmp(staged.listeners[i].section, now.refuse_commit))
			continue;
		snprintf(error->text, sizeof(error->text),
			 "listener %u: bind taken", staged.listeners[i].id);
		return -EINVAL;
	}
	for (i = 0; i < staged.n[GWS_STATE_CLUSTER]; i++) {
		if (strcmp(staged.clusters[i].name, now.refuse_commit))
			continue;
		snprintf(error->text, sizeof(error->text),
			 "cluster %u: loops", staged.clusters[i].id);
		return -EINVAL;
	}
	return 0;
}

int gws_client_commit(struct gws_nl *nl, uint64_t *generation,
		      struct gws_nl_error *error)
{
	struct kernel before = now;
	int err;

	(void)nl;
	assert_true(open_transaction);
	open_transaction = false;
	error->text[0] = '\0';
	if (now.silent)
		return -EINVAL;
	err = now.refuse_commit ? refuse_one(error) : 0;
	if (err)
		return err;
	check_references();
	now = staged;
	now.puts = before.puts;
	now.dels = before.dels;
	now.begins = before.begins;
	now.commits = before.commits + 1;
	now.generation = before.generation + 1;
	*generation = now.generation;
	return 0;
}

int gws_client_abort(struct gws_nl *nl)
{
	(void)nl;
	open_transaction = false;
	return 0;
}

/* --- IRs --- */

static struct gws_ir_bind bind = { .port = 30731, .kind = GWS_BIND_NODEPORT };
static struct gws_ir_endpoint endpoint = {
	{ 4, { 10, 0, 0, 1 } }, 8080, true, false };
static struct gws_ir_backend to_foo = {
	.cluster = "ns/foo:80", .name = "ns/foo:80", .weight = 80 };
static struct gws_ir_backend to_bar[] = {
	{ .cluster = "ns/foo:80", .name = "ns/foo:80", .weight = 80 },
	{ .cluster = "ns/bar:80", .name = "ns/bar:80", .weight = 20 } };
static struct gws_ir_rule rule_foo = {
	.kind = GWS_ROUTE_HTTP, .namespace = "ns", .route = "r1", .name = "0",
	.backends = &to_foo, .nbackends = 1 };
static struct gws_ir_rule rule_both = {
	.kind = GWS_ROUTE_HTTP, .namespace = "ns", .route = "r2", .name = "0",
	.backends = to_bar, .nbackends = 2 };
static struct gws_filter mirrors[] = {
	{ .kind = GWS_FILTER_MIRROR, .mirror = "ns/bar:80", .numerator = 1,
	  .denominator = 2 },
	{ .kind = GWS_FILTER_REWRITE, .hostname = "a.example" },
	{ .kind = GWS_FILTER_MIRROR, .mirror = "ns/foo:80", .numerator = 1,
	  .denominator = 1 } };
static struct gws_ir_rule rule_mirrored = {
	.kind = GWS_ROUTE_HTTP, .namespace = "ns", .route = "r3", .name = "0",
	.backends = &to_foo, .nbackends = 1, .filters = mirrors, .nfilters = 3 };
static struct gws_ir_match any = { .path_kind = GWS_PATH_ANY, .path = "/" };

struct fixture {
	struct gws_push *push;
	struct gws_push_result result;
	struct gws_ir_listener listeners[2];
	struct gws_ir_table tables[2];
	struct gws_ir_cluster clusters[2];
	struct gws_ir ir;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	memory = gws_arena_create();
	memset(&now, 0, sizeof(now));
	now.loaded = true;
	now.family = 20;
	now.abi = GWS_ABI;
	open_transaction = false;
	f->push = gws_push_create();
	f->clusters[0] = (struct gws_ir_cluster){
		"ns/bar:80", GWS_PROTOCOL_HTTP, &endpoint, 1, 11 };
	f->clusters[1] = (struct gws_ir_cluster){
		"ns/foo:80", GWS_PROTOCOL_HTTP, &endpoint, 1, 12 };
	f->listeners[0] = (struct gws_ir_listener){
		.key = "ns/gw/http", .namespace = "ns", .gateway = "gw",
		.section = "http", .hostname = "", .port = 80,
		.protocol = GWS_PROTOCOL_HTTP, .binds = &bind, .nbinds = 1,
		.digest = 21 };
	f->listeners[1] = (struct gws_ir_listener){
		.key = "ns/gw/zwei", .namespace = "ns", .gateway = "gw",
		.section = "zwei", .hostname = "", .port = 81,
		.protocol = GWS_PROTOCOL_HTTP, .binds = &bind, .nbinds = 1,
		.digest = 22 };
	f->tables[0] = (struct gws_ir_table){
		.key = "ns/gw/http|a", .listener = "ns/gw/http", .hostname = "a",
		.rules = &rule_foo, .nrules = 1, .matches = &any, .nmatches = 1,
		.digest = 31 };
	f->tables[1] = (struct gws_ir_table){
		.key = "ns/gw/zwei|b", .listener = "ns/gw/zwei", .hostname = "b",
		.rules = &rule_both, .nrules = 1, .matches = &any, .nmatches = 1,
		.digest = 32 };
	f->ir = (struct gws_ir){
		.listeners = f->listeners, .nlisteners = 2,
		.tables = f->tables, .ntables = 2,
		.clusters = f->clusters, .nclusters = 2,
	};
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	gws_push_destroy(f->push);
	free(f);
	gws_arena_destroy(memory);
	return 0;
}

static int run(struct fixture *f)
{
	now.puts = 0;
	now.dels = 0;
	return gws_push_run(f->push, &f->ir, &f->result);
}

static void test_all_then_nothing(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(run(f), 0);
	assert_int_equal(f->result.state, GWS_PUSH_DONE);
	assert_int_equal(now.puts, 6);
	assert_int_equal(now.generation, 1);
	assert_int_equal(gws_push_view(f->push)->generation, 1);
	assert_int_equal(run(f), 0);
	assert_int_equal(now.puts, 0);
	assert_int_equal(now.begins, 1);
}

static void test_endpoint_change_sends_one_cluster(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(run(f), 0);
	f->clusters[1].digest = 99;
	assert_int_equal(run(f), 0);
	assert_int_equal(now.puts, 1);
	assert_int_equal(now.dels, 0);
	assert_int_equal(now.generation, 2);
}

static void test_deletion(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(run(f), 0);
	f->ir.nlisteners = 1;
	f->ir.ntables = 1;
	f->clusters[0] = f->clusters[1];
	f->ir.nclusters = 1;
	assert_int_equal(run(f), 0);
	assert_int_equal(now.puts, 0);
	assert_int_equal(now.dels, 3);
	assert_int_equal(now.n[GWS_STATE_CLUSTER], 1);
	assert_string_equal(now.clusters[0].name, "ns/foo:80");
}

/* A daemon that starts again takes over ids and sends nothing. */
static void test_restart_keeps_ids(void **state)
{
	struct fixture *f = *state;
	uint32_t id;

	assert_int_equal(run(f), 0);
	id = now.listeners[0].id;
	gws_push_destroy(f->push);
	f->push = gws_push_create();
	assert_int_equal(run(f), 0);
	assert_int_equal(now.puts, 0);
	f->listeners[0].digest = 77;
	assert_int_equal(run(f), 0);
	assert_int_equal(now.puts, 1);
	assert_int_equal(now.listeners[0].id, id);
}

static void test_ids_are_not_reused(void **state)
{
	struct fixture *f = *state;
	uint32_t old;

	assert_int_equal(run(f), 0);
	old = now.tables[1].id;
	f->ir.ntables = 1;
	assert_int_equal(run(f), 0);
	f->ir.ntables = 2;
	assert_int_equal(run(f), 0);
	assert_int_not_equal(now.tables[1].id, old);
}

static void test_module_loaded_again(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(run(f), 0);
	f->clusters[0].digest = 50;
	assert_int_equal(run(f), 0);
	memset(now.n, 0, sizeof(now.n));
	now.generation = 0;
	assert_true(gws_push_poll(f->push));
	assert_int_equal(run(f), 0);
	assert_int_equal(now.puts, 6);
	assert_false(gws_push_poll(f->push));
}

static void test_module_gone_and_back(void **state)
{
	struct fixture *f = *state;

	now.loaded = false;
	assert_int_equal(run(f), -ENOENT);
	assert_int_equal(f->result.state, GWS_PUSH_FAILED);
	assert_non_null(strstr(f->result.text, "not loaded"));
	assert_false(gws_push_poll(f->push));
	now.loaded = true;
	assert_true(gws_push_poll(f->push));
	assert_int_equal(run(f), 0);
	now.loaded = false;
	assert_true(gws_push_poll(f->push));
}

static void test_other_abi(void **state)
{
	struct fixture *f = *state;

	now.abi = GWS_ABI + 1;
	assert_int_equal(run(f), -EPROTO);
	assert_int_equal(now.begins, 0);
	assert_non_null(strstr(f->result.text, "9.9.9"));
	assert_non_null(strstr(f->result.text, GWS_VERSION));
}

static void test_stale_reads_back(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(run(f), 0);
	now.begin_err = -ESTALE;
	now.begin_errs = 1;
	f->clusters[0].digest = 1;
	assert_int_equal(run(f), 0);
	assert_int_equal(now.generation, 2);
	now.begin_errs = 100;
	f->clusters[0].digest = 2;
	assert_int_equal(run(f), -EAGAIN);
	assert_true(now.begins < 20);
}

static void test_busy(void **state)
{
	struct fixture *f = *state;

	now.begin_err = -EBUSY;
	now.begin_errs = 1;
	assert_int_equal(run(f), -EBUSY);
	assert_int_equal(f->result.state, GWS_PUSH_FAILED);
	assert_int_equal(run(f), 0);
	assert_int_equal(now.n[GWS_STATE_TABLE], 2);
}

/* The listener and its tables are left out, all else is applied. */
static void test_refused_at_commit(void **state)
{
	struct fixture *f = *state;

	now.refuse_commit = "zwei";
	assert_int_equal(run(f), 0);
	assert_int_equal(f->result.state, GWS_PUSH_DONE);
	assert_int_equal(f->result.nerrors, 1);
	assert_string_equal(f->result.errors[0].key, "ns/gw/zwei");
	assert_string_equal(f->result.errors[0].text, "bind taken");
	assert_int_equal(now.n[GWS_STATE_LISTENER], 1);
	assert_int_equal(now.n[GWS_STATE_TABLE], 1);
	now.refuse_commit = NULL;
	assert_int_equal(run(f), 0);
	assert_int_equal(f->result.nerrors, 0);
	assert_int_equal(now.n[GWS_STATE_TABLE], 2);
}

/* What the kernel had of a refused object stays, and what it refers to. */
static void test_refused_keeps_the_old(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(run(f), 0);
	f->tables[1] = (struct gws_ir_table){
		.key = "ns/gw/zwei|b", .listener = "ns/gw/zwei", .hostname = "b",
		.rules = &rule_foo, .nrules = 1, .matches = &any, .nmatches = 1,
		.digest = 99 };
	f->clusters[0] = f->clusters[1];
	f->ir.nclusters = 1;
	now.refuse_put = "b";
	assert_int_equal(run(f), 0);
	assert_int_equal(f->result.nerrors, 1);
	assert_string_equal(f->result.errors[0].key, "ns/gw/zwei|b");
	assert_string_equal(f->result.errors[0].text, "malformed");
	assert_int_equal(now.n[GWS_STATE_CLUSTER], 2);
	now.refuse_put = NULL;
	assert_int_equal(run(f), 0);
	assert_int_equal(now.n[GWS_STATE_CLUSTER], 1);
}

/* A cluster that was refused answers by weight; later the table follows. */
static void test_refused_cluster(void **state)
{
	struct fixture *f = *state;
	const struct gws_msg_table *table;

	now.refuse_commit = "ns/bar:80";
	assert_int_equal(run(f), 0);
	assert_int_equal(f->result.nerrors, 1);
	table = strcmp(now.tables[0].hostname, "b") ? &now.tables[1] :
		&now.tables[0];
	assert_int_equal(table->rules[0].backends[1].cluster, 0);
	now.refuse_commit = NULL;
	assert_int_equal(run(f), 0);
	assert_int_equal(f->result.nerrors, 0);
	/* The IR's table is the same, but it names a cluster now. */
	assert_int_equal(now.puts, 2);
	table = strcmp(now.tables[0].hostname, "b") ? &now.tables[1] :
		&now.tables[0];
	assert_int_not_equal(table->rules[0].backends[1].cluster, 0);
}

static uint32_t cluster_id(const char *name)
{
	size_t i;

	for (i = 0; i < now.n[GWS_STATE_CLUSTER]; i++)
		if (!strcmp(now.clusters[i].name, name))
			return now.clusters[i].id;
	return 0;
}

/* Mirrors name clusters by id; one whose cluster was refused is left out. */
static void test_mirrors(void **state)
{
	struct fixture *f = *state;
	const struct gws_msg_rule *rule;

	f->ir.ntables = 1;
	f->tables[0].rules = &rule_mirrored;
	now.refuse_commit = "ns/bar:80";
	assert_int_equal(run(f), 0);
	rule = &now.tables[0].rules[0];
	assert_int_equal(rule->n_filters, 2);
	assert_string_equal(rule->filters[0].hostname, "a.example");
	assert_int_equal(rule->filters[1].cluster, cluster_id("ns/foo:80"));
	now.refuse_commit = NULL;
	assert_int_equal(run(f), 0);
	/* The cluster, and the table, which names it now. */
	assert_int_equal(now.puts, 2);
	rule = &now.tables[0].rules[0];
	assert_int_equal(rule->n_filters, 3);
	assert_int_not_equal(rule->filters[0].cluster, 0);
	assert_int_equal(rule->filters[0].cluster, cluster_id("ns/bar:80"));
	assert_int_equal(run(f), 0);
	assert_int_equal(now.puts, 0);
}

static void test_refusal_without_a_name(void **state)
{
	struct fixture *f = *state;

	now.silent = true;
	assert_int_equal(run(f), -EIO);
	assert_int_equal(f->result.state, GWS_PUSH_FAILED);
	assert_int_equal(now.begins, 1);
}

/* Ids of a foreign writer do not collide with ours. */
static void test_foreign_objects_go(void **state)
{
	struct fixture *f = *state;

	now.n[GWS_STATE_CLUSTER] = 2;
	now.clusters[0] = (struct gws_msg_cluster){
		.id = 1, .name = "other/x:1" };
	now.clusters[1] = (struct gws_msg_cluster){
		.id = UINT32_MAX, .name = "ns/foo:80" };
	now.generation = 5;
	assert_int_equal(run(f), 0);
	assert_int_equal(now.dels, 1);
	assert_int_equal(now.n[GWS_STATE_CLUSTER], 2);
	assert_int_not_equal(now.clusters[0].id, now.clusters[1].id);
	assert_int_not_equal(now.clusters[0].id, 0);
	assert_int_not_equal(now.clusters[1].id, 0);
	assert_int_equal(now.generation, 6);
}

/* Once for each module: what is changed by hand afterwards stays. */
static void test_limits(void **state)
{
	static const struct gws_limit_value limits[] = {
		{ "set_aside", 7 }, { "backlog", 20 },
	};
	struct fixture *f = *state;

	gws_push_set_limits(f->push, limits, 2);
	assert_int_equal(run(f), 0);
	assert_string_equal(now.limits, "set_aside=7 backlog=20 ");
	assert_int_equal(run(f), 0);
	assert_false(gws_push_poll(f->push));
	assert_string_equal(now.limits, "set_aside=7 backlog=20 ");
	/* Loaded anew without that anybody noticed. */
	now.family++;
	now.limits[0] = '\0';
	assert_int_equal(run(f), 0);
	assert_string_equal(now.limits, "set_aside=7 backlog=20 ");
	/* Noticed, and before anything is pushed. */
	gws_push_forget(f->push);
	now.limits[0] = '\0';
	gws_push_poll(f->push);
	assert_string_equal(now.limits, "set_aside=7 backlog=20 ");
}

/* A limit that this module does not have so is no reason to serve nothing. */
static void test_limit_is_refused(void **state)
{
	static const struct gws_limit_value limit = { "set_aside", 7 };
	struct fixture *f = *state;

	gws_push_set_limits(f->push, &limit, 1);
	now.limit_err = -EIO;
	assert_int_equal(run(f), -EIO);
	assert_int_equal(now.puts, 0);
	now.limit_err = -ERANGE;
	assert_int_equal(run(f), 0);
	assert_string_equal(now.limits, "set_aside=7 set_aside=7 ");
	assert_int_equal(run(f), 0);
	assert_string_equal(now.limits, "set_aside=7 set_aside=7 ");
}

int main(void)
{
#define CASE(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_all_then_nothing),
		CASE(test_endpoint_change_sends_one_cluster),
		CASE(test_deletion), CASE(test_restart_keeps_ids),
		CASE(test_ids_are_not_reused), CASE(test_module_loaded_again),
		CASE(test_module_gone_and_back), CASE(test_other_abi),
		CASE(test_stale_reads_back), CASE(test_busy),
		CASE(test_refused_at_commit), CASE(test_refused_keeps_the_old),
		CASE(test_refused_cluster), CASE(test_mirrors),
		CASE(test_refusal_without_a_name),
		CASE(test_foreign_objects_go), CASE(test_limits),
		CASE(test_limit_is_refused),
	};

	return cmocka_run_group_tests_name("push", tests, NULL, NULL);
}
