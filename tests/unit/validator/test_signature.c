/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every algorithm is proved once as it should be; then each test spoils one thing in the handshake and names the reason
 * that must come of it.
 */
#include "validator/signature.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "handshake.h"

#include <openssl/err.h>

#define BIT(symbol) ((uint64_t)1 << REASON_##symbol)

struct fixture {
    struct val_possession_context *context;
    uint64_t copy[BLOCK_LEN / 8];
};

static struct fixture *fixture;
static const struct val_algorithms_spec no_floor;
static const struct val_algorithms_spec no_sha1 = {.forbid_md5 = 1, .forbid_sha1 = 1};
static enum val_possession ask(int side, uint64_t *reasons)
{
    enum val_possession answer;

    *reasons = 0;
    answer = val_possession_check(fixture->context, the_case(), side, NULL, &no_floor, reasons);
    assert_int_equal(ERR_peek_error(), 0);
    return answer;
}

static void expect(int side, enum val_possession answer, uint64_t reasons)
{
    uint64_t found;

    assert_int_equal(ask(side, &found), answer);
    assert_int_equal(found, reasons);
}

static void proved(int side)
{
    expect(side, VAL_POSSESSION_PROVED, 0);
}

static void failed(int side, uint64_t reasons)
{
    expect(side, VAL_POSSESSION_FAILED, reasons);
}

/* Every algorithm in every version that has it. */
static const struct show shows[] = {
    {"EC:P-256", "EC:P-256", NULL, NULL, 0x0303, 0xc02b, 0x0403, 0x0403, 0},
    {"EC:P-256", "EC:P-256", NULL, NULL, 0x0303, 0xc02b, 0x0503, 0x0603, 0}, /* 1.2: the hash does not fix the curve */
    {"EC:P-384", "EC:P-384", NULL, NULL, 0x0303, 0xc02b, 0x0503, 0x0403, 0},
    {"EC:P-521", "EC:P-521", NULL, NULL, 0x0303, 0xc02b, 0x0603, 0x0403, 0},
    {"EC:P-256", "EC:P-384", NULL, NULL, 0x0303, 0xc02b, 0x0203, 0x0303, 0},
    {"ED25519", "ED448", NULL, NULL, 0x0303, 0xc02b, 0x0807, 0x0808, 0},
    {"ED448", "ED25519", NULL, NULL, 0x0303, 0xc02b, 0x0808, 0x0807, 0},
    {"RSA", "RSA", NULL, NULL, 0x0303, 0xc02f, 0x0401, 0x0401, 0},
    {"RSA", "RSA", NULL, NULL, 0x0303, 0xc02f, 0x0501, 0x0601, 0},
    {"RSA", "RSA", NULL, NULL, 0x0303, 0xc02f, 0x0201, 0x0301, 0},
    {"RSA", "RSA", NULL, NULL, 0x0303, 0xc02f, 0x0804, 0x0805, 0},
    {"RSA", "RSA", NULL, NULL, 0x0303, 0xc02f, 0x0806, 0x0804, 0},
    {"RSA-PSS", "RSA-PSS", NULL, NULL, 0x0303, 0xc02f, 0x0809, 0x080a, 0},
    {"RSA-PSS", "RSA-PSS", NULL, NULL, 0x0303, 0xc02f, 0x080b, 0x0809, 0},
    {"RSA", "EC:P-256", NULL, NULL, 0x0303, 0x009e, 0x0401, 0x0403, 1}, /* DHE */
    {"RSA", "RSA", NULL, NULL, 0x0302, 0xc013, 0, 0, 0},                /* MD5 and SHA-1 side by side */
    {"RSA", "EC:P-256", NULL, NULL, 0x0301, 0xc013, 0, 0, 0},
    {"EC:P-256", "RSA", NULL, NULL, 0x0301, 0xc009, 0, 0, 0},
    {"EC:P-521", "EC:P-256", NULL, NULL, 0x0302, 0xc009, 0, 0, 0},
    {"RSA", "RSA", NULL, NULL, 0x0301, 0x0033, 0, 0, 1},
};
#define NUM_SHOWS (sizeof(shows) / sizeof(shows[0]))

