#!/usr/bin/python3 -ES
# SPDX-License-Identifier: MIT
"""The life of the module, of its tables and of its listeners, for cases that
count: with a process of its own for every step, starting those would be most of
their time.

Usage: life.py loads N MODULE REQUESTS BIND...
             so often MODULE is loaded, programmed (as by program.py), and
             unloaded when it has taken that many requests more; prints how many
             it took in all, and by how many KiB the kernel's memory grew from
             the first tenth of the loads to the last
       life.py tables N WORD...
             so many commits, as by program.py; from one to the next the table
             has another number of rules; prints how many there were
       life.py crowd N ADDRESS PORT SECONDS
             opens N connections on CPU 0 and asks for / on each, and holds that
             CPU until stdin ends, so no other thread there gets on; prints how
             many of them are established, and then how many of the N get which
             answer within SECONDS
"""
import collections
import ctypes
import errno
import os
import select
import socket
import sys
import time

import program

SYS_DELETE_MODULE, SYS_FINIT_MODULE = 176, 313		# x86-64
TOTALS = "/sys/kernel/gwsteer/totals/"
KINDS = ("SUnreclaim", "KernelStack", "PageTables", "Percpu", "VmallocUsed")
REQUEST = b"GET / HTTP/1.1\r\nHost: crowd\r\n\r\n"
LIMIT_S = 60
libc = ctypes.CDLL(None, use_errno=True)


def syscall(what, *args):
    if libc.syscall(*args):
        error = ctypes.get_errno()
        raise OSError(error, "%s: %s" % (what, os.strerror(error)))


def load(path):
    fd = os.open(path, os.O_RDONLY)
    syscall("load", SYS_FINIT_MODULE, fd, b"", 0)
    os.close(fd)


def unload():
    syscall("unload", SYS_DELETE_MODULE, b"gwsteer", os.O_NONBLOCK)


def total(name):
    with open(TOTALS + name) as f:
        return int(f.read())


def memory():
    """KiB of what the kernel cannot take back, without what files are in."""
    with open("/proc/meminfo") as f:
        words = [line.split() for line in f]
    return {w[0][:-1]: int(w[1]) for w in words if w[0][:-1] in KINDS}


def live_once(path, wanted, words):
    """One life of the module; returns the requests that it took."""
    end = time.monotonic() + LIMIT_S
    load(path)
    # Each life has another.
    program.Family.ids.clear()
    family = program.Family("gwsteer")
    program.program(family, words)
    family.sock.close()
    while total("requests") < wanted:
        if time.monotonic() > end:
            raise OSError(errno.ETIMEDOUT, "%d requests in %d s" %
                          (total("requests"), LIMIT_S))
        time.sleep(0.005)
    taken = total("requests")
    unload()
    return taken


def mean(samples):
    return {k: sum(s[k] for s in samples) // len(samples) for k in KINDS}


def loads(number, path, wanted, words):
    taken, samples = 0, []
    for n in range(number):
        try:
            taken += live_once(path, wanted, words)
        except OSError as error:
            raise OSError(error.errno, "load %d: %s" % (n + 1, error.strerror))
        samples.append(memory())
    tenth = max(number // 10, 1)
    first, last = mean(samples[:tenth]), mean(samples[-tenth:])
    print("loads=%d requests=%d" % (number, taken),
          *("%s=%d" % (k, last[k] - first[k]) for k in KINDS))


def tables(number, words):
    family = program.Family("gwsteer")
    for n in range(number):
        program.program(family, words + ["rules=%d" % (n % 7 + 1)])
    print("tables=%d" % number)


def crowd_open(number, address, port):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    socks = [socket.socket(family) for _ in range(number)]
    for sock in socks:
        sock.setblocking(False)
        sock.connect_ex((address, port))
    return socks


def ask(sock):
    """False: it is not established."""
    try:
        sock.send(REQUEST)
    except OSError:
        return False
    return True


def answer(sock, asked, end):
    """The status of the answer, or what happened instead."""
    sock.settimeout(max(end - time.monotonic(), 0.01))
    try:
        if not asked:
            select.select([], [sock], [], sock.gettimeout())
            sock.send(REQUEST)
        return sock.recv(4096)[9:12].decode() or "closed"
    except TimeoutError:
        return "none"
    except OSError as error:
        return errno.errorcode[error.errno]


def crowd(number, address, port, patience):
    os.sched_setaffinity(0, {0})
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    socks = crowd_open(number, address, port)
    # What was left to softirqs is done when some ticks are over.
    end = time.monotonic() + 0.2
    while time.monotonic() < end:
        pass
    asked = [ask(sock) for sock in socks]
    print("established=%d" % sum(asked), flush=True)
    end = time.monotonic() + LIMIT_S
    while not select.select([0], [], [], 0)[0] and time.monotonic() < end:
        pass
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    end = time.monotonic() + patience
    answers = collections.Counter(answer(s, a, end)
                                  for s, a in zip(socks, asked))
    print(*("%s=%d" % pair for pair in sorted(answers.items())))


def main(argv):
    if argv[0] == "loads":
        loads(int(argv[1]), argv[2], int(argv[3]), argv[4:])
    elif argv[0] == "tables":
        tables(int(argv[1]), argv[2:])
    elif argv[0] == "crowd":
        crowd(int(argv[1]), argv[2], int(argv[3]), int(argv[4]))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except OSError as error:
        sys.exit("life.py: %s" % error)
