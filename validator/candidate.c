/* SPDX-License-Identifier: BSD-3-Clause */
#include "validator/candidate.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <stdlib.h>

#define ERRORS_MAX      64         /* reports by OpenSSL about one path, after which it is stopped */
#define COMPARISONS_MAX (1U << 16) /* names times subtrees along a path */
#define ED25519_BITS    256        /* the library says 253 and 456; the floor means the size of the curve */
#define ED448_BITS      456

struct val_candidate_context {
    X509_STORE_CTX *store;
    STACK_OF(X509) * untrusted;
    STACK_OF(X509) * trusted;
};

/* What one error says about: the link itself, the signature on it, or the path as a whole. */
enum scope { SCOPE_PATH, SCOPE_CERTIFICATE, SCOPE_SIGNATURE, SCOPE_FORM };

struct meaning {
    enum reason reason;
    enum scope scope;
};

/* What the verify callback collects. */
struct collector {
    const struct val_candidate *candidate;
    struct val_finding *finding;
    int64_t time_s;
    unsigned errors;
    unsigned form_at; /* link whose form was wrong, for form_what */
    const char *form_what;
};

struct val_candidate_context *val_candidate_new(void)
{
    struct val_candidate_context *context = calloc(1, sizeof(*context));

    if (context == NULL)
        return NULL;
    context->store = X509_STORE_CTX_new();
    context->untrusted = sk_X509_new_reserve(NULL, VAL_CANDIDATE_MAX);
    context->trusted = sk_X509_new_reserve(NULL, 1);
    if (context->store != NULL && context->untrusted != NULL && context->trusted != NULL)
        return context;
    val_candidate_free(context);
    return NULL;
}

void val_candidate_free(struct val_candidate_context *context)
{
    if (context == NULL)
        return;
    X509_STORE_CTX_free(context->store);
    sk_X509_free(context->untrusted);
    sk_X509_free(context->trusted);
    free(context);
}

bool val_candidate_issued(const struct val_certificate *issuer, const struct val_certificate *subject)
{
    switch (X509_check_issued(issuer->x509, subject->x509)) {
    case X509_V_OK:
    case X509_V_ERR_KEYUSAGE_NO_CERTSIGN:
    case X509_V_ERR_KEYUSAGE_NO_DIGITAL_SIGNATURE:
        return true;
    default:
        return false;
    }
}

static void finding_add(struct val_finding *finding, enum reason reason, size_t at, const char *what)
{
    finding->reasons |= reason_bit(reason);
    if (finding->reason == REASON_UNDECIDED || reason < finding->reason) {
        finding->reason = (uint8_t)reason;
        finding->at = (uint8_t)at;
        finding->what = what;
    }
}

static void finding_add_own(struct val_finding *finding, enum reason reason, size_t at, const char *what)
{
    finding->bad_certificate |= 1U << at;
    finding_add(finding, reason, at, what);
}

/* Every error of OpenSSL's verification. One that is not named here, in this version or a later one, is `malformed`. */
static struct meaning meaning_of(int error)
{
    switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return (struct meaning){REASON_EXPIRED, SCOPE_CERTIFICATE};
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return (struct meaning){REASON_NOT_YET_VALID, SCOPE_CERTIFICATE};

    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_SUBJECT_ISSUER_MISMATCH:
    case X509_V_ERR_AKID_SKID_MISMATCH:
    case X509_V_ERR_AKID_ISSUER_SERIAL_MISMATCH:
    case X509_V_ERR_CERT_UNTRUSTED:
        return (struct meaning){REASON_UNKNOWN_ISSUER, SCOPE_PATH};
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        return (struct meaning){REASON_SELF_SIGNED, SCOPE_PATH};

    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
    case X509_V_ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE:
        return (struct meaning){REASON_BAD_SIGNATURE, SCOPE_SIGNATURE};
    case X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY:
    case X509_V_ERR_NO_ISSUER_PUBLIC_KEY:
    case X509_V_ERR_UNSUPPORTED_SIGNATURE_ALGORITHM:
    case X509_V_ERR_EC_KEY_EXPLICIT_PARAMS:
        return (struct meaning){REASON_UNSUPPORTED_ALGORITHM, SCOPE_CERTIFICATE};
    case X509_V_ERR_EE_KEY_TOO_SMALL:
    case X509_V_ERR_CA_KEY_TOO_SMALL:
        return (struct meaning){REASON_WEAK_KEY, SCOPE_CERTIFICATE};
    case X509_V_ERR_CA_MD_TOO_WEAK:
        return (struct meaning){REASON_WEAK_ALGORITHM, SCOPE_CERTIFICATE};

