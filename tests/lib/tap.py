# SPDX-License-Identifier: BSD-3-Clause
"""The Test Anything Protocol, and the frame of every test on the wire.

A test file holds functions `test_...(t)`, each with one line of documentation,
and ends in `tap.main(globals())`. Each function gets a Test: two wires with a
box between them, certificates, and a folder of its own. It fails by an
exception (`assert` with words, mostly); then the state of all namespaces and the
daemon's last words are printed as TAP comments. `tap.skip(cause)` skips.

Arguments on the command line choose tests by parts of their names; --keep keeps
the folders.
"""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

import box
import exchange
import netns
import peers
import topology


class Skip(Exception):
    """This test can't run here; the text says why."""


def skip(cause):
    raise Skip(cause)


def need(*programs):
    """Skips where one of these programs is missing."""
    for name in programs:
        if not shutil.which(name):
            skip(f"{name} is not installed")


def comment(text):
    for line in str(text).rstrip("\n").split("\n"):
        print("#", line, flush=True)


def make_pki(folder):
    """All certificates, below `folder`."""
    with subprocess.Popen([os.path.join(box.TOP, "tests", "pki", "make"), folder]) as make:
        try:
            status = make.wait()
        except BaseException:       # told to end: nobody may write there when we tidy up
            make.terminate()
            raise
    if status != 0:
        raise SystemExit(f"tests/pki/make ended with status {status}")
    return folder


def end_tidily():
    """SIGINT and SIGTERM end the process by an exception, so that what it made is removed."""
    def interrupted(*_):
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        raise SystemExit(130)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupted)


