# SPDX-License-Identifier: MIT
"""What scripts that make packets by hand share."""
import struct


def checksum(data):
    """Of IP, TCP, UDP and ICMP (RFC 1071)."""
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff
