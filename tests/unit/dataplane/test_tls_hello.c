/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dataplane/tls_hello.h"
#include "tls_flight.h"

static struct case_span stand(struct wire *w, const struct build *b)
{
    struct case_span span;

    assert_true(case_append(w->tls.c, &span, bytes_of(b->byte, b->len)));
    return span;
}

static bool read_client(struct wire *w, const struct hello *hello, bool strict)
{
    struct build *b = build_new();
    bool sound;

    put_client_hello(b, hello);
    sound = dp_tls_hello_client(w->tls.c, stand(w, b), strict);
    free(b);
    return sound;
}

static bool read_server(struct wire *w, enum dp_tls_event *event, const struct hello *hello, bool strict)
{
    struct build *b = build_new();
    bool sound;

    put_server_hello(b, hello);
    sound = dp_tls_hello_server(w->tls.c, event, stand(w, b), strict);
    free(b);
    return sound;
}

static void test_client_hello_fields(void **unused)
{
    struct build *extensions = build_new();
    struct wire w;
    const struct case_tls *tls;
    uint8_t random[32];

    wire_init(&w, false);
    tls = &w.tls.c->tls;
    put_usual_offers(extensions, true);
    assert_true(read_client(&w, &(struct hello){.session_id_len = 32, .extensions = extensions}, true));
    memset(random, CLIENT_RANDOM, 32);
    assert_int_equal(tls->client_hello_seen, 1);
    assert_int_equal(tls->hello_version, 0x0303);
    assert_true(bytes_equal(wire_bytes(&w, tls->client_random), bytes_of(random, 32)));
    assert_int_equal(tls->session_id.len, 32);
    assert_int_equal(tls->suites.len, 16);
    assert_true(bytes_equal(wire_bytes(&w, tls->sni), bytes_of("machine.cell.example", 20)));
    assert_true(bytes_equal(wire_bytes(&w, tls->groups), bytes_of("\x2a\x2a\0\x1d\0\x17", 6)));
    assert_true(bytes_equal(wire_bytes(&w, tls->schemes), bytes_of("\4\3\10\4\4\1", 6)));
    assert_true(bytes_equal(wire_bytes(&w, tls->versions), bytes_of("\x3a\x3a\3\4\3\3", 6)));
    assert_true(bytes_equal(wire_bytes(&w, tls->alpn), bytes_of("\2h2\x8http/1.1", 12)));
    assert_int_equal(tls->client_hello.at, w.tls.c->transcript.at);
    assert_int_equal(tls->client_hello.len, w.tls.c->transcript.len);
    assert_true(dp_tls_hello_offers(w.tls.c, CASE_CLIENT, 51));
    assert_false(dp_tls_hello_offers(w.tls.c, CASE_CLIENT, 41));
    assert_false(dp_tls_hello_offers(w.tls.c, CASE_SERVER, 51));
    w.tls.c->flow.family = 4;
    assert_true(case_check(w.tls.c, w.tls.c->capacity));
    wire_fini(&w);
    free(extensions);
}

static void test_client_hello_without_extensions(void **unused)
{
    struct wire w;

    wire_init(&w, false);
    assert_true(read_client(&w, &(struct hello){.version = 0x0300}, true));
    assert_int_equal(w.tls.c->tls.hello_version, 0x0300);
    assert_int_equal(w.tls.c->tls.sni.len, 0);
    assert_false(dp_tls_hello_offers(w.tls.c, CASE_CLIENT, 0));
    wire_fini(&w);
}

/* Every prefix of a hello, and every hello with a byte behind it, is malformed, and reading it stays within it. */
static void test_client_hello_of_any_length(void **unused)
{
    struct build *extensions = build_new();
    struct build *b = build_new();
    struct hello hello = {.session_id_len = 8, .extensions = extensions};

    put_usual_offers(extensions, true);
    put_client_hello(b, &hello);
    put_uint(b, 1, 0);
    for (size_t len = 0; len <= b->len; len++) {
        struct wire w;
        struct case_span span;

        wire_init(&w, false);
        assert_true(case_append(w.tls.c, &span, bytes_of(b->byte, len)));
        /* whole, or ended exactly where the extensions would begin */
        const bool whole = len == b->len - 1 || len == 4 + 2 + 32 + 9 + 18 + 2;
        assert_int_equal(dp_tls_hello_client(w.tls.c, span, true), whole);
        wire_fini(&w);
    }
    free(b);
    free(extensions);
}

