#!/usr/bin/python3 -ES
# SPDX-License-Identifier: MIT
"""Lets what can fail in the module fail, one after the other.

Usage: faults.py commits [STEP]     every allocation of configuration and dumps
       faults.py requests [STEP]    every allocation of a worker for a request
       faults.py functions          every call of each function that is marked
                                    with ALLOW_ERROR_INJECTION; gwsteer_faults.ko
                                    is loaded

An operation is repeated; each time one allocation more (fail-nth), or one call
more, succeeds before one fails, until none does.  Whatever fails,
the error is a clean one and nothing has changed, or the request is answered with
5xx, or its connection ends.  With STEP one of so many, by chance.  Needs a kernel with
fault injection, the module, a backend at 10.1.0.2:8080 as in packets.sh and
tunnel.py at 8082; leaves the module programmed.  Prints what failed how: a status,
"cut" in an answer, "unanswered" by an end without one; what was wrong with it goes
to stderr, and makes the exit status 1.  So does an operation in which nothing failed.
"""
import collections
import contextlib
import ctypes
import errno
import os
import random
import re
import socket
import sys
import time

import features
from pages import Pages
from program import (E, Family, attr, begin, generation_of, nest, parse, program,
                     settled_memory, string, u16, u32, u64)
from subscribe import read_all

DEBUGFS = "/sys/kernel/debug/"
SYSFS = "/sys/kernel/gwsteer/"
KMOD = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../kmod/")
PORT = 30731
WORDS = ["rules=2", "backends=2", "nodeport@%d" % PORT, "address=203.0.113.9@80",
         "endpoint=10.1.0.2@8080"]
# What is programmed besides; of "full" the table comes in several messages.
CONFIGS = {
    "plain": {},
    "full": {"client": features.FORWARDED, "more": features.rules, "at_once": 6},
    "proxy": {"client": features.PROXY},
    "tunnel": {"words": WORDS[:-1] + ["endpoint=10.1.0.2@8082"]},
}
MOST = 3000
# Runs without a failure after which there is none to come, where other threads have
# a part in what a run takes
ENOUGH = 3
# Of the failures of a talk that many, at most, may leave it without an answer: what
# a connection is made of, and what an answer is sent with
UNANSWERED = 5
# Called for a listener's socket, and for each connection.
BOTH = {"gws_sock_attach"}
CLONE_NEWNET = 0x40000000

wrong = []


def complain(text):
    wrong.append(text)
    print(text, file=sys.stderr, flush=True)


def write(path, value):
    with open(path, "w") as f:
        f.write(str(value))


def read(path):
    with open(path) as f:
        return f.read()


def gauge(name):
    return int(read(SYSFS + "gauges/" + name))


def total(name):
    return int(read(SYSFS + "totals/" + name))


# --- faults ------------------------------------------------------------------

def faults_ready():
    for kind in "failslab", "fail_page_alloc":
        for name, value in (("verbose", 0), ("probability", 0),
                            ("interval", 1), ("task-filter", "N"),
                            ("times", -1)):
            write(DEBUGFS + kind + "/" + name, value)
    write(DEBUGFS + "failslab/ignore-gfp-wait", "N")
    write(DEBUGFS + "failslab/cache-filter", "N")
    write(DEBUGFS + "fail_page_alloc/ignore-gfp-wait", "N")
    write(DEBUGFS + "fail_page_alloc/ignore-gfp-highmem", "N")
    write(DEBUGFS + "fail_page_alloc/min-order", 0)


class Task:
    """The nth allocation of a task."""

    def __init__(self, pid):
        self.file = os.open("/proc/%s/fail-nth" % pid, os.O_RDWR)

    def arm(self, nth):
        os.pwrite(self.file, b"%d" % nth, 0)

    def disarm(self):
        """Whether it has come to that."""
        left = int(os.pread(self.file, 16, 0))
        os.pwrite(self.file, b"0", 0)
        return left == 0


