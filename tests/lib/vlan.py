# SPDX-License-Identifier: BSD-3-Clause
"""VLAN peers without VLAN devices.

Many a kernel (small cloud ones above all) has no 802.1Q devices, but all have
eBPF. Two programs on a peer's interface do the same: what leaves gets the
tags, what comes loses them.
"""
import socket

import bpf


class Vlan:
    """`with Vlan(tags, peers):` all that these peers say is inside these VLANs.

    tags are (TPID, VLAN identifier), outermost first: [(0x8100, 7)].
    """

    def __init__(self, tags, peers, interface="eth0"):
        self.tags, self.peers, self.interface = tags, peers, interface

    def __enter__(self):
        push = [(bpf.HELPER_VLAN_PUSH, socket.htons(tpid), vid)
                for tpid, vid in reversed(self.tags)]
        pop = [(bpf.HELPER_VLAN_POP, 0, 0) for _ in self.tags]
        for peer in self.peers if self.tags else ():
            with peer:
                index = socket.if_nametoindex(self.interface)
                bpf.open_interface(index)
                bpf.attach(index, bpf.CLSACT_EGRESS, bpf.on_packet(push))
                bpf.attach(index, bpf.CLSACT_INGRESS, bpf.on_packet(pop))
        return self

    def __exit__(self, *_):
        for peer in self.peers if self.tags else ():
            with peer:
                bpf.clear_interface(socket.if_nametoindex(self.interface))
