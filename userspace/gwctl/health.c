// SPDX-License-Identifier: MIT
/*
 * The state of things as lines. Each source of trouble adds its own.
 */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/fault.h"
#include "../lib/ip.h"
#include "../lib/jsonx.h"
#include "../lib/mem.h"
#include "../lib/ports.h"
#include "health.h"

/* Of two codes the one that stands first here is reported. */
static const enum gws_exit gravity[] = {
	GWS_EXIT_BAD_YAML, GWS_EXIT_UNKNOWN_FIELD, GWS_EXIT_BAD_OBJECT,
	GWS_EXIT_NO_ENDPOINTS, GWS_EXIT_PORT_TAKEN, GWS_EXIT_UNHEALTHY,
	GWS_EXIT_OK,
};

struct checker {
	struct gws_health *health;
	const struct gws_view *view;
	const struct gws_subject *subject;
};

static void add_line(struct checker *c, enum gws_exit code,
		     const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void add_line(struct checker *c, enum gws_exit code,
		     const char *format, ...)
{
	char *text = NULL;
	va_list args;
	size_t i;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	gws_mem_check(text);
	gws_json_append(c->health->lines, cJSON_CreateString(text));
	free(text);
	for (i = 0; gravity[i] != c->health->code; i++) {
		if (gravity[i] == code) {
			c->health->code = code;
			return;
		}
	}
}

/* --- files --- */

static enum gws_exit problem_code(const cJSON *problem)
{
	const char *text = gws_json_str(problem, "text", "");

	if (!strncmp(text, "unknown field", 13))
		return GWS_EXIT_UNKNOWN_FIELD;
	/* A list is YAML, too, though no object. */
	if (!strncmp(text, "not YAML", 8) || !strncmp(text, "cannot be read", 14))
		return GWS_EXIT_BAD_YAML;
	return GWS_EXIT_BAD_OBJECT;
}

static bool problem_matters(const struct checker *c, const cJSON *problem)
{
	char name[512];

	if (!c->subject)
		return true;
	snprintf(name, sizeof(name), "%s %s%s%s", c->subject->kind,
		 c->subject->namespace, *c->subject->namespace ? "/" : "",
		 c->subject->name);
	return !strcmp(gws_json_str(problem, "object", ""), name);
}

static void add_part(char **text, struct gws_arena *arena, const char *part)
{
	if (part)
		*text = gws_mem_printf(arena, "%s%s: ", *text, part);
}

static void check_files(struct checker *c)
{
	struct gws_arena *arena = c->view->arena;
	const cJSON *problem;
	const char *level;
	long long line;
	char *text;

	cJSON_ArrayForEach(problem, gws_json_get(c->view->status, "problems")) {
		if (!problem_matters(c, problem))
			continue;
		level = gws_json_str(problem, "level", "error");
		text = gws_mem_printf(arena, "%s: ", level);
		line = gws_json_int(problem, "line", 0);
		if (line)
			text = gws_mem_printf(arena, "%s%s:%lld: ", text,
				gws_json_str(problem, "file", "-"), line);
		else
			add_part(&text, arena,
				 gws_json_str(problem, "file", NULL));
		add_part(&text, arena, gws_json_str(problem, "object", NULL));
		add_part(&text, arena, gws_json_str(problem, "field", NULL));
		c->health->warnings += !strcmp(level, "warning");
		add_line(c, strcmp(level, "error") ? GWS_EXIT_OK :
			 problem_code(problem), "%s%s", text,
			 gws_json_str(problem, "text", ""));
	}
}

/* --- conditions --- */

static void take_fault(const struct gws_fault *fault, void *data)
{
	struct checker *c = data;
	char place[GWS_FAULT_PLACE];

	gws_fault_place(fault->object, place);
	add_line(c, GWS_EXIT_UNHEALTHY, "%s%s%s: %s=%s (%s): %s", place,
		 *place ? ": " : "", fault->where, fault->type, fault->status,
		 fault->reason, fault->message);
}

static bool is_subject(const struct checker *c, const cJSON *object)
{
	const cJSON *meta = gws_json_get(object, "metadata");

	return !c->subject ||
	       (!strcmp(gws_json_str(object, "kind", ""), c->subject->kind) &&
		!strcmp(gws_json_str(meta, "namespace", ""),
			c->subject->namespace) &&
		!strcmp(gws_json_str(meta, "name", ""), c->subject->name));
}

static void check_objects(struct checker *c)
{
	const cJSON *object;

	cJSON_ArrayForEach(object, gws_json_get(c->view->status, "objects")) {
		if (is_subject(c, object))
			gws_faults_of(object, take_fault, c);
	}
}

/* --- the kernel's side --- */

static void check_push(struct checker *c)
{
	const cJSON *push = gws_json_get(c->view->status, "push"), *row;
	const char *text = gws_json_str(push, "text", NULL);

	if (text)
		add_line(c, GWS_EXIT_UNHEALTHY, "push: %s", text);
	cJSON_ArrayForEach(row, gws_json_get(push, "refused"))
		add_line(c, GWS_EXIT_UNHEALTHY, "the kernel refuses %s: %s",
			 gws_json_str(row, "key", ""),
			 gws_json_str(row, "text", ""));
}

static bool has_ready(const struct gws_msg_cluster *cluster)
{
	size_t i;

	for (i = 0; i < cluster->n_endpoints; i++) {
		if (cluster->endpoints[i].flags & GWS_EP_F_READY)
			return true;
	}
	return false;
}

static bool redirects(const struct gws_msg_backend *backend)
{
	return gws_filter_find(backend->filters, backend->n_filters,
			       GWS_FILTER_REDIRECT);
}

/* Copies of requests do not count: their loss is nobody's 503. */
static bool sends_to(const struct gws_msg_rule *rule, uint32_t cluster)
{
	size_t i;

	for (i = 0; i < rule->n_backends; i++)
		if (rule->backends[i].cluster == cluster &&
		    !redirects(&rule->backends[i]))
			return true;
	return false;
}

static bool is_of_subject(const struct checker *c,
			  const struct gws_msg_rule *rule)
{
	return !c->subject ||
	       (!strcmp(c->subject->kind, "HTTPRoute") &&
		!strcmp(rule->namespace, c->subject->namespace) &&
		!strcmp(rule->route, c->subject->name));
}

/* Whether the subject, when there is one, sends requests to it. */
static bool cluster_matters(const struct checker *c,
			    const struct gws_msg_cluster *cluster)
{
	const struct gws_msg_config *config = &c->view->config;
	const struct gws_msg_table *table;
	size_t i, n;

	for (i = 0; i < config->n_tables; i++) {
		table = &config->tables[i];
		for (n = 0; n < table->n_rules; n++)
			if (is_of_subject(c, &table->rules[n]) &&
			    sends_to(&table->rules[n], cluster->id))
				return true;
	}
	return false;
}

static void check_endpoints(struct checker *c)
{
	const struct gws_msg_config *config = &c->view->config;
	size_t i;

	for (i = 0; i < config->n_clusters; i++) {
		const struct gws_msg_cluster *cluster = &config->clusters[i];

		if (!has_ready(cluster) && cluster_matters(c, cluster))
			add_line(c, GWS_EXIT_NO_ENDPOINTS,
				 "Service %s: no ready endpoint; requests get 503",
				 cluster->name);
	}
}

static void check_port(struct checker *c, const struct gws_msg_listener *l,
		       uint16_t port, const char *address)
{
	struct gws_port_holder holder;
	struct gws_ip addr;
	char text[64];

	if (gws_ip_parse(address, &addr) ||
	    gws_port_holder(&addr, port, &holder) <= 0)
		return;
	gws_port_name(&holder);
	add_line(c, GWS_EXIT_PORT_TAKEN,
		 "Gateway %s/%s listener %s: port %u of %s is taken by %s",
		 l->namespace, l->gateway, l->section, port, address,
		 gws_port_text(&holder, text));
}

/* A bind without an address means those that the daemon found. */
static void check_bind(struct checker *c, const struct gws_msg_listener *l,
		       const struct gws_msg_bind *bind)
{
	const cJSON *daemon = gws_json_get(c->view->status, "daemon"), *address;
	struct gws_ip ip = { .len = bind->addr.len };
	char text[GWS_IP_TEXT];

	memcpy(ip.b, bind->addr.bytes, sizeof(ip.b));
	if (ip.len)
		check_port(c, l, bind->port, gws_ip_text(&ip, text));
	else
		cJSON_ArrayForEach(address, gws_json_get(daemon, "addresses"))
			check_port(c, l, bind->port, address->valuestring);
}

static void check_ports(struct checker *c)
{
	const struct gws_msg_config *config = &c->view->config;
	size_t i, n;

	for (i = 0; i < config->n_listeners; i++) {
		const struct gws_msg_listener *l = &config->listeners[i];

		if (c->subject && (strcmp(c->subject->kind, "Gateway") ||
				   strcmp(c->subject->namespace, l->namespace) ||
				   strcmp(c->subject->name, l->gateway)))
			continue;
		for (n = 0; n < l->n_binds; n++) {
			if (l->binds[n].kind == GWS_BIND_HOST)
				check_bind(c, l, &l->binds[n]);
		}
	}
}

void gws_health_check(struct gws_health *health, const struct gws_view *view,
		      const struct gws_subject *subject, bool live)
{
	struct checker c = { health, view, subject };

	health->lines = gws_json_array();
	health->code = GWS_EXIT_OK;
	health->warnings = 0;
	check_files(&c);
	if (!subject)
		check_push(&c);
	check_objects(&c);
	check_endpoints(&c);
	if (live)
		check_ports(&c);
}

void gws_health_clear(struct gws_health *health)
{
	cJSON_Delete(health->lines);
	health->lines = NULL;
}
