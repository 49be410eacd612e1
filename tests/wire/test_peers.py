#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Programs as they are in the field, through the box: curl, nginx, GnuTLS, mosquitto; IPv6, VLANs."""
import os
import socket
import sys

sys.dont_write_bytecode = True
sys.path.insert(1, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "lib"))
import exchange     # noqa: E402
import peers        # noqa: E402
import tap          # noqa: E402
import vlan         # noqa: E402
from topology import MACHINE    # noqa: E402


def start_nginx(t, port=8883, anchor="brand"):
    tap.need("nginx")
    return t.at_end(peers.nginx(t.wires.cell, t.folder, port, t.chain("producer", "machine"),
                                t.key("producer", "machine"), anchor and t.anchor(anchor)))


def brand(t, leaf="ordering"):
    return t.chain("brand", leaf), t.key("brand", leaf)


def test_curl_nginx(t):
    """curl with a client certificate and its own check of the server, nginx that asks for one"""
    tap.need("curl")
    t.start()
    server = start_nginx(t)
    for family in ("-4", "-6"):
        t.box.mark()
        client = t.at_end(peers.curl(t.wires.partner, t.folder, f"https://{MACHINE}:8883/order",
                                     t.anchor("producer"), *brand(t), more=(family,)))
        assert client.wait() == 0, client.last_words()
        assert "order confirmed" in client.text() and "GET /order" in server.text()
        t.expect("ok")


def test_curl_many(t):
    """forty handshakes, one after the other and eight at a time, are all accepted"""
    tap.need("curl")
    t.start()
    start_nginx(t, 443, None)
    t.box.mark()
    for _ in range(5):
        clients = [t.at_end(peers.curl(t.wires.partner, t.folder, f"https://{MACHINE}/order",
                                       t.anchor("producer"), more=("-4",))) for _ in range(8)]
        for client in clients:
            assert client.wait() == 0, client.last_words()
    if t.box.is_product:
        records = t.box.verdicts(40)
        reasons = [record["verdict"]["reason"] for record in records]
        assert reasons == ["ok"] * 40, reasons


def test_gnutls(t):
    """gnutls-cli with a client certificate and its own check of the server"""
    tap.need("gnutls-cli")
    t.start()
    start_nginx(t)
    t.box.mark()
    client = t.at_end(peers.gnutls_client(t.wires.partner, t.folder, 8883, t.anchor("producer"),
                                          *brand(t)))
    client.say("GET /order HTTP/1.0\r\n\r")
    assert client.hears("order confirmed"), client.last_words()
    t.expect("ok")


def test_mosquitto(t):
    """an MQTT order over mutual TLS on port 8883 gets to a subscriber behind the same box"""
    tap.need("mosquitto", "mosquitto_pub", "mosquitto_sub")
    t.start()
    broker = t.at_end(peers.mosquitto(
        t.wires.cell, t.folder, 8883, t.chain("producer", "machine"), t.key("producer", "machine"),
        t.anchor("brand")))
    t.box.mark()
    subscriber = t.at_end(peers.mosquitto_client(
        t.wires.partner, t.folder, "mosquitto_sub", 8883, t.anchor("producer"), *brand(t),
        more=("-t", "orders", "-C", "1")))
    assert broker.hears("Sending SUBACK"), subscriber.last_words()
    publisher = t.at_end(peers.mosquitto_client(
        t.wires.partner, t.folder, "mosquitto_pub", 8883, t.anchor("producer"), *brand(t, "p384"),
        more=("-t", "orders", "-m", exchange.ORDER, "-q", "1")))
    assert publisher.wait() == 0, publisher.last_words()
    assert subscriber.wait() == 0 and exchange.ORDER in subscriber.text(), subscriber.last_words()
    t.expect("ok")


def test_mosquitto_refused(t):
    """a mosquitto client whose certificate comes from strangers is told so by an alert"""
    tap.need("mosquitto", "mosquitto_pub")
    t.start()
    t.at_end(peers.mosquitto(t.wires.cell, t.folder, 8883, t.chain("producer", "machine"),
                             t.key("producer", "machine"), t.anchor("brand")))
    t.box.mark()
    client = t.at_end(peers.mosquitto_client(
        t.wires.partner, t.folder, "mosquitto_pub", 8883, t.anchor("producer"),
        *brand(t, "unknown_ca"), more=("-t", "orders", "-m", exchange.ORDER, "-q", "1")))
    assert client.wait() != 0
    assert client.saw() == "alert 48", client.last_words()
    t.expect("unknown_issuer")


def test_keys(t):
    """every kind of key and signature of TLS 1.2, on both sides"""
    t.start()
    for leaf in ("machine", "p384", "p521", "rsa2048", "rsa3072", "rsa_pss", "ed25519", "ed448"):
        t.order(leaf, "ordering" if leaf == "machine" else leaf)


def test_vlan(t):
    """VLAN and QinQ, IPv4 and IPv6; the records name the tags"""
    t.start()
    t.wires.leave_room(8)
    for tags in ([(0x8100, 7)], [(0x88A8, 100), (0x8100, 7)]):
        for family in ("-4", "-6"):
            with vlan.Vlan(tags, (t.wires.cell, t.wires.partner)):
                t.order(family=family)
                if t.box.is_product:
                    found = t.box.verdicts(1)[0].get("vlan")
                    assert found == [vid for _, vid in tags], f"vlan {found} for {tags}"


def test_no_conduit(t):
    """nothing passes to a port that no conduit names, and nothing from inside out"""
    t.start()
    for here, there, port in ((t.wires.cell, t.wires.partner, 9443),
                              (t.wires.partner, t.wires.cell, 8883)):
        t.box.mark()
        with here:
            listener = socket.create_server((here.v4, port))
        with there:
            caller = socket.socket()
        caller.settimeout(1.0)
        try:
            caller.connect((here.v4, port))
            connected = True
        except OSError:
            connected = False
        finally:
            caller.close()
            listener.close()
        assert connected != t.box.is_product
        t.expect("no_conduit", "block")


if __name__ == "__main__":
    tap.main(globals())
