/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * reason: the one list of every reason that a verdict can carry.
 *
 * The order of the list is the order of precedence: where several reasons hold for one flow, the one that stands first
 * here is the verdict's `reason`, and all of them are its `reasons`. It goes from what makes every later question
 * meaningless (we did not see the flow, or it is not TLS), over what the bytes prove against a party (a forged
 * possession says more than an expired date), to what the policy merely does not allow.
 *
 * Symbols, names and texts are stable: the names appear in verdict records, logs, counters and documents, and a name is
 * never given another meaning. 0 is undecided and is never printed as a verdict; REASON_OK is the one value that accepts.
 *
 * Threads: constant data only.
 */
#ifndef CELLGATE_BASE_REASON_H
#define CELLGATE_BASE_REASON_H

#include <stdint.h>

/* X(SYMBOL, "name", class, "text"): class is one of the enum reason_class below. */
#define REASON_LIST(X)                                                                                                 \
    X(OVERLOAD, "overload", ENGINE, "a bound on flows, handshakes, held packets or memory was reached")                \
    X(MID_STREAM, "mid_stream", VISIBILITY, "the flow was up before cellgate saw it, or part of it was never seen")    \
    X(ONE_SIDED, "one_sided", VISIBILITY, "only one direction of the flow was seen")                                   \
    X(NO_CONDUIT, "no_conduit", POLICY, "no conduit of the policy joins these zones on this port")                     \
    X(NOT_TLS, "not_tls", VISIBILITY, "the flow's first bytes are not TLS")                                            \
    X(MALFORMED_HANDSHAKE, "malformed_handshake", ENGINE,                                                              \
      "a TLS handshake that breaks its own rules: order, lengths, values never offered")                               \
    X(PEER_ALERT, "peer_alert", ENGINE, "an end gave the handshake up with an alert before a verdict was due")         \
    X(HANDSHAKE_TIMEOUT, "handshake_timeout", ENGINE,                                                                  \
      "the handshake did not finish in its time, or the flow ended first")                                             \
    X(VERSION_NOT_ALLOWED, "version_not_allowed", POLICY, "the TLS version is below what the policy allows")           \
    X(CIPHER_NOT_ALLOWED, "cipher_not_allowed", POLICY, "the cipher suite authenticates or protects nothing")          \
    X(ECH, "ech", VISIBILITY, "the hello is encrypted (ECH), so its name cannot be judged")                            \
    X(ENCRYPTED_HANDSHAKE, "encrypted_handshake", VISIBILITY, "TLS 1.3: certificates are not visible on the wire")     \
    X(RESUMPTION_UNBOUND, "resumption_unbound", VISIBILITY, "a resumed session that no judged handshake is known for") \
    X(POSSESSION_FAILED, "possession_failed", POSSESSION,                                                              \
      "the peer did not prove that it holds the certificate's key")                                                    \
    X(MALFORMED, "malformed", CERTIFICATE, "a certificate that cannot be parsed")                                      \
    X(BAD_SIGNATURE, "bad_signature", CERTIFICATE, "a certificate's signature does not verify under its issuer's key") \
    X(SELF_SIGNED, "self_signed", CERTIFICATE, "the chain ends in a self-signed certificate that is no anchor")        \
    X(DOMAIN_NOT_RECOGNISED, "domain_not_recognised", POLICY,                                                          \
      "the chain leads to a domain of the policy, but not to the one that the conduit asks for")                       \
    X(UNKNOWN_ISSUER, "unknown_issuer", CERTIFICATE, "the chain does not lead to an anchor of the domain")             \
    X(UNSUPPORTED_ALGORITHM, "unsupported_algorithm", CERTIFICATE,                                                     \
      "a key or signature algorithm that cannot be checked")                                                           \
    X(WEAK_ALGORITHM, "weak_algorithm", CERTIFICATE, "a signature algorithm that the policy forbids")                  \
    X(WEAK_KEY, "weak_key", CERTIFICATE, "a key below the policy's floor")                                             \
    X(UNHANDLED_CRITICAL, "unhandled_critical", CERTIFICATE, "a critical extension that is not understood")            \
    X(PATH_LENGTH, "path_length", CERTIFICATE, "the chain is longer than a certificate in it, or cellgate, allows")    \
    X(NAME_CONSTRAINT, "name_constraint", CERTIFICATE, "a name outside the name constraints of an issuer")             \
    X(WRONG_USAGE, "wrong_usage", CERTIFICATE, "a certificate not meant for this side, or an issuer that is no CA")    \
    X(EXPIRED, "expired", CERTIFICATE, "a certificate's validity has ended")                                           \
    X(NOT_YET_VALID, "not_yet_valid", CERTIFICATE, "a certificate's validity has not begun")                           \
    X(CLIENT_CERTIFICATE_MISSING, "client_certificate_missing", POLICY,                                                \
      "the conduit asks for a client certificate and none came")                                                       \
    X(SNI_MISMATCH, "sni_mismatch", POLICY, "the name that the client asks for is not one that the conduit allows")    \
    X(NAME_MISMATCH, "name_mismatch", CERTIFICATE, "no name in the certificate is the one that was asked for")         \
    X(GRADE_TOO_LOW, "grade_too_low", POLICY, "the evidence for a side is below the grade that the conduit asks for")  \
    X(POSSESSION_UNOBSERVABLE, "possession_unobservable", POSSESSION,                                                  \
      "the key exchange shows no signature that proves possession (static RSA)")                                       \
    X(OK, "ok", ACCEPT, "everything that the conduit asks for was shown and verified")

enum reason_class {
    REASON_CLASS_UNDECIDED = 0,
    REASON_CLASS_ACCEPT,
    REASON_CLASS_CERTIFICATE,
    REASON_CLASS_POSSESSION,
    REASON_CLASS_POLICY,
    REASON_CLASS_VISIBILITY,
    REASON_CLASS_ENGINE,
};

enum reason {
    REASON_UNDECIDED = 0,
#define X(symbol, name, class, text) REASON_##symbol,
    REASON_LIST(X)
#undef X
        REASON_COUNT
};

_Static_assert(REASON_COUNT <= 64, "reasons are kept as bits of a uint64_t");

/* reason_bit: the bit that stands for `reason` in a set of reasons. */
static inline uint64_t reason_bit(enum reason reason)
{
    return (uint64_t)1 << reason;
}

/* reason_first: the reason of `set` that takes precedence; REASON_UNDECIDED for an empty set. */
enum reason reason_first(uint64_t set);

/* reason_name: the stable name of `reason` ("undecided" for 0, "unknown" outside the list); never NULL. */
const char *reason_name(enum reason reason);

/* reason_text: one sentence for a person; never NULL. */
const char *reason_text(enum reason reason);

/* reason_class_of: the class of `reason`; REASON_CLASS_UNDECIDED for 0 and for anything outside the list. */
enum reason_class reason_class_of(enum reason reason);

/* reason_class_name: the stable name of a class ("certificate", "policy", ...); never NULL. */
const char *reason_class_name(enum reason_class class);

/* reason_from_name: the reason called `name`; REASON_UNDECIDED when there is none. */
enum reason reason_from_name(const char *name);

#endif
