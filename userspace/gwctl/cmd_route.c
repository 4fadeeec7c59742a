// SPDX-License-Identifier: MIT
/*
 * gwctl route test: asks the running kernel what would become of a request, and
 * puts names to the numbers of its answer.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "../lib/ip.h"
#include "../lib/jsonx.h"
#include "../lib/mem.h"
#include "elsewhere.h"
#include "precedence.h"
#include "rows.h"

/* Of matches and routes that lost; the kernel tells as many. */
#define OTHERS	64
/* How often a configuration that changes meanwhile is looked at again. */
#define TRIES	5

/* "http://host[:port][/path]", in parts. */
struct url {
	const char *authority;	/* for Host */
	const char *target;
	uint16_t port;
};

struct test {
	const struct gws_call *call;
	struct gws_arena *arena;
	struct url url;
	struct gws_msg_addr addr;
	uint16_t port;
	struct gws_msg_tested tested;
};

static bool read_port(const char *text, uint16_t *port)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (end == text || *end || *text < '0' || *text > '9' || !value ||
	    value > 65535)
		return false;
	*port = (uint16_t)value;
	return true;
}

/* The ':' before a port, not one of an address in brackets; or NULL. */
static char *port_of(char *authority)
{
	char *colon = strrchr(authority, ':');

	return colon && !strchr(colon, ']') ? colon : NULL;
}

static int read_url(struct test *t, const char *text)
{
	const char *rest = strncmp(text, "http://", 7) ? NULL : text + 7;
	size_t len = rest ? strcspn(rest, "/?#") : 0;
	char *authority, *port;

	if (!strncmp(text, "https://", 8))
		return gws_exit_report(GWS_EXIT_USAGE,
				       "'%s': this release serves http only",
				       text);
	if (!len || strchr(rest, '#'))
		return gws_exit_report(GWS_EXIT_USAGE,
				       "'%s' is no URL such as http://example.com/path",
				       text);
	authority = gws_mem_printf(t->arena, "%.*s", (int)len, rest);
	t->url.authority = authority;
	t->url.target = gws_mem_printf(t->arena, "%s%s",
				       rest[len] == '/' ? "" : "/", rest + len);
	t->url.port = 80;
	port = port_of(authority);
	if (port && !read_port(port + 1, &t->url.port))
		return gws_exit_report(GWS_EXIT_USAGE, "'%s' is not a port",
				       port + 1);
	return GWS_EXIT_OK;
}

/* ADDRESS:PORT, an IPv6 address in brackets. */
static int read_to(struct test *t, const char *text)
{
	char *address = gws_mem_strdup(t->arena, text);
	char *port = port_of(address), *end;
	struct gws_ip ip;

	if (port)
		*port++ = '\0';
	end = address + strlen(address);
	if (*address == '[' && end[-1] == ']') {
		end[-1] = '\0';
		address++;
	}
	if (!port || !read_port(port, &t->port) || gws_ip_parse(address, &ip))
		return gws_exit_report(GWS_EXIT_USAGE,
				       "--to %s: not an address and port",
				       text);
	t->addr.len = ip.len;
	memcpy(t->addr.bytes, ip.b, sizeof(t->addr.bytes));
	return GWS_EXIT_OK;
}

/*
 * Where a request to that port arrives: of the binds with it, or of listeners
 * with it, the first. A bind of any address has loopback stand for it.
 */
static bool find_bind(struct test *t, const struct gws_view *view)
{
	static const struct gws_msg_addr loopback = { { 127, 0, 0, 1 }, 4 };
	const struct gws_msg_listener *l;
	size_t i, n;

	for (i = 0; i < view->config.n_listeners; i++) {
		l = &view->config.listeners[i];
		if (t->call->namespace &&
		    strcmp(l->namespace, t->call->namespace))
			continue;
		for (n = 0; n < l->n_binds; n++) {
			if (l->port != t->url.port &&
			    l->binds[n].port != t->url.port)
				continue;
			t->addr = l->binds[n].addr.len ? l->binds[n].addr :
							 loopback;
			t->port = l->binds[n].port;
			return true;
		}
	}
	return false;
}

