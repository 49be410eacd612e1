#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Every kind of device that a port can be, with ordinary memory and with huge pages."""
import os
import random
import shutil
import socket
import struct
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(1, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "lib"))
import box          # noqa: E402
import tap          # noqa: E402
import topology     # noqa: E402

INSIDE, OUTSIDE = topology.INSIDE_PORT, topology.OUTSIDE_PORT
NOBODY = 65534
PACKET_OUTGOING = 4
EXPERIMENT = 0x88B5     # IEEE 802 local experimental EtherType


def product(t):
    if not t.box.is_product:
        tap.skip("no daemon")


def orders(t):
    """What every port must be able to do."""
    t.order()
    t.order("chain_20k", family="-6")
    t.order("expired", verdict="expired")


def test_af_xdp(t):
    """net_af_xdp, ordinary memory"""
    t.start()
    orders(t)


def test_af_packet(t):
    """net_af_packet"""
    t.start(settings={"inside": f"net_af_packet0,iface={INSIDE}",
                      "outside": f"net_af_packet1,iface={OUTSIDE}"})
    orders(t)


def test_af_packet_queues(t):
    """net_af_packet with two queues each, and two workers"""
    t.start(settings={"inside": f"net_af_packet0,iface={INSIDE},qpairs=2",
                      "outside": f"net_af_packet1,iface={OUTSIDE},qpairs=2", "workers": 2})
    for family in ("-4", "-6"):
        for _ in range(4):
            t.order(family=family)


def test_mixed(t):
    """one port net_af_packet, the other net_af_xdp"""
    t.start(settings={"inside": f"net_af_packet0,iface={INSIDE}"})
    orders(t)


def test_tap(t):
    """net_tap: the kernel's ends of both taps are the peers' interfaces"""
    product(t)
    wires = t.wires
    for port in (INSIDE, OUTSIDE):
        wires.box.ip("link", "del", port)
    t.start(settings={"inside": "net_tap0,iface=tap-in", "outside": "net_tap1,iface=tap-out"})
    for port, peer in (("tap-in", wires.cell), ("tap-out", wires.partner)):
        wires.box.ip("link", "set", port, "netns", peer.path, "name", "eth0")
        topology.quiet(peer, "eth0")
    wires.cell.configure(wires.partner, 16, 64)
    wires.partner.configure(wires.cell, 24, 64)
    orders(t)


def test_memif(t):
    """net_memif between two daemons in a row: both judge, both let the same pass"""
    product(t)
    folder = os.path.join(t.folder, "second")
    os.mkdir(folder)
    second = t.at_end(box.Box(t.wires, folder))
    memif = "net_memif0,role={},socket-abstract=no,socket=" + os.path.join(t.folder, "memif.sock")
    t.start(settings={"outside": memif.format("server")})
    second.start(t.policy(), inside=memif.format("client"),
                 outside=f"net_af_xdp1,iface={OUTSIDE}")
    deadline = time.monotonic() + 5
    while second.last_words().count("link=up") < 1 and time.monotonic() < deadline:
        time.sleep(0.05)
    orders(t)
    reasons = [record["verdict"]["reason"] for record in second.verdicts(3)]
    # Of the third the second daemon, towards the client, sees only the alert that the first has put in its place.
    assert reasons == ["ok", "ok", "peer_alert"], reasons


def frame(size, kind=EXPERIMENT):
    """A frame of `size` octets to everybody that no host answers."""
    head = b"\xff" * 6 + b"\x02\x00\x00\x00\x00\x07" + struct.pack("!H", kind)
    return head + random.Random(size).randbytes(size - len(head))


def listen(namespace):
    with namespace:
        raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(EXPERIMENT))
        raw.bind(("eth0", EXPERIMENT))
    raw.settimeout(3)
    return raw


def receive(raw):
    """The next frame that came from outside; None when none came in time."""
    try:
        while True:
            data, (_, _, kind, _, _) = raw.recvfrom(65536)
            if kind != PACKET_OUTGOING:
                return data
    except TimeoutError:
        return None


def test_ring(t):
    """net_ring: what goes into the ring comes back out of it"""
    product(t)
    t.start(mode="monitor", settings={"outside": "net_ring0"})
    raw = listen(t.wires.cell)
    for size in (60, 61, 1000, 1514):
        raw.send(frame(size))
        assert receive(raw) == frame(size), f"a frame of {size} octets did not come back"
    raw.close()


def write_capture(path, frames):
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for number, data in enumerate(frames):
            file.write(struct.pack("<IIII", number, 0, len(data), len(data)) + data)


