// SPDX-License-Identifier: MIT
/*
 * IR and known state -> plan. Each kind is one walk over two lists in key
 * order. Clusters and listeners come before tables, which refer to both by id.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/digest.h"
#include "wire.h"

/* Raised when the same IR is encoded in another way, so that all is resent. */
#define ENCODING	2

struct planner {
	const struct gws_ir *ir;
	const struct gws_state *state;
	const struct gws_refusal *refusals;
	size_t n_refusals;
	struct gws_plan *plan;
	uint32_t last_id[GWS_STATE_KINDS];
	bool keep_clusters;	/* a table that stays may refer to any */
};

/* What becomes of the objects of one kind. */
struct kind_ops {
	enum gws_state_kind kind;
	uint8_t del;
	size_t n;
	const char *(*key)(const struct gws_ir *ir, size_t i);
	bool (*wanted)(const struct planner *p, size_t i);
	uint64_t (*digest)(const struct planner *p, size_t i);
	int (*put)(struct planner *p, size_t i, const struct gws_known *known);
};

static uint64_t digest_start(uint64_t ir_digest)
{
	return gws_digest_u64(gws_digest_u64(GWS_DIGEST_INIT, ENCODING),
			      ir_digest);
}

static bool refused(const struct planner *p, enum gws_state_kind kind,
		    const char *key)
{
	size_t i;

	for (i = 0; i < p->n_refusals; i++) {
		if (p->refusals[i].kind == kind &&
		    !strcmp(p->refusals[i].key, key))
			return true;
	}
	return false;
}

/* The id that the key has after this plan, 0 when it has none. */
static uint32_t next_id(const struct planner *p, enum gws_state_kind kind,
			const char *key)
{
	const struct gws_known *known = gws_state_find(p->plan->next, kind, key);

	return known ? known->id : 0;
}

static bool id_used(const struct gws_state *state, enum gws_state_kind kind,
		    uint32_t id)
{
	size_t i;

	for (i = 0; i < state->count[kind]; i++) {
		if (state->known[kind][i].id == id)
			return true;
	}
	return false;
}

static uint32_t fresh_id(struct planner *p, enum gws_state_kind kind)
{
	uint32_t id = p->last_id[kind] + 1;

	/* Only behind a foreign id at the top can an id be taken or 0. */
	while (p->last_id[kind] == UINT32_MAX &&
	       (!id || id_used(p->state, kind, id) ||
		id_used(p->plan->next, kind, id)))
		id++;
	if (p->last_id[kind] != UINT32_MAX)
		p->last_id[kind] = id;
	return id;
}

/* --- listeners --- */

static const char *listener_key(const struct gws_ir *ir, size_t i)
{
	return ir->listeners[i].key;
}

static bool listener_wanted(const struct planner *p, size_t i)
{
	return !refused(p, GWS_STATE_LISTENER, p->ir->listeners[i].key);
}

static uint64_t listener_digest(const struct planner *p, size_t i)
{
	return digest_start(p->ir->listeners[i].digest);
}

static void copy_addr(struct gws_msg_addr *to, const struct gws_ip *from)
{
	to->len = from->len;
	memcpy(to->bytes, from->b, sizeof(to->bytes));
}

static int copy_nets(struct planner *p, const struct gws_cidr *from, size_t n,
		     struct gws_msg_net **to, size_t *count)
{
	size_t i;

	*to = gws_arena_alloc(p->plan->arena, n * sizeof(**to));
	if (!*to)
		return -ENOMEM;
	for (i = 0; i < n; i++) {
		copy_addr(&(*to)[i].addr, &from[i].ip);
		(*to)[i].bits = from[i].bits;
	}
	*count = n;
	return 0;
}

static int copy_client(struct planner *p, const struct gws_ir_client *from,
		       struct gws_msg_client *to)
{
	size_t i;
	int err;

