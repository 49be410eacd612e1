# SPDX-License-Identifier: BSD-3-Clause
"""What the demo tries, line by line, and what has to come of it.

A shoe brand (partner namespace) sends an order over mutual TLS to a producer's
machine (cell namespace). The box stands between them and reads every
handshake. The clients here accept any server: it is the box that does not.
"""
from dataclasses import dataclass

from topology import MACHINE

TLS12 = ("-tls1_2",)
OLD = "DEFAULT@SECLEVEL=0"


@dataclass
class Line:
    title: str
    expected: str                  # the verdict: "accept" or a reason, then grades client/server
    client: str                    # what the client program has to see
    server: str                    # what the server program has to see
    how: str = "openssl"           # a method of Stage
    server_leaf: str = "machine"   # below producer/, see tests/pki/README.md
    client_leaf: str = "ordering"  # below brand/; "" sends no certificate
    client_domain: str = "brand"
    port: int = 8883
    name: str = MACHINE            # the SNI; "" sends none
    family: str = "-4"
    tags: tuple = ()               # VLAN tags
    client_more: tuple = TLS12
    server_more: tuple = TLS12


LINES = (
    Line("brand orders from machine", "accept G4/G4", "confirmed", "order"),
    Line("... over IPv6", "accept G4/G4", "confirmed", "order", family="-6"),
    Line("... inside VLAN 7", "accept G4/G4", "confirmed", "order", tags=((0x8100, 7),)),
    Line("... curl to nginx", "accept G4/G4", "confirmed", "order", how="curl_nginx"),
    Line("... gnutls-cli to nginx", "accept G4/G4", "confirmed", "order", how="gnutls_nginx"),
    Line("... mosquitto_pub to mosquitto", "accept G4/G4", "confirmed", "order", how="mosquitto"),
    Line("... ECDSA chain of 20 kB", "accept G4/G4", "confirmed", "order", server_leaf="chain_20k"),
    Line("... no SNI, address in its SAN", "accept G4/G4", "confirmed", "order", name="",
         server_leaf="with_address"),
    Line("anybody reads the catalogue", "accept G0/G4", "confirmed", "order", how="curl_nginx",
         port=443, client_leaf=""),

    Line("machine's certificate expired", "expired", "alert 49", "alert 45",
         server_leaf="expired"),
    Line("... not valid yet", "not_yet_valid", "alert 49", "alert 45",
         server_leaf="not_yet_valid"),
    Line("... from an unknown CA", "unknown_issuer", "alert 49", "alert 48",
         server_leaf="unknown_ca"),
    Line("... self-signed", "self_signed", "alert 49", "alert 48", server_leaf="self_signed"),
    Line("... for another name", "name_mismatch", "alert 49", "alert 42",
         server_leaf="wrong_name"),
    Line("... no SNI, nothing to compare", "name_mismatch", "alert 49", "alert 42", name=""),
    Line("... RSA-1024 key", "weak_key", "alert 49", "alert 42", server_leaf="rsa1024",
         client_more=TLS12 + ("-cipher", OLD), server_more=TLS12 + ("-cipher", OLD)),
    Line("... broken intermediate", "bad_signature", "alert 49", "alert 42",
         server_leaf="below_broken"),
    Line("... copied by a thief, no key", "possession_failed", "alert 49", "alert 42",
         server_leaf="stolen"),
    Line("... curl -k to nginx, expired", "expired", "alert 49", "alert 45", how="curl_nginx",
         server_leaf="expired"),
    Line("... gnutls-cli to nginx, expired", "expired", "alert 49", "alert 45",
         how="gnutls_nginx", server_leaf="expired"),

    Line("brand shows no certificate", "client_certificate_missing", "alert 49", "alert 49",
         client_leaf=""),
    Line("... an expired one", "expired", "alert 45", "alert 49", client_leaf="expired"),
    Line("... one for servers", "wrong_usage", "alert 43", "alert 49",
         client_leaf="other_usage"),
    Line("... the producer's, not its own", "domain_not_recognised", "alert 48", "alert 49",
         client_domain="producer", client_leaf="both_usages"),
    Line("... copied by a thief, no key", "possession_failed", "alert 42", "alert 49",
         client_leaf="stolen"),
    Line("... mosquitto_pub, expired", "expired", "alert 45", "alert 49",
         how="mosquitto", client_leaf="expired"),

    Line("static RSA: no proof on the wire", "grade_too_low G0/G2", "alert 49", "alert 49",
         server_leaf="rsa2048", client_more=TLS12 + ("-cipher", "AES128-SHA256"),
         server_more=TLS12 + ("-cipher", "AES128-SHA256")),
    Line("resumed session", "resumption_unbound G0/G0", "alert 40", "alert 40", how="resumed"),
    Line("TLS 1.3 where G4 is asked for", "encrypted_handshake G0/G0", "alert 49", "alert 49",
         client_more=("-tls1_3",), server_more=("-tls1_3",)),
    Line("a port that no conduit names", "no_conduit G0/G0", "refused", "nothing",
         how="unanswered", port=9443),
    Line("no TLS at all on the order port", "not_tls G0/G0", "reset", "reset", how="plain_text"),
    Line("monitor mode: expired", "would block expired", "confirmed", "order",
         how="monitor", server_leaf="expired"),
    Line("monitor mode: TLS 1.3", "would block encrypted_handshake", "confirmed",
         "order", how="monitor", client_more=("-tls1_3",), server_more=("-tls1_3",)),
)
