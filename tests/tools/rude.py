#!/usr/bin/python3 -ES
# SPDX-License-Identifier: MIT
"""A backend that behaves badly in ways that need no HTTP of its own.

Usage: rude.py PORT HOW
       deaf     accepts and never reads
       silent   begins an answer of 100 octets, and says no more after three
       early    answers a head with 150,000 octets, and never reads its body
       reset    takes a head and resets
       hints    sends 100 interim responses of 8000 octets, then nothing
"""
import socket
import struct
import sys
import threading

HINT = b"HTTP/1.1 103 Early Hints\r\nLink: " + b"x" * 8000 + b"\r\n\r\n"
SAYS = {
    "deaf": b"",
    "silent": b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc",
    "early": b"HTTP/1.1 200 OK\r\nContent-Length: 150000\r\n\r\n" + b"x" * 150000,
    "reset": b"",
    "hints": HINT * 100,
}


def serve(conn, how):
    head = b""
    while how != "deaf" and b"\r\n\r\n" not in head:
        got = conn.recv(4096)
        if not got:
            return
        head += got
    if how == "reset":
        conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                        struct.pack("ii", 1, 0))
        conn.close()
        return
    try:
        conn.sendall(SAYS[how])
        threading.Event().wait()
    except OSError:
        pass


def main():
    how = sys.argv[2]
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Also the window of what it accepts.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    listener.bind(("", int(sys.argv[1])))
    listener.listen()
    while True:
        conn, _ = listener.accept()
        threading.Thread(target=serve, args=(conn, how), daemon=True).start()


main()
