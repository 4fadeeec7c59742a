/* SPDX-License-Identifier: MIT */
#ifndef GWS_OPTIONS_H
#define GWS_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "../lib/log.h"
#include "app.h"

enum gws_action { GWS_ACTION_RUN, GWS_ACTION_HELP, GWS_ACTION_VERSION };

struct gws_options {
	enum gws_action action;
	struct gws_app_options app;
	enum gws_log_level log_level;
	const char *access_log;	/* a file, "-" for stdout, NULL: none */
	bool access_log_json;
	struct gws_ip metrics_ip;	/* len 0: no metrics */
	uint16_t metrics_port;
	bool metrics_detail;
	bool load;	/* modprobe the module when it is not there */
	char why[256];	/* what is wrong with the command line */
};

/*
 * gws_options_parse - read the command line. Strings point into @argv.
 * 0; -EINVAL with the cause in @why; -ENOMEM. gws_options_free() in any case.
 */
int gws_options_parse(struct gws_options *options, int argc, char **argv);
void gws_options_free(struct gws_options *options);

/* The text of --help. */
extern const char gws_options_help[];

#endif /* GWS_OPTIONS_H */
