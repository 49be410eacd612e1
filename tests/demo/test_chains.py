#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""What `cellgate validate` says about every chain that tests/pki/make makes, against its index.tsv."""
import json
import os
import shutil
import subprocess
import sys
import tempfile

HOME = os.path.dirname(os.path.realpath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(1, os.path.join(os.path.dirname(HOME), "lib"))
import box      # noqa: E402
import tap      # noqa: E402

DOMAINS = {"producer": "producer", "brand": "shoe-brand"}      # as the demo's policy calls them
# A chain alone does not tell what the key is used for; a handshake does (tests/pki/README.md).
NEEDS_A_SUITE = {"no_signing": "ok"}


def verdict(cellgate, folder, row):
    domain, leaf, usage, host = row[:4]
    command = [cellgate, "validate", "--policy", os.path.join(folder, "policy.yaml"), "--json",
               "--domain", DOMAINS[domain]]
    command += ["--side", "server", "--name", host] if usage == "serverAuth" else ["--side", "client"]
    run = subprocess.run(command + [os.path.join(folder, "pki", domain, leaf + ".chain.pem")],
                         capture_output=True, text=True)
    if run.returncode not in (0, 1):
        return f"exit status {run.returncode}: {run.stderr.strip()}"
    answer = json.loads(run.stdout)
    if (answer["action"] == "accept") != (run.returncode == 0):
        return f"{answer['action']} with exit status {run.returncode}"
    return answer["reason"]


def lay_out(folder):
    """Certificates, and the demo's policy with its anchors; the rows of the index."""
    pki = tap.make_pki(os.path.join(folder, "pki"))
    shutil.copy(os.path.join(HOME, "policy.yaml"), folder)
    os.mkdir(os.path.join(folder, "anchors"))
    for domain in DOMAINS:
        shutil.copy(os.path.join(pki, domain, "root.pem"),
                    os.path.join(folder, "anchors", domain + "-root.pem"))
    with open(os.path.join(pki, "index.tsv"), encoding="utf-8") as index:
        return [line.rstrip("\n").split("\t") for line in index]


def main():
    cellgate = box.program("cellgate")
    if not cellgate:
        print("1..1\nok 1 - chains # SKIP cellgate is not built")
        return 0
    tap.end_tidily()
    failed = 0
    with tempfile.TemporaryDirectory(prefix="cellgate-chains.") as folder:
        rows = lay_out(folder)
        print(f"1..{len(rows)}", flush=True)
        for number, row in enumerate(rows, 1):
            domain, leaf, _, _, reason, what = row
            wanted, got = NEEDS_A_SUITE.get(leaf, reason), verdict(cellgate, folder, row)
            failed += got != wanted
            print(f"{'ok' if got == wanted else 'not ok'} {number} - {domain}/{leaf}, {what}: {wanted}"
                  + ("" if got == wanted else f"\n# got {got}"), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