/* The Host that -H gives, or NULL. */
static const char *own_host(const struct gws_call *call)
{
	int i;

	for (i = 0; i < call->nheaders; i++)
		if (!strncasecmp(call->headers[i], "Host:", 5))
			return call->headers[i] + 5 +
			       strspn(call->headers[i] + 5, " \t");
	return NULL;
}

static int check_headers(const struct gws_call *call)
{
	int i;

	for (i = 0; i < call->nheaders; i++)
		if (!strchr(call->headers[i], ':'))
			return gws_exit_report(GWS_EXIT_USAGE,
					       "-H %s: not NAME:VALUE",
					       call->headers[i]);
	return GWS_EXIT_OK;
}

/* The head that a client would send; a Host of -H is sent instead, as by curl. */
static char *make_head(const struct test *t)
{
	char *head;
	int i;

	head = gws_mem_printf(t->arena, "%s %s HTTP/1.1\r\n",
			      t->call->method ? t->call->method : "GET",
			      t->url.target);
	if (!own_host(t->call))
		head = gws_mem_printf(t->arena, "%sHost: %s\r\n", head,
				      t->url.authority);
	for (i = 0; i < t->call->nheaders; i++)
		head = gws_mem_printf(t->arena, "%s%s\r\n", head,
				      t->call->headers[i]);
	return gws_mem_printf(t->arena, "%s\r\n", head);
}

static int ask(struct test *t)
{
	struct gws_nl_error error = { "" };
	const char *head = make_head(t);
	struct gws_nl *nl;
	int err = gws_nl_open(&nl);

	if (err)
		return gws_exit_report(gws_exit_of_errno(err), NULL);
	err = gws_client_test_route(nl, t->arena,
				    gws_msg_test_route(&t->addr, t->port, head,
						       strlen(head)),
				    &t->tested, &error);
	gws_nl_close(nl);
	if (err == -EINVAL || err == -EMSGSIZE || err == -ERANGE)
		return gws_exit_report(GWS_EXIT_USAGE, "%s", *error.text ?
				       error.text : "the request is too long");
	if (err)
		return gws_exit_report(gws_exit_of_errno(err), "%s",
				       strerror(-err));
	return GWS_EXIT_OK;
}

static const struct gws_msg_table *find_table(const struct gws_view *view,
					      uint32_t id)
{
	size_t i;

	for (i = 0; i < view->config.n_tables; i++)
		if (view->config.tables[i].id == id)
			return &view->config.tables[i];
	return NULL;
}

/* False: it is not there (any more). */
static bool find_match(const struct gws_view *view, const struct gws_msg_tried *tried,
		       struct gws_placed *placed)
{
	placed->table = find_table(view, tried->table);
	if (!placed->table || tried->match >= placed->table->n_matches)
		return false;
	placed->match = &placed->table->matches[tried->match];
	return placed->match->rule < placed->table->n_rules;
}

static const struct gws_msg_rule *rule_of(const struct gws_placed *placed)
{
	return &placed->table->rules[placed->match->rule];
}

/* --- the answer --- */

static void add_match(cJSON *row, struct gws_arena *arena,
		      const struct gws_placed *placed)
{
	const struct gws_msg_table *table = placed->table;
	const struct gws_msg_rule *rule = rule_of(placed);

	gws_json_add_str(row, "route", gws_mem_printf(arena, "%s/%s",
						      rule->namespace,
						      rule->route));
	gws_json_add_str(row, "rule", rule->name);
	gws_json_add_str(row, "hostname", *table->hostname ? table->hostname :
							     "*");
	gws_json_add_str(row, "match", gws_rows_match(arena, table, placed->match));
}

