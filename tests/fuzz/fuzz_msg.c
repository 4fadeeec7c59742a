// SPDX-License-Identifier: MIT
/*
 * Messages of the module, any bytes: what is decoded is what libnl finds in
 * them, survives being encoded and decoded again, and can be found in the
 * daemon's picture of the kernel; a record of the log is one line, in either form.
 * The first byte says what is decoded; then come messages, each behind its length.
 */
#include <errno.h>
#include <cjson/cJSON.h>
#include <netlink/attr.h>

#include "../../userspace/gwsteerd/state.h"
#include "../../userspace/lib/msg.h"
#include "../../userspace/lib/record.h"
#include "fuzz.h"

enum { LISTENER, TABLE, CLUSTER, INFO, STAT, GENERATION, LOG, KINDS };

struct dump {
	struct gws_arena *arena;
	struct gws_msg_config config;
	u8 kind;
	int err;
};

typedef int (*get_fn)(const struct gws_attrs *attrs, struct gws_arena *arena,
		      struct gws_msg_config *config);

static const get_fn get_object[] = {
	[LISTENER] = gws_msg_get_listener, [TABLE] = gws_msg_get_table,
	[CLUSTER] = gws_msg_get_cluster,
};

/* --- what libnl finds --- */

struct found {
	struct nlattr *last[GWS_A_MAX + 1];	/* of each type */
	u32 count[GWS_A_MAX + 1];
};

static void find(const struct gws_attrs *attrs, struct found *found)
{
	struct nlattr *attr;
	int rest;

	memset(found, 0, sizeof(*found));
	nla_for_each_attr(attr, (struct nlattr *)attrs->head, attrs->len, rest) {
		if (nla_type(attr) > GWS_A_MAX)
			continue;
		found->last[nla_type(attr)] = attr;
		found->count[nla_type(attr)]++;
	}
}

static u64 number(const struct found *found, int type)
{
	struct nlattr *attr = found->last[type];

	if (!attr)
		return 0;
	switch (nla_len(attr)) {
	case 1:
		return nla_get_u8(attr);
	case 2:
		return nla_get_u16(attr);
	case 4:
		return nla_get_u32(attr);
	}
	return nla_get_u64(attr);
}

/* An absent one may be NULL or "". */
static bool is_str(const struct found *found, int type, const char *got)
{
	struct nlattr *attr = found->last[type];

	return attr ? got && !strcmp(nla_get_string(attr), got) : !got || !*got;
}

static bool is_more(const struct found *found)
{
	return number(found, GWS_A_FLAGS) & GWS_F_APPEND;
}

/* --- objects: @last is the one that the message was about --- */

static void check_listener(const struct gws_msg_config *config,
			   const struct found *f)
{
	const struct gws_msg_listener *last;

	MUST(config->n_listeners);
	last = &config->listeners[config->n_listeners - 1];
	MUST(last->id == number(f, GWS_A_ID) && last->id);
	MUST(last->n_binds >= f->count[GWS_A_BIND]);
	MUST(last->namespace && last->gateway && last->section);
	if (is_more(f))
		return;
	MUST(last->n_binds == f->count[GWS_A_BIND]);
	MUST(last->digest == number(f, GWS_A_DIGEST));
	MUST(is_str(f, GWS_A_NAMESPACE, last->namespace));
	MUST(is_str(f, GWS_A_GATEWAY, last->gateway));
	MUST(is_str(f, GWS_A_SECTION, last->section));
	MUST(is_str(f, GWS_A_SET_NAMESPACE, last->set_namespace));
	MUST(is_str(f, GWS_A_SET, last->set));
	MUST(is_str(f, GWS_A_HOSTNAME, last->hostname));
	MUST(last->protocol == number(f, GWS_A_PROTOCOL));
	MUST(last->port == number(f, GWS_A_PORT));
}

static void check_table(const struct gws_msg_config *config,
			const struct found *f)
{
	const struct gws_msg_table *last;

	MUST(config->n_tables);
	last = &config->tables[config->n_tables - 1];
	MUST(last->id == number(f, GWS_A_ID) && last->id);
	MUST(last->n_rules >= f->count[GWS_A_RULE]);
	MUST(last->n_matches >= f->count[GWS_A_MATCH]);
	if (is_more(f))
		return;
	MUST(last->n_rules == f->count[GWS_A_RULE]);
	MUST(last->n_matches == f->count[GWS_A_MATCH]);
	MUST(last->digest == number(f, GWS_A_DIGEST));
	MUST(last->listener == number(f, GWS_A_LISTENER) && last->listener);
	MUST(is_str(f, GWS_A_HOSTNAME, last->hostname));
}

