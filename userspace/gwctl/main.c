// SPDX-License-Identifier: MIT
/*
 * gwctl: shows what the gwsteer kernel module has and what its daemon wants.
 * A table of commands, and the options that all of them share.
 */
#define _GNU_SOURCE
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/gwsteer.h>

#include "../lib/log.h"
#include "../lib/rundir.h"
#include "cmd.h"

const struct gws_command gws_commands[] = {
	{ "status", "", "module, daemon, configuration: is all as wanted",
	  "output rate interval wait",
	  gws_cmd_status },
	{ "get", "KIND [NAME]", "list gateways, gatewayclasses, listeners, routes, rules, backends, endpoints or connections",
	  "namespace all-namespaces output no-headers watch interval "
	  "count",
	  gws_cmd_get },
	{ "describe", "KIND NAME", "everything about one object, and why it is not programmed",
	  "namespace all-namespaces output",
	  gws_cmd_describe },
	{ "stats", "[ROUTE]", "observed share beside configured weight, errors by reason",
	  "namespace all-namespaces output no-headers rate interval",
	  gws_cmd_stats },
	{ "top", "[ROUTE]", "rate, errors, latency and share of each backend, as they are now",
	  "namespace all-namespaces output no-headers interval count",
	  gws_cmd_top },
	{ "monitor", "[ROUTE]", "requests as they end, and how many were not told",
	  "namespace all-namespaces output status count",
	  gws_cmd_monitor },
	{ "metrics", "", "what the daemon's endpoint gives to Prometheus, once",
	  "detail",
	  gws_cmd_metrics },
	{ "route", "test URL", "which rule and backend a request would get, and why others lost",
	  "namespace all-namespaces output no-headers method header to",
	  gws_cmd_route },
	{ "check", "DIR", "what would be programmed from a directory, and what is wrong in it",
	  "namespace all-namespaces output no-headers address-pool "
	  "host-ports node-address state-dir strict",
	  gws_cmd_check },
	{ "set", "[LIMIT VALUE]", "show the module's limits, or change one until it is unloaded",
	  "output no-headers",
	  gws_cmd_set },
	{ "version", "", "of this program, the daemon and the module",
	  "output",
	  gws_cmd_version },
	{ "completion", "bash", "print the shell's completion script",
	  "",
	  gws_cmd_completion },
	{ NULL, NULL, NULL, NULL, NULL },
};

static const char options_help[] =
"\n"
"Options:\n"
"  -n, --namespace NS       only objects of that namespace\n"
"  -A, --all-namespaces     all of them (the default)\n"
"  -o, --output FORM        table (default), wide, json or yaml\n"
"      --no-headers         tables without their titles\n"
"      --run-dir DIR        of the daemon (" GWS_RUN_DIR ")\n"
"      --wait SECONDS       for status: until all is as wanted, at most so long\n"
"      --status CODE        for monitor: only those, such as 404 or 5xx\n"
"  -w, --watch              for get: go on, and show what has changed\n"
"      --detail             for metrics: more of each backend\n"
"      --rate               for stats and status: what happens now, per second\n"
"      --interval SECONDS   for top, get -w, --rate: between two looks (2)\n"
"      --count N            for monitor, top, get -w: end after so many\n"
"  -X, --method METHOD      for route test: GET\n"
"  -H, --header NAME:VALUE  for route test: also of the request; up to 16\n"
"      --to ADDRESS:PORT    for route test: where it arrives, else by the URL's port\n"
"      --strict             for check: end with 2 for warnings, too\n"
"      --address-pool CIDR, --host-ports LIST, --node-address IP, --state-dir DIR\n"
"                           for check: as gwsteerd takes them\n"
"  -V, --version            of this program only\n"
"  -h, --help\n"
"\n"
"Exit codes: 0 all is well, 2 something is not as wanted, others: gwctl(8).\n";

enum {
	OPT_NO_HEADERS = 256, OPT_RUN_DIR, OPT_WAIT, OPT_POOL, OPT_HOST_PORTS,
	OPT_ADDRESS, OPT_STATE_DIR, OPT_STATUS, OPT_COUNT, OPT_INTERVAL,
	OPT_TO, OPT_RATE, OPT_DETAIL, OPT_STRICT,
};

