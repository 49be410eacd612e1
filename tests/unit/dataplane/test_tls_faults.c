/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tls_script.h"

static void assert_fault(bool observe, enum flow flow, size_t turns, int side, const void *data, size_t len,
                         enum reason reason)
{
    struct wire w;

    assert_int_equal(after(&w, observe, flow, turns, side, data, len), DP_TLS_FAULT);
    assert_int_equal(w.tls.reasons, reason_bit(reason));
    assert_int_equal(w.tls.c->reasons, reason_bit(reason));
    /* it stays so */
    assert_int_equal(wire_feed(&w, side, "\26", 1, 1), DP_TLS_FAULT);
    wire_fini(&w);
}

#define FAULT(observe, flow, turns, side, text, reason)                                                                \
    assert_fault(observe, flow, turns, side, text, sizeof(text) - 1, reason)

static void test_what_is_not_tls(void **unused)
{
    for (int observe = 0; observe < 2; observe++) {
        FAULT(observe, FULL, 0, CASE_CLIENT, "G", REASON_NOT_TLS);
        FAULT(observe, FULL, 0, CASE_CLIENT, "\26\3\1\0\4\2", REASON_NOT_TLS);
        FAULT(observe, FULL, 0, CASE_CLIENT, "\26\3\1\0\1\13", REASON_NOT_TLS);
        FAULT(observe, FULL, 0, CASE_CLIENT, "\25\3\1\0\2\2\50", REASON_NOT_TLS);
        FAULT(observe, FULL, 0, CASE_CLIENT, "\x80\x2e\1\3\1", REASON_VERSION_NOT_ALLOWED);
        FAULT(observe, FULL, 0, CASE_SERVER, "220 mail", REASON_NOT_TLS);
        FAULT(observe, FULL, 1, CASE_SERVER, "HTTP/1.1 400", REASON_NOT_TLS);
    }
}

static void test_server_speaks_first(void **unused)
{
    struct script script = script_of(FULL, 16384);
    struct wire w;

    assert_fault(false, FULL, 0, CASE_SERVER, script.turn[1].stream->byte, 10, REASON_NOT_TLS);
    FAULT(false, FULL, 0, CASE_SERVER, "\25\3\3\0\2\2\50", REASON_NOT_TLS);
    /* an observer knows nothing of their order */
    start(&w, true);
    assert_int_equal(wire_feed(&w, CASE_SERVER, script.turn[1].stream->byte, script.turn[1].stream->len, BUILD_MAX),
                     DP_TLS_WAIT);
    const uint32_t had = w.tls.direction[CASE_SERVER].taken;
    assert_int_equal(wire_feed(&w, CASE_CLIENT, script.turn[0].stream->byte, script.turn[0].stream->len, 100),
                     DP_TLS_MORE);
    assert_int_equal(
        wire_feed(&w, CASE_SERVER, script.turn[1].stream->byte + had, script.turn[1].stream->len - had, 100),
        DP_TLS_DUE_FLOW);
    wire_fini(&w);
    /* into a half hello */
    for (int observe = 0; observe < 2; observe++) {
        start(&w, observe);
        wire_feed(&w, CASE_CLIENT, script.turn[0].stream->byte, 40, 7);
        assert_int_equal(wire_feed(&w, CASE_SERVER, script.turn[1].stream->byte, 100, 100),
                         observe ? DP_TLS_WAIT : DP_TLS_FAULT);
        assert_int_equal(w.tls.reasons, observe ? 0 : reason_bit(REASON_MALFORMED_HANDSHAKE));
        wire_fini(&w);
        start(&w, observe);
        wire_feed(&w, CASE_CLIENT, script.turn[0].stream->byte, 40, 7);
        assert_int_equal(wire_feed(&w, CASE_SERVER, "\25\3\3\0\2\2\50", 7, 1), DP_TLS_ENDED);
        assert_int_equal(w.tls.direction[CASE_SERVER].pass_edge, 7);
        wire_fini(&w);
    }
    script_free(&script);
}