    case X509_V_ERR_INVALID_CA:
    case X509_V_ERR_KEYUSAGE_NO_CERTSIGN:
    case X509_V_ERR_KEYUSAGE_NO_DIGITAL_SIGNATURE:
    case X509_V_ERR_INVALID_PURPOSE:
    case X509_V_ERR_CERT_REJECTED:
    case X509_V_ERR_PROXY_CERTIFICATES_NOT_ALLOWED:
    case X509_V_ERR_INVALID_NON_CA:
        return (struct meaning){REASON_WRONG_USAGE, SCOPE_CERTIFICATE};
    case X509_V_ERR_NO_EXPLICIT_POLICY:
        return (struct meaning){REASON_WRONG_USAGE, SCOPE_PATH};
    case X509_V_ERR_CERT_CHAIN_TOO_LONG:
    case X509_V_ERR_PATH_LENGTH_EXCEEDED:
    case X509_V_ERR_PROXY_PATH_LENGTH_EXCEEDED:
        return (struct meaning){REASON_PATH_LENGTH, SCOPE_PATH};
    case X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION:
        return (struct meaning){REASON_UNHANDLED_CRITICAL, SCOPE_CERTIFICATE};
    case X509_V_ERR_PERMITTED_VIOLATION:
    case X509_V_ERR_EXCLUDED_VIOLATION:
    case X509_V_ERR_SUBTREE_MINMAX:
    case X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE:
    case X509_V_ERR_UNSUPPORTED_CONSTRAINT_SYNTAX:
    case X509_V_ERR_UNSUPPORTED_NAME_SYNTAX:
        return (struct meaning){REASON_NAME_CONSTRAINT, SCOPE_PATH};

    case X509_V_ERR_ISSUER_NAME_EMPTY:
    case X509_V_ERR_SUBJECT_NAME_EMPTY:
    case X509_V_ERR_EMPTY_SUBJECT_SAN_NOT_CRITICAL:
    case X509_V_ERR_EMPTY_SUBJECT_ALT_NAME:
    case X509_V_ERR_MISSING_AUTHORITY_KEY_IDENTIFIER:
    case X509_V_ERR_MISSING_SUBJECT_KEY_IDENTIFIER:
    case X509_V_ERR_AUTHORITY_KEY_IDENTIFIER_CRITICAL:
    case X509_V_ERR_SUBJECT_KEY_IDENTIFIER_CRITICAL:
    case X509_V_ERR_CA_BCONS_NOT_CRITICAL:
    case X509_V_ERR_CA_CERT_MISSING_KEY_USAGE:
    case X509_V_ERR_KU_KEY_CERT_SIGN_INVALID_FOR_NON_CA:
    case X509_V_ERR_PATHLEN_INVALID_FOR_NON_CA:
    case X509_V_ERR_PATHLEN_WITHOUT_KU_KEY_CERT_SIGN:
        return (struct meaning){REASON_MALFORMED, SCOPE_FORM};

    case X509_V_ERR_OUT_OF_MEM:
        return (struct meaning){REASON_OVERLOAD, SCOPE_PATH};
    default:
        return (struct meaning){REASON_MALFORMED, SCOPE_PATH};
    }
}

/* Which link OpenSSL speaks of; the leaf when it does not say. */
static size_t link_at(const struct val_candidate *candidate, const X509 *x509)
{
    for (size_t i = 0; i < candidate->num; i++)
        if (candidate->link[i]->x509 == x509)
            return i;
    return 0;
}

/* Two errors are none:
 * - A root without KeyUsage, as `openssl req -x509` makes them. RFC 5280 4.2.1.3 asks it of CAs, but 6.1 does not look at
 *   what else an anchor's certificate says: its owner vouches for it.
 * - The last second of a certificate, which OpenSSL counts as past and RFC 5280 4.1.2.5 does not. */
static bool tolerated(const struct collector *collector, int error, size_t at)
{
    const struct val_candidate *candidate = collector->candidate;

    if (error == X509_V_ERR_CA_CERT_MISSING_KEY_USAGE)
        return candidate->anchored && at + 1 == candidate->num;
    return error == X509_V_ERR_CERT_HAS_EXPIRED && candidate->link[at]->not_after_s == collector->time_s;
}

