// SPDX-License-Identifier: MIT
/*
 * Loads the module and explains why that failed. modprobe is run rather than
 * its library, so that what the administrator put into modprobe.d holds; its
 * messages have been the same since module-init-tools and are asked for in the
 * C locale.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#include "modload.h"

#define MODPROBE	"/sbin/modprobe"

/* Without one of these the module cannot be loaded; =m counts as on. */
static const char *const needed_options[] = {
	"CONFIG_MODULES", "CONFIG_INET", "CONFIG_NETFILTER",
	"CONFIG_NETFILTER_ADVANCED", "CONFIG_NF_CONNTRACK", "CONFIG_NF_NAT",
	"CONFIG_IPV6", "CONFIG_SYSFS",
};

static const struct {
	const char *words;
	enum gws_exit reason;
} refusals[] = {
	{ "Required key not available", GWS_EXIT_KEY_REJECTED },
	{ "Key was rejected by service", GWS_EXIT_KEY_REJECTED },
	{ "Key has been revoked", GWS_EXIT_KEY_REJECTED },
	{ "Key has expired", GWS_EXIT_KEY_REJECTED },
	{ "Invalid module format", GWS_EXIT_OTHER_KERNEL },
	{ "Exec format error", GWS_EXIT_OTHER_KERNEL },
	{ "wrong symbol version", GWS_EXIT_OTHER_KERNEL },
	{ "Unknown symbol", GWS_EXIT_OTHER_KERNEL },
	{ "not found", GWS_EXIT_MODULE_MISSING },
	{ "Operation not permitted", GWS_EXIT_NOT_ROOT },
	{ "Permission denied", GWS_EXIT_NOT_ROOT },
};