/* Records and messages that may not come, each after the part of a flow that it is to disturb. */
static void test_disturbances(void **unused)
{
    const enum reason reason = REASON_MALFORMED_HANDSHAKE;

    for (int observe = 0; observe < 2; observe++) {
        FAULT(observe, FULL, 1, CASE_SERVER, "\26\3\3\0\0", REASON_NOT_TLS);  /* empty, its first bytes */
        FAULT(observe, MUTUAL, 2, CASE_CLIENT, "\26\3\3\0\0", reason);        /* empty */
        FAULT(observe, FULL, 1, CASE_SERVER, "\26\3\3\0\4\0\0\0\0", reason);  /* HelloRequest */
        FAULT(observe, FULL, 1, CASE_SERVER, "\26\3\3\0\4\13\0\0\0", reason); /* Certificate, no ServerHello */
        FAULT(observe, FULL, 1, CASE_SERVER, "\26\3\3\0\1\1", reason);        /* ClientHello by the server */
        FAULT(observe, FULL, 1, CASE_SERVER, "\24\3\3\0\1\1", reason);        /* ChangeCipherSpec */
        FAULT(observe, FULL, 1, CASE_SERVER, "\27\3\3\0\1\1", reason);        /* data */
        FAULT(observe, FULL, 1, CASE_SERVER, "\26\3\3\0\4\2\1\0\1", reason);  /* ServerHello of 64 kB */
        FAULT(observe, MUTUAL, 2, CASE_CLIENT, "\26\3\3\0\1\20", reason);     /* no Certificate */
        FAULT(observe, MUTUAL, 2, CASE_CLIENT, "\26\3\3\0\1\1", reason);      /* ClientHello again */
        FAULT(observe, MUTUAL, 2, CASE_CLIENT, "\24\3\3\0\1\1", reason);      /* ChangeCipherSpec */
        FAULT(observe, RETRY, 2, CASE_SERVER, "\24\3\3\0\1\1", reason);       /* a second one */
        FAULT(observe, RETRY, 3, CASE_CLIENT, "\24\3\3\0\1\1", reason);       /* a second one */
        FAULT(observe, RETRY, 1, CASE_SERVER, "\24\3\3\0\1\1", reason);       /* before the retry */
        FAULT(observe, RETRY, 4, CASE_SERVER, "\24\3\3\0\1\1", reason);       /* a second one, later */
        FAULT(observe, UNPROVED, 2, CASE_CLIENT, "\26\3\3\0\7\13\0\0\3\0\0\0\27\3\3\0\1\1", reason);
        FAULT(observe, UNPROVED, 2, CASE_CLIENT, "\26\3\3\0\4\13\0\0\3\24\3\3\0\1\1", reason); /* inside a message */
    }
    FAULT(false, RETRY, 2, CASE_SERVER, "\26\3\3\0\1\2", reason);   /* no second ClientHello yet */
    FAULT(false, MUTUAL, 2, CASE_SERVER, "\26\3\3\0\1\16", reason); /* the server, after its ServerHelloDone */
    FAULT(false, MUTUAL, 2, CASE_SERVER, "\24\3\3\0\1\1", reason);
}

static void test_change_cipher_spec_is_one(void **unused)
{
    FAULT(false, RETRY, 2, CASE_CLIENT, "\24\3\3\0\1\2", REASON_MALFORMED_HANDSHAKE);
    FAULT(false, BY_ID, 1, CASE_SERVER, "\24\3\3\0\1\2", REASON_MALFORMED_HANDSHAKE);
}

/* What the observer may hear in an order that never was on the wire. */
static void test_observer_waits(void **unused)
{
    struct wire w;

    assert_int_equal(AFTER(&w, true, RETRY, 2, CASE_SERVER, "\26\3\3\0\1\2"), DP_TLS_WAIT);
    wire_fini(&w);
    assert_int_equal(AFTER(&w, true, MUTUAL, 2, CASE_SERVER, "\24\3\3\0\1\1"), DP_TLS_WAIT);
    wire_fini(&w);
}

static void test_alerts(void **unused)
{
    for (int observe = 0; observe < 2; observe++)
        for (int side = 0; side < CASE_SIDES; side++)
            for (size_t turns = 1; turns <= 2; turns++) {
                struct wire w;
                uint32_t before;

                /* fatal; close_notify, whatever its level; by either side, in any place where a message might come */
                assert_int_equal(AFTER(&w, observe, MUTUAL, turns, side, "\25\3\3\0\2\2\50"), DP_TLS_ENDED);
                assert_int_equal(w.tls.direction[side].pass_edge, w.tls.direction[side].taken);
                assert_int_equal(w.tls.ended, 1 << side);
                assert_int_equal(w.tls.c->reasons, reason_bit(REASON_PEER_ALERT));
                before = w.tls.direction[side].taken;
                assert_int_equal(wire_feed(&w, side, "\26\3\3", 3, 3), DP_TLS_ENDED);
                assert_int_equal(w.tls.direction[side].taken, before);
                wire_fini(&w);
                assert_int_equal(AFTER(&w, observe, MUTUAL, turns, side, "\25\3\3\0\2\1\0"), DP_TLS_ENDED);
                wire_fini(&w);
                /* a warning: unrecognized_name */
                assert_int_equal(AFTER(&w, observe, MUTUAL, turns, side, "\25\3\3\0\2\1\160"),
                                 observe ? DP_TLS_MORE : DP_TLS_FAULT);
                wire_fini(&w);
                /* a level that nobody defined */
                assert_int_equal(AFTER(&w, observe, MUTUAL, turns, side, "\25\3\3\0\2\3\50"), DP_TLS_FAULT);
                wire_fini(&w);
                /* in pieces, or two in one record */
                assert_int_equal(AFTER(&w, observe, MUTUAL, turns, side, "\25\3\3\0\1\2"), DP_TLS_FAULT);
                wire_fini(&w);
                assert_int_equal(AFTER(&w, observe, MUTUAL, turns, side, "\25\3\3\0\4\2\50\2\50"), DP_TLS_FAULT);
                wire_fini(&w);
            }
}

