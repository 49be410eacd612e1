# SPDX-License-Identifier: BSD-3-Clause
"""What stands between the two wires: cellgated, or a piece of cable.

Box and Cable have the same few methods (start, stop, verdicts), so that the
peers of a test can be tried without the product: CELLGATE_BOX=cable.
"""
import json
import os
import signal
import socket
import subprocess
import time

import bpf
import topology

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))


def program(name):
    """The path of one of the product's programs, or None where it is not built."""
    builds = [os.environ["CELLGATE_BUILD"]] if "CELLGATE_BUILD" in os.environ else [
        os.path.join(TOP, "build")]
    for build in builds:
        for folder in ("ctl", ""):
            path = os.path.join(build, folder, name)
            if os.access(path, os.X_OK):
                return path
    return None


def why_not():
    """Says why no box can be started here; "" where one can."""
    if os.environ.get("CELLGATE_BOX") != "cable" and not program("cellgated"):
        return "cellgated is not built"
    return ""


def make(wires, folder):
    """The box that CELLGATE_BOX asks for; the product where it says nothing."""
    return (Cable if os.environ.get("CELLGATE_BOX") == "cable" else Box)(wires, folder)


class BoxDied(RuntimeError):
    """cellgated ended where it should not have."""


class Box:
    """One cellgated in the box's namespace, with its own folder for settings, log and records."""

    is_product = True

    def __init__(self, wires, folder):
        self.wires, self.folder = wires, folder
        self.log = os.path.join(folder, "cellgated.log")
        self.events = os.path.join(folder, "verdicts.json")
        self.counters_path = os.path.join(folder, "counters.json")
        self.process = None
        self.position = 0

    def settings(self, policy, **more):
        """The settings file's text; a test's own settings replace ours."""
        values = {
            "policy": policy,
            "inside": f"net_af_xdp0,iface={topology.INSIDE_PORT}",
            "outside": f"net_af_xdp1,iface={topology.OUTSIDE_PORT}",
            "events": self.events,
            "counters": self.counters_path,
            "hugepages": "none",
            "packets": 16384,
            "held_packets_max": 4096,
            "flows_max": 16384,
            "handshakes_max": 1024,
            "handshake_memory_mb": 96,
        }
        values.update(more)
        return "".join(f"{key}: {value}\n" for key, value in values.items())

    def start(self, policy, **more):
        path = os.path.join(self.folder, "cellgated.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(self.settings(policy, **more))
        log_position = os.path.getsize(self.log) if os.path.exists(self.log) else 0
        with open(self.log, "ab") as log:
            self.process = self.wires.box.popen(
                [program("cellgated"), "--settings", path],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + 20
        while not self._is_ready(log_position):
            self.check_alive()
            if time.monotonic() > deadline:
                raise BoxDied("cellgated did not get ready in 20 s\n" + self.last_words())
            time.sleep(0.02)

    def _is_ready(self, log_position):
        with open(self.log, encoding="utf-8", errors="replace") as log:
            log.seek(log_position)
            return any("ready" in line.split() for line in log)

    def check_alive(self):
        """Raises BoxDied, with signal and last log lines, where the daemon is gone."""
        status = self.process.poll()
        if status is None:
            return
        how = f"signal {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"
        raise BoxDied(f"cellgated died: {how}\n" + self.last_words())

    def last_words(self, number=20):
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return "".join("    " + line for line in log.readlines()[-number:])

    def stop(self, how=signal.SIGTERM, patience=10):
        """Ends the daemon; gives the seconds that it took and its exit status."""
        if self.process is None:
            return 0.0, 0
        started = time.monotonic()
        self.process.send_signal(how)
        try:
            status = self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise BoxDied(f"cellgated did not end within {patience} s of {how.name}\n"
                          + self.last_words()) from None
        finally:
            self.process = None
        return time.monotonic() - started, status

    def counters(self):
        """What the daemon wrote last about itself; it does so every second."""
        try:
            with open(self.counters_path, encoding="utf-8") as file:
                return json.load(file)
        except FileNotFoundError:
            return {}

    def memory_kb(self):
        """Resident memory of the daemon."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))

    def check_growth(self, before_kb, limit_kb):
        """Fails where resident memory has grown by more than limit_kb. The address sanitizer keeps
        what was freed: under it nothing can be said."""
        with open(f"/proc/{self.process.pid}/maps", encoding="utf-8") as maps:
            if "libasan" in maps.read():
                return
        now = self.memory_kb()
        assert now - before_kb <= limit_kb, f"{before_kb} kB before, {now} kB after"

    def mark(self):
        """From here on: verdicts() gives only what is recorded after this."""
        self.position = os.path.getsize(self.events) if os.path.exists(self.events) else 0

    def verdicts(self, number=1, timeout=3.0):
        """The records since mark(); waits until there are `number`, or as many as came in time."""
        deadline = time.monotonic() + timeout
        while True:
            records = self._records()
            if len(records) >= number or time.monotonic() > deadline:
                return records
            self.check_alive()
            time.sleep(0.02)

    def _records(self):
        if not os.path.exists(self.events):
            return []
        with open(self.events, encoding="utf-8") as file:
            file.seek(self.position)
            lines = file.read().split("\n")[:-1]
        return [json.loads(line) for line in lines]


class Cable:
    """Nothing in the box's place: each port sends what the other gets. Shows what the peers do alone."""

    is_product = False

    def __init__(self, wires, folder):
        self.wires, self.folder = wires, folder
        self.log = os.devnull
        self.up = False

    def start(self, policy, **more):
        with self.wires.box:
            ports = [socket.if_nametoindex(port)
                     for port in (topology.INSIDE_PORT, topology.OUTSIDE_PORT)]
            for here, there in (ports, reversed(ports)):
                bpf.open_interface(here)
                bpf.attach(here, bpf.CLSACT_INGRESS, bpf.redirect(there))
        self.up = True

    def check_alive(self):
        pass

    def stop(self, how=signal.SIGTERM, patience=10):
        if self.up:
            with self.wires.box:
                for port in (topology.INSIDE_PORT, topology.OUTSIDE_PORT):
                    bpf.clear_interface(socket.if_nametoindex(port))
        self.up = False
        return 0.0, 0

    def counters(self):
        return {}

    def memory_kb(self):
        return 0

    def check_growth(self, before_kb, limit_kb):
        pass

    def mark(self):
        pass

    def verdicts(self, number=1, timeout=3.0):
        return []

    def last_words(self, number=20):
        return ""
