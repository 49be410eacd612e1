/* SPDX-License-Identifier: BSD-3-Clause */
/* The box, packet by packet: what passes, what is held, what is dropped, and what is written down. */
#include "flights.h"
#include "harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define CLIENT_ISN 1000U
#define SERVER_ISN 9000U
#define FIRST      (CLIENT_ISN + 1)
#define SERVED     (SERVER_ISN + 1)

static struct flight hello, server, client, junk;

static void setup_flights(void)
{
    flight_client_hello(&hello, 100);
    flight_server(&server, 2000, false, 16384);
    flight_client(&client, 0, false, 16384);
    flight_fill(&junk, 1000);
    junk.byte[0] = 'S';
}

/* A segment of either end (0: client) with usual numbers. */
static struct segment segment_of(uint8_t from, uint8_t flags, uint32_t seq, uint32_t ack, const uint8_t *payload,
                                 uint32_t len)
{
    return (struct segment){
        .from = from, .flags = flags, .seq = seq, .ack = ack, .window = 60000, .payload = payload, .payload_len = len};
}

static void push(struct world *world, uint8_t from, uint8_t flags, uint32_t seq, uint32_t ack, const uint8_t *payload,
                 uint32_t len)
{
    struct segment segment = segment_of(from, flags, seq, ack, payload, len);

    world->now_us += 100;
    world_push(world, &segment);
}

/* Frames that leave by the port of `to`, and no other. */
static uint32_t passed_to(struct world *world, int to)
{
    static struct sight sight;
    uint32_t num = 0;

    while (world_next(world, to == 0 ? DP_OUTSIDE : DP_INSIDE, &sight))
        num++;
    return num;
}

#define assert_passes(world, to)                                                                                       \
    do {                                                                                                               \
        assert_int_equal(passed_to(world, to), 1);                                                                     \
        assert_int_equal(world_drain(world), 0);                                                                       \
    } while (0)
#define assert_nothing(world) assert_int_equal(world_drain(world), 0)

static struct sight next_to(struct world *world, int to)
{
    static struct sight sight;

    assert_true(world_next(world, to == 0 ? DP_OUTSIDE : DP_INSIDE, &sight));
    return sight;
}

static void connect_ends(struct world *world)
{
    push(world, 0, DP_TCP_SYN, CLIENT_ISN, 0, NULL, 0);
    assert_passes(world, 1);
    push(world, 1, DP_TCP_SYN | DP_TCP_ACK, SERVER_ISN, FIRST, NULL, 0);
    assert_passes(world, 0);
    push(world, 0, DP_TCP_ACK, FIRST, SERVED, NULL, 0);
    assert_passes(world, 1);
}

static uint32_t hello_end(void)
{
    return FIRST + (uint32_t)hello.len;
}

static void say_hello(struct world *world)
{
    push(world, 0, DP_TCP_ACK, FIRST, SERVED, hello.byte, (uint32_t)hello.len);
    assert_passes(world, 1);
    push(world, 1, DP_TCP_ACK, SERVED, hello_end(), NULL, 0);
    assert_passes(world, 0);
}

/* Bytes [from, to) of the server's flight. */
static void serve(struct world *world, uint32_t from, uint32_t to)
{
    push(world, 1, DP_TCP_ACK, SERVED + from, hello_end(), server.byte + from, to - from);
}

static void accept_flow(struct world *world)
{
    connect_ends(world);
    say_hello(world);
    serve(world, 0, (uint32_t)server.len);
    assert_passes(world, 0);
    push(world, 0, DP_TCP_ACK, hello_end(), SERVED + (uint32_t)server.len, client.byte, (uint32_t)client.len);
    if (world->num_records == 0)
        fail();
    assert_passes(world, 1);
    push(world, 1, DP_TCP_ACK, SERVED + (uint32_t)server.len, hello_end() + (uint32_t)client.len, NULL, 0);
    assert_passes(world, 0);
}

/* ---- rule 1 ---- */

static void syn_without_conduit_is_refused(void **state)
{
    struct world *world = world_new(&(struct world_config){0});
    struct segment syn = segment_of(1, DP_TCP_SYN, CLIENT_ISN, 0, NULL, 0); /* from the inside: no conduit */
    struct sight sight;

    for (int i = 0; i < 3; i++) {
        world_push(world, &syn);
        sight = next_to(world, 1);
        assert_int_equal(sight.p.kind, DP_KIND_TCP);
        assert_int_equal(sight.p.tcp_flags, DP_TCP_RST | DP_TCP_ACK);
        assert_int_equal(sight.p.seq, 0);
        assert_int_equal(sight.p.ack, FIRST);
        assert_nothing(world);
    }
    assert_int_equal(world->num_records, 1);
    assert_int_equal(world->last.reason, REASON_NO_CONDUIT);
    syn.seq = 5;
    world_push(world, &syn);
    assert_int_equal(world->num_records, 2); /* another connection */
    world_free(world);
}

