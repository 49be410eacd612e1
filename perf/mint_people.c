/* SPDX-License-Identifier: BSD-3-Clause */
#include "mint_people.h"

#include "mint_random.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#define POINT_LEN  65
#define SCALAR_LEN 32
#define VALID_FROM "20250101000000Z"
#define CA_UNTIL   "20450101000000Z"
#define LEAF_UNTIL "20350101000000Z"

/* What the certificates of a domain say. */
struct domain_words {
    const char *organisation;
    const char *usage;
    const char *crl;
    const char *ocsp;
    const char *policy;
    const char *anchor; /* file name */
};

static const struct domain_words words[MINT_SIDES] = {
    [MINT_CLIENT] = {.organisation = "Shoe Brand",
                     .usage = "clientAuth",
                     .crl = "URI:http://crl.brand.example/latest.crl",
                     .ocsp = "OCSP;URI:http://ocsp.brand.example/",
                     .policy = "1.3.6.1.4.1.88888.4",
                     .anchor = "brand-root.pem"},
    [MINT_SERVER] = {.organisation = "Shoe Producer",
                     .usage = "serverAuth",
                     .crl = "URI:http://crl.producer.example/latest.crl",
                     .ocsp = "OCSP;URI:http://ocsp.producer.example/",
                     .policy = "1.3.6.1.4.1.99999.1.3",
                     .anchor = "producer-root.pem"},
};

static const char policy_text[] = "# Made by perf/mint, for the capture beside it.\n"
                                  "cellgate: 1\n"
                                  "cell: mint\n"
                                  "mode: enforce\n"
                                  "zones:\n"
                                  "  - { name: plant,   side: inside,  networks: [10.4.0.0/16] }\n"
                                  "  - { name: partner, side: outside, networks: [0.0.0.0/0] }\n"
                                  "domains:\n"
                                  "  - name: producer\n"
                                  "    anchors: [anchors/producer-root.pem]\n"
                                  "    names: [producer.example]\n"
                                  "  - name: shoe-brand\n"
                                  "    anchors: [anchors/brand-root.pem]\n"
                                  "    names: [brand.example]\n"
                                  "conduits:\n"
                                  "  - name: orders\n"
                                  "    from: { zone: partner, domain: shoe-brand, grade: G4 }\n"
                                  "    to:   { zone: plant,   domain: producer,   grade: G4 }\n"
                                  "    ports: [8883]\n"
                                  "algorithms:\n"
                                  "  rsa: 2048\n"
                                  "  ec: 256\n"
                                  "  forbid: [md5, sha1]\n"
                                  "otherwise: block\n";

static void need(int good, const char *what)
{
    if (!good)
        mint_die("%s failed", what);
}

/* A P-256 key whose private half is derived: 48 random bytes mod n - 1, plus 1 (FIPS 186-5 A.2.1). */
static EVP_PKEY *make_key(uint64_t seed, const char *label, uint64_t index)
{
    EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    EC_POINT *point = EC_POINT_new(group);
    BIGNUM *order = BN_dup(EC_GROUP_get0_order(group));
    BIGNUM *scalar = BN_new();
    BN_CTX *ctx = BN_CTX_new();
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *maker = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    EVP_PKEY *key = NULL;
    OSSL_PARAM *params;
    uint8_t raw[SCALAR_LEN + 16];
    uint8_t public[POINT_LEN];

    mint_random(raw, sizeof(raw), seed, label, index);
    BN_bin2bn(raw, sizeof(raw), scalar);
    BN_sub_word(order, 1);
    need(BN_mod(scalar, scalar, order, ctx), "BN_mod");
    BN_add_word(scalar, 1);
    need(EC_POINT_mul(group, point, scalar, NULL, NULL, ctx), "EC_POINT_mul");
    need(EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, public, sizeof(public), ctx) == POINT_LEN,
         "EC_POINT_point2oct");
    OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0);
    OSSL_PARAM_BLD_push_BN_pad(build, OSSL_PKEY_PARAM_PRIV_KEY, scalar, SCALAR_LEN);
    OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, public, sizeof(public));
    params = OSSL_PARAM_BLD_to_param(build);
    need(EVP_PKEY_fromdata_init(maker) == 1 && EVP_PKEY_fromdata(maker, &key, EVP_PKEY_KEYPAIR, params) == 1,
         "EVP_PKEY_fromdata");
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    EVP_PKEY_CTX_free(maker);
    BN_CTX_free(ctx);
    BN_free(scalar);
    BN_free(order);
    EC_POINT_free(point);
    EC_GROUP_free(group);
    return key;
}

/* RFC 6979: the nonce follows from key and message. */
static void make_deterministic(EVP_PKEY_CTX *ctx)
{
    unsigned type = 1;
    const OSSL_PARAM params[] = {OSSL_PARAM_construct_uint(OSSL_SIGNATURE_PARAM_NONCE_TYPE, &type), OSSL_PARAM_END};

    need(EVP_PKEY_CTX_set_params(ctx, params) == 1, "deterministic ECDSA");
}

