# SPDX-License-Identifier: MIT
"""What the UAPI header says can be said to the family, and what of it the kernel
has taken.

A name of what can be said is COMMAND PARENT ATTRIBUTE, where PARENT is "-" or the
attribute that it is nested in, then "=VALUE" for each value of an enum, each flag,
and each name of a limit.
"""
import collections
import errno
import re

from program import E, HEADER, items

# Where these stand no request has a use for them.
EXCEPTIONS = {
    "GWS_A_LIM_DEFAULT": "in replies",
    "GWS_A_BACKEND_INDEX": "in dumps",
    "GWS_A_EP_ACTIVE": "in dumps",
    "GWS_A_EP_CONNS": "in dumps",
    "GWS_A_EP_SET_ASIDE": "in dumps",
    "GWS_A_EP_REQUESTS": "in dumps",
    "GWS_A_EP_ERRORS": "in dumps",
    "GWS_A_FILTER_SET GWS_A_HDR_REGEX": "of matches only",
    "GWS_A_FILTER_ADD GWS_A_HDR_REGEX": "of matches only",
    "TEST_ROUTE GWS_A_BIND GWS_A_BIND_KIND": "any kind is asked about",
}
# Only the kernel sends it.
NOT_FOR_US = {"LOG"}
# Not an answer of the command itself
OF_OTHERS = {"EPERM", "ENOTSUP"}

TEXT = open(HEADER).read()


def read_enums():
    """Of each enum its members in order, each with the comment behind it."""
    return {name: re.findall(r"^\s*(\w+),?[ \t]*(?:/\*\s*(.*?)\s*\*/)?$", body,
                             flags=re.M)
            for name, body in re.findall(r"^enum (\w+) \{(.*?)^\};", TEXT,
                                         flags=re.S | re.M)}


def read_requests():
    """Of each command the attributes that the header's trees give it."""
    requests = collections.defaultdict(list)
    for block in re.split(r"^ \*$", TREES, flags=re.M):
        block = block.strip()
        if not block.startswith("* GWS_CMD_"):
            continue
        first = block.splitlines()[0].split(":")[0]
        asks = re.split(r"^ \*\s+(?:reply|errors):", block, flags=re.M)[0]
        # Dumps take nothing, and say what they give without more ado.
        for command in re.findall(r"GWS_CMD_(?!GET_|LOG)(\w+)", first):
            requests[command] += [name for name in dict.fromkeys(
                re.findall(r"GWS_A_\w+", asks)) if name in TOP]
    return requests


def is_one(member):
    return not re.search(r"_(UNSPEC|PAD|LAST)$", member)


ENUMS = read_enums()
TOP = [name for name, _ in ENUMS["gws_attribute"]]
TREES = re.search(r"^ \* Trees \(.*?\*/", TEXT, flags=re.S | re.M)[0]
REQUESTS = read_requests()
FLAGS = {name: 1 << int(bit) for name, bit in re.findall(
    r"^#define (GWS_\w*F_\w+)\s+\(1U << (\d+)\)", TEXT, flags=re.M)}
COMMANDS = [name[len("GWS_CMD_"):] for name, _ in ENUMS["gws_cmd"]
            if is_one(name)]
DUMPS = [name for name in COMMANDS
         if name.startswith("GET_") and name != "GET_INFO"]
# What a message of each number is for
NAMES = {E["GWS_CMD_" + name]: name for name in COMMANDS}


def astray():
    """What the trees do not tell of, and exceptions that speak of nothing."""
    for name in [*TOP, *["GWS_CMD_" + command for command in COMMANDS]]:
        if is_one(name) and not re.search(r"\b%s\b" % name, TREES):
            yield name + ": not in the header's trees"
    for name in EXCEPTIONS:
        if set(name.split()) - set(E) - set(COMMANDS):
            yield name + ": not in the header"


def comments(pattern):
    return {name: found[1] for members in ENUMS.values()
            for name, comment in members
            if (found := re.match(pattern, comment))}


NESTS = comments(r"nest, enum (\w+)")
VALUES = {name: [member for member, _ in ENUMS[enum]] for name, enum in
          comments(r"u8, enum (\w+)").items()}
