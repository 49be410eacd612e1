/* SPDX-License-Identifier: BSD-3-Clause */
#include "validator/key.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "certificates.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <yyjson.h>

static struct val_key *key_of(EVP_PKEY *pkey, const char *usage, uint64_t *reasons)
{
    size_t len;
    uint8_t *der = test_certificate(pkey, usage, &len);
    struct val_key *key = val_key_new(bytes_of(der, len), reasons);

    OPENSSL_free(der);
    assert_int_equal(ERR_peek_error(), 0);
    return key;
}

static void test_kinds(void **state)
{
    static const struct {
        const char *what;
        enum val_key_kind kind;
        unsigned bits;
        uint16_t group;
    } rows[] = {
        {"RSA", VAL_KEY_RSA, 2048, 0},         {"RSA-PSS", VAL_KEY_RSA_PSS, 2048, 0},
        {"EC:P-256", VAL_KEY_EC, 256, 23},     {"EC:P-384", VAL_KEY_EC, 384, 24},
        {"EC:P-521", VAL_KEY_EC, 521, 25},     {"EC:P-224", VAL_KEY_EC, 224, 21},
        {"EC:secp256k1", VAL_KEY_EC, 256, 22}, {"EC:brainpoolP512r1", VAL_KEY_EC, 512, 28},
        {"ED25519", VAL_KEY_ED25519, 253, 0},  {"ED448", VAL_KEY_ED448, 448, 0},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        EVP_PKEY *pkey = test_key(rows[i].what);
        uint64_t reasons = 0;
        struct val_key *key = key_of(pkey, NULL, &reasons);

        assert_non_null(key);
        assert_int_equal(reasons, 0);
        assert_int_equal(val_key_kind_of(key), rows[i].kind);
        assert_in_range(val_key_bits(key), rows[i].bits, rows[i].bits + 8);
        assert_int_equal(val_key_group(key), rows[i].group);
        assert_true(val_key_may(key, VAL_KEY_MAY_SIGN | VAL_KEY_MAY_ENCIPHER | VAL_KEY_MAY_AGREE));
        val_key_free(key);
        EVP_PKEY_free(pkey);
    }
}

static void test_key_usage(void **state)
{
    EVP_PKEY *pkey = test_key("EC:P-256");
    uint64_t reasons = 0;
    struct val_key *key = key_of(pkey, "critical,keyEncipherment,keyAgreement", &reasons);

    assert_false(val_key_may(key, VAL_KEY_MAY_SIGN));
    assert_false(val_key_may(key, VAL_KEY_MAY_SIGN | VAL_KEY_MAY_ENCIPHER));
    assert_true(val_key_may(key, VAL_KEY_MAY_ENCIPHER | VAL_KEY_MAY_AGREE));
    val_key_free(key);
    EVP_PKEY_free(pkey);
}

static void refused(EVP_PKEY *pkey, enum reason reason)
{
    uint64_t reasons = 0;

    assert_non_null(pkey);
    assert_null(key_of(pkey, NULL, &reasons));
    assert_int_equal(reason_first(reasons), reason);
    EVP_PKEY_free(pkey);
}

static EVP_PKEY *explicit_key(void)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");

    assert_int_equal(EVP_PKEY_set_utf8_string_param(key, OSSL_PKEY_PARAM_EC_ENCODING, "explicit"), 1);
    return key;
}

/* An RSA key of `bits` bits (an odd number of that size, nobody factors it here) and exponent `e` of hex digits. */
static EVP_PKEY *rsa_key(int bits, const char *e)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    EVP_PKEY *key = NULL;
    BIGNUM *modulus = BN_new();
    BIGNUM *exponent = NULL;
    OSSL_PARAM *params;

    BN_rand(modulus, bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ODD);
    BN_hex2bn(&exponent, e);
    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, modulus);
    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, exponent);
    params = OSSL_PARAM_BLD_to_param(build);
    assert_int_equal(EVP_PKEY_fromdata_init(ctx), 1);
    assert_int_equal(EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params), 1);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    EVP_PKEY_CTX_free(ctx);
    BN_free(modulus);
    BN_free(exponent);
    return key;
}