static void test_observer_passes_over_a_warning(void **unused)
{
    struct script script = script_of(FULL, 16384);
    struct wire w;

    assert_int_equal(AFTER(&w, true, FULL, 1, CASE_SERVER, "\25\3\3\0\2\1\160"), DP_TLS_MORE);
    assert_int_equal(wire_feed(&w, CASE_SERVER, script.turn[1].stream->byte, script.turn[1].stream->len, 50),
                     DP_TLS_DUE_FLOW);
    assert_int_equal(w.tls.c->party[CASE_SERVER].num_certificates, 2);
    wire_fini(&w);
    script_free(&script);
}

/* What stands behind a message that ends a side's turn, in the same record, would reach the receiver unread. */
static void test_nothing_behind_the_last_message(void **unused)
{
    static const enum flow flows[] = {FULL, MUTUAL, BY_TICKET, TLS13, RETRY};

    for (size_t i = 0; i < sizeof(flows) / sizeof(flows[0]); i++) {
        struct script script = script_of(flows[i], 16384);

        for (size_t t = 0; t < script.num; t++) {
            struct build *stream = script.turn[t].stream;
            const uint32_t len = ((uint32_t)stream->byte[3] << 8 | stream->byte[4]) + 1;
            struct wire w;

            if (stream->byte[0] != 22)
                continue; /* a ChangeCipherSpec */
            stream->byte[3] = (uint8_t)(len >> 8);
            stream->byte[4] = (uint8_t)len;
            start(&w, false);
            for (size_t before = 0; before < t; before++)
                if (wire_feed(&w, script.turn[before].side, script.turn[before].stream->byte,
                              script.turn[before].stream->len, BUILD_MAX) == DP_TLS_DUE_SERVER)
                    dp_tls_resume(&w.tls, w.tls.c);
            assert_int_equal(wire_feed(&w, script.turn[t].side, stream->byte, stream->len, BUILD_MAX), DP_TLS_FAULT);
            assert_int_equal(w.tls.reasons, reason_bit(REASON_MALFORMED_HANDSHAKE));
            wire_fini(&w);
            stream->byte[3] = (uint8_t)((len - 1) >> 8);
            stream->byte[4] = (uint8_t)(len - 1);
        }
        script_free(&script);
    }
}

/* Each message of a mutual handshake, sent twice: the second one is a fault, when its header is there. */
static void test_no_message_comes_twice(void **unused)
{
    struct script script = script_of(MUTUAL, 16384);
    struct bytes message = bytes_of(NULL, 0);

    for (size_t t = 1; t < script.num; t++) {
        struct bytes in = bytes_of(script.turn[t].stream->byte + 5, script.turn[t].stream->len - 5);
        struct build *b = build_new();

        while (!bytes_done(&in)) {
            struct build *stream = build_new();
            struct bytes rest = in;
            struct wire w;

            assert_true(bytes_skip(&rest, 1) && bytes_vector(&rest, 3, &message));
            put_bytes(b, in.at, 4 + message.left);
            put_bytes(b, in.at, 4 + message.left);
            put_records(stream, b, 16384);
            start(&w, false);
            for (size_t before = 0; before < t; before++)
                if (wire_feed(&w, script.turn[before].side, script.turn[before].stream->byte,
                              script.turn[before].stream->len, BUILD_MAX) == DP_TLS_DUE_SERVER)
                    dp_tls_resume(&w.tls, w.tls.c);
            assert_int_equal(wire_feed(&w, script.turn[t].side, stream->byte, stream->len, BUILD_MAX), DP_TLS_FAULT);
            assert_int_equal(w.tls.reasons, reason_bit(REASON_MALFORMED_HANDSHAKE));
            wire_fini(&w);
            b->len -= 4 + message.left;
            in = rest;
            free(stream);
        }
        free(b);
    }
    script_free(&script);
}