BITS = {name: [flag for flag in FLAGS if flag.startswith(prefix)]
        for name, prefix in comments(r"u32, (GWS_\w*F_)\*").items()}


def walk(command, parent, members):
    for name in members:
        key = "%s %s %s" % (command, parent, name)
        if not is_one(name) or {name, "%s %s" % (parent, name),
                                key} & set(EXCEPTIONS):
            continue
        yield key
        for value in VALUES.get(name, []):
            if is_one(value):
                yield "%s=%s" % (key, value)
        for flag in BITS.get(name, []):
            yield "%s=%s" % (key, flag)
        if name in NESTS:
            yield from walk(command, name,
                            [member for member, _ in ENUMS[NESTS[name]]])


def wanted(limits):
    """All that can be said, but for what the exceptions name."""
    return {key for command, top in REQUESTS.items()
            for key in walk(command, "-", top)} | {
                "SET_LIMIT GWS_A_LIMIT GWS_A_LIM_NAME=" + name for name in limits}


def said(command, data, parent="-", enum="gws_attribute"):
    """What a message says."""
    names = [name for name, _ in ENUMS[enum]]
    for number, value in items(data):
        name = names[number]
        key = "%s %s %s" % (command, parent, name)
        yield key
        if name in NESTS:
            yield from said(command, value, name, NESTS[name])
        elif name in VALUES:
            yield "%s=%s" % (key, VALUES[name][value[0]])
        elif name in BITS:
            bits = int.from_bytes(value, "little")
            yield from ("%s=%s" % (key, flag) for flag in BITS[name]
                        if bits & FLAGS[flag])
        elif name == "GWS_A_LIM_NAME":
            yield "%s=%s" % (key, value[:-1].decode())


def first(data, name):
    """The number that an attribute of a message has, or 0."""
    return next((int.from_bytes(value, "little") for number, value in items(data)
                 if number == E[name]), 0)


class Taken:
    """What the kernel has taken, over all sockets of a process."""

    def __init__(self):
        self.said = set()
        self.answers = collections.defaultdict(collections.Counter)

    def add(self, other):
        self.said |= set(other["said"])
        for command, counts in other["answers"].items():
            self.answers[command].update(counts)

    def as_json(self):
        return {"said": sorted(self.said), "answers": self.answers}

    def missing(self, everything):
        """Of what is wanted."""
        lack = sorted(everything - self.said)
        for command in sorted(set(COMMANDS) - NOT_FOR_US):
            got = set(self.answers[command]) - OF_OTHERS
            if "done" not in got:
                lack.append(command + ": was always refused")
            if not got - {"done"}:
                lack.append(command + ": was never refused")
        return lack


class Session:
    """One socket's share. An object is taken when its transaction is."""

    def __init__(self, taken):
        self.taken = taken
        self.staged = None

    def doubt(self):
        """It is not known any more what the transaction has."""
        self.staged = None

    def told(self, number, data, error, sane):
        """A message and its answer; only what sane ones say counts."""
        command = NAMES.get(number)
        if not command:
            return
        self.taken.answers[command][
            errno.errorcode.get(error, "done")] += 1
        if command == "COMMIT" and not error and self.staged:
            self.taken.said.update(*self.staged.values())
        if command in ("COMMIT", "ABORT"):
            self.staged = None
        if error:
            return
        if not sane:
            self.doubt()
        elif command.startswith(("PUT_", "DEL_")):
            self.stage(*command.split("_"), data)
        else:
            self.taken.said.update(said(command, data))
            if command == "BEGIN":
                self.staged = {}

    def stage(self, what, kind, data):
        if self.staged is None:
            return
        key = kind, first(data, "GWS_A_ID")
        if what == "DEL":
            self.staged.pop(key, None)
            self.staged["DEL"] = self.staged.get("DEL", set()) | set(
                said("DEL_" + kind, data))
            return
        if not first(data, "GWS_A_FLAGS") & FLAGS["GWS_F_APPEND"]:
            self.staged[key] = set()
        self.staged.setdefault(key, set()).update(said("PUT_" + kind, data))
