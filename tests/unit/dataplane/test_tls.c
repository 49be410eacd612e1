/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tls_script.h"

/* The case is the same whatever the records and segments are. */
static void assert_same_case(const struct val_case *a, const struct val_case *b)
{
    struct val_case x = *a;
    struct val_case y = *b;

    assert_true(case_check(a, a->capacity));
    assert_true(case_check(b, b->capacity));
    x.capacity = y.capacity = 0;
    assert_memory_equal(&x, &y, sizeof(x));
    assert_memory_equal((const uint8_t *)a + sizeof(x), (const uint8_t *)b + sizeof(x), a->used - sizeof(x));
}

static void test_any_split_makes_the_same_case(void **unused)
{
    static const size_t records[] = {16384, 1, 7, 333, 4096};
    static const size_t pieces[] = {BUILD_MAX, 1, 7, 536, 1460};

    for (int flow = 0; flow < FLOWS; flow++) {
        struct script reference = script_of((enum flow)flow, 16384);
        struct wire first;

        start(&first, false);
        play(&first, &reference, BUILD_MAX);
        for (size_t r = 0; r < sizeof(records) / sizeof(records[0]); r++)
            for (size_t p = 0; p < sizeof(pieces) / sizeof(pieces[0]); p++)
                for (int observe = 0; observe < 2; observe++) {
                    struct script script = script_of((enum flow)flow, records[r]);
                    struct wire w;

                    if (flow == BIG && records[r] < 300 && pieces[p] < 7) {
                        script_free(&script);
                        continue; /* half a million mallocs say no more than the smaller flows do */
                    }
                    start(&w, observe);
                    play(&w, &script, pieces[p]);
                    assert_same_case(first.tls.c, w.tls.c);
                    wire_fini(&w);
                    script_free(&script);
                }
        wire_fini(&first);
        script_free(&reference);
    }
}

/* Plays one flow and leaves its case for a look. */
static void play_flow(struct wire *w, enum flow flow)
{
    struct script script = script_of(flow, 16384);

    start(w, false);
    play(w, &script, BUILD_MAX);
    script_free(&script);
}

static void test_what_the_flows_show(void **unused)
{
    static const struct {
        enum flow flow;
        uint8_t kind;
        uint8_t server_certificates;
        uint8_t server_signature;
        uint8_t client_certificates;
        uint8_t client_signature;
    } shown[] = {
        {FULL, CASE_KIND_FULL, 2, 1, 0, 0},       {STAPLED, CASE_KIND_FULL, 2, 1, 0, 0},
        {MUTUAL, CASE_KIND_FULL, 2, 1, 2, 1},     {NAMELESS, CASE_KIND_FULL, 2, 1, 0, 0},
        {UNPROVED, CASE_KIND_FULL, 2, 1, 2, 0},   {DHE, CASE_KIND_FULL, 2, 1, 0, 0},
        {STATIC_RSA, CASE_KIND_FULL, 2, 0, 0, 0}, {ANONYMOUS, CASE_KIND_FULL, 0, 0, 0, 0},
        {PSK, CASE_KIND_FULL, 0, 0, 0, 0},        {BIG, CASE_KIND_FULL, 4, 1, 0, 0},
        {BY_ID, CASE_KIND_RESUMED, 0, 0, 0, 0},   {BY_TICKET, CASE_KIND_RESUMED, 0, 0, 0, 0},
        {TLS13, CASE_KIND_TLS13, 0, 0, 0, 0},     {RETRY, CASE_KIND_TLS13, 0, 0, 0, 0},
    };

    assert_int_equal(sizeof(shown) / sizeof(shown[0]), FLOWS);
    for (size_t i = 0; i < FLOWS; i++) {
        struct wire w;
        const struct case_party *party;

        play_flow(&w, shown[i].flow);
        party = w.tls.c->party;
        assert_int_equal(w.tls.c->tls.kind, shown[i].kind);
        assert_int_equal(party[CASE_SERVER].complete, 1);
        assert_int_equal(party[CASE_CLIENT].complete, 1);
        assert_int_equal(party[CASE_SERVER].num_certificates, shown[i].server_certificates);
        assert_int_equal(party[CASE_SERVER].signature_sent, shown[i].server_signature);
        assert_int_equal(party[CASE_CLIENT].num_certificates, shown[i].client_certificates);
        assert_int_equal(party[CASE_CLIENT].signature_sent, shown[i].client_signature);
        assert_int_equal(party[CASE_CLIENT].certificate_sent, shown[i].flow >= MUTUAL && shown[i].flow <= UNPROVED);
        assert_int_equal(w.tls.c->tls.certificate_requested, shown[i].flow >= MUTUAL && shown[i].flow <= UNPROVED);
        assert_int_equal(w.tls.c->tls.staple.len, shown[i].flow == STAPLED ? 6 : 0);
        assert_int_equal(w.tls.c->tls.hello_retry, shown[i].flow == RETRY);
        assert_int_equal(w.tls.c->reasons, 0);
        assert_int_equal(w.tls.c->tls.record_version, 0x0303);
        wire_fini(&w);
    }
}

