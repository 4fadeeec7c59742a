#!/usr/bin/python3 -ES
# SPDX-License-Identifier: MIT
"""What BPF programs on the root control group do to other people's sockets.

Usage: bpf.py deny PORT      connect() over IPv4 to PORT fails with EPERM
       bpf.py sockmap PORT   connections accepted on PORT get into a sockmap

Says "ready" when it works, and ends it when it is killed. The programs are a
few instructions long and are loaded as they stand, without a compiler.
"""
import ctypes
import os
import signal
import socket
import struct
import sys

NR_BPF = {"x86_64": 321, "aarch64": 280}[os.uname().machine]
MAP_CREATE, PROG_LOAD, LINK_CREATE = 0, 5, 28
MAP_TYPE_SOCKMAP, HELPER_SOCK_MAP_UPDATE, PASSIVE_ESTABLISHED = 15, 53, 5
TYPE_SOCK_OPS, TYPE_CGROUP_SOCK_ADDR = 13, 18
ATTACH_SOCK_OPS, ATTACH_INET4_CONNECT = 3, 10
USER_PORT = 24              # in struct bpf_sock_addr; network order
OP, LOCAL_PORT = 0, 68      # in struct bpf_sock_ops; host order
libc = ctypes.CDLL(None, use_errno=True)


def bpf(cmd, attr):
    buf = ctypes.create_string_buffer(attr, 128)
    ret = libc.syscall(NR_BPF, cmd, buf, len(buf))
    if ret < 0:
        sys.exit(f"bpf({cmd}): {os.strerror(ctypes.get_errno())}")
    return ret


def deny(port):
    return [(0xb7, 0x00, 0, 1),                   # r0 = 1
            (0x61, 0x12, USER_PORT, 0),           # r2 = ctx->user_port
            (0x55, 0x02, 1, socket.htons(port)),  # another one: skip 1
            (0xb7, 0x00, 0, 0),                   # r0 = 0
            (0x95, 0x00, 0, 0)]                   # return r0


def sockmap(port):
    fd = bpf(MAP_CREATE, struct.pack("<IIII", MAP_TYPE_SOCKMAP, 4, 4, 1))
    return [(0xbf, 0x16, 0, 0),                   # r6 = r1
            (0x61, 0x12, OP, 0),                  # r2 = ctx->op
            (0x55, 0x02, 10, PASSIVE_ESTABLISHED),
            (0x61, 0x12, LOCAL_PORT, 0),          # r2 = ctx->local_port
            (0x55, 0x02, 8, port),
            (0x62, 0x0a, -4, 0),                  # key = 0
            (0xbf, 0x61, 0, 0),                   # r1 = ctx
            (0x18, 0x12, 0, fd), (0, 0, 0, 0),    # r2 = map
            (0xbf, 0xa3, 0, 0),                   # r3 = &key
            (0x07, 0x03, 0, -4),
            (0xb7, 0x04, 0, 0),                   # r4 = flags
            (0x85, 0x00, 0, HELPER_SOCK_MAP_UPDATE),
            (0xb7, 0x00, 0, 1),                   # return 1
            (0x95, 0x00, 0, 0)]


PROGRAMS = {"deny": (deny, TYPE_CGROUP_SOCK_ADDR, ATTACH_INET4_CONNECT),
            "sockmap": (sockmap, TYPE_SOCK_OPS, ATTACH_SOCK_OPS)}


def cgroup_root():
    for line in open("/proc/mounts"):
        _, where, kind = line.split()[:3]
        if kind == "cgroup2":
            return where
    sys.exit("no cgroup2 is mounted")


def main():
    make, kind, attach = PROGRAMS[sys.argv[1]]
    code = b"".join(struct.pack("<BBhi", *insn)
                    for insn in make(int(sys.argv[2])))
    insns = ctypes.create_string_buffer(code, len(code))
    text = ctypes.create_string_buffer(b"GPL")
    prog = bpf(PROG_LOAD, struct.pack(
        "<IIQQIIQII16sII", kind, len(code) // 8, ctypes.addressof(insns),
        ctypes.addressof(text), 0, 0, 0, 0, 0, b"", 0, attach))
    root = os.open(cgroup_root(), os.O_RDONLY)
    # A link goes with the process that holds it.
    bpf(LINK_CREATE, struct.pack("<IIII", prog, root, attach, 0))
    print("ready", flush=True)
    signal.pause()


main()