static void check_cluster(const struct gws_msg_config *config,
			  const struct found *f)
{
	const struct gws_msg_cluster *last;

	MUST(config->n_clusters);
	last = &config->clusters[config->n_clusters - 1];
	MUST(last->id == number(f, GWS_A_ID) && last->id);
	MUST(last->n_endpoints >= f->count[GWS_A_ENDPOINT]);
	if (is_more(f))
		return;
	MUST(last->n_endpoints == f->count[GWS_A_ENDPOINT]);
	MUST(last->digest == number(f, GWS_A_DIGEST));
	MUST(last->name && is_str(f, GWS_A_NAME, last->name));
	MUST(last->protocol == number(f, GWS_A_PROTOCOL));
}

static void (*const check_object[])(const struct gws_msg_config *config,
				    const struct found *f) = {
	[LISTENER] = check_listener, [TABLE] = check_table,
	[CLUSTER] = check_cluster,
};

/* --- there and back --- */

/* All attributes of all messages, one after another. */
struct sink {
	struct dump *dump;
	char *bytes;
	size_t len;
};

static int take(struct gws_nl_msg *msg, void *data)
{
	struct gws_attrs attrs = gws_nl_msg_attrs(msg);
	struct sink *sink = data;
	int err = 0;

	sink->bytes = realloc(sink->bytes, sink->len + attrs.len);
	MUST(sink->bytes);
	memcpy(sink->bytes + sink->len, attrs.head, attrs.len);
	sink->len += attrs.len;
	if (sink->dump)
		err = get_object[sink->dump->kind](&attrs, sink->dump->arena,
						   &sink->dump->config);
	gws_nl_msg_free(msg);
	return err;
}

/* The objects of @from as bytes, and decoded in @to unless that is NULL. */
static struct sink encode(const struct dump *from, struct dump *to)
{
	const struct gws_msg_config *config = &from->config;
	struct sink sink = { .dump = to };
	size_t i;

	for (i = 0; i < config->n_listeners; i++)
		MUST(!gws_msg_put_listener(&config->listeners[i], take, &sink));
	for (i = 0; i < config->n_tables; i++)
		MUST(!gws_msg_put_table(&config->tables[i], take, &sink));
	for (i = 0; i < config->n_clusters; i++)
		MUST(!gws_msg_put_cluster(&config->clusters[i], take, &sink));
	return sink;
}

static void check_again(const struct dump *dump)
{
	struct dump again = { .arena = gws_arena_create(), .kind = dump->kind };
	struct sink first = encode(dump, &again);
	struct sink second = encode(&again, NULL);

	MUST(dump->config.n_listeners == again.config.n_listeners);
	MUST(dump->config.n_tables == again.config.n_tables);
	MUST(dump->config.n_clusters == again.config.n_clusters);
	MUST(first.len == second.len);
	MUST(!first.len || !memcmp(first.bytes, second.bytes, first.len));
	free(first.bytes);
	free(second.bytes);
	gws_arena_destroy(again.arena);
}

/* --- the daemon's picture --- */

static void check_state(const struct gws_msg_config *config)
{
	struct gws_state *state = gws_state_read(config);
	const struct gws_known *known, *found;
	size_t i;
	int kind;

	MUST(state->count[GWS_STATE_LISTENER] == config->n_listeners);
	MUST(state->count[GWS_STATE_TABLE] == config->n_tables);
	MUST(state->count[GWS_STATE_CLUSTER] == config->n_clusters);
	for (kind = 0; kind < GWS_STATE_KINDS; kind++)
		for (i = 0; i < state->count[kind]; i++) {
			known = &state->known[kind][i];
			found = gws_state_find(state, kind, known->key);
			MUST(found && found <= known);
			MUST(!strcmp(found->key, known->key));
			MUST(!i || strcmp(known[-1].key, known->key) <= 0);
			MUST(known->id <= state->last_id[kind]);
		}
	gws_state_destroy(state);
}

/* --- messages of their own --- */