/* Changes one byte at `at` (from the body's start) of a usual hello. */
static bool read_changed(size_t at, uint8_t value)
{
    struct build *b = build_new();
    struct wire w;
    bool sound;

    wire_init(&w, false);
    put_client_hello(b, &(struct hello){.session_id_len = 4});
    b->byte[4 + at] = value;
    sound = dp_tls_hello_client(w.tls.c, stand(&w, b), true);
    wire_fini(&w);
    free(b);
    return sound;
}

static void test_client_hello_malformed_fields(void **unused)
{
    struct build *b = build_new();
    struct wire w;

    assert_true(read_changed(0, 3));
    assert_false(read_changed(0, 2));    /* SSLv2 in a TLS record */
    assert_false(read_changed(0, 0xfe)); /* DTLS */
    assert_false(read_changed(34, 33));  /* session id longer than 32 */
    assert_false(read_changed(40, 15));  /* half a suite */
    assert_false(read_changed(57, 0));   /* no compression method */
    assert_false(read_changed(58, 1));   /* not the null one */
    /* no suites at all */
    const size_t at = message_open(b, 1);
    put_uint(b, 2, 0x0303);
    put_fill(b, 1, 32);
    put_uint(b, 1, 0);
    put_uint(b, 2, 0);
    put_vector(b, 1, "\0", 1);
    message_close(b, at);
    wire_init(&w, false);
    assert_false(dp_tls_hello_client(w.tls.c, stand(&w, b), true));
    wire_fini(&w);
    free(b);
}

static void test_client_hello_malformed_extensions_keep_the_rest(void **unused)
{
    struct build *extensions = build_new();
    struct wire w;

    put_name_extension(extensions, "seen.example");
    put_extension(extensions, 10, "\0\1x", 3);
    wire_init(&w, false);
    assert_false(read_client(&w, &(struct hello){.extensions = extensions}, true));
    assert_int_equal(w.tls.c->tls.client_hello_seen, 0);
    assert_true(bytes_equal(wire_bytes(&w, w.tls.c->tls.sni), bytes_of("seen.example", 12)));
    wire_fini(&w);

    extensions->len = 0;
    put_name_extension(extensions, "one.example");
    put_name_extension(extensions, "two.example");
    wire_init(&w, false);
    assert_false(read_client(&w, &(struct hello){.extensions = extensions}, true));
    assert_int_equal(w.tls.c->tls.sni.len, 0);
    wire_fini(&w);
    free(extensions);
}

/* RFC 8446 4.2.11 */
static void test_pre_shared_key_is_last(void **unused)
{
    struct build *extensions = build_new();
    struct wire w;

    put_extension(extensions, 23, NULL, 0);
    put_extension(extensions, 41, "x", 1);
    wire_init(&w, false);
    assert_true(read_client(&w, &(struct hello){.extensions = extensions}, true));
    wire_fini(&w);
    put_extension(extensions, 35, NULL, 0);
    wire_init(&w, false);
    assert_false(read_client(&w, &(struct hello){.extensions = extensions}, true));
    wire_fini(&w);
    free(extensions);
}

/* RFC 8446 4.1.2: a second ClientHello is the first again, but for a few extensions. */
static void test_second_client_hello(void **unused)
{
    struct build *extensions = build_new();
    const struct hello first = {.session_id_len = 32, .extensions = extensions};

    struct build *others = build_new();

    put_usual_offers(extensions, true);
    put_extension(others, 43, "\2\3\4", 3); /* no name, no protocols */
    for (int change = 0; change < 6; change++) {
        struct hello second = first;
        struct wire w;
        struct case_span hello;

        second.random = change == 1 ? 7 : 0;
        second.session_id_len = change == 2 ? 31 : 32;
        second.suite = change == 3 ? SUITE_13 : 0;
        second.version = change == 4 ? 0x0302 : 0;
        second.extensions = change == 5 ? others : extensions;
        wire_init(&w, false);
        assert_true(read_client(&w, &first, true));
        hello = w.tls.c->tls.client_hello;
        assert_int_equal(read_client(&w, &second, true), change == 0);
        assert_int_equal(w.tls.c->tls.client_hello.at, hello.at + hello.len);
        wire_fini(&w);
    }
    free(others);
    free(extensions);
}

