// SPDX-License-Identifier: GPL-2.0-only
/*
 * TIME_WAIT against a SYN (RFC 9293 3.6.1, RFC 6191, RFC 1337): what
 * tcp_timewait_state_process() does for a listener that it can find. A SYN that
 * fails these tests is left to TCP, which answers with an ACK, or not at all if
 * its checksum is wrong.
 *
 * The new connection's sequence numbers need no help from the old one's: TCP
 * draws them from a clock, so that they are ahead of those.
 */
#include <linux/netfilter.h>
#include <net/inet_timewait_sock.h>
#include <net/tcp.h>
#include "netns.h"
#include "packet.h"
#include "timewait.h"

/* The option's value; false when there is none, or options make no sense. */
static bool read_timestamp(const struct gws_packet *p, u32 *value)
{
	unsigned int len = __tcp_hdrlen(p->th) - sizeof(*p->th), i, size;
	u8 buf[MAX_TCP_OPTION_SPACE];
	const u8 *opt;
	__be32 be;

	opt = skb_header_pointer(p->skb, p->offset + sizeof(*p->th), len, buf);
	for (i = 0; opt && i < len && opt[i] != TCPOPT_EOL; i += size) {
		size = 1;
		if (opt[i] == TCPOPT_NOP)
			continue;
		if (i + 1 >= len)
			return false;
		size = opt[i + 1];
		if (size < 2 || size > len - i)
			return false;
		if (opt[i] == TCPOPT_TIMESTAMP && size == TCPOLEN_TIMESTAMP) {
			memcpy(&be, &opt[i + 2], sizeof(be));
			*value = ntohl(be);
			return true;
		}
	}
	return false;
}

/* Beyond everything that the old connection has received? */
static bool is_newer(const struct gws_packet *p,
		     const struct tcp_timewait_sock *tw)
{
	struct tcp_options_received opt = {
		.ts_recent = READ_ONCE(tw->tw_ts_recent),
		.ts_recent_stamp = READ_ONCE(tw->tw_ts_recent_stamp),
	};

	if (opt.ts_recent_stamp &&
	    READ_ONCE(p->gn->net->ipv4.sysctl_tcp_timestamps) &&
	    read_timestamp(p, &opt.rcv_tsval)) {
		if (tcp_paws_reject(&opt, 0))
			return false;
		if ((s32)(opt.ts_recent - opt.rcv_tsval) < 0)
			return true;
	}
	return after(ntohl(p->th->seq), READ_ONCE(tw->tw_rcv_nxt));
}

static bool is_replaced(const struct gws_packet *p, const struct sock *sk)
{
	if (sk->sk_state != TCP_TIME_WAIT ||
	    inet_twsk(sk)->tw_substate != TCP_TIME_WAIT)
		return false;
	if (__tcp_hdrlen(p->th) < sizeof(*p->th) || !is_newer(p, tcp_twsk(sk)))
		return false;
	return !nf_checksum(p->skb, p->state->hook, p->offset, IPPROTO_TCP,
			    p->to.family);
}

bool gws_timewait_replace(const struct gws_packet *p, struct sock *sk)
{
	if (!is_replaced(p, sk)) {
		sock_gen_put(sk);
		return false;
	}
	/* A packet may also come from process context, by a tunnel device. */
	local_bh_disable();
	inet_twsk_deschedule_put(inet_twsk(sk));
	local_bh_enable();
	return true;
}
