// SPDX-License-Identifier: MIT
/*
 * gwsteerd: brings the kernel to what a directory of manifests says.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../lib/client.h"
#include "../lib/exitcode.h"
#include "../lib/modload.h"
#include "../lib/privilege.h"
#include "../lib/rundir.h"
#include "access_log.h"
#include "app.h"
#include "metrics_server.h"
#include "notify.h"
#include "options.h"

struct daemon {
	struct gws_loop *loop;
	struct gws_app *app;
	struct gws_access_log *access_log;
	struct gws_metrics_server *metrics;
};

static void on_signal(int signal, void *data)
{
	struct daemon *daemon = data;

	if (signal == SIGUSR1) {
		if (daemon->access_log)
			gws_access_log_reopen(daemon->access_log);
		return;
	}
	if (signal != SIGHUP) {
		gws_loop_stop(daemon->loop);
		return;
	}
	gws_info("SIGHUP: reading all manifests again");
	gws_app_rescan(daemon->app);
}

/* Whether we can talk to the module that is loaded. */
static int check_module(struct gws_nl *nl)
{
	struct gws_arena *arena = gws_arena_create();
	struct gws_msg_info info;
	int err = arena ? gws_client_info(nl, arena, &info) : -ENOMEM;
	int code;

	if (err)
		code = gws_exit_report(gws_exit_of_errno(err), "%s",
				       strerror(-err));
	else if (info.abi != GWS_ABI)
		code = gws_exit_report(GWS_EXIT_VERSIONS_DIFFER,
				       "module %s speaks ABI %u, gwsteerd %s speaks ABI %u",
				       info.version, info.abi, GWS_VERSION,
				       GWS_ABI);
	else
		code = GWS_EXIT_OK;
	gws_arena_destroy(arena);
	return code;
}

static int load_module(void)
{
	struct gws_detail detail;
	enum gws_exit code = gws_module_load(&detail);

	if (code == GWS_EXIT_OK)
		return code;
	return gws_exit_report(code, "%s", detail.text);
}

/*
 * Once the daemon runs, a module that is missing is waited for. At the start
 * somebody looks at the terminal, so there it is an error.
 */
static int ensure_module(bool load)
{
	struct gws_nl *nl;
	int err = gws_nl_open(&nl), code;

	if (err == -ENOENT && !load)
		return GWS_EXIT_OK;
	if (err == -ENOENT) {
		code = load_module();
		if (code)
			return code;
		err = gws_nl_open(&nl);
	}
	if (err)
		return gws_exit_report(gws_exit_of_errno(err), "%s",
				       strerror(-err));
	code = check_module(nl);
	gws_nl_close(nl);
	return code;
}

static int make_dirs(const struct gws_app_options *options)
{
	const char *const dirs[] = { options->run_dir, options->state_dir };
	size_t i;
	int err;

	for (i = 0; i < 2; i++) {
		err = gws_dir_make(dirs[i]);
		if (err)
			return gws_exit_report(err == -EACCES || err == -EPERM ?
					       GWS_EXIT_NOT_ROOT :
					       GWS_EXIT_SYSTEM, "%s: %s",
					       dirs[i], strerror(-err));
	}
	return GWS_EXIT_OK;
}

static int take_lock(const char *run_dir)
{
	pid_t holder;
	int fd = gws_lock_take(run_dir, &holder);

	if (fd >= 0)
		return GWS_EXIT_OK;	/* kept until the process ends */
	if (fd == -EBUSY)
		return gws_exit_report(GWS_EXIT_SECOND_DAEMON,
				       "process %d holds %s/gwsteerd.lock",
				       (int)holder, run_dir);
	return gws_exit_report(GWS_EXIT_SYSTEM, "%s/gwsteerd.lock: %s",
			       run_dir, strerror(-fd));
}

/* What looks on. After the loop is made, which blocks signals for all threads. */
static int start_observers(struct daemon *daemon,
			   const struct gws_options *options)
{
	int err = 0;

	if (options->access_log) {
		err = gws_access_log_start(&daemon->access_log,
					   options->access_log,
					   options->access_log_json);
		if (err)
			return gws_exit_report(GWS_EXIT_SYSTEM,
					       "--access-log %s: %s",
					       options->access_log,
					       strerror(-err));
	}
	if (options->metrics_port)
		err = gws_metrics_server_start(&daemon->metrics,
					       &options->metrics_ip,
					       options->metrics_port,
					       options->app.run_dir,
					       options->metrics_detail);
	return err ? gws_exit_report(GWS_EXIT_SYSTEM, "--metrics: %s",
				     strerror(-err)) : GWS_EXIT_OK;
}

static int start_app(struct daemon *daemon,
		     const struct gws_app_options *options)
{
	int err = gws_app_create(&daemon->app, options, daemon->loop);

	if (err == -ENOENT || err == -ENOTDIR)
		return gws_exit_report(GWS_EXIT_USAGE, "--manifests %s: %s",
				       options->manifests, strerror(-err));
	if (err)
		return gws_exit_report(GWS_EXIT_SYSTEM, "%s: %s",
				       options->manifests, strerror(-err));
	return GWS_EXIT_OK;
}

static int serve(const struct gws_options *options)
{
	struct daemon daemon = { 0 };
	int err, code;

	err = gws_loop_create(&daemon.loop, on_signal, &daemon);
	if (err)
		return gws_exit_report(GWS_EXIT_SYSTEM, "event loop: %s",
				       strerror(-err));
	code = start_observers(&daemon, options);
	if (!code)
		code = start_app(&daemon, &options->app);
	if (!code) {
		err = gws_loop_run(daemon.loop);
		if (err)
			code = gws_exit_report(GWS_EXIT_SYSTEM, "epoll: %s",
					       strerror(-err));
		gws_notify("STOPPING=1");
		gws_info("ending; the kernel keeps serving what it has");
	}
	gws_metrics_server_stop(daemon.metrics);
	gws_access_log_stop(daemon.access_log);
	gws_app_destroy(daemon.app);
	gws_loop_destroy(daemon.loop);
	return code;
}

static int run(const struct gws_options *options)
{
	int code;

	if (!gws_may_administer())
		return gws_exit_report(GWS_EXIT_NOT_ROOT, NULL);
	code = make_dirs(&options->app);
	if (!code)
		code = take_lock(options->app.run_dir);
	if (!code)
		code = ensure_module(options->load);
	if (!code)
		code = serve(options);
	return code;
}

int main(int argc, char **argv)
{
	struct gws_options options;
	int err, code;

	gws_log_init("gwsteerd", GWS_LOG_INFO);
	err = gws_options_parse(&options, argc, argv);
	gws_log_init("gwsteerd", options.log_level);
	if (err) {
		code = gws_exit_report(GWS_EXIT_USAGE, "%s",
				       err == -ENOMEM ? "out of memory" :
				       options.why);
	} else if (options.action == GWS_ACTION_HELP) {
		fputs(gws_options_help, stdout);
		code = GWS_EXIT_OK;
	} else if (options.action == GWS_ACTION_VERSION) {
		printf("gwsteerd %s (ABI %d)\n", GWS_VERSION, GWS_ABI);
		code = GWS_EXIT_OK;
	} else {
		code = run(&options);
	}
	gws_options_free(&options);
	return code;
}