static void resets_are_limited(void **state)
{
    struct world *world = world_new(&(struct world_config){.resets_per_s = 5});
    struct segment syn = segment_of(1, DP_TCP_SYN, CLIENT_ISN, 0, NULL, 0);

    for (int i = 0; i < 20; i++)
        world_push(world, &syn);
    assert_int_equal(world_drain(world), 5);
    assert_int_equal(world_count(world, COUNTER_RESETS_LIMITED), 15);
    world->now_us += 400000;
    world_push(world, &syn);
    world_push(world, &syn);
    world_push(world, &syn);
    assert_int_equal(world_drain(world), 2);
    world_free(world);
}

/* ---- opening ---- */

static void only_the_handshake_opens(void **state)
{
    struct world *world = world_new(&(struct world_config){0});

    push(world, 0, DP_TCP_SYN, CLIENT_ISN, 0, hello.byte, 10); /* data in a SYN */
    assert_nothing(world);
    push(world, 0, DP_TCP_SYN, CLIENT_ISN, 0, NULL, 0);
    assert_passes(world, 1);
    push(world, 0, DP_TCP_SYN, CLIENT_ISN, 0, NULL, 0); /* again */
    assert_passes(world, 1);
    push(world, 1, DP_TCP_SYN, 77, 0, NULL, 0); /* both at once */
    assert_nothing(world);
    push(world, 1, DP_TCP_SYN | DP_TCP_ACK, SERVER_ISN, FIRST + 1, NULL, 0); /* acknowledges something else */
    assert_nothing(world);
    push(world, 1, DP_TCP_ACK, SERVED, FIRST, server.byte, 10); /* data before the SYN-ACK */
    assert_nothing(world);
    push(world, 1, DP_TCP_SYN | DP_TCP_ACK, SERVER_ISN, FIRST, NULL, 0);
    assert_passes(world, 0);
    push(world, 1, DP_TCP_SYN | DP_TCP_ACK, SERVER_ISN, FIRST, NULL, 0);
    assert_passes(world, 0);
    push(world, 0, DP_TCP_SYN, CLIENT_ISN + 5, 0, NULL, 0); /* another number, after the answer */
    assert_nothing(world);
    push(world, 0, DP_TCP_ACK, FIRST, SERVED + 1, NULL, 0);
    assert_nothing(world);
    push(world, 0, DP_TCP_ACK, FIRST + 70000, SERVED, NULL, 0);
    assert_nothing(world);
    assert_int_equal(world_fill(world).handshakes, 0);
    push(world, 0, DP_TCP_ACK, FIRST, SERVED, NULL, 0);
    assert_passes(world, 1);
    assert_int_equal(world_fill(world).handshakes, 1);
    push(world, 1, DP_TCP_SYN | DP_TCP_ACK, SERVER_ISN, FIRST, NULL, 0); /* its acknowledgement was lost behind us */
    assert_passes(world, 0);
    push(world, 1, DP_TCP_SYN | DP_TCP_ACK, SERVER_ISN + 1, FIRST, NULL, 0);
    assert_nothing(world);
    world_free(world);
}

static void refused_connection_ends(void **state)
{
    struct world *world = world_new(&(struct world_config){0});

    push(world, 0, DP_TCP_SYN, CLIENT_ISN, 0, NULL, 0);
    push(world, 1, DP_TCP_RST | DP_TCP_ACK, 0, FIRST + 1, NULL, 0);
    assert_int_equal(passed_to(world, 0), 0);
    push(world, 1, DP_TCP_RST | DP_TCP_ACK, 0, FIRST, NULL, 0);
    assert_int_equal(passed_to(world, 0), 1);
    assert_int_equal(world->num_records, 1);
    assert_int_equal(world->last.reason, REASON_HANDSHAKE_TIMEOUT);
    world_free(world);
}

static void half_open_flows_age(void **state)
{
    struct world *world = world_new(&(struct world_config){0});

    push(world, 0, DP_TCP_SYN, CLIENT_ISN, 0, NULL, 0);
    world_later(world, 4900000);
    assert_int_equal(world_fill(world).flows, 1);
    world_later(world, 200000);
    assert_int_equal(world_fill(world).flows, 0);
    assert_int_equal(world->num_records, 1);
    assert_int_equal(world->last.reason, REASON_HANDSHAKE_TIMEOUT);
    world_drain(world);
    world_free(world);
}

/* ---- rules 2 to 5 ---- */

