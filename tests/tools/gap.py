#!/usr/bin/python3 -ES
# SPDX-License-Identifier: MIT
"""How long others wait for a processor while requests are served on it.

Usage: gap.py ADDRESS PORT HOST CONNECTIONS REQUESTS OCTETS

On so many connections so many requests at once, whose paths have so many octets and
which nobody serves: all of them are there before the first is looked at, since this
process goes before all others. Then it sleeps a millisecond again and again, until
the last answer is there. Prints the number of answers, the milliseconds that they took
all together, and the longest that one of these sleeps took.
"""
import os
import select
import socket
import sys
import time

HOST, (COUNT, EACH, OCTETS) = sys.argv[3], map(int, sys.argv[4:])
os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50))
request = b"GET /%s HTTP/1.1\r\nHost: %s\r\n\r\n" % (b"a" * OCTETS, HOST.encode())
socks = [socket.create_connection((sys.argv[1], int(sys.argv[2])))
         for _ in range(COUNT)]
time.sleep(0.5)
began = last = time.monotonic()
for s in socks:
    s.sendall(request * EACH)
longest, answers = 0, 0
while answers < COUNT * EACH and time.monotonic() < began + 60:
    last = time.monotonic()
    time.sleep(0.001)
    longest = max(longest, time.monotonic() - last)
    for s in select.select(socks, [], [], 0)[0]:
        answers += s.recv(65536).count(b"HTTP/1.1 404 ")
print(answers, int((time.monotonic() - began) * 1000), int(longest * 1000))