/* RFC 5246 7.4.8: everything before CertificateVerify, headers of messages included, of records not. */
static void test_transcript(void **unused)
{
    struct script script = script_of(MUTUAL, 100);
    struct build *all = build_new();
    struct wire w;

    for (size_t i = 0; i < script.num; i++) {
        struct bytes in = bytes_of(script.turn[i].stream->byte, script.turn[i].stream->len);
        struct bytes fragment;
        while (bytes_skip(&in, 3) && bytes_vector(&in, 2, &fragment))
            put_bytes(all, fragment.at, fragment.left);
    }
    start(&w, false);
    play(&w, &script, 11);
    assert_true(bytes_equal(wire_bytes(&w, w.tls.c->transcript), bytes_of(all->byte, all->len)));
    const struct bytes covered = wire_bytes(&w, w.tls.c->party[CASE_CLIENT].covered);
    assert_true(bytes_equal(covered, bytes_of(all->byte, all->len - (4 + 4 + 70))));
    wire_fini(&w);
    script_free(&script);
    free(all);
}

/* Gate rule 3: only hellos and HelloRetryRequests pass before a verdict. */
static void test_pass_edges(void **unused)
{
    struct script script = script_of(MUTUAL, 50);
    struct wire w;
    const struct dp_tls_direction *d = w.tls.direction;

    start(&w, false);
    for (size_t at = 0; at < script.turn[0].stream->len; at++) {
        assert_int_equal(d[CASE_CLIENT].pass_edge, 0);
        assert_int_equal(wire_feed(&w, CASE_CLIENT, script.turn[0].stream->byte + at, 1, 1), DP_TLS_MORE);
    }
    const uint32_t hello = (uint32_t)script.turn[0].stream->len;
    assert_int_equal(d[CASE_CLIENT].pass_edge, hello);
    assert_int_equal(wire_feed(&w, CASE_SERVER, script.turn[1].stream->byte, script.turn[1].stream->len, 3),
                     DP_TLS_DUE_SERVER);
    assert_int_equal(d[CASE_SERVER].pass_edge, 0);
    assert_int_equal(w.tls.c->party[CASE_SERVER].complete, 1);
    assert_int_equal(w.tls.c->party[CASE_CLIENT].complete, 0);
    dp_tls_resume(&w.tls, w.tls.c);
    assert_int_equal(d[CASE_SERVER].pass_edge, script.turn[1].stream->len);
    assert_int_equal(wire_feed(&w, CASE_CLIENT, script.turn[2].stream->byte, script.turn[2].stream->len, 3),
                     DP_TLS_DUE_FLOW);
    assert_int_equal(d[CASE_CLIENT].pass_edge, hello);
    wire_fini(&w);
    script_free(&script);
}

static void test_pass_edges_of_a_retry(void **unused)
{
    struct script script = script_of(RETRY, 16384);
    struct wire w;
    const struct dp_tls_direction *d = w.tls.direction;
    uint32_t taken;

    start(&w, false);
    wire_feed(&w, CASE_CLIENT, script.turn[0].stream->byte, script.turn[0].stream->len, BUILD_MAX);
    taken = d[CASE_CLIENT].taken;
    wire_feed(&w, CASE_SERVER, script.turn[1].stream->byte, script.turn[1].stream->len, BUILD_MAX);
    assert_int_equal(d[CASE_SERVER].pass_edge, script.turn[1].stream->len);
    wire_feed(&w, CASE_CLIENT, script.turn[2].stream->byte, script.turn[2].stream->len, BUILD_MAX);
    assert_int_equal(d[CASE_CLIENT].pass_edge, taken);
    wire_feed(&w, CASE_CLIENT, script.turn[3].stream->byte, script.turn[3].stream->len, BUILD_MAX);
    assert_int_equal(d[CASE_CLIENT].pass_edge, d[CASE_CLIENT].taken);
    wire_feed(&w, CASE_SERVER, script.turn[4].stream->byte, script.turn[4].stream->len, BUILD_MAX);
    assert_int_equal(d[CASE_SERVER].pass_edge, script.turn[1].stream->len);
    wire_fini(&w);
    script_free(&script);
}

