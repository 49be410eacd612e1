#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Flights that are larger than a sender's first window, or cut into small segments.

Nobody acknowledges what the box holds, so a sender stops at its window; the box
must let the flight go on all the same (docs/architecture.md, rules of the gate).
"""
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(1, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "lib"))
import tap  # noqa: E402

# The chains of `chain_20k` and `chain_64k` make server flights of 21 and 62 kB.
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


def test_initcwnd_1(t):
    """a server that sends one segment at a time, 21 kB, is accepted"""
    t.wires.cell.route(t.wires.partner, "initcwnd", "1")
    t.start()
    t.order("chain_20k", patience=ENOUGH)


def test_client_initcwnd_1(t):
    """a client that sends one segment at a time, 20 kB, is accepted"""
    t.wires.partner.route(t.wires.cell, "initcwnd", "1")
    t.start()
    t.order("machine", "chain_20k", patience=ENOUGH)


def test_mss_536(t):
    """segments of 536 octets in both directions, 62 kB, are accepted"""
    t.wires.cell.route(t.wires.partner, "advmss", "536")
    t.wires.partner.route(t.wires.cell, "advmss", "536")
    t.start()
    t.order("chain_64k", patience=ENOUGH)


def test_mss_536_initcwnd_1(t):
    """one segment of 536 octets at a time, 21 kB, is accepted"""
    t.wires.cell.route(t.wires.partner, "advmss", "536", "initcwnd", "1")
    t.wires.partner.route(t.wires.cell, "advmss", "536", "initcwnd", "1")
    t.start()
    t.order("chain_20k", patience=ENOUGH)


def test_large_and_refused(t):
    """a large flight below an unknown root is blocked, after an accepted one"""
    t.start()
    t.order("chain_64k", patience=ENOUGH)
    t.order("unknown_ca", verdict="unknown_issuer")


if __name__ == "__main__":
    tap.main(globals())
