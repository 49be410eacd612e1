/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * signature: does this side hold the private key of the certificate that it showed, for this very flow?
 *
 * TLS <= 1.2 shows the proof on the wire. The server signs both randoms and its key exchange parameters in
 * ServerKeyExchange (RFC 5246 7.4.3, RFC 8422 5.4); the client signs every handshake message up to its own
 * CertificateVerify (RFC 5246 7.4.8). Which of these must come is the cipher suite's matter (validator/suite). The key is
 * that of the first certificate that the side sent, and no other.
 *
 * Order of calls: val_possession_new() once per thread; val_possession_check() for each side of each case;
 * val_possession_free(). A caller that remembers chains keeps the leaf's `struct val_key` (validator/key) with them and
 * hands it in, which saves parsing; the key must be that of the first certificate of that side of that very case.
 *
 * Answers. PROVED is returned for a signature that was verified and for nothing else, and then nothing was added to
 * `*reasons`. FAILED always comes with at least one reason:
 *
 *   possession_failed      the message that must carry the signature is missing, or the signature does not verify
 *   malformed_handshake    what no honest peer sends: suite, version, group or scheme never offered, a key that does not
 *                          fit suite or scheme (RFC 5246 7.4.2), ServerKeyExchange in a static RSA suite, a curve that is
 *                          not named, ML-DSA in TLS 1.2, certificates where the suite or the server asked for none
 *   weak_algorithm         TLS 1.2: MD5, or SHA-1 where the floor forbids it; the signature was verified too, and
 *                          possession_failed stands beside it if that failed. (TLS 1.0 and 1.1 sign with MD5 and SHA-1
 *                          and nothing else; whether they are good enough is the conduit's least version to say.)
 *   wrong_usage            KeyUsage does not allow what the suite needs
 *   unsupported_algorithm  DSA, an unknown scheme, explicit EC parameters, SRP and the like: cannot be checked
 *   weak_key, malformed    of the leaf's key, see val_key_new()
 *   version_not_allowed    SSL 3.0 and below, where the signatures are made in another way
 *   cipher_not_allowed     a suite that nobody knows; an export suite with an ephemeral RSA key
 *
 * UNOBSERVABLE (static RSA, static DH; with possession_unobservable): certificate shown, proof only inside the encryption.
 * NONE: nothing was shown that a proof could be asked for: anonymous and PSK suites, a client without certificate,
 * resumed handshakes, TLS 1.3.
 *
 * Threads: a context belongs to one thread. Ownership: case and key are borrowed until return.
 * What it does not do: it says nothing about the chain, names, dates, or whether suite and version are good enough.
 * The size of keys is compared with the floor where the chain is judged; here only `forbid_*` is looked at.
 */
#ifndef CELLGATE_VALIDATOR_SIGNATURE_H
#define CELLGATE_VALIDATOR_SIGNATURE_H

#include "validator/case.h"
#include "validator/key.h"
#include "validator/policy.h"
#include "validator/verdict.h"

struct val_possession_context;

/* val_possession_new: NULL when memory or an algorithm is missing. */
struct val_possession_context *val_possession_new(void);
void val_possession_free(struct val_possession_context *context);

/* val_possession_check: what `side` (enum case_side) of `c` proved. `key` is the key of that side's first certificate, or
 * NULL: it is parsed from the case. Adds what it found to `*reasons` (never removes). */
enum val_possession val_possession_check(struct val_possession_context *context, const struct val_case *c, int side,
                                         const struct val_key *key, const struct val_algorithms_spec *floor,
                                         uint64_t *reasons);

#endif
