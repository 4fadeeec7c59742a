// SPDX-License-Identifier: MIT
/*
 * Listening sockets by sock_diag(7), their processes from /proc.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>

#include "ports.h"

#define STATE_LISTEN	10	/* TCP_LISTEN of net/tcp_states.h */

struct question {
	struct nlmsghdr head;
	struct inet_diag_req_v2 req;
};

/* What the kernel answers: the socket, or an error. */
struct answer {
	struct nlmsghdr head;
	union {
		struct inet_diag_msg socket;
		struct nlmsgerr error;
	};
	char attributes[512];	/* not asked for, but some come */
};

static int ask(int fd, const struct question *question,
	       struct gws_port_holder *holder)
{
	struct answer answer;
	ssize_t len;

	if (send(fd, question, sizeof(*question), 0) < 0)
		return -errno;
	len = recv(fd, &answer, sizeof(answer), 0);
	if (len < 0)
		return -errno;
	if ((size_t)len >= offsetof(struct answer, attributes) &&
	    answer.head.nlmsg_type == SOCK_DIAG_BY_FAMILY) {
		holder->inode = answer.socket.idiag_inode;
		return 1;
	}
	if ((size_t)len < sizeof(answer.head) + sizeof(answer.error.error) ||
	    answer.head.nlmsg_type != NLMSG_ERROR)
		return -EPROTO;
	return answer.error.error == -ENOENT ? 0 : answer.error.error;
}

int gws_port_holder(const struct gws_ip *addr, uint16_t port,
		    struct gws_port_holder *holder)
{
	struct question question = {
		.head = {
			.nlmsg_len = sizeof(question),
			.nlmsg_type = SOCK_DIAG_BY_FAMILY,
			.nlmsg_flags = NLM_F_REQUEST,
		},
		.req = {
			.sdiag_family = addr->len == 4 ? AF_INET : AF_INET6,
			.sdiag_protocol = IPPROTO_TCP,
			.idiag_states = 1 << STATE_LISTEN,
			.id = {
				.idiag_sport = htons(port),
				.idiag_cookie = { INET_DIAG_NOCOOKIE,
						  INET_DIAG_NOCOOKIE },
			},
		},
	};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	int found;

	memset(holder, 0, sizeof(*holder));
	if (fd < 0)
		return -errno;
	memcpy(question.req.id.idiag_src, addr->b, addr->len);
	found = ask(fd, &question, holder);
	close(fd);
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

void gws_port_name(struct gws_port_holder *holder)
{
	struct dirent *entry;
	char socket[64];
	DIR *proc = opendir("/proc");

	if (!proc)
		return;
	snprintf(socket, sizeof(socket), "socket:[%u]", holder->inode);
	while (!holder->pid && (entry = readdir(proc))) {
		if (strspn(entry->d_name, "0123456789") ==
		    strlen(entry->d_name) && has_socket(entry->d_name, socket))
			name_process(entry->d_name, holder);
	}
	closedir(proc);
}

const char *gws_port_text(const struct gws_port_holder *holder, char text[64])
{
	if (*holder->process)
		snprintf(text, 64, "%s (pid %d)", holder->process,
			 (int)holder->pid);
	else
		strcpy(text, "a process");
	return text;
}