static void test_the_case_is_away_while_it_is_judged(void **unused)
{
    struct script script = script_of(MUTUAL, 16384);
    struct wire w;
    struct val_case *c;

    start(&w, false);
    for (size_t i = 0; i < 2; i++)
        wire_feed(&w, script.turn[i].side, script.turn[i].stream->byte, script.turn[i].stream->len, BUILD_MAX);
    /* even with the case here, nobody speaks before the verdict */
    assert_int_equal(wire_feed(&w, CASE_CLIENT, script.turn[2].stream->byte, 20, 20), DP_TLS_WAIT);
    c = w.tls.c;
    w.tls.c = NULL;
    assert_int_equal(wire_feed(&w, CASE_CLIENT, "\26", 1, 1), DP_TLS_WAIT);
    dp_tls_resume(&w.tls, c);
    const uint32_t had = w.tls.direction[CASE_CLIENT].taken - (uint32_t)script.turn[0].stream->len;
    assert_int_equal(wire_feed(&w, CASE_CLIENT, script.turn[2].stream->byte + had, script.turn[2].stream->len - had, 9),
                     DP_TLS_DUE_FLOW);
    assert_int_equal(w.tls.c->party[CASE_CLIENT].signature_sent, 1);
    /* and after the end it says the same again */
    assert_int_equal(wire_feed(&w, CASE_CLIENT, "\24", 1, 1), DP_TLS_DUE_FLOW);
    dp_tls_resume(&w.tls, w.tls.c);
    assert_int_equal(wire_feed(&w, CASE_SERVER, "\24", 1, 1), DP_TLS_DUE_FLOW);
    wire_fini(&w);
    script_free(&script);
}

static void test_client_speaks_too_early(void **unused)
{
    for (int flow = 0; flow < 2; flow++) {
        struct script script = script_of(flow == 0 ? TLS13 : MUTUAL, 16384);
        struct wire w;

        /* the ChangeCipherSpec and the data of a TLS 1.3 client that has a session: they wait for the server */
        start(&w, false);
        wire_feed(&w, CASE_CLIENT, script.turn[0].stream->byte, script.turn[0].stream->len, BUILD_MAX);
        assert_int_equal(wire_feed(&w, CASE_CLIENT, "\24\3\3\0\1\1", 6, 1), DP_TLS_WAIT);
        assert_int_equal(w.tls.direction[CASE_CLIENT].taken, script.turn[0].stream->len + 5);
        assert_int_equal(wire_feed(&w, CASE_SERVER, script.turn[1].stream->byte, script.turn[1].stream->len, 99),
                         script.turn[1].status);
        if (flow == 1) { /* here they never become legal */
            dp_tls_resume(&w.tls, w.tls.c);
            assert_int_equal(wire_feed(&w, CASE_CLIENT, "\1", 1, 1), DP_TLS_FAULT);
            assert_int_equal(w.tls.reasons, reason_bit(REASON_MALFORMED_HANDSHAKE));
        }
        wire_fini(&w);
        script_free(&script);
    }
}