/* RFC 6066 8 */
static void test_status_that_nobody_announced(void **unused)
{
    struct script script = script_of(FULL, 16384);
    struct build *stream = build_new();
    const struct build *flight = script.turn[1].stream;
    const size_t certificate_ends = 4 + 2 + 32 + 33 + 3 + 7 + 4 + 3 + 3 + 700 + 3 + 900;

    for (int observe = 0; observe < 2; observe++) {
        struct wire w;

        stream->len = 0;
        put_record(stream, 22, flight->byte + 5, certificate_ends);
        put_record(stream, 22, "\26\0\0\5\1\0\0\1x", 9);
        start(&w, observe);
        wire_feed(&w, CASE_CLIENT, script.turn[0].stream->byte, script.turn[0].stream->len, BUILD_MAX);
        assert_int_equal(wire_feed(&w, CASE_SERVER, stream->byte, stream->len, 1),
                         observe ? DP_TLS_MORE : DP_TLS_FAULT);
        assert_int_equal(w.tls.c->tls.staple.len, observe);
        wire_fini(&w);
    }
    free(stream);
    script_free(&script);
}

/* What was understood before a fault stays. */
static void test_fault_keeps_what_was_seen(void **unused)
{
    struct wire w;

    assert_int_equal(AFTER(&w, true, FULL, 1, CASE_SERVER, "\27\3\3\0\1x"), DP_TLS_FAULT);
    assert_true(bytes_equal(wire_bytes(&w, w.tls.c->tls.sni), bytes_of("machine.cell.example", 20)));
    assert_int_equal(w.tls.c->tls.client_hello_seen, 1);
    wire_fini(&w);
}

static void test_memory_is_bounded(void **unused)
{
    struct script script = script_of(BIG, 16384);
    struct build *b = build_new();
    struct build *stream = build_new();
    const uint32_t lens[] = {130000};
    struct wire w;

    /* the arena is used up */
    start(&w, false);
    w.blocks.limit = 40000;
    wire_feed(&w, CASE_CLIENT, script.turn[0].stream->byte, script.turn[0].stream->len, BUILD_MAX);
    assert_int_equal(wire_feed(&w, CASE_SERVER, script.turn[1].stream->byte, script.turn[1].stream->len, 1000),
                     DP_TLS_FAULT);
    assert_int_equal(w.tls.reasons, reason_bit(REASON_OVERLOAD));
    wire_fini(&w);

    /* one handshake is too large: two chains of 130 kB */
    start(&w, false);
    wire_feed(&w, CASE_CLIENT, script.turn[0].stream->byte, script.turn[0].stream->len, BUILD_MAX);
    put_server_hello(b, &(struct hello){.suite = SUITE_ECDHE});
    put_certificate(b, lens, 1);
    put_request(b, true);
    put_empty_message(b, 14);
    put_records(stream, b, 16384);
    assert_int_equal(wire_feed(&w, CASE_SERVER, stream->byte, stream->len, 1460), DP_TLS_DUE_SERVER);
    dp_tls_resume(&w.tls, w.tls.c);
    b->len = 0;
    put_certificate(b, lens, 1);
    stream->len = 0;
    put_records(stream, b, 16384);
    assert_int_equal(wire_feed(&w, CASE_CLIENT, stream->byte, stream->len, 1460), DP_TLS_FAULT);
    assert_int_equal(w.tls.reasons, reason_bit(REASON_OVERLOAD));
    assert_true(w.tls.c->used <= DP_BLOCK_MAX);
    wire_fini(&w);
    free(stream);
    free(b);
    script_free(&script);
}

/* Endless warnings, which an observer passes over, end too. */
static void test_a_direction_is_bounded(void **unused)
{
    struct wire w;
    enum dp_tls_status status = DP_TLS_MORE;
    size_t fed = 0;

    assert_int_equal(AFTER(&w, true, FULL, 1, CASE_SERVER, "\25\3\3\0\2\1\160"), DP_TLS_MORE);
    for (; status == DP_TLS_MORE && fed <= DP_TLS_BYTES_MAX; fed += 7)
        status = dp_tls_feed(&w.tls, CASE_SERVER, bytes_of("\25\3\3\0\2\1\160", 7));
    assert_int_equal(status, DP_TLS_FAULT);
    assert_int_equal(w.tls.reasons, reason_bit(REASON_OVERLOAD));
    wire_fini(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_not_tls),
        cmocka_unit_test(test_server_speaks_first),
        cmocka_unit_test(test_disturbances),
        cmocka_unit_test(test_change_cipher_spec_is_one),
        cmocka_unit_test(test_observer_waits),
        cmocka_unit_test(test_alerts),
        cmocka_unit_test(test_observer_passes_over_a_warning),
        cmocka_unit_test(test_nothing_behind_the_last_message),
        cmocka_unit_test(test_no_message_comes_twice),
        cmocka_unit_test(test_status_that_nobody_announced),
        cmocka_unit_test(test_fault_keeps_what_was_seen),
        cmocka_unit_test(test_memory_is_bounded),
        cmocka_unit_test(test_a_direction_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