static void server_bytes_are_held(void **state)
{
    struct world *world = world_new(&(struct world_config){0});

    world->judge_us = 50000;
    connect_ends(world);
    say_hello(world);
    serve(world, 0, 1000);
    serve(world, 1000, (uint32_t)server.len - 20);
    assert_nothing(world);
    assert_int_equal(world_fill(world).held_packets, 2);
    push(world, 0, DP_TCP_ACK, hello_end(), SERVED + 100, NULL, 0); /* acknowledges held bytes */
    assert_nothing(world);
    assert_int_equal(world_count(world, COUNTER_OUT_OF_WINDOW), 1);
    push(world, 0, DP_TCP_ACK, hello_end(), SERVED, NULL, 0);
    assert_passes(world, 1);
    push(world, 0, DP_TCP_ACK, hello_end() - 1, SERVED, hello.byte, 1); /* a keep-alive with any octet */
    assert_passes(world, 1);
    serve(world, (uint32_t)server.len - 20, (uint32_t)server.len);
    assert_nothing(world);
    serve(world, 0, (uint32_t)server.len); /* all of it again: identical, and still held */
    assert_nothing(world);
    assert_int_equal(world_count(world, COUNTER_DUPLICATE_ABSORBED), 1);
    push(world, 1, DP_TCP_FIN | DP_TCP_ACK, SERVED + (uint32_t)server.len, hello_end(), NULL, 0);
    assert_nothing(world);
    push(world, 1, DP_TCP_FIN | DP_TCP_ACK, SERVED + (uint32_t)server.len, hello_end(), NULL, 0);
    assert_int_equal(world_fill(world).held_packets, 4);
    world_later(world, 400000);
    assert_int_equal(world->num_records, 1);
    assert_int_equal(world->last.action, VAL_ACTION_ACCEPT);
    assert_int_equal(passed_to(world, 0), 4);
    assert_int_equal(world_fill(world).held_packets, 0);
    world_free(world);
}

static void different_bytes_are_cut(void **state)
{
    static struct flight other;

    for (int variant = 0; variant < 4; variant++) {
        struct world *world = world_new(&(struct world_config){0});
        uint32_t at = variant == 3 ? 5 : 700;

        other = server;
        other.byte[at] ^= 1;
        connect_ends(world);
        say_hello(world);
        if (variant == 3) {
            /* accepted and sent on, but not yet acknowledged */
            serve(world, 0, (uint32_t)server.len);
            assert_int_equal(passed_to(world, 0), 1);
            assert_int_equal(world->num_records, 1);
            serve(world, 0, (uint32_t)server.len);
            assert_passes(world, 0);
        } else if (variant == 0) {
            serve(world, 0, 1000);
        } else if (variant == 1) {
            serve(world, 500, 1000); /* behind a gap */
        } else {
            serve(world, 0, 1000);
            world_later(world, 300000); /* rule 4: sent on */
            assert_passes(world, 0);
        }
        push(world, 1, DP_TCP_ACK, SERVED + 2, hello_end(), other.byte + 2, 900);
        assert_int_equal(world_count(world, COUNTER_RETRANSMISSION_DIFFERS), 1);
        assert_int_equal(world->num_records, 1);
        if (variant != 3)
            assert_int_equal(world->last.reason, REASON_MALFORMED_HANDSHAKE);
        assert_true(world_drain(world) >= 2);
        assert_int_equal(world_fill(world).handshakes, 0);
        push(world, 1, DP_TCP_ACK, SERVED, hello_end(), server.byte, 100);
        assert_int_equal(next_to(world, 1).p.tcp_flags, DP_TCP_RST);
        assert_nothing(world);
        world_free(world);
    }
}

/* Once the receiver has acknowledged them, bytes are its own affair. */
static void acknowledged_bytes_are_forgotten(void **state)
{
    struct world *world = world_new(&(struct world_config){0});

    accept_flow(world);
    assert_int_equal(world_fill(world).handshakes, 0);
    assert_int_equal(world_fill(world).handshake_bytes, 0);
    push(world, 0, DP_TCP_ACK, FIRST, SERVED, junk.byte, 200);
    assert_passes(world, 1);
    world_free(world);
}

static void refused_segments_say_nothing(void **state)
{
    struct world *world = world_new(&(struct world_config){0});
    struct segment segment;

    connect_ends(world);
    push(world, 0, DP_TCP_ACK, FIRST + 60001, SERVED, junk.byte, 100); /* beyond the window */
    push(world, 0, DP_TCP_ACK, FIRST + 60000, SERVED, junk.byte, 2);
    assert_nothing(world);
    assert_int_equal(world_count(world, COUNTER_OUT_OF_WINDOW), 2);
    segment = segment_of(0, DP_TCP_ACK, FIRST, SERVED, junk.byte, 100);
    segment.bad_checksum = true;
    world_push(world, &segment);
    assert_nothing(world);
    assert_int_equal(world_count(world, COUNTER_CHECKSUM_BAD), 1);
    segment.bad_checksum = false;
    segment.wrong_side = true;
    world_push(world, &segment);
    assert_nothing(world);
    assert_int_equal(world_count(world, COUNTER_WRONG_SIDE), 1);
    say_hello(world);
    assert_int_equal(world->num_records, 0);
    world_free(world);
}

