// SPDX-License-Identifier: MIT
/*
 * gwctl metrics: what the daemon's endpoint gives to Prometheus, once.
 */
#include <errno.h>
#include <string.h>

#include "../lib/metrics.h"
#include "view.h"

int gws_cmd_metrics(const struct gws_call *call)
{
	struct gws_metrics metrics = { .detail = call->detail };
	struct gws_view view;
	int code, err;

	if (call->argc)
		return gws_exit_report(GWS_EXIT_USAGE, "gwctl metrics");
	code = gws_view_open(&view, call);
	if (!code)
		code = gws_view_need_kernel(&view);
	if (!code) {
		gws_metrics_take_status(&metrics.daemon, view.status);
		metrics.info = &view.info;
		metrics.stats = view.stats;
		metrics.n_stats = view.n_stats;
		err = gws_metrics_write(stdout, &metrics);
		if (err)
			code = gws_exit_report(GWS_EXIT_SYSTEM, "%s",
					       strerror(-err));
	}
	gws_view_close(&view);
	return code;
}
