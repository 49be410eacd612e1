# SPDX-License-Identifier: BSD-3-Clause
"""How each line of the demo is played: which programs, started how, and what they saw."""
import os
import shutil

import peers
import vlan
import wire
from exchange import CONFIRMATION, ORDER, converse, watch

SILENCE = 1.5   # seconds after which a client without an answer gets none


class Stage:
    """The wires, the box and the programs of one run; play() gives what came of a line."""

    def __init__(self, wires, box, pki, folder):
        self.wires, self.box, self.pki, self.folder = wires, box, pki, folder
        self.programs = []      # of the line that is being played
        self.played = []        # of the line before it

    def pem(self, domain, name):
        return os.path.join(self.pki, domain, name)

    def chain_and_key(self, domain, leaf):
        return self.pem(domain, leaf + ".chain.pem"), self.pem(domain, leaf + ".key")

    def client_pair(self, line):
        if not line.client_leaf:
            return None, None
        return self.chain_and_key(line.client_domain, line.client_leaf)

    def start_box(self, mode):
        """The daemon with the demo's policy; `mode` replaces the one in the file."""
        home = os.path.dirname(os.path.realpath(__file__))
        policy = os.path.join(self.folder, "policy.yaml")
        with open(os.path.join(home, "policy.yaml"), encoding="utf-8") as file:
            text = file.read()
        with open(policy, "w", encoding="utf-8") as file:
            file.write(text.replace("mode: enforce", f"mode: {mode}"))
        anchors = os.path.join(self.folder, "anchors")
        os.makedirs(anchors, exist_ok=True)
        for domain in ("producer", "brand"):
            shutil.copy(self.pem(domain, "root.pem"), os.path.join(anchors, f"{domain}-root.pem"))
        self.box.start(policy)

    def keep(self, program):
        self.programs.append(program)
        return program

    def play(self, line):
        """Plays one line: (what the client saw, what the server saw, the verdict as text)."""
        self.box.mark()
        try:
            with vlan.Vlan(line.tags, (self.wires.cell, self.wires.partner)):
                client, server, note = getattr(self, line.how)(line)
            return client, server, note or self.verdict(line)
        finally:
            self.stop_programs()
            self.box.check_alive()

    def stop_programs(self):
        for program in reversed(self.programs):
            program.stop()
        self.played, self.programs = self.programs or self.played, []

    def verdict(self, line):
        """The last record since play() began, in the words of the story."""
        if not self.box.is_product:
            return "no box"
        records = [r for r in self.box.verdicts(1) if r.get("event_type") == "verdict"]
        if not records:
            return "no record"
        return describe(records[-1]["verdict"], line.expected)

    # The ways to play a line; each gives (client saw, server saw, verdict or "").

    def openssl_server(self, line, more=()):
        chain, key = self.chain_and_key("producer", line.server_leaf)
        return self.keep(peers.openssl_server(
            self.wires.cell, self.folder, line.port, chain, key, self.pem("brand", "root.pem"),
            line.server_more + more))

    def openssl_client(self, line, more=()):
        chain, key = self.client_pair(line)
        return self.keep(peers.openssl_client(
            self.wires.partner, self.folder, line.port, chain, key, line.name,
            line.name or self.wires.cell.v4,
            (line.family,) + line.client_more + more))

    def openssl(self, line):
        server = self.openssl_server(line)
        client = self.openssl_client(line)
        return *converse(client, server), ""

    def unanswered(self, line):
        """Nobody is to get an answer: not worth a long wait."""
        server, client = self.openssl_server(line), self.openssl_client(line)
        client.say(ORDER)
        return *watch(client, server, ORDER, CONFIRMATION, SILENCE), ""

    def resumed(self, line):
        """A judged session first; then its resumption, which shows no certificate."""
        session = os.path.join(self.folder, "session.pem")
        server = self.openssl_server(line)
        first = self.openssl_client(line, ("-sess_out", session))
        if converse(first, server)[0] != "confirmed":
            return "no session", "no session", ""
        first.stop()
        self.box.verdicts(1)
        self.box.mark()
        again = self.openssl_client(line, ("-sess_in", session))
        again.say(ORDER)
        return *watch(again, server, "nothing to see", CONFIRMATION), ""

    def plain_text(self, line):
        server = self.nginx(line)
        client = self.keep(peers.Program(self.wires.partner, [
            "curl", "--verbose", "--silent", "--show-error", "--ipv4", "--max-time", "3",
            f"http://{line.name}:{line.port}/order"], self.folder))
        return *watch(client, server, ORDER, CONFIRMATION), ""

    def nginx(self, line):
        chain, key = self.chain_and_key("producer", line.server_leaf)
        anchor = self.pem("brand", "root.pem") if line.client_leaf else None
        return self.keep(peers.nginx(self.wires.cell, self.folder, line.port, chain, key, anchor))

    def curl_nginx(self, line):
        server = self.nginx(line)
        client = self.keep(peers.curl(
            self.wires.partner, self.folder, f"https://{line.name}:{line.port}/order",
            self.pem("producer", "root.pem"), *self.client_pair(line), more=("-4", "--insecure")))
        return *watch(client, server, "GET /order", "order confirmed"), ""

    def gnutls_nginx(self, line):
        server = self.nginx(line)
        client = self.keep(peers.gnutls_client(
            self.wires.partner, self.folder, line.port, self.pem("producer", "root.pem"),
            *self.client_pair(line), more=("--insecure",)))
        client.say("GET /order HTTP/1.0\r\n\r")
        return *watch(client, server, "GET /order", "order confirmed"), ""

    def mosquitto(self, line):
        chain, key = self.chain_and_key("producer", line.server_leaf)
        server = self.keep(peers.mosquitto(self.wires.cell, self.folder, line.port, chain, key,
                                           self.pem("brand", "root.pem")))
        client = self.keep(peers.mosquitto_client(
            self.wires.partner, self.folder, "mosquitto_pub", line.port,
            self.pem("producer", "root.pem"), *self.client_pair(line),
            more=("-t", "orders", "-m", ORDER, "-q", "1")))
        return *watch(client, server, "Received PUBLISH", "received PUBACK"), ""

    def monitor(self, line):
        """As openssl(), with both wires recorded: they have to carry the same frames."""
        with wire.Both(self.wires.cell, self.wires.partner, self.folder) as both:
            saw = self.openssl(line)
            self.stop_programs()
        return saw[0], saw[1], both.difference()


def describe(verdict, expected):
    """A verdict as the story writes it; grades only where the story speaks of them."""
    grade = verdict["grade"]
    grades = f" {grade['client']}/{grade['server']}" if "/" in expected else ""
    if expected.startswith("would "):
        return f"would {verdict['would']} {verdict['reason']}"
    if verdict["action"] == "accept":
        return "accept" + grades
    return verdict["reason"] + grades