	to->flags = from->flags;
	to->limits = gws_arena_alloc(p->plan->arena,
				     from->nlimits * sizeof(*to->limits));
	if (!to->limits)
		return -ENOMEM;
	for (i = 0; i < from->nlimits; i++) {
		to->limits[i].name = from->limits[i].name;
		to->limits[i].value = from->limits[i].value;
	}
	to->n_limits = from->nlimits;
	err = copy_nets(p, from->senders, from->nsenders, &to->senders,
			&to->n_senders);
	return err ? err : copy_nets(p, from->trusted, from->ntrusted,
				     &to->trusted, &to->n_trusted);
}

static int listener_put(struct planner *p, size_t i,
			const struct gws_known *known)
{
	const struct gws_ir_listener *from = &p->ir->listeners[i];
	struct gws_plan *plan = p->plan;
	struct gws_msg_listener *to = &plan->listeners[plan->n_listeners];
	size_t n;

	*to = (struct gws_msg_listener){
		.id = known->id, .digest = known->digest,
		.namespace = from->namespace, .gateway = from->gateway,
		.section = from->section, .hostname = from->hostname,
		.protocol = from->protocol, .port = from->port,
		.n_binds = from->nbinds,
	};
	to->binds = gws_arena_alloc(plan->arena,
				    from->nbinds * sizeof(*to->binds));
	if (!to->binds)
		return -ENOMEM;
	for (n = 0; n < from->nbinds; n++) {
		copy_addr(&to->binds[n].addr, &from->binds[n].addr);
		to->binds[n].port = from->binds[n].port;
		to->binds[n].kind = from->binds[n].kind;
	}
	if (copy_client(p, &from->client, &to->client))
		return -ENOMEM;
	plan->listener_keys[plan->n_listeners++] = from->key;
	return 0;
}

/* --- clusters --- */

static const char *cluster_key(const struct gws_ir *ir, size_t i)
{
	return ir->clusters[i].key;
}

static bool cluster_wanted(const struct planner *p, size_t i)
{
	return !refused(p, GWS_STATE_CLUSTER, p->ir->clusters[i].key);
}

static uint64_t cluster_digest(const struct planner *p, size_t i)
{
	return digest_start(p->ir->clusters[i].digest);
}

static int cluster_put(struct planner *p, size_t i,
		       const struct gws_known *known)
{
	const struct gws_ir_cluster *from = &p->ir->clusters[i];
	struct gws_plan *plan = p->plan;
	struct gws_msg_cluster *to = &plan->clusters[plan->n_clusters];
	size_t n;

	*to = (struct gws_msg_cluster){
		.id = known->id, .digest = known->digest, .name = from->key,
		.protocol = from->protocol, .n_endpoints = from->nendpoints,
	};
	to->endpoints = gws_arena_alloc(plan->arena, from->nendpoints *
					sizeof(*to->endpoints));
	if (!to->endpoints)
		return -ENOMEM;
	for (n = 0; n < from->nendpoints; n++) {
		copy_addr(&to->endpoints[n].addr, &from->endpoints[n].addr);
		to->endpoints[n].port = from->endpoints[n].port;
		to->endpoints[n].flags =
			(from->endpoints[n].ready ? GWS_EP_F_READY : 0) |
			(from->endpoints[n].serving ? GWS_EP_F_SERVING : 0);
	}
	plan->cluster_keys[plan->n_clusters++] = from->key;
	return 0;
}

/* --- tables --- */

static const char *table_key(const struct gws_ir *ir, size_t i)
{
	return ir->tables[i].key;
}

static bool table_wanted(const struct planner *p, size_t i)
{
	const struct gws_ir_table *table = &p->ir->tables[i];

	return !refused(p, GWS_STATE_TABLE, table->key) &&
	       next_id(p, GWS_STATE_LISTENER, table->listener);
}

static uint32_t backend_id(const struct planner *p,
			   const struct gws_ir_backend *backend)
{
	return backend->cluster ?
	       next_id(p, GWS_STATE_CLUSTER, backend->cluster) : 0;
}