static void test_server_hello_fields(void **unused)
{
    struct build *offers = build_new();
    struct build *extensions = build_new();
    struct wire w;
    enum dp_tls_event event = 0;
    const struct case_tls *tls;

    put_usual_offers(offers, true);
    put_extension(extensions, 0xff01, "\0", 1);
    put_extension(extensions, 23, NULL, 0);
    put_extension(extensions, 16, "\0\3\2h2", 5);
    wire_init(&w, false);
    tls = &w.tls.c->tls;
    assert_true(read_client(&w, &(struct hello){.extensions = offers}, true));
    assert_true(read_server(
        &w, &event, &(struct hello){.session_id_len = 32, .suite = SUITE_ECDHE, .extensions = extensions}, true));
    assert_int_equal(event, DP_TLS_EVENT_SERVER_HELLO);
    assert_int_equal(tls->kind, CASE_KIND_UNDECIDED);
    assert_int_equal(tls->version, 0x0303);
    assert_int_equal(tls->cipher, SUITE_ECDHE);
    assert_int_equal(tls->extended_master_secret, 1);
    assert_int_equal(tls->server_session_id.len, 32);
    assert_int_equal(wire_bytes(&w, tls->server_random).at[31], SERVER_RANDOM);
    assert_int_equal(tls->server_hello.at, tls->client_hello.at + tls->client_hello.len);
    assert_true(dp_tls_hello_offers(w.tls.c, CASE_SERVER, 23));
    assert_false(dp_tls_hello_offers(w.tls.c, CASE_SERVER, 5));
    wire_fini(&w);
    free(extensions);
    free(offers);
}

/* What a ServerHello may not say: not understood by anybody, or never offered. Each row is one change to a good one. */
struct answer {
    const char *what;
    struct hello hello;
    uint16_t extension; /* with `data`, the only one */
    const char *data;
    size_t len;
    bool for_strict; /* sound to who demands that it was offered */
    bool for_observer;
};

#define EXT(type, text) .extension = type, .data = text, .len = sizeof(text) - 1

static const struct answer ANSWERS[] = {
    {.what = "a good one", .hello = {.suite = SUITE_ECDHE}, .for_strict = true, .for_observer = true},
    {.what = "older", .hello = {.suite = SUITE_ECDHE, .version = 0x0301}, .for_strict = false, .for_observer = true},
    {.what = "1.3 by the old field", .hello = {.suite = SUITE_13, .version = 0x0304}},
    {.what = "no TLS", .hello = {.suite = SUITE_ECDHE, .version = 0x0203}},
    {.what = "a session id of 33", .hello = {.suite = SUITE_ECDHE, .session_id_len = 33}},
    {.what = "a suite never offered", .hello = {.suite = 0xc02c}, .for_observer = true},
    {.what = "the renegotiation signal as suite", .hello = {.suite = 0x00ff}, .for_observer = true},
    {.what = "a suite of 1.3 in 1.2", .hello = {.suite = SUITE_13}, .for_observer = true},
    {.what = "an extension never offered", .hello = {.suite = SUITE_ECDHE}, EXT(17, ""), .for_observer = true},
    {.what = "NPN never offered", .hello = {.suite = SUITE_ECDHE}, EXT(13172, ""), .for_observer = true},
    {.what = "a cookie in ServerHello", .hello = {.suite = SUITE_ECDHE}, EXT(44, "x"), .for_observer = true},
    {.what = "renegotiation data", .hello = {.suite = SUITE_ECDHE}, EXT(0xff01, "\1x"), .for_observer = true},
    {.what = "extended master secret with data", .hello = {.suite = SUITE_ECDHE}, EXT(23, "x")},
    {.what = "a protocol never offered", .hello = {.suite = SUITE_ECDHE}, EXT(16, "\0\3\2h3"), .for_observer = true},
    {.what = "two protocols", .hello = {.suite = SUITE_ECDHE}, EXT(16, "\0\6\2h2\2h2"), .for_observer = true},
    {.what = "raw public keys", .hello = {.suite = SUITE_ECDHE}, EXT(20, "\2")},
    {.what = "X.509 said aloud, never offered", .hello = {.suite = SUITE_ECDHE}, EXT(20, "\0"), .for_observer = true},
    {.what = "1.3", .hello = {.suite = SUITE_13}, EXT(43, "\3\4"), .for_strict = true, .for_observer = true},
    {.what = "a draft never offered", .hello = {.suite = SUITE_13}, EXT(43, "\x7f\x1c"), .for_observer = true},
    {.what = "1.2 by the new field", .hello = {.suite = SUITE_ECDHE}, EXT(43, "\3\3"), .for_observer = true},
    {.what = "1.3 with a suite of 1.2", .hello = {.suite = SUITE_ECDHE}, EXT(43, "\3\4"), .for_observer = true},
    {.what = "1.3 with an old version of 1.1",
     .hello = {.suite = SUITE_13, .version = 0x0302},
     EXT(43, "\3\4"),
     .for_observer = true},
    {.what = "1.3 without the id's echo",
     .hello = {.suite = SUITE_13, .session_id_len = 1},
     EXT(43, "\3\4"),
     .for_observer = true},
    {.what = "a version of one byte", .hello = {.suite = SUITE_13}, EXT(43, "\3")},
    {.what = "a version of three bytes", .hello = {.suite = SUITE_13}, EXT(43, "\3\4\0")},
    {.what = "version zero", .hello = {.suite = SUITE_13}, EXT(43, "\0\0")},
    {.what = "a key share without a key", .hello = {.suite = SUITE_13}, EXT(51, "\0\x1d")},
    {.what = "an empty key share", .hello = {.suite = SUITE_13}, EXT(51, "\0\x1d\0\0")},
    {.what = "retry to 1.2", .hello = {.suite = SUITE_ECDHE, .retry = 1}},
};

