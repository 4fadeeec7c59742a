// SPDX-License-Identifier: MIT
/*
 * Push: read the kernel back when its generation is not the one we left, send
 * the difference in one transaction, and when an object is refused say it
 * again without that object.
 *
 *   connect -> [read back] -> plan -> BEGIN PUT/DEL COMMIT -> plan's next state
 *                  ^            ^                   |
 *                  |            +--- refused -------+
 *                  +---------------- ESTALE --------+
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/client.h"
#include "../lib/digest.h"
#include "../lib/log.h"
#include "push.h"
#include "wire.h"

#define STALE_TRIES	4
#define REFUSALS_MAX	256	/* more are a bug of ours, not of an object */

struct gws_push {
	struct gws_nl *nl;
	struct gws_state *state;	/* NULL: not read yet */
	struct gws_push_view view;
	const struct gws_limit_value *limits;
	size_t n_limits;
	int limited;		/* family of the module that has them; 0: none */
	/* of the last run */
	struct gws_refusal refusals[REFUSALS_MAX];
	struct gws_push_error errors[REFUSALS_MAX];
	size_t n_refusals;
	char text[512];
	uint64_t logged;	/* digest of the refusals last logged */
};

struct gws_push *gws_push_create(void)
{
	return calloc(1, sizeof(struct gws_push));
}

static void clear_refusals(struct gws_push *push)
{
	size_t i;

	for (i = 0; i < push->n_refusals; i++) {
		free((char *)push->errors[i].key);
		free((char *)push->errors[i].text);
	}
	push->n_refusals = 0;
}

static void forget_state(struct gws_push *push)
{
	gws_state_destroy(push->state);
	push->state = NULL;
}

void gws_push_forget(struct gws_push *push)
{
	forget_state(push);
	gws_nl_close(push->nl);
	push->nl = NULL;
	push->limited = 0;
}

void gws_push_set_limits(struct gws_push *push,
			 const struct gws_limit_value *limits, size_t n)
{
	push->limits = limits;
	push->n_limits = n;
}

void gws_push_destroy(struct gws_push *push)
{
	if (!push)
		return;
	clear_refusals(push);
	gws_push_forget(push);
	free(push);
}

const struct gws_push_view *gws_push_view(const struct gws_push *push)
{
	return &push->view;
}

/* --- connection --- */

/* The module's version, ABI and generation into the view. */
static int look(struct gws_push *push)
{
	struct gws_arena *arena = gws_arena_create();
	struct gws_push_view *view = &push->view;
	struct gws_msg_info info;
	int err;

	if (!arena)
		return -ENOMEM;
	err = gws_nl_resolve(push->nl);
	if (!err)
		err = gws_client_info(push->nl, arena, &info);
	if (!err) {
		snprintf(view->version, sizeof(view->version), "%s",
			 info.version);
		view->abi = info.abi;
		view->generation = info.generation;
		view->module = info.abi == GWS_ABI ? GWS_MODULE_READY :
			       GWS_MODULE_FOREIGN;
	}
	gws_arena_destroy(arena);
	if (!err && view->module == GWS_MODULE_FOREIGN)
		return -EPROTO;
	return err;
}

static int set_limit(struct gws_push *push, const struct gws_limit_value *limit)
{
	struct gws_nl_error error = { "" };
	int err = gws_client_set_limit(push->nl, limit->name, limit->value,
				       &error);

	/* Of another release, that does not have it, or not so. */
	if (err != -ENOENT && err != -ERANGE && err != -EINVAL)
		return err;
	gws_warn("limit %s=%llu: %s", limit->name,
		 (unsigned long long)limit->value,
		 *error.text ? error.text : strerror(-err));
	return 0;
}

/* A module that was loaded anew has another number than the one before. */
static int set_limits(struct gws_push *push)
{
	int family = gws_nl_family(push->nl), err = 0;
	size_t i;

	if (push->limited == family)
		return 0;
	for (i = 0; i < push->n_limits && !err; i++)
		err = set_limit(push, &push->limits[i]);
	if (!err)
		push->limited = family;
	return err;
}

static int connect_module(struct gws_push *push)
{
	int err = 0;

	if (!push->nl)
		err = gws_nl_open(&push->nl);
	if (!err)
		err = look(push);
	if (!err)
		err = set_limits(push);
	if (err == -ENOENT) {
		gws_push_forget(push);
		push->view.module = GWS_MODULE_MISSING;
		push->view.version[0] = '\0';
		push->view.abi = 0;
		push->view.generation = 0;
	}
	return err;
}