static uint64_t digest_mirrors(const struct planner *p, uint64_t digest,
			       const struct gws_filter *filters, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (filters[i].kind == GWS_FILTER_MIRROR)
			digest = gws_digest_u64(digest,
						next_id(p, GWS_STATE_CLUSTER,
							filters[i].mirror));
	return digest;
}

/* The ids of the clusters that it names. */
static uint64_t digest_clusters(const struct planner *p, uint64_t digest,
				const struct gws_ir_rule *rule)
{
	const struct gws_ir_backend *backend;
	size_t i;

	for (i = 0; i < rule->nbackends; i++) {
		backend = &rule->backends[i];
		digest = gws_digest_u64(digest, backend_id(p, backend));
		digest = digest_mirrors(p, digest, backend->filters,
					backend->nfilters);
	}
	return digest_mirrors(p, digest, rule->filters, rule->nfilters);
}

static uint64_t table_digest(const struct planner *p, size_t i)
{
	const struct gws_ir_table *table = &p->ir->tables[i];
	uint64_t digest = digest_start(table->digest);
	size_t rule;

	digest = gws_digest_u64(digest, next_id(p, GWS_STATE_LISTENER,
						table->listener));
	for (rule = 0; rule < table->nrules; rule++)
		digest = digest_clusters(p, digest, &table->rules[rule]);
	return digest;
}

/* With ids; a mirror whose cluster was refused is left out. */
static int copy_filters(struct planner *p, struct gws_filter **to, size_t *count,
			const struct gws_filter *from, size_t n)
{
	struct gws_filter *filter;
	size_t i;

	*count = 0;
	*to = gws_arena_alloc(p->plan->arena, n * sizeof(**to));
	if (!*to)
		return -ENOMEM;
	for (i = 0; i < n; i++) {
		filter = &(*to)[*count];
		*filter = from[i];
		if (filter->kind == GWS_FILTER_MIRROR) {
			filter->cluster = next_id(p, GWS_STATE_CLUSTER,
						  filter->mirror);
			if (!filter->cluster)
				continue;
		}
		++*count;
	}
	return 0;
}

static int copy_backend(struct planner *p, struct gws_msg_backend *to,
			const struct gws_ir_backend *from)
{
	*to = (struct gws_msg_backend){
		.cluster = backend_id(p, from), .weight = from->weight,
		.name = from->name,
	};
	return copy_filters(p, &to->filters, &to->n_filters, from->filters,
			    from->nfilters);
}

static int copy_rule(struct planner *p, struct gws_msg_rule *to,
		     const struct gws_ir_rule *from)
{
	size_t n;

	*to = (struct gws_msg_rule){
		.kind = from->kind, .namespace = from->namespace,
		.route = from->route, .name = from->name,
		.n_backends = from->nbackends, .tries = from->tries,
	};
	if (copy_filters(p, &to->filters, &to->n_filters, from->filters,
			 from->nfilters))
		return -ENOMEM;
	to->backends = gws_arena_alloc(p->plan->arena, from->nbackends *
				       sizeof(*to->backends));
	if (!to->backends)
		return -ENOMEM;
	for (n = 0; n < from->nbackends; n++)
		if (copy_backend(p, &to->backends[n], &from->backends[n]))
			return -ENOMEM;
	return 0;
}

static struct gws_msg_header *copy_pairs(struct planner *p,
					 const struct gws_ir_header *from,
					 size_t count)
{
	struct gws_msg_header *to;
	size_t n;

	to = gws_arena_alloc(p->plan->arena, count * sizeof(*to));
	for (n = 0; to && n < count; n++)
		to[n] = (struct gws_msg_header){
			from[n].name, from[n].value, from[n].regex };
	return to;
}

static int copy_match(struct planner *p, struct gws_msg_match *to,
		      const struct gws_ir_match *from)
{
	*to = (struct gws_msg_match){
		.rule = from->rule, .path_kind = from->path_kind,
		.path = from->path, .path_regex = from->path_regex,
		.method = from->method,
		.n_headers = from->nheaders, .n_queries = from->nqueries,
		.headers = copy_pairs(p, from->headers, from->nheaders),
		.queries = copy_pairs(p, from->queries, from->nqueries),
	};
	return to->headers && to->queries ? 0 : -ENOMEM;
}