static void old_timestamps_are_refused(void **state)
{
    struct world *world = world_new(&(struct world_config){0});
    struct segment segment = segment_of(0, DP_TCP_SYN, CLIENT_ISN, 0, NULL, 0);

    segment.has_timestamp = true;
    segment.timestamp = 5;
    world_push(world, &segment);
    segment = segment_of(1, DP_TCP_SYN | DP_TCP_ACK, SERVER_ISN, FIRST, NULL, 0);
    segment.has_timestamp = true;
    segment.timestamp = 0x80000000U;
    world_push(world, &segment);
    segment = segment_of(0, DP_TCP_ACK, FIRST, SERVED, NULL, 0);
    segment.has_timestamp = true;
    segment.timestamp = 7;
    world_push(world, &segment);
    assert_int_equal(world_drain(world), 3);
    segment.payload = junk.byte;
    segment.payload_len = 50;
    segment.timestamp = 6;
    world_push(world, &segment);
    assert_nothing(world);
    assert_int_equal(world_count(world, COUNTER_PAWS_REJECTED), 1);
    segment.payload = hello.byte;
    segment.payload_len = (uint32_t)hello.len;
    segment.timestamp = 8;
    world_push(world, &segment);
    assert_passes(world, 1);
    world_free(world);
}

static void urgent_data_is_cut(void **state)
{
    struct world *world = world_new(&(struct world_config){0});

    connect_ends(world);
    push(world, 0, DP_TCP_ACK | DP_TCP_URG, FIRST, SERVED, hello.byte, 10);
    assert_int_equal(world->last.reason, REASON_MALFORMED_HANDSHAKE);
    assert_int_equal(world_fill(world).handshakes, 0);
    world_drain(world);
    world_free(world);
}

/* ---- rule 6 ---- */

static void cut_has_right_numbers(void **state)
{
    struct world *world = world_new(&(struct world_config){0});
    struct sight sight;

    world->answer = ANSWER_BLOCK_SERVER;
    connect_ends(world);
    say_hello(world);
    serve(world, 0, (uint32_t)server.len);
    sight = next_to(world, 0);
    assert_int_equal(sight.p.kind, DP_KIND_TCP);
    assert_int_equal(sight.p.tcp_flags, DP_TCP_FIN | DP_TCP_PSH | DP_TCP_ACK);
    assert_int_equal(sight.p.seq, SERVED);
    assert_int_equal(sight.p.ack, hello_end());
    assert_int_equal(sight.p.payload_len, 7);
    assert_memory_equal(sight.frame + sight.p.payload_at, ((uint8_t[]){21, 3, 3, 0, 2, 2, 49}), 7);
    assert_int_equal(sight.frame[5], 1); /* to the client's address, from the server's */
    assert_int_equal(sight.frame[11], 2);
    assert_int_equal(sight.frame[sight.p.l3_at + 8], 61); /* the peer's own hop limit */
    sight = next_to(world, 0);
    assert_int_equal(sight.p.tcp_flags, DP_TCP_RST | DP_TCP_ACK);
    assert_int_equal(sight.p.seq, SERVED + 8);
    sight = next_to(world, 1);
    assert_int_equal(sight.p.seq, hello_end());
    assert_int_equal(sight.p.ack, SERVED);
    assert_memory_equal(sight.frame + sight.p.payload_at, ((uint8_t[]){21, 3, 3, 0, 2, 2, 45}), 7);
    sight = next_to(world, 1);
    assert_int_equal(sight.p.seq, hello_end() + 8);
    assert_nothing(world);
    assert_int_equal(world_count(world, COUNTER_ALERTS_SENT), 2);
    assert_int_equal(world_count(world, COUNTER_RESETS_SENT), 2);
    /* the tombstone: what comes is answered by its own acknowledgement number, a RST by nothing */
    push(world, 0, DP_TCP_ACK, hello_end(), SERVED, junk.byte, 50);
    sight = next_to(world, 0);
    assert_int_equal(sight.p.tcp_flags, DP_TCP_RST);
    assert_int_equal(sight.p.seq, SERVED);
    push(world, 0, DP_TCP_RST, hello_end(), 0, NULL, 0);
    assert_nothing(world);
    assert_int_equal(world_count(world, COUNTER_TOMBSTONE_DROPPED), 2);
    /* a new connection with the same ports is another flow */
    push(world, 0, DP_TCP_SYN, CLIENT_ISN + 100000, 0, NULL, 0);
    assert_passes(world, 1);
    assert_int_equal(world->num_records, 1);
    world_free(world);
}

static void not_tls_is_cut_or_passes(void **state)
{
    for (int passes = 0; passes < 2; passes++) {
        struct world *world = world_new(&(struct world_config){.not_tls_passes = passes});

        connect_ends(world);
        if (passes)
            push(world, 1, DP_TCP_ACK, SERVED, FIRST, junk.byte, 100); /* a server that speaks first */
        else
            push(world, 0, DP_TCP_ACK, FIRST, SERVED, junk.byte, 100);
        assert_int_equal(world->num_records, 1);
        if (passes) {
            assert_int_equal(world->last.action, VAL_ACTION_ACCEPT);
            assert_passes(world, 0);
        } else {
            assert_int_equal(world->last.reason, REASON_NOT_TLS);
            assert_int_equal(world_count(world, COUNTER_ALERTS_SENT), 0);
            assert_int_equal(next_to(world, 0).p.tcp_flags, DP_TCP_RST | DP_TCP_ACK);
            assert_int_equal(next_to(world, 1).p.tcp_flags, DP_TCP_RST | DP_TCP_ACK);
            assert_nothing(world);
        }
        world_free(world);
    }
}

