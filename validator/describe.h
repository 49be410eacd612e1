/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * describe: a certificate in words, for verdict records and for people.
 *
 * The text is made of bytes from the wire: it may hold anything but NUL; whoever prints it escapes it. Everything is cut
 * at the sizes below, and `truncated` says that something was.
 *
 * Threads: any. It judges nothing: a certificate that describes well may still be worthless.
 */
#ifndef CELLGATE_VALIDATOR_DESCRIBE_H
#define CELLGATE_VALIDATOR_DESCRIBE_H

#include "base/bytes.h"

#define VAL_DESCRIBE_NAMES_MAX 16

struct val_description {
    char subject[512]; /* "C=DE, O=Producer, CN=machine-7" */
    char issuer[512];
    char serial[128];    /* "0A:1B:..." */
    char not_before[24]; /* "2026-01-31T12:00:00" UTC; a year above 9999 cannot occur */
    char not_after[24];
    char fingerprint[96];                    /* SHA-256, "aa:bb:..." */
    char names[VAL_DESCRIBE_NAMES_MAX][256]; /* SAN: DNS, IP and URI names as text */
    uint8_t num_names;
    uint8_t truncated;
};

/* val_describe: fills `out` from one certificate in DER; false when it does not parse: only `fingerprint` is set then. */
BYTES_MUST_CHECK bool val_describe(struct val_description *out, struct bytes der);

#endif