static void get_info(const struct gws_attrs *attrs, struct gws_arena *arena,
		     const struct found *f)
{
	struct gws_msg_info info = {};

	if (gws_msg_get_info(attrs, arena, &info))
		return;
	MUST(info.version && is_str(f, GWS_A_VERSION, info.version));
	MUST(info.abi == number(f, GWS_A_ABI));
	MUST(info.generation == number(f, GWS_A_GENERATION));
	MUST(info.memory == number(f, GWS_A_MEMORY));
	MUST(info.n_counters == f->count[GWS_A_COUNTER]);
	MUST(info.n_limits == f->count[GWS_A_LIMIT]);
}

static void get_stat(const struct gws_attrs *attrs, struct gws_arena *arena,
		     const struct found *f)
{
	struct gws_msg_stat stat = {};

	if (gws_msg_get_stat(attrs, arena, &stat))
		return;
	MUST(stat.namespace && is_str(f, GWS_A_NAMESPACE, stat.namespace));
	MUST(stat.gateway && is_str(f, GWS_A_GATEWAY, stat.gateway));
	MUST(stat.section && is_str(f, GWS_A_SECTION, stat.section));
	MUST(stat.rule.namespace && stat.rule.route && stat.rule.name);
	MUST(stat.has_backend == !!f->count[GWS_A_BACKEND]);
	MUST(!stat.has_backend || stat.backend.name);
}

static void get_generation(const struct gws_attrs *attrs)
{
	u64 generation;

	gws_msg_get_generation(attrs, &generation);
}

/* One line that a terminal does nothing about. */
static void check_text(const struct gws_msg_record *record)
{
	char *text;
	size_t len, i;
	FILE *out = open_memstream(&text, &len);

	gws_record_text(out, record);
	MUST(!fclose(out) && len && text[len - 1] == '\n');
	for (i = 0; i + 1 < len; i++)
		MUST(text[i] >= ' ' && text[i] < 127);
	free(text);
}

/* One line, an object, whatever the octets of a client are. */
static void check_json(const struct gws_msg_record *record)
{
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	cJSON *tree;

	gws_record_json(out, record);
	MUST(!fclose(out) && len && strchr(text, '\n') == text + len - 1);
	tree = cJSON_Parse(text);
	MUST(cJSON_IsObject(tree));
	cJSON_Delete(tree);
	free(text);
}

static void get_log(const struct gws_attrs *attrs, struct gws_arena *arena,
		    const struct found *f)
{
	struct gws_msg_log log = {};
	size_t i;

	if (gws_msg_get_log(attrs, arena, &log))
		return;
	MUST(log.lost == number(f, GWS_A_LOG_LOST));
	MUST(log.n_records == f->count[GWS_A_RECORD]);
	for (i = 0; i < log.n_records; i++) {
		check_text(&log.records[i]);
		check_json(&log.records[i]);
	}
}

static void get(const struct gws_attrs *attrs, struct dump *dump)
{
	struct found found;

	find(attrs, &found);
	if (dump->kind <= CLUSTER) {
		dump->err = get_object[dump->kind](attrs, dump->arena,
						   &dump->config);
		MUST(!dump->err || dump->err == -EBADMSG);
		if (!dump->err)
			check_object[dump->kind](&dump->config, &found);
	} else if (dump->kind == INFO) {
		get_info(attrs, dump->arena, &found);
	} else if (dump->kind == STAT) {
		get_stat(attrs, dump->arena, &found);
	} else if (dump->kind == LOG) {
		get_log(attrs, dump->arena, &found);
	} else {
		get_generation(attrs);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	struct dump dump = { .arena = gws_arena_create() };
	struct gws_attrs attrs;
	char *message;
	u32 len;

	dump.kind = fuzz_byte(&in) % KINDS;
	while (in.left && !dump.err) {
		len = fuzz_byte(&in);
		len |= (u32)fuzz_byte(&in) << 8;
		len = len < in.left ? len : in.left;
		message = fuzz_copy(in.p, len, 0, 0);
		in.p += len;
		in.left -= len;
		attrs = (struct gws_attrs){ (void *)message, len };
		get(&attrs, &dump);
		free(message);
	}
	if (!dump.err) {
		check_again(&dump);
		check_state(&dump.config);
	}
	gws_arena_destroy(dump.arena);
	return 0;
}
