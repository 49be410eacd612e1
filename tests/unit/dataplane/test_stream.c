/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/stream.h"
#include "frames.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define LEN 6000U

static struct dp_blocks *blocks;
static struct dp_stream stream;
static uint8_t truth[LEN];

static int setup(void **state)
{
    blocks = dp_blocks_new(1U << 20);
    dp_stream_init(&stream);
    for (uint32_t i = 0; i < LEN; i++)
        truth[i] = (uint8_t)(i * 131 + (i >> 8));
    return 0;
}

static int teardown(void **state)
{
    dp_stream_fini(&stream, blocks);
    assert_int_equal(dp_blocks_used(blocks), 0);
    dp_blocks_free(blocks);
    return 0;
}

/* A packet that is nothing but payload, in mbufs of 61 bytes. */
static enum dp_stream_result put_bytes(const uint8_t *data, uint32_t offset, uint32_t len, uint32_t limit)
{
    struct rte_mbuf *m = frame_mbuf(data, len, 61);
    struct dp_stream_piece piece = {.packet = m, .offset = offset, .len = len};
    enum dp_stream_result result;

    dp_packet_of(m)->payload_len = len;
    result = dp_stream_put(&stream, blocks, piece, limit);
    frame_mbuf_free(m);
    return result;
}

static enum dp_stream_result put(uint32_t from, uint32_t to)
{
    return put_bytes(truth + from, from, to - from, 100000);
}

static void assert_ready(uint32_t from, uint32_t to)
{
    struct bytes data = dp_stream_from(&stream, from);

    assert_int_equal(stream.ready, to);
    assert_int_equal(data.left, to - from);
    assert_memory_equal(data.at, truth + from, to - from);
}

static void in_order_and_not(void **state)
{
    assert_int_equal(dp_stream_from(&stream, 0).left, 0);
    assert_int_equal(put(0, 100), DP_STREAM_TAKEN);
    assert_ready(0, 100);
    assert_int_equal(put(200, 300), DP_STREAM_TAKEN);
    assert_int_equal(put(400, 500), DP_STREAM_TAKEN);
    assert_ready(0, 100);
    assert_int_equal(stream.num_spans, 2);
    assert_int_equal(put(300, 400), DP_STREAM_TAKEN); /* joins the islands */
    assert_int_equal(stream.num_spans, 1);
    assert_int_equal(put(50, 250), DP_STREAM_TAKEN); /* overlaps at both ends */
    assert_ready(0, 500);
    assert_ready(499, 500);
    assert_int_equal(stream.num_spans, 0);
    assert_int_equal(dp_stream_from(&stream, 500).left, 0);
    assert_int_equal(dp_stream_from(&stream, 501).left, 0);
}

/* Gate rule 5. */
static void first_bytes_stay(void **state)
{
    uint8_t other[300];

    assert_int_equal(put(0, 100), DP_STREAM_TAKEN);
    assert_int_equal(put(200, 300), DP_STREAM_TAKEN);
    for (uint32_t wrong = 0; wrong < 300; wrong += 99) {
        memcpy(other, truth, sizeof(other));
        other[wrong] ^= 0x80;
        assert_int_equal(put_bytes(other, 0, 300, 100000),
                         wrong >= 100 && wrong < 200 ? DP_STREAM_TAKEN : DP_STREAM_DIFFERS);
        if (wrong < 100)
            assert_ready(0, 100);
    }
    assert_int_equal(put(0, 100), DP_STREAM_TAKEN);
}

static void gap_may_be_filled_once(void **state)
{
    uint8_t other[100];

    memset(other, 0x11, sizeof(other));
    assert_int_equal(put(0, 10), DP_STREAM_TAKEN);
    assert_int_equal(put_bytes(other, 50, 10, 100000), DP_STREAM_TAKEN);
    assert_int_equal(put(0, 60), DP_STREAM_DIFFERS);
    assert_int_equal(put(0, 50), DP_STREAM_TAKEN);
    assert_int_equal(stream.ready, 60);
}

