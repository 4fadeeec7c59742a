#!/usr/bin/python3 -ES
# SPDX-License-Identifier: MIT
"""Speaks the module's netlink family as a hostile or broken client would.

Usage: nlfuzz.py SECONDS [SEED]
       nlfuzz.py denied        which commands an unprivileged process may give

Several processes at once, each with several sockets that open and close at any
time, send transactions of these kinds:

    valid       in order, and most of them sensible
    disorder    the same messages shuffled, repeated and left out
    mutated     mistakes in the structure of attributes
    truncated   cut short, with and without a length that says so
    batch       all of it in one datagram
    command     any number for a command, with any attributes
    dump        among them some that nobody reads to the end
    nobody, userns, netns
                all of it from a process without privilege, from the root of a user
                namespace, and from one with a network namespace of its own too

Every message that asks for an answer must get one, those of the last three must
be refused, and after each round a valid configuration must still be taken, and
take as much memory as before.  In the end the kernel must have taken everything
that the UAPI header says can be said (nl_header.py), and both taken and refused
each command; what the rounds, in which each is in the way of the others, have left
out of that a single process goes on to say.

Prints how many messages of each kind there were and how they were answered; a seed
repeats what is sent, but not when.
"""
import collections
import ctypes
import errno
import json
import os
import random
import struct
import sys
import time

from chance import Chance
from nl_header import COMMANDS, DUMPS, NOT_FOR_US, Taken, astray, wanted
from nl_talk import ALONE, Client, Talkers
from program import (E, Family, NLM_F_DUMP, begin, generation_of, items, nest,
                     program, settled_memory, string, u32, u64)

SOCKETS = 3
ROUND = 60
INSIDERS = 3
OUTSIDERS = ["nobody", "userns", "netns"]
# Conversations of the one that says what is left; as a rule 300 do
LEFT_OUT = 1000
# Before anybody asks who it is: no such command, shorter than its header
REFUSED = {"EPERM", "ENOTSUP", "EINVAL", "sent", "left"}
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
VALID = ["nodeport@30731", "address=203.0.113.9@80", "endpoint=10.1.0.2@8080"]


def as_outsider(what):
    if what == "nobody":
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
    elif ctypes.CDLL(None).unshare(
            CLONE_NEWUSER | (CLONE_NEWNET if what == "netns" else 0)):
        raise OSError("no user namespace")


def one_process(rng, who, generation, limits):
    """Some conversations, and what came of them."""
    if who in OUTSIDERS:
        as_outsider(who)
    talkers = Talkers(rng, SOCKETS, Taken())
    for _ in range(ROUND):
        if who not in OUTSIDERS:
            generation = generation_of(Family("gwsteer"))
        talkers.converse(generation, limits)
    if who not in OUTSIDERS:
        return {"answers": talkers.answers, "taken": talkers.taken.as_json()}
    counts = sum(talkers.answers.values(), collections.Counter())
    if set(counts) - REFUSED:
        raise OSError("was answered %s" % " ".join(set(counts) - REFUSED))
    return {"answers": {who: counts}, "taken": Taken().as_json()}


def start(seed, who, generation, limits):
    """A process; its number, and where its answers can be read."""
    ours, theirs = os.pipe()
    pid = os.fork()
    if pid:
        os.close(theirs)
        return pid, ours
    status = 1
    try:
        said = one_process(Chance(seed), who, generation, limits)
        with open(theirs, "wb") as f:
            f.write(json.dumps(said).encode())
        status = 0
    except OSError as error:
        print("%s: %s" % (who, error), file=sys.stderr, flush=True)
    finally:
        os._exit(status)


def finish(processes, answers, taken):
    """Adds up what they were answered; how many of them failed."""
    failed = 0
    for pid, pipe in processes:
        with open(pipe, "rb") as f:
            got = json.loads(f.read() or b"{}")
        failed += os.waitpid(pid, 0)[1] != 0
        for kind, counts in got.get("answers", {}).items():
            answers[kind].update(counts)
        if got:
            taken.add(got["taken"])
    return failed


def ids_of(family, kind):
    """All identifiers of the objects of that kind that the kernel has."""
    return {struct.unpack("=I", attrs[E["GWS_A_ID"]][:4])[0]
            for _, attrs in family.dump(E["GWS_CMD_GET_" + kind]) if attrs}


