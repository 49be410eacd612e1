/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * forge: certificates made on the spot, with anything in them that a test wants to see refused or taken.
 *
 * forge() takes what it is not told from a plain P-256 certificate that is valid in 2026. Keys are kept by name, so that two
 * certificates can share one.
 */
#ifndef CELLGATE_TESTS_VALIDATOR_FORGE_H
#define CELLGATE_TESTS_VALIDATOR_FORGE_H

#include "base/bytes.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <stdio.h>
#include <string.h>

#define FORGE_EXTENSIONS_MAX 8
#define FORGE_CA                                                                                                       \
    {"basicConstraints", "critical,CA:TRUE"}, {"keyUsage", "critical,keyCertSign"}, {"subjectKeyIdentifier", "hash"}

struct forge_extension {
    const char *name; /* as in openssl.cnf; "1.2.3" for any OID */
    const char *value;
};

struct forge_spec {
    const char *subject;     /* CN; NULL: an empty name */
    const char *issuer;      /* CN; NULL: as `subject` */
    const char *key;         /* name of the key; NULL: as `subject` */
    const char *signer;      /* name of the issuer's key; NULL: as `issuer` */
    const char *not_before;  /* GeneralizedTime or UTCTime as openssl takes it; NULL: 2020 */
    const char *not_after;   /* NULL: 2049 */
    bool no_key_identifiers; /* leaves out subject and authority key identifiers */
    const char *digest;      /* NULL: SHA256 */
    struct forge_extension extension[FORGE_EXTENSIONS_MAX];
};

/* The key called `name`, made when first asked for. "rsa512x", "rsa1024x"...: RSA of so many bits; "ec...": P-256; any other
 * name is P-256 as well; "ed25519...", "dsa..." are what they say. */
static inline EVP_PKEY *forge_key(const char *name)
{
    static struct {
        char name[40];
        EVP_PKEY *key;
    } kept[64];
    size_t i = 0;

    while (i < 64 && kept[i].key != NULL && strcmp(kept[i].name, name) != 0)
        i++;
    assert_true(i < 64);
    if (kept[i].key == NULL) {
        snprintf(kept[i].name, sizeof(kept[i].name), "%s", name);
        if (strncmp(name, "rsa", 3) == 0)
            kept[i].key = EVP_RSA_gen((unsigned)strtoul(name + 3, NULL, 10));
        else if (strncmp(name, "ed25519", 7) == 0)
            kept[i].key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
        else
            kept[i].key = EVP_EC_gen("P-256");
        assert_non_null(kept[i].key);
    }
    return kept[i].key;
}

static inline void forge_name(X509_NAME *name, const char *cn)
{
    if (cn != NULL)
        assert_int_equal(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const uint8_t *)cn, -1, -1, 0), 1);
}

static inline void forge_add(X509 *x509, X509V3_CTX *ctx, const char *name, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_nconf(NULL, ctx, name, value);

    assert_non_null(extension);
    assert_int_equal(X509_add_ext(x509, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

/* The issuer as the key identifier extensions want it: a bare certificate with the right key and identifier. */
static inline X509 *forge_issuer(const char *name, EVP_PKEY *key)
{
    X509 *issuer = X509_new();
    X509V3_CTX ctx;

    assert_int_equal(X509_set_pubkey(issuer, key), 1);
    forge_name(X509_get_subject_name(issuer), name);
    X509_set_version(issuer, X509_VERSION_3);
    X509V3_set_ctx(&ctx, issuer, issuer, NULL, NULL, 0);
    forge_add(issuer, &ctx, "subjectKeyIdentifier", "hash");
    return issuer;
}

/* DER of the certificate; the caller frees it with OPENSSL_free. */
static inline struct bytes forge(const struct forge_spec *spec)
{
    const char *issuer_name = spec->issuer == NULL ? spec->subject : spec->issuer;
    const char *key_name = spec->key == NULL ? spec->subject : spec->key;
    EVP_PKEY *key = forge_key(key_name == NULL ? "nobody" : key_name);
    EVP_PKEY *signer = forge_key(spec->signer == NULL ? issuer_name : spec->signer);
    X509 *issuer = forge_issuer(issuer_name, signer);
    X509 *x509 = X509_new();
    uint8_t *der = NULL;
    bool eddsa = EVP_PKEY_is_a(signer, "ED25519");
    X509V3_CTX ctx;
    int len;

    X509_set_version(x509, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), 4711);
    forge_name(X509_get_subject_name(x509), spec->subject);
    forge_name(X509_get_issuer_name(x509), issuer_name);
    assert_int_equal(ASN1_TIME_set_string_X509(X509_getm_notBefore(x509),
                                               spec->not_before == NULL ? "20200101000000Z" : spec->not_before),
                     1);
    assert_int_equal(ASN1_TIME_set_string_X509(X509_getm_notAfter(x509),
                                               spec->not_after == NULL ? "20491231235959Z" : spec->not_after),
                     1);
    assert_int_equal(X509_set_pubkey(x509, key), 1);
    X509V3_set_ctx(&ctx, issuer, x509, NULL, NULL, 0);
    if (!spec->no_key_identifiers && signer != key)
        forge_add(x509, &ctx, "authorityKeyIdentifier", "keyid:always");
    for (size_t i = 0; i < FORGE_EXTENSIONS_MAX && spec->extension[i].name != NULL; i++)
        forge_add(x509, &ctx, spec->extension[i].name, spec->extension[i].value);
    assert_true(X509_sign(x509, signer,
                          eddsa ? NULL : EVP_get_digestbyname(spec->digest == NULL ? "SHA256" : spec->digest)) > 0);
    len = i2d_X509(x509, &der);
    assert_true(len > 0);
    X509_free(x509);
    X509_free(issuer);
    return bytes_of(der, (size_t)len);
}

/* A server's leaf called `name`, issued by `issuer`. */
static inline struct bytes forge_server(const char *name, const char *issuer)
{
    char san[300];
    struct forge_spec spec = {.subject = name, .issuer = issuer};

    snprintf(san, sizeof(san), "DNS:%s", name);
    spec.extension[0] = (struct forge_extension){"subjectAltName", san};
    spec.extension[1] = (struct forge_extension){"extendedKeyUsage", "serverAuth"};
    return forge(&spec);
}

/* A plain authority. */
static inline struct bytes forge_ca(const char *name, const char *issuer)
{
    return forge(&(struct forge_spec){.subject = name, .issuer = issuer, .extension = {FORGE_CA}});
}

#endif
