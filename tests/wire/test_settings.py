#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Settings that change what happens on the wire."""
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(1, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "lib"))
import tap      # noqa: E402


def test_two_workers(t):
    """two workers: flows of both address families are accepted and refused as with one"""
    t.start(settings={"workers": 2})
    for family in ("-4", "-6"):
        for _ in range(8):
            t.order(family=family)
        t.order("expired", verdict="expired", family=family)


def test_judge_inline(t):
    """the judge inside the worker's loop"""
    t.start(settings={"judge": "inline"})
    t.order()
    t.order("unknown_ca", verdict="unknown_issuer")


def test_judge_core(t):
    """the judge on a core of its own"""
    t.start(settings={"judge": "core"})
    t.order()
    t.order("unknown_ca", verdict="unknown_issuer")


def test_busy_polling(t):
    """polling without pause"""
    t.start(settings={"polling": "busy"})
    t.order("chain_20k")


def offload(t):
    """The peers leave their checksums to hardware that is not there."""
    for peer in (t.wires.cell, t.wires.partner):
        peer.run("ethtool", "-K", "eth0", "tx", "on")


def test_partial_checksums_completed(t):
    """checksum: complete helps peers that leave their checksums to hardware"""
    offload(t)
    t.start(settings={"checksum": "complete"})
    t.order("chain_20k")


def test_partial_checksums_named(t):
    """checksum: verify lets no such segment pass, and one line of the log names the remedy"""
    if not t.box.is_product:
        tap.skip("no daemon")
    offload(t)
    t.start(settings={"checksum": "verify"})
    try:
        t.order(patience=1.5)
    except AssertionError:
        pass
    else:
        raise AssertionError("an order passed with partial checksums")
    with open(t.box.log, encoding="utf-8", errors="replace") as log:
        lines = [line for line in log if "checksum" in line]
    assert len(lines) == 1, lines


if __name__ == "__main__":
    tap.main(globals())
