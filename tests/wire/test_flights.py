#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Flights that are larger than a sender's first window, or cut into small segments.

Nobody acknowledges what the box holds, so a sender stops at its window; the box
must let the flight go on all the same (docs/architecture.md, rules of the gate).
"""
import os
import socket
import sys

sys.dont_write_bytecode = True
sys.path.insert(1, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "lib"))
import tap      # noqa: E402
import wire     # noqa: E402

# The chains of `chain_20k` and `chain_64k` make server flights of 21 and 62 kB.
IPV4_HEADERS = 14 + 20 + 20 + 12    # Ethernet, IPv4, TCP with time stamps
ENOUGH = 15.0   # seconds; a sender that has to retransmit doubles its time-out


def test_21_kb(t):
    """a server flight of 21 kB is accepted"""
    t.start()
    t.order("chain_20k")


def test_64_kb(t):
    """a server flight of 62 kB is accepted"""
    t.start()
    t.order("chain_64k", patience=ENOUGH)


def test_both_sides_large(t):
    """certificates of 20 kB from both ends are accepted"""
    t.start()
    t.order("chain_20k", "chain_20k", patience=ENOUGH)


def data_segments(capture):
    """(time, leaves, frame) of the TCP segments over IPv4 with more than a few octets."""
    return [frame for frame in capture.frames if len(frame[2]) > IPV4_HEADERS + 20
            and frame[2][12:14] == b"\x08\0" and frame[2][23] == socket.IPPROTO_TCP]


def check_one_at_a_time(capture):
    """The peer's second segment with data came after something from the other end, or much later."""
    sent = [frame for frame in data_segments(capture) if frame[1]]
    first, second = sent[0], next(f for f in sent if f[2][38:42] != sent[0][2][38:42])
    between = capture.frames[capture.frames.index(first):capture.frames.index(second)]
    came = any(not leaves for _, leaves, _ in between)
    assert came or second[0] - first[0] > 0.1, "it sent more than one segment at once"


def check_sizes(capture, most):
    sizes = [len(frame) for _, _, frame in data_segments(capture)]
    assert max(sizes) <= IPV4_HEADERS + most, max(sizes)


def test_initcwnd_1(t):
    """a server that sends one segment at a time, 21 kB, is accepted"""
    t.wires.cell.route(t.wires.partner, "initcwnd", "1")
    capture = wire.Capture(t.wires.cell)
    t.start()
    t.order("chain_20k", patience=ENOUGH)
    capture.stop()
    check_one_at_a_time(capture)


def test_client_initcwnd_1(t):
    """a client that sends one segment at a time, 20 kB, is accepted"""
    t.wires.partner.route(t.wires.cell, "initcwnd", "1")
    t.start()
    t.order("machine", "chain_20k", patience=ENOUGH)


def test_mss_536(t):
    """segments of 536 octets in both directions, 62 kB, are accepted"""
    t.wires.cell.route(t.wires.partner, "advmss", "536")
    t.wires.partner.route(t.wires.cell, "advmss", "536")
    capture = wire.Capture(t.wires.cell)
    t.start()
    t.order("chain_64k", patience=ENOUGH)
    capture.stop()
    check_sizes(capture, 536)


def test_mss_536_initcwnd_1(t):
    """one segment of 536 octets at a time, 21 kB, is accepted"""
    t.wires.cell.route(t.wires.partner, "advmss", "536", "initcwnd", "1")
    t.wires.partner.route(t.wires.cell, "advmss", "536", "initcwnd", "1")
    capture = wire.Capture(t.wires.cell)
    t.start()
    t.order("chain_20k", patience=ENOUGH)
    capture.stop()
    check_sizes(capture, 536)
    check_one_at_a_time(capture)


def test_large_and_refused(t):
    """a large flight below an unknown root is blocked, after an accepted one"""
    t.start()
    t.order("chain_64k", patience=ENOUGH)
    t.order("unknown_ca", verdict="unknown_issuer")


if __name__ == "__main__":
    tap.main(globals())
