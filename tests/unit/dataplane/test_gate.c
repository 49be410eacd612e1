/* SPDX-License-Identifier: BSD-3-Clause */
/* The rules of the gate, seen from two hosts that talk through it. */
#include "ends.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct flight hello, server, client, finished, client_data, server_data;

/* A mutual TLS 1.2 handshake with a server flight of about `certificate` bytes, then data both ways. */
static struct ends *mutual(struct world *world, size_t certificate, size_t record)
{
    struct ends *ends = ends_new(world);

    hello.len = server.len = client.len = finished.len = client_data.len = server_data.len = 0;
    flight_client_hello(&hello, 200);
    flight_server(&server, certificate, true, record);
    flight_client(&client, 900, true, record);
    flight_finished(&finished);
    flight_data(&client_data, 3000);
    flight_data(&server_data, 40000);
    ends_say(ends, 0, 0, &hello);
    ends_say(ends, 1, (uint32_t)hello.len, &server);
    ends_say(ends, 0, (uint32_t)server.len, &client);
    ends_say(ends, 1, (uint32_t)(hello.len + client.len), &finished);
    ends_say(ends, 0, (uint32_t)(server.len + finished.len), &client_data);
    ends_say(ends, 1, (uint32_t)(hello.len + client.len + client_data.len), &server_data);
    return ends;
}

static void assert_accepted(struct ends *ends)
{
    assert_true(ends_delivered(ends, 0));
    assert_true(ends_delivered(ends, 1));
    assert_int_equal(ends->world->num_records, 1);
    assert_int_equal(ends->world->last.action, VAL_ACTION_ACCEPT);
    assert_int_equal(ends->alerts_seen, 0);
    assert_int_equal(world_fill(ends->world).held_packets, 0);
    assert_int_equal(world_fill(ends->world).handshakes, 0);
    assert_int_equal(world_fill(ends->world).handshake_bytes, 0);
}

static void run_accepted(struct ends *ends, int64_t us)
{
    struct world *world = ends->world;

    ends_connect(ends);
    ends_run(ends, us);
    assert_accepted(ends);
    ends_free(ends);
    world_free(world);
}

static void accepts_mutual_handshake(void **state)
{
    struct world *world = world_new(&(struct world_config){0});

    run_accepted(mutual(world, 3000, 16384), 2000000);
}

/* Rule 4: nobody acknowledges what is held, and the sender stops at its window. */
static void big_flights_complete(void **state)
{
    static const struct {
        size_t certificate;
        size_t record;
        uint32_t first_window;
        uint32_t window;
        uint32_t mss;
    } variants[] = {
        {21000, 16384, 10, 1U << 20, 1460}, {21000, 1000, 1, 1U << 20, 1460}, {21000, 16384, 10, 14600, 536},
        {64000, 16384, 10, 14600, 1460},    {64000, 4000, 1, 14600, 536},     {64000, 16384, 60, 1U << 20, 8900},
        {64000, 700, 10, 65535, 536},       {5000, 16384, 1, 1000, 100},
    };

    for (size_t i = 0; i < sizeof(variants) / sizeof(variants[0]); i++) {
        struct world *world = world_new(&(struct world_config){0});
        struct ends *ends = mutual(world, variants[i].certificate, variants[i].record);

        for (int j = 0; j < 2; j++) {
            ends->end[j].first_window = variants[i].first_window;
            ends->end[j].window = variants[i].window;
            ends->end[j].mss = variants[i].mss;
        }
        ends->end[0].scale = i % 2 == 0 ? 7 : 0;
        if (ends->end[0].scale == 0 && ends->end[0].window > 65535)
            ends->end[0].window = ends->end[1].window = 65535;
        run_accepted(ends, 20000000);
    }
}

/* Every byte in a segment of its own, and the hold of a flow shorter than the flight. */
static void tiny_segments_complete(void **state)
{
    for (uint32_t mss = 1; mss <= 7; mss += 6) {
        struct world *world = world_new(&(struct world_config){.held_per_flow_max = 64});
        struct ends *ends = mutual(world, 900, 100);

        for (int j = 0; j < 2; j++) {
            ends->end[j].first_window = 100;
            ends->end[j].mss = mss;
            ends->end[j].script[2].say = NULL;
        }
        ends->end[0].mss = mss;
        run_accepted(ends, 30000000);
    }
}