static void alert_ends_the_handshake(void **state)
{
    static const uint8_t alert[] = {21, 3, 3, 0, 2, 2, 40};
    struct world *world = world_new(&(struct world_config){0});

    connect_ends(world);
    say_hello(world);
    push(world, 1, DP_TCP_ACK | DP_TCP_FIN, SERVED, hello_end(), alert, 7);
    assert_passes(world, 0);
    assert_int_equal(world->num_records, 1);
    assert_int_equal(world->last.reason, REASON_PEER_ALERT);
    assert_int_equal(world_fill(world).handshakes, 0);
    push(world, 0, DP_TCP_ACK | DP_TCP_FIN, hello_end(), SERVED + 8, NULL, 0);
    assert_passes(world, 1);
    push(world, 1, DP_TCP_ACK, SERVED + 8, hello_end() + 1, NULL, 0);
    assert_passes(world, 0);
    push(world, 1, DP_TCP_ACK, SERVED + 8, hello_end() + 1, junk.byte, 10); /* no data any more */
    assert_int_equal(next_to(world, 1).p.tcp_flags, DP_TCP_RST);
    assert_nothing(world);
    world_free(world);
}

static void silent_handshake_times_out(void **state)
{
    struct world *world = world_new(&(struct world_config){0});

    connect_ends(world);
    world_later(world, 10100000);
    assert_int_equal(world->num_records, 1);
    assert_int_equal(world->last.reason, REASON_HANDSHAKE_TIMEOUT);
    assert_int_equal(next_to(world, 1).p.tcp_flags, DP_TCP_RST | DP_TCP_ACK);
    assert_int_equal(world_drain(world), 1);
    world_later(world, 5000000);
    assert_int_equal(world_fill(world).flows, 0);
    world_free(world);
}

/* ---- rule 7, and flows that were there before ---- */

static void new_connection_is_judged_anew(void **state)
{
    struct world *world = world_new(&(struct world_config){0});

    accept_flow(world);
    assert_int_equal(world->num_records, 1);
    /* a SYN passes, for the server to answer: as long as it holds the old connection, nothing changes */
    push(world, 0, DP_TCP_SYN, 500000, 0, NULL, 0);
    assert_passes(world, 1);
    push(world, 1, DP_TCP_ACK, SERVED + (uint32_t)server.len, hello_end() + (uint32_t)client.len, NULL, 0);
    assert_passes(world, 0);
    push(world, 0, DP_TCP_ACK, hello_end() + (uint32_t)client.len, SERVED + (uint32_t)server.len, junk.byte, 50);
    assert_passes(world, 1);
    /* it answers: another flow, with nothing decided */
    push(world, 1, DP_TCP_SYN | DP_TCP_ACK, 700000, 500001, NULL, 0);
    assert_passes(world, 0);
    push(world, 0, DP_TCP_ACK, 500001, 700001, junk.byte, 100);
    assert_int_equal(world->num_records, 2);
    assert_int_equal(world->last.reason, REASON_NOT_TLS);
    world_drain(world);
    world_free(world);
}

static void mid_stream_by_policy(void **state)
{
    for (int passes = 0; passes < 2; passes++) {
        struct world *world = world_new(&(struct world_config){.mid_stream_passes = passes});

        push(world, 0, DP_TCP_ACK, 77, 88, NULL, 0);
        assert_int_equal(passed_to(world, passes ? 1 : 0), 1); /* through, or a reset back */
        assert_int_equal(world->num_records, 0);
        push(world, 0, DP_TCP_ACK, 77, 88, junk.byte, 100);
        assert_int_equal(passed_to(world, passes ? 1 : 0), 1);
        assert_nothing(world);
        assert_int_equal(world->num_records, 1);
        assert_int_equal(world->last.action, passes ? VAL_ACTION_ACCEPT : VAL_ACTION_BLOCK);
        if (!passes)
            assert_int_equal(world->last.reason, REASON_MID_STREAM);
        push(world, 1, DP_TCP_ACK, 88, 177, junk.byte, 100);
        assert_int_equal(passed_to(world, passes ? 0 : 1), 1);
        assert_int_equal(world->num_records, 1);
        world_free(world);
    }
}

/* ---- bounds ---- */

static void full_table_is_overload(void **state)
{
    for (int passes = 0; passes < 2; passes++) {
        struct world *world = world_new(&(struct world_config){.flows_max = 20, .overload_passes = passes});
        struct segment syn = segment_of(0, DP_TCP_SYN, CLIENT_ISN, 0, NULL, 0);

        for (uint16_t port = 1; port <= 25; port++) {
            syn.client_port = port;
            world_push(world, &syn);
        }
        assert_int_equal(world_drain(world), passes ? 25 : 20);
        assert_int_equal(world_count(world, COUNTER_FLOWS_REFUSED), 5);
        assert_int_equal(world_fill(world).flows, 20);
        world->now_us += 6000000; /* all are over, though none has been looked at */
        syn.client_port = 99;
        world_push(world, &syn);
        assert_int_equal(world_drain(world), 1);
        assert_int_equal(world_count(world, COUNTER_FLOWS_REFUSED), 5);
        world_free(world);
    }
}