static void test_every_algorithm(void **state)
{
    for (size_t i = 0; i < NUM_SHOWS; i++) {
        make(&shows[i]);
        proved(CASE_SERVER);
        proved(CASE_CLIENT);
    }
}

/* One bit, anywhere in what is signed or in the signature. */
static void test_flipped_bits(void **state)
{
    for (size_t i = 0; i < NUM_SHOWS; i++) {
        struct val_case *c = make(&shows[i]);
        const struct case_party *server = &c->party[CASE_SERVER];
        const struct case_party *client = &c->party[CASE_CLIENT];
        uint8_t *const spoilt[] = {
            at(c->tls.client_random, 0),
            at(c->tls.client_random, 31),
            at(c->tls.server_random, 0),
            at(c->tls.server_random, 31),
            at(server->covered, server->covered.len - 1),
            at(server->signature, server->signature.len - 1),
        };

        for (size_t j = 0; j < sizeof(spoilt) / sizeof(spoilt[0]); j++) {
            *spoilt[j] ^= 1;
            failed(CASE_SERVER, BIT(POSSESSION_FAILED));
            *spoilt[j] ^= 1;
        }
        *at(client->signature, client->signature.len - 1) ^= 0x10;
        failed(CASE_CLIENT, BIT(POSSESSION_FAILED));
        proved(CASE_SERVER);
        *at(client->signature, client->signature.len - 1) ^= 0x10;
        for (size_t j = 0; j < client->covered.len; j += 97) { /* whatever bytes of the transcript */
            uint64_t found;

            *at(client->covered, j) ^= 0x80;
            assert_int_equal(ask(CASE_CLIENT, &found), VAL_POSSESSION_FAILED);
            *at(client->covered, j) ^= 0x80;
        }
        proved(CASE_CLIENT);
    }
}

/* The certificate is one key's, the signature another's: a copied certificate. */
static void test_somebody_elses_certificate(void **state)
{
    static const struct {
        const char *mine;
        const char *theirs;
        uint16_t cipher;
        uint16_t scheme;
    } rows[] = {
        {"EC:P-256", "!EC:P-256", 0xc02b, 0x0403},
        {"RSA", "!RSA", 0xc02f, 0x0401},
        {"RSA", "!RSA", 0xc02f, 0x0804},
        {"ED25519", "!ED25519", 0xc02b, 0x0807},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct show show = {rows[i].mine,   rows[i].mine,   NULL,           NULL, 0x0303,
                            rows[i].cipher, rows[i].scheme, rows[i].scheme, 0};
        struct val_case *c = make(&show);
        size_t len;
        uint8_t *der = test_certificate(kept_key(rows[i].theirs), NULL, &len);

        c->party[CASE_SERVER].certificate[0] = c->party[CASE_CLIENT].certificate[0] = add(der, len);
        failed(CASE_SERVER, BIT(POSSESSION_FAILED));
        failed(CASE_CLIENT, BIT(POSSESSION_FAILED));
        OPENSSL_free(der);
    }
}

/* What was signed for another handshake, and what the other side signed. */
static void test_replayed_and_swapped(void **state)
{
    struct show show = shows[0];
    struct val_case *c = make(&show);
    struct val_case *old = (struct val_case *)fixture->copy;
    struct case_span server_signature;

    memcpy(fixture->copy, handshake_block, BLOCK_LEN);
    make(&show);
    proved(CASE_SERVER);
    for (int side = 0; side < CASE_SIDES; side++) {
        struct bytes signature = case_bytes(old, old->party[side].signature);

        c->party[side].signature = add(signature.at, signature.left);
        failed(side, BIT(POSSESSION_FAILED));
    }
    make(&show); /* the same key on both sides, and still neither signature serves the other side */
    server_signature = c->party[CASE_SERVER].signature;
    c->party[CASE_SERVER].signature = c->party[CASE_CLIENT].signature;
    failed(CASE_SERVER, BIT(POSSESSION_FAILED));
    c->party[CASE_CLIENT].signature = add(case_bytes(c, server_signature).at, server_signature.len);
    failed(CASE_CLIENT, BIT(POSSESSION_FAILED));
}

