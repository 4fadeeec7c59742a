#!/usr/bin/python3 -ES
# SPDX-License-Identifier: MIT
"""Very many connections that are idle most of the time.

Usage: crowd.py ADDRESS PORT N
       Says "ready" and does what each line of stdin asks for, printing a number:
       open  connects until there are N; how many there are
       ask   a request on each, one after the other; how many got a 200
       idle  how many the peer has neither closed nor said anything on
       close closes all; 0
"""
import resource
import select
import socket
import sys

REQUEST = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


def ask(sock):
    """Answers are short, and come in one piece or two."""
    try:
        sock.sendall(REQUEST)
        data = sock.recv(4096)
        while b"\r\n\r\n" not in data or data.endswith(b"\r\n\r\n"):
            more = sock.recv(4096)
            if not more:
                return False
            data += more
        return data.startswith(b"HTTP/1.1 200 ")
    except OSError:
        return False


def run(socks, word, to, number):
    if word == "open":
        while len(socks) < number:
            socks.append(socket.create_connection(to, 20))
    elif word == "ask":
        return sum(map(ask, socks))
    elif word == "idle":
        poll = select.poll()
        for sock in socks:
            poll.register(sock, select.POLLIN)
        return len(socks) - len(poll.poll(0))
    else:
        while socks:
            socks.pop().close()
    return len(socks)


def main():
    number = int(sys.argv[3])
    resource.setrlimit(resource.RLIMIT_NOFILE, (number + 100, number + 100))
    socks = []
    print("ready", flush=True)
    for line in sys.stdin:
        try:
            print(run(socks, line.strip(), (sys.argv[1], int(sys.argv[2])),
                      number), flush=True)
        except OSError as e:
            print(e.strerror or "timed out", len(socks), flush=True)


main()