static void no_handshake_is_overload(void **state)
{
    for (int passes = 0; passes < 2; passes++) {
        struct world *world = world_new(&(struct world_config){.handshakes_max = 1, .overload_passes = passes});
        struct segment segment;

        connect_ends(world);
        for (int step = 0; step < 3; step++) {
            segment =
                segment_of(step == 1,
                           step == 0   ? DP_TCP_SYN
                           : step == 1 ? DP_TCP_SYN | DP_TCP_ACK
                                       : DP_TCP_ACK,
                           step == 1 ? SERVER_ISN : CLIENT_ISN + (step == 2), step == 1 ? FIRST : SERVED, NULL, 0);
            segment.client_port = 2;
            world_push(world, &segment);
        }
        assert_int_equal(world_count(world, COUNTER_HANDSHAKES_REFUSED), 1);
        assert_int_equal(world->num_records, 1);
        assert_int_equal(world->last.action, passes ? VAL_ACTION_ACCEPT : VAL_ACTION_BLOCK);
        assert_int_equal(passed_to(world, 1), passes ? 2 : 1);
        assert_int_equal(passed_to(world, 0), passes ? 1 : 2);
        say_hello(world); /* the first is not touched by it */
        world_free(world);
    }
}

static void handshake_that_is_too_big(void **state)
{
    struct world *world = world_new(&(struct world_config){.handshake_bytes_max = 1500});

    connect_ends(world);
    say_hello(world);
    serve(world, 0, 1400);
    assert_nothing(world);
    serve(world, 1400, 1900);
    assert_int_equal(world->num_records, 1);
    assert_int_equal(world->last.reason, REASON_OVERLOAD);
    assert_int_equal(world_count(world, COUNTER_HANDSHAKE_TOO_BIG), 1);
    world_drain(world);
    world_free(world);
}

static void full_hold_drops_the_newest(void **state)
{
    struct world *world = world_new(&(struct world_config){.held_packets_max = 2});

    world->answer = ANSWER_NEVER;
    connect_ends(world);
    say_hello(world);
    serve(world, 100, 200); /* behind a gap: rule 4 can't help */
    serve(world, 300, 400);
    serve(world, 500, 600);
    assert_nothing(world);
    assert_int_equal(world_count(world, COUNTER_HOLD_FULL), 1);
    assert_int_equal(world_fill(world).held_packets, 2);
    serve(world, 0, 100); /* fills the gap: the flight runs */
    assert_int_equal(passed_to(world, 0), 2);
    serve(world, 500, 600); /* again: it was not kept */
    assert_int_equal(world_fill(world).held_packets, 2);
    assert_int_equal(world_count(world, COUNTER_DUPLICATE_ABSORBED), 0);
    world_free(world);
}

/* ---- frames that are not TCP, and the end ---- */

static void other_frames(void **state)
{
    static const uint8_t arp[42] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1};
    static const uint8_t odd[60] = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x99, 0x99};
    struct world *world = world_new(&(struct world_config){0});

    world_push_frame(world, DP_OUTSIDE, arp, sizeof(arp));
    assert_passes(world, 1);
    world_push_frame(world, DP_OUTSIDE, odd, sizeof(odd));
    world_push_frame(world, DP_OUTSIDE, odd, 10);
    assert_nothing(world);
    assert_int_equal(world_count(world, COUNTER_DROPPED_OTHER), 1);
    assert_int_equal(world_count(world, COUNTER_MALFORMED_FRAME), 1);
    world_free(world);
    world = world_new(&(struct world_config){.monitor = true});
    world_push_frame(world, DP_OUTSIDE, odd, sizeof(odd));
    world_push_frame(world, DP_OUTSIDE, odd, 10);
    assert_int_equal(passed_to(world, 1), 2);
    world_free(world);
}

/* A burst is looked up at once, before its packets make and end flows. */
static void bursts_are_as_one_by_one(void **state)
{
    struct world *world = world_new(&(struct world_config){0});
    struct segment burst[40];

    for (int i = 0; i < 40; i++)
        burst[i] = segment_of(0, DP_TCP_SYN, CLIENT_ISN, 0, NULL, 0);
    world_push_burst(world, burst, 40);
    assert_int_equal(passed_to(world, 1), 40);
    assert_int_equal(world_fill(world).flows, 1);
    push(world, 1, DP_TCP_RST | DP_TCP_ACK, 0, FIRST, NULL, 0);
    assert_int_equal(world->num_records, 1);
    world_drain(world);
    for (int i = 0; i < 40; i++)
        burst[i].seq = 777; /* the first of them ends the old flow */
    world_push_burst(world, burst, 40);
    assert_int_equal(passed_to(world, 1), 40);
    assert_int_equal(world_fill(world).flows, 1);
    assert_int_equal(world->num_records, 1);
    assert_int_equal(world_count(world, COUNTER_FLOWS_OPENED), 2);
    world_free(world);
}

