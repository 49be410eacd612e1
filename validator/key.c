/* SPDX-License-Identifier: BSD-3-Clause */
#include "validator/key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#define RSA_BITS_MIN      512
#define RSA_BITS_MAX      8192
#define EXPONENT_BITS_MAX 64
#define JOINED_MAX        4096
#define PARTS_MAX         4

struct val_key {
    EVP_PKEY *pkey;
    enum val_key_kind kind;
    unsigned bits;
    unsigned uses;
    uint16_t group;
};

struct val_verifier {
    EVP_MD *hash[VAL_HASH_COUNT];
    EVP_MD_CTX *digest;
    EVP_MD_CTX *eddsa;
    uint8_t joined[JOINED_MAX];
};

struct curve {
    int nid;
    uint16_t group; /* RFC 8422 5.1.1, RFC 7027 2 */
    uint16_t bits;
};

static const struct curve curves[] = {
    {NID_X9_62_prime192v1, 19, 192}, {NID_secp224r1, 21, 224},       {NID_secp256k1, 22, 256},
    {NID_X9_62_prime256v1, 23, 256}, {NID_secp384r1, 24, 384},       {NID_secp521r1, 25, 521},
    {NID_brainpoolP256r1, 26, 256},  {NID_brainpoolP384r1, 27, 384}, {NID_brainpoolP512r1, 28, 512},
};

/* ML-DSA and SLH-DSA stand side by side below 2.16.840.1.101.3.4.3 (17 to 35). By bytes: older libraries do not know them. */
static bool is_post_quantum(const ASN1_OBJECT *algorithm)
{
    static const uint8_t arc[] = {0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03};
    const uint8_t *oid = OBJ_get0_data(algorithm);

    return OBJ_length(algorithm) == sizeof(arc) + 1 && memcmp(oid, arc, sizeof(arc)) == 0 && oid[sizeof(arc)] >= 17 &&
           oid[sizeof(arc)] <= 35;
}

static enum val_key_kind kind_of(const ASN1_OBJECT *algorithm)
{
    switch (OBJ_obj2nid(algorithm)) {
    case NID_rsaEncryption:
        return VAL_KEY_RSA;
    case NID_rsassaPss:
        return VAL_KEY_RSA_PSS;
    case NID_X9_62_id_ecPublicKey:
        return VAL_KEY_EC;
    case NID_ED25519:
        return VAL_KEY_ED25519;
    case NID_ED448:
        return VAL_KEY_ED448;
    case NID_dsa:
        return VAL_KEY_DSA;
    default:
        return is_post_quantum(algorithm) ? VAL_KEY_ML_DSA : VAL_KEY_UNKNOWN;
    }
}

/* Adds a reason to `*reasons` unless the curve is a named one that we verify with, and the point lies on it. */
static void take_ec(struct val_key *key, const X509_ALGOR *algor, uint64_t *reasons)
{
    const void *value = NULL;
    int type = V_ASN1_UNDEF;
    EVP_PKEY_CTX *check;

    X509_ALGOR_get0(NULL, &type, &value, algor);
    if (type != V_ASN1_OBJECT) { /* RFC 5480 2.1.1: only namedCurve */
        *reasons |= reason_bit(REASON_UNSUPPORTED_ALGORITHM);
        return;
    }
    for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++) {
        if (curves[i].nid == OBJ_obj2nid((const ASN1_OBJECT *)value)) {
            key->group = curves[i].group;
            key->bits = curves[i].bits;
        }
    }
    if (key->group == 0) {
        *reasons |= reason_bit(REASON_UNSUPPORTED_ALGORITHM);
        return;
    }
    /* The point at infinity decodes, and everybody can sign for it. */
    check = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
    if (check == NULL || EVP_PKEY_public_check_quick(check) != 1)
        *reasons |= reason_bit(REASON_MALFORMED);
    EVP_PKEY_CTX_free(check);
}

static void take_rsa(struct val_key *key, uint64_t *reasons)
{
    BIGNUM *exponent = NULL;
    int bits = EVP_PKEY_get_bits(key->pkey);

    key->bits = bits > 0 ? (unsigned)bits : 0;
    if (EVP_PKEY_get_bn_param(key->pkey, OSSL_PKEY_PARAM_RSA_E, &exponent) != 1)
        *reasons |= reason_bit(REASON_MALFORMED);
    else if (bits < RSA_BITS_MIN || !BN_is_odd(exponent) || BN_is_one(exponent))
        *reasons |= reason_bit(REASON_WEAK_KEY);
    else if (bits > RSA_BITS_MAX || BN_num_bits(exponent) > EXPONENT_BITS_MAX)
        *reasons |= reason_bit(REASON_UNSUPPORTED_ALGORITHM);
    BN_free(exponent);
}