static void bounds(void **state)
{
    assert_int_equal(put_bytes(truth, 0, 1000, 1000), DP_STREAM_TAKEN);
    assert_int_equal(put_bytes(truth, 500, 501, 1000), DP_STREAM_DIFFERS);
    assert_int_equal(put_bytes(truth + 500, 500, 501, 1000), DP_STREAM_TOO_BIG);
    assert_int_equal(put_bytes(truth, 4000000000U, 10, 1000), DP_STREAM_TOO_BIG);
    for (uint32_t i = 0; i < DP_STREAM_SPANS; i++)
        assert_int_equal(put(1100 + 20 * i, 1110 + 20 * i), DP_STREAM_TAKEN);
    assert_int_equal(put(3000, 3010), DP_STREAM_SCATTERED);
    assert_int_equal(put(1110, 1112), DP_STREAM_TAKEN); /* touches one */
    assert_int_equal(put(1000, 3010), DP_STREAM_TAKEN);
    assert_ready(0, 3010);
}

static void no_memory(void **state)
{
    uint32_t capacity;
    void *all[4096];
    size_t num = 0;

    assert_int_equal(put(0, 1000), DP_STREAM_TAKEN);
    while ((all[num] = dp_blocks_get(blocks, 1024, &capacity)) != NULL)
        num++;
    assert_int_equal(put(1000, 1024), DP_STREAM_TAKEN);
    assert_int_equal(put(1024, 1025), DP_STREAM_NO_MEMORY);
    assert_ready(0, 1024);
    while (num > 0)
        dp_blocks_put(blocks, all[--num], capacity);
}

static void forgets(void **state)
{
    assert_int_equal(put(0, 1000), DP_STREAM_TAKEN);
    assert_int_equal(put(1500, 1600), DP_STREAM_TAKEN);
    dp_stream_forget(&stream, blocks); /* not while something lies behind a gap */
    assert_int_equal(stream.start, 0);
    assert_int_equal(put(1000, 1500), DP_STREAM_TAKEN);
    dp_stream_forget(&stream, blocks);
    assert_int_equal(dp_blocks_used(blocks), 0);
    assert_int_equal(put_bytes(truth, 3, 500, 100000), DP_STREAM_TAKEN); /* forgotten bytes are not compared */
    assert_int_equal(dp_blocks_used(blocks), 0);
    assert_int_equal(put(1590, 1700), DP_STREAM_TAKEN);
    assert_ready(1600, 1700);
    assert_int_equal(dp_stream_from(&stream, 100).left, 0);
}

static void random_order(void **state)
{
    uint32_t random = 7;

    for (int round = 0; round < 60; round++) {
        dp_stream_fini(&stream, blocks);
        dp_stream_init(&stream);
        for (int i = 0; i < 4000 && stream.ready < LEN; i++) {
            uint32_t from;
            uint32_t len;

            random = random * 1103515245U + 12345U;
            from = (random >> 8) % LEN;
            random = random * 1103515245U + 12345U;
            len = (random >> 16) % 200 + 1;
            len = from + len > LEN ? LEN - from : len;
            assert_true(put(from, from + len) != DP_STREAM_DIFFERS);
            for (uint32_t j = 0; j < stream.num_spans; j++) {
                assert_true(stream.span[j].from > (j == 0 ? stream.ready : stream.span[j - 1].to));
                assert_true(stream.span[j].from < stream.span[j].to);
            }
        }
        assert_true(stream.ready == 0 || memcmp(stream.block, truth, stream.ready) == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(in_order_and_not, setup, teardown),
        cmocka_unit_test_setup_teardown(first_bytes_stay, setup, teardown),
        cmocka_unit_test_setup_teardown(gap_may_be_filled_once, setup, teardown),
        cmocka_unit_test_setup_teardown(bounds, setup, teardown),
        cmocka_unit_test_setup_teardown(no_memory, setup, teardown),
        cmocka_unit_test_setup_teardown(forgets, setup, teardown),
        cmocka_unit_test_setup_teardown(random_order, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
