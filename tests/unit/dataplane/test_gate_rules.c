/* SPDX-License-Identifier: BSD-3-Clause */
/* The rules of the gate, packet by packet. */
#include "talk.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
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
        cmocka_unit_test(retransmission_sets_the_flight_going),
        cmocka_unit_test(alert_only_where_it_can_be_read),
        cmocka_unit_test(what_is_not_understood_waits),
    };

    setup_flights();
    world_start();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