static void take(struct val_key *key, const X509 *x509, uint64_t *reasons)
{
    X509_PUBKEY *public = X509_get_X509_PUBKEY(x509);
    ASN1_OBJECT *algorithm = NULL;
    X509_ALGOR *algor = NULL;

    if (public == NULL || X509_PUBKEY_get0_param(&algorithm, NULL, NULL, &algor, public) != 1) {
        *reasons |= reason_bit(REASON_MALFORMED);
        return;
    }
    key->kind = kind_of(algorithm);
    key->pkey = X509_PUBKEY_get(public);
    if (key->kind == VAL_KEY_DSA || key->kind == VAL_KEY_ML_DSA)
        return;
    if (key->kind == VAL_KEY_UNKNOWN || key->pkey == NULL) {
        *reasons |= reason_bit(REASON_UNSUPPORTED_ALGORITHM);
        return;
    }
    if (key->kind == VAL_KEY_EC)
        take_ec(key, algor, reasons);
    else if (key->kind == VAL_KEY_RSA || key->kind == VAL_KEY_RSA_PSS)
        take_rsa(key, reasons);
    else
        key->bits = (unsigned)EVP_PKEY_get_bits(key->pkey);
}

static unsigned uses_of(X509 *x509)
{
    uint32_t usage = X509_get_key_usage(x509); /* all bits where there is no KeyUsage */

    return ((usage & KU_DIGITAL_SIGNATURE) ? VAL_KEY_MAY_SIGN : 0) |
           ((usage & KU_KEY_ENCIPHERMENT) ? VAL_KEY_MAY_ENCIPHER : 0) |
           ((usage & KU_KEY_AGREEMENT) ? VAL_KEY_MAY_AGREE : 0);
}

struct val_key *val_key_from_x509(X509 *x509, uint64_t *reasons)
{
    struct val_key *key = OPENSSL_zalloc(sizeof(*key));
    uint64_t found = 0;

    if (key == NULL) {
        *reasons |= reason_bit(REASON_UNSUPPORTED_ALGORITHM);
        return NULL;
    }
    take(key, x509, &found);
    key->uses = uses_of(x509);
    ERR_clear_error();
    if (found != 0) {
        *reasons |= found;
        val_key_free(key);
        return NULL;
    }
    return key;
}

struct val_key *val_key_new(struct bytes der, uint64_t *reasons)
{
    const uint8_t *at = der.at;
    struct val_key *key = NULL;
    X509 *x509 = der.left == 0 || der.left > LONG_MAX ? NULL : d2i_X509(NULL, &at, (long)der.left);

    if (x509 != NULL && at == der.at + der.left)
        key = val_key_from_x509(x509, reasons);
    else
        *reasons |= reason_bit(REASON_MALFORMED);
    X509_free(x509);
    ERR_clear_error();
    return key;
}

void val_key_free(struct val_key *key)
{
    if (key == NULL)
        return;
    EVP_PKEY_free(key->pkey);
    OPENSSL_free(key);
}

enum val_key_kind val_key_kind_of(const struct val_key *key)
{
    return key->kind;
}

unsigned val_key_bits(const struct val_key *key)
{
    return key->bits;
}

uint16_t val_key_group(const struct val_key *key)
{
    return key->group;
}

bool val_key_may(const struct val_key *key, unsigned uses)
{
    return (key->uses & uses) == uses;
}

struct val_verifier *val_verifier_new(void)
{
    static const char *const names[VAL_HASH_COUNT] = {
        [VAL_HASH_MD5] = "MD5",           [VAL_HASH_SHA1] = "SHA1",       [VAL_HASH_SHA224] = "SHA2-224",
        [VAL_HASH_SHA256] = "SHA2-256",   [VAL_HASH_SHA384] = "SHA2-384", [VAL_HASH_SHA512] = "SHA2-512",
        [VAL_HASH_MD5_SHA1] = "MD5-SHA1",
    };
    struct val_verifier *verifier = OPENSSL_zalloc(sizeof(*verifier));
    bool good = verifier != NULL;

    for (size_t i = VAL_HASH_NONE + 1; good && i < VAL_HASH_COUNT; i++) {
        verifier->hash[i] = EVP_MD_fetch(NULL, names[i], NULL);
        good = verifier->hash[i] != NULL;
    }
    if (good) {
        verifier->digest = EVP_MD_CTX_new();
        verifier->eddsa = EVP_MD_CTX_new();
        good = verifier->digest != NULL && verifier->eddsa != NULL;
    }
    if (!good) {
        val_verifier_free(verifier);
        verifier = NULL;
    }
    ERR_clear_error();
    return verifier;
}

