/* SPDX-License-Identifier: BSD-3-Clause */
#include "validator/certificate.h"

#include "validator/case.h"
#include "validator/strict.h"

#include <openssl/asn1t.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <stdlib.h>
#include <time.h>

#define EXTENSIONS_MAX 64
#define SERIAL_LEN_MAX 20

static struct bytes string_bytes(const ASN1_STRING *string)
{
    return bytes_of(ASN1_STRING_get0_data(string), (size_t)ASN1_STRING_length(string));
}

static enum val_signed_with signed_with_hash(int hash)
{
    switch (hash) {
    case NID_sha224:
    case NID_sha256:
    case NID_sha384:
    case NID_sha512:
    case NID_sha512_224:
    case NID_sha512_256:
    case NID_sha3_224:
    case NID_sha3_256:
    case NID_sha3_384:
    case NID_sha3_512:
        return VAL_SIGNED_SOUND;
    case NID_sha1:
        return VAL_SIGNED_SHA1;
    case NID_md5:
        return VAL_SIGNED_MD5;
    case NID_md4:
    case NID_md2:
        return VAL_SIGNED_BROKEN;
    default:
        return VAL_SIGNED_UNKNOWN;
    }
}

/* The algorithms that a link of a path may be signed with; what is not named here cannot be checked. */
static enum val_signed_with signed_with(const X509 *x509)
{
    int algorithm = X509_get_signature_nid(x509);
    int hash = NID_undef;
    int key = NID_undef;

    switch (algorithm) {
    case NID_ED25519:
    case NID_ED448:
    case NID_ML_DSA_44:
    case NID_ML_DSA_65:
    case NID_ML_DSA_87:
        return VAL_SIGNED_SOUND;
    default:
        break;
    }
    if (algorithm >= NID_SLH_DSA_SHA2_128s && algorithm <= NID_SLH_DSA_SHAKE_256f)
        return VAL_SIGNED_SOUND;
    if (algorithm == NID_rsassaPss)
        return X509_get_signature_info((X509 *)x509, &hash, NULL, NULL, NULL) == 1 ? signed_with_hash(hash)
                                                                                   : VAL_SIGNED_UNKNOWN;
    if (OBJ_find_sigid_algs(algorithm, &hash, &key) != 1 ||
        (key != NID_rsaEncryption && key != NID_X9_62_id_ecPublicKey))
        return VAL_SIGNED_UNKNOWN;
    return signed_with_hash(hash);
}

static bool take_time(int64_t *out, const ASN1_TIME *when)
{
    struct tm tm;

    if (when == NULL || ASN1_TIME_to_tm(when, &tm) != 1)
        return false;
    *out = (int64_t)timegm(&tm);
    return true;
}

/* Room for all names of an extension: each takes at most two bytes more in our block than its content had in DER. */
static struct val_names *names_for(const X509_EXTENSION *extension)
{
    const ASN1_OCTET_STRING *value = X509_EXTENSION_get_data((X509_EXTENSION *)extension);

    return val_names_new((uint32_t)ASN1_STRING_length(value));
}

/* local-part@domain (RFC 5280 4.2.1.6); nobody's constraints know quoted local parts. */
static bool mailbox_ok(struct bytes mailbox)
{
    const uint8_t *sign = mailbox.left == 0 ? NULL : memchr(mailbox.at, '@', mailbox.left);
    size_t before = sign == NULL ? 0 : (size_t)(sign - mailbox.at);

    return before != 0 && before + 1 < mailbox.left && memchr(sign + 1, '@', mailbox.left - before - 1) == NULL;
}

static bool take_alternative_names(struct val_certificate *out, const X509_EXTENSION *extension,
                                   const GENERAL_NAMES *names)
{
    free(out->names);
    out->names = names_for(extension);
    if (out->names == NULL || sk_GENERAL_NAME_num(names) == 0)
        return false;
    out->num_names = (uint32_t)sk_GENERAL_NAME_num(names);
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

        if (name->type == GEN_DNS && !val_names_add_host(out->names, string_bytes(name->d.dNSName)))
            return false;
        if (name->type == GEN_EMAIL && !mailbox_ok(string_bytes(name->d.rfc822Name)))
            out->uncomparable = 1;
        if (name->type == GEN_IPADD && !val_names_add_address(out->names, string_bytes(name->d.iPAddress)))
            return false;
    }
    out->uncomparable |= out->names->uncomparable;
    return true;
}