/* @winner: NULL if none decides. */
static const char *why_lost(struct gws_arena *arena,
			    const struct gws_msg_tried *tried,
			    const struct gws_placed *loser,
			    const struct gws_placed *winner)
{
	const struct gws_msg_match *match = loser->match;

	switch (tried->miss) {
	case GWS_MISS_NONE:
		return winner ? gws_precedence_why(winner, loser) : "fits";
	case GWS_MISS_PATH:
		return "path";
	case GWS_MISS_METHOD:
		return "method";
	case GWS_MISS_HEADER:
		return tried->which < match->n_headers ?
		       gws_mem_printf(arena, "header %s",
				      match->headers[tried->which].name) :
		       "header";
	case GWS_MISS_QUERY:
		return tried->which < match->n_queries ?
		       gws_mem_printf(arena, "query parameter %s",
				      match->queries[tried->which].name) :
		       "query parameter";
	default:
		return "unknown";
	}
}

static uint64_t weights(const struct gws_msg_rule *rule, bool valid_only)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < rule->n_backends; i++)
		if (rule->backends[i].cluster || !valid_only)
			sum += rule->backends[i].weight;
	return sum;
}

/* As the kernel has it: those that end serve where none is ready. */
static bool has_endpoint(const struct gws_view *view, uint32_t cluster)
{
	const struct gws_msg_cluster *c = NULL;
	size_t i;

	for (i = 0; i < view->config.n_clusters; i++)
		if (view->config.clusters[i].id == cluster)
			c = &view->config.clusters[i];
	for (i = 0; c && i < c->n_endpoints; i++)
		if (c->endpoints[i].flags & (GWS_EP_F_READY | GWS_EP_F_SERVING))
			return true;
	return false;
}

/* What a backend's filter of that kind, GWS_FILTER_REDIRECT or _CORS, answers. */
static unsigned int answer_status(const struct gws_msg_backend *backend,
				  uint16_t kind)
{
	const struct gws_filter *redirect = NULL;

	if (kind == GWS_FILTER_REDIRECT)
		redirect = gws_filter_find(backend->filters,
					   backend->n_filters, kind);
	return redirect ? redirect->status : 200;
}

static const char *backend_answer(const struct test *t,
				  const struct gws_msg_rule *rule, size_t i)
{
	uint16_t kind = i < t->tested.n_answers ? t->tested.answers[i] :
						  GWS_FILTER_UNSPEC;

	return kind ? gws_mem_printf(t->arena, "%s: %u", gws_filter_type(kind),
				     answer_status(&rule->backends[i], kind)) :
		      NULL;
}

static cJSON *backend_shares(const struct test *t,
			     const struct gws_view *view,
			     const struct gws_msg_rule *rule)
{
	cJSON *list = gws_json_array(), *item;
	uint64_t sum = weights(rule, false);
	const char *answer;
	size_t i;

	for (i = 0; i < rule->n_backends; i++) {
		item = gws_json_append(list, gws_json_object());
		gws_json_add_str(item, "name", rule->backends[i].name);
		gws_json_add_str(item, "share", gws_mem_printf(t->arena, "%.2f%%",
			sum ? 100.0 * rule->backends[i].weight / (double)sum :
			      0));
		answer = backend_answer(t, rule, i);
		if (answer)
			gws_json_add_str(item, "filter", answer);
		else if (!rule->backends[i].cluster)
			gws_json_add_bool(item, "invalid", true);
		else if (!has_endpoint(view, rule->backends[i].cluster))
			gws_json_add_bool(item, "noEndpoint", true);
	}
	return list;
}

static void add_listener(cJSON *answer, const struct test *t,
			 const struct gws_view *view)
{
	const struct gws_msg_listener *l =
		gws_msg_config_listener(&view->config, t->tested.listener);

	if (!l)
		return;
	gws_json_add_str(answer, "gateway", gws_mem_printf(t->arena, "%s/%s",
							   l->namespace,
							   l->gateway));
	gws_json_add_str(answer, "listener", l->section);
}