static void test_refused_keys(void **state)
{
    refused(explicit_key(), REASON_UNSUPPORTED_ALGORITHM); /* RFC 5480 2.1.1 */
    refused(test_key("EC:sect283r1"), REASON_UNSUPPORTED_ALGORITHM);
    refused(test_key("X25519"), REASON_UNSUPPORTED_ALGORITHM);
    refused(rsa_key(511, "10001"), REASON_WEAK_KEY);
    refused(rsa_key(2048, "1"), REASON_WEAK_KEY);
    refused(rsa_key(2048, "10000"), REASON_WEAK_KEY);
    refused(rsa_key(8193, "10001"), REASON_UNSUPPORTED_ALGORITHM);
    refused(rsa_key(2048, "10000000000000001"), REASON_UNSUPPORTED_ALGORITHM);
}

static void test_limits_of_rsa(void **state)
{
    static const int bits[] = {512, 8192};

    for (size_t i = 0; i < 2; i++) {
        EVP_PKEY *pkey = rsa_key(bits[i], "3");
        uint64_t reasons = 0;
        struct val_key *key = key_of(pkey, NULL, &reasons);

        assert_non_null(key);
        assert_int_equal(val_key_bits(key), bits[i]);
        val_key_free(key);
        EVP_PKEY_free(pkey);
    }
}

/* For the point at infinity r = x(u1 * G) holds for anyone: with it a certificate would prove nothing. */
static void test_point_at_infinity(void **state)
{
    EVP_PKEY *pkey = test_key("EC:P-256");
    X509 *x509 = test_x509(pkey, NULL);
    X509_PUBKEY *public = X509_get_X509_PUBKEY(x509);
    uint8_t *infinity = OPENSSL_zalloc(1);
    uint64_t reasons = 0;
    struct val_key *key;
    uint8_t *der = NULL;
    int len;

    X509_PUBKEY_set0_param(public, OBJ_nid2obj(NID_X9_62_id_ecPublicKey), V_ASN1_OBJECT,
                           OBJ_nid2obj(NID_X9_62_prime256v1), infinity, 1);
    assert_true(X509_sign(x509, pkey, EVP_sha256()) > 0);
    len = i2d_X509(x509, &der);
    key = val_key_new(bytes_of(der, (size_t)len), &reasons);
    assert_null(key);
    assert_true(reasons == reason_bit(REASON_MALFORMED) || reasons == reason_bit(REASON_UNSUPPORTED_ALGORITHM));
    OPENSSL_free(der);
    X509_free(x509);
    EVP_PKEY_free(pkey);
}

static void test_not_a_certificate(void **state)
{
    EVP_PKEY *pkey = test_key("EC:P-256");
    size_t len;
    uint8_t *der = test_certificate(pkey, NULL, &len);
    uint8_t *longer = malloc(len + 1);
    uint64_t reasons = 0;

    memcpy(longer, der, len);
    longer[len] = 0;
    assert_null(val_key_new(bytes_of(longer, len + 1), &reasons));
    assert_int_equal(reasons, reason_bit(REASON_MALFORMED));
    reasons = 0;
    assert_null(val_key_new(bytes_of(longer, len - 1), &reasons));
    assert_int_equal(reasons, reason_bit(REASON_MALFORMED));
    reasons = 0;
    assert_null(val_key_new(bytes_of(NULL, 0), &reasons));
    assert_int_equal(reasons, reason_bit(REASON_MALFORMED));
    assert_int_equal(ERR_peek_error(), 0);
    val_key_free(NULL);
    val_verifier_free(NULL);
    free(longer);
    OPENSSL_free(der);
    EVP_PKEY_free(pkey);
}

/* Other people's vectors (fixtures/wycheproof): valid ones are accepted, invalid ones refused, "acceptable" may be either. */

