/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * suite: what a TLS <= 1.2 cipher suite demands of the handshake.
 *
 * One table: suite -> key exchange and authentication. It decides which messages must come, whether a signature can be
 * seen, and which kind of key may make it. A suite that is not in the table is unknown: nothing can be demanded of it,
 * so nothing is accepted with it.
 *
 * Threads: constant data. It does not say which suites are good; the policy does.
 */
#ifndef CELLGATE_VALIDATOR_SUITE_H
#define CELLGATE_VALIDATOR_SUITE_H

#include <stdbool.h>
#include <stdint.h>

enum val_key_exchange {
    VAL_KX_UNKNOWN = 0,
    VAL_KX_RSA, /* static RSA: no ServerKeyExchange, no proof on the wire */
    VAL_KX_DHE,
    VAL_KX_ECDHE,
    VAL_KX_DH, /* static (EC)DH: as static RSA */
    VAL_KX_ECDH,
    VAL_KX_PSK,   /* PSK, DHE_PSK, ECDHE_PSK, RSA_PSK: identity by a shared secret */
    VAL_KX_OTHER, /* SRP, Kerberos, GOST and the like */
    VAL_KX_TLS13, /* a TLS 1.3 suite, which says nothing of this */
};

enum val_authentication {
    VAL_AUTH_UNKNOWN = 0,
    VAL_AUTH_NONE, /* anonymous */
    VAL_AUTH_RSA,
    VAL_AUTH_ECDSA, /* EdDSA too (RFC 8422 5.10) */
    VAL_AUTH_DSS,
    VAL_AUTH_PSK,
    VAL_AUTH_OTHER,
    VAL_AUTH_TLS13,
};

struct val_suite {
    uint16_t id;
    uint8_t key_exchange;   /* enum val_key_exchange */
    uint8_t authentication; /* enum val_authentication */
    uint8_t encrypts;       /* 0: NULL cipher */
    uint8_t exported;       /* 1: export-grade */
    const char *name;       /* IANA name without "TLS_" replaced: "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256" */
};

/* val_suite_find: the row of suite `id`, or NULL when it is unknown. */
const struct val_suite *val_suite_find(uint16_t id);

/* val_suite_certificate: true when the server must send a certificate with this suite. */
bool val_suite_certificate(const struct val_suite *suite);

/* val_suite_signed: true when the server must send a signed ServerKeyExchange with this suite. */
bool val_suite_signed(const struct val_suite *suite);

#endif