static void test_server_alone(void **unused)
{
    static const enum flow flows[] = {FULL, MUTUAL, BY_ID, TLS13};

    for (size_t i = 0; i < sizeof(flows) / sizeof(flows[0]); i++) {
        struct script script = script_of(flows[i], 16384);
        const struct build *stream = script.turn[1].stream;
        struct wire w;

        start(&w, true);
        const enum dp_tls_status first = wire_feed(&w, CASE_SERVER, stream->byte, stream->len, BUILD_MAX);
        assert_int_equal(first, DP_TLS_WAIT);
        const uint32_t had = w.tls.direction[CASE_SERVER].taken;
        dp_tls_alone(&w.tls, CASE_SERVER);
        assert_int_equal(wire_feed(&w, CASE_SERVER, stream->byte + had, stream->len - had, BUILD_MAX), DP_TLS_DUE_FLOW);
        assert_int_equal(w.tls.c->tls.cipher, suite_of(flows[i]));
        assert_int_equal(w.tls.c->party[CASE_SERVER].complete, 1);
        assert_int_equal(w.tls.c->party[CASE_CLIENT].complete, 0);
        assert_int_equal(w.tls.c->party[CASE_SERVER].num_certificates, flows[i] == FULL || flows[i] == MUTUAL ? 2 : 0);
        assert_int_equal(w.tls.c->reasons, reason_bit(REASON_ONE_SIDED));
        wire_fini(&w);
        script_free(&script);
    }
}

/* The client's hello has a gap: the server is heard alone from there on, and the client no more. */
static void test_server_alone_after_half_a_hello(void **unused)
{
    struct script script = script_of(FULL, 16384);
    struct wire w;

    start(&w, true);
    wire_feed(&w, CASE_CLIENT, script.turn[0].stream->byte, 60, 60);
    dp_tls_alone(&w.tls, CASE_SERVER);
    assert_int_equal(wire_feed(&w, CASE_CLIENT, script.turn[0].stream->byte + 60, 10, 10), DP_TLS_WAIT);
    assert_int_equal(wire_feed(&w, CASE_SERVER, script.turn[1].stream->byte, script.turn[1].stream->len, 60),
                     DP_TLS_DUE_FLOW);
    assert_int_equal(w.tls.c->party[CASE_SERVER].num_certificates, 2);
    assert_true(case_check(w.tls.c, w.tls.c->capacity));
    wire_fini(&w);
    script_free(&script);
}

static void test_client_alone(void **unused)
{
    for (int early = 0; early < 2; early++) {
        struct script script = script_of(MUTUAL, 16384);
        struct wire w;

        start(&w, true);
        if (early)
            dp_tls_alone(&w.tls, CASE_CLIENT);
        wire_feed(&w, CASE_CLIENT, script.turn[0].stream->byte, script.turn[0].stream->len, 10);
        if (!early)
            dp_tls_alone(&w.tls, CASE_CLIENT);
        assert_int_equal(wire_feed(&w, CASE_CLIENT, script.turn[2].stream->byte, script.turn[2].stream->len, 10),
                         DP_TLS_DUE_FLOW);
        assert_int_equal(w.tls.c->party[CASE_CLIENT].num_certificates, 2);
        assert_int_equal(w.tls.c->party[CASE_CLIENT].scheme, 0x0403);
        assert_int_equal(w.tls.c->party[CASE_CLIENT].complete, 1);
        assert_int_equal(w.tls.c->party[CASE_SERVER].complete, 0);
        assert_int_equal(w.tls.c->tls.kind, CASE_KIND_FULL);
        wire_fini(&w);
        script_free(&script);
    }
}

/* Only an observer hears one side alone, and only before the other has spoken. */
static void test_alone_is_refused(void **unused)
{
    struct wire w;

    start(&w, false);
    dp_tls_alone(&w.tls, CASE_SERVER);
    assert_int_equal(w.tls.state, DP_TLS_STATE_START);
    wire_fini(&w);
    assert_int_equal(AFTER(&w, true, RETRY, 2, CASE_CLIENT, ""), DP_TLS_MORE);
    dp_tls_alone(&w.tls, CASE_CLIENT);
    dp_tls_alone(&w.tls, CASE_SERVER);
    assert_int_equal(w.tls.state, DP_TLS_STATE_RETRY);
    assert_int_equal(w.tls.c->reasons, 0);
    wire_fini(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_split_makes_the_same_case),
        cmocka_unit_test(test_what_the_flows_show),
        cmocka_unit_test(test_transcript),
        cmocka_unit_test(test_pass_edges),
        cmocka_unit_test(test_pass_edges_of_a_retry),
        cmocka_unit_test(test_the_case_is_away_while_it_is_judged),
        cmocka_unit_test(test_client_speaks_too_early),
        cmocka_unit_test(test_server_alone),
        cmocka_unit_test(test_server_alone_after_half_a_hello),
        cmocka_unit_test(test_client_alone),
        cmocka_unit_test(test_alone_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