static void test_server_hello_answers(void **unused)
{
    struct build *offers = build_new();
    struct build *extensions = build_new();

    put_usual_offers(offers, true);
    for (size_t i = 0; i < sizeof(ANSWERS) / sizeof(ANSWERS[0]); i++)
        for (int strict = 0; strict < 2; strict++) {
            struct hello hello = ANSWERS[i].hello;
            enum dp_tls_event event = 0;
            struct wire w;

            extensions->len = 0;
            if (ANSWERS[i].data != NULL) {
                put_extension(extensions, ANSWERS[i].extension, ANSWERS[i].data, ANSWERS[i].len);
                hello.extensions = extensions;
            }
            wire_init(&w, false);
            assert_true(read_client(&w, &(struct hello){.extensions = offers}, true));
            const bool sound = read_server(&w, &event, &hello, strict);
            if (sound != (strict ? ANSWERS[i].for_strict : ANSWERS[i].for_observer))
                fail_msg("%s: %d with strict %d", ANSWERS[i].what, sound, strict);
            wire_fini(&w);
        }
    free(extensions);
    free(offers);
}

/* A client that does not know supported_versions: the answer is at most what it said. */
static void test_version_at_most_the_offered(void **unused)
{
    struct wire w;
    enum dp_tls_event event = 0;

    wire_init(&w, false);
    assert_true(read_client(&w, &(struct hello){.version = 0x0302}, true));
    assert_false(read_server(&w, &event, &(struct hello){.suite = SUITE_RSA, .version = 0x0303}, true));
    assert_true(read_server(&w, &event, &(struct hello){.suite = SUITE_RSA, .version = 0x0301}, true));
    assert_int_equal(w.tls.c->tls.version, 0x0301);
    wire_fini(&w);
}

/* RFC 5246 7.4.1.3: one of the offered; RFC 8446 4.1.3: none. */
static void test_compression(void **unused)
{
    struct build *offers = build_new();
    struct build *extensions = build_new();
    struct wire w;
    enum dp_tls_event event = 0;

    put_usual_offers(offers, true);
    put_extension(extensions, 43, "\3\4", 2);
    wire_init(&w, false);
    assert_true(read_client(&w, &(struct hello){.compression = 1, .extensions = offers}, true));
    assert_true(read_server(&w, &event, &(struct hello){.suite = SUITE_RSA, .compression = 1}, true));
    assert_false(read_server(&w, &event, &(struct hello){.suite = SUITE_RSA, .compression = 2}, true));
    assert_false(
        read_server(&w, &event, &(struct hello){.suite = SUITE_13, .compression = 1, .extensions = extensions}, true));
    wire_fini(&w);
    free(extensions);
    free(offers);
}

/* RFC 5746 3.6: the suite 0x00ff offers the extension as well. */
static void test_renegotiation_signal(void **unused)
{
    struct build *extensions = build_new();
    struct wire w;
    enum dp_tls_event event = 0;

    put_extension(extensions, 0xff01, "\0", 1);
    wire_init(&w, false);
    assert_true(read_client(&w, &(struct hello){0}, true));
    assert_true(read_server(&w, &event, &(struct hello){.suite = SUITE_RSA, .extensions = extensions}, true));
    wire_fini(&w);
    wire_init(&w, false);
    assert_true(read_client(&w, &(struct hello){.suite = SUITE_RSA}, true));
    assert_false(read_server(&w, &event, &(struct hello){.suite = SUITE_RSA, .extensions = extensions}, true));
    wire_fini(&w);
    free(extensions);
}