static int read_back(struct gws_push *push)
{
	struct gws_arena *arena = gws_arena_create();
	struct gws_msg_config config;
	int err;

	forget_state(push);
	if (!arena)
		return -ENOMEM;
	err = gws_client_config(push->nl, arena, &config,
				&push->view.generation);
	if (!err) {
		push->state = gws_state_read(&config);
		err = push->state ? 0 : -ENOMEM;
	}
	gws_arena_destroy(arena);
	return err;
}

/* --- refusals --- */

/*
 * Return: 0, or -EIO when the object is refused already: then leaving it out
 * does not help, and going on would not end.
 */
static int refuse(struct gws_push *push, enum gws_state_kind kind,
		  const char *key, const char *text)
{
	size_t n = push->n_refusals, i;
	char *own_key, *own_text;

	for (i = 0; i < n; i++) {
		if (push->refusals[i].kind == kind &&
		    !strcmp(push->refusals[i].key, key))
			return -EIO;
	}
	if (n == REFUSALS_MAX)
		return -EIO;
	own_key = strdup(key);
	own_text = strdup(*text ? text : "refused by the kernel");
	if (!own_key || !own_text) {
		free(own_key);
		free(own_text);
		return -ENOMEM;
	}
	push->refusals[n] = (struct gws_refusal){ kind, own_key };
	push->errors[n] = (struct gws_push_error){ own_key, own_text };
	push->n_refusals++;
	return 0;
}

/* Errors that are about the object in the message, not about the machine. */
static bool about_object(int err)
{
	return err == -EINVAL || err == -ERANGE || err == -E2BIG ||
	       err == -EMSGSIZE || err == -EEXIST || err == -EADDRINUSE ||
	       err == -EOPNOTSUPP;
}

/*
 * COMMIT's text starts with the object: "table 7: ...". Return: 0 when it was
 * put on the list of refusals, -EIO when the text names nothing we know.
 */
static int refuse_named(struct gws_push *push, const struct gws_plan *plan,
			const char *text)
{
	static const char *const kinds[GWS_STATE_KINDS] = {
		[GWS_STATE_LISTENER] = "listener",
		[GWS_STATE_TABLE] = "table",
		[GWS_STATE_CLUSTER] = "cluster",
	};
	const char *key = NULL;
	unsigned int id;
	char name[16];
	int kind, end;

	if (sscanf(text, "%15s %u:%n", name, &id, &end) != 2)
		return -EIO;
	for (kind = 0; kind < GWS_STATE_KINDS; kind++) {
		if (!strcmp(name, kinds[kind]))
			break;
	}
	if (kind < GWS_STATE_KINDS)
		key = gws_plan_key(plan, kind, id);
	if (!key)
		return -EIO;
	while (text[end] == ' ')
		end++;
	return refuse(push, kind, key, text + end);
}

/* --- the transaction --- */

/* Ends a failed PUT: 1 when the object was refused, else the error. */
static int put_failed(struct gws_push *push, enum gws_state_kind kind,
		      const char *key, int err,
		      const struct gws_nl_error *error)
{
	int refused;

	if (!about_object(err))
		return err;
	refused = refuse(push, kind, key,
			 *error->text ? error->text : strerror(-err));
	return refused ? refused : 1;
}

/* Return: 0; 1 an object was refused; or a negative error. */
static int put_all(struct gws_push *push, const struct gws_plan *plan)
{
	struct gws_nl_error error;
	size_t i;
	int err;

	for (i = 0; i < plan->n_listeners; i++) {
		err = gws_client_put_listener(push->nl, &plan->listeners[i],
					      &error);
		if (err)
			return put_failed(push, GWS_STATE_LISTENER,
					  plan->listener_keys[i], err, &error);
	}
	for (i = 0; i < plan->n_clusters; i++) {
		err = gws_client_put_cluster(push->nl, &plan->clusters[i],
					     &error);
		if (err)
			return put_failed(push, GWS_STATE_CLUSTER,
					  plan->cluster_keys[i], err, &error);
	}
	for (i = 0; i < plan->n_tables; i++) {
		err = gws_client_put_table(push->nl, &plan->tables[i], &error);
		if (err)
			return put_failed(push, GWS_STATE_TABLE,
					  plan->table_keys[i], err, &error);
	}
	for (i = 0; i < plan->n_deletions; i++) {
		err = gws_client_del(push->nl, plan->deletions[i].cmd,
				     plan->deletions[i].id, &error);
		/* Not there: what we know of the kernel is not so. */
		if (err)
			return err == -ENOENT ? -ESTALE : err;
	}
	return 0;
}