void val_verifier_free(struct val_verifier *verifier)
{
    if (verifier == NULL)
        return;
    for (size_t i = 0; i < VAL_HASH_COUNT; i++)
        EVP_MD_free(verifier->hash[i]);
    EVP_MD_CTX_free(verifier->digest);
    EVP_MD_CTX_free(verifier->eddsa);
    OPENSSL_free(verifier);
}

static bool fits(const struct val_key *key, enum val_padding padding, enum val_hash hash)
{
    switch (padding) {
    case VAL_PADDING_PKCS1:
        return key->kind == VAL_KEY_RSA && hash != VAL_HASH_NONE;
    case VAL_PADDING_PSS:
        return (key->kind == VAL_KEY_RSA || key->kind == VAL_KEY_RSA_PSS) && hash != VAL_HASH_NONE &&
               hash != VAL_HASH_MD5_SHA1;
    case VAL_PADDING_ECDSA:
        return key->kind == VAL_KEY_EC && hash != VAL_HASH_NONE && hash != VAL_HASH_MD5_SHA1;
    case VAL_PADDING_EDDSA:
        return (key->kind == VAL_KEY_ED25519 || key->kind == VAL_KEY_ED448) && hash == VAL_HASH_NONE;
    case VAL_PADDING_NONE:
        break;
    }
    return false;
}

static bool verify_eddsa(struct val_verifier *verifier, const struct val_key *key, const struct bytes message[],
                         size_t num, struct bytes signature)
{
    struct bytes whole = message[0];
    size_t len = 0;

    if (num > 1) {
        for (size_t i = 0; i < num; i++) {
            if (message[i].left > sizeof(verifier->joined) - len)
                return false;
            if (message[i].left != 0)
                memcpy(verifier->joined + len, message[i].at, message[i].left);
            len += message[i].left;
        }
        whole = bytes_of(verifier->joined, len);
    }
    bool good = EVP_DigestVerifyInit_ex(verifier->eddsa, NULL, NULL, NULL, NULL, key->pkey, NULL) == 1 &&
                EVP_DigestVerify(verifier->eddsa, signature.at, signature.left, whole.at, whole.left) == 1;
    EVP_MD_CTX_reset(verifier->eddsa);
    return good;
}

static bool verify_hash(const struct val_key *key, enum val_padding padding, const EVP_MD *hash, const uint8_t *value,
                        size_t len, struct bytes signature)
{
    EVP_PKEY_CTX *check = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
    bool good = check != NULL && EVP_PKEY_verify_init(check) == 1;

    if (good && padding == VAL_PADDING_PKCS1)
        good = EVP_PKEY_CTX_set_rsa_padding(check, RSA_PKCS1_PADDING) == 1;
    if (good && padding == VAL_PADDING_PSS)
        good = EVP_PKEY_CTX_set_rsa_padding(check, RSA_PKCS1_PSS_PADDING) == 1;
    good = good && EVP_PKEY_CTX_set_signature_md(check, hash) == 1;
    if (good && padding == VAL_PADDING_PSS)
        good = EVP_PKEY_CTX_set_rsa_mgf1_md(check, hash) == 1 &&
               EVP_PKEY_CTX_set_rsa_pss_saltlen(check, RSA_PSS_SALTLEN_DIGEST) == 1;
    good = good && EVP_PKEY_verify(check, signature.at, signature.left, value, len) == 1;
    EVP_PKEY_CTX_free(check);
    return good;
}

bool val_key_verify(struct val_verifier *verifier, const struct val_key *key, enum val_padding padding,
                    enum val_hash hash, const struct bytes message[], size_t num, struct bytes signature)
{
    uint8_t value[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    bool good;

    if (num == 0 || num > PARTS_MAX || signature.left == 0 || (unsigned)hash >= VAL_HASH_COUNT ||
        !fits(key, padding, hash))
        return false;
    if (padding == VAL_PADDING_EDDSA) {
        good = verify_eddsa(verifier, key, message, num, signature);
    } else {
        good = EVP_DigestInit_ex2(verifier->digest, verifier->hash[hash], NULL) == 1;
        for (size_t i = 0; good && i < num; i++)
            good = EVP_DigestUpdate(verifier->digest, message[i].at, message[i].left) == 1;
        good = good && EVP_DigestFinal_ex(verifier->digest, value, &len) == 1 &&
               verify_hash(key, padding, verifier->hash[hash], value, len, signature);
    }
    ERR_clear_error();
    return good;
}
