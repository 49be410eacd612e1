#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Cables that are pulled and put back, and long transfers."""
import hashlib
import os
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(1, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "lib"))
import peers        # noqa: E402
import tap          # noqa: E402
from topology import MACHINE    # noqa: E402

MEGABYTE = 1 << 20
GROWTH_KB = 1024     # resident memory may grow by this much: libraries, stacks


def serve(t, size):
    """nginx in the cell with a file of `size` octets; gives its SHA-256."""
    tap.need("nginx", "curl")
    data = os.urandom(MEGABYTE) * (size // MEGABYTE)
    with open(os.path.join(t.folder, "catalogue.bin"), "wb") as file:
        file.write(data)
    t.at_end(peers.nginx(t.wires.cell, t.folder, 443, t.chain("producer", "machine"),
                         t.key("producer", "machine")))
    return hashlib.sha256(data).hexdigest()


def download(t, more=(), seconds=60):
    return t.at_end(peers.curl(
        t.wires.partner, t.folder, f"https://{MACHINE}/catalogue.bin", t.anchor("producer"),
        more=("-4", "--output", os.path.join(t.folder, "got.bin"), "--max-time", str(seconds),
              *more)))


def check_got(t, wanted):
    with open(os.path.join(t.folder, "got.bin"), "rb") as file:
        assert hashlib.sha256(file.read()).hexdigest() == wanted, "other octets arrived"


def test_download(t):
    """64 MB through the box arrive as they left, in less than 30 seconds"""
    t.start()
    wanted = serve(t, 64 * MEGABYTE)
    started = time.monotonic()
    client = download(t)
    assert client.wait(40) == 0, client.last_words()
    seconds = time.monotonic() - started
    check_got(t, wanted)
    tap.comment(f"{64 / seconds:.0f} MB/s")
    assert seconds < 30, f"{seconds:.1f} s"


def survive(t, side):
    t.start()
    wanted = serve(t, 16 * MEGABYTE)
    t.order()
    before = t.box.memory_kb()
    client = download(t, more=("--limit-rate", "4M"))
    time.sleep(1.5)
    other = t.wires.partner if side is t.wires.cell else t.wires.cell
    side.ip("link", "set", "eth0", "down")
    time.sleep(2)
    t.box.check_alive()
    side.ip("link", "set", "eth0", "up")
    side.route(other)
    assert client.wait(50) == 0, client.last_words()
    check_got(t, wanted)
    t.order()
    tap.comment(f"resident memory {before} kB before, {t.box.memory_kb()} kB after")
    t.box.check_growth(before, GROWTH_KB)


def test_inside_unplugged(t):
    """a transfer survives two seconds without link on the inside; memory unchanged"""
    survive(t, t.wires.cell)


def test_outside_unplugged(t):
    """a transfer survives two seconds without link on the outside; memory unchanged"""
    survive(t, t.wires.partner)


if __name__ == "__main__":
    tap.main(globals())