struct vectors {
    struct val_verifier *verifier;
    unsigned accepted;
    unsigned refused;
};

static size_t from_hex(const char *hex, uint8_t **out)
{
    size_t len = strlen(hex) / 2;

    *out = malloc(len + 1);
    for (size_t i = 0; i < len; i++) {
        unsigned byte;

        assert_int_equal(sscanf(hex + 2 * i, "%2x", &byte), 1);
        (*out)[i] = (uint8_t)byte;
    }
    return len;
}

static const char *text_of(yyjson_val *object, const char *name)
{
    const char *text = yyjson_get_str(yyjson_obj_get(object, name));

    return text == NULL ? "" : text;
}

static enum val_hash hash_of(const char *name)
{
    static const char *const names[] = {
        [VAL_HASH_SHA1] = "SHA-1",     [VAL_HASH_SHA224] = "SHA-224", [VAL_HASH_SHA256] = "SHA-256",
        [VAL_HASH_SHA384] = "SHA-384", [VAL_HASH_SHA512] = "SHA-512",
    };

    for (size_t i = VAL_HASH_SHA1; i <= VAL_HASH_SHA512; i++)
        if (strcmp(names[i], name) == 0)
            return (enum val_hash)i;
    return VAL_HASH_NONE;
}

static struct val_key *vector_key(const char *hex)
{
    uint8_t *spki;
    size_t len = from_hex(hex, &spki);
    const uint8_t *at = spki;
    EVP_PKEY *pkey = d2i_PUBKEY(NULL, &at, (long)len);
    uint64_t reasons = 0;
    struct val_key *key = NULL;

    if (pkey != NULL)
        key = key_of(pkey, NULL, &reasons);
    ERR_clear_error();
    EVP_PKEY_free(pkey);
    free(spki);
    return key;
}

static void run_vector(struct vectors *all, const struct val_key *key, enum val_padding padding, enum val_hash hash,
                       yyjson_val *test, bool expressible)
{
    uint8_t *message;
    uint8_t *signature;
    size_t message_len = from_hex(text_of(test, "msg"), &message);
    size_t signature_len = from_hex(text_of(test, "sig"), &signature);
    struct bytes part = bytes_of(message, message_len);
    bool good =
        key != NULL && val_key_verify(all->verifier, key, padding, hash, &part, 1, bytes_of(signature, signature_len));
    const char *result = text_of(test, "result");

    if (good != (strcmp(result, "valid") == 0 && expressible) && strcmp(result, "acceptable") != 0)
        fail_msg("tcId %lld (%s): expected %s, was %s", (long long)yyjson_get_sint(yyjson_obj_get(test, "tcId")),
                 text_of(test, "comment"), result, good ? "accepted" : "refused");
    all->accepted += good;
    all->refused += !good;
    free(message);
    free(signature);
}

static void run_group(struct vectors *all, enum val_padding padding, yyjson_val *group)
{
    enum val_hash hash = padding == VAL_PADDING_EDDSA ? VAL_HASH_NONE : hash_of(text_of(group, "sha"));
    static const uint8_t hash_len[VAL_HASH_COUNT] = {0, 16, 20, 28, 32, 48, 64, 36};
    struct val_key *key = vector_key(text_of(group, "publicKeyDer"));
    yyjson_val *test;
    size_t i;
    size_t max;
    /* TLS knows one kind of PSS: MGF1 with the same hash, salt as long as it (RFC 8446 4.2.3). */
    bool expressible = padding != VAL_PADDING_PSS || (hash_of(text_of(group, "mgfSha")) == hash &&
                                                      yyjson_get_uint(yyjson_obj_get(group, "sLen")) == hash_len[hash]);

    yyjson_arr_foreach(yyjson_obj_get(group, "tests"), i, max, test)
    {
        run_vector(all, key, padding, hash, test, expressible);
    }
    val_key_free(key);
}