static void say(struct gws_detail *detail, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void say(struct gws_detail *detail, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(detail->text, sizeof(detail->text), format, args);
	va_end(args);
}

/* Where something of a kernel lies: @head, release, @tail; NULL: @head alone. */
struct place {
	const char *head;
	const char *tail;
};

static void path_of(char path[512], const char *root,
		    const struct place *place, const char *release)
{
	snprintf(path, 512, "%s%s%s%s", root, place->head,
		 place->tail ? release : "", place->tail ? place->tail : "");
}

static bool exists(const char *root, const struct place *place,
		   const char *release)
{
	char path[512];

	path_of(path, root, place, release);
	return !access(path, F_OK);
}

/* zlib reads what is not compressed as it is. */
static gzFile open_config(const char *root, const char *release)
{
	static const struct place places[] = {
		{ "/boot/config-", "" }, { "/proc/config.gz", NULL },
		{ "/lib/modules/", "/config" },
		{ "/lib/modules/", "/build/.config" },
	};
	char path[512];
	gzFile file = NULL;
	size_t i;

	for (i = 0; i < sizeof(places) / sizeof(places[0]) && !file; i++) {
		path_of(path, root, &places[i], release);
		file = gzopen(path, "re");
	}
	return file;
}

/*
 * The first needed option that the kernel's configuration does not set, or
 * NULL when it sets all of them or cannot be read.
 */
static const char *option_off(const char *root, const char *release)
{
	enum { N = sizeof(needed_options) / sizeof(needed_options[0]) };
	bool on[N] = { false };
	gzFile file = open_config(root, release);
	char line[512];
	size_t i, len;

	if (!file)
		return NULL;
	while (gzgets(file, line, sizeof(line))) {
		for (i = 0; i < N; i++) {
			len = strlen(needed_options[i]);
			if (!strncmp(line, needed_options[i], len) &&
			    (!strncmp(line + len, "=y", 2) ||
			     !strncmp(line + len, "=m", 2)))
				on[i] = true;
		}
	}
	gzclose(file);
	for (i = 0; i < N; i++) {
		if (!on[i])
			return needed_options[i];
	}
	return NULL;
}

/* "[none] integrity confidentiality": the mode in brackets is in force. */
static bool lockdown_on(const char *root)
{
	static const struct place place = {
		"/sys/kernel/security/lockdown", NULL
	};
	char path[512], line[128] = "";
	FILE *file;
	bool on;

	path_of(path, root, &place, NULL);
	file = fopen(path, "re");
	if (!file)
		return false;
	on = fgets(line, sizeof(line), file) && !strstr(line, "[none]");
	fclose(file);
	return on;
}

static bool dep_names_module(const char *path)
{
	FILE *file = fopen(path, "re");
	bool found = false;
	char line[4096];
	char *colon;

	if (!file)
		return false;
	while (!found && fgets(line, sizeof(line), file)) {
		colon = strchr(line, ':');
		if (colon)
			*colon = '\0';
		found = strstr(line, "/gwsteer.ko");
	}
	fclose(file);
	return found;
}

/* The name of a kernel that the module is installed for, "" for none. */
static void other_release(const char *root, char *name, size_t size)
{
	char pattern[512];
	const char *start;
	glob_t found;
	size_t i;

	*name = '\0';
	snprintf(pattern, sizeof(pattern), "%s/lib/modules/*/modules.dep",
		 root);
	if (glob(pattern, 0, NULL, &found))
		return;
	for (i = 0; i < found.gl_pathc && !*name; i++) {
		if (!dep_names_module(found.gl_pathv[i]))
			continue;
		start = found.gl_pathv[i] + strlen(root) +
			strlen("/lib/modules/");
		snprintf(name, size, "%.*s", (int)strcspn(start, "/"), start);
	}
	globfree(&found);
}

static enum gws_exit why_missing(const char *root, const char *release,
				 struct gws_detail *detail)
{
	static const struct place dkms = { "/var/lib/dkms/gwsteer", NULL };
	static const struct place headers = { "/lib/modules/", "/build" };
	char other[128];

	if (exists(root, &dkms, NULL) && !exists(root, &headers, release)) {
		say(detail, "kernel %s", release);
		return GWS_EXIT_NO_HEADERS;
	}
	other_release(root, other, sizeof(other));
	if (*other) {
		say(detail, "built for %s, running is %s", other, release);
		return GWS_EXIT_OTHER_KERNEL;
	}
	say(detail, "kernel %s", release);
	return GWS_EXIT_MODULE_MISSING;
}

enum gws_exit gws_module_classify(const char *words, const char *root,
				  const char *release,
				  struct gws_detail *detail)
{
	enum gws_exit reason = GWS_EXIT_SYSTEM;
	const char *option;
	size_t i;

	for (i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		if (!strstr(words, refusals[i].words))
			continue;
		reason = refusals[i].reason;
		break;
	}
	say(detail, "%.*s", (int)strcspn(words, "\n"), words);
	if (reason == GWS_EXIT_NOT_ROOT && lockdown_on(root))
		return GWS_EXIT_KEY_REJECTED;
	if (reason != GWS_EXIT_OTHER_KERNEL &&
	    reason != GWS_EXIT_MODULE_MISSING)
		return reason;
	/* An option that is off explains both, and rebuilding would not help. */
	option = option_off(root, release);
	if (option) {
		say(detail, "%s in kernel %s", option, release);
		return GWS_EXIT_OPTION_OFF;
	}
	if (reason == GWS_EXIT_MODULE_MISSING)
		return why_missing(root, release, detail);
	return reason;
}

/* All that arrives until the writer closes; what does not fit is dropped. */
static void read_all(int fd, char *text, size_t size)
{
	char spill[256];
	size_t used = 0;
	ssize_t n;

	do {
		if (used + 1 < size)
			n = read(fd, text + used, size - 1 - used);
		else
			n = read(fd, spill, sizeof(spill));
		if (n > 0 && used + 1 < size)
			used += n;
	} while (n > 0 || (n < 0 && errno == EINTR));
	text[used] = '\0';
}

static int spawn_modprobe(int err_fd, pid_t *pid)
{
	static char *const argv[] = { MODPROBE, "gwsteer", NULL };
	static char *const env[] = {
		"LC_ALL=C", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL
	};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t none;
	int err;

	sigemptyset(&none);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, err_fd, STDERR_FILENO);
	err = posix_spawn(pid, MODPROBE, &actions, &attr, argv, env);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attr);
	return -err;
}

/* Return: modprobe's exit status, or -errno when it could not be run. */
static int run_modprobe(char *words, size_t size)
{
	int fds[2], status, err;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	err = spawn_modprobe(fds[1], &pid);
	close(fds[1]);
	if (!err)
		read_all(fds[0], words, size);
	close(fds[0]);
	if (err)
		return err;
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : -EINTR;
}

enum gws_exit gws_module_load(struct gws_detail *detail)
{
	struct utsname system;
	char words[1024] = "";
	int status;

	detail->text[0] = '\0';
	if (geteuid()) {
		say(detail, "loading a module needs root");
		return GWS_EXIT_NOT_ROOT;
	}
	status = run_modprobe(words, sizeof(words));
	if (!status)
		return GWS_EXIT_OK;
	if (status < 0) {
		say(detail, "%s: %s", MODPROBE, strerror(-status));
		return GWS_EXIT_SYSTEM;
	}
	uname(&system);
	return gws_module_classify(words, "", system.release, detail);
}