/* RFC 5280 4.2.1.10: address and mask of the same length; the mask is that of a network (RFC 4632). */
static bool address_constraint_ok(struct bytes value)
{
    size_t half = value.left / 2;
    bool host_part = false;

    if (value.left != 8 && value.left != 32)
        return false;
    for (size_t bit = 0; bit < half * 8; bit++) {
        bool set = (value.at[half + bit / 8] >> (7 - bit % 8)) & 1;

        if (set && host_part)
            return false;
        host_part = !set;
    }
    return true;
}

static bool subtrees_ok(const STACK_OF(GENERAL_SUBTREE) * subtrees, struct val_names *hosts)
{
    char host[VAL_HOST_MAX];

    for (int i = 0; i < sk_GENERAL_SUBTREE_num(subtrees); i++) {
        const GENERAL_SUBTREE *subtree = sk_GENERAL_SUBTREE_value(subtrees, i);
        const GENERAL_NAME *base = subtree->base;

        if (subtree->maximum != NULL || (subtree->minimum != NULL && ASN1_INTEGER_get(subtree->minimum) != 0))
            return false;
        if (base->type == GEN_IPADD && !address_constraint_ok(string_bytes(base->d.iPAddress)))
            return false;
        if ((base->type == GEN_EMAIL || base->type == GEN_URI) && ASN1_STRING_length(base->d.ia5) == 0)
            return false;
        if (base->type == GEN_DNS && (!val_host_normal(host, string_bytes(base->d.dNSName)) ||
                                      (hosts != NULL && !val_names_add_host(hosts, string_bytes(base->d.dNSName)))))
            return false;
    }
    return true;
}

static bool take_name_constraints(struct val_certificate *out, const X509_EXTENSION *extension,
                                  const NAME_CONSTRAINTS *constraints)
{
    int permitted = sk_GENERAL_SUBTREE_num(constraints->permittedSubtrees); /* -1: the list is absent */
    int excluded = sk_GENERAL_SUBTREE_num(constraints->excludedSubtrees);

    free(out->excluded);
    out->excluded = names_for(extension);
    out->num_subtrees = (uint32_t)((permitted > 0 ? permitted : 0) + (excluded > 0 ? excluded : 0));
    return out->excluded != NULL && out->num_subtrees != 0 && subtrees_ok(constraints->permittedSubtrees, NULL) &&
           subtrees_ok(constraints->excludedSubtrees, out->excluded);
}

static bool has_bit(const ASN1_BIT_STRING *bits)
{
    for (int i = 0; i < ASN1_STRING_length(bits); i++)
        if (ASN1_STRING_get0_data(bits)[i] != 0)
            return true;
    return false;
}

static bool qualifiers_known(const CERTIFICATEPOLICIES *policies)
{
    for (int i = 0; i < sk_POLICYINFO_num(policies); i++) {
        const POLICYINFO *policy = sk_POLICYINFO_value(policies, i);

        for (int j = 0; j < sk_POLICYQUALINFO_num(policy->qualifiers); j++) {
            int kind = OBJ_obj2nid(sk_POLICYQUALINFO_value(policy->qualifiers, j)->pqualid);

            if (kind != NID_id_qt_cps && kind != NID_id_qt_unotice)
                return false;
        }
    }
    return true;
}

static bool take_value(struct val_certificate *out, const X509_EXTENSION *extension, int kind, const void *value)
{
    switch (kind) {
    case NID_subject_alt_name:
        return take_alternative_names(out, extension, value);
    case NID_name_constraints:
        return take_name_constraints(out, extension, value);
    case NID_certificate_policies:
        if (X509_EXTENSION_get_critical(extension) && !qualifiers_known(value))
            out->unhandled = 1;
        return true;
    case NID_key_usage:
        return has_bit(value);
    case NID_ext_key_usage:
        return sk_ASN1_OBJECT_num(value) > 0;
    case NID_basic_constraints:
        out->is_ca = ((const BASIC_CONSTRAINTS *)value)->ca != 0;
        return true;
    default:
        return true;
    }
}

/* An extension that the library has a form for must have that form; any other is left to the path validation. */
static bool take_extension(struct val_certificate *out, X509_EXTENSION *extension)
{
    const X509V3_EXT_METHOD *method = X509V3_EXT_get(extension);
    void *value;
    bool good;

    if (method == NULL)
        return true;
    if (!val_strict_check(string_bytes(X509_EXTENSION_get_data(extension))))
        return false;
    value = X509V3_EXT_d2i(extension);
    if (value == NULL)
        return false;
    good = take_value(out, extension, method->ext_nid, value);
    if (method->it != NULL)
        ASN1_item_free(value, ASN1_ITEM_ptr(method->it));
    else
        method->ext_free(value);
    return good;
}

