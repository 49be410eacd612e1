/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Real handshakes: OpenSSL talks to itself through memory, cellgate listens in between, and what it understood is compared
 * with what OpenSSL says. Signatures are verified by the judge's own function over what the case holds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tls_build.h"
#include "validator/signature.h"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#define NAME "machine.cell.example"

enum key { KEY_RSA, KEY_RSA_PSS, KEY_P256, KEY_P384, KEY_P521, KEY_ED25519, KEY_ED448, KEYS };

/* One handshake to make. */
struct setting {
    int version; /* of both ends; 0: whatever they agree on */
    enum key server;
    enum key client;
    bool asks;           /* the server asks for a certificate */
    bool shows;          /* the client has one */
    const char *ciphers; /* NULL: those of OpenSSL */
    const char *client_groups;
    const char *server_groups;
    bool tickets;
    bool psk;
    bool staples;
};

struct identity {
    EVP_PKEY *key;
    X509 *certificate;
};

struct fixture {
    struct identity identity[KEYS];
    struct val_possession_context *possession;
};

static EVP_PKEY *key_new(enum key key)
{
    switch (key) {
    case KEY_RSA:
        return EVP_RSA_gen(2048);
    case KEY_P256:
        return EVP_EC_gen("P-256");
    case KEY_P384:
        return EVP_EC_gen("P-384");
    case KEY_P521:
        return EVP_EC_gen("P-521");
    case KEY_ED25519:
        return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    case KEY_ED448:
        return EVP_PKEY_Q_keygen(NULL, NULL, "ED448");
    default:
        break;
    }
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA-PSS", NULL);
    EVP_PKEY *made = NULL;

    assert_non_null(context);
    assert_int_equal(EVP_PKEY_keygen_init(context), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_keygen_bits(context, 2048), 1);
    assert_int_equal(EVP_PKEY_keygen(context, &made), 1);
    EVP_PKEY_CTX_free(context);
    return made;
}

/* A self-signed certificate: nobody validates chains here. */
static X509 *certificate_new(EVP_PKEY *key, enum key type)
{
    X509 *x = X509_new();
    X509_NAME *name = X509_get_subject_name(x);

    X509_set_version(x, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 1 + (long)type);
    X509_gmtime_adj(X509_getm_notBefore(x), -3600);
    X509_gmtime_adj(X509_getm_notAfter(x), 3600);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const uint8_t *)NAME, -1, -1, 0);
    X509_set_issuer_name(x, name);
    X509_set_pubkey(x, key);
    assert_true(X509_sign(x, key, type == KEY_ED25519 || type == KEY_ED448 ? NULL : EVP_sha256()) > 0);
    return x;
}

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    for (int key = 0; key < KEYS; key++) {
        fixture->identity[key].key = key_new((enum key)key);
        fixture->identity[key].certificate = certificate_new(fixture->identity[key].key, (enum key)key);
    }
    fixture->possession = val_possession_new();
    assert_non_null(fixture->possession);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    for (int key = 0; key < KEYS; key++) {
        EVP_PKEY_free(fixture->identity[key].key);
        X509_free(fixture->identity[key].certificate);
    }
    val_possession_free(fixture->possession);
    free(fixture);
    return 0;
}

static int take_any(X509_STORE_CTX *store, void *unused)
{
    return 1;
}

static unsigned int psk_client(SSL *ssl, const char *hint, char *identity, unsigned int identity_max, uint8_t *psk,
                               unsigned int psk_max)
{
    strcpy(identity, "cell");
    memset(psk, 7, 16);
    return 16;
}

static unsigned int psk_server(SSL *ssl, const char *identity, uint8_t *psk, unsigned int psk_max)
{
    memset(psk, 7, 16);
    return 16;
}

static int staple(SSL *ssl, void *unused)
{
    uint8_t *answer = OPENSSL_malloc(900);

    memset(answer, 0x0c, 900);
    SSL_set_tlsext_status_ocsp_resp(ssl, answer, 900);
    return SSL_TLSEXT_ERR_OK;
}

static void set_common(SSL_CTX *context, const struct setting *setting, const char *groups)
{
    SSL_CTX_set_security_level(context, 0);
    assert_int_equal(SSL_CTX_set_min_proto_version(context, setting->version), 1);
    assert_int_equal(SSL_CTX_set_max_proto_version(context, setting->version), 1);
    if (setting->ciphers != NULL)
        assert_int_equal(SSL_CTX_set_cipher_list(context, setting->ciphers), 1);
    if (groups != NULL)
        assert_int_equal(SSL_CTX_set1_groups_list(context, groups), 1);
}

