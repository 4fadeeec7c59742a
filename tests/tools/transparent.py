#!/usr/bin/python3 -ES
# SPDX-License-Identifier: MIT
"""A transparent proxy of somebody else: says whom the client wanted.

Usage: transparent.py ADDRESS PORT
"""
import socket
import sys

IP_TRANSPARENT = 19

with socket.socket() as listener:
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_IP, IP_TRANSPARENT, 1)
    listener.bind((sys.argv[1], int(sys.argv[2])))
    listener.listen()
    while True:
        sock = listener.accept()[0]
        sock.recv(4096)
        body = "%s %d" % sock.getsockname()
        sock.send(("HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n%s" %
                   (len(body), body)).encode())
        sock.close()