static int commit(struct gws_push *push, const struct gws_plan *plan)
{
	struct gws_nl_error error;
	uint64_t generation;
	int err, refused;

	err = gws_client_commit(push->nl, &generation, &error);
	if (!err) {
		push->view.generation = generation;
		return 0;
	}
	if (!about_object(err))
		return err;
	refused = refuse_named(push, plan, error.text);
	if (refused == -EIO)
		snprintf(push->text, sizeof(push->text), "%s",
			 *error.text ? error.text : strerror(-err));
	return refused ? refused : 1;
}

/* Return: 0 applied; 1 again, something was refused; or a negative error. */
static int transact(struct gws_push *push, const struct gws_plan *plan)
{
	struct gws_nl_error error;
	int err;

	err = gws_client_begin(push->nl, push->view.generation, &error);
	if (err)
		return err;
	err = put_all(push, plan);
	if (!err)
		err = commit(push, plan);
	/* A failed COMMIT has ended the transaction; then this does nothing. */
	if (err)
		gws_client_abort(push->nl);
	return err;
}

static void take_next(struct gws_push *push, struct gws_plan *plan)
{
	gws_state_destroy(push->state);
	push->state = plan->next;
	plan->next = NULL;
	push->view.sent = plan->n_listeners + plan->n_tables +
			  plan->n_clusters + plan->n_deletions;
}

/* One plan, said once. Return: as transact(). */
static int attempt(struct gws_push *push, const struct gws_ir *ir)
{
	struct gws_plan *plan;
	int err = 0;

	plan = gws_plan_create(ir, push->state, push->refusals,
			       push->n_refusals);
	if (!plan)
		return -ENOMEM;
	if (!gws_plan_empty(plan))
		err = transact(push, plan);
	if (!err)
		take_next(push, plan);
	gws_plan_destroy(plan);
	return err;
}

static int reconcile(struct gws_push *push, const struct gws_ir *ir)
{
	uint64_t left_at = push->view.generation;
	int stale = 0, err;

	err = connect_module(push);
	if (err)
		return err;
	if (push->view.generation != left_at)
		forget_state(push);
	for (;;) {
		err = push->state ? 0 : read_back(push);
		if (!err)
			err = attempt(push, ir);
		if (err == -ESTALE && stale++ < STALE_TRIES)
			forget_state(push);
		else if (err != 1)
			return err == -ESTALE ? -EAGAIN : err;
	}
}

static void explain(struct gws_push *push, int err)
{
	switch (err) {
	case -ENOENT:
		snprintf(push->text, sizeof(push->text),
			 "the kernel module gwsteer is not loaded");
		break;
	case -EPROTO:
		snprintf(push->text, sizeof(push->text),
			 "module %s speaks ABI %u, gwsteerd %s speaks ABI %u",
			 push->view.version, push->view.abi, GWS_VERSION,
			 GWS_ABI);
		break;
	case -EPERM:
		snprintf(push->text, sizeof(push->text),
			 "no permission to program the kernel: CAP_NET_ADMIN is missing");
		break;
	case -EBUSY:
	case -EAGAIN:
		snprintf(push->text, sizeof(push->text),
			 "somebody else is writing the kernel's tables");
		break;
	case -EIO:
		if (*push->text)
			break;
		/* fallthrough */
	default:
		snprintf(push->text, sizeof(push->text),
			 "the kernel did not take the configuration: %s",
			 strerror(-err));
	}
}

/* Said once, not at every try. */
static void log_refusals(struct gws_push *push)
{
	uint64_t digest = GWS_DIGEST_INIT;
	size_t i;

	for (i = 0; i < push->n_refusals; i++)
		digest = gws_digest_str(gws_digest_str(digest,
						       push->errors[i].key),
					push->errors[i].text);
	for (i = 0; i < push->n_refusals && digest != push->logged; i++)
		gws_warn("kernel refuses %s: %s", push->errors[i].key,
			 push->errors[i].text);
	push->logged = digest;
}

int gws_push_run(struct gws_push *push, const struct gws_ir *ir,
		 struct gws_push_result *result)
{
	int err;

	clear_refusals(push);
	push->text[0] = '\0';
	push->view.sent = 0;
	err = reconcile(push, ir);
	memset(result, 0, sizeof(*result));
	if (err) {
		/* Whatever happened, the next run reads the kernel first. */
		forget_state(push);
		explain(push, err);
		result->state = GWS_PUSH_FAILED;
		result->err = err;
		result->text = push->text;
		return err;
	}
	log_refusals(push);
	result->state = GWS_PUSH_DONE;
	result->errors = push->errors;
	result->nerrors = push->n_refusals;
	return 0;
}

bool gws_push_poll(struct gws_push *push)
{
	enum gws_module_state module = push->view.module;
	uint64_t generation = push->view.generation;
	int err = connect_module(push);

	if (!err && push->view.generation != generation)
		forget_state(push);
	if (push->view.module != module)
		return true;
	return !err && !push->state;
}
