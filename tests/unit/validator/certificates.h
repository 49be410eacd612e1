/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * certificates: keys and bare self-signed certificates for the tests of keys and signatures.
 *
 * test_key("RSA"), ("RSA-PSS"), ("EC:P-256"), ("ED25519"): a new key, the caller's.
 * test_certificate(): DER for that key, the caller's (OPENSSL_free); `usage` is a KeyUsage in OpenSSL's words or NULL.
 */
#ifndef CELLGATE_TESTS_VALIDATOR_CERTIFICATES_H
#define CELLGATE_TESTS_VALIDATOR_CERTIFICATES_H

#include <string.h>

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

static inline EVP_PKEY *test_key(const char *what)
{
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *ctx;

    if (strncmp(what, "EC:", 3) == 0)
        return EVP_EC_gen(what + 3);
    ctx = EVP_PKEY_CTX_new_from_name(NULL, what, NULL);
    assert_non_null(ctx);
    assert_int_equal(EVP_PKEY_keygen_init(ctx), 1);
    if (strncmp(what, "RSA", 3) == 0)
        assert_int_equal(EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, 2048), 1);
    assert_int_equal(EVP_PKEY_keygen(ctx, &key), 1);
    EVP_PKEY_CTX_free(ctx);
    return key;
}

static inline X509 *test_x509(EVP_PKEY *key, const char *usage)
{
    X509 *x509 = X509_new();

    assert_non_null(x509);
    X509_set_version(x509, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), 7);
    X509_gmtime_adj(X509_getm_notBefore(x509), 0);
    X509_gmtime_adj(X509_getm_notAfter(x509), 3600);
    assert_int_equal(X509_set_pubkey(x509, key), 1);
    if (usage != NULL) {
        X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, NID_key_usage, usage);

        assert_non_null(extension);
        X509_add_ext(x509, extension, -1);
        X509_EXTENSION_free(extension);
    }
    return x509;
}

/* Signed by some other key: whether the certificate is any good is no question here. */
static inline uint8_t *test_certificate(EVP_PKEY *key, const char *usage, size_t *len)
{
    X509 *x509 = test_x509(key, usage);
    EVP_PKEY *issuer = EVP_EC_gen("P-256");
    uint8_t *der = NULL;
    int size;

    assert_true(X509_sign(x509, issuer, EVP_sha256()) > 0);
    size = i2d_X509(x509, &der);
    assert_true(size > 0);
    *len = (size_t)size;
    EVP_PKEY_free(issuer);
    X509_free(x509);
    return der;
}

#endif