/* RFC 5246 7.4.3, 7.4.8: the message must come; nothing less is a lower grade. */
static void test_missing_message(void **state)
{
    for (size_t i = 0; i < NUM_SHOWS; i++) {
        struct val_case *c = make(&shows[i]);

        for (int side = 0; side < CASE_SIDES; side++) {
            c->party[side].signature_sent = 0;
            failed(side, BIT(POSSESSION_FAILED));
            c->party[side].signature_sent = 1;
            c->party[side].signature.len = 0;
            failed(side, BIT(POSSESSION_FAILED));
        }
    }
}

static void test_schemes(void **state)
{
    static const struct {
        uint16_t scheme;
        uint64_t reasons;
    } rows[] = {
        {0x0503, BIT(POSSESSION_FAILED)},   /* offered, not the one that was used */
        {0x0401, BIT(MALFORMED_HANDSHAKE)}, /* an RSA scheme and an EC key */
        {0x0807, BIT(MALFORMED_HANDSHAKE)},
        {0x0905, BIT(MALFORMED_HANDSHAKE)},                              /* ML-DSA-65, although offered */
        {0x0202, BIT(UNSUPPORTED_ALGORITHM)},                            /* DSA, offered */
        {0xfefe, BIT(UNSUPPORTED_ALGORITHM)},                            /* nobody knows it, offered */
        {0x081a, BIT(UNSUPPORTED_ALGORITHM) | BIT(MALFORMED_HANDSHAKE)}, /* TLS 1.3 only, not offered */
        {0x0000, BIT(UNSUPPORTED_ALGORITHM) | BIT(MALFORMED_HANDSHAKE)},
    };
    struct val_case *c = make(&shows[0]);

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        for (int side = 0; side < CASE_SIDES; side++) {
            c->party[side].scheme = rows[i].scheme;
            failed(side, rows[i].reasons);
        }
}

static void test_scheme_not_offered(void **state)
{
    struct val_case *c = make(&shows[0]);
    struct case_span one = add("\x04\x01\x05\x03", 4);

    c->tls.schemes = c->tls.request_schemes = one;
    failed(CASE_SERVER, BIT(MALFORMED_HANDSHAKE));
    failed(CASE_CLIENT, BIT(MALFORMED_HANDSHAKE));
    c->tls.request_schemes = (struct case_span){0};
    failed(CASE_CLIENT, BIT(MALFORMED_HANDSHAKE));
}

/* RFC 5246 7.4.1.4.1: without the extension the client takes SHA-1 with the suite's kind of key. */
static void test_schemes_by_default(void **state)
{
    static const struct show sha1[] = {
        {"EC:P-256", NULL, NULL, NULL, 0x0303, 0xc02b, 0x0203, 0, 0},
        {"RSA", NULL, NULL, NULL, 0x0303, 0xc02f, 0x0201, 0, 0},
    };

    for (size_t i = 0; i < 2; i++) {
        make(&sha1[i])->tls.schemes = (struct case_span){0};
        proved(CASE_SERVER);
    }
    make(&shows[0])->tls.schemes = (struct case_span){0};
    failed(CASE_SERVER, BIT(MALFORMED_HANDSHAKE));
}

