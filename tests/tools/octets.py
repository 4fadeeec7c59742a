# SPDX-License-Identifier: MIT
"""What scripts that speak HTTP in octets share."""


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