/* @rule: the one that decides, or NULL. */
static const char *verdict_text(struct test *t, const struct gws_msg_rule *rule)
{
	const struct gws_msg_tested *tested = &t->tested;

	switch (tested->verdict) {
	case GWS_TESTED_BACKEND:
		return tested->n_answers ?
		       "a backend gets it, or the filter of one answers" :
		       "a backend gets it";
	case GWS_TESTED_INVALID:
		return rule && weights(rule, false) ?
		       "500: no backend of the rule is valid" :
		       "500: the rule has no backend with a weight";
	case GWS_TESTED_NO_ENDPOINT:
		return rule && weights(rule, false) > weights(rule, true) ?
		       "503 or 500: no valid backend of the rule has an endpoint" :
		       "503: no backend of the rule has an endpoint";
	case GWS_TESTED_FILTER:
		return gws_mem_printf(t->arena, "%u: the filter %s answers",
				      tested->status,
				      gws_filter_type(tested->filter));
	case GWS_TESTED_NO_RULE:
		return "404: no match fits";
	case GWS_TESTED_NO_HOST:
		return "404: no route has that host";
	case GWS_TESTED_NO_LISTENER:
		return "no listener has that address, port and host";
	case GWS_TESTED_REFUSED:
		return gws_mem_printf(t->arena, "%u: the request is refused (%s)",
				      tested->status, tested->error ?
				      tested->error : "unknown");
	case GWS_TESTED_LAST_HOP:
		return "200: Max-Forwards lets the request come this far only";
	default:
		return "unknown";
	}
}

/* The match that decides. False: none, or it is not there (any more). */
static bool find_winner(const struct gws_msg_tested *tested,
			const struct gws_view *view, struct gws_placed *winner)
{
	switch (tested->verdict) {
	case GWS_TESTED_BACKEND:
	case GWS_TESTED_INVALID:
	case GWS_TESTED_FILTER:
	case GWS_TESTED_NO_ENDPOINT:
		break;
	default:
		return false;
	}
	return tested->n_tried && find_match(view, &tested->tried[0], winner);
}

static void add_verdict(cJSON *answer, struct test *t,
			const struct gws_view *view,
			const struct gws_msg_rule *rule)
{
	gws_json_add_str(answer, "verdict", verdict_text(t, rule));
	if (t->tested.location)
		gws_json_add_str(answer, "location", t->tested.location);
	add_listener(answer, t, view);
}

/* Of another generation than the names? An answer without any names nothing. */
static bool is_overtaken(const struct test *t, const struct gws_view *view)
{
	return t->tested.generation &&
	       t->tested.generation != view->generation;
}

/* NULL: an object that is named is not there. */
static cJSON *make_answer(struct test *t, const struct gws_view *view)
{
	cJSON *answer = gws_json_object(), *losers = gws_json_array(), *row;
	struct gws_placed winner, placed;
	const char *host = own_host(t->call);
	const struct gws_msg_rule *rule;
	size_t i;

	rule = find_winner(&t->tested, view, &winner) ? rule_of(&winner) : NULL;
	add_verdict(answer, t, view, rule);
	for (i = 0; i < t->tested.n_tried; i++) {
		if (!find_match(view, &t->tested.tried[i], &placed)) {
			cJSON_Delete(answer);
			cJSON_Delete(losers);
			return NULL;
		}
		if (!i && rule) {
			add_match(answer, t->arena, &placed);
			gws_json_add(answer, "backends",
				     backend_shares(t, view, rule));
			continue;
		}
		row = gws_json_append(losers, gws_json_object());
		gws_json_add_str(row, "lost",
				 why_lost(t->arena, &t->tested.tried[i], &placed,
					  rule ? &winner : NULL));
		add_match(row, t->arena, &placed);
	}
	gws_elsewhere_add(losers, OTHERS, &view->config, &(struct gws_arrival){
		&t->addr, t->port, t->tested.listener,
		host ? host : t->url.authority,
	});
	gws_json_add(answer, "others", losers);
	return answer;
}

