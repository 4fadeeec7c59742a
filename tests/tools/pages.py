# SPDX-License-Identifier: MIT
"""Pages that the module's threads take to hold requests in, and do not give back.

They go through pipes and sockets by reference; kmemleak knows nothing of pages, and
no gauge counts them once whoever held them is gone.  The kernel's own trace events
tell of each page taken and given back, and by the way in which kmod/hold.c asks for
one such a page is known from all others.  Needs tracefs.
"""
import os
import re
import time

TRACING = "/sys/kernel/tracing/"
TAKEN = re.compile(r" mm_page_alloc: .* pfn=(\S+) order=0 "
                   r".* gfp_flags=GFP_ATOMIC\|__GFP_NOWARN$")
GIVEN = re.compile(r" mm_page_free: .* pfn=(\S+) order=0$")
# Of each processor, between two calls of collect()
BUFFER_KB = 16384


def write(name, value):
    with open(TRACING + name, "w") as f:
        f.write(str(value))


class Pages:
    def __init__(self):
        # How many were taken, and those that are out.
        self.taken, self.out = 0, set()

    def __enter__(self):
        write("buffer_size_kb", BUFFER_KB)
        write("trace", "")
        write("events/kmem/mm_page_alloc/filter", 'comm ~ "gwsteer/*"')
        write("events/kmem/mm_page_free/filter", "order == 0")
        self.pipe = os.open(TRACING + "trace_pipe", os.O_RDONLY | os.O_NONBLOCK)
        self.switch(1)
        return self

    def __exit__(self, *_):
        self.switch(0)
        os.close(self.pipe)
        write("trace", "")

    def switch(self, on):
        for event in "mm_page_alloc", "mm_page_free":
            write("events/kmem/%s/enable" % event, on)

    def lines(self):
        while True:
            try:
                yield from os.read(self.pipe, 1 << 16).decode().splitlines()
            except BlockingIOError:
                return

    def collect(self):
        for line in self.lines():
            taken, given = TAKEN.search(line), GIVEN.search(line)
            if taken:
                self.taken += 1
                self.out.add(taken[1])
            elif given:
                self.out.discard(given[1])

    def overrun(self):
        """Events that were not kept."""
        lost = 0
        for name in os.listdir(TRACING + "per_cpu"):
            with open(TRACING + "per_cpu/%s/stats" % name) as f:
                lost += int(re.search(r"^overrun: (\d+)$", f.read(), re.M)[1])
        return lost

    def left(self, seconds=20):
        """How many are out when all is quiet."""
        end = time.monotonic() + seconds
        self.collect()
        while self.out and time.monotonic() < end:
            time.sleep(0.1)
            self.collect()
        return len(self.out)