static bool take_extensions(struct val_certificate *out)
{
    int num = X509_get_ext_count(out->x509);

    if (num > EXTENSIONS_MAX)
        return false;
    for (int i = 0; i < num; i++) {
        X509_EXTENSION *extension = X509_get_ext(out->x509, i);

        if (X509_get_ext_by_OBJ(out->x509, X509_EXTENSION_get_object(extension), i) >= 0 ||
            !take_extension(out, extension))
            return false;
    }
    return out->excluded == NULL || out->is_ca;
}

static bool serial_ok(const X509 *x509)
{
    const ASN1_INTEGER *serial = X509_get0_serialNumber(x509);

    return ASN1_STRING_type(serial) == V_ASN1_INTEGER && ASN1_STRING_length(serial) <= SERIAL_LEN_MAX &&
           has_bit(serial);
}

static bool version_ok(const X509 *x509)
{
    long version = X509_get_version(x509);
    const ASN1_BIT_STRING *issuer_id;
    const ASN1_BIT_STRING *subject_id;

    X509_get0_uids(x509, &issuer_id, &subject_id);
    if (version == X509_VERSION_1 && (issuer_id != NULL || subject_id != NULL))
        return false;
    return version == X509_VERSION_3 ||
           (version >= X509_VERSION_1 && version < X509_VERSION_3 && X509_get_ext_count(x509) == 0);
}

/* An RSA key is DER within its BIT STRING (RFC 3279 2.3.1); all other keys are bare bytes there. */
static bool public_key_ok(const struct val_certificate *certificate)
{
    enum val_key_kind kind = certificate->key == NULL ? VAL_KEY_UNKNOWN : val_key_kind_of(certificate->key);

    return (kind != VAL_KEY_RSA && kind != VAL_KEY_RSA_PSS) ||
           val_strict_check(string_bytes(X509_get0_pubkey_bitstr(certificate->x509)));
}

static bool take(struct val_certificate *out)
{
    X509 *x509 = out->x509;
    const X509_ALGOR *outer;

    X509_get0_signature(NULL, &outer, x509);
    if (!version_ok(x509) || X509_ALGOR_cmp(outer, X509_get0_tbs_sigalg(x509)) != 0 ||
        (!out->anchor && !serial_ok(x509)))
        return false;
    if (!take_time(&out->not_before_s, X509_get0_notBefore(x509)) ||
        !take_time(&out->not_after_s, X509_get0_notAfter(x509)) || !take_extensions(out))
        return false;
    if (out->names == NULL)
        out->names = val_names_new(0);
    out->self_issued = X509_NAME_cmp(X509_get_subject_name(x509), X509_get_issuer_name(x509)) == 0;
    out->signed_with = (uint8_t)signed_with(x509);
    /* Fills what the library remembers of the extensions, so that later readers only read. */
    if (out->names == NULL || X509_check_purpose(x509, -1, 0) != 1)
        return false;
    out->key = val_key_from_x509(x509, &out->key_reasons);
    return public_key_ok(out);
}

static struct val_certificate *certificate_new(struct bytes der, bool anchor)
{
    struct val_certificate *out = calloc(1, sizeof(*out));
    const uint8_t *at = der.at;
    bool good = out != NULL && der.left <= VAL_CERTIFICATE_LEN_MAX && val_strict_check(der);

    if (good) {
        out->der = der;
        out->anchor = anchor;
        out->x509 = d2i_X509(NULL, &at, (long)der.left);
        good = out->x509 != NULL && at == der.at + der.left && take(out);
    }
    ERR_clear_error();
    if (good)
        return out;
    val_certificate_free(out);
    return NULL;
}

struct val_certificate *val_certificate_new(struct bytes der)
{
    return certificate_new(der, false);
}

struct val_certificate *val_certificate_new_anchor(struct bytes der)
{
    return certificate_new(der, true);
}

void val_certificate_free(struct val_certificate *certificate)
{
    if (certificate == NULL)
        return;
    X509_free(certificate->x509);
    val_key_free(certificate->key);
    free(certificate->names);
    free(certificate->excluded);
    free(certificate);
}

bool val_certificate_purpose(const struct val_certificate *certificate, int side)
{
    uint32_t purposes = X509_get_extended_key_usage(certificate->x509); /* all bits where there is no such extension */

    return (purposes & (side == CASE_SERVER ? XKU_SSL_SERVER : XKU_SSL_CLIENT)) != 0;
}