def read_capture(path):
    with open(path, "rb") as file:
        data = file.read()
    frames, at = [], 24
    while at + 16 <= len(data):
        length = struct.unpack_from("<I", data, at + 8)[0]
        frames.append(data[at + 16:at + 16 + length])
        at += 16 + length
    return frames


class PcapBox:
    """A daemon between captures, in the namespace that we are in, without privileges."""

    def __init__(self, t, mode, into):
        self.folder = os.path.join(t.folder, mode)
        os.mkdir(self.folder)
        t.box.log = self.path("log", "txt")
        self.into = into
        for side in into:
            write_capture(self.path(side, "rx"), into[side])
        config = "".join(f"{key}: {value}\n" for key, value in {
            "policy": t.policy(mode=mode), "inside": self.device(0, "inside"),
            "outside": self.device(1, "outside"), "events": self.path("events", "json"),
            "counters": self.path("counters", "json"), "hugepages": "none", "packets": 16384,
            "held_packets_max": 4096, "flows_max": 4096, "handshakes_max": 1024,
            "handshake_memory_mb": 32}.items())
        with open(self.path("settings", "yaml"), "w", encoding="utf-8") as file:
            file.write(config)
        self.open_up(t)
        self.process = None

    def open_up(self, t):
        """Nobody may read what it needs, and write into its folder."""
        top = os.path.dirname(t.folder)
        for folder, _, names in os.walk(top):
            os.chmod(folder, 0o755)
            for name in names:
                os.chmod(os.path.join(folder, name), 0o644)
        if os.geteuid() == 0:
            os.chown(self.folder, NOBODY, NOBODY)

    def path(self, what, kind):
        return os.path.join(self.folder, f"{what}.{kind}")

    def device(self, number, side):
        return f"net_pcap{number},rx_pcap={self.path(side, 'rx')},tx_pcap={self.path(side, 'tx')}"

    def run(self):
        """Runs until everything has been read; the daemon's exit status."""
        program = os.path.join(self.folder, "cellgated")    # builds lie where nobody may look
        shutil.copy(box.program("cellgated"), program)
        os.chmod(program, 0o755)
        command = [program, "--settings", self.path("settings", "yaml")]
        more = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
        with open(self.path("log", "txt"), "wb") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, **more)
        wanted = sum(map(len, self.into.values()))
        deadline = time.monotonic() + 20
        while self.received() < wanted and self.process.poll() is None:
            assert time.monotonic() < deadline, self.log()
            time.sleep(0.1)
        self.process.terminate()
        status = self.process.wait(5)
        self.process = None
        return status

    def received(self):
        if not os.path.exists(self.path("counters", "json")):
            return 0
        with open(self.path("counters", "json"), encoding="utf-8") as file:
            text = file.read()
        return int(text.split('"rx_packets": ')[1].split(",")[0])

    def log(self):
        with open(self.path("log", "txt"), encoding="utf-8", errors="replace") as file:
            return file.read()

    def stop(self):
        if self.process:
            self.process.kill()
            self.process.wait()


def test_pcap(t):
    """net_pcap without privileges: monitor mode copies frames of every size, octet by octet"""
    product(t)
    into = {"inside": [frame(size) for size in range(60, 1515, 3)],
            "outside": [frame(size) for size in (60, 1514, 3000, 9014)]}
    machine = t.at_end(PcapBox(t, "monitor", into))
    status = machine.run()
    assert status == 0, machine.log()
    for side, other in (("inside", "outside"), ("outside", "inside")):
        assert read_capture(machine.path(other, "tx")) == into[side], f"{side} differs"


def test_pcap_noise(t):
    """net_pcap without privileges: 20 000 random frames on both ports; nothing passes, nothing breaks"""
    product(t)
    dice = random.Random(1)
    into = {}
    for side in ("inside", "outside"):
        frames = []
        for _ in range(10000):
            kind = dice.choice((0x0800, 0x86DD, 0x8100, 0x88A8, dice.randrange(0x0600, 0x10000)))
            data = bytearray(frame(dice.randrange(14, 400), kind))
            if kind in (0x0800, 0x86DD) and len(data) > 30:
                data[14] = dice.choice((0x45, 0x46, 0x4F, 0x60))
                data[23] = dice.choice((1, 6, 17, 58))
            frames.append(bytes(data))
        into[side] = frames
    machine = t.at_end(PcapBox(t, "enforce", into))
    status = machine.run()
    assert status == 0, machine.log()
    allowed = {struct.pack("!H", kind) for kind in (0x0806, 0x88CC, 0x8809, 0x88F7)}
    for side in into:
        passed = [data for data in read_capture(machine.path(side, "tx"))
                  if data[12:14] not in allowed]
        assert not passed, f"{len(passed)} frames left by {side}, the first {passed[0].hex()}"