static void test_floor(void **state)
{
    static const struct show md5 = {"RSA", "RSA", NULL, NULL, 0x0303, 0xc02f, 0x0101, 0x0101, 0};
    static const struct show sha1 = {"RSA", "EC:P-256", NULL, NULL, 0x0303, 0xc02f, 0x0201, 0x0203, 0};
    uint64_t found;

    make(&md5);
    failed(CASE_SERVER, BIT(WEAK_ALGORITHM)); /* without any floor */
    failed(CASE_CLIENT, BIT(WEAK_ALGORITHM));
    make(&sha1);
    for (int side = 0; side < CASE_SIDES; side++) {
        proved(side);
        found = 0;
        assert_int_equal(val_possession_check(fixture->context, the_case(), side, NULL, &no_sha1, &found),
                         VAL_POSSESSION_FAILED);
        assert_int_equal(found, BIT(WEAK_ALGORITHM));
    }
    *at(the_case()->tls.client_random, 3) ^= 4; /* weak, and forged as well */
    found = 0;
    assert_int_equal(val_possession_check(fixture->context, the_case(), CASE_SERVER, NULL, &no_sha1, &found),
                     VAL_POSSESSION_FAILED);
    assert_int_equal(found, BIT(WEAK_ALGORITHM) | BIT(POSSESSION_FAILED));
    make(&shows[NUM_SHOWS - 1]); /* TLS 1.0: the least version decides */
    found = 0;
    assert_int_equal(val_possession_check(fixture->context, the_case(), CASE_SERVER, NULL, &no_sha1, &found),
                     VAL_POSSESSION_PROVED);
}

/* RFC 5246 7.4.2: the key fits the suite. */
static void test_key_and_suite(void **state)
{
    struct show show = {"EC:P-256", NULL, NULL, NULL, 0x0303, 0xc02f, 0x0403, 0, 0};

    make(&show);
    failed(CASE_SERVER, BIT(MALFORMED_HANDSHAKE));
    show = (struct show){"RSA", NULL, NULL, NULL, 0x0303, 0xc02b, 0x0401, 0, 0};
    make(&show);
    failed(CASE_SERVER, BIT(MALFORMED_HANDSHAKE));
    show = (struct show){"RSA", NULL, NULL, NULL, 0x0303, 0x0040, 0x0401, 0, 1}; /* DHE_DSS */
    make(&show);
    failed(CASE_SERVER, BIT(MALFORMED_HANDSHAKE) | BIT(UNSUPPORTED_ALGORITHM));
    show = (struct show){"ED25519", NULL, NULL, NULL, 0x0303, 0xc02b, 0x0807, 0, 0};
    make(&show)->tls.version = 0x0302; /* RFC 8422 5.10: EdDSA from TLS 1.2 on */
    failed(CASE_SERVER, BIT(MALFORMED_HANDSHAKE));
}

static void test_key_usage(void **state)
{
    struct show show = shows[0];

    show.server_usage = show.client_usage = "critical,keyAgreement";
    make(&show);
    failed(CASE_SERVER, BIT(WRONG_USAGE));
    failed(CASE_CLIENT, BIT(WRONG_USAGE));
    show.server_usage = show.client_usage = "critical,digitalSignature,keyEncipherment";
    make(&show);
    proved(CASE_SERVER);
    proved(CASE_CLIENT);
}

static void test_groups(void **state)
{
    struct val_case *c = make(&shows[0]);

    c->tls.groups = add("\0\x17\0\x18", 4); /* not the X25519 that was used */
    failed(CASE_SERVER, BIT(MALFORMED_HANDSHAKE));
    c->tls.groups = add("\0\x1d\0\x18", 4); /* X25519, but not the P-256 of the certificate (RFC 8422 5.3) */
    failed(CASE_SERVER, BIT(MALFORMED_HANDSHAKE));
    c->tls.groups = (struct case_span){0}; /* no list: the server chooses (RFC 8422 4) */
    proved(CASE_SERVER);
    c->tls.group = 23; /* what was parsed is not what was signed */
    failed(CASE_SERVER, BIT(MALFORMED_HANDSHAKE));
}

