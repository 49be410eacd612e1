/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tls_script: whole handshakes as turns of bytes, cut into records of any size, and a listener that hears them in pieces of
 * any size. Included behind cmocka.h.
 */
#ifndef CELLGATE_TESTS_TLS_SCRIPT_H
#define CELLGATE_TESTS_TLS_SCRIPT_H

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

enum flow {
    FULL,
    STAPLED,
    MUTUAL,
    NAMELESS,
    UNPROVED,
    DHE,
    STATIC_RSA,
    ANONYMOUS,
    PSK,
    BIG,
    BY_ID,
    BY_TICKET,
    TLS13,
    RETRY,
    FLOWS
};

static inline struct build *turn(struct script *script, int side, enum dp_tls_status status)
{
    struct turn *t = &script->turn[script->num++];

    *t = (struct turn){.side = side, .status = status, .stream = build_new()};
    return t->stream;
}

/* Moves the messages in `b` into `stream` as records. */
static inline void send_all(struct build *stream, struct build *b, size_t record_size)
{
    put_records(stream, b, record_size);
    b->len = 0;
}

static inline void script_free(struct script *script)
{
    for (size_t i = 0; i < script->num; i++)
        free(script->turn[i].stream);
}

static inline void write_client_hello(struct script *script, struct build *b, size_t size, bool tls13)
{
    struct build *extensions = build_new();

    put_usual_offers(extensions, tls13);
    put_client_hello(b, &(struct hello){.session_id_len = 32, .extensions = extensions});
    send_all(turn(script, CASE_CLIENT, DP_TLS_MORE), b, size);
    free(extensions);
}

static inline uint16_t suite_of(enum flow flow)
{
    switch (flow) {
    case DHE:
        return SUITE_DHE;
    case STATIC_RSA:
        return SUITE_RSA;
    case ANONYMOUS:
        return SUITE_ANON;
    case PSK:
        return SUITE_PSK;
    case TLS13:
    case RETRY:
        return SUITE_13;
    default:
        return SUITE_ECDHE;
    }
}

static inline void put_dhe(struct build *b, bool is_signed)
{
    const size_t at = message_open(b, 12);

    put_vector(b, 2, "prime", 5);
    put_vector(b, 2, "g", 1);
    put_vector(b, 2, "public", 6);
    if (is_signed)
        put_signature(b, true, 256);
    message_close(b, at);
}

static inline void write_server_flight(struct script *script, struct build *b, size_t size, enum flow flow)
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

static inline void write_client_flight(struct script *script, struct build *b, size_t size, enum flow flow)
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

static inline void write_abbreviated(struct script *script, struct build *b, size_t size, enum flow flow)
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

static inline void write_tls13(struct script *script, struct build *b, size_t size, enum flow flow)
{
    struct build *extensions = build_new();

    put_extension(extensions, 43, "\3\4", 2);
    if (flow == RETRY) {
        struct build *stream = turn(script, CASE_SERVER, DP_TLS_MORE);
        put_server_hello(
            b, &(struct hello){.retry = 1, .session_id_len = 32, .suite = SUITE_13, .extensions = extensions});
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

static inline struct script script_of(enum flow flow, size_t record_size)
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
static inline void play(struct wire *w, const struct script *script, size_t piece)
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

static inline void start(struct wire *w, bool observe)
{
    wire_init(w, observe);
    w->tls.c->flow.family = 4;
}

/* Plays the first `turns` turns of a flow, then `data` of `side`, and says what came of it. */
static inline enum dp_tls_status after(struct wire *w, bool observe, enum flow flow, size_t turns, int side,
                                       const void *data, size_t len)
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

#endif
