# SPDX-License-Identifier: BSD-3-Clause
"""The demo's result for people (a table) and for test runners (TAP)."""
import re
import sys
import textwrap
from dataclasses import dataclass

import peers

LEGEND = """\
client, server: what openssl, curl, nginx, gnutls-cli and mosquitto at the two ends reported themselves. An alert
speaks to its receiver: 42 to 48 say what is wrong with the receiver's own certificate, 49 that the box forbids it.
G4: certificate and possession of its key verified for this very flow; G2: seen, not proved; G0: nothing seen.
Grades are client/server. In monitor mode both wires carried the same frames, octet by octet, in the same order."""

WIDTHS = (2, 33, 31, 9, 9, 31)
HEADS = ("", "what was tried", "expected", "client", "server", "verdict")


@dataclass
class Result:
    line: object
    client: str
    server: str
    verdict: str
    seconds: float

    @property
    def good(self):
        line = self.line
        return (self.client, self.server, self.verdict) == (line.client, line.server, line.expected)

    def differences(self):
        """Each thing that is not as expected, in words."""
        line = self.line
        pairs = (("client saw", self.client, line.client), ("server saw", self.server, line.server),
                 ("verdict", self.verdict, line.expected))
        return [f"{what}: {got}, expected {wanted}" for what, got, wanted in pairs if got != wanted]


class Terminal:
    """Progress line by line, then the table; colours only where a person is watching."""

    def __init__(self, number):
        self.number = number
        self.troubles = []
        self.colours = sys.stdout.isatty()

    def paint(self, text, colour):
        codes = {"red": "31", "green": "32", "bold": "1", "dim": "2"}
        return f"\033[{codes[colour]}m{text}\033[0m" if self.colours else text

    def step(self, text):
        print(self.paint(f"demo: {text}", "dim"), flush=True)

    def trouble(self, error):
        self.troubles.append(str(error))

    def line(self, number, result):
        state = self.paint("ok", "green") if result.good else self.paint("NOT AS EXPECTED", "red")
        print(f"{number:3}/{self.number} {result.line.title:33} {result.verdict:31} {state}"
              f"  {self.paint(f'{result.seconds:.1f} s', 'dim')}", flush=True)

    def skip(self, lines, cause):
        print(f"demo: can't run here: {cause}")
        return 3

    def row(self, cells, colour=None):
        text = " ".join(f"{cell:{width}}" for cell, width in zip(cells, WIDTHS)).rstrip()
        print(self.paint(text, colour) if colour else text)

    def finish(self, results):
        print()
        self.row(HEADS, "bold")
        self.row(tuple("-" * width for width in WIDTHS), "dim")
        for number, result in enumerate(results, 1):
            line = result.line
            self.row((number, line.title, line.expected, result.client, result.server, result.verdict),
                     None if result.good else "red")
            for difference in result.differences():
                print(self.paint(f"   ^ {difference}", "red"))
        self.legend(results)
        bad = sum(not result.good for result in results)
        total = sum(result.seconds for result in results)
        verdict = (self.paint(f"all {len(results)} lines as expected", "green") if not bad
                   else self.paint(f"{bad} of {len(results)} lines NOT as expected", "red"))
        print(f"\ndemo: {verdict}, {total:.0f} s")
        for trouble in self.troubles:
            print(textwrap.indent(trouble.rstrip(), "    | "), file=sys.stderr)
        return 1 if bad else 0

    def legend(self, results):
        seen = set()
        for result in results:
            seen |= {int(n) for n in re.findall(r"alert (\d+)", result.client + " " + result.server)}
        print()
        print(self.paint(LEGEND, "dim"))
        if seen:
            names = ", ".join(f"{n} {peers.ALERTS.get(n, '?')}" for n in sorted(seen))
            print(self.paint(textwrap.fill("Alerts: " + names + ".", 120), "dim"))


class Tap:
    """The same for a test runner."""

    def __init__(self, number):
        self.head = ""
        print(f"1..{number}", flush=True)

    def title(self, line):
        """A title that begins with dots goes on from the last one that does not."""
        if not line.title.startswith("... "):
            self.head = line.title
            return f"demo: {line.title}"
        return f"demo: {self.head}, {line.title[4:]}"

    def step(self, text):
        print(f"# {text}", flush=True)

    def trouble(self, error):
        for line in str(error).split("\n"):
            print("#", line, flush=True)

    def line(self, number, result):
        state = "ok" if result.good else "not ok"
        print(f"{state} {number} - {self.title(result.line)}: {result.line.expected}", flush=True)
        for difference in result.differences():
            print("#", difference, flush=True)

    def skip(self, lines, cause):
        for number, line in enumerate(lines, 1):
            print(f"ok {number} - {self.title(line)} # SKIP {cause}")
        return 0

    def finish(self, results):
        return 0 if all(result.good for result in results) else 1
