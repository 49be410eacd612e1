/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * digest: hashes of bytes that identify things: fingerprints of certificates, JA3 and JA4 of hellos.
 *
 * Threads: any. MD5 is here because JA3 is defined by it; nothing is trusted on its word.
 * It does not verify signatures (validator/signature does).
 */
#ifndef CELLGATE_VALIDATOR_DIGEST_H
#define CELLGATE_VALIDATOR_DIGEST_H

#include "base/bytes.h"

#define VAL_SHA256_LEN 32
#define VAL_MD5_LEN    16

/* val_digest_sha256: false when the library could not compute it; `out` is zero then. */
BYTES_MUST_CHECK bool val_digest_sha256(uint8_t out[VAL_SHA256_LEN], struct bytes data);

/* val_digest_md5: as above. */
BYTES_MUST_CHECK bool val_digest_md5(uint8_t out[VAL_MD5_LEN], struct bytes data);

#endif