class Own(Task):
    """The nth of our own, counted only inside of the guarded calls."""

    def __init__(self):
        super().__init__("thread-self")
        self.left = 0

    def arm(self, nth):
        self.left = nth

    def disarm(self):
        struck, self.left = not self.left, 0
        return struck

    def __enter__(self):
        if self.left:
            super().arm(self.left)

    def __exit__(self, *_):
        if self.left:
            self.left = int(os.pread(self.file, 16, 0))
            os.pwrite(self.file, b"0", 0)


class Function:
    """The nth call of a function, in any context: gwsteer_faults.ko."""

    HOME = "/sys/module/gwsteer_faults/parameters/"

    def __init__(self, name, kind):
        write(self.HOME + "retval", -errno.ENOMEM if kind == "ERRNO" else 0)
        write(self.HOME + "name", name)

    def arm(self, nth):
        write(self.HOME + "nth", nth)

    def disarm(self):
        struck = int(read(self.HOME + "nth")) <= 0
        write(self.HOME + "nth", 0)
        return struck


def marked():
    """Name and kind of each function of the module that may be made to fail."""
    for line in read(DEBUGFS + "error_injection/list").splitlines():
        where, kind = line.split("\t")
        if where.endswith("[gwsteer]"):
            yield where.split()[0], kind.strip()


def declared():
    """The same, as the sources have them."""
    for name in os.listdir(KMOD):
        if name.endswith(".c"):
            yield from re.findall(r"^ALLOW_ERROR_INJECTION\((\w+), (\w+)\);",
                                  read(KMOD + name), flags=re.M)


def sweep(label, fault, operate, good, step=1, tidy=lambda: None, enough=1,
          always=True, unanswered=UNANSWERED):
    """Returns how often it failed; what @operate returns is counted.  @tidy comes
    after each, when nothing is to fail.  @enough: runs in a row without a failure
    that end it.  @always: there is something that can fail.  @unanswered: so often at
    most."""
    tally, began, nth, spared = collections.Counter(), time.monotonic(), 1, 0
    while nth < MOST and spared < enough:
        fault.arm(nth)
        try:
            outcome = operate("%s, failure %d" % (label, nth))
        finally:
            struck = fault.disarm()
        tidy()
        if not struck:
            if outcome != good:
                complain("%s: %s although nothing failed" % (label, outcome))
            spared += 1
            continue
        spared = 0
        tally[outcome] += 1
        nth += random.randint(1, 2 * step - 1)
    if nth >= MOST:
        complain("%s: no end" % label)
    if always and not tally:
        complain("%s: nothing failed" % label)
    if tally:
        print("%s: %d failures in %.1f s: %s" % (
            label, sum(tally.values()), time.monotonic() - began, " ".join(
                "%s=%d" % item for item in sorted(tally.items()))), flush=True)
    if tally["unanswered"] > unanswered:
        complain("%s: too many were not answered" % label)
    return sum(tally.values())


# --- configuration -----------------------------------------------------------

def load(family, config="full"):
    program(family, **({"words": WORDS} | CONFIGS[config]))


def load_plain(family):
    load(family, "plain")


def delete(family):
    begin(family)
    for kind in "TABLE", "LISTENER", "CLUSTER":
        family.call(E["GWS_CMD_DEL_" + kind], u32("GWS_A_ID", 1))
    family.call(E["GWS_CMD_COMMIT"])


def give_up(family):
    begin(family)
    family.call(E["GWS_CMD_DEL_TABLE"], u32("GWS_A_ID", 1))
    family.call(E["GWS_CMD_ABORT"])


def dump_all(family):
    for what in "LISTENER", "TABLE", "CLUSTER", "STATS":
        for _ in family.dump(E["GWS_CMD_GET_" + what]):
            pass


def is_exchange(record):
    attrs = parse(record)
    state = bytes([E["GWS_CONNECTION_EXCHANGE"]])
    return E["GWS_A_REC_RULE"] in attrs and attrs[E["GWS_A_REC_STATE"]] == state


def exchanges(family):
    """How many there are, as the dump of connections has it."""
    return sum(is_exchange(attrs[E["GWS_A_RECORD"]])
               for _, attrs in family.dump(E["GWS_CMD_GET_CONNECTION"]) if attrs)


def dump_connections(family):
    if exchanges(family) != 1:
        complain("the dump of connections lacks the one that there is")


