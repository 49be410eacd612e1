/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dataplane/port.h"
#include "dataplane/spread.h"
#include "pool.h"

#define WORKERS 4
#define SEED    77U
#define PACKETS 8191

static struct counters counters[WORKERS];

static int start(void **state)
{
    *state = pool_start(PACKETS, 640);
    return *state == NULL ? -1 : 0;
}

static struct dp_spread *spread_of(const uint8_t *rss_key)
{
    struct dp_spread_config config = {
        .num_workers = WORKERS, .num_queues = {1, 2}, .hash_seed = SEED, .rss_key = rss_key};
    struct dp_spread *spread = dp_spread_new(&config);

    memset(counters, 0, sizeof(counters));
    assert_non_null(spread);
    return spread;
}

/* Segment number `seq` of the flow from client port `port`; `back`: from the server. */
static struct rte_mbuf *segment(struct rte_mempool *pool, uint16_t port, bool back, uint32_t seq)
{
    struct frame frame;

    frame_segment4(&frame, DP_TCP_ACK, 10);
    frame_put_u16(&frame, frame.l4_at, port);
    frame_put_u16(&frame, frame.l4_at + 6, seq & 0xffff);
    if (back) {
        uint8_t swap[6];

        memcpy(swap, frame.byte + frame.l3_at + 12, 4);
        memcpy(frame.byte + frame.l3_at + 12, frame.byte + frame.l3_at + 16, 4);
        memcpy(frame.byte + frame.l3_at + 16, swap, 4);
        memcpy(swap, frame.byte + frame.l4_at, 2);
        memcpy(frame.byte + frame.l4_at, frame.byte + frame.l4_at + 2, 2);
        memcpy(frame.byte + frame.l4_at + 2, swap, 2);
    }
    frame_finish(&frame);
    return pool_packet(pool, &frame);
}

/* The worker that gets this packet when worker `at` has received it; the packet is freed. */
static uint32_t worker_of(struct dp_spread *spread, uint32_t at, enum dp_side side, struct rte_mbuf *m)
{
    uint32_t home = WORKERS;

    if (dp_spread_scatter(spread, at, side, &m, 1, &counters[at]) == 1) {
        rte_pktmbuf_free(m);
        home = at;
    }
    for (uint32_t worker = 0; worker < WORKERS; worker++) {
        struct rte_mbuf *got;

        if (dp_spread_gather(spread, worker, side, &got, 1) == 1) {
            assert_int_equal(home, WORKERS);
            home = worker;
            rte_pktmbuf_free(got);
        }
    }
    assert_true(home < WORKERS);
    return home;
}

static void test_both_directions_meet(void **state)
{
    struct dp_spread *spread = spread_of(NULL);
    unsigned used[WORKERS] = {0};

    for (uint16_t port = 1000; port < 1100; port++) {
        uint32_t there = worker_of(spread, 0, DP_OUTSIDE, segment(*state, port, false, 0));
        uint32_t back = worker_of(spread, 1, DP_INSIDE, segment(*state, port, true, 0));

        assert_int_equal(there, back);
        used[there]++;
    }
    for (int i = 0; i < WORKERS; i++)
        assert_true(used[i] > 5);
    dp_spread_free(spread);
}

static void test_order_stays(void **state)
{
    struct dp_spread *spread = spread_of(NULL);
    uint32_t last[65536] = {0};
    struct rte_mbuf *burst[32];

    for (uint32_t round = 1; round <= 30; round++) {
        uint16_t kept;

        for (uint16_t i = 0; i < 32; i++)
            burst[i] = segment(*state, (uint16_t)(2000 + i % 8), false, round * 32 + i);
        kept = dp_spread_scatter(spread, 2, DP_INSIDE, burst, 32, &counters[2]);
        for (uint32_t worker = 0; worker < WORKERS; worker++) {
            struct rte_mbuf *got[32];
            uint16_t num = worker == 2 ? kept : dp_spread_gather(spread, worker, DP_INSIDE, got, 32);

            for (uint16_t i = 0; i < num; i++) {
                struct rte_mbuf *m = worker == 2 ? burst[i] : got[i];
                struct dp_packet *p;

                dp_parse(m, DP_INSIDE, DP_CHECKSUM_VERIFY, 1);
                p = dp_packet_of(m);
                assert_int_equal(p->kind, DP_KIND_TCP);
                assert_true(p->seq > last[p->key.port[0]]);
                last[p->key.port[0]] = p->seq;
                rte_pktmbuf_free(m);
            }
        }
    }
    dp_spread_free(spread);
}

/* An error about a segment of the client, from a router. */
static struct rte_mbuf *icmp_error(struct rte_mempool *pool, uint16_t port)
{
    struct frame frame;

