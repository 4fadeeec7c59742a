// SPDX-License-Identifier: MIT
/*
 * The command line of gwsteerd.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/rundir.h"
#include "node.h"
#include "nodeports.h"
#include "options.h"

const char gws_options_help[] =
"Usage: gwsteerd --manifests DIR [OPTION]...\n"
"\n"
"Programs the gwsteer kernel module with the Gateways and routes of a directory\n"
"of manifests, and follows its changes.\n"
"\n"
"  -m, --manifests DIR      the directory\n"
"      --state-dir DIR      NodePorts that were given out, copies of good\n"
"                           manifests (" GWS_STATE_DIR ")\n"
"      --run-dir DIR        lock and status.json for gwctl (" GWS_RUN_DIR ")\n"
"      --address-pool CIDR  addresses that Gateways may have; may be repeated\n"
"      --host-ports LIST    ports of the node's own addresses that Gateways\n"
"                           may use (80,443); \"\" for none\n"
"      --node-address IP    an address of the node for statuses, instead of\n"
"                           those the kernel knows; may be repeated\n"
"      --limit NAME=VALUE   a limit of the module, set whenever it comes; may be\n"
"                           repeated\n"
"      --access-log FILE    a line for each request; \"-\" for stdout\n"
"      --access-log-format FORM\n"
"                           text (default) or json\n"
"      --metrics ADDR:PORT  serve Prometheus there, at /metrics\n"
"      --metrics-detail     with more of each backend\n"
"      --load, --no-load    whether to run modprobe (the default), or to wait for\n"
"                           the module\n"
"      --foreground         accepted; there is no other way to run\n"
"      --log-level LEVEL    error, warning, info (default) or debug\n"
"  -V, --version\n"
"  -h, --help\n";

enum {
	OPT_STATE_DIR = 256, OPT_RUN_DIR, OPT_POOL, OPT_HOST_PORTS, OPT_ADDRESS,
	OPT_LOAD, OPT_NO_LOAD, OPT_FOREGROUND, OPT_LOG_LEVEL, OPT_ACCESS_LOG, OPT_ACCESS_FORMAT,
	OPT_METRICS, OPT_METRICS_DETAIL, OPT_LIMIT,
};

static const struct option long_options[] = {
	{ "manifests", required_argument, NULL, 'm' },
	{ "state-dir", required_argument, NULL, OPT_STATE_DIR },
	{ "run-dir", required_argument, NULL, OPT_RUN_DIR },
	{ "address-pool", required_argument, NULL, OPT_POOL },
	{ "host-ports", required_argument, NULL, OPT_HOST_PORTS },
	{ "node-address", required_argument, NULL, OPT_ADDRESS },
	{ "limit", required_argument, NULL, OPT_LIMIT },
	{ "access-log", required_argument, NULL, OPT_ACCESS_LOG },
	{ "access-log-format", required_argument, NULL, OPT_ACCESS_FORMAT },
	{ "metrics", required_argument, NULL, OPT_METRICS },
	{ "metrics-detail", no_argument, NULL, OPT_METRICS_DETAIL },
	{ "load", no_argument, NULL, OPT_LOAD },
	{ "no-load", no_argument, NULL, OPT_NO_LOAD },
	{ "foreground", no_argument, NULL, OPT_FOREGROUND },
	{ "log-level", required_argument, NULL, OPT_LOG_LEVEL },
	{ "version", no_argument, NULL, 'V' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static int wrong(struct gws_options *options, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static int wrong(struct gws_options *options, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(options->why, sizeof(options->why), format, args);
	va_end(args);
	return -EINVAL;
}

static int add_pool(struct gws_options *options, const char *text)
{
	struct gws_app_options *app = &options->app;
	struct gws_cidr *pool;

	pool = reallocarray(app->pool, app->npool + 1, sizeof(*pool));
	if (!pool)
		return -ENOMEM;
	app->pool = pool;
	if (gws_cidr_parse(text, &pool[app->npool]))
		return wrong(options, "--address-pool %s: not an address or prefix",
			     text);
	app->npool++;
	return 0;
}

static int add_address(struct gws_options *options, const char *text)
{
	struct gws_app_options *app = &options->app;
	struct gws_ip *addrs;

	if (app->naddrs == GWS_NODE_ADDRS_MAX)
		return wrong(options, "--node-address: more than %d",
			     GWS_NODE_ADDRS_MAX);
	addrs = reallocarray(app->addrs, app->naddrs + 1, sizeof(*addrs));
	if (!addrs)
		return -ENOMEM;
	app->addrs = addrs;
	if (gws_ip_parse(text, &addrs[app->naddrs]))
		return wrong(options, "--node-address %s: not an address", text);
	app->naddrs++;
	return 0;
}

/*
 * Ports that would lock the operator out of the node, or take the control
 * plane's; the NodePort range belongs to NodePorts.
 */
static bool port_allowed(unsigned long port)
{
	static const unsigned short never[] = { 22, 2379, 2380, 6443, 10250 };
	size_t i;

	for (i = 0; i < sizeof(never) / sizeof(never[0]); i++) {
		if (port == never[i])
			return false;
	}
	return port && port <= 65535 &&
	       (port < GWS_NODEPORT_MIN || port > GWS_NODEPORT_MAX);
}

