# SPDX-License-Identifier: BSD-3-Clause
"""Small eBPF programs on an interface, without compiler, object file or bpffs.

They are written down as instructions, loaded with bpf(2), attached with
rtnetlink, and go when the interface or its namespace goes.
"""
import ctypes
import os
import platform
import socket
import struct

from netns import check, libc

SYS_BPF = {"x86_64": 321, "aarch64": 280}
BPF_PROG_LOAD = 5
BPF_PROG_TYPE_SCHED_CLS = 3
HELPER_VLAN_PUSH, HELPER_VLAN_POP, HELPER_REDIRECT = 18, 19, 23
TC_ACT_OK = 0

RTM_NEWQDISC, RTM_DELQDISC, RTM_NEWTFILTER = 36, 37, 44
NLM_F_REQUEST, NLM_F_ACK, NLM_F_EXCL, NLM_F_CREATE = 0x1, 0x4, 0x200, 0x400
TC_H_CLSACT = 0xFFFFFFF1
CLSACT_HANDLE = 0xFFFF0000
CLSACT_INGRESS, CLSACT_EGRESS = 0xFFFFFFF2, 0xFFFFFFF3
TCA_KIND, TCA_OPTIONS = 1, 2
TCA_BPF_FD, TCA_BPF_NAME, TCA_BPF_FLAGS = 6, 7, 8
TCA_BPF_FLAG_ACT_DIRECT = 1
ETH_P_ALL = 3


def instruction(code, dst=0, src=0, imm=0):
    return struct.pack("=BBhi", code, dst | src << 4, 0, imm)


def on_packet(calls):
    """Calls helpers with the packet: (helper, argument 2, argument 3) each; then it passes."""
    program = instruction(0xBF, 6, 1)                       # r6 = r1
    for helper, second, third in calls:
        program += instruction(0xBF, 1, 6)                  # r1 = r6
        program += instruction(0xB7, 2, 0, second)          # r2 = imm
        program += instruction(0xB7, 3, 0, third)           # r3 = imm
        program += instruction(0x85, 0, 0, helper)          # call
    return program + instruction(0xB7, 0, 0, TC_ACT_OK) + instruction(0x95)


def redirect(index):
    """What comes leaves by the interface `index`."""
    return (instruction(0xB7, 1, 0, index) + instruction(0xB7, 2, 0, 0)
            + instruction(0x85, 0, 0, HELPER_REDIRECT) + instruction(0x95))


def load(program):
    code = ctypes.create_string_buffer(program, len(program))
    licence = ctypes.create_string_buffer(b"Dual BSD/GPL")
    attributes = struct.pack("=IIQQIIQII", BPF_PROG_TYPE_SCHED_CLS, len(program) // 8,
                             ctypes.addressof(code), ctypes.addressof(licence), 0, 0, 0, 0, 0)
    buffer = ctypes.create_string_buffer(attributes, len(attributes))
    return check(libc.syscall(SYS_BPF[platform.machine()], BPF_PROG_LOAD, buffer, len(attributes)))


def attribute(kind, value):
    padding = b"\0" * (-len(value) % 4)
    return struct.pack("=HH", 4 + len(value), kind) + value + padding


def netlink(kind, flags, body):
    """One rtnetlink request in the calling thread's namespace; its error as OSError."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as link:
        header = struct.pack("=IHHII", 16 + len(body), kind, NLM_F_REQUEST | NLM_F_ACK | flags, 1, 0)
        link.send(header + body)
        error = struct.unpack_from("=i", link.recv(65536), 16)[0]
    if error:
        raise OSError(-error, os.strerror(-error))


def tcmsg(index, handle, parent, info=0):
    return struct.pack("=BxxxiIII", 0, index, handle, parent, info)


def open_interface(index):
    """Makes room for programs on an interface."""
    netlink(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL,
            tcmsg(index, CLSACT_HANDLE, TC_H_CLSACT) + attribute(TCA_KIND, b"clsact\0"))


def clear_interface(index):
    """Takes all programs off."""
    netlink(RTM_DELQDISC, 0,
            tcmsg(index, CLSACT_HANDLE, TC_H_CLSACT) + attribute(TCA_KIND, b"clsact\0"))


def attach(index, parent, program):
    """Attaches to CLSACT_INGRESS or CLSACT_EGRESS of an opened interface in the thread's namespace."""
    fd = load(program)
    try:
        options = (attribute(TCA_BPF_FD, struct.pack("=I", fd))
                   + attribute(TCA_BPF_NAME, b"vlan\0")
                   + attribute(TCA_BPF_FLAGS, struct.pack("=I", TCA_BPF_FLAG_ACT_DIRECT)))
        info = 1 << 16 | socket.htons(ETH_P_ALL)
        netlink(RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_EXCL,
                tcmsg(index, 0, parent, info) + attribute(TCA_KIND, b"bpf\0")
                + attribute(TCA_OPTIONS, options))
    finally:
        os.close(fd)
