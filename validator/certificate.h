/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * certificate: one X.509 certificate, parsed once, with what the judge asks of it laid out.
 *
 * Behind the gate of validator/strict, OpenSSL parses. Then everything is refused (`malformed`) that a path validation
 * might pass over although RFC 5280 says that it must not be there:
 *
 *   bytes     not DER, anything behind the end, more than VAL_CERTIFICATE_LEN_MAX bytes
 *   4.1.1.2   two different signature algorithms inside and outside the signed part
 *   4.1.2.1   extensions in a certificate that is not version 3, a version that does not exist
 *   4.1.2.2   a serial number of more than 20 bytes, zero or negative (the anchor's own is left alone)
 *   4.1.2.5   a date that is none
 *   4.2       an extension twice, more than 64 of them, a known extension that does not parse
 *   4.2.1.3   KeyUsage without a bit   4.2.1.12 ExtendedKeyUsage without a purpose
 *   4.2.1.6   SubjectAltName without a name, an address that is not 4 or 16 bytes long
 *   4.2.1.10  NameConstraints in a certificate that is no CA, or empty; a subtree that is no host name, an address mask
 *             that is not contiguous, an empty e-mail or URI constraint, minimum or maximum
 *
 * Threads: a certificate does not change after it was made and may be read by several threads (OpenSSL's own caches in it
 * are filled when it is made). Ownership: `der` is borrowed and must stay as long as the certificate.
 * It judges no chain: signatures, dates, names and purposes are validator/path's.
 */
#ifndef CELLGATE_VALIDATOR_CERTIFICATE_H
#define CELLGATE_VALIDATOR_CERTIFICATE_H

#include "base/bytes.h"
#include "base/reason.h"
#include "validator/key.h"
#include "validator/names.h"

#define VAL_CERTIFICATE_LEN_MAX 65536

/* How the certificate is signed, as far as the policy has a word on it. */
enum val_signed_with {
    VAL_SIGNED_UNKNOWN = 0, /* an algorithm that cannot be checked */
    VAL_SIGNED_SOUND,       /* SHA-2 or SHA-3 with RSA, RSA-PSS or ECDSA; Ed25519, Ed448, ML-DSA, SLH-DSA */
    VAL_SIGNED_SHA1,
    VAL_SIGNED_MD5,
    VAL_SIGNED_BROKEN, /* MD2, MD4 */
};

struct val_certificate {
    struct bytes der;
    struct x509_st *x509;
    struct val_key *key;        /* NULL when it cannot be used: `key_reasons` says why */
    uint64_t key_reasons;       /* unsupported_algorithm, weak_key, malformed */
    struct val_names *names;    /* of SubjectAltName */
    struct val_names *excluded; /* DNS subtrees that NameConstraints exclude; NULL when there are no NameConstraints */
    int64_t not_before_s;       /* validity, both ends included, in seconds since 1970 UTC */
    int64_t not_after_s;
    uint32_t num_names;    /* in SubjectAltName, those that we do not compare included */
    uint32_t num_subtrees; /* in NameConstraints, of every kind */
    uint8_t signed_with;   /* enum val_signed_with */
    uint8_t is_ca;         /* 1: basicConstraints says so */
    uint8_t self_issued;   /* 1: subject and issuer are the same name */
    uint8_t uncomparable; /* 1: a DNS or e-mail name in SubjectAltName is none, so no constraint can be applied to it */
    uint8_t unhandled;    /* 1: a critical certificate policy has a qualifier that nobody knows (RFC 5280 4.2.1.4) */
    uint8_t anchor;       /* 1: made by val_certificate_new_anchor() */
};

/* val_certificate_new: parses one certificate that somebody sent; NULL when it is malformed or memory is missing. */
struct val_certificate *val_certificate_new(struct bytes der);

/* val_certificate_new_anchor: the same for a trust anchor, whose serial number may be anything. */
struct val_certificate *val_certificate_new_anchor(struct bytes der);

/* val_certificate_free: NULL is allowed. */
void val_certificate_free(struct val_certificate *certificate);

/* val_certificate_purpose: true when key usages allow the certificate to stand for `side` (enum case_side) of TLS as far as
 * it says itself: an extended key usage, where there is one, that names this side and nothing that merely counts as it. */
bool val_certificate_purpose(const struct val_certificate *certificate, int side);

#endif
