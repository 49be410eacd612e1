/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tls_flight.h"

#define TURNS_MAX 6

/* What one side sends at a time, and what must be said at its end. */
struct turn {
    int side;
    enum dp_tls_status status;
    struct build *stream;
};

struct script {
    size_t num;
    struct turn turn[TURNS_MAX];
};

enum flow { FULL, STAPLED, MUTUAL, NAMELESS, UNPROVED, DHE, STATIC_RSA, ANONYMOUS, PSK, BIG, BY_ID, BY_TICKET, TLS13, RETRY, FLOWS };

static struct build *turn(struct script *script, int side, enum dp_tls_status status)
{
    struct turn *t = &script->turn[script->num++];

    *t = (struct turn){.side = side, .status = status, .stream = build_new()};
    return t->stream;
}

/* Moves the messages in `b` into `stream` as records. */
static void send_all(struct build *stream, struct build *b, size_t record_size)
{
    put_records(stream, b, record_size);
    b->len = 0;
}

static void script_free(struct script *script)
{
    for (size_t i = 0; i < script->num; i++)
        free(script->turn[i].stream);
}

static void write_client_hello(struct script *script, struct build *b, size_t size, bool tls13)
{
    struct build *extensions = build_new();

    put_usual_offers(extensions, tls13);
    put_client_hello(b, &(struct hello){.session_id_len = 32, .extensions = extensions});
    send_all(turn(script, CASE_CLIENT, DP_TLS_MORE), b, size);
    free(extensions);
}

static uint16_t suite_of(enum flow flow)
{
    switch (flow) {
    case DHE: return SUITE_DHE;
    case STATIC_RSA: return SUITE_RSA;
    case ANONYMOUS: return SUITE_ANON;
    case PSK: return SUITE_PSK;
    case TLS13:
    case RETRY: return SUITE_13;
    default: return SUITE_ECDHE;
    }
}

static void put_dhe(struct build *b, bool is_signed)
{
    const size_t at = message_open(b, 12);

    put_vector(b, 2, "prime", 5);
    put_vector(b, 2, "g", 1);
    put_vector(b, 2, "public", 6);
    if (is_signed)
        put_signature(b, true, 256);
    message_close(b, at);
}

static void write_server_flight(struct script *script, struct build *b, size_t size, enum flow flow)
{
    static const uint32_t usual[] = {700, 900};
    static const uint32_t big[] = {21000, 20000, 16384, 6000};
    const bool mutual = flow == MUTUAL || flow == NAMELESS || flow == UNPROVED;
    struct build *extensions = build_new();

    put_extension(extensions, 0xff01, "\0", 1);
    if (flow == STAPLED)
        put_extension(extensions, 5, NULL, 0);
    put_server_hello(b, &(struct hello){.session_id_len = 32, .suite = suite_of(flow), .extensions = extensions});
    if (flow != ANONYMOUS && flow != PSK)
        put_certificate(b, flow == BIG ? big : usual, flow == BIG ? 4 : 2);
    if (flow == STAPLED) {
        const size_t at = message_open(b, 22);
        put_uint(b, 1, 1);
        put_vector(b, 3, "staple", 6);
        message_close(b, at);
    }
    if (suite_of(flow) == SUITE_ECDHE)
        put_ecdhe(b, true);
    else if (flow == DHE || flow == ANONYMOUS)
        put_dhe(b, flow == DHE);
    if (mutual)
        put_request(b, true);
    put_empty_message(b, 14);
    send_all(turn(script, CASE_SERVER, mutual ? DP_TLS_DUE_SERVER : DP_TLS_DUE_FLOW), b, size);
    free(extensions);
}

static void write_client_flight(struct script *script, struct build *b, size_t size, enum flow flow)
{
    static const uint32_t lens[] = {800, 40};
    struct build *stream = turn(script, CASE_CLIENT, DP_TLS_DUE_FLOW);

    put_certificate(b, lens, flow == NAMELESS ? 0 : 2);
    put_client_key_exchange(b, 1);
    if (flow == MUTUAL)
        put_verify(b, true);
    send_all(stream, b, size);
    if (flow == UNPROVED)
        put_record(stream, 20, "\1", 1);
}