static void test_wycheproof(void **state)
{
    static const struct {
        const char *file;
        enum val_padding padding;
    } files[] = {
        {"ecdsa_secp256r1_sha256", VAL_PADDING_ECDSA},
        {"ecdsa_secp256r1_sha512", VAL_PADDING_ECDSA},
        {"ecdsa_secp384r1_sha256", VAL_PADDING_ECDSA},
        {"ecdsa_secp384r1_sha384", VAL_PADDING_ECDSA},
        {"ecdsa_secp384r1_sha512", VAL_PADDING_ECDSA},
        {"ecdsa_secp521r1_sha512", VAL_PADDING_ECDSA},
        {"ecdsa_brainpoolP256r1_sha256", VAL_PADDING_ECDSA},
        {"ecdsa_brainpoolP384r1_sha384", VAL_PADDING_ECDSA},
        {"ecdsa_brainpoolP512r1_sha512", VAL_PADDING_ECDSA},
        {"rsa_signature_2048_sha256", VAL_PADDING_PKCS1},
        {"rsa_signature_2048_sha384", VAL_PADDING_PKCS1},
        {"rsa_signature_2048_sha512", VAL_PADDING_PKCS1},
        {"rsa_signature_3072_sha256", VAL_PADDING_PKCS1},
        {"rsa_signature_3072_sha384", VAL_PADDING_PKCS1},
        {"rsa_signature_3072_sha512", VAL_PADDING_PKCS1},
        {"rsa_signature_4096_sha256", VAL_PADDING_PKCS1},
        {"rsa_signature_4096_sha384", VAL_PADDING_PKCS1},
        {"rsa_signature_4096_sha512", VAL_PADDING_PKCS1},
        {"rsa_pss_2048_sha256_mgf1_32", VAL_PADDING_PSS},
        {"rsa_pss_2048_sha384_mgf1_48", VAL_PADDING_PSS},
        {"rsa_pss_3072_sha256_mgf1_32", VAL_PADDING_PSS},
        {"rsa_pss_4096_sha256_mgf1_32", VAL_PADDING_PSS},
        {"rsa_pss_4096_sha384_mgf1_48", VAL_PADDING_PSS},
        {"rsa_pss_4096_sha512_mgf1_64", VAL_PADDING_PSS},
        {"rsa_pss_misc_params", VAL_PADDING_PSS},
        {"ed25519", VAL_PADDING_EDDSA},
        {"ed448", VAL_PADDING_EDDSA},
    };
    const char *fixtures = getenv("CELLGATE_FIXTURES");
    const char *source = getenv("CELLGATE_SOURCE");
    struct vectors all = {.verifier = val_verifier_new()};
    char path[1024];

    assert_non_null(all.verifier);
    for (size_t f = 0; f < sizeof(files) / sizeof(files[0]); f++) {
        yyjson_doc *doc;
        yyjson_val *group;
        size_t i;
        size_t max;

        snprintf(path, sizeof(path), "%s%s/wycheproof/%s_test.json",
                 fixtures != NULL ? fixtures
                 : source != NULL ? source
                                  : ".",
                 fixtures != NULL ? "" : "/../shared/fixtures", files[f].file);
        doc = yyjson_read_file(path, 0, NULL, NULL);
        if (doc == NULL) {
            print_message("# skipped: %s cannot be read\n", path);
            val_verifier_free(all.verifier);
            skip();
        }
        yyjson_arr_foreach(yyjson_obj_get(yyjson_doc_get_root(doc), "testGroups"), i, max, group)
        {
            run_group(&all, files[f].padding, group);
        }
        yyjson_doc_free(doc);
    }
    print_message("# %u accepted, %u refused\n", all.accepted, all.refused);
    assert_true(all.accepted > 1000 && all.refused > 1000);
    val_verifier_free(all.verifier);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_key_usage),
        cmocka_unit_test(test_refused_keys),
        cmocka_unit_test(test_limits_of_rsa),
        cmocka_unit_test(test_point_at_infinity),
        cmocka_unit_test(test_not_a_certificate),
        cmocka_unit_test(test_wycheproof),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
