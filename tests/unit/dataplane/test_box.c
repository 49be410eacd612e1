/* SPDX-License-Identifier: BSD-3-Clause */
/* The box: what it lets in, its bounds, what is not TCP, monitor mode, and its end. */
#include "talk.h"

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
        cmocka_unit_test(mid_stream_by_policy),
        cmocka_unit_test(full_table_is_overload),
        cmocka_unit_test(no_handshake_is_overload),
        cmocka_unit_test(handshake_that_is_too_big),
        cmocka_unit_test(full_hold_drops_the_newest),
        cmocka_unit_test(other_frames),
        cmocka_unit_test(bursts_are_as_one_by_one),
        cmocka_unit_test(every_flow_has_one_record),
        cmocka_unit_test(follows_mid_stream),
        cmocka_unit_test(monitor_forwards_what_it_cannot_read),
        cmocka_unit_test(monitor_drops_nothing),
    };

    setup_flights();
    world_start();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