def clear():
    """Removes what the round has brought in, tables first: they name others."""
    family = Family("gwsteer")
    begin(family)
    for kind in "TABLE", "LISTENER", "CLUSTER":
        for ident in ids_of(Family("gwsteer"), kind):
            family.call(E["GWS_CMD_DEL_" + kind], u32("GWS_A_ID", ident))
    family.call(E["GWS_CMD_COMMIT"])
    family.sock.close()


def limits_of(family):
    """What each limit is without anybody's doing."""
    family.send(E["GWS_CMD_GET_INFO"], 0, ())
    limits = {}
    for number, value in items(family.recv()[20:]):
        if number == E["GWS_A_LIMIT"]:
            parts = dict(items(value))
            limits[parts[E["GWS_A_LIM_NAME"]][:-1].decode()] = struct.unpack(
                "=Q", parts[E["GWS_A_LIM_DEFAULT"]])[0]
    return limits


def restore(limits):
    clear()
    family = Family("gwsteer")
    for name, value in limits.items():
        family.call(E["GWS_CMD_SET_LIMIT"],
                    nest("GWS_A_LIMIT", string("GWS_A_LIM_NAME", name),
                         u64("GWS_A_LIM_VALUE", value)))
    program(family, VALID)


def say_what_is_left(rng, limits, answers, taken, everything):
    """One process, in nobody's way, until nothing is missing."""
    alone = Talkers(rng, 1, taken, ALONE, [0])
    turns = 0
    while taken.missing(everything) and turns < LEFT_OUT:
        if turns % 40 == 0:
            # What mutated ones have brought in is in the way of others.
            alone.renew(0)
            restore(limits)
        alone.converse(generation_of(Family("gwsteer")), limits)
        turns += 1
    for kind, counts in alone.answers.items():
        answers[kind].update(counts)
    alone.renew(0)
    return turns


def report(answers, taken, everything):
    for kind, counts in sorted(answers.items()):
        print("%s: %s" % (kind, " ".join(
            "%s=%d" % item for item in sorted(counts.items()))))
    missing = [*taken.missing(everything), *astray()]
    for what in missing:
        print("missing: " + what)
    print("taken: %d of %d" % (len(everything & taken.said), len(everything)))
    return missing


def fuzz(seconds, seed):
    rng = Chance(seed)
    answers, taken = collections.defaultdict(collections.Counter), Taken()
    limits = limits_of(Family("gwsteer"))
    restore(limits)
    held, rounds, failed = settled_memory(), 0, 0
    before = generation_of(Family("gwsteer"))
    end = time.monotonic() + seconds
    while (time.monotonic() < end or rounds < 2) and not failed:
        generation = generation_of(Family("gwsteer"))
        failed = finish([start(rng.random(), who, generation, limits)
                         for who in ["insider"] * INSIDERS + OUTSIDERS],
                        answers, taken)
        restore(limits)
        rounds += 1
    # Two commits of each restore() are ours.
    commits = generation_of(Family("gwsteer")) - before - 2 * rounds
    everything = wanted(limits)
    turns = say_what_is_left(rng, limits, answers, taken, everything)
    restore(limits)
    print("seed %d: %d rounds, %d messages, %d commits, %d turns alone" % (
        seed, rounds, sum(sum(c.values()) for c in answers.values()), commits,
        turns))
    missing = report(answers, taken, everything)
    now = settled_memory()
    if now != held:
        sys.exit("%d octets of configuration, then %d" % (held, now))
    if failed:
        sys.exit("%d processes failed" % failed)
    if missing:
        sys.exit("%d things were not said, taken or refused" % len(missing))


def denied():
    """The commands that are not refused with EPERM, to outsiders."""
    for what in OUTSIDERS:
        pid = os.fork()
        if pid:
            os.waitpid(pid, 0)
            continue
        as_outsider(what)
        client = Client(collections.defaultdict(collections.Counter), Taken())
        allowed = [name for name in COMMANDS if name not in NOT_FOR_US and
                   client.tell(what, E["GWS_CMD_" + name], b"",
                               NLM_F_DUMP * (name in DUMPS)) != errno.EPERM]
        print("%s: %s" % (what, " ".join(allowed) or "none"), flush=True)
        os._exit(0)


if sys.argv[1] == "denied":
    denied()
else:
    fuzz(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else
         random.SystemRandom().randrange(1 << 32))