size_t mint_sign(uint8_t signature[MINT_SIGNATURE_MAX], EVP_PKEY *key, const uint8_t digest[32])
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    size_t len = MINT_SIGNATURE_MAX;

    need(ctx != NULL && EVP_PKEY_sign_init(ctx) == 1 && EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) == 1,
         "EVP_PKEY_sign_init");
    make_deterministic(ctx);
    need(EVP_PKEY_sign(ctx, signature, &len, digest, 32) == 1, "EVP_PKEY_sign");
    EVP_PKEY_CTX_free(ctx);
    return len;
}

static void add_extension(X509 *x509, X509 *issuer, int nid, const char *value)
{
    CONF *nothing = NCONF_new(NULL); /* certificatePolicies wants to be able to look something up */
    X509V3_CTX ctx;
    X509_EXTENSION *extension;

    X509V3_set_ctx(&ctx, issuer, x509, NULL, NULL, 0);
    X509V3_set_nconf(&ctx, nothing);
    extension = X509V3_EXT_nconf_nid(nothing, &ctx, nid, value);
    need(extension != NULL && X509_add_ext(x509, extension, -1) == 1, value);
    X509_EXTENSION_free(extension);
    NCONF_free(nothing);
}

static void set_name(X509_NAME *name, const char *organisation, const char *common)
{
    need(X509_NAME_add_entry_by_txt(name, "C", MBSTRING_ASC, (const uint8_t *)"DE", -1, -1, 0) &&
             X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8, (const uint8_t *)organisation, -1, -1, 0) &&
             X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const uint8_t *)common, -1, -1, 0),
         "X509_NAME_add_entry_by_txt");
}

/* Everything but extensions and signature. `issuer` is NULL for a root. */
static X509 *make_blank(const struct mint_person *person, const char *organisation, X509 *issuer, const char *until,
                        const uint8_t serial[8])
{
    X509 *x509 = X509_new();
    ASN1_INTEGER *number = ASN1_INTEGER_new();
    uint64_t value = 0;

    for (int i = 0; i < 8; i++)
        value = value << 8 | serial[i];
    need(x509 != NULL && number != NULL, "X509_new");
    need(ASN1_INTEGER_set_uint64(number, value >> 1 | 1), "ASN1_INTEGER_set_uint64");
    X509_set_version(x509, X509_VERSION_3);
    X509_set_serialNumber(x509, number);
    ASN1_INTEGER_free(number);
    set_name(X509_get_subject_name(x509), organisation, person->name);
    X509_set_issuer_name(x509, X509_get_subject_name(issuer != NULL ? issuer : x509));
    need(ASN1_TIME_set_string_X509(X509_getm_notBefore(x509), VALID_FROM) &&
             ASN1_TIME_set_string_X509(X509_getm_notAfter(x509), until),
         "ASN1_TIME_set_string_X509");
    need(X509_set_pubkey(x509, person->key), "X509_set_pubkey");
    return x509;
}

/* Signs `x509` and keeps it in `person`. */
static void finish(struct mint_person *person, X509 *x509, EVP_PKEY *signer)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *pctx = NULL;
    int len;

    need(EVP_DigestSignInit(ctx, &pctx, EVP_sha256(), NULL, signer) == 1, "EVP_DigestSignInit");
    make_deterministic(pctx);
    need(X509_sign_ctx(x509, ctx) > 0, "X509_sign_ctx");
    EVP_MD_CTX_free(ctx);
    len = i2d_X509(x509, &person->der);
    need(len > 0, "i2d_X509");
    person->der_len = (size_t)len;
}

/* An authority below `issuer` (itself when NULL); the certificate is the caller's too. */
static X509 *make_authority(struct mint_person *person, uint64_t seed, const char *label, enum mint_side side,
                            X509 *issuer, EVP_PKEY *signer)
{
    uint8_t serial[8];
    X509 *x509;

    person->key = make_key(seed, label, 0);
    snprintf(person->name, sizeof(person->name), "%s", label);
    mint_random(serial, sizeof(serial), seed, label, 1);
    x509 = make_blank(person, words[side].organisation, issuer, CA_UNTIL, serial);
    add_extension(x509, NULL, NID_basic_constraints,
                  issuer == NULL ? "critical,CA:TRUE" : "critical,CA:TRUE,pathlen:0");
    add_extension(x509, NULL, NID_key_usage, "critical,keyCertSign,cRLSign");
    add_extension(x509, NULL, NID_subject_key_identifier, "hash");
    if (issuer != NULL) {
        add_extension(x509, issuer, NID_authority_key_identifier, "keyid");
        add_extension(x509, NULL, NID_crl_distribution_points, words[side].crl);
    }
    finish(person, x509, signer != NULL ? signer : person->key);
    return x509;
}