static void use(SSL_CTX *context, const struct identity *identity)
{
    assert_int_equal(SSL_CTX_use_certificate(context, identity->certificate), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(context, identity->key), 1);
}

static SSL_CTX *server_context(const struct fixture *fixture, const struct setting *setting)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());

    set_common(context, setting, setting->server_groups);
    use(context, &fixture->identity[setting->server]);
    /* a chain of three, the second and third without meaning */
    SSL_CTX_add1_chain_cert(context, fixture->identity[KEY_RSA].certificate);
    SSL_CTX_add1_chain_cert(context, fixture->identity[KEY_P521].certificate);
    SSL_CTX_set_dh_auto(context, 1);
    SSL_CTX_set_session_id_context(context, (const uint8_t *)"t", 1);
    if (!setting->tickets)
        SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
    if (setting->asks) {
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
        SSL_CTX_set_cert_verify_callback(context, take_any, NULL);
    }
    if (setting->psk)
        SSL_CTX_set_psk_server_callback(context, psk_server);
    if (setting->staples)
        SSL_CTX_set_tlsext_status_cb(context, staple);
    return context;
}

static SSL_CTX *client_context(const struct fixture *fixture, const struct setting *setting)
{
    static const uint8_t protocols[] = "\2h2\x8http/1.1";
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());

    set_common(context, setting, setting->client_groups);
    if (setting->shows)
        use(context, &fixture->identity[setting->client]);
    SSL_CTX_set_alpn_protos(context, protocols, sizeof(protocols) - 1);
    if (setting->psk)
        SSL_CTX_set_psk_client_callback(context, psk_client);
    if (setting->staples)
        SSL_CTX_set_tlsext_status_type(context, TLSEXT_STATUSTYPE_ocsp);
    return context;
}

/* A handshake and its listener. */
struct talk {
    SSL *end[CASE_SIDES];
    struct wire wire;
    enum dp_tls_status status;
};

static SSL *end_new(SSL_CTX *context, bool server)
{
    SSL *ssl = SSL_new(context);

    SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    if (server)
        SSL_set_accept_state(ssl);
    else
        SSL_set_connect_state(ssl);
    return ssl;
}

/* Carries what `side` has written to the other end, past the listener. False: there was nothing. */
static bool carry(struct talk *talk, int side, size_t piece)
{
    uint8_t *data;
    BIO *from = SSL_get_wbio(talk->end[side]);
    const long len = BIO_get_mem_data(from, &data);

    if (len <= 0)
        return false;
    if (talk->status == DP_TLS_MORE)
        talk->status = wire_feed(&talk->wire, side, data, (size_t)len, piece);
    if (talk->status == DP_TLS_DUE_SERVER) {
        dp_tls_resume(&talk->wire.tls, talk->wire.tls.c);
        talk->status = DP_TLS_MORE;
    }
    BIO_write(SSL_get_rbio(talk->end[!side]), data, (int)len);
    assert_int_equal(BIO_reset(from), 1);
    return true;
}

/* Plays a handshake to its end; true when OpenSSL says that it is done. */
static bool play(struct talk *talk, SSL_CTX *contexts[CASE_SIDES], SSL_SESSION *session, size_t piece)
{
    bool moved = true;
    bool done = false;

    for (int side = 0; side < CASE_SIDES; side++)
        talk->end[side] = end_new(contexts[side], side == CASE_SERVER);
    assert_int_equal(SSL_set_tlsext_host_name(talk->end[CASE_CLIENT], NAME), 1);
    if (session != NULL)
        assert_int_equal(SSL_set_session(talk->end[CASE_CLIENT], session), 1);
    wire_init(&talk->wire, false);
    talk->wire.tls.c->flow.family = 4;
    talk->status = DP_TLS_MORE;
    while (moved) {
        const int client = SSL_do_handshake(talk->end[CASE_CLIENT]);
        moved = carry(talk, CASE_CLIENT, piece);
        const int server = SSL_do_handshake(talk->end[CASE_SERVER]);
        moved |= carry(talk, CASE_SERVER, piece);
        done = client == 1 && server == 1;
    }
    return done;
}