/* Rule 4: who retransmits waits for an acknowledgement that can't come. */
static void retransmission_sets_the_flight_going(void **state)
{
    struct world *world = world_new(&(struct world_config){0});

    connect_ends(world);
    say_hello(world);
    serve(world, 0, 500);
    serve(world, 600, 700);
    assert_nothing(world);
    serve(world, 0, 500);
    assert_passes(world, 0);
    assert_int_equal(world_count(world, COUNTER_HOLD_STALLED), 1);
    serve(world, 500, 600); /* fills the gap, and passes as it comes */
    assert_int_equal(passed_to(world, 0), 2);
    serve(world, 700, 800);
    assert_passes(world, 0);
    world->answer = ANSWER_NEVER;
    serve(world, 800, (uint32_t)server.len); /* completes it: held whole */
    assert_nothing(world);
    serve(world, 800, (uint32_t)server.len);
    assert_nothing(world);
    assert_int_equal(world_fill(world).held_packets, 1);
    world_free(world);
}

/* In the middle of a record an alert would be swallowed: the client gets a reset alone. */
static void alert_only_where_it_can_be_read(void **state)
{
    uint32_t first_record = 5U + (uint32_t)(server.byte[3] << 8 | server.byte[4]);

    for (uint32_t sent = first_record - 1; sent <= first_record; sent++) {
        struct world *world = world_new(&(struct world_config){0});
        uint32_t to_client = 0;
        struct sight sight;

        connect_ends(world);
        say_hello(world);
        serve(world, 0, sent);
        world_later(world, 300000);
        assert_passes(world, 0);
        push(world, 1, DP_TCP_ACK, SERVED + sent, hello_end(), junk.byte, 50);
        assert_int_equal(world->last.reason, REASON_MALFORMED_HANDSHAKE);
        while (world_next(world, DP_OUTSIDE, &sight)) {
            assert_int_equal(sight.p.seq, SERVED + sent + (to_client == 0 ? 0 : 8));
            to_client++;
        }
        assert_int_equal(to_client, sent == first_record ? 2 : 1);
        assert_int_equal(passed_to(world, 1), 2);
        world_free(world);
    }
}

/* Rule 2 stands above rule 4: a flight goes on only as far as it was understood. */
static void what_is_not_understood_waits(void **state)
{
    static const uint8_t data[] = {23, 3, 3, 0, 40, 1, 2, 3};
    struct world *world = world_new(&(struct world_config){0});

    connect_ends(world);
    say_hello(world);
    push(world, 0, DP_TCP_ACK, hello_end(), SERVED, data, 5); /* a record that the server must not see yet */
    push(world, 0, DP_TCP_ACK, hello_end() + 5, SERVED, data + 5, 3);
    world_later(world, 300000);
    push(world, 0, DP_TCP_ACK, hello_end(), SERVED, data, 5);
    assert_nothing(world);
    assert_int_equal(world_fill(world).held_packets, 2);
    push(world, 0, DP_TCP_RST, hello_end() + 8, 0, data, 8); /* nor what a RST carries */
    assert_nothing(world);
    push(world, 0, DP_TCP_RST, hello_end() + 8, 0, NULL, 0);
    assert_passes(world, 1);
    assert_int_equal(world->num_records, 1);
    assert_int_equal(world_fill(world).held_packets, 0);
    world_free(world);
}

static void every_flow_has_one_record(void **state)
{
    struct world *world = world_new(&(struct world_config){.flows_max = 300, .handshakes_max = 300});

    for (uint16_t port = 1; port <= 100; port++)
        for (int step = 0; step < 1 + port % 3; step++) {
            struct segment segment =
                segment_of(step == 1,
                           step == 0   ? DP_TCP_SYN
                           : step == 1 ? DP_TCP_SYN | DP_TCP_ACK
                                       : DP_TCP_ACK,
                           step == 1 ? SERVER_ISN : CLIENT_ISN + (step == 2), step == 1 ? FIRST : SERVED, NULL, 0);

            segment.client_port = port;
            world_push(world, &segment);
        }
    world_drain(world);
    assert_int_equal(world->num_records, 0);
    world_end(world);
    assert_int_equal(world->num_records, 100);
    world_end(world);
    assert_int_equal(world->num_records, 100);
    assert_nothing(world);
    world_free(world);
}

/* ---- monitor mode: flows that were not seen from their start ---- */

static void follows_mid_stream(void **state)
{
    for (int heard = 0; heard < 3; heard++) { /* both, the client alone, the server alone */
        struct world *world = world_new(&(struct world_config){.monitor = true, .follow_mid_stream = true});

        if (heard != 2)
            push(world, 0, DP_TCP_ACK, FIRST, SERVED, hello.byte, (uint32_t)hello.len);
        if (heard != 1)
            serve(world, 0, (uint32_t)server.len);
        if (heard != 2)
            push(world, 0, DP_TCP_ACK, hello_end(), SERVED, client.byte, (uint32_t)client.len);
        world_drain(world);
        if (heard == 0) {
            assert_int_equal(world->num_records, 1);
        } else {
            assert_int_equal(world->num_records, 0);
            world_end(world);
            assert_int_equal(world->num_records, 1);
            assert_true((world->last_case_reasons & reason_bit(REASON_ONE_SIDED)) != 0);
        }
        assert_true((world->last_case_reasons & reason_bit(REASON_MID_STREAM)) != 0);
        world_free(world);
    }
}

