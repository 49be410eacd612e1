/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * handshake: full handshakes made by hand, as cases. `struct show` says what the two sides show; make() turns it into a case
 * with real keys and real signatures, in one block that the next make() uses again. The tests spoil one thing in it.
 */
#ifndef CELLGATE_TESTS_VALIDATOR_HANDSHAKE_H
#define CELLGATE_TESTS_VALIDATOR_HANDSHAKE_H

#include "validator/case.h"

#include <stdlib.h>

#include "certificates.h"

#define BLOCK_LEN (16 * 1024)

struct show {
    const char *server; /* key, as in test_key() */
    const char *client; /* NULL: no client certificate */
    const char *server_usage;
    const char *client_usage;
    uint16_t version;
    uint16_t cipher;
    uint16_t server_scheme; /* 0 below TLS 1.2 */
    uint16_t client_scheme;
    uint8_t dhe; /* parameters of DHE instead of ECDHE */
};

static uint64_t handshake_block[BLOCK_LEN / 8];
static uint8_t next_random = 1;

/* Keys cost time: one of each kind is kept, and a second one of the kinds that the tests confuse. */
static inline EVP_PKEY *kept_key(const char *what)
{
    static struct {
        const char *what;
        EVP_PKEY *key;
    } kept[24];

    for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
        if (kept[i].what == NULL) {
            kept[i].what = what;
            kept[i].key = test_key(what[0] == '!' ? what + 1 : what);
            assert_non_null(kept[i].key);
        }
        if (strcmp(kept[i].what, what) == 0)
            return kept[i].key;
    }
    fail_msg("too many keys");
    return NULL;
}

static inline const EVP_MD *hash_of(uint16_t version, uint16_t scheme, EVP_PKEY *key)
{
    if (version < 0x0303)
        return EVP_PKEY_is_a(key, "RSA") ? EVP_md5_sha1() : EVP_sha1();
    switch (scheme) {
    case 0x0101:
        return EVP_md5();
    case 0x0201:
    case 0x0203:
        return EVP_sha1();
    case 0x0301:
    case 0x0303:
        return EVP_sha224();
    case 0x0401:
    case 0x0403:
    case 0x0804:
    case 0x0809:
        return EVP_sha256();
    case 0x0501:
    case 0x0503:
    case 0x0805:
    case 0x080a:
        return EVP_sha384();
    case 0x0601:
    case 0x0603:
    case 0x0806:
    case 0x080b:
        return EVP_sha512();
    default:
        return NULL;
    }
}

static inline size_t sign(uint8_t *out, size_t size, EVP_PKEY *key, uint16_t version, uint16_t scheme,
                          struct bytes data)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *pctx = NULL;

    assert_int_equal(EVP_DigestSignInit(ctx, &pctx, hash_of(version, scheme, key), NULL, key), 1);
    if ((scheme >= 0x0804 && scheme <= 0x0806) || (scheme >= 0x0809 && scheme <= 0x080b)) {
        assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING), 1);
        assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, RSA_PSS_SALTLEN_DIGEST), 1);
    }
    assert_int_equal(EVP_DigestSign(ctx, out, &size, data.at, data.left), 1);
    EVP_MD_CTX_free(ctx);
    return size;
}

static inline struct val_case *the_case(void)
{
    return (struct val_case *)handshake_block;
}

static inline struct case_span add(const void *data, size_t len)
{
    struct case_span span;

    assert_true(case_append(the_case(), &span, bytes_of(data, len)));
    return span;
}

static inline struct case_span add_random(void)
{
    uint8_t random[32];

    memset(random, next_random++, sizeof(random));
    return add(random, sizeof(random));
}

static inline void add_certificate(int side, const char *what, const char *usage)
{
    struct case_party *party = &the_case()->party[side];
    size_t len;
    uint8_t *der = test_certificate(kept_key(what), usage, &len);

    add("\x0b\0\0\0", 4);
    party->certificate[0] = add(der, len);
    party->num_certificates = 1;
    party->certificate_sent = 1;
    OPENSSL_free(der);
}

