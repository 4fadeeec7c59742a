#!/usr/bin/python3 -ES
# SPDX-License-Identifier: MIT
"""A backend that fails first and then not, for tests of retries.

Usage: flaky.py PORT

A command may stand anywhere in the path; requests are counted by their whole
target, so a query makes it a new one.

  /fail/N/STATUS[/MS]  N times that status after MS, then 200 at once
  /large/...           the same, and what fails has a body of 1,000,000 octets
  /early/...           the same, and what fails is answered before its body has
                       come, and the connection reset
  /unread/...          417 at once, always; what its body was to be is taken for the
                       next request on that connection
  /pause/MS/...        the same, and what does not fail has its body read after MS
  /lost/fail/N/STATUS  N times the request is read, and the connection reset: no status

200 comes with "try=N body=LENGTH:CRC" in a line: the how many-th request it is,
and what came with it.
"""
import os
import re
import socket
import struct
import sys
import threading
import time
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SEEN = {}
LOCK = threading.Lock()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16

    def handle_expect_100(self):
        return "/unread/" in self.path or super().handle_expect_100()

    def body(self):
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        data = b""
        while True:
            size = int(self.rfile.readline(), 16)
            data += self.rfile.read(size)
            self.rfile.readline()
            if not size:
                return data

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def reset(self, status):
        self.answer(status, b"early\n")
        self.wfile.flush()
        self.reset_at_end()

    def lose(self):
        self.reset_at_end()
        # Else the server's own end of it would send a FIN first.
        os.close(self.connection.detach())

    def reset_at_end(self):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                   struct.pack("ii", 1, 0))
        self.close_connection = True

    def serve(self):
        with LOCK:
            n = SEEN[self.path] = SEEN.get(self.path, 0) + 1
        if "/unread/" in self.path:
            return self.answer(417, b"unread\n")
        fail = re.search(r"/fail/(\d+)/(\d+)(?:/(\d+))?", self.path)
        failing = fail and n <= int(fail[1])
        if failing and "/early/" in self.path:
            return self.reset(int(fail[2]))
        pause = re.search(r"/pause/(\d+)", self.path)
        if pause and not failing:
            time.sleep(int(pause[1]) / 1000)
        body = self.body()
        if failing and "/lost/" in self.path:
            return self.lose()
        if failing:
            time.sleep(int(fail[3] or 0) / 1000)
            large = "/large/" in self.path
            self.answer(int(fail[2]), b"x" * 1000000 if large else b"failed\n")
        else:
            self.answer(200, b"try=%d body=%d:%d\n" %
                        (n, len(body), zlib.crc32(body)))

    do_GET = do_HEAD = do_POST = do_PUT = serve
    do_DELETE = do_OPTIONS = do_PATCH = serve

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def server_bind(self):
        # Also the window of what it accepts: a body that is not read waits.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        super().server_bind()

    def handle_error(self, *_):
        """A peer that leaves in the middle is what these tests are about."""


Server(("", int(sys.argv[1])), Handler).serve_forever()
