// SPDX-License-Identifier: MIT
/*
 * PID 1 of a test VM.  Starts as /init of a small initramfs, loads the modules
 * packed with it, makes the root (a read-only image on /dev/vda under a tmpfs
 * overlay), moves into it, runs one job as root and powers off.
 *
 * Shares by 9p tag: src and build (read-only), out (written by us: "status"
 * holds the job's exit status), kernel (modules of a kernel that is not in the
 * root tree, with gws.debug on the kernel's command line).  The kernel's log
 * goes to ttyS0; the job's output goes through a pipe to ttyS1, so that the job
 * sees no terminal, unless gws.shell is on the kernel's command line.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define OUTPUT_TTY "/dev/ttyS1"
#define JOB "/gws/out/job"
#define STATUS "/gws/out/status"


static void say(const char *fmt, ...)
{
	char line[256];
	va_list args;
	int fd, len;

	va_start(args, fmt);
	len = snprintf(line, sizeof(line), "gws-init: ");
	vsnprintf(line + len, sizeof(line) - len, fmt, args);
	va_end(args);
	fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		fd = dup(2);
	dprintf(fd, "%s\n", line);
	close(fd);
}

/* QEMU ends instead of booting again, and that needs no ACPI in the kernel. */
static void power_off(void)
{
	sync();
	reboot(RB_AUTOBOOT);
	for (;;)
		pause();
}

static void fail(const char *what)
{
	say("%s: %s", what, strerror(errno));
	power_off();
}

static void mount_or_fail(const char *dev, const char *dir, const char *type,
			  unsigned long flags, const char *opts)
{
	mkdir(dir, 0755);
	if (mount(dev, dir, type, flags, opts))
		fail(dir);
}

/* A kernel may lack what only some tests use. */
static void mount_if_there(const char *dev, const char *dir, const char *type)
{
	mkdir(dir, 0755);
	if (mount(dev, dir, type, 0, NULL))
		say("no %s: %s", type, strerror(errno));
}

static bool on_command_line(const char *word)
{
	char line[4096] = "";
	FILE *f = fopen("/proc/cmdline", "re");
	bool found;

	if (!f)
		return false;
	found = fgets(line, sizeof(line), f) && strstr(line, word);
	fclose(f);
	return found;
}

/* /modules lists the files in the order of their dependencies. */
static void load_modules(void)
{
	char path[256];
	FILE *list = fopen("/modules", "re");
	int fd;

	if (!list)
		return;
	while (fscanf(list, "%255s", path) == 1) {
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || syscall(SYS_finit_module, fd, "", 0))
			fail(path);
		close(fd);
	}
	fclose(list);
}

/*
 * Each request allocates two buffers of msize; with allocations checked by a
 * debug kernel large ones cost more than they save.
 */
static void mount_share(const char *tag, const char *dir, unsigned long flags,
			const char *cache)
{
	char opts[128];

	snprintf(opts, sizeof(opts),
		 "trans=virtio,version=9p2000.L,msize=%d,cache=%s",
		 on_command_line("gws.debug") ? 16384 : 131072, cache);
	mount_or_fail(tag, dir, "9p", flags, opts);
}

static void make_root(void)
{
	mount_or_fail("/dev/vda", "/lower", "erofs", MS_RDONLY, NULL);
	mount_or_fail("tmpfs", "/rw", "tmpfs", 0, "size=90%");
	mkdir("/rw/upper", 0755);
	mkdir("/rw/work", 0755);
	mount_or_fail("overlay", "/root", "overlay", 0,
		      "lowerdir=/lower,upperdir=/rw/upper,workdir=/rw/work");
	mount_share("src", "/root/gws/src", MS_RDONLY, "loose");
	mount_share("build", "/root/gws/build", MS_RDONLY, "loose");
	mount_share("out", "/root/gws/out", 0, "none");
}

static void enter_root(void)
{
	if (mount("/dev", "/root/dev", NULL, MS_MOVE, NULL) ||
	    mount("/proc", "/root/proc", NULL, MS_MOVE, NULL) ||
	    chdir("/root") || mount(".", "/", NULL, MS_MOVE, NULL) ||
	    chroot(".") || chdir("/"))
		fail("entering the root tree");
}

