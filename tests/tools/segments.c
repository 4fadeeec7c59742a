// SPDX-License-Identifier: MIT
/* Sends octets each in a segment of its own, and counts the segments. */
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "client.h"
#include "segments.h"

/* Each takes two system calls, and every doubling of cwnd a late ACK. */
enum { OCTETS_MAX = 2000, PATIENCE_MS = 5000 };

unsigned int segments_of(int fd)
{
	struct tcp_info info = { 0 };
	socklen_t len = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len))
		return 0;
	return info.tcpi_data_segs_out - info.tcpi_total_retrans;
}

bool segments_all_sent(int fd)
{
	int unsent = 0;

	return !ioctl(fd, SIOCOUTQNSD, &unsent) && !unsent;
}

/* False when it will not be sent any more. */
static bool wait_sent(int fd)
{
	struct pollfd p = { .fd = fd };

	for (int ms = 0; ms < PATIENCE_MS; ms++) {
		if (segments_all_sent(fd))
			return true;
		if (poll(&p, 1, 1))
			return false;
	}
	return false;
}

static bool send_some(int fd, struct buf *b, size_t n)
{
	ssize_t sent = send(fd, buf_data(b), n, MSG_NOSIGNAL);

	if (sent < 0)
		return false;
	buf_consume(b, sent);
	return true;
}

void segments_send(int fd, struct buf *b, struct segments *s)
{
	unsigned int before;

	while (b->len > OCTETS_MAX)
		if (!send_some(fd, b, b->len - OCTETS_MAX))
			return;
	if (!wait_sent(fd))
		return;
	before = segments_of(fd);
	while (b->len && send_some(fd, b, 1)) {
		if (!opt.together && !wait_sent(fd))
			break;
		s->octets++;
	}
	wait_sent(fd);
	s->count = segments_of(fd) - before;
}

bool segments_suffice(const struct segments *s)
{
	return s->count * 100 >= s->octets * 95;
}
