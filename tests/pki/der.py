# SPDX-License-Identifier: BSD-3-Clause
"""The few bytes of DER and PEM that `openssl` does not write for us."""
import base64
import re


def tlv(tag, *parts):
    body = b"".join(parts)
    if len(body) < 0x80:
        return bytes([tag, len(body)]) + body
    size = (len(body).bit_length() + 7) // 8
    return bytes([tag, 0x80 | size]) + len(body).to_bytes(size, "big") + body


def to_pem(der, label):
    text = base64.b64encode(der).decode()
    lines = [text[i:i + 64] for i in range(0, len(text), 64)]
    return f"-----BEGIN {label}-----\n" + "\n".join(lines) + f"\n-----END {label}-----\n"


def from_pem(text):
    """from_pem(text) gives the DER of the first PEM block in text."""
    body = re.search(r"-----BEGIN [^-]+-----(.*?)-----END", text, re.S).group(1)
    return base64.b64decode(body)


def dns_san(names):
    """A GeneralNames of dNSName, whatever bytes the names hold."""
    return tlv(0x30, *(tlv(0x82, n.encode()) for n in names))


def flip_signature(der):
    """The last octet of a certificate belongs to its signature value."""
    return der[:-1] + bytes([der[-1] ^ 1])


def stretch_length(der):
    """Makes tbsCertificate longer than the certificate around it.

    Both start with 30 82 hh ll: all leaves here are between 256 and 65535 octets.
    """
    assert der[0:2] == b"\x30\x82" and der[4:6] == b"\x30\x82"
    return der[:6] + bytes([der[6] + 4]) + der[7:]


DAMAGE = {"signature": flip_signature, "length": stretch_length}

OID_EC_PUBLIC_KEY = bytes.fromhex("06072a8648ce3d0201")
OID_P256 = bytes.fromhex("06082a8648ce3d030107")


def unfit_p256_key(public_key_der, scalar):
    """A P-256 private key whose public half is someone else's.

    A TLS server compares a certificate with its key by the public halves, so it
    starts with this one and signs with a scalar that does not belong to it: what
    a thief of a certificate without its key can do at best.
    """
    point = public_key_der[-65:]
    assert point[0] == 4
    ec_key = tlv(0x30, tlv(0x02, b"\x01"), tlv(0x04, scalar), tlv(0xA1, tlv(0x03, b"\0" + point)))
    return tlv(0x30, tlv(0x02, b"\0"), tlv(0x30, OID_EC_PUBLIC_KEY, OID_P256), tlv(0x04, ec_key))