class Test:
    """What a test works with."""

    def __init__(self, folder, pki):
        self.folder, self.pki = folder, pki
        self.wires = topology.Topology(folder)
        self.box = box.make(self.wires, folder)
        self.children = []

    def chain(self, domain, leaf):
        return os.path.join(self.pki, domain, leaf + ".chain.pem")

    def key(self, domain, leaf):
        return os.path.join(self.pki, domain, leaf + ".key")

    def anchor(self, domain):
        return os.path.join(self.pki, domain, "root.pem")

    def policy(self, **words):
        """Writes the test's policy; gives its path. Words: mode, conduits, otherwise."""
        text = POLICY.format(
            mode=words.get("mode", "enforce"), otherwise=words.get("otherwise", "block"),
            producer=self.anchor("producer"), brand=self.anchor("brand"),
            conduits=words.get("conduits", CONDUITS))
        path = os.path.join(self.folder, "policy.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def start(self, **words):
        """Starts the box by the test's policy; words for policy(), and `settings` for the daemon."""
        settings = words.pop("settings", {})
        self.box.start(self.policy(**words), **settings)

    def server(self, leaf="machine", client_anchor="brand", port=8883, more=("-tls1_2",)):
        """`openssl s_server` in the cell with a certificate of the producer."""
        return self.at_end(peers.openssl_server(
            self.wires.cell, self.folder, port, self.chain("producer", leaf),
            self.key("producer", leaf), client_anchor and self.anchor(client_anchor), more))

    def client(self, leaf="ordering", port=8883, more=("-4", "-tls1_2")):
        """`openssl s_client` at the partner with a certificate of the brand."""
        return self.at_end(peers.openssl_client(
            self.wires.partner, self.folder, port, self.chain("brand", leaf),
            self.key("brand", leaf), more=more))

    def order(self, server_leaf="machine", client_leaf="ordering", verdict="ok", patience=exchange.PATIENCE,
              family="-4"):
        """One order from end to end; fails where its verdict's reason is not `verdict`."""
        self.box.mark()
        server = self.server(server_leaf)
        client = self.client(client_leaf, more=(family, "-tls1_2"))
        saw = exchange.converse(client, server, patience)
        client.stop()
        server.stop()
        if not self.box.is_product:
            return
        words = f"{saw}\n{client.last_words()}\n{server.last_words()}"
        assert (saw == ("confirmed", "order")) == (verdict == "ok"), words
        self.expect(verdict)

    def expect(self, reason, action=None):
        """Waits for a record since box.mark() with this reason."""
        if not self.box.is_product:
            return None
        records = self.box.verdicts(1)
        for record in records:
            found = record["verdict"]
            if found["reason"] == reason and action in (None, found["action"]):
                return record
        raise AssertionError(f"no verdict {reason} in {records}")

    def at_end(self, child):
        """child.stop() is called when the test ends, however it ends."""
        self.children.append(child)
        return child

    def close(self):
        for child in reversed(self.children):
            child.stop()
        self.box.stop()
        self.wires.close()

    def state(self):
        counters = self.box.counters()
        counters["counters"] = {k: n for k, n in counters.get("counters", {}).items() if n}
        return (self.wires.describe() + "--- cellgated\n" + self.box.last_words()
                + json.dumps(counters))


CONDUITS = """\
  - name: orders
    from: { zone: partner, domain: shoe-brand, grade: G4 }
    to:   { zone: plant,   domain: producer,   grade: G4 }
    ports: [8883]
  - name: catalogue
    from: { zone: partner, grade: G0 }
    to:   { zone: plant, domain: producer, grade: G4 }
    ports: [443]
"""

POLICY = """\
cellgate: 1
cell: wire-test
mode: {mode}
zones:
  - {{ name: plant,   side: inside,  networks: [10.4.0.0/16, "fd00:4::/32"] }}
  - {{ name: partner, side: outside, networks: [0.0.0.0/0, "::/0"] }}
domains:
  - {{ name: producer,   anchors: [{producer}] }}
  - {{ name: shoe-brand, anchors: [{brand}], names: [brand.example] }}
conduits:
{conduits}algorithms: {{ rsa: 2048, ec: 256, forbid: [md5, sha1] }}
otherwise: {otherwise}
"""


def outcome(function, folder, pki):
    """Runs one test; gives "ok", "not ok" or a Skip."""
    test = Test(folder, pki)
    try:
        function(test)
        test.box.stop()
        return "ok"
    except Skip as cause:
        return cause
    except Exception:    # whatever it is, it is this test's failure and not the others'
        comment(traceback.format_exc())
        comment(test.state())
        return "not ok"
    finally:
        try:
            test.close()
        except box.BoxDied as error:
            comment(error)


def run_all(tests, folder):
    """Makes the certificates and runs the tests; how many failed."""
    pki = make_pki(os.path.join(folder, "pki"))
    failed = 0
    for number, function in enumerate(tests, 1):
        home = os.path.join(folder, function.__name__)
        os.mkdir(home)
        started = time.monotonic()
        result = outcome(function, home, pki)
        if isinstance(result, Skip):
            print(f"ok {number} - {title(function)} # SKIP {result}", flush=True)
            continue
        seconds = time.monotonic() - started
        print(f"{result} {number} - {title(function)} ({seconds:.1f} s)", flush=True)
        failed += result == "not ok"
    return failed


def title(function):
    return (function.__doc__ or function.__name__).split("\n")[0]


def main(names):
    words = [word for word in sys.argv[1:] if not word.startswith("-")]
    tests = [function for name, function in names.items() if name.startswith("test_")
             and (not words or any(word in name for word in words))]
    print(f"1..{len(tests)}", flush=True)
    cause = netns.why_not() or box.why_not()
    if cause:
        for number, function in enumerate(tests, 1):
            print(f"ok {number} - {title(function)} # SKIP {cause}", flush=True)
        sys.exit(0)
    end_tidily()
    folder = tempfile.mkdtemp(prefix="cellgate-wire.")
    try:
        failed = run_all(tests, folder)
    finally:
        if "--keep" in sys.argv:
            comment(f"kept {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    sys.exit(1 if failed else 0)
