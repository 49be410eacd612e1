#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Verdict records as a SOC gets them, their file's rotation, and reloads of the policy."""
import os
import signal
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(1, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "lib"))
import exchange     # noqa: E402
import tap          # noqa: E402
from topology import MACHINE    # noqa: E402


def need_daemon(t):
    if not t.box.is_product:
        tap.skip("no daemon")


def openssl_says(path):
    """Fingerprint and serial of the first certificate in a file, as OpenSSL prints them."""
    out = subprocess.run(["openssl", "x509", "-in", path, "-noout", "-fingerprint", "-sha256",
                          "-serial"], check=True, capture_output=True, text=True).stdout
    values = [line.split("=", 1)[1].lower() for line in out.splitlines()]
    return values[0], values[1]


def serial_number(text):
    return int(text.replace(":", ""), 16)


def test_fields(t):
    """a record of an accepted order names both ends as OpenSSL does"""
    need_daemon(t)
    t.start()
    t.order()
    record = t.box.verdicts(1)[0]
    assert record["event_type"] == "verdict" and record["proto"] == "TCP", record
    assert (record["src_ip"], record["dest_ip"]) == (t.wires.partner.v4, t.wires.cell.v4), record
    assert record["dest_port"] == 8883 and record["src_port"] > 1023 and record["flow_id"], record
    assert "vlan" not in record, record
    verdict = record["verdict"]
    assert verdict["action"] == "accept" and verdict["reason"] == "ok", verdict
    assert verdict["grade"] == {"client": "G4", "server": "G4"}, verdict
    assert verdict["conduit"] == "orders" and verdict["policy_epoch"] == 1, verdict
    assert 0 <= verdict["held_us"] < 5_000_000, verdict
    tls = record["tls"]
    assert tls["sni"] == MACHINE and "1.2" in tls["version"], tls
    assert len(tls["ja3"]["hash"] if isinstance(tls["ja3"], dict) else tls["ja3"]) == 32, tls
    assert tls["ja4"].startswith("t12d"), tls
    for side, domain, leaf, name in ((tls, "producer", "machine", MACHINE),
                                     (tls["client"], "brand", "ordering", "ordering.brand.example")):
        fingerprint, serial = openssl_says(os.path.join(t.pki, domain, leaf + ".pem"))
        issuer, _ = openssl_says(os.path.join(t.pki, domain, "intermediate.pem"))
        assert side["fingerprint"] == fingerprint, side
        assert side["chain"] == [fingerprint, issuer], side
        assert serial_number(side["serial"]) == int(serial, 16), side
        assert side["san"] == [name] and name in side["subject"], side
        assert "intermediate" in side["issuerdn"] and side["possession"] == "proved", side
        assert side["notbefore"] == "2020-01-01T00:00:00" and "2049-12-31" in side["notafter"], side


def test_blocked_fields(t):
    """a record of a blocked order says why, and shows what was seen"""
    need_daemon(t)
    t.start()
    t.order("unknown_ca", verdict="unknown_issuer")
    record = t.box.verdicts(1)[0]
    assert record["verdict"]["action"] == "block", record
    assert "unknown_issuer" in record["verdict"]["reasons"], record
    assert "Nobody Knows" in record["tls"]["issuerdn"], record


def test_rotation(t):
    """after the file is moved away and SIGHUP, records go to a new one; none is lost"""
    need_daemon(t)
    t.start()
    t.order()
    old = t.box.events + ".1"
    os.rename(t.box.events, old)
    t.box.process.send_signal(signal.SIGHUP)
    deadline = time.monotonic() + 3
    while not os.path.exists(t.box.events) and time.monotonic() < deadline:
        time.sleep(0.02)
    t.order("expired", verdict="expired")
    counts = []
    for path in (old, t.box.events):
        with open(path, encoding="utf-8") as file:
            counts.append(len(file.readlines()))
    assert counts == [1, 1], counts


def test_policy_reload(t):
    """SIGHUP takes a new policy over; a bad one changes nothing; flows that are up stay up"""
    need_daemon(t)
    t.start()
    server, client = t.server(port=443, client_anchor=None), t.client(port=443)
    assert exchange.converse(client, server) == ("confirmed", "order")
    t.order()
    elsewhere = tap.CONDUITS.replace("8883", "8884")
    reload(t, "policy epoch=", conduits=elsewhere)
    t.box.mark()
    refused = t.client()
    t.expect("no_conduit", "block")
    refused.stop()
    reload(t, "policy.yaml:", conduits=elsewhere.replace("producer,", "nobody,"))
    t.box.mark()
    refused = t.client()
    t.expect("no_conduit", "block")
    client.say("STILL THERE")
    assert server.hears("STILL THERE", 3), server.last_words()
    reload(t, "policy epoch=")
    t.order()


def reload(t, words, **policy):
    """Writes another policy, sends SIGHUP and waits for `words` in what the log says then."""
    t.policy(**policy)
    with open(t.box.log, encoding="utf-8", errors="replace") as log:
        log.seek(0, os.SEEK_END)
        t.box.process.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + 3
        said = ""
        while words not in said:
            assert time.monotonic() < deadline, f"no '{words}' in: {said}"
            time.sleep(0.02)
            said += log.read()


if __name__ == "__main__":
    tap.main(globals())
