#!/usr/bin/python3 -ES
# SPDX-License-Identifier: MIT
"""Opens many tunnels with long heads and keeps them, with requests in between.

Usage: park.py ADDRESS PORT HOST N OCTETS
  Each of N connections asks for /echo as a WebSocket, with a field of OCTETS, and
  is kept once the 101 is there; after each another one asks for /plain, with as long
  a head. Prints "parked" and waits for the end of its input.
"""
import socket
import sys

from octets import read_head


def ask(s, host, path, octets, more):
    s.sendall((f"GET {path} HTTP/1.1\r\nHost: {host}\r\nX-Pad: {'x' * octets}\r\n"
               f"{more}\r\n").encode())
    head, _ = read_head(s)
    return head or b""


def main():
    to, host = (sys.argv[1], int(sys.argv[2])), sys.argv[3]
    number, octets = int(sys.argv[4]), int(sys.argv[5])
    upgrade = "Connection: upgrade\r\nUpgrade: websocket\r\n"
    kept = []
    for _ in range(number):
        s = socket.create_connection(to, 20)
        if b" 101 " not in ask(s, host, "/echo", octets, upgrade):
            sys.exit("no tunnel")
        kept.append(s)
        with socket.create_connection(to, 20) as other:
            if b" 200 " not in ask(other, host, "/plain", octets, ""):
                sys.exit("no answer")
    print("parked", flush=True)
    sys.stdin.read()


main()
