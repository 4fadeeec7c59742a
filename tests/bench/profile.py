#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Instructions per request by function, of a target less the direct case.

Usage: profile.py DIR    with cells, kallsyms and counts.0 to counts.3 as
                         profile.sh left them: direct begin, end, target
                         begin, end; only the target's where nothing is direct
"""
import bisect
import collections
import sys

USER_END = 1 << 47


def symbols(path):
    """Sorted addresses, and the name of each."""
    found = {}
    with open(path, encoding="ascii") as lines:
        for line in lines:
            addr, kind, name, *module = line.split()
            if kind in "tTwW" and int(addr, 16):
                found.setdefault(int(addr, 16), " ".join([name, *module]))
    addrs = sorted(found)
    return addrs, [found[a] for a in addrs]


def counts(path):
    """(instructions, executions) by address of a block."""
    found = collections.defaultdict(lambda: [0, 0])
    with open(path, encoding="ascii") as lines:
        for line in lines:
            addr, insns, executions = line.split()
            cell = found[int(addr, 16)]
            cell[0] += int(insns)
            cell[1] += int(executions)
    return found


def by_function(before, after, table):
    """(instructions, entries) by name between two dumps."""
    addrs, names = table
    found = collections.defaultdict(lambda: [0, 0])
    for addr, (insns, executions) in after.items():
        was = before.get(addr, (0, 0))
        at = bisect.bisect_right(addrs, addr) - 1
        name = "[user]" if addr < USER_END or at < 0 else names[at]
        found[name][0] += insns - was[0]
        if at >= 0 and addr == addrs[at]:
            found[name][1] += executions - was[1]
    return found


def group(name):
    """Where a function belongs: its module, user space or the kernel."""
    return name if name == "[user]" else name.partition(" ")[2] or "kernel"


def requests(path):
    """Requests measured, of the direct case if there is one, and of the target."""
    with open(path, encoding="ascii") as lines:
        return [float(line.split()[4]) for line in lines]


def table_print(direct, target, top):
    """The functions that differ most, in either direction."""
    none = (0, 0)
    rows = sorted(((target.get(n, none)[0] - direct.get(n, none)[0], n)
                   for n in set(direct) | set(target)), reverse=True)
    print(f"{'added':>9} {'direct':>9} {'calls':>7}  function")
    for diff, name in rows[:top]:
        print(f"{diff:9.1f} {direct.get(name, none)[0]:9.1f} "
              f"{target.get(name, none)[1] - direct.get(name, none)[1]:7.2f}"
              f"  {name}")


def main():
    where = sys.argv[1]
    table = symbols(f"{where}/kallsyms")
    per = []
    for i, n in enumerate(requests(f"{where}/cells")):
        found = by_function(counts(f"{where}/counts.{2 * i}"),
                            counts(f"{where}/counts.{2 * i + 1}"), table)
        per.append({k: (v[0] / n, v[1] / n) for k, v in found.items()})
    if len(per) == 1:
        per.insert(0, {})
    groups = collections.Counter()
    for sign, part in ((-1, per[0]), (1, per[1])):
        for name, (insns, _) in part.items():
            groups[group(name)] += sign * insns
    print(f"added: {sum(groups.values()):.0f}")
    for name, insns in groups.most_common():
        if abs(insns) >= 20:
            print(f"{insns:9.1f}  {name}")
    print()
    table_print(per[0], per[1], int(sys.argv[2]) if len(sys.argv) > 2 else 60)


main()