static void write_abbreviated(struct script *script, struct build *b, size_t size, enum flow flow)
{
    struct build *stream = turn(script, CASE_SERVER, DP_TLS_DUE_FLOW);

    put_server_hello(b, &(struct hello){.session_id_len = 32, .suite = SUITE_ECDHE});
    if (flow == BY_TICKET) {
        const size_t at = message_open(b, 4);
        put_uint(b, 4, 300);
        put_vector(b, 2, "a new ticket", 12);
        message_close(b, at);
    }
    send_all(stream, b, size);
    if (flow == BY_ID)
        put_record(stream, 20, "\1", 1);
}

static void write_tls13(struct script *script, struct build *b, size_t size, enum flow flow)
{
    struct build *extensions = build_new();

    put_extension(extensions, 43, "\3\4", 2);
    if (flow == RETRY) {
        struct build *stream = turn(script, CASE_SERVER, DP_TLS_MORE);
        put_server_hello(b, &(struct hello){.retry = 1, .session_id_len = 32, .suite = SUITE_13, .extensions = extensions});
        send_all(stream, b, size);
        put_record(stream, 20, "\1", 1);
        /* the client's ChangeCipherSpec comes just before its second hello (RFC 8446 D.4) */
        put_record(turn(script, CASE_CLIENT, DP_TLS_MORE), 20, "\1", 1);
        write_client_hello(script, b, size, true);
    }
    put_extension(extensions, 51, "\0\x1d\0\1k", 5);
    put_server_hello(b, &(struct hello){.session_id_len = 32, .suite = SUITE_13, .extensions = extensions});
    send_all(turn(script, CASE_SERVER, DP_TLS_DUE_FLOW), b, size);
    free(extensions);
}

static struct script script_of(enum flow flow, size_t record_size)
{
    struct script script = {0};
    struct build *b = build_new();

    write_client_hello(&script, b, record_size, flow == TLS13 || flow == RETRY);
    if (flow == TLS13 || flow == RETRY)
        write_tls13(&script, b, record_size, flow);
    else if (flow == BY_ID || flow == BY_TICKET)
        write_abbreviated(&script, b, record_size, flow);
    else
        write_server_flight(&script, b, record_size, flow);
    if (flow == MUTUAL || flow == NAMELESS || flow == UNPROVED)
        write_client_flight(&script, b, record_size, flow);
    free(b);
    return script;
}

/* Plays a script in pieces of `piece` bytes; every turn must end as it says, with all of its bytes taken. */
static void play(struct wire *w, const struct script *script, size_t piece)
{
    uint32_t taken[CASE_SIDES] = {0};

    for (size_t i = 0; i < script->num; i++) {
        const struct turn *t = &script->turn[i];
        const enum dp_tls_status status = wire_feed(w, t->side, t->stream->byte, t->stream->len, piece);

        assert_int_equal(status, t->status);
        taken[t->side] += (uint32_t)t->stream->len;
        assert_int_equal(w->tls.direction[t->side].taken, taken[t->side]);
        assert_int_equal(w->tls.direction[t->side].record_edge, taken[t->side]);
        if (status == DP_TLS_DUE_SERVER) {
            assert_true(dp_tls_expects(&w->tls, CASE_SERVER));
            dp_tls_resume(&w->tls, w->tls.c);
            assert_false(dp_tls_expects(&w->tls, CASE_SERVER));
        }
    }
    assert_true(dp_tls_expects(&w->tls, CASE_CLIENT));
}

static void start(struct wire *w, bool observe)
{
    wire_init(w, observe);
    w->tls.c->flow.family = 4;
}

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