static int on_report(int good, X509_STORE_CTX *store)
{
    struct collector *collector = X509_STORE_CTX_get_app_data(store);
    const X509 *current = X509_STORE_CTX_get_current_cert(store);
    int error = X509_STORE_CTX_get_error(store);
    struct meaning meaning = meaning_of(error);
    size_t at = link_at(collector->candidate, current);

    if (good == 1)
        return 1;
    if (current != NULL && tolerated(collector, error, at)) {
        X509_STORE_CTX_set_error(store, X509_V_OK);
        return 1;
    }
    if (meaning.scope == SCOPE_FORM) {
        collector->form_at = (unsigned)at;
        collector->form_what = X509_verify_cert_error_string(error);
    } else {
        finding_add(collector->finding, meaning.reason, at, X509_verify_cert_error_string(error));
    }
    if (current != NULL && meaning.scope == SCOPE_CERTIFICATE)
        collector->finding->bad_certificate |= 1U << at;
    if (current != NULL && meaning.scope == SCOPE_SIGNATURE)
        collector->finding->bad_signature |= 1U << at;
    return ++collector->errors < ERRORS_MAX && error != X509_V_ERR_OUT_OF_MEM;
}

/* Hands the path over: the last link as the one trust anchor, all between it and the leaf as what was sent. Untrusted ones
 * are looked up first, so that OpenSSL builds this path and no short cut. */
static bool store_prepare(struct val_candidate_context *context, struct collector *collector, int side, int64_t time_s)
{
    const struct val_candidate *candidate = collector->candidate;
    const X509 *last = candidate->link[candidate->num - 1]->x509;
    X509_VERIFY_PARAM *param;
    unsigned long flags = X509_V_FLAG_X509_STRICT | X509_V_FLAG_POLICY_CHECK;

    sk_X509_zero(context->untrusted);
    sk_X509_zero(context->trusted);
    for (size_t i = 1; i < candidate->num; i++)
        if ((!candidate->anchored || i + 1 < candidate->num) &&
            sk_X509_push(context->untrusted, candidate->link[i]->x509) <= 0)
            return false;
    if (candidate->anchored && sk_X509_push(context->trusted, (X509 *)last) <= 0)
        return false;
    if (X509_STORE_CTX_init(context->store, NULL, candidate->link[0]->x509, context->untrusted) != 1)
        return false;
    X509_STORE_CTX_set0_trusted_stack(context->store, context->trusted);
    X509_STORE_CTX_set_verify_cb(context->store, on_report);
    X509_STORE_CTX_set_app_data(context->store, collector);
    param = X509_STORE_CTX_get0_param(context->store);
    if (candidate->anchored && !(X509_get_extension_flags((X509 *)last) & EXFLAG_SS))
        flags |= X509_V_FLAG_PARTIAL_CHAIN;
    X509_VERIFY_PARAM_clear_flags(param, X509_V_FLAG_TRUSTED_FIRST);
    X509_VERIFY_PARAM_set_depth(param, VAL_CANDIDATE_MAX);
    X509_VERIFY_PARAM_set_auth_level(param, 0); /* the floor is the policy's, and checked by us */
    X509_VERIFY_PARAM_set_time(param, (time_t)time_s);
    /* RFC 5280 6.1.1: any policy will do; without this, OpenSSL fails every path that demands an explicit one. */
    return X509_VERIFY_PARAM_add0_policy(param, OBJ_nid2obj(NID_any_policy)) == 1 &&
           X509_VERIFY_PARAM_set_flags(param, flags) == 1 &&
           X509_VERIFY_PARAM_set_purpose(param,
                                         side == CASE_SERVER ? X509_PURPOSE_SSL_SERVER : X509_PURPOSE_SSL_CLIENT) == 1;
}

static void check_by_library(struct val_candidate_context *context, struct val_finding *out,
                             const struct val_candidate *candidate, int side, int64_t time_s)
{
    struct collector collector = {.candidate = candidate, .finding = out, .time_s = time_s};
    bool good = store_prepare(context, &collector, side, time_s) && X509_verify_cert(context->store) == 1 &&
                X509_STORE_CTX_get_error(context->store) == X509_V_OK && collector.errors == 0;

    X509_STORE_CTX_cleanup(context->store);
    ERR_clear_error();
    if (out->reasons == 0 && collector.form_what != NULL) {
        finding_add(out, REASON_MALFORMED, collector.form_at, collector.form_what);
        out->only_form = candidate->anchored;
    }
    if (!good && out->reasons == 0)
        finding_add(out, REASON_MALFORMED, 0, "the library refused the path");
    if (!candidate->anchored && out->reasons == 0)
        finding_add(out, REASON_UNKNOWN_ISSUER, candidate->num - 1, "no anchor");
}