/* Parameters with real signatures over them, and still no parameters. */
static void test_parameters(void **state)
{
    static const struct {
        const char *params;
        uint8_t len;
    } rows[] = {
        {"\x01\0\x1d\x02zz", 6},  /* explicit_prime */
        {"\x02\0\x1d\x02zz", 6},  /* explicit_char2 */
        {"\x03\0\x1d\x00", 4},    /* no point */
        {"\x03\0\x1d\x03zz", 6},  /* a point that is longer than its message */
        {"\x03\0\x1d\x02zzz", 7}, /* trailing byte */
        {"\x03\0", 2},
    };
    struct val_case *c = make(&shows[0]);
    uint8_t joined[256];
    uint8_t signature[256];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        c->party[CASE_SERVER].covered = add(rows[i].params, rows[i].len);
        c->party[CASE_SERVER].signature = add(signature, sign(signature, sizeof(signature), kept_key("EC:P-256"),
                                                              0x0303, 0x0403, signed_by_server(joined)));
        failed(CASE_SERVER, BIT(MALFORMED_HANDSHAKE));
    }
}

static void test_hellos(void **state)
{
    struct val_case *c = make(&shows[0]);

    c->tls.cipher = 0xc0ac; /* known, never offered */
    failed(CASE_SERVER, BIT(MALFORMED_HANDSHAKE));
    failed(CASE_CLIENT, BIT(MALFORMED_HANDSHAKE));
    c->tls.cipher = 0x0a0a; /* GREASE, offered */
    failed(CASE_SERVER, BIT(CIPHER_NOT_ALLOWED));
    c->tls.cipher = 0x1301; /* a suite of TLS 1.3, offered */
    failed(CASE_SERVER, BIT(MALFORMED_HANDSHAKE));
    c->tls.cipher = 0xc02b;
    c->tls.hello_version = 0x0302; /* the server picked more than the client knows */
    failed(CASE_SERVER, BIT(MALFORMED_HANDSHAKE));
    c->tls.hello_version = 0x0303;
    c->tls.version = 0x0300;
    failed(CASE_SERVER, BIT(VERSION_NOT_ALLOWED));
    c->tls.version = 0x0304;
    failed(CASE_SERVER, BIT(MALFORMED_HANDSHAKE));
    c->tls.version = 0x0303;
    c->tls.client_random.len = 31;
    failed(CASE_SERVER, BIT(MALFORMED_HANDSHAKE));
    c->tls.client_random.len = 32;
    proved(CASE_SERVER);
}

static void test_static_rsa(void **state)
{
    struct show show = {"RSA", "RSA", NULL, NULL, 0x0303, 0x002f, 0x0401, 0x0401, 0};
    struct val_case *c = make(&show);

    expect(CASE_SERVER, VAL_POSSESSION_UNOBSERVABLE, BIT(POSSESSION_UNOBSERVABLE));
    proved(CASE_CLIENT);
    c->party[CASE_SERVER].signature_sent = 1; /* "not legal to send" a ServerKeyExchange, RFC 5246 7.4.3 */
    failed(CASE_SERVER, BIT(MALFORMED_HANDSHAKE));
    show.server_usage = "critical,digitalSignature";
    make(&show);
    failed(CASE_SERVER, BIT(WRONG_USAGE));
    show.server_usage = "critical,keyEncipherment";
    make(&show);
    expect(CASE_SERVER, VAL_POSSESSION_UNOBSERVABLE, BIT(POSSESSION_UNOBSERVABLE));
    show.server_usage = NULL;
    show.server = "EC:P-256";
    make(&show);
    failed(CASE_SERVER, BIT(MALFORMED_HANDSHAKE));
    show.server = "RSA";
    show.cipher = 0x0003; /* RSA_EXPORT with an ephemeral key */
    make(&show)->party[CASE_SERVER].signature_sent = 1;
    failed(CASE_SERVER, BIT(CIPHER_NOT_ALLOWED));
}