static int table_put(struct planner *p, size_t i, const struct gws_known *known)
{
	const struct gws_ir_table *from = &p->ir->tables[i];
	struct gws_plan *plan = p->plan;
	struct gws_msg_table *to = &plan->tables[plan->n_tables];
	size_t n;

	*to = (struct gws_msg_table){
		.id = known->id, .digest = known->digest,
		.listener = next_id(p, GWS_STATE_LISTENER, from->listener),
		.hostname = from->hostname,
		.n_rules = from->nrules, .n_matches = from->nmatches,
	};
	to->rules = gws_arena_alloc(plan->arena,
				    from->nrules * sizeof(*to->rules));
	to->matches = gws_arena_alloc(plan->arena,
				      from->nmatches * sizeof(*to->matches));
	if (!to->rules || !to->matches)
		return -ENOMEM;
	for (n = 0; n < from->nrules; n++) {
		if (copy_rule(p, &to->rules[n], &from->rules[n]))
			return -ENOMEM;
	}
	to->regexes = gws_arena_alloc(plan->arena,
				      from->nregexes * sizeof(*to->regexes));
	if (!to->regexes)
		return -ENOMEM;
	to->n_regexes = from->nregexes;
	for (n = 0; n < from->nregexes; n++)
		to->regexes[n] = (struct gws_msg_regex){
			from->regexes[n].text, from->regexes[n].dfa,
			from->regexes[n].size };
	for (n = 0; n < from->nmatches; n++) {
		if (copy_match(p, &to->matches[n], &from->matches[n]))
			return -ENOMEM;
	}
	plan->table_keys[plan->n_tables++] = from->key;
	return 0;
}

/* --- the walk --- */

static int keep(struct planner *p, const struct kind_ops *ops,
		const struct gws_known *known)
{
	return gws_state_add(p->plan->next, ops->kind, known->key, known->id,
			     known->digest);
}

/* The kernel has an object that the IR does not. */
static int drop(struct planner *p, const struct kind_ops *ops,
		const struct gws_known *known)
{
	struct gws_plan *plan = p->plan;

	if (ops->kind == GWS_STATE_CLUSTER && p->keep_clusters)
		return keep(p, ops, known);
	plan->deletions[plan->n_deletions++] =
		(struct gws_deletion){ ops->del, known->id };
	return 0;
}

/* The IR has an object; @known is the kernel's, or NULL. */
static int place(struct planner *p, const struct kind_ops *ops, size_t i,
		 const struct gws_known *known)
{
	uint64_t digest;
	uint32_t id;
	int err;

	if (!ops->wanted(p, i))
		return known ? keep(p, ops, known) : 0;
	digest = ops->digest(p, i);
	if (known && known->digest == digest)
		return keep(p, ops, known);
	id = known ? known->id : fresh_id(p, ops->kind);
	err = gws_state_add(p->plan->next, ops->kind, ops->key(p->ir, i), id,
			    digest);
	if (err)
		return err;
	return ops->put(p, i, &(struct gws_known){ NULL, id, digest });
}

static int walk(struct planner *p, const struct kind_ops *ops)
{
	const struct gws_known *known = p->state->known[ops->kind];
	const struct gws_known *end = known + p->state->count[ops->kind];
	const char *key;
	int order, err;
	size_t i = 0;

	while (i < ops->n || known < end) {
		key = i < ops->n ? ops->key(p->ir, i) : NULL;
		if (!key)
			order = 1;
		else if (known == end)
			order = -1;
		else
			order = strcmp(key, known->key);
		if (order > 0)
			err = drop(p, ops, known++);
		else if (order < 0)
			err = place(p, ops, i++, NULL);
		else
			err = place(p, ops, i++, known++);
		if (err)
			return err;
	}
	return 0;
}