static void check_key(struct val_finding *out, const struct val_certificate *link, size_t at,
                      const struct val_algorithms_spec *floor)
{
    if (link->key == NULL) {
        enum reason reason = reason_first(link->key_reasons);

        finding_add_own(out, reason == REASON_UNDECIDED ? REASON_UNSUPPORTED_ALGORITHM : reason, at,
                        "a public key that cannot be used");
        return;
    }
    unsigned bits = val_key_bits(link->key);

    switch (val_key_kind_of(link->key)) {
    case VAL_KEY_RSA:
    case VAL_KEY_RSA_PSS:
        if (bits < floor->rsa_bits_min || bits % 8 != 0)
            finding_add_own(out, REASON_WEAK_KEY, at, "an RSA key below the policy's floor");
        break;
    case VAL_KEY_EC:
    case VAL_KEY_ED25519:
    case VAL_KEY_ED448:
        if (val_key_kind_of(link->key) != VAL_KEY_EC)
            bits = val_key_kind_of(link->key) == VAL_KEY_ED25519 ? ED25519_BITS : ED448_BITS;
        if (bits < floor->ec_bits_min)
            finding_add_own(out, REASON_WEAK_KEY, at, "an elliptic curve below the policy's floor");
        break;
    case VAL_KEY_ML_DSA:
        break;
    case VAL_KEY_DSA:
    case VAL_KEY_UNKNOWN:
        finding_add_own(out, REASON_UNSUPPORTED_ALGORITHM, at, "a kind of key that is not verified");
        break;
    }
}

static void check_algorithm(struct val_finding *out, const struct val_certificate *link, size_t at,
                            const struct val_algorithms_spec *floor)
{
    switch ((enum val_signed_with)link->signed_with) {
    case VAL_SIGNED_SOUND:
        return;
    case VAL_SIGNED_SHA1:
        if (floor->forbid_sha1)
            finding_add_own(out, REASON_WEAK_ALGORITHM, at, "signed with SHA-1");
        return;
    case VAL_SIGNED_MD5:
        if (floor->forbid_md5)
            finding_add_own(out, REASON_WEAK_ALGORITHM, at, "signed with MD5");
        return;
    case VAL_SIGNED_BROKEN:
        finding_add_own(out, REASON_WEAK_ALGORITHM, at, "signed with MD2 or MD4");
        return;
    case VAL_SIGNED_UNKNOWN:
        break;
    }
    finding_add_own(out, REASON_UNSUPPORTED_ALGORITHM, at, "signed with an algorithm that is not verified");
}

/* What OpenSSL leaves open in name constraints (RFC 5280 4.2.1.10), for every link below one that has them. False when
 * there are too many names to compare, by anybody. */
static bool check_constraints(struct val_finding *out, const struct val_candidate *candidate)
{
    uint64_t comparisons = 0;

    for (size_t issuer = 1; issuer < candidate->num; issuer++)
        for (size_t i = 0; i < issuer; i++)
            comparisons += ((uint64_t)candidate->link[i]->num_names + 1) * candidate->link[issuer]->num_subtrees;
    if (comparisons > COMPARISONS_MAX) {
        finding_add(out, REASON_NAME_CONSTRAINT, 0, "too many names and name constraints");
        return false;
    }
    for (size_t issuer = 1; issuer < candidate->num; issuer++) {
        const struct val_names *excluded = candidate->link[issuer]->excluded;

        for (size_t i = 0; excluded != NULL && i < issuer; i++) {
            const struct val_certificate *link = candidate->link[i];

            if (i != 0 && link->self_issued)
                continue;
            if (link->uncomparable)
                finding_add(out, REASON_NAME_CONSTRAINT, i, "a name that is none, below name constraints");
            if (val_names_touch(link->names, excluded))
                finding_add(out, REASON_NAME_CONSTRAINT, i, "a name that reaches into an excluded subtree");
        }
    }
    return true;
}

void val_candidate_check(struct val_candidate_context *context, struct val_finding *out,
                         const struct val_candidate *candidate, const struct val_algorithms_spec *floor, int side,
                         int64_t time_s)
{
    const uint64_t hopeless = reason_bit(REASON_MALFORMED) | reason_bit(REASON_UNSUPPORTED_ALGORITHM);

    *out = (struct val_finding){0};
    for (size_t i = 0; i < candidate->num; i++) {
        check_key(out, candidate->link[i], i, floor);
        if (!candidate->link[i]->anchor)
            check_algorithm(out, candidate->link[i], i, floor);
    }
    for (size_t i = 0; i < candidate->num; i++)
        if (candidate->link[i]->unhandled)
            finding_add_own(out, REASON_UNHANDLED_CRITICAL, i, "a critical policy with an unknown qualifier");
    if (!val_certificate_purpose(candidate->link[0], side))
        finding_add_own(out, REASON_WRONG_USAGE, 0, "an extended key usage for something else");
    /* Keys and algorithms that cannot be checked are not given to the library: some cost without bound. */
    if (check_constraints(out, candidate) && (out->reasons & hopeless) == 0)
        check_by_library(context, out, candidate, side, time_s);
}
