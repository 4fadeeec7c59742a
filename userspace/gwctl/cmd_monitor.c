// SPDX-License-Identifier: MIT
/*
 * gwctl monitor [ROUTE]: requests as they end, until it is interrupted.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "../lib/log.h"
#include "../lib/record.h"
#include "view.h"

/* How often the module is asked what was lost, in milliseconds. */
#define ASK_AGAIN	1000

struct monitor {
	const struct gws_call *call;
	struct gws_nl_listener *listener;
	struct gws_arena *arena;
	uint64_t lost;
	uint64_t shown;
	bool subscribed;	/* the module has said so */
	bool done;		/* as many as wanted were shown */
};

static bool wanted(const struct monitor *m, const struct gws_msg_record *r)
{
	const struct gws_call *call = m->call;
	const char *route = call->argc ? call->argv[0] : NULL;
	/* Of the Gateway where no route took the request. */
	const char *namespace = r->rule.route ? r->rule.namespace :
						r->namespace;

	if (route && (!r->rule.route || strcmp(r->rule.route, route)))
		return false;
	if (call->namespace &&
	    (!namespace || strcmp(namespace, call->namespace)))
		return false;
	/* "5" for all of them, or a status. */
	return !call->status || call->status == r->status ||
	       (call->status < 10 && call->status == r->status / 100U);
}

static void show(struct monitor *m, const struct gws_msg_record *r)
{
	if (m->done || !wanted(m, r))
		return;
	switch (m->call->output) {
	case GWS_OUTPUT_YAML:
		/* JSON is YAML, but a stream of it needs marks. */
		fputs("--- ", stdout);
		/* fallthrough */
	case GWS_OUTPUT_JSON:
		gws_record_json(stdout, r);
		break;
	default:
		gws_record_text(stdout, r);
	}
	m->done = ++m->shown == m->call->count;
}

static void tell_lost(struct monitor *m, uint64_t lost)
{
	if (lost <= m->lost)
		return;
	/* Where it happened, also when both go to one terminal or file. */
	fflush(stdout);
	gws_warn("%llu records were lost", (unsigned long long)(lost - m->lost));
	m->lost = lost;
}

static int on_message(uint8_t cmd, const struct gws_attrs *attrs, void *data)
{
	struct monitor *m = data;
	struct gws_msg_log log = { 0 };
	size_t i;
	int err;

	if (cmd != GWS_CMD_LOG && cmd != GWS_CMD_SUBSCRIBE_LOG)
		return 0;
	gws_arena_destroy(m->arena);
	m->arena = gws_arena_create();
	if (!m->arena)
		return -ENOMEM;
	err = gws_msg_get_log(attrs, m->arena, &log);
	if (err)
		return err;
	m->subscribed = true;
	tell_lost(m, log.lost);
	for (i = 0; i < log.n_records; i++)
		show(m, &log.records[i]);
	return 0;
}

/* Asks for the records; and again, for what was lost since. */
static int ask(struct monitor *m)
{
	return gws_nl_listener_ask(m->listener, GWS_CMD_SUBSCRIBE_LOG);
}

static int take(struct monitor *m)
{
	int err = gws_nl_listener_read(m->listener, on_message, m);

	if (!err && fflush(stdout))
		err = -EPIPE;
	return err;
}

static int follow(struct monitor *m, int signals)
{
	struct pollfd fds[] = {
		{ .fd = gws_nl_listener_fd(m->listener), .events = POLLIN },
		{ .fd = signals, .events = POLLIN },
	};
	bool stop = false;
	int err = ask(m), n;

	while (!err && !m->done && !stop) {
		n = poll(fds, 2, ASK_AGAIN);
		if (n < 0)
			err = errno == EINTR ? 0 : -errno;
		else if (n && fds[1].revents)
			stop = true;
		else
			err = n ? take(m) : ask(m);
	}
	/* What was on its way, and what had no room up to now. */
	if (!err)
		err = ask(m);
	return err ? err : take(m);
}

static int report(int err)
{
	/* Whoever read our output has seen enough. */
	if (!err || err == -EPIPE)
		return GWS_EXIT_OK;
	if (err == -EBUSY)
		return gws_exit_report(GWS_EXIT_SYSTEM,
				       "the access log has as many readers as it can");
	if (err == -EOPNOTSUPP)
		err = -EBADMSG;
	if (gws_exit_of_errno(err) != GWS_EXIT_SYSTEM)
		return gws_exit_report(gws_exit_of_errno(err), NULL);
	return gws_exit_report(GWS_EXIT_SYSTEM, "asking the module: %s",
			       strerror(-err));
}

/* A name that no route has would be waited for without an end. */
static int find_route(const struct gws_call *call)
{
	struct gws_view view;
	int code;

	if (!call->argc)
		return GWS_EXIT_OK;
	code = gws_view_open(&view, call);
	if (!code)
		code = gws_view_need_kernel(&view);
	if (!code)
		code = gws_view_need_route(&view, call->namespace,
					   call->argv[0]);
	gws_view_close(&view);
	return code;
}

int gws_cmd_monitor(const struct gws_call *call)
{
	struct monitor m = { .call = call };
	sigset_t set;
	int signals, err, code;

	if (call->argc > 1)
		return gws_exit_report(GWS_EXIT_USAGE, "gwctl monitor [ROUTE]");
	code = find_route(call);
	if (code)
		return code;
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	signals = signalfd(-1, &set, SFD_CLOEXEC);
	err = signals < 0 ? -errno : gws_nl_listen(&m.listener);
	if (!err)
		err = follow(&m, signals);
	gws_nl_listener_close(m.listener);
	gws_arena_destroy(m.arena);
	if (signals >= 0)
		close(signals);
	return report(err);
}