static int set_host_ports(struct gws_options *options, const char *text)
{
	struct gws_app_options *app = &options->app;
	unsigned long port;
	uint16_t *ports;
	char *end;

	app->nhost_ports = 0;
	while (*text) {
		port = strtoul(text, &end, 10);
		if (end == text || (*end && *end != ',') || *text == '-')
			return wrong(options, "--host-ports: '%s' is not a list of ports",
				     text);
		if (!port_allowed(port))
			return wrong(options, "--host-ports: %lu is never given to a Gateway",
				     port);
		ports = reallocarray(app->host_ports, app->nhost_ports + 1,
				     sizeof(*ports));
		if (!ports)
			return -ENOMEM;
		app->host_ports = ports;
		ports[app->nhost_ports++] = port;
		text = *end ? end + 1 : end;
	}
	return 0;
}

/* Of one that is said twice the last word counts. */
static int put_limit(struct gws_app_options *app, const char *name,
		     uint64_t value)
{
	struct gws_limit_value *limits;
	size_t i;

	for (i = 0; i < app->nlimits; i++)
		if (app->limits[i].name == name)
			break;
	if (i == app->nlimits) {
		limits = reallocarray(app->limits, i + 1, sizeof(*limits));
		if (!limits)
			return -ENOMEM;
		app->limits = limits;
		app->nlimits++;
	}
	app->limits[i] = (struct gws_limit_value){ name, value };
	return 0;
}

static int add_limit(struct gws_options *options, const char *text)
{
	size_t len = strcspn(text, "=");
	const struct gws_limit *limit;
	uint64_t value;
	int err;

	if (!text[len])
		return wrong(options, "--limit %s: not NAME=VALUE", text);
	limit = gws_limit_find(text, len);
	if (!limit)
		return wrong(options, "--limit %s: no limit of that name; gwctl(8) has them",
			     text);
	err = gws_limit_read(limit, text + len + 1, &value);
	if (err == -ERANGE)
		return wrong(options, "--limit %s: the value must be %llu to %llu",
			     text, (unsigned long long)limit->min,
			     (unsigned long long)limit->max);
	if (err)
		return wrong(options, "--limit %s: the value is not a number",
			     text);
	return put_limit(&options->app, limit->name, value);
}

static int set_format(struct gws_options *options, const char *text)
{
	options->access_log_json = !strcmp(text, "json");
	if (!options->access_log_json && strcmp(text, "text"))
		return wrong(options, "--access-log-format %s: neither text nor json",
			     text);
	return 0;
}

/* "192.0.2.1:9105" or "[2001:db8::1]:9105" */
static int set_metrics(struct gws_options *options, const char *text)
{
	char address[GWS_IP_TEXT] = "", *end = NULL;
	const char *colon = strrchr(text, ':');
	bool six = *text == '[' && colon && colon[-1] == ']';
	unsigned long port = 0;

	if (colon && (size_t)(colon - text) < sizeof(address))
		snprintf(address, sizeof(address), "%.*s",
			 (int)(colon - text) - 2 * six, text + six);
	if (colon && colon[1] >= '0' && colon[1] <= '9')
		port = strtoul(colon + 1, &end, 10);
	if (!end || *end || !port || port > 65535 ||
	    gws_ip_parse(address, &options->metrics_ip) ||
	    six != (options->metrics_ip.len == 16))
		return wrong(options, "--metrics %s: not ADDRESS:PORT, [ADDRESS]:PORT for IPv6",
			     text);
	options->metrics_port = port;
	return 0;
}

static int take(struct gws_options *options, int opt, const char *arg)
{
	switch (opt) {
	case 'm':
		options->app.manifests = arg;
		return 0;
	case OPT_STATE_DIR:
		options->app.state_dir = arg;
		return 0;
	case OPT_RUN_DIR:
		options->app.run_dir = arg;
		return 0;
	case OPT_POOL:
		return add_pool(options, arg);
	case OPT_HOST_PORTS:
		return set_host_ports(options, arg);
	case OPT_ADDRESS:
		return add_address(options, arg);
	case OPT_LIMIT:
		return add_limit(options, arg);
	case OPT_ACCESS_LOG:
		options->access_log = arg;
		return 0;
	case OPT_ACCESS_FORMAT:
		return set_format(options, arg);
	case OPT_METRICS:
		return set_metrics(options, arg);
	case OPT_METRICS_DETAIL:
		options->metrics_detail = true;
		return 0;
	case OPT_LOAD:
	case OPT_NO_LOAD:
		options->load = opt == OPT_LOAD;
		return 0;
	case OPT_FOREGROUND:
		return 0;
	case OPT_LOG_LEVEL:
		if (gws_log_level_parse(arg, &options->log_level))
			return wrong(options, "--log-level %s: not a level",
				     arg);
		return 0;
	case 'V':
		options->action = GWS_ACTION_VERSION;
		return 0;
	case 'h':
		options->action = GWS_ACTION_HELP;
		return 0;
	default:
		return wrong(options, "unknown option, or an argument is missing");
	}
}

int gws_options_parse(struct gws_options *options, int argc, char **argv)
{
	int opt, err;

	memset(options, 0, sizeof(*options));
	options->load = true;
	options->log_level = GWS_LOG_INFO;
	options->app.state_dir = GWS_STATE_DIR;
	options->app.run_dir = GWS_RUN_DIR;
	err = set_host_ports(options, "80,443");
	while (!err && (opt = getopt_long(argc, argv, "m:Vh", long_options,
					  NULL)) >= 0)
		err = take(options, opt, optarg);
	if (err || options->action != GWS_ACTION_RUN)
		return err;
	if (optind < argc)
		return wrong(options, "'%s' is not an option", argv[optind]);
	if (!options->app.manifests)
		return wrong(options, "--manifests is missing");
	return 0;
}

void gws_options_free(struct gws_options *options)
{
	free(options->app.pool);
	free(options->app.addrs);
	free(options->app.host_ports);
	free(options->app.limits);
}