static void talk_free(struct talk *talk)
{
    SSL_free(talk->end[CASE_CLIENT]);
    SSL_free(talk->end[CASE_SERVER]);
    wire_fini(&talk->wire);
}

static void assert_chain(const struct wire *w, int side, STACK_OF(X509) * chain)
{
    const struct case_party *party = &w->tls.c->party[side];
    const int num = chain == NULL ? 0 : sk_X509_num(chain);

    assert_int_equal(party->num_certificates, num);
    for (int i = 0; i < num; i++) {
        uint8_t *der = NULL;
        const int len = i2d_X509(sk_X509_value(chain, i), &der);
        assert_true(bytes_equal(wire_bytes(w, party->certificate[i]), bytes_of(der, (size_t)len)));
        OPENSSL_free(der);
    }
}

/* What every flow shows, whatever its version. */
static void assert_hellos(struct talk *talk)
{
    const struct val_case *c = talk->wire.tls.c;
    SSL *client = talk->end[CASE_CLIENT];
    uint8_t random[32];

    assert_int_equal(talk->status, DP_TLS_DUE_FLOW);
    assert_true(case_check(c, c->capacity));
    assert_int_equal(c->reasons, 0);
    assert_int_equal(c->tls.version, SSL_version(client));
    assert_int_equal(c->tls.cipher, SSL_CIPHER_get_protocol_id(SSL_get_current_cipher(client)));
    assert_true(bytes_equal(wire_bytes(&talk->wire, c->tls.sni), bytes_of(NAME, strlen(NAME))));
    assert_true(bytes_equal(wire_bytes(&talk->wire, c->tls.alpn), bytes_of("\2h2\x8http/1.1", 12)));
    SSL_get_client_random(client, random, 32);
    assert_true(bytes_equal(wire_bytes(&talk->wire, c->tls.client_random), bytes_of(random, 32)));
    SSL_get_server_random(client, random, 32);
    assert_true(bytes_equal(wire_bytes(&talk->wire, c->tls.server_random), bytes_of(random, 32)));
    if (c->tls.version < TLS1_3_VERSION)
        assert_int_equal(c->tls.extended_master_secret, SSL_get_extms_support(client));
}

static void assert_possession(const struct fixture *fixture, const struct talk *talk, int side,
                              enum val_possession expected)
{
    static const struct val_algorithms_spec floor = {0};
    uint64_t reasons = 0;
    const enum val_possession possession =
        val_possession_check(fixture->possession, talk->wire.tls.c, side, NULL, &floor, &reasons);

    if (possession != expected)
        fail_msg("side %d of %s: possession %d, not %d; reason %s", side, SSL_get_cipher(talk->end[0]), possession,
                 expected, reason_name(reason_first(reasons)));
}

static void assert_full(const struct fixture *fixture, struct talk *talk, const struct setting *setting)
{
    const struct val_case *c = talk->wire.tls.c;
    const bool certified = SSL_CIPHER_get_auth_nid(SSL_get_current_cipher(talk->end[0])) != NID_auth_null &&
                           SSL_CIPHER_get_auth_nid(SSL_get_current_cipher(talk->end[0])) != NID_auth_psk;
    const bool is_signed = certified && SSL_CIPHER_get_kx_nid(SSL_get_current_cipher(talk->end[0])) != NID_kx_rsa;
    STACK_OF(X509) *sent = sk_X509_new_null();

    assert_int_equal(c->tls.kind, CASE_KIND_FULL);
    assert_chain(&talk->wire, CASE_SERVER, SSL_get_peer_cert_chain(talk->end[CASE_CLIENT]));
    if (setting->asks && setting->shows)
        sk_X509_push(sent, fixture->identity[setting->client].certificate);
    assert_chain(&talk->wire, CASE_CLIENT, sent);
    sk_X509_free(sent);
    assert_int_equal(c->tls.certificate_requested, setting->asks);
    assert_int_equal(c->party[CASE_CLIENT].certificate_sent, setting->asks);
    assert_int_equal(c->party[CASE_SERVER].signature_sent, is_signed);
    assert_int_equal(c->party[CASE_CLIENT].signature_sent, setting->asks && setting->shows);
    assert_int_equal(c->tls.staple.len, setting->staples ? 900 : 0);
    assert_possession(fixture, talk, CASE_SERVER,
                      is_signed ? VAL_POSSESSION_PROVED
                                : (certified ? VAL_POSSESSION_UNOBSERVABLE : VAL_POSSESSION_NONE));
    assert_possession(fixture, talk, CASE_CLIENT,
                      setting->asks && setting->shows ? VAL_POSSESSION_PROVED : VAL_POSSESSION_NONE);
}

