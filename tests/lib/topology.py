# SPDX-License-Identifier: BSD-3-Clause
"""The three namespaces of every test on the wire.

    cell (machine)          box                    partner (shoe brand)
    eth0 ------------- cg-in | cg-out ------------- eth0
    10.4.0.7/16             no address             203.0.113.20/24
    fd00:4::7/64            no IPv6                2001:db8:b::20/64

The box's ports have no address and no IPv6, so that its kernel is no way
around the box. The peers' interfaces compute their checksums in software:
a veth would leave them to hardware that is not there, and a box that is no
kernel sees what is on the wire. Every process in these namespaces finds the
machine by its name, machine-7.producer.example.

All peers, and this process, run on one CPU, in user land and in the kernel. Else two CPUs could
send by the same interface, and a capture would not know which frame was first.
"""
import os

import netns

INSIDE_PORT, OUTSIDE_PORT = "cg-in", "cg-out"
CPUS = frozenset(os.sched_getaffinity(0))     # before a Topology keeps us to one of them
MACHINE = "machine-7.producer.example"
OFFLOADS = ("tx", "rx", "sg", "tso", "gso", "gro", "txvlan", "rxvlan",
            "tx-vlan-stag-hw-insert", "rx-vlan-stag-hw-parse")


class Peer(netns.Namespace):
    """One end of the wire: an interface eth0 with addresses and a way to the other end."""

    def __init__(self, name, v4, v6):
        super().__init__(name)
        self.v4, self.v6 = v4, v6

    def configure(self, other, prefix4, prefix6):
        self.sysctl("net.ipv6.conf.eth0.accept_ra", 0)
        self.sysctl("net.ipv6.conf.eth0.router_solicitations", 0)
        self.sysctl("net.ipv6.conf.eth0.keep_addr_on_down", 1)
        self.ip("addr", "add", f"{self.v4}/{prefix4}", "dev", "eth0")
        self.ip("addr", "add", f"{self.v6}/{prefix6}", "dev", "eth0", "nodad")
        self.ip("link", "set", "eth0", "up")
        self.ip("route", "add", other.v4, "dev", "eth0")
        self.ip("route", "add", other.v6, "dev", "eth0")

    def route(self, other, *how):
        """Replaces the routes to the other end: route(other, "initcwnd", "1")."""
        self.ip("route", "replace", other.v4, "dev", "eth0", *how)
        self.ip("route", "replace", other.v6, "dev", "eth0", *how)


class Topology:
    """cell, box and partner; close() ends it, and so does the end of the process."""

    def __init__(self, folder):
        """folder: for a file that stands for /etc/hosts; the caller's to remove."""
        self.cell = Peer("cell", "10.4.0.7", "fd00:4::7")
        self.partner = Peer("partner", "203.0.113.20", "2001:db8:b::20")
        self.box = netns.Namespace("box")
        self.box.sysctl("net.ipv6.conf.all.disable_ipv6", 1)
        self.box.sysctl("net.ipv6.conf.default.disable_ipv6", 1)
        for port, peer in ((INSIDE_PORT, self.cell), (OUTSIDE_PORT, self.partner)):
            self.box.ip("link", "add", port, "type", "veth", "peer", "name", "eth0",
                        "netns", peer.path)
            self.box.ip("link", "set", port, "up")
            quiet(self.box, port)
            quiet(peer, "eth0")
        self._share_one_cpu()
        hosts = os.path.join(folder, "hosts")
        with open(hosts, "w", encoding="ascii") as file:
            file.write(f"127.0.0.1 localhost\n{self.cell.v4} {MACHINE}\n{self.cell.v6} {MACHINE}\n")
        for peer in (self.cell, self.partner):
            peer.binds.append((hosts, "/etc/hosts"))
        self.cell.configure(self.partner, 16, 64)
        self.partner.configure(self.cell, 24, 64)

    def _share_one_cpu(self):
        cpus = sorted(CPUS)
        self.box.cpus = cpus
        os.sched_setaffinity(0, cpus[-1:])      # this process sends frames, too
        for peer in (self.cell, self.partner):
            peer.cpus = cpus[-1:]
            peer.run("sh", "-c", "test ! -e $0 || echo $1 > $0",
                     "/sys/class/net/eth0/queues/rx-0/rps_cpus", f"{1 << cpus[-1]:x}")

    def leave_room(self, octets):
        """The peers keep their packets this much smaller: a second tag needs room on these wires."""
        self.cell.route(self.partner, "mtu", str(1500 - octets))
        self.partner.route(self.cell, "mtu", str(1500 - octets))

    def namespaces(self):
        return (self.cell, self.box, self.partner)

    def close(self):
        for namespace in self.namespaces():
            namespace.close()

    def describe(self):
        """What one wants to see when a test failed."""
        parts = []
        for namespace in self.namespaces():
            try:
                text = namespace.ip("-br", "addr") + namespace.ip("-s", "-o", "link")
            except (RuntimeError, OSError) as error:
                text = f"{error}\n"
            lines = [" ".join(line.replace("\\", " ").split()) for line in text.split("\n")
                     if not line.startswith(("lo ", "1: lo"))]
            parts.append(f"--- {namespace.name}\n" + "\n".join(lines))
        return "".join(parts)


def quiet(namespace, interface):
    """No offloads: what a peer sends is whole, and arrives as it was sent."""
    words = [word for offload in OFFLOADS for word in (offload, "off")]
    namespace.run("ethtool", "-K", interface, *words)
