/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * key: the public key of a certificate: what it is, what it may be used for, and whether it made a signature.
 *
 * Two objects. A `struct val_key` is one certificate's key, parsed once and kept as long as wanted (a remembered chain
 * keeps the key of its leaf). A `struct val_verifier` is what a thread needs to check signatures: hash functions fetched
 * once and contexts that are used again and again.
 *
 * Order of calls: val_verifier_new() once per thread; val_key_new() or val_key_from_x509() for each key;
 * val_key_verify() as often as wanted; the two _free().
 *
 * Threads: a verifier belongs to one thread. A key does not change after it was made and may be read by several threads.
 * Ownership: both are ours; _free(NULL) is allowed. The key holds a reference of its own, so that the X509 or the bytes
 * it was made from may go away at once.
 *
 * Limits (all hostile input): RSA from 512 to 8192 bits with an odd exponent from 3 to 2^64 - 1; EC on the named prime
 * curves that TLS has numbers for (P-192 to P-521, secp256k1, brainpoolP256r1/P384r1/P512r1), never explicit parameters,
 * never the point at infinity; Ed25519; Ed448.
 *
 * It knows nothing of TLS messages, suites or policy: validator/signature does.
 */
#ifndef CELLGATE_VALIDATOR_KEY_H
#define CELLGATE_VALIDATOR_KEY_H

#include "base/bytes.h"
#include "base/reason.h"

struct x509_st; /* OpenSSL's X509 */

enum val_key_kind {
    VAL_KEY_UNKNOWN = 0, /* nothing can be verified with it */
    VAL_KEY_RSA,         /* rsaEncryption */
    VAL_KEY_RSA_PSS,     /* id-RSASSA-PSS: signs with PSS only */
    VAL_KEY_EC,
    VAL_KEY_ED25519,
    VAL_KEY_ED448,
    VAL_KEY_DSA,    /* recognised, never verified */
    VAL_KEY_ML_DSA, /* ML-DSA and SLH-DSA: recognised; no suite of TLS 1.2 takes them */
};

/* KeyUsage bits (RFC 5280 4.2.1.3) that a handshake asks for. All set where the certificate has no KeyUsage. */
#define VAL_KEY_MAY_SIGN     1U /* digitalSignature */
#define VAL_KEY_MAY_ENCIPHER 2U /* keyEncipherment */
#define VAL_KEY_MAY_AGREE    4U /* keyAgreement */

/* How a signature was made. */
enum val_padding {
    VAL_PADDING_NONE = 0,
    VAL_PADDING_PKCS1, /* RSASSA-PKCS1-v1_5; with VAL_HASH_MD5_SHA1 the 36 bytes stand without DigestInfo (RFC 5246 A.C) */
    VAL_PADDING_PSS,   /* RSASSA-PSS: MGF1 with the same hash, salt as long as the hash (RFC 8446 4.2.3) */
    VAL_PADDING_ECDSA, /* DER of r and s */
    VAL_PADDING_EDDSA, /* the message itself, no hash before it */
};

enum val_hash {
    VAL_HASH_NONE = 0,
    VAL_HASH_MD5,
    VAL_HASH_SHA1,
    VAL_HASH_SHA224,
    VAL_HASH_SHA256,
    VAL_HASH_SHA384,
    VAL_HASH_SHA512,
    VAL_HASH_MD5_SHA1, /* TLS <= 1.1 with RSA */
    VAL_HASH_COUNT,
};

struct val_key;
struct val_verifier;

/* val_key_new: the key of the certificate in `der`. NULL with one reason added to `*reasons` when there is none to be
 * had: malformed (not a certificate), unsupported_algorithm (a key that cannot be checked, explicit EC parameters, RSA
 * above the limit), weak_key (RSA below the limit, or an exponent that protects nothing). DSA, ML-DSA: a key is returned. */
struct val_key *val_key_new(struct bytes der, uint64_t *reasons);

/* val_key_from_x509: as val_key_new(), of a certificate that is parsed already; `x509` is borrowed until return. */
struct val_key *val_key_from_x509(struct x509_st *x509, uint64_t *reasons);

/* val_key_free: gives the key back; NULL is allowed. */
void val_key_free(struct val_key *key);

/* val_key_kind_of: what the key is. */
enum val_key_kind val_key_kind_of(const struct val_key *key);

/* val_key_bits: size of modulus or field in bits. */
unsigned val_key_bits(const struct val_key *key);

/* val_key_group: number of the curve of an EC key in the TLS registry of supported groups (23 is P-256); 0 otherwise. */
uint16_t val_key_group(const struct val_key *key);

/* val_key_may: true when KeyUsage allows all of `uses` (VAL_KEY_MAY_*). */
bool val_key_may(const struct val_key *key, unsigned uses);

/* val_verifier_new: NULL when memory or a hash function is missing. */
struct val_verifier *val_verifier_new(void);
void val_verifier_free(struct val_verifier *verifier);

/* val_key_verify: true when `signature` was made with the private half of `key`, in the way that `padding` and `hash` say,
 * over the `num` (1 to 4) parts of `message` one after another. False for everything else, an algorithm that does not fit the key
 * and a library that fails included: true is never a guess. EdDSA hashes nothing before: `hash` is VAL_HASH_NONE and
 * the parts are at most 4096 bytes together, or one part of any length. */
bool val_key_verify(struct val_verifier *verifier, const struct val_key *key, enum val_padding padding,
                    enum val_hash hash, const struct bytes message[], size_t num, struct bytes signature);

#endif