static void test_static_ecdh(void **state)
{
    struct show show = {"EC:P-256", NULL, "critical,keyAgreement", NULL, 0x0303, 0xc00e, 0, 0, 0};

    make(&show);
    expect(CASE_SERVER, VAL_POSSESSION_UNOBSERVABLE, BIT(POSSESSION_UNOBSERVABLE));
    show.server_usage = "critical,digitalSignature";
    make(&show);
    failed(CASE_SERVER, BIT(WRONG_USAGE));
}

static void test_suites_without_certificate(void **state)
{
    static const uint16_t ciphers[] = {0x0034, 0x008c}; /* DH_anon, PSK */

    for (size_t i = 0; i < 2; i++) {
        struct show show = {NULL, NULL, NULL, NULL, 0x0303, ciphers[i], 0, 0, 0};
        struct val_case *c = make(&show);

        expect(CASE_SERVER, VAL_POSSESSION_NONE, 0);
        expect(CASE_CLIENT, VAL_POSSESSION_NONE, 0);
        c->party[CASE_SERVER].certificate_sent = 1;
        failed(CASE_SERVER, BIT(MALFORMED_HANDSHAKE));
        show.client = "EC:P-256"; /* RFC 5246 7.4.4: an anonymous server must not ask for one */
        show.client_scheme = 0x0403;
        make(&show);
        failed(CASE_CLIENT, BIT(MALFORMED_HANDSHAKE));
    }
    struct show rsa_psk = {"RSA", NULL, NULL, NULL, 0x0303, 0x0094, 0x0401, 0, 0};
    make(&rsa_psk)->party[CASE_SERVER].signature_sent = 0;
    expect(CASE_SERVER, VAL_POSSESSION_NONE, 0);
    struct show srp = {"RSA", NULL, NULL, NULL, 0x0303, 0xc01e, 0x0401, 0, 0};
    make(&srp);
    failed(CASE_SERVER, BIT(UNSUPPORTED_ALGORITHM));
}

static void test_certificates_that_are_not_there(void **state)
{
    struct val_case *c = make(&shows[0]);

    c->party[CASE_SERVER].num_certificates = 0;
    failed(CASE_SERVER, BIT(MALFORMED_HANDSHAKE));
    c->party[CASE_CLIENT].num_certificates = 0; /* a signature and nothing that it could belong to */
    failed(CASE_CLIENT, BIT(MALFORMED_HANDSHAKE));
    c->party[CASE_CLIENT].signature_sent = 0;
    expect(CASE_CLIENT, VAL_POSSESSION_NONE, 0);
    c = make(&shows[0]);
    c->tls.certificate_requested = 0; /* nobody asked */
    failed(CASE_CLIENT, BIT(MALFORMED_HANDSHAKE));
    c = make(&shows[0]);
    c->party[CASE_SERVER].certificate[0] = c->tls.client_random; /* no certificate at all */
    failed(CASE_SERVER, BIT(MALFORMED));
    c->party[CASE_CLIENT].certificate[0].at = 0xfffffff0; /* outside the block */
    failed(CASE_CLIENT, BIT(MALFORMED));
}

/* The client signs everything from ClientHello on: a shorter or shifted run is no transcript (RFC 5246 7.4.8). */
static void test_transcript_from_its_start(void **state)
{
    struct val_case *c = make(&shows[0]);
    struct case_party *client = &c->party[CASE_CLIENT];
    struct case_span covered = client->covered;
    uint8_t signature[256];

    client->covered = (struct case_span){.at = covered.at + 4, .len = covered.len - 4};
    client->signature = add(signature, sign(signature, sizeof(signature), kept_key("EC:P-256"), 0x0303, 0x0403,
                                            case_bytes(c, client->covered)));
    failed(CASE_CLIENT, BIT(MALFORMED_HANDSHAKE));
}