static int walk_all(struct planner *p)
{
	const struct kind_ops kinds[] = {
		{ GWS_STATE_LISTENER, GWS_CMD_DEL_LISTENER,
		  p->ir->nlisteners, listener_key, listener_wanted,
		  listener_digest, listener_put },
		{ GWS_STATE_CLUSTER, GWS_CMD_DEL_CLUSTER,
		  p->ir->nclusters, cluster_key, cluster_wanted,
		  cluster_digest, cluster_put },
		{ GWS_STATE_TABLE, GWS_CMD_DEL_TABLE,
		  p->ir->ntables, table_key, table_wanted,
		  table_digest, table_put },
	};
	size_t i;
	int err;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		err = walk(p, &kinds[i]);
		if (err)
			return err;
	}
	return 0;
}

static int plan_alloc(struct planner *p)
{
	const struct gws_state *state = p->state;
	const struct gws_ir *ir = p->ir;
	struct gws_plan *plan = p->plan;
	const size_t room[GWS_STATE_KINDS] = {
		[GWS_STATE_LISTENER] = ir->nlisteners +
				       state->count[GWS_STATE_LISTENER],
		[GWS_STATE_TABLE] = ir->ntables + state->count[GWS_STATE_TABLE],
		[GWS_STATE_CLUSTER] = ir->nclusters +
				      state->count[GWS_STATE_CLUSTER],
	};
	size_t deletions = 0;
	int kind;

	for (kind = 0; kind < GWS_STATE_KINDS; kind++)
		deletions += state->count[kind];
	plan->arena = gws_arena_create();
	plan->next = gws_state_create(room);
	if (!plan->arena || !plan->next)
		return -ENOMEM;
#define ROOM(array, n)							\
	((array) = gws_arena_alloc(plan->arena, (n) * sizeof(*(array))))
	if (!ROOM(plan->listeners, ir->nlisteners) ||
	    !ROOM(plan->listener_keys, ir->nlisteners) ||
	    !ROOM(plan->tables, ir->ntables) ||
	    !ROOM(plan->table_keys, ir->ntables) ||
	    !ROOM(plan->clusters, ir->nclusters) ||
	    !ROOM(plan->cluster_keys, ir->nclusters) ||
	    !ROOM(plan->deletions, deletions))
		return -ENOMEM;
#undef ROOM
	return 0;
}

struct gws_plan *gws_plan_create(const struct gws_ir *ir,
				 const struct gws_state *state,
				 const struct gws_refusal *refusals, size_t n)
{
	struct planner p = { .ir = ir, .state = state, .refusals = refusals,
			     .n_refusals = n };
	size_t i;
	int kind;

	p.plan = calloc(1, sizeof(*p.plan));
	if (!p.plan)
		return NULL;
	for (i = 0; i < n; i++) {
		if (refusals[i].kind == GWS_STATE_TABLE)
			p.keep_clusters = true;
	}
	if (plan_alloc(&p))
		goto err;
	for (kind = 0; kind < GWS_STATE_KINDS; kind++)
		p.last_id[kind] = state->last_id[kind];
	if (walk_all(&p))
		goto err;
	/* An id that was deleted is not given out again. */
	for (kind = 0; kind < GWS_STATE_KINDS; kind++)
		p.plan->next->last_id[kind] = p.last_id[kind];
	return p.plan;

err:
	gws_plan_destroy(p.plan);
	return NULL;
}

void gws_plan_destroy(struct gws_plan *plan)
{
	if (!plan)
		return;
	gws_state_destroy(plan->next);
	gws_arena_destroy(plan->arena);
	free(plan);
}

bool gws_plan_empty(const struct gws_plan *plan)
{
	return !plan->n_listeners && !plan->n_tables && !plan->n_clusters &&
	       !plan->n_deletions;
}

const char *gws_plan_key(const struct gws_plan *plan, enum gws_state_kind kind,
			 uint32_t id)
{
	const struct gws_state *next = plan->next;
	size_t i;

	for (i = 0; i < next->count[kind]; i++) {
		if (next->known[kind][i].id == id)
			return next->known[kind][i].key;
	}
	return NULL;
}
