// SPDX-License-Identifier: MIT
/*
 * The errors that a user meets: one table of codes, texts and remedies for
 * both programs.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "exitcode.h"
#include "log.h"

static const struct gws_exit_row rows[GWS_EXIT_COUNT] = {
	[GWS_EXIT_OK] = {
		"ok", "all is as wanted", "-", "-",
	},
	[GWS_EXIT_USAGE] = {
		"usage",
		"wrong use of the command",
		"an option, a command or an argument is unknown or missing",
		"run it with --help, or read its man page",
	},
	[GWS_EXIT_UNHEALTHY] = {
		"unhealthy",
		"not everything is as wanted",
		"a Gateway or a route is not programmed, or the kernel is behind the manifests",
		"read the lines above, then: gwctl describe KIND NAME",
	},
	[GWS_EXIT_NOT_LOADED] = {
		"not-loaded",
		"the kernel module gwsteer is not loaded",
		"nobody loaded it since the machine booted, or it was unloaded",
		"modprobe gwsteer; if there is none, in the source tree: make dkms-install",
	},
	[GWS_EXIT_NOT_ROOT] = {
		"not-root",
		"not enough privilege",
		"the module answers only to CAP_NET_ADMIN in the initial user namespace",
		"run it as root, or with sudo",
	},
	[GWS_EXIT_MODULE_MISSING] = {
		"module-missing",
		"the kernel module gwsteer is not installed",
		"no module of that name is under /lib/modules for the running kernel",
		"in the source tree: make dkms-install",
	},
	[GWS_EXIT_OTHER_KERNEL] = {
		"other-kernel",
		"the kernel module gwsteer was built for another kernel",
		"the kernel was changed since the module was built",
		"dkms autoinstall, or boot the kernel that the module was built for",
	},
	[GWS_EXIT_KEY_REJECTED] = {
		"key-rejected",
		"the kernel refuses the module's signature",
		"Secure Boot or lockdown is on and the key that signed the module is not enrolled",
		"mokutil --import /var/lib/dkms/mok.pub, reboot and enrol the key",
	},
	[GWS_EXIT_NO_HEADERS] = {
		"no-headers",
		"the module cannot be built: the headers of the running kernel are missing",
		"/lib/modules/RELEASE/build does not exist",
		"apt install linux-headers-$(uname -r), then: dkms autoinstall",
	},
	[GWS_EXIT_VERSIONS_DIFFER] = {
		"versions-differ",
		"the module and this program are of different versions",
		"one of the two was upgraded without the other",
		"install both from one release, then: rmmod gwsteer; modprobe gwsteer",
	},
	[GWS_EXIT_SECOND_DAEMON] = {
		"second-daemon",
		"another gwsteerd is running",
		"only one daemon may write the kernel's tables",
		"stop the other one, or give this one a --run-dir and a network namespace of its own",
	},
	[GWS_EXIT_NO_DAEMON] = {
		"no-daemon",
		"gwsteerd is not running",
		"it was not started, or it ended; the kernel serves what it was given last",
		"systemctl start gwsteerd; see also: journalctl -u gwsteerd",
	},
	[GWS_EXIT_OPTION_OFF] = {
		"option-off",
		"the running kernel lacks an option that the module needs",
		"the kernel was built without it",
		"boot a kernel that has it; those of Debian do",
	},
	[GWS_EXIT_BAD_YAML] = {
		"bad-yaml",
		"a manifest is not valid YAML",
		"the text breaks off or is indented wrongly at the place that is named",
		"correct the file; its last good content is kept meanwhile",
	},
	[GWS_EXIT_UNKNOWN_FIELD] = {
		"unknown-field",
		"a manifest has a field that its kind does not have",
		"the field is misspelt, stands at the wrong level or belongs to a newer release of the API",
		"correct the field that is named; the object's last good state is kept meanwhile",
	},
	[GWS_EXIT_NO_ENDPOINTS] = {
		"no-endpoints",
		"a Service that a route sends requests to has no ready endpoint",
		"its EndpointSlices are missing, empty or not ready; requests get 503",
		"add an EndpointSlice with the label kubernetes.io/service-name of that Service",
	},
	[GWS_EXIT_PORT_TAKEN] = {
		"port-taken",
		"a port of the Gateway is taken on this node",
		"a process listens on it, and a listening process keeps its port",
		"stop that process, or use the Gateway's NodePort",
	},
	[GWS_EXIT_BAD_OBJECT] = {
		"bad-object",
		"a manifest is wrong",
		"a field has a value that its kind does not allow, or a needed one is missing",
		"correct the field that is named",
	},
	[GWS_EXIT_NOT_FOUND] = {
		"not-found",
		"there is no such object",
		"neither the daemon nor the kernel knows it",
		"gwctl get KIND shows those that there are",
	},
	[GWS_EXIT_SYSTEM] = {
		"system",
		"the system refused something",
		"see the text that follows it",
		"see the text that follows it",
	},
};

const struct gws_exit_row *gws_exit_row(enum gws_exit code)
{
	return &rows[code];
}

int gws_exit_report(enum gws_exit code, const char *detail, ...)
{
	const struct gws_exit_row *row = gws_exit_row(code);
	char particular[1024] = "";
	va_list args;

	if (detail) {
		va_start(args, detail);
		vsnprintf(particular, sizeof(particular), detail, args);
		va_end(args);
	}
	gws_error("%s%s%s", row->text, *particular ? ": " : "", particular);
	if (code == GWS_EXIT_SYSTEM)
		return code;
	gws_hint("cause", row->cause);
	gws_hint("remedy", row->remedy);
	return code;
}

enum gws_exit gws_exit_of_errno(int err)
{
	switch (err) {
	case 0:
		return GWS_EXIT_OK;
	case -ENOENT:
	case -EPROTONOSUPPORT:
		return GWS_EXIT_NOT_LOADED;
	case -EPERM:
	case -EACCES:
		return GWS_EXIT_NOT_ROOT;
	case -EBADMSG:
		return GWS_EXIT_VERSIONS_DIFFER;
	default:
		return GWS_EXIT_SYSTEM;
	}
}