static void test_other_kinds_show_nothing(void **state)
{
    static const uint8_t kinds[] = {CASE_KIND_UNDECIDED, CASE_KIND_RESUMED, CASE_KIND_TLS13, 77};

    for (size_t i = 0; i < sizeof(kinds); i++) {
        make(&shows[0])->tls.kind = kinds[i];
        expect(CASE_SERVER, VAL_POSSESSION_NONE, 0);
        expect(CASE_CLIENT, VAL_POSSESSION_NONE, 0);
    }
}

static void test_post_quantum_key(void **state)
{
    EVP_PKEY_CTX *known = EVP_PKEY_CTX_new_from_name(NULL, "ML-DSA-44", NULL);
    struct val_case *c;
    uint8_t *der;
    size_t len;

    EVP_PKEY_CTX_free(known);
    ERR_clear_error();
    if (known == NULL)
        skip();
    c = make(&shows[0]);
    der = test_certificate(kept_key("ML-DSA-44"), NULL, &len);
    c->party[CASE_SERVER].certificate[0] = c->party[CASE_CLIENT].certificate[0] = add(der, len);
    OPENSSL_free(der);
    failed(CASE_SERVER, BIT(MALFORMED_HANDSHAKE));
    failed(CASE_CLIENT, BIT(MALFORMED_HANDSHAKE));
}

static void test_key_of_the_caller(void **state)
{
    const struct val_case *c = make(&shows[0]);
    uint64_t reasons = 0;
    struct val_key *key = val_key_new(case_bytes(c, c->party[CASE_SERVER].certificate[0]), &reasons);

    for (int i = 0; i < 2; i++) {
        assert_int_equal(val_possession_check(fixture->context, c, CASE_SERVER, key, &no_floor, &reasons),
                         VAL_POSSESSION_PROVED);
        assert_int_equal(reasons, 0);
    }
    val_key_free(key);
    reasons = BIT(EXPIRED); /* what was there stays there */
    *at(c->tls.client_random, 0) ^= 1;
    assert_int_equal(val_possession_check(fixture->context, c, CASE_SERVER, NULL, &no_floor, &reasons),
                     VAL_POSSESSION_FAILED);
    assert_int_equal(reasons, BIT(EXPIRED) | BIT(POSSESSION_FAILED));
}

static int setup(void **state)
{
    fixture = calloc(1, sizeof(*fixture));
    if (fixture == NULL)
        return -1;
    fixture->context = val_possession_new();
    return fixture->context == NULL ? -1 : 0;
}

static int teardown(void **state)
{
    val_possession_free(fixture->context);
    val_possession_free(NULL);
    free(fixture);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_algorithm),
        cmocka_unit_test(test_flipped_bits),
        cmocka_unit_test(test_somebody_elses_certificate),
        cmocka_unit_test(test_replayed_and_swapped),
        cmocka_unit_test(test_missing_message),
        cmocka_unit_test(test_schemes),
        cmocka_unit_test(test_scheme_not_offered),
        cmocka_unit_test(test_schemes_by_default),
        cmocka_unit_test(test_floor),
        cmocka_unit_test(test_key_and_suite),
        cmocka_unit_test(test_key_usage),
        cmocka_unit_test(test_groups),
        cmocka_unit_test(test_parameters),
        cmocka_unit_test(test_hellos),
        cmocka_unit_test(test_static_rsa),
        cmocka_unit_test(test_static_ecdh),
        cmocka_unit_test(test_suites_without_certificate),
        cmocka_unit_test(test_certificates_that_are_not_there),
        cmocka_unit_test(test_transcript_from_its_start),
        cmocka_unit_test(test_other_kinds_show_nothing),
        cmocka_unit_test(test_post_quantum_key),
        cmocka_unit_test(test_key_of_the_caller),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