def huge_pages(number=None):
    """How many 2 MB pages the kernel keeps; sets their number first where one is given."""
    path = "/proc/sys/vm/nr_hugepages"
    if number is not None:
        with open(path, "w", encoding="ascii") as file:
            file.write(str(number))
    with open(path, encoding="ascii") as file:
        return int(file.read())


class HugePages:
    """Some huge pages for one test; stop() gives them back."""

    def __init__(self, number):
        self.before = huge_pages()
        try:
            if huge_pages(self.before + number) >= self.before + number:
                return
        except OSError:
            pass
        self.stop()
        tap.skip(f"{number} huge pages of 2 MB cannot be had")

    def stop(self):
        try:
            huge_pages(self.before)
        except OSError:
            pass


def test_huge_pages(t):
    """net_af_xdp, net_af_packet and net_ring with packets in huge pages"""
    product(t)
    t.at_end(HugePages(160))
    for settings in ({}, {"inside": f"net_af_packet0,iface={INSIDE}"}):
        t.start(settings={"hugepages": "use", **settings})
        orders(t)
        t.box.stop()
    t.start(mode="monitor", settings={"hugepages": "use", "outside": "net_ring0"})
    raw = listen(t.wires.cell)
    raw.send(frame(1500))
    assert receive(raw) == frame(1500)
    raw.close()


def test_huge_pages_missing(t):
    """hugepages: use without any is refused, with what to do about it"""
    product(t)
    if huge_pages() != 0:
        tap.skip("this machine has huge pages")
    refuse(t, "vm.nr_hugepages", 2, settings={"hugepages": "use"})


def test_jumbo(t):
    """net_af_packet with an MTU of 9000: frames of 9014 octets pass whole"""
    for peer in (t.wires.cell, t.wires.partner):
        peer.ip("link", "set", "eth0", "mtu", "9000")
    for port in (INSIDE, OUTSIDE):
        t.wires.box.ip("link", "set", port, "mtu", "9000")
    large = "net_af_packet{},iface={},framesz=10240,blocksz=40960"
    t.start(mode="monitor",
            settings={"inside": large.format(0, INSIDE), "outside": large.format(1, OUTSIDE),
                      "mtu": 9000, "packet_bytes": 10368, "packets": 8192, "held_packets_max": 1024})
    here, there = listen(t.wires.cell), listen(t.wires.partner)
    for size in (60, 1514, 1515, 4096, 9014):
        here.send(frame(size))
        got = receive(there)
        assert got == frame(size), f"{size} octets: {got and len(got)} arrived"
    here.close()
    there.close()
    t.order("chain_20k")


def refuse(t, words, status, settings=None):
    """The daemon does not start: exit status `status`, and `words` in its log."""
    try:
        t.start(settings=settings or {})
    except box.BoxDied:
        got = t.box.process.wait()
        t.box.process = None
        assert got == status, f"exit status {got}\n{t.box.last_words()}"
        assert words in t.box.last_words(), t.box.last_words()
    else:
        raise AssertionError("it started")


def test_bypass_refused(t):
    """no start where the kernel could be a way around: addresses, IPv6, forwarding, a bridge"""
    product(t)
    ports = t.wires.box
    ports.ip("addr", "add", "192.0.2.1/24", "dev", INSIDE)
    refuse(t, f"ip addr flush dev {INSIDE}", 1)
    ports.ip("addr", "flush", "dev", INSIDE)
    ports.sysctl(f"net.ipv6.conf.{OUTSIDE}.disable_ipv6", 0)
    refuse(t, "fe80::", 1)
    ports.sysctl(f"net.ipv6.conf.{OUTSIDE}.disable_ipv6", 1)
    ports.sysctl("net.ipv4.ip_forward", 1)
    refuse(t, f"net.ipv4.conf.{INSIDE}.forwarding=0", 1)
    ports.sysctl("net.ipv4.ip_forward", 0)
    ports.ip("link", "add", "br0", "type", "bridge")
    ports.ip("link", "set", INSIDE, "master", "br0")
    refuse(t, f"{INSIDE} belongs to br0", 1)
    ports.ip("link", "del", "br0")
    refuse(t, "there is no interface eth9", 1, {"inside": "net_af_xdp0,iface=eth9"})
    t.start()
    t.order()


def test_bypass_by_tap_refused(t):
    """no start where a tap's interface comes up with IPv6, which is seen only once it is there"""
    product(t)
    t.wires.box.sysctl("net.ipv6.conf.default.disable_ipv6", 0)
    refuse(t, "tap-in", 1, {"inside": "net_tap0,iface=tap-in"})


if __name__ == "__main__":
    tap.main(globals())
