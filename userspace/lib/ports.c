// SPDX-License-Identifier: MIT
/*
 * Listening sockets and their processes, from /proc: asked for a few ports by
 * people, never on a path that has to be quick. The module's own listeners are
 * not in the kernel's hash of listeners, so they are not found here.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ip.h"
#include "ports.h"

#define STATE_LISTEN	0x0a	/* TCP_LISTEN */

/* The file has words of 32 bits in the machine's byte order. */
static void address_of(const char *hex, struct gws_ip *ip)
{
	uint32_t word;
	char part[9] = "";
	int i, words = strlen(hex) / 8;

	memset(ip, 0, sizeof(*ip));
	ip->len = words == 1 ? 4 : 16;
	for (i = 0; i < words && i < 4; i++) {
		memcpy(part, hex + 8 * i, 8);
		word = strtoul(part, NULL, 16);
		memcpy(ip->b + 4 * i, &word, 4);
	}
}

/* Return: whether the line is a listener on @port. */
static bool parse_line(const char *line, uint16_t port,
		       struct gws_port_holder *holder, unsigned long *inode)
{
	unsigned int local, state;
	char hex[40];
	struct gws_ip ip;

	if (sscanf(line, " %*d: %39[0-9A-F]:%x %*[0-9A-F]:%*x %x %*s %*s %*s %*s %*s %lu",
		   hex, &local, &state, inode) != 4)
		return false;
	if (state != STATE_LISTEN || local != port)
		return false;
	address_of(hex, &ip);
	gws_ip_text(&ip, holder->address);
	return true;
}

static int find_socket(const char *path, uint16_t port,
		       struct gws_port_holder *holder, unsigned long *inode)
{
	FILE *file = fopen(path, "re");
	char line[512];
	int found = 0;

	if (!file)
		return errno == ENOENT ? 0 : -errno;
	while (!found && fgets(line, sizeof(line), file))
		found = parse_line(line, port, holder, inode);
	fclose(file);
	return found;
}

static bool has_socket(const char *pid, const char *socket)
{
	char path[64 + 256], target[64];
	struct dirent *entry;
	bool found = false;
	ssize_t len;
	DIR *fds;

	snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	fds = opendir(path);
	if (!fds)
		return false;
	while (!found && (entry = readdir(fds))) {
		len = readlinkat(dirfd(fds), entry->d_name, target,
				 sizeof(target) - 1);
		if (len < 0)
			continue;
		target[len] = '\0';
		found = !strcmp(target, socket);
	}
	closedir(fds);
	return found;
}

static void name_process(const char *pid, struct gws_port_holder *holder)
{
	char path[64 + 256];
	FILE *file;

	holder->pid = strtol(pid, NULL, 10);
	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	file = fopen(path, "re");
	if (!file)
		return;
	if (fgets(holder->process, sizeof(holder->process), file))
		holder->process[strcspn(holder->process, "\n")] = '\0';
	fclose(file);
}

/* Processes of others stay unknown without the right to look into them. */
static void find_process(unsigned long inode, struct gws_port_holder *holder)
{
	struct dirent *entry;
	char socket[64];
	DIR *proc = opendir("/proc");

	if (!proc)
		return;
	snprintf(socket, sizeof(socket), "socket:[%lu]", inode);
	while (!holder->pid && (entry = readdir(proc))) {
		if (strspn(entry->d_name, "0123456789") ==
		    strlen(entry->d_name) && has_socket(entry->d_name, socket))
			name_process(entry->d_name, holder);
	}
	closedir(proc);
}

int gws_port_holder(uint16_t port, struct gws_port_holder *holder)
{
	unsigned long inode = 0;
	int found;

	memset(holder, 0, sizeof(*holder));
	found = find_socket("/proc/net/tcp", port, holder, &inode);
	if (!found)
		found = find_socket("/proc/net/tcp6", port, holder, &inode);
	if (found > 0)
		find_process(inode, holder);
	return found;
}