static void mount_rest(void)
{
	mount_or_fail("sysfs", "/sys", "sysfs", 0, NULL);
	mount_or_fail("tmpfs", "/run", "tmpfs", 0, "mode=755");
	mount_or_fail("tmpfs", "/tmp", "tmpfs", 0, "mode=1777");
	mount_or_fail("tmpfs", "/dev/shm", "tmpfs", 0, "mode=1777");
	mount_if_there("devpts", "/dev/pts", "devpts");
	mount_if_there("cgroup2", "/sys/fs/cgroup", "cgroup2");
	mount_if_there("debugfs", "/sys/kernel/debug", "debugfs");
	mount_if_there("tracefs", "/sys/kernel/tracing", "tracefs");
	symlink("/proc/self/fd", "/dev/fd");
	symlink("/proc/self/fd/0", "/dev/stdin");
	symlink("/proc/self/fd/1", "/dev/stdout");
	symlink("/proc/self/fd/2", "/dev/stderr");
}

static void mount_kernel_modules(void)
{
	if (!on_command_line("gws.debug"))
		return;
	mount_share("kernel", "/gws/kernel", MS_RDONLY, "loose");
	if (mount("/gws/kernel/lib/modules", "/lib/modules", NULL, MS_BIND,
		  NULL))
		fail("/lib/modules");
}

static void loopback_up(void)
{
	struct ifreq ifr = { .ifr_name = "lo" };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, &ifr))
		fail("lo");
	ifr.ifr_flags |= IFF_UP;
	if (ioctl(fd, SIOCSIFFLAGS, &ifr))
		fail("lo");
	close(fd);
}

static void environment(void)
{
	clearenv();
	setenv("PATH", "/gws/build:/usr/sbin:/usr/bin:/sbin:/bin", 1);
	setenv("HOME", "/root", 1);
	setenv("LC_ALL", "C.UTF-8", 1);
	setenv("TERM", "xterm", 1);
}

/* Runs the job with output on @out; the terminal is its own if @shell. */
static pid_t start_job(int out, bool shell)
{
	pid_t pid = fork();
	int null;

	if (pid)
		return pid;
	setsid();
	if (shell) {
		ioctl(out, TIOCSCTTY, 0);
		dup2(out, 0);
	} else {
		null = open("/dev/null", O_RDONLY);
		dup2(null, 0);
	}
	dup2(out, 1);
	dup2(out, 2);
	environment();
	execl("/bin/bash", "bash", JOB, NULL);
	_exit(127);
}

static void make_raw(int tty)
{
	struct termios t;

	if (tcgetattr(tty, &t))
		return;
	cfmakeraw(&t);
	tcsetattr(tty, TCSANOW, &t);
}

static void copy_once(int from, int to)
{
	char buf[4096];
	ssize_t n = read(from, buf, sizeof(buf)), done = 0, w;

	while (done < n) {
		w = write(to, buf + done, n - done);
		if (w < 0 && errno != EINTR)
			return;
		done += w > 0 ? w : 0;
	}
}

/* Reaps whatever ended; true when @job was among it. */
static bool reap(pid_t job, int *status)
{
	bool ended = false;
	pid_t pid;
	int s;

	while ((pid = waitpid(-1, &s, WNOHANG)) > 0) {
		if (pid != job)
			continue;
		*status = WIFEXITED(s) ? WEXITSTATUS(s) : 128 + WTERMSIG(s);
		ended = true;
	}
	return ended;
}

static void on_child(int sig)
{
	(void)sig;
}

/*
 * Copies the job's output until the job ends.  What it left running may hold
 * the pipe open, so the end of the job counts, not the end of the file.
 */
static int supervise(pid_t job, int from, int to)
{
	struct pollfd pfd = { .fd = from, .events = POLLIN };
	bool ended = false;
	int status = 127;

	for (;;) {
		int n = poll(&pfd, 1, ended ? 0 : 100);

		if (n > 0)
			copy_once(from, to);
		if (ended && n <= 0)
			return status;
		if (!ended)
			ended = reap(job, &status);
	}
}

static void write_status(int status)
{
	FILE *f = fopen(STATUS, "we");

	if (!f || fprintf(f, "%d\n", status) < 0 || fclose(f))
		say("%s: %s", STATUS, strerror(errno));
}

static int run_job(void)
{
	bool shell = on_command_line("gws.shell");
	int tty, fds[2], status;

	signal(SIGCHLD, on_child);
	tty = open(OUTPUT_TTY, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (tty < 0)
		fail(OUTPUT_TTY);
	if (pipe2(fds, O_CLOEXEC))
		fail("pipe");
	if (!shell)
		make_raw(tty);
	status = supervise(start_job(shell ? tty : fds[1], shell), fds[0], tty);
	/* What was written last is still on its way. */
	tcdrain(tty);
	return status;
}

int main(void)
{
	mkdir("/dev", 0755);
	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	mount_or_fail("proc", "/proc", "proc", 0, NULL);
	load_modules();
	make_root();
	enter_root();
	mount_rest();
	mount_kernel_modules();
	loopback_up();
	sethostname("gwsteer-vm", 10);
	write_status(run_job());
	power_off();
}
