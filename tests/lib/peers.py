# SPDX-License-Identifier: BSD-3-Clause
"""The programs at the two ends, none of them ours: OpenSSL, curl, nginx, GnuTLS, mosquitto.

Each is started in a namespace with its words kept in a file, so that a test can
ask afterwards what the program saw: saw() reads that from its own messages.
"""
import os
import re
import subprocess
import time

from topology import MACHINE

ALERTS = {
    0: "close_notify", 10: "unexpected_message", 20: "bad_record_mac", 40: "handshake_failure",
    42: "bad_certificate", 43: "unsupported_certificate", 44: "certificate_revoked",
    45: "certificate_expired", 46: "certificate_unknown", 47: "illegal_parameter",
    48: "unknown_ca", 49: "access_denied", 50: "decode_error", 51: "decrypt_error",
    70: "protocol_version", 71: "insufficient_security", 80: "internal_error",
    112: "unrecognized_name", 116: "certificate_required",
}
# How OpenSSL, curl over OpenSSL, and GnuTLS tell of an alert that they got.
ALERT_PATTERNS = (
    (re.compile(r"SSL alert number (\d+)"), lambda match: int(match.group(1))),
    (re.compile(r"\(IN\), TLS alert, [^\n(]*\((\d+)\)"), lambda match: int(match.group(1)) & 0xFF),
    (re.compile(r"Received alert \[(\d+)\]"), lambda match: int(match.group(1))),
    (re.compile(r"(?:ssl/tls|tlsv1|tlsv13|sslv3) alert ([a-z ]+)"),
     lambda match: next((number for number, name in ALERTS.items()
                         if name == match.group(1).strip().replace(" ", "_")), None)),
)
END_OF_CERTIFICATE = "-----END CERTIFICATE-----\n"
LISTEN = "0A"     # of /proc/net/tcp
RESET = re.compile(r"reset by peer|errno=104|Connection was reset|premature|unexpected eof|"
                   r"recv failure|was terminated|connection was lost|errno=0|"
                   r"error in the pull function", re.I)


def alert_in(text):
    """The number of the fatal alert that a program says it got; None where it got none."""
    for pattern, number in ALERT_PATTERNS:
        for match in pattern.finditer(text):
            found = number(match)
            if found:
                return found
    return None


