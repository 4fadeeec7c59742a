# SPDX-License-Identifier: MIT
"""What scripts that speak HTTP in octets share."""
import fcntl
import select
import socket
import struct
import time

SIOCOUTQNSD = 0x894B
# Each doubling of cwnd waits for a late ACK.
OCTETS_MAX = 2000
PATIENCE = 5


def read_head(sock, data=b""):
    """A head without its last lines' ends, and what came behind it; at an end in
    the middle of it None, and what there was."""
    while b"\r\n\r\n" not in data:
        got = sock.recv(65536)
        if not got:
            return None, data
        data += got
    head, _, rest = data.partition(b"\r\n\r\n")
    return head, rest


def data_segments(sock):
    """Sent so far; those that were sent again are not counted again."""
    info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 160)
    return (struct.unpack_from("=I", info, 156)[0] -
            struct.unpack_from("=I", info, 100)[0])


def wait_sent(sock):
    """What has to wait, for cwnd say, TCP puts into one segment with what comes
    next. False when it will not be sent any more."""
    until, gone = time.monotonic() + PATIENCE, select.poll()
    gone.register(sock, 0)
    while fcntl.ioctl(sock, SIOCOUTQNSD, bytes(4)) != bytes(4):
        if gone.poll(1) or time.monotonic() > until:
            return False
    return True


def send_octets(sock, data, careful=True):
    """Sends the last octets of it each in a segment of its own, and what is before
    them as it comes; less where the peer wants no more. Returns what is wrong with
    that, or None. Not careful: as it may come of single writes."""
    sent = before = 0
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, careful)
        sock.sendall(data[:-OCTETS_MAX])
        wait_sent(sock)
        before = data_segments(sock)
        for octet in data[-OCTETS_MAX:]:
            sock.sendall(bytes([octet]))
            if careful and not wait_sent(sock):
                break
            sent += 1
        wait_sent(sock)
    except OSError:
        pass
    count = data_segments(sock) - before
    return f"{sent} octets, {count} segments" if count < 0.95 * sent else None
