#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Random octets to both ports: nothing of it ends the daemon, fills its memory, or stops good flows."""
import os
import random
import socket
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(1, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "lib"))
import noise    # noqa: E402
import tap      # noqa: E402
import wire     # noqa: E402

FRAMES = 400000 if os.environ.get("CELLGATE_LONG") == "1" else 20000
GROWTH_KB = 4096
IPV4 = b"\x08\0"


def pour(t, make):
    """Sends FRAMES frames from both ends; then the daemon lives and a good order passes."""
    t.start()
    t.order()
    before = t.box.memory_kb()
    senders = [wire.raw_sender(peer) for peer in (t.wires.cell, t.wires.partner)]
    for number in range(FRAMES):
        senders[number % 2].send(make(number % 2))
        if number % 256 == 255:
            time.sleep(0.002)
            t.box.check_alive()
    for sender in senders:
        sender.close()
    t.order()
    t.box.check_growth(before, GROWTH_KB)
    check_arrived(t)


def check_arrived(t):
    """Most of it reached the daemon: the rings between kernel and daemon did not throw it away."""
    deadline = time.monotonic() + 5
    while t.box.is_product:
        arrived = t.box.counters().get("counters", {}).get("rx_packets", 0)
        if arrived > FRAMES * 9 // 10:
            return
        assert time.monotonic() < deadline, f"{arrived} of {FRAMES} frames arrived"
        time.sleep(0.1)


def test_random_frames(t):
    """random frames into both ports"""
    dice = random.Random(2)
    pour(t, lambda side: noise.random_frame(dice))


def test_random_packets(t):
    """IPv4 packets with random payloads between the two ends"""
    dice = random.Random(3)
    ends = (socket.inet_aton(t.wires.cell.v4), socket.inet_aton(t.wires.partner.v4))
    pour(t, lambda side: noise.random_packet(dice, ends[side], ends[1 - side]))


def test_damaged_handshakes(t):
    """damaged copies of the frames of good handshakes"""
    capture = (wire.Capture(t.wires.cell), wire.Capture(t.wires.partner))
    t.start()
    for leaf in ("machine", "chain_20k"):
        t.order(leaf)
    t.box.stop()
    for one in capture:
        one.stop()
    # Damaged ARP would poison the ends' own tables, and say nothing about the box.
    frames = [[frame for frame in one.sent() if frame[12:14] == IPV4] for one in capture]
    dice = random.Random(4)
    pour(t, lambda side: noise.damaged(dice, dice.choice(frames[side])))


if __name__ == "__main__":
    tap.main(globals())