static inline void add_hellos(const struct show *show)
{
    static const uint8_t suites[] = {0x0a, 0x0a, 0xc0, 0x2b, 0xc0, 0x2f, 0xc0, 0x09, 0xc0, 0x13, 0x00,
                                     0x9e, 0x00, 0x2f, 0x00, 0x34, 0x00, 0x8c, 0x00, 0x40, 0xc0, 0x0e,
                                     0x00, 0x03, 0x13, 0x01, 0xc0, 0x1e, 0x00, 0x94, 0x00, 0x33};
    static const uint8_t schemes[] = {8, 7, 8, 8, 8, 4, 8, 5, 8, 6, 8, 9, 8, 10, 8, 11, 4, 1, 4, 3, 5,    1,
                                      5, 3, 6, 1, 6, 3, 3, 1, 3, 3, 2, 1, 2, 3,  1, 1,  2, 2, 9, 5, 0xfe, 0xfe};
    static const uint8_t groups[] = {0, 29, 0, 23, 0, 24, 0, 25};
    struct val_case *c = the_case();

    c->tls.client_hello_seen = c->tls.server_hello_seen = 1;
    c->tls.hello_version = 0x0303;
    c->tls.version = show->version;
    c->tls.cipher = show->cipher;
    add("\x01\0\0\0", 4);
    c->tls.client_random = add_random();
    c->tls.suites = add(suites, sizeof(suites));
    c->tls.schemes = add(schemes, sizeof(schemes));
    c->tls.request_schemes = c->tls.schemes;
    c->tls.groups = add(groups, sizeof(groups));
    add("\x02\0\0\0", 4);
    c->tls.server_random = add_random();
}

static inline struct bytes signed_by_server(uint8_t *joined)
{
    const struct val_case *c = the_case();
    struct bytes params = case_bytes(c, c->party[CASE_SERVER].covered);

    memcpy(joined, case_bytes(c, c->tls.client_random).at, 32);
    memcpy(joined + 32, case_bytes(c, c->tls.server_random).at, 32);
    memcpy(joined + 64, params.at, params.left);
    return bytes_of(joined, 64 + params.left);
}

static inline void add_server_key_exchange(const struct show *show)
{
    static const uint8_t dhe[] = {0, 4, 0xff, 1, 2, 3, 0, 1, 2, 0, 4, 9, 8, 7, 6};
    uint8_t ecdhe[36] = {3, 0, 29, 32, 7, 7, 7};
    uint8_t joined[256];
    uint8_t signature[1024];
    struct case_party *server = &the_case()->party[CASE_SERVER];
    size_t len;

    add("\x0c\0\0\0", 4);
    if (show->dhe) {
        server->covered = add(dhe, sizeof(dhe));
    } else {
        server->covered = add(ecdhe, sizeof(ecdhe));
        the_case()->tls.curve_type = 3;
        the_case()->tls.group = 29;
    }
    len = sign(signature, sizeof(signature), kept_key(show->server), show->version, show->server_scheme,
               signed_by_server(joined));
    server->signature = add(signature, len);
    server->signature_sent = 1;
    server->scheme = show->server_scheme;
}

static inline void add_certificate_verify(const struct show *show)
{
    struct val_case *c = the_case();
    struct case_party *client = &c->party[CASE_CLIENT];
    uint8_t signature[1024];
    size_t len;

    add("\x10\0\0\0", 4);
    client->covered = c->transcript;
    len = sign(signature, sizeof(signature), kept_key(show->client), show->version, show->client_scheme,
               case_bytes(c, client->covered));
    add("\x0f\0\0\0", 4);
    client->signature = add(signature, len);
    client->signature_sent = 1;
    client->scheme = show->client_scheme;
}

/* The case of `show`, signatures included where the suite has them. */
static inline struct val_case *make(const struct show *show)
{
    struct val_case *c = the_case();

    case_init(c, BLOCK_LEN);
    c->flow.family = 4;
    c->tls.kind = CASE_KIND_FULL;
    add_hellos(show);
    if (show->server != NULL)
        add_certificate(CASE_SERVER, show->server, show->server_usage);
    if (show->server != NULL && show->cipher != 0x002f && show->cipher != 0x0003 && show->cipher != 0xc00e)
        add_server_key_exchange(show);
    add("\x0d\0\0\0", 4);
    add("\x0e\0\0\0", 4);
    if (show->client != NULL) {
        c->tls.certificate_requested = 1;
        add_certificate(CASE_CLIENT, show->client, show->client_usage);
        add_certificate_verify(show);
    }
    assert_true(case_check(c, BLOCK_LEN));
    return c;
}

/* Where byte `offset` of `span` stands in the case. */
static inline uint8_t *at(struct case_span span, size_t offset)
{
    return (uint8_t *)handshake_block + span.at + offset;
}

#endif