static void monitor_forwards_what_it_cannot_read(void **state)
{
    struct world *world = world_new(&(struct world_config){.monitor = true});
    struct segment segment = segment_of(0, DP_TCP_ACK, 5, 6, junk.byte, 300);

    segment.bad_checksum = true;
    world_push(world, &segment);
    segment.bad_checksum = false;
    world_push(world, &segment);
    segment.from = 1;
    segment.flags = DP_TCP_SYN;
    world_push(world, &segment);
    assert_int_equal(passed_to(world, 1), 2);
    assert_int_equal(passed_to(world, 0), 1);
    assert_int_equal(world->last.monitor, 1);
    world_free(world);
}

/* What enforce mode would drop, and what makes no sense at all. */
static void monitor_drops_nothing(void **state)
{
    struct world *world = world_new(&(struct world_config){.monitor = true});
    struct segment segment;

    push(world, 0, DP_TCP_SYN, CLIENT_ISN, 0, hello.byte, 10);
    push(world, 0, DP_TCP_SYN, CLIENT_ISN, 0, NULL, 0);
    assert_int_equal(passed_to(world, 1), 2);
    push(world, 1, DP_TCP_SYN | DP_TCP_ACK, SERVER_ISN, FIRST + 9, NULL, 0);
    push(world, 1, DP_TCP_SYN | DP_TCP_ACK, SERVER_ISN, FIRST, server.byte, 20);
    push(world, 1, DP_TCP_SYN | DP_TCP_ACK, SERVER_ISN, FIRST, NULL, 0);
    assert_int_equal(passed_to(world, 0), 3);
    push(world, 0, DP_TCP_ACK, FIRST, SERVED, NULL, 0);
    push(world, 0, DP_TCP_ACK, FIRST - 30, SERVED, junk.byte, 40);
    push(world, 0, DP_TCP_RST, FIRST + 100000, SERVED, junk.byte, 40);
    push(world, 0, DP_TCP_ACK, FIRST, SERVED + 5000, hello.byte, 20);
    push(world, 0, DP_TCP_ACK | DP_TCP_FIN, FIRST, SERVED, hello.byte, 50);
    push(world, 0, DP_TCP_ACK, FIRST, SERVED, hello.byte, 90);
    assert_int_equal(passed_to(world, 1), 6);
    segment = segment_of(0, DP_TCP_ACK, FIRST, SERVED, hello.byte, 60);
    segment.wrong_side = true;
    world_push(world, &segment);
    assert_int_equal(passed_to(world, 0), 1);
    push(world, 0, DP_TCP_ACK | DP_TCP_URG, FIRST + 10, SERVED, junk.byte, 30);
    push(world, 0, DP_TCP_ACK, FIRST, SERVED, junk.byte, 900);
    assert_int_equal(passed_to(world, 1), 2);
    assert_nothing(world);
    assert_int_equal(world->num_records, 1);
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(syn_without_conduit_is_refused),
        cmocka_unit_test(resets_are_limited),
        cmocka_unit_test(only_the_handshake_opens),
        cmocka_unit_test(refused_connection_ends),
        cmocka_unit_test(half_open_flows_age),
        cmocka_unit_test(server_bytes_are_held),
        cmocka_unit_test(different_bytes_are_cut),
        cmocka_unit_test(acknowledged_bytes_are_forgotten),
        cmocka_unit_test(refused_segments_say_nothing),
        cmocka_unit_test(old_timestamps_are_refused),
        cmocka_unit_test(urgent_data_is_cut),
        cmocka_unit_test(cut_has_right_numbers),
        cmocka_unit_test(not_tls_is_cut_or_passes),
        cmocka_unit_test(alert_ends_the_handshake),
        cmocka_unit_test(silent_handshake_times_out),
        cmocka_unit_test(new_connection_is_judged_anew),
        cmocka_unit_test(mid_stream_by_policy),
        cmocka_unit_test(full_table_is_overload),
        cmocka_unit_test(no_handshake_is_overload),
        cmocka_unit_test(handshake_that_is_too_big),
        cmocka_unit_test(full_hold_drops_the_newest),
        cmocka_unit_test(other_frames),
        cmocka_unit_test(bursts_are_as_one_by_one),
        cmocka_unit_test(retransmission_sets_the_flight_going),
        cmocka_unit_test(alert_only_where_it_can_be_read),
        cmocka_unit_test(what_is_not_understood_waits),
        cmocka_unit_test(every_flow_has_one_record),
        cmocka_unit_test(follows_mid_stream),
        cmocka_unit_test(monitor_forwards_what_it_cannot_read),
        cmocka_unit_test(monitor_drops_nothing),
    };

    setup_flights();
    world_start();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
