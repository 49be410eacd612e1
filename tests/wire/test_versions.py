#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Versions, key exchanges and openings other than the usual one."""
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(1, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "lib"))
import exchange     # noqa: E402
import tap          # noqa: E402

OLD = ("-cipher", "DEFAULT:@SECLEVEL=0")
ANY_VERSION = tap.CONDUITS.replace("ports: [8883]", "ports: [8883]\n    version: 1.0")


def play(t, server_leaf, client_leaf, words, reason):
    """One order with these words for both programs; gives what they saw."""
    t.box.mark()
    server = t.server(server_leaf, more=words)
    client = t.client(client_leaf, more=("-4",) + words)
    saw = exchange.converse(client, server)
    client.stop()
    server.stop()
    t.expect(reason)
    return saw


def test_old_refused(t):
    """TLS 1.0 and 1.1 are refused by default, and both ends are told the reason"""
    t.start()
    for version in ("-tls1", "-tls1_1"):
        saw = play(t, "rsa2048", "rsa2048", (version,) + OLD, "version_not_allowed")
        assert not t.box.is_product or saw == ("alert 70", "alert 70"), saw


def test_old_judged(t):
    """where a conduit allows TLS 1.0 and 1.1, possession is proved with their signatures"""
    t.start(conduits=ANY_VERSION)
    for version in ("-tls1", "-tls1_1"):
        for leaf in ("rsa2048", "machine"):
            other = "ordering" if leaf == "machine" else leaf
            saw = play(t, leaf, other, (version,) + OLD, "ok")
            assert saw == ("confirmed", "order"), saw


def test_old_stolen(t):
    """a certificate without its key is found out in TLS 1.0 and 1.1 too, on either side"""
    t.start(conduits=ANY_VERSION)
    for version in ("-tls1", "-tls1_1"):
        play(t, "stolen", "ordering", (version,) + OLD, "possession_failed")
        play(t, "machine", "stolen", (version,) + OLD, "possession_failed")


def test_key_exchanges(t):
    """finite-field and elliptic-curve key exchanges with several groups"""
    t.start()
    for words in (("-cipher", "DHE-RSA-AES128-GCM-SHA256"),
                  ("-cipher", "ECDHE-RSA-AES256-GCM-SHA384", "-groups", "P-384"),
                  ("-groups", "P-521"), ("-groups", "X448"), ("-groups", "P-256")):
        saw = play(t, "rsa3072", "rsa2048", ("-tls1_2",) + words, "ok")
        assert saw == ("confirmed", "order"), (words, saw)


def test_nobody_proves(t):
    """suites without any certificate are refused"""
    t.start()
    words = ("-tls1_2", "-cipher", "ADH:AECDH:@SECLEVEL=0")
    saw = play(t, "machine", "ordering", words, "cipher_not_allowed")
    assert not t.box.is_product or "confirmed" not in saw, saw


def test_tls13_hello_retry(t):
    """TLS 1.3 with a HelloRetryRequest is found to be encrypted all the same"""
    t.start()
    t.box.mark()
    server = t.server(more=("-tls1_3", "-groups", "P-384"))
    client = t.client(more=("-4", "-tls1_3", "-groups", "X25519:P-384"))
    saw = exchange.converse(client, server)
    t.expect("encrypted_handshake")
    assert not t.box.is_product or saw[0] == "alert 49", saw


def test_tls13_allowed(t):
    """where a conduit asks for no grade, TLS 1.3 passes, post-quantum hellos included"""
    t.start(conduits="  - { name: any, from: { zone: partner, grade: G0 },"
                     " to: { zone: plant, grade: G0 }, ports: [8883] }\n")
    for words in ((), ("-groups", "X25519MLKEM768")):
        t.box.mark()
        server = t.server(more=("-tls1_3",) + words)
        client = t.client(more=("-4", "-tls1_3") + words)
        saw = exchange.converse(client, server)
        client.stop()
        server.stop()
        assert saw == ("confirmed", "order"), (words, saw)
        t.expect("ok", "accept")


def test_resumption(t):
    """a session resumed by its identifier or by a ticket is refused with alert 40"""
    session = os.path.join(t.folder, "session.pem")
    t.start()
    for words in ((), ("-no_ticket",)):
        server = t.server(more=("-tls1_2",) + words)
        first = t.client(more=("-4", "-tls1_2", "-sess_out", session, "-no_ign_eof"))
        assert exchange.converse(first, server) == ("confirmed", "order")
        first.process.stdin.close()     # a clean end: else the server forgets the session
        first.wait()
        t.expect("ok")
        t.box.mark()
        again = t.client(more=("-4", "-tls1_2", "-sess_in", session))
        again.say(exchange.ORDER)
        saw = exchange.watch(again, server, "none", exchange.CONFIRMATION, 3.0)
        again.stop()
        server.stop()
        t.expect("resumption_unbound")
        assert not t.box.is_product or saw[0] == "alert 40", saw
        t.box.mark()


if __name__ == "__main__":
    tap.main(globals())