@contextlib.contextmanager
def in_flight():
    """One request of which the rest is still to come, and all of the answer: nothing
    is done for it meanwhile that could fail instead."""
    set_limit(Family("gwsteer"), "stall_timeout", 3600000)
    client = Client()
    client.sock.sendall(b"POST /sink HTTP/1.1\r\nHost: a.b\r\n"
                        b"Content-Length: 1000\r\n\r\nbegun")
    if not settled(lambda: exchanges(Family("gwsteer")), 1):
        complain("no request is in flight")
    yield
    client.sock.close()
    if not settled(lambda: gauge("connections"), 0):
        complain("the request in flight stays")
    set_limit(Family("gwsteer"), "stall_timeout", 60000)


def test_routes(family):
    """What would become of a request, and of one that a filter answers."""
    for path, wanted in ("/filters", "BACKEND"), ("/redirect", "FILTER"):
        head = "GET %s HTTP/1.1\r\nHost: a.b\r\n\r\n" % path
        reply = family.call(E["GWS_CMD_TEST_ROUTE"],
                            nest("GWS_A_BIND",
                                 attr("GWS_A_BIND_ADDR",
                                      socket.inet_aton("127.0.0.1")),
                                 u16("GWS_A_BIND_PORT", PORT)),
                            attr("GWS_A_REQUEST", head.encode()))
        if reply[E["GWS_A_TESTED"]] != bytes([E["GWS_TESTED_" + wanted]]):
            complain("%s would not go to %s" % (path, wanted))


def subscribe(family):
    family.call(E["GWS_CMD_SUBSCRIBE_LOG"])


def set_limit(family, name="backlog", value=4096):
    family.call(E["GWS_CMD_SET_LIMIT"],
                nest("GWS_A_LIMIT", string("GWS_A_LIM_NAME", name),
                     u64("GWS_A_LIM_VALUE", value)))


def nothing(family):
    pass


# Name, operation, what makes the state that it begins from
CHANGES = [("replace", load, nothing), ("delete", delete, load),
           ("load", load, delete), ("abort", give_up, nothing),
           ("dump", dump_all, nothing),
           ("connections", dump_connections, nothing),
           ("route test", test_routes, nothing), ("info", generation_of, nothing),
           ("subscription", subscribe, nothing), ("limit", set_limit, nothing)]
# What goes on meanwhile
SCENES = {"connections": in_flight}

# What no memory looks like; a worker that has none for a socket says ENFILE or
# that there is no port.
CLEAN = {errno.ENOMEM, errno.ENOBUFS}
CLEAN_SOCKETS = CLEAN | {errno.ENFILE, errno.EADDRINUSE}


def attempt(label, do, guard, clean=frozenset(CLEAN)):
    """How it ended, and whether that changed the configuration."""
    before = generation_of(Family("gwsteer"))
    family = Family("gwsteer")
    family.guard = guard
    outcome, refused = "done", False
    try:
        do(family)
    except OSError as error:
        outcome = errno.errorcode.get(error.errno, str(error))
        # Without a command it is the answer that was lost.
        refused = "command" in str(error)
        if error.errno not in clean:
            complain("%s: %s" % (label, error))
    family.sock.close()
    changed = generation_of(Family("gwsteer")) != before
    if refused and changed:
        complain("%s: refused, and yet changed" % label)
    return outcome, changed


def enough_of(step):
    """A sweep that leaves out so many may as well leave out the last ones."""
    return ENOUGH if step == 1 else 1


def settled(what, wanted, seconds=20):
    """@what returns @wanted within that time."""
    end = time.monotonic() + seconds
    while what() != wanted:
        if time.monotonic() > end:
            return False
        time.sleep(0.005)
    return True


def change_sweeps(fault, prefix="", step=1, always=True):
    """Each change; afterwards the full configuration is there."""
    struck = 0
    guard = fault if isinstance(fault, Own) else contextlib.nullcontext()
    load(Family("gwsteer"))
    for name, do, undo in CHANGES:
        undo(Family("gwsteer"))
        last = {}

        def operate(label):
            outcome, last["changed"] = attempt(label, do, guard)
            return outcome

        def tidy():
            if last["changed"]:
                undo(Family("gwsteer"))

        with SCENES.get(name, contextlib.nullcontext)():
            struck += sweep(prefix + name, fault, operate, "done", step, tidy,
                            always=always)
        load(Family("gwsteer"))
    return struck


