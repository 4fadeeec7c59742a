/* SPDX-License-Identifier: MIT */
/*
 * What main.c and the commands know of each other.
 */
#ifndef GWS_CMD_H
#define GWS_CMD_H

#include <getopt.h>
#include <stdbool.h>

#include "../lib/exitcode.h"
#include "../lib/print.h"

/* Options, of which each command takes its own, and what is left of its arguments. */
struct gws_call {
	const char *name;
	enum gws_output output;
	const char *namespace;	/* NULL: all */
	const char *run_dir;
	bool titles;
	unsigned int wait;	/* status: seconds */
	unsigned int status;	/* monitor: 100 to 599, 1 to 5 for a class, 0: any */
	unsigned int count;	/* monitor: records; top, get -w: looks; 0: no end */
	unsigned int interval;	/* top, get -w, --rate: seconds */
	bool detail;		/* metrics: more of each backend */
	bool rate;		/* stats, status: what happens now */
	bool watch;		/* get: again and again */
	const char *method;	/* route test: NULL: GET */
	const char *headers[16];	/* route test: "Name: value" */
	int nheaders;
	const char *to;		/* route test: ADDRESS:PORT, or NULL */
	const char *pool[16];	/* check: --address-pool */
	int npool;
	const char *addrs[16];	/* check: --node-address */
	int naddrs;
	const char *host_ports;	/* check: --host-ports, NULL: the default */
	bool strict;		/* check: warnings count */
	const char *state_dir;	/* check: --state-dir, NULL: none */
	int argc;
	char **argv;
};

struct gws_command {
	const char *name;
	const char *args;
	const char *summary;
	const char *options;	/* long names of those that it acts on */
	/* Return: a process's exit code (enum gws_exit). */
	int (*run)(const struct gws_call *call);
};

/* All commands, the last one without a name. */
extern const struct gws_command gws_commands[];

/* Options of all commands, the last one without a name. */
extern const struct option gws_command_options[];

/* cmd_*.c */
int gws_cmd_status(const struct gws_call *call);
int gws_cmd_get(const struct gws_call *call);
int gws_cmd_describe(const struct gws_call *call);
int gws_cmd_stats(const struct gws_call *call);
int gws_cmd_top(const struct gws_call *call);
int gws_cmd_monitor(const struct gws_call *call);
int gws_cmd_route(const struct gws_call *call);
int gws_cmd_check(const struct gws_call *call);
int gws_cmd_metrics(const struct gws_call *call);
int gws_cmd_set(const struct gws_call *call);
int gws_cmd_version(const struct gws_call *call);
int gws_cmd_completion(const struct gws_call *call);

#endif /* GWS_CMD_H */