static void completing_segment_waits_for_slow_verdict(void **state)
{
    struct world *world = world_new(&(struct world_config){0});
    struct ends *ends = mutual(world, 30000, 16384);

    world->judge_us = 3000000;
    ends->end[1].first_window = 1;
    ends_connect(ends);
    ends_run(ends, 3000000);
    assert_true(ends->end[0].in_len < server.len); /* the flight runs, but for its end */
    assert_true(ends->end[0].in_len >= server.len - 1460);
    assert_true(ends_prefix(ends, 0));
    assert_int_equal(world->num_records, 0);
    ends_run(ends, 8000000);
    assert_accepted(ends);
    assert_true(world->last.held_us >= 2000000);
    assert_true(world_count(world, COUNTER_DUPLICATE_ABSORBED) > 0);
    assert_int_equal(world_count(world, COUNTER_HOLD_STALLED), 1);
    ends_free(ends);
    world_free(world);
}

static void lossy_and_reordered(void **state)
{
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct world *world = world_new(&(struct world_config){.held_per_flow_max = seed % 3 == 0 ? 8 : 0});
        struct ends *ends = mutual(world, seed % 2 == 0 ? 21000 : 4000, 1 + seed * 97);

        ends->seed = seed * 0x9e3779b97f4a7c15ULL;
        ends->lost_before = seed % 5 == 0 ? 0 : 60;
        ends->lost_behind = seed % 7 == 0 ? 0 : 60;
        ends->repeated = 50;
        ends->jitter_us = seed % 4 == 0 ? 0 : 3000;
        ends->end[0].isn = seed % 3 == 0 ? 0xffffff80U : 77;
        ends->end[1].isn = seed % 3 == 0 ? 0xffffe000U : 99999;
        ends->end[1].first_window = seed % 6 == 0 ? 1 : 10;
        ends->end[seed % 2].mss = 536;
        ends->end[0].timestamps = seed % 11 != 0;
        ends->ipv6 = seed % 8 == 0;
        ends->vlan[0] = seed % 9 == 0 ? 12 : 0;
        world->judge_us = seed % 10 == 0 ? 700000 : 0;
        world->segment_len = seed % 5 == 1 ? 61 : 0;
        ends_connect(ends);
        for (int i = 0; i < 160 && !(ends_delivered(ends, 0) && ends_delivered(ends, 1)); i++)
            ends_run(ends, 250000);
        ends_run(ends, 4000000);
        if (!ends_delivered(ends, 0) || !ends_delivered(ends, 1) || world->num_records != 1)
            fprintf(stderr, "seed %lu: client has %u of %u, server %u of %u, %u records, reason %s\n", seed,
                    ends->end[0].in_len, ends->end[1].out_len, ends->end[1].in_len, ends->end[0].out_len,
                    world->num_records, reason_name(world->last.reason));
        assert_accepted(ends);
        ends_free(ends);
        world_free(world);
    }
}

/* Neither the client nor the server gets a byte of what is held; both see an alert (rule 6). */
static void blocked_server_is_cut(void **state)
{
    for (int variant = 0; variant < 4; variant++) {
        struct world *world = world_new(&(struct world_config){0});
        struct ends *ends = mutual(world, 3000, 16384);

        ends->ipv6 = variant == 1;
        ends->vlan[0] = variant >= 2 ? 7 : 0;
        ends->vlan[1] = variant == 3 ? 8 : 0;
        ends->end[0].timestamps = variant != 0;
        world->answer = ANSWER_BLOCK_SERVER;
        ends_connect(ends);
        ends_run(ends, 1000000);
        assert_int_equal(ends->end[0].in_len, 7);
        assert_memory_equal(ends->end[0].in, ((uint8_t[]){21, 3, 3, 0, 2, 2, 49}), 7);
        assert_int_equal(ends->end[1].in_len, hello.len + 7);
        assert_memory_equal(ends->end[1].in + hello.len, ((uint8_t[]){21, 3, 3, 0, 2, 2, 45}), 7);
        assert_int_equal(ends->end[0].state, END_RESET);
        assert_int_equal(ends->end[1].state, END_RESET);
        assert_int_equal(world->num_records, 1);
        assert_int_equal(world->last.action, VAL_ACTION_BLOCK);
        assert_int_equal(world->last.reason, REASON_EXPIRED);
        assert_int_equal(world_fill(world).held_packets, 0);
        assert_int_equal(world_fill(world).handshake_bytes, 0);
        assert_int_equal(world_fill(world).flows, 1);
        world_later(world, 5000000);
        assert_int_equal(world_fill(world).flows, 0);
        ends_free(ends);
        world_free(world);
    }
}

static void blocked_client_is_cut(void **state)
{
    struct world *world = world_new(&(struct world_config){0});
    struct ends *ends = mutual(world, 3000, 16384);

    world->answer = ANSWER_BLOCK_CLIENT;
    ends_connect(ends);
    ends_run(ends, 1000000);
    /* the server's flight was accepted and came through; not a byte of the client's did */
    assert_int_equal(ends->end[0].in_len, server.len + 7);
    assert_memory_equal(ends->end[0].in, server.byte, server.len);
    assert_memory_equal(ends->end[0].in + server.len, ((uint8_t[]){21, 3, 3, 0, 2, 2, 45}), 7);
    assert_int_equal(ends->end[1].in_len, hello.len + 7);
    assert_int_equal(ends->end[1].in[hello.len], 21);
    assert_int_equal(ends->end[1].state, END_RESET);
    assert_int_equal(world->num_records, 1);
    ends_free(ends);
    world_free(world);
}