static void make_leaf(struct mint_person *person, uint64_t seed, enum mint_side side, uint32_t index, X509 *issuer,
                      EVP_PKEY *signer)
{
    const char *label = side == MINT_CLIENT ? "client leaf" : "server leaf";
    char san[MINT_NAME_MAX + 8];
    uint8_t serial[8];
    X509 *x509;

    person->key = make_key(seed, label, index);
    if (side == MINT_CLIENT)
        snprintf(person->name, sizeof(person->name), "ordering-%u.brand.example", index + 1);
    else
        snprintf(person->name, sizeof(person->name), "machine-%u.producer.example", index + 1);
    snprintf(san, sizeof(san), "DNS:%s", person->name);
    mint_random(serial, sizeof(serial), seed, side == MINT_CLIENT ? "client serial" : "server serial", index);
    x509 = make_blank(person, words[side].organisation, issuer, LEAF_UNTIL, serial);
    add_extension(x509, NULL, NID_basic_constraints, "critical,CA:FALSE");
    add_extension(x509, NULL, NID_key_usage, "critical,digitalSignature");
    add_extension(x509, NULL, NID_ext_key_usage, words[side].usage);
    add_extension(x509, NULL, NID_subject_key_identifier, "hash");
    add_extension(x509, issuer, NID_authority_key_identifier, "keyid");
    add_extension(x509, NULL, NID_subject_alt_name, san);
    add_extension(x509, NULL, NID_certificate_policies, words[side].policy);
    add_extension(x509, NULL, NID_crl_distribution_points, words[side].crl);
    add_extension(x509, NULL, NID_info_access, words[side].ocsp);
    finish(person, x509, signer);
    X509_free(x509);
}

static void make_domain(struct mint_domain *domain, uint64_t seed, enum mint_side side, uint32_t num_leaves)
{
    static const char *const labels[MINT_SIDES][2] = {
        [MINT_CLIENT] = {"brand root", "brand intermediate"},
        [MINT_SERVER] = {"maker root", "maker intermediate"},
    };
    X509 *root = make_authority(&domain->root, seed, labels[side][0], side, NULL, NULL);
    X509 *intermediate = make_authority(&domain->intermediate, seed, labels[side][1], side, root, domain->root.key);

    domain->leaf = calloc(num_leaves, sizeof(*domain->leaf));
    need(domain->leaf != NULL, "calloc");
    for (uint32_t i = 0; i < num_leaves; i++)
        make_leaf(&domain->leaf[i], seed, side, i, intermediate, domain->intermediate.key);
    X509_free(intermediate);
    X509_free(root);
}

struct mint_people *mint_people_new(uint64_t seed, uint32_t num_leaves)
{
    struct mint_people *people = calloc(1, sizeof(*people));

    need(people != NULL, "calloc");
    people->num_leaves = num_leaves;
    people->thief = make_key(seed, "thief", 0);
    for (enum mint_side side = MINT_CLIENT; side < MINT_SIDES; side++)
        make_domain(&people->domain[side], seed, side, num_leaves);
    return people;
}

static void person_fini(struct mint_person *person)
{
    EVP_PKEY_free(person->key);
    OPENSSL_free(person->der);
}

void mint_people_free(struct mint_people *people)
{
    if (people == NULL)
        return;
    for (enum mint_side side = MINT_CLIENT; side < MINT_SIDES; side++) {
        for (uint32_t i = 0; i < people->num_leaves; i++)
            person_fini(&people->domain[side].leaf[i]);
        free(people->domain[side].leaf);
        person_fini(&people->domain[side].intermediate);
        person_fini(&people->domain[side].root);
    }
    EVP_PKEY_free(people->thief);
    free(people);
}

FILE *mint_create(const char *dir, const char *name)
{
    char path[4096];
    FILE *file;

    if (mkdir(dir, 0777) != 0 && errno != EEXIST)
        mint_die("%s: %s", dir, strerror(errno));
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    file = fopen(path, "wb");
    if (file == NULL)
        mint_die("%s: %s", path, strerror(errno));
    return file;
}

void mint_people_write(const struct mint_people *people, const char *dir)
{
    char anchors[4096];
    FILE *file = mint_create(dir, "policy.yaml");

    need(fputs(policy_text, file) >= 0 && fclose(file) == 0, "writing policy.yaml");
    snprintf(anchors, sizeof(anchors), "%s/anchors", dir);
    for (enum mint_side side = MINT_CLIENT; side < MINT_SIDES; side++) {
        const struct mint_person *root = &people->domain[side].root;

        file = mint_create(anchors, words[side].anchor);
        need(PEM_write(file, PEM_STRING_X509, "", root->der, (long)root->der_len) > 0 && fclose(file) == 0,
             words[side].anchor);
    }
}