static void print_share(const cJSON *backend)
{
	const char *filter = gws_json_str(backend, "filter", NULL);

	printf("%-9s %s %s", "backend", gws_json_str(backend, "share", ""),
	       gws_json_str(backend, "name", ""));
	if (filter)
		printf(" (%s)", filter);
	else if (gws_json_get(backend, "invalid"))
		fputs(" (invalid: 500)", stdout);
	else if (gws_json_get(backend, "noEndpoint"))
		fputs(" (no endpoint: 503)", stdout);
	putchar('\n');
}

static void print_text(const cJSON *answer)
{
	static const char *const fields[] = {
		"verdict", "location", "gateway", "listener", "route", "rule",
		"hostname", "match",
	};
	const cJSON *item;
	size_t i;

	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (gws_json_get(answer, fields[i]))
			printf("%-9s %s\n", fields[i],
			       gws_json_str(answer, fields[i], ""));
	cJSON_ArrayForEach(item, gws_json_get(answer, "backends"))
		print_share(item);
}

/* Does the request get what its sender asks for, from a backend or from us? */
static bool is_served(const struct gws_msg_tested *tested)
{
	return tested->verdict == GWS_TESTED_BACKEND ||
	       tested->verdict == GWS_TESTED_FILTER ||
	       tested->verdict == GWS_TESTED_LAST_HOP;
}

static int print_answer(const struct gws_call *call, cJSON *answer)
{
	static const struct gws_column columns[] = {
		{ "LOST BY", "lost", false },
		{ "ROUTE", "route", false },
		{ "RULE", "rule", false },
		{ "HOSTNAME", "hostname", false },
		{ "MATCH", "match", false },
	};
	cJSON *others = cJSON_GetObjectItemCaseSensitive(answer, "others");
	int err;

	if (call->output == GWS_OUTPUT_JSON || call->output == GWS_OUTPUT_YAML) {
		err = gws_print_object(stdout, call->output, answer);
	} else {
		print_text(answer);
		if (!others->child)
			return GWS_EXIT_OK;
		putchar('\n');
		err = gws_print_rows(stdout, call->output, columns, 5, others,
				     call->titles);
	}
	return err ? gws_exit_report(GWS_EXIT_SYSTEM, "out of memory") :
		     GWS_EXIT_OK;
}

/* 0: answered; -EAGAIN: the configuration changed meanwhile. */
static int test_once(struct test *t, int *code)
{
	struct gws_view view;
	cJSON *answer = NULL;

	*code = gws_view_open(&view, t->call);
	if (!*code)
		*code = gws_view_need_kernel(&view);
	if (!*code && !t->call->to && !find_bind(t, &view))
		*code = gws_exit_report(GWS_EXIT_NOT_FOUND,
					"listener of port %u", t->url.port);
	if (!*code)
		*code = ask(t);
	if (!*code && !is_overtaken(t, &view)) {
		answer = make_answer(t, &view);
		if (answer)
			*code = print_answer(t->call, answer);
	}
	gws_view_close(&view);
	if (!answer)
		return *code ? 0 : -EAGAIN;
	cJSON_Delete(answer);
	if (!*code && !is_served(&t->tested))
		*code = GWS_EXIT_UNHEALTHY;
	return 0;
}

int gws_cmd_route(const struct gws_call *call)
{
	struct test t = { .call = call };
	int code, tries = TRIES;

	if (call->argc != 2 || strcmp(call->argv[0], "test"))
		return gws_exit_report(GWS_EXIT_USAGE, "gwctl route test URL");
	t.arena = gws_mem_arena();
	code = read_url(&t, call->argv[1]);
	if (!code)
		code = check_headers(call);
	if (!code && call->to)
		code = read_to(&t, call->to);
	while (!code && test_once(&t, &code) == -EAGAIN)
		if (!--tries)
			code = gws_exit_report(GWS_EXIT_SYSTEM,
					       "the configuration keeps changing");
	gws_arena_destroy(t.arena);
	return code;
}
