#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Monitor mode: every frame passes at once, as it came, in order; verdicts say what would have been."""
import os
import random
import socket
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(1, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "lib"))
import noise        # noqa: E402
import peers        # noqa: E402
import tap          # noqa: E402
import vlan         # noqa: E402
import wire         # noqa: E402
from topology import MACHINE    # noqa: E402


def would(t, reasons):
    """The records since mark() have these reasons, and say what would have happened."""
    if not t.box.is_product:
        return
    records = [record["verdict"] for record in t.box.verdicts(len(reasons))]
    assert [record["reason"] for record in records] == reasons, records
    for record in records:
        assert record["would"] == ("accept" if record["reason"] == "ok" else "block"), record


def test_good_and_bad(t):
    """good and bad handshakes pass, octet by octet the same on both wires"""
    t.start(mode="monitor")
    t.box.mark()
    with wire.Both(t.wires.cell, t.wires.partner, t.folder) as both:
        for leaf in ("machine", "expired", "chain_64k", "unknown_ca"):
            plain_order(t, leaf)
    assert not both.difference(), both.difference()
    would(t, ["ok", "expired", "ok", "unknown_issuer"])


def plain_order(t, leaf):
    import exchange
    server, client = t.server(leaf), t.client()
    saw = exchange.converse(client, server)
    client.stop()
    server.stop()
    assert saw == ("confirmed", "order"), saw


def test_vlan(t):
    """the same inside a VLAN and inside two"""
    t.start(mode="monitor")
    t.wires.leave_room(8)
    for tags in ([(0x8100, 7)], [(0x88A8, 100), (0x8100, 7)]):
        with vlan.Vlan(tags, (t.wires.cell, t.wires.partner)), \
                wire.Both(t.wires.cell, t.wires.partner, t.folder) as both:
            plain_order(t, "self_signed")
        assert not both.difference(), both.difference()


def test_other_traffic(t):
    """plain HTTP, UDP, a closed port and a large download pass unchanged"""
    tap.need("nginx", "curl")
    t.start(mode="monitor")
    with open(os.path.join(t.folder, "catalogue.bin"), "wb") as file:
        file.write(os.urandom(4 << 20))
    t.at_end(peers.nginx(t.wires.cell, t.folder, 443, t.chain("producer", "machine"),
                         t.key("producer", "machine")))
    with wire.Both(t.wires.cell, t.wires.partner, t.folder) as both:
        for url in (f"https://{MACHINE}/catalogue.bin", f"http://{MACHINE}:443/",
                    f"http://{MACHINE}:9/"):
            peers.curl(t.wires.partner, t.folder, url, t.anchor("producer"),
                       more=("-4", "--output", "/dev/null")).wait()
        datagrams(t)
    assert not both.difference(), both.difference()


def datagrams(t):
    with t.wires.cell:
        inside = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with t.wires.partner:
        outside = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    inside.bind((t.wires.cell.v4, 5000))
    outside.bind((t.wires.partner.v4, 5000))
    for size in (0, 1, 512, 1472):
        outside.sendto(os.urandom(size), (t.wires.cell.v4, 5000))
        inside.sendto(os.urandom(size), (t.wires.partner.v4, 5000))
    inside.close()
    outside.close()


def test_noise(t):
    """random frames pass unchanged and in order"""
    t.start(mode="monitor")
    dice = random.Random(1)
    with wire.Both(t.wires.cell, t.wires.partner, t.folder) as both:
        senders = [wire.raw_sender(peer) for peer in (t.wires.cell, t.wires.partner)]
        for number in range(2000):
            senders[number % 2].send(noise.random_frame(dice))
            if number % 64 == 63:
                time.sleep(0.005)
        for sender in senders:
            sender.close()
    assert not both.difference(), both.difference()


if __name__ == "__main__":
    tap.main(globals())