static void test_hello_retry(void **unused)
{
    struct build *offers = build_new();
    struct build *retry = build_new();
    struct build *answer = build_new();
    const struct hello client = {.extensions = offers};
    struct wire w;
    enum dp_tls_event event = 0;

    put_usual_offers(offers, true);
    put_extension(retry, 43, "\3\4", 2);
    put_extension(retry, 51, "\0\x17", 2);
    put_extension(retry, 44, "\0\1c", 3);
    put_extension(answer, 43, "\3\4", 2);
    put_extension(answer, 51, "\0\x17\0\1k", 5);
    wire_init(&w, false);
    assert_true(read_client(&w, &client, true));
    assert_true(read_server(&w, &event, &(struct hello){.retry = 1, .suite = SUITE_13, .extensions = retry}, true));
    assert_int_equal(event, DP_TLS_EVENT_HELLO_RETRY);
    assert_int_equal(w.tls.c->tls.hello_retry, 1);
    assert_int_equal(w.tls.c->tls.server_hello_seen, 0);
    assert_true(read_client(&w, &client, true));
    assert_int_equal(w.tls.c->tls.hello_retry, 1);
    assert_true(read_server(&w, &event, &(struct hello){.suite = SUITE_13, .extensions = answer}, true));
    assert_int_equal(event, DP_TLS_EVENT_SERVER_HELLO_13);
    assert_int_equal(w.tls.c->tls.kind, CASE_KIND_TLS13);
    assert_int_equal(w.tls.c->tls.group, 0x17);
    assert_int_equal(w.tls.c->tls.version, 0x0304);
    wire_fini(&w);
    free(answer);
    free(retry);
    free(offers);
}

/* RFC 8446 4.1.4: the suite of the HelloRetryRequest stays. */
static void test_hello_retry_binds_the_suite(void **unused)
{
    struct build *retry = build_new();
    struct wire w;
    enum dp_tls_event event = 0;

    put_extension(retry, 43, "\3\4", 2);
    wire_init(&w, true);
    assert_true(read_client(&w, &(struct hello){0}, false));
    assert_true(read_server(&w, &event, &(struct hello){.retry = 1, .suite = SUITE_13, .extensions = retry}, false));
    assert_true(read_client(&w, &(struct hello){0}, false));
    assert_false(read_server(&w, &event, &(struct hello){.suite = 0x1302, .extensions = retry}, false));
    wire_fini(&w);
    free(retry);
}

/* TLS 1.3 drafts up to 21: no session id, no compression, the draft's number as version. */
static void test_draft_server_hello(void **unused)
{
    static const uint16_t versions[] = {0x7f12, 0x0303};
    struct build *offers = build_new();
    struct build *b = build_new();
    struct wire w;
    enum dp_tls_event event = 0;

    put_items_extension(offers, 43, 1, versions, 2);
    put_extension(offers, 40, "x", 1);
    const size_t at = message_open(b, 2);
    put_uint(b, 2, 0x7f12);
    put_fill(b, SERVER_RANDOM, 32);
    put_uint(b, 2, SUITE_13);
    const size_t list = put_open(b, 2);
    put_extension(b, 40, "y", 1);
    put_close(b, 2, list);
    message_close(b, at);
    wire_init(&w, false);
    assert_true(read_client(&w, &(struct hello){.extensions = offers}, true));
    assert_true(dp_tls_hello_server(w.tls.c, &event, stand(&w, b), true));
    assert_int_equal(event, DP_TLS_EVENT_SERVER_HELLO_13);
    assert_int_equal(w.tls.c->tls.version, 0x7f12);
    assert_true(dp_tls_hello_offers(w.tls.c, CASE_SERVER, 40));
    wire_fini(&w);
    free(b);
    free(offers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_client_hello_fields),
        cmocka_unit_test(test_client_hello_without_extensions),
        cmocka_unit_test(test_client_hello_of_any_length),
        cmocka_unit_test(test_client_hello_malformed_fields),
        cmocka_unit_test(test_client_hello_malformed_extensions_keep_the_rest),
        cmocka_unit_test(test_pre_shared_key_is_last),
        cmocka_unit_test(test_second_client_hello),
        cmocka_unit_test(test_server_hello_fields),
        cmocka_unit_test(test_server_hello_answers),
        cmocka_unit_test(test_version_at_most_the_offered),
        cmocka_unit_test(test_compression),
        cmocka_unit_test(test_renegotiation_signal),
        cmocka_unit_test(test_hello_retry),
        cmocka_unit_test(test_hello_retry_binds_the_suite),
        cmocka_unit_test(test_draft_server_hello),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