/* Plays the first `turns` turns of a flow, then `data` of `side`, and says what came of it. */
static enum dp_tls_status after(struct wire *w, bool observe, enum flow flow, size_t turns, int side, const void *data,
                                size_t len)
{
    struct script script = script_of(flow, 16384);
    enum dp_tls_status status;

    start(w, observe);
    for (size_t i = 0; i < turns; i++)
        if (wire_feed(w, script.turn[i].side, script.turn[i].stream->byte, script.turn[i].stream->len, BUILD_MAX) ==
            DP_TLS_DUE_SERVER)
            dp_tls_resume(&w->tls, w->tls.c);
    status = wire_feed(w, side, data, len, BUILD_MAX);
    script_free(&script);
    return status;
}

#define AFTER(w, observe, flow, turns, side, text) after(w, observe, flow, turns, side, text, sizeof(text) - 1)

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
    assert_int_equal(wire_feed(&w, CASE_CLIENT, script.turn[0].stream->byte, script.turn[0].stream->len, 100), DP_TLS_MORE);
    assert_int_equal(wire_feed(&w, CASE_SERVER, script.turn[1].stream->byte + had, script.turn[1].stream->len - had, 100),
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
        FAULT(observe, FULL, 1, CASE_SERVER, "\26\3\3\0\0", REASON_NOT_TLS);           /* empty, its first bytes */
        FAULT(observe, MUTUAL, 2, CASE_CLIENT, "\26\3\3\0\0", reason);                 /* empty */
        FAULT(observe, FULL, 1, CASE_SERVER, "\26\3\3\0\4\0\0\0\0", reason);           /* HelloRequest */
        FAULT(observe, FULL, 1, CASE_SERVER, "\26\3\3\0\4\13\0\0\0", reason);          /* Certificate, no ServerHello */
        FAULT(observe, FULL, 1, CASE_SERVER, "\26\3\3\0\1\1", reason);                 /* ClientHello by the server */
        FAULT(observe, FULL, 1, CASE_SERVER, "\24\3\3\0\1\1", reason);                 /* ChangeCipherSpec */
        FAULT(observe, FULL, 1, CASE_SERVER, "\27\3\3\0\1\1", reason);                 /* data */
        FAULT(observe, FULL, 1, CASE_SERVER, "\26\3\3\0\4\2\1\0\1", reason);           /* ServerHello of 64 kB */
        FAULT(observe, MUTUAL, 2, CASE_CLIENT, "\26\3\3\0\1\20", reason);              /* no Certificate */
        FAULT(observe, MUTUAL, 2, CASE_CLIENT, "\26\3\3\0\1\1", reason);               /* ClientHello again */
        FAULT(observe, MUTUAL, 2, CASE_CLIENT, "\24\3\3\0\1\1", reason);               /* ChangeCipherSpec */
        FAULT(observe, RETRY, 2, CASE_SERVER, "\24\3\3\0\1\1", reason);                /* a second one */
        FAULT(observe, RETRY, 3, CASE_CLIENT, "\24\3\3\0\1\1", reason);                /* a second one */
        FAULT(observe, RETRY, 1, CASE_SERVER, "\24\3\3\0\1\1", reason);                /* before the retry */
        FAULT(observe, RETRY, 4, CASE_SERVER, "\24\3\3\0\1\1", reason);                /* a second one, later */
        FAULT(observe, UNPROVED, 2, CASE_CLIENT, "\26\3\3\0\7\13\0\0\3\0\0\0\27\3\3\0\1\1", reason);
        FAULT(observe, UNPROVED, 2, CASE_CLIENT, "\26\3\3\0\4\13\0\0\3\24\3\3\0\1\1", reason); /* inside a message */
    }
    FAULT(false, RETRY, 2, CASE_SERVER, "\26\3\3\0\1\2", reason);  /* no second ClientHello yet */
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
        assert_int_equal(wire_feed(&w, CASE_SERVER, stream->byte, stream->len, 1), observe ? DP_TLS_MORE : DP_TLS_FAULT);
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
        cmocka_unit_test(test_server_alone),
        cmocka_unit_test(test_client_alone),
        cmocka_unit_test(test_alone_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