class Program:
    """One program in a namespace; its output in a file, its input a pipe."""

    def __init__(self, namespace, command, folder, **more):
        self.namespace, self.command = namespace, command
        name = f"{namespace.name}-{os.path.basename(command[0])}-{time.monotonic_ns()}"
        self.path = os.path.join(folder, name + ".out")
        with open(self.path, "ab") as out:
            self.process = namespace.popen(command, stdin=subprocess.PIPE, stdout=out, stderr=out,
                                           **more)

    def text(self):
        with open(self.path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def last_words(self, number=8):
        """The command and the end of what it printed, for a person."""
        lines = [line for line in self.text().split("\n") if line.strip()]
        return "\n".join([" ".join(self.command)] + ["    " + line for line in lines[-number:]])

    def say(self, line):
        """Types a line; a program that has gone does not hear it."""
        try:
            self.process.stdin.write(line.encode() + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass

    def hears(self, words, timeout=5.0, unless=None):
        """Waits until the program's output holds `words`; false when it ended or time is up."""
        deadline = time.monotonic() + timeout
        while words not in self.text():
            ended = self.process.poll() is not None
            if ended or time.monotonic() > deadline or (unless and unless()):
                return words in self.text()
            time.sleep(0.01)
        return True

    def wait(self, timeout=8.0):
        """Waits for the end; the exit status, or None where it had to be killed."""
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.stop()
            return None

    def stop(self):
        """Ends the program at once."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        try:
            self.process.stdin.close()      # whatever was left to say is said to nobody
        except BrokenPipeError:
            pass

    def saw(self, good=()):
        """What the program saw in a word or two: of `good` (word, as the program puts it), else
        "alert NUMBER", "refused", "reset" or "nothing"."""
        text = self.text()
        for word, words in good:
            if words in text:
                return word
        alert = alert_in(text)
        if alert is not None:
            return f"alert {alert}"
        if "Connection refused" in text:
            return "refused"
        return "reset" if RESET.search(text) else "nothing"


def listening(program, port, timeout=5.0):
    """Waits until `program` listens on TCP `port`; an exception with its words where it does not."""
    wanted = f":{port:04X}"
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline and program.process.poll() is None:
        for table in ("tcp", "tcp6"):
            path = f"/proc/{program.process.pid}/net/{table}"
            try:
                with open(path, encoding="ascii") as file:
                    if any(words[1].endswith(wanted) and words[3] == LISTEN
                           for words in map(str.split, file.readlines()[1:])):
                        return program
            except OSError:
                break
        time.sleep(0.01)
    words = program.text()
    program.stop()
    raise RuntimeError(f"{' '.join(program.command)} does not listen: {words}")


def openssl_chain(folder, chain, key):
    """The words that make s_server or s_client send a chain: for them the leaf is no part of it."""
    with open(chain, encoding="ascii") as file:
        above = file.read().split(END_OF_CERTIFICATE, 1)[1]
    if not above:
        return ["-cert", chain, "-key", key]
    path = os.path.join(folder, f"above-{time.monotonic_ns()}.pem")
    with open(path, "w", encoding="ascii") as file:
        file.write(above)
    return ["-cert", chain, "-key", key, "-cert_chain", path]


def openssl_server(peer, folder, port, chain, key, client_anchor=None, more=("-tls1_2",)):
    """`openssl s_server`; with client_anchor it asks for a certificate, but takes any or none."""
    command = ["openssl", "s_server", "-accept", str(port), "-quiet", *more]
    command += openssl_chain(folder, chain, key)
    if client_anchor:
        command += ["-CAfile", client_anchor, "-verify", "4"]
    return listening(Program(peer, command, folder), port)


def openssl_client(peer, folder, port, chain=None, key=None, name=MACHINE, host=MACHINE,
                   more=("-4", "-tls1_2")):
    """`openssl s_client`, which connects whatever it thinks of the server's certificate."""
    command = ["openssl", "s_client", "-connect", f"{host}:{port}", "-quiet", *more]
    command += ["-servername", name] if name else ["-noservername"]
    if chain:
        command += openssl_chain(folder, chain, key)
    return Program(peer, command, folder)


NGINX = """\
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log stderr info;
events {{}}
http {{
    access_log /dev/stdout;
    client_body_temp_path {folder}/nginx-body;
    proxy_temp_path {folder}/nginx-proxy;
    fastcgi_temp_path {folder}/nginx-fastcgi;
    uwsgi_temp_path {folder}/nginx-uwsgi;
    scgi_temp_path {folder}/nginx-scgi;
    server {{
        listen {port} ssl;
        listen [::]:{port} ssl;
        ssl_certificate {chain};
        ssl_certificate_key {key};
        ssl_protocols TLSv1.2;
        {client}
        root {folder};
        location = /order {{ return 200 "order confirmed\\n"; }}
    }}
}}
"""


def nginx(peer, folder, port, chain, key, client_anchor=None):
    """nginx with an order desk at /order and the folder's files."""
    client = (f"ssl_client_certificate {client_anchor}; ssl_verify_client on; ssl_verify_depth 4;"
              if client_anchor else "")
    path = os.path.join(folder, f"nginx-{port}.conf")
    with open(path, "w", encoding="ascii") as file:
        file.write(NGINX.format(folder=folder, port=port, chain=chain, key=key, client=client))
    return listening(Program(peer, ["nginx", "-e", "stderr", "-c", path], folder), port)


def curl(peer, folder, url, anchor, chain=None, key=None, more=()):
    command = ["curl", "--verbose", "--silent", "--show-error", "--max-time", "8", "--tls-max", "1.2",
               "--cacert", anchor, *more, url]
    if chain:
        command += ["--cert", chain, "--key", key]
    return Program(peer, command, folder)


def gnutls_client(peer, folder, port, anchor, chain=None, key=None, more=()):
    command = ["gnutls-cli", "--port", str(port), "--x509cafile", anchor,
               "--priority", "NORMAL:-VERS-ALL:+VERS-TLS1.2", *more, MACHINE]
    if chain:
        command += ["--x509certfile", chain, "--x509keyfile", key]
    return Program(peer, command, folder)


MOSQUITTO = """\
user root
log_dest stderr
listener {port}
certfile {chain}
keyfile {key}
cafile {client_anchor}
tls_version tlsv1.2
require_certificate true
use_identity_as_username true
"""


TLS12_AT_MOST = """\
openssl_conf = openssl
[openssl]
ssl_conf = ssl
[ssl]
system_default = tls
[tls]
MaxProtocol = TLSv1.2
"""


def mosquitto(peer, folder, port, chain, key, client_anchor):
    """The MQTT broker; it takes only clients with a certificate below client_anchor."""
    path = os.path.join(folder, f"mosquitto-{port}.conf")
    with open(path, "w", encoding="ascii") as file:
        file.write(MOSQUITTO.format(port=port, chain=chain, key=key, client_anchor=client_anchor))
    return listening(Program(peer, ["mosquitto", "-c", path, "-v"], folder), port)


def mosquitto_client(peer, folder, program, port, anchor, chain, key, more):
    """mosquitto_pub or mosquitto_sub with a client certificate, by TLS 1.2.

    To mosquitto, --tls-version is the least version; only OpenSSL's configuration sets the highest.
    """
    path = os.path.join(folder, "tls12.cnf")
    with open(path, "w", encoding="ascii") as file:
        file.write(TLS12_AT_MOST)
    command = [program, "-h", MACHINE, "-p", str(port), "--cafile", anchor, "--cert", chain,
               "--key", key, "--tls-version", "tlsv1.2", "-d", *more]
    return Program(peer, command, folder, env={**os.environ, "OPENSSL_CONF": path})