def new_namespace():
    if ctypes.CDLL(None).unshare(CLONE_NEWNET):
        complain("no network namespace")


def in_new_namespace(run):
    """Runs it in a network namespace of its own; returns what it returns."""
    ours, theirs = os.pipe()
    pid = os.fork()
    if not pid:
        new_namespace()
        struck = run()
        os.write(theirs, b"%d %d" % (struck, len(wrong)))
        os._exit(0)
    os.close(theirs)
    os.waitpid(pid, 0)
    got = os.read(ours, 64).split()
    os.close(ours)
    if len(got) != 2 or int(got[1]):
        wrong.append("in the namespace")
    return int(got[0]) if got else 0


def first_sweep(make, label, step=1, enough=1, always=True):
    """The first commit of a namespace, which brings it to life."""

    def run():
        fault, last = make(), {}
        guard = fault if isinstance(fault, Own) else contextlib.nullcontext()

        def operate(text):
            outcome, last["changed"] = attempt(text, load_plain, guard,
                                               CLEAN_SOCKETS)
            return outcome

        def tidy():
            # Alive it would stay.
            if last["changed"]:
                new_namespace()

        return sweep(label, fault, operate, "done", step, tidy, enough, always)

    return in_new_namespace(run)


def workers():
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            name = read("/proc/%s/comm" % pid).strip()
            if name.startswith("gwsteer/"):
                yield int(name[8:]), pid


def commits(step):
    load(Family("gwsteer"))
    held = settled_memory()
    change_sweeps(Own(), step=step)
    if settled_memory() != held:
        complain("%d octets of tables, then %d" % (held, settled_memory()))
    if gauge("log_subscribers"):
        complain("%d subscribers stay" % gauge("log_subscribers"))
    first_sweep(Own, "first commit", step)
    for cpu, pid in sorted(workers()):
        first_sweep(lambda task=pid: Task(task),
                    "first commit, worker %d" % cpu, step, enough_of(step))


# --- requests ----------------------------------------------------------------

