# SPDX-License-Identifier: BSD-3-Clause
"""What tests/pki/make makes, as data: keys, certificate authorities, leaves.

Every table below is made once for each domain ("producer" shows server
certificates, "brand" client certificates). A row says what is special about
the certificate; what it does not say is taken from the defaults of Ca or Leaf.
`reason` is what a judge has to say about the chain (base/reason.h), given the
domain's root as anchor, the domain's purpose, its host name below (for a server asked for as SNI; a client's domain
is confined to brand.example), RSA from 2048 bits, EC from 256, neither MD5 nor SHA-1.
"""
from dataclasses import dataclass, field

VALID = ("20200101000000Z", "20491231235959Z")
PAST = ("20180101000000Z", "20200101000000Z")
FUTURE = ("20480101000000Z", "20491231235959Z")

# An extension that no one knows, and one that no one knows but must.
UNKNOWN_OID = "1.3.6.1.4.1.99999.7.1"


@dataclass
class Domain:
    name: str
    organisation: str
    leaf: str            # name of the plain, valid leaf
    host: str
    addresses: tuple
    usage: str           # the extended key usage of its leaves
    other_usage: str


DOMAINS = (
    Domain("producer", "Shoe Producer", "machine", "machine-7.producer.example",
           ("10.4.0.7", "fd00:4::7"), "serverAuth", "clientAuth"),
    Domain("brand", "Shoe Brand", "ordering", "ordering.brand.example",
           ("203.0.113.20", "2001:db8:b::20"), "clientAuth", "serverAuth"),
)

# name -> arguments of `openssl genpkey`
EC = "-algorithm EC -pkeyopt ec_paramgen_curve:"
KEYS = {
    "root": EC + "P-384",
    "intermediate": EC + "P-256",
    "stranger": EC + "P-256",
    "p256": EC + "P-256",
    "p224": EC + "P-224",
    "p384": EC + "P-384",
    "p521": EC + "P-521",
    "brainpool256": EC + "brainpoolP256r1",
    "secp256k1": EC + "secp256k1",
    "explicit": EC + "P-256 -pkeyopt ec_param_enc:explicit",
    "ed25519": "-algorithm ED25519",
    "ed448": "-algorithm ED448",
    "rsa1024": "-algorithm RSA -pkeyopt rsa_keygen_bits:1024",
    "rsa2048": "-algorithm RSA -pkeyopt rsa_keygen_bits:2048",
    "rsa3072": "-algorithm RSA -pkeyopt rsa_keygen_bits:3072",
    "rsa_pss": "-algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048",
    "mldsa44": "-algorithm ML-DSA-44",
}


@dataclass
class Ca:
    key: str = "intermediate"
    issuer: str = "root"            # "" signs itself
    basic: str = "critical,CA:TRUE"
    usage: str = "critical,keyCertSign,cRLSign"
    dates: tuple = VALID
    digest: str = "sha256"
    cn: str = ""                    # default: the row's name
    organisation: str = ""          # default: the domain's
    more: tuple = ()                # further extension lines
    padding: int = 0                # bytes of an unknown extension
    aki: bool = True                # name the issuer's key
    damage: str = ""                # a key of DAMAGE in der.py


# In an order in which an issuer stands before those it issues.
CAS = {
    "root": Ca(key="root", issuer=""),
    "intermediate": Ca(),
    "stranger_root": Ca(key="stranger", issuer="", organisation="Nobody Knows"),
    "stranger_intermediate": Ca(issuer="stranger_root", organisation="Nobody Knows"),
    "lookalike_root": Ca(key="stranger", issuer="", cn="root"),
    "lookalike_intermediate": Ca(issuer="lookalike_root", aki=False),
    "broken_intermediate": Ca(damage="signature"),
    "not_a_ca": Ca(basic="critical,CA:FALSE"),
    "no_certsign": Ca(usage="critical,digitalSignature"),
    "pathlen_0": Ca(basic="critical,CA:TRUE,pathlen:0"),
    "below_pathlen_0": Ca(issuer="pathlen_0"),
    "constrained_away": Ca(more=("nameConstraints=critical,permitted;DNS:elsewhere.example",)),
    "constrained_here": Ca(more=("nameConstraints=critical,permitted;DNS:{domain}.example",)),
    "expired_intermediate": Ca(dates=PAST),
    "sha1_intermediate": Ca(digest="sha1"),
    "rsa1024_intermediate": Ca(key="rsa1024"),
    "critical_intermediate": Ca(more=(UNKNOWN_OID + "=critical,DER:0500",)),
    "big_intermediate": Ca(padding=7000),
    "huge_intermediate": Ca(padding=20000),
    "huge_intermediate_2": Ca(issuer="huge_intermediate", padding=20000),
    "step_1": Ca(),
    "step_2": Ca(issuer="step_1"),
    "step_3": Ca(issuer="step_2"),
    "step_4": Ca(issuer="step_3"),
    "rsa2048_ca": Ca(key="rsa2048"),
}