static void handshake(const struct fixture *fixture, const struct setting *setting)
{
    SSL_CTX *contexts[CASE_SIDES] = {client_context(fixture, setting), server_context(fixture, setting)};
    struct talk talk;

    if (!play(&talk, contexts, NULL, setting->asks ? 13 : 1460))
        fail_msg("OpenSSL did not finish: version %x, server key %d, client key %d, %s", setting->version,
                 setting->server, setting->client, setting->ciphers != NULL ? setting->ciphers : "-");
    assert_hellos(&talk);
    if (SSL_version(talk.end[CASE_CLIENT]) == TLS1_3_VERSION)
        assert_int_equal(talk.wire.tls.c->tls.kind, CASE_KIND_TLS13);
    else
        assert_full(fixture, &talk, setting);
    talk_free(&talk);
    SSL_CTX_free(contexts[CASE_CLIENT]);
    SSL_CTX_free(contexts[CASE_SERVER]);
}

static void test_every_key_in_tls12(void **state)
{
    for (int key = 0; key < KEYS; key++) {
        handshake(*state, &(struct setting){.version = TLS1_2_VERSION, .server = (enum key)key});
        handshake(
            *state,
            &(struct setting){
                .version = TLS1_2_VERSION, .server = KEY_P256, .client = (enum key)key, .asks = true, .shows = true});
    }
    handshake(*state, &(struct setting){.version = TLS1_2_VERSION, .server = KEY_RSA, .asks = true});
    handshake(*state, &(struct setting){.version = TLS1_2_VERSION, .server = KEY_P384, .staples = true});
}

static void test_key_exchanges_of_tls12(void **state)
{
    static const char *const ciphers[] = {"DHE-RSA-AES128-GCM-SHA256", "AES128-SHA256", "ECDHE-RSA-AES256-GCM-SHA384"};

    for (size_t i = 0; i < sizeof(ciphers) / sizeof(ciphers[0]); i++)
        for (int asks = 0; asks < 2; asks++)
            handshake(*state, &(struct setting){.version = TLS1_2_VERSION,
                                                .server = KEY_RSA,
                                                .client = KEY_P256,
                                                .asks = asks,
                                                .shows = true,
                                                .ciphers = ciphers[i]});
    handshake(*state, &(struct setting){.version = TLS1_2_VERSION, .ciphers = "ADH-AES128-SHA256"});
    handshake(*state, &(struct setting){.version = TLS1_2_VERSION, .ciphers = "AECDH-AES128-SHA"});
    handshake(*state, &(struct setting){.version = TLS1_2_VERSION, .ciphers = "PSK-AES128-GCM-SHA256", .psk = true});
    handshake(*state,
              &(struct setting){.version = TLS1_2_VERSION, .ciphers = "DHE-PSK-AES128-GCM-SHA256", .psk = true});
}

static void test_tls10_and_tls11(void **state)
{
    for (int version = TLS1_VERSION; version <= TLS1_1_VERSION; version++)
        for (int asks = 0; asks < 2; asks++) {
            handshake(*state, &(struct setting){.version = version,
                                                .server = KEY_RSA,
                                                .client = KEY_P256,
                                                .asks = asks,
                                                .shows = true,
                                                .ciphers = "ECDHE-RSA-AES128-SHA"});
            handshake(*state, &(struct setting){.version = version,
                                                .server = KEY_P256,
                                                .client = KEY_RSA,
                                                .asks = asks,
                                                .shows = true,
                                                .ciphers = "ECDHE-ECDSA-AES128-SHA"});
            handshake(*state, &(struct setting){.version = version,
                                                .server = KEY_RSA,
                                                .client = KEY_RSA,
                                                .asks = asks,
                                                .shows = true,
                                                .ciphers = "DHE-RSA-AES128-SHA"});
            handshake(*state,
                      &(struct setting){.version = version, .server = KEY_RSA, .asks = asks, .ciphers = "AES128-SHA"});
        }
}

