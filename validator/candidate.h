/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * candidate: one path from a leaf to an anchor, given to OpenSSL alone.
 *
 * The rules of RFC 5280 section 6 are OpenSSL's to apply (X509_verify_cert with X509_V_FLAG_X509_STRICT, the purpose of the
 * TLS side, certificate policies, the case's time). It sees the links of this path and nothing else: no store, no default
 * paths, no fetching. The anchor's own dates count. What OpenSSL leaves to its caller, or passes over, is checked here:
 *
 *   - the policy's floor: keys of every link, the anchor included; signature algorithms of every link but the anchor,
 *     whose signature proves nothing
 *   - wildcards in names that reach into an excluded subtree, and names that cannot be compared with any constraint
 *   - extended key usages that OpenSSL counts as "server" although they are something else (SGC)
 *
 * Everything that can be known is gathered: the verify callback lets OpenSSL go on after an error. A path is good only
 * if no error was ever reported, so nothing that was gathered can be forgotten.
 *
 * A rule of form that RFC 5280 demands of issuers but that breaks nothing (a missing key identifier, basicConstraints not
 * critical) is `malformed` only when nothing more telling was found.
 *
 * An anchor that is no self-signed certificate: X509_V_FLAG_PARTIAL_CHAIN lets OpenSSL stop at it. Its name constraints and
 * path length still hold; policy mappings in it do not.
 *
 * Threads: a context belongs to one thread; certificates are only read. Nothing is remembered between calls.
 */
#ifndef CELLGATE_VALIDATOR_CANDIDATE_H
#define CELLGATE_VALIDATOR_CANDIDATE_H

#include "base/reason.h"
#include "validator/certificate.h"
#include "validator/policy.h"

#define VAL_CANDIDATE_MAX 12 /* links: a leaf, ten intermediates, an anchor */

struct val_candidate {
    const struct val_certificate *link[VAL_CANDIDATE_MAX]; /* leaf first, each issued by the next */
    size_t num;
    bool anchored; /* the last link is an anchor; else the path leads nowhere and is looked at for its other faults */
};

struct val_finding {
    uint64_t reasons;         /* empty: the path is good */
    uint32_t bad_certificate; /* bit i: link i is bad in any path */
    uint32_t bad_signature;   /* bit i: link i is not signed by link i + 1 */
    uint8_t reason;           /* the first of `reasons`, which `at` and `what` speak of */
    uint8_t at;               /* index of the link */
    bool only_form;   /* nothing but rules of form were broken: the path is closer to good than any other bad one */
    const char *what; /* constant text */
};

struct val_candidate_context;

/* val_candidate_new: NULL without memory. */
struct val_candidate_context *val_candidate_new(void);
void val_candidate_free(struct val_candidate_context *context);

/* val_candidate_issued: true when `issuer` may have issued `subject` by names, key identifiers and kind of key. Signatures and
 * key usage are looked at later, so that a wrong one gets its own reason. */
bool val_candidate_issued(const struct val_certificate *issuer, const struct val_certificate *subject);

/* val_candidate_check: what is to be said against the path for `side` (enum case_side) at `time_s`. */
void val_candidate_check(struct val_candidate_context *context, struct val_finding *out,
                         const struct val_candidate *candidate, const struct val_algorithms_spec *floor, int side,
                         int64_t time_s);

#endif