class Client:
    """One connection; http.client knows neither pieces nor interim answers."""

    def __init__(self):
        self.data = b""
        # Of the answer that is waited for something has come.
        self.begun = False
        self.sock = socket.create_connection(("127.0.0.1", PORT), 15)

    def more(self):
        got = self.sock.recv(1 << 16)
        if not got:
            raise EOFError
        self.data += got
        self.begun = True

    def until(self, mark):
        while mark not in self.data:
            self.more()
        part, _, self.data = self.data.partition(mark)
        return part

    def take(self, n):
        while len(self.data) < n:
            self.more()
        part, self.data = self.data[:n], self.data[n:]
        return part

    def chunks(self):
        body = b""
        while True:
            size = int(self.until(b"\r\n"), 16)
            if not size:
                self.until(b"\r\n")
                return body
            body += self.take(size)
            self.until(b"\r\n")

    def response(self):
        """Status and body of the final one."""
        status = 100
        while status < 200:
            head = self.until(b"\r\n\r\n").lower()
            status = int(head.split()[1])
            if status == 101:
                return status, self.there_and_back()
        if b"transfer-encoding: chunked" in head:
            return status, self.chunks()
        size = head.partition(b"content-length: ")[2].split(b"\r\n")[0]
        return status, self.take(int(size))

    def there_and_back(self):
        """Through a tunnel, and the end of it."""
        self.sock.sendall(BODY)
        self.sock.shutdown(socket.SHUT_WR)
        body = self.take(len(BODY))
        if self.take(3) != b"bye":
            complain("a tunnel's end says something else")
        return body

    def ask(self, method, path, body=b"", chunked=False, pieces=1,
            fields="Host: a.b\r\n", before=""):
        head = "%s%s %s HTTP/1.1\r\n%s" % (before, method, path, fields)
        if chunked:
            head += "Transfer-Encoding: chunked\r\n"
            body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
        elif body:
            head += "Content-Length: %d\r\n" % len(body)
        head = head.encode() + b"\r\n"
        self.begun = False
        for n in range(pieces):
            at = len(head) * n // pieces
            self.sock.sendall(head[at:len(head) * (n + 1) // pieces])
            if n < pieces - 1:
                time.sleep(0.03)
        self.sock.sendall(body)
        return self.response()


BODY = bytes(range(256)) * 80
GET = {"method": "GET", "path": "/"}
POST = {"method": "POST", "path": "/echo", "body": BODY}
PUT = {"method": "PUT", "path": "/filters/echo", "body": BODY}
ORIGIN = "Host: a.b\r\nOrigin: https://a.example\r\n"
PREFLIGHT = ORIGIN + "Access-Control-Request-Method: PUT\r\n"
UPGRADE = ("Host: a.b\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
           "Sec-WebSocket-Version: 13\r\n"
           "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n")
NAMED = "PROXY TCP4 192.0.2.77 203.0.113.9 1024 80\r\n"


class Talk:
    """Requests of one connection, status and length of the last answer (0: any);
    what is programmed, whether somebody reads the access log, and whether the answer
    comes in chunks."""

    def __init__(self, asks, status=200, size=4, config="plain", logged=False,
                 chunked=False):
        self.asks, self.status, self.size = asks, status, size
        self.config, self.logged, self.chunked = config, logged, chunked

    def unanswered(self, label):
        """If all chunks come at once none is sent before the last one is in the pipe,
        so a failure of any of their pieces leaves nothing."""
        pieces = self.chunked and label.startswith("gws_pipe_")
        return MOST if pieces else UNANSWERED


TALKS = {
    "small": Talk([GET]),
    "twice": Talk([GET, GET]),
    "in pieces": Talk([GET | {"pieces": 3}]),
    "large": Talk([GET | {"path": "/bytes/100000"}], size=100000),
    "chunked": Talk([GET | {"path": "/chunked/9000"}], size=9000, chunked=True),
    "interim": Talk([GET | {"path": "/hints"}]),
    "body": Talk([POST], size=len(BODY)),
    "chunked body": Talk([POST | {"chunked": True}], size=len(BODY), chunked=True),
    "refused": Talk([GET | {"fields": ""}], 400, 0),
    "named by its sender": Talk([GET | {"before": NAMED, "pieces": 2}],
                                config="proxy"),
    "filters and a copy": Talk([GET | {"path": "/filters", "fields": ORIGIN}],
                               config="full"),
    "copy of a body": Talk([PUT], size=len(BODY), config="full"),
    "tried again": Talk([PUT | {"path": "/filters/status/503"}], 503, 0, "full"),
    "preflight": Talk([{"method": "OPTIONS", "path": "/filters",
                        "fields": PREFLIGHT}], 200, 0, "full"),
    "redirect": Talk([GET | {"path": "/redirect"}], 302, 0, "full"),
    "tunnel": Talk([GET | {"path": "/echo", "fields": UPGRADE}], 101, len(BODY),
                   "tunnel"),
    "by expression": Talk([GET | {"path": "/expression?q=1",
                                  "fields": "Host: a.b\r\nX-A: 1\r\n"}],
                          config="full"),
    "logged": Talk([GET], config="full", logged=True),
}


class Log:
    """Two who read the access log, so that a message is copied for one."""

    def __init__(self):
        self.readers = [Family("gwsteer"), Family("gwsteer")]
        for family in self.readers:
            subscribe(family)
        self.before = 0

    def told(self):
        """Records since begin(), those that did not come included."""
        return total("log_sent") + total("log_lost") - self.before

    def begin(self):
        """What a request before has to say may be on its way."""
        told = None
        while told != self.told():
            told = self.told()
            time.sleep(0.05)
        for family in self.readers:
            read_all(family)
        self.before += told

    def lacks(self, requests):
        return not settled(self.told, requests * len(self.readers))

    def close(self):
        for family in self.readers:
            family.sock.close()


def judge(label, wanted, size, status, body):
    if status >= 500:
        return str(status)
    if status != wanted or (size and len(body) != size) or \
            (size == len(BODY) and body != BODY):
        complain("%s: %d with %d octets" % (label, status, len(body)))
    return str(status)


def converse(label, talk):
    """How the last request ended: its status, or else."""
    outcome, client = "unanswered", None
    try:
        client = Client()
        for ask in talk.asks:
            status, body = client.ask(**ask)
            last = talk.status if ask is talk.asks[-1] else 200
            outcome = judge(label, last, talk.size, status, body)
        client.sock.close()
    except (ConnectionError, EOFError):
        outcome = "cut" if client and client.begun else "unanswered"
    except TimeoutError:
        complain("%s: no answer and no end" % label)
    for what in "connections", "mirrors_under_way":
        if not settled(lambda: gauge(what), 0):
            complain("%s: its %s stay" % (label, what))
    return outcome


def converse_logged(label, talk, log):
    log.begin()
    outcome = converse(label, talk)
    if outcome == str(talk.status) and log.lacks(len(talk.asks)):
        complain("%s: %d records of %d requests for %d" % (
            label, log.told(), len(talk.asks), len(log.readers)))
    return outcome


def copies_missed():
    """Copies of requests that were neither answered nor counted as lost."""
    reasons = [name for name in os.listdir(SYSFS + "reasons")
               if name.startswith("mirror_")]
    return total("mirrors") - total("mirrors_answered") - sum(
        int(read(SYSFS + "reasons/" + name)) for name in reasons)


def talk_sweep(label, fault, talk, step, always):
    enough = enough_of(step)
    good = str(talk.status)
    if not talk.logged:
        return sweep(label, fault, lambda text: converse(text, talk), good, step,
                     enough=enough, always=always, unanswered=talk.unanswered(label))
    log = Log()
    struck = sweep(label, fault, lambda text: converse_logged(text, talk, log),
                   good, step, enough=enough, always=always)
    log.close()
    return struck


def request_sweeps(fault, prefix="", step=1, always=True, after=lambda: None):
    """@after comes after each of them."""
    struck, config = 0, None
    # TCP sends no FIN that it has no memory for, and never will.
    set_limit(Family("gwsteer"), "close_timeout", 1000)
    for name, talk in TALKS.items():
        if talk.config != config:
            config = talk.config
            load(Family("gwsteer"), config)
        # What is kept idle would spare the others the connect.
        set_limit(Family("gwsteer"), "endpoint_idle",
                  128 if len(talk.asks) > 1 else 0)
        struck += talk_sweep(prefix + name, fault, talk, step, always)
        after()
    set_limit(Family("gwsteer"), "endpoint_idle", 128)
    set_limit(Family("gwsteer"), "close_timeout", 10000)
    if copies_missed():
        complain("%s%d copies are missed" % (prefix, copies_missed()))
    return struck


def requests(step):
    """By the worker of the CPU that we are on."""
    cpu, pid = min(workers())
    os.sched_setaffinity(0, {cpu})
    with Pages() as pages:
        request_sweeps(Task(pid), step=step, after=pages.collect)
        left = pages.left()
        print("%d pages were taken to hold requests, %d stay" % (
            pages.taken, left), flush=True)
        if not pages.taken or left or pages.overrun():
            complain("not all of them came back, or there were none, or %d events "
                     "were missed" % pages.overrun())


def functions():
    there, wanted = set(marked()), set(declared())
    if not there or there != wanted:
        complain("marked, but not both in the kernel and in the sources: %s" %
                 sorted(there ^ wanted))
    for name, kind in sorted(there):
        fault = Function(name, kind)
        struck = change_sweeps(fault, name + ": ", always=False)
        if not struck:
            struck = first_sweep(lambda f=fault: f, name + ": first commit",
                                 always=False)
        if not struck or name in BOTH:
            struck += request_sweeps(fault, name + ": ", always=False)
        if not struck:
            complain("%s never failed" % name)


def main(argv):
    step = int(argv[1]) if argv[1:] else 1
    faults_ready()
    if argv[:1] == ["commits"]:
        commits(step)
    elif argv[:1] == ["requests"]:
        requests(step)
    elif argv == ["functions"]:
        functions()
    else:
        sys.exit(__doc__)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
