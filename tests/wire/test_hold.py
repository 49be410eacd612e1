#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""What happens to a flow while the box holds a part of it."""
import os
import socket
import struct
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(1, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "lib"))
import exchange     # noqa: E402
import slow         # noqa: E402
import tap          # noqa: E402
import wire         # noqa: E402

SERVER_HELLO = 90   # octets after which the flight is surely not whole


def slow_server(t, first=SERVER_HELLO):
    t.server(port=18883)
    return t.at_end(slow.SlowServer(t.wires.cell, t.wires.cell.v4, 8883, 18883, first))


def stop_children(t):
    for child in reversed(t.children):
        child.stop()


def test_slow_flight(t):
    """a server whose flight takes three seconds is waited for, and accepted"""
    t.start()
    server = slow_server(t)
    t.box.mark()
    client = t.client()
    client.say(exchange.ORDER)
    time.sleep(3)
    assert "Connecting" in client.text() and "depth=0" not in client.text(), client.last_words()
    server.go()
    t.expect("ok")
    assert client.hears("depth=0"), client.last_words()


def test_client_leaves(t):
    """clients that end while the server is held leave nothing behind"""
    t.start()
    server = slow_server(t)
    t.box.mark()
    for _ in range(20):
        client = t.client()
        deadline = time.monotonic() + 2
        while not server.sockets and time.monotonic() < deadline:
            time.sleep(0.01)
        client.stop()
    stop_children(t)
    forgotten(t)
    t.order()


def forgotten(t):
    """The daemon holds nothing any more, within the second after which it says so, and a bit."""
    deadline = time.monotonic() + 4
    while t.box.is_product:
        fill = t.box.counters().get("fill", {"handshakes": -1, "held_packets": -1})
        if fill["handshakes"] == fill["held_packets"] == 0 and t.box.counters()["blocked"]:
            return
        assert time.monotonic() < deadline, fill
        time.sleep(0.1)


def test_hello_and_gone(t):
    """clients that send a hello and vanish, with a FIN or with a RST"""
    t.start()
    t.server(port=8883)
    t.box.mark()
    hello = client_hello()
    for number in range(20):
        with t.wires.partner:
            client = socket.create_connection((t.wires.cell.v4, 8883), timeout=3)
        if number % 2:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("=ii", 1, 0))
        client.sendall(hello)
        client.close()
    stop_children(t)
    forgotten(t)
    t.order()


def client_hello():
    """A TLS 1.2 ClientHello that any server answers."""
    suites = struct.pack("!HHH", 4, 0xC02B, 0xC02C)
    groups = struct.pack("!HHHH", 10, 4, 2, 23)
    schemes = struct.pack("!HHHH", 13, 4, 2, 0x0403)
    extensions = groups + schemes
    body = (b"\x03\x03" + os.urandom(32) + b"\0" + suites + b"\1\0"
            + struct.pack("!H", len(extensions)) + extensions)
    handshake = b"\1" + len(body).to_bytes(3, "big") + body
    return b"\x16\x03\x01" + struct.pack("!H", len(handshake)) + handshake


def test_cut_flow_stays_cut(t):
    """after a cut both ends are told; a late packet of the flow gets a reset that fits it"""
    t.start()
    capture = wire.Capture(t.wires.partner)
    server = t.server("expired")
    t.box.mark()
    client = t.client()
    saw = exchange.converse(client, server)
    t.expect("expired", "block")
    stop_children(t)
    if t.box.is_product:
        assert saw == ("alert 49", "alert 45"), saw
        time.sleep(0.3)
        late = [frame for frame in capture.sent() if is_to(frame, 8883) and flags(frame) == ACK][-1]
        known = len(capture.received())
        with wire.raw_sender(t.wires.partner) as raw:
            raw.send(late)
        capture.stop()
        answers = capture.received()[known:]
        assert any(flags(frame) & RST and frame[38:42] == late[42:46] for frame in answers), answers
    capture.stop()
    t.order()


ACK, RST = 0x10, 0x04


def is_to(frame, port):
    """An IPv4 frame without tags or options that carries TCP to this port."""
    return (frame[12:14] == b"\x08\0" and frame[23] == socket.IPPROTO_TCP
            and struct.unpack_from("!H", frame, 36)[0] == port)


def flags(frame):
    return frame[47]


if __name__ == "__main__":
    tap.main(globals())