/* A flight that ran by rule 4 and is then refused: its last segment stays, and the connection is reset. */
static void running_flight_is_cut(void **state)
{
    for (size_t record = 700; record <= 16384; record += 15684) {
        struct world *world = world_new(&(struct world_config){0});
        struct ends *ends = mutual(world, 30000, record);

        world->answer = ANSWER_BLOCK_SERVER;
        ends->end[1].first_window = 1;
        ends_connect(ends);
        ends_run(ends, 5000000);
        assert_int_equal(world->num_records, 1);
        assert_int_equal(world->last.action, VAL_ACTION_BLOCK);
        assert_true(ends->end[0].in_len < server.len + 7);
        assert_int_equal(ends->end[0].state, END_RESET);
        assert_int_equal(ends->end[1].state, END_RESET);
        ends_free(ends);
        world_free(world);
    }
}

/* The client leaves while the server's flight is held: nothing of it gets out, and the server learns of it. */
static void client_leaves_while_held(void **state)
{
    for (int variant = 0; variant < 2; variant++) {
        struct world *world = world_new(&(struct world_config){0});
        struct ends *ends = mutual(world, 3000, 16384);

        world->answer = ANSWER_NEVER;
        ends_connect(ends);
        ends_run(ends, 300000);
        assert_true(world_fill(world).held_packets > 0);
        if (variant == 0) {
            ends_reset(ends, 0);
        } else {
            ends->end[0].closes = true;
            ends->end[0].script[1].say = NULL;
        }
        ends_run(ends, 3000000);
        assert_int_equal(ends->end[0].in_len, 0);
        assert_int_equal(ends->end[1].in_len, hello.len);
        assert_int_equal(ends->end[1].state, END_RESET);
        assert_int_equal(world_fill(world).held_packets, 0);
        assert_int_equal(world_fill(world).handshakes, 0);
        assert_int_equal(world->num_records, 1);
        assert_int_equal(world->last.reason, REASON_HANDSHAKE_TIMEOUT);
        assert_true(world->last.held_us > 0);
        world->answer = ANSWER_ACCEPT;
        world_turn(world);
        assert_int_equal(world_count(world, COUNTER_VERDICTS_STALE), 1);
        assert_int_equal(world_fill(world).handshake_bytes, 0);
        ends_free(ends);
        world_free(world);
    }
}

static void closes_orderly(void **state)
{
    for (int first = 0; first < 2; first++) {
        struct world *world = world_new(&(struct world_config){0});
        struct ends *ends = mutual(world, 3000, 16384);

        ends->end[first].closes = true;
        ends->end[!first].closes = true;
        ends->end[first].closes_after = first == 0 ? (uint32_t)(server.len + finished.len) : 0;
        ends->end[!first].closes_after = first == 0 ? 0 : (uint32_t)(server.len + finished.len + server_data.len);
        ends_connect(ends);
        ends_run(ends, 2000000);
        assert_accepted(ends);
        assert_true(ends->end[0].peer_fin && ends->end[1].peer_fin);
        world_later(world, 3000000);
        assert_int_equal(world_fill(world).flows, 0);
        ends_free(ends);
        world_free(world);
    }
}

/* The client's hello takes two segments, and its sender sends only one at a time. */
static void split_hello_completes(void **state)
{
    struct world *world = world_new(&(struct world_config){0});
    struct ends *ends = mutual(world, 3000, 16384);

    hello.len = 0;
    flight_client_hello(&hello, 1900);
    ends->end[1].script[0].received = (uint32_t)hello.len;
    ends->end[1].script[1].received = (uint32_t)(hello.len + client.len);
    ends->end[1].script[2].received = (uint32_t)(hello.len + client.len + client_data.len);
    ends->end[0].first_window = 1;
    run_accepted(ends, 4000000);
}

static void zero_window(void **state)
{
    struct world *world = world_new(&(struct world_config){0});
    struct ends *ends = mutual(world, 3000, 16384);

    ends->end[0].window = 0;
    ends_connect(ends);
    ends_run(ends, 1500000);
    assert_int_equal(ends->end[0].in_len, 0);
    ends->end[0].window = 1U << 20;
    ends_run(ends, 8000000);
    assert_accepted(ends);
    ends_free(ends);
    world_free(world);
}

