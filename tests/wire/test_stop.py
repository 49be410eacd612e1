#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""The daemon's end, asked for or not, and its next start."""
import os
import signal
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(1, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "lib"))
import box          # noqa: E402
import exchange     # noqa: E402
import slow         # noqa: E402
import tap          # noqa: E402


def ends_well(t):
    """SIGTERM ends the daemon within a second, with status 0, and nothing stays on the ports."""
    if not t.box.is_product:
        tap.skip("no daemon")
    seconds, status = t.box.stop()
    assert status == 0, f"exit status {status}\n{t.box.last_words()}"
    assert seconds < 1.0, f"took {seconds:.2f} s\n{t.box.last_words()}"
    links = t.wires.box.ip("link")
    assert "xdp" not in links, links


def test_idle(t):
    """SIGTERM ends an idle daemon within a second"""
    t.start()
    ends_well(t)


def test_mid_handshake(t):
    """SIGTERM in mid-handshake ends it within a second and leaves no half-state"""
    t.start()
    server = t.server(port=18883)
    t.at_end(slow.SlowServer(t.wires.cell, t.wires.cell.v4, 8883, 18883, 90))
    clients = [t.client() for _ in range(10)]
    assert server.process.poll() is None
    time.sleep(0.5)
    ends_well(t)
    for client in clients:
        client.stop()
    for child in t.children:
        child.stop()
    t.start()
    t.order()


def test_under_load(t):
    """SIGTERM during downloads ends it within a second; the next start takes new flows"""
    t.start()
    server = t.server()
    client = t.client()
    assert exchange.converse(client, server) == ("confirmed", "order")
    for _ in range(200):
        client.say("x" * 1000)
    ends_well(t)
    client.stop()
    server.stop()
    t.start()
    t.order()


def test_flow_of_before(t):
    """a flow that was accepted before a restart is cut when it goes on: its handshake was not seen"""
    if not t.box.is_product:
        tap.skip("no daemon")
    t.start()
    server = t.server()
    client = t.client()
    assert exchange.converse(client, server) == ("confirmed", "order")
    ends_well(t)
    t.box.mark()        # before the start: an end may already be repeating what it said last
    t.start()
    client.say("STILL THERE")
    t.expect("mid_stream", "block")
    client.wait()
    assert client.process.poll() is not None and client.saw() == "reset", client.last_words()
    server.stop()
    t.order()


def test_kill(t):
    """after kill -9 a start works at once, and so do new flows"""
    if not t.box.is_product:
        tap.skip("no daemon")
    t.start()
    t.order()
    t.box.stop(signal.SIGKILL)
    t.start()
    t.order()


def test_ten_starts(t):
    """ten starts and stops in a row"""
    if not t.box.is_product:
        tap.skip("no daemon")
    for _ in range(10):
        t.start()
        ends_well(t)


def test_bad_policy(t):
    """a policy that says nothing sensible: no start, exit status not 0, file and line in the log"""
    if not t.box.is_product:
        tap.skip("no daemon")
    try:
        t.start(conduits="  - { name: orders, from: { zone: nowhere }, to: { zone: plant } }\n")
    except box.BoxDied as death:
        assert "exit status" in str(death) and "policy.yaml:" in str(death), str(death)
        t.box.process = None
    else:
        raise AssertionError("it started")


if __name__ == "__main__":
    tap.main(globals())