@dataclass
class Leaf:
    key: str = "p256"
    issuer: str = "intermediate"    # "" signs itself
    san: tuple = ("DNS:{host}",)    # () leaves the extension out
    eku: str = "{usage}"            # "" leaves the extension out
    usage: str = "critical,digitalSignature"
    dates: tuple = VALID
    digest: str = "sha256"
    more: tuple = ()
    padding: int = 0
    damage: str = ""
    chain: tuple = None             # CAs after the leaf; default: up to the root, without it
    reason: str = "ok"
    client_reason: str = ""         # where a client certificate fares differently
    what: str = ""


BOTH = "critical,digitalSignature,keyEncipherment"

# "plain" is written under the domain's own name for it (machine, ordering).
LEAVES = {
    "plain": Leaf(what="the domain's usual certificate, P-256"),
    # key types
    "p384": Leaf(key="p384", digest="sha384", what="P-384 key"),
    "p521": Leaf(key="p521", digest="sha512", what="P-521 key"),
    "brainpool256": Leaf(key="brainpool256", what="brainpoolP256r1 key"),
    "ed25519": Leaf(key="ed25519", what="Ed25519 key"),
    "ed448": Leaf(key="ed448", what="Ed448 key"),
    "rsa2048": Leaf(key="rsa2048", usage=BOTH, what="RSA-2048 key, may sign and decipher"),
    "rsa3072": Leaf(key="rsa3072", usage=BOTH, what="RSA-3072 key, may sign and decipher"),
    "rsa_pss": Leaf(key="rsa_pss", what="RSA-PSS key of 2048 bits"),
    "mldsa44": Leaf(key="mldsa44", what="ML-DSA-44 key (no suite of TLS 1.2 takes it)"),
    "secp256k1": Leaf(key="secp256k1", what="secp256k1 key"),
    "p224": Leaf(key="p224", reason="weak_key", what="P-224 key"),
    "rsa1024": Leaf(key="rsa1024", usage=BOTH, reason="weak_key", what="RSA-1024 key"),
    "explicit": Leaf(key="explicit", reason="unsupported_algorithm",
                     what="P-256 key with its curve spelled out (explicit parameters)"),
    # dates
    "expired": Leaf(dates=PAST, reason="expired", what="valid 2018 to 2020"),
    "not_yet_valid": Leaf(dates=FUTURE, reason="not_yet_valid", what="valid 2048 to 2049"),
    "below_expired": Leaf(issuer="expired_intermediate", reason="expired",
                          what="its intermediate was valid 2018 to 2020"),
    # issuers
    "unknown_ca": Leaf(issuer="stranger_intermediate", reason="unknown_issuer",
                       what="issued below a root that is no anchor"),
    "lookalike_ca": Leaf(issuer="lookalike_intermediate", reason="bad_signature",
                         what="issued below a root with the anchor's name and another key"),
    "self_signed": Leaf(issuer="", reason="self_signed", what="signed with its own key"),
    "missing_intermediate": Leaf(chain=(), reason="unknown_issuer",
                                 what="the intermediate is not sent"),
    "with_root": Leaf(chain=("intermediate", "root"), what="the root is sent as well"),
    "shuffled": Leaf(issuer="step_4", what="four intermediates, sent in the wrong order",
                     chain=("step_2", "step_4", "step_1", "step_3")),
    "long_chain": Leaf(issuer="step_4", what="four intermediates"),
    "unrelated_extra": Leaf(chain=("stranger_intermediate", "intermediate"),
                            what="an intermediate of strangers is sent as well"),
    # signatures
    "broken_leaf": Leaf(damage="signature", reason="bad_signature",
                        what="one bit of the leaf's signature flipped"),
    "below_broken": Leaf(issuer="broken_intermediate", reason="bad_signature",
                         what="one bit of the intermediate's signature flipped"),
    "md5_signed": Leaf(issuer="rsa2048_ca", digest="md5", reason="weak_algorithm",
                       what="signed with MD5 and RSA"),
    "sha1_signed": Leaf(digest="sha1", reason="weak_algorithm", what="signed with SHA-1"),
    "below_sha1": Leaf(issuer="sha1_intermediate", reason="weak_algorithm",
                       what="its intermediate is signed with SHA-1"),
    "below_rsa1024": Leaf(issuer="rsa1024_intermediate", reason="weak_key",
                          what="its intermediate has an RSA-1024 key"),
    # path rules
    "below_not_a_ca": Leaf(issuer="not_a_ca", reason="wrong_usage",
                           what="its intermediate says CA:FALSE"),
    "below_no_certsign": Leaf(issuer="no_certsign", reason="wrong_usage",
                              what="its intermediate may not sign certificates"),
    "below_pathlen": Leaf(issuer="below_pathlen_0", reason="path_length",
                          what="two intermediates, the upper one with pathlen:0"),
    "below_constrained_away": Leaf(issuer="constrained_away", reason="name_constraint",
                                   what="its intermediate is confined to elsewhere.example"),
    "below_constrained_here": Leaf(issuer="constrained_here",
                                   what="its intermediate is confined to the domain's own names"),
    "unhandled_critical": Leaf(more=(UNKNOWN_OID + "=critical,DER:0500",),
                               reason="unhandled_critical",
                               what="a critical extension that nobody knows"),
    "below_critical": Leaf(issuer="critical_intermediate", reason="unhandled_critical",
                           what="its intermediate has a critical extension that nobody knows"),
    # usage
    "other_usage": Leaf(eku="{other_usage}", reason="wrong_usage",
                        what="extended key usage of the other side only"),
    "both_usages": Leaf(eku="serverAuth,clientAuth", what="server and client in one"),
    "no_eku": Leaf(eku="", what="no extended key usage"),
    "code_signing": Leaf(eku="codeSigning", reason="wrong_usage", what="for signing code"),
    "no_signing": Leaf(usage="critical,keyAgreement", reason="wrong_usage",
                       what="EC key that may not sign (keyAgreement only)"),
    "rsa_sign_only": Leaf(key="rsa2048", what="RSA-2048 that may only sign (no static RSA)"),
    "rsa_encipher_only": Leaf(key="rsa2048", usage="critical,keyEncipherment",
                              client_reason="wrong_usage",
                              what="RSA-2048 that may only decipher (static RSA alone)"),
    # names
    "wrong_name": Leaf(san=("DNS:somebody.elsewhere.example",), reason="name_mismatch",
                       client_reason="name_constraint",
                       what="a name of elsewhere.example"),
    "cn_only": Leaf(san=(), reason="name_mismatch", client_reason="ok",
                    what="its name in the CN alone, no SAN"),
    "wildcard": Leaf(san=("DNS:*.{domain}.example",), what="*.DOMAIN.example"),
    "many_names": Leaf(san=("DNS:{host}",) + tuple(f"DNS:n{i}.{{domain}}.example"
                                                   for i in range(200)),
                       what="201 names"),
    "with_address": Leaf(san=("DNS:{host}", "IP:{address4}", "IP:{address6}"),
                         what="its name and its two addresses"),
    "address_only": Leaf(san=("IP:{address4}", "IP:{address6}"), reason="name_mismatch",
                         client_reason="ok",
                         what="its two addresses, no name"),
    "nul_in_name": Leaf(san=("DNS:{host}\0.evil.example",), reason="name_mismatch",
                        client_reason="name_constraint",
                        what="a NUL after the right name, then .evil.example"),
    # sizes
    "chain_20k": Leaf(issuer="big_intermediate", padding=12500,
                      what="leaf and intermediate together 20 kB"),
    "chain_64k": Leaf(issuer="huge_intermediate_2", padding=20000,
                      what="leaf and two intermediates together 61 kB"),
    # bytes
    "malformed": Leaf(damage="length", reason="malformed",
                      what="a length in the leaf's DER points behind its end"),
}