/* Two seconds without a wire. */
static void survives_link_loss(void **state)
{
    struct world *world = world_new(&(struct world_config){0});
    struct ends *ends = mutual(world, 64000, 16384);

    for (int i = 0; i < 4; i++) {
        if (i == 0)
            ends_connect(ends);
        ends_run(ends, 2500);
        ends->lost_before = ends->lost_behind = 1000;
        ends_run(ends, 500000);
        ends->lost_before = ends->lost_behind = 0;
    }
    ends_run(ends, 9000000);
    assert_accepted(ends);
    ends_free(ends);
    world_free(world);
}

/* Whatever the wires do, the part that the verdict refuses is never whole at the other end. */
static void refused_flights_never_complete(void **state)
{
    for (uint64_t seed = 1; seed <= 40; seed++) {
        struct world *world = world_new(&(struct world_config){.held_per_flow_max = seed % 3 == 0 ? 6 : 0});
        struct ends *ends = mutual(world, seed % 2 == 0 ? 21000 : 3000, 1 + seed * 97);
        const struct end *got = &ends->end[seed % 4 < 2 ? 0 : 1];
        const struct flight *refused = seed % 4 < 2 ? &server : &client;
        size_t before = seed % 4 < 2 ? 0 : hello.len;

        world->answer = seed % 4 < 2 ? ANSWER_BLOCK_SERVER : ANSWER_BLOCK_CLIENT;
        world->judge_us = seed % 5 == 0 ? 500000 : 0;
        ends->seed = seed * 0x9e3779b97f4a7c15ULL;
        ends->lost_before = ends->lost_behind = 60;
        ends->repeated = 50;
        ends->jitter_us = 3000;
        ends->end[1].first_window = seed % 6 == 0 ? 1 : 10;
        ends_connect(ends);
        ends_run(ends, 30000000);
        assert_int_equal(world->num_records, 1);
        assert_int_equal(world->last.action, VAL_ACTION_BLOCK);
        assert_true(got->in_len < before + refused->len || memcmp(got->in + before, refused->byte, refused->len) != 0);
        assert_int_equal(world_fill(world).held_packets, 0);
        assert_int_equal(world_fill(world).handshakes, 0);
        assert_int_equal(world_fill(world).handshake_bytes, 0);
        ends_free(ends);
        world_free(world);
    }
}

/* Rule 8: every frame leaves at once and unchanged, whatever the judge would do. */
static void monitor_changes_nothing(void **state)
{
    for (uint64_t seed = 1; seed <= 30; seed++) {
        struct world *world = world_new(&(struct world_config){
            .monitor = true, .handshake_memory = seed % 5 == 0 ? 8192 : 0, .handshakes_max = seed % 7 == 0 ? 1 : 0});
        struct ends *ends = mutual(world, seed % 2 == 0 ? 21000 : 4000, 1 + seed * 97);

        world->answer = (enum answer)(seed % 3);
        ends->identity = true;
        ends->seed = seed * 0x9e3779b97f4a7c15ULL;
        ends->lost_before = 30;
        ends->lost_behind = 30;
        ends->repeated = 50;
        ends->jitter_us = 2000;
        ends->end[1].isn = 0xfffff000U;
        ends_connect(ends);
        ends_run(ends, 15000000);
        assert_true(ends_delivered(ends, 0) && ends_delivered(ends, 1));
        if (world->num_records != 1)
            fprintf(stderr, "seed %lu: %u records, %s\n", seed, world->num_records, reason_name(world->last.reason));
        assert_int_equal(world->num_records, 1);
        assert_int_equal(world->last.monitor, 1);
        if (seed % 5 != 0) {
            if (world->last.reason != (seed % 3 == 0 ? REASON_OK : REASON_EXPIRED))
                fprintf(stderr, "seed %lu: %s\n", seed, reason_name(world->last.reason));
            assert_int_equal(world->last.reason, seed % 3 == 0 ? REASON_OK : REASON_EXPIRED);
        } else {
            assert_int_equal(world->last.reason, REASON_OVERLOAD);
        }
        assert_int_equal(world_count(world, COUNTER_RESETS_SENT), 0);
        ends_free(ends);
        world_free(world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts_mutual_handshake), cmocka_unit_test(big_flights_complete),
        cmocka_unit_test(tiny_segments_complete),   cmocka_unit_test(completing_segment_waits_for_slow_verdict),
        cmocka_unit_test(lossy_and_reordered),      cmocka_unit_test(blocked_server_is_cut),
        cmocka_unit_test(blocked_client_is_cut),    cmocka_unit_test(running_flight_is_cut),
        cmocka_unit_test(client_leaves_while_held), cmocka_unit_test(closes_orderly),
        cmocka_unit_test(split_hello_completes),    cmocka_unit_test(zero_window),
        cmocka_unit_test(survives_link_loss),       cmocka_unit_test(refused_flights_never_complete),
        cmocka_unit_test(monitor_changes_nothing),
    };

    world_start();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