static void test_tls13(void **state)
{
    handshake(*state, &(struct setting){.version = TLS1_3_VERSION, .server = KEY_P256, .asks = true, .shows = true});
    handshake(*state, &(struct setting){.server = KEY_ED25519});
    /* a hello of more than a segment, and a HelloRetryRequest */
    handshake(*state, &(struct setting){.version = TLS1_3_VERSION,
                                        .server = KEY_P256,
                                        .client_groups = "X25519MLKEM768:X25519",
                                        .server_groups = "X25519MLKEM768"});
    handshake(*state, &(struct setting){.version = TLS1_3_VERSION,
                                        .server = KEY_P256,
                                        .client_groups = "P-256:X25519",
                                        .server_groups = "X25519"});
}

static void test_hello_retry_is_seen(void **state)
{
    const struct setting setting = {
        .version = TLS1_3_VERSION, .server = KEY_P256, .client_groups = "P-256:X25519", .server_groups = "X25519"};
    SSL_CTX *contexts[CASE_SIDES] = {client_context(*state, &setting), server_context(*state, &setting)};
    struct talk talk;

    assert_true(play(&talk, contexts, NULL, 100));
    assert_hellos(&talk);
    assert_int_equal(talk.wire.tls.c->tls.hello_retry, 1);
    assert_int_equal(talk.wire.tls.c->tls.group, 29);
    talk_free(&talk);
    SSL_CTX_free(contexts[CASE_CLIENT]);
    SSL_CTX_free(contexts[CASE_SERVER]);
}

static void test_resumption(void **state)
{
    for (int version = TLS1_VERSION; version <= TLS1_3_VERSION; version++)
        for (int tickets = 0; tickets < 2; tickets++) {
            const struct setting setting = {.version = version, .server = KEY_RSA, .tickets = tickets};
            SSL_CTX *contexts[CASE_SIDES] = {client_context(*state, &setting), server_context(*state, &setting)};
            struct talk talk;
            uint8_t byte;

            assert_true(play(&talk, contexts, NULL, 1460));
            SSL_read(talk.end[CASE_CLIENT], &byte, 1); /* TLS 1.3 tickets come after the handshake */
            SSL_SESSION *session = SSL_get1_session(talk.end[CASE_CLIENT]);
            SSL_shutdown(talk.end[CASE_CLIENT]);
            SSL_shutdown(talk.end[CASE_SERVER]);
            talk_free(&talk);
            assert_true(play(&talk, contexts, session, 5));
            assert_int_equal(SSL_session_reused(talk.end[CASE_CLIENT]), 1);
            assert_hellos(&talk);
            assert_int_equal(talk.wire.tls.c->tls.kind,
                             version == TLS1_3_VERSION ? CASE_KIND_TLS13 : CASE_KIND_RESUMED);
            if (version < TLS1_3_VERSION)
                assert_int_equal(talk.wire.tls.c->tls.ticket.len != 0, tickets);
            talk_free(&talk);
            SSL_SESSION_free(session);
            SSL_CTX_free(contexts[CASE_CLIENT]);
            SSL_CTX_free(contexts[CASE_SERVER]);
        }
}

/* An end that gives up says so in clear: the server finds no common suite. */
static void test_refusal_is_an_alert(void **state)
{
    const struct setting offers = {.version = TLS1_2_VERSION, .server = KEY_P256, .ciphers = "AES128-SHA"};
    const struct setting takes = {.version = TLS1_2_VERSION, .server = KEY_P256, .ciphers = "ECDHE-ECDSA-AES128-SHA"};
    SSL_CTX *contexts[CASE_SIDES] = {client_context(*state, &offers), server_context(*state, &takes)};
    struct talk talk;

    assert_false(play(&talk, contexts, NULL, 100));
    assert_int_equal(talk.status, DP_TLS_ENDED);
    assert_int_equal(talk.wire.tls.ended, 1 << CASE_SERVER);
    assert_int_equal(talk.wire.tls.direction[CASE_SERVER].pass_edge, 7);
    talk_free(&talk);
    SSL_CTX_free(contexts[CASE_CLIENT]);
    SSL_CTX_free(contexts[CASE_SERVER]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_key_in_tls12),  cmocka_unit_test(test_key_exchanges_of_tls12),
        cmocka_unit_test(test_tls10_and_tls11),     cmocka_unit_test(test_tls13),
        cmocka_unit_test(test_hello_retry_is_seen), cmocka_unit_test(test_resumption),
        cmocka_unit_test(test_refusal_is_an_alert),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