const struct option gws_command_options[] = {
	{ "namespace", required_argument, NULL, 'n' },
	{ "all-namespaces", no_argument, NULL, 'A' },
	{ "output", required_argument, NULL, 'o' },
	{ "no-headers", no_argument, NULL, OPT_NO_HEADERS },
	{ "run-dir", required_argument, NULL, OPT_RUN_DIR },
	{ "wait", required_argument, NULL, OPT_WAIT },
	{ "address-pool", required_argument, NULL, OPT_POOL },
	{ "host-ports", required_argument, NULL, OPT_HOST_PORTS },
	{ "node-address", required_argument, NULL, OPT_ADDRESS },
	{ "state-dir", required_argument, NULL, OPT_STATE_DIR },
	{ "strict", no_argument, NULL, OPT_STRICT },
	{ "status", required_argument, NULL, OPT_STATUS },
	{ "watch", no_argument, NULL, 'w' },
	{ "detail", no_argument, NULL, OPT_DETAIL },
	{ "rate", no_argument, NULL, OPT_RATE },
	{ "interval", required_argument, NULL, OPT_INTERVAL },
	{ "count", required_argument, NULL, OPT_COUNT },
	{ "method", required_argument, NULL, 'X' },
	{ "header", required_argument, NULL, 'H' },
	{ "to", required_argument, NULL, OPT_TO },
	{ "version", no_argument, NULL, 'V' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static void print_help(FILE *out)
{
	const struct gws_command *command;
	int width;

	fputs("Usage: gwctl COMMAND [ARGUMENT]... [OPTION]...\n\nCommands:\n",
	      out);
	for (command = gws_commands; command->name; command++) {
		width = 24 - (int)strlen(command->name);
		fprintf(out, "  %s %-*s %s\n", command->name, width,
			command->args, command->summary);
	}
	fputs(options_help, out);
}

static const struct gws_command *find_command(const char *name)
{
	const struct gws_command *command;

	for (command = gws_commands; command->name; command++) {
		if (!strcmp(command->name, name))
			return command;
	}
	return NULL;
}

/* Whether @name is one of the words of @list. */
static bool is_listed(const char *list, const char *name)
{
	size_t len = strlen(name);

	for (; *list; list += strspn(list, " ")) {
		if (!strncmp(list, name, len) && strchr(" ", list[len]))
			return true;
		list += strcspn(list, " ");
	}
	return false;
}

/*
 * Every command has a run directory, even if it looks for none: scripts say it
 * once for all. Any other option that a command does not act on is a mistake.
 */
static int refuse_others(const struct gws_command *command, const bool *given)
{
	const struct option *option;

	for (option = gws_command_options; option->name; option++) {
		if (given[option - gws_command_options] &&
		    option->val != OPT_RUN_DIR &&
		    !is_listed(command->options, option->name))
			return gws_exit_report(GWS_EXIT_USAGE,
					       "gwctl %s has no option --%s",
					       command->name, option->name);
	}
	return GWS_EXIT_OK;
}

static size_t index_of(int val)
{
	size_t i = 0;

	while (gws_command_options[i].val != val)
		i++;
	return i;
}

/* Adds to a list of at most 16. Return: GWS_EXIT_OK or _USAGE. */
static int add_text(const char **list, int *count, const char *text)
{
	if (*count == 16)
		return gws_exit_report(GWS_EXIT_USAGE, "'%s' is one too many",
				       text);
	list[(*count)++] = text;
	return GWS_EXIT_OK;
}

/* Return: whether @text is a number up to @max, and nothing but that. */
static bool take_number(const char *text, unsigned long max, unsigned int *value)
{
	char *end;
	unsigned long number = strtoul(text, &end, 10);

	if (end == text || *end || *text == '-' || *text == '+' || number > max)
		return false;
	*value = number;
	return true;
}

static int take_wait(struct gws_call *call, const char *text)
{
	if (!take_number(text, 86400, &call->wait))
		return gws_exit_report(GWS_EXIT_USAGE,
				       "--wait %s: whole seconds, 0 to 86400",
				       text);
	return GWS_EXIT_OK;
}

static int take_count(struct gws_call *call, const char *text)
{
	if (!take_number(text, 1000000000, &call->count) || !call->count)
		return gws_exit_report(GWS_EXIT_USAGE,
				       "--count %s: a number, 1 to 1000000000",
				       text);
	return GWS_EXIT_OK;
}

static int take_interval(struct gws_call *call, const char *text)
{
	if (!take_number(text, 86400, &call->interval) || !call->interval)
		return gws_exit_report(GWS_EXIT_USAGE,
				       "--interval %s: whole seconds, 1 to 86400",
				       text);
	return GWS_EXIT_OK;
}

static int take_status(struct gws_call *call, const char *text)
{
	if (*text >= '1' && *text <= '5' && !strcmp(text + 1, "xx")) {
		call->status = *text - '0';
		return GWS_EXIT_OK;
	}
	if (!take_number(text, 599, &call->status) || call->status < 100)
		return gws_exit_report(GWS_EXIT_USAGE,
				       "--status %s: neither a status nor a class such as 5xx",
				       text);
	return GWS_EXIT_OK;
}

static int take(struct gws_call *call, int opt, const char *arg)
{
	switch (opt) {
	case 'n':
		call->namespace = arg;
		return GWS_EXIT_OK;
	case 'A':
		call->namespace = NULL;
		return GWS_EXIT_OK;
	case 'o':
		if (gws_output_parse(arg, &call->output))
			return gws_exit_report(GWS_EXIT_USAGE,
					       "-o %s: not one of table, wide, json, yaml",
					       arg);
		return GWS_EXIT_OK;
	case OPT_NO_HEADERS:
		call->titles = false;
		return GWS_EXIT_OK;
	case OPT_RUN_DIR:
		call->run_dir = arg;
		return GWS_EXIT_OK;
	case OPT_WAIT:
		return take_wait(call, arg);
	case OPT_STATUS:
		return take_status(call, arg);
	case OPT_COUNT:
		return take_count(call, arg);
	case OPT_INTERVAL:
		return take_interval(call, arg);
	case OPT_DETAIL:
		call->detail = true;
		return GWS_EXIT_OK;
	case OPT_RATE:
		call->rate = true;
		return GWS_EXIT_OK;
	case 'w':
		call->watch = true;
		return GWS_EXIT_OK;
	case 'X':
		call->method = arg;
		return GWS_EXIT_OK;
	case 'H':
		return add_text(call->headers, &call->nheaders, arg);
	case OPT_TO:
		call->to = arg;
		return GWS_EXIT_OK;
	case OPT_POOL:
		return add_text(call->pool, &call->npool, arg);
	case OPT_ADDRESS:
		return add_text(call->addrs, &call->naddrs, arg);
	case OPT_HOST_PORTS:
		call->host_ports = arg;
		return GWS_EXIT_OK;
	case OPT_STRICT:
		call->strict = true;
		return GWS_EXIT_OK;
	case OPT_STATE_DIR:
		call->state_dir = arg;
		return GWS_EXIT_OK;
	default:
		return gws_exit_report(GWS_EXIT_USAGE, NULL);
	}
}

int main(int argc, char **argv)
{
	struct gws_call call = { .run_dir = GWS_RUN_DIR, .titles = true,
				 .interval = 2 };
	bool given[sizeof(gws_command_options) /
		   sizeof(gws_command_options[0])] = { false };
	const struct gws_command *command;
	int opt, code;

	gws_log_init("gwctl", GWS_LOG_INFO);
	while ((opt = getopt_long(argc, argv, "n:Ao:wX:H:Vh", gws_command_options,
				  NULL)) >= 0) {
		if (opt == 'h') {
			print_help(stdout);
			return GWS_EXIT_OK;
		}
		if (opt == 'V') {
			printf("gwctl %s (ABI %d)\n", GWS_VERSION, GWS_ABI);
			return GWS_EXIT_OK;
		}
		code = take(&call, opt, optarg);
		if (code)
			return code;
		given[index_of(opt)] = true;
	}
	if (optind == argc) {
		print_help(stderr);
		return GWS_EXIT_USAGE;
	}
	call.name = argv[optind];
	call.argc = argc - optind - 1;
	call.argv = argv + optind + 1;
	command = find_command(call.name);
	if (!command)
		return gws_exit_report(GWS_EXIT_USAGE, "no command '%s'",
				       call.name);
	code = refuse_others(command, given);
	if (!code)
		code = command->run(&call);
	if (fflush(stdout) && !code)
		return gws_exit_report(GWS_EXIT_SYSTEM, "cannot write to stdout");
	return code;
}