    frame_ethernet(&frame);
    frame_ipv4(&frame, 1, "", 0);
    memcpy(frame.byte + frame.l3_at + 12, "\300\0\2\1\12\4\0\7", 8);
    frame_u32(&frame, 0x03040000);
    frame_u32(&frame, 1400);
    frame_u32(&frame, 0x4500003c);
    frame_u32(&frame, 0);
    frame_u32(&frame, 0x40060000);
    frame_bytes(&frame, "\12\4\0\7\313\0\161\24", 8);
    frame_u16(&frame, port);
    frame_u16(&frame, 8883);
    frame_u32(&frame, 1);
    frame_finish_ip(&frame);
    return pool_packet(pool, &frame);
}

static void test_icmp_errors_go_home(void **state)
{
    struct dp_spread *spread = spread_of(NULL);

    for (uint16_t port = 3000; port < 3050; port++)
        assert_int_equal(worker_of(spread, 0, DP_OUTSIDE, icmp_error(*state, port)),
                         worker_of(spread, 0, DP_INSIDE, segment(*state, port, false, 0)));
    dp_spread_free(spread);
}

static void test_full_ring_drops(void **state)
{
    struct dp_spread *spread = spread_of(NULL);
    unsigned before = rte_mempool_avail_count(*state);
    unsigned given = 0;
    uint16_t port = 1;
    struct rte_mbuf *m;

    while (worker_of(spread, 0, DP_INSIDE, segment(*state, port, false, 0)) == 0)
        port++;
    while (counter_get(&counters[0], COUNTER_DROPPED_BACKLOG) == 0) {
        m = segment(*state, port, false, 0);
        assert_non_null(m);
        assert_int_equal(dp_spread_scatter(spread, 0, DP_INSIDE, &m, 1, &counters[0]), 0);
        given++;
    }
    assert_true(given > 1000);
    assert_int_equal(counter_get(&counters[0], COUNTER_DROPPED_BACKLOG), 1);
    dp_spread_free(spread); /* what was under way comes back to the pool */
    assert_int_equal(rte_mempool_avail_count(*state), before);
}

static void test_hand_over(void **state)
{
    struct dp_spread *spread = spread_of(NULL);
    struct rte_mbuf *sent[3];
    struct rte_mbuf *got[8];

    for (int i = 0; i < 3; i++)
        sent[i] = segment(*state, 5000, false, (uint32_t)i);
    memcpy(got, sent, sizeof(sent));
    dp_spread_hand_over(spread, 3, DP_OUTSIDE, got, 3, &counters[3]); /* two queues: worker 1 owns what 3 sends */
    assert_int_equal(dp_spread_to_send(spread, 0, DP_OUTSIDE, got, 8), 0);
    assert_int_equal(dp_spread_to_send(spread, 1, DP_INSIDE, got, 8), 0);
    assert_int_equal(dp_spread_to_send(spread, 1, DP_OUTSIDE, got, 8), 3);
    assert_memory_equal(got, sent, sizeof(sent));
    rte_pktmbuf_free_bulk(got, 3);
    dp_spread_free(spread);
}

/* The Toeplitz hash as its definition says, bit by bit. */
static uint32_t toeplitz(const uint8_t *data, size_t len, const uint8_t *key)
{
    uint32_t hash = 0;

    for (size_t bit = 0; bit < len * 8; bit++) {
        uint32_t window = 0;

        if ((data[bit / 8] >> (7 - bit % 8) & 1) == 0)
            continue;
        for (size_t i = 0; i < 32; i++)
            window = window << 1 | (key[(bit + i) / 8] >> (7 - (bit + i) % 8) & 1);
        hash ^= window;
    }
    return hash;
}

static void test_hardware(void **state)
{
    uint8_t key[DP_PORT_KEY_LEN];
    struct dp_spread *spread;
    uint8_t tuple[12] = {10, 4, 0, 7, 203, 0, 113, 20, 0, 0, 8883 >> 8, 8883 & 0xff};
    uint8_t swapped[12];

    assert_int_equal(dp_port_key(key), 0);
    spread = spread_of(key);
    for (uint16_t port = 1; port < 200; port++) {
        uint32_t hash;

        tuple[8] = (uint8_t)(port >> 8);
        tuple[9] = (uint8_t)port;
        hash = toeplitz(tuple, sizeof(tuple), key);
        memcpy(swapped, tuple + 4, 4);
        memcpy(swapped + 4, tuple, 4);
        memcpy(swapped + 8, tuple + 10, 2);
        memcpy(swapped + 10, tuple + 8, 2);
        assert_int_equal(toeplitz(swapped, sizeof(swapped), key), hash);
        /* The card has brought segments home; errors follow the flow that they are about. */
        assert_int_equal(worker_of(spread, port % WORKERS, DP_INSIDE, segment(*state, port, false, 0)), port % WORKERS);
        assert_int_equal(worker_of(spread, port % WORKERS, DP_OUTSIDE, icmp_error(*state, port)), hash % 128 % WORKERS);
    }
    dp_spread_free(spread);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_directions_meet),
        cmocka_unit_test(test_order_stays),
        cmocka_unit_test(test_icmp_errors_go_home),
        cmocka_unit_test(test_full_ring_drops),
        cmocka_unit_test(test_hand_over),
        cmocka_unit_test(test_hardware),
    };

    return cmocka_run_group_tests(tests, start, NULL);
}
